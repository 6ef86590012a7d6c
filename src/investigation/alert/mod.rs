//! Alerts, and what the Activity Log says of each: the second of the three steps.
//!
//! Everything that alerts name is collected first (`subject`), then the operations on it (`lane`),
//! so that one alert costs what lies in its window and not what the log holds. Which of them are of
//! the kind that the alert speaks of (`found`), what their callers did before (`habit`) and how far
//! the log reaches (`span`) make the assessment (`assess`) and the answers (`ask`).

mod around;
mod ask;
mod assess;
mod found;
mod habit;
mod lane;
mod related;
mod span;
mod subject;
mod words;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use rayon::prelude::*;

use super::facts::Facts;
use super::model::{Alert, Coverage, EvidenceRef, Finding, Inquiry, Level, Span, Verdict};
use crate::base::{Text, Time, index32};
use around::Touched;
use ask::Questioned;
use assess::Scale;
use found::{Found, Search};
use habit::Habits;
use lane::Lanes;
use subject::Subject;
pub(super) use subject::{Machines, named};
pub(super) use words::{documented, reference};

/// How far an inquiry looks back from an alert, and ahead.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Seconds before its start.
    pub before: i64,
    /// Seconds after its end.
    pub after: i64,
}

impl Default for Window {
    fn default() -> Self {
        Window { before: 86_400, after: 86_400 }
    }
}

/// Operations of the kind that an alert speaks of that its inquiry lists.
const TELLING: usize = 20;
/// Findings that an inquiry lists.
const FINDINGS: usize = 1000;

/// Returns all alerts, unordered.
pub(super) fn alerts(
    facts: &Facts<'_>,
    findings: &[Finding],
    coverage: &Coverage,
    window: Window,
) -> Vec<Alert> {
    let machines = Machines::of(facts.corpus);
    let rows = &facts.corpus.alerts;
    let mut subjects: Vec<Subject<'_>> =
        rows.iter().map(|row| Subject::of(facts, row, &machines, window)).collect();
    let lanes = Lanes::of(facts, &mut subjects);
    let search = Search::new(facts, &lanes, suspects(facts, findings));
    let founds: Vec<Found> = subjects.par_iter().map(|subject| search.find(subject)).collect();
    let habits = Habits::of(&search, &founds);
    let scale = Scale { search: &search, habits: &habits, coverage };
    let names = subjects.iter().flat_map(|subject| names(facts, subject)).collect();
    let touched = Touched::of(findings, &names);
    let mut alerts: Vec<Alert> = subjects
        .par_iter()
        .zip(&founds)
        .map(|(subject, found)| one(&scale, &touched, subject, found))
        .collect();
    related::relate(&mut alerts);
    alerts
}

/// Principals with findings of level high and above, apart from those that an alert made grave.
fn suspects(facts: &Facts<'_>, findings: &[Finding]) -> BTreeSet<u32> {
    let by_alert = |finding: &&Finding| {
        let rule = facts.rules.find(&finding.rule.id).and_then(|rule| rule.name.as_deref());
        rule.is_some_and(|name| name.starts_with("al-"))
    };
    let grave = findings.iter().filter(|f| f.level >= Level::High && !by_alert(f));
    let people = grave.flat_map(Finding::accused);
    people.filter_map(|id| facts.principals.find(id).map(index32)).collect()
}

/// Two times as reports write them.
fn span((from, to): (Time, Time)) -> Span {
    Span { from: Some(from), to: Some(to) }
}

/// What an alert names, as reports write it.
fn names(facts: &Facts<'_>, subject: &Subject<'_>) -> Vec<String> {
    let people = subject.people.iter().map(|p| facts.principals.all[*p as usize].id.clone());
    let ips = subject.row.alert.ips.iter().cloned();
    people.chain(ips).chain(subject.attacked().map(str::to_owned)).collect()
}

fn one(
    scale: &Scale<'_, '_>,
    touched: &Touched<'_>,
    subject: &Subject<'_>,
    found: &Found,
) -> Alert {
    let (facts, row) = (scale.search.facts, subject.row);
    let alert = &row.alert;
    let start = alert.start.or(alert.generated);
    Alert {
        id: alert.key.clone(),
        azure_id: alert.arm_id.clone(),
        alert_type: alert.alert_type.clone(),
        title: alert
            .title
            .clone()
            .or_else(|| alert.alert_type.clone())
            .unwrap_or_else(|| alert.key.clone()),
        description: alert.description.clone(),
        severity: alert.severity.and_then(|s| Level::parse(s.as_str())),
        status: alert.status.map(|s| s.as_str().to_owned()),
        sample: alert.is_sample,
        start,
        end: alert.end.or(start),
        subscription_id: alert.subscription_id.clone(),
        tactics: alert.tactics.iter().map(|t| (*t).to_owned()).collect(),
        principals: principals(facts, subject),
        ips: alert.ips.clone(),
        resources: subject.resources.clone(),
        delegated_access: alert.delegated,
        verdict: Verdict::Open,
        investigation: inquiry(scale, touched, subject, found),
        evidence: row.origins.iter().map(|&origin| origin_ref(facts, origin, &alert.key)).collect(),
        ..Alert::default()
    }
}

