//! Baselines: rates, silences, hours and rarities that are unlike what was usual.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::evaluate::{Court, Said, Sayings};
use super::first_seen::{lacking, values};
use super::part::Part;
use super::window::Ranked;
use crate::base::Time;
use crate::rule::{Baseline, Model};

/// Makes the median of absolute deviations comparable to a standard deviation.
const ROBUST: f64 = 1.4826;
const HOUR: i64 = 3_600 * 1_000_000_000;
/// Hours of a week.
const WEEK: i64 = 7 * 24;

/// One rule at work.
struct Bench<'b> {
    court: &'b Court<'b>,
    trigger: u32,
    /// The operations that make up the usual, with those that filters hide.
    every: u32,
    of: &'b [Part],
    whose: &'b [Part],
    native: &'b Baseline,
    sayings: Sayings,
    unknown: u64,
}

/// Which operations are unusual, given the questions for those to speak of and for the same without filters.
pub(super) fn judge(
    court: &Court<'_>,
    (trigger, every): (u32, u32),
    of: &[Part],
    across: &[Part],
    whose: &[Part],
    native: &Baseline,
) -> Sayings {
    let (sayings, unknown) = (Sayings::default(), 0);
    let mut bench = Bench { court, trigger, every, of, whose, native, sayings, unknown };
    match &native.model {
        Model::Rate { bucket, deviations, least, buckets } => {
            bench.rate(*bucket, *deviations, *least, *buckets);
        }
        Model::Gap { least, factor, at_end } => bench.gap(*least, *factor, *at_end),
        Model::Hours { share } => bench.hours(*share),
        Model::Rare { below, .. } => bench.rare(across, *below),
    }
    if bench.unknown > 0 {
        bench.sayings.untold = Some((bench.unknown, lacking(&native.history)));
    }
    bench.sayings
}

