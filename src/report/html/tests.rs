//! The pages as wholes: policy, counts, hostile text, large cases.

use serde_json::Value;

use super::*;
use crate::base::Time;
use crate::base::hash::sha256_base64;
use crate::investigation::Records;
use crate::investigation::model::Activity;
use crate::investigation::model::Alert;
use crate::investigation::model::Answer;
use crate::investigation::model::Case;
use crate::investigation::model::Contact;
use crate::investigation::model::Defence;
use crate::investigation::model::Delegation;
use crate::investigation::model::EvidenceRef;
use crate::investigation::model::Finding;
use crate::investigation::model::Fresh;
use crate::investigation::model::Handover;
use crate::investigation::model::IamChange;
use crate::investigation::model::Level;
use crate::investigation::model::Machine;
use crate::investigation::model::Moment;
use crate::investigation::model::MomentId;
use crate::investigation::model::OperationRef;
use crate::investigation::model::Report;
use crate::investigation::model::Residue;
use crate::investigation::model::RuleName;
use crate::investigation::model::RuleNote;
use crate::investigation::model::Runbook;
use crate::investigation::model::Secret;
use crate::investigation::model::Session;
use crate::investigation::model::Step;
use crate::investigation::model::Subscription;
use crate::investigation::model::Suspicion;
use crate::investigation::model::User;
use crate::report::html::table::Bound;

const WHOLE: usize = Bound::MAIN.whole;

const EVIL: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}\u{1b}[2J";

/// Returns a record for every event.
fn records(report: &Report) -> Records {
    let places = places(report.alerts.iter(), report.findings.iter());
    places.map(|place| (place.event.to_string(), EVIL.to_owned())).collect()
}

fn main_page(report: &Report) -> String {
    all_pages(report).swap_remove(0)
}

fn all_pages(report: &Report) -> Vec<String> {
    let records = records(report);
    let site = Site::new(report, &records);
    let page = |page: &Page<'_, '_>| {
        let mut out = Vec::new();
        page.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    pages(&site).iter().map(page).collect()
}

/// Returns what stands between two texts, each time they occur.
fn between<'t>(text: &'t str, from: &str, to: &str) -> Vec<&'t str> {
    text.split(from).skip(1).filter_map(|rest| Some(rest.split_once(to)?.0)).collect()
}

fn finding(at: usize) -> Finding {
    Finding {
        id: format!("f{at}").into(),
        rule: RuleName::called("A <title>"),
        level: Level::ALL[at % 5],
        first: Some(Time(i64::try_from(at).unwrap() * 1_000_000_000)),
        principal: Some(format!("u{}", at % 40).into()),
        ..Finding::default()
    }
}

fn hostile() -> Report {
    let finding = Finding {
        id: EVIL.into(),
        rule: RuleName::called(EVIL),
        principal: Some(EVIL.into()),
        subscription_id: Some(EVIL.into()),
        resources: [EVIL].into_iter().collect(),
        because: [(EVIL.into(), EVIL.into())].into(),
        evidence: vec![EvidenceRef { event: EVIL.into(), ..EvidenceRef::default() }],
        first: Some(Time(i64::MIN)),
        ..Finding::default()
    };
    let contact = Contact { who: EVIL.into(), why: EVIL.into(), ..Contact::default() };
    let mut alert = Alert { id: EVIL.into(), title: EVIL.into(), ..Alert::default() };
    alert.contact = vec![contact];
    alert.mitigation = vec![step()];
    alert.investigation.questions =
        vec![Answer { question: EVIL.into(), answer: EVIL.into(), ..Answer::default() }];
    alert.investigation.telling_operations = vec![OperationRef {
        operation: EVIL.into(),
        event: EVIL.into(),
        ..OperationRef::default()
    }];
    let alert = Alert { start: Some(Time(i64::MAX)), principals: vec![EVIL.into()], ..alert };
    let id = MomentId::Named(EVIL.into());
    let moment = Moment { what: EVIL.into(), id, ..Moment::default() };
    let rule = RuleNote { id: EVIL.into(), description: Some(EVIL.into()), ..RuleNote::default() };
    let rule =
        RuleNote { references: vec![EVIL.into()], falsepositives: vec![EVIL.into()], ..rule };
    Report {
        rules: vec![rule],
        // Enough rows for those that stand as data.
        findings: vec![finding; WHOLE + 3],
        alerts: vec![alert],
        users: vec![hostile_user()],
        subscriptions: vec![hostile_subscription()],
        virtual_machines: vec![Machine { resource_id: EVIL.into(), ..Machine::default() }],
        cases: vec![Case {
            id: EVIL.into(),
            title: EVIL.into(),
            timeline: vec![moment],
            ..Case::default()
        }],
        ..Report::default()
    }
}

