//! The Python SDK's `as_dict()` as JSON lines: `snake_case` members, microseconds.

use serde_json::{Map, Value};

use super::json;
use super::model::Incident;
use super::render_rest;
use super::row::{Row, rows};
use super::time;

/// Writes all events, oldest first, one a line.
pub(crate) fn lines(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let mut text = String::new();
    for row in rows(incident) {
        text.push_str(&json::python(&record(&row)));
        text.push('\n');
    }
    vec![("python/azure_activity_log.jsonl".into(), text.into_bytes())]
}

/// The SDK's model drops members that it does not know and renames the others.
fn record(row: &Row<'_>) -> Value {
    let rest = render_rest::record(row);
    let members = rest.as_object().into_iter().flatten();
    let mut out: Map<String, Value> = members
        .filter(|(key, _)| *key != "channels")
        .map(|(key, value)| (snake(key), inner(key, value)))
        .collect();
    out.insert("event_timestamp".into(), time::iso(row.event.ticks, 6).into());
    out.insert("submission_timestamp".into(), time::iso(row.event.submitted, 6).into());
    out.into()
}

/// Claims, authorization and properties are dictionaries: their keys stay.
fn inner(key: &str, value: &Value) -> Value {
    match key {
        "claims" | "authorization" | "properties" => value.clone(),
        _ => json::rename(value, &|name| snake(name)),
    }
}

fn snake(key: &str) -> String {
    key.chars().fold(String::new(), |mut out, letter| {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
        out
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Shape, render, story};
    use super::*;

    #[test]
    fn every_event_is_a_line_with_snake_case_members() {
        let story = story();
        let files = render(&story, Shape::PythonSdk);
        let text = String::from_utf8(files[0].1.clone()).expect("UTF-8");
        assert_eq!(text.lines().count(), rows(&story).len());
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).expect("valid JSON");
            let keys = record.as_object().expect("an object").keys();
            assert!(keys.clone().all(|key| !key.contains(|c: char| c.is_ascii_uppercase())));
            assert_eq!(record["event_timestamp"].as_str().expect("text").len(), 27);
            assert!(record["operation_name"]["localized_value"].is_string());
        }
    }
}
