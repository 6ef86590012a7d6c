//! Steps for what suspects left behind in a subscription.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::{Defence, HandoverWay, Residue, ResidueChange, Subscription, Turn};
use super::Plan;
use super::command::{filled, quoted_guid};
use super::step::{Doing, Steps};
use crate::azure::defence::by_words;
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

/// Adds the steps for residue that stands; where a defence is all that it is about, the step is to raise
/// that, or there is none.
pub(super) fn residue<'l>(
    shared: &BTreeSet<Text>,
    left: impl Iterator<Item = &'l Residue>,
    defences: &[Defence],
    steps: &mut Steps,
) {
    let mut lowered: BTreeMap<&str, Vec<&Defence>> = BTreeMap::new();
    for defence in defences.iter().filter(|defence| defence.by_suspect) {
        lowered.entry(&defence.resource_id).or_default().push(defence);
    }
    for left in left.filter(|left| left.still_present) {
        let mut own = lowered.get(left.resource_id.as_str()).into_iter().flatten();
        let told = own.any(|defence| is_told(left, defence));
        if !told && !ELSEWHERE.contains(&left.resource_type.as_str()) {
            one(left, shared.contains(left.resource_id.as_str()), steps);
        }
    }
}

/// Whether a defence says all that there is to do about what was left: it is still down, or it was
/// raised by who set the whole resource anew after the last change.
fn is_told(left: &Residue, defence: &Defence) -> bool {
    match defence.raised {
        None => !defence.moot,
        Some(raised) => {
            let row = by_words(&defence.kind, &defence.what);
            left.change == ResidueChange::Changed
                && left.last_change.is_none_or(|last| last < raised)
                && row.is_some_and(|row| row.settings.is_empty())
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

/// Versions of the interface that delete what lies outside any subscription: `az resource` takes no ids of
/// such.
const VERSIONS: &[(&str, &str)] = &[
    ("microsoft.aadiam/diagnosticsettings", "2017-04-01"),
    ("microsoft.authorization/policyassignments", "2023-04-01"),
    ("microsoft.authorization/policydefinitions", "2023-04-01"),
    ("microsoft.authorization/policyexemptions", "2022-07-01-preview"),
    ("microsoft.authorization/policysetdefinitions", "2023-04-01"),
    ("microsoft.insights/diagnosticsettings", "2021-05-01-preview"),
    ("microsoft.management/managementgroups", "2020-05-01"),
];

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
        return steps.add(Turn::RemoveUsed, &what, id, Doing { reversible: true, ..doing });
    }
    if is_shared {
        let what = format!(
            "Review the {noun}: it holds what others made or what is expected, so it is not to be deleted as a whole"
        );
        return steps.add(Turn::RemoveUsed, &what, id, Doing { reversible: true, ..doing });
    }
    let command = match left.resource_type.as_str() {
        GROUP => filled("az group delete --name {name} --subscription {subscription}", id),
        DEFINITION => filled("az managedservices definition delete --definition {id} --yes", id),
        // Nothing deletes a quota: it is asked for again, as it was.
        "microsoft.quota/quotas" => None,
        kind if ResourceId::parse(id).is_some_and(|id| id.subscription().is_none()) => {
            let version = VERSIONS.iter().find(|(known, _)| *known == kind);
            version.and_then(|(_, version)| {
                let template =
                    format!("az rest --method delete --url {{id}}'?api-version={version}'");
                filled(&template, id)
            })
        }
        _ => filled("az resource delete --ids {id}", id),
    };
    keep(&left.resource_type, id, &doing, steps);
    let what = format!("Delete the {noun}, which was not there before");
    let is_way_in = WAYS_IN.contains(&left.resource_type.as_str());
    let turn = if is_way_in { Turn::CloseWays } else { turn(&left.resource_type) };
    steps.add(turn, &what, id, Doing { command, ..doing });
}

/// Types that Azure deletes only when nothing uses them any more, and the turn that comes after their
/// users'.
const USED: &[(Turn, &[&str])] = &[
    (
        Turn::RemoveUsed,
        &[
            "microsoft.app/managedenvironments",
            "microsoft.authorization/policysetdefinitions",
            "microsoft.compute/availabilitysets",
            "microsoft.compute/disks",
            "microsoft.network/applicationgatewaywebapplicationfirewallpolicies",
            "microsoft.network/firewallpolicies",
            "microsoft.network/networkinterfaces",
            "microsoft.web/serverfarms",
        ],
    ),
    (
        Turn::RemoveShared,
        &[
            "microsoft.authorization/policydefinitions",
            "microsoft.compute/diskencryptionsets",
            "microsoft.compute/proximityplacementgroups",
            "microsoft.network/loadbalancers",
            "microsoft.network/virtualnetworks/subnets",
        ],
    ),
    (Turn::RemoveNetworks, &["microsoft.network/virtualnetworks"]),
    (
        Turn::RemoveNetworkRules,
        &[
            "microsoft.network/ddosprotectionplans",
            "microsoft.network/natgateways",
            "microsoft.network/networksecuritygroups",
            "microsoft.network/routetables",
            "microsoft.network/serviceendpointpolicies",
        ],
    ),
    (
        Turn::RemoveAddresses,
        &["microsoft.network/applicationsecuritygroups", "microsoft.network/publicipaddresses"],
    ),
    (Turn::RemoveAddressRanges, &["microsoft.network/publicipprefixes"]),
    (Turn::RemoveGroups, &[GROUP]),
    (Turn::RemoveManagementGroups, &["microsoft.management/managementgroups"]),
];

/// When something of a type can be deleted among all that is.
fn turn(kind: &str) -> Turn {
    if let Some((turn, _)) = USED.iter().find(|(_, kinds)| kinds.contains(&kind)) {
        return *turn;
    }
    match kind.matches('/').count() {
        // A lock keeps everything in its scope from being deleted.
        _ if kind == "microsoft.authorization/locks" => Turn::RemoveLocks,
        0 | 1 => Turn::RemoveResources,
        // What lies in something goes before it.
        2 => Turn::RemoveInner,
        _ => Turn::RemoveInnermost,
    }
}

/// Adds the step that saves what is lost when something of a type is deleted for the reasons of that.
pub(super) fn keep(kind: &str, id: &str, deletion: &Doing, steps: &mut Steps) {
    let Some(kept) = to_keep(kind) else { return };
    let what = format!("Save {}, before it is deleted", kept.what);
    let doing = Doing { command: filled(kept.command, id), reversible: true, ..deletion.clone() };
    steps.add(Turn::SaveDeleted, &what, id, doing);
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
        steps.add(Turn::CloseWays, &what, vault.as_str(), doing);
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
            "microsoft.network/networkinterfaces",
            "microsoft.network/loadbalancers",
            "microsoft.network/virtualnetworks",
            "microsoft.network/networksecuritygroups",
            "microsoft.network/publicipaddresses",
            GROUP,
        ];
        assert!(order.map(turn).is_sorted_by(|a, b| a < b), "{:?}", order.map(turn));
    }

    #[test]
    fn what_others_run_on_goes_after_them() {
        for (user, used) in [
            ("microsoft.web/sites", "microsoft.web/serverfarms"),
            ("microsoft.compute/virtualmachines", "microsoft.compute/availabilitysets"),
            ("microsoft.compute/virtualmachines", "microsoft.compute/disks"),
            ("microsoft.network/privatelinkservices", "microsoft.network/loadbalancers"),
            ("microsoft.network/networkinterfaces", "microsoft.network/virtualnetworks/subnets"),
            ("microsoft.network/virtualnetworks", "microsoft.network/natgateways"),
            ("microsoft.network/virtualnetworks", "microsoft.network/routetables"),
            (
                "microsoft.authorization/policyassignments",
                "microsoft.authorization/policydefinitions",
            ),
        ] {
            assert!(turn(user) < turn(used), "{user}");
        }
    }

    #[test]
    fn what_is_deleted_has_a_command_that_takes_its_id_and_a_quota_is_not_deleted() {
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
        let policy = "microsoft.authorization/policyassignments";
        let above = "/providers/microsoft.management/managementgroups/m/providers";
        let above = command(&left(policy, &format!("{above}/{policy}/a")));
        assert!(above.is_some_and(|line| line.ends_with("/a'?api-version=2023-04-01'")));
        let disk = left("microsoft.compute/disks", &format!("{base}/microsoft.compute/disks/d"));
        assert!(command(&disk).is_some_and(|line| line.starts_with("az resource delete --ids")));
    }
}
