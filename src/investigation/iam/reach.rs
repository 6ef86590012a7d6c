//! Which subscriptions a change above them reaches: at the root, or at a management group.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::Facts;
use super::super::model::{IamChange, ScopeLevel, Subscription};
use crate::azure::resource_id::ResourceId;
use crate::ledger::Outcome;

/// The operations that put a subscription under a management group, or take it out.
const MOVES: [(&str, bool); 2] = [
    ("MICROSOFT.MANAGEMENT/MANAGEMENTGROUPS/SUBSCRIPTIONS/WRITE", true),
    ("MICROSOFT.MANAGEMENT/MANAGEMENTGROUPS/SUBSCRIPTIONS/DELETE", false),
];

/// Gives every subscription copies of the changes above it that reach it.
///
/// The root and the root group, which has the id of the tenant, reach all subscriptions of the
/// tenant. What lies under another group is known only where the evidence moves it there.
pub(in super::super) fn inherit(
    facts: &Facts<'_>,
    above: &[IamChange],
    subscriptions: &mut [Subscription],
) {
    if above.is_empty() {
        return;
    }
    let under = under(facts);
    for subscription in subscriptions {
        let tenant = subscription.tenant_id.as_deref();
        let groups = under.get(subscription.id.as_str());
        let reaches = |change: &&IamChange| match change.scope_level {
            Some(ScopeLevel::Root) => is_of_tenant(facts, change, tenant),
            Some(ScopeLevel::ManagementGroup) => {
                let scope = change.scope.as_deref().and_then(ResourceId::parse);
                let group = scope.and_then(|id| id.management_group());
                group.is_some_and(|group| {
                    tenant == Some(group) || groups.is_some_and(|own| own.contains(group))
                })
            }
            _ => false,
        };
        let inherited = above.iter().filter(reaches);
        let copy = |change: &IamChange| IamChange {
            inherited_from: change.scope.clone(),
            ..change.clone()
        };
        subscription.inherited_iam_changes = inherited.map(copy).collect();
    }
}

/// Whether a change at the root is one of the subscription's tenant, as far as its author tells.
fn is_of_tenant(facts: &Facts<'_>, change: &IamChange, tenant: Option<&str>) -> bool {
    let by = change.by.as_deref().and_then(|by| facts.principals.find(by));
    let token = by.and_then(|by| facts.principals.all[by].token_tenant.as_deref());
    match (tenant, token) {
        (Some(tenant), Some(token)) => tenant == token,
        _ => true,
    }
}

/// The management groups that each subscription was put under and not taken out of.
fn under<'f>(facts: &Facts<'f>) -> BTreeMap<&'f str, BTreeSet<&'f str>> {
    let mut under: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for operation in facts.operations().filter(|o| o.outcome == Outcome::Succeeded) {
        let name = facts.operation(operation);
        let Some((_, into)) = MOVES.iter().find(|(moves, _)| *moves == name) else { continue };
        let resource = facts.resource(operation).unwrap_or_default();
        let group = ResourceId::parse(resource).and_then(|id| id.management_group());
        let (Some(group), Some(own)) = (group, resource.rsplit('/').next()) else { continue };
        let groups = under.entry(own).or_default();
        // A subscription lies under one group only.
        groups.clear();
        if *into {
            groups.insert(group);
        }
    }
    under
}
