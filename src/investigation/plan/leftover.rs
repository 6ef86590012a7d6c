//! Steps for what suspects left behind in a subscription.

use std::collections::BTreeSet;

use super::super::model::{HandoverWay, Residue, ResidueChange, Stage, Subscription};
use super::Plan;
use super::command::{filled, quoted_guid};
use super::step::{Doing, Steps};
use crate::azure::resource_id::ResourceId;
use crate::azure::resource_type::{noun, to_keep};
use crate::base::Text;

/// Types whose steps come from elsewhere: from changes of rights, or from what opened a vault.
const ELSEWHERE: &[&str] = &[
    "microsoft.authorization/classicadministrators",
    "microsoft.authorization/denyassignments",
    "microsoft.authorization/roleassignments",
    "microsoft.authorization/roledefinitions",
    "microsoft.keyvault/vaults/accesspolicies",
    "microsoft.managedservices/registrationassignments",
];
pub(super) const GROUP: &str = "microsoft.resources/subscriptions/resourcegroups";
const DEFINITION: &str = "microsoft.managedservices/registrationdefinitions";

/// Adds the steps for residue that stands.
pub(super) fn residue(shared: &BTreeSet<Text>, entry: &Subscription, steps: &mut Steps) {
    let lowered: BTreeSet<&str> = (entry.defences.iter())
        .filter(|defence| defence.by_suspect)
        .map(|defence| defence.resource_id.as_str())
        .collect();
    for left in entry.residue.iter().filter(|left| left.still_present) {
        let told = lowered.contains(left.resource_id.as_str());
        if !told && !ELSEWHERE.contains(&left.resource_type.as_str()) {
            one(left, shared.contains(left.resource_id.as_str()), steps);
        }
    }
}

/// Types through which somebody comes back without signing in: they go with the accounts.
const WAYS_IN: &[&str] = &[
    "microsoft.automation/automationaccounts/jobschedules",
    "microsoft.automation/automationaccounts/schedules",
    "microsoft.automation/automationaccounts/webhooks",
    "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials",
];

/// Whether it is to be deleted, unless others share it.
pub(super) fn is_deleted(left: &Residue) -> bool {
    left.change != ResidueChange::Changed && !is_expected(left)
}

fn is_expected(left: &Residue) -> bool {
    left.triage.as_ref().is_some_and(|mark| mark.mark == "expected")
}

/// Adds the step for one thing that a suspect left; whatever asks for it, it is the same step.
pub(super) fn one(left: &Residue, is_shared: bool, steps: &mut Steps) {
    if is_expected(left) {
        return;
    }
    let id = &left.resource_id;
    let noun = noun(&left.resource_type);
    let doing = Doing {
        why: left.findings.iter().cloned().collect(),
        by: left.created_by.iter().cloned().collect(),
        ..Doing::default()
    };
    if left.change == ResidueChange::Changed {
        let what = format!("Compare the {noun} with its former state, and restore it");
        return steps.add(Stage::Remove, 7, &what, id, Doing { reversible: true, ..doing });
    }
    if is_shared {
        let what = format!(
            "Review the {noun}: it holds what others made or what is expected, so it is not to be deleted as a whole"
        );
        return steps.add(Stage::Remove, 7, &what, id, Doing { reversible: true, ..doing });
    }
    let command = match left.resource_type.as_str() {
        GROUP => filled("az group delete --name {name} --subscription {subscription}", id),
        DEFINITION => filled("az managedservices definition delete --definition {id} --yes", id),
        // Nothing deletes a quota: it is asked for again, as it was.
        "microsoft.quota/quotas" => None,
        _ => filled("az resource delete --ids {id}", id),
    };
    let turn = turn(&left.resource_type);
    keep(&left.resource_type, id, &doing, steps);
    let what = format!("Delete the {noun}, which was not there before");
    let is_way_in = WAYS_IN.contains(&left.resource_type.as_str());
    let (stage, turn) = if is_way_in { (Stage::LockOut, 6) } else { (Stage::Remove, turn) };
    steps.add(stage, turn, &what, id, Doing { command, ..doing });
}

