//! What ended the rights that a change gave, and when.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::Facts;
use super::super::model::{Ending, EndingKind, IamChangeKind};
use super::super::removal::{End, Removals};
use super::Change;
use super::given::Given;
use crate::azure::pim::Deed;
use crate::base::Time;
use crate::shape::access::Access;

/// GUID of the role that an elevation gives, at the root.
pub(super) const ACCESS_ADMINISTRATOR: &str = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";
/// Managed identities that are resources of their own.
const IDENTITY: &str = "/providers/microsoft.managedidentity/userassignedidentities/";

/// Who holds which role where, and whether only as somebody who may activate it.
type Hold<'f> = (String, &'f str, &'f str, bool);

/// An end of a hold: when, by whom, how.
#[derive(Clone, Copy)]
struct Taken {
    time: Time,
    by: u32,
    deed: Deed,
}

/// What ends rights: removals of resources and scopes, and what takes a role from its holder.
pub(super) struct Endings<'r, 'f> {
    removals: &'r Removals,
    taken: BTreeMap<Hold<'f>, Vec<Taken>>,
    /// When and by whom each role was defined without any right worth having, by the definition.
    harmless: BTreeMap<u32, Vec<(Time, u32)>>,
    /// The last event of the evidence.
    last: Option<Time>,
}

impl<'r, 'f> Endings<'r, 'f> {
    /// Collects what takes roles away; changes come in order of time.
    pub(super) fn of(
        facts: &Facts<'f>,
        changes: &[Change<'f>],
        removals: &'r Removals,
        last: Option<Time>,
    ) -> Self {
        let made = changes.iter().filter(|change| change.kind == IamChangeKind::Grant);
        let made: BTreeSet<u32> = made.map(|change| change.operation.resource).collect();
        let mut taken: BTreeMap<Hold<'f>, Vec<Taken>> = BTreeMap::new();
        for change in changes.iter().filter(|change| change.removal) {
            let Some(given) = change.given else { continue };
            // What removes an assignment that was made here ends that one, and no other like it.
            if made.contains(&change.operation.resource) {
                continue;
            }
            let (eligible, deed) = match &change.pim {
                Some(pim) => (pim.change.eligible, pim.change.deed),
                None => (false, Deed::Revokes),
            };
            let (time, by) = (change.operation.first, change.operation.identity);
            let hold = hold(facts, given, eligible);
            taken.entry(hold).or_default().push(Taken { time, by, deed });
        }
        let mut harmless: BTreeMap<u32, Vec<(Time, u32)>> = BTreeMap::new();
        for operation in changes.iter().filter(|c| is_harmless(facts, c)).map(|c| c.operation) {
            let defined = (operation.first, operation.identity);
            harmless.entry(operation.resource).or_default().push(defined);
        }
        Endings { removals, taken, harmless, last }
    }

    /// Returns the first end of what a change gave.
    pub(super) fn of_change(&self, facts: &Facts<'f>, change: &Change<'f>) -> Option<Ending> {
        if change.removal {
            return None;
        }
        let ends = [
            self.removed(facts, change),
            self.taken(facts, change),
            self.expired(change),
            self.principal_deleted(facts, change),
            self.redefined(facts, change),
        ];
        ends.into_iter().flatten().min_by_key(|end| end.time)
    }

    /// The assignment, its place, or a scope around it was deleted.
    fn removed(&self, facts: &Facts<'_>, change: &Change<'_>) -> Option<Ending> {
        let since = change.operation.first;
        let own = facts.resource(change.operation).and_then(|id| self.removals.end(id, since));
        let scope = change.given.and_then(|given| self.removals.end(given.scope, since));
        let scope = scope.map(|end| End { with_scope: true, ..end });
        let end = own.into_iter().chain(scope).min_by_key(|end| end.time)?;
        let how = if end.with_scope { EndingKind::ScopeDeleted } else { EndingKind::Removed };
        Some(ending(facts, end.time, end.by, how))
    }

    /// The role was taken from its holder, whichever way.
    fn taken(&self, facts: &Facts<'f>, change: &Change<'f>) -> Option<Ending> {
        let since = change.operation.first;
        let eligible = change.pim.as_ref().is_some_and(|pim| pim.change.eligible);
        let hold = match (change.kind, change.given) {
            (IamChangeKind::Elevate, _) => {
                let by = facts.who(change.operation.identity)?.to_owned();
                (by, ACCESS_ADMINISTRATOR, "/", false)
            }
            (_, given) => hold(facts, given?, eligible),
        };
        let taken = self.taken.get(&hold)?.iter().find(|taken| taken.time > since)?;
        let how = match taken.deed {
            Deed::Deactivates => EndingKind::Deactivated,
            Deed::Gives | Deed::Revokes => EndingKind::Removed,
        };
        Some(ending(facts, taken.time, taken.by, how))
    }

    /// The role was defined anew, without what made it worth having.
    fn redefined(&self, facts: &Facts<'_>, change: &Change<'_>) -> Option<Ending> {
        if change.kind != IamChangeKind::CustomRole || is_harmless(facts, change) {
            return None;
        }
        let since = change.operation.first;
        let mut later = self.harmless.get(&change.operation.resource)?.iter();
        let (time, by) = later.find(|(time, _)| *time > since)?;
        Some(ending(facts, *time, *by, EndingKind::Removed))
    }

    fn expired(&self, change: &Change<'_>) -> Option<Ending> {
        let expires = change.pim.as_ref()?.expires?;
        let is_over = self.last.is_some_and(|last| expires <= last);
        is_over.then_some(Ending { time: Some(expires), by: None, how: EndingKind::Expired })
    }

    /// The managed identity that got the role went with its resource.
    fn principal_deleted(&self, facts: &Facts<'_>, change: &Change<'_>) -> Option<Ending> {
        let principal = facts.principals.find(change.given?.principal)?;
        let resources = &facts.principals.all[principal].resources;
        // An identity of its own outlives the machines that it is attached to.
        let own = resources.iter().find(|id| id.contains(IDENTITY));
        let resource = own.or_else(|| resources.first().filter(|_| resources.len() == 1))?;
        let end = self.removals.end(resource, change.operation.first)?;
        Some(ending(facts, end.time, end.by, EndingKind::PrincipalDeleted))
    }
}

fn hold<'f>(facts: &Facts<'_>, given: Given<'f>, eligible: bool) -> Hold<'f> {
    (facts.shown(given.principal), given.role, given.scope, eligible)
}

fn ending(facts: &Facts<'_>, time: Time, by: u32, how: EndingKind) -> Ending {
    Ending { time: Some(time), by: facts.who(by).map(str::to_owned), how }
}

/// Whether a change defines a role whose holder cannot get any right.
fn is_harmless(facts: &Facts<'_>, change: &Change<'_>) -> bool {
    let bodies = facts.access(change.operation).filter_map(|access| match access {
        Access::Role(role) => Some(role.privileged),
        _ => None,
    });
    change.kind == IamChangeKind::CustomRole
        && !change.removal
        && bodies.last() == Some(Some(false))
}
