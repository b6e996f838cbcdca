#![doc = include_str!("../README.md")]

pub mod access;
pub mod archive;
pub mod archives;
pub mod asset;
pub mod collections;
pub mod coverage;
pub mod delivery;
pub mod discovery;
pub mod error;
pub mod labs;
pub mod look_up;
pub mod notebook;
pub mod outside;
pub mod owner;
pub mod permission;
pub mod search;
pub mod selections;
pub mod tables;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod volumes;

pub use error::Error;
