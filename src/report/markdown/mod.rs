//! `report.md`: the case in a form short enough to paste in a ticket.
//!
//! Long lists are cut, and say how much was cut and which file of the case holds the rest.

mod delegated;
mod people;
mod reading;

use std::io;
use std::io::Write;

use crate::base::Text;
use crate::base::text::counted;
use crate::base::text::for_markdown;
use crate::base::text::for_markdown_code;
use crate::base::text::for_terminal;
use crate::base::text::grouped;
use crate::base::text::shorten_middle;
use crate::investigation::model::Finding;
use crate::investigation::model::Level;
use crate::investigation::model::Report;
use crate::investigation::model::Stage;
use crate::investigation::model::preserve_words;
use crate::investigation::model::task_groups;
use crate::report::Format;
use crate::report::short_span;

/// Findings shown of each level from medium up.
const FINDINGS: usize = 15;
/// Steps and questions shown.
const STEPS: usize = 15;
/// Findings and alerts named beside a step.
const WHY: usize = 3;
/// Columns of one quoted text.
const QUOTE: usize = 200;

/// Writes the report in Markdown, with tables as GitHub reads them.
pub(super) struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn file(&self) -> &'static str {
        "report.md"
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "# Azure activity report\n")?;
        for sentence in report.verdict() {
            writeln!(out, "- {}", for_markdown(&sentence))?;
        }
        reading::write_evidence(report, out)?;
        reading::write_coverage(report, out)?;
        people::write_cases(report, out)?;
        people::write_alerts(report, out)?;
        people::write_users(report, out)?;
        people::write_subscriptions(report, out)?;
        delegated::write_delegated(report, out)?;
        write_findings(report, out)?;
        people::write_changes(report, out)?;
        write_steps(report, out)?;
        reading::write_diagnostics(report, out)?;
        reading::write_tool(report, out)
    }
}

fn write_findings(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## Findings")?;
    if report.findings.is_empty() {
        return writeln!(out, "\nNone.");
    }
    for (level, count) in report.level_counts().falling() {
        writeln!(out, "\n### {} ({})\n", capital(level.as_str()), grouped(count))?;
        if level < Level::Medium {
            writeln!(out, "Listed in `tables/findings.csv`.")?;
            continue;
        }
        header(&["time (UTC)", "finding", "by", "outcome", "operations", "evidence", "id"], out)?;
        for finding in report.findings_of(level).take(FINDINGS) {
            row(&finding_cells(finding), out)?;
        }
        rest(count, FINDINGS, "tables/findings.csv", out)?;
    }
    write_folded(report, out)
}

/// What was folded away, by rule.
fn write_folded(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.folded.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n### Folded away\n\n`--all` shows known noise as findings; what a triage file expects is shown without that file.\n"
    )?;
    header(&["rule", "level", "why", "findings", "operations", "first"], out)?;
    for fold in report.folded.iter().take(FINDINGS) {
        let cells = [
            for_markdown(&fold.title),
            fold.level.to_string(),
            for_markdown(&fold.why.to_string()),
            grouped(fold.findings),
            grouped(fold.operations),
            for_markdown(fold.first_event.as_deref().unwrap_or_default()),
        ];
        row(&cells, out)?;
    }
    rest(report.folded.len() as u64, FINDINGS, "report.json", out)
}

fn finding_cells(finding: &Finding) -> [String; 7] {
    let names = list(&finding.operation_names, 3);
    let count = counted(finding.operations.into(), "operation", "operations");
    [
        short_span(finding.first, finding.last),
        quote(&finding.rule.title),
        match finding.actors().len() {
            0 | 1 => quote(finding.principal.as_deref().unwrap_or("unknown")),
            _ => list(finding.actors(), 3),
        },
        quote(&finding.outcome_words()),
        if names.is_empty() { count } else { format!("{names} ({count})") },
        quote(&finding.place().unwrap_or_default()),
        quote(&finding.id),
    ]
}

fn write_steps(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## What to do first\n")?;
    let (asks, mut tasks) = (report.first_asks(), report.open_tasks());
    let done = report.done_words();
    if asks.is_empty() && tasks.is_empty() {
        if let Some(words) = done {
            return writeln!(out, "{words}");
        }
        let looks = report.look_first();
        if looks.is_empty() {
            return writeln!(out, "Nothing grave was found, and nothing is asked for.");
        }
        writeln!(out, "No steps are worked out; look at the gravest findings:\n")?;
        return looks.iter().try_for_each(|look| writeln!(out, "- {}", quote(look)));
    }
    for (at, ask) in asks.iter().take(STEPS).enumerate() {
        let alerts = counted(ask.alerts.len() as u64, "alert", "alerts");
        writeln!(out, "{}. Ask {}: {} ({alerts})", at + 1, quote(ask.who), quote(ask.why))?;
    }
    let mut asked = asks.len().min(STEPS);
    if let Some(words) = preserve_words(&task_groups(&tasks)) {
        asked += 1;
        writeln!(
            out,
            "{asked}. {} (commands: `mitigation` in `report.json`)",
            for_markdown(&words)
        )?;
    }
    tasks.retain(|task| task.step.stage() != Stage::Preserve);
    for (at, task) in tasks.iter().take(STEPS).enumerate() {
        let step = task.step;
        let mark = if step.reversible { "" } else { " (cannot be undone)" };
        write!(out, "{}. {}: {}{mark}", asked + at + 1, quote(&step.step), quote(&step.target))?;
        match &step.command {
            // A command is copied, so it is not shortened.
            Some(command) => writeln!(out, "  \n   {}", for_markdown_code(command))?,
            None => writeln!(out)?,
        }
        let why: Vec<&str> = step.why.iter().chain(&step.alerts).map(Text::as_str).collect();
        if !why.is_empty() {
            writeln!(out, "   Because of {}", list(&why, WHY))?;
        }
    }
    rest(asks.len().saturating_sub(STEPS) as u64, 0, "report.json", out)?;
    rest(tasks.len() as u64, STEPS, "report.json", out)?;
    done.map_or(Ok(()), |words| writeln!(out, "\n{words}"))
}

/// Writes the head of a table, with the empty line before it left to the caller.
fn header(columns: &[&str], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| {} |", columns.join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(columns.len()))
}

/// Writes a row of cells that are escaped already.
fn row(cells: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| {} |", cells.join(" | "))
}

/// Writes how much of a list was cut, and where it stands whole.
fn rest(all: u64, shown: usize, file: &str, out: &mut dyn Write) -> io::Result<()> {
    match all.saturating_sub(shown as u64) {
        0 => Ok(()),
        cut => writeln!(out, "\n… {} more in `{file}`.", grouped(cut)),
    }
}

/// Returns evidence escaped and, where it is long, without its middle.
fn quote(text: &str) -> String {
    for_markdown(&shorten_middle(&for_terminal(text), QUOTE))
}

/// Returns the first of some texts, escaped, and how many more there are.
fn list<T: AsRef<str>>(texts: &[T], limit: usize) -> String {
    let mut shown: Vec<String> =
        texts.iter().take(limit).map(|text| quote(text.as_ref())).collect();
    if texts.len() > limit {
        shown.push(format!("{} more", texts.len() - limit));
    }
    shown.join("; ")
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

#[cfg(test)]
mod tests;
