//! Trees in memory and recorded HTTP indexes, walked by rules.

mod indexes;
mod memory;
mod walking;
