//! What the evidence reaches, told before any finding.

use serde_json::{Value, json};

use super::{EVE, SUB, assert_balanced, done, event, report};
use crate::case::analyze;

const WRITE: &str = "Microsoft.Compute/disks/write";

fn disk(number: u32) -> String {
    format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Compute/disks/d{number}")
}

/// A call on a disk at a time of any day.
fn at(time: &str) -> Value {
    let mut event = done("01:00:00", EVE, WRITE, &disk(1));
    for key in ["eventTimestamp", "eventDataId", "correlationId"] {
        event[key] = time.into();
    }
    event
}

/// What the report calls not in evidence.
fn missing(report: &Value) -> String {
    report["coverage"]["not_in_evidence"].to_string()
}

#[test]
fn operations_without_an_end_are_counted_by_their_name() {
    let start = "Microsoft.Compute/virtualMachines/start/action";
    let mut health = event(
        "05:00:00",
        "",
        "Microsoft.Resourcehealth/healthevent/Activated/action",
        &disk(9),
        "Active",
    );
    health["category"]["value"] = "ResourceHealth".into();
    let report = report(&[
        event("01:00:00", EVE, WRITE, &disk(1), "Started"),
        event("02:00:00", EVE, WRITE, &disk(2), "Started"),
        event("02:00:05", EVE, WRITE, &disk(2), "Accepted"),
        event("03:00:00", EVE, WRITE, &disk(3), "Started"),
        event("03:00:05", EVE, WRITE, &disk(3), "Failed"),
        event("04:00:00", EVE, start, &disk(4), "Accepted"),
        health,
    ]);
    let open = |name: &str, started: u64, accepted: u64, last: &str| {
        let last = format!("2026-03-01T{last}.1234567Z");
        json!({"operation": name.to_uppercase(), "started": started, "accepted": accepted, "last": last})
    };
    let expected = [open(WRITE, 1, 1, "02:00:00"), open(start, 0, 1, "04:00:00")];
    assert_eq!(report["coverage"]["without_end"], json!(expected));
}

#[test]
fn evidence_that_begins_where_azure_keeps_no_more_says_so() {
    let edge = |first: &str| {
        let report = report(&[at(first), at("2026-03-31T12:00:00Z")]);
        let entry = report["coverage"]["subscriptions"][0]["retention_edge"].clone();
        assert_eq!(missing(&report).contains("90 days"), entry == true);
        entry
    };
    assert_eq!(edge("2025-12-31T18:00:00Z"), true);
    assert_eq!(edge("2026-01-15T00:00:00Z"), false);
    assert_eq!(edge("2025-10-15T00:00:00Z"), false, "a diagnostic setting or an older export");
}

#[test]
fn a_silence_of_a_busy_log_is_a_gap_and_a_quiet_night_is_none() {
    let hourly = |hours: &dyn Fn(i64) -> bool| {
        let hours = (0..72).filter(|hour| hours(*hour));
        let events: Vec<Value> = hours
            .map(|hour| at(&format!("2026-03-{:02}T{:02}:30:00Z", 2 + hour / 24, hour % 24)))
            .collect();
        report(&events)["coverage"]["subscriptions"][0]["gaps"].clone()
    };
    assert_eq!(hourly(&|hour| (7..19).contains(&(hour % 24))), json!([]));
    let gap = json!([{"from": "2026-03-03T05:30:00Z", "to": "2026-03-03T12:30:00Z"}]);
    assert_eq!(hourly(&|hour| !(30..36).contains(&hour)), gap);
}

#[test]
fn exports_reach_as_far_as_any_category_in_them_does() {
    let mut advice = at("2026-03-04T01:00:00Z");
    advice["category"]["value"] = "Recommendation".into();
    let report = report(&[at("2026-03-02T01:00:00Z"), advice]);
    let entries = report["coverage"]["subscriptions"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let reach = json!({"from": "2026-03-02T01:00:00Z", "to": "2026-03-04T01:00:00Z"});
        assert_eq!(entry["reach"], reach, "{entry}");
    }
    let export = &report["coverage"]["exports"][0];
    assert_eq!((&export["shape"], &export["events"]), (&"activity-rest".into(), &2.into()));
    assert!(export["leaves_out"].as_array().is_some_and(|list| !list.is_empty()));
}

#[test]
fn subscriptions_that_only_lists_name_have_no_log() {
    let other = "00000000-0000-0000-0000-00000000000b";
    let account = |id: &str| json!({"id": id, "name": "x", "state": "Enabled", "isDefault": true, "tenantId": other});
    let lists = json!([account(&SUB[15..]), account(other)]).to_string();
    let events = json!([at("2026-03-02T01:00:00Z")]).to_string();
    let case = analyze(&[("a.json", events.as_bytes()), ("account.json", lists.as_bytes())], &[]);
    let report = case.report();
    assert_balanced(&report);
    let told = missing(&report);
    assert!(told.contains(&format!("activity in the subscriptions {other}\"")), "{told}");
}

/// The report on a table of the workspace with some of its columns.
fn table(columns: &[&str]) -> Value {
    let row = |number: u32, operation: &str, status: &str, resource: &str| {
        let value = |column: &&str| match *column {
            "TimeGenerated" => format!("2026-03-01T0{number}:00:00.1234567Z"),
            "Caller" => EVE.to_owned(),
            "CallerIpAddress" => "203.0.113.66".to_owned(),
            "OperationNameValue" => operation.to_owned(),
            "ActivityStatusValue" => status.to_owned(),
            "_ResourceId" => resource.to_owned(),
            "CorrelationId" => format!("00000000-0000-0000-0000-00000000000{number}"),
            other => panic!("{other} has no value"),
        };
        columns.iter().map(value).collect::<Vec<_>>().join(",")
    };
    let alert = format!(
        "{SUB}/providers/Microsoft.Security/locations/l/alerts/2516864903497715586_9974d75b-3338-44fe-a179-0134676b1b69"
    );
    let rows = [
        columns.join(","),
        row(1, WRITE, "Success", &disk(1)),
        row(2, "Microsoft.Authorization/policies/deny/action", "Failure", &disk(2)),
        row(3, "Microsoft.Security/locations/alerts/activate/action", "Active", &alert),
        row(4, "Delete Vault", "Success", &disk(4)),
    ];
    let case = analyze(&[("table.csv", rows.join("\n").as_bytes())], &[]);
    let report = case.report();
    assert_balanced(&report);
    report
}

#[test]
fn what_no_call_of_an_export_has_is_told_as_missing() {
    let lean =
        ["TimeGenerated", "Caller", "OperationNameValue", "ActivityStatusValue", "_ResourceId"];
    let told = missing(&table(&lean));
    let of_shape = "(for events from activity-log-analytics)";
    for what in
        ["addresses of callers", "claims: the tenant of a caller", "ARM names of 1 operation"]
    {
        assert!(told.contains(what) && told.contains(of_shape), "{what} is not in {told}");
    }
    let told = missing(&table(&[&lean[..], &["CallerIpAddress"]].concat()));
    assert!(!told.contains("addresses of callers"), "{told}");
}

#[test]
fn a_table_without_categories_holds_alerts_and_evaluations_of_policies() {
    let report = table(&[
        "TimeGenerated",
        "Caller",
        "OperationNameValue",
        "ActivityStatusValue",
        "_ResourceId",
        "CorrelationId",
    ]);
    assert_eq!(report["alerts"].as_array().map(Vec::len), Some(1), "{:#}", report["alerts"]);
    // What a policy evaluates is an operation of nobody.
    assert_eq!(report["operations"]["policy_evaluations"], 1, "{:#}", report["operations"]);
}
