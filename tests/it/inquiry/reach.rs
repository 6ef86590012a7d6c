//! What the log does not reach contradicts nothing.

use super::{EVE, EVE_NAMED, EVES_IP, Incident, Named, OFFICE};

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
    gap.expect("not_in_evidence", "has a gap at the time of the alert");
}

#[test]
fn what_the_log_spans_without_a_gap_and_does_not_hold_did_not_happen() {
    let mut whole = Incident::new();
    whole.alert(KIND, EVE_NAMED).expect("contradicted", "without a gap");
    let inquiry = whole.inquiry();
    assert_eq!((&inquiry["covered"], &inquiry["reached"]), (&true.into(), &inquiry["window"]));
    let mut near = Incident::new();
    near.alert(KIND, EVE_NAMED).without("2026-03-15T14", "2026-03-19T12");
    near.expect("inconclusive", "within a day of the alert");
}

#[test]
fn a_log_of_few_events_that_is_silent_around_the_alert_shows_nothing() {
    let mut few = Incident::default();
    few.office_days("2026-03", 1..=2).office_days("2026-03", 20..=21).alert(KIND, EVE_NAMED);
    few.without("2026-03-01T02", "2026-03-02T18").without("2026-03-20T02", "2026-03-21T18");
    few.expect("not_in_evidence", "is silent from 2026-03-02T19:00:00Z");
}

#[test]
fn what_happened_before_the_first_event_is_not_in_evidence_and_the_edge_of_retention_is_told() {
    let mut before = Incident::new();
    before
        .alert_at("2026-02-25T12:00:00Z", KIND, EVE_NAMED)
        .expect("not_in_evidence", "not the time of the alert");
    let because = before.inquiry()["because"].to_string();
    assert!(!because.contains("no older events"), "{because}");
    let mut edge = Incident::new();
    edge.office_days("2025-12", 22..=31).office_days("2026-01", 1..=31);
    edge.office_days("2026-02", 1..=28).alert_at("2025-12-20T12:00:00Z", KIND, EVE_NAMED);
    edge.expect("not_in_evidence", "Azure kept no older events to export");
}

#[test]
fn an_alert_that_lasts_longer_than_the_log_is_not_in_evidence() {
    let mut long = Incident::new();
    long.alert_at("2026-03-21T12:00:00Z", KIND, EVE_NAMED).until("2026-03-22T12:00:00Z");
    long.expect("not_in_evidence", "covers only 2026-03-21T12:00:00Z to 2026-03-21T19:00:00Z");
}

#[test]
fn what_only_the_tenant_level_log_would_show_is_asked_of_that_log() {
    let elevation = "ARM_AnomalousElevateAccess";
    let with = |resource: Option<&str>| {
        let mut incident = Incident::new();
        incident.alert(elevation, EVE_NAMED);
        for time in ["2026-03-02T12:00:00Z", "2026-03-20T12:00:00Z"] {
            let Some(resource) = resource else { continue };
            let read = "Microsoft.Resources/tags/write";
            incident.call(time, "olga@contoso.com", OFFICE, read, resource, "Succeeded");
        }
        incident
    };
    with(None).expect("not_in_evidence", "the tenant-level (directory) log is not in the evidence");
    let group = "/providers/Microsoft.Management/managementGroups/top";
    with(Some(group)).expect("not_in_evidence", "the tenant-level (directory) log is not");
    with(Some("/providers/Microsoft.Authorization")).expect("contradicted", "without a gap");
}

#[test]
fn the_log_of_management_groups_does_not_make_the_tenant_level_log_longer() {
    let mut incident = Incident::new();
    incident.alert("ARM_AnomalousElevateAccess", EVE_NAMED);
    let write = "Microsoft.Resources/tags/write";
    for (time, resource) in [
        ("2026-03-02T12:00:00Z", "/providers/Microsoft.Management/managementGroups/top"),
        ("2026-03-16T12:00:00Z", "/providers/Microsoft.Authorization"),
        ("2026-03-20T12:00:00Z", "/providers/Microsoft.Management/managementGroups/top"),
    ] {
        incident.call(time, "olga@contoso.com", OFFICE, write, resource, "Succeeded");
    }
    incident.expect("not_in_evidence", "the tenant-level log reaches from 2026-03-16");
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
