//! `azscope vm`: what happened to one virtual machine, or all of them by risk.

use std::io;

use serde_json::Value;

use super::entity::{
    Kind, alerts, cells, facts, findings, items, lengths, risk, risk_cells, section, steps,
};
use crate::cli::case::{text, texts};
use crate::cli::page::Page;

pub(in crate::cli) const KIND: Kind = Kind {
    what: "virtual machine",
    pointer: "/virtual_machines",
    names: |machine| vec![text(machine, "resource_id"), name(machine)],
    columns: &[
        "risk",
        "score",
        "machine",
        "findings",
        "alerts",
        "actions",
        "verdict",
        "created",
        "resource id",
    ],
    row,
    page,
};

/// The last part of the resource id.
fn name(machine: &Value) -> &str {
    text(machine, "resource_id").rsplit('/').next().unwrap_or_default()
}

fn row(machine: &Value) -> Vec<String> {
    let mut row = risk_cells(machine);
    row.push(name(machine).to_owned());
    row.extend(lengths(machine, &["findings", "alerts", "actions"]));
    row.extend(cells(machine, &["verdict", "created", "resource_id"]));
    row
}

const FACTS: &[(&str, &str)] = &[
    ("resource id", "resource_id"),
    ("subscription", "subscription_id"),
    ("created", "created"),
    ("touched by", "touched_by"),
    ("acts as", "identities"),
    ("verdict", "verdict"),
];

fn page(machine: &Value, report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    page.title(name(machine))?;
    risk(machine, page)?;
    facts(machine, FACTS, page)?;
    items("WHAT SPEAKS AGAINST IT", machine, "verdict_because", page)?;
    alerts("ALERTS", &texts(machine, "alerts"), report, page)?;
    findings(&texts(machine, "findings"), report, page)?;
    let columns: &[&str] = if page.is_wide() {
        &["time", "kind", "operation", "by", "outcome", "suspicious", "resource_id"]
    } else {
        &["time", "kind", "by", "outcome"]
    };
    section("ACTIONS", machine, "actions", columns, page)?;
    steps("WHAT TO DO", machine, page)
}
