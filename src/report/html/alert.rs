//! Alerts with their three steps: contact, investigate, mitigate.

use crate::investigation::model::Alert;
use crate::report::html::finding::evidence;
use crate::report::html::links::Links;
use crate::report::html::links::alert_anchor;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::piece::spaced;
use crate::report::html::steps::step_lines;
use crate::report::html::table::Kind;
use crate::report::html::table::Row;
use crate::triage;

/// Items of a list in the details of an alert.
const ITEMS: usize = 25;

/// Writes the section of all alerts.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let report = links.site.report;
    out.section("alerts", "Alerts");
    if let Some(words) = report.alert_words() {
        out.raw("<p>Open: ").text(&words).raw(".</p>\n");
    }
    write_table(&report.ranked_alerts(), links, out);
    out.end_section();
}

/// Writes a table of alerts; their details are the three steps.
pub(super) fn write_table(alerts: &[&Alert], links: Links<'_, '_>, out: &mut Markup<'_>) {
    let table = links.table(
        "alerts",
        "Alerts, open ones first",
        &[
            ("severity", Kind::Choice),
            ("alert", Kind::Wide),
            ("time (UTC)", Kind::Time),
            ("verdict", Kind::Choice),
            ("the log says", Kind::Choice),
            ("users", Kind::Text),
            ("operations", Kind::Number),
            ("findings", Kind::Number),
        ],
        "tables/alerts.csv",
    );
    table.write(alerts, out, |alert, row| write_row(alert, links, row));
}

fn write_row(alert: &Alert, links: Links<'_, '_>, row: &mut Row<'_, '_>) {
    let inquiry = &alert.investigation;
    let sample = if alert.sample { " (sample)" } else { "" };
    let told = alert.title.contains("delegated access");
    let delegated = if alert.delegated_access && !told { " (delegated access)" } else { "" };
    row.anchor(alert_anchor(&alert.id)).mark(triage::Kind::Alert, &alert.id);
    row.badge(alert.severity.map_or("unknown", |level| level.as_str()));
    row.words(format_args!("{}{sample}{delegated}", alert.title));
    row.span(alert.start, alert.end);
    row.text(alert.verdict.as_str()).text(&spaced(inquiry.assessment.as_str()));
    row.cell(|cell| {
        cell.list(&alert.principals, ITEMS, Between::Lines, |id, cell| links.user(id, cell));
    });
    row.number(inquiry.operations).number(links.findings_of(&inquiry.findings).len() as u64);
    row.detail(
        |cell| {
            let said = inquiry.because.first().map_or("nothing", |reason| reason);
            cell.words(format_args!("three steps; the log: {said}"));
        },
        |cell| write_detail(alert, links, cell),
    );
}

fn write_detail(alert: &Alert, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    if let Some(description) = &alert.description {
        cell.text(description).line();
    }
    if let Some(by) = &alert.verdict_by {
        let why = alert.verdict_reason.as_deref().unwrap_or("no reason given");
        cell.head("Verdict").words(format_args!("{} by {by}: {why}", alert.verdict)).line();
    }
    cell.head("1. Contact");
    if alert.contact.is_empty() {
        cell.text("nobody is known");
    }
    cell.list(&alert.contact, ITEMS, Between::Lines, |contact, cell| {
        cell.words(format_args!("ask {}: {}", contact.who, contact.why));
    });
    cell.line().head("2. Investigate");
    write_inquiry(alert, links, cell);
    cell.line().head("3. Mitigate");
    step_lines(&alert.mitigation, links, cell);
    cell.head("Type").text(alert.alert_type.as_deref().unwrap_or("unknown")).line();
    cell.head("Id").code(&alert.id).line();
    cell.entry("Tactics", &alert.tactics, ITEMS);
    cell.entry("Addresses", &alert.ips, ITEMS);
    cell.entry("Resources", &alert.resources, ITEMS);
    evidence(&alert.evidence, links, cell);
}

/// Writes what the activity around an alert shows.
fn write_inquiry(alert: &Alert, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    let inquiry = &alert.investigation;
    cell.span(inquiry.window.from, inquiry.window.to);
    cell.text(if inquiry.covered { ", covered" } else { ", not wholly covered" });
    cell.text(" by the evidence: ").counted(inquiry.operations, "operation", "operations");
    cell.text(", ").counted(inquiry.events, "event", "events");
    for reason in &inquiry.because {
        cell.line().text(reason);
    }
    let findings = links.findings_of(&inquiry.findings);
    if !findings.is_empty() {
        cell.line();
    }
    cell.list(&findings, ITEMS, Between::Lines, |finding, cell| {
        cell.badge(finding.level.as_str()).text(" ");
        links.finding(&finding.id, cell);
    });
    if !inquiry.related_alerts.is_empty() {
        cell.line();
    }
    cell.list(&inquiry.related_alerts, ITEMS, Between::Lines, |id, cell| {
        cell.text("related alert: ");
        links.alert(id, cell);
    });
}
