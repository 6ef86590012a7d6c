//! Steps for a user: lock out, delete or give new credentials, replace what it read, review.

use super::super::few::Few;
use super::super::model::{Delegation, Familiarity, HandoverWay, IamChange, Turn, User, UserKind};
use super::command::{filled, quoted, quoted_guid};
use super::step::{Doing, Steps};
use super::{Plan, grant, leftover, program, subscription};
use crate::azure::resource_id::ResourceId;
use crate::azure::secret::{handed_out_by, of_vault};

/// Returns the steps for a user under suspicion.
pub(super) fn steps(plan: &Plan<'_>, user: &User) -> Steps {
    let mut steps = Steps::default();
    let because = Because::of(plan, user);
    match user.kind {
        UserKind::AzureService => return steps,
        _ if user.delegated_access || user.kind == UserKind::Foreign => {
            provider(plan, user, &because, &mut steps);
        }
        UserKind::User | UserKind::Guest | UserKind::Msa => {
            person(plan, user, &because, &mut steps);
        }
        UserKind::ServicePrincipal => program::application(plan, user, &because, &mut steps),
        UserKind::ManagedIdentity => program::identity(plan, user, &because, &mut steps),
        UserKind::Unknown | UserKind::Foreign => unknown(user, &because, &mut steps),
    }
    for change in plan.report.tenant_iam_changes.iter().filter(|change| is_of(change, user)) {
        grant::remove(plan, change, &mut steps);
    }
    outside(plan, user, &mut steps);
    secrets(plan, user, &because, &mut steps);
    if let Some(what) = review(user.operations, user.suspicion.as_ref().map_or(0, |s| s.operations))
    {
        let line = |id: String| format!("azscope timeline CASE --of=operations --user={id}");
        let command = quoted(&user.id).map(line);
        steps.add(Turn::ReviewUsers, &what, &user.id, because.doing(command, true));
    }
    steps
}

/// Adds the steps for what a user left and lowered outside any subscription.
fn outside(plan: &Plan<'_>, user: &User, steps: &mut Steps) {
    let is_own = |by: Option<&str>| by == Some(user.id.as_str());
    let report = plan.report;
    let left = report.tenant_residue.iter().filter(|left| is_own(left.created_by.as_deref()));
    leftover::residue(&plan.basis.shared, left, &report.tenant_defences, steps);
    for defence in report.tenant_defences.iter().filter(|low| is_own(low.by.as_deref())) {
        subscription::raise(defence, steps);
    }
}

/// Asks for a review of operations, some of which are out of the ordinary; `None` where there are none.
fn review(operations: u64, unusual: u64) -> Option<String> {
    Some(match (operations, unusual) {
        (0, _) => return None,
        (1, 0) => "Review its one operation".to_owned(),
        (1, _) => "Review its one operation, which is out of its ordinary way".to_owned(),
        (all, 0) => format!("Review all {all} of its operations"),
        (all, 1) => {
            format!("Review all {all} of its operations, one of them out of its ordinary way")
        }
        (all, some) if some >= all => {
            format!("Review all {all} of its operations, all of them out of its ordinary way")
        }
        (all, some) => {
            format!("Review all {all} of its operations, {some} of them out of its ordinary way")
        }
    })
}

/// Whether a change outside any subscription is one that a user made or got.
fn is_of(change: &IamChange, user: &User) -> bool {
    [&change.by, &change.principal].iter().any(|id| id.as_deref() == Some(&user.id))
}

/// Why something is done about a user.
pub(super) struct Because {
    why: Few,
    alerts: Few,
    by: String,
}

impl Because {
    /// What speaks against a user.
    pub(super) fn of(plan: &Plan<'_>, user: &User) -> Self {
        let alerts = user.suspicion.iter().flat_map(|s| s.alerts.iter().take(super::REASONS));
        Because { why: plan.reasons(user), alerts: alerts.cloned().collect(), by: user.id.clone() }
    }

    /// A step with these reasons.
    pub(super) fn doing(&self, command: Option<String>, reversible: bool) -> Doing {
        Doing {
            command,
            reversible,
            why: self.why.clone(),
            alerts: self.alerts.clone(),
            by: [self.by.clone()].into(),
        }
    }
}

/// The name by which the directory finds a person: the object id, or a member's own name.
fn handle(user: &User) -> Option<String> {
    user.object_id.as_deref().and_then(quoted_guid).or_else(|| {
        let name = user.upn.as_deref().filter(|_| user.kind == UserKind::User)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "@._-+".contains(c);
        if name.chars().all(is_plain) { quoted(name) } else { None }
    })
}

/// Whoever is known by an object id and nothing else.
fn unknown(user: &User, because: &Because, steps: &mut Steps) {
    let line = user.object_id.as_deref().and_then(quoted_guid);
    let line = line.map(|id| graph("get", &format!("directoryObjects/{id}")));
    let what =
        "Find out what it is, a person, a program or a group, and lock it out if nobody knows it";
    steps.add(Turn::ShutDoors, what, &user.id, because.doing(line, true));
}

