//! What events mean together: what stands, what ended, who is who, what counts once.

mod context;
mod coverage;
mod dates;
mod delegated;
mod familiarity;
mod kept;
mod ledger;
mod people;
mod plan;
mod portal;
mod rights;
mod spread;
mod undone;

use serde_json::{Value, json};

use crate::case::{analyze, assert_balanced};

const SUB: &str = "/subscriptions/00000000-0000-0000-0000-00000000000a";
const EVE: &str = "eve@contoso.com";

/// One event of the REST service, at a time of one day: `hh:mm:ss`.
fn event(time: &str, who: &str, operation: &str, resource: &str, status: &str) -> Value {
    let id = format!("{time}/{operation}/{resource}/{status}");
    json!({
        "eventTimestamp": format!("2026-03-01T{time}.1234567Z"),
        "eventDataId": id,
        // Events of one hour are of one call.
        "correlationId": format!("{who}/{operation}/{resource}/{}", &time[..2]),
        "operationName": {"value": operation},
        "category": {"value": "Administrative"},
        "status": {"value": status},
        "caller": who,
        "claims": {
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": who,
            "http://schemas.microsoft.com/identity/claims/scope": "user_impersonation",
        },
        "resourceId": resource,
        "properties": {},
    })
}

/// A call that was done.
fn done(time: &str, who: &str, operation: &str, resource: &str) -> Value {
    event(time, who, operation, resource, "Succeeded")
}

/// A call of Eve's from its start, which has the body of the request, to its end.
fn asked(time: &str, operation: &str, resource: &str, body: &Value) -> [Value; 2] {
    let mut start = event(time, EVE, operation, resource, "Started");
    start["properties"]["requestbody"] = body.to_string().into();
    [start, done(time, EVE, operation, resource)]
}

/// What makes Eve a suspect.
fn suspicion() -> Value {
    let elevate = "Microsoft.Authorization/elevateAccess/action";
    done("00:00:01", EVE, elevate, "/providers/Microsoft.Authorization")
}

/// The id of a resource in the only group.
fn resource(kind: &str, name: &str) -> String {
    format!("{SUB}/resourceGroups/rg1/providers/{kind}/{name}")
}

/// Puts events on a day and at an address.
fn at(day: &str, ip: &str, events: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let moved = |mut event: Value| {
        let time = event["eventTimestamp"].as_str().expect("a time")[10..].to_owned();
        for key in ["eventDataId", "correlationId"] {
            event[key] = format!("{day}/{}", event[key].as_str().expect("a text")).into();
        }
        event["eventTimestamp"] = format!("{day}{time}").into();
        event["httpRequest"] = json!({"clientIpAddress": ip});
        event
    };
    events.into_iter().map(moved).collect()
}

/// The report on a list of events.
fn report(events: &[Value]) -> Value {
    let text = Value::from(events.to_vec()).to_string();
    let case = analyze(&[("events.json", text.as_bytes())], &[]);
    assert_eq!(case.status, 0, "{}", case.stderr);
    let report = case.report();
    assert_balanced(&report);
    report
}

/// The items of a list of the only subscription.
fn of_subscription<'r>(report: &'r Value, list: &str) -> &'r Vec<Value> {
    assert_eq!(report["subscriptions"].as_array().map(Vec::len), Some(1));
    report["subscriptions"][0][list].as_array().expect("a list")
}

#[test]
fn an_evaluation_by_policy_is_an_event_of_the_caller_and_no_operation() {
    let machine =
        format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/vm1");
    let mut audit =
        done("01:00:01", EVE, "Microsoft.Authorization/policies/audit/action", &machine);
    audit["category"]["value"] = "Policy".into();
    let write = "Microsoft.Compute/virtualMachines/write";
    let call = [
        event("01:00:00", EVE, write, &machine, "Started"),
        audit,
        done("01:00:02", EVE, write, &machine),
    ];
    let text = Value::from(call.to_vec()).to_string();
    let case = analyze(&[("events.json", text.as_bytes())], &[]);
    let report = case.report();
    let numbers =
        |value: &Value, keys: [&str; 3]| keys.map(|key| value[key].as_u64().expect("a number"));
    let total = numbers(&report["operations"], ["count", "events", "policy_evaluations"]);
    assert_eq!(total, [1, 2, 1]);
    assert_eq!(report["evidence"]["totals"]["events"], 3);
    for list in ["users", "subscriptions"] {
        let entry = &report[list][0];
        assert_eq!((&entry["operations"], &entry["events"]), (&1.into(), &3.into()), "{list}");
    }
    assert_eq!(case.read("tables/operations.csv").lines().count(), 2, "a header and a row");
}

#[test]
fn a_call_that_is_tried_again_before_it_ended_is_two_operations() {
    let disk = format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Compute/disks/d1");
    let one = |time: &str, status: &str, id: &str| {
        let mut event = event(time, EVE, "Microsoft.Compute/disks/write", &disk, status);
        event["operationId"] = id.into();
        event
    };
    let report = report(&[
        one("01:00:00", "Started", "first"),
        one("01:00:10", "Started", "second"),
        one("01:00:20", "Failed", "first"),
        one("01:00:30", "Succeeded", "second"),
    ]);
    let operations = &report["operations"];
    assert_eq!(
        (&operations["count"], &operations["by_outcome"]),
        (&2.into(), &json!({"succeeded": 1, "failed": 1, "accepted": 0, "unknown": 0}))
    );
    assert_eq!(report["users"][0]["failed"], 1);
}

#[test]
fn an_export_to_the_second_adds_no_events_to_one_that_is_exact() {
    let disk = format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Compute/disks/d1");
    let write = "Microsoft.Compute/disks/write";
    let exact = [
        event("01:00:00", EVE, write, &disk, "Started"),
        event("01:00:09", EVE, write, &disk, "Succeeded"),
    ];
    let mut rows = "TimeGenerated,CorrelationId,OperationNameValue,ActivityStatusValue,Caller,CategoryValue,_ResourceId,SubscriptionId\n".to_owned();
    for event in &exact {
        let text = |key: &str| event[key].as_str().expect("a text").to_owned();
        let value = |key: &str| event[key]["value"].as_str().expect("a text").to_owned();
        let second = text("eventTimestamp")[..19].replace('T', " ");
        let (correlation, operation) = (text("correlationId"), value("operationName"));
        let (status, subscription) = (value("status"), &SUB[15..]);
        let cells = [&second, &correlation, &operation, &status, EVE, "Administrative", &disk];
        rows.push_str(&(cells.join(",") + "," + subscription + "\n"));
    }
    let text = Value::from(exact.to_vec()).to_string();
    // The table is read first.
    let case = analyze(&[("a.csv", rows.as_bytes()), ("b.json", text.as_bytes())], &[]);
    let report = case.report();
    assert_balanced(&report);
    let totals = &report["evidence"]["totals"];
    assert_eq!((&totals["events"], &totals["duplicates"]), (&2.into(), &2.into()));
    assert_eq!(report["coverage"]["first"], "2026-03-01T01:00:00.1234567Z");
    assert_eq!(report["operations"]["count"], 1);
}
