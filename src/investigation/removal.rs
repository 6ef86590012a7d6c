//! What was deleted, and when: whatever lies inside a deleted scope went with it.

use hashbrown::HashMap;

use super::facts::Facts;
use crate::azure::resource_id::ResourceId;
use crate::base::{Text, Time};
use crate::ledger::Outcome;

/// A scope lies inside so many others at the most; no service nests half as deep.
const MAX_STEPS: usize = 32;

/// A deletion of a resource.
#[derive(Clone, Copy, Debug)]
struct Removal {
    /// When the deletion was asked for.
    asked: Time,
    /// When it was done.
    done: Time,
    /// The identity that asked for it.
    by: u32,
}

/// How something came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// When the deletion was asked for.
    pub(super) time: Time,
    /// The identity that asked for it.
    pub(super) by: u32,
    /// Whether a scope around it was deleted, and not it by itself.
    pub(super) with_scope: bool,
}

/// The successful deletions of every resource and scope, in order of time.
#[derive(Debug, Default)]
pub(super) struct Removals(HashMap<Text, Vec<Removal>>);

impl Removals {
    /// Collects the deletions that were done; one that was only accepted may have failed.
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let mut all: HashMap<Text, Vec<Removal>> = HashMap::new();
        for operation in &facts.ledger.operations {
            let name = facts.operation(operation);
            let Some(kind) = name.strip_suffix("/DELETE") else { continue };
            let Some(resource) = facts.shared.resource.get(operation.resource) else { continue };
            if operation.outcome == Outcome::Succeeded && is_of(kind, resource) {
                let (asked, done, by) = (operation.first, operation.last, operation.identity);
                all.entry_ref(resource).or_default().push(Removal { asked, done, by });
            }
        }
        Removals(all)
    }

    /// Whether a resource that was there at `since`, or a scope around it, was deleted afterwards.
    pub(super) fn ended(&self, resource: &str, since: Time) -> bool {
        self.end(resource, since).is_some()
    }

    /// Returns how a resource that was there at `since` ended: by itself, or with a scope around it.
    pub(super) fn end(&self, resource: &str, since: Time) -> Option<End> {
        if self.0.is_empty() {
            return None;
        }
        let end =
            |removal: &Removal, with_scope| End { time: removal.asked, by: removal.by, with_scope };
        let first = |of: &str, after: fn(&Removal) -> Time| {
            self.0.get(of)?.iter().find(|removal| after(removal) > since)
        };
        if let Some(own) = first(resource, |own| own.asked) {
            return Some(end(own, false));
        }
        // Nothing can be made in a scope while it is being deleted, so what began before its end is gone.
        let around = ResourceId::parse(resource).and_then(|id| id.parent());
        std::iter::successors(around, ResourceId::parent)
            .take(MAX_STEPS)
            .find_map(|scope| first(scope.as_str(), |scope| scope.done))
            .map(|scope| end(scope, true))
    }
}

/// Whether the resource is what an operation on resources of type `kind` deletes, and not what that lies in.
fn is_of(kind: &str, resource: &str) -> bool {
    let kind = kind.rsplit("/PROVIDERS/").next().unwrap_or(kind);
    ResourceId::parse(resource).is_none_or(|id| id.is_type(kind))
}