impl Bench<'_> {
    /// The operations by whose usual they are judged, in the order of the first of each.
    fn groups(&self) -> Vec<Vec<u32>> {
        let mut places: HashMap<u64, usize> = HashMap::new();
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let keyed = self.court.scene.keyed(self.of);
        for &operation in &self.court.selected[self.every as usize] {
            keyed.each(operation, &mut |key| {
                let place = *places.entry(key).or_insert_with(|| {
                    groups.push(Vec::new());
                    groups.len() - 1
                });
                // A list may name one thing twice.
                if groups[place].last() != Some(&operation) {
                    groups[place].push(operation);
                }
            });
        }
        groups
    }

    /// Those of some operations that no filter hides.
    fn kept(&self, operations: &[u32]) -> Vec<u32> {
        let kept = |operation: &u32| self.court.keeps(self.trigger, self.every, *operation);
        operations.iter().copied().filter(kept).collect()
    }

    fn time(&self, operation: u32) -> Time {
        self.court.scene.operation(operation).first
    }

    fn say(&mut self, operations: &[u32], what: &str) {
        let Some(&first) = operations.first() else { return };
        let scene = self.court.scene;
        let mut because = scene.because(self.trigger, first);
        because.extend(values(scene, &self.native.of, self.of, first));
        because.insert("baseline".to_owned(), what.to_owned());
        let because = because.into_iter().collect();
        self.sayings.said.push(Said {
            operations: operations.to_vec(),
            because,
            ..Said::default()
        });
    }

    /// Whether the history of an operation is long enough; counts it as untold when it is not.
    fn can_tell(&mut self, operation: u32) -> bool {
        let scene = self.court.scene;
        let seen = scene.past(self.whose).before(scene, operation);
        let enough = seen.is_enough(&self.native.history, self.time(operation));
        self.unknown += u64::from(!enough);
        enough
    }

    #[allow(clippy::cast_precision_loss)] // fewer than 2^32 operations
    fn rate(&mut self, bucket: i64, deviations: f64, least: usize, buckets: usize) {
        let mut loud: Vec<(Vec<u32>, String)> = Vec::new();
        for group in self.groups() {
            let place = |operation: &u32| self.time(*operation).0.div_euclid(bucket);
            let spans: Vec<&[u32]> = group.chunk_by(|a, b| place(a) == place(b)).collect();
            let mut counts = Ranked::new(spans.iter().map(|span| span.len() as f64).collect());
            for span in spans {
                let kept = self.kept(span);
                let count = kept.len() as f64;
                if kept.len() >= least && counts.len() >= buckets {
                    let (median, spread) = usual(&counts);
                    if count > median + deviations * spread {
                        let what = format!(
                            "{count} operations where {median} are usual, in {} spans before",
                            counts.len()
                        );
                        loud.push((kept, what));
                    }
                } else if kept.len() >= least {
                    self.unknown += kept.len() as u64;
                }
                counts.change(span.len() as f64, true);
            }
        }
        loud.sort_by_key(|(span, _)| span[0]);
        for (span, what) in loud {
            self.say(&span, &what);
        }
    }

    fn gap(&mut self, least: i64, factor: f64, at_end: bool) {
        let Some(end) = self.court.scene.ledger.operations.last() else { return };
        let end = end.first;
        let mut silences: Vec<(u32, i64)> = Vec::new();
        for group in self.groups() {
            for (operation, gap, enough) in self.silences(&group, (least, factor), end, at_end) {
                if !self.court.keeps(self.trigger, self.every, operation) {
                    continue;
                }
                if enough { silences.push((operation, gap)) } else { self.unknown += 1 }
            }
        }
        silences.sort_unstable();
        for (operation, gap) in silences {
            let hours = gap / HOUR;
            let what = if at_end { "after it until the evidence ends" } else { "before it" };
            self.say(&[operation], &format!("{hours} hours of silence {what}"));
        }
    }

    /// The silences of a group that are long against those before them: the operation of each, its length,
    /// and whether enough was seen up to it.
    fn silences(
        &self,
        group: &[u32],
        (least, factor): (i64, f64),
        end: Time,
        at_end: bool,
    ) -> Vec<(u32, i64, bool)> {
        let times: Vec<Time> = group.iter().map(|&operation| self.time(operation)).collect();
        let gaps: Vec<i64> =
            times.windows(2).map(|pair| pair[1].0.saturating_sub(pair[0].0)).collect();
        let mut usual = Ranked::new(gaps.iter().map(|&gap| length(gap)).collect());
        let mut found = Vec::new();
        let (mut days, mut last_day) = (0.0, None);
        for (at, time) in times.iter().enumerate() {
            let day = Some(time.0.div_euclid(24 * HOUR));
            if day != last_day {
                (days, last_day) = (days + 1.0, day);
            }
            let enough =
                days >= self.native.history.days && at + 1 >= self.native.history.operations;
            let is_long = |gap: i64, usual: &Ranked| {
                gap >= least && (factor <= 0.0 || length(gap) >= factor * percentile99(usual))
            };
            let before = at.checked_sub(1).map(|at| gaps[at]);
            if let Some(gap) = before.filter(|&gap| !at_end && is_long(gap, &usual)) {
                found.push((group[at], gap, enough));
            }
            if let Some(gap) = before {
                usual.change(length(gap), true);
            }
            let left = (at_end && at + 1 == group.len()).then(|| end.0.saturating_sub(time.0));
            if let Some(gap) = left.filter(|&gap| is_long(gap, &usual)) {
                found.push((group[at], gap, enough));
            }
        }
        found
    }

    #[allow(clippy::cast_precision_loss)] // fewer than 2^32 operations
    fn hours(&mut self, share: f64) {
        let mut odd: Vec<(u32, String)> = Vec::new();
        let mut weeks: HashMap<u64, Vec<u32>> = HashMap::new();
        let court = self.court;
        let keyed = court.scene.keyed(self.of);
        for &operation in &court.selected[self.every as usize] {
            let Some(key) = keyed.of(operation) else { continue };
            let hour = self.time(operation).0.div_euclid(HOUR).rem_euclid(WEEK);
            let slot = |hour: i64| usize::try_from(hour.rem_euclid(WEEK)).unwrap_or(0);
            let week = weeks.entry(key).or_insert_with(|| vec![0; slot(-1) + 1]);
            let near: u32 = (hour - 1..=hour + 1).map(|hour| week[slot(hour)]).sum();
            let all: u32 = week.iter().sum();
            let is_odd = f64::from(near) < share * f64::from(all) || (near == 0 && all > 0);
            week[slot(hour)] += 1;
            let is_kept = court.keeps(self.trigger, self.every, operation);
            if is_odd && is_kept && self.can_tell(operation) {
                odd.push((
                    operation,
                    format!("{near} of {all} operations before in these hours of the week"),
                ));
            }
        }
        for (operation, what) in odd {
            self.say(&[operation], &what);
        }
    }

    fn rare(&mut self, across: &[Part], below: usize) {
        let scene = self.court.scene;
        let operations = scene.ledger.operations.len();
        let history = &self.native.history;
        let span = scene.ledger.operations.first().zip(scene.ledger.operations.last());
        #[allow(clippy::cast_precision_loss)] // a span in days needs no more digits
        let days = span.map_or(0.0, |(first, last)| {
            last.first.0.saturating_sub(first.first.0) as f64 / (24 * HOUR) as f64
        });
        let groups = self.groups();
        if days < history.days || operations < history.operations {
            self.unknown = groups.iter().map(|group| self.kept(group).len() as u64).sum();
            return;
        }
        let mut all: BTreeMap<u32, (Vec<u32>, usize)> = BTreeMap::new();
        let keyed = scene.keyed(across);
        for group in groups {
            let mut who: HashSet<u64> = HashSet::new();
            for &operation in &group {
                keyed.each(operation, &mut |key| {
                    who.insert(key);
                });
            }
            if !who.is_empty() && who.len() < below {
                all.insert(group[0], (group, who.len()));
            }
        }
        for (group, who) in all.into_values() {
            for part in of_one_actor(self.court, &self.kept(&group), across) {
                self.say(&part, &format!("{who} different in {operations} operations"));
            }
        }
    }
}

