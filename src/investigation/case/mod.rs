//! Cases: alerts and grave findings that belong together.
//!
//! Two belong together when they share a principal, an address or a resource within two days of
//! each other. What everybody shares joins nothing: a subscription, an address behind which many
//! principals stand, a service of the platform. Findings of lesser level join the case of their
//! principal or address, and join no cases together.

mod link;
mod tell;

use rayon::prelude::*;

use super::facts::Facts;
use super::model::{Alert, Case, Finding, Level};
use crate::base::Time;
use link::{Chains, Node, Source};

/// Groups alerts and findings into cases, tells each alert its case, and returns the cases, unordered.
pub(super) fn cases(facts: &Facts<'_>, findings: &[Finding], alerts: &mut [Alert]) -> Vec<Case> {
    let nodes = nodes(facts, findings, alerts);
    let chains = Chains::of(facts, &nodes);
    let mut groups: Vec<Vec<usize>> = chains.groups();
    for group in &mut groups {
        group.sort_by(|a, b| nodes[*a].order().cmp(&nodes[*b].order()));
    }
    let mut members: Vec<tell::Members> =
        groups.iter().map(|group| tell::Members::of(&nodes, group)).collect();
    let mut group_of = vec![0; nodes.len()];
    for (at, group) in groups.iter().enumerate() {
        for &node in group {
            group_of[node] = at;
        }
    }
    for (at, finding) in findings.iter().enumerate().filter(|(_, f)| f.level < Level::High) {
        if let Some(node) = chains.joined(facts, finding) {
            members[group_of[node]].findings.push(at);
        }
    }
    let operations = tell::operations(facts, findings, alerts, &members);
    let cases: Vec<Case> = members
        .par_iter()
        .zip(operations)
        .map(|(members, operations)| tell::case(facts, findings, alerts, members, operations))
        .collect();
    for (case, members) in cases.iter().zip(&members) {
        for &at in &members.alerts {
            alerts[at].case = Some(case.id.clone());
        }
    }
    cases
}

/// Alerts that are no samples, and findings of level high and above.
fn nodes<'r>(facts: &Facts<'_>, findings: &'r [Finding], alerts: &'r [Alert]) -> Vec<Node<'r>> {
    let real = alerts.iter().enumerate().filter(|(_, alert)| !alert.sample);
    let by_alerts = real.map(|(at, alert)| Node::of_alert(facts, at, alert));
    let grave = findings.iter().enumerate().filter(|(_, f)| f.level >= Level::High);
    let by_findings = grave.map(|(at, finding)| Node::of_finding(facts, at, finding));
    by_alerts.chain(by_findings).collect()
}

/// A time, or the end of all times for what has none.
fn or_last(time: Option<Time>) -> Time {
    time.unwrap_or(Time(i64::MAX))
}

/// Whether a node is an alert.
fn is_alert(node: &Node<'_>) -> bool {
    matches!(node.source, Source::Alert(_))
}
