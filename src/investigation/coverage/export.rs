//! The kinds of exports in the evidence, and what each leaves out.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::model::{Export, Missing};
use super::place;
use crate::azure::operation::is_arm;
use crate::base::Time;
use crate::base::text::counted;
use crate::corpus::NONE;
use crate::shape::{SHAPES, ShapeId, carries};

/// What a kind of export leaves out, and why; by the name of its shape.
const BLIND: &[(&str, &str, &str)] = &[
    (
        "activity-diagnostic",
        "event ids and the HTTP method of requests",
        "exports of diagnostic settings do not carry them",
    ),
    (
        "activity-diagnostic",
        ALERTS,
        "exports of diagnostic settings leave out the name of the event; Defender's own export has them",
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
        PORTAL,
        "claims, addresses, bodies, event ids, codes of answers and ARM names of operations",
        "the portal's CSV holds display names only, and only those of common operations are known or follow from the resource's type",
    ),
    (
        "activity-log-analytics",
        ALERTS,
        "the table leaves out the name of the event; Defender's own export has them",
    ),
    (
        "activity-webhook",
        ALERTS,
        "alert rules do not send the name of the event; Defender's own export has them",
    ),
    (
        "activity-webhook",
        "the role and the role assignment that allowed a call",
        "alert rules do not send the evidence of the authorization",
    ),
    (
        EVENT_GRID,
        "starts of operations, bodies of requests and event ids",
        "Event Grid tells only of what ended, and how",
    ),
    (
        DATADOG,
        "event ids and the HTTP method of requests",
        "Datadog gets events from a diagnostic setting, whose exports do not carry them",
    ),
    (
        DATADOG,
        ALERTS,
        "exports of diagnostic settings leave out the name of the event; Defender's own export has them",
    ),
    (
        "activity-elastic",
        ALERTS,
        "the index keeps no name of the event; Defender's own export has them",
    ),
    (
        "activity-elastic",
        "event ids, and claims whose names were rewritten",
        "the index kept no original record",
    ),
];

const ALERTS: &str = "titles and types of alerts that only the Activity Log tells of";
const DATADOG: &str = "activity-datadog";
const EVENT_GRID: &str = "activity-event-grid";

const PORTAL: &str = "activity-portal-csv";

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

/// What the events of one kind of export hold.
#[derive(Clone, Default)]
struct Held {
    events: u64,
    span: Option<(Time, Time)>,
    /// Administrative events, those with an address, and those with claims.
    calls: u64,
    addresses: u64,
    claims: u64,
    /// Operations that are written by a display name which is not known.
    unnamed: u64,
}

impl Held {
    fn add(&mut self, facts: &Facts<'_>, row: usize, is_call: bool) {
        let spine = &facts.corpus.spine;
        let time = spine.time[row];
        self.events += 1;
        let (first, last) = self.span.unwrap_or((time, time));
        self.span = Some((first.min(time), last.max(time)));
        if !is_call {
            return;
        }
        let id = facts.corpus.identities.get(spine.identity[row] as usize);
        let has_claims = id.is_some_and(|id| !id.app_id.is_empty() || !id.token_tenant.is_empty());
        self.calls += 1;
        self.addresses += u64::from(spine.ip[row] != NONE);
        self.claims += u64::from(has_claims);
    }

    /// What is in none of the calls, and why nothing tells it.
    fn lacks(&self, has_properties: bool) -> Vec<(String, &'static str)> {
        let mut lacks = Vec::new();
        if self.calls > 0 && self.addresses == 0 {
            lacks.push(("addresses of callers".to_owned(), "no call in them has one"));
        }
        if self.calls > 0 && self.claims == 0 {
            lacks.push((
                "claims: the tenant of a caller, its client, and how it signed in".to_owned(),
                "no call in them has any",
            ));
        }
        if self.calls > 0 && !has_properties {
            lacks.push((
                "properties: bodies of requests, codes and messages of answers".to_owned(),
                "no event in them has any",
            ));
        }
        if self.unnamed > 0 {
            lacks.push((
                format!("ARM names of {}", counted(self.unnamed, "operation", "operations")),
                "display names stand in their place, and rules ask for ARM names",
            ));
        }
        lacks
    }
}

/// Returns the kinds of exports that events came from, by name, and what these leave out.
pub(super) fn exports(facts: &Facts<'_>) -> (Vec<Export>, Vec<Missing>) {
    let spine = &facts.corpus.spine;
    let administrative = facts.corpus.names.category.find("administrative");
    let mut held = vec![Held::default(); SHAPES.len()];
    for row in spine.rows() {
        let is_call = Some(u32::from(spine.category[row])) == administrative;
        held[usize::from(spine.shape[row])].add(facts, row, is_call);
    }
    for operation in &facts.ledger.operations {
        let first = facts.ledger.rows_of(operation)[0] as usize;
        let is_named = is_arm(facts.operation(operation));
        held[usize::from(spine.shape[first])].unnamed += u64::from(!is_named);
    }
    let carried = &facts.corpus.carried;
    let has_properties =
        (0..SHAPES.len()).map(|at| carried.get(at).is_none_or(|all| all & carries::PROPERTIES > 0));
    let seen = SHAPES.iter().zip(held).zip(has_properties);
    let seen = seen.filter(|((_, held), _)| held.events > 0);
    let mut exports = Vec::new();
    let mut missing = Vec::new();
    for ((shape, held), has_properties) in seen {
        let blind = BLIND.iter().filter(|(name, ..)| *name == shape.name);
        let mut lacks: Vec<_> = blind.map(|(_, what, why)| ((*what).to_owned(), *why)).collect();
        // What the portal's file lacks is known without counting.
        if shape.name != PORTAL {
            lacks.extend(held.lacks(has_properties || shape.name == EVENT_GRID));
        }
        missing.extend(lacks.iter().map(|(what, why)| {
            let what = format!("{what} (for events from {})", shape.name);
            (shape.name, Missing { what, why: (*why).to_owned() })
        }));
        exports.push(Export {
            shape: shape.name.to_owned(),
            events: held.events,
            first: held.span.map(|(first, _)| first),
            last: held.span.map(|(_, last)| last),
            leaves_out: lacks.into_iter().map(|(what, _)| what).collect(),
        });
    }
    exports.sort_by(|a, b| a.shape.cmp(&b.shape));
    missing.sort_by_key(|(shape, _)| *shape);
    (exports, missing.into_iter().map(|(_, missing)| missing).collect())
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
