//! What a case tells: its title, its people and places, and its timeline.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::Facts;
use super::super::model::{
    Alert, Case, EventId, Finding, Level, Moment, MomentId, MomentKind, OperationRef, Verdict,
};
use super::super::operation;
use super::link::{Node, Source};
use crate::base::hash::content_id;
use crate::base::index32;
use crate::base::{Text, Time};
use crate::ledger::Operation;

/// Findings, resources and entries of a timeline that a case lists.
const FINDINGS: usize = 1000;
const RESOURCES: usize = 200;
const MOMENTS: usize = 300;
/// Names in a title.
const NAMES: usize = 2;

/// What belongs to a case, by its places among alerts and findings.
pub(super) struct Members {
    pub(super) alerts: Vec<usize>,
    pub(super) findings: Vec<usize>,
    /// Id of what the case begins with.
    anchor: String,
    first: Time,
    last: Time,
}

impl Members {
    /// Collects a group of nodes, which are in order.
    pub(super) fn of(nodes: &[Node<'_>], group: &[usize]) -> Self {
        let own = || group.iter().map(|at| &nodes[*at]);
        let alerts = own().filter_map(|node| match node.source {
            Source::Alert(at) => Some(at),
            Source::Finding(_) => None,
        });
        let findings = own().filter_map(|node| match node.source {
            Source::Finding(at) => Some(at),
            Source::Alert(_) => None,
        });
        Members {
            alerts: alerts.collect(),
            findings: findings.collect(),
            anchor: own().next().map_or_else(String::new, |node| node.id.to_owned()),
            first: own().map(|node| node.first).min().unwrap_or_default(),
            last: own().map(|node| node.last).max().unwrap_or_default(),
        }
    }

    /// Its principals: those of its alerts and of its grave findings.
    fn people<'r>(&self, findings: &'r [Finding], alerts: &'r [Alert]) -> BTreeSet<&'r str> {
        let named = self.alerts.iter().flat_map(|at| &alerts[*at].principals);
        let acting = self.grave(findings).flat_map(Finding::accused).map(Text::as_str);
        named.map(String::as_str).chain(acting).collect()
    }

    fn grave<'r>(&self, findings: &'r [Finding]) -> impl Iterator<Item = &'r Finding> {
        self.findings.iter().map(|at| &findings[*at]).filter(|f| f.level >= Level::High)
    }
}

/// Counts, for each case, the operations of its people from its first to its last time, in one pass.
pub(super) fn operations(
    facts: &Facts<'_>,
    findings: &[Finding],
    alerts: &[Alert],
    members: &[Members],
) -> Vec<u64> {
    let mut counts = vec![0; members.len()];
    let mut cases: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, members) in members.iter().enumerate() {
        for id in members.people(findings, alerts) {
            if let Some(p) = facts.principals.find(id) {
                cases.entry(index32(p)).or_default().push(at);
            }
        }
    }
    if cases.is_empty() {
        return counts;
    }
    let mut of: Vec<&[usize]> = vec![&[]; facts.principals.all.len()];
    for (p, cases) in &cases {
        of[*p as usize] = cases;
    }
    for operation in facts.operations() {
        let Some(p) = facts.principals.of(operation.identity) else { continue };
        for &at in of[p] {
            let case = &members[at];
            counts[at] += u64::from(case.first <= operation.first && operation.first <= case.last);
        }
    }
    counts
}

