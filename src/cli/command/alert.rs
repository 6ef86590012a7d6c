//! `azscope alert`: the three steps of an alert, or all alerts in order of time.

use std::io;

use serde_json::Value;

use super::entity::{Kind, alerts, cells, facts, findings, section, steps};
use crate::base::source_label;
use crate::cli::case::{list, number, text, texts};
use crate::cli::page::Page;

pub(in crate::cli) const KIND: Kind = Kind {
    what: "alert",
    pointer: "/alerts",
    names,
    columns: &["start", "severity", "title", "verdict", "assessment", "findings", "id"],
    row,
    page,
};

/// An id may be the path of a resource; the last part of it is a name too.
fn names(alert: &Value) -> Vec<&str> {
    let id = text(alert, "id");
    let last = id.rsplit('/').next().filter(|last| *last != id);
    [Some(id), last].into_iter().flatten().collect()
}

fn row(alert: &Value) -> Vec<String> {
    let mut row = cells(alert, &["start", "severity", "title", "verdict"]);
    let inquiry = &alert["investigation"];
    row.push(text(inquiry, "assessment").replace('_', " "));
    row.push(texts(inquiry, "findings").len().to_string());
    row.push(text(alert, "id").to_owned());
    row
}

fn page(alert: &Value, report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    page.title(text(alert, "title"))?;
    facts(alert, FACTS, page)?;
    let (start, end) = (text(alert, "start"), text(alert, "end"));
    if !start.is_empty() {
        page.fact("activity", &format!("{start} to {end}"))?;
    }
    if alert["sample"] == true {
        page.fact("sample", "yes: somebody had Defender make it, nothing happened")?;
    }
    if !text(alert, "description").is_empty() {
        page.heading("WHAT IT SAYS")?;
        page.prose(text(alert, "description"))?;
    }
    page.heading("1 CONTACT")?;
    let people = list(alert, "/contact");
    if people.is_empty() {
        page.prose("The evidence names nobody to ask.")?;
    }
    people.iter().try_for_each(|person| page.item("-", &contact(person)))?;
    investigation(alert, report, page)?;
    if list(alert, "/mitigation").is_empty() {
        page.heading("3 MITIGATE")?;
        page.prose("Nothing that was found asks for a step.")?;
    }
    steps("3 MITIGATE", alert, page)?;
    evidence(alert, page)
}

const FACTS: &[(&str, &str)] = &[
    ("id", "id"),
    ("type", "alert_type"),
    ("severity", "severity"),
    ("status", "status"),
    ("verdict", "verdict"),
    ("by", "verdict_by"),
    ("reason", "verdict_reason"),
    ("subscription", "subscription_id"),
    ("tactics", "tactics"),
    ("users", "principals"),
    ("addresses", "ips"),
    ("resources", "resources"),
    ("delegated", "delegated_access"),
    ("case", "case"),
];

/// Whom to ask, why, and how that is known.
fn contact(person: &Value) -> String {
    let mut words = format!("{}: {}", text(person, "who"), text(person, "why"));
    let (since, by) = (text(person, "since"), text(person, "known_by"));
    let known = match (since.is_empty(), by.is_empty()) {
        (false, false) => format!(" (since {since}, known by {by})"),
        (false, true) => format!(" (since {since})"),
        (true, false) => format!(" (known by {by})"),
        (true, true) => String::new(),
    };
    words.push_str(&known);
    words
}

fn investigation(alert: &Value, report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let inquiry = &alert["investigation"];
    page.heading("2 INVESTIGATE")?;
    page.fact("assessment", &text(inquiry, "assessment").replace('_', " "))?;
    for reason in list(inquiry, "/reasons") {
        page.fact("", &format!("- {}{}", text(reason, "because"), events_of(reason)))?;
    }
    for (name, key) in
        [("looked at", "window"), ("of that logged", "reached"), ("its type asks", "type_window")]
    {
        let (from, to) = (text(&inquiry[key], "from"), text(&inquiry[key], "to"));
        if !from.is_empty() {
            page.fact(name, &format!("{from} to {to}"))?;
        }
    }
    if inquiry["covered"] == false {
        page.fact("covered", "no: the log does not reach the time of the alert")?;
    }
    let (operations, events) = (number(inquiry, "operations"), number(inquiry, "events"));
    let seen = format!("operations: {operations}, events: {events}, in what was looked at");
    page.fact("activity", &seen)?;
    page.fact("of its kind", &of_its_kind(inquiry))?;
    questions(inquiry, page)?;
    telling_operations(inquiry, page)?;
    section(
        "WHO ELSE USED ITS ADDRESSES",
        inquiry,
        "same_address",
        &["ip", "user", "operations", "first", "last"],
        page,
    )?;
    section(
        "ITS USERS IN OTHER SUBSCRIPTIONS",
        inquiry,
        "elsewhere",
        &["user", "subscription_id", "operations"],
        page,
    )?;
    findings(&texts(inquiry, "findings"), report, page)?;
    alerts("RELATED ALERTS", &texts(inquiry, "related_alerts"), report, page)
}

/// How many operations are of the kind that the alert speaks of, in the times of its type.
fn of_its_kind(inquiry: &Value) -> String {
    let failed = match number(inquiry, "telling_failed") {
        0 => String::new(),
        failed => format!(", {failed} of them failed"),
    };
    let place = if text(&inquiry["type_window"], "from").is_empty() {
        "what was looked at"
    } else {
        "the time that its type speaks of"
    };
    format!("operations: {}{failed}, in {place}", number(inquiry, "telling"))
}

fn questions(inquiry: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let asked = list(inquiry, "/questions");
    if asked.is_empty() {
        return Ok(());
    }
    page.heading("QUESTIONS")?;
    for one in asked {
        page.item("?", text(one, "question"))?;
        // A question about limits is answered in words alone.
        let word = match text(one, "outcome") {
            "yes" => "yes: ",
            "no" => "no: ",
            _ => "",
        };
        page.item(" ", &format!("{word}{}{}", text(one, "answer"), events_of(one)))?;
    }
    Ok(())
}

/// The events that a statement rests on, in words; `azscope show` leads from there to the bytes.
fn events_of(statement: &Value) -> String {
    let events = texts(statement, "events");
    let shown = events.iter().take(EVENTS).copied().collect::<Vec<_>>().join(", ");
    match events.len() {
        0 => String::new(),
        1 => format!(" (event {shown})"),
        n if n <= EVENTS => format!(" (events {shown})"),
        n => format!(" (events {shown} and {} more)", n - EVENTS),
    }
}

/// Events named beside a statement.
const EVENTS: usize = 3;

/// The operations of the kind that the alert speaks of.
fn telling_operations(inquiry: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let columns = ["time", "operation", "outcome", "user", "ip", "event"];
    section("OPERATIONS OF ITS KIND", inquiry, "telling_operations", &columns, page)?;
    let shown = list(inquiry, "/telling_operations").len() as u64;
    match number(inquiry, "telling").saturating_sub(shown) {
        0 => Ok(()),
        more => page.prose(&format!("… {more} more: azscope timeline CASE --of operations")),
    }
}

fn evidence(alert: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let places = list(alert, "/evidence");
    if places.is_empty() {
        return Ok(());
    }
    page.heading("EVIDENCE")?;
    for place in places {
        let source = source_label(text(place, "file"), place["member"].as_str());
        page.verbatim(&format!("{source}:{}", number(place, "line")))?;
    }
    Ok(())
}
