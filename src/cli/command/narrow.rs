//! What of a list of entities the common filters let pass: by what an entity is, and by what its findings tell.

use std::collections::HashMap;

use serde_json::Value;

use super::entity::Kind;
use crate::base::Time;
use crate::cli::args::{Only, moment};
use crate::cli::case::{Case, list, text, texts};
use crate::cli::filter::{Facets, Filter};
use crate::investigation::model::Level;

/// Returns the entities that pass every filter, in their order.
///
/// Fails where the report knows no such user or subscription.
pub(super) fn narrowed<'v>(
    kind: &Kind,
    only: &Only,
    case: &Case,
    report: &'v Value,
) -> anyhow::Result<Vec<&'v Value>> {
    // What is of a level here is the entity, not what a finding rests on.
    let filter = Filter::new(&Only { level: None, ..only.clone() }, case, report)?;
    let all = list(report, kind.pointer).iter();
    if filter.is_open() && only.level.is_none() {
        return Ok(all.collect());
    }
    let findings = list(report, "/findings").iter().map(|one| (text(one, "id"), one)).collect();
    let reaches = |one: &Value| only.level.is_none_or(|least| level(one) >= Some(least));
    Ok(all.filter(|one| reaches(one) && passes(kind, one, &findings, &filter)).collect())
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
