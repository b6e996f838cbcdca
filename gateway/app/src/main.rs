//! The `archway` command: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    archway::cli::main()
}
