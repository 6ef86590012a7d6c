//! Defences that were lowered, and whether somebody raised them again.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{CREATED, Facts};
use super::few::Few;
use super::model::{Defence, Finding};
use super::removal::{Removals, is_of};
use super::scoped::Scoped;
use super::suspect::Suspects;
use super::user::Known;
use crate::azure::defence::{LoweredBy, Lowering, Raising, by_rule};
use crate::azure::resource_id::ResourceId;
use crate::azure::setting::Settings;
use crate::corpus::NONE;
use crate::ledger::{Operation, Outcome};
use crate::shape::access::Access;

/// At most this many of one subscription are listed; those lowered by suspects come before others.
const LISTED: usize = 500;

const WRITE: &str = "/WRITE";
const DELETE: &str = "/DELETE";

/// Lowered defences of every subscription and of the tenant, and how many there are in full.
pub(super) type Lowered = Scoped<(Vec<Defence>, u64)>;

/// One operation that lowered a defence.
struct Low<'f> {
    place: u32,
    operation: &'f Operation,
    lowering: &'static Lowering,
    is_deletion: bool,
}

/// Returns the defences that were lowered, in order of time.
pub(super) fn defences(
    facts: &Facts<'_>,
    findings: &[Finding],
    removals: &Removals,
    known: Known<'_>,
) -> Lowered {
    let (suspects, told) = (known.suspects, known.told);
    let lows = lows(facts, suspects);
    let raised = Raisers::of(facts, &lows);
    let mut all: Scoped<Vec<(bool, &Low<'_>)>> = Scoped::default();
    for low in &lows {
        let own = all.of(facts.subscription(low.operation));
        own.push((!suspects.taints(low.place), low));
    }
    all.map(|mut own| {
        let count = own.len() as u64;
        own.sort_by_key(|(usual, low)| (*usual, low.place));
        own.truncate(LISTED);
        own.sort_by_key(|(_, low)| low.place);
        let shown = |(usual, low): (bool, &Low<'_>)| {
            let mut ids = Few::default();
            told.add_ids(low.place, findings, &mut ids);
            let operation = low.operation;
            let resource = facts.resource(operation).unwrap_or_default();
            let by = raised.after(facts, suspects, low);
            Defence {
                kind: low.lowering.kind.to_owned(),
                what: low.lowering.what.to_owned(),
                resource_id: resource.to_owned(),
                operation: facts.operation(operation).to_owned(),
                time: Some(operation.first),
                by: facts.who(operation.identity).map(str::to_owned),
                by_suspect: !usual,
                outcome: operation.outcome,
                raised: by.map(|by| by.first),
                moot: is_moot(facts, removals, low),
                raised_by: by.and_then(|by| facts.who(by.identity)).map(str::to_owned),
                findings: ids.into_iter().collect(),
            }
        };
        (own.into_iter().map(shown).collect(), count)
    })
}

/// The operations that lowered a defence and took effect, in order of time; one that lowered several of
/// which each is raised in its own way stands once for each.
fn lows<'f>(facts: &Facts<'f>, suspects: &Suspects) -> Vec<Low<'f>> {
    let rules = facts.rules.rules();
    let lowering: Vec<Option<&Lowering>> =
        rules.iter().map(|rule| rule.family().and_then(by_rule)).collect();
    let mut lows: Vec<Low<'_>> = Vec::new();
    // What is told once is lowered as often as it is done.
    let told = facts.findings.iter().map(|found| (found.rule, &found.operations[..]));
    let repeated = facts.repeated.iter().map(|again| (again.rule, &again.operations[..]));
    for (rule, operations) in told.chain(repeated) {
        let Some(lowering) = lowering[rule] else { continue };
        for &place in operations {
            let operation = &facts.ledger.operations[place as usize];
            let is_deletion = facts.operation(operation).ends_with(DELETE);
            let is_lowering = match lowering.lowered_by {
                LoweredBy::Any => true,
                LoweredBy::Existing => is_deletion || !facts.has_status(operation, CREATED),
                LoweredBy::Deletion => is_deletion,
            };
            if operation.outcome.took_effect() && is_lowering {
                lows.push(Low { place, operation, lowering, is_deletion });
            }
        }
    }
    // A rule on many of a kind says less than the one on each.
    lows.sort_by_key(|low| (low.place, low.way(), low.lowering.rule));
    lows.dedup_by(|more, kept| more.place == kept.place && more.way() == kept.way());
    without_undoing(facts, suspects, lows)
}

