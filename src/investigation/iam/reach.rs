//! Which subscriptions a change above them reaches: at the root, or at a management group.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::Facts;
use super::super::model::{IamChange, ScopeLevel, Subscription};
use crate::azure::resource_id::ResourceId;
use crate::base::Time;
use crate::ledger::Outcome;
use crate::shape::access::Access;

/// The operations that put a subscription under a management group, or take it out.
const MOVES: [(&str, bool); 2] = [
    ("MICROSOFT.MANAGEMENT/MANAGEMENTGROUPS/SUBSCRIPTIONS/WRITE", true),
    ("MICROSOFT.MANAGEMENT/MANAGEMENTGROUPS/SUBSCRIPTIONS/DELETE", false),
];

/// Gives every subscription copies of the changes above it that reach it.
///
/// The root and the root group, which has the id of the tenant, reach all subscriptions of the
/// tenant. What lies under another group is known from the path that events carry, and where the
/// evidence moves it.
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

/// The management groups that each subscription lies under at the end of the evidence.
pub(in super::super) fn under<'f>(facts: &Facts<'f>) -> BTreeMap<&'f str, BTreeSet<&'f str>> {
    let mut told: Vec<(Time, &str, Vec<&str>)> = Vec::new();
    for (row, access) in &facts.corpus.access {
        let Access::Under(groups) = access else { continue };
        let row = row.0 as usize;
        let subscription =
            facts.corpus.names.subscription.get(facts.corpus.spine.subscription[row]);
        if let Some(subscription) = subscription {
            let groups = groups.iter().map(String::as_str).collect();
            told.push((facts.corpus.spine.time[row], subscription, groups));
        }
    }
    told.extend(moves(facts));
    told.sort_unstable();
    told.into_iter().map(|(_, own, groups)| (own, groups.into_iter().collect())).collect()
}

/// When subscriptions were put under a group, or taken out of it. A subscription lies under one
/// group only, and what lies above that group is not told.
fn moves<'f>(facts: &Facts<'f>) -> impl Iterator<Item = (Time, &'f str, Vec<&'f str>)> {
    facts.operations().filter(|o| o.outcome == Outcome::Succeeded).filter_map(|operation| {
        let name = facts.operation(operation);
        let (_, into) = MOVES.iter().find(|(moves, _)| *moves == name)?;
        let resource = facts.resource(operation)?;
        let group = ResourceId::parse(resource)?.management_group()?;
        let own = resource.rsplit('/').next()?;
        Some((operation.last, own, if *into { vec![group] } else { Vec::new() }))
    })
}
