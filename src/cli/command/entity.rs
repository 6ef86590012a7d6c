//! What the commands `alert`, `user`, `subscription` and `vm` share: a ranked list, or the page of one.

use std::collections::HashSet;
use std::io::{self, Write};

use anyhow::bail;
use serde_json::Value;

use super::narrow;
use crate::cli::Status;
use crate::cli::args::{Entity, TextFormat};
use crate::cli::case::{Case, Keep, list, number, pick, text, texts};
use crate::cli::filter;
use crate::cli::page::Page;
use crate::cli::terminal::Terminal;
use crate::report::write_json;

/// A kind of entity that the report has pages of.
pub(in crate::cli) struct Kind {
    /// What one is called.
    pub(in crate::cli) what: &'static str,
    /// Where the report lists them.
    pub(in crate::cli) pointer: &'static str,
    /// Returns every name of one, the one to tell first.
    pub(in crate::cli) names: fn(&Value) -> Vec<&str>,
    /// Columns of the list.
    pub(in crate::cli) columns: &'static [&'static str],
    /// Returns a row of the list.
    pub(in crate::cli) row: fn(&Value) -> Vec<String>,
    /// Writes the page of one; the second value is the report.
    pub(in crate::cli) page: fn(&Value, &Value, &mut Page<'_>) -> io::Result<()>,
}

impl Kind {
    /// The member of the report that lists them.
    pub(super) fn key(&self) -> &'static str {
        self.pointer.trim_start_matches('/')
    }
}

