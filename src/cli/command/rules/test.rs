//! `azscope rules test`: the tests inside rule files.

use std::io::Write;
use std::path::PathBuf;

use super::tell_broken;
use crate::base::text::{counted, for_terminal};
use crate::cli::Status;
use crate::detect::selftest;
use crate::rule::RuleSet;

pub(super) fn run(paths: &[PathBuf], out: &mut dyn Write) -> anyhow::Result<Status> {
    let (set, broken) = if paths.is_empty() {
        (RuleSet::builtin_with_tests(), Vec::new())
    } else {
        RuleSet::load_lenient(paths)
    };
    let (mut tests, mut failed) = (0, 0);
    for rule in set.rules() {
        tests += rule.tests.len();
        for failure in selftest::run(&set, rule).err().into_iter().flatten() {
            failed += 1;
            let words = [&rule.path, rule.label(), &failure.test, &failure.message];
            writeln!(out, "{}", words.map(for_terminal).join(": "))?;
        }
    }
    let rules = counted(set.rules().len() as u64, "rule", "rules");
    writeln!(out, "{rules}, {}, {failed} failed", counted(tests as u64, "test", "tests"))?;
    tell_broken(&broken)?;
    Ok(match (broken.is_empty(), failed) {
        (false, _) => Status::Failed,
        (true, 0) => Status::Clean,
        (true, _) => Status::Found,
    })
}
