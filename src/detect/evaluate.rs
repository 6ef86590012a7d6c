//! From tests that held for events to findings about operations.

use std::collections::BTreeMap;

use super::atom::Test;
use super::code;
use super::finding::{Finding, Growing, Spoken};
use super::plan::{Plan, Plans};
use super::program::{Compiled, Program};
use crate::corpus::{Corpus, Hit, NONE};
use crate::ledger::{Ledger, Outcome};
use crate::rule::Wanted;

/// What is shown of a field that is not there.
const ABSENT: &str = "absent";

/// A test that held for an operation, and where its hit stands.
struct Held {
    operation: u32,
    atom: u32,
    hit: u32,
}

impl Program {
    /// Returns what the rules say about the operations of a corpus that was read with this program as its probe.
    ///
    /// Sorted by first time, then by id.
    pub fn evaluate(&self, corpus: &Corpus, ledger: &Ledger) -> Vec<Finding> {
        let held = held(&corpus.hits, ledger);
        let mut plans = Plans::default();
        let mut growing = Growing::new(corpus, ledger);
        let mut rest = held.as_slice();
        for (number, operation) in ledger.operations.iter().enumerate() {
            let number = code(number);
            let split = rest.partition_point(|held| held.operation <= number);
            let (own, after) = rest.split_at(split);
            rest = after;
            let name = match operation.operation {
                NONE => "",
                known => corpus.names.operation.text_of(known),
            };
            let plan = plans.of(self, name);
            let case = Case { program: self, corpus, plan: &plan, own, name };
            for &rule in &plan.rules {
                let rule = &self.rules[rule as usize];
                if !ended(rule.wanted, operation.outcome)
                    || !rule.node.holds(&|atom| case.holds(atom))
                {
                    continue;
                }
                growing.add(Spoken {
                    rule: rule.rule,
                    rule_id: &rule.id,
                    operation: number,
                    wants_success: rule.wanted == Wanted::Succeeded,
                    because: case.because(rule),
                });
            }
        }
        growing.finish()
    }
}

/// The tests that held, by operation and test, each with its first hit.
fn held(hits: &[Hit], ledger: &Ledger) -> Vec<Held> {
    let operation =
        |hit: &Hit| ledger.of_row.get(hit.row as usize).copied().filter(|&op| op != NONE);
    let held = hits.iter().enumerate().filter_map(|(at, hit)| {
        Some(Held { operation: operation(hit)?, atom: hit.atom, hit: code(at) })
    });
    let mut held: Vec<Held> = held.collect();
    held.sort_unstable_by_key(|h| (h.operation, h.atom, hits[h.hit as usize].row, h.hit));
    held.dedup_by_key(|h| (h.operation, h.atom));
    held
}

/// Whether an operation ended as a rule wants it; one that was accepted may have succeeded.
fn ended(wanted: Wanted, outcome: Outcome) -> bool {
    match wanted {
        Wanted::Succeeded => matches!(outcome, Outcome::Succeeded | Outcome::Accepted),
        Wanted::Failed => outcome == Outcome::Failed,
        Wanted::Attempted | Wanted::Record => true,
    }
}

/// One operation and what held for it.
struct Case<'c> {
    program: &'c Program,
    corpus: &'c Corpus,
    plan: &'c Plan,
    own: &'c [Held],
    name: &'c str,
}

impl Case<'_> {
    fn holds(&self, atom: u32) -> bool {
        self.plan.held.binary_search(&atom).is_ok() || self.find(atom).is_some()
    }

    fn find(&self, atom: u32) -> Option<&Held> {
        let at = self.own.binary_search_by_key(&atom, |held| held.atom).ok()?;
        Some(&self.own[at])
    }

    /// The fields that made a rule speak, with their values.
    fn because(&self, rule: &Compiled) -> BTreeMap<String, String> {
        let mut because = BTreeMap::new();
        rule.node.reasons(&|atom| self.holds(atom), &mut |atom, field, present| {
            let value = match self.find(atom) {
                Some(held) => {
                    self.corpus.hits[held.hit as usize].value.as_deref().unwrap_or_default()
                }
                None if present => self.name,
                // That something else is not the case is shown only where nothing is there at all.
                None if matches!(self.program.atoms[atom as usize].test, Test::Exists) => ABSENT,
                None => return,
            };
            because.entry(field.to_owned()).or_insert_with(|| value.to_owned());
        });
        because
    }
}
