//! The client against a server in memory that can misbehave, and listings as servers wrote them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, which clippy takes for production code"
)]

mod client;
mod downloads;
mod hostile;
mod listings;
mod locators;
mod names;
mod properties;
mod server;
