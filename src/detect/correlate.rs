//! Sigma's correlations: measures of the matches of other rules, in windows over the whole evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use hashbrown::HashMap;

use super::evaluate::{Court, Said, Sayings};
use super::judge::{Judge, Needed};
use super::part::Part;
use super::steps::{Link, chains};
use super::together::{AnyOrder, ByRule, InOrder, excludes, without_unwanted};
use super::window::{Count, Labels, Numbers, Ranked, Sliding, Sum, stretches};
use crate::rule::{Correlation, Measure};

/// A match of a rule that the correlation needs.
pub(super) struct Match<'m> {
    /// When: for what holds several operations, when it was whole.
    pub(super) time: i64,
    /// The rule, by its place among those that are needed.
    pub(super) rule: usize,
    pub(super) operations: &'m [u32],
    /// The places of its values among all.
    values: Range<usize>,
}

/// What is measured of all matches: several values of one match where a record has a list.
#[derive(Default)]
struct Values {
    /// What they are told apart by.
    hashes: Vec<u64>,
    /// What is computed with; instead of hashes.
    numbers: Vec<f64>,
}

/// Says which matches keep to the bounds together, and how many belong to no group.
pub(super) fn judge(court: &Court<'_>, needed: &[Needed], native: &Correlation) -> Sayings {
    let mut alone = 0;
    let mut values = Values::default();
    let mut groups: HashMap<u64, Vec<Match<'_>>> = HashMap::new();
    for (rule, need) in needed.iter().enumerate() {
        let keyed: Vec<_> = need.keys.iter().map(|keys| court.scene.keyed(&keys.by)).collect();
        each_match(court, need, native, &mut |operations| {
            let Some(&first) = operations.first() else { return };
            let last = operations.last().copied().unwrap_or(first);
            let time = court.scene.operation(last).first.0;
            let Some(keys) = need.keys_of(first, court.selected) else { return };
            let values = values.add(court, &need.keys[keys].values, native.measure, first);
            let mut is_alone = true;
            keyed[keys].each(first, &mut |key| {
                is_alone = false;
                let values = values.clone();
                groups.entry(key).or_default().push(Match { time, rule, operations, values });
            });
            alone += u64::from(is_alone);
        });
    }
    let mut groups: Vec<(u64, Vec<Match<'_>>)> = groups.into_iter().collect();
    groups.sort_unstable_by_key(|(key, _)| *key);
    let mut said = Vec::new();
    for (_, mut group) in groups {
        group.sort_by_key(|one| (one.time, one.operations[0], one.rule));
        // A list may name one thing twice.
        group.dedup_by(|next, one| (next.operations, next.rule) == (one.operations, one.rule));
        if native.measure == Measure::TemporalOrdered {
            order_ties(&mut group);
        }
        for places in together(&group, &values, needed.len(), native) {
            let mut together = without_unwanted(native, &group, places);
            together.retain(|&at| needed[group[at].rule].is_told);
            if together.is_empty() {
                continue;
            }
            said.push(tell(court, needed, native, (&group, &values), &together));
        }
    }
    said.sort_by(|a, b| (&a.operations, &a.because).cmp(&(&b.operations, &b.because)));
    // Matches that several items of a list put together are told of once.
    said.dedup_by(|next, one| next.operations == one.operations);
    let without_group = (alone > 0).then(|| (alone, ungrouped(&native.group_by)));
    // What a part cannot tell, the correlation cannot; the part may be silent.
    let of_part =
        || needed.iter().find_map(|need| court.sayings[need.rule].as_ref()?.untold.clone());
    Sayings { untold: without_group.or_else(of_part), ..Sayings::of(said) }
}

impl Values {
    /// Adds what a measure needs of a match, whose first operation this is; returns its places.
    fn add(
        &mut self,
        court: &Court<'_>,
        parts: &[Part],
        measure: Measure,
        operation: u32,
    ) -> Range<usize> {
        let scene = court.scene;
        match measure {
            Measure::EventCount | Measure::Temporal | Measure::TemporalOrdered => 0..0,
            Measure::ValueCount => {
                let from = self.hashes.len();
                if !parts.is_empty() {
                    scene.keyed(parts).each(operation, &mut |key| self.hashes.push(key));
                }
                from..self.hashes.len()
            }
            Measure::ValueSum | Measure::ValueAvg | Measure::ValuePercentile(_) => {
                let from = self.numbers.len();
                if let Some(part) = parts.first() {
                    scene.each_text(part, operation, &mut |text| {
                        let number = text.trim().parse().ok();
                        self.numbers.extend(number.filter(|number: &f64| number.is_finite()));
                    });
                }
                from..self.numbers.len()
            }
        }
    }

    /// How many different ones some matches have.
    fn distinct(&self, matches: impl Iterator<Item = Range<usize>>) -> usize {
        let mut all = BTreeSet::new();
        for own in matches {
            all.extend(self.hashes.get(own.clone()).into_iter().flatten().copied());
            let numbers = self.numbers.get(own).into_iter().flatten();
            all.extend(numbers.map(|number| number.to_bits()));
        }
        all.len()
    }
}

/// Why matches without a field are put together with no others.
fn ungrouped(group_by: &[String]) -> String {
    format!("matches without {} belong to no group", group_by.join(" or "))
}

/// Gives `take` the operations of each match of a rule that a correlation needs.
fn each_match<'c>(
    court: &Court<'c>,
    need: &Needed,
    native: &Correlation,
    take: &mut dyn FnMut(&'c [u32]),
) {
    let judge = &court.scene.program.rules[need.rule].judge;
    if let Judge::Single(selector) = judge {
        for operation in &court.selected[*selector as usize] {
            take(std::slice::from_ref(operation));
        }
        return;
    }
    let sayings = court.sayings[need.rule].as_ref();
    for first in sayings.into_iter().flat_map(|sayings| &sayings.firsts) {
        take(std::slice::from_ref(first));
    }
    let apart =
        matches!(judge, Judge::Correlation { native: inner, .. } if is_of_each(inner, native));
    for said in sayings.into_iter().flat_map(|sayings| &sayings.said) {
        if apart {
            said.operations.chunks(1).for_each(&mut *take);
        } else {
            take(&said.operations);
        }
    }
}

/// Whether what a correlation says holds of each of its operations, and another one puts them together otherwise.
///
/// Matches of one rule near which others did not match stand together only by what they were grouped by.
fn is_of_each(inner: &Correlation, outer: &Correlation) -> bool {
    excludes(inner) && !outer.group_by.iter().all(|field| inner.group_by.contains(field))
}

/// The matches that belong together, each by its places in the group.
fn together(
    group: &[Match<'_>],
    values: &Values,
    rules: usize,
    native: &Correlation,
) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..group.len()).collect();
    let holds = |value: f64| native.holds(value);
    match native.measure {
        Measure::EventCount => slide(group, &all, native.timespan, Count::new(holds)),
        Measure::ValueCount => {
            let with = measured(group);
            let of = |at: usize| &values.hashes[group[with[at]].values.clone()];
            #[allow(clippy::cast_precision_loss)] // fewer than 2^32 matches
            let distinct = |counts: &HashMap<u64, usize>| holds(counts.len() as f64);
            slide(group, &with, native.timespan, Labels::new(of, distinct))
        }
        Measure::ValueSum | Measure::ValueAvg | Measure::ValuePercentile(_) => {
            computed(group, &values.numbers, native)
        }
        Measure::Temporal => {
            let matched = AnyOrder::new(ByRule::new(native, group, rules));
            slide(group, &all, native.timespan, matched)
        }
        Measure::TemporalOrdered => in_order(group, rules, native),
    }
}

