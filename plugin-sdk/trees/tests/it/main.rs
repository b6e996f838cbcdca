//! Trees in memory and recorded HTTP indexes, walked by rules.

mod memory;
mod walking;
