//! The backends, against real programs.

mod application;
mod docker;
mod process;
mod process_bench;
mod process_faults;
mod process_figures;
mod process_isolation;
mod process_jupyter;
mod process_network;
