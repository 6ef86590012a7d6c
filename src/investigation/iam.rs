//! The ledger of rights: grants, revocations, custom roles, denials, delegations, and what became of each.

mod delegation;
mod ending;
mod given;
mod listed;
mod pim;
mod reach;
mod regained;
mod role;
mod target;

use super::facts::Facts;
use super::familiarity::Familiarities;
use super::group::Groups;
use super::model::{
    Delegation, Ending, EndingKind, Finding, IamChange, IamChangeKind, ListState, Report,
    ScopeLevel,
};
use super::removal::Removals;
use super::scoped::Scoped;
use super::suspect::Suspects;
use super::told::Told;
use super::user;
use crate::azure::pim::Deed;
use crate::azure::resource_id::ResourceId;
use crate::base::index32;
use crate::ledger::Operation;
use crate::shape::access::{Access, Pim};
use delegation::Offered;
pub(super) use delegation::Offers;
use ending::Endings;
use given::{Assignments, Given, Holders};
use listed::Lists;
pub(super) use reach::under;
pub(super) use regained::Regained;
use role::Known;
pub(super) use role::Roles;
pub(super) use target::expected;

/// Operations that change access, by name in upper case.
const CHANGES: &[(&str, IamChangeKind)] = &[
    ("MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE", IamChangeKind::Grant),
    ("MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/DELETE", IamChangeKind::Revoke),
    ("MICROSOFT.AUTHORIZATION/ROLEDEFINITIONS/WRITE", IamChangeKind::CustomRole),
    ("MICROSOFT.AUTHORIZATION/ROLEDEFINITIONS/DELETE", IamChangeKind::CustomRole),
    ("MICROSOFT.AUTHORIZATION/ELEVATEACCESS/ACTION", IamChangeKind::Elevate),
    ("MICROSOFT.AUTHORIZATION/DENYASSIGNMENTS/WRITE", IamChangeKind::Deny),
    ("MICROSOFT.AUTHORIZATION/DENYASSIGNMENTS/DELETE", IamChangeKind::Deny),
    ("MICROSOFT.AUTHORIZATION/CLASSICADMINISTRATORS/WRITE", IamChangeKind::ClassicAdmin),
    ("MICROSOFT.AUTHORIZATION/CLASSICADMINISTRATORS/DELETE", IamChangeKind::ClassicAdmin),
    ("MICROSOFT.MANAGEDSERVICES/REGISTRATIONASSIGNMENTS/WRITE", IamChangeKind::Delegation),
    ("MICROSOFT.MANAGEDSERVICES/REGISTRATIONASSIGNMENTS/DELETE", IamChangeKind::Delegation),
];

/// Changes and delegations of every subscription, and those above.
#[derive(Default)]
pub(super) struct Iam {
    /// What took effect.
    pub(super) changes: Scoped<Vec<IamChange>>,
    /// What was refused or never ended.
    attempts: Scoped<Vec<IamChange>>,
    pub(super) delegations: Scoped<Vec<Delegation>>,
}

/// One operation that changed access, with what its events say of it.
struct Change<'f> {
    number: u32,
    operation: &'f Operation,
    kind: IamChangeKind,
    /// Whether it takes away.
    removal: bool,
    given: Option<Given<'f>>,
    pim: Option<Pim>,
    /// The definition that a delegation accepts.
    accepted: (Option<&'f str>, Option<Offered<'f>>),
}

/// What the ledger is worked out from.
struct Sources<'r, 'f> {
    facts: &'r Facts<'f>,
    roles: Roles<'f>,
    holders: Holders<'f>,
    groups: Groups<'f>,
    lists: Lists<'f>,
    regained: Regained,
    known: &'r Familiarities,
    suspects: &'r Suspects,
    findings: &'r [Finding],
    told: &'r Told,
}

