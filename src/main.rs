//! The command: everything is in the library.

use std::process::ExitCode;

/// Findings and tables are many small pieces of memory, made on all cores.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    azscope::cli::main(std::env::args_os())
}