fn step() -> Step {
    let step = Step { step: EVIL.into(), target: EVIL.into(), ..Step::default() };
    Step { command: Some(EVIL.into()), why: vec![EVIL.into()], ..step }
}

fn hostile_user() -> User {
    let user = User {
        id: EVIL.into(),
        name: EVIL.into(),
        findings: vec![EVIL.into()],
        ips: vec![EVIL.into()],
        ..User::default()
    };
    User {
        suspicion: Some(Suspicion { because: vec![EVIL.into()], ..Suspicion::default() }),
        activity: vec![Activity { operation: EVIL.into(), ..Activity::default() }],
        fresh: vec![Fresh { kind: EVIL.into(), value: EVIL.into(), ..Fresh::default() }],
        sessions: vec![Session { token: EVIL.into(), ..Session::default() }],
        secrets: vec![Secret { resource_id: EVIL.into(), what: EVIL, ..Secret::default() }],
        gave: vec![Handover { by: EVIL.into(), to: EVIL.into(), ..Handover::default() }],
        ..user
    }
}

fn hostile_subscription() -> Subscription {
    let defence = Defence { kind: EVIL.into(), what: EVIL.into(), ..Defence::default() };
    let change =
        IamChange { role: Some(EVIL.into()), scope: Some(EVIL.into()), ..Default::default() };
    Subscription {
        id: EVIL.into(),
        iam_changes: vec![IamChange { principal_name: Some(EVIL.into()), ..change }],
        runbooks: vec![Runbook {
            resource_id: EVIL.into(),
            kind: EVIL.into(),
            ..Default::default()
        }],
        residue: vec![Residue { resource_id: EVIL.into(), ..Residue::default() }],
        defences: vec![Defence { resource_id: EVIL.into(), ..defence }],
        delegations: vec![Delegation { name: Some(EVIL.into()), ..Delegation::default() }],
        mitigation: vec![step()],
        ..Subscription::default()
    }
}

#[test]
fn the_policy_names_every_style_and_script_of_the_page_and_nothing_else() {
    for page in all_pages(&hostile()) {
        let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"")[0];
        let mut named: Vec<String> =
            between(policy, "&#39;sha256-", "&#39;").into_iter().map(str::to_owned).collect();
        let scripts = between(&page, "<script>", "</script>");
        let inline = scripts.into_iter().chain(between(&page, "<style>", "</style>"));
        for text in inline {
            let hash = sha256_base64(text.as_bytes());
            assert!(named.contains(&hash), "{}", &text[..40]);
            named.retain(|other| *other != hash);
        }
        // The page of one user has no timeline, and the policy is the same.
        assert!(named.len() <= 1, "{named:?}");
        assert!(policy.starts_with("default-src &#39;none&#39;;") && !policy.contains("unsafe"));
    }
}

#[test]
fn hostile_text_is_only_ever_text() {
    let pages = all_pages(&hostile());
    assert_eq!(pages.len(), 3);
    for page in pages {
        assert!(!page.contains("<script>alert") && !page.contains("<img"));
        assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}'));
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(!page.contains(" style=") && !page.contains(" onclick="));
        for data in between(&page, "<script type=\"application/json\"", "</script>") {
            let data = data.split_once('>').unwrap().1;
            serde_json::from_str::<Value>(data).unwrap();
        }
    }
}

