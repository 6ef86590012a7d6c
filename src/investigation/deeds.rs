//! Operations by who did them: what one principal did is found without looking at all operations.

use super::facts::Facts;
use crate::ledger::Operation;

/// The places in the ledger of the operations of each principal, in order of time.
pub(super) struct Deeds {
    /// Where the operations of each principal begin, and where those of the last one end.
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Deeds {
    /// Sorts all operations that somebody did.
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let numbered = || (0_u32..).zip(&facts.ledger.operations);
        let doer = |operation: &Operation| {
            let own = !facts.is_evaluation(operation);
            own.then(|| facts.principals.of(operation.identity)).flatten()
        };
        let mut starts = vec![0_u32; facts.principals.all.len() + 1];
        for p in numbered().filter_map(|(_, operation)| doer(operation)) {
            starts[p + 1] += 1;
        }
        for p in 1..starts.len() {
            starts[p] += starts[p - 1];
        }
        let mut next = starts.clone();
        let mut places = vec![0; starts.last().map_or(0, |&all| all as usize)];
        for (place, operation) in numbered() {
            let Some(p) = doer(operation) else { continue };
            places[next[p] as usize] = place;
            next[p] += 1;
        }
        Deeds { starts, places }
    }

    /// Returns the places of the operations of a principal.
    pub(super) fn by(&self, principal: usize) -> &[u32] {
        &self.places[self.starts[principal] as usize..self.starts[principal + 1] as usize]
    }

    /// Returns the operations of a principal with their places.
    pub(super) fn operations<'f>(
        &self,
        facts: &Facts<'f>,
        principal: usize,
    ) -> impl Iterator<Item = (u32, &'f Operation)> {
        let all = &facts.ledger.operations;
        self.by(principal).iter().map(move |&place| (place, &all[place as usize]))
    }
}
