#![doc = include_str!("../README.md")]

mod error;
mod input;
mod limits;
mod service_error;
mod xml;

pub mod dali;
pub mod gzip;
pub mod region;
pub mod time;
pub mod uws;
pub mod vosi;
pub mod vospace;
pub mod votable;

pub use error::{Error, Result};
pub use limits::{Ceiling, Limits};
pub use service_error::error_message;
