//! Changes of who may do what: grants, revocations, custom roles, delegations.

mod delegation;
mod pim;
mod role;

use std::collections::BTreeMap;

use super::facts::Facts;
use super::familiarity::Familiarities;
use super::model::{Delegation, Finding, IamChange, IamChangeKind, ScopeLevel};
use super::removal::Removals;
use crate::azure::pim::Deed;
use crate::azure::resource_id::ResourceId;
use crate::base::Time;
use crate::base::index32;
use crate::corpus::Grant;
use crate::ledger::{Operation, Outcome};
use crate::shape::access::{Offer, Pim};
use delegation::Offers;
use pim::Ends;
use role::{Known, Roles};

/// Operations that change access, by name in upper case.
const CHANGES: &[(&str, IamChangeKind)] = &[
    ("MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE", IamChangeKind::Grant),
    ("MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/DELETE", IamChangeKind::Revoke),
    ("MICROSOFT.AUTHORIZATION/ROLEDEFINITIONS/WRITE", IamChangeKind::CustomRole),
    ("MICROSOFT.AUTHORIZATION/ELEVATEACCESS/ACTION", IamChangeKind::Elevate),
    ("MICROSOFT.AUTHORIZATION/DENYASSIGNMENTS/WRITE", IamChangeKind::Deny),
    ("MICROSOFT.AUTHORIZATION/DENYASSIGNMENTS/DELETE", IamChangeKind::Deny),
    ("MICROSOFT.AUTHORIZATION/CLASSICADMINISTRATORS/WRITE", IamChangeKind::ClassicAdmin),
    ("MICROSOFT.MANAGEDSERVICES/REGISTRATIONASSIGNMENTS/WRITE", IamChangeKind::Delegation),
];

/// Changes and delegations of every subscription, by its id.
#[derive(Default)]
pub(super) struct Iam {
    pub(super) changes: BTreeMap<String, Vec<IamChange>>,
    pub(super) delegations: BTreeMap<String, Vec<Delegation>>,
}

/// One operation that changed access, with what its events say of it.
struct Change<'f> {
    number: u32,
    operation: &'f Operation,
    kind: IamChangeKind,
    grant: Option<&'f Grant>,
    pim: Option<Pim>,
    offer: Option<&'f Offer>,
}

/// Returns the changes of access that took effect, in order of time.
pub(super) fn iam(
    facts: &Facts<'_>,
    findings: &[Finding],
    removals: &Removals<'_>,
    known: &Familiarities,
) -> Iam {
    let (roles, offers) = (Roles::of(facts), Offers::of(facts));
    let changes = changes(facts, &offers);
    let mut ends = Ends::default();
    for change in &changes {
        if let (Some(pim), Some(grant)) = (&change.pim, change.grant)
            && pim.change.deed != Deed::Gives
        {
            ends.note(grant, pim.change.eligible, change.operation.first);
        }
    }
    let of_operation = findings_by_operation(facts, findings);
    let last = facts.corpus.spine.rows().map(|row| facts.corpus.spine.time[row]).max();
    let mut iam = Iam::default();
    for change in &changes {
        let operation = change.operation;
        let standing = stands(facts, change, removals, &ends, last);
        let subscription = facts.subscription(operation).unwrap_or_default().to_owned();
        if change.kind == IamChangeKind::Delegation {
            let made = delegation::delegation(facts, operation, change.offer, &roles, standing);
            iam.delegations.entry(subscription.clone()).or_default().push(made);
        }
        let mut shown = shown(facts, change, &roles);
        shown.standing = standing;
        shown.familiar_principal = known.is_familiar(facts, shown.principal.as_deref());
        shown.findings = of_operation.get(&change.number).cloned().unwrap_or_default();
        iam.changes.entry(subscription).or_default().push(shown);
    }
    iam
}

/// The operations that changed access, in order of time.
fn changes<'f>(facts: &Facts<'f>, offers: &Offers<'f>) -> Vec<Change<'f>> {
    let kinds: Vec<Option<IamChangeKind>> =
        facts.corpus.names.operation.iter().map(change_of).collect();
    let grants: BTreeMap<u32, &Grant> = facts.corpus.grants.iter().map(|g| (g.row.0, g)).collect();
    let mut changes = Vec::new();
    for (number, operation) in facts.ledger.operations.iter().enumerate() {
        let kind = kinds.get(operation.operation as usize).copied().flatten();
        let took_effect = matches!(operation.outcome, Outcome::Succeeded | Outcome::Accepted);
        let Some(kind) = kind.filter(|_| took_effect) else { continue };
        let pim = pim::of(facts, operation);
        if pim.as_ref().is_some_and(|pim| pim.change.pending) {
            continue;
        }
        let rows = facts.ledger.rows_of(operation);
        changes.push(Change {
            number: index32(number),
            operation,
            kind: pim.as_ref().map_or(kind, pim::kind),
            grant: rows.iter().find_map(|row| grants.get(row).copied()),
            pim,
            offer: offers.accepted_by(facts, operation),
        });
    }
    changes
}