pub(super) fn origin_ref(facts: &Facts<'_>, origin: crate::base::Origin, key: &str) -> EvidenceRef {
    facts.shared.place(origin, key.into())
}

/// Ids of the principals that an alert names by an id; each is a user of the report.
fn principals(facts: &Facts<'_>, subject: &Subject<'_>) -> Vec<String> {
    let ids = subject.people.iter().map(|p| facts.principals.all[*p as usize].id.clone());
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What lies in the alert's window and touches its principals, addresses or resources.
fn inquiry(
    scale: &Scale<'_, '_>,
    touched: &Touched<'_>,
    subject: &Subject<'_>,
    found: &Found,
) -> Inquiry {
    let judged = scale.judge(subject, found);
    let because = judged.reasons.iter().map(|reason| reason.because.clone()).collect();
    let mut inquiry = Inquiry {
        covered: judged.covered,
        assessment: judged.assessment,
        because,
        reasons: judged.reasons,
        ..Inquiry::default()
    };
    let Some(spans) = subject.spans else { return inquiry };
    let (search, facts) = (scale.search, scale.search.facts);
    let own = names(facts, subject);
    let on = touched.on(own.iter().map(String::as_str), spans.asked);
    inquiry.window = span(spans.asked);
    let id = subject.row.alert.subscription_id.as_deref();
    let covered = id.map(|id| scale.coverage.calls_covered(Some(id), spans.asked.0, spans.asked.1));
    inquiry.reached =
        covered.map(|covered| covered.bounds(spans.asked.0, spans.asked.1)).unwrap_or_default();
    inquiry.type_window =
        spans.kind.filter(|_| subject.is_catalogued).map(span).unwrap_or_default();
    inquiry.operations = found.around.len() as u64;
    let around = || found.around.iter().map(|number| search.operation(*number));
    inquiry.events = around().map(|o| u64::from(o.events)).sum();
    inquiry.first = around().map(|o| o.first).min();
    inquiry.last = around().map(|o| o.last).max();
    let telling = &found.telling;
    inquiry.telling = telling.len() as u64;
    inquiry.telling_failed = found.failed.len() as u64;
    inquiry.telling_operations = telling
        .iter()
        .take(TELLING)
        .map(|number| words::reference(facts, search.operation(*number)))
        .collect();
    inquiry.findings_count = on.len() as u64;
    inquiry.findings = gravest(on);
    inquiry.elsewhere = around::elsewhere(search, subject, &spans);
    inquiry.same_address = around::same_address(search, subject, spans.widest());
    let by_rules = by_rules(scale, touched, subject, &own);
    inquiry.questions =
        Questioned { scale, subject, found, inquiry: &inquiry, by_rules: &by_rules }.answers();
    inquiry
}

/// The ids of findings in order of time; of too many the gravest.
fn gravest(mut findings: Vec<&Finding>) -> Vec<Text> {
    if findings.len() > FINDINGS {
        findings.sort_by_key(|f| Reverse(f.level));
        findings.truncate(FINDINGS);
        findings.sort_by(|a, b| (a.first, &a.id).cmp(&(b.first, &b.id)));
    }
    findings.into_iter().map(|f| f.id.clone()).collect()
}

/// The findings of the rules for the alert's type that concern the alert.
fn by_rules<'r>(
    scale: &Scale<'_, '_>,
    touched: &Touched<'r>,
    subject: &Subject<'_>,
    names: &[String],
) -> Vec<&'r Finding> {
    let (Some(kind), Some(spans)) = (subject.kind, subject.spans) else { return Vec::new() };
    let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let span = spans.kind.unwrap_or(spans.asked);
    let all = scale.search.facts.rules.rules().iter();
    let own = all.filter(|rule| rule.family().is_some_and(|name| kind.rules.contains(&name)));
    let findings = own.flat_map(|rule| touched.of_rule(&rule.id, span));
    findings.filter(|f| around::concerns(f, &names)).collect()
}
