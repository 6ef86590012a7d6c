//! What of a list of entities the common filters let pass: by what an entity is, and by what its findings tell.

use std::collections::HashMap;

use serde_json::Value;

use super::entity::Kind;
use crate::base::Time;
use crate::cli::args::{Only, moment};
use crate::cli::case::{Case, Keep, Part, list, text, texts};
use crate::cli::filter::{Facets, Filter};
use crate::investigation::model::Level;

/// What of an entity its row shows and filters look at, whatever kind it is.
pub(super) const LISTED: Keep<'static> = Keep::Parts(&[
    ("id", Keep::All),
    ("kind", Keep::All),
    ("name", Keep::All),
    ("upn", Keep::All),
    ("object_id", Keep::All),
    ("app_id", Keep::All),
    ("app_name", Keep::All),
    ("aliases", Keep::All),
    ("resource_id", Keep::All),
    ("title", Keep::All),
    ("severity", Keep::All),
    ("verdict", Keep::All),
    ("risk", Keep::Members(&["level", "score"])),
    ("start", Keep::All),
    ("end", Keep::All),
    ("first_seen", Keep::All),
    ("last_seen", Keep::All),
    ("created", Keep::All),
    ("operations", Keep::All),
    ("failed", Keep::All),
    ("ips", Keep::All),
    ("principals", Keep::All),
    ("users", Keep::All),
    ("touched_by", Keep::All),
    ("subscription_id", Keep::All),
    ("subscriptions", Keep::All),
    ("virtual_machines", Keep::All),
    ("findings", Keep::All),
    ("alerts", Keep::All),
    ("activity", Keep::Members(&["operation"])),
    ("actions", Keep::Members(&["time", "operation"])),
    (
        "investigation",
        Keep::Parts(&[
            ("assessment", Keep::All),
            ("findings", Keep::All),
            ("telling_operations", Keep::Members(&["operation"])),
        ]),
    ),
]);

/// What filters of a list look at beside its entities.
pub(super) fn parts(kind: &Kind, only: &Only) -> Vec<Part<'static>> {
    let own = kind.key();
    // What of a level is asked for here is the entity.
    let mut parts = Filter::parts(&Only { level: None, ..only.clone() });
    parts.retain(|part| part.0 != own);
    parts.push((own, LISTED));
    if !only.is_open() {
        parts.push(("findings", Keep::Members(&["id", "ips", "operation_names"])));
    }
    parts
}

/// Returns the numbers of the entities that pass every filter, in their order.
///
/// Fails where the report knows no such user or subscription.
pub(super) fn narrowed(
    kind: &Kind,
    only: &Only,
    case: &Case,
    report: &Value,
) -> anyhow::Result<Vec<usize>> {
    // What is of a level here is the entity, not what a finding rests on.
    let filter = Filter::new(&Only { level: None, ..only.clone() }, case, report)?;
    let all = list(report, kind.pointer);
    if filter.is_open() && only.level.is_none() {
        return Ok((0..all.len()).collect());
    }
    let findings = list(report, "/findings").iter().map(|one| (text(one, "id"), one)).collect();
    let reaches = |one: &Value| only.level.is_none_or(|least| level(one) >= Some(least));
    let stays = |one: &Value| reaches(one) && passes(kind, one, &findings, &filter);
    Ok((0..all.len()).filter(|&number| stays(&all[number])).collect())
}

/// The severity of an alert, the risk of anything else.
fn level(one: &Value) -> Option<Level> {
    Level::parse(match &one["risk"] {
        Value::Null => text(one, "severity"),
        risk => text(risk, "level"),
    })
}

fn passes(kind: &Kind, one: &Value, findings: &HashMap<&str, &Value>, filter: &Filter) -> bool {
    let inquiry = &one["investigation"];
    // A finding on a user may rest on what others did as well.
    let own = if kind.pointer == "/users" { vec![] } else { texts(one, "findings") };
    let own = own.into_iter().chain(texts(inquiry, "findings"));
    let found: Vec<&Value> = own.filter_map(|id| findings.get(id).copied()).collect();
    let of_findings =
        |key: &str| -> Vec<&str> { found.iter().flat_map(|finding| texts(finding, key)).collect() };
    let names = (kind.names)(one);
    let mut users = ["principals", "users", "touched_by"].map(|key| texts(one, key)).concat();
    let mut subscriptions = texts(one, "subscriptions");
    subscriptions.extend(one["subscription_id"].as_str());
    match kind.pointer {
        "/users" => users.extend(&names),
        "/subscriptions" => subscriptions.extend(&names),
        _ => {}
    }
    let ips = [texts(one, "ips"), of_findings("ips")].concat();
    let mut operations = of_findings("operation_names");
    for (of, key) in [(one, "activity"), (one, "actions"), (inquiry, "telling_operations")] {
        operations.extend(list(&of[key], "").iter().map(|line| text(line, "operation")));
    }
    let (first, last) = span(one);
    let line = Facets {
        first,
        last,
        users: &users,
        ips: &ips,
        operations: &operations,
        subscriptions: &subscriptions,
        ..Facets::default()
    };
    filter.passes(line)
}

/// The stretch of time of an entity: its activity, or that which is told of it.
fn span(one: &Value) -> (Option<Time>, Option<Time>) {
    let time = |key: &str| moment::parse(text(one, key));
    let actions = list(one, "/actions").iter();
    let acted: Vec<Time> =
        actions.filter_map(|action| moment::parse(text(action, "time"))).collect();
    let first = time("start").or_else(|| time("first_seen"));
    let last = time("end").or_else(|| time("last_seen"));
    (first.or_else(|| acted.iter().min().copied()), last.or_else(|| acted.iter().max().copied()))
}
