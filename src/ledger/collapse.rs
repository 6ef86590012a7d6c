//! Grouping events into operations.

use rayon::prelude::*;

use super::{Ledger, Operation, Outcome, calls};
use crate::azure::principal::PrincipalKind;
use crate::base::index32;
use crate::corpus::{Corpus, NONE, Spine, Status};

/// Collapses all events that are kept.
pub fn collapse(corpus: &Corpus) -> Ledger {
    let spine = &corpus.spine;
    let mut rows: Vec<u32> = spine.rows().map(index32).collect();
    rows.par_sort_unstable_by_key(|&row| {
        let row = row as usize;
        let stage = stage(spine.status[row]);
        // What an event says decides before its place, which hangs on the names of files.
        (spine.operation_key[row], instant(spine, row, stage), stage, spine.content_key[row], row)
    });
    let mut ledger = Ledger { of_row: vec![NONE; spine.len()], ..Ledger::default() };
    let parts = apart(corpus, &mut rows).into_par_iter().map(|part| operations(corpus, part));
    ledger.operations = parts.collect::<Vec<_>>().into_iter().flatten().collect();
    ledger.rows = rows;
    order(&mut ledger, spine);
    ledger
}

/// The time by which an event is put among the others of its key, where it may be known to the minute only:
/// a start comes before all of its minute, and what follows a start after it.
fn instant(spine: &Spine, row: usize, stage: u8) -> i64 {
    let within = if stage == 0 { 0 } else { spine.precision[row].unit() - 1 };
    spine.time[row].0.saturating_add(within)
}

/// Rows that are grouped at once, at the least.
const TOGETHER: usize = 1 << 14;

/// Cuts rows that are in order of their keys between two keys; each part comes with its place.
fn apart<'r>(corpus: &Corpus, mut rows: &'r mut [u32]) -> Vec<(usize, &'r mut [u32])> {
    let key = |row: u32| corpus.spine.operation_key[row as usize];
    let (mut parts, mut start) = (Vec::new(), 0);
    while !rows.is_empty() {
        let mut end = TOGETHER.min(rows.len());
        while end < rows.len() && key(rows[end - 1]) == key(rows[end]) {
            end += 1;
        }
        let (part, rest) = rows.split_at_mut(end);
        parts.push((start, part));
        (rows, start) = (rest, start + end);
    }
    parts
}

/// Groups rows of whole keys, which begin at a place among all.
fn operations(corpus: &Corpus, (mut start, rows): (usize, &mut [u32])) -> Vec<Operation> {
    let key = |row: u32| corpus.spine.operation_key[row as usize];
    let (mut operations, mut lengths) = (Vec::new(), Vec::new());
    for group in rows.chunk_by_mut(|&a, &b| key(a) == key(b)) {
        calls::part(corpus, group, &mut lengths);
        let mut rest = &group[..];
        for &length in &lengths {
            let (own, others) = rest.split_at(length);
            operations.push(one(corpus, own, start));
            (rest, start) = (others, start + length);
        }
    }
    operations
}

/// Order of events at one instant.
fn stage(status: Status) -> u8 {
    match status {
        Status::Started => 0,
        Status::Accepted | Status::InProgress => 1,
        status if status.is_end() => 3,
        _ => 2,
    }
}

fn one(corpus: &Corpus, rows: &[u32], start: usize) -> Operation {
    let spine = &corpus.spine;
    let first = rows[0] as usize;
    let code = |column: &[u32]| {
        rows.iter().map(|&r| column[r as usize]).find(|&c| c != NONE).unwrap_or(NONE)
    };
    let last_of = |column: &[u16]| {
        rows.iter().rev().map(|&r| column[r as usize]).find(|&h| h != 0).unwrap_or(0)
    };
    Operation {
        start: index32(start),
        events: index32(rows.len()),
        first: spine.time[first],
        last: rows.iter().map(|&row| spine.time[row as usize]).max().unwrap_or_default(),
        outcome: outcome(rows.iter().map(|&row| spine.status[row as usize])),
        operation: spine.operation[first],
        identity: identity(corpus, rows),
        ip: code(&spine.ip),
        subscription: code(&spine.subscription),
        resource: code(&spine.resource),
        kind: code(&spine.kind),
        error: code(&spine.error),
        http: last_of(&spine.http),
        category: spine.category[first],
    }
}

/// The principal of the first event that names one; a person or application before a service.
fn identity(corpus: &Corpus, rows: &[u32]) -> u32 {
    let who = |row: &u32| corpus.spine.identity[*row as usize];
    let weight = |code: &u32| {
        let id = &corpus.identities[*code as usize];
        match id.kind {
            _ if id.key.is_empty() => 3,
            PrincipalKind::Unknown => 2,
            PrincipalKind::AzureService => 1,
            _ => 0,
        }
    };
    rows.iter().map(who).min_by_key(weight).unwrap_or(NONE)
}

/// Success outweighs failure: a failure of one step that was tried again does not undo the end.
fn outcome(statuses: impl Iterator<Item = Status>) -> Outcome {
    let mut seen = Outcome::Unknown;
    for status in statuses {
        let this = match status {
            Status::Succeeded => Outcome::Succeeded,
            Status::Failed | Status::Cancelled => Outcome::Failed,
            Status::Accepted | Status::InProgress => Outcome::Accepted,
            _ => Outcome::Unknown,
        };
        seen = seen.min(this);
    }
    seen
}

