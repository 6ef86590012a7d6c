//! What lists of role assignments say of grants: still there, gone, or not in the list.
//!
//! That a list does not hold a grant proves something only if it was taken later and is whole at
//! the grant's place. The latest time that its entries name says after when it was taken. A list of
//! several principals with several roles at one scope was narrowed to neither.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::Facts;
use super::super::familiarity::name;
use super::super::model::{ListState, Listing};
use super::Change;
use crate::azure::resource_id::ResourceId;
use crate::base::{SourceId, Time};
use crate::shape::context::HeldAssignment;

/// One list.
#[derive(Default)]
struct List<'f> {
    ids: BTreeSet<&'f str>,
    holds: BTreeSet<(String, &'f str, &'f str)>,
    /// Principals and roles at each scope.
    scopes: BTreeMap<&'f str, (BTreeSet<&'f str>, BTreeSet<&'f str>)>,
    /// Subscriptions in which it has entries; empty for those above.
    subscriptions: BTreeSet<&'f str>,
    after: Option<Time>,
}

/// The lists of role assignments in the evidence, by their source.
pub(super) struct Lists<'f>(BTreeMap<SourceId, List<'f>>);

impl<'f> Lists<'f> {
    /// Collects the lists.
    pub(super) fn of(facts: &Facts<'f>) -> Self {
        let mut lists: BTreeMap<SourceId, List<'f>> = BTreeMap::new();
        for (source, held) in &facts.corpus.context.assignments {
            lists.entry(*source).or_default().add(facts, held);
        }
        Lists(lists)
    }

    /// Returns what they say of a grant; `None` where no list is about its place.
    pub(super) fn look(&self, facts: &Facts<'f>, change: &Change<'f>) -> Option<Listing> {
        let said = self.0.iter().filter_map(|(source, list)| {
            let state = list.look(facts, change)?;
            Some(Listing { state, list: name(facts, *source), taken_after: list.after })
        });
        Listing::weightiest(said)
    }
}

impl<'f> List<'f> {
    fn add(&mut self, facts: &Facts<'f>, held: &'f HeldAssignment) {
        if !held.id.is_empty() {
            self.ids.insert(&held.id);
        }
        let principal = facts.shown(&held.principal);
        self.holds.insert((principal, &held.role, &held.scope));
        let (principals, roles) = self.scopes.entry(&held.scope).or_default();
        principals.insert(&held.principal);
        roles.insert(&held.role);
        self.subscriptions.insert(subscription(&held.scope));
        self.after = self.after.max(held.latest);
    }

    fn look(&self, facts: &Facts<'f>, change: &Change<'f>) -> Option<ListState> {
        let given = change.given?;
        let id = facts.resource(change.operation).unwrap_or_default();
        let hold = (facts.shown(given.principal), given.role, given.scope);
        if self.ids.contains(id) || self.holds.contains(&hold) {
            return Some(ListState::StillThere);
        }
        if !self.subscriptions.contains(subscription(given.scope)) {
            return None;
        }
        let is_whole = self
            .scopes
            .get(given.scope)
            .is_some_and(|(principals, roles)| principals.len() > 1 && roles.len() > 1);
        let is_later = self.after.is_some_and(|after| after > change.operation.last);
        Some(if is_whole && is_later { ListState::Gone } else { ListState::NotInList })
    }
}

fn subscription(scope: &str) -> &str {
    ResourceId::parse(scope).and_then(|id| id.subscription()).unwrap_or_default()
}
