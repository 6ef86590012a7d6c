//! `azscope alert`, `user`, `subscription`, `vm` and `coverage`: what the report has, for people.

use serde_json::Value;

use super::{answer, complaint, over, sample, sample_report};
use crate::case::{analyze, command};

const KINDS: &[(&str, &str, &str)] = &[
    ("alert", "alerts", "id"),
    ("user", "users", "id"),
    ("subscription", "subscriptions", "id"),
    ("vm", "virtual_machines", "resource_id"),
];

#[test]
fn every_entity_is_listed_once_in_the_order_of_the_report_and_has_a_page() {
    for (command, key, id) in KINDS {
        let all = sample_report()[key].as_array().unwrap();
        let list = answer(&[command, "case"]);
        assert_eq!(list.lines().count(), all.len() + 1, "{list}");
        for (line, one) in list.lines().skip(1).zip(all) {
            let id = one[id].as_str().unwrap();
            assert!(line.contains(id), "{line}: {id}");
        }
        for one in all.iter().step_by(all.len().div_ceil(3)) {
            let id = one[id].as_str().unwrap();
            let page = answer(&[command, "case", id]);
            for id in one["findings"].as_array().into_iter().flatten() {
                let all = sample_report()["findings"].as_array().unwrap();
                let finding = all.iter().find(|finding| finding["id"] == *id).unwrap();
                let line = page.lines().find(|line| line.contains(id.as_str().unwrap())).unwrap();
                for key in ["outcome_time", "level", "outcome", "outcome_event"] {
                    let value = finding[key].as_str().unwrap();
                    assert!(line.contains(value), "{key} {value} in {line}");
                }
            }
            for step in one["mitigation"].as_array().unwrap() {
                if let Some(line) = step["command"].as_str() {
                    assert!(page.contains(line), "{line} in {page}");
                }
            }
            let json = answer(&[command, "case", id, "--format", "json"]);
            assert_eq!(&serde_json::from_str::<Value>(&json).unwrap(), one);
        }
        let json = answer(&[command, "case", "--format", "json"]);
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap().as_array().unwrap(), all);
    }
}

#[test]
fn an_alert_tells_its_three_steps() {
    let alerts = sample_report()["alerts"].as_array().unwrap();
    let alert = alerts.iter().find(|alert| alert["sample"] == false).unwrap();
    let page = answer(&["alert", "case", alert["id"].as_str().unwrap()]);
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} in {page}"));
    let steps = ["1 CONTACT", "2 INVESTIGATE", "3 MITIGATE"].map(place);
    assert!(steps.is_sorted());
    for id in alert["investigation"]["findings"].as_array().unwrap() {
        place(id.as_str().unwrap());
    }
}

#[test]
fn people_are_found_by_any_name_and_a_miss_names_those_near() {
    let alva = answer(&["user", "case", "alva.lindqvist@contoso.com"]);
    assert_eq!(answer(&["user", "case", "ALVA lind"]), alva);
    let miss = |args: &[&str]| complaint(sample(), args);
    let near = miss(&["user", "case", "alva.lindkvist@contoso.com"]);
    assert!(near.contains("near it: alva.lindqvist@contoso.com"), "{near}");
    assert_eq!(answer(&["vm", "case", "vm-web-01"]), answer(&["vm", "case", "VM-WEB"]));
    assert!(miss(&["vm", "case", "vm-"]).contains("more than one"));
    assert!(miss(&["alert", "case", "nonesuch-nonesuch"]).contains("no alert"));
    let record = br#"{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"A/B/WRITE","resultType":"Success"}"#;
    let case = analyze(&[("x.json", record)], &[]);
    let none = String::from_utf8(over(&case, &["vm", "case"]).stdout).unwrap();
    assert!(none.contains("no virtual machine"));
}

#[test]
fn coverage_tells_gaps_losses_and_what_is_missing() {
    let text = answer(&["coverage", "case"]);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let report = sample_report();
    for missing in report["coverage"]["not_in_evidence"].as_array().unwrap() {
        assert!(flat.contains(missing["what"].as_str().unwrap()), "{missing} in {text}");
    }
    let diagnostics = report["evidence"]["diagnostics"].as_array().unwrap();
    let losses: Vec<&Value> = diagnostics.iter().filter(|d| d["impact"] == "loss").collect();
    assert!(!losses.is_empty());
    for loss in losses {
        assert!(flat.contains(loss["message"].as_str().unwrap()), "{loss} in {text}");
    }
    let json = answer(&["coverage", "case", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), report["coverage"]);
}