/// Puts the operations in order of time and notes the operation of every row.
fn order(ledger: &mut Ledger, spine: &Spine) {
    let rows = &ledger.rows;
    ledger.operations.par_sort_unstable_by_key(|op| {
        let row = rows[op.start as usize];
        (op.first, spine.content_key[row as usize], row)
    });
    for (number, operation) in ledger.operations.iter().enumerate() {
        let range = operation.start as usize..(operation.start + operation.events) as usize;
        for &row in &ledger.rows[range] {
            ledger.of_row[row as usize] = index32(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Precision, Time};
    use crate::corpus::Entry;

    /// (seconds, key, status)
    fn ledger(events: &[(i64, u64, Status)]) -> Vec<(u32, Outcome)> {
        let mut corpus = Corpus::default();
        corpus.identities.push(crate::shape::Identity::default());
        for &(seconds, operation_key, status) in events {
            corpus.spine.push(Entry {
                time: Time(seconds * 1_000_000_000),
                operation_key,
                status,
                ..Entry::default()
            });
        }
        collapse(&corpus).operations.iter().map(|op| (op.events, op.outcome)).collect()
    }

    #[test]
    fn a_life_cycle_is_one_operation() {
        use Status::{Accepted, Started, Succeeded};
        assert_eq!(
            ledger(&[(0, 1, Started), (1, 1, Accepted), (9, 1, Succeeded), (9, 1, Succeeded)]),
            [(4, Outcome::Succeeded)]
        );
    }

    #[test]
    fn outcomes_are_not_guessed() {
        use Status::{Accepted, Active, Failed, Started};
        let events =
            [(0, 1, Started), (1, 2, Started), (2, 2, Accepted), (3, 3, Failed), (4, 4, Active)];
        let outcomes = [
            (1, Outcome::Unknown),
            (2, Outcome::Accepted),
            (1, Outcome::Failed),
            (1, Outcome::Unknown),
        ];
        assert_eq!(ledger(&events), outcomes);
    }

    #[test]
    fn a_start_after_an_end_and_a_long_silence_begin_a_new_call() {
        use Status::{Failed, Started, Succeeded};
        let again = [(0, 1, Started), (1, 1, Failed), (2, 1, Started), (3, 1, Succeeded)];
        assert_eq!(ledger(&again), [(2, Outcome::Failed), (2, Outcome::Succeeded)]);
        assert_eq!(ledger(&[(0, 1, Succeeded), (200_000, 1, Succeeded)]).len(), 2);
    }

    #[test]
    fn what_one_principal_ended_another_does_not_go_on_with() {
        let mut corpus = Corpus::default();
        for key in ["a@x", "b@x"] {
            corpus
                .identities
                .push(crate::shape::Identity { key: key.into(), ..Default::default() });
        }
        for (identity, status) in [(0, Status::Failed), (1, Status::Succeeded)] {
            corpus.spine.push(Entry { identity, status, ..Entry::default() });
        }
        let outcomes: Vec<Outcome> =
            collapse(&corpus).operations.iter().map(|o| o.outcome).collect();
        assert_eq!(outcomes, [Outcome::Failed, Outcome::Succeeded]);
    }

    #[test]
    fn start_and_end_at_one_instant_are_in_order() {
        use Status::{Started, Succeeded};
        assert_eq!(ledger(&[(0, 1, Succeeded), (0, 1, Started)]), [(2, Outcome::Succeeded)]);
    }

    #[test]
    fn an_end_to_the_minute_comes_after_the_start_within_it() {
        let mut corpus = Corpus::default();
        corpus.identities.push(crate::shape::Identity::default());
        let start =
            Entry { time: Time(20_000_000_000), status: Status::Started, ..Entry::default() };
        let (precision, status) = (Precision::MINUTE, Status::Failed);
        corpus.spine.push(start);
        corpus.spine.push(Entry { precision, status, time: Time(0), ..start });
        let operations = collapse(&corpus).operations;
        let seen: Vec<_> = operations.iter().map(|op| (op.outcome, op.first, op.last)).collect();
        assert_eq!(seen, [(Outcome::Failed, start.time, start.time)]);
    }

    #[test]
    fn operations_of_one_instant_are_in_the_order_of_what_they_say() {
        let order = |keys: [u64; 3]| {
            let mut corpus = Corpus::default();
            corpus.identities.push(crate::shape::Identity::default());
            for key in keys {
                corpus.spine.push(Entry {
                    operation_key: key % 2,
                    content_key: key,
                    ..Entry::default()
                });
            }
            let ledger = collapse(&corpus);
            let keys = ledger.rows.iter().map(|&row| corpus.spine.content_key[row as usize]);
            let first = ledger.operations.iter().map(|op| ledger.rows[op.start as usize]);
            let first = first.map(|row| corpus.spine.content_key[row as usize]);
            (keys.collect::<Vec<_>>(), first.collect::<Vec<_>>())
        };
        assert_eq!(order([7, 8, 5]), (vec![8, 5, 7], vec![5, 8]));
        assert_eq!(order([5, 7, 8]), order([7, 8, 5]));
    }
}