/// Returns the changes of access, in order of time.
pub(super) fn iam(
    facts: &Facts<'_>,
    findings: &[Finding],
    removals: &Removals,
    known: user::Known<'_>,
) -> Iam {
    let changes = changes(facts);
    let (done, tried): (Vec<_>, Vec<_>) = changes.into_iter().partition(took_effect);
    let last = facts.corpus.spine.rows().map(|row| facts.corpus.spine.time[row]).max();
    let endings = Endings::of(facts, &done, removals, last);
    let sources = Sources {
        facts,
        roles: Roles::of(facts),
        holders: Holders::of(facts),
        groups: Groups::of(facts),
        lists: Lists::of(facts),
        regained: Regained::of(facts),
        known: known.familiar,
        suspects: known.suspects,
        findings,
        told: known.told,
    };
    let mut iam = Iam::default();
    for change in &done {
        let shown = sources.with_end(change, &endings);
        let subscription = facts.subscription(change.operation);
        if change.kind == IamChangeKind::Delegation && !change.removal {
            let made = delegation::delegation(
                facts,
                change.operation,
                change.accepted,
                &sources.roles,
                shown.ended.clone(),
            );
            iam.delegations.of(subscription).push(made);
        }
        iam.changes.of(subscription).push(shown);
    }
    for change in &tried {
        iam.attempts.of(facts.subscription(change.operation)).push(sources.shown(change));
    }
    iam
}

impl Iam {
    /// Takes the attempts, for [`attach`].
    pub(super) fn take_attempts(&mut self) -> Scoped<Vec<IamChange>> {
        std::mem::take(&mut self.attempts)
    }
}

/// Puts attempts, and changes that reach in from above, into the subscriptions of a report.
pub(super) fn attach(facts: &Facts<'_>, mut attempts: Scoped<Vec<IamChange>>, report: &mut Report) {
    report.tenant_iam_attempts = attempts.take_tenant();
    for subscription in &mut report.subscriptions {
        subscription.iam_attempts = attempts.take(&subscription.id);
    }
    reach::inherit(facts, &report.tenant_iam_changes, &mut report.subscriptions);
}

fn took_effect(change: &Change<'_>) -> bool {
    change.operation.outcome.took_effect()
}

/// The operations that change access, in order of time, whatever became of them.
fn changes<'f>(facts: &Facts<'f>) -> Vec<Change<'f>> {
    let (offers, assignments) = (Offers::of(facts), Assignments::of(facts));
    let kinds: Vec<Option<IamChangeKind>> =
        facts.corpus.names.operation.iter().map(change_of).collect();
    let mut changes = Vec::new();
    for (number, operation) in facts.ledger.operations.iter().enumerate() {
        let kind = kinds.get(operation.operation as usize).copied().flatten();
        let Some(kind) = kind.filter(|_| !facts.is_evaluation(operation)) else { continue };
        let pim = pim::of(facts, operation);
        if pim.as_ref().is_some_and(|pim| pim.change.pending) {
            continue;
        }
        let kind = pim.as_ref().map_or(kind, pim::kind);
        changes.push(Change {
            number: index32(number),
            operation,
            kind,
            removal: removes(facts, operation, pim.as_ref()),
            given: assignments.given(facts, operation),
            pim,
            accepted: offers.accepted_by(facts, operation),
        });
    }
    changes
}

/// Whether an operation takes rights away.
pub(super) fn takes_away(facts: &Facts<'_>, operation: &Operation) -> bool {
    removes(facts, operation, pim::of(facts, operation).as_ref())
}

fn removes(facts: &Facts<'_>, operation: &Operation, pim: Option<&Pim>) -> bool {
    pim.is_some_and(|pim| pim.change.deed != Deed::Gives)
        || facts.operation(operation).ends_with("/DELETE")
}

fn change_of(name: &str) -> Option<IamChangeKind> {
    let listed = CHANGES.iter().find(|(operation, _)| *operation == name).map(|(_, kind)| *kind);
    listed.or_else(|| crate::azure::pim::change(name).map(|_| IamChangeKind::Pim))
}

