#![doc = include_str!("../README.md")]

mod client;
mod control;
mod download;
mod instant;
pub mod listing;
pub mod locator;
pub mod name;
mod refusal;
mod reply;
mod server;

pub use client::Client;
pub use download::{Download, tag};
pub use listing::{Entry, EntryKind, ListingOptions, Summary};
pub use locator::Locator;
pub use server::{Login, Security, Server};
