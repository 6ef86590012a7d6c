//! What the evidence covers, what it cannot show, every file of it, and what the reader had to tell.

use crate::base::text::counted;
use crate::investigation::model::Counts;
use crate::investigation::model::EvidenceFile;
use crate::investigation::model::SubscriptionCoverage;
use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::row::Row;
use crate::report::html::table::Kind;
use crate::report::short_span;
use crate::report::size_words;

/// Gaps or files named in the details of a row.
const ITEMS: usize = 50;

/// Writes the sections of coverage, evidence and diagnostics.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    write_coverage(links, out);
    write_evidence(links, out);
    write_diagnostics(links, out);
}

fn write_coverage(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let coverage = &links.site.report.coverage;
    out.section("coverage", "Coverage");
    out.raw("<p>Times: ").text(&short_span(coverage.first, coverage.last)).raw(". The log of the ");
    out.raw("tenant level is ").raw(if coverage.tenant_level_log { "" } else { "not " });
    out.raw("in the evidence.</p>\n<h3>Not in evidence</h3>\n");
    if coverage.not_in_evidence.is_empty() {
        out.raw("<p class=\"empty\">Nothing is known to be missing.</p>\n");
    } else {
        out.raw("<dl class=\"wide\">\n");
        for missing in &coverage.not_in_evidence {
            out.raw("<div>").element("dt", &missing.what).element("dd", &missing.why);
            out.raw("</div>\n");
        }
        out.raw("</dl>\n");
    }
    out.raw("<h3>By subscription and category</h3>\n");
    let table = links.table(
        "coverage",
        "What the evidence holds of each subscription and category",
        &[
            ("subscription", Kind::Text),
            ("category", Kind::Choice),
            ("times (UTC)", Kind::Time),
            ("events", Kind::Number),
            ("gaps", Kind::Number),
        ],
        "tables/coverage.csv",
    );
    table.write(&coverage.subscriptions, out, |entry, row| write_entry(entry, links, row));
    write_exports(links, out);
    write_without_end(links, out);
    write_rules(links, out);
    out.end_section();
}

fn write_entry(entry: &SubscriptionCoverage, links: Links<'_, '_>, row: &mut Row<'_, '_>) {
    row.cell(|cell| match entry.subscription_id.as_deref() {
        Some(id) => links.subscription(id, cell),
        None => {
            cell.text(entry.place_words());
        }
    });
    row.text(&entry.category).cell(|cell| {
        cell.span(entry.first, entry.last);
        if entry.retention_edge {
            cell.text(" (older events were no longer kept)");
        }
    });
    row.number(entry.events).number(entry.gaps.len() as u64);
    let summary = |cell: &mut Cell<'_, '_>| {
        cell.text("no events in");
    };
    let gaps = |cell: &mut Cell<'_, '_>| {
        cell.list(&entry.gaps, ITEMS, Between::Lines, |gap, cell| {
            cell.span(gap.from, gap.to);
        });
    };
    match entry.gaps.len() {
        0 => {}
        1..=3 => row.open_detail(summary, gaps),
        _ => row.detail(summary, gaps),
    }
}

/// Writes the kinds of exports, and what each leaves out.
fn write_exports(links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.raw("<h3>Kinds of exports</h3>\n");
    let table = links.table(
        "exports",
        "Exports that the events came from",
        &[
            ("export", Kind::Text),
            ("events", Kind::Number),
            ("times (UTC)", Kind::Time),
            ("leaves out", Kind::Text),
        ],
        "report.json",
    );
    table.write(&links.site.report.coverage.exports, out, |export, row| {
        row.text(&export.shape).number(export.events).span(export.first, export.last);
        row.cell(|cell| {
            cell.list(&export.leaves_out, ITEMS, Between::Lines, |what, cell| {
                cell.text(what);
            });
        });
    });
}

