//! The Elastic Common Schema, with the names that Elastic's own Azure integration adds.

use serde_json::{Map, Value, json};

use super::{Activity, is_address, put, texts};
use crate::azure::tactic;
use crate::investigation::model::Level;
use crate::schema::Event;

/// The version of the schema.
pub const VERSION: &str = "8.17.0";

/// Returns an event or an operation.
pub fn activity(line: &Activity<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    for (column, value) in line.values {
        let spec = column.spec();
        let value = match column {
            Event::Status => outcome(value.as_str()).into(),
            _ => value.clone(),
        };
        let fits = match column {
            Event::ClientIp => is_address(&value),
            _ => !spec.ecs.is_empty(),
        };
        if fits {
            put(&mut out, spec.ecs, value);
        } else {
            // Beside what Elastic's integration adds.
            put(&mut out, &format!("azure.activitylogs.{}", spec.name), value);
        }
    }
    put(&mut out, "message", line.message.into());
    base(&mut out, "event");
    put(&mut out, "event.dataset", "azure.activitylogs".into());
    put(&mut out, "event.module", "azure".into());
    let (category, kind) = kinds(line.text(Event::Operation).unwrap_or_default());
    put(&mut out, "event.category", json!([category]));
    put(&mut out, "event.type", json!([kind]));
    if line.text(Event::EventId).is_none() {
        put(&mut out, "event.id", line.own_id().into());
    }
    for (name, value) in line.others {
        let place = match *name {
            "file" => "log.file.path".to_owned(),
            "offset" => "log.offset".to_owned(),
            "first_time" => "event.start".to_owned(),
            "last_time" => "event.end".to_owned(),
            name => format!("azscope.{name}"),
        };
        put(&mut out, &place, value.clone());
    }
    let ips = related(line, &[Event::ClientIp, Event::TokenIp]);
    let ips: Vec<Value> = ips.into_iter().map(Value::from).filter(is_address).collect();
    put(&mut out, "related.ip", ips.into());
    let users = related(line, &[Event::Actor, Event::ActorUpn, Event::ActorOid]);
    put(&mut out, "related.user", json!(users));
    out
}

/// The distinct texts of some columns.
fn related<'a>(line: &'a Activity<'_>, columns: &[Event]) -> Vec<&'a str> {
    let mut texts: Vec<&str> = columns.iter().filter_map(|one| line.text(*one)).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// What every document has.
fn base(out: &mut Map<String, Value>, kind: &str) {
    put(out, "ecs.version", VERSION.into());
    put(out, "event.kind", kind.into());
    put(out, "cloud.provider", "azure".into());
}

fn outcome(status: Option<&str>) -> &'static str {
    match status {
        Some("succeeded") => "success",
        Some("failed") => "failure",
        _ => "unknown",
    }
}

/// The category and the type of an operation, out of the lists of the schema.
fn kinds(operation: &str) -> (&'static str, &'static str) {
    let operation = operation.to_ascii_lowercase();
    let is_iam = operation.starts_with("microsoft.authorization/role")
        || operation.starts_with("microsoft.authorization/elevateaccess")
        || operation.starts_with("microsoft.managedservices/")
        || operation.starts_with("microsoft.managedidentity/");
    let kind = match operation.rsplit('/').next() {
        Some("write") => "change",
        Some("delete") => "deletion",
        Some("read") => "access",
        _ => "info",
    };
    (if is_iam { "iam" } else { "configuration" }, kind)
}

/// Returns a finding of `report.json`.
pub fn finding(one: &Value, message: &str) -> Map<String, Value> {
    let level = one["level"].as_str().and_then(Level::parse).unwrap_or_default();
    let mut out = Map::new();
    let told = if one["outcome_time"].is_null() { &one["last"] } else { &one["outcome_time"] };
    put(&mut out, "@timestamp", told.clone());
    base(&mut out, "alert");
    put(&mut out, "message", message.into());
    put(&mut out, "event.dataset", "azscope.findings".into());
    put(&mut out, "event.module", "azscope".into());
    put(&mut out, "event.category", json!(["threat"]));
    put(&mut out, "event.type", json!(["indicator"]));
    put(&mut out, "event.outcome", outcome(one["outcome"].as_str()).into());
    put(&mut out, "event.severity", (level as u32 * 25).max(1).into());
    put(&mut out, "event.id", one["id"].clone());
    put(&mut out, "event.start", one["first"].clone());
    put(&mut out, "event.end", one["last"].clone());
    put(&mut out, "event.action", one["operation_names"].clone());
    put(&mut out, "rule.id", one["rule_id"].clone());
    put(&mut out, "rule.name", one["title"].clone());
    put(&mut out, "log.level", one["level"].clone());
    put(&mut out, "user.id", one["principal"].clone());
    put(&mut out, "cloud.account.id", one["subscription_id"].clone());
    put(&mut out, "azure.resource.id", one["resources"].clone());
    let ips = texts(&one["ips"]).into_iter().map(Value::from).filter(is_address);
    put(&mut out, "related.ip", ips.collect::<Vec<_>>().into());
    put(&mut out, "related.user", one["actors"].clone());
    threat(&mut out, one);
    for key in
        ["operations", "failed", "events", "unconfirmed", "subscriptions", "because", "evidence"]
    {
        put(&mut out, &format!("azscope.{key}"), one[key].clone());
    }
    out
}

fn threat(out: &mut Map<String, Value>, one: &Value) {
    let known: Vec<_> = texts(&one["tactics"]).into_iter().filter_map(tactic::by_name).collect();
    let of = |value: fn(&tactic::Tactic) -> &'static str| {
        json!(known.iter().map(|tactic| value(tactic)).collect::<Vec<_>>())
    };
    put(out, "threat.tactic.id", of(|tactic| tactic.id));
    put(out, "threat.tactic.name", of(|tactic| tactic.title));
    let (whole, parts): (Vec<&str>, Vec<&str>) =
        texts(&one["techniques"]).into_iter().partition(|id| !id.contains('.'));
    put(out, "threat.technique.id", json!(whole));
    put(out, "threat.technique.subtechnique.id", json!(parts));
    if !(whole.is_empty() && parts.is_empty() && known.is_empty()) {
        put(out, "threat.framework", "MITRE ATT&CK".into());
    }
}
