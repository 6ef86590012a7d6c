//! The command: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    azscope::cli::main(std::env::args_os())
}
