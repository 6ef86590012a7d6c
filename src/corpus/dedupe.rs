//! The same event exported twice, in the same shape or in another: the richest is kept.

use std::cmp::Reverse;
use std::path::Path;

use hashbrown::HashMap;

use super::build::Error;
use super::{Corpus, NONE, Spine, index};
use crate::azure::principal::PrincipalKind;
use crate::base::index32;
use crate::shape::{Identity, SHAPES};

/// Marks duplicates in the spine, moves their counts, and takes them out of the index.
pub(super) fn dedupe(corpus: &mut Corpus, folder: &Path) -> Result<(), Error> {
    let losers = duplicates(&corpus.spine, &corpus.identities);
    for &(row, winner) in &losers {
        // Only exports with the evidence of the authorization tell a partner's administrator.
        let kind = |row: usize| corpus.identities[corpus.spine.identity[row] as usize].kind;
        if kind(row) == PrincipalKind::Foreign && kind(winner).is_person() {
            corpus.spine.identity[winner] = corpus.spine.identity[row];
        }
        corpus.spine.duplicate[row] = true;
        let counts = &mut corpus.sources[corpus.spine.source[row].0 as usize].counts;
        counts.events -= 1;
        counts.duplicates += 1;
    }
    if losers.is_empty() {
        return Ok(());
    }
    corpus.grants.retain(|grant| !corpus.spine.duplicate[grant.row.0 as usize]);
    corpus.access.retain(|(row, _)| !corpus.spine.duplicate[row.0 as usize]);
    corpus.hits.all.retain(|hit| !corpus.spine.duplicate[hit.row as usize]);
    let mut start = 0;
    for (file, events) in &corpus.part_files {
        let keep: Vec<bool> =
            corpus.spine.duplicate[start..start + events].iter().map(|d| !d).collect();
        start += events;
        if keep.contains(&false) {
            index::drop_rows(&folder.join("events").join(file), &keep)
                .map_err(|error| Error::Index(format!("cannot rewrite {file}: {error}")))?;
        }
    }
    Ok(())
}

/// So many different events may share content to the second; more are made to cost time.
const CANDIDATES: usize = 64;

/// Returns the rows that are duplicates, each with the one that is kept.
fn duplicates(spine: &Spine, identities: &[Identity]) -> Vec<(usize, usize)> {
    // Of each event the best row so far, and for each key a list of such rows: hardly ever more than one.
    let mut by_event: HashMap<u64, usize> = HashMap::with_capacity(spine.len());
    let mut by_content: HashMap<u64, usize> = HashMap::with_capacity(spine.len());
    let mut further: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut best: Vec<u32> = (0..index32(spine.len())).collect();
    for row in finest_first(spine) {
        let event = spine.event_key[row];
        let content = spine.content_key[row];
        let twin = (event != 0)
            .then(|| by_event.get(&event).copied())
            .flatten()
            .filter(|&t| alike(spine, t, row));
        let twin = twin.or_else(|| {
            let first = by_content.get(&content).copied();
            let others = further.get(&content).into_iter().flatten().copied();
            first
                .into_iter()
                .chain(others)
                .take(CANDIDATES)
                .find(|&t| same(spine, identities, (t, row)))
        });
        match twin {
            Some(twin) => best[row] = best[twin],
            None => {
                if by_content.contains_key(&content) {
                    let list = further.entry(content).or_default();
                    if list.len() < CANDIDATES {
                        list.push(row);
                    }
                } else {
                    by_content.insert(content, row);
                }
            }
        }
        if event != 0 {
            by_event.entry(event).or_insert(best[row] as usize);
        }
    }
    let mut winner: HashMap<u32, usize> = HashMap::new();
    for row in (0..spine.len()).filter(|&row| best[row] as usize != row) {
        let group = best[row];
        let held = *winner.entry(group).or_insert(group as usize);
        if rank(spine, row) < rank(spine, held) {
            winner.insert(group, row);
        }
    }
    let lost = |row: usize| {
        let held = *winner.get(&best[row])?;
        (held != row).then_some((row, held))
    };
    (0..spine.len()).filter_map(lost).collect()
}

/// The rows, those with the finest times first.
///
/// A time to the second may stand for several events of that second: they are told apart before it
/// is put to one of them.
fn finest_first(spine: &Spine) -> impl Iterator<Item = usize> + '_ {
    let mut known = [false; 256];
    spine.digits.iter().for_each(|&digits| known[usize::from(digits)] = true);
    let rows = move |digits: u8| (0..spine.len()).filter(move |&row| spine.digits[row] == digits);
    (0..=u8::MAX).rev().filter(move |&digits| known[usize::from(digits)]).flat_map(rows)
}

/// Whether two events with the same id of the log are the same: ids are chosen by the log, keys could collide.
fn alike(spine: &Spine, a: usize, b: usize) -> bool {
    spine.operation[a] == spine.operation[b] && time_matches(spine, a, b)
}

