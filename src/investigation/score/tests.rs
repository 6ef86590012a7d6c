//! The promises of the score.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::base::Time;
use crate::detect;
use crate::investigation::model::{Delegation, IamChange, Report, RuleName, Subscription, Verdict};

fn finding(rule: &str, level: Level) -> Finding {
    Finding {
        rule: RuleName::called(rule),
        level,
        operations: 1,
        outcome: Outcome::Succeeded,
        ..Finding::default()
    }
}

fn alert(level: Level, assessment: Assessment) -> Alert {
    let mut alert = Alert { severity: Some(level), title: "t".into(), ..Alert::default() };
    alert.investigation.assessment = assessment;
    alert
}

fn score(findings: &[Finding], alerts: &[Alert]) -> Risk {
    // Each is about an operation of its own.
    let own = |(finding, at)| Charge { finding, own: vec![at].into() };
    let charges: Vec<_> = findings.iter().zip(0..).map(own).collect();
    risk(&charges, &alerts.iter().collect::<Vec<_>>())
}

/// The same finding of a rule with a tactic.
fn of_tactic(tactic: &str, finding: Finding) -> Finding {
    let rule = RuleName { tactics: vec![tactic].into(), ..RuleName::clone(&finding.rule) };
    Finding { rule: Arc::new(rule), ..finding }
}

/// The same finding of a rule that sums up others, or of one that does not.
fn summing_up(sums_up: bool, finding: Finding) -> Finding {
    let rule = RuleName { sums_up, ..RuleName::clone(&finding.rule) };
    Finding { rule: Arc::new(rule), ..finding }
}

/// Findings of a level, each of a rule and a tactic of its own.
fn many(level: Level, number: usize) -> Vec<Finding> {
    let one =
        |at: usize| of_tactic(&format!("tactic {at}"), finding(&format!("{level} {at}"), level));
    (0..number).map(one).collect()
}

#[test]
fn reasons_come_strongest_first_and_attempts_and_repeats_count_little() {
    let low = finding("a", Level::Low);
    let tried = Finding { outcome: Outcome::Failed, ..finding("c", Level::High) };
    let risk = score(&[low, finding("b", Level::High), finding("b", Level::High), tried], &[]);
    assert_eq!(risk.because, ["high: b (2 operations)", "high, attempted: c", "low: a"]);
    assert_eq!((risk.score, risk.level), (51, RiskLevel::High));
}

#[test]
fn reasons_count_the_operations_of_the_entity_once_each() {
    let shown = finding("a", Level::High);
    let found = |operations: &[u32]| detect::Finding {
        operations: operations.to_vec(),
        ..detect::Finding::default()
    };
    let (one, two) = (found(&[1, 2, 3, 4]), found(&[3, 4, 5]));
    let because = |several: bool, odd: u32| {
        let charge = |found| Shares::of((&shown, found), several, |o| [o % 2]).charge(&odd);
        risk(&[charge(&one), charge(&two)], &[]).because
    };
    assert_eq!(because(false, 0), ["high: a (5 operations)"]);
    assert_eq!(because(true, 0), ["high: a (2 operations)"]);
    assert_eq!(because(true, 1), ["high: a (3 operations)"]);
}

#[test]
fn what_sums_up_others_is_the_least_that_an_entity_has() {
    let summary = |tactic: &str| {
        of_tactic(tactic, summing_up(true, finding("secrets to rotate", Level::High)))
    };
    let alone = score(&[summary("a"), finding("keys read", Level::Low)], &[]);
    assert_eq!(alone.because, ["high: secrets to rotate", "low: keys read"]);
    assert_eq!((alone.score, alone.level), (45, RiskLevel::High));
    // As often as it is told, it is one deed.
    assert_eq!(score(&[summary("a"), summary("a")], &[]).score, 45);
    let stolen = finding("keys stolen", Level::High);
    let told = score(&[stolen.clone(), summary("a")], &[]);
    assert_eq!(told, score(&[stolen], &[]));
    let by_alert = score(&[summary("a")], &[alert(Level::High, Assessment::Corroborated)]);
    assert_eq!(by_alert.score, 90);
}

