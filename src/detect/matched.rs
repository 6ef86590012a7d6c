//! The matches that a correlation puts together: when each was whole, and the groups it belongs to.

use std::collections::BTreeSet;
use std::ops::Range;

use hashbrown::HashMap;

use super::evaluate::Court;
use super::judge::{Judge, Needed};
use super::part::Part;
use super::scene::Matching;
use super::together::excludes;
use crate::base::hash;
use crate::base::index32;
use crate::rule::{Correlation, Measure};

/// A match with more keys than this stands in each of their groups only as often as windows can tell apart.
const FEW: usize = 16;

/// A match of a rule that the correlation needs, at one of the times at which it was whole.
///
/// What goes on matching is whole again with each operation that it needs no longer, and later
/// operations do not take back that it was.
pub(super) struct Match<'m> {
    pub(super) time: i64,
    /// The rule, by its place among those that are needed.
    rule: u32,
    pub(super) operations: &'m [u32],
    /// What tells its operations from those of another.
    pub(super) what: u64,
    /// The operation by which it belongs to the group.
    pub(super) own: u32,
    /// The places of its values among all.
    values: Range<u32>,
}

impl Match<'_> {
    /// The place of its rule among those that are needed.
    pub(super) fn rule(&self) -> usize {
        self.rule as usize
    }

    /// The places of its values among all.
    pub(super) fn values(&self) -> Range<usize> {
        self.values.start as usize..self.values.end as usize
    }

    /// What is the same at all times of a match.
    pub(super) fn id(&self) -> (u64, u32) {
        (self.what, self.rule)
    }

    /// Whether it holds several operations, and so may be there more than once.
    pub(super) fn has_several(&self) -> bool {
        self.operations.len() > 1
    }
}

/// What is measured of all matches: several values of one match where a record has a list.
#[derive(Default)]
pub(super) struct Values {
    /// What they are told apart by.
    pub(super) hashes: Vec<u64>,
    /// What is computed with; instead of hashes.
    pub(super) numbers: Vec<f64>,
}

/// All matches, by what they are put together by.
#[derive(Default)]
pub(super) struct Groups<'m> {
    /// Each by time.
    pub(super) all: Vec<Vec<Match<'m>>>,
    pub(super) values: Values,
    /// How many belong to no group.
    pub(super) alone: u64,
}

impl<'m> Groups<'m> {
    /// Finds the matches of the rules that a correlation needs.
    pub(super) fn of(court: &Court<'m>, needed: &[Needed], native: &Correlation) -> Groups<'m> {
        let mut groups: HashMap<u64, Vec<Match<'m>>> = HashMap::new();
        let (mut values, mut alone, mut owners) = (Values::default(), 0, Vec::new());
        for (rule, need) in needed.iter().enumerate() {
            let keyed: Vec<_> = need.keys.iter().map(|keys| court.scene.keyed(&keys.by)).collect();
            let reach = court.scene.program.rules[need.rule].reach;
            let span = native.timespan;
            each_match(court, need, native, &mut |operations, what, times| {
                let from = values.len();
                let mut is_known = false;
                owners.clear();
                for &own in operations {
                    let Some(keys) = need.keys_of(own, court.selected) else { continue };
                    is_known = true;
                    values.add(court, &need.keys[keys].values, native.measure, own);
                    keyed[keys].each(own, &mut |key| owners.push((key, own)));
                }
                alone += u64::from(is_known && owners.is_empty());
                let values = index32(from)..index32(values.len());
                each_group(court, &mut owners, (times, reach, span), &mut |key, own, time| {
                    let values = values.clone();
                    let rule = index32(rule);
                    let one = Match { time, rule, operations, what, own, values };
                    groups.entry(key).or_default().push(one);
                });
            });
        }
        let mut groups: Vec<(u64, Vec<Match<'m>>)> = groups.into_iter().collect();
        groups.sort_unstable_by_key(|(key, _)| *key);
        let in_order = |(_, mut group): (u64, Vec<Match<'m>>)| {
            group.sort_by_key(|one| (one.time, one.operations[0], one.what, one.rule));
            group
        };
        Groups { all: groups.into_iter().map(in_order).collect(), values, alone }
    }
}

impl Values {
    /// How many there are.
    fn len(&self) -> usize {
        self.hashes.len().max(self.numbers.len())
    }

    /// Adds what a measure needs of an operation of a match.
    fn add(&mut self, court: &Court<'_>, parts: &[Part], measure: Measure, operation: u32) {
        let scene = court.scene;
        match measure {
            Measure::EventCount | Measure::Temporal | Measure::TemporalOrdered => {}
            Measure::ValueCount => {
                if !parts.is_empty() {
                    scene.keyed(parts).each(operation, &mut |key| self.hashes.push(key));
                }
            }
            Measure::ValueSum | Measure::ValueAvg | Measure::ValuePercentile(_) => {
                if let Some(part) = parts.first() {
                    scene.each_text(part, operation, &mut |text| {
                        let number = text.trim().parse().ok();
                        self.numbers.extend(number.filter(|number: &f64| number.is_finite()));
                    });
                }
            }
        }
    }

    /// How many different ones some matches have.
    pub(super) fn distinct(&self, matches: impl Iterator<Item = Range<usize>>) -> usize {
        let mut all = BTreeSet::new();
        for own in matches {
            all.extend(self.hashes.get(own.clone()).into_iter().flatten().copied());
            let numbers = self.numbers.get(own).into_iter().flatten();
            all.extend(numbers.map(|number| number.to_bits()));
        }
        all.len()
    }
}

/// Takes the operations of a match, what tells them apart, and when they were whole.
type Take<'t, 'c> = dyn FnMut(&'c [u32], u64, &[i64]) + 't;

/// Gives `take` the operations of each match of a rule that a correlation needs, what tells them
/// apart, and when they were whole.
fn each_match<'c>(court: &Court<'c>, need: &Needed, native: &Correlation, take: &mut Take<'_, 'c>) {
    let scene = court.scene;
    let judge = &scene.program.rules[need.rule].judge;
    let time = |operation: u32| scene.operation(operation).first.0;
    let alone = |operation: u32| hash::join(0, operation.into());
    let single = |own: &'c u32, take: &mut Take<'_, 'c>| {
        take(std::slice::from_ref(own), alone(*own), &[time(*own)]);
    };
    if let Judge::Single(selector) = judge {
        if scene.held.matching == Matching::Events {
            return each_event(court, *selector, take);
        }
        return court.selected[*selector as usize].iter().for_each(|own| single(own, take));
    }
    let sayings = court.sayings[need.rule].as_ref();
    sayings.into_iter().flat_map(|sayings| &sayings.firsts).for_each(|own| single(own, take));
    let apart =
        matches!(judge, Judge::Correlation { native: inner, .. } if is_of_each(inner, native));
    for said in sayings.into_iter().flat_map(|sayings| &sayings.said) {
        match said.operations.as_slice() {
            [] => {}
            several if apart => several.iter().for_each(|own| single(own, take)),
            [only] => single(only, take),
            several => {
                let what = several.iter().fold(1, |what, own| hash::join(what, (*own).into()));
                let latest = several.iter().map(|own| time(*own)).max().unwrap_or_default();
                let whole = if said.instants.is_empty() { &[latest][..] } else { &said.instants };
                take(several, what, whole);
            }
        }
    }
}

/// Gives `take` each event that a question chooses, with its operation.
fn each_event<'c>(court: &Court<'c>, selector: u32, take: &mut Take<'_, 'c>) {
    for own in &court.selected[selector as usize] {
        court.scene.each_event(selector, *own, &mut |row| {
            let time = court.scene.corpus.spine.time[row as usize].0;
            take(std::slice::from_ref(own), hash::join(2, row.into()), &[time]);
        });
    }
}