#[test]
fn answers_fit_a_terminal_and_are_coloured_only_when_told() {
    let folder = sample().path("").parent().unwrap().to_owned();
    let say = |args: &[&str], colour: &str| {
        let mut command = command(&folder);
        let output = command.args(args).args(["--color", colour]).env("COLUMNS", "100").output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    for args in [
        &["alert", "case"][..],
        &["user", "case"],
        &["vm", "case"],
        &["coverage", "case"],
        &["timeline", "case", "--of", "events"],
    ] {
        let text = say(args, "auto");
        let wide = text.lines().find(|line| line.chars().count() > 100);
        assert_eq!(wide, None, "{args:?}");
        assert!(!text.contains('\u{1b}'));
        assert!(say(args, "always").contains('\u{1b}'), "{args:?}");
    }
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let record = br#"{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"Microsoft.Authorization/roleAssignments/write","resultType":"Success","identity":{"claims":{"name":"\u001b]0;x\u0007\u202eeve","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"\u001beve@x.y"}},"resourceId":"/subscriptions/7d2e91c4-05ba-4f38-8c61-3b9af0d7e512/providers/a\u001b[2J"}"#;
    let case = analyze(&[("x.json", record)], &["--all"]);
    for args in [
        &["user", "case"][..],
        &["subscription", "case"],
        &["timeline", "case"],
        &["timeline", "case", "--of", "events"],
        &["timeline", "case", "--of", "events", "--format", "csv"],
        &["timeline", "case", "--of", "events", "--format", "jsonl"],
        &["user", "case", "--format", "json"],
    ] {
        let output = over(&case, args);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{args:?}: {text}");
    }
    let users = String::from_utf8(over(&case, &["user", "case"]).stdout).unwrap();
    assert!(users.contains("\\u{1b}"), "{users}");
}

/// The ids that a command lists with these filters, by a test of its own.
fn listed(args: &[&str], id: &str) -> Vec<String> {
    let json = answer(&[args, &["--format", "json"]].concat());
    let all: Vec<Value> = serde_json::from_str(&json).unwrap();
    all.iter().map(|one| one[id].as_str().unwrap().to_owned()).collect()
}

fn having(key: &str, id: &str, test: impl Fn(&Value) -> bool) -> Vec<String> {
    let all = sample_report()[key].as_array().unwrap();
    all.iter().filter(|one| test(one)).map(|one| one[id].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_common_filters_narrow_a_list() {
    let holds = |one: &Value, key: &str, wanted: &str| {
        one[key].as_array().unwrap().iter().any(|each| each == wanted)
    };
    let dev = "c0a5f3d8-6e14-49b7-92ad-8f17e4b26c03";
    let kim = "kim.osei@relay.example.net";
    let address = sample_report()["users"].as_array().unwrap();
    let address =
        address.iter().find(|user| user["id"] == kim).unwrap()["ips"][0].as_str().unwrap();
    for (args, expected) in [
        (
            &["user", "case", "--subscription", "c0a5"][..],
            having("users", "id", |one| holds(one, "subscriptions", dev)),
        ),
        (
            &["user", "case", "--ip", address, "--level", "high"],
            having("users", "id", |one| holds(one, "ips", address)),
        ),
        (
            &["user", "case", "--operation", "runcommand"],
            having("users", "id", |one| one.to_string().contains("RUNCOMMAND/ACTION")),
        ),
        (
            &["alert", "case", "--level", "high"],
            having("alerts", "id", |one| one["severity"] == "high"),
        ),
        (
            &["alert", "case", "--user", kim],
            having("alerts", "id", |one| holds(one, "principals", kim)),
        ),
        (
            &["alert", "case", "--from", "2026-03-06"],
            having("alerts", "id", |one| one["end"].as_str().unwrap() >= "2026-03-06"),
        ),
        (&["alert", "case", "--subscription", "c0a5"], vec![]),
        (
            &["subscription", "case", "--user", kim],
            having("subscriptions", "id", |one| holds(one, "users", kim)),
        ),
    ] {
        let id = if args[0] == "vm" { "resource_id" } else { "id" };
        assert_eq!(listed(args, id), expected, "{args:?}");
    }
    let machines = listed(&["vm", "case", "--user", kim], "resource_id");
    assert_eq!(
        machines,
        having("virtual_machines", "resource_id", |one| holds(one, "touched_by", kim))
    );
    assert_eq!(
        answer(&["alert", "case", "--subscription", "c0a5"]),
        "no alert passes the filters\n"
    );
    let both = complaint(sample(), &["user", "case", kim, "--level", "high"]);
    assert!(both.contains("filters narrow the list"), "{both}");
}
