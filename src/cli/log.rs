//! The logger: warnings and, with `-v`, more, on standard error.

use std::io::{self, Write};

use ::log::{LevelFilter, Log, Metadata, Record};

use crate::base::text::lines_for_terminal;

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // What libraries say of themselves is no matter of the user's.
        metadata.target().starts_with(env!("CARGO_PKG_NAME"))
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let level = record.level().as_str().to_ascii_lowercase();
            let words = lines_for_terminal(&record.args().to_string());
            let _ = writeln!(io::stderr(), "{level}: {words}");
        }
    }

    fn flush(&self) {}
}

/// Starts logging; called once.
pub(super) fn start(verbose: u8, quiet: bool) {
    let level = match (quiet, verbose) {
        (true, _) => LevelFilter::Error,
        (false, 0) => LevelFilter::Warn,
        (false, 1) => LevelFilter::Info,
        (false, _) => LevelFilter::Debug,
    };
    if ::log::set_logger(&Stderr).is_ok() {
        ::log::set_max_level(level);
    }
}
