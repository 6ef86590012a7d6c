//! Steps for applications and for the identities of resources.

use super::super::model::{Familiarity, HandoverWay, Residue, ResidueChange, Stage, User};
use super::account::{Because, sign_ins};
use super::command::{filled, quoted_guid};
use super::step::Steps;
use super::{Plan, leftover};
use crate::azure::app;

/// An application: an unknown one goes, a known one gets new credentials.
pub(super) fn application(user: &User, because: &Because, steps: &mut Steps) {
    let target = user.id.as_str();
    if user.app_id.as_deref().is_some_and(|id| app::by_id(id).is_some()) {
        let what = "Find out who used this application of Microsoft, and take that way away";
        return steps.add(Stage::Review, 1, what, target, because.doing(None, true));
    }
    let object = user.object_id.as_deref().and_then(quoted_guid);
    let logs = object.as_deref().map(|id| {
        let filter = format!(
            "signInEventTypes/any(t: t eq 'servicePrincipal') and servicePrincipalId eq '{id}'"
        );
        sign_ins("beta", &filter)
    });
    let what = "Save its sign-in log, which ends after 30 days";
    steps.add(Stage::Preserve, 1, what, target, because.doing(logs, true));
    if user.familiarity == Familiarity::Unfamiliar {
        let run = |line: &dyn Fn(&str) -> String| object.as_deref().map(line);
        let line = run(&|id| format!("az ad sp update --id {id} --set accountEnabled=false"));
        let what = "Disable the service principal";
        steps.add(Stage::LockOut, 1, what, target, because.doing(line, true));
        let line = run(&|id| format!("az ad sp delete --id {id}"));
        let what = "Delete the service principal";
        return steps.add(Stage::Remove, 9, what, target, because.doing(line, false));
    }
    // An application is known by its own id; of one of another tenant, only the object here is ours.
    let named = user.app_id.as_deref().and_then(quoted_guid).map(|id| ("app", id));
    let named = named.or_else(|| object.map(|id| ("sp", id)));
    let line =
        |rest: &str| named.as_ref().map(|(kind, id)| format!("az ad {kind} {rest} --id {id}"));
    let what = "List its credentials, and remove those that its owner does not know";
    steps.add(Stage::LockOut, 1, what, target, because.doing(line("credential list"), true));
    let what = "Replace its credentials with new ones";
    steps.add(Stage::LockOut, 2, what, target, because.doing(line("credential reset"), false));
    let what = match user.familiarity {
        Familiarity::Unknown => {
            "Ask its owners whether they know it: delete it if nobody does, and remove owners that are unknown"
        }
        _ => "Review its owners, and remove those that are unknown",
    };
    steps.add(Stage::Review, 1, what, target, because.doing(line("owner list"), true));
}

/// What is left of a resource that a suspect made.
fn made<'p>(plan: &Plan<'p>, resource: &str) -> Option<&'p Residue> {
    let left = plan.left.get(resource).copied();
    left.filter(|left| left.change == ResidueChange::Created)
}

/// The identity of a resource: what matters is the resource behind it, and how it was got at.
pub(super) fn identity(plan: &Plan<'_>, user: &User, because: &Because, steps: &mut Steps) {
    let mut resources = plan.basis.resources.get(&user.id).into_iter().flatten().peekable();
    if resources.peek().is_none() {
        let what = "Find the resource behind the identity, and clean it";
        steps.add(Stage::Remove, 5, what, &user.id, because.doing(None, true));
    }
    let mut is_made = false;
    for resource in resources {
        if let Some(left) = made(plan, resource) {
            is_made = true;
            leftover::one(left, false, steps);
            continue;
        }
        let what = "Clean the resource behind the identity before its rights are used again";
        steps.add(Stage::Remove, 5, what, resource, because.doing(None, true));
    }
    for hand in &user.received {
        let gone = hand.time.is_some_and(|time| plan.basis.removals.ended(&hand.scope, time));
        match hand.way {
            HandoverWay::Federated if !gone => {
                if let Some(left) = made(plan, &hand.scope) {
                    leftover::one(left, false, steps);
                    continue;
                }
                let command = filled("az resource delete --ids {id}", &hand.scope);
                let what = "Remove the federated credential";
                steps.add(Stage::LockOut, 1, what, &hand.scope, because.doing(command, false));
            }
            HandoverWay::Attached if !gone => {
                let what = format!("Take the identity {} off this resource", user.label());
                steps.add(Stage::LockOut, 3, &what, &hand.scope, because.doing(None, true));
            }
            _ => {}
        }
    }
    if is_made {
        return;
    }
    let what = "Limit its rights to what its resource needs; its tokens live up to a day";
    steps.add(Stage::LockOut, 4, what, &user.id, because.doing(None, true));
}
