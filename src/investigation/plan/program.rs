//! Steps for applications and for the identities of resources.

use super::super::model::{Familiarity, HandoverWay, Residue, ResidueChange, Turn, User};
use super::account::{Because, only_named, sign_ins};
use super::command::{filled, quoted_guid};
use super::step::Steps;
use super::{Plan, leftover};
use crate::azure::app;

/// An application: a stranger goes, any other gets new credentials, and whom nobody is known to know is
/// disabled until then.
pub(super) fn application(plan: &Plan<'_>, user: &User, because: &Because, steps: &mut Steps) {
    let (target, familiarity) = (user.id.as_str(), plan.familiarity(user));
    if user.app_id.as_deref().is_some_and(|id| app::by_id(id).is_some()) {
        let what = "Find out who used this application of Microsoft, and take that way away";
        return steps.add(Turn::AskOwners, what, target, because.doing(None, true));
    }
    let object = user.object_id.as_deref().and_then(quoted_guid);
    let logs =
        object.as_deref().map(|id| sign_ins(id, &["servicePrincipal"], "servicePrincipalId"));
    let what = "Save its sign-in log, which ends after 30 days";
    steps.add(Turn::SaveSignIns, what, target, because.doing(logs, true));
    let run = |line: &dyn Fn(&str) -> String| object.as_deref().map(line);
    if familiarity == Familiarity::Unfamiliar
        && let Some(given) = only_named(plan, user)
    {
        let what = format!(
            "Ask who it belongs to, and delete the service principal if nobody knows it: a suspect gave it {given}"
        );
        return steps.add(Turn::AskOwners, &what, target, because.doing(None, true));
    }
    if familiarity != Familiarity::Familiar {
        let line = run(&|id| format!("az ad sp update --id {id} --set accountEnabled=false"));
        let what = "Disable the service principal";
        steps.add(Turn::ShutDoors, what, target, because.doing(line, true));
    }
    if familiarity == Familiarity::Unfamiliar {
        let line = run(&|id| format!("az ad sp delete --id {id}"));
        let what = "Delete the service principal";
        return steps.add(Turn::RemoveIntruders, what, target, because.doing(line, false));
    }
    // An application is known by its own id; of one of another tenant, only the object here is ours.
    let app = user.app_id.as_deref().and_then(quoted_guid);
    let (app, sp) = (app.as_deref(), object.as_deref());
    let named = app.map(|id| ("app", id)).or_else(|| sp.map(|id| ("sp", id)));
    let line = |make: fn(&str, &str) -> String| named.map(|(kind, id)| make(kind, id));
    let what = "List its credentials, and remove those that its owner does not know";
    steps.add(Turn::ShutDoors, what, target, because.doing(credentials(app, sp), true));
    let reset = line(|kind, id| format!("az ad {kind} credential reset --id {id}"));
    let what = "Replace its credentials with new ones";
    steps.add(Turn::ChangeCredentials, what, target, because.doing(reset, false));
    let owners = line(|kind, id| format!("az ad {kind} owner list --id {id}"));
    let what = match familiarity {
        Familiarity::Unknown => {
            "Ask its owners whether they know it: delete it if nobody does, enable it with its new credentials if somebody does, and remove owners that are unknown"
        }
        _ => "Review its owners, and remove those that are unknown",
    };
    steps.add(Turn::AskOwners, what, target, because.doing(owners, true));
}

/// The request for everything that an application signs in with: passwords, certificates and
/// federated credentials of its registration, and what its service principal has of its own.
fn credentials(app: Option<&str>, sp: Option<&str>) -> Option<String> {
    let list = |kind: &str, id: &str| {
        [
            format!("az ad {kind} credential list --id {id}"),
            format!("az ad {kind} credential list --cert --id {id}"),
        ]
    };
    let federated = app.map(|id| format!("az ad app federated-credential list --id {id}"));
    let lists = app.into_iter().flat_map(|id| list("app", id)).chain(federated);
    let lists: Vec<String> = lists.chain(sp.into_iter().flat_map(|id| list("sp", id))).collect();
    (!lists.is_empty()).then(|| lists.join("; "))
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
        steps.add(Turn::RemoveInner, what, &user.id, because.doing(None, true));
    }
    let mut is_made = false;
    for resource in resources {
        if let Some(left) = made(plan, resource) {
            is_made = true;
            leftover::one(left, false, steps);
            continue;
        }
        let what = "Clean the resource behind the identity before its rights are used again";
        steps.add(Turn::RemoveInner, what, resource, because.doing(None, true));
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
                steps.add(Turn::ShutDoors, what, &hand.scope, because.doing(command, false));
            }
            HandoverWay::Attached if !gone => {
                let what = format!("Take the identity {} off this resource", user.label());
                steps.add(Turn::EndSessions, &what, &hand.scope, because.doing(None, true));
            }
            _ => {}
        }
    }
    if is_made {
        return;
    }
    let what = "Limit its rights to what its resource needs; its tokens live up to a day";
    steps.add(Turn::LimitRights, what, &user.id, because.doing(None, true));
}
