//! Alerts, and what the Activity Log says of each.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::model::{
    Alert, Assessment, Coverage, EvidenceRef, Finding, Inquiry, Level, Span, Verdict,
};
use crate::azure::alert_type;
use crate::base::Time;
use crate::corpus::AlertRow;
use crate::ledger::{Operation, Outcome};

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

/// Returns all alerts, unordered.
pub(super) fn alerts(
    facts: &Facts<'_>,
    findings: &[Finding],
    coverage: &Coverage,
    window: Window,
) -> Vec<Alert> {
    let findings = ByTime::new(findings);
    let mut alerts: Vec<Alert> = facts
        .corpus
        .alerts
        .iter()
        .map(|row| one(facts, row, &findings, coverage, window))
        .collect();
    relate(&mut alerts);
    alerts
}

fn one(
    facts: &Facts<'_>,
    row: &AlertRow,
    findings: &ByTime<'_>,
    coverage: &Coverage,
    window: Window,
) -> Alert {
    let alert = &row.alert;
    let start = alert.start.or(alert.generated);
    let mut shown = Alert {
        id: alert.key.clone(),
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
        principals: principals(facts, row),
        ips: alert.ips.clone(),
        resources: resources(row),
        delegated_access: alert.delegated,
        verdict: Verdict::Open,
        evidence: row.origins.iter().map(|&origin| origin_ref(facts, origin, &alert.key)).collect(),
        ..Alert::default()
    };
    shown.investigation = inquiry(facts, &shown, findings, coverage, window);
    shown
}

pub(super) fn origin_ref(facts: &Facts<'_>, origin: crate::base::Origin, key: &str) -> EvidenceRef {
    let source = &facts.corpus.sources[origin.source.0 as usize];
    EvidenceRef {
        event: key.to_owned(),
        file: source.path.clone(),
        member: source.member.clone(),
        line: u64::from(origin.line),
        offset: origin.offset,
        length: u64::from(origin.len),
    }
}

/// Ids of the principals that an alert names by an id; each is a user of the report.
fn principals(facts: &Facts<'_>, row: &AlertRow) -> Vec<String> {
    let named = row.alert.actors.iter().filter_map(|actor| {
        let names = [&actor.upn, &actor.object_id, &actor.app_id, &actor.name];
        let known =
            names.iter().filter_map(|n| n.as_deref()).find_map(|n| facts.principals.find(n));
        known.map(|p| facts.principals.all[p].id.clone())
    });
    named.collect::<BTreeSet<_>>().into_iter().collect()
}

