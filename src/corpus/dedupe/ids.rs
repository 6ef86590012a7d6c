//! Ids of events that are kept, made unique.

use hashbrown::HashSet;
use rayon::prelude::*;

use crate::base::hash;
use crate::corpus::Spine;

/// Gives events that are kept and share an id ids of their own; returns their rows, in order.
///
/// An id holds the time to the millisecond only, for many exports know no more. Calls that were repeated
/// within one are told apart by their order: that of their full times, then that of the log's own ids.
pub(super) fn part(spine: &mut Spine) -> Vec<usize> {
    let mut ids: Vec<u64> = (0..spine.len())
        .into_par_iter()
        .filter(|&row| !spine.duplicate[row])
        .map(|row| spine.event_id(row))
        .collect();
    ids.par_sort_unstable();
    let shared: HashSet<u64> =
        ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    drop(ids);
    if shared.is_empty() {
        return Vec::new();
    }
    let mut rows: Vec<(u64, usize)> = (0..spine.len())
        .into_par_iter()
        .filter(|&row| !spine.duplicate[row])
        .map(|row| (spine.event_id(row), row))
        .filter(|(id, _)| shared.contains(id))
        .collect();
    rows.par_sort_unstable_by_key(|&(id, row)| {
        let own = (spine.event_key[row], spine.call_key[row], spine.len[row]);
        (id, spine.time[row], own, row)
    });
    let mut parted = Vec::new();
    for same in rows.chunk_by(|a, b| a.0 == b.0) {
        for (place, &(_, row)) in same.iter().enumerate().skip(1) {
            spine.content_key[row] = hash::key_of(b'n', [spine.content_key[row], place as u64]);
            parted.push(row);
        }
    }
    parted.sort_unstable();
    parted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;
    use crate::corpus::Entry;

    /// The ids of events as (time in ns, id of the log).
    fn ids(events: &[(i64, u64)]) -> Vec<u64> {
        let mut spine = Spine::default();
        for &(time, event_key) in events {
            spine.push(Entry { time: Time(time), event_key, content_key: 7, ..Entry::default() });
        }
        part(&mut spine);
        (0..spine.len()).map(|row| spine.event_id(row)).collect()
    }

    #[test]
    fn what_happened_within_a_millisecond_has_ids_of_its_own_in_any_order() {
        let forth = ids(&[(100, 3), (400, 1), (400, 2), (2_000_000, 4)]);
        let back = ids(&[(2_000_000, 4), (400, 2), (400, 1), (100, 3)]);
        assert!(forth.iter().rev().eq(&back));
        assert_eq!(forth.iter().collect::<HashSet<_>>().len(), 4);
        // The first keeps the id that it has in exports that know no other.
        assert_eq!(forth[0], ids(&[(0, 0)])[0]);
    }
}
