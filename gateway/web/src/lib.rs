#![doc = include_str!("../README.md")]

mod asking;
mod bytes;
pub mod error;
pub mod metrics;
mod middleware;
mod operations;
mod parameters;
mod portal;
mod question;
mod rest;
mod router;
mod serve;
mod state;
mod summary;

pub use middleware::HostNames;
pub use router::router;
pub use serve::serve;
pub use state::{Deadlines, Gateway, Readiness};
