//! The backends, against real programs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "what tests are built of fails as tests do, and says what was left out"
)]

mod application;
mod docker;
mod process;
mod process_bench;
mod process_faults;
mod process_figures;
mod process_isolation;
mod process_jupyter;
mod process_network;
