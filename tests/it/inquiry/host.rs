//! Incidents on hosts and their identities: scale sets, machines outside Azure, identities that go on.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::rights::{attack, is_suspect, steps, user};
use super::{BOB, Incident, OFFICE, SUB, on};

const IDENTITY: &str = "aaaaaaaa-0000-0000-0000-000000000031";
const KEYS: &str = "Microsoft.Storage/storageAccounts/listKeys/action";

fn resource(kind: &str, name: &str) -> String {
    format!("{SUB}/resourceGroups/rg1/providers/{kind}/{name}")
}

fn verdict<'r>(report: &'r Value, id: &str) -> &'r str {
    let machines = report["virtual_machines"].as_array().expect("machines");
    let own = machines.iter().find(|m| m["resource_id"] == id.to_lowercase());
    own.unwrap_or_else(|| panic!("no {id}"))["verdict"].as_str().expect("a verdict")
}

/// Asserts that nothing is told to be removed in two ways.
fn each_once(report: &Value) {
    let mut seen: Vec<(String, String)> =
        steps(report, "remove").iter().map(|s| (text(s, "target"), text(s, "step"))).collect();
    seen.sort();
    seen.dedup();
    let parts = |target: &str| target.contains("/extensions/") || target.contains("/runcommands/");
    let targets: Vec<&str> =
        seen.iter().map(|(target, _)| target.as_str()).filter(|target| parts(target)).collect();
    let different: BTreeSet<&str> = targets.iter().copied().collect();
    assert_eq!(targets.len(), different.len(), "{seen:#?}");
}

fn text(step: &Value, key: &str) -> String {
    step[key].as_str().unwrap_or_default().to_owned()
}

#[test]
fn code_run_on_an_instance_takes_the_scale_set_and_leaves_others_alone() {
    let set = resource("Microsoft.Compute/virtualMachineScaleSets", "web");
    let quiet = resource("Microsoft.Compute/virtualMachineScaleSets", "quiet");
    let part = |rest: &str| format!("Microsoft.Compute/virtualMachineScaleSets/{rest}");
    let mut incident = attack();
    incident.work(BOB, OFFICE, &part("extensions/write"), &format!("{quiet}/extensions/monitor"));
    let instance = format!("{set}/virtualMachines/3");
    incident.eve(1, &part("virtualMachines/runCommand/action"), &instance);
    incident.eve(2, &part("extensions/write"), &format!("{set}/extensions/cse")).created();
    let command = format!("{instance}/runCommands/rc");
    incident.eve(3, &part("virtualMachines/runCommands/write"), &command).created();
    let report = incident.report();
    assert_eq!(verdict(&report, &set), "compromised");
    let machines = report["virtual_machines"].as_array().unwrap();
    let is_taken = |m: &&Value| m["verdict"] != "clear";
    assert_eq!(machines.iter().filter(is_taken).count(), 1, "not the other set");
    assert!(!is_suspect(&report, BOB));
    let set = set.to_lowercase();
    let of_set: Vec<&Value> =
        steps(&report, "remove").into_iter().filter(|s| s["target"] == set.as_str()).collect();
    let reimage = of_set.iter().find(|s| text(s, "step").starts_with("Reimage")).expect("reimage");
    assert!(text(reimage, "command").starts_with("az vmss reimage"), "{reimage}");
    let gone = ["cse", "rc"].map(|name| {
        let own = |s: &&Value| text(s, "target").ends_with(&format!("/{name}"));
        steps(&report, "remove").into_iter().any(|s| own(&s))
    });
    assert_eq!(gone, [true, true]);
    each_once(&report);
}

#[test]
fn a_machine_outside_azure_is_taken_with_its_identity_and_no_command_is_for_a_virtual_machine() {
    let machine = resource("Microsoft.HybridCompute/machines", "onprem-db");
    let part = |rest: &str| format!("Microsoft.HybridCompute/machines/{rest}");
    let mut incident = attack();
    let extension = format!("{machine}/extensions/CustomScriptExtension");
    incident.eve(1, &part("extensions/write"), &extension).created();
    incident.eve(5, &part("runCommands/write"), &format!("{machine}/runCommands/rc")).created();
    let account = resource("Microsoft.Storage/storageAccounts", "crown");
    let time = "2026-03-15T12:25:00Z";
    incident.call(time, IDENTITY, "192.0.2.200", KEYS, &account, "Succeeded");
    incident.program(IDENTITY, Some(&machine));
    let report = incident.report();
    assert_eq!(verdict(&report, &machine), "compromised");
    assert!(is_suspect(&report, IDENTITY));
    let commands: Vec<String> = ["preserve", "lock_out", "remove", "rotate"]
        .iter()
        .flat_map(|stage| steps(&report, stage))
        .map(|s| text(s, "command"))
        .collect();
    assert!(!commands.iter().any(|c| c.starts_with("az vm")), "{commands:#?}");
    let rotate = steps(&report, "rotate");
    assert!(rotate.iter().any(|s| text(s, "target") == account.to_lowercase()), "{rotate:#?}");
    each_once(&report);
}

