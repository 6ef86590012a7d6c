//! Answers about alerts say no more than was looked at, and no less than was found.

use serde_json::{Value, json};

use super::rights::{assignment, attack, body};
use super::{BOB, EVE, EVE_NAMED, EVES_IP, Incident, Named};

const GRANTS: &str = "ARM_AnomalousRBACRoleAssignment";
const SUSPICIOUS: &str = "ARM_OperationFromSuspiciousIP";
const ROLES: &str = "Microsoft.Authorization/roleAssignments";
const KEYS: &str = "Microsoft.Storage/storageAccounts/listKeys/action";
const ZED: &str = "e0e0e0e0-0000-0000-0000-000000000005";

/// The answer to the question that begins so.
fn answer<'i>(inquiry: &'i Value, question: &str) -> &'i str {
    let all = inquiry["questions"].as_array().expect("questions");
    let fits = |one: &&Value| one["question"].as_str().is_some_and(|q| q.starts_with(question));
    let one = all.iter().find(fits).unwrap_or_else(|| panic!("{question} in {all:#?}"));
    one["answer"].as_str().expect("an answer")
}

fn outcome<'i>(inquiry: &'i Value, question: &str) -> &'i Value {
    let all = inquiry["questions"].as_array().expect("questions");
    let fits = |one: &&Value| one["question"].as_str().is_some_and(|q| q.starts_with(question));
    &all.iter().find(fits).expect("a question")["outcome"]
}

fn store() -> String {
    format!("{}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/s1", super::SUB)
}

#[test]
fn who_else_used_an_address_is_looked_for_as_far_as_the_type_of_the_alert_looks() {
    let mut incident = Incident::new();
    incident.eve(1, KEYS, &store());
    incident.call("2026-03-14T06:00:00Z", BOB, EVES_IP, KEYS, &store(), "Succeeded");
    incident.alert(SUSPICIOUS, EVE_NAMED);
    let inquiry = incident.inquiry();
    assert_eq!(inquiry["same_address"][0]["user"], BOB);
    assert_eq!((&inquiry["operations"], &inquiry["telling"]), (&json!(1), &json!(2)));
    let who = answer(&inquiry, "Who else used the address");
    let expected = format!(
        "1 operation by {BOB} from {EVES_IP}, between 2026-03-12T12:00:00Z and 2026-03-18T12:00:00Z"
    );
    assert_eq!(who, expected);
}

#[test]
fn a_log_that_is_short_of_a_window_on_one_side_is_told_to_be_short_there() {
    let who = |from: &str, to: &str| {
        let mut incident = Incident::new();
        incident.eve(1, KEYS, &store()).alert(SUSPICIOUS, EVE_NAMED);
        incident.without("2026-03-01", from).without(to, "2026-04-01");
        answer(&incident.inquiry(), "Who else used the address").to_owned()
    };
    let nobody = "nobody else between 2026-03-12T12:00:00Z and 2026-03-18T12:00:00Z";
    assert_eq!(who("2026-03-01", "2026-04-01"), nobody);
    assert_eq!(
        who("2026-03-01", "2026-03-17T14"),
        format!("{nobody}; the log reaches only to 2026-03-17T13:00:00Z")
    );
    assert_eq!(
        who("2026-03-13T06", "2026-04-01"),
        format!("{nobody}; the log reaches only from 2026-03-13T07:00:00Z")
    );
    assert_eq!(
        who("2026-03-13T06", "2026-03-17T14"),
        format!("{nobody}; the log reaches only from 2026-03-13T07:00:00Z to 2026-03-17T13:00:00Z")
    );
}

