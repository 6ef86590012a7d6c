//! What was deleted, and when: whatever lies inside a deleted scope went with it, but for what was moved
//! elsewhere before.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::facts::Facts;
use crate::azure::resource_id::ResourceId;
use crate::base::{Text, Time};
use crate::ledger::{Operation, Outcome};
use crate::shape::access::Access;

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

/// A resource was asked to be moved.
#[derive(Clone, Debug)]
struct Move {
    /// When.
    asked: Time,
    /// The group it was to go to.
    to: Text,
}

/// The successful deletions of every resource and scope, and moves of resources, in order of time.
#[derive(Debug, Default)]
pub(super) struct Removals {
    deleted: HashMap<Text, Vec<Removal>>,
    moved: HashMap<Text, Vec<Move>>,
}

/// At most this many moves of one resource are followed.
const MAX_MOVES: usize = 8;

impl Removals {
    /// Collects the deletions that were done; one that was only accepted may have failed. A move that did
    /// not fail may have been done: where it was not, the resource is not known to be gone either.
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let mut all = Removals::default();
        for operation in &facts.ledger.operations {
            let name = facts.operation(operation);
            if name.ends_with("/MOVERESOURCES/ACTION") && operation.outcome != Outcome::Failed {
                all.note_move(facts, operation);
            }
            let Some(kind) = name.strip_suffix("/DELETE") else { continue };
            let Some(resource) = facts.shared.resource.get(operation.resource) else { continue };
            if operation.outcome == Outcome::Succeeded && is_of(kind, resource) {
                let (asked, done, by) = (operation.first, operation.last, operation.identity);
                let list = all.deleted.entry_ref(resource).or_default();
                list.push(Removal { asked, done, by });
            }
        }
        all
    }

    fn note_move(&mut self, facts: &Facts<'_>, operation: &Operation) {
        // Each event of a call has its request.
        let request = facts.access(operation).find_map(|access| match access {
            Access::Moved(moved) => Some(moved),
            _ => None,
        });
        let Some(request) = request else { return };
        let to: Text = request.to.as_str().into();
        for resource in &request.resources {
            let one = Move { asked: operation.first, to: to.clone() };
            self.moved.entry_ref(resource).or_default().push(one);
        }
    }

    /// Whether a resource that was there at `since`, or a scope around it, was deleted afterwards.
    pub(super) fn ended(&self, resource: &str, since: Time) -> bool {
        self.end(resource, since).is_some()
    }

    /// Returns how a resource that was there at `since` ended: by itself, or with a scope around it.
    pub(super) fn end(&self, resource: &str, since: Time) -> Option<End> {
        if self.deleted.is_empty() {
            return None;
        }
        let (mut place, mut since) = (Cow::Borrowed(resource), since);
        for _ in 0..MAX_MOVES {
            let end = self.end_at(&place, since);
            let Some((asked, to)) = self.next(&place, since) else { return end };
            if end.is_some_and(|end| end.time <= asked) {
                return end;
            }
            (place, since) = (Cow::Owned(to), asked);
        }
        self.end_at(&place, since)
    }

    /// Returns the id that a resource which was there at `since` has after it was moved.
    pub(super) fn moved(&self, resource: &str, since: Time) -> Option<String> {
        let (mut moved, mut since) = (None, since);
        for _ in 0..MAX_MOVES {
            let place: &str = moved.as_deref().unwrap_or(resource);
            let end = self.end_at(place, since);
            let Some((asked, to)) = self.next(place, since) else { break };
            if end.is_some_and(|end| end.time <= asked) {
                break;
            }
            (moved, since) = (Some(to), asked);
        }
        moved
    }

    /// When a resource, or one around it, was asked to be moved next, and the id it has from then on.
    fn next(&self, resource: &str, since: Time) -> Option<(Time, String)> {
        if self.moved.is_empty() {
            return None;
        }
        let to = |scope: ResourceId<'_>| {
            let moves = self.moved.get(scope.as_str())?;
            let next = moves.get(moves.partition_point(|next| next.asked <= since))?;
            let at = resource.find("/providers/")?;
            Some((next.asked, format!("{}{}", next.to, &resource[at..])))
        };
        ResourceId::parse(resource)?.outwards().find_map(to)
    }

    /// How what lies in one place ended there.
    fn end_at(&self, resource: &str, since: Time) -> Option<End> {
        let end =
            |removal: &Removal, with_scope| End { time: removal.asked, by: removal.by, with_scope };
        let first = |of: &str, after: fn(&Removal) -> Time| {
            self.deleted.get(of)?.iter().find(|removal| after(removal) > since)
        };
        if let Some(own) = first(resource, |own| own.asked) {
            return Some(end(own, false));
        }
        // Nothing can be made in a scope while it is being deleted, so what began before its end is gone.
        let mut around = ResourceId::parse(resource)?.outwards().skip(1);
        let scope = around.find_map(|scope| first(scope.as_str(), |scope| scope.done))?;
        Some(end(scope, true))
    }
}

/// Whether the resource is what an operation on resources of type `kind` deletes, and not what that lies in.
pub(super) fn is_of(kind: &str, resource: &str) -> bool {
    let kind = kind.rsplit("/PROVIDERS/").next().unwrap_or(kind);
    ResourceId::parse(resource).is_none_or(|id| id.is_type(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "/subscriptions/s/resourcegroups/old";

    /// Resources of a group that was deleted at 9, of which one was asked to be moved at a time.
    fn removals(moved: i64) -> (Removals, String) {
        let flow = format!("{GROUP}/providers/microsoft.logic/workflows/w");
        let mut all = Removals::default();
        let end = Removal { asked: Time(9), done: Time(9), by: 0 };
        all.deleted.insert(GROUP.into(), vec![end]);
        let to = "/subscriptions/s/resourcegroups/new".into();
        all.moved.insert(flow.as_str().into(), vec![Move { asked: Time(moved), to }]);
        (all, flow)
    }

    #[test]
    fn what_was_moved_out_of_a_group_does_not_end_with_it() {
        let (all, flow) = removals(5);
        assert!(!all.ended(&flow, Time(1)) && !all.ended(&format!("{flow}/runs/r"), Time(1)));
        assert!(all.ended(&format!("{GROUP}/providers/a.b/c/d"), Time(1)));
        let now = all.moved(&flow, Time(1));
        let new = "/subscriptions/s/resourcegroups/new/providers/microsoft.logic/workflows/w";
        assert_eq!(now.as_deref(), Some(new));
        assert_eq!(all.moved(&flow, Time(6)), None, "what was made after the move is another one");
    }

    #[test]
    fn what_was_moved_ends_where_it_went() {
        let (mut all, flow) = removals(5);
        let new = all.moved(&flow, Time(1)).expect("a place");
        all.deleted.insert(new.into(), vec![Removal { asked: Time(12), done: Time(12), by: 3 }]);
        assert_eq!(all.end(&flow, Time(1)).map(|end| (end.time, end.by)), Some((Time(12), 3)));
        let (late, flow) = removals(20);
        assert_eq!(late.end(&flow, Time(1)).map(|end| end.time), Some(Time(9)));
    }
}