/// The matches that have a value.
fn measured(group: &[Match<'_>]) -> Vec<usize> {
    (0..group.len()).filter(|&at| !group[at].values.is_empty()).collect()
}

/// Slides a measure over some places of a group.
fn slide(
    group: &[Match<'_>],
    places: &[usize],
    span: i64,
    mut measure: impl Sliding,
) -> Vec<Vec<usize>> {
    let times: Vec<i64> = places.iter().map(|&at| group[at].time).collect();
    let found = stretches(&times, span, &mut measure);
    found.into_iter().map(|stretch| places[stretch].to_vec()).collect()
}

/// Measures that compute with the numbers of matches; a match without a number does not count.
#[allow(clippy::cast_precision_loss)] // fewer than 2^32 matches
fn computed(group: &[Match<'_>], numbers: &[f64], native: &Correlation) -> Vec<Vec<usize>> {
    let with = measured(group);
    let of = |at: usize| &numbers[group[with[at]].values.clone()];
    let span = native.timespan;
    match native.measure {
        Measure::ValueSum => slide(group, &with, span, Sum::new(of, |sum, _| native.holds(sum))),
        Measure::ValueAvg => {
            let average = |sum: f64, numbers: usize| native.holds(sum / numbers as f64);
            slide(group, &with, span, Sum::new(of, average))
        }
        Measure::ValuePercentile(percentile) => {
            let all = (0..with.len()).flat_map(of).copied().collect();
            let holds = |ranked: &Ranked| native.holds(percentile_of(ranked, percentile));
            slide(group, &with, span, Numbers::new(all, of, holds))
        }
        _ => Vec::new(),
    }
}

/// A percentile of ranked numbers, between two of them by their distance.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn percentile_of(ranked: &Ranked, percentile: f64) -> f64 {
    let Some(last) = ranked.len().checked_sub(1) else { return 0.0 };
    let at = percentile / 100.0 * last as f64;
    let low = ranked.nth(at.floor() as usize);
    let high = ranked.nth((at.ceil() as usize).min(last));
    low + (high - low) * (at - at.floor())
}

/// Puts matches of one instant in the order of their rules, those of the same operations together.
///
/// Which of them came first is not known, and the order that is looked for is as likely as any other.
fn order_ties(group: &mut [Match<'_>]) {
    for ties in group.chunk_by_mut(|a, b| a.time == b.time) {
        let mut rules: BTreeMap<&[u32], (usize, usize)> = BTreeMap::new();
        for one in ties.iter() {
            let (first, last) = rules.entry(one.operations).or_insert((one.rule, one.rule));
            (*first, *last) = (one.rule.min(*first), one.rule.max(*last));
        }
        ties.sort_by_key(|one| (rules.get(one.operations).copied(), one.operations, one.rule));
    }
}

/// Matches of rules in the order in which the correlation names them.
fn in_order(group: &[Match<'_>], rules: usize, native: &Correlation) -> Vec<Vec<usize>> {
    if native.extended.is_some()
        || native.bounds != [(crate::rule::Order::AtLeast, all(rules), false)]
    {
        let every: Vec<usize> = (0..group.len()).collect();
        let matched = InOrder::new(ByRule::new(native, group, rules));
        return slide(group, &every, native.timespan, matched);
    }
    let mut links = Vec::new();
    // The first match of each item.
    let mut items: Vec<usize> = Vec::new();
    for (at, one) in group.iter().enumerate() {
        // What matched two rules with the same operations must not follow itself.
        if items.last().is_none_or(|&last| group[last].operations != one.operations) {
            items.push(at);
        }
        let item = super::code(items.len() - 1);
        links.push(Link { time: one.time, item, step: one.rule, differ: None });
    }
    let chains = chains(&links, rules, native.timespan);
    chains.iter().map(|chain| chain.iter().map(|&item| items[item as usize]).collect()).collect()
}

#[allow(clippy::cast_precision_loss)] // a handful of rules
fn all(rules: usize) -> f64 {
    rules as f64
}

fn tell(
    court: &Court<'_>,
    needed: &[Needed],
    native: &Correlation,
    (group, values): (&[Match<'_>], &Values),
    together: &[usize],
) -> Said {
    let mut operations: Vec<u32> =
        together.iter().flat_map(|&at| group[at].operations).copied().collect();
    operations.sort_unstable();
    operations.dedup();
    let accused = together.iter().filter(|&&at| needed[group[at].rule].is_accused);
    let accused = accused.flat_map(|&at| group[at].operations).copied().collect();
    let mut because = BTreeMap::new();
    if let Some(&first) = together.first() {
        let one = &group[first];
        let first = one.operations[0];
        if let Some(keys) = needed[one.rule].keys_of(first, court.selected) {
            let by = &needed[one.rule].keys[keys].by;
            because = super::first_seen::values(court.scene, &native.group_by, by, first);
        }
    }
    because.insert("matches".to_owned(), together.len().to_string());
    if !native.fields.is_empty() {
        let distinct = values.distinct(together.iter().map(|&at| group[at].values.clone()));
        because.insert(format!("distinct {}", native.fields.join(", ")), distinct.to_string());
    }
    Said { operations, accused, because: because.into_iter().collect(), selector: None }
}
