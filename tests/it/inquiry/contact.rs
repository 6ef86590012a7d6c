//! Whom to ask: who owns and made what an alert names comes first, whom it names comes last.

use serde_json::Value;

use super::{BOB, EVE, EVE_NAMED, EVES_IP, Incident, Named, OFFICE, SUB};

const KIND: &str = "ARM_AnomalousRBACRoleAssignment";

fn contacts(incident: &Incident) -> Vec<Value> {
    incident.report()["alerts"][0]["contact"].as_array().unwrap().clone()
}

fn says(contact: &Value, key: &str, words: &str) {
    assert!(contact[key].as_str().is_some_and(|text| text.contains(words)), "{contact:#}");
}

#[test]
fn an_owner_by_a_list_comes_before_whom_the_alert_names() {
    let mut incident = Incident::new();
    incident.assignment("ann@contoso.com", "Owner", SUB);
    incident.assignment("carl@contoso.com", "Contributor", SUB);
    incident.call(
        "2026-03-15T12:00:00Z",
        EVE,
        EVES_IP,
        "Microsoft.Web/sites/write",
        SUB,
        "Succeeded",
    );
    incident.alert(KIND, EVE_NAMED);
    let contacts = contacts(&incident);
    assert_eq!(contacts.len(), 2, "{contacts:#?}");
    says(&contacts[0], "who", "ann@contoso.com");
    says(&contacts[0], "why", "holds Owner on the subscription");
    says(&contacts[0], "known_by", "assignments.json");
    says(&contacts[1], "why", "confirm by another channel");
    assert_eq!((&contacts[0]["subject"], &contacts[1]["subject"]), (&false.into(), &true.into()));
    assert_eq!(contacts[1]["user"], EVE);
}

#[test]
fn where_nobody_else_is_known_it_says_where_to_look() {
    let mut incident = Incident::new();
    incident.call(
        "2026-03-15T12:00:00Z",
        EVE,
        EVES_IP,
        "Microsoft.Web/sites/write",
        SUB,
        "Succeeded",
    );
    incident.alert(KIND, EVE_NAMED);
    let contacts = contacts(&incident);
    says(&contacts[0], "who", "the owner of the subscription");
    says(&contacts[0], "why", "billing account");
    let command = "az role assignment list --role Owner --include-inherited --subscription 00000000-0000-0000-0000-00000000000a";
    says(&contacts[0], "why", command);
    assert_eq!(contacts.last().unwrap()["user"], EVE);
}

#[test]
fn who_changed_the_machine_before_is_asked_and_a_program_is_not() {
    let vm =
        format!("{SUB}/resourceGroups/Shop/providers/Microsoft.Compute/virtualMachines/web-01");
    let write = "Microsoft.Compute/virtualMachines/write";
    let program = "Microsoft.Insights/autoscaleSettings";
    let mut incident = Incident::new();
    incident.call("2026-03-10T12:00:00Z", BOB, OFFICE, write, &vm, "Succeeded");
    incident.call("2026-03-11T12:00:00Z", program, OFFICE, write, &vm, "Succeeded");
    incident
        .alert("VM_RunCommandSuspiciousScript", Named { resource: Some(&vm), ..Named::default() });
    let contacts = contacts(&incident);
    assert_eq!(contacts[0]["user"], BOB, "{contacts:#?}");
    says(&contacts[0], "why", "changed the resource last before the alert");
    assert_eq!(contacts[0]["evidence"].as_array().unwrap().len(), 1);
    assert_eq!(contacts.len(), 1, "{contacts:#?}");
}

#[test]
fn an_owner_by_a_grant_is_known_by_that_grant_and_no_other_of_the_same_instant() {
    let owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    let roles = "Microsoft.Authorization/roleAssignments/write";
    let write = "Microsoft.Web/sites/write";
    let mut incident = Incident::new();
    for (number, who) in [(1, "ann@contoso.com"), (2, "carl@contoso.com")] {
        let oid = format!("e0e0e0e0-0000-0000-0000-{number:012}");
        let grant = format!(
            "{SUB}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-{number:012}"
        );
        incident.call("2026-03-10T12:00:00Z", BOB, OFFICE, roles, &grant, "Succeeded");
        incident.grant_body(&oid, owner);
        incident.call("2026-03-11T12:00:00Z", who, OFFICE, write, SUB, "Succeeded");
        incident.object_id(&oid);
    }
    incident.alert(KIND, EVE_NAMED);
    let contacts = contacts(&incident);
    let by_grant = |contact: &&Value| contact["known_by"] == "the grant by bob@contoso.com";
    let owners: Vec<&Value> = contacts.iter().filter(by_grant).collect();
    assert_eq!(owners.len(), 2, "{contacts:#?}");
    assert!(owners.iter().all(|owner| owner["evidence"].as_array().unwrap().len() == 1));
    assert_ne!(owners[0]["evidence"], owners[1]["evidence"]);
}

