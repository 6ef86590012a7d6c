//! The same event exported twice, in the same shape or in another: the row that carries most is kept,
//! and takes from the others what it lacks.

mod ids;
mod loose;
mod merge;
mod twins;

use std::path::Path;

use super::config::Error;
use super::{Corpus, PartFile, index};
use crate::azure::operation::is_arm;
use twins::Twins;

/// Marks duplicates in the spine, hands on what they carry, moves their counts, takes them out of the
/// index, and sees that no two events that are kept have one id.
pub(super) fn dedupe(corpus: &mut Corpus, folder: &Path) -> Result<(), Error> {
    let named: Vec<bool> = corpus.names.operation.iter().map(is_arm).collect();
    let twins = Twins { spine: &corpus.spine, identities: &corpus.identities, named: &named };
    let losers = twins.losers();
    for &(row, _) in &losers {
        corpus.spine.duplicate[row] = true;
        let counts = &mut corpus.sources[corpus.spine.source[row].0 as usize].counts;
        counts.events -= 1;
        counts.duplicates += 1;
    }
    merge::merge(corpus, &losers, &named);
    let renamed = ids::part(&mut corpus.spine);
    if losers.is_empty() && renamed.is_empty() {
        return Ok(());
    }
    let (mut start, mut renamed) = (0, renamed.as_slice());
    for PartFile { name, events } in &corpus.part_files {
        let end = start + events;
        let (own, others) = renamed.split_at(renamed.partition_point(|&row| row < end));
        renamed = others;
        let keep: Vec<bool> = corpus.spine.duplicate[start..end].iter().map(|d| !d).collect();
        let ids: Vec<(usize, u64)> =
            own.iter().map(|&row| (row - start, corpus.spine.event_id(row))).collect();
        start = end;
        if keep.contains(&false) || !ids.is_empty() {
            index::rewrite(&folder.join("events").join(name), &keep, &ids)
                .map_err(|error| Error::Index(format!("cannot rewrite {name}: {error}")))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
