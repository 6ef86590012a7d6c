//! Steps for a subscription: rights, leftovers, secrets, defences, and what to review.

use std::collections::BTreeSet;

use super::super::model::{Defence, Stage, Subscription};
use super::super::suspect::is_ground;
use super::Plan;
use super::account::{Because, secrets};
use super::command::{filled, quoted};
use super::step::{Doing, Steps};
use super::{grant, leftover};
use crate::azure::defence::lowerings;
use crate::azure::resource_id::ResourceId;
use crate::ledger::Outcome;

/// Returns the steps for a subscription; none where nothing under suspicion took effect in it.
pub(super) fn steps(plan: &Plan<'_, '_>, entry: &Subscription) -> Steps {
    let mut steps = Steps::default();
    for change in &entry.iam_changes {
        grant::remove(plan, change, &mut steps);
    }
    leftover::residue(plan, entry, &mut steps);
    leftover::vaults(plan, entry, &mut steps);
    let lies_here = |resource: &str| {
        let id = ResourceId::parse(resource);
        id.and_then(|id| id.subscription()) == Some(&entry.id)
    };
    for user in plan.report.users.iter().filter(|user| user.suspicion.is_some()) {
        secrets(plan, user, &Because::of(plan, user), &mut steps, lies_here);
    }
    for defence in &entry.defences {
        raise(defence, &mut steps);
    }
    let alerts: BTreeSet<String> = (plan.report.alerts.iter())
        .filter(|alert| is_ground(alert) && alert.subscription_id.as_ref() == Some(&entry.id))
        .map(|alert| alert.id.clone())
        .collect();
    if !steps.is_empty() || !alerts.is_empty() || is_touched(plan, entry) {
        around(plan, entry, &alerts, &mut steps);
    }
    steps
}

/// Whether something under suspicion took effect in a subscription.
fn is_touched(plan: &Plan<'_, '_>, entry: &Subscription) -> bool {
    let Some(code) = plan.facts.corpus.names.subscription.find(&entry.id) else { return false };
    let took_effect = |outcome| matches!(outcome, Outcome::Succeeded | Outcome::Accepted);
    let mut all = plan.known.suspects.operations(plan.facts);
    all.any(|(_, o)| o.subscription == code && took_effect(o.outcome))
}

/// Raises a defence that a suspect lowered.
fn raise(defence: &Defence, steps: &mut Steps) {
    if !defence.by_suspect || defence.raised.is_some() || defence.moot {
        return;
    }
    let row = lowerings().iter().find(|row| row.kind == defence.kind && row.what == defence.what);
    let doing = Doing {
        command: row.and_then(|row| filled(row.command, &defence.resource_id)),
        reversible: true,
        why: defence.findings.iter().cloned().collect(),
        by: defence.by.iter().cloned().collect(),
        ..Doing::default()
    };
    let what = format!("Raise the defence again: {}", defence.what);
    steps.add(Stage::Restore, 5, &what, &defence.resource_id, doing);
}

/// What is done first and last of all in a subscription.
fn around(plan: &Plan<'_, '_>, entry: &Subscription, alerts: &BTreeSet<String>, steps: &mut Steps) {
    let id = quoted(&entry.id);
    let from = plan.known.suspects.begin().or(entry.first_seen);
    let export = id.as_deref().zip(from).map(|(id, from)| {
        format!("az monitor activity-log list --subscription {id} --start-time {from} --max-events 100000 --output json")
    });
    let step = |command: Option<String>| Doing {
        command,
        reversible: true,
        alerts: alerts.iter().take(super::REASONS).cloned().collect(),
        ..Doing::default()
    };
    let what = "Export the Activity Log again before it is 90 days old, when it ends";
    steps.add(Stage::Preserve, 0, what, &entry.id, step(export));
    if !alerts.is_empty() {
        let what = format!(
            "Review the open alerts of the subscription ({}), and close each with a reason",
            alerts.len()
        );
        let list = id.as_deref().map(|id| format!("az security alert list --subscription {id}"));
        steps.add(Stage::Review, 6, &what, &entry.id, step(list));
    }
    let what = format!("Review all {} operations in the subscription", entry.operations);
    let line = id.map(|id| format!("azscope timeline CASE --of=operations --subscription={id}"));
    steps.add(Stage::Review, 7, &what, &entry.id, step(line));
}
