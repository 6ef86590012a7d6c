//! Steps for a subscription: rights, leftovers, secrets, defences, and what to review.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::super::model::{Defence, Machine, Subscription, Turn};
use super::super::suspect::is_ground;
use super::Plan;
use super::account::{self, Because};
use super::command::{filled, quoted};
use super::step::{Doing, Finished, Steps};
use super::{grant, leftover, machine};
use crate::azure::defence::{Raising, by_words};
use crate::azure::resource_id::ResourceId;

/// Returns the steps for a subscription; none where nothing under suspicion took effect in it.
pub(super) fn steps(plan: &Plan<'_>, around: &Around<'_>, entry: &Subscription) -> Steps {
    let mut steps = Steps::default();
    for change in &entry.iam_changes {
        grant::remove(plan, change, &mut steps);
    }
    leftover::residue(&plan.basis.shared, entry.residue.iter(), &entry.defences, &mut steps);
    for machine in around.deleted.get(entry.id.as_str()).into_iter().flatten() {
        machine::keep_disks(plan, machine, &mut steps);
    }
    leftover::vaults(plan, entry, &mut steps);
    if let Some(secrets) = around.secrets.get(entry.id.as_str()) {
        steps.take(secrets, |_, _| true);
    }
    for defence in &entry.defences {
        raise(defence, &mut steps);
    }
    let none = BTreeMap::new();
    let alerts = around.alerts.get(entry.id.as_str()).unwrap_or(&none);
    if !steps.is_empty() || !alerts.is_empty() || plan.basis.touched.contains(&entry.id) {
        first_and_last(entry, alerts, &mut steps);
    }
    steps
}

/// What is worked out once for the steps of all subscriptions.
pub(super) struct Around<'p> {
    /// The secrets that suspects were handed, by the subscription they lie in.
    secrets: BTreeMap<String, Finished>,
    /// Machines that are deleted with what suspects left, by the subscription they lie in.
    deleted: BTreeMap<&'p str, Vec<&'p Machine>>,
    /// The alerts of each subscription that speak against somebody, each with whether it is to be closed.
    alerts: BTreeMap<&'p str, BTreeMap<String, bool>>,
}

impl<'p> Around<'p> {
    /// Works it out.
    pub(super) fn of(plan: &Plan<'p>) -> Self {
        let mut secrets: BTreeMap<String, Steps> = BTreeMap::new();
        let suspects = plan.report.users.par_iter().filter(|user| user.suspicion.is_some());
        let own = |user| {
            let mut own = Steps::default();
            account::secrets(plan, user, &Because::of(plan, user), &mut own);
            own.split(|target| {
                let id = ResourceId::parse(target)?;
                id.subscription().map(str::to_owned)
            })
        };
        for (id, steps) in suspects.map(own).collect::<Vec<_>>().into_iter().flatten() {
            secrets.entry(id).or_default().join(steps);
        }
        let secrets = secrets.into_iter().map(|(id, steps)| (id, steps.finish())).collect();
        let mut deleted: BTreeMap<&str, Vec<&Machine>> = BTreeMap::new();
        let is_deleted = |machine: &&Machine| {
            let left = plan.left.get(machine.resource_id.as_str());
            left.is_some_and(|left| leftover::is_deleted(left))
        };
        for machine in plan.report.virtual_machines.iter().filter(is_deleted) {
            if let Some(id) = machine.subscription_id.as_deref() {
                deleted.entry(id).or_default().push(machine);
            }
        }
        let mut alerts: BTreeMap<&str, BTreeMap<String, bool>> = BTreeMap::new();
        for alert in plan.report.alerts.iter().filter(|alert| is_ground(alert)) {
            if let Some(id) = alert.subscription_id.as_deref() {
                alerts.entry(id).or_default().insert(alert.id.clone(), !alert.is_closed());
            }
        }
        Around { secrets, deleted, alerts }
    }
}

/// Raises a defence that a suspect lowered.
pub(super) fn raise(defence: &Defence, steps: &mut Steps) {
    if !defence.by_suspect || defence.raised.is_some() || defence.moot {
        return;
    }
    let row = by_words(&defence.kind, &defence.what);
    let doing = Doing {
        command: row.and_then(|row| filled(row.command, &defence.resource_id)),
        reversible: row.is_none_or(|row| row.reversible),
        why: defence.findings.iter().cloned().collect(),
        by: defence.by.iter().cloned().collect(),
        ..Doing::default()
    };
    if row.is_some_and(|row| row.raised_by == Raising::Delete)
        && let Some(id) = ResourceId::parse(&defence.resource_id)
    {
        leftover::keep(&id.resource_type(), id.as_str(), &doing, steps);
    }
    let mut what = format!("Raise the defence again: {}", defence.what);
    if let Some(note) = row.map(|row| row.note).filter(|note| !note.is_empty()) {
        what = format!("{what} ({note})");
    }
    steps.add(Turn::RaiseDefences, &what, &defence.resource_id, doing);
}

/// What is done first and last of all in a subscription.
fn first_and_last(entry: &Subscription, alerts: &BTreeMap<String, bool>, steps: &mut Steps) {
    let id = quoted(&entry.id);
    // Without an offset six hours are listed; a begin that is too old is refused.
    let export = id.as_deref().map(|id| {
        format!("az monitor activity-log list --subscription {id} --offset 89d23h --max-events 10000000 --output json > activity-log-{id}.json")
    });
    let step = |command: Option<String>| Doing {
        command,
        reversible: true,
        alerts: alerts.keys().take(super::REASONS).cloned().collect(),
        ..Doing::default()
    };
    let what = "Export the Activity Log again before it is 90 days old, when it ends";
    steps.add(Turn::ExportLog, what, &entry.id, step(export));
    let open = alerts.values().filter(|is_open| **is_open).count();
    if open > 0 {
        let what = format!(
            "Review the open alerts of the subscription ({open}), and close each with a reason"
        );
        let list = id.as_deref().map(|id| format!("az security alert list --subscription {id}"));
        steps.add(Turn::ReviewAlerts, &what, &entry.id, step(list));
    }
    let what = match entry.operations {
        1 => "Review the one operation in the subscription".to_owned(),
        all => format!("Review all {all} operations in the subscription"),
    };
    let line = id.map(|id| format!("azscope timeline CASE --of=operations --subscription={id}"));
    steps.add(Turn::ReviewOperations, &what, &entry.id, step(line));
}
