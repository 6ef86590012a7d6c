//! OCSF: events and operations as API Activity (6003), findings as Detection Finding (2004).
//!
//! `ocsf.txt` beside this file has what the schema asks of every object that is written here; the
//! tests hold each line against it.

use serde_json::{Map, Value, json};

use super::{Activity, is_address, put, texts, time};
use crate::azure::tactic;
use crate::base::Time;
use crate::investigation::model::Level;
use crate::schema::Event;

/// The version of the schema.
pub const VERSION: &str = "1.5.0";

/// What stands for a value that the schema requires and nobody knows.
const UNKNOWN: &str = "Unknown";

/// Returns an event or an operation as API Activity.
pub fn activity(line: &Activity<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    let kind = kind(line);
    class(&mut out, &Class { uid: 6003, category: 6, activity: kind.0, name: kind.1, severity: 1 });
    let at = time(line.values.first().map_or(&Value::Null, |(_, value)| value));
    put(&mut out, "time", json!(at.map_or(0, Time::to_millis)));
    put(&mut out, "message", line.message.into());
    status(&mut out, line.text(Event::Status));
    product(&mut out, "Azure Activity Log", "Microsoft");
    put(&mut out, "metadata.log_name", line.text(Event::Category).into());
    for (column, value) in line.values {
        value_of(&mut out, *column, value);
    }
    for (name, value) in line.others {
        put(&mut out, &format!("unmapped.{name}"), value.clone());
    }
    if line.text(Event::EventId).is_none() {
        put(&mut out, "metadata.uid", line.own_id().into());
    }
    span(&mut out, line);
    principal(&mut out, line);
    resource(&mut out);
    required(&mut out);
    out
}

/// What a class says of itself.
struct Class {
    uid: u32,
    category: u32,
    activity: u32,
    name: &'static str,
    severity: u32,
}

fn class(out: &mut Map<String, Value>, class: &Class) {
    put(out, "class_uid", class.uid.into());
    put(out, "category_uid", class.category.into());
    put(out, "activity_id", class.activity.into());
    put(out, "activity_name", class.name.into());
    put(out, "type_uid", (class.uid * 100 + class.activity).into());
    put(out, "severity_id", class.severity.into());
}

fn product(out: &mut Map<String, Value>, name: &str, vendor: &str) {
    put(out, "metadata.version", VERSION.into());
    put(out, "metadata.product.name", name.into());
    put(out, "metadata.product.vendor_name", vendor.into());
    put(out, "metadata.profiles", json!(["cloud"]));
}

/// What kind of call it is. Whether a write makes or changes something only its answer tells.
fn kind(line: &Activity<'_>) -> (u32, &'static str) {
    let operation = line.text(Event::Operation).unwrap_or_default();
    let is_made = line.text(Event::SubStatus).is_some_and(|s| s.eq_ignore_ascii_case("created"));
    match operation.rsplit('/').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "" => (0, UNKNOWN),
        "write" if is_made => (1, "Create"),
        "read" => (2, "Read"),
        "write" => (3, "Update"),
        "delete" => (4, "Delete"),
        _ => (99, "Other"),
    }
}

fn status(out: &mut Map<String, Value>, status: Option<&str>) {
    let id = match status {
        None | Some("unknown") => 0,
        Some("succeeded") => 1,
        Some("failed") => 2,
        Some(_) => 99,
    };
    put(out, "status_id", id.into());
}

/// Puts the value of a column where the column table says.
fn value_of(out: &mut Map<String, Value>, column: Event, value: &Value) {
    const METHODS: [&str; 8] =
        ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE"];
    let spec = column.spec();
    let fits = match column {
        Event::ClientIp => is_address(value),
        Event::ClientPort => value.as_u64().is_some_and(|port| port <= 65_535),
        // The line in words stands there.
        Event::Description => false,
        Event::HttpMethod => {
            let method = value.as_str().map(str::to_ascii_uppercase).unwrap_or_default();
            if METHODS.contains(&method.as_str()) {
                put(out, spec.ocsf, method.into());
                return;
            }
            false
        }
        Event::Time => return put(out, "metadata.original_time", value.clone()),
        _ => !spec.ocsf.is_empty(),
    };
    if fits {
        put(out, spec.ocsf, value.clone());
    } else {
        put(out, &format!("unmapped.{}", spec.name), value.clone());
    }
}

/// How long an operation went on, and of how many events it is made.
fn span(out: &mut Map<String, Value>, line: &Activity<'_>) {
    let first = time(line.other("first_time"));
    let last = time(line.other("last_time"));
    if let (Some(first), Some(last)) = (first, last) {
        put(out, "start_time", first.to_millis().into());
        put(out, "end_time", last.to_millis().into());
        put(out, "duration", (last.to_millis() - first.to_millis()).into());
    }
    put(out, "count", line.other("events").clone());
}

fn principal(out: &mut Map<String, Value>, line: &Activity<'_>) {
    let id = match line.text(Event::ActorType) {
        Some("user" | "guest" | "msa" | "foreign") => 1,
        Some("service_principal" | "managed_identity" | "azure_service") => 3,
        _ => 0,
    };
    if line.text(Event::Actor).is_some() {
        put(out, "actor.user.type_id", id.into());
    }
}

