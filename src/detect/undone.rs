//! What others undid of a request before the same was asked again.

use std::sync::OnceLock;

use super::key::Keyed;
use super::part::Part;
use super::scene::Scene;
use crate::base::index32;
use crate::corpus::{Corpus, NONE};
use crate::ledger::Ledger;

const WRITE: &str = "/WRITE";
const DELETE: &str = "/DELETE";

/// Writes and deletions that took effect, by their resource and in order of time; worked out when they are
/// asked for.
#[derive(Default)]
pub(super) struct Changes(OnceLock<Vec<(u32, u32)>>);

impl Changes {
    fn all(&self, corpus: &Corpus, ledger: &Ledger) -> &[(u32, u32)] {
        self.0.get_or_init(|| {
            let names = &corpus.names.operation;
            let changes = |code| {
                let name = names.get(code).unwrap_or_default();
                name.ends_with(WRITE) || name.ends_with(DELETE)
            };
            let changes: Vec<bool> = (0..index32(names.len())).map(changes).collect();
            let is_change = |code: u32| changes.get(code as usize).copied().unwrap_or(false);
            let operations = (0..).zip(&ledger.operations);
            let took = operations.filter(|(_, operation)| {
                operation.resource != NONE
                    && operation.outcome.took_effect()
                    && is_change(operation.operation)
            });
            let mut all: Vec<(u32, u32)> =
                took.map(|(number, operation)| (operation.resource, number)).collect();
            all.sort_unstable();
            all
        })
    }
}

/// Requests of which some ask the same as earlier ones.
pub(super) struct Again<'a, 'k> {
    pub(super) scene: &'a Scene<'k>,
    /// The requests that a rule asks for; none of these undoes another.
    pub(super) triggers: &'a [u32],
    pub(super) keyed: &'a Keyed<'k>,
}

impl Again<'_, '_> {
    /// Whether somebody else deleted the resource of a request, or had it changed in what the rule compares,
    /// before the same was asked of it again.
    pub(super) fn was_undone(&self, earlier: u32, later: u32) -> bool {
        let (scene, asked) = (self.scene, self.scene.operation(later));
        if asked.resource == NONE {
            return false;
        }
        let all = scene.changes.all(scene.corpus, scene.ledger);
        let start = all.partition_point(|change| *change <= (asked.resource, earlier));
        let between = all[start..].iter().take_while(|change| **change < (asked.resource, later));
        let who = |number| scene.source().text(&Part::Actor, scene.operation(number));
        let own = kind(scene.name(asked));
        between.map(|(_, number)| *number).any(|number| {
            let name = scene.name(scene.operation(number));
            kind(name) == own
                && self.triggers.binary_search(&number).is_err()
                && (name.ends_with(DELETE) || self.keyed.of(number).is_some())
                && who(number) != who(earlier)
        })
    }
}

/// The provider and type of an operation's name.
fn kind(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(kind, _)| kind)
}
