//! Roles that somebody got back: grants of what their holder had before, until another took it away.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::model::IamChangeKind;
use super::{changes, took_effect};

/// What a grant gives back.
struct Back {
    /// The change that had taken it away.
    taken: u32,
    /// The grant that it took away, where the evidence has it.
    given: Option<u32>,
}

/// Grants that give something back, by their places in the ledger.
pub(in super::super) struct Regained(BTreeMap<u32, Back>);

/// What is known of a role that somebody holds somewhere.
#[derive(Default)]
struct Hold {
    given: Option<u32>,
    taken: Option<u32>,
}

impl Regained {
    /// Collects them.
    pub(in super::super) fn of(facts: &Facts<'_>) -> Self {
        let mut holds: BTreeMap<(String, &str, &str), Hold> = BTreeMap::new();
        let mut back = BTreeMap::new();
        for change in changes(facts).iter().filter(|change| took_effect(change)) {
            let Some(given) = change.given.filter(|given| !given.role.is_empty()) else { continue };
            let key = (facts.shown(given.principal), given.role, given.scope);
            let hold = holds.entry(key).or_default();
            if change.removal {
                hold.taken = Some(change.number);
            } else if matches!(change.kind, IamChangeKind::Grant | IamChangeKind::Pim) {
                if let Some(taken) = hold.taken {
                    back.insert(change.number, Back { taken, given: hold.given });
                }
                *hold = Hold { given: Some(change.number), taken: None };
            }
        }
        Regained(back)
    }

    /// Whether a grant gives back what a suspect took: `taints` says of an operation, by its place in
    /// the ledger, whether it is under suspicion. Who gives back what it took itself, or what a suspect
    /// had given, undoes nothing.
    pub(in super::super) fn restores(
        &self,
        facts: &Facts<'_>,
        grant: u32,
        taints: &dyn Fn(u32) -> bool,
    ) -> bool {
        let who = |number: u32| {
            let operation = &facts.ledger.operations[number as usize];
            facts.principals.of(operation.identity)
        };
        self.0.get(&grant).is_some_and(|back| {
            taints(back.taken) && !back.given.is_some_and(taints) && who(back.taken) != who(grant)
        })
    }
}
