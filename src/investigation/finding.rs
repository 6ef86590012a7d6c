//! Findings as reports show them.

use super::facts::{Facts, text};
use std::collections::BTreeMap;

use super::model::{EvidenceRef, Finding, Level, RuleNote};
use crate::base::text::shorten_middle;
use crate::detect;
use crate::rule;

/// So many events of one finding are listed as evidence; their number is told in full.
///
/// What is grave is looked at event by event; of the rest the first ones lead to the others.
fn listed(level: rule::Level) -> usize {
    match level {
        rule::Level::Critical | rule::Level::High => 50,
        rule::Level::Medium => 20,
        rule::Level::Low | rule::Level::Informational => 5,
    }
}

/// Returns all findings.
pub(super) fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    facts.findings.iter().map(|finding| one(facts, finding)).collect()
}

/// Returns the rules that have findings, with what these mean.
pub(super) fn rules(facts: &Facts<'_>) -> Vec<RuleNote> {
    let mut counts = BTreeMap::new();
    for finding in facts.findings {
        *counts.entry(finding.rule).or_insert(0) += 1;
    }
    let note = |(at, findings): (usize, u64)| {
        let rule = &facts.rules.rules()[at];
        RuleNote {
            id: rule.id.clone(),
            title: rule.title.clone(),
            level: level(rule.level),
            path: rule.path.clone(),
            description: rule.description.as_deref().map(|text| text.trim().to_owned()),
            falsepositives: rule.falsepositives.clone(),
            references: rule.references.clone(),
            tactics: rule.tactics().iter().map(ToString::to_string).collect(),
            techniques: rule.techniques().iter().map(ToString::to_string).collect(),
            findings,
        }
    };
    let mut notes: Vec<RuleNote> = counts.into_iter().map(note).collect();
    notes.sort_by(|a, b| (b.level, &a.title, &a.id).cmp(&(a.level, &b.title, &b.id)));
    notes
}

fn one(facts: &Facts<'_>, finding: &detect::Finding) -> Finding {
    let rule = &facts.rules.rules()[finding.rule];
    let operations = || finding.operations.iter().map(|&o| &facts.ledger.operations[o as usize]);
    let sorted = |values: Vec<&str>| {
        let mut values: Vec<String> = values.into_iter().map(str::to_owned).collect();
        values.sort();
        values.dedup();
        values
    };
    Finding {
        id: finding.id.clone(),
        rule_id: rule.id.clone(),
        rule_path: Some(rule.path.clone()),
        title: rule.title.clone(),
        level: level(rule.level),
        tactics: rule.tactics().iter().map(ToString::to_string).collect(),
        techniques: rule.techniques().iter().map(ToString::to_string).collect(),
        first: Some(finding.first),
        last: Some(finding.last),
        principal: facts.who(finding.identity).map(str::to_owned),
        subscription_id: text(&facts.corpus.names.subscription, finding.subscription)
            .map(str::to_owned),
        resources: sorted(operations().filter_map(|o| facts.resource(o)).collect()),
        ips: sorted(operations().filter_map(|o| facts.ip(o)).collect()),
        outcome: finding.outcome.into(),
        unconfirmed: finding.unconfirmed,
        operations: finding.operations.len() as u64,
        events: finding.rows.len() as u64,
        operation_names: sorted(operations().map(|o| facts.operation(o)).collect()),
        because: finding
            .because
            .iter()
            .map(|(field, value)| (field.clone(), shorten_middle(value, 200).into_owned()))
            .collect(),
        evidence: finding
            .rows
            .iter()
            .take(listed(rule.level))
            .map(|&row| evidence(facts, row as usize))
            .collect(),
    }
}

/// Returns where an event stands.
pub(super) fn evidence(facts: &Facts<'_>, row: usize) -> EvidenceRef {
    let origin = facts.corpus.spine.origin(row);
    let source = &facts.corpus.sources[origin.source.0 as usize];
    EvidenceRef {
        event: format!("{:016x}", facts.corpus.spine.event_id(row)),
        file: source.path.clone(),
        member: source.member.clone(),
        line: u64::from(origin.line),
        offset: origin.offset,
        length: u64::from(origin.len),
    }
}

/// Returns the level of reports for the level of a rule.
pub(super) fn level(level: crate::rule::Level) -> Level {
    Level::parse(level.as_str()).unwrap_or_default()
}