/// The operations of a group, apart for each of those that did them.
fn of_one_actor(court: &Court<'_>, group: &[u32], across: &[Part]) -> Vec<Vec<u32>> {
    let mut places: HashMap<Option<u64>, usize> = HashMap::new();
    let mut parts: Vec<Vec<u32>> = Vec::new();
    let keyed = court.scene.keyed(across);
    for &operation in group {
        let key = keyed.of(operation);
        let place = *places.entry(key).or_insert_with(|| {
            parts.push(Vec::new());
            parts.len() - 1
        });
        parts[place].push(operation);
    }
    parts
}

/// The median of numbers, and how far they lie around it; at least one.
fn usual(numbers: &Ranked) -> (f64, f64) {
    let median = middle(numbers.len(), &|at| numbers.nth(at));
    let off = |at: usize| off_median(numbers, median, at);
    (median, (ROBUST * middle(numbers.len(), &off)).max(1.0))
}

/// The median of so many numbers, of which `nth` gives one by its place in order of size.
fn middle(len: usize, nth: &dyn Fn(usize) -> f64) -> f64 {
    match len {
        0 => 0.0,
        odd if odd % 2 == 1 => nth(odd / 2),
        even => f64::midpoint(nth(even / 2 - 1), nth(even / 2)),
    }
}

/// How far off the median the number lies that so many lie less far off than; there must be one.
///
/// Seen from the middle, both halves are in order of their distance: a search finds how many of the
/// nearer ones stand below.
fn off_median(numbers: &Ranked, median: f64, nearer: usize) -> f64 {
    let half = numbers.len() / 2;
    let below = |at: usize| (at < half).then(|| median - numbers.nth(half - 1 - at));
    let above = |at: usize| (half + at < numbers.len()).then(|| numbers.nth(half + at) - median);
    let (mut least, mut most) = (nearer.saturating_sub(numbers.len() - half), nearer.min(half));
    while least < most {
        let taken = usize::midpoint(least, most);
        // Too few of those below, if the next of them is nearer than the last of the others.
        let is_nearer = |off: f64| above(nearer - taken - 1).is_some_and(|last| off < last);
        if below(taken).is_some_and(is_nearer) { least = taken + 1 } else { most = taken }
    }
    let ends = [below(least), above(nearer - least)];
    ends.into_iter().flatten().min_by(f64::total_cmp).unwrap_or(0.0)
}

/// The smallest of numbers that 99 of 100 do not exceed.
fn percentile99(numbers: &Ranked) -> f64 {
    let Some(last) = numbers.len().checked_sub(1) else { return 0.0 };
    let at = (numbers.len() * 99).div_ceil(100).saturating_sub(1);
    numbers.nth(at.min(last))
}

#[allow(clippy::cast_precision_loss)] // spans of time need no more digits
fn length(gap: i64) -> f64 {
    gap as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_usual_is_not_moved_by_outliers() {
        let (median, spread) = usual(&ranked(&[1.0, 2.0, 2.0, 3.0, 1000.0]));
        assert!((median - 2.0).abs() < 1e-9 && (spread - ROBUST).abs() < 1e-9);
        assert_eq!(usual(&ranked(&[5.0, 5.0])), (5.0, 1.0));
        assert_eq!(usual(&ranked(&[])), (0.0, 1.0));
    }

    fn ranked(numbers: &[f64]) -> Ranked {
        let mut ranked = Ranked::new(numbers.to_vec());
        for number in numbers {
            ranked.change(*number, true);
        }
        ranked
    }

    proptest! {
        #[test]
        fn distances_from_the_median_are_those_of_all_numbers(
            numbers in prop::collection::vec(0_u8..30, 1..40)
        ) {
            let numbers: Vec<f64> = numbers.into_iter().map(f64::from).collect();
            let (median, spread) = usual(&ranked(&numbers));
            let mut off: Vec<f64> = numbers.iter().map(|number| (number - median).abs()).collect();
            off.sort_by(f64::total_cmp);
            prop_assert!((spread - (ROBUST * middle(off.len(), &|at| off[at])).max(1.0)).abs() < 1e-9);
        }
    }

    #[test]
    fn percentiles_are_numbers_that_occurred() {
        let numbers: Vec<f64> = (1..=200).map(f64::from).collect();
        let of = |numbers: &[f64]| percentile99(&ranked(numbers));
        assert_eq!((of(&numbers), of(&[7.0]), of(&[])), (198.0, 7.0, 0.0));
    }
}
