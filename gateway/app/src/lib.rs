#![doc = include_str!("../README.md")]

pub mod app;
pub mod cli;
pub mod config;
mod data;
mod egress_metrics;
mod error;
mod federation;
mod keeping;
mod page_memory;
mod sources;
pub mod telemetry;
mod watch;

pub use app::{Running, start};
pub use config::Config;
pub use error::Error;
