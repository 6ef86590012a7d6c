//! Alerts with their three steps: contact, investigate, mitigate.

use crate::investigation::model::Alert;
use crate::investigation::model::Contact;
use crate::report::html::finding::evidence;
use crate::report::html::inquiry;
use crate::report::html::links::Links;
use crate::report::html::links::alert_anchor;
use crate::report::html::links::case_anchor;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::piece::spaced;
use crate::report::html::row::Row;
use crate::report::html::steps::step_lines;
use crate::report::html::table::Kind;
use crate::triage;

/// Items of a list in the details of an alert.
const ITEMS: usize = 25;
/// Events named beside whom to ask.
const EVENTS: usize = 3;

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
    row.anchor(alert_anchor(&alert.id)).mark(triage::Topic::Alert, &alert.id);
    row.badge(alert.severity.map_or("unknown", |level| level.as_str()));
    row.words(format_args!("{}{sample}{delegated}", alert.title));
    row.span(alert.start, alert.end);
    row.text(alert.verdict.as_str()).text(&spaced(inquiry.assessment.as_str()));
    row.cell(|cell| {
        cell.list(&alert.principals, ITEMS, Between::Lines, |id, cell| links.user(id, cell));
    });
    row.number(inquiry.operations).number(inquiry.findings_count);
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
        match links.cover {
            Some(cover) => cell.text(&cover.over_prose(description)),
            None => cell.text(description),
        };
        cell.line();
    }
    if let Some(by) = &alert.verdict_by {
        let why = alert.verdict_reason.as_deref().unwrap_or("no reason given");
        cell.head("Verdict").words(format_args!("{} by {by}: {why}", alert.verdict)).line();
    }
    cell.head("1. Contact");
    let people: Vec<&Contact> = alert
        .contact
        .iter()
        .filter(|each| each.user.as_deref().is_none_or(|id| links.may_name_user(id)))
        .collect();
    if people.is_empty() {
        cell.text("nobody is known");
    }
    cell.list(&people, ITEMS, Between::Lines, |contact, cell| {
        write_contact(contact, links, cell);
    });
    cell.line().head("2. Investigate");
    inquiry::write(alert, links, cell);
    cell.line().head("3. Mitigate");
    step_lines(&alert.mitigation, links, cell);
    if let Some(case) = alert.case.as_deref() {
        cell.head("Case").link(&links.main(&case_anchor(case)), case).line();
    }
    cell.head("Type").text(alert.alert_type.as_deref().unwrap_or("unknown")).line();
    cell.head("Id").code(&alert.id).line();
    cell.entry("Tactics", &alert.tactics, ITEMS);
    cell.entry("Addresses", &alert.ips, ITEMS);
    cell.entry("Resources", &alert.resources, ITEMS);
    evidence(&alert.evidence, links, cell);
}

fn write_contact(contact: &Contact, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    cell.text("ask ");
    match contact.user.as_deref() {
        Some(id) => links.user(id, cell),
        None => {
            cell.text(&contact.who);
        }
    }
    cell.words(format_args!(": {}", contact.why));
    if let Some(known_by) = &contact.known_by {
        cell.words(format_args!("; known by {known_by}"));
    }
    if contact.since.is_some() {
        cell.text(" since ").time(contact.since);
    }
    for place in contact.evidence.iter().take(EVENTS) {
        cell.text(" ");
        links.event(place.event.written(&mut [0; 16]), cell);
    }
}
