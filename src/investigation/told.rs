//! What findings say of single operations.

use super::facts::Facts;
use super::few::Few;
use super::model::Finding;
use crate::base::index32;

/// The findings of every operation that has any, by its place in the ledger.
pub(super) struct Told {
    /// Operation and finding, sorted.
    pairs: Vec<(u32, u32)>,
}

impl Told {
    /// Collects them.
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let mut pairs: Vec<(u32, u32)> = facts
            .findings
            .iter()
            .enumerate()
            .flat_map(|(number, f)| f.operations.iter().map(move |&o| (o, index32(number))))
            .collect();
        pairs.sort_unstable();
        Told { pairs }
    }

    /// Returns the findings of an operation, by their numbers.
    pub(super) fn of_operation(&self, place: u32) -> impl Iterator<Item = usize> {
        let start = self.pairs.partition_point(|(operation, _)| *operation < place);
        self.pairs[start..]
            .iter()
            .take_while(move |(operation, _)| *operation == place)
            .map(|(_, finding)| *finding as usize)
    }

    /// Adds the ids of the findings of an operation, as long as there are few.
    pub(super) fn add_ids(&self, place: u32, findings: &[Finding], ids: &mut Few) {
        for number in self.of_operation(place) {
            if ids.len() >= IDS {
                return;
            }
            ids.insert(findings[number].id.clone());
        }
    }
}

/// At most this many findings are named as the reason of one thing.
const IDS: usize = 20;