/// Whether what a correlation says holds of each of its operations, and another one puts them together otherwise.
///
/// Matches of one rule near which others did not match stand together only by what they were grouped by.
fn is_of_each(inner: &Correlation, outer: &Correlation) -> bool {
    excludes(inner) && !outer.group_by.iter().all(|field| inner.group_by.contains(field))
}

/// Gives `take` the groups of a match, given by the keys of its operations, with the operation that
/// has the key and each time at which the match was whole and held such an operation.
fn each_group(
    court: &Court<'_>,
    owners: &mut Vec<(u64, u32)>,
    (times, reach, span): (&[i64], i64, i64),
    take: &mut dyn FnMut(u64, u32, i64),
) {
    owners.sort_unstable();
    owners.dedup();
    let is_few = owners.chunk_by(|a, b| a.0 == b.0).nth(FEW).is_none();
    for same in owners.chunk_by(|a, b| a.0 == b.0) {
        let mut until = 0;
        for &(key, own) in same {
            let operation = court.scene.operation(own);
            let last = operation.last.0.saturating_add(reach);
            let from = times.partition_point(|time| *time < operation.first.0).max(until);
            until = times.partition_point(|time| *time <= last).max(from);
            let own_times = &times[from..until];
            if is_few {
                for time in own_times {
                    take(key, own, *time);
                }
            } else {
                each_telling(own_times, span, &mut |time| take(key, own, time));
            }
        }
    }
}

/// Gives `take` so many of some times that a window of this span which holds any of them holds one of those.
fn each_telling(times: &[i64], span: i64, take: &mut dyn FnMut(i64)) {
    let mut at = 0;
    while let Some(&time) = times.get(at) {
        take(time);
        let near = times[at + 1..].partition_point(|next| next.saturating_sub(time) <= span);
        at += near.max(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_window_misses_what_is_left_out(
            mut times in prop::collection::vec(0_i64..200, 1..60), span in 0_i64..40
        ) {
            times.sort_unstable();
            let mut kept = Vec::new();
            each_telling(&times, span, &mut |time| kept.push(time));
            for from in -40..200 {
                let is_in = |time: &i64| (from..=from + span).contains(time);
                prop_assert_eq!(times.iter().any(is_in), kept.iter().any(is_in), "{:?}", kept);
            }
            let often = times[times.len() - 1] / span.max(1) * 2 + 2;
            prop_assert!(span == 0 || i64::try_from(kept.len()).unwrap() <= often);
        }
    }
}
