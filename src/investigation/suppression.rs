//! Suppression rules of Defender: the alerts that each would hide, and whether it may.

use std::collections::{BTreeMap, BTreeSet};

use super::alert::origin_ref;
use super::facts::Facts;
use super::model::{Alert, Finding, SuppressionRule, Verdict};
use super::suspect::Suspects;
use crate::base::{Origin, Time, index32};
use crate::ledger::{Operation, Outcome};
use crate::shape::{Nested, Suppression};

/// The operation that makes or changes a rule.
const WRITE: &str = "MICROSOFT.SECURITY/ALERTSSUPPRESSIONRULES/WRITE";

/// Returns the rules by id, and sets the verdict of the alerts that they hide and that no mark of an
/// analyst decided.
///
/// A rule hides what came after its last change. One that a suspect wrote out of its ordinary way
/// hides nothing: silencing alerts is what an intruder does first.
pub(super) fn suppressions(
    facts: &Facts<'_>,
    findings: &[Finding],
    alerts: &mut [Alert],
    suspects: &Suspects,
) -> Vec<SuppressionRule> {
    if facts.corpus.suppressions.is_empty() {
        return Vec::new();
    }
    let silencing = silencing(findings);
    let writes = writes(facts);
    let last = facts.corpus.spine.time.iter().copied().max();
    let entities: BTreeMap<&str, Option<Nested>> = (facts.corpus.alerts.iter())
        .map(|row| (row.alert.key.as_str(), row.alert.entities.clone().and_then(Nested::parse)))
        .collect();
    let mut shown = Vec::new();
    for (rule, origin) in latest(facts) {
        let own = writes.get(rule.id.as_str()).map_or(&[][..], Vec::as_slice);
        let mut entry = described(facts, rule, origin, own, last);
        entry.by_suspect = own.iter().any(|(place, operation)| {
            suspects.taints(*place) && is_suspect(facts, suspects, operation, &silencing)
        });
        for alert in alerts.iter_mut().filter(|alert| !alert.sample) {
            let entities = entities.get(alert.id.as_str()).and_then(Option::as_ref);
            if hides(rule, entry.since, alert, entities) {
                entry.alerts.push(alert.id.clone());
                tell(&entry, alert);
            }
        }
        shown.push(entry);
    }
    shown
}

/// Every rule once, as it was last changed, by id.
fn latest<'f>(facts: &Facts<'f>) -> impl Iterator<Item = (&'f Suppression, Origin)> + use<'f> {
    let mut rules: BTreeMap<&str, (&Suppression, Origin)> = BTreeMap::new();
    for (rule, origin) in &facts.corpus.suppressions {
        let known = rules.entry(&rule.id).or_insert((rule, *origin));
        if rule.modified > known.0.modified {
            *known = (rule, *origin);
        }
    }
    rules.into_values()
}

/// Ids of findings on nothing but writes of such rules: to write one is no ground by itself.
fn silencing(findings: &[Finding]) -> BTreeSet<&str> {
    let only = |f: &&Finding| f.operation_names.iter().all(|name| name == WRITE);
    findings.iter().filter(only).map(|f| f.id.as_str()).collect()
}

/// Whether who did an operation is under suspicion for more than writing such rules.
fn is_suspect(
    facts: &Facts<'_>,
    suspects: &Suspects,
    operation: &Operation,
    silencing: &BTreeSet<&str>,
) -> bool {
    let Some(p) = facts.principals.of(operation.identity) else { return false };
    let handed = || suspects.handed.iter().any(|hand| hand.suspicious && hand.to == Some(p));
    suspects.get(p).is_some_and(|suspect| {
        let others = suspect.findings.iter().any(|id| !silencing.contains(id.as_str()));
        let marked = suspect.findings.is_empty();
        others || marked || !suspect.alerts.is_empty() || handed()
    })
}

/// The writes of each rule that did not fail, by its resource id.
fn writes<'f>(facts: &Facts<'f>) -> BTreeMap<&'f str, Vec<Write<'f>>> {
    let mut writes: BTreeMap<&str, Vec<Write<'_>>> = BTreeMap::new();
    let Some(write) = facts.corpus.names.operation.find(WRITE) else { return writes };
    for (place, operation) in facts.ledger.operations.iter().enumerate() {
        if operation.operation == write
            && operation.outcome != Outcome::Failed
            && let Some(resource) = facts.resource(operation)
        {
            writes.entry(resource).or_default().push((index32(place), operation));
        }
    }
    writes
}

/// A write of a rule, with its place in the ledger.
type Write<'f> = (u32, &'f Operation);

fn described(
    facts: &Facts<'_>,
    rule: &Suppression,
    origin: Origin,
    writes: &[Write<'_>],
    last: Option<Time>,
) -> SuppressionRule {
    let by: BTreeSet<String> = writes
        .iter()
        .filter_map(|(_, operation)| facts.who(operation.identity).map(str::to_owned))
        .collect();
    let expired = rule.expires.zip(last).is_some_and(|(expires, last)| expires <= last);
    SuppressionRule {
        id: rule.id.clone(),
        name: rule.name.clone(),
        subscription_id: rule.subscription.clone(),
        alert_type: rule.alert_type.clone(),
        scope: rule.scope.iter().map(crate::shape::Condition::words).collect(),
        reason: rule.reason.clone(),
        comment: rule.comment.clone(),
        state: rule.state.clone(),
        since: rule.modified.or_else(|| writes.iter().map(|(_, operation)| operation.first).max()),
        expires: rule.expires,
        expired: expired || rule.state.as_deref() == Some("expired"),
        written_by: by.into_iter().collect(),
        by_suspect: false,
        alerts: Vec::new(),
        evidence: origin_ref(facts, origin, &rule.id),
    }
}

fn hides(
    rule: &Suppression,
    since: Option<Time>,
    alert: &Alert,
    entities: Option<&Nested>,
) -> bool {
    let (Some(since), Some(time)) = (since, alert.start) else { return false };
    let enabled = rule.state.as_deref().is_some_and(|s| matches!(s, "enabled" | "expired"));
    let kind = alert.alert_type.as_deref().unwrap_or_default();
    enabled
        && (rule.alert_type == "*" || rule.alert_type.eq_ignore_ascii_case(kind))
        && !rule.alert_type.is_empty()
        && rule.subscription.is_some()
        && rule.subscription == alert.subscription_id
        && time >= since
        && rule.expires.is_none_or(|expires| time < expires)
        && rule.scope.iter().all(|c| entities.is_some_and(|all| c.holds(all.root())))
}

fn tell(rule: &SuppressionRule, alert: &mut Alert) {
    if rule.by_suspect {
        let by = rule.written_by.join(", ");
        alert.investigation.because.push(format!(
            "the suppression rule {} would hide it, but was written by {by}, who is under suspicion: it does not count",
            rule.name
        ));
        return;
    }
    if alert.verdict != Verdict::Open || alert.verdict_by.is_some() {
        return;
    }
    let why = [&rule.reason, &rule.comment].into_iter().flatten();
    let why: Vec<&str> = why.map(String::as_str).collect();
    let why = if why.is_empty() { "no reason given".to_owned() } else { why.join(", ") };
    let by = if rule.written_by.is_empty() {
        "who wrote it is not in the evidence".to_owned()
    } else {
        format!("written by {}", rule.written_by.join(", "))
    };
    alert.verdict = Verdict::Suppressed;
    alert.verdict_by = Some(rule.name.clone());
    alert.verdict_reason = Some(format!("hidden by a suppression rule of Defender: {why}; {by}"));
}
