//! Resource-log records: the PT1H.json tree of a storage account and the batches of an Event Hub.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::claims;
use super::json;
use super::model::{Author, Incident, Phase};
use super::row::{Row, rows};
use super::time;

/// Records that one Event Hub message carries.
const BATCH: usize = 25;

/// Writes one file an hour and subscription, one record a line, oldest first.
pub(crate) fn tree(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    hours(&rows(incident)).into_iter().map(|(path, rows)| (path, lines(&rows))).collect()
}

/// Writes the Event Hub's messages, one a line.
pub(crate) fn event_hub(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let mut text = String::new();
    for batch in rows(incident).chunks(BATCH) {
        let records: Vec<Value> = batch.iter().map(|row| record(row).into()).collect();
        text.push_str(&json::compact(&json!({ "records": records })));
        text.push('\n');
    }
    vec![("eventhub/insights-activity-logs.json".into(), text.into_bytes())]
}

/// Groups rows by the path of the blob that they go to.
pub(crate) fn hours<'a>(rows: &[Row<'a>]) -> BTreeMap<String, Vec<Row<'a>>> {
    let mut files: BTreeMap<String, Vec<Row<'a>>> = BTreeMap::new();
    for row in rows {
        let (year, month, day) = time::civil(row.event.ticks);
        let (hour, ..) = time::clock(row.event.ticks);
        let subscription = row.subscription().id.to_uppercase();
        let path = format!(
            "insights-activity-logs/resourceId=/SUBSCRIPTIONS/{subscription}\
             /y={year}/m={month:02}/d={day:02}/h={hour:02}/m=00/PT1H.json"
        );
        files.entry(path).or_default().push(*row);
    }
    files
}

/// Writes rows as lines.
pub(crate) fn lines(rows: &[Row<'_>]) -> Vec<u8> {
    let mut text = String::new();
    for row in rows {
        text.push_str(&json::spaced(&record(row)));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// Writes one record.
pub(crate) fn record(row: &Row<'_>) -> Map<String, Value> {
    if row.is_call() { call(row) } else { occurrence(row) }
}

/// An ARM call, Policy included: upper-case names, identity with evidence.
fn call(row: &Row<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("RoleLocation", front_end(&row.subscription().region).into());
    put("Stamp", "FDWorker".into());
    put("ReleaseVersion", "6.2026.5.2+8f03b6a.release_2026w05".into());
    put("time", time::iso(row.event.ticks, 7).into());
    put("resourceId", row.resource().to_uppercase().into());
    put("operationName", row.operation.name.to_uppercase().into());
    put("category", row.operation.category.as_str().into());
    put("resultType", row.result().into());
    put("resultSignature", format!("{}.{}", row.status(), row.http()).into());
    put("durationMs", row.event.duration_ms.to_string().into());
    if let Some(address) = blob_address(row) {
        put("callerIpAddress", address.into());
    }
    put("correlationId", row.operation.correlation.as_str().into());
    if let Some(identity) = identity(row) {
        put("identity", identity);
    }
    let level = row.level();
    put("level", if level == "Informational" { "Information" } else { level }.into());
    if row.event.phase != Phase::Started {
        put("location", "global".into());
    }
    put("properties", row.properties().into());
    put("tenantId", row.subscription().tenant.as_str().into());
    out
}

/// The place of the front end, by its shown name.
fn front_end(region: &str) -> &'static str {
    if region == "northeurope" { "North Europe" } else { "West Europe" }
}

/// Resource logs show the address of policy evaluations, which REST does not.
fn blob_address<'a>(row: &Row<'a>) -> Option<&'a str> {
    let policy = row.operation.category == "Policy";
    row.address().or(row.operation.address.as_deref().filter(|_| policy))
}

fn identity(row: &Row<'_>) -> Option<Value> {
    let claims = row.claims()?;
    let bearer = row.bearer()?;
    let mut authorization = json!({"scope": row.operation.resource, "action": row.action()});
    if row.event.author != Author::Authorization {
        authorization["evidence"] = claims::evidence(bearer, &row.subscription().id).into();
    }
    Some(json!({"authorization": authorization, "claims": claims}))
}

/// Health, alerts, autoscale and privileged identity management: mixed case, few members.
fn occurrence(row: &Row<'_>) -> Map<String, Value> {
    let operation = row.operation;
    let category = operation.category.as_str();
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    if category == "Security" {
        put("Level", 4.into());
    }
    put("time", time::iso(row.event.ticks, 7).into());
    let resource = match category {
        "ServiceHealth" => row.resource().to_lowercase(),
        _ => row.resource().to_uppercase(),
    };
    put("resourceId", resource.into());
    let name = match category {
        "Security" | "Recommendation" => operation.name.to_uppercase(),
        _ => operation.name.clone(),
    };
    put("operationName", name.into());
    put("category", category.into());
    put("resultType", row.result().into());
    if !operation.description.is_empty() {
        put("resultDescription", operation.description.as_str().into());
    }
    if operation.caller_in_details
        && let Some(address) = &operation.address
    {
        put("callerIpAddress", address.as_str().into());
    }
    put("correlationId", operation.correlation.as_str().into());
    if let Some(claims) = row.claims() {
        put("identity", json!({ "claims": claims }));
    }
    if !operation.caller_in_details {
        put("level", row.level().into());
    }
    put("location", "global".into());
    let mut properties = row.properties();
    if !operation.caller_in_details {
        properties.insert("eventCategory".into(), category.into());
    }
    put("properties", properties.into());
    put("tenantId", row.subscription().tenant.as_str().into());
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Shape, render, story};
    use super::*;

    #[test]
    fn the_tree_holds_every_event_in_the_hour_of_its_time() {
        let story = story();
        let mut events = 0;
        for (path, bytes) in render(&story, Shape::StorageNdjson) {
            let text = String::from_utf8(bytes).expect("UTF-8");
            for line in text.lines() {
                let record: Value = serde_json::from_str(line).expect("valid JSON");
                let at = record["time"].as_str().expect("text");
                let folder = format!("d={}/h={}/", &at[8..10], &at[11..13]);
                assert!(path.contains(&folder), "{path} {at}");
                events += 1;
            }
        }
        assert_eq!(events, rows(&story).len());
    }

    #[test]
    fn names_of_calls_are_upper_case_and_nothing_tells_the_event_id() {
        let story = story();
        for row in rows(&story) {
            let record = record(&row);
            for key in ["eventDataId", "submissionTimestamp", "caller", "httpRequest"] {
                assert!(!record.contains_key(key));
            }
            if row.is_call() {
                let name = record["operationName"].as_str().expect("text");
                assert_eq!(name, name.to_uppercase());
            }
        }
    }

    #[test]
    fn the_event_hub_says_the_same_as_the_tree() {
        let story = story();
        let hub = render(&story, Shape::EventHub);
        let text = String::from_utf8(hub[0].1.clone()).expect("UTF-8");
        let sent: usize = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("valid JSON"))
            .map(|message| message["records"].as_array().expect("records").len())
            .sum();
        assert_eq!(sent, rows(&story).len());
    }
}
