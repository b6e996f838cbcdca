#![doc = include_str!("../README.md")]

mod alarm;
mod asking;
mod bytes;
mod chosen;
mod cookie;
mod entering;
pub mod error;
mod form_token;
mod graphql;
pub mod metrics;
mod middleware;
mod operations;
mod parameters;
mod portal;
mod proxy;
mod question;
mod rest;
mod router;
mod serve;
mod state;
mod summary;
mod volume_source;

pub use form_token::FormKey;
pub use middleware::HostNames;
pub use proxy::{LabProxy, LabRoutes, Origins, Traffic};
pub use router::router;
pub use serve::{STALLED_AFTER, serve, serve_beside};
pub use state::{Deadlines, Gateway, Readiness};
