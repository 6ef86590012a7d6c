//! Steps that take rights back, and that give back what a suspect took.

use std::collections::BTreeSet;

use super::super::model::{
    Delegation, Familiarity, Handover, HandoverWay, IamChange, IamChangeKind, PimAssignment,
    Report, Subscription, Turn,
};
use super::command::{filled, quoted, quoted_guid, quoted_id};
use super::step::{Doing, Steps};
use super::{Plan, leftover};
use crate::base::Time;

/// What is known of all rights: what to give back depends on it.
pub(super) struct Rights<'r> {
    /// Assignments that suspects made.
    by_suspects: BTreeSet<&'r str>,
    /// Who holds which role where: principal, role, scope.
    held: BTreeSet<[&'r str; 3]>,
    /// When and by whom what stands was given.
    standing: BTreeSet<(Option<Time>, Option<&'r str>)>,
}

impl<'r> Rights<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        let own = report.subscriptions.iter().flat_map(|entry| &entry.iam_changes);
        let given = || own.clone().chain(&report.tenant_iam_changes).filter(|c| !c.removal);
        let made = given().filter(|change| change.by_suspect);
        let standing = || given().filter(|change| change.standing);
        Rights {
            by_suspects: made.filter_map(|change| change.assignment_id.as_deref()).collect(),
            held: standing().filter_map(pair).collect(),
            standing: standing().map(|change| (change.time, change.by.as_deref())).collect(),
        }
    }

    /// Whether what was handed over is a role that is gone again.
    pub(super) fn is_gone(&self, hand: &Handover) -> bool {
        hand.way == HandoverWay::Granted && !self.standing.contains(&(hand.time, Some(&hand.by)))
    }

    /// Whether a suspect took a right away that others gave, and nobody gave it again.
    fn is_lost(&self, change: &IamChange) -> bool {
        let own = change.assignment_id.as_deref().is_some_and(|id| self.by_suspects.contains(id));
        !own && pair(change).is_some_and(|pair| !self.held.contains(&pair))
    }
}

/// Who has which role where.
fn pair(change: &IamChange) -> Option<[&str; 3]> {
    Some([change.principal.as_deref()?, change.role_id.as_deref()?, change.scope.as_deref()?])
}

/// Adds the step that gives a right back which a suspect took from somebody else.
fn give_back(plan: &Plan<'_>, change: &IamChange, steps: &mut Steps) {
    let Some(who) = change.principal.as_deref() else { return };
    let user = plan.users.get(who);
    let is_wrong = change.by_suspect && !is_expected(change) && plan.rights.is_lost(change);
    if !is_wrong || user.is_some_and(|user| user.suspicion.is_some()) {
        return;
    }
    let gone = |scope: &str| change.time.is_some_and(|t| plan.basis.removals.ended(scope, t));
    if change.scope.as_deref().is_some_and(gone) {
        return;
    }
    let object = user.and_then(|user| user.object_id.as_deref()).unwrap_or(who);
    let parts = || {
        let (object, role) = (quoted_guid(object)?, quoted_guid(change.role_id.as_deref()?)?);
        Some((object, role, quoted_id(change.scope.as_deref()?)?))
    };
    let command = parts().map(|(object, role, scope)| {
        format!(
            "az role assignment create --assignee-object-id {object} --role {role} --scope {scope}"
        )
    });
    let doing = Doing {
        command: command.filter(|_| change.pim_assignment.is_none()),
        why: change.findings.iter().take(super::REASONS).cloned().collect(),
        by: change.by.iter().cloned().collect(),
        reversible: true,
        ..Doing::default()
    };
    let role = change.role.as_deref().or(change.role_id.as_deref()).unwrap_or("a role");
    let whom = user.map_or(who.to_owned(), |user| user.label());
    let what = format!("Give the role {role} back to {whom}, if it is to have it");
    let target = change.scope.as_deref().unwrap_or_default();
    steps.add(Turn::GiveBackRights, &what, target, doing);
}

/// Whether a change stands and has to be taken back: a suspect made it, or it is for a suspect that
/// nobody knows.
fn is_wrong(plan: &Plan<'_>, change: &IamChange) -> bool {
    let is_stranger = |id: &str| {
        let user = plan.users.get(id);
        user.is_some_and(|u| u.suspicion.is_some() && u.familiarity == Familiarity::Unfamiliar)
    };
    let to_stranger = change.principal.as_deref().is_some_and(is_stranger);
    let is_meant = is_expected(change) || change.restores;
    change.standing && !is_meant && (change.by_suspect || to_stranger)
}

fn is_expected(change: &IamChange) -> bool {
    change.triage.as_ref().is_some_and(|mark| mark.mark == "expected")
}

/// Adds the step that takes a change back, or that undoes it, if it has to be.
pub(super) fn remove(plan: &Plan<'_>, change: &IamChange, steps: &mut Steps) {
    if change.change == IamChangeKind::Revoke {
        give_back(plan, change, steps);
    } else if is_wrong(plan, change) {
        take_back(plan, change, steps);
    }
}