/// What a suspect gave somebody of whom nothing else is known; `None` where there is more against him.
///
/// Suspects hand out rights in their daily work, too. Who never used one is asked about: to take the right
/// away, which the plan does, is enough, unless giving it was grave by itself.
pub(super) fn only_named(plan: &Plan<'_>, user: &User) -> Option<&'static str> {
    let is_idle = user.suspicion.as_ref().is_some_and(|s| s.by_spread && s.operations == 0);
    let received = || user.received.iter();
    if !is_idle {
        None
    } else if received().all(|hand| plan.rights.is_gone(hand)) {
        Some("a right that is gone and was never used")
    } else {
        let is_right =
            |way: HandoverWay| matches!(way, HandoverWay::Granted | HandoverWay::VaultPolicy);
        let is_slight = received().all(|hand| is_right(hand.way))
            && !plan.basis.drawn_in_gravely.contains(&user.id);
        is_slight.then_some("a right that was never used")
    }
}

/// A person of the tenant, or a guest of it.
fn person(plan: &Plan<'_>, user: &User, because: &Because, steps: &mut Steps) {
    let target = user.id.as_str();
    let (id, familiarity) = (handle(user), plan.familiarity(user));
    let run = |line: &dyn Fn(&str) -> String| id.as_deref().map(line);
    let object = user.object_id.as_deref().and_then(quoted_guid);
    let logs = object.map(|id| sign_ins(&id, &PERSONS, "userId"));
    let what = "Save its sign-in log, which ends after 30 days";
    steps.add(Turn::SaveSignIns, what, target, because.doing(logs, true));
    if familiarity == Familiarity::Unfamiliar
        && let Some(given) = only_named(plan, user)
    {
        let what = format!(
            "Ask who it belongs to, and delete the account if nobody knows it: a suspect gave it {given}"
        );
        return steps.add(Turn::AskOwners, &what, target, because.doing(None, true));
    }
    if familiarity != Familiarity::Familiar {
        let line = run(&|id| format!("az ad user update --id {id} --account-enabled false"));
        steps.add(Turn::ShutDoors, "Disable the account", target, because.doing(line, true));
    }
    if familiarity != Familiarity::Unfamiliar {
        credentials(user, id.as_deref(), because, steps);
    }
    let revoke = run(&|id| graph("post", &format!("users/{id}/revokeSignInSessions")));
    steps.add(Turn::EndSessions, "Revoke its sessions", target, because.doing(revoke, true));
    match familiarity {
        Familiarity::Unfamiliar => {
            let line = run(&|id| format!("az ad user delete --id {id}"));
            steps.add(
                Turn::RemoveIntruders,
                "Delete the account",
                target,
                because.doing(line, false),
            );
        }
        Familiarity::Unknown => {
            let what = "Ask who it belongs to: delete the account if nobody knows it, enable it with its new credentials if somebody does";
            steps.add(Turn::AskOwners, what, target, because.doing(None, true));
        }
        Familiarity::Familiar => {}
    }
}

/// New credentials for a person that may go on working.
fn credentials(user: &User, id: Option<&str>, because: &Because, steps: &mut Steps) {
    let target = user.id.as_str();
    if user.kind != UserKind::User {
        let what =
            "Have its home organization give it new credentials and review its sign-in methods";
        return steps.add(Turn::ChangeCredentials, what, target, because.doing(None, true));
    }
    let password = id.map(|id| {
        format!(
            r#"az ad user update --id {id} --password "$NEW_PASSWORD" --force-change-password-next-sign-in true"#
        )
    });
    let what = "Give it a new password";
    steps.add(Turn::ChangeCredentials, what, target, because.doing(password, false));
    let methods = id.map(|id| graph("get", &format!("users/{id}/authentication/methods")));
    let what = "Review its sign-in methods (MFA) with its owner, and remove those that are not the owner's";
    steps.add(Turn::ReviewMethods, what, target, because.doing(methods, true));
}

/// A request to Microsoft Graph.
fn graph(method: &str, path: &str) -> String {
    format!("az rest --method {method} --url https://graph.microsoft.com/v1.0/{path}")
}

/// Kinds of sign-ins of a person: an intruder who has a token makes none of the first kind.
const PERSONS: [&str; 2] = ["interactiveUser", "nonInteractiveUser"];

/// The request for the sign-ins of a principal, of certain kinds; the first version of the service
/// has one kind only, and tells nothing of the others.
///
/// The service gives a thousand of them, the newest first, and the address of those before: what
/// matters most stands on the last page.
pub(super) fn sign_ins(id: &str, kinds: &[&str], member: &str) -> String {
    let kinds: Vec<String> = kinds.iter().map(|kind| format!("t eq '{kind}'")).collect();
    let filter = format!("signInEventTypes/any(t: {}) and {member} eq '{id}'", kinds.join(" or "));
    let url = format!("https://graph.microsoft.com/beta/auditLogs/signIns?$filter={filter}");
    let url = quoted(&url).unwrap_or_default();
    format!(
        r#"url={url}; n=0; while [ -n "$url" ]; do n=$((n+1)); file=sign-ins-{id}.$n.json; az rest --method get --output json --url "$url" > "$file" || break; url=$(sed -n 's/^  "@odata.nextLink": "\(.*\)",*$/\1/p' "$file"); done"#
    )
}

/// Somebody of another tenant, who comes in through rights that were delegated to it.
fn provider(plan: &Plan<'_>, user: &User, because: &Because, steps: &mut Steps) {
    let tenant = user.delegated_from.as_deref().or(user.home_tenant.as_deref());
    let mut found = false;
    for entry in plan.report.subscriptions.iter().filter(|s| user.subscriptions.contains(&s.id)) {
        let changes = entry.iam_changes.iter();
        for change in changes.filter(|change| grant::delegates_to(entry, change, tenant)) {
            found = true;
            grant::end_delegation(change, because.doing(None, false), steps);
        }
    }
    if !found && !is_shut_out(plan, user, tenant) {
        let first = user.subscriptions.first().and_then(|id| quoted(id));
        let command = first.map(|id| {
            format!(
                "az managedservices assignment list --subscription {id} --include-definition true"
            )
        });
        let what = "Find the delegation or the partner relationship that lets it in, and end it";
        steps.add(Turn::ShutDoors, what, &user.id, because.doing(command, true));
    }
    let whom = tenant.map_or("the organization it belongs to".to_owned(), |tenant| {
        format!("the managing tenant {tenant}")
    });
    let what = format!("Tell {whom} that its account acted here, and have it locked there");
    steps.add(Turn::ChangeCredentials, &what, &user.id, because.doing(None, true));
}

/// Whether every delegation by which somebody came in is known, and ended when it was seen last.
fn is_shut_out(plan: &Plan<'_>, user: &User, tenant: Option<&str>) -> bool {
    let ended = |id: &String| {
        let entry = plan.report.subscriptions.iter().find(|entry| entry.id == *id);
        let own = entry.into_iter().flat_map(|entry| &entry.delegations);
        let mut own = own.filter(|d| d.tenant_id.is_some() && d.tenant_id.as_deref() == tenant);
        let is_over = |d: &Delegation| {
            let end = d.ended.as_ref().and_then(|ended| ended.time);
            !d.standing && end.is_none_or(|end| Some(end) > user.last_seen)
        };
        own.clone().next().is_some() && own.all(is_over)
    };
    !user.subscriptions.is_empty() && user.subscriptions.iter().all(ended)
}

/// Secrets that a user was handed under suspicion and that nobody replaced since.
pub(super) fn secrets(plan: &Plan<'_>, user: &User, because: &Because, steps: &mut Steps) {
    let open = user.secrets.iter().filter(|secret| {
        let gone =
            secret.last.is_some_and(|last| plan.basis.removals.ended(&secret.resource_id, last));
        secret.suspicious > 0 && secret.rotated.is_none() && !gone
    });
    for secret in open {
        let Some(kind) = handed_out_by(&secret.operation) else { continue };
        let id = ResourceId::parse(&secret.resource_id);
        let at = id.and_then(|id| if kind.at.is_empty() { Some(id) } else { id.nearest(kind.at) });
        let target = match at {
            Some(at) if secret.resource_id != at.as_str() => at.as_str().into(),
            _ => secret.resource_id.clone(),
        };
        let mut doing = because.doing(filled(kind.command, &target), false);
        if !secret.findings.is_empty() {
            doing.why = secret.findings.iter().cloned().collect();
        }
        // Whoever has a link needs nothing else.
        if kind.what.starts_with("a link to download") {
            // Another one is made at any time.
            doing.reversible = true;
            steps.add(Turn::CloseWays, &format!("Close {}", kind.what), target, doing);
        } else {
            steps.add(Turn::ReplaceSecrets, &format!("Replace {}", kind.what), target, doing);
        }
    }
    for hand in user.gave.iter().filter(|hand| hand.way == HandoverWay::VaultPolicy) {
        let vault = ResourceId::parse(&hand.scope).and_then(|id| id.nearest(of_vault().at));
        let Some(vault) = vault else { continue };
        if !hand.time.is_some_and(|time| plan.basis.removals.ended(vault.as_str(), time)) {
            let step = format!("Replace {}", of_vault().what);
            steps.add(Turn::ReplaceVaultSecrets, &step, vault.as_str(), because.doing(None, false));
        }
    }
}
