//! What lists of the tenant hold, each entry with the source that it stands in.

use std::collections::BTreeMap;

use crate::base::{SourceId, Time};
use crate::shape::context::{
    Held, HeldAssignment, HeldPrincipal, HeldResource, HeldRole, HeldSubscription,
};

/// Entries of lists, in the order of the evidence.
#[derive(Debug, Default)]
pub struct Context {
    /// Principals.
    pub principals: Vec<(SourceId, HeldPrincipal)>,
    /// Role assignments.
    pub assignments: Vec<(SourceId, HeldAssignment)>,
    /// Definitions of roles.
    pub roles: Vec<(SourceId, HeldRole)>,
    /// Resources, machines among them.
    pub resources: Vec<(SourceId, HeldResource)>,
    /// Subscriptions.
    pub subscriptions: Vec<(SourceId, HeldSubscription)>,
}

impl Context {
    /// Adds an entry.
    pub fn push(&mut self, source: SourceId, held: Held) {
        match held {
            Held::Principal(held) => self.principals.push((source, held)),
            Held::Assignment(held) => self.assignments.push((source, held)),
            Held::Role(held) => self.roles.push((source, held)),
            Held::Resource(held) => self.resources.push((source, held)),
            Held::Subscription(held) => self.subscriptions.push((source, held)),
        }
    }

    /// Returns the latest time that the resources of each source name: their list was taken after it.
    pub fn resources_after(&self) -> BTreeMap<SourceId, Time> {
        latest(self.resources.iter().map(|(source, held)| (*source, held.latest)))
    }

    /// Returns the same of the role assignments of each source.
    pub fn assignments_after(&self) -> BTreeMap<SourceId, Time> {
        latest(self.assignments.iter().map(|(source, held)| (*source, held.latest)))
    }
}

fn latest(times: impl Iterator<Item = (SourceId, Option<Time>)>) -> BTreeMap<SourceId, Time> {
    let mut latest: BTreeMap<SourceId, Time> = BTreeMap::new();
    for (source, time) in times {
        if let Some(time) = time {
            let known = latest.entry(source).or_insert(time);
            *known = (*known).max(time);
        }
    }
    latest
}