/// Leaves out the deletions of what had itself lowered a defence, or was left by a suspect.
fn without_undoing<'f>(
    facts: &Facts<'f>,
    suspects: &Suspects,
    mut lows: Vec<Low<'f>>,
) -> Vec<Low<'f>> {
    let deleted: BTreeSet<u32> =
        lows.iter().filter(|low| low.is_deletion).map(|low| low.operation.resource).collect();
    let mut made: BTreeMap<u32, u32> = BTreeMap::new();
    for (place, operation) in suspects.operations(facts) {
        let is_made = deleted.contains(&operation.resource)
            && operation.outcome == Outcome::Succeeded
            && facts.operation(operation).ends_with(WRITE)
            && facts.has_status(operation, CREATED);
        if is_made {
            made.entry(operation.resource).or_insert(place);
        }
    }
    for low in lows.iter().filter(|low| !low.is_deletion && low.is_raised_by_deletion()) {
        let first = made.entry(low.operation.resource).or_insert(low.place);
        *first = low.place.min(*first);
    }
    made.remove(&NONE);
    lows.retain(|low| {
        let made = made.get(&low.operation.resource);
        !(low.is_deletion && made.is_some_and(|made| *made < low.place))
    });
    lows
}

/// What was done later to the resources whose defences were lowered.
struct Raisers<'f> {
    by_resource: BTreeMap<u32, Vec<(u32, &'f Operation)>>,
    /// What was lowered, by the place of the operation and the kind.
    lowered: BTreeSet<(u32, &'static str)>,
}

impl<'f> Raisers<'f> {
    fn of(facts: &Facts<'f>, lows: &[Low<'f>]) -> Self {
        let mut by_resource: BTreeMap<u32, Vec<(u32, &Operation)>> = lows
            .iter()
            .filter(|low| low.operation.resource != NONE)
            .map(|low| (low.operation.resource, Vec::new()))
            .collect();
        let lowered = lows.iter().map(|low| (low.place, low.lowering.kind)).collect();
        let Some(first) = lows.first() else { return Raisers { by_resource, lowered } };
        let later = (0_u32..).zip(&facts.ledger.operations).skip(first.place as usize);
        for (place, operation) in later {
            if operation.outcome == Outcome::Succeeded
                && let Some(list) = by_resource.get_mut(&operation.resource)
                && facts.resource(operation).is_some_and(|id| is_on(facts.operation(operation), id))
            {
                list.push((place, operation));
            }
        }
        Raisers { by_resource, lowered }
    }

    /// The first operation after a lowering that raised the defence again.
    fn after(
        &self,
        facts: &Facts<'f>,
        suspects: &Suspects,
        low: &Low<'_>,
    ) -> Option<&'f Operation> {
        let list = self.by_resource.get(&low.operation.resource)?;
        let start = list.partition_point(|(_, o)| o.first <= low.operation.first);
        let raises = |(place, operation): &&(u32, &'f Operation)| {
            let name = facts.operation(operation);
            low.lowering.raised_by.is_done_by(name)
                && (!name.ends_with(WRITE)
                    || !suspects.taints(*place)
                        && !self.lowered.contains(&(*place, low.lowering.kind))
                        && low.is_set_by(facts, operation))
        };
        list[start..].iter().find(raises).map(|(_, operation)| *operation)
    }
}

/// Whether an operation writes or deletes the resource itself, and not something on it such as its tags;
/// any other may be of the resource.
fn is_on(operation: &str, resource: &str) -> bool {
    let kind = operation.strip_suffix(WRITE).or_else(|| operation.strip_suffix(DELETE));
    kind.is_none_or(|kind| is_of(kind, resource))
}

impl Low<'_> {
    /// The way in which it is raised: what is deleted comes back in one.
    fn way(&self) -> (&'static str, Settings) {
        if self.is_deletion {
            return ("", Settings::default());
        }
        (self.lowering.kind, self.lowering.settings)
    }

    fn is_raised_by_deletion(&self) -> bool {
        matches!(self.lowering.raised_by, Raising::Delete | Raising::Either)
    }

    /// Whether a later write sets what was lowered; of what was deleted, every one does.
    fn is_set_by(&self, facts: &Facts<'_>, write: &Operation) -> bool {
        let wanted = self.lowering.settings;
        self.is_deletion
            || wanted.is_empty()
            || facts
                .access(write)
                .any(|access| matches!(access, Access::Sets(settings) if settings.meets(wanted)))
    }
}

/// Whether what the defence was for was deleted afterwards, so that nothing is left to protect.
fn is_moot(facts: &Facts<'_>, removals: &Removals, low: &Low<'_>) -> bool {
    let since = low.operation.first;
    let Some(resource) = facts.resource(low.operation) else { return false };
    let around =
        ResourceId::parse(resource).and_then(|id| id.target_of_extension().or_else(|| id.parent()));
    // What was deleted to lower it is not ended by that.
    (!low.is_deletion && !low.is_raised_by_deletion() && removals.ended(resource, since))
        || around.is_some_and(|around| removals.ended(around.as_str(), since))
}