#[test]
fn nothing_is_no_risk_and_no_number_of_findings_outweighs_a_graver_one() {
    assert_eq!(score(&[], &[]), Risk::default());
    for (less, more) in
        [(Level::Low, Level::Medium), (Level::Medium, Level::High), (Level::High, Level::Critical)]
    {
        let crowd = score(&(0..40).flat_map(|_| many(less, 200)).collect::<Vec<_>>(), &[]);
        let one = score(&[finding("one", more)], &[]);
        assert!(crowd.score < one.score, "{less}: {} {}", crowd.score, one.score);
        assert!(crowd.level < one.level || more == Level::Medium);
    }
}

#[test]
fn a_thief_comes_before_a_busy_administrator() {
    // Dozens of changes that are medium by themselves, a few high ones of one kind, one alert that nothing confirms.
    let mut busy = many(Level::Medium, 60);
    let granted = |at| of_tactic("persistence", finding(&format!("grant {at}"), Level::High));
    busy.extend((0..6).map(granted));
    let administrator = score(&busy, &[alert(Level::Medium, Assessment::Inconclusive)]);
    let stolen = [
        finding("secrets read", Level::Critical),
        of_tactic("exfiltration", finding("disk exported", Level::High)),
    ];
    assert!(score(&stolen, &[]).score > administrator.score);
}

#[test]
fn alerts_count_by_what_the_log_says_of_them() {
    let of = |assessment| score(&[], &[alert(Level::High, assessment)]).score;
    assert_eq!(of(Assessment::Corroborated), 90);
    assert_eq!((of(Assessment::Inconclusive), of(Assessment::NotInEvidence)), (60, 60));
    assert_eq!(of(Assessment::Contradicted), 0);
    for closed in [
        Alert { sample: true, ..alert(Level::High, Assessment::Corroborated) },
        Alert { verdict: Verdict::Expected, ..alert(Level::High, Assessment::Corroborated) },
        Alert { verdict: Verdict::Suppressed, ..alert(Level::High, Assessment::Corroborated) },
    ] {
        assert_eq!(score(&[], &[closed]), Risk::default());
    }
}

#[test]
fn who_is_new_counts_more_and_azure_itself_less() {
    let user = |kind, familiarity| User {
        kind,
        familiarity,
        risk: score(&[finding("a", Level::High)], &[]),
        ..User::default()
    };
    let mut users = [
        user(UserKind::User, Familiarity::Familiar),
        user(UserKind::User, Familiarity::Unfamiliar),
        user(UserKind::AzureService, Familiarity::Unfamiliar),
    ];
    weigh(&mut users);
    assert_eq!(users.each_ref().map(|user| user.risk.score), [45, 56, 11]);
    assert_eq!(users[2].risk.level, RiskLevel::Medium);
}

#[test]
fn the_word_of_a_risk_follows_its_number() {
    let alone = User {
        familiarity: Familiarity::Unfamiliar,
        risk: score(&[], &[alert(Level::Medium, Assessment::Corroborated)]),
        ..User::default()
    };
    let grave = User {
        familiarity: Familiarity::Unfamiliar,
        risk: Risk { score: 40, ..score(&[finding("a", Level::High)], &[]) },
        ..User::default()
    };
    let mut users = [alone, grave];
    weigh(&mut users);
    let told = users.each_ref().map(|user| (user.risk.score, user.risk.level));
    assert_eq!(told, [(37, RiskLevel::Medium), (50, RiskLevel::High)]);
    let mut given = report(
        &[("eve", 45, Familiarity::Familiar), ("ann", 0, Familiarity::Familiar)],
        &[("eve", "ann", true)],
    );
    spread(&mut given, None);
    assert_eq!((given.users[1].risk.score, given.users[1].risk.level), (44, RiskLevel::Medium));
}

fn report(scores: &[(&str, u32, Familiarity)], gifts: &[(&str, &str, bool)]) -> Report {
    let user = |(id, score, familiarity): &(&str, u32, Familiarity)| User {
        id: (*id).into(),
        kind: UserKind::User,
        familiarity: *familiarity,
        risk: Risk {
            score: *score,
            level: level(*score, Some(Level::Critical)),
            gravest: Some(Level::Critical),
            ..Risk::default()
        },
        ..User::default()
    };
    let change = |(by, to, privileged): &(&str, &str, bool)| IamChange {
        by: Some((*by).into()),
        principal: Some((*to).into()),
        privileged: Some(*privileged),
        role: Some("Owner".into()),
        standing: *to != "unused",
        ..IamChange::default()
    };
    let iam_changes = gifts.iter().map(change).collect();
    Report {
        users: scores.iter().map(user).collect(),
        subscriptions: vec![Subscription { iam_changes, ..Subscription::default() }],
        ..Report::default()
    }
}

