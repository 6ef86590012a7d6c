//! Findings as reports show them.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::sync::Arc;

use hashbrown::HashSet;
use rayon::prelude::*;

use super::facts::Facts;
use super::model::{EventId, EvidenceRef, Finding, Level, Mixed, Parties, RuleNote};
use crate::base::{Pool, Text, Texts, index32};
use crate::detect;
use crate::ledger::Outcome;

/// At most this many events of one finding are listed as evidence; their number is told in full.
///
/// What is grave is looked at event by event; of the rest the first ones lead to the others.
fn listed(level: Level) -> usize {
    match level {
        Level::Critical | Level::High => 50,
        Level::Medium => 20,
        Level::Low | Level::Informational => 5,
    }
}

/// Returns all findings.
pub(super) fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    let all = facts.findings.par_iter();
    all.map_init(Pool::default, |pool, finding| one(facts, finding, pool)).collect()
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
            level: rule.level,
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

fn one(facts: &Facts<'_>, finding: &detect::Finding, pool: &mut Pool) -> Finding {
    let level = facts.rules.rules()[finding.rule].level;
    let operations = || finding.operations.iter().map(|&o| &facts.ledger.operations[o as usize]);
    let rows = finding.rows(&facts.corpus.spine, facts.ledger);
    let (shared, nameless) = (&facts.shared, Text::default());
    let principal = who(facts, finding.identity);
    let subscription_id = shared.subscription.get(finding.subscription).cloned();
    let parties = parties(facts, finding, (principal.as_ref(), subscription_id.as_ref()), pool);
    Finding {
        id: finding.id.clone(),
        rule: Arc::clone(facts.shared.rule(finding.rule)),
        level,
        first: Some(finding.first),
        last: Some(finding.last),
        principal,
        subscription_id,
        parties,
        resources: sorted(operations().map(|o| o.resource), |code| shared.resource.get(code))
            .into(),
        ips: pool.list(&sorted(operations().map(|o| o.ip), |code| shared.ip.get(code))),
        outcome: finding.outcome,
        mixed: mixed(facts, finding),
        unconfirmed: finding.unconfirmed,
        operations: index32(finding.operations.len()),
        events: index32(rows.len()),
        operation_names: pool.list(&sorted(operations().map(|o| o.operation), |code| {
            Some(shared.operation.get(code).unwrap_or(&nameless))
        })),
        because: finding.because.clone(),
        evidence: rows
            .iter()
            .take(listed(level))
            .map(|&row| evidence(facts, row as usize))
            .collect(),
    }
}

/// What there is to say of the end of operations that did not all end as is told of the finding.
fn mixed(facts: &Facts<'_>, finding: &detect::Finding) -> Option<Box<Mixed>> {
    let operations = || finding.operations.iter().map(|&o| &facts.ledger.operations[o as usize]);
    if operations().all(|operation| operation.outcome == finding.outcome) {
        return None;
    }
    let told = operations().find(|operation| operation.outcome == finding.outcome)?;
    let event = facts.ledger.rows_of(told).first()?;
    let failed = operations().filter(|operation| operation.outcome == Outcome::Failed).count();
    let event = evidence(facts, *event as usize);
    Some(Box::new(Mixed { time: told.first, event, failed: index32(failed) }))
}

fn who(facts: &Facts<'_>, identity: u32) -> Option<Text> {
    facts.principals.of(identity).map(|p| facts.shared.principal[p].clone())
}

/// Who had a part in a finding and where, if that is more than one user and one subscription.
fn parties(
    facts: &Facts<'_>,
    finding: &detect::Finding,
    (principal, subscription): (Option<&Text>, Option<&Text>),
    pool: &mut Pool,
) -> Option<Box<Parties>> {
    let operations = || finding.operations.iter().map(|&o| &facts.ledger.operations[o as usize]);
    let users =
        |identities: Vec<u32>| distinct(identities.into_iter(), |identity| who(facts, identity));
    let accused = users(finding.accused().to_vec());
    let actors = users(distinct(operations().map(|o| o.identity), Some));
    let codes = distinct(operations().map(|o| o.subscription), Some).into_iter();
    let subscriptions = distinct(codes, |code| facts.shared.subscription.get(code).cloned());
    let mut list = |all: Vec<Text>, only: Option<&Text>| {
        let says_all = all.iter().eq(only);
        if says_all { Texts::default() } else { pool.list(&all) }
    };
    let parties = Parties {
        accused: list(accused, principal),
        actors: list(actors, principal),
        subscriptions: list(subscriptions, subscription),
    };
    (parties != Parties::default()).then(|| Box::new(parties))
}

/// What some codes stand for, in their order, each once.
fn distinct<T: Clone + Eq + Hash>(
    codes: impl Iterator<Item = u32>,
    of: impl Fn(u32) -> Option<T>,
) -> Vec<T> {
    let (mut all, mut known) = (Vec::new(), HashSet::new());
    let mut last = None;
    for code in codes {
        // Most follow one of their own.
        if last.replace(code) == Some(code) {
            continue;
        }
        if let Some(one) = of(code)
            && known.insert(one.clone())
        {
            all.push(one);
        }
    }
    all
}

/// The texts of some codes, sorted, each once.
fn sorted<'t>(
    codes: impl Iterator<Item = u32>,
    text: impl Fn(u32) -> Option<&'t Text>,
) -> Vec<Text> {
    let mut codes: Vec<u32> = codes.collect();
    codes.sort_unstable();
    codes.dedup();
    let mut texts: Vec<Text> = codes.into_iter().filter_map(text).cloned().collect();
    texts.sort_unstable();
    texts
}

/// Returns where an event stands.
pub(super) fn evidence(facts: &Facts<'_>, row: usize) -> EvidenceRef {
    let spine = &facts.corpus.spine;
    facts.shared.place(spine.origin(row), EventId::Number(spine.event_id(row)))
}