/// Objects of which the schema has lists.
fn resource(out: &mut Map<String, Value>) {
    if let Some(one @ Value::Object(_)) = out.get("resources").cloned() {
        let named = one.get("uid").is_some() || one.get("name").is_some();
        // A type alone names no resource.
        if named {
            out.insert("resources".to_owned(), json!([one]));
        } else {
            out.remove("resources");
            put(out, "unmapped.resource_type", one["type"].clone());
        }
    }
}

fn required(out: &mut Map<String, Value>) {
    put(out, "cloud.provider", "Azure".into());
    let lacks = |out: &Map<String, Value>, first: &str, second: &str| {
        out.get(first).and_then(|inner| inner.get(second)).is_none()
    };
    if lacks(out, "api", "operation") {
        put(out, "api.operation", UNKNOWN.into());
    }
    let user = out.get("actor").and_then(|actor| actor.get("user"));
    if !user.is_some_and(|user| user.get("uid").is_some() || user.get("name").is_some()) {
        put(out, "actor.user.name", UNKNOWN.into());
    }
    if lacks(out, "src_endpoint", "ip") {
        put(out, "src_endpoint.name", UNKNOWN.into());
    }
}

/// Returns a finding of `report.json` as Detection Finding.
pub fn finding(one: &Value, message: &str) -> Map<String, Value> {
    let text = |key: &str| one[key].as_str().unwrap_or_default();
    let mut out = Map::new();
    let level = Level::parse(text("level")).unwrap_or_default();
    let severity = severity(level);
    class(&mut out, &Class { uid: 2004, category: 2, activity: 1, name: "Create", severity });
    let told = time(&one["outcome_time"]).or_else(|| time(&one["last"]));
    put(&mut out, "time", json!(told.map_or(0, Time::to_millis)));
    put(&mut out, "message", message.into());
    put(&mut out, "status_id", 1.into());
    put(&mut out, "status", "New".into());
    put(&mut out, "is_alert", (level >= Level::High).into());
    product(&mut out, env!("CARGO_PKG_NAME"), env!("CARGO_PKG_NAME"));
    put(&mut out, "metadata.product.version", env!("CARGO_PKG_VERSION").into());
    put(&mut out, "metadata.original_time", one["outcome_time"].clone());
    info(&mut out, one);
    put(&mut out, "count", one["events"].clone());
    for (key, name) in [("first", "start_time"), ("last", "end_time")] {
        put(&mut out, name, time(&one[key]).map_or(Value::Null, |at| at.to_millis().into()));
    }
    put(&mut out, "cloud.provider", "Azure".into());
    put(&mut out, "cloud.account.uid", one["subscription_id"].clone());
    put(&mut out, "actor.user.uid", one["principal"].clone());
    let resources: Vec<Value> =
        texts(&one["resources"]).into_iter().map(|uid| json!({"uid": uid})).collect();
    put(&mut out, "resources", resources.into());
    put(&mut out, "evidences", evidences(one));
    for key in [
        "actors",
        "subscriptions",
        "outcome",
        "failed",
        "unconfirmed",
        "operations",
        "operation_names",
        "because",
    ] {
        put(&mut out, &format!("unmapped.{key}"), one[key].clone());
    }
    out
}

fn severity(level: Level) -> u32 {
    match level {
        Level::Informational => 1,
        Level::Low => 2,
        Level::Medium => 3,
        Level::High => 4,
        Level::Critical => 5,
    }
}

fn info(out: &mut Map<String, Value>, one: &Value) {
    put(out, "finding_info.title", one["title"].clone());
    put(out, "finding_info.uid", one["id"].clone());
    put(out, "finding_info.types", json!([one["level"]]));
    put(out, "finding_info.analytic.uid", one["rule_id"].clone());
    put(out, "finding_info.analytic.name", one["title"].clone());
    put(out, "finding_info.analytic.type", "Rule".into());
    put(out, "finding_info.analytic.type_id", 1.into());
    for (key, name) in [("first", "first_seen_time"), ("last", "last_seen_time")] {
        let at = time(&one[key]).map_or(Value::Null, |at| at.to_millis().into());
        put(out, &format!("finding_info.{name}"), at);
    }
    let techniques =
        texts(&one["techniques"]).into_iter().map(|uid| json!({"technique": {"uid": uid}}));
    let tactics = texts(&one["tactics"]).into_iter().map(|name| match tactic::by_name(name) {
        Some(known) => json!({"tactic": {"name": known.title, "uid": known.id}}),
        None => json!({"tactic": {"name": name}}),
    });
    let attacks: Vec<Value> = tactics.chain(techniques).collect();
    put(out, "finding_info.attacks", attacks.into());
}

/// The addresses that the finding is from, and where its events stand.
fn evidences(one: &Value) -> Value {
    let ips = texts(&one["ips"]).into_iter().map(|ip| match ip.parse::<std::net::IpAddr>() {
        Ok(ip) => json!({"src_endpoint": {"ip": ip}}),
        Err(_) => json!({"src_endpoint": {"name": ip}}),
    });
    let events = one["evidence"].as_array().map_or(&[][..], Vec::as_slice);
    let events = events.iter().map(|event| json!({"uid": event["event"], "data": event}));
    ips.chain(events).collect::<Vec<_>>().into()
}