#[test]
fn what_a_suspect_empowered_comes_directly_behind_it() {
    use Familiarity::{Familiar, Unfamiliar};
    let mut report = report(
        &[
            ("eve", 300, Familiar),
            ("helper", 0, Unfamiliar),
            ("second", 5, Familiar),
            ("colleague", 2, Familiar),
            ("ann", 20, Familiar),
            ("bob", 0, Familiar),
            ("unused", 0, Unfamiliar),
            ("partner", 100, Familiar),
            ("reader", 0, Unfamiliar),
        ],
        &[
            ("helper", "second", true),
            ("second", "eve", true),
            ("eve", "helper", true),
            ("eve", "helper", false),
            ("eve", "reader", false),
            ("eve", "colleague", false),
            ("ann", "bob", true),
            ("eve", "unused", true),
            ("eve", "partner", true),
        ],
    );
    spread(&mut report, None);
    let scores: Vec<u32> = report.users.iter().map(|user| user.risk.score).collect();
    // Of the two that Eve empowered, the one with more against itself comes first.
    assert_eq!(scores, [300, 298, 297, 2, 20, 0, 0, 299, 44]);
    assert_eq!(report.users[1].risk.because, ["was given Owner by eve"]);
    let levels = [1, 8].map(|at: usize| report.users[at].risk.level);
    assert_eq!(levels, [RiskLevel::Critical, RiskLevel::Medium]);
}

#[test]
fn a_delegation_lets_in_who_was_not_there_before() {
    let user = |id: &str, score, first: i64, tenant: Option<&str>| User {
        id: id.into(),
        risk: Risk {
            score,
            level: if score > 200 { RiskLevel::High } else { RiskLevel::Low },
            gravest: Some(Level::Critical),
            ..Risk::default()
        },
        first_seen: Some(Time(first)),
        last_seen: Some(Time(90)),
        delegated_from: tenant.map(Into::into),
        ..User::default()
    };
    let delegation = Delegation {
        tenant_id: Some("t".into()),
        by: Some("eve".into()),
        time: Some(Time(50)),
        ..Delegation::default()
    };
    let users = vec![
        user("eve", 300, 0, None),
        user("technician", 5, 10, Some("t")),
        user("newcomer", 5, 60, Some("t")),
        user("stranger", 5, 60, Some("u")),
    ];
    let place = Subscription { delegations: vec![delegation], ..Subscription::default() };
    let mut report = Report { users, subscriptions: vec![place], ..Report::default() };
    spread(&mut report, None);
    let score = |at: usize| report.users[at].risk.score;
    assert_eq!((score(1), score(3)), (5, 5));
    assert!(score(2) > 200, "{}", score(2));
}

fn any_finding() -> impl Strategy<Value = Finding> {
    // A rule has one level and one tactic.
    let outcome = prop::sample::select(Outcome::ALL);
    (0..8_u8, prop::sample::select(Level::ALL), outcome).prop_map(|(rule, level, outcome)| {
        let of_rule = summing_up(rule > 5, finding(&format!("{rule} {level}"), level));
        Finding { outcome, ..of_tactic(&(rule % 3).to_string(), of_rule) }
    })
}

proptest! {
    #[test]
    fn more_evidence_of_harm_never_lowers_a_score(
        findings in prop::collection::vec(any_finding(), 0..30),
        more in any_finding(),
        corroborated in any::<bool>(),
    ) {
        let before = score(&findings, &[]);
        let mut after = findings.clone();
        after.push(more);
        let after = score(&after, &[]);
        prop_assert!(after.score >= before.score && after.level >= before.level);
        let open = [alert(Level::Medium, Assessment::Inconclusive)];
        let told = score(&findings, &open);
        prop_assert!(told.score >= before.score);
        if corroborated {
            let sure = score(&findings, &[alert(Level::Medium, Assessment::Corroborated)]);
            prop_assert!(sure.score >= told.score);
        }
    }

    #[test]
    fn the_order_of_the_evidence_changes_nothing(findings in prop::collection::vec(any_finding(), 0..12)) {
        let mut turned = findings.clone();
        turned.reverse();
        prop_assert_eq!(score(&findings, &[]).score, score(&turned, &[]).score);
    }
}
