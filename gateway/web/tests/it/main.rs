//! The surfaces, called in process over fake archives; whole answers as snapshots.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what tests are built of fails as tests do")]

mod archives;
mod assets;
mod collections;
mod content;
mod csrf;
mod events;
mod gateway;
mod graphql;
mod headers;
mod hostile;
mod labs;
mod openapi;
mod operations;
mod portal;
mod proxy;
mod search;
mod selections;
mod serving;
mod volumes;
