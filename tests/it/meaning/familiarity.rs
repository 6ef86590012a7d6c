//! Familiarity: who was known before the first suspicion, and what says so.

use serde_json::{Value, json};

use super::{EVE, SUB, asked, assert_balanced, done, of_subscription, suspicion};
use crate::case::analyze;

const OPS: &str = "ops@contoso.com";
const OID: &str = "11111111-0000-0000-0000-00000000000c";
const WRITE: &str = "Microsoft.Compute/disks/write";

/// A call on another day than that of the suspicion, which is the first of March.
fn on(day: &str, who: &str) -> Value {
    let mut event = done("01:00:00", who, WRITE, SUB);
    event["eventTimestamp"] = format!("{day}T01:00:00.1234567Z").into();
    event["eventDataId"] = format!("{day}/{who}").into();
    event["correlationId"] = format!("{day}/{who}").into();
    event
}

/// Calls on so many days from the tenth of February on.
fn daily(who: &str, days: u32) -> Vec<Value> {
    (0..days).map(|day| on(&format!("2026-02-{:02}", 10 + day), who)).collect()
}

/// The report on events, with a list.
fn report(events: &[Value], list: &Value) -> Value {
    let (events, list) = (Value::from(events.to_vec()).to_string(), list.to_string());
    let case = analyze(&[("events.json", events.as_bytes()), ("list.json", list.as_bytes())], &[]);
    assert_eq!(case.status, 0, "{}", case.stderr);
    let report = case.report();
    assert_balanced(&report);
    report
}

/// Familiarity of a user, and the reason.
fn of<'r>(report: &'r Value, who: &str) -> (&'r str, &'r str) {
    let user = report["users"].as_array().unwrap().iter().find(|u| u["id"] == who).expect("a user");
    let because = user["familiarity_because"].as_array().unwrap();
    assert_eq!(because.len(), 1);
    (user["familiarity"].as_str().unwrap(), because[0].as_str().unwrap())
}

#[test]
fn who_acted_often_and_long_before_is_familiar() {
    let word = |days: u32| {
        let events = [daily(OPS, days), vec![suspicion()]].concat();
        of(&report(&events, &json!([])), OPS).0.to_owned()
    };
    assert_eq!((word(10), word(9)), ("familiar".into(), "unknown".into()));
}

#[test]
fn who_turns_up_in_the_window_is_new_if_the_log_reaches_back() {
    let mut events = vec![suspicion(), on("2026-03-02", OPS)];
    let short = report(&events, &json!([]));
    let (word, why) = of(&short, OPS);
    assert_eq!(word, "unknown");
    assert!(why.contains("reaches back"), "{why}");
    let missing = short["coverage"]["not_in_evidence"].as_array().unwrap().iter();
    let told = missing.filter(|m| m["what"].as_str().unwrap().contains("known before"));
    assert_eq!(told.count(), 1);
    events.push(on("2026-02-10", EVE));
    assert_eq!(of(&report(&events, &json!([])), OPS).0, "unfamiliar");
}

#[test]
fn whom_a_suspect_gave_a_role_is_new_unless_older_evidence_has_it() {
    let assignment = format!(
        "{SUB}/providers/Microsoft.Authorization/roleAssignments/0000000a-0000-0000-0000-000000000001"
    );
    let role =
        "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
    let body = json!({"properties": {"principalId": OID, "principalType": "ServicePrincipal", "roleDefinitionId": role}});
    let mut acts = on("2026-03-02", OID);
    acts.as_object_mut().unwrap().remove("claims");
    let mut events = vec![suspicion(), acts];
    events.extend(asked(
        "01:00:00",
        "Microsoft.Authorization/roleAssignments/write",
        &assignment,
        &body,
    ));
    let with = |made: Option<&str>| {
        let mut entry = json!({"id": OID, "appId": OID, "displayName": "app", "servicePrincipalType": "Application"});
        if let Some(made) = made {
            entry["createdDateTime"] = made.into();
        }
        let report = report(&events, &json!([entry]));
        let familiar = of_subscription(&report, "iam_changes")[0]["familiar_principal"].clone();
        (of(&report, OID).0.to_owned(), familiar)
    };
    assert_eq!(with(None), ("unfamiliar".into(), false.into()));
    assert_eq!(with(Some("2026-03-01T00:30:00Z")), ("unfamiliar".into(), false.into()));
    assert_eq!(with(Some("2025-01-01T00:00:00Z")), ("familiar".into(), true.into()));
}

#[test]
fn a_list_without_dates_proves_nothing_for_who_turns_up_in_the_window() {
    let list = json!([{"id": OID, "displayName": "Ops", "userPrincipalName": OPS}]);
    let late = [suspicion(), on("2026-02-10", EVE), on("2026-03-02", OPS)];
    let report_late = report(&late, &list);
    let (word, why) = of(&report_late, OPS);
    assert_eq!(word, "unknown");
    assert!(why.contains("list.json"), "{why}");
    let early = [suspicion(), on("2026-02-20", OPS)];
    assert_eq!(of(&report(&early, &list), OPS).0, "familiar");
    assert_eq!(of(&report(&early, &json!([])), OPS).0, "unknown");
}

#[test]
fn neither_another_subscription_nor_the_state_of_a_service_tells_how_far_the_log_reaches() {
    let mut health = on("2026-02-10", EVE);
    health["category"]["value"] = "ResourceHealth".into();
    let mut elsewhere = on("2026-02-10", EVE);
    elsewhere["resourceId"] = "/subscriptions/00000000-0000-0000-0000-00000000000b".into();
    for old in [health, elsewhere] {
        let report = report(&[suspicion(), on("2026-03-02", OPS), old], &json!([]));
        assert_eq!(of(&report, OPS).0, "unknown");
    }
}

/// What makes OPS a suspect, weeks after EVE.
fn own_suspicion() -> Value {
    let elevate = "Microsoft.Authorization/elevateAccess/action";
    let mut event = done("01:00:00", OPS, elevate, "/providers/Microsoft.Authorization");
    event["eventTimestamp"] = "2026-03-20T01:00:00.1234567Z".into();
    event
}

#[test]
fn what_somebody_else_did_before_makes_no_suspect_new() {
    let mut events = vec![suspicion(), on("2026-02-10", EVE), own_suspicion()];
    events.extend((2..13).map(|day| on(&format!("2026-03-{day:02}"), OPS)));
    assert_eq!(of(&report(&events, &json!([])), OPS).0, "familiar");
}

#[test]
fn who_is_new_only_by_the_silence_of_the_log_is_asked_about_before_anything_is_deleted() {
    let events = [suspicion(), on("2026-02-10", EVE), own_suspicion()];
    let steps = |list: &Value| {
        let report = report(&events, list);
        assert_eq!(of(&report, OPS).0, "unfamiliar");
        let users = report["users"].as_array().unwrap().iter();
        let own = users.filter(|user| user["id"] == OPS).map(|user| &user["mitigation"]);
        own.map(ToString::to_string).collect::<String>()
    };
    let asked = steps(&json!([]));
    assert!(asked.contains("Ask who it belongs to") && !asked.contains("\"Delete"), "{asked}");
    let made = json!([{
        "id": OID, "displayName": "Ops", "userPrincipalName": OPS,
        "createdDateTime": "2026-03-19T09:00:00Z",
    }]);
    assert!(steps(&made).contains("\"Delete the account\""));
}
