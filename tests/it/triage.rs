//! Decisions of analysts carried from one run to the next.

use std::path::Path;

use serde_json::Value;

use crate::case::{Case, analyze_in, run};
use crate::incident;

/// Analyzes the sample incident, with a triage file where one is given.
fn analyze(triage: Option<&str>) -> Case {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in incident::sample_logs() {
        let path = folder.path().join("exports").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let Some(triage) = triage else { return analyze_in(folder, Path::new("exports"), &[]) };
    std::fs::write(folder.path().join("triage.toml"), triage).unwrap();
    analyze_in(folder, Path::new("exports"), &["--triage", "triage.toml"])
}

/// Returns the template of a case.
fn template(case: &Case) -> String {
    let folder = case.path("");
    let output = run(Path::new("."), &["triage", folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_template_is_what_the_whole_report_makes_it() {
    let case = analyze(None);
    let mut whole = Vec::new();
    azscope::triage::write_template(&case.report(), &mut whole).unwrap();
    assert_eq!(template(&case), String::from_utf8(whole).unwrap());
}

fn decided(template: &str, mark: &str) -> String {
    template
        .replace("\"undecided\"", &format!("\"{mark}\""))
        .replace("reason = \"\"", "reason = \"planned\"")
        .replace("author = \"\"", "author = \"kim\"")
}

fn list<'v>(value: &'v Value, key: &str) -> &'v Vec<Value> {
    value[key].as_array().unwrap_or_else(|| panic!("{key} is a list"))
}

fn open(report: &Value) -> usize {
    list(report, "alerts").iter().filter(|a| a["verdict"] == "open" && a["sample"] == false).count()
}

fn scores(report: &Value, of: &str) -> Vec<(String, u64)> {
    let entry =
        |e: &Value| (e["id"].as_str().unwrap().to_owned(), e["risk"]["score"].as_u64().unwrap());
    list(report, of).iter().map(entry).collect()
}

#[test]
fn a_template_marked_expected_throughout_leaves_nothing_open() {
    let before = analyze(None);
    let first = before.report();
    assert!(first["triage"].is_null() && open(&first) > 0 && !list(&first, "findings").is_empty());
    let text = template(&before);
    let case = analyze(Some(&decided(&text, "expected")));
    let report = case.report();
    assert_eq!((open(&report), list(&report, "findings").len()), (0, 0));
    for of in ["users", "subscriptions"] {
        assert!(scores(&report, of).iter().all(|(_, score)| *score == 0), "{of}");
    }
    let expected = list(&report, "alerts").iter().find(|a| a["verdict"] == "expected").unwrap();
    assert_eq!(
        (&expected["verdict_by"], &expected["verdict_reason"]),
        (&"kim".into(), &"planned".into())
    );
    let folded = list(&report, "folded").iter().filter(|f| !f["mark"].is_null());
    let folded: u64 = folded.map(|f| f["findings"].as_u64().unwrap()).sum();
    assert_eq!(usize::try_from(folded), Ok(list(&first, "findings").len()));
    let marks = text.matches("\n[[").count();
    let triage = &report["triage"];
    assert_eq!(triage["applied"], marks);
    assert!(list(triage, "new_alerts").is_empty() && list(triage, "new_finding_groups").is_empty());
    let sentence = format!("{marks} of {marks} marks applied; nothing new since.");
    assert!(case.stdout.contains(&sentence) && case.read("report.md").contains(&sentence));
    // The marks go on to the next template, so that a third run gives the same.
    let third = analyze(Some(&template(&case))).report();
    assert_eq!((&third["folded"], &third["alerts"]), (&report["folded"], &report["alerts"]));
}

#[test]
fn a_mark_that_only_stands_there_changes_nothing() {
    let before = analyze(None);
    let first = before.report();
    let case = analyze(Some(&template(&before)));
    let mut report = case.report();
    assert_eq!(report["triage"]["applied"], 0);
    report["triage"] = Value::Null;
    assert_eq!(report, first);
}

#[test]
fn unexpected_raises_no_score_and_is_named_with_every_risk() {
    let before = analyze(None);
    let first = before.report();
    let report = analyze(Some(&decided(&template(&before), "unexpected"))).report();
    for of in ["users", "subscriptions"] {
        assert_eq!(scores(&first, of), scores(&report, of));
    }
    for alert in list(&report, "alerts").iter().filter(|alert| alert["sample"] == false) {
        if alert["verdict"] == "open" && !alert["verdict_by"].is_null() {
            assert_eq!(alert["verdict_reason"], "planned");
        }
    }
    let marked = |risk: &Value| {
        risk["because"][0].as_str().unwrap().starts_with("marked unexpected by kim: planned (")
    };
    assert!(
        list(&report, "users")
            .iter()
            .filter(|u| u["risk"]["score"] != 0)
            .all(|u| marked(&u["risk"]))
    );
    assert!(list(&report, "subscriptions").iter().all(|s| marked(&s["risk"])));
}

#[test]
fn what_cannot_be_applied_and_what_is_new_is_told() {
    let first = analyze(None).report();
    let alert = list(&first, "alerts").iter().find(|a| a["sample"] == false).unwrap();
    let id = alert["id"].as_str().unwrap();
    let text = format!(
        "author = \"kim\"\n[[alert]]\nid = \"gone\"\nmark = \"expected\"\nreason = \"r\"\n\
         [[alert]]\nid = \"{id}\"\nmark = \"expected\"\nreason = \"r\"\nexpires = 2001-01-01\n"
    );
    let case = analyze(Some(&text));
    let report = case.report();
    let triage = &report["triage"];
    assert_eq!(
        (&triage["applied"], &triage["expired"], &triage["unknown"]),
        (&0.into(), &1.into(), &1.into())
    );
    assert_eq!(open(&report), open(&first));
    assert_eq!(list(triage, "new_alerts").len(), open(&first) - 1);
    assert!(list(triage, "new_finding_groups").len() > 10);
    let told = list(&report["evidence"], "diagnostics");
    for (code, id) in [("triage-expired", id), ("triage-unknown", "gone")] {
        let own = told.iter().find(|d| d["code"] == code).unwrap();
        assert!(own["message"].as_str().unwrap().ends_with(&format!(": alert {id}")));
        assert_eq!((&own["impact"], &own["files"][0]), (&"note".into(), &"triage.toml".into()));
    }
}

#[test]
fn an_address_explains_nothing_critical() {
    let first = analyze(None).report();
    let mut ips: Vec<&str> = list(&first, "findings")
        .iter()
        .flat_map(|f| list(f, "ips"))
        .filter_map(Value::as_str)
        .collect();
    ips.sort_unstable();
    ips.dedup();
    let mark = |ip: &&str| {
        format!("[[address]]\nid = \"{ip}\"\nmark = \"expected\"\nreason = \"office\"\n")
    };
    let marks: Vec<String> = ips.iter().map(mark).collect();
    let text = format!("author = \"kim\"\n{}", marks.concat());
    let critical = |report: &Value| {
        list(report, "findings").iter().filter(|f| f["level"] == "critical").count()
    };
    let report = analyze(Some(&text)).report();
    assert!(critical(&first) > 0);
    assert_eq!(critical(&report), critical(&first));
    let high =
        |report: &Value| list(report, "findings").iter().filter(|f| f["level"] == "high").count();
    assert!(high(&report) < high(&first));
}

#[test]
fn a_broken_file_is_told_with_line_and_caret_and_leaves_no_case() {
    let case = analyze(Some("[[alert]]\nid = \"a\"\nmark = \"good\"\n"));
    assert_eq!(case.status, 2);
    assert!(
        case.stderr.contains("triage.toml:3:8: `good` is no mark")
            && case.stderr.contains("3 | mark = \"good\"\n  |        ^"),
        "{}",
        case.stderr
    );
    assert!(!case.path("").exists());
    let none = run(&std::env::temp_dir(), &["triage", "no-such-case"]);
    assert_eq!(none.status.code(), Some(2));
}

/// Analyzes the sample incident with an export of suppression rules: name, alert type, since when, scope.
fn with_rules(rules: &[(&str, &str, &str, &str)]) -> Case {
    let folder = tempfile::tempdir().unwrap();
    let mut files = incident::sample_logs();
    let rule = |(name, kind, since, scope): &(&str, &str, &str, &str)| {
        format!(
            r#"{{"id":"/subscriptions/7d2e91c4-05ba-4f38-8c61-3b9af0d7e512/providers/Microsoft.Security/alertsSuppressionRules/{name}",
            "name":"{name}","type":"Microsoft.Security/alertsSuppressionRules","properties":{{"alertType":"{kind}","lastModifiedUtc":"{since}",
            "state":"Enabled","reason":"Noise","suppressionAlertsScope":{{"allOf":[{scope}]}}}}}}"#
        )
    };
    let all: Vec<String> = rules.iter().map(rule).collect();
    files.push(("rules.json".into(), format!("{{\"value\":[{}]}}", all.join(",")).into_bytes()));
    for (path, bytes) in files {
        let path = folder.path().join("exports").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    analyze_in(folder, Path::new("exports"), &[])
}

const GRANT: &str = "ARM_AnomalousRBACRoleAssignment";

#[test]
fn a_suppression_rule_hides_what_it_speaks_of_and_nothing_else() {
    let first = analyze(None).report();
    let kinds: Vec<&str> =
        list(&first, "alerts").iter().filter_map(|a| a["alert_type"].as_str()).collect();
    assert!(kinds.contains(&GRANT), "{kinds:?}");
    let nowhere = r#"{"field":"entities.ip.address","in":["203.0.113.254"]}"#;
    let case = with_rules(&[
        ("quiet", GRANT, "2026-01-01T00:00:00Z", ""),
        ("late", "ARM_OperationFromSuspiciousIP", "2027-01-01T00:00:00Z", ""),
        ("elsewhere", "*", "2026-01-01T00:00:00Z", nowhere),
    ]);
    let report = case.report();
    crate::case::assert_balanced(&report);
    assert_eq!(report["evidence"]["totals"]["context"], 3);
    let hidden: Vec<&Value> =
        list(&report, "alerts").iter().filter(|a| a["verdict"] == "suppressed").collect();
    assert_eq!(hidden.len(), kinds.iter().filter(|kind| **kind == GRANT).count());
    for alert in hidden {
        assert_eq!((&alert["alert_type"], &alert["verdict_by"]), (&GRANT.into(), &"quiet".into()));
        assert!(alert["verdict_reason"].as_str().unwrap().contains("Noise"));
    }
    let told: Vec<(&str, usize)> = list(&report, "suppression_rules")
        .iter()
        .map(|rule| (rule["name"].as_str().unwrap(), list(rule, "alerts").len()))
        .collect();
    assert_eq!(told, [("elsewhere", 0), ("late", 0), ("quiet", 1)]);
}

#[test]
fn a_rule_that_a_suspect_wrote_hides_nothing_and_is_told() {
    let first = analyze(None).report();
    let written =
        |f: &&Value| f["operation_names"][0] == "MICROSOFT.SECURITY/ALERTSSUPPRESSIONRULES/WRITE";
    let finding = list(&first, "findings").iter().find(written).unwrap();
    let name = finding["resources"][0].as_str().unwrap().rsplit('/').next().unwrap();
    let case = with_rules(&[(name, "*", "2026-03-01T00:00:00Z", "")]);
    let report = case.report();
    let rule = &report["suppression_rules"][0];
    assert_eq!(
        (&rule["by_suspect"], &rule["written_by"][0]),
        (&true.into(), &finding["principal"])
    );
    assert!(!list(rule, "alerts").is_empty());
    assert_eq!(open(&report), open(&first));
    let named =
        |alert: &&Value| alert["investigation"]["because"].to_string().contains("does not count");
    assert_eq!(list(&report, "alerts").iter().filter(named).count(), list(rule, "alerts").len());
    let told = "1 suppression rule written by a principal";
    assert!(case.read("report.md").contains(told) && case.stdout.contains(told));
}

#[test]
fn what_others_had_a_part_in_is_told_though_one_of_them_is_expected() {
    let first = analyze(None).report();
    let shared = |report: &Value| -> Vec<(String, Vec<Value>)> {
        let several = list(report, "findings").iter().filter(|f| list(f, "actors").len() > 1);
        several.map(|f| (f["id"].to_string(), list(f, "actors").clone())).collect()
    };
    let all = shared(&first);
    let who = all[0].1[0].as_str().unwrap();
    let expected = format!(
        "author = \"kim\"\n[[principal]]\nid = \"{who}\"\nmark = \"expected\"\nreason = \"r\"\n"
    );
    let report = analyze(Some(&expected)).report();
    assert_eq!(shared(&report), all);
    let alone = |report: &Value| {
        list(report, "findings").iter().filter(|f| f["actors"] == serde_json::json!([who])).count()
    };
    assert!(alone(&first) > 0 && alone(&report) == 0);
    // Findings no longer count against it; an alert that names another one, too, stays open.
    let one = list(&report, "users").iter().find(|user| user["id"] == who).unwrap();
    for reason in list(&one["risk"], "because") {
        assert!(reason.as_str().unwrap().contains(" alert, "), "{reason}");
    }
    let scores: std::collections::BTreeMap<_, _> = scores(&report, "users").into_iter().collect();
    for other in all.iter().flat_map(|(_, actors)| &actors[1..]) {
        assert!(scores[other.as_str().unwrap()] > 0, "{other}");
    }
}

#[test]
fn steps_that_are_marked_as_done_are_counted_and_no_longer_asked_for() {
    fn steps(report: &Value) -> Vec<&Value> {
        let lists = ["users", "subscriptions", "virtual_machines", "alerts"];
        let all = lists.iter().flat_map(|of| list(report, of));
        all.flat_map(|entry| list(entry, "mitigation")).collect()
    }
    let first = analyze(None).report();
    let ids: std::collections::BTreeSet<&str> =
        steps(&first).iter().map(|step| step["id"].as_str().unwrap()).collect();
    assert!(ids.len() > 10 && steps(&first).iter().all(|step| step["triage"].is_null()));
    let mut text = "author = \"kim\"\n".to_owned();
    for id in ids.iter().copied().chain(["gone"]) {
        let step = format!("[[step]]\nid = \"{id}\"\nmark = \"done\"\nreason = \"did it\"\n");
        text.push_str(&step);
    }
    let case = analyze(Some(&text));
    let report = case.report();
    let triage = &report["triage"];
    assert_eq!((&triage["applied"], &triage["unknown"]), (&ids.len().into(), &1.into()));
    assert!(steps(&report).iter().all(|step| step["triage"]["mark"] == "done"));
    let words = format!("Marked as done and left out here: {0} of {0} steps.", ids.len());
    for told in [&case.stdout, &case.read("report.md"), &case.read("report.html")] {
        assert!(told.contains(&words), "{words}");
    }
}

#[test]
fn a_template_needs_a_whole_case() {
    let case = crate::case::analyze(&[("x.json", b"{}")], &[]);
    for manifest in ["{}", "{\"schema_version\": 1"] {
        std::fs::create_dir_all(case.path("")).unwrap();
        std::fs::write(case.path("case.json"), manifest).unwrap();
        let output = run(Path::new("."), &["triage", case.path("").to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2), "{manifest}");
        assert!(output.stdout.is_empty());
    }
}
