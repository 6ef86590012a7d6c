//! The commands over a finished case, run on the case of the sample incident.

mod entity;
mod query;
mod schema;
mod search;
mod show;
mod stored;
mod timeline;

use std::process::Output;
use std::sync::OnceLock;

use serde_json::Value;

use crate::case::{Case, run};

/// The case of the sample incident, made once.
fn sample() -> &'static Case {
    static CASE: OnceLock<Case> = OnceLock::new();
    CASE.get_or_init(crate::report::case)
}

fn sample_report() -> &'static Value {
    static REPORT: OnceLock<Value> = OnceLock::new();
    REPORT.get_or_init(|| sample().report())
}

/// Runs a command over a case, from the folder that holds it.
fn over(case: &Case, args: &[&str]) -> Output {
    run(case.path("").parent().unwrap(), args)
}

/// Returns what the command answers; it has to be clean.
fn answer(args: &[&str]) -> String {
    let output = over(sample(), args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
    assert!(said.is_empty(), "{args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns what the command complains of; it has to fail without an answer.
fn complaint(case: &Case, args: &[&str]) -> String {
    let output = over(case, args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}
