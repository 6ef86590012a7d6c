//! The kinds of exports in the evidence, and what each leaves out.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::model::Export;
use super::place;
use crate::base::Time;
use crate::corpus::NONE;
use crate::shape::{SHAPES, ShapeId};

/// What a kind of export leaves out, and why; by the name of its shape.
const BLIND: &[(&str, &str, &str)] = &[
    (
        "activity-diagnostic",
        "event ids and the HTTP method of requests",
        "exports of diagnostic settings do not carry them",
    ),
    (
        "activity-rest",
        "the role assignment that allowed a call",
        "the REST API leaves out the evidence of the authorization",
    ),
    ("activity-rest-partial", "members that were not selected", "the export was made with $select"),
    (
        "activity-powershell",
        "resource types, tenants of subscriptions and the role assignment that allowed a call",
        "Get-AzActivityLog does not copy them",
    ),
    (
        "activity-powershell",
        "whether an application is a managed identity, where claims were cut off",
        "ConvertTo-Json with its usual -Depth of 2 drops the claims",
    ),
    (
        "activity-powershell",
        "ARM names of operations that are written by display names",
        "PowerShell 7 writes them so, and only those of common operations are known or follow from the resource's type",
    ),
    (
        "activity-python",
        "the role assignment that allowed a call",
        "the REST API leaves out the evidence of the authorization",
    ),
    (
        "activity-log-analytics",
        "the tenant of events without a hierarchy",
        "the table's TenantId is the workspace",
    ),
    (
        "activity-portal-csv",
        "claims, addresses, bodies, event ids, codes of answers and ARM names of operations",
        "the portal's CSV holds display names only, and only those of common operations are known or follow from the resource's type",
    ),
    (
        "activity-elastic-flat",
        "claims whose names were rewritten",
        "the index kept no original record",
    ),
];

/// Kinds of exports that are asked of the service, which keeps events for ninety days.
const ASKED: &[&str] = &[
    "activity-rest",
    "activity-rest-partial",
    "activity-powershell",
    "activity-python",
    "activity-portal-csv",
];

/// Nanoseconds of a day.
const DAY: i64 = 86_400 * 1_000_000_000;
/// Days that the service keeps events.
const KEPT: i64 = 90;

/// Returns the kinds of exports that events came from, by name.
pub(super) fn exports(facts: &Facts<'_>) -> Vec<Export> {
    let spine = &facts.corpus.spine;
    let mut sums = vec![(0_u64, Time(i64::MAX), Time(i64::MIN)); SHAPES.len()];
    for row in spine.rows() {
        let (events, first, last) = &mut sums[usize::from(spine.shape[row])];
        let time = spine.time[row];
        *events += 1;
        (*first, *last) = ((*first).min(time), (*last).max(time));
    }
    let seen = SHAPES.iter().zip(sums).filter(|(_, (events, ..))| *events > 0);
    let mut exports: Vec<Export> = seen
        .map(|(shape, (events, first, last))| Export {
            shape: shape.name.to_owned(),
            events,
            first: Some(first),
            last: Some(last),
            leaves_out: blind(shape.name).map(|(what, _)| what.to_owned()).collect(),
        })
        .collect();
    exports.sort_by(|a, b| a.shape.cmp(&b.shape));
    exports
}

/// What a shape leaves out, and why.
pub(super) fn blind(shape: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    BLIND.iter().filter(move |(name, ..)| *name == shape).map(|(_, what, why)| (*what, *why))
}

/// Subscriptions whose oldest event is as old as the service keeps events.
///
/// The newest event of such exports is taken for the time at which they were made: when that was
/// stands nowhere. What happened before was no longer there to be exported.
pub(super) fn at_the_edge(facts: &Facts<'_>) -> Vec<bool> {
    let spine = &facts.corpus.spine;
    let asked = |row: &usize| ASKED.contains(&ShapeId(spine.shape[*row]).shape().name);
    let mut first = vec![None; facts.corpus.names.subscription.len()];
    let mut made: Option<Time> = None;
    for row in spine.rows().filter(asked) {
        let time = spine.time[row];
        made = made.max(Some(time));
        if spine.subscription[row] != NONE {
            let own = &mut first[spine.subscription[row] as usize];
            *own = Some(own.map_or(time, |known: Time| known.min(time)));
        }
    }
    let is_edge = |first: Option<Time>| {
        let reach = made.zip(first).map(|(made, first)| made.0.saturating_sub(first.0));
        reach.is_some_and(|reach| ((KEPT - 1) * DAY..=(KEPT + 1) * DAY).contains(&reach))
    };
    first.into_iter().map(is_edge).collect()
}

/// The time over which exports of a place reach, for each category that they hold: from the
/// first event of any category to the last, since exports of one kind hold all categories at once.
pub(super) fn reach(facts: &Facts<'_>) -> BTreeMap<(u32, u16), (Time, Time)> {
    type Kinds = hashbrown::HashMap<(u32, u8), (Time, Time, Vec<u16>)>;
    let spine = &facts.corpus.spine;
    let mut kinds = Kinds::new();
    for row in spine.rows() {
        let (time, category) = (spine.time[row], spine.category[row]);
        let key = (place(facts, row), spine.shape[row]);
        let (first, last, categories) =
            kinds.entry(key).or_insert_with(|| (time, time, Vec::new()));
        (*first, *last) = ((*first).min(time), (*last).max(time));
        if !categories.contains(&category) {
            categories.push(category);
        }
    }
    let mut all: Vec<_> = kinds.into_iter().collect();
    all.sort_unstable_by_key(|(key, _)| *key);
    let mut reach: BTreeMap<(u32, u16), (Time, Time)> = BTreeMap::new();
    for ((place, _), (first, last, categories)) in all {
        for category in categories {
            let own = reach.entry((place, category)).or_insert((first, last));
            *own = (own.0.min(first), own.1.max(last));
        }
    }
    reach
}
