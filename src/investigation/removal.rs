//! What was deleted, and when: whatever lies inside a deleted scope went with it.

use std::collections::BTreeMap;

use super::facts::Facts;
use crate::azure::resource_id::ResourceId;
use crate::base::Time;
use crate::ledger::Outcome;

/// A scope lies inside so many others at the most; no service nests half as deep.
const MAX_STEPS: usize = 32;

/// When a resource was deleted last.
#[derive(Clone, Copy, Debug)]
struct Removal {
    /// When the deletion was asked for.
    asked: Time,
    /// When it was done.
    done: Time,
}

/// The last successful deletion of every resource and scope.
#[derive(Debug, Default)]
pub(super) struct Removals<'f>(BTreeMap<&'f str, Removal>);

impl<'f> Removals<'f> {
    /// Collects the deletions that were done; one that was only accepted may have failed.
    pub(super) fn of(facts: &Facts<'f>) -> Self {
        let mut last = BTreeMap::new();
        for operation in &facts.ledger.operations {
            let name = facts.operation(operation);
            let Some(kind) = name.strip_suffix("/DELETE") else { continue };
            let Some(resource) = facts.resource(operation) else { continue };
            if operation.outcome == Outcome::Succeeded && is_of(kind, resource) {
                let this = Removal { asked: operation.first, done: operation.last };
                // Operations are in order of time: the last one stays.
                last.insert(resource, this);
            }
        }
        Removals(last)
    }

    /// Whether a resource that was there at `since`, or a scope around it, was deleted afterwards.
    pub(super) fn ended(&self, resource: &str, since: Time) -> bool {
        if self.0.is_empty() {
            return false;
        }
        if self.0.get(resource).is_some_and(|own| own.asked > since) {
            return true;
        }
        // Nothing can be made in a scope while it is being deleted, so what began before its end is gone.
        let around = ResourceId::parse(resource).and_then(|id| id.parent());
        std::iter::successors(around, ResourceId::parent)
            .take(MAX_STEPS)
            .any(|scope| self.0.get(scope.as_str()).is_some_and(|scope| scope.done > since))
    }
}

/// Whether the resource is what an operation on resources of type `kind` deletes, and not what that lies in.
fn is_of(kind: &str, resource: &str) -> bool {
    let kind = kind.rsplit("/PROVIDERS/").next().unwrap_or(kind);
    ResourceId::parse(resource).is_none_or(|id| id.is_type(kind))
}
