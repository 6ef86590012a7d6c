//! What a principal did: by operation name, by hour, and with which new addresses and clients.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::super::deeds::Deeds;
use super::super::facts::Facts;
use super::super::model::{Activity, Fresh};
use super::super::suspect::{Suspect, Suspects};
use super::client;
use crate::base::Time;
use crate::corpus::NONE;
use crate::ledger::Outcome;

/// At most this many operation names of one principal are listed; their counts add up to less only beyond.
const NAMES: usize = 200;
/// At most this many new addresses and clients are listed.
const FRESH: usize = 100;
const HOUR: i64 = 3_600_000_000_000;

/// What is told of everybody.
pub(super) struct Sums {
    pub(super) activity: Vec<Activity>,
    pub(super) hours: Vec<u64>,
    pub(super) operations: u64,
    pub(super) failed: u64,
}

/// Sums up the operations of a principal.
pub(super) fn sums(facts: &Facts<'_>, deeds: &Deeds, suspects: &Suspects, p: usize) -> Sums {
    let mut by_name: HashMap<u32, Activity> = HashMap::new();
    let mut hours = vec![0; 24];
    let suspected = suspects.get(p).is_some();
    let (mut operations, mut failures) = (0, 0);
    for (place, operation) in deeds.operations(facts, p) {
        let failed = u64::from(operation.outcome == Outcome::Failed);
        let hour = operation.first.0.div_euclid(HOUR).rem_euclid(24);
        hours[usize::try_from(hour).unwrap_or_default()] += 1;
        let entry = by_name.entry(operation.operation).or_default();
        entry.count += 1;
        entry.failed += failed;
        entry.suspicious += u64::from(suspected && suspects.taints(place));
        operations += 1;
        failures += failed;
    }
    let named: BTreeMap<u32, Activity> = by_name.into_iter().collect();
    let mut activity: Vec<Activity> = named
        .into_iter()
        .map(|(code, sum)| {
            let operation = facts.shared.operation.get(code).cloned().unwrap_or_default();
            Activity { operation, ..sum }
        })
        .collect();
    activity
        .sort_by(|a, b| (Reverse(a.count), &a.operation).cmp(&(Reverse(b.count), &b.operation)));
    activity.truncate(NAMES);
    activity.shrink_to_fit();
    Sums { activity, hours, operations, failed: failures }
}

/// Returns the addresses and clients that a suspect had not used before the suspicion.
pub(super) fn fresh(facts: &Facts<'_>, deeds: &Deeds, p: usize, suspect: &Suspect) -> Vec<Fresh> {
    let mut ips: HashMap<u32, (Time, u64)> = HashMap::new();
    let mut identities: HashMap<u32, (Time, u64)> = HashMap::new();
    for (_, operation) in deeds.operations(facts, p) {
        for (uses, code) in [(&mut ips, operation.ip), (&mut identities, operation.identity)] {
            if code != NONE {
                uses.entry(code).or_insert((operation.first, 0)).1 += 1;
            }
        }
    }
    let mut all: BTreeMap<(&str, String), (Time, u64)> = BTreeMap::new();
    let ips: BTreeMap<u32, (Time, u64)> = ips.into_iter().collect();
    for (code, used) in ips {
        if let Some(ip) = facts.corpus.names.ip.get(code) {
            all.insert(("address", ip.to_owned()), used);
        }
    }
    let identities: BTreeMap<u32, (Time, u64)> = identities.into_iter().collect();
    for (identity, (first, count)) in identities {
        let Some(client) = client(facts, p, identity) else { continue };
        let known = all.entry(("client", client)).or_insert((first, 0));
        *known = (known.0.min(first), known.1 + count);
    }
    let mut fresh: Vec<Fresh> = all
        .into_iter()
        .filter(|(_, (first, _))| *first >= suspect.since)
        .map(|((kind, value), (first, operations))| Fresh {
            kind: kind.to_owned(),
            value,
            first: Some(first),
            operations,
        })
        .collect();
    fresh.sort_by(|a, b| (a.first, &a.kind, &a.value).cmp(&(b.first, &b.kind, &b.value)));
    fresh.truncate(FRESH);
    fresh
}
