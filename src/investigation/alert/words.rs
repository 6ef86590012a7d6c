//! Operations in words, and the events that a sentence rests on.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::model::OperationRef;
use super::super::operation;
use super::found::Search;
use crate::azure::operation::known;
use crate::base::hash::hex;
use crate::base::text::counted;
use crate::ledger::Operation;

/// At most this many groups of equal operations are named in a sentence.
const GROUPS: usize = 3;
/// A sentence rests on so many events that are named.
const EVENTS: usize = 10;

/// Returns the documented name of an operation, in its documented case where it is known.
pub(super) fn name<'f>(facts: &Facts<'f>, operation: &Operation) -> &'f str {
    documented(facts.operation(operation))
}

/// Returns the name of an operation in its documented case where it is known, else as it is written.
pub(in crate::investigation) fn documented(written: &str) -> &str {
    let documented = known(written).map(|known| known.operation);
    documented.filter(|name| name.eq_ignore_ascii_case(written)).unwrap_or(written)
}

/// Returns who did an operation.
pub(super) fn caller<'f>(facts: &Facts<'f>, operation: &Operation) -> &'f str {
    facts.who(operation.identity).unwrap_or("nobody that the log names")
}

/// Returns `2 operations`.
pub(super) fn operations(count: usize) -> String {
    counted(count as u64, "operation", "operations")
}

/// Tells operations by name, caller and outcome: `Provider/type/verb by who: succeeded, 2 times, first at …`.
pub(super) fn told(search: &Search<'_, '_>, numbers: &[u32]) -> String {
    let (groups, more) = groups(search, numbers);
    let mut words = groups.into_iter().map(|(words, _)| words).collect::<Vec<_>>().join("; ");
    if more > 0 {
        words = format!("{words}; and {}", counted(more, "more kind", "more kinds"));
    }
    words
}

/// Returns a sentence for each kind of operations, by name, caller and outcome, with its
/// operations; and how many kinds more there are.
pub(super) fn groups(search: &Search<'_, '_>, numbers: &[u32]) -> (Vec<(String, Vec<u32>)>, u64) {
    let facts = search.facts;
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut places: BTreeMap<Key, usize> = BTreeMap::new();
    for &number in numbers {
        let operation = search.operation(number);
        let who = facts.principals.of(operation.identity);
        let key = (operation.operation, who, operation.outcome as u8);
        let at = *places.entry(key).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
        }
        groups[at].push(number);
    }
    let more = groups.len().saturating_sub(GROUPS) as u64;
    groups.truncate(GROUPS);
    let told = groups.into_iter().map(|own| {
        let operation = search.operation(own[0]);
        let (name, who) = (name(facts, operation), caller(facts, operation));
        let outcome = match operation.outcome {
            crate::ledger::Outcome::Failed => "failed",
            crate::ledger::Outcome::Unknown => "outcome not in the evidence",
            crate::ledger::Outcome::Accepted => "accepted, its end is not in the evidence",
            crate::ledger::Outcome::Succeeded => "succeeded",
        };
        let times = match own.len() {
            1 => "at".to_owned(),
            n => format!("{n} times, first at"),
        };
        (format!("{name} by {who}: {outcome}, {times} {}", operation.first), own)
    });
    (told.collect(), more)
}

/// Code of the name, principal, outcome.
type Key = (u32, Option<usize>, u8);

/// Returns the ids of the first events of operations.
pub(super) fn events(facts: &Facts<'_>, numbers: &[u32]) -> Vec<String> {
    let of = |number: &u32| event(facts, &facts.ledger.operations[*number as usize]);
    numbers.iter().take(EVENTS).map(of).collect()
}

/// Returns the ids of operations.
pub(super) fn ids(facts: &Facts<'_>, numbers: &[u32]) -> Vec<String> {
    let id = |number: &u32| operation::id(facts, &facts.ledger.operations[*number as usize]);
    numbers.iter().take(EVENTS).map(|number| id(number).to_string()).collect()
}

fn event(facts: &Facts<'_>, operation: &Operation) -> String {
    let first = facts.ledger.rows_of(operation)[0] as usize;
    hex(&facts.corpus.spine.event_id(first).to_be_bytes())
}

/// Names one operation for a report.
pub(in crate::investigation) fn reference(
    facts: &Facts<'_>,
    operation: &Operation,
) -> OperationRef {
    OperationRef {
        id: operation::id(facts, operation),
        time: Some(operation.first),
        operation: name(facts, operation).to_owned(),
        outcome: operation.outcome,
        user: facts.who(operation.identity).map(str::to_owned),
        ip: facts.ip(operation).map(str::to_owned),
        resource_id: facts.corpus.names.resource.get(operation.resource).map(str::to_owned),
        event: event(facts, operation),
    }
}
