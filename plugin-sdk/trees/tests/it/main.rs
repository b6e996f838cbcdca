//! Trees in memory and recorded HTTP indexes, walked by rules.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod indexes;
mod memory;
mod walking;
