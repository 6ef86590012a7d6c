//! Documents of the Elastic Agent's Azure integration: ECS fields beside the record in
//! `event.original`.

use serde_json::{Map, Value, json};

use super::json;
use super::model::Incident;
use super::render_storage;
use super::row::{Row, rows};
use super::time;

/// Writes one document a line, oldest first.
pub(crate) fn documents(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let mut text = String::new();
    for row in rows(incident) {
        text.push_str(&json::compact(&document(&row)));
        text.push('\n');
    }
    vec![("elastic/logs-azure.activitylogs-default.ndjson".into(), text.into_bytes())]
}

fn document(row: &Row<'_>) -> Value {
    let record = render_storage::record(row);
    let name = record["operationName"].clone();
    let millis = time::iso(row.event.ticks, 3);
    let mut out = json!({
        "@timestamp": millis,
        "azure": {
            "activitylogs": activity(&record),
            "correlation_id": record["correlationId"],
            "resource": {"id": record["resourceId"], "provider": row.provider().to_uppercase()},
            "subscription_id": row.subscription().id.to_uppercase(),
            "tenant_id": record["tenantId"],
        },
        "cloud": {"provider": "azure"},
        "data_stream": {"dataset": "azure.activitylogs", "namespace": "default", "type": "logs"},
        "ecs": {"version": "8.0.0"},
        "event": {
            "action": name,
            "dataset": "azure.activitylogs",
            "ingested": time::iso(row.event.submitted, 3),
            "kind": "event",
            "original": json::compact(&record.clone().into()),
            "outcome": outcome(row),
        },
        "log": {"level": record.get("level").cloned().unwrap_or(Value::Null)},
        "tags": ["azure-activitylogs", "forwarded", "preserve_original_event"],
    });
    if let Some(address) = record.get("callerIpAddress") {
        out["client"] = json!({ "ip": address });
        out["source"] = json!({"address": address, "ip": address});
    }
    out
}

fn outcome(row: &Row<'_>) -> &'static str {
    match row.status() {
        "Succeeded" => "success",
        "Failed" => "failure",
        _ => "unknown",
    }
}

/// Dots in the names of claims become underscores, lest they nest.
fn activity(record: &Map<String, Value>) -> Value {
    let text = |key: &str| record.get(key).cloned().unwrap_or(Value::Null);
    let mut out = json!({
        "category": text("category"),
        "event_category": text("category"),
        "operation_name": text("operationName"),
        "result_type": text("resultType"),
        "result_signature": text("resultSignature"),
    });
    if let Some(identity) = record.get("identity") {
        out["identity"] = json::rename(identity, &|key| key.replace('.', "_"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Shape, render, story};
    use super::*;

    #[test]
    fn the_original_in_each_document_is_the_storage_record() {
        let story = story();
        let files = render(&story, Shape::ElasticAgent);
        let text = String::from_utf8(files[0].1.clone()).expect("UTF-8");
        let expected = rows(&story);
        assert_eq!(text.lines().count(), expected.len());
        for (line, row) in text.lines().zip(&expected) {
            let document: Value = serde_json::from_str(line).expect("valid JSON");
            let original = document["event"]["original"].as_str().expect("text");
            let record: Value = serde_json::from_str(original).expect("valid JSON");
            assert_eq!(record, Value::Object(render_storage::record(row)));
        }
    }
}
