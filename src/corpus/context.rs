//! What lists of the tenant hold, each entry with the source that it stands in.

use crate::base::SourceId;
use crate::shape::context::{
    Held, HeldAssignment, HeldGroup, HeldPrincipal, HeldResource, HeldRole, HeldSubscription,
};

/// Entries of lists, in the order of the evidence.
#[derive(Debug, Default)]
pub struct Context {
    /// Principals.
    pub principals: Vec<(SourceId, HeldPrincipal)>,
    /// Groups.
    pub groups: Vec<(SourceId, HeldGroup)>,
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
            Held::Group(held) => self.groups.push((source, held)),
            Held::Assignment(held) => self.assignments.push((source, held)),
            Held::Role(held) => self.roles.push((source, held)),
            Held::Resource(held) => self.resources.push((source, held)),
            Held::Subscription(held) => self.subscriptions.push((source, held)),
        }
    }
}
