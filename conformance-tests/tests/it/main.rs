//! The gateway, its plugins and its sandbox, tested from outside: one binary.

mod cli;
mod dachs;
mod portal;
mod sandbox;
