//! Twins of rows that lack what events are compared by: the ARM name of the operation, the outcome, or
//! the seconds. Another export has them for the same request.

use hashbrown::{HashMap, HashSet};

use super::twins::{CANDIDATES, Twins};
use crate::base::{Precision, SourceId, index32};
use crate::corpus::Status;

/// A request and a second of it; or the minute, where the precision is that.
type Moment = (u32, Precision, i64);

/// Joins such rows to others.
pub(super) fn join(twins: &Twins<'_>, best: &mut [u32]) {
    let spine = twins.spine;
    let is_head = |row: &usize| best[*row] as usize == *row && spine.correlation[*row] != 0;
    let is_loose = |row: &usize| {
        !twins.is_named(*row)
            || spine.status[*row] == Status::Other
            || spine.precision[*row] == Precision::MINUTE
    };
    let mut heads: Vec<usize> = Vec::new();
    let mut wanted = HashSet::new();
    // Nearly always there is none.
    if (0..spine.len()).any(|row| is_head(&row) && is_loose(&row)) {
        heads = twins.finest_first().filter(is_head).collect();
        wanted.extend(heads.iter().filter(|row| is_loose(row)).map(|&row| own(twins, row)));
    }
    let mut known: HashMap<Moment, Vec<usize>> = HashMap::new();
    let add = |row: usize, known: &mut HashMap<Moment, Vec<usize>>| {
        for moment in moments(twins, row).into_iter().filter(|moment| wanted.contains(moment)) {
            let list = known.entry(moment).or_default();
            if list.len() < CANDIDATES {
                list.push(row);
            }
        }
    };
    let (loose, others): (Vec<usize>, Vec<usize>) = heads.into_iter().partition(is_loose);
    for row in others {
        add(row, &mut known);
    }
    let mut told = sources(twins, best, &known, &loose);
    for row in loose {
        let list = known.get(&own(twins, row)).map_or(&[][..], Vec::as_slice);
        let twin = pick(twins, row, list, &told);
        match twin {
            Some(twin) => {
                let own = told.remove(&row).unwrap_or_default();
                told.entry(twin).or_default().extend(own);
                best[row] = index32(twin);
            }
            None => add(row, &mut known),
        }
    }
}

/// The moments under which a row is found.
fn moments(twins: &Twins<'_>, row: usize) -> [Moment; 2] {
    [Precision::SECOND, Precision::MINUTE].map(|precision| {
        let time = twins.spine.time[row].0.div_euclid(precision.unit());
        (twins.spine.correlation[row], precision, time)
    })
}

/// The moment at which a row looks for others.
fn own(twins: &Twins<'_>, row: usize) -> Moment {
    let [second, minute] = moments(twins, row);
    if twins.spine.precision[row] == Precision::MINUTE { minute } else { second }
}

/// The sources of each event that may be joined: an export tells an event once.
fn sources(
    twins: &Twins<'_>,
    best: &[u32],
    known: &HashMap<Moment, Vec<usize>>,
    loose: &[usize],
) -> HashMap<usize, Vec<SourceId>> {
    let heads = known.values().flatten().chain(loose);
    let mut told: HashMap<usize, Vec<SourceId>> = heads.map(|&row| (row, Vec::new())).collect();
    if told.is_empty() {
        return told;
    }
    for (row, &head) in best.iter().enumerate() {
        if let Some(sources) = told.get_mut(&(head as usize)) {
            let source = twins.spine.source[row];
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
    }
    told
}

/// Picks the twin of a row: of those with the same name the first; where it is called by another because
/// one of both has no ARM name, the only one there is.
fn pick(
    twins: &Twins<'_>,
    row: usize,
    list: &[usize],
    told: &HashMap<usize, Vec<SourceId>>,
) -> Option<usize> {
    let spine = twins.spine;
    let of = |row: &usize| told.get(row).map_or(&[][..], Vec::as_slice);
    let by_name = |other: usize| spine.operation[row] == spine.operation[other];
    let unnamed = |other: usize| !twins.is_named(row) || !twins.is_named(other);
    let fits = |&other: &usize| {
        (by_name(other) || unnamed(other) && !twins.are_others(row, other))
            && twins.statuses_agree(row, other)
            && twins.resources_agree(row, other)
            && twins.time_matches(row, other)
            && !twins.are_apart(row, other)
            && !of(&row).iter().any(|source| of(&other).contains(source))
    };
    let fitting: Vec<usize> = list.iter().copied().filter(fits).collect();
    let sure = fitting.iter().copied().find(|&other| by_name(other));
    sure.or_else(|| if let [only] = fitting[..] { Some(only) } else { None })
}