fn change_of(name: &str) -> Option<IamChangeKind> {
    let listed = CHANGES.iter().find(|(operation, _)| *operation == name).map(|(_, kind)| *kind);
    listed.or_else(|| crate::azure::pim::change(name).map(|_| IamChangeKind::Pim))
}

impl<'f> Change<'f> {
    /// The principal and the role, where the change gives one role to one principal.
    fn given(&self) -> Option<(&'f str, &'f str)> {
        match (self.grant, self.offer.map(|offer| offer.authorizations.as_slice())) {
            (Some(grant), _) => Some((&grant.principal, &grant.role)),
            (None, Some([(principal, role)])) => Some((principal, role)),
            (None, _) => None,
        }
    }
}

/// Whether what a change gave is still there at `last`, the end of the evidence.
fn stands(
    facts: &Facts<'_>,
    change: &Change<'_>,
    removals: &Removals<'_>,
    ends: &Ends<'_>,
    last: Option<Time>,
) -> bool {
    let operation = change.operation;
    if facts.operation(operation).ends_with("/DELETE") {
        return false;
    }
    if let Some(pim) = &change.pim {
        let ended = |grant| ends.ended(grant, pim.change.eligible, operation.first);
        let expired = pim.expires.is_some_and(|end| last.is_some_and(|last| end <= last));
        if pim.change.deed != Deed::Gives || expired || change.grant.is_some_and(ended) {
            return false;
        }
    }
    let places = [facts.resource(operation), change.grant.map(|g| g.scope.as_str())];
    !places.into_iter().flatten().any(|at| removals.ended(at, operation.first))
}

/// The ids of the findings that each operation is part of.
fn findings_by_operation(facts: &Facts<'_>, findings: &[Finding]) -> BTreeMap<u32, Vec<String>> {
    let mut map: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (finding, shown) in facts.findings.iter().zip(findings) {
        for &operation in &finding.operations {
            map.entry(operation).or_default().push(shown.id.clone());
        }
    }
    map
}

/// The role that a change is about, and what is known of it.
fn role(facts: &Facts<'_>, change: &Change<'_>, roles: &Roles<'_>) -> (Option<String>, Known) {
    let resource = facts.resource(change.operation);
    let id = match change.kind {
        IamChangeKind::CustomRole => resource.and_then(|id| id.rsplit('/').next()),
        _ => change.given().map(|(_, role)| role),
    };
    let id = id.filter(|id| !id.is_empty());
    let mut known = id.map_or_else(Known::default, |id| roles.known(id));
    if known.name.is_none() {
        known.name = change.pim.as_ref().and_then(|pim| pim.role.clone());
    }
    match change.kind {
        IamChangeKind::Elevate => {
            known.name = Some("User Access Administrator".to_owned());
            known.privileged = Some(true);
        }
        // They have the rights of an Owner of the subscription.
        IamChangeKind::ClassicAdmin => known.privileged = Some(true),
        IamChangeKind::Delegation => {
            known.privileged = change.offer.and_then(|offer| delegation::privileged(offer, roles));
        }
        _ => {}
    }
    (id.map(str::to_owned), known)
}

fn shown(facts: &Facts<'_>, change: &Change<'_>, roles: &Roles<'_>) -> IamChange {
    let operation = change.operation;
    let (role_id, role) = role(facts, change, roles);
    let resource = facts.resource(operation);
    let target = || {
        resource
            .and_then(ResourceId::parse)
            .and_then(|id| id.target_of_extension().map(|t| t.as_str().to_owned()))
    };
    let elevated = change.kind == IamChangeKind::Elevate;
    let scope = match change.grant.map(|g| g.scope.clone()).filter(|s| !s.is_empty()) {
        Some(scope) => Some(scope),
        None if elevated => Some("/".to_owned()),
        None => target().or_else(|| resource.map(str::to_owned)),
    };
    let by = facts.who(operation.identity).map(str::to_owned);
    let member = change.given().map(|(principal, _)| facts.shown(principal));
    IamChange {
        time: Some(operation.first),
        change: change.kind,
        principal: if elevated { by.clone() } else { member },
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
        ..IamChange::default()
    }
}