/// Writes the operations whose end is not in the evidence.
fn write_without_end(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let coverage = &links.site.report.coverage;
    if coverage.without_end.is_empty() {
        return;
    }
    out.raw("<h3>Operations without an end</h3>\n<p>Of ").number(coverage.open_count());
    out.raw(" operations the evidence shows no end: they may have succeeded or failed.</p>\n");
    let table = links.table(
        "open",
        "Operations without an end, the commonest first",
        &[
            ("operation", Kind::Text),
            ("only started", Kind::Number),
            ("accepted", Kind::Number),
            ("latest (UTC)", Kind::Time),
        ],
        "report.json",
    );
    table.write(&coverage.without_end, out, |open, row| {
        row.text(&open.operation).number(open.started).number(open.accepted).time(open.last);
    });
}

/// Writes the rules that could not speak, by reason.
fn write_rules(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let rules = &links.site.report.coverage.rules;
    out.raw("<h3 id=\"silent\">Rules</h3>\n<p>").number(rules.could_fire).raw(" of ");
    out.number(rules.loaded).raw(" rules could fire.</p>\n");
    let silent = rules.cannot_fire_by_reason().into_iter().map(|group| ("could not fire", group));
    let untold = rules
        .cannot_tell_by_reason()
        .into_iter()
        .map(|group| ("cannot tell of some operations", group));
    for (head, (why, titles)) in silent.chain(untold) {
        let count = counted(titles.len() as u64, "rule", "rules");
        out.raw("<details><summary>").text(&count).raw(" ").raw(head).raw(": ").text(why);
        out.raw("</summary><ul>\n");
        for title in titles {
            out.element("li", title);
        }
        out.raw("</ul></details>\n");
    }
    for filter in &rules.idle_filters {
        out.raw("<p>Filter over no rule: ").text(&filter.title).raw(": ").text(&filter.why);
        out.raw("</p>\n");
    }
}

fn write_evidence(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let evidence = &links.site.report.evidence;
    out.section("evidence", "Evidence");
    out.raw("<p>").text(&counted(evidence.totals.files, "file", "files")).raw(", ");
    out.text(&size_words(evidence.totals.bytes)).raw(". Every record is one of: event, alert, ");
    out.raw("context, duplicate, ignored, rejected.</p>\n");
    let table = links.table(
        "evidence",
        "Files and archive members that were read",
        &[
            ("file", Kind::Text),
            ("bytes", Kind::Number),
            ("records", Kind::Number),
            ("events", Kind::Number),
            ("alerts", Kind::Number),
            ("context", Kind::Number),
            ("duplicates", Kind::Number),
            ("ignored", Kind::Number),
            ("rejected", Kind::Number),
        ],
        "case.json",
    );
    table.write(&evidence.files, out, write_file);
    out.end_section();
}

fn write_file(file: &EvidenceFile, row: &mut Row<'_, '_>) {
    let Counts { events, alerts, context, duplicates, ignored, rejected } = file.counts;
    let records = file.counts.records();
    row.text(&file.label());
    for number in [file.bytes, records, events, alerts, context, duplicates, ignored, rejected] {
        row.number(number);
    }
    row.detail(
        |cell| {
            cell.text("SHA-256 ").code(file.sha256.as_deref().unwrap_or("not read"));
        },
        |cell| {
            cell.text(&file.shapes.join(", "));
            cell.words(format_args!("; {}", file.layout.as_deref().unwrap_or("no layout")));
            cell.words(format_args!("; {}", file.encoding.as_deref().unwrap_or("no text")));
            let compression = file.compression.as_deref().unwrap_or("not compressed");
            cell.words(format_args!("; {compression}; times ")).span(file.first, file.last);
        },
    );
}

fn write_diagnostics(links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.section("diagnostics", "Diagnostics");
    let table = links.table(
        "diagnostics",
        "What the reader had to tell",
        &[
            ("code", Kind::Choice),
            ("impact", Kind::Choice),
            ("count", Kind::Number),
            ("what", Kind::Text),
            ("files", Kind::Text),
        ],
        "report.json",
    );
    table.write(&links.site.report.evidence.diagnostics, out, |entry, row| {
        row.code(&entry.code).text(entry.impact.as_str()).number(entry.count);
        row.text(&entry.message).cell(|cell| {
            cell.list(&entry.files, ITEMS, Between::Lines, |file, cell| {
                cell.text(file);
            });
        });
    });
    out.end_section();
}