fn resources(row: &AlertRow) -> Vec<String> {
    let named = row.alert.azure_resources.iter().chain(&row.alert.resource_id);
    named.map(|r| r.to_ascii_lowercase()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Findings in order of their first time, so that those of a window are found without looking at all.
struct ByTime<'r> {
    findings: Vec<(Time, &'r Finding)>,
    longest: i64,
}

impl<'r> ByTime<'r> {
    fn new(all: &'r [Finding]) -> Self {
        let mut findings: Vec<(Time, &Finding)> =
            all.iter().filter_map(|f| f.first.map(|first| (first, f))).collect();
        findings.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
        let span =
            |(first, f): &(Time, &Finding)| f.last.map_or(0, |last| last.0.saturating_sub(first.0));
        let longest = findings.iter().map(span).max().unwrap_or(0);
        ByTime { findings, longest }
    }

    /// Those that reach into the half-open time from `from` to `to`.
    fn within(&self, from: Time, to: Time) -> impl Iterator<Item = &'r Finding> {
        let earliest = Time(from.0.saturating_sub(self.longest));
        let start = self.findings.partition_point(|(first, _)| *first < earliest);
        let end = self.findings.partition_point(|(first, _)| *first < to).max(start);
        self.findings[start..end]
            .iter()
            .map(|(_, f)| *f)
            .filter(move |f| f.last.is_some_and(|t| t >= from))
    }
}

/// What lies in the alert's window and touches its principals, addresses or resources.
fn inquiry(
    facts: &Facts<'_>,
    alert: &Alert,
    findings: &ByTime<'_>,
    coverage: &Coverage,
    window: Window,
) -> Inquiry {
    let (Some(start), Some(end)) = (alert.start, alert.end) else {
        return Inquiry {
            assessment: Assessment::Inconclusive,
            because: vec!["the alert has no time".to_owned()],
            ..Inquiry::default()
        };
    };
    let (from, to) =
        (start.plus_seconds(-window.before), end.max(start).plus_seconds(window.after));
    let covered = covered(coverage, alert.subscription_id.as_deref(), start, end);
    let related = related(facts, alert, from, to);
    let known = alert.alert_type.as_deref().and_then(alert_type::by_id);
    let looked_for = |o: &&&Operation| known.is_some_and(|k| k.looks_for(facts.operation(o)));
    let telling =
        related.iter().filter(looked_for).filter(|o| o.outcome != Outcome::Failed).count();
    let (assessment, because) = assess(alert, covered, related.len(), telling, known.is_some());
    let touches = |f: &&Finding| {
        f.principal.as_ref().is_some_and(|p| alert.principals.contains(p))
            || f.ips.iter().any(|ip| alert.ips.contains(ip))
            || f.resources.iter().any(|r| alert.resources.contains(r))
    };
    Inquiry {
        window: Span { from: Some(from), to: Some(to) },
        covered,
        operations: related.len() as u64,
        events: related.iter().map(|o| u64::from(o.events)).sum(),
        findings: findings.within(from, to).filter(touches).map(|f| f.id.clone()).collect(),
        assessment,
        because,
        related_alerts: Vec::new(),
    }
}

/// Whether the administrative log of the alert's subscription spans the time of its activity.
fn covered(coverage: &Coverage, subscription: Option<&str>, start: Time, end: Time) -> bool {
    coverage.subscriptions.iter().any(|c| {
        let same = subscription.is_none() || c.subscription_id.as_deref() == subscription;
        same && c.category == "administrative"
            && c.first.is_some_and(|t| t <= end)
            && c.last.is_some_and(|t| t >= start)
            && !c
                .gaps
                .iter()
                .any(|g| g.from.is_some_and(|t| t < start) && g.to.is_some_and(|t| t > end))
    })
}

/// Operations in a window that share something with an alert. Names are compared as codes: there may be many alerts.
fn related<'f>(facts: &Facts<'f>, alert: &Alert, from: Time, to: Time) -> Vec<&'f Operation> {
    let names = &facts.corpus.names;
    let people: Vec<usize> =
        alert.principals.iter().filter_map(|p| facts.principals.find(p)).collect();
    let ips: Vec<u32> = alert.ips.iter().filter_map(|ip| names.ip.find(ip)).collect();
    let is_resource = |r: &&String| r.contains("/providers/");
    let resources: Vec<u32> =
        alert.resources.iter().filter(is_resource).filter_map(|r| names.resource.find(r)).collect();
    let subscription = alert.subscription_id.as_deref().map(|s| names.subscription.find(s));
    let operations = &facts.ledger.operations;
    let first = operations.partition_point(|o| o.first < from);
    let last = operations.partition_point(|o| o.first < to);
    let touches = |o: &&Operation| {
        !facts.is_evaluation(o)
            && subscription.is_none_or(|s| s == Some(o.subscription))
            && (ips.contains(&o.ip)
                || resources.contains(&o.resource)
                || facts.principals.of(o.identity).is_some_and(|p| people.contains(&p)))
    };
    operations[first..last].iter().filter(touches).collect()
}

fn assess(
    alert: &Alert,
    covered: bool,
    related: usize,
    telling: usize,
    known: bool,
) -> (Assessment, Vec<String>) {
    let operations =
        |n: usize| if n == 1 { "1 operation".to_owned() } else { format!("{n} operations") };
    if alert.sample {
        return (
            Assessment::Inconclusive,
            vec!["a sample alert: no activity stands behind it".to_owned()],
        );
    }
    if telling > 0 {
        let why = format!(
            "{} of the kind that the alert speaks of, by what it names, in its window",
            operations(telling)
        );
        return (Assessment::Corroborated, vec![why]);
    }
    if !covered {
        let why = "the Activity Log of its subscription does not cover its time".to_owned();
        return (Assessment::NotInEvidence, vec![why]);
    }
    let mut because = vec![match related {
        0 => "no operation by what it names is in its window".to_owned(),
        n => format!(
            "{} by what it names in its window, none of the kind it speaks of",
            operations(n)
        ),
    }];
    if !known {
        because.push(
            "its type is not in the catalogue, so no operations are known to look for".to_owned(),
        );
    }
    (Assessment::Inconclusive, because)
}

/// So many related alerts are named; thousands on one machine are told by its own list.
const RELATED: usize = 100;

/// Names, for each alert, the others with a principal, an address or a resource in common.
fn relate(alerts: &mut [Alert]) {
    let mut by_mark: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let marks = |a: &Alert| -> Vec<String> {
        let all = a.principals.iter().chain(&a.ips).chain(&a.resources);
        all.filter(|m| !m.starts_with("/subscriptions/") || m.contains("/providers/"))
            .cloned()
            .collect()
    };
    for (number, alert) in alerts.iter().enumerate() {
        for mark in marks(alert) {
            by_mark.entry(mark).or_default().push(number);
        }
    }
    let related: Vec<Vec<String>> = alerts
        .iter()
        .enumerate()
        .map(|(number, alert)| {
            let others = marks(alert)
                .into_iter()
                .flat_map(|mark| by_mark[&mark].iter().copied().take(RELATED + 1));
            let others: BTreeSet<usize> = others.filter(|&other| other != number).collect();
            others.into_iter().take(RELATED).map(|other| alerts[other].id.clone()).collect()
        })
        .collect();
    for (alert, related) in alerts.iter_mut().zip(related) {
        alert.investigation.related_alerts = related;
    }
}