impl<'f> Sources<'_, 'f> {
    /// Returns a change with what ended it, and what lists say of it.
    fn with_end(&self, change: &Change<'f>, endings: &Endings<'_, 'f>) -> IamChange {
        let mut shown = self.shown(change);
        if change.removal {
            return shown;
        }
        shown.ended = endings.of_change(self.facts, change);
        let is_eligible = change.pim.as_ref().is_some_and(|pim| pim.change.eligible);
        if matches!(change.kind, IamChangeKind::Grant | IamChangeKind::Pim) && !is_eligible {
            shown.listed = self.lists.look(self.facts, change);
        }
        if let Some(listed) = &shown.listed {
            let end = shown.ended.as_ref().and_then(|ended| ended.time);
            let later = listed.taken_after.is_some_and(|after| end.is_some_and(|end| after > end));
            match listed.state {
                // Who took it back gave it again, outside the evidence.
                ListState::StillThere if later => shown.ended = None,
                ListState::Gone if shown.ended.is_none() => {
                    shown.ended = Some(Ending { how: EndingKind::NotListed, ..Ending::default() });
                }
                _ => {}
            }
        }
        shown.standing = shown.ended.is_none();
        shown
    }

    fn shown(&self, change: &Change<'f>) -> IamChange {
        let (facts, operation) = (self.facts, change.operation);
        let resource = facts.resource(operation);
        let by = facts.who(operation.identity).map(str::to_owned);
        let (role_id, role) = self.role(change);
        let (scope, member) = (change.scope(facts), change.member(facts));
        let assigned = given::assigned(facts, operation);
        let principal = member.as_deref().map(|member| facts.shown(member));
        let (members, suspect_members) = self.members(member.as_deref());
        IamChange {
            time: Some(operation.first),
            change: change.kind,
            principal_name: member.as_deref().and_then(|who| self.holders.name(facts, who)),
            principal_kind: member
                .as_deref()
                .and_then(|who| self.holders.kind(facts, assigned.holder, who)),
            familiar_principal: self.known.is_familiar(facts, principal.as_deref()),
            principal,
            by,
            role: role.name,
            role_id,
            privileged: role.privileged,
            scope_level: scope
                .as_deref()
                .and_then(ResourceId::parse)
                .and_then(|id| ScopeLevel::parse(id.scope_level().as_str())),
            scope,
            pim_assignment: change.pim.as_ref().and_then(pim::assignment),
            expires: change.pim.as_ref().and_then(|pim| pim.expires),
            findings: (self.told.of_operation(change.number))
                .map(|number| self.findings[number].id.clone())
                .collect(),
            outcome: operation.outcome,
            removal: change.removal,
            by_suspect: self.suspects.taints(change.number),
            restores: self
                .regained
                .restores(facts, change.number, &|number| self.suspects.taints(number)),
            assignment_id: resource
                .filter(|_| change.kind != IamChangeKind::Elevate)
                .map(str::to_owned),
            condition: assigned.condition,
            members,
            suspect_members,
            row: facts.ledger.rows_of(operation).first().copied(),
            ..IamChange::default()
        }
    }

    /// Who is in a group, and who of these is under suspicion, as ids of users.
    fn members(&self, group: Option<&str>) -> (Vec<String>, Vec<String>) {
        let all = group.map(|group| self.groups.members(group)).unwrap_or_default();
        let id = |(oid, name): (&'f str, &'f str)| {
            let known = self.facts.principals.find(oid);
            let is_suspect = known.is_some_and(|p| self.suspects.get(p).is_some());
            let id = match known {
                None if !name.is_empty() => name.to_owned(),
                _ => self.facts.shown(oid),
            };
            (id, is_suspect)
        };
        let mut all: Vec<(String, bool)> = all.into_iter().map(id).collect();
        all.sort();
        let suspects = all.iter().filter(|(_, suspect)| *suspect).map(|(id, _)| id.clone());
        let suspects = suspects.collect();
        (all.into_iter().map(|(id, _)| id).collect(), suspects)
    }

    /// The role that a change is about, and what is known of it.
    fn role(&self, change: &Change<'_>) -> (Option<String>, Known) {
        let id = change.role_id(self.facts);
        let mut known = id.map_or_else(Known::default, |id| self.roles.known(id));
        if known.name.is_none() {
            known.name = change.pim.as_ref().and_then(|pim| pim.role.clone());
        }
        match change.kind {
            // They have the rights of an Owner of the subscription.
            IamChangeKind::ClassicAdmin => {
                known = Known { name: named_role(self.facts, change), privileged: Some(true) };
            }
            IamChangeKind::Deny => known.name = named_role(self.facts, change),
            IamChangeKind::Delegation => {
                let offer = change.accepted.1.map(|offered| offered.offer);
                known.privileged =
                    offer.and_then(|offer| delegation::privileged(offer, &self.roles));
            }
            _ => {}
        }
        (id.map(str::to_owned), known)
    }
}

/// The name that a body gives to what it sets: the role of an administrator, the name of a denial.
fn named_role(facts: &Facts<'_>, change: &Change<'_>) -> Option<String> {
    let name = facts.access(change.operation).find_map(|access| match access {
        Access::Classic(classic) => Some(&classic.role),
        Access::Denied(denied) => Some(&denied.name),
        _ => None,
    });
    name.filter(|name| !name.is_empty()).cloned()
}
