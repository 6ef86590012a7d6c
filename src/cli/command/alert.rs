//! `azscope alert`: the three steps of an alert, or all alerts in order of time.

use std::io;

use serde_json::Value;

use super::entity::{Kind, alerts, cells, facts, findings, steps};
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
    for person in people {
        page.item("-", &format!("{}: {}", text(person, "who"), text(person, "why")))?;
    }
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
];

fn investigation(alert: &Value, report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let inquiry = &alert["investigation"];
    page.heading("2 INVESTIGATE")?;
    page.fact("assessment", &text(inquiry, "assessment").replace('_', " "))?;
    texts(inquiry, "because").into_iter().try_for_each(|why| page.fact("", &format!("- {why}")))?;
    let (from, to) = (text(&inquiry["window"], "from"), text(&inquiry["window"], "to"));
    if !from.is_empty() {
        page.fact("looked at", &format!("{from} to {to}"))?;
    }
    if inquiry["covered"] == false {
        page.fact("covered", "no: the evidence does not reach all of these times")?;
    }
    let (operations, events) = (number(inquiry, "operations"), number(inquiry, "events"));
    page.fact("activity", &format!("operations: {operations}, events: {events}"))?;
    findings(&texts(inquiry, "findings"), report, page)?;
    alerts("RELATED ALERTS", &texts(inquiry, "related_alerts"), report, page)
}

fn evidence(alert: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let places = list(alert, "/evidence");
    if places.is_empty() {
        return Ok(());
    }
    page.heading("EVIDENCE")?;
    for place in places {
        let member = place["member"].as_str().map(|member| format!(" > {member}"));
        let member = member.unwrap_or_default();
        page.verbatim(&format!("{}{member}:{}", text(place, "file"), number(place, "line")))?;
    }
    Ok(())
}
