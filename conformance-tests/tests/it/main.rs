//! The gateway, its plugins and its sandbox, tested from outside: one binary.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, which clippy takes for production code"
)]

mod behaviour;
mod cli;
mod content;
mod dachs;
mod federation;
mod ftp;
mod gateway;
mod hostile;
mod house;
mod labs;
mod notebook;
mod portal;
mod samples;
mod sandbox;
mod volumes;
mod vospace;
