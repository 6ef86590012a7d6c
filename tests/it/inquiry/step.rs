//! The steps for an alert: as far as it reached, and no harder than what bears it out.

use serde_json::{Value, json};

use super::rights::attack;
use super::{BOB, EVE, EVE_NAMED, EVES_IP, Incident, OFFICE, SUB};

const GRANTS: &str = "ARM_AnomalousRBACRoleAssignment";
const RUN: &str = "Microsoft.Compute/virtualMachines/runCommand/action";
const SET: &str = "az security alert update --subscription 00000000-0000-0000-0000-00000000000a --name 2516000000000000000_00000000-0000-0000-0000-0000000000ff --location westeurope --status";

fn machine(name: &str) -> String {
    format!("{SUB}/resourcegroups/rg1/providers/microsoft.compute/virtualmachines/{name}")
}

/// The steps of the only alert.
fn steps(report: &Value) -> &Vec<Value> {
    report["alerts"][0]["mitigation"].as_array().expect("steps")
}

fn words(report: &Value) -> Vec<&str> {
    steps(report).iter().map(|step| step["step"].as_str().expect("a step")).collect()
}

/// The machines that the only alert asks to reimage.
fn reimaged(report: &Value) -> Vec<&str> {
    let all = steps(report).iter();
    let fit = all.filter(|step| step["step"].as_str().is_some_and(|s| s.starts_with("Reimage")));
    fit.map(|step| step["target"].as_str().expect("a target")).collect()
}

#[test]
fn machines_that_the_activity_behind_an_alert_reached_have_their_steps_in_its_plan() {
    let mut incident = attack();
    incident.eve(1, RUN, &machine("taken"));
    incident.call("2026-03-15T12:02:00Z", EVE, EVES_IP, RUN, &machine("refused"), "Failed");
    incident.call("2026-03-15T12:03:00Z", BOB, OFFICE, RUN, &machine("ours"), "Succeeded");
    assert_eq!(reimaged(&incident.report()), [machine("taken")]);
}

#[test]
fn a_subscription_keeps_the_disks_of_machines_that_it_is_told_to_delete() {
    let mut incident = attack();
    let write = "Microsoft.Compute/virtualMachines/write";
    incident.eve(1, write, &machine("miner"));
    let report = incident.report();
    // No status tells whether the call made it; nothing shows it before.
    let made = &report["virtual_machines"][0];
    assert_eq!(made["verdict"], "compromised");
    assert_eq!(made["verdict_because"][0], "a user under suspicion made it");
    let of_subscription = report["subscriptions"][0]["mitigation"].as_array().expect("steps");
    let about: Vec<&str> = of_subscription
        .iter()
        .filter(|step| step["target"] == *machine("miner"))
        .map(|step| step["step"].as_str().expect("a step"))
        .collect();
    assert_eq!(about[0], "Keep copies of its disks as evidence");
    assert_eq!(about[about.len() - 1], "Delete the virtual machine, which was not there before");
}

#[test]
fn machines_that_the_users_of_an_alert_reached_count_only_where_the_log_bears_it_out() {
    let of = |grants: bool| {
        let mut incident = Incident::new();
        incident.work(EVE, "198.51.100.3", "Microsoft.Resources/tags/write", SUB);
        // What makes her a suspect in either case.
        let elevate = "Microsoft.Authorization/elevateAccess/action";
        incident.eve(0, elevate, "/providers/Microsoft.Authorization");
        if grants {
            incident.grant(1, "e0e0e0e0-0000-0000-0000-000000000005", "User");
        }
        incident.eve(5, RUN, &machine("taken")).alert(GRANTS, EVE_NAMED);
        incident.report()
    };
    let with = of(true);
    assert_eq!(with["alerts"][0]["investigation"]["assessment"], "corroborated");
    assert_eq!(reimaged(&with), [machine("taken")]);
    let without = of(false);
    assert_eq!(without["virtual_machines"][0]["verdict"], "compromised");
    assert_eq!(reimaged(&without), [""; 0]);
}

#[test]
fn an_alert_of_little_weight_that_nothing_bears_out_is_asked_about_first() {
    let of = |severity: &str, acted: bool| {
        let mut incident = attack();
        incident.having("severity", severity);
        if acted {
            incident.eve(1, "Microsoft.Web/sites/write", SUB);
        } else {
            // Nothing is known of the time of the alert.
            incident.without("2026-03-14T02", "2026-03-17T20");
        }
        incident.report()
    };
    let faint = of("Low", false);
    assert_eq!(faint["alerts"][0]["investigation"]["assessment"], "not_in_evidence");
    let asked = words(&faint);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(
        asked[0].starts_with("Ask whom the alert names") && asked[0].contains("only if nobody")
    );
    assert!(asked[1].starts_with("Set the alert to resolved"));
    let eve = faint["users"].as_array().unwrap().iter().find(|user| user["id"] == EVE).unwrap();
    assert_eq!((&eve["suspicion"], &eve["mitigation"]), (&Value::Null, &json!([])));
    for grave in [of("Low", true), of("Medium", false)] {
        let asked = words(&grave);
        assert!(asked.contains(&"Revoke its sessions"), "{asked:?}");
    }
}