/// Whether two events with the same content are one: not when the log gave them different ids, and
/// not when somebody else did the same from another address.
fn same(spine: &Spine, identities: &[Identity], (a, b): (usize, usize)) -> bool {
    let ids_differ = spine.event_key[a] != 0
        && spine.event_key[b] != 0
        && spine.event_key[a] != spine.event_key[b];
    // One export may tell less of somebody than another, or another address: only both together say it.
    let elsewhere = spine.ip[a] != NONE && spine.ip[b] != NONE && spine.ip[a] != spine.ip[b];
    let who = |row: usize| &identities[spine.identity[row] as usize];
    let by_others = elsewhere && who(a).is_other(who(b));
    !ids_differ
        && !by_others
        && spine.status[a] == spine.status[b]
        && spine.operation[a] == spine.operation[b]
        && spine.resource[a] == spine.resource[b]
        && time_matches(spine, a, b)
}

/// Compares two times as far as both exports know them.
fn time_matches(spine: &Spine, a: usize, b: usize) -> bool {
    let digits = u32::from(spine.digits[a].min(spine.digits[b]));
    let unit = 10_i64.pow(9 - digits.min(9));
    let cut = |row: usize| spine.time[row].0.div_euclid(unit);
    cut(a) == cut(b)
}

/// The order in which duplicates are preferred: the shape that tells more, the finer time, more columns, the earlier place.
fn rank(spine: &Spine, row: usize) -> (u8, Reverse<u8>, Reverse<u8>, usize) {
    let shape = SHAPES[usize::from(spine.shape[row])].rank;
    (shape, Reverse(spine.digits[row]), Reverse(spine.filled[row]), row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;
    use crate::corpus::spine::Entry;

    fn spine(entries: &[(i64, u64, u64, u8, u8)]) -> Spine {
        let mut spine = Spine::default();
        for &(time, event_key, content_key, digits, shape) in entries {
            spine.push(Entry {
                time: Time(time),
                event_key,
                content_key,
                digits,
                shape,
                ..Entry::default()
            });
        }
        spine
    }

    /// The place of a shape.
    fn of(name: &str) -> u8 {
        let place = SHAPES.iter().position(|shape| shape.name == name).unwrap();
        u8::try_from(place).unwrap()
    }

    fn losers(spine: &Spine) -> Vec<usize> {
        duplicates(spine, &[]).into_iter().map(|(row, _)| row).collect()
    }

    #[test]
    fn the_same_id_or_the_same_content_is_one_event_and_the_richest_stays() {
        // That of storage comes first but REST tells more.
        let (rest, storage, table) =
            (of("activity-rest"), of("activity-diagnostic"), of("activity-log-analytics"));
        let s = spine(&[
            (1_234_567_800, 0, 7, 7, storage),
            (1_234_567_800, 9, 7, 7, rest),
            (1_234_000_000, 0, 7, 3, table),
        ]);
        assert_eq!(losers(&s), [0, 2]);
    }

    #[test]
    fn different_ids_or_times_are_different_events() {
        let (rest, storage) = (of("activity-rest"), of("activity-diagnostic"));
        let s = spine(&[(100, 1, 7, 7, rest), (100, 2, 7, 7, rest), (5_000_000, 0, 7, 7, storage)]);
        assert_eq!(losers(&s), [0_usize; 0]);
    }

    #[test]
    fn a_time_to_the_second_is_one_of_the_events_of_that_second_and_joins_none() {
        let (rest, table) = (of("activity-rest"), of("activity-log-analytics"));
        let s = spine(&[
            (1_000_000_000, 0, 7, 0, table),
            (1_100_000_000, 1, 7, 7, rest),
            (1_600_000_000, 2, 7, 7, rest),
            (1_000_000_000, 0, 7, 0, table),
        ]);
        assert_eq!(losers(&s), [0, 3]);
    }

    #[test]
    fn the_same_done_by_somebody_else_from_elsewhere_is_no_duplicate() {
        let named = |key: &str| Identity { key: key.to_owned(), ..Identity::default() };
        let identities = [named("alice@x"), named("mallory@x"), named("")];
        let event = |identity, ip| Entry { identity, ip, content_key: 7, ..Entry::default() };
        let kept = |events: &[(u32, u32)]| {
            let mut spine = Spine::default();
            for &(identity, ip) in events {
                spine.push(event(identity, ip));
            }
            events.len() - duplicates(&spine, &identities).len()
        };
        assert_eq!(kept(&[(0, 1), (1, 2)]), 2);
        // An export may leave out who it was, or where from, or call somebody by another name.
        assert_eq!([kept(&[(0, 1), (2, 2)]), kept(&[(0, 1), (1, NONE)])], [1, 1]);
        assert_eq!([kept(&[(0, 1), (1, 1)]), kept(&[(0, 1), (0, 2)])], [1, 1]);
    }

    #[test]
    fn an_event_without_id_joins_the_one_that_has_it_in_any_order() {
        let (rest, storage) = (of("activity-rest"), of("activity-diagnostic"));
        let s = spine(&[(100, 1, 7, 7, rest), (100, 0, 7, 7, storage), (100, 1, 7, 7, rest)]);
        assert_eq!(losers(&s), [1, 2]);
    }
}
