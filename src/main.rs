//! The program: a runtime, the command line, an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    jinko_bridge::cli::run(std::env::args_os())
}
