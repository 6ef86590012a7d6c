//! What analysts marked as expected, and what rests on it.

use std::io::Write;

use serde_json::Value;

use super::rights::{attack, is_suspect, user};
use super::{BOB, EVE, Incident, Named, SUB};

const NEWCOMER: &str = "a0000000-0000-0000-0000-000000000077";
const KEYS: &str = "Microsoft.Storage/storageAccounts/listKeys/action";

/// Analyzes an incident with some marks: kind, id, decision.
fn with_marks(incident: &Incident, marks: &[(&str, &str, &str)]) -> Value {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    writeln!(file, "author = \"kim\"").expect("written");
    for (kind, id, mark) in marks {
        writeln!(file, "[[{kind}]]\nid = \"{id}\"\nmark = \"{mark}\"\nreason = \"planned\"")
            .expect("written");
    }
    incident.report_with(&["--triage", file.path().to_str().expect("a path")])
}

fn store(number: u32) -> String {
    format!("{SUB}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/store{number}")
}

fn rules(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("findings").iter();
    findings.map(|finding| finding["title"].as_str().expect("a title")).collect()
}

fn of<'r>(report: &'r Value, list: &str, key: &str) -> Vec<&'r str> {
    let all = report["subscriptions"][0][list].as_array().expect("a list").iter();
    all.map(|entry| entry[key].as_str().unwrap_or_default()).collect()
}

#[test]
fn findings_that_rest_on_an_expected_alert_alone_count_nothing() {
    let tests = |alert: bool| {
        let mut incident = Incident::new();
        incident.work(EVE, "198.51.100.3", "Microsoft.Resources/tags/write", SUB);
        for number in 1..4 {
            let time = format!("2026-03-15T12:0{number}:00Z");
            incident.call(&time, EVE, "198.51.100.3", KEYS, &store(number), "Succeeded");
        }
        if alert {
            let named = Named { who: Some(EVE), ip: Some("198.51.100.3"), ..Named::default() };
            incident.alert("ARM_OperationFromSuspiciousIP", named);
        }
        incident
    };
    let (without, open) = (tests(false).report(), tests(true).report());
    let id = open["alerts"][0]["id"].as_str().expect("an id");
    let more = rules(&open).len() - rules(&without).len();
    assert!(more > 2, "{:?}", rules(&open));
    let expected = with_marks(&tests(true), &[("alert", id, "expected")]);
    assert_eq!(rules(&expected), rules(&without));
    assert_eq!(user(&expected, EVE)["risk"], user(&without, EVE)["risk"]);
    let folded = expected["folded"].as_array().expect("folds").iter();
    let folded = folded.filter(|fold| fold["mark"] == format!("alert {id}"));
    let folded: Vec<u64> = folded.map(|fold| fold["findings"].as_u64().expect("a count")).collect();
    assert_eq!(usize::try_from(folded.iter().sum::<u64>()), Ok(more));
    // An analyst who doubts the account keeps them.
    let doubted =
        with_marks(&tests(true), &[("alert", id, "expected"), ("principal", EVE, "unexpected")]);
    assert_eq!(rules(&doubted).len(), rules(&open).len());
}

#[test]
fn a_finding_names_the_mark_on_its_alert_however_long_the_id_of_that_is() {
    let mut incident = Incident::new();
    let mut marks = Vec::new();
    for (who, ip) in [(EVE, "198.51.100.3"), (BOB, "198.51.100.4")] {
        incident.work(who, ip, "Microsoft.Resources/tags/write", SUB);
        for number in 1..4 {
            let time = format!("2026-03-15T12:0{number}:00Z");
            incident.call(&time, who, ip, KEYS, &store(number), "Succeeded");
        }
        let named = Named { who: Some(who), ip: Some(ip), ..Named::default() };
        incident.alert("ARM_OperationFromSuspiciousIP", named);
        let id = format!("{0}{1}{0}", who.replace('@', "-"), "0".repeat(220));
        let alert = incident.alerts.last_mut().expect("an alert");
        alert["id"] = format!("{SUB}/providers/Microsoft.Security/alerts/{id}").into();
        alert["name"] = id.as_str().into();
        marks.push(id);
    }
    let marks: Vec<_> = marks.iter().map(|id| ("alert", id.as_str(), "expected")).collect();
    let report = with_marks(&incident, &marks);
    assert!(
        report["alerts"].as_array().expect("alerts").iter().all(|a| a["verdict"] == "expected")
    );
    let folded = report["folded"].as_array().expect("folds");
    let of = |(kind, id, _): &(&str, &str, &str)| {
        let own = folded.iter().filter(|fold| fold["mark"] == format!("{kind} {id}"));
        own.map(|fold| fold["title"].as_str().expect("a title")).collect::<Vec<_>>()
    };
    assert!(!of(&marks[0]).is_empty(), "{folded:#?}");
    assert_eq!(of(&marks[0]), of(&marks[1]), "each account did the same");
}

