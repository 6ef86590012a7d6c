//! What counts against an entity: a finding, and which of its operations are the entity's own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Finding;
use crate::detect;

/// A finding that counts against an entity.
#[derive(Clone)]
pub(in crate::investigation) struct Charge<'r> {
    pub(in crate::investigation) finding: &'r Finding,
    /// The operations that are the entity's own, by their places in the ledger.
    pub(super) own: Cow<'r, [u32]>,
}

/// A finding as the rules and as reports know it, with its operations shared out among entities.
pub(in crate::investigation) struct Shares<'r, K> {
    finding: &'r Finding,
    found: &'r detect::Finding,
    /// `None` where all operations are those of one entity.
    of: Option<BTreeMap<K, Vec<u32>>>,
}

impl<'r, K: Ord> Shares<'r, K> {
    /// Shares out the operations where they are of several entities; `whose` says of one, by its
    /// place in the ledger, whose it is.
    pub(in crate::investigation) fn of<I: IntoIterator<Item = K>>(
        (finding, found): (&'r Finding, &'r detect::Finding),
        several: bool,
        whose: impl Fn(u32) -> I,
    ) -> Self {
        let share_out = || {
            let mut shares: BTreeMap<K, Vec<u32>> = BTreeMap::new();
            for &operation in &found.operations {
                for entity in whose(operation) {
                    shares.entry(entity).or_default().push(operation);
                }
            }
            shares
        };
        Shares { finding, found, of: several.then(share_out) }
    }

    /// Returns what counts against one of the entities.
    pub(in crate::investigation) fn charge(&mut self, entity: &K) -> Charge<'r> {
        let own = match &mut self.of {
            Some(shares) => Cow::Owned(shares.remove(entity).unwrap_or_default()),
            None => Cow::Borrowed(self.found.operations.as_slice()),
        };
        Charge { finding: self.finding, own }
    }
}

/// How many operations some charges rest on; findings of one rule may share some.
pub(super) fn distinct(charges: &[&Charge<'_>]) -> u64 {
    if let [one] = charges {
        return one.own.len() as u64;
    }
    let mut all: Vec<u32> = charges.iter().flat_map(|charge| &*charge.own).copied().collect();
    all.sort_unstable();
    all.dedup();
    all.len() as u64
}
