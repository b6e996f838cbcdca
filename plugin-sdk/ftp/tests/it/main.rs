//! The client against a server in memory that can misbehave, and listings as servers wrote them.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails is a test that fails"
)]

mod client;
mod downloads;
mod hostile;
mod listings;
mod locators;
mod names;
mod properties;
mod server;