#[test]
fn a_faint_alert_on_a_machine_sets_up_nothing_anew() {
    let of = |severity: &str| {
        let mut incident = Incident::new();
        let id = machine("web-01");
        incident.alert("VM_SuspiciousActivity", super::on(&id)).having("severity", severity);
        incident.report()
    };
    let (faint, grave) = (of("Low"), of("High"));
    assert_eq!(reimaged(&grave), [machine("web-01")]);
    assert_eq!(reimaged(&faint), [""; 0]);
    let entry = &faint["virtual_machines"][0];
    assert_eq!((&entry["verdict"], &entry["mitigation"]), (&"suspected".into(), &json!([])));
}

#[test]
fn an_alert_that_somebody_put_away_is_told_and_not_closed_again() {
    let mut incident = attack();
    incident.eve(1, "Microsoft.Web/sites/write", SUB);
    let open = incident.report();
    let set = steps(&open).last().unwrap();
    assert!(set["step"].as_str().unwrap().starts_with("Set the alert to resolved"));
    assert_eq!(set["command"], format!("{SET} Resolve"));
    incident.having("status", "Dismissed");
    let closed = incident.report();
    assert!(words(&closed).last().unwrap().starts_with("Ask who put the alert away"));
    assert!(!words(&closed).iter().any(|step| step.starts_with("Set the alert")));
    let because = closed["alerts"][0]["investigation"]["because"].to_string();
    assert!(because.contains("it was set to dismissed before this"), "{because}");
}

#[test]
fn an_expected_alert_is_to_be_dismissed_in_defender() {
    let mut incident = attack();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("triage.toml");
    let text = "author = \"sam\"\n[[alert]]\nid = \"2516000000000000000_00000000-0000-0000-0000-0000000000ff\"\nmark = \"expected\"\nreason = \"asked\"\n";
    std::fs::write(&file, text).unwrap();
    let options = ["--triage", file.to_str().unwrap()];
    let report = incident.report_with(&options);
    assert_eq!(report["alerts"][0]["verdict"], "expected");
    let all = steps(&report);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0]["step"].as_str().unwrap().starts_with("Dismiss the alert in Defender"));
    assert_eq!(all[0]["command"], format!("{SET} Dismiss"));
    incident.having("status", "Dismissed");
    assert!(steps(&incident.report_with(&options)).is_empty());
}

#[test]
fn a_test_alert_asks_for_nothing() {
    let mut incident = attack();
    incident.titled("Azure Security Center test alert (not a threat)");
    let report = incident.report();
    assert_eq!(report["alerts"][0]["sample"], true);
    assert!(steps(&report).is_empty());
}

#[test]
fn whoever_did_what_an_alert_on_a_machine_speaks_of_is_locked_out_by_its_plan() {
    let mut incident = Incident::new();
    incident.work(EVE, "198.51.100.3", "Microsoft.Resources/tags/write", SUB);
    let elevate = "Microsoft.Authorization/elevateAccess/action";
    incident.eve(0, elevate, "/providers/Microsoft.Authorization");
    incident.eve(1, RUN, &machine("taken"));
    incident.alert("VM_RunCommandSuspiciousScript", super::on(&machine("taken")));
    let report = incident.report();
    let alert = &report["alerts"][0];
    assert_eq!(alert["principals"], json!([]));
    assert_eq!(alert["investigation"]["assessment"], "corroborated", "{alert:#}");
    let locked = steps(&report).iter().any(|step| {
        step["target"] == EVE && step["stage"] == "lock_out" && step["command"].is_string()
    });
    assert!(locked, "{:?}", words(&report));
}

#[test]
fn an_alert_that_is_closed_already_is_not_counted_among_those_to_close() {
    let mut incident = attack();
    incident.eve(1, "Microsoft.Web/sites/write", SUB);
    let asked = |incident: &Incident| {
        let report = incident.report();
        let steps = report["subscriptions"][0]["mitigation"].as_array().expect("steps").clone();
        let words = steps.iter().map(|step| step["step"].as_str().expect("a step"));
        words.filter(|step| step.starts_with("Review the open alerts")).map(str::to_owned).next()
    };
    incident.alert(GRANTS, EVE_NAMED).having("status", "Resolved");
    assert!(asked(&incident).is_some_and(|step| step.contains("(1)")));
    let mut closed = attack();
    closed.having("status", "Resolved");
    assert_eq!(asked(&closed), None);
}
