//! What the evidence covers, what it cannot show, every file of it, and what the reader had to tell.

use crate::base::text::counted;
use crate::base::text::grouped;
use crate::investigation::model::Counts;
use crate::investigation::model::EvidenceFile;
use crate::investigation::model::SubscriptionCoverage;
use crate::report::html::entity::section;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Piece;
use crate::report::html::piece::code;
use crate::report::html::piece::joined;
use crate::report::html::piece::text;
use crate::report::html::site::Links;
use crate::report::html::table::Detail;
use crate::report::html::table::Kind;
use crate::report::html::table::Row;
use crate::report::html::table::Table;
use crate::report::short_span;
use crate::report::size_words;

/// Gaps or files named in the details of a row.
const ITEMS: usize = 50;

/// Writes the sections of coverage, evidence and diagnostics.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup) {
    write_coverage(links, out);
    write_evidence(links, out);
    write_diagnostics(links, out);
}

fn write_coverage(links: Links<'_, '_>, out: &mut Markup) {
    let coverage = &links.site.report.coverage;
    section("coverage", "Coverage", out);
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
    let table = Table {
        id: "coverage",
        caption: "What the evidence holds of each subscription and category",
        columns: &[
            ("subscription", Kind::Text),
            ("category", Kind::Choice),
            ("times (UTC)", Kind::Text),
            ("events", Kind::Number),
            ("gaps", Kind::Number),
        ],
        whole: links.to("tables/coverage.csv"),
        rows: coverage.subscriptions.iter().map(|entry| coverage_row(entry, links)).collect(),
    };
    table.write(out);
    write_rules(links, out);
    out.raw("</section>\n");
}

fn coverage_row(entry: &SubscriptionCoverage, links: Links<'_, '_>) -> Row {
    let id = entry.subscription_id.as_deref();
    let gaps = entry.gaps.iter().take(ITEMS);
    let gaps = gaps.map(|gap| Piece::Text(short_span(gap.from, gap.to)));
    let detail = || Detail {
        summary: text("no events in"),
        body: joined(gaps, &Piece::Break),
        is_open: entry.gaps.len() <= 3,
    };
    Row {
        anchor: None,
        cells: vec![
            id.map_or_else(|| text("above subscriptions"), |id| vec![links.subscription(id)]),
            text(entry.category.clone()),
            text(short_span(entry.first, entry.last)),
            text(grouped(entry.events)),
            text(grouped(entry.gaps.len() as u64)),
        ],
        detail: (!entry.gaps.is_empty()).then(detail),
    }
}

/// Writes the rules that could not speak, by reason.
fn write_rules(links: Links<'_, '_>, out: &mut Markup) {
    let rules = &links.site.report.coverage.rules;
    out.raw("<h3 id=\"silent\">Rules</h3>\n<p>").number(rules.could_fire).raw(" of ");
    out.number(rules.loaded).raw(" rules could fire.</p>\n");
    let silent = rules.cannot_fire_by_reason().into_iter().map(|group| ("could not fire", group));
    let untold = rules.cannot_tell_by_reason().into_iter().map(|group| ("cannot tell", group));
    for (head, (why, titles)) in silent.chain(untold) {
        let count = counted(titles.len() as u64, "rule", "rules");
        out.raw("<details><summary>").text(&count).raw(" ").raw(head).raw(": ").text(why);
        out.raw("</summary><ul>\n");
        for title in titles {
            out.element("li", title);
        }
        out.raw("</ul></details>\n");
    }
}

fn write_evidence(links: Links<'_, '_>, out: &mut Markup) {
    let evidence = &links.site.report.evidence;
    section("evidence", "Evidence", out);
    out.raw("<p>").text(&counted(evidence.totals.files, "file", "files")).raw(", ");
    out.text(&size_words(evidence.totals.bytes)).raw(". Every record is one of: event, alert, ");
    out.raw("context, duplicate, ignored, rejected.</p>\n");
    let table = Table {
        id: "evidence",
        caption: "Files and archive members that were read",
        columns: &[
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
        whole: links.to("case.json"),
        rows: evidence.files.iter().map(file_row).collect(),
    };
    table.write(out);
    out.raw("</section>\n");
}

fn file_row(file: &EvidenceFile) -> Row {
    let Counts { records, events, alerts, context, duplicates, ignored, rejected } = file.counts;
    let numbers = [file.bytes, records, events, alerts, context, duplicates, ignored, rejected];
    let mut cells = vec![text(file.label())];
    cells.extend(numbers.map(|number| text(grouped(number))));
    let mut summary = text("SHA-256 ");
    summary.push(Piece::Code(file.sha256.clone().unwrap_or_else(|| "not read".into())));
    let body = text(format!(
        "{}; {}; {}; {}; times {}",
        file.shapes.join(", "),
        file.layout.as_deref().unwrap_or("no layout"),
        file.encoding,
        file.compression.as_deref().unwrap_or("not compressed"),
        short_span(file.first, file.last)
    ));
    Row { anchor: None, cells, detail: Some(Detail { summary, body, is_open: false }) }
}

fn write_diagnostics(links: Links<'_, '_>, out: &mut Markup) {
    section("diagnostics", "Diagnostics", out);
    let rows = links.site.report.evidence.diagnostics.iter().map(|entry| {
        let mut files =
            joined(entry.files.iter().take(ITEMS).cloned().map(Piece::Text), &Piece::Break);
        if entry.files.len() > ITEMS {
            files.push(Piece::Text(format!(" and {} more", entry.files.len() - ITEMS)));
        }
        Row {
            anchor: None,
            cells: vec![
                code(entry.code.clone()),
                text(entry.impact.as_str()),
                text(grouped(entry.count)),
                text(entry.message.clone()),
                files,
            ],
            detail: None,
        }
    });
    let table = Table {
        id: "diagnostics",
        caption: "What the reader had to tell",
        columns: &[
            ("code", Kind::Choice),
            ("impact", Kind::Choice),
            ("count", Kind::Number),
            ("what", Kind::Text),
            ("files", Kind::Text),
        ],
        whole: links.to("report.json"),
        rows: rows.collect(),
    };
    table.write(out);
    out.raw("</section>\n");
}
