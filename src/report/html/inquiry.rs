//! What the activity around an alert shows: the second of its three steps.

use std::ops::Deref;

use crate::investigation::model::Alert;
use crate::investigation::model::Inquiry;
use crate::report::html::links::Links;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::piece::spaced;

/// Items of a list.
const ITEMS: usize = 25;
/// Events named beside a statement.
const EVENTS: usize = 3;

/// Writes what was looked at, what was asked, and what was found.
pub(super) fn write(alert: &Alert, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    let inquiry = &alert.investigation;
    write_window(inquiry, cell);
    cell.line().head("Assessment").text(&spaced(inquiry.assessment.as_str()));
    for reason in &inquiry.reasons {
        cell.line().text(&reason.because);
        write_events(&reason.events, links, cell);
    }
    for answer in &inquiry.questions {
        cell.line().badge(answer.outcome.as_str());
        cell.words(format_args!(" {} {}", answer.question, answer.answer));
        write_events(&answer.events, links, cell);
    }
    write_telling(inquiry, links, cell);
    write_others(inquiry, links, cell);
}

fn write_window(inquiry: &Inquiry, cell: &mut Cell<'_, '_>) {
    cell.text("looked at ").span(inquiry.window.from, inquiry.window.to);
    cell.text(", of which the log reaches ").span(inquiry.reached.from, inquiry.reached.to);
    cell.text(if inquiry.covered { ", covered: " } else { ", not wholly covered: " });
    cell.counted(inquiry.operations, "operation", "operations").text(", ");
    cell.counted(inquiry.events, "event", "events").text(" by what the alert names");
}

/// Writes the events that a statement rests on.
pub(super) fn write_events<S: Deref<Target = str>>(
    events: &[S],
    links: Links<'_, '_>,
    cell: &mut Cell<'_, '_>,
) {
    for event in events.iter().take(EVENTS) {
        cell.text(" ");
        links.event(event, cell);
    }
    if events.len() > EVENTS {
        cell.words(format_args!(" and {} more events", events.len() - EVENTS));
    }
}

/// Writes the operations of the kind that the alert speaks of.
fn write_telling(inquiry: &Inquiry, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    if inquiry.telling_operations.is_empty() {
        return;
    }
    cell.line().head("Operations of its kind").number(inquiry.telling);
    if inquiry.telling_failed > 0 {
        cell.words(format_args!(", {} of them failed", inquiry.telling_failed));
    }
    cell.line();
    cell.list(&inquiry.telling_operations, ITEMS, Between::Lines, |operation, cell| {
        cell.time(operation.time).text("  ").code(&operation.operation);
        cell.words(format_args!(" {} by ", operation.outcome));
        links.user_or_unknown(operation.user.as_deref(), cell);
        if let Some(ip) = &operation.ip {
            cell.text(" from ").code(ip);
        }
        if let Some(resource) = &operation.resource_id {
            cell.text(" on ").code(resource);
        }
        cell.text(" ");
        links.event(&operation.event, cell);
    });
}

/// Writes findings, other places, other users and other alerts of the window.
fn write_others(inquiry: &Inquiry, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    let findings = links.findings_of(&inquiry.findings);
    if !findings.is_empty() {
        cell.line().head("Findings").number(inquiry.findings_count).line();
    }
    cell.list(&findings, ITEMS, Between::Lines, |finding, cell| {
        cell.badge(finding.level.as_str()).text(" ");
        links.finding(&finding.id, cell);
    });
    // The page of one subscription tells nothing of others.
    for other in inquiry.elsewhere.iter().filter(|_| links.only.is_none()).take(ITEMS) {
        cell.line().text("elsewhere: ").counted(other.operations, "operation", "operations");
        cell.text(" by ");
        links.user(&other.user, cell);
        cell.text(" in ");
        match other.subscription_id.as_deref() {
            Some(id) => links.subscription(id, cell),
            None => {
                cell.text("no subscription");
            }
        }
    }
    for other in inquiry.same_address.iter().take(ITEMS) {
        cell.line().text("from the same address ").code(&other.ip).text(": ");
        links.user_or_unknown(other.user.as_deref(), cell);
        cell.text(", ").counted(other.operations, "operation", "operations").text(", ");
        cell.span(other.first, other.last);
    }
    for id in inquiry.related_alerts.iter().take(ITEMS) {
        cell.line().text("related alert: ");
        links.alert(id, cell);
    }
    if inquiry.related_alerts_count > ITEMS as u64 {
        cell.line().text("related alerts in all: ").number(inquiry.related_alerts_count);
    }
}
