//! Suspects: who is under suspicion, since when, and why.
//!
//! Suspicion begins with grave findings and open alerts ([`ground`]). Of what a suspect does after
//! that, only what is out of its ordinary way counts against it ([`habit`]): the owner of an account
//! that was taken over goes on working. And it spreads ([`spread`]) to whom a suspect made, gave
//! power to, or acted through.

mod ground;
mod habit;
mod host;
mod spread;

use std::collections::{BTreeMap, BTreeSet};

use super::deeds::Deeds;
use super::facts::Facts;
use super::iam;
use super::model::{Alert, Finding};
use super::triage::Judge;
use crate::base::{Text, Time};
use crate::ledger::Operation;
use spread::Spread;

pub(super) use ground::{LISTING, is_faint, is_ground};
pub(super) use spread::{Handed, Way};

/// A chain of principals that empower one another is followed so far.
const ROUNDS: usize = 32;

/// One principal under suspicion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Suspect {
    /// When what speaks against it begins.
    pub(super) since: Time,
    /// Why, as sentences, in order of time.
    pub(super) because: Vec<String>,
    /// Ids of the findings that are grounds.
    pub(super) findings: Vec<Text>,
    /// Ids of the alerts that are grounds.
    pub(super) alerts: Vec<String>,
    /// Whether it is a suspect only for what others did to it.
    pub(super) only_handed: bool,
    /// Its operations that are out of its ordinary way, by their places in the ledger.
    pub(super) operations: Vec<u32>,
}

/// Everybody under suspicion.
pub(super) struct Suspects {
    all: BTreeMap<usize, Suspect>,
    /// What suspects handed to others, by time.
    pub(super) handed: Vec<Handed>,
    /// All operations under suspicion, by their places in the ledger, sorted.
    operations: Vec<u32>,
}

/// What there is to hold against a principal before its operations are looked at.
#[derive(Clone, Debug, Default)]
struct Seed {
    /// The earliest ground.
    time: Option<Time>,
    /// Grounds: when, and what.
    because: BTreeSet<(Time, String)>,
    findings: BTreeSet<Text>,
    alerts: BTreeSet<String>,
    /// Addresses of the grounds, as codes.
    addresses: BTreeSet<u32>,
    /// Operations of grave findings, by their places.
    grave: BTreeSet<u32>,
    /// Whether others act in its name from where it acts itself.
    acted_through: bool,
    /// Whether it is no suspect unless it did something out of its ordinary way.
    if_active: bool,
    /// Whether it has a ground of its own.
    own: bool,
}

impl Seed {
    fn add(&mut self, time: Time, why: String) {
        self.time = Some(self.time.map_or(time, |known| known.min(time)));
        self.because.insert((time, why));
    }
}

impl Suspects {
    /// Works out everybody under suspicion. What an analyst marked as expected is no ground.
    pub(super) fn of(
        facts: &Facts<'_>,
        deeds: &Deeds,
        findings: &[Finding],
        alerts: &[Alert],
        judge: Option<&Judge<'_>>,
    ) -> Self {
        let log = facts.log_begins();
        let mut fresh = ground::seeds(facts, deeds, findings, alerts, judge);
        let spread = Spread::of(facts, deeds);
        let regained = iam::Regained::of(facts);
        let expected = judge.map(|judge| iam::expected(facts, judge)).unwrap_or_default();
        let mut suspects =
            Suspects { all: BTreeMap::new(), handed: Vec::new(), operations: Vec::new() };
        for _ in 0..ROUNDS {
            let mut hands = Vec::new();
            for (p, seed) in std::mem::take(&mut fresh) {
                let Some(suspect) = habit::judge(facts, deeds, p, &seed, log) else { continue };
                hands.extend(spread.from(p, &suspect.operations));
                suspects.all.insert(p, suspect);
            }
            if hands.is_empty() {
                break;
            }
            hands.sort();
            for mut hand in hands {
                let taints = |place: u32| suspects.holds(facts, place);
                hand.suspicious &= !expected.contains(&hand.operation)
                    && !regained.restores(facts, hand.operation, &taints);
                suspects.take(facts, judge, &hand, &mut fresh);
                suspects.handed.push(hand);
            }
        }
        suspects.handed.sort();
        let mut known = BTreeSet::new();
        // What was handed on again and again is told once, as it was the first time.
        suspects.handed.retain(|hand| known.insert(hand.identity()));
        let mut operations: Vec<u32> =
            suspects.all.values().flat_map(|s| s.operations.iter().copied()).collect();
        operations.sort_unstable();
        suspects.operations = operations;
        suspects
    }

    /// Holds it against a principal that a suspect handed it something.
    fn take(
        &mut self,
        facts: &Facts<'_>,
        judge: Option<&Judge<'_>>,
        hand: &Handed,
        fresh: &mut BTreeMap<usize, Seed>,
    ) {
        let Some(to) = hand.to.filter(|to| *to != hand.by && hand.suspicious) else { return };
        let id = facts.principals.all[to].id.as_str();
        if judge.is_some_and(|judge| judge.expects_principal(id)) {
            return;
        }
        let why = hand.words(facts);
        if let Some(known) = self.all.get_mut(&to) {
            if !known.because.contains(&why) {
                known.because.push(why);
            }
            return;
        }
        let new = !fresh.contains_key(&to);
        let seed = fresh.entry(to).or_default();
        seed.acted_through |= hand.way.is_through();
        seed.if_active = (new || seed.if_active) && hand.if_active;
        seed.add(hand.time, why);
    }

    /// Whether an operation is held against who did it, as far as suspects are known yet.
    fn holds(&self, facts: &Facts<'_>, place: u32) -> bool {
        let by = facts.principals.of(facts.ledger.operations[place as usize].identity);
        let suspect = by.and_then(|by| self.all.get(&by));
        suspect.is_some_and(|suspect| suspect.operations.binary_search(&place).is_ok())
    }

    /// Returns what is held against a principal.
    pub(super) fn get(&self, principal: usize) -> Option<&Suspect> {
        self.all.get(&principal)
    }

    /// Whether an operation, by its place in the ledger, is under suspicion.
    pub(super) fn taints(&self, place: u32) -> bool {
        self.operations.binary_search(&place).is_ok()
    }

    /// Returns the operations under suspicion with their places, in order of time.
    pub(super) fn operations<'f>(
        &self,
        facts: &Facts<'f>,
    ) -> impl Iterator<Item = (u32, &'f Operation)> {
        let all = &facts.ledger.operations;
        self.operations.iter().map(move |&place| (place, &all[place as usize]))
    }

    /// Returns when the first suspicion begins.
    pub(super) fn begin(&self) -> Option<Time> {
        self.all.values().map(|suspect| suspect.since).min()
    }
}
