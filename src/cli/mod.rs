//! The command line: arguments in, exit status out.
//!
//! Only this layer knows the terminal, the clock and the process. Standard
//! output carries the answer and nothing else; errors, warnings and progress go
//! to standard error.

mod args;
mod case;
pub mod case_dir;
mod command;
mod exit;
mod filter;
mod log;
mod page;
mod sink;
mod terminal;
mod usage;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::base::text::lines_for_terminal;
use args::{Args, Command};
pub use exit::Status;
use terminal::Terminal;

/// Runs the command.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let plain = error.render().to_string();
            let safe = lines_for_terminal(&plain);
            // What was typed may be a name that somebody else chose.
            let _ = if safe == plain { error.print() } else { write!(io::stderr(), "{safe}") };
            return if error.use_stderr() { Status::Failed } else { Status::Clean }.into();
        }
    };
    log::start(args.verbose, args.quiet);
    let terminal = Terminal::new(args.color, args.quiet);
    let result = match args.command {
        Command::Analyze(options) => command::analyze::run(&options, &terminal),
        Command::Rules(options) => command::rules::run(&options, &terminal),
        Command::Schema(options) => command::schema::run(&options, &terminal),
        Command::Alert(options) => command::entity::run(&command::alert::KIND, &options, &terminal),
        Command::User(options) => command::entity::run(&command::user::KIND, &options, &terminal),
        Command::Subscription(options) => {
            command::entity::run(&command::subscription::KIND, &options, &terminal)
        }
        Command::Vm(options) => command::entity::run(&command::vm::KIND, &options, &terminal),
        Command::Timeline(options) => command::timeline::run(&options, &terminal),
        Command::Search(options) => command::search::run(&options, &terminal),
        Command::Query(options) => command::query::run(&options, &terminal),
        Command::Coverage(options) => command::coverage::run(&options, &terminal),
        Command::Guide(options) => command::guide::run(&options),
        Command::Show(options) => command::show::run(&options, &terminal),
        Command::Triage(options) => command::triage::run(&options),
        Command::Verify(options) => command::verify::run(&options, &terminal),
        Command::Completions(options) => command::manual::completions(&options),
        Command::Man(options) => command::manual::man(&options),
    };
    match result {
        Ok(status) => status.into(),
        Err(error) if is_broken_pipe(&error) => Status::Clean.into(),
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {}", lines_for_terminal(&told(&error)));
            Status::Failed.into()
        }
    }
}

/// Returns an error with its causes; what an error tells of its cause already is not said again.
fn told(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |told, cause| {
        let cause = cause.to_string();
        match told.as_str() {
            "" => cause,
            text if text.ends_with(&cause) => told,
            text => format!("{text}: {cause}"),
        }
    })
}

/// Whether somebody stopped reading (`azscope ... | head`).
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error.as_ref());
    while let Some(cause) = next {
        next = if let Some(io) = cause.downcast_ref::<io::Error>() {
            if io.kind() == io::ErrorKind::BrokenPipe {
                return true;
            }
            // What it was made of is no source of it.
            io.get_ref().map(|inner| inner as _)
        } else if let Some(csv) = cause.downcast_ref::<csv::Error>() {
            // The writer of tables keeps it to itself.
            match csv.kind() {
                csv::ErrorKind::Io(io) => Some(io),
                _ => None,
            }
        } else {
            cause.source()
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn who_stops_reading_is_found_in_whatever_wraps_the_error() {
        let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(is_broken_pipe(&pipe().into()));
        assert!(is_broken_pipe(&io::Error::other(pipe()).into()));
        assert!(is_broken_pipe(&anyhow::Error::from(csv::Error::from(pipe())).context("x")));
        assert!(is_broken_pipe(&io::Error::other(csv::Error::from(pipe())).into()));
        assert!(!is_broken_pipe(&csv::Error::from(io::Error::other("full")).into()));
        assert!(!is_broken_pipe(&anyhow::anyhow!("no pipe")));
    }

    #[test]
    fn a_cause_is_told_once() {
        let full = || io::Error::other("disk full");
        let inner =
            crate::cli::case_dir::Error::Io { doing: "write", path: "x".into(), source: full() };
        assert_eq!(told(&inner.into()), "cannot write x: disk full");
        let outer = Err::<(), _>(full()).context("writing x").unwrap_err();
        assert_eq!(told(&outer), "writing x: disk full");
    }
}
