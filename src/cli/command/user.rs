//! `azscope user`: what one principal did, or all of them by risk.

use std::collections::HashMap;
use std::io;

use serde_json::Value;

use super::entity::{
    Kind, alerts, cells, facts, findings, first_of, items, lengths, risk, risk_cells, section,
    seen, steps,
};
use crate::cli::case::{number, text, texts};
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
];

/// What stands below the addresses.
const USED: &[(&str, &str)] = &[("clients", "clients"), ("roles", "roles_seen")];

/// Addresses that the page tells, one a line where their places are known.
const SHOWN: usize = 25;

/// Writes the addresses, each with its place where files of places told it.
fn addresses(user: &Value, report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    let own = texts(user, "ips");
    let all = report["addresses"].as_array().map_or(&[][..], Vec::as_slice);
    let places: HashMap<&str, String> =
        all.iter().filter_map(|address| Some((text(address, "ip"), place(address)?))).collect();
    if !own.iter().any(|ip| places.contains_key(ip)) {
        return facts(user, &[("addresses", "ips")], page);
    }
    for (at, ip) in own.iter().take(SHOWN).enumerate() {
        let place = places.get(ip).map(|place| format!(" ({place})")).unwrap_or_default();
        page.fact(if at == 0 { "addresses" } else { "" }, &format!("{ip}{place}"))?;
    }
    match own.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => page.fact("", &format!("and {more} more")),
    }
}

/// Where an address is: city, country, network.
fn place(address: &Value) -> Option<String> {
    let network = [
        address["asn"].as_u64().map(|asn| format!("AS{asn}")),
        address["organization"].as_str().map(str::to_owned),
    ];
    let network = network.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let parts = [text(address, "city"), text(address, "country"), &network];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn page(user: &Value, report: &Value, page: &mut Page<'_>) -> io::Result<()> {
    page.title(text(user, "name"))?;
    risk(user, page)?;
    seen(user, page)?;
    facts(user, FACTS, page)?;
    addresses(user, report, page)?;
    facts(user, USED, page)?;
    for note in user["account_notes"].as_array().into_iter().flatten() {
        let events = texts(note, "events").join(", ");
        let events = if events.is_empty() { events } else { format!(" ({events})") };
        page.fact("account", &format!("{}{events}", text(note, "because")))?;
    }
    page.fact("known or not", &texts(user, "familiarity_because").join("; "))?;
    page.fact("hours (UTC)", &hours(user))?;
    if !user["suspicion"].is_null() {
        let suspicion = &user["suspicion"];
        let title = format!("UNDER SUSPICION SINCE {}", text(suspicion, "since"));
        items(&title, suspicion, "because", page)?;
        let out = number(suspicion, "operations");
        page.prose(&format!("Operations out of its ordinary way since then: {out}"))?;
    }
    alerts("ALERTS", &texts(user, "alerts"), report, page)?;
    findings(&texts(user, "findings"), report, page)?;
    let columns = ["operation", "count", "failed", "suspicious"];
    first_of("WHAT IT DID", (user, "activity"), &columns, ACTIVITY, page)?;
    for (title, key, narrow, wide) in SECTIONS {
        let columns = if page.is_wide() { wide } else { narrow };
        section(title, user, key, columns, page)?;
    }
    steps("WHAT TO DO", user, page)
}

/// Operation names that the page tells.
const ACTIVITY: usize = 25;

/// A list of the page: title, key, columns where room is scarce, and where it is not.
type List = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const SECTIONS: &[List] = &[
    (
        "NEW SINCE THE SUSPICION",
        "fresh",
        &["first", "kind", "value"],
        &["first", "kind", "value", "operations"],
    ),
    (
        "TOKENS",
        "sessions",
        &["first", "ips", "operations", "suspicious"],
        &["first", "last", "ips", "client", "operations", "suspicious", "token"],
    ),
    (
        "SECRETS IT WAS HANDED",
        "secrets",
        &["first", "what", "resource_id"],
        &["first", "what", "resource_id", "reads", "suspicious", "rotated"],
    ),
    (
        "WHAT IT GAVE TO OTHERS",
        "gave",
        &["time", "way", "what", "to"],
        &["time", "way", "what", "to", "scope"],
    ),
    (
        "WHAT SUSPECTS GAVE TO IT",
        "received",
        &["time", "way", "what", "by"],
        &["time", "way", "what", "by", "scope"],
    ),
];

/// The hours of the day in which it acted, with the number of operations of each.
fn hours(user: &Value) -> String {
    let counts = user["hours"].as_array().map_or(&[][..], Vec::as_slice);
    let busy = counts.iter().enumerate().filter(|(_, count)| count.as_u64().is_some_and(|n| n > 0));
    let words: Vec<String> = busy.map(|(hour, count)| format!("{hour:02}h {count}")).collect();
    words.join(", ")
}