/// Types that Azure deletes only when no machine has them any more.
const ATTACHED: &[&str] = &[
    "microsoft.compute/disks",
    "microsoft.network/networkinterfaces",
    "microsoft.network/networksecuritygroups",
    "microsoft.network/publicipaddresses",
    "microsoft.network/virtualnetworks",
];

/// When something of a type can be deleted among all that is.
fn turn(kind: &str) -> u8 {
    match kind.matches('/').count() {
        // A lock keeps everything in its scope from being deleted.
        _ if kind == "microsoft.authorization/locks" => 0,
        _ if kind == GROUP => 9,
        _ if ATTACHED.contains(&kind) => 8,
        0 | 1 => 6,
        // What lies in something goes before it.
        2 => 5,
        _ => 4,
    }
}

/// Adds the step that saves what is lost when something of a type is deleted for the reasons of that.
pub(super) fn keep(kind: &str, id: &str, deletion: &Doing, steps: &mut Steps) {
    let Some(kept) = to_keep(kind) else { return };
    let what = format!("Save {}, before it is deleted", kept.what);
    let doing = Doing { command: filled(kept.command, id), reversible: true, ..deletion.clone() };
    steps.add(Stage::Preserve, 6, &what, id, doing);
}

/// Adds the steps that shut key vaults of a subscription again.
pub(super) fn vaults(plan: &Plan<'_>, entry: &Subscription, steps: &mut Steps) {
    let hands = plan.report.users.iter().flat_map(|user| user.gave.iter());
    for hand in hands.filter(|hand| hand.way == HandoverWay::VaultPolicy) {
        let id = ResourceId::parse(&hand.scope).filter(|id| id.subscription() == Some(&entry.id));
        let Some(vault) = id.and_then(|id| id.nearest("microsoft.keyvault/vaults")) else {
            continue;
        };
        let is_shut = plan.basis.shut.contains(&(vault.as_str().to_owned(), hand.to.clone()));
        if is_shut || hand.time.is_some_and(|time| plan.basis.removals.ended(vault.as_str(), time))
        {
            continue;
        }
        let user = plan.users.get(hand.to.as_str());
        let object = user.and_then(|u| u.object_id.as_deref()).unwrap_or(&hand.to);
        let template = "az keyvault delete-policy --name {name} --subscription {subscription}";
        let command = filled(template, vault.as_str())
            .zip(quoted_guid(object))
            .map(|(line, object)| format!("{line} --object-id {object}"));
        let by = plan.users.get(hand.by.as_str()).map(|user| plan.reasons(user));
        let doing = Doing {
            command,
            reversible: true,
            why: by.unwrap_or_default(),
            by: [hand.by.clone(), hand.to.clone()].into(),
            ..Doing::default()
        };
        let whom = user.map_or(hand.to.clone(), |user| user.label());
        let what = format!("Take {whom} out of the access policies of the vault");
        steps.add(Stage::LockOut, 6, &what, vault.as_str(), doing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_from_deleting_goes_first_and_what_is_in_use_after_its_user() {
        let order = [
            "microsoft.authorization/locks",
            "microsoft.compute/virtualmachines/extensions",
            "microsoft.compute/virtualmachines",
            "microsoft.compute/disks",
            GROUP,
        ];
        assert!(order.map(turn).is_sorted_by(|a, b| a < b), "{:?}", order.map(turn));
    }

    #[test]
    fn a_quota_is_not_deleted() {
        let left = |kind: &str, id: &str| Residue {
            resource_type: kind.into(),
            resource_id: id.into(),
            still_present: true,
            ..Residue::default()
        };
        let command = |left: &Residue| {
            let mut steps = Steps::default();
            one(left, false, &mut steps);
            steps.finish().into_list().pop().expect("a step").command
        };
        let base = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourcegroups/g/providers";
        let quota = left("microsoft.quota/quotas", &format!("{base}/microsoft.quota/quotas/q"));
        assert_eq!(command(&quota), None);
        let disk = left("microsoft.compute/disks", &format!("{base}/microsoft.compute/disks/d"));
        assert!(command(&disk).is_some_and(|line| line.starts_with("az resource delete --ids")));
    }
}