#[test]
fn a_sample_alert_asks_nobody() {
    let mut incident = Incident::new();
    incident.alert("SIMULATED_ARM_AnomalousRBACRoleAssignment", EVE_NAMED);
    assert!(contacts(&incident).is_empty());
}

#[test]
fn an_owner_whom_another_open_alert_names_is_asked_last_and_by_another_channel() {
    let mut incident = Incident::new();
    incident.assignment(BOB, "Owner", SUB);
    let write = "Microsoft.Web/sites/write";
    incident.call("2026-03-15T12:00:00Z", EVE, EVES_IP, write, SUB, "Succeeded");
    incident.call("2026-03-16T12:00:00Z", BOB, EVES_IP, write, SUB, "Succeeded");
    incident.alert(KIND, EVE_NAMED);
    let named = Named { who: Some(BOB), ip: Some(EVES_IP), ..Named::default() };
    incident.alert_at("2026-03-16T12:00:00Z", "ARM_OperationFromSuspiciousIP", named);
    let contacts = contacts(&incident);
    says(&contacts[0], "who", "the owner of the subscription");
    let bob = contacts.iter().find(|c| c["user"] == BOB).expect("Bob");
    assert_eq!(bob["subject"], true);
    says(bob, "why", "under suspicion: confirm by another channel");
}

#[test]
fn a_suppression_rule_of_somebody_whom_a_suspect_empowered_hides_nothing() {
    let rule = format!("{SUB}/providers/Microsoft.Security/alertsSuppressionRules/quiet");
    let list = |since: &str| {
        serde_json::json!([{
            "id": rule, "name": "quiet", "type": "Microsoft.Security/alertsSuppressionRules",
            "properties": {"alertType": "*", "lastModifiedUtc": since, "state": "Enabled", "reason": "Noise"},
        }])
    };
    let write = "Microsoft.Security/alertsSuppressionRules/write";
    let zed = "zed@contoso.com";
    let mut incident = Incident::new();
    let grant = format!(
        "{SUB}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000009"
    );
    let roles = "Microsoft.Authorization/roleAssignments/write";
    incident.call("2026-03-15T12:00:00Z", EVE, EVES_IP, roles, &grant, "Succeeded");
    let oid = "e0e0e0e0-0000-0000-0000-000000000026";
    incident.grant_body(oid, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
    incident.call("2026-03-15T12:20:00Z", zed, "192.0.2.77", write, &rule, "Succeeded");
    incident.object_id(oid);
    incident.alert(KIND, EVE_NAMED);
    incident.alert_at("2026-03-15T13:00:00Z", "VM_SuspiciousActivity", Named::default());
    incident.list("rules.json", list("2026-03-15T12:20:00Z"));
    let report = incident.report();
    let shown = &report["suppression_rules"][0];
    assert_eq!((&shown["by_suspect"], &shown["written_by"][0]), (&true.into(), &zed.into()));
    assert_eq!(
        report["alerts"].as_array().unwrap().iter().filter(|a| a["verdict"] == "open").count(),
        2
    );
    let of_zed = |f: &&Value| f["principal"] == zed;
    assert!(report["findings"].as_array().unwrap().iter().any(|f| of_zed(&f)), "a finding");
    // Olga's, of long before, is an ordinary one, and what it hides speaks against nobody.
    let mut ordinary = Incident::new();
    ordinary.call("2026-03-14T13:00:00Z", "olga@contoso.com", OFFICE, write, &rule, "Succeeded");
    ordinary.alert(KIND, EVE_NAMED).list("rules.json", list("2026-03-14T13:00:00Z"));
    let report = ordinary.report();
    let shown = &report["suppression_rules"][0];
    assert_eq!(
        (&shown["by_suspect"], &report["alerts"][0]["verdict"]),
        (&false.into(), &"suppressed".into())
    );
    let eve = report["users"].as_array().unwrap().iter().find(|u| u["id"] == EVE);
    assert!(eve.is_none_or(|eve| eve["suspicion"].is_null()), "{eve:#?}");
}
