//! What the log does not reach contradicts nothing.

use super::{EVE, EVE_NAMED, EVES_IP, Incident, Named};

const KIND: &str = "ARM_AnomalousRBACRoleAssignment";

#[test]
fn an_alert_of_another_subscription_or_another_time_is_not_in_evidence() {
    let other = Named {
        subscription: Some("/subscriptions/00000000-0000-0000-0000-00000000000b"),
        ..EVE_NAMED
    };
    let mut elsewhere = Incident::new();
    elsewhere.alert(KIND, other).expect("not_in_evidence", "is not in the evidence");
    assert_eq!(elsewhere.inquiry()["covered"], false);
    let mut later = Incident::new();
    later
        .alert_at("2026-03-25T12:00:00Z", KIND, EVE_NAMED)
        .expect("not_in_evidence", "not the time of the alert");
}

#[test]
fn a_gap_at_the_time_of_the_alert_hides_what_happened() {
    let mut gap = Incident::new();
    gap.alert(KIND, EVE_NAMED).without("2026-03-14T02", "2026-03-17T20");
    gap.expect("not_in_evidence", "silent from");
}

#[test]
fn what_is_there_is_told_although_the_log_has_a_gap() {
    let mut incident = Incident::new();
    incident.without("2026-03-13T02", "2026-03-18T20");
    incident.call(
        "2026-03-15T12:00:00Z",
        EVE,
        EVES_IP,
        "Microsoft.Authorization/roleAssignments/write",
        super::SUB,
        "Succeeded",
    );
    incident.alert(KIND, EVE_NAMED).expect("corroborated", "roleAssignments/write");
}

#[test]
fn the_times_are_told_as_asked_and_as_reached() {
    let mut incident = Incident::new();
    incident.alert_at("2026-03-21T12:00:00Z", KIND, EVE_NAMED);
    let inquiry = incident.inquiry();
    assert_eq!(inquiry["window"]["to"], "2026-03-22T12:00:00Z");
    assert_eq!(inquiry["reached"]["to"], "2026-03-21T19:00:00Z");
    assert_eq!(inquiry["reached"]["from"], "2026-03-20T12:00:00Z");
}
