//! The first screen: the verdict, what was read and lost, what it covers, what to do first.

use crate::base::text::counted;
use crate::base::text::grouped;
use crate::investigation::model::Level;
use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
use crate::report::html::steps;
use crate::report::short_span;
use crate::report::size_words;

/// Losses and missing things named on the first screen.
const NAMED: usize = 4;

/// Writes the first screen.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.raw("<section id=\"overview\" aria-label=\"Overview\">\n<h1>Azure activity report</h1>\n");
    write_tiles(links, out);
    out.raw("<div class=\"columns\">\n<div>\n<h2>Verdict</h2>\n<ul class=\"verdict\">\n");
    for sentence in links.site.report.verdict() {
        out.element("li", &sentence).raw("\n");
    }
    out.raw("</ul>\n");
    steps::write_first(links, out);
    out.raw("</div>\n<div>\n");
    write_evidence(links, out);
    write_coverage(links, out);
    out.raw("</div>\n</div>\n</section>\n");
}

/// Writes the figures, each a link to its rows.
fn write_tiles(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let report = links.site.report;
    let counts = report.level_counts();
    out.raw("<ul class=\"tiles\">\n");
    for level in Level::FALLING {
        out.raw("<li class=\"").raw(level.as_str()).raw("\"><a href=\"#findings\"");
        out.raw(" data-table=\"t-findings\" data-column=\"level\"")
            .attr("data-value", level.as_str());
        out.raw("><b>").number(counts.of(level)).raw("</b> <span class=\"badge ");
        out.raw(level.as_str()).raw("\">").raw(level.as_str()).raw("</span></a></li>\n");
    }
    let open = report.alerts.iter().filter(|alert| alert.is_open()).count();
    let users = report.ranked_users().count();
    let tiles = [
        ("#alerts", open, ["open alert", "open alerts"], report.alerts.len(), "in all"),
        ("#users", users, ["user to look at", "users to look at"], report.users.len(), "seen"),
        (
            "#subscriptions",
            report.ranked_subscriptions().count(),
            ["subscription to look at", "subscriptions to look at"],
            report.subscriptions.len(),
            "seen",
        ),
    ];
    for (href, count, [one, many], all, words) in tiles {
        out.raw("<li><a href=\"").raw(href).raw("\"><b>").number(count as u64).raw("</b> ");
        out.raw(if count == 1 { one } else { many })
            .raw("<small>")
            .number(all as u64)
            .raw(" ")
            .raw(words);
        out.raw("</small></a></li>\n");
    }
    let word = |count, one, many| if count == 1 { one } else { many };
    let standing = report.standing_changes().len() as u64;
    out.raw("<li><a href=\"#rights\"><b>").number(standing).raw("</b> ");
    out.raw(word(standing, "change", "changes")).raw(" of rights standing</a></li>\n");
    let operations = &report.operations;
    out.raw("<li><a href=\"tables/operations.csv\"><b>").number(operations.count).raw("</b> ");
    out.raw(word(operations.count, "operation", "operations"));
    out.raw("<small>").number(operations.by_outcome.failed);
    out.raw(" failed</small></a></li>\n</ul>\n");
}

fn write_evidence(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let evidence = &links.site.report.evidence;
    let (totals, counts) = (&evidence.totals, &evidence.totals.counts);
    out.raw("<h2>Read and lost</h2>\n<p>")
        .link("#evidence", &counted(totals.files, "file", "files"));
    out.raw(", ").text(&size_words(totals.bytes)).raw(", ");
    out.text(&counted(counts.records(), "record", "records")).raw(": ");
    let mut words = counts.read();
    if counts.rejected > 0 {
        words.push(format!("{} rejected", grouped(counts.rejected)));
    }
    out.text(if words.is_empty() { "nothing".into() } else { words.join(", ") }.as_str());
    out.raw(".</p>\n");
    if let Some(cases) = evidence.left_out() {
        out.raw("<p>Left out: ").text(&cases.message).raw(".</p>\n");
    }
    if !evidence.has_loss() {
        out.raw("<p>Lost: nothing.</p>\n");
        return;
    }
    out.raw("<p class=\"loss\"><strong>Lost:</strong> ")
        .raw("part of the evidence could not be read");
    if counts.rejected > 0 {
        out.raw("; ")
            .link("rejects.jsonl", &counted(counts.rejected, "rejected piece", "rejected pieces"));
    }
    out.raw(".</p>\n<ul>\n");
    let losses: Vec<_> = evidence.losses().collect();
    for loss in losses.iter().take(NAMED) {
        out.raw("<li><code>").text(&loss.code).raw("</code> ×").number(loss.count);
        out.raw(": ").text(&loss.message).raw("</li>\n");
    }
    write_more(losses.len(), "#diagnostics", out);
    out.raw("</ul>\n");
}

fn write_coverage(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let coverage = &links.site.report.coverage;
    let gaps = counted(coverage.gap_count() as u64, "gap", "gaps");
    out.raw("<h2>Covered</h2>\n<ul>\n<li>").text(&short_span(coverage.first, coverage.last));
    out.raw(", ").link("#coverage", &gaps).raw("</li>\n");
    if !coverage.tenant_level_log {
        out.raw("<li>The tenant-level log is not in the evidence.</li>\n");
    }
    for missing in coverage.not_in_evidence.iter().take(NAMED) {
        out.raw("<li>Not in evidence: ").text(&missing.what).raw("</li>\n");
    }
    write_more(coverage.not_in_evidence.len(), "#coverage", out);
    let rules = &coverage.rules;
    out.raw("<li>Rules that could fire: ").number(rules.could_fire).raw(" of ");
    out.number(rules.loaded);
    if !rules.cannot_fire.is_empty() {
        let count = counted(rules.cannot_fire.len() as u64, "rule", "rules");
        out.raw("; ").link("#silent", &format!("{count} could not"));
    }
    out.raw("</li>\n</ul>\n");
}

fn write_more(all: usize, href: &str, out: &mut Markup<'_>) {
    if all > NAMED {
        let words = format!("{} more", grouped((all - NAMED) as u64));
        out.raw("<li>").link(href, &words).raw("</li>\n");
    }
}
