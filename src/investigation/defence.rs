//! Defences that were lowered, and whether somebody raised them again.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::few::Few;
use super::model::{Defence, Finding};
use super::removal::Removals;
use super::user::Known;
use crate::azure::defence::{Lowering, by_rule};
use crate::azure::resource_id::ResourceId;
use crate::corpus::NONE;
use crate::ledger::{Operation, Outcome};

/// So many of one subscription are listed; those lowered by suspects come before others.
const LISTED: usize = 500;

/// Lowered defences of every subscription, by its id, and how many there are in full.
pub(super) type Lowered = BTreeMap<String, (Vec<Defence>, u64)>;

/// One operation that lowered a defence.
struct Low<'f> {
    place: u32,
    operation: &'f Operation,
    lowering: &'static Lowering,
}

/// Returns the defences that were lowered, in order of time.
pub(super) fn defences(
    facts: &Facts<'_>,
    findings: &[Finding],
    removals: &Removals,
    known: Known<'_>,
) -> Lowered {
    let (suspects, told) = (known.suspects, known.told);
    let lows = lows(facts);
    let raised = Raisers::of(facts, &lows);
    let mut all: BTreeMap<&str, Vec<(bool, &Low<'_>)>> = BTreeMap::new();
    for low in &lows {
        let Some(subscription) = facts.subscription(low.operation) else { continue };
        all.entry(subscription).or_default().push((!suspects.taints(low.place), low));
    }
    let mut lowered = Lowered::new();
    for (subscription, mut own) in all {
        let count = own.len() as u64;
        own.sort_by_key(|(usual, low)| (*usual, low.place));
        own.truncate(LISTED);
        own.sort_by_key(|(_, low)| low.place);
        let shown = |(usual, low): (bool, &Low<'_>)| {
            let mut ids = Few::default();
            told.add_ids(low.place, findings, &mut ids);
            let operation = low.operation;
            let resource = facts.resource(operation).unwrap_or_default();
            let by = raised.after(facts, low);
            Defence {
                kind: low.lowering.kind.to_owned(),
                what: low.lowering.what.to_owned(),
                resource_id: resource.to_owned(),
                operation: facts.operation(operation).to_owned(),
                time: Some(operation.first),
                by: facts.who(operation.identity).map(str::to_owned),
                by_suspect: !usual,
                outcome: operation.outcome.into(),
                raised: by.map(|by| by.first),
                moot: is_moot(facts, removals, low),
                raised_by: by.and_then(|by| facts.who(by.identity)).map(str::to_owned),
                findings: ids.into_iter().collect(),
            }
        };
        lowered.insert(subscription.to_owned(), (own.into_iter().map(shown).collect(), count));
    }
    lowered
}

/// The operations that lowered a defence and took effect, each once, in order of time.
fn lows<'f>(facts: &Facts<'f>) -> Vec<Low<'f>> {
    let rules = facts.rules.rules();
    let lowering: Vec<Option<&Lowering>> =
        rules.iter().map(|rule| rule.family().and_then(by_rule)).collect();
    let mut lows: BTreeMap<u32, Low<'_>> = BTreeMap::new();
    // What is told once is lowered as often as it is done.
    let told = facts.findings.iter().map(|found| (found.rule, &found.operations[..]));
    let repeated = facts.repeated.iter().map(|again| (again.rule, &again.operations[..]));
    for (rule, operations) in told.chain(repeated) {
        let Some(lowering) = lowering[rule] else { continue };
        for &place in operations {
            let operation = &facts.ledger.operations[place as usize];
            let took_effect = matches!(operation.outcome, Outcome::Succeeded | Outcome::Accepted);
            let name = facts.operation(operation);
            if !took_effect || (lowering.deletions_only && !name.ends_with("/DELETE")) {
                continue;
            }
            // A rule on many of a kind says less than the one on each.
            let known = lows.entry(place).or_insert(Low { place, operation, lowering });
            if lowering.rule < known.lowering.rule {
                known.lowering = lowering;
            }
        }
    }
    lows.into_values().collect()
}

/// What was done later to the resources whose defences were lowered.
struct Raisers<'f> {
    by_resource: BTreeMap<u32, Vec<&'f Operation>>,
}

impl<'f> Raisers<'f> {
    fn of(facts: &Facts<'f>, lows: &[Low<'f>]) -> Self {
        let mut by_resource: BTreeMap<u32, Vec<&Operation>> = lows
            .iter()
            .filter(|low| low.operation.resource != NONE)
            .map(|low| (low.operation.resource, Vec::new()))
            .collect();
        let Some(first) = lows.first() else { return Raisers { by_resource } };
        let places: BTreeSet<u32> = lows.iter().map(|low| low.place).collect();
        let later = (0_u32..).zip(&facts.ledger.operations).skip(first.place as usize);
        for (place, operation) in later {
            if operation.outcome == Outcome::Succeeded
                && !places.contains(&place)
                && let Some(list) = by_resource.get_mut(&operation.resource)
            {
                list.push(operation);
            }
        }
        Raisers { by_resource }
    }

    /// The first operation after a lowering that raised the defence again.
    fn after(&self, facts: &Facts<'f>, low: &Low<'_>) -> Option<&'f Operation> {
        let list = self.by_resource.get(&low.operation.resource)?;
        let start = list.partition_point(|o| o.first <= low.operation.first);
        let raises = |o: &&&Operation| low.lowering.raised_by.is_done_by(facts.operation(o));
        list[start..].iter().find(raises).copied()
    }
}

/// Whether what the defence was for was deleted afterwards, so that nothing is left to protect.
fn is_moot(facts: &Facts<'_>, removals: &Removals, low: &Low<'_>) -> bool {
    let id = facts.resource(low.operation).and_then(ResourceId::parse);
    let around = id.and_then(|id| id.target_of_extension().or_else(|| id.parent()));
    around.is_some_and(|around| removals.ended(around.as_str(), low.operation.first))
}
