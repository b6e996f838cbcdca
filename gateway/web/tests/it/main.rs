//! The surfaces, called in process over fake archives; whole answers as snapshots.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what tests are built of fails as tests do")]

mod archives;
mod assets;
mod content;
mod events;
mod gateway;
mod headers;
mod hostile;
mod openapi;
mod operations;
mod portal;
mod search;
mod serving;
