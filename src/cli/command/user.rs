//! `azscope user`: what one principal did, or all of them by risk.

use std::io;

use serde_json::Value;

use super::entity::{Kind, alerts, cells, facts, findings, lengths, risk, risk_cells, seen, steps};
use crate::cli::case::{text, texts};
use crate::cli::page::Page;

pub(in crate::cli) const KIND: Kind = Kind {
    what: "user",
    pointer: "/users",
    names,
    columns: &[
        "risk",
        "score",
        "user",
        "kind",
        "name",
        "findings",
        "alerts",
        "operations",
        "failed",
    ],
    row,
    page,
};

fn names(user: &Value) -> Vec<&str> {
    let own = ["id", "upn", "object_id", "app_id", "name", "app_name"].map(|key| text(user, key));
    own.into_iter().chain(texts(user, "aliases")).filter(|name| !name.is_empty()).collect()
}

fn row(user: &Value) -> Vec<String> {
    let mut row = risk_cells(user);
    row.extend(cells(user, &["id", "kind", "name"]));
    row.extend(lengths(user, &["findings", "alerts"]));
    row.extend(cells(user, &["operations", "failed"]));
    row
}

const FACTS: &[(&str, &str)] = &[
    ("id", "id"),
    ("kind", "kind"),
    ("upn", "upn"),
    ("object id", "object_id"),
    ("application", "app_name"),
    ("application id", "app_id"),
    ("tenant", "tenant_id"),
    ("home tenant", "home_tenant"),
    ("aliases", "aliases"),
    ("delegated", "delegated_access"),
    ("delegated from", "delegated_from"),
    ("familiarity", "familiarity"),
    ("operations", "operations"),
    ("failed", "failed"),
    ("events", "events"),
    ("subscriptions", "subscriptions"),
    ("addresses", "ips"),
    ("clients", "clients"),
    ("roles", "roles_seen"),
];

fn page(user: &Value, report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    page.title(text(user, "name"))?;
    risk(user, page)?;
    seen(user, page)?;
    facts(user, FACTS, page)?;
    alerts("ALERTS", &texts(user, "alerts"), report, page)?;
    findings(&texts(user, "findings"), report, page)?;
    steps("WHAT TO DO", user, page)
}
