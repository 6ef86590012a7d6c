//! Tests of the summary on a small case.

use super::*;
use crate::base::Time;
use crate::base::text::width;
use crate::investigation::model::*;

const LONG: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourcegroups/production-west-europe/providers/microsoft.compute/virtualmachines/build-agent-000000000000001";

fn report() -> Report {
    let mut report = Report::default();
    let counts = Counts { events: 1200, duplicates: 31, rejected: 3, ..Counts::default() };
    report.evidence.totals = Totals { files: 2, bytes: 3_400_000, counts };
    report.evidence.diagnostics.push(Diagnostic {
        code: "P014".into(),
        impact: Impact::Loss,
        count: 3,
        message: "the record is torn".into(),
        files: vec!["a\u{1b}[2J.json".into()],
    });
    report.coverage.first = Some(Time(0));
    report.alerts.push(Alert {
        title: "Suspicious operation".into(),
        severity: Some(Level::High),
        contact: vec![Contact {
            who: "the owner of alice".into(),
            why: "was it you".into(),
            ..Contact::default()
        }],
        ..Alert::default()
    });
    report.findings.push(Finding {
        id: "f".into(),
        rule: RuleName::called("Owner granted"),
        level: Level::Critical,
        principal: Some("alice@contoso.com".into()),
        first: Some(Time(0)),
        last: Some(Time(0)),
        ..Finding::default()
    });
    let risk = Risk {
        score: 87,
        level: RiskLevel::High,
        because: vec!["granted Owner from a new address".into()],
        ..Risk::default()
    };
    report.users.push(User {
        id: "alice@contoso.com".into(),
        name: "Alice\u{202e}".into(),
        risk: risk.clone(),
        mitigation: vec![Step {
            step: "Revoke the sessions".into(),
            target: LONG.into(),
            turn: Turn::ShutDoors,
            ..Step::default()
        }],
        ..User::default()
    });
    report.subscriptions.push(Subscription { id: "1111".into(), risk, ..Subscription::default() });
    report
}

fn written(report: &Report, width: usize, colour: bool) -> String {
    let mut out = Vec::new();
    write(report, View { width, colour, case: "out/case" }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn it_tells_loss_findings_ranks_and_steps_and_ends_in_the_case() {
    let text = written(&report(), 80, false);
    for part in [
        "EVIDENCE  2 files, 3.4 MB, 1,234 records",
        "Read: 1,200 events, 31 duplicates",
        "LOST: 3 records rejected",
        "P014 ×3: the record is torn (a\\u{1b}[2J.json)",
        "ALERTS  1; open: 1 inconclusive",
        "  HIGH           Suspicious operation\n",
        "FINDINGS  1 in 0 operations: 1 critical",
        "  CRITICAL       Owner granted\n",
        "×1 1970-01-01 00:00:00Z by Alice\\u{202e} (alice@contoso.com)",
        "  HIGH 87        Alice\\u{202e} (alice@contoso.com), unknown\n",
        "granted Owner from a new address",
        "  1. Ask the owner of alice: was it you (1 alert)\n",
        "  2. Revoke the sessions:",
        "(cannot be undone)",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert!(text.ends_with("\n  out/case\n  azscope user out/case alice@contoso.com\n"), "{text}");
}

#[test]
fn commands_lead_on_only_by_names_that_need_no_quotes() {
    let mut report = report();
    report.alerts[0].id = "2518-abc".into();
    report.users[0].id = "a; rm -rf ~".into();
    assert_eq!(next::commands(&report, "case"), ["azscope alert case 2518-abc"]);
    assert!(next::commands(&report, "my case").is_empty());
    report.alerts[0].id = "-x".into();
    assert!(next::commands(&report, "case").is_empty());
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for columns in [80, 160] {
        let text = written(&report(), columns, false);
        assert!(text.lines().all(|line| width(line) <= columns), "{text}");
    }
    let mut report = report();
    report.users[0].name = "x".repeat(300);
    assert!(written(&report, 80, false).contains('…'));
}

#[test]
fn colour_adds_escapes_only_of_its_own() {
    let plain = written(&report(), 80, false);
    assert!(!plain.contains('\u{1b}'));
    let coloured = written(&report(), 80, true);
    let mut rest = coloured.as_str();
    let mut stripped = String::new();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

#[test]
fn one_of_a_kind_is_told_as_one() {
    let mut report = report();
    let counts = Counts { events: 1, duplicates: 1, ..Counts::default() };
    report.evidence.totals = Totals { files: 1, bytes: 1, counts };
    report.operations.count = 1;
    let text = written(&report, 80, false);
    for part in ["1 file, 1 B, 2 records\n", "Read: 1 event, 1 duplicate\n", "1 in 1 operation:"] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[test]
fn an_empty_case_says_that_nothing_was_read() {
    let text = written(&Report::default(), 80, false);
    assert!(text.contains("Read: nothing") && text.contains("Lost: nothing"));
    assert!(!text.contains("DO FIRST"));
}
