//! Sigma's correlations: measures of the matches of other rules, in windows over the whole evidence.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::evaluate::{Court, Said, Sayings};
use super::judge::{Judge, Needed};
use super::part::Part;
use super::window::{Count, Labels, Link, Numbers, Sliding, Sum, chains, stretches};
use crate::rule::{Correlation, Expr, Measure};

/// A match of a rule that the correlation needs.
struct Match {
    /// When: for what holds several operations, when it was whole.
    time: i64,
    /// The rule, by its place among those that are needed.
    rule: usize,
    operations: Vec<u32>,
    value: Option<Value>,
}

/// The value of a match, to be told apart and computed with.
#[derive(Clone, Copy)]
struct Value {
    hash: u64,
    number: Option<f64>,
}

/// Says which matches keep to the bounds together, and how many belong to no group.
pub(super) fn judge(court: &Court<'_>, needed: &[Needed], native: &Correlation) -> Sayings {
    let mut alone = 0;
    let mut groups: BTreeMap<u64, Vec<Match>> = BTreeMap::new();
    for (rule, need) in needed.iter().enumerate() {
        each_match(court, need, &mut |operations| {
            let Some(&first) = operations.first() else { return };
            let Some(key) = court.scene.key(&need.by, first) else {
                alone += 1;
                return;
            };
            let last = operations.last().copied().unwrap_or(first);
            let value = value(court, &need.values, first);
            let time = court.scene.operation(last).first.0;
            let operations = operations.to_vec();
            groups.entry(key).or_default().push(Match { time, rule, operations, value });
        });
    }
    let mut said = Vec::new();
    for mut group in groups.into_values() {
        group.sort_by_key(|one| (one.time, one.operations[0], one.rule));
        if native.measure == Measure::TemporalOrdered {
            order_ties(&mut group);
        }
        for together in together(&group, needed.len(), native) {
            said.push(tell(court, needed, native, &group, &together));
        }
    }
    said.sort_by(|a, b| a.operations.cmp(&b.operations));
    let untold = (alone > 0).then(|| (alone, ungrouped(&native.group_by)));
    Sayings { untold, ..Sayings::of(said) }
}

/// Why matches without a field are put together with no others.
fn ungrouped(group_by: &[String]) -> String {
    format!("matches without {} belong to no group", group_by.join(" or "))
}

/// Gives `take` the operations of each match of a rule.
fn each_match(court: &Court<'_>, need: &Needed, take: &mut dyn FnMut(&[u32])) {
    if let Judge::Single(selector) = &court.scene.program.rules[need.rule].judge {
        for operation in &court.selected[*selector as usize] {
            take(std::slice::from_ref(operation));
        }
        return;
    }
    let sayings = court.sayings[need.rule].as_ref();
    for first in sayings.into_iter().flat_map(|sayings| &sayings.firsts) {
        take(std::slice::from_ref(first));
    }
    for said in sayings.into_iter().flat_map(|sayings| &sayings.said) {
        take(&said.operations);
    }
}

fn value(court: &Court<'_>, parts: &[Part], operation: u32) -> Option<Value> {
    let hash = court.scene.key(parts, operation).filter(|_| !parts.is_empty())?;
    let text = parts.first().and_then(|part| court.scene.text(part, operation));
    let number = text.and_then(|text| text.trim().parse().ok()).filter(|n: &f64| n.is_finite());
    Some(Value { hash, number })
}

/// The matches that belong together, each by its places in the group.
fn together(group: &[Match], rules: usize, native: &Correlation) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..group.len()).collect();
    let holds = |value: f64| native.holds(value);
    match native.measure {
        Measure::EventCount => slide(group, &all, native.timespan, |_| Count::new(holds)),
        Measure::ValueCount => {
            let with = places(group, |one| one.value.is_some());
            let labels: Vec<u64> =
                with.iter().filter_map(|&at| Some(group[at].value?.hash)).collect();
            #[allow(clippy::cast_precision_loss)] // fewer than 2^32 matches
            let distinct = |counts: &HashMap<u64, usize>| holds(counts.len() as f64);
            slide(group, &with, native.timespan, |_| Labels::new(&labels, distinct))
        }
        Measure::ValueSum | Measure::ValueAvg | Measure::ValuePercentile(_) => {
            computed(group, native)
        }
        Measure::Temporal => {
            let labels: Vec<u64> = group.iter().map(|one| one.rule as u64).collect();
            let test = |counts: &HashMap<u64, usize>| matched(native, counts);
            slide(group, &all, native.timespan, |_| Labels::new(&labels, test))
        }
        Measure::TemporalOrdered => in_order(group, rules, native),
    }
}

fn places(group: &[Match], wanted: impl Fn(&Match) -> bool) -> Vec<usize> {
    (0..group.len()).filter(|&at| wanted(&group[at])).collect()
}

/// Slides a measure over some places of a group.
fn slide<S: Sliding>(
    group: &[Match],
    places: &[usize],
    span: i64,
    measure: impl FnOnce(&[usize]) -> S,
) -> Vec<Vec<usize>> {
    let times: Vec<i64> = places.iter().map(|&at| group[at].time).collect();
    let found = stretches(&times, span, &mut measure(places));
    found.into_iter().map(|stretch| places[stretch].to_vec()).collect()
}