#[test]
fn a_role_that_was_taken_away_was_lost_and_not_given() {
    let question = "Who was given rights";
    let given_and_lost = |named: bool| {
        let mut incident = Incident::new();
        incident.grant(1, ZED, "User");
        incident.eve(9, &format!("{ROLES}/delete"), &assignment(1));
        if named {
            incident.answer(&body(ZED, "User"));
        }
        incident.alert(GRANTS, EVE_NAMED);
        incident.inquiry()
    };
    for named in [true, false] {
        let inquiry = given_and_lost(named);
        let told = answer(&inquiry, question);
        assert_eq!(told.matches("was given Owner").count(), 1, "{told}");
        assert!(
            told.ends_with(&format!("{ZED} lost Owner on {} at 2026-03-15T12:09:00Z", super::SUB)),
            "{told}"
        );
    }
    let mut only_lost = Incident::new();
    only_lost.eve(9, &format!("{ROLES}/delete"), &assignment(1));
    only_lost.answer(&body(ZED, "User")).alert(GRANTS, EVE_NAMED);
    let inquiry = only_lost.inquiry();
    assert_eq!(outcome(&inquiry, question), "no");
    let told = answer(&inquiry, question);
    assert!(
        told.starts_with("no grant is among these operations") && told.contains("lost Owner"),
        "{told}"
    );
}

#[test]
fn what_was_taken_from_an_application_gives_nobody_control_of_it() {
    let app = "a0a0a0a0-0000-0000-0000-000000000001";
    let mut incident = Incident::new();
    incident
        .eve(1, &format!("{ROLES}/delete"), &assignment(1))
        .answer(&body(app, "ServicePrincipal"));
    incident.eve(30, &format!("{ROLES}/write"), &assignment(2)).program(app, None);
    incident.alert("ARM_AnomalousServiceOperation.PrivilegeEscalation", Named::default());
    incident.entity(json!({"type": "account", "aadUserId": app, "name": app}));
    let inquiry = incident.inquiry();
    let control = "Who could control the application";
    assert_eq!(outcome(&inquiry, control), "unknown");
    assert!(answer(&inquiry, control).contains("rights were taken from it"));
}

#[test]
fn operations_of_the_kind_are_counted_once_with_those_that_failed() {
    let mut incident = attack();
    incident.eve(1, KEYS, &store());
    incident.eve(2, &format!("{ROLES}/write"), &assignment(2));
    incident.call("2026-03-15T12:03:00Z", EVE, EVES_IP, KEYS, &store(), "Failed");
    let inquiry = incident.inquiry();
    assert_eq!((&inquiry["telling"], &inquiry["telling_failed"]), (&json!(3), &json!(1)));
    let first = inquiry["because"][0].as_str().unwrap();
    assert_eq!(first, "3 operations of its kind from the address that it names, 1 of them failed");
    assert_eq!(inquiry["reasons"][0]["events"].as_array().unwrap().len(), 3);
    assert!(inquiry["because"].to_string().contains("failed, at 2026-03-15T12:03:00Z"));
}

#[test]
fn who_was_given_rights_is_told_of_all_that_whom_the_alert_names_granted() {
    let mut incident = Incident::new();
    incident.eve(1, "Microsoft.Web/sites/write", super::SUB).grant(2, ZED, "User");
    incident.alert("ARM_AnomalousOperation.InitialAccess", EVE_NAMED);
    let inquiry = incident.inquiry();
    let given = answer(&inquiry, "Who was given rights");
    assert!(given.contains(&format!("{ZED} was given Owner")), "{given}");
}

#[test]
fn what_others_did_from_an_address_that_the_alert_names_is_told_to_be_theirs() {
    let mut incident = Incident::new();
    incident.eve(1, KEYS, &store());
    incident.call("2026-03-15T12:02:00Z", BOB, EVES_IP, KEYS, &store(), "Succeeded");
    incident.alert(SUSPICIOUS, EVE_NAMED);
    let inquiry = incident.inquiry();
    let did = answer(&inquiry, "Did whom the alert names");
    let told = "2 operations, 1 of them by somebody else, from an address that it names: ";
    assert!(did.starts_with(told), "{did}");
}