#[test]
fn figures_are_those_of_the_report() {
    let report = Report { findings: (0..1203).map(finding).collect(), ..Report::default() };
    let page = main_page(&report);
    for (level, count) in report.level_counts().falling() {
        let tile = format!("data-value=\"{level}\"><b>{count}</b>");
        assert!(page.contains(&tile), "{tile}");
    }
    let data = between(&page, "id=\"rest-findings\" data-rows=\"1053\">", "</script>")[0];
    let rest: Vec<Value> = serde_json::from_str(data).unwrap();
    let table = between(&page, "id=\"t-findings\"", "</table>")[0];
    assert_eq!(table.matches("<tbody").count() + rest.len(), report.findings.len());
    let data = between(&page, "id=\"timeline-data\">", "</script>")[0];
    let timeline: Value = serde_json::from_str(data).unwrap();
    assert_eq!(timeline["marks"].as_array().unwrap().len(), report.findings.len());
    let drawn = between(&page, "<g id=\"marks\">", "</g>")[0];
    let more = between(drawn, ", and ", " more").into_iter().map(|n| n.parse::<usize>().unwrap());
    assert_eq!(drawn.matches("<a ").count() + more.sum::<usize>(), report.findings.len());
}

#[test]
fn a_timeline_that_is_shorter_than_the_evidence_says_so() {
    let hours = |hours: i64| Some(Time(hours * 3_600_000_000_000));
    let mut report = Report { findings: vec![finding(0)], ..Report::default() };
    (report.coverage.first, report.coverage.last) = (hours(0), hours(0));
    assert!(!main_page(&report).contains("the evidence reaches"));
    report.coverage.last = hours(9);
    let page = main_page(&report);
    let said = between(&page, "the evidence reaches from ", ". The same")[0];
    assert!(said.contains("1970-01-01 00:00") && said.contains("09:00:00Z"), "{said}");
}

#[test]
fn one_of_a_kind_is_told_as_one() {
    let mut report = Report { alerts: vec![Alert::default()], ..Report::default() };
    report.operations.count = 1;
    report.evidence.totals.counts.events = 1;
    report.evidence.totals.counts.duplicates = 1;
    let page = main_page(&report);
    let text = ["2 records: 1 event, 1 duplicate.", "<b>1</b> open alert<", "<b>1</b> operation<"];
    for part in text {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn findings_of_one_id_are_all_listed() {
    let user = User { id: "u".into(), findings: vec!["f1".into()], ..User::default() };
    let report = Report { findings: vec![finding(1); 3], users: vec![user], ..Report::default() };
    let page = &all_pages(&report)[1];
    let table = between(page, "id=\"t-findings\"", "</table>")[0];
    assert_eq!(table.matches("<tbody").count(), 3);
    assert_eq!(table.matches("<tbody id=").count(), 1);
}

#[test]
fn users_without_findings_alerts_or_delegated_access_have_no_page() {
    let user = |id: &str| User { id: id.into(), ..User::default() };
    let mut report = Report { users: vec![user("a"), user("b")], ..Report::default() };
    report.users[1].delegated_access = true;
    let records = records(&report);
    let site = Site::new(&report, &records);
    let files: Vec<_> = pages(&site).iter().map(|page| page.file().to_owned()).collect();
    assert_eq!(files, ["report.html", "users/b.html"]);
    assert!(main_page(&report).contains("<a href=\"users/b.html\">b</a>"));
}

#[test]
fn the_page_of_a_subscription_names_nothing_of_another() {
    let found = |id: &str, place: &str| Finding {
        id: id.into(),
        rule: RuleName::called(&format!("found in {place}")),
        subscription_id: Some(place.into()),
        ..Finding::default()
    };
    let mut alert = Alert { subscription_id: Some("here".into()), ..Alert::default() };
    alert.id = "a".into();
    alert.investigation.findings = vec!["f1".into(), "f2".into()];
    let here = Subscription { id: "here".into(), ..Subscription::default() };
    let here = Subscription { alerts: vec!["a".into()], findings: vec!["f1".into()], ..here };
    let report = Report {
        alerts: vec![alert],
        findings: vec![found("f1", "here"), found("f2", "there")],
        subscriptions: vec![here],
        ..Report::default()
    };
    let pages = all_pages(&report);
    assert!(pages[0].contains("found in there"));
    assert!(pages[1].contains("found in here") && !pages[1].contains("found in there"));
}
