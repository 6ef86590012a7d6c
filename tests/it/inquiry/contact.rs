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
fn a_sample_alert_asks_nobody() {
    let mut incident = Incident::new();
    incident.alert("SIMULATED_ARM_AnomalousRBACRoleAssignment", EVE_NAMED);
    assert!(contacts(&incident).is_empty());
}
