//! Sigma's correlations: measures of the matches of other rules, in windows over the whole evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use hashbrown::HashMap;

use super::evaluate::{Court, Said, Sayings};
use super::judge::Needed;
use super::matched::{Groups, Match, Values};
use super::steps::{Link, Row, chains};
use super::together::{AnyOrder, ByRule, InOrder, without_unwanted};
use super::window::{Count, Labels, Numbers, Once, Ranked, Sliding, Sum, windows};
use crate::rule::{Correlation, Measure};

/// Matches that belong together.
struct Found {
    /// By their places in the group.
    places: Vec<usize>,
    /// When enough of them were there, by time.
    instants: Vec<i64>,
}

/// Which matches keep to the bounds together, and how many belong to no group.
pub(super) fn judge(court: &Court<'_>, needed: &[Needed], native: &Correlation) -> Sayings {
    let Groups { all, values, alone } = Groups::of(court, needed, native);
    let mut said = Vec::new();
    for mut group in all {
        if native.measure == Measure::TemporalOrdered {
            order_ties(&mut group);
        }
        for found in merged(&group, together(&group, &values, needed.len(), native)) {
            let mut places = without_unwanted(native, &group, found.places);
            places.retain(|&at| needed[group[at].rule()].is_told);
            if places.is_empty() {
                continue;
            }
            let found = Found { places, ..found };
            said.push(tell(court, needed, native, (&group, &values), found));
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

/// Why matches without a field are put together with no others.
fn ungrouped(group_by: &[String]) -> String {
    format!("matches without {} belong to no group", group_by.join(" or "))
}

/// The matches that belong together.
fn together(
    group: &[Match<'_>],
    values: &Values,
    rules: usize,
    native: &Correlation,
) -> Vec<Found> {
    let all: Vec<usize> = (0..group.len()).collect();
    let holds = |value: f64| native.holds(value);
    match native.measure {
        Measure::EventCount => once(group, &all, native.timespan, Count::new(holds)),
        Measure::ValueCount => {
            let with = measured(group);
            let of = |at: usize| &values.hashes[group[with[at]].values()];
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
    (0..group.len()).filter(|&at| !group[at].values().is_empty()).collect()
}

/// Slides a measure over some places of a group.
fn slide(
    group: &[Match<'_>],
    places: &[usize],
    span: i64,
    mut measure: impl Sliding,
) -> Vec<Found> {
    let times: Vec<i64> = places.iter().map(|&at| group[at].time).collect();
    let mut found: Vec<(Range<usize>, Vec<i64>)> = Vec::new();
    windows(&times, span, &mut measure, &mut |window| {
        let instant = times[window.end - 1];
        match found.last_mut() {
            Some((last, instants)) if window.start < last.end => {
                last.end = window.end;
                instants.push(instant);
            }
            _ => found.push((window, vec![instant])),
        }
    });
    let found = found.into_iter();
    found.map(|(own, instants)| Found { places: places[own].to_vec(), instants }).collect()
}

/// Does so with a measure to which what goes on matching is one match, and the same operations are,
/// whichever rules they match.
fn once(group: &[Match<'_>], places: &[usize], span: i64, measure: impl Sliding) -> Vec<Found> {
    let is_of_one_rule = group.iter().all(|one| one.rule() == group[0].rule());
    if is_of_one_rule && !group.iter().any(Match::has_several) {
        return slide(group, places, span, measure);
    }
    slide(group, places, span, Once::new(|point: usize| group[places[point]].what, measure))
}

/// Puts together what shares a match that goes on, and leaves out what is in it twice.
fn merged(group: &[Match<'_>], found: Vec<Found>) -> Vec<Found> {
    if !group.iter().any(Match::has_several) {
        return found;
    }
    // Where a match is: among what was found, and among its places.
    let mut known: HashMap<(u64, u32), usize> = HashMap::new();
    let mut all: Vec<Found> = Vec::new();
    for one in found {
        let ids = || {
            let several = one.places.iter().map(|&at| &group[at]).filter(|one| one.has_several());
            several.map(Match::id)
        };
        let into = ids().find_map(|id| known.get(&id).copied()).unwrap_or(all.len());
        if into == all.len() {
            all.push(Found { places: Vec::new(), instants: Vec::new() });
        }
        let is_new = |at: &usize| {
            let one = &group[*at];
            !one.has_several() || known.insert(one.id(), into) != Some(into)
        };
        let places = one.places.iter().copied().filter(is_new);
        let whole = &mut all[into];
        whole.places.extend(places);
        whole.instants.extend(one.instants);
    }
    for whole in &mut all {
        whole.instants.sort_unstable();
        whole.instants.dedup();
    }
    all
}

/// Measures that compute with the numbers of matches; a match without a number does not count.
#[allow(clippy::cast_precision_loss)] // fewer than 2^32 matches
fn computed(group: &[Match<'_>], numbers: &[f64], native: &Correlation) -> Vec<Found> {
    let with = measured(group);
    let of = |at: usize| &numbers[group[with[at]].values()];
    let span = native.timespan;
    match native.measure {
        Measure::ValueSum => {
            let holds = |sum: f64, _| native.holds(sum);
            once(group, &with, span, Sum::new(with.len(), of, holds))
        }
        Measure::ValueAvg => {
            let average = |sum: f64, numbers: usize| native.holds(sum / numbers as f64);
            once(group, &with, span, Sum::new(with.len(), of, average))
        }
        Measure::ValuePercentile(percentile) => {
            let all = (0..with.len()).flat_map(of).copied().collect();
            let holds = |ranked: &Ranked| native.holds(percentile_of(ranked, percentile));
            once(group, &with, span, Numbers::new(all, of, holds))
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
        let mut rules: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
        for one in ties.iter() {
            let (first, last) = rules.entry(one.what).or_insert((one.rule(), one.rule()));
            (*first, *last) = (one.rule().min(*first), one.rule().max(*last));
        }
        ties.sort_by_key(|one| {
            (rules.get(&one.what).copied(), one.operations[0], one.what, one.rule())
        });
    }
}

/// Matches of rules in the order in which the correlation names them.
fn in_order(group: &[Match<'_>], rules: usize, native: &Correlation) -> Vec<Found> {
    if native.extended.is_some()
        || native.bounds != [(crate::rule::Order::AtLeast, all(rules), false)]
    {
        let every: Vec<usize> = (0..group.len()).collect();
        let matched = InOrder::new(ByRule::new(native, group, rules));
        return slide(group, &every, native.timespan, matched);
    }
    if rules > 1 && group.iter().all(|one| one.rule() == group[0].rule()) {
        return Vec::new();
    }
    let mut links = Vec::new();
    // What has the same operations is one item: it must not follow itself, whichever rules it matched.
    let mut known: HashMap<u64, u32> = HashMap::new();
    // The first match of each item.
    let mut items: Vec<usize> = Vec::new();
    for (at, one) in group.iter().enumerate() {
        let item = *known.entry(one.what).or_insert_with(|| {
            items.push(at);
            crate::base::index32(items.len() - 1)
        });
        links.push(Link { time: one.time, item, step: one.rule(), differ: None });
    }
    let found = |row: Row| Found {
        places: row.items.iter().map(|&item| items[item as usize]).collect(),
        instants: row.whole,
    };
    chains(&links, rules, native.timespan).into_iter().map(found).collect()
}

#[allow(clippy::cast_precision_loss)] // a handful of rules
fn all(rules: usize) -> f64 {
    rules as f64
}

/// How many matches there are at some places; what rules are not asked which of them matched, the
/// same operations are one.
fn matches(group: &[Match<'_>], places: &[usize], measure: Measure) -> usize {
    if matches!(measure, Measure::Temporal | Measure::TemporalOrdered) {
        return places.len();
    }
    places.iter().map(|&at| group[at].what).collect::<BTreeSet<u64>>().len()
}

fn tell(
    court: &Court<'_>,
    needed: &[Needed],
    native: &Correlation,
    (group, values): (&[Match<'_>], &Values),
    Found { places, instants }: Found,
) -> Said {
    let mut operations: Vec<u32> =
        places.iter().flat_map(|&at| group[at].operations).copied().collect();
    operations.sort_unstable();
    operations.dedup();
    let accused = places.iter().filter(|&&at| needed[group[at].rule()].is_accused);
    let accused = accused.flat_map(|&at| group[at].operations).copied().collect();
    let mut because = BTreeMap::new();
    if let Some(&first) = places.first() {
        let (rule, own) = (group[first].rule(), group[first].own);
        if let Some(keys) = needed[rule].keys_of(own, court.selected) {
            let by = &needed[rule].keys[keys].by;
            because = super::first_seen::values(court.scene, &native.group_by, by, own);
        }
    }
    because.insert("matches".to_owned(), matches(group, &places, native.measure).to_string());
    if !native.fields.is_empty() {
        let distinct = values.distinct(places.iter().map(|&at| group[at].values()));
        because.insert(format!("distinct {}", native.fields.join(", ")), distinct.to_string());
    }
    Said {
        operations,
        accused,
        because: because.into_iter().collect(),
        instants: instants.into(),
        ..Said::default()
    }
}