/// Tells a case.
pub(super) fn case(
    facts: &Facts<'_>,
    findings: &[Finding],
    alerts: &[Alert],
    members: &Members,
    operations: u64,
) -> Case {
    let own = |at: &usize| &alerts[*at];
    let people = members.people(findings, alerts);
    let mut listed: Vec<&Finding> = members.findings.iter().map(|at| &findings[*at]).collect();
    listed.sort_by(|a, b| {
        (Reverse(a.level), a.first, &a.id).cmp(&(Reverse(b.level), b.first, &b.id))
    });
    let sorted = |of_alerts: &mut dyn Iterator<Item = &String>,
                  of_findings: &mut dyn Iterator<Item = &Text>|
     -> Vec<Text> {
        let all = of_alerts.map(Text::from).chain(of_findings.cloned());
        all.collect::<BTreeSet<_>>().into_iter().collect()
    };
    let grave = || members.grave(findings);
    let alerts_of = || members.alerts.iter().map(own);
    let mut resources = sorted(
        &mut alerts_of().flat_map(|a| &a.resources),
        &mut grave().flat_map(|f| &f.resources),
    );
    let resources_count = resources.len() as u64;
    resources.truncate(RESOURCES);
    let (timeline, timeline_count) = timeline(facts, findings, alerts, members);
    Case {
        id: content_id('c', &[&members.anchor]),
        title: title(facts, &listed, &alerts_of().collect::<Vec<_>>(), &people),
        level: alerts_of()
            .filter(|alert| alert.is_open())
            .map(Alert::level)
            .chain(listed.iter().map(|f| f.level))
            .max()
            .unwrap_or_default(),
        verdict: verdict(&mut alerts_of()),
        first: (members.first != Time(i64::MAX)).then_some(members.first),
        last: (members.last != Time(i64::MAX)).then_some(members.last),
        alerts: alerts_of().map(|alert| alert.id.clone()).collect(),
        findings_count: listed.len() as u64,
        findings: listed.iter().take(FINDINGS).map(|f| f.id.clone()).collect(),
        principals: people.into_iter().map(str::to_owned).collect(),
        ips: sorted(&mut alerts_of().flat_map(|a| &a.ips), &mut grave().flat_map(|f| &f.ips)),
        resources,
        resources_count,
        subscriptions: sorted(
            &mut alerts_of().filter_map(|a| a.subscription_id.as_ref()),
            &mut grave().filter_map(|f| f.subscription_id.as_ref()),
        ),
        operations,
        timeline,
        timeline_count,
    }
}

/// The verdict that follows from the verdicts of the alerts.
fn verdict(alerts: &mut dyn Iterator<Item = &Alert>) -> Verdict {
    let verdicts: BTreeSet<Verdict> = alerts.map(|alert| alert.verdict).collect();
    if verdicts.is_empty() || verdicts.contains(&Verdict::Open) {
        Verdict::Open
    } else if verdicts.contains(&Verdict::Suppressed) {
        Verdict::Suppressed
    } else {
        Verdict::Expected
    }
}

/// What the case is about: its gravest alert or finding, how much else there is, and who.
fn title(
    facts: &Facts<'_>,
    findings: &[&Finding],
    alerts: &[&Alert],
    people: &BTreeSet<&str>,
) -> String {
    let alert =
        alerts.iter().max_by_key(|alert| (alert.is_open(), alert.level(), Reverse(alert.start)));
    let finding = findings.first();
    // An alert names the case, unless what was found is graver.
    let by_alert = alert.filter(|a| finding.is_none_or(|f| f.level <= a.level()));
    let top = by_alert.map(|a| a.title.as_str()).or(finding.map(|f| f.rule.title.as_str()));
    let top = top.or(alert.map(|a| a.title.as_str())).unwrap_or_default();
    let more = (alerts.len() + findings.len()).saturating_sub(1);
    let mut title = top.to_owned();
    if more > 0 {
        title = format!("{title}, and {more} more");
    }
    let name = |id: &&str| {
        let known = facts.principals.find(id).map(|p| &facts.principals.all[p]);
        known.map_or_else(|| (*id).to_owned(), |p| p.name.clone())
    };
    let names: Vec<String> = people.iter().take(NAMES).map(name).collect();
    if !names.is_empty() {
        title.push_str(": ");
        title.push_str(&names.join(", "));
    }
    if let Some(rest) = people.len().checked_sub(NAMES).filter(|rest| *rest > 0) {
        title = format!("{title} and {rest} more");
    }
    title
}