#[test]
fn an_expected_grant_makes_nobody_a_suspect() {
    let mut incident = attack();
    let web = "Microsoft.Web/sites/write";
    incident.grant(1, NEWCOMER, "ServicePrincipal");
    incident.call("2026-03-15T11:20:00Z", NEWCOMER, "192.0.2.9", web, SUB, "Failed");
    incident.program(NEWCOMER, None);
    let first = incident.report();
    assert!(is_suspect(&first, NEWCOMER));
    let score = |report: &Value| user(report, NEWCOMER)["risk"]["score"].as_u64().expect("a score");
    let given = &first["subscriptions"][0]["iam_changes"][0];
    let part = |key: &str| given[key].as_str().expect("a part");
    let id = azscope::triage::grant_id(
        part("time"),
        part("change"),
        part("principal"),
        part("role_id"),
        part("scope"),
    );
    let expected = with_marks(&incident, &[("grant", &id, "expected")]);
    assert!(!is_suspect(&expected, NEWCOMER));
    assert_eq!(user(&expected, NEWCOMER)["mitigation"], serde_json::json!([]));
    assert!(score(&expected) < score(&first), "{}", user(&expected, NEWCOMER)["risk"]);
}

#[test]
fn an_expected_runbook_stays_and_so_does_the_account_that_holds_it() {
    let account =
        format!("{SUB}/resourceGroups/ops/providers/Microsoft.Automation/automationAccounts/aa");
    let (kept, gone) = (format!("{account}/runbooks/kept"), format!("{account}/runbooks/gone"));
    let mut incident = attack();
    incident.eve(1, "Microsoft.Automation/automationAccounts/write", &account).created();
    for (minute, runbook) in [(2, &kept), (3, &gone)] {
        incident.eve(minute, "Microsoft.Automation/automationAccounts/runbooks/write", runbook);
        incident.created();
    }
    let deleted = |report: &Value| -> Vec<String> {
        let steps = report["subscriptions"][0]["mitigation"].as_array().expect("steps").iter();
        let fit = steps.filter(|s| s["step"].as_str().expect("a step").starts_with("Delete the"));
        fit.map(|step| step["target"].as_str().expect("a target").to_owned()).collect()
    };
    let (account, kept, gone) = (account.to_lowercase(), kept.to_lowercase(), gone.to_lowercase());
    let all = deleted(&incident.report());
    assert!([&account, &kept, &gone].iter().all(|id| all.contains(id)), "{all:?}");
    let report = with_marks(&incident, &[("runbook", &kept, "expected")]);
    assert_eq!(deleted(&report), [gone]);
    assert!(of(&report, "mitigation", "target").contains(&account.as_str()));
}

#[test]
fn the_habit_of_an_identity_before_an_intruder_gave_it_rights_speaks_not_against_it() {
    let host = format!("{SUB}/resourceGroups/app/providers/Microsoft.Web/sites/function");
    let mut incident = attack();
    let mut keys = |day: u32| {
        let time = format!("2026-03-{day:02}T09:00:00Z");
        incident.call(&time, NEWCOMER, "192.0.2.9", KEYS, &store(1), "Succeeded");
        incident.program(NEWCOMER, Some(&host));
    };
    (1..=18).for_each(&mut keys);
    incident.grant(5, NEWCOMER, "ServicePrincipal");
    let report = incident.report();
    let since = user(&report, NEWCOMER)["suspicion"]["since"].as_str().unwrap_or("never");
    assert!(since >= "2026-03-15T12:05:00Z", "{:#}", user(&report, NEWCOMER)["suspicion"]);
}
