//! Documents of known, unknown and hostile lines against the schemas.

use serde_json::{Value, json};

use super::check;
use super::{Activity, ecs, ocsf};
use crate::schema::{Event, Kind};

/// An event whose every column is filled.
fn full() -> Vec<(Event, Value)> {
    let value = |column: &Event| match (column, column.spec().kind) {
        (Event::ClientIp | Event::TokenIp, _) => json!("192.0.2.1"),
        (Event::Status, _) => json!("failed"),
        (Event::HttpMethod, _) => json!("put"),
        (_, Kind::Time) => json!("2026-03-01T10:00:00.1234567Z"),
        (_, Kind::Code | Kind::Text) => json!("x"),
        (_, Kind::Number) => json!(409),
        (_, Kind::Flag) => json!(true),
    };
    Event::ALL.iter().map(|column| (*column, value(column))).collect()
}

fn nothing() -> Vec<(Event, Value)> {
    Event::ALL.iter().map(|column| (*column, Value::Null)).collect()
}

fn both(values: &[(Event, Value)]) -> (Value, Value) {
    let others = [("event", json!("00ff")), ("file", json!("a.json")), ("offset", json!(7))];
    let line = Activity { values, others: &others, message: "in words" };
    (Value::Object(ocsf::activity(&line)), Value::Object(ecs::activity(&line)))
}

#[test]
fn a_full_event_is_what_the_schemas_ask_for_and_keeps_every_column() {
    let values = full();
    let (ocsf, ecs) = both(&values);
    assert_eq!(check::ocsf("api_activity", &ocsf), [""; 0], "{ocsf:#}");
    assert_eq!(check::ecs(&ecs), [""; 0], "{ecs:#}");
    assert_eq!((&ocsf["time"], &ocsf["status_id"]), (&json!(1_772_359_200_123_i64), &json!(2)));
    assert_eq!(ocsf["metadata"]["original_time"], "2026-03-01T10:00:00.1234567Z");
    assert_eq!(ocsf["http_request"]["http_method"], "PUT");
    assert_eq!(ecs["event"]["outcome"], "failure");
    let leaves = |value: &Value| value.to_string().matches("\"x\"").count();
    let texts = values.iter().filter(|(_, value)| *value == "x").count();
    // The description gives way to the line in words and stands beside; the category also names the log.
    assert!(leaves(&ocsf) >= texts, "{} of {texts}", leaves(&ocsf));
    assert!(leaves(&ecs) + 1 >= texts, "{} of {texts}", leaves(&ecs));
}

#[test]
fn an_event_of_which_nothing_is_known_has_what_is_required() {
    let mut values = nothing();
    values[0].1 = json!("2026-03-01T10:00:00Z");
    let (ocsf, ecs) = both(&values);
    assert_eq!(check::ocsf("api_activity", &ocsf), [""; 0], "{ocsf:#}");
    assert_eq!(check::ecs(&ecs), [""; 0], "{ecs:#}");
    assert_eq!(ocsf["type_uid"], 600_300);
}

#[test]
fn what_does_not_fit_a_place_is_kept_beside() {
    let mut values = nothing();
    values[0].1 = json!("2026-03-01T10:00:00Z");
    for (column, value) in &mut values {
        match column {
            Event::ClientIp => *value = json!("an address"),
            Event::HttpMethod => *value = json!("BREW"),
            Event::ClientPort => *value = json!(70_000),
            Event::ResourceType => *value = json!("microsoft.compute/virtualmachines"),
            _ => {}
        }
    }
    let (ocsf, ecs) = both(&values);
    assert_eq!(check::ocsf("api_activity", &ocsf), [""; 0], "{ocsf:#}");
    assert_eq!(check::ecs(&ecs), [""; 0], "{ecs:#}");
    for text in ["an address", "BREW", "70000", "microsoft.compute/virtualmachines"] {
        assert!(ocsf.to_string().contains(text) && ecs.to_string().contains(text), "{text}");
    }
}

#[test]
fn writes_that_made_something_are_told_apart() {
    for (operation, sub_status, expected) in [
        ("A/B/WRITE", "Created", 1),
        ("A/B/READ", "", 2),
        ("A/B/WRITE", "OK", 3),
        ("A/B/DELETE", "", 4),
        ("A/B/ACTION", "Created", 99),
    ] {
        let values = [
            (Event::Time, json!("2026-03-01T10:00:00Z")),
            (Event::Operation, json!(operation)),
            (Event::SubStatus, json!(sub_status)),
        ];
        assert_eq!(both(&values).0["activity_id"], expected, "{operation}");
    }
}

#[test]
fn findings_are_what_the_schemas_ask_for() {
    let full = json!({
        "id": "f1", "rule_id": "r1", "title": "Title", "level": "high",
        "tactics": ["persistence", "odd"], "techniques": ["T1098", "T1098.003"],
        "first": "2026-03-01T10:00:00Z", "last": "2026-03-01T11:00:00Z", "principal": "a@b.c",
        "subscription_id": "s", "resources": ["/r"], "ips": ["192.0.2.1"], "outcome": "succeeded",
        "unconfirmed": false, "operations": 2, "events": 5, "operation_names": ["A/B/WRITE"],
        "because": {"operation": "x"}, "evidence": [{"event": "00ff", "file": "a", "line": 1}],
    });
    let bare = json!({"id": "f2", "level": "informational", "first": null, "title": "T"});
    for one in [&full, &bare] {
        let document = Value::Object(ocsf::finding(one, "in words"));
        assert_eq!(check::ocsf("detection_finding", &document), [""; 0], "{document:#}");
    }
    let document = Value::Object(ecs::finding(&full, "in words"));
    assert_eq!(check::ecs(&document), [""; 0], "{document:#}");
    let document = Value::Object(ocsf::finding(&full, "in words"));
    let attacks = document["finding_info"]["attacks"].as_array().unwrap();
    assert_eq!((attacks.len(), &attacks[0]["tactic"]["uid"]), (4, &json!("TA0003")));
    assert_eq!(document["severity_id"], 4);
}

#[test]
fn the_check_tells_what_is_wrong() {
    let wrong = json!({
        "class_uid": 1, "time": "now", "extra": 1, "metadata": {"product": {}}, "resources": {},
    });
    let said = check::ocsf("api_activity", &wrong).join("\n");
    for part in [
        "class_uid may not be 1",
        "time is no timestamp",
        "extra is not in the schema",
        "metadata.version is missing",
        "product has none of",
        "resources is no list",
        "api_activity.actor is missing",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = check::ecs(&json!({"event": {"kind": "odd"}, "foo": 1})).join("\n");
    for part in ["event.kind may not be odd", "foo is not in the schema", "@timestamp is missing"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