#[test]
fn an_identity_of_a_taken_machine_that_acts_elsewhere_is_a_suspect_for_that_alone() {
    let machine = resource("Microsoft.Compute/virtualMachines", "web-01");
    let own = resource("Microsoft.Storage/storageAccounts", "own");
    let crown = resource("Microsoft.Storage/storageAccounts", "crown");
    let mut incident = attack();
    for day in 1..=14 {
        let time = format!("2026-03-{day:02}T03:00:00Z");
        incident.call(&time, IDENTITY, "192.0.2.30", KEYS, &own, "Succeeded");
        incident.program(IDENTITY, Some(&machine));
    }
    incident.eve(1, "Microsoft.Compute/virtualMachines/runCommand/action", &machine);
    for (time, ip, on) in [
        ("2026-03-15T12:30:00Z", "203.0.113.99", &crown),
        ("2026-03-16T03:00:00Z", "192.0.2.30", &own),
    ] {
        incident.call(time, IDENTITY, ip, KEYS, on, "Succeeded").program(IDENTITY, Some(&machine));
    }
    let report = incident.report();
    assert_eq!(user(&report, IDENTITY)["suspicion"]["operations"], 1);
    let targets: Vec<String> = steps(&report, "rotate").iter().map(|s| text(s, "target")).collect();
    assert!(targets.contains(&crown.to_lowercase()), "{targets:?}");
    assert!(!targets.contains(&own.to_lowercase()), "{targets:?}");
}

#[test]
fn an_identity_that_a_suspect_made_with_a_way_in_goes_and_each_part_of_it_once() {
    let kind = "Microsoft.ManagedIdentity/userAssignedIdentities";
    let identity = resource(kind, "backdoor");
    let mut incident = attack();
    incident.eve(1, &format!("{kind}/write"), &identity).created();
    incident.answer(&json!({"id": identity, "name": "backdoor", "properties": {"principalId": IDENTITY, "clientId": "bbbbbbbb-0000-0000-0000-000000000031"}}));
    let credential = format!("{identity}/federatedIdentityCredentials/gh");
    incident.eve(2, &format!("{kind}/federatedIdentityCredentials/write"), &credential).created();
    incident.grant(3, IDENTITY, "ServicePrincipal");
    incident.call(
        "2026-03-16T01:00:00Z",
        IDENTITY,
        "192.0.2.9",
        KEYS,
        &resource("Microsoft.Storage/storageAccounts", "crown"),
        "Succeeded",
    );
    incident.program(IDENTITY, Some(&identity));
    let report = incident.report();
    let all: Vec<String> = ["lock_out", "remove"]
        .iter()
        .flat_map(|stage| steps(&report, stage))
        .filter(|s| text(s, "target").contains("userassignedidentities"))
        .map(|s| text(s, "step"))
        .collect();
    let different: BTreeSet<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(
        different.into_iter().collect::<Vec<_>>(),
        [
            "Delete the federated credential, which was not there before",
            "Delete the managed identity, which was not there before",
        ]
    );
    assert_eq!(user(&report, IDENTITY)["familiarity"], "unfamiliar");
}

#[test]
fn of_an_alert_on_many_machines_what_was_done_to_each_is_found() {
    let machine = |number: usize| {
        format!("{SUB}/resourceGroups/farm/providers/Microsoft.Compute/virtualMachines/vm-{number}")
    };
    let all: Vec<String> = (0..20).map(machine).collect();
    for count in [2, all.len()] {
        let mut incident = Incident::new();
        for (minute, id) in (0..).zip(&all) {
            incident.eve(minute, "Microsoft.Compute/virtualMachines/runCommand/action", id);
        }
        incident.alert("VM_RunCommandSuspiciousScript", on(&all[0]));
        incident.naming(&all[1..count]);
        assert_eq!(incident.inquiry()["operations"], count, "of {count}");
    }
}
