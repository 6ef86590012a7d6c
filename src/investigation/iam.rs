//! Changes of who may do what: grants, revocations, custom roles, delegations.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::model::{Delegation, Finding, IamChange, IamChangeKind, ScopeLevel};
use super::removal::Removals;
use crate::azure::resource_id::ResourceId;
use crate::azure::role;
use crate::base::Time;
use crate::base::index32;
use crate::corpus::Grant;
use crate::ledger::{Operation, Outcome};

/// Operations that change access, by name in upper case.
const CHANGES: &[(&str, IamChangeKind)] = &[
    ("MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE", IamChangeKind::Grant),
    ("MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/DELETE", IamChangeKind::Revoke),
    ("MICROSOFT.AUTHORIZATION/ROLEDEFINITIONS/WRITE", IamChangeKind::CustomRole),
    ("MICROSOFT.AUTHORIZATION/ELEVATEACCESS/ACTION", IamChangeKind::Elevate),
    ("MICROSOFT.AUTHORIZATION/DENYASSIGNMENTS/WRITE", IamChangeKind::Deny),
    ("MICROSOFT.AUTHORIZATION/DENYASSIGNMENTS/DELETE", IamChangeKind::Deny),
    ("MICROSOFT.AUTHORIZATION/CLASSICADMINISTRATORS/WRITE", IamChangeKind::ClassicAdmin),
    ("MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTSCHEDULEREQUESTS/WRITE", IamChangeKind::Pim),
    ("MICROSOFT.AUTHORIZATION/ROLEELIGIBILITYSCHEDULEREQUESTS/WRITE", IamChangeKind::Pim),
    ("MICROSOFT.MANAGEDSERVICES/REGISTRATIONASSIGNMENTS/WRITE", IamChangeKind::Delegation),
];

/// Changes and delegations of every subscription, by its id.
#[derive(Default)]
pub(super) struct Iam {
    pub(super) changes: BTreeMap<String, Vec<IamChange>>,
    pub(super) delegations: BTreeMap<String, Vec<Delegation>>,
}

/// Returns the changes of access that took effect, in order of time.
pub(super) fn iam(facts: &Facts<'_>, findings: &[Finding], removals: &Removals<'_>) -> Iam {
    let kinds: Vec<Option<IamChangeKind>> =
        facts.corpus.names.operation.iter().map(change_of).collect();
    let grants: BTreeMap<u32, &Grant> = facts.corpus.grants.iter().map(|g| (g.row.0, g)).collect();
    let of_operation = findings_by_operation(facts, findings);
    let seen = first_seen(facts);
    let mut iam = Iam::default();
    for (number, operation) in facts.ledger.operations.iter().enumerate() {
        let Some(kind) = kinds.get(operation.operation as usize).copied().flatten() else {
            continue;
        };
        if !matches!(operation.outcome, Outcome::Succeeded | Outcome::Accepted) {
            continue;
        }
        let subscription = facts.subscription(operation).unwrap_or_default().to_owned();
        let grant = facts.ledger.rows_of(operation).iter().find_map(|row| grants.get(row).copied());
        let places = [facts.resource(operation), grant.map(|g| g.scope.as_str())];
        let taken = places.into_iter().flatten().any(|at| removals.ended(at, operation.first));
        let standing = !taken && !takes_away(facts.operation(operation));
        if kind == IamChangeKind::Delegation {
            iam.delegations.entry(subscription.clone()).or_default().push(Delegation {
                tenant_id: None,
                by: facts.who(operation.identity).map(str::to_owned),
                time: Some(operation.first),
                standing,
            });
        }
        let mut change = change(facts, operation, kind, grant, standing);
        let known = change.principal.as_deref().and_then(|p| facts.principals.find(p));
        change.familiar_principal =
            known.and_then(|p| seen[p]).is_some_and(|first| first < operation.first);
        change.findings = of_operation.get(&(index32(number))).cloned().unwrap_or_default();
        iam.changes.entry(subscription).or_default().push(change);
    }
    iam
}

/// Whether an operation ends a right instead of giving one.
fn takes_away(operation: &str) -> bool {
    operation.ends_with("/DELETE")
        || operation.starts_with("REMOVE ")
        || ["EXPIRED", "DEACTIVAT"].iter().any(|word| operation.contains(word))
}

/// When each principal was first seen acting.
fn first_seen(facts: &Facts<'_>) -> Vec<Option<Time>> {
    let spine = &facts.corpus.spine;
    let mut first: Vec<Option<Time>> = vec![None; facts.principals.all.len()];
    for row in spine.rows() {
        if let Some(p) = facts.principals.of(spine.identity[row]) {
            let time = spine.time[row];
            first[p] = Some(first[p].map_or(time, |t| t.min(time)));
        }
    }
    first
}

fn change_of(name: &str) -> Option<IamChangeKind> {
    let listed = CHANGES.iter().find(|(operation, _)| *operation == name).map(|(_, kind)| *kind);
    listed.or_else(|| {
        // Privileged Identity Management names its operations in sentences; a request is followed
        // by its own completion.
        let is_change =
            name.contains("PIM") && name.contains("ROLE") && !name.contains("REQUESTED");
        is_change.then_some(IamChangeKind::Pim)
    })
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

fn change(
    facts: &Facts<'_>,
    operation: &Operation,
    kind: IamChangeKind,
    grant: Option<&Grant>,
    standing: bool,
) -> IamChange {
    let known = grant.and_then(|g| role::by_guid(&g.role));
    let resource = facts.resource(operation);
    let target = || {
        resource
            .and_then(ResourceId::parse)
            .and_then(|id| id.target_of_extension().map(|t| t.as_str().to_owned()))
    };
    let elevated = kind == IamChangeKind::Elevate;
    let scope = match grant.map(|g| g.scope.clone()).filter(|s| !s.is_empty()) {
        Some(scope) => Some(scope),
        None if elevated => Some("/".to_owned()),
        None => target().or_else(|| resource.map(str::to_owned)),
    };
    let principal = grant.map(|g| match facts.principals.find(&g.principal) {
        Some(p) => facts.principals.all[p].id.clone(),
        None => g.principal.clone(),
    });
    IamChange {
        time: Some(operation.first),
        change: kind,
        by: facts.who(operation.identity).map(str::to_owned),
        principal: if elevated {
            facts.who(operation.identity).map(str::to_owned)
        } else {
            principal
        },
        role: if elevated {
            Some("User Access Administrator".to_owned())
        } else {
            known.map(|r| r.name.to_owned())
        },
        role_id: grant.map(|g| g.role.clone()).filter(|r| !r.is_empty()),
        privileged: elevated || known.is_some_and(|r| r.privileged || r.can_assign_roles()),
        scope_level: scope
            .as_deref()
            .and_then(ResourceId::parse)
            .and_then(|id| ScopeLevel::parse(id.scope_level().as_str())),
        scope,
        standing,
        familiar_principal: false,
        findings: Vec::new(),
    }
}
