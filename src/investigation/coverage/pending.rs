//! Operations without an end: begun or accepted, and then nothing more in the evidence.

use super::super::facts::Facts;
use super::super::model::OpenOperation;
use crate::base::Time;
use crate::corpus::Status;
use crate::ledger::{Operation, Outcome};

/// Returns the names of operations that have no end, with their numbers: the commonest first.
pub(super) fn without_end(facts: &Facts<'_>) -> Vec<OpenOperation> {
    let mut sums = vec![(0_u64, 0_u64, Time(i64::MIN)); facts.corpus.names.operation.len()];
    for operation in facts.operations().filter(|operation| is_open(facts, operation)) {
        let Some((started, accepted, last)) = sums.get_mut(operation.operation as usize) else {
            continue;
        };
        let taken = operation.outcome == Outcome::Accepted;
        *(if taken { accepted } else { started }) += 1;
        *last = (*last).max(operation.first);
    }
    let names = facts.corpus.names.operation.iter().zip(sums);
    let mut open: Vec<OpenOperation> = names
        .filter(|(_, (started, accepted, _))| started + accepted > 0)
        .map(|(name, (started, accepted, last))| OpenOperation {
            operation: name.to_owned(),
            started,
            accepted,
            last: Some(last),
        })
        .collect();
    open.sort_by(|a, b| b.count().cmp(&a.count()).then_with(|| a.operation.cmp(&b.operation)));
    open
}

/// Whether an operation began, and no event tells how it ended. Health and advice never end.
fn is_open(facts: &Facts<'_>, operation: &Operation) -> bool {
    let begins = |row: &u32| {
        let status = facts.corpus.spine.status[*row as usize];
        matches!(status, Status::Started | Status::Accepted | Status::InProgress)
    };
    matches!(operation.outcome, Outcome::Unknown | Outcome::Accepted)
        && facts.ledger.rows_of(operation).iter().any(begins)
}
