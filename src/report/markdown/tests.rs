//! Tests of the Markdown report on a small case.

use super::*;
use crate::base::Time;
use crate::investigation::model::*;

fn step() -> Step {
    Step {
        step: "Remove the grant".into(),
        target: "x".into(),
        command: Some("az role assignment delete --ids x".into()),
        turn: Turn::ShutDoors,
        why: vec!["f1".into(), "f2".into(), "f3".into(), "f4".into()],
        ..Step::default()
    }
}

fn report() -> Report {
    let mut report = Report::default();
    report.tool.name = "azscope".into();
    let counts = Counts { events: 1, rejected: 1, ..Counts::default() };
    report.evidence.files.push(EvidenceFile {
        path: "a|b.json".into(),
        counts,
        ..EvidenceFile::default()
    });
    report.evidence.totals = report.evidence.sum();
    report.alerts.push(Alert {
        title: "[Click](https://evil.example)".into(),
        severity: Some(Level::High),
        ..Alert::default()
    });
    let place = EvidenceRef {
        source: SourceName { file: "a|b.json".into(), member: None }.into(),
        line: 7,
        ..EvidenceRef::default()
    };
    report.findings.push(Finding {
        id: "f".into(),
        rule: RuleName::called("Owner granted"),
        level: Level::High,
        first: Some(Time(0)),
        last: Some(Time(0)),
        outcome: Outcome::Accepted,
        unconfirmed: true,
        operations: 1,
        operation_names: vec!["Microsoft.Authorization/roleAssignments/write"].into(),
        principal: Some("alice@contoso.com".into()),
        evidence: vec![place],
        ..Finding::default()
    });
    let risk = Risk {
        score: 9,
        level: RiskLevel::High,
        because: vec!["new address".into()],
        ..Risk::default()
    };
    report.users.push(User {
        id: "alice@contoso.com".into(),
        name: "<b>Alice</b>".into(),
        risk,
        mitigation: vec![step()],
        ..User::default()
    });
    let change = IamChange {
        standing: true,
        privileged: Some(true),
        role: Some("Owner".into()),
        ..IamChange::default()
    };
    report
        .subscriptions
        .push(Subscription { iam_changes: vec![change], ..Subscription::default() });
    report
}

fn written(report: &Report) -> String {
    let mut out = Vec::new();
    Markdown.write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_sections_stand_in_the_order_a_responder_asks() {
    let text = written(&report());
    let titles: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(
        titles,
        [
            "Evidence",
            "Coverage",
            "Cases",
            "Alerts",
            "Users to look at",
            "Subscriptions to look at",
            "Findings",
            "Changes of rights not taken back",
            "What to do first",
            "Diagnostics"
        ]
    );
}

#[test]
fn a_finding_shows_time_operation_outcome_and_the_line_of_its_evidence() {
    let text = written(&report());
    assert!(text.contains("### High (1)"), "{text}");
    let line = text.lines().find(|line| line.contains("Owner granted")).unwrap();
    assert_eq!(
        line,
        "| 1970-01-01 00:00:00Z | Owner granted | `alice@contoso.com` | accepted (unconfirmed) \
         | `Microsoft.Authorization/roleAssignments/write` (1 operation) | `a`&#124;`b.json:7` | f |"
    );
}

#[test]
fn loss_standing_grants_and_steps_are_told() {
    let text = written(&report());
    assert!(text.contains("**Lost:** 1 record, listed in `rejects.jsonl`."), "{text}");
    assert!(text.contains("| grant | Owner (privileged) |"), "{text}");
    assert!(
        text.contains(
            "1. Remove the grant: x (cannot be undone)  \n   `az role assignment delete --ids x`\n   Because of f1; f2; f3; 1 more"
        ),
        "{text}"
    );
}

#[test]
fn every_row_of_a_table_has_the_columns_of_its_header() {
    let text = written(&report());
    let mut columns = None;
    for line in text.lines() {
        if !line.starts_with('|') {
            columns = None;
            continue;
        }
        let found = line.matches('|').count();
        assert_eq!(*columns.get_or_insert(found), found, "{line}");
    }
}

#[test]
fn attacker_text_forms_neither_link_nor_html() {
    let text = written(&report());
    assert!(text.contains("`[Click](https://evil.example)`"), "{text}");
    assert!(text.contains("`<b>Alice</b>`"), "{text}");
}

#[test]
fn a_long_list_is_cut_and_says_so() {
    let mut report = report();
    report.findings = vec![report.findings[0].clone(); FINDINGS + 1200];
    let text = written(&report);
    assert!(text.contains("… 1,200 more in `tables/findings.csv`."));
    assert!(text.lines().count() < 100);
}
