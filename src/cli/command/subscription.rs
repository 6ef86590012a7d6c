//! `azscope subscription`: what happened in one subscription, or all of them by risk.

use std::io;

use serde_json::Value;

use super::entity::{
    Kind, alerts, cells, facts, findings, lengths, risk, risk_cells, section, seen, steps,
};
use crate::cli::case::{text, texts};
use crate::cli::page::Page;

pub(in crate::cli) const KIND: Kind = Kind {
    what: "subscription",
    pointer: "/subscriptions",
    names,
    columns: &["risk", "score", "subscription", "findings", "alerts", "operations", "users", "vms"],
    row,
    page,
};

/// The id, and the name where a list of subscriptions tells it.
fn names(subscription: &Value) -> Vec<&str> {
    let name = Some(text(subscription, "name")).filter(|name| !name.is_empty());
    [Some(text(subscription, "id")), name].into_iter().flatten().collect()
}

fn row(subscription: &Value) -> Vec<String> {
    let mut row = risk_cells(subscription);
    row.push(text(subscription, "id").to_owned());
    row.extend(lengths(subscription, &["findings", "alerts"]));
    row.extend(cells(subscription, &["operations"]));
    row.extend(lengths(subscription, &["users", "virtual_machines"]));
    row
}

const FACTS: &[(&str, &str)] = &[
    ("name", "name"),
    ("tenant", "tenant_id"),
    ("tenant inferred", "tenant_inferred"),
    ("operations", "operations"),
    ("events", "events"),
    ("users", "users"),
    ("machines", "virtual_machines"),
];

fn page(one: &Value, report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    page.title(text(one, "id"))?;
    risk(one, page)?;
    seen(one, page)?;
    facts(one, FACTS, page)?;
    alerts("ALERTS", &texts(one, "alerts"), report, page)?;
    findings(&texts(one, "findings"), report, page)?;
    for (title, key, columns) in SECTIONS {
        // The first columns tell most.
        let columns = if page.is_wide() { columns } else { &columns[..columns.len().min(NARROW)] };
        section(title, one, key, columns, page)?;
    }
    steps("WHAT TO DO", one, page)
}

/// At most this many columns are shown where room is scarce.
const NARROW: usize = 5;

/// Lists of the page: title, key, columns.
const SECTIONS: &[(&str, &str, &[&str])] = &[
    (
        "CHANGES OF RIGHTS",
        "iam_changes",
        &["time", "change", "by", "principal", "role", "scope", "privileged", "standing"],
    ),
    ("DELEGATIONS", "delegations", &["time", "tenant_id", "by", "standing"]),
    (
        "AUTOMATION",
        "runbooks",
        &["time", "change", "by", "resource_id", "familiar", "still_present"],
    ),
    (
        "LEFT BEHIND BY SUSPECTS",
        "residue",
        &["created", "change", "power", "resource_id", "created_by", "type", "still_present"],
    ),
    (
        "DEFENCES LOWERED",
        "defences",
        &["time", "what", "by", "resource_id", "raised", "raised_by", "by_suspect"],
    ),
];
