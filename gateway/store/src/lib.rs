#![doc = include_str!("../README.md")]

mod bytes;
mod collections;
mod database;
mod error;
mod lab_sessions;
mod labs;
mod quota;
mod request_keys;
mod rows;
mod secret;
mod selections;
mod shapes;
mod spaces;
mod volumes;

pub use bytes::{Bytes, BytesConfig, S3Config};
pub use database::{Store, StoreConfig, StoreUrl};
pub use error::StoreError;
pub use secret::Secret;
