#![doc = include_str!("../README.md")]

pub mod access;
pub mod archive;
pub mod asset;
pub mod coverage;
pub mod error;
pub mod permission;
pub mod search;
pub mod tables;

pub use error::Error;
