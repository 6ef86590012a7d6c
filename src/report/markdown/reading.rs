//! What was read and lost, what it covers, and what made the report.

use std::io;
use std::io::Write;

use crate::base::text::counted;
use crate::base::text::for_markdown_code;
use crate::base::text::grouped;
use crate::investigation::model::Counts;
use crate::investigation::model::Coverage;
use crate::investigation::model::OpenOperation;
use crate::investigation::model::Report;
use crate::report::markdown::header;
use crate::report::markdown::list;
use crate::report::markdown::quote;
use crate::report::markdown::rest;
use crate::report::markdown::row;
use crate::report::short_span;
use crate::report::size_words;

/// Files, subscriptions or missing things shown.
const SHOWN: usize = 20;
/// Files named beside a diagnostic, and rules beside a reason.
const FILES: usize = 3;

/// Writes the account of every file, the sum first.
pub(super) fn write_evidence(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let evidence = &report.evidence;
    let totals = &evidence.totals;
    let files = counted(totals.files, "file", "files");
    writeln!(out, "\n## Evidence\n\n{files}, {}.\n", size_words(totals.bytes))?;
    header(
        &[
            "file",
            "records",
            "events",
            "alerts",
            "context",
            "duplicates",
            "ignored",
            "rejected",
            "SHA-256",
        ],
        out,
    )?;
    row(&account("all", &totals.counts, String::new()), out)?;
    for file in evidence.files.iter().take(SHOWN) {
        row(
            &account(
                &quote(&file.label()),
                &file.counts,
                for_markdown_code(file.sha256.as_deref().unwrap_or("not read")),
            ),
            out,
        )?;
    }
    rest(evidence.files.len() as u64, SHOWN, "case.json", out)?;
    let rejected = counted(totals.counts.rejected, "record", "records");
    match (evidence.has_loss(), totals.counts.rejected) {
        (false, _) => writeln!(out, "\nEverything was read."),
        (true, 0) => writeln!(out, "\n**Lost:** see the diagnostics below."),
        (true, _) => writeln!(out, "\n**Lost:** {rejected}, listed in `rejects.jsonl`."),
    }
}

fn account(name: &str, counts: &Counts, hash: String) -> [String; 9] {
    let Counts { events, alerts, context, duplicates, ignored, rejected } = *counts;
    [
        name.to_owned(),
        grouped(counts.records()),
        grouped(events),
        grouped(alerts),
        grouped(context),
        grouped(duplicates),
        grouped(ignored),
        grouped(rejected),
        hash,
    ]
}

/// Writes how many operations have no end, the commonest by name.
fn write_open(coverage: &Coverage, out: &mut dyn Write) -> io::Result<()> {
    let open = coverage.open_count();
    if open == 0 {
        return Ok(());
    }
    let words = |open: &OpenOperation| format!("{} ({})", open.operation, grouped(open.count()));
    let names: Vec<String> = coverage.without_end.iter().map(words).collect();
    let count = counted(open, "operation", "operations");
    writeln!(out, "- Without an end in the evidence: {count}: {}", list(&names, FILES))
}

/// Writes what times and logs the evidence reaches, and what it cannot show.
pub(super) fn write_coverage(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &report.coverage;
    let gaps = counted(coverage.gap_count() as u64, "gap", "gaps");
    writeln!(out, "\n## Coverage\n")?;
    writeln!(out, "- Times: {}, {gaps}", short_span(coverage.first, coverage.last))?;
    let tenant =
        if coverage.tenant_level_log { "in the evidence" } else { "**not in the evidence**" };
    writeln!(out, "- Log of the tenant level: {tenant}")?;
    write_open(coverage, out)?;
    let rules = &coverage.rules;
    writeln!(out, "- Rules that could fire: {} of {}", rules.could_fire, rules.loaded)?;
    for (head, reasons) in [
        ("Could not fire", rules.cannot_fire_by_reason()),
        ("Cannot tell of some operations", rules.cannot_tell_by_reason()),
    ] {
        for (why, ids) in reasons.iter().take(SHOWN) {
            let count = counted(ids.len() as u64, "rule", "rules");
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            writeln!(out, "  - {head}, {count}: {} ({})", quote(why), list(&ids, FILES))?;
        }
        rest(reasons.len() as u64, SHOWN, "tables/coverage.csv", out)?;
    }
    for filter in rules.idle_filters.iter().take(SHOWN) {
        writeln!(out, "  - Filter over no rule: {}: {}", quote(&filter.title), quote(&filter.why))?;
    }
    rest(rules.idle_filters.len() as u64, SHOWN, "tables/coverage.csv", out)?;
    for missing in coverage.not_in_evidence.iter().take(SHOWN) {
        // Names of keys and options are marked already; marks inside evidence would be escaped.
        let plain = |text: &str| quote(&text.replace('`', ""));
        writeln!(out, "- Not in evidence: {}: {}", plain(&missing.what), plain(&missing.why))?;
    }
    rest(coverage.not_in_evidence.len() as u64, SHOWN, "tables/coverage.csv", out)?;
    if coverage.subscriptions.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    header(&["subscription", "category", "times (UTC)", "events", "gaps"], out)?;
    for entry in coverage.subscriptions.iter().take(SHOWN) {
        let cells = [
            quote(entry.place_words()),
            quote(&entry.category),
            short_span(entry.first, entry.last),
            grouped(entry.events),
            grouped(entry.gaps.len() as u64),
        ];
        row(&cells, out)?;
    }
    rest(coverage.subscriptions.len() as u64, SHOWN, "tables/coverage.csv", out)
}

/// Writes what the reader had to tell.
pub(super) fn write_diagnostics(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let diagnostics = &report.evidence.diagnostics;
    writeln!(out, "\n## Diagnostics\n")?;
    if diagnostics.is_empty() {
        return writeln!(out, "None.");
    }
    header(&["code", "impact", "count", "what", "files"], out)?;
    for entry in diagnostics.iter().take(SHOWN) {
        let cells = [
            quote(&entry.code),
            entry.impact.to_string(),
            grouped(entry.count),
            quote(&entry.message),
            list(&entry.files, FILES),
        ];
        row(&cells, out)?;
    }
    rest(diagnostics.len() as u64, SHOWN, "report.json", out)
}

/// Writes the last line: program, version, rules.
pub(super) fn write_tool(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let tool = &report.tool;
    let rules = counted(tool.rules.count, "rule", "rules");
    let name = quote(&format!("{} {}", tool.name, tool.version));
    writeln!(
        out,
        "\nMade by {name} with {rules}, SHA-256 {}.",
        for_markdown_code(&tool.rules.sha256)
    )
}
