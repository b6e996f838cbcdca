#![doc = include_str!("../README.md")]

mod error;
mod input;
mod limits;
mod xml;

pub mod gzip;
pub mod time;
pub mod votable;

pub use error::{Error, Result};
pub use limits::{Ceiling, Limits};
