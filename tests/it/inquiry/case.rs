//! Cases: what belongs together is one, what only shares the common is not.

use std::collections::BTreeSet;

use super::{BOB, EVE, EVE_NAMED, EVES_IP, Incident, Named, OFFICE, SUB};

const KIND: &str = "ARM_AnomalousRBACRoleAssignment";

/// The cases of the alerts, in the order of the alerts.
fn cases(incident: &Incident) -> Vec<String> {
    let report = incident.report();
    let alerts = report["alerts"].as_array().unwrap();
    let cases = report["cases"].as_array().unwrap();
    let known: BTreeSet<&str> = cases.iter().map(|case| case["id"].as_str().unwrap()).collect();
    let cases: Vec<&str> = alerts.iter().filter_map(|alert| alert["case"].as_str()).collect();
    assert!(cases.iter().all(|case| known.contains(case)));
    cases.into_iter().map(str::to_owned).collect()
}

#[test]
fn alerts_on_one_principal_within_days_are_one_case_and_weeks_apart_are_two() {
    let mut near = Incident::new();
    near.alert(KIND, EVE_NAMED).alert_at("2026-03-16T12:00:00Z", "ARM_AzureHound", EVE_NAMED);
    let one = cases(&near);
    assert_eq!((one.len(), &one[0]), (2, &one[1]));
    let mut far = Incident::new();
    far.alert(KIND, EVE_NAMED).alert_at("2026-03-05T12:00:00Z", KIND, EVE_NAMED);
    let two = cases(&far);
    assert_ne!(two[0], two[1]);
}

#[test]
fn a_subscription_and_an_address_that_many_share_join_nothing() {
    let mut incident = Incident::new();
    for who in ["ann@contoso.com", "ben@contoso.com", "cid@contoso.com", BOB, EVE] {
        incident.call(
            "2026-03-15T10:00:00Z",
            who,
            OFFICE,
            "Microsoft.Web/sites/write",
            SUB,
            "Succeeded",
        );
    }
    incident.alert(KIND, Named { who: Some(EVE), ip: Some(OFFICE), ..Named::default() });
    incident.alert(KIND, Named { who: Some(BOB), ip: Some(OFFICE), ..Named::default() });
    let two = cases(&incident);
    assert_ne!(two[0], two[1]);
}

#[test]
fn an_address_of_one_intruder_joins_and_a_sample_has_no_case() {
    let mut incident = Incident::new();
    incident.alert(KIND, EVE_NAMED);
    incident.alert(KIND, Named { who: Some(BOB), ip: Some(EVES_IP), ..Named::default() });
    incident.alert("SIMULATED_ARM_AzureHound", EVE_NAMED);
    let one = cases(&incident);
    assert_eq!((one.len(), &one[0]), (2, &one[1]));
}

#[test]
fn an_incident_without_alerts_is_a_case_of_its_findings() {
    let elevate = "Microsoft.Authorization/elevateAccess/action";
    let tenant = "/providers/Microsoft.Authorization";
    let mut incident = Incident::new();
    incident.call("2026-03-15T12:00:00Z", EVE, EVES_IP, elevate, tenant, "Succeeded");
    let report = incident.report();
    let cases = report["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 1, "{cases:#?}");
    assert_eq!((&cases[0]["verdict"], &cases[0]["principals"][0]), (&"open".into(), &EVE.into()));
    let timeline = cases[0]["timeline"].as_array().unwrap();
    for kind in ["finding", "operation"] {
        assert!(timeline.iter().any(|moment| moment["kind"] == kind), "{timeline:#?}");
    }
    assert_eq!(cases[0]["timeline_count"].as_u64(), Some(timeline.len() as u64));
}

#[test]
fn the_alert_that_a_run_is_asked_about_is_the_focus() {
    let mut incident = Incident::new();
    incident.alert(KIND, EVE_NAMED);
    incident.alert_at("2026-03-05T12:00:00Z", KIND, Named { who: Some(BOB), ..Named::default() });
    let all = incident.report();
    assert!(all["focus"].is_null());
    let wanted = all["alerts"][1]["id"].as_str().unwrap();
    let report = incident.report_with(&["--alert", &wanted[..20]]);
    assert_eq!(report["focus"], wanted);
}