fn take_back(plan: &Plan<'_>, change: &IamChange, steps: &mut Steps) {
    let doing = Doing {
        why: change.findings.iter().take(super::REASONS).cloned().collect(),
        by: [&change.by, &change.principal].into_iter().flatten().cloned().collect(),
        reversible: true,
        ..Doing::default()
    };
    let resource = change.assignment_id.as_deref().unwrap_or_default();
    let whom = change.principal.as_deref().unwrap_or("an unknown principal");
    let whom = plan.users.get(whom).map_or(whom.to_owned(), |user| user.label());
    let role = change.role.as_deref().or(change.role_id.as_deref()).unwrap_or("a role");
    let take = format!("Take the role {role} from {whom}");
    match change.change {
        IamChangeKind::Grant => {
            let command =
                quoted_id(resource).map(|id| format!("az role assignment delete --ids {id}"));
            steps.add(Turn::TakeRights, &take, resource, Doing { command, ..doing });
        }
        IamChangeKind::Pim => {
            let target = change.scope.as_deref().unwrap_or(resource);
            steps.add(
                Turn::TakeRights,
                &take,
                target,
                Doing { command: pim(plan, change), ..doing },
            );
        }
        IamChangeKind::Elevate => {
            let who = change.principal.as_deref().and_then(quoted);
            let command = who.map(|who| {
                format!("az role assignment delete --assignee {who} --role 'User Access Administrator' --scope /")
            });
            steps.add(Turn::TakeRights, &take, "/", Doing { command, ..doing });
        }
        IamChangeKind::ClassicAdmin => {
            let template = "az rest --method delete --url {id}'?api-version=2015-07-01'";
            let command = filled(template, resource);
            let what = "Remove the classic administrator";
            steps.add(Turn::TakeRights, what, resource, Doing { command, ..doing });
        }
        IamChangeKind::Delegation => end_delegation(change, doing, steps),
        IamChangeKind::CustomRole => {
            let what = format!(
                "Review the role {role}: restore it if it was there before, else take it from everybody and delete it"
            );
            leftover::keep("microsoft.authorization/roledefinitions", resource, &doing, steps);
            steps.add(Turn::RemoveShared, &what, resource, doing);
        }
        IamChangeKind::Deny => {
            let template = "az rest --method delete --url {id}'?api-version=2022-04-01'";
            let command = filled(template, resource);
            leftover::keep("microsoft.authorization/denyassignments", resource, &doing, steps);
            let what = "Remove the denial, which may keep responders out";
            steps.add(Turn::LiftDenials, what, resource, Doing { command, ..doing });
        }
        IamChangeKind::Revoke => {}
    }
}

/// Ends a delegation to another tenant.
pub(super) fn end_delegation(change: &IamChange, doing: Doing, steps: &mut Steps) {
    let resource = change.assignment_id.as_deref().unwrap_or_default();
    let command = quoted_id(resource)
        .map(|id| format!("az managedservices assignment delete --assignment {id} --yes"));
    let mut doing = Doing { command, reversible: true, ..doing };
    doing.why.extend(change.findings.iter().take(super::REASONS).cloned());
    leftover::keep("microsoft.managedservices/registrationassignments", resource, &doing, steps);
    steps.add(Turn::ShutDoors, "End the delegation to another tenant", resource, doing);
}

/// Whether a change is a standing delegation to this tenant.
pub(super) fn delegates_to(entry: &Subscription, change: &IamChange, tenant: Option<&str>) -> bool {
    if change.change != IamChangeKind::Delegation || !change.standing || is_expected(change) {
        return false;
    }
    // One call can make several in the same instant.
    let is_same =
        |d: &&Delegation| d.assignment_id == change.assignment_id && d.time == change.time;
    let same = entry.delegations.iter().find(is_same);
    same.is_none_or(|delegation| delegation.tenant_id.as_deref() == tenant)
}

/// The request that takes an eligible or an active role away.
fn pim(plan: &Plan<'_>, change: &IamChange) -> Option<String> {
    let user = plan.users.get(change.principal.as_deref()?);
    let object = user.and_then(|user| user.object_id.as_deref()).or(change.principal.as_deref())?;
    let (object, role) = (quoted_guid(object)?, quoted_guid(change.role_id.as_deref()?)?);
    let scope = quoted_id(change.scope.as_deref()?)?;
    let list = match change.pim_assignment {
        Some(PimAssignment::Eligible) => "roleEligibilityScheduleRequests",
        _ => "roleAssignmentScheduleRequests",
    };
    let definition = format!("/providers/Microsoft.Authorization/roleDefinitions/{role}");
    let body = format!(
        r#"'{{"properties":{{"principalId":"{object}","roleDefinitionId":"{definition}","requestType":"AdminRemove"}}}}'"#
    );
    Some(format!(
        r#"az rest --method put --url {scope}/providers/Microsoft.Authorization/{list}/"$(uuidgen)"'?api-version=2020-10-01' --body {body}"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delegations_of_one_instant_are_told_apart() {
        let made = |id: &str, tenant: &str| Delegation {
            tenant_id: Some(tenant.into()),
            time: Some(Time(7)),
            assignment_id: Some(id.into()),
            ..Delegation::default()
        };
        let delegations = vec![made("a", "t1"), made("b", "t2")];
        let entry = Subscription { delegations, ..Subscription::default() };
        let change = |id: &str| IamChange {
            change: IamChangeKind::Delegation,
            time: Some(Time(7)),
            assignment_id: Some(id.into()),
            standing: true,
            ..IamChange::default()
        };
        for (id, tenant, other) in [("a", "t1", "t2"), ("b", "t2", "t1")] {
            assert!(delegates_to(&entry, &change(id), Some(tenant)));
            assert!(!delegates_to(&entry, &change(id), Some(other)));
        }
    }
}