/// Measures that compute with the numbers of matches; a match without a number does not count.
#[allow(clippy::cast_precision_loss)] // fewer than 2^32 matches
fn computed(group: &[Match], native: &Correlation) -> Vec<Vec<usize>> {
    let number = |one: &Match| one.value.and_then(|value| value.number);
    let with = places(group, |one| number(one).is_some());
    let numbers: Vec<f64> = with.iter().filter_map(|&at| number(&group[at])).collect();
    let span = native.timespan;
    match native.measure {
        Measure::ValueSum => {
            slide(group, &with, span, |_| Sum::new(&numbers, |sum, _| native.holds(sum)))
        }
        Measure::ValueAvg => slide(group, &with, span, |_| {
            Sum::new(&numbers, |sum, points| native.holds(sum / points as f64))
        }),
        Measure::ValuePercentile(percentile) => slide(group, &with, span, |_| {
            Numbers::new(&numbers, |sorted| native.holds(percentile_of(sorted, percentile)))
        }),
        _ => Vec::new(),
    }
}

/// A percentile of sorted numbers, between two of them by their distance.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn percentile_of(sorted: &[f64], percentile: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = percentile / 100.0 * last as f64;
    let (low, high) = (at.floor() as usize, (at.ceil() as usize).min(last));
    sorted[low] + (sorted[high] - sorted[low]) * (at - at.floor())
}

/// Whether the rules that matched are those that must have.
#[allow(clippy::cast_precision_loss)] // a handful of rules
fn matched(native: &Correlation, counts: &HashMap<u64, usize>) -> bool {
    match &native.extended {
        None => native.holds(counts.len() as f64),
        Some(expr) => holds(expr, &|name| {
            let rule = native.rules.iter().position(|rule| rule == name);
            rule.is_some_and(|rule| counts.contains_key(&(rule as u64)))
        }),
    }
}

/// Whether a condition over rules holds.
fn holds(expr: &Expr, has: &dyn Fn(&str) -> bool) -> bool {
    match expr {
        Expr::All(parts) => parts.iter().all(|part| holds(part, has)),
        Expr::Any(parts) => parts.iter().any(|part| holds(part, has)),
        Expr::AtLeast(count, parts) => {
            parts.iter().filter(|part| holds(part, has)).count() >= *count
        }
        Expr::Not(part) => !holds(part, has),
        Expr::Test(test) => test.field.as_deref().is_some_and(has),
    }
}

/// Puts matches of one instant in the order of their rules, those of the same operations together.
///
/// Which of them came first is not known, and the order that is looked for is as likely as any other.
fn order_ties(group: &mut [Match]) {
    for ties in group.chunk_by_mut(|a, b| a.time == b.time) {
        let mut rules: BTreeMap<Vec<u32>, (usize, usize)> = BTreeMap::new();
        for one in ties.iter() {
            let (first, last) = rules.entry(one.operations.clone()).or_insert((one.rule, one.rule));
            (*first, *last) = (one.rule.min(*first), one.rule.max(*last));
        }
        ties.sort_by_cached_key(|one| {
            (rules.get(&one.operations).copied(), one.operations.clone(), one.rule)
        });
    }
}

/// Matches of rules in the order in which the correlation names them.
fn in_order(group: &[Match], rules: usize, native: &Correlation) -> Vec<Vec<usize>> {
    if native.extended.is_some()
        || native.bounds != [(crate::rule::Order::AtLeast, all(rules), false)]
    {
        return some_in_order(group, native);
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

/// Windows in which the rules that matched are those that must have, and came in their order.
fn some_in_order(group: &[Match], native: &Correlation) -> Vec<Vec<usize>> {
    let labels: Vec<u64> = group.iter().map(|one| one.rule as u64).collect();
    let every: Vec<usize> = (0..group.len()).collect();
    let test = |counts: &HashMap<u64, usize>| matched(native, counts);
    let found = slide(group, &every, native.timespan, |_| Labels::new(&labels, test));
    found.into_iter().filter(|places| is_in_order(group, places)).collect()
}

/// Whether a match of each rule that matched follows one of the rule before it.
fn is_in_order(group: &[Match], places: &[usize]) -> bool {
    let matched: BTreeSet<usize> = places.iter().map(|&at| group[at].rule).collect();
    let mut left = places.iter();
    matched.iter().all(|rule| left.any(|&at| group[at].rule == *rule))
}

fn tell(
    court: &Court<'_>,
    needed: &[Needed],
    native: &Correlation,
    group: &[Match],
    together: &[usize],
) -> Said {
    let mut operations: Vec<u32> =
        together.iter().flat_map(|&at| &group[at].operations).copied().collect();
    operations.sort_unstable();
    operations.dedup();
    let mut because = BTreeMap::new();
    if let Some(&first) = together.first() {
        let one = &group[first];
        let by = &needed[one.rule].by;
        because = super::first_seen::values(court.scene, &native.group_by, by, one.operations[0]);
    }
    because.insert("matches".to_owned(), together.len().to_string());
    if !native.fields.is_empty() {
        let values: BTreeSet<u64> =
            together.iter().filter_map(|&at| Some(group[at].value?.hash)).collect();
        because.insert(format!("distinct {}", native.fields.join(", ")), values.len().to_string());
    }
    Said { operations, because: because.into_iter().collect(), selector: None }
}