pub(in crate::cli) fn run(
    kind: &Kind,
    options: &Entity,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    let case = Case::open(&options.case)?;
    let out = &mut io::stdout().lock();
    match &options.id {
        Some(id) => one(kind, id, options, &case, (out, terminal))?,
        None => ranked(kind, options, &case, (out, terminal))?,
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// Writes the page of the one that is meant.
fn one(
    kind: &Kind,
    id: &str,
    options: &Entity,
    case: &Case,
    (out, terminal): (&mut dyn Write, &Terminal),
) -> anyhow::Result<()> {
    let names = case.report(&[(kind.key(), filter::NAMES)])?;
    let all = list(&names, kind.pointer);
    let meant = pick(kind.what, all, id, kind.names)?;
    let number = all.iter().position(|one| std::ptr::eq(one, meant));
    if !options.only.is_open() {
        bail!("filters narrow the list; of one {} all is told", kind.what);
    }
    let found = case.report(&[(kind.key(), Keep::Numbers(&|at| Some(at) == number))])?;
    let one = &list(&found, kind.pointer)[0];
    match options.format {
        TextFormat::Json => write_json(one, out)?,
        TextFormat::Text => {
            let report = around(one, case)?;
            (kind.page)(one, &report, &mut Page::new(out, terminal))?;
        }
    }
    Ok(())
}

/// Reads what the page of an entity tells of others.
fn around(one: &Value, case: &Case) -> anyhow::Result<Value> {
    let inquiry = &one["investigation"];
    let ids: HashSet<&str> = ["findings", "alerts", "related_alerts"]
        .iter()
        .flat_map(|key| texts(one, key).into_iter().chain(texts(inquiry, key)))
        .collect();
    let named = |other: &Value| ids.contains(text(other, "id"));
    let (finding, alert) = (Keep::Members(FINDING), Keep::Members(ALERT));
    let ips: HashSet<&str> = texts(one, "ips").into_iter().collect();
    let used = |address: &Value| ips.contains(text(address, "ip"));
    case.report(&[
        ("findings", Keep::Items(&named, &finding)),
        ("alerts", Keep::Items(&named, &alert)),
        ("addresses", Keep::Items(&used, &Keep::All)),
    ])
}

/// Writes the list of those that pass the filters.
fn ranked(
    kind: &Kind,
    options: &Entity,
    case: &Case,
    (out, terminal): (&mut dyn Write, &Terminal),
) -> anyhow::Result<()> {
    let report = case.report(&narrow::parts(kind, &options.only))?;
    let all = list(&report, kind.pointer);
    let some = narrow::narrowed(kind, &options.only, case, &report)?;
    if let TextFormat::Json = options.format {
        // Numbers of a list rise.
        let whole = Keep::Numbers(&|number| some.binary_search(&number).is_ok());
        let whole = case.report(&[(kind.key(), whole)])?;
        write_json(list(&whole, kind.pointer), out)?;
    } else if all.is_empty() {
        writeln!(out, "the case has no {}", kind.what)?;
    } else if some.is_empty() {
        writeln!(out, "no {} passes the filters", kind.what)?;
    } else {
        let rows = || some.iter().map(|&number| (kind.row)(&all[number]));
        Page::new(out, terminal).table(kind.columns, rows)?;
    }
    Ok(())
}

/// Returns texts as one, with how many more there are past the first few.
pub(super) fn joined(items: &[&str], most: usize) -> String {
    let text = items.iter().take(most).copied().collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(most) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// Names that a fact tells.
const NAMES: usize = 20;

/// Writes the facts of these keys: texts, numbers, flags and lists of texts; what is unknown or empty is left out.
pub(super) fn facts(one: &Value, keys: &[(&str, &str)], page: &mut Page<'_>) -> io::Result<()> {
    keys.iter().try_for_each(|(name, key)| match &one[*key] {
        Value::String(text) => page.fact(name, text),
        Value::Number(number) => page.fact(name, &number.to_string()),
        Value::Bool(flag) => page.fact(name, if *flag { "yes" } else { "no" }),
        Value::Array(_) => page.fact(name, &joined(&texts(one, key), NAMES)),
        Value::Null | Value::Object(_) => Ok(()),
    })
}

/// Writes the score and its reasons.
pub(super) fn risk(one: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let risk = &one["risk"];
    page.fact("risk", &format!("{} ({})", text(risk, "level"), number(risk, "score")))?;
    texts(risk, "because").into_iter().try_for_each(|why| page.fact("", &format!("- {why}")))
}

/// Writes the stretch of time in which something was seen.
pub(super) fn seen(one: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let (first, last) = (text(one, "first_seen"), text(one, "last_seen"));
    if first.is_empty() { Ok(()) } else { page.fact("seen", &format!("{first} to {last}")) }
}

/// What the pages of others tell of a finding.
const FINDING: &[&str] =
    &["outcome_time", "level", "title", "principal", "outcome", "id", "outcome_event"];
/// What they tell of an alert.
const ALERT: &[&str] = &["start", "severity", "title", "verdict", "id"];

/// Writes the findings whose ids an entity holds under a key, in the order of the report.
pub(super) fn findings(ids: &[&str], report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let own = |one: &&Value| ids.contains(&text(one, "id"));
    let found: Vec<&Value> = list(report, "/findings").iter().filter(own).collect();
    if found.is_empty() {
        return Ok(());
    }
    page.heading("FINDINGS")?;
    page.table(&["time", "level", "title", "by", "outcome", "id", "event"], || {
        found.iter().map(|one| cells(one, FINDING))
    })
}

/// Writes the alerts of these ids.
pub(super) fn alerts(
    title: &str,
    ids: &[&str],
    report: &Value,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let own = |one: &&Value| ids.contains(&text(one, "id"));
    let found: Vec<&Value> = list(report, "/alerts").iter().filter(own).collect();
    if found.is_empty() {
        return Ok(());
    }
    page.heading(title)?;
    page.table(ALERT, || found.iter().map(|one| cells(one, ALERT)))
}

/// Writes a list of objects under a key as a table of these columns, unless it is empty.
pub(super) fn section(
    title: &str,
    one: &Value,
    key: &str,
    columns: &[&str],
    page: &mut Page<'_>,
) -> io::Result<()> {
    first_of(title, (one, key), columns, usize::MAX, page)
}

/// Writes what to do.
pub(super) fn steps(title: &str, one: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let steps = one["mitigation"].as_array().map_or(&[][..], Vec::as_slice);
    if steps.is_empty() {
        return Ok(());
    }
    page.heading(title)?;
    let mut stage = "";
    for (at, step) in steps.iter().enumerate() {
        if text(step, "stage") != stage {
            stage = text(step, "stage");
            page.prose(stage_words(stage))?;
        }
        let mut line = format!("{}: {}", text(step, "step"), text(step, "target"));
        if step["reversible"] == false {
            line.push_str(" (cannot be undone)");
        }
        let done = step["triage"]["mark"] == "done";
        if done {
            line.push_str(" (done)");
        }
        page.item(&format!("{}.", at + 1), &line)?;
        if let Some(command) = step["command"].as_str().filter(|_| !done) {
            page.verbatim(command)?;
        }
    }
    Ok(())
}

/// What the steps of a stage are for.
fn stage_words(stage: &str) -> &'static str {
    match stage {
        "preserve" => "First keep what later steps would destroy:",
        "lock_out" => "Lock out:",
        "remove" => "Take away what would let somebody back in:",
        "rotate" => "Replace secrets that were read:",
        "restore" => "Raise defences again:",
        _ => "Review:",
    }
}

/// Writes the first rows of a list under a key, and how many more there are.
pub(super) fn first_of(
    title: &str,
    (one, key): (&Value, &str),
    columns: &[&str],
    most: usize,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let items = one[key].as_array().map_or(&[][..], Vec::as_slice);
    if items.is_empty() {
        return Ok(());
    }
    page.heading(title)?;
    let names: Vec<String> = columns.iter().map(|name| name.replace('_', " ")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    page.table(&names, || items.iter().take(most).map(|item| cells(item, columns)))?;
    match items.len().saturating_sub(most) {
        0 => Ok(()),
        more => page.prose(&format!("and {more} more, which --format json lists")),
    }
}

/// Writes texts under a key as items of a list.
pub(super) fn items(title: &str, one: &Value, key: &str, page: &mut Page<'_>) -> io::Result<()> {
    let all = texts(one, key);
    if all.is_empty() {
        return Ok(());
    }
    page.heading(title)?;
    all.into_iter().try_for_each(|why| page.item("-", why))
}

/// Returns the values of keys as cells; a list gives its length unless it holds one text.
pub(super) fn cells(one: &Value, keys: &[&str]) -> Vec<String> {
    let cell = |key: &&str| match &one[*key] {
        Value::Null | Value::Object(_) => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => match items.as_slice() {
            [Value::String(text)] => text.clone(),
            items => items.len().to_string(),
        },
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
    };
    keys.iter().map(cell).collect()
}

/// Returns the level and the score of an entity as cells.
pub(super) fn risk_cells(one: &Value) -> Vec<String> {
    cells(&one["risk"], &["level", "score"])
}

/// Returns how many items the lists of these keys hold.
pub(super) fn lengths(one: &Value, keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| one[*key].as_array().map_or(0, Vec::len).to_string()).collect()
}