/// The entries of the timeline in order of time, and how many there are in all. Of too many, alerts,
/// then the gravest findings, then operations stay.
fn timeline(
    facts: &Facts<'_>,
    findings: &[Finding],
    alerts: &[Alert],
    members: &Members,
) -> (Vec<Moment>, u64) {
    let mut ranked: Vec<(Reverse<Level>, Moment)> = Vec::new();
    for alert in members.alerts.iter().map(|at| &alerts[*at]) {
        ranked.push((Reverse(Level::Critical), of_alert(alert)));
    }
    for finding in members.findings.iter().map(|at| &findings[*at]) {
        ranked.push((Reverse(finding.level), of_finding(finding)));
    }
    let found = members.findings.iter().filter_map(|at| facts.findings.get(*at));
    let numbers: BTreeSet<u32> = found.flat_map(|f| f.operations.iter().copied()).collect();
    let mut ids = BTreeSet::new();
    let mut count = ranked.len() + numbers.len();
    // Naming an operation costs something, so no more are named than can stay.
    for &number in numbers.iter().take(MOMENTS) {
        let moment = of_ledger(facts, &facts.ledger.operations[number as usize]);
        ids.insert(moment.id.clone());
        ranked.push((Reverse(Level::Informational), moment));
    }
    let told = members.alerts.iter().flat_map(|at| &alerts[*at].investigation.telling_operations);
    for operation in told {
        if ids.insert(MomentId::Operation(operation.id)) {
            count += usize::from(numbers.len() <= MOMENTS);
            ranked.push((Reverse(Level::High), of_operation(operation.clone())));
        }
    }
    ranked.sort_by(|a, b| (a.0, a.1.time, &a.1.id).cmp(&(b.0, b.1.time, &b.1.id)));
    ranked.truncate(MOMENTS);
    let mut moments = Vec::with_capacity(ranked.len());
    moments.extend(ranked.into_iter().map(|(_, moment)| moment));
    moments.sort_by(|a, b| (a.time, a.kind, &a.id).cmp(&(b.time, b.kind, &b.id)));
    (moments, count as u64)
}

fn of_alert(alert: &Alert) -> Moment {
    Moment {
        time: alert.start,
        kind: MomentKind::Alert,
        id: MomentId::Named(alert.id.as_str().into()),
        what: alert.title.as_str().into(),
        ..Moment::default()
    }
}

fn of_finding(finding: &Finding) -> Moment {
    Moment {
        time: finding.outcome_time(),
        kind: MomentKind::Finding,
        id: MomentId::Named(finding.id.clone()),
        what: finding.rule.title.clone(),
        user: finding.principal.clone(),
        outcome: Some(finding.outcome),
        event: finding.outcome_event().map(|place| place.event.clone()),
    }
}

/// There may be half a million: what they name is shared.
fn of_ledger(facts: &Facts<'_>, operation: &Operation) -> Moment {
    let first = facts.ledger.rows_of(operation)[0] as usize;
    Moment {
        time: Some(operation.first),
        kind: MomentKind::Operation,
        id: MomentId::Operation(operation::id(facts, operation)),
        what: facts.shared.documented.get(operation.operation).cloned().unwrap_or_default(),
        user: facts.who_shared(operation.identity),
        outcome: Some(operation.outcome),
        event: Some(EventId::Number(facts.corpus.spine.event_id(first))),
    }
}

fn of_operation(operation: OperationRef) -> Moment {
    Moment {
        time: operation.time,
        kind: MomentKind::Operation,
        id: MomentId::Operation(operation.id),
        what: operation.operation.into(),
        user: operation.user.map(Text::from),
        outcome: Some(operation.outcome),
        event: Some(EventId::Named(operation.event.into())),
    }
}
