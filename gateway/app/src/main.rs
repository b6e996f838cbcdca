//! The `archway` command: parse, run, exit code.

use std::process::ExitCode;

/// Assets are many small texts, made by one thread and dropped by another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    archway::cli::main()
}
