//! What events mean together: what stands, what ended, who is who, what counts once.

mod people;
mod rights;

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
