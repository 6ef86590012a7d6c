//! Residue: what suspects made or changed out of their ordinary way, and whether it still stands.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::facts::{CHANGED, CREATED, Facts};
use super::few::Few;
use super::model::{Finding, Residue, ResidueChange};
use super::removal::Removals;
use super::scoped::Scoped;
use super::suspect::Suspects;
use super::told::Told;
use super::user::Known;
use crate::azure::persistence::{Persistence, persistence};
use crate::azure::resource_id::ResourceId;
use crate::base::{Text, Time};
use crate::corpus::NONE;
use crate::ledger::{Operation, Outcome};

/// At most this many resources of one subscription are listed, the most powerful ones first.
const LISTED: usize = 1000;

/// Types that are settings of what they lie in: writing one makes nothing new.
const SETTINGS: &[&str] = &[
    "microsoft.keyvault/vaults/accesspolicies",
    "microsoft.security/pricings",
    "microsoft.security/workspacesettings",
    "microsoft.storage/storageaccounts/blobservices",
    "microsoft.web/sites/basicpublishingcredentialspolicies",
    "microsoft.web/sites/config",
];

/// Residue of every subscription and of the tenant, and how much of it there is in full.
pub(super) type Left = Scoped<(Vec<Residue>, u64)>;

/// What suspects wrote of one resource.
struct Written<'f> {
    operation: &'f Operation,
    last: Time,
    count: u64,
    worth: Persistence,
    findings: Few,
    has_created: bool,
    has_changed: bool,
}

/// Returns the residue of every subscription.
pub(super) fn residue(
    facts: &Facts<'_>,
    findings: &[Finding],
    removals: &Removals,
    known: Known<'_>,
) -> Left {
    let (suspects, told) = (known.suspects, known.told);
    let written = written(facts, findings, suspects, told);
    let touched = touched_before(facts, suspects, &written);
    let is_new = |code: u32, one: &Written<'_>| {
        let kind = facts.kind(one.operation).unwrap_or_default();
        let before = touched.contains_key(&code);
        !SETTINGS.contains(&kind) && (one.has_created || !(before || one.has_changed))
    };
    let new: BTreeSet<&str> = written
        .iter()
        .filter(|(code, one)| is_new(**code, one))
        .filter_map(|(_, one)| facts.resource(one.operation))
        .collect();
    let mut left: Scoped<Vec<Entry<'_, '_>>> = Scoped::default();
    for (code, one) in &written {
        let resource = facts.resource(one.operation).unwrap_or_default();
        let is_made = is_new(*code, one) || lies_in(resource, &new);
        let change = if is_made { ResidueChange::Created } else { ResidueChange::Changed };
        let still_present = !removals.ended(resource, one.last);
        let moved = removals.moved(resource, one.last).map(Text::from);
        let entry = Entry { one, resource, moved, change, still_present };
        left.of(facts.subscription(one.operation)).push(entry);
    }
    let shown = |all: Vec<Entry<'_, '_>>| {
        let count = all.len() as u64;
        (bounded(all).into_iter().map(|entry| entry.shown(facts)).collect(), count)
    };
    left.map(shown)
}

/// One resource on the way to a list; of the many, only those that stay are told in full.
struct Entry<'w, 'f> {
    one: &'w Written<'f>,
    resource: &'f str,
    /// The id that it has since it was moved.
    moved: Option<Text>,
    change: ResidueChange,
    still_present: bool,
}

impl Entry<'_, '_> {
    fn shown(&self, facts: &Facts<'_>) -> Residue {
        let (one, operation) = (self.one, self.one.operation);
        Residue {
            resource_id: self.moved.clone().unwrap_or_else(|| facts.resource_shared(operation)),
            resource_type: facts.shared.kind.get(operation.kind).cloned().unwrap_or_default(),
            created_by: facts.who_shared(operation.identity),
            created: Some(operation.first),
            change: self.change,
            last_change: Some(one.last),
            changes: one.count,
            power: one.worth.power,
            power_because: one.worth.why,
            still_present: self.still_present,
            familiar: self.change == ResidueChange::Changed,
            findings: one.findings.clone().into_list(),
            triage: None,
            listed: None,
        }
    }
}

/// The most powerful first; what is gone last.
fn bounded<'w, 'f>(mut all: Vec<Entry<'w, 'f>>) -> Vec<Entry<'w, 'f>> {
    all.sort_by(|a, b| {
        let key = |entry: &Entry<'w, 'f>| {
            (!entry.still_present, Reverse(entry.one.worth.power), entry.one.operation.first)
        };
        key(a).cmp(&key(b)).then_with(|| a.resource.cmp(b.resource))
    });
    all.truncate(LISTED);
    all
}

/// What suspects wrote, by the code of the resource.
fn written<'f>(
    facts: &Facts<'f>,
    findings: &[Finding],
    suspects: &Suspects,
    told: &Told,
) -> BTreeMap<u32, Written<'f>> {
    let mut written: BTreeMap<u32, Written<'f>> = BTreeMap::new();
    for (place, operation) in suspects.operations(facts) {
        let is_write = facts.operation(operation).ends_with("/WRITE");
        if !operation.outcome.took_effect() || !is_write || operation.resource == NONE {
            continue;
        }
        let worth = persistence(facts.kind(operation).unwrap_or_default());
        if worth.power == 0 {
            continue;
        }
        let one = written.entry(operation.resource).or_insert_with(|| Written {
            operation,
            last: operation.first,
            count: 0,
            worth,
            findings: Few::default(),
            has_created: false,
            has_changed: false,
        });
        one.last = operation.first;
        one.count += 1;
        told.add_ids(place, findings, &mut one.findings);
        if one.count == 1 {
            one.has_created = facts.has_status(operation, CREATED);
            one.has_changed = facts.has_status(operation, CHANGED);
        }
    }
    written
}

/// The resources among these that the evidence shows before a suspect wrote them.
fn touched_before(
    facts: &Facts<'_>,
    suspects: &Suspects,
    written: &BTreeMap<u32, Written<'_>>,
) -> HashMap<u32, Time> {
    let mut touched = HashMap::new();
    let Some(last) = written.values().map(|one| one.operation.first).max() else {
        return touched;
    };
    let before = facts.ledger.operations.iter().take_while(|operation| operation.first < last);
    for (place, operation) in (0_u32..).zip(before) {
        let Some(one) = written.get(&operation.resource) else { continue };
        if operation.first < one.operation.first
            && operation.outcome != Outcome::Failed
            && !suspects.taints(place)
        {
            touched.entry(operation.resource).or_insert(operation.first);
        }
    }
    for (_, held) in &facts.corpus.context.resources {
        let code = facts.corpus.names.resource.find(&held.id);
        let one = code.and_then(|code| Some((code, written.get(&code)?)));
        if let (Some((code, one)), Some(created)) = (one, held.created)
            && created < one.operation.first.plus_seconds(-60)
        {
            touched.entry(code).or_insert(created);
        }
    }
    touched
}

/// Whether a resource lies in one of these.
pub(super) fn lies_in(resource: &str, all: &BTreeSet<&str>) -> bool {
    let mut around = ResourceId::parse(resource).into_iter().flat_map(|id| id.outwards().skip(1));
    around.any(|scope| all.contains(scope.as_str()))
}
