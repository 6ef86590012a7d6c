//! `azscope rules`: list, show, check and test.

mod check;
mod list;
mod show;
mod test;

use std::io::{self, Write};

use crate::base::text::for_terminal;
use crate::cli::Status;
use crate::cli::args::{Own, Rules, RulesCommand};
use crate::cli::sink::Unheard;
use crate::cli::terminal::Terminal;
use crate::rule::{Error, RuleSet};

pub(in crate::cli) fn run(options: &Rules, terminal: &Terminal) -> anyhow::Result<Status> {
    // The status tells the answer too, though nobody read it to its end.
    let out = &mut Unheard::new(io::stdout().lock());
    match &options.what {
        RulesCommand::List { filters, format, own } => {
            list::run(&load(own)?, filters, *format, terminal, out)
        }
        RulesCommand::Show { id, own } => show::run(&load(own)?, id, terminal, out),
        RulesCommand::Check { paths, format } => check::run(paths, *format, out),
        RulesCommand::Test { paths } => test::run(paths, out),
    }
}

fn load(own: &Own) -> Result<RuleSet, Error> {
    RuleSet::builtin_with_tests().with(&own.rules)
}

/// Says on standard error which files are broken.
fn tell_broken(broken: &[Error]) -> io::Result<()> {
    let mut err = io::stderr().lock();
    broken.iter().try_for_each(|error| match error {
        // It is made of lines and safe to show.
        Error::Broken(fault) => writeln!(err, "error: {fault}"),
        other => writeln!(err, "error: {}", for_terminal(&other.to_string())),
    })
}
