//! Virtual machines and scale sets that findings, alerts or suspects are about.

mod action;
mod part;
mod system;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::facts::{CHANGED, CREATED, Facts};
use super::few::Few;
use super::model::{
    ActionKind, Alert, Assessment, Finding, Machine, MachineAction, MachineVerdict, Outcome,
};
use super::removal::Removals;
use super::score::{Charge, Shares, risk};
use super::suspect::{Suspects, is_ground};
use super::told::Told;
use super::user::Known;
use crate::azure::resource_id::ResourceId;
use crate::base::{Pool, Text, Time, index32};
use crate::ledger::Operation;
use action::kind;
use part::Map;
pub(super) use part::machine;
use system::Systems;

/// At most this many actions on one machine are listed; those under suspicion come before others.
const LISTED: usize = 500;

/// Findings and alerts about one machine.
#[derive(Default)]
struct About<'r> {
    charges: Vec<Charge<'r>>,
    alerts: Vec<&'r Alert>,
}

/// What was done to one machine.
#[derive(Default)]
struct Done {
    /// Actions that are not under suspicion come last; each with its place in the ledger.
    actions: Vec<(bool, u32, MachineAction)>,
    created: Option<Time>,
    created_by_suspect: bool,
    /// Whether the evidence has shown the machine already, or its first write by a suspect.
    is_known: bool,
    /// When a suspect wrote it first of all, where no status tells whether that made it.
    presumed: Option<Time>,
}

/// Returns all machines that findings, alerts or suspects are about, unordered.
pub(super) fn machines(
    facts: &Facts<'_>,
    findings: &[Finding],
    alerts: &[Alert],
    removals: &Removals,
    known: Known<'_>,
) -> Vec<Machine> {
    let (suspects, told) = (known.suspects, known.told);
    // Findings are on resources of operations; alerts name what they like.
    let map = Map::new(facts, alerts.iter().flat_map(|alert| &alert.resources));
    let mut about: BTreeMap<u32, About<'_>> = BTreeMap::new();
    let of_findings: Vec<BTreeSet<u32>> =
        findings.par_iter().map(|finding| map.of_all(facts, &finding.resources)).collect();
    for (told, machines) in findings.iter().zip(facts.findings).zip(of_findings) {
        let whose = |operation: u32| {
            map.of(facts.ledger.operations[operation as usize].resource).iter().copied()
        };
        let mut shares = Shares::of(told, told.0.resources.len() > 1, whose);
        for machine in machines {
            about.entry(machine).or_default().charges.push(shares.charge(&machine));
        }
    }
    for alert in alerts {
        for machine in map.of_all(facts, &alert.resources) {
            about.entry(machine).or_default().alerts.push(alert);
        }
    }
    for (_, operation) in suspects.operations(facts) {
        for &machine in map.of(operation.resource) {
            about.entry(machine).or_default();
        }
    }
    if about.is_empty() {
        return Vec::new();
    }
    let mut done = done(facts, findings, suspects, told, &map, &about);
    let owned = owned(facts, suspects);
    let systems = Systems::of(facts);
    let all: Vec<_> = about.into_iter().map(|(id, a)| (id, a, done.remove(&id))).collect();
    let one = |pool: &mut Pool, (id, about, done): (u32, About<'_>, Option<Done>)| {
        let identities = owned.get(map.id(id)).into_iter().flatten().cloned().collect();
        let done = done.unwrap_or_default();
        let mut machine = shown(facts, removals, map.id(id), &about, done, pool);
        // The same few reasons speak against thousands of machines.
        for reason in &mut machine.risk.because {
            *reason = pool.text(reason);
        }
        let system = systems.of_machine(map.id(id), &machine.actions);
        Machine { system, identities, ..machine }
    };
    all.into_par_iter().map_init(Pool::default, one).collect()
}

/// The ids of the principals that a machine acts as: those it has, and those that suspects gave it.
fn owned<'f>(facts: &'f Facts<'_>, suspects: &'f Suspects) -> BTreeMap<&'f str, BTreeSet<Text>> {
    let ids = &facts.shared.principal;
    let mut owned: BTreeMap<&str, BTreeSet<Text>> = BTreeMap::new();
    for (principal, id) in facts.principals.all.iter().zip(ids) {
        for resource in &principal.resources {
            owned.entry(resource).or_default().insert(id.clone());
        }
    }
    for hand in &suspects.handed {
        if let Some(p) = hand.to {
            owned.entry(&hand.place).or_default().insert(ids[p].clone());
        }
    }
    owned
}

fn shown(
    facts: &Facts<'_>,
    removals: &Removals,
    id: &str,
    about: &About<'_>,
    mut done: Done,
    pool: &mut Pool,
) -> Machine {
    let (verdict, because) = verdict(removals, id, about, &done);
    let because: Vec<Text> = because.iter().map(|why| pool.text(why)).collect();
    let by: BTreeSet<Text> = done.actions.iter().filter_map(|(.., a)| a.by.clone()).collect();
    let count = done.actions.len() as u64;
    done.actions.sort_by_key(|(usual, place, _)| (*usual, *place));
    done.actions.truncate(LISTED);
    done.actions.sort_by_key(|(_, place, _)| *place);
    let mut actions: Vec<_> = done.actions.into_iter().map(|(_, _, action)| action).collect();
    actions.shrink_to_fit();
    Machine {
        subscription_id: ResourceId::parse(id)
            .and_then(|id| Some(facts.shared_subscription(id.subscription()?))),
        created: done.created,
        touched_by: pool.list(&by.into_iter().collect::<Vec<_>>()),
        actions,
        actions_count: count,
        verdict,
        verdict_because: pool.list(&because),
        findings: about.charges.iter().map(|charge| charge.finding.id.clone()).collect(),
        alerts: about.alerts.iter().map(|a| a.id.clone()).collect(),
        risk: risk(&about.charges, &about.alerts),
        resource_id: facts.shared_id(id),
        ..Machine::default()
    }
}

/// Everything that was done to machines that something is about.
fn done(
    facts: &Facts<'_>,
    findings: &[Finding],
    suspects: &Suspects,
    told: &Told,
    map: &Map,
    about: &BTreeMap<u32, About<'_>>,
) -> BTreeMap<u32, Done> {
    let all = &facts.ledger.operations;
    let parts = all.par_chunks(TOGETHER).enumerate().map(|(at, part)| {
        let places = index32(at * TOGETHER)..;
        done_in(facts, findings, (suspects, told), (map, about), places.zip(part))
    });
    let mut done: BTreeMap<u32, Done> = BTreeMap::new();
    for (machine, later) in parts.collect::<Vec<_>>().into_iter().flatten() {
        done.entry(machine).or_default().join(later);
    }
    presume(facts, map, &mut done);
    done
}

/// Operations that are looked through at once.
const TOGETHER: usize = 1 << 13;

impl Done {
    /// Adds what was done later.
    fn join(&mut self, later: Done) {
        self.actions.extend(later.actions);
        if !self.is_known {
            (self.is_known, self.presumed) = (later.is_known, later.presumed);
        }
        if self.created.is_none() {
            (self.created, self.created_by_suspect) = (later.created, later.created_by_suspect);
        }
    }
}

/// The part of [`done`] that these operations tell.
fn done_in<'o>(
    facts: &Facts<'_>,
    findings: &[Finding],
    (suspects, told): (&Suspects, &Told),
    (map, about): (&Map, &BTreeMap<u32, About<'_>>),
    operations: impl Iterator<Item = (u32, &'o Operation)>,
) -> BTreeMap<u32, Done> {
    let rules = facts.rules.rules();
    let mut done: BTreeMap<u32, Done> = BTreeMap::new();
    for (place, operation) in operations {
        let of = map.of(operation.resource).iter().copied();
        let mut machines = of.filter(|machine| about.contains_key(machine)).peekable();
        if machines.peek().is_none() || facts.is_evaluation(operation) {
            continue;
        }
        let suspicious = suspects.taints(place);
        let resource = facts.resource(operation).unwrap_or_default();
        let named: Vec<&str> = told
            .of_operation(place)
            .filter_map(|number| rules[facts.findings[number].rule].family())
            .collect();
        let mut ids = Few::default();
        told.add_ids(place, findings, &mut ids);
        let action = MachineAction {
            time: Some(operation.first),
            operation: facts.operation_shared(operation),
            by: facts.who_shared(operation.identity),
            outcome: operation.outcome,
            kind: kind(facts.operation(operation), resource, &named),
            resource_id: facts.resource_shared(operation),
            suspicious,
            findings: ids.into_list(),
        };
        for machine in machines {
            let entry = done.entry(machine).or_default();
            let is_own = resource == map.id(machine);
            let is_written = is_own && action.kind == ActionKind::Write;
            if is_written && facts.has_status(operation, CREATED) && entry.created.is_none() {
                entry.created = Some(operation.first);
                entry.created_by_suspect = suspicious;
            }
            if is_own && !entry.is_known && action.outcome != Outcome::Failed {
                entry.is_known = is_written || !suspicious;
                let is_presumed = is_written && suspicious && !facts.has_status(operation, CHANGED);
                entry.presumed = is_presumed.then_some(operation.first);
            }
            entry.actions.push((!suspicious, place, action.clone()));
        }
    }
    done
}

/// Takes machines for made by the suspects who wrote them first of all, as what suspects left is.
fn presume(facts: &Facts<'_>, map: &Map, done: &mut BTreeMap<u32, Done>) {
    let mut presumed: BTreeMap<&str, &mut Done> = (done.iter_mut())
        .filter(|(_, done)| done.presumed.is_some() && done.created.is_none())
        .map(|(machine, done)| (map.id(*machine), done))
        .collect();
    if presumed.is_empty() {
        return;
    }
    for (_, held) in &facts.corpus.context.resources {
        let Some(created) = held.created else { continue };
        let is_older = |done: &Done| done.presumed.is_some_and(|at| created < at.plus_seconds(-60));
        if presumed.get(held.id.as_str()).is_some_and(|done| is_older(done)) {
            presumed.remove(held.id.as_str());
        }
    }
    for done in presumed.into_values() {
        (done.created, done.created_by_suspect) = (done.presumed, true);
    }
}

/// Whether a machine has to be taken for an intruder's, and why.
fn verdict(
    removals: &Removals,
    id: &str,
    about: &About<'_>,
    done: &Done,
) -> (MachineVerdict, Vec<String>) {
    let mut taken = BTreeSet::new();
    let mut doubted = BTreeSet::new();
    if done.created_by_suspect {
        taken.insert("a user under suspicion made it".to_owned());
    }
    let mut last = None;
    let effective =
        done.actions.iter().filter(|(usual, _, action)| !usual && action.outcome.took_effect());
    for (_, _, action) in effective {
        last = last.max(action.time);
        match action.kind.of_suspect() {
            Some((true, why)) => taken.insert(why.to_owned()),
            Some((false, why)) => doubted.insert(why.to_owned()),
            None => false,
        };
    }
    for alert in about.alerts.iter().filter(|alert| is_ground(alert)) {
        last = last.max(alert.end.or(alert.start));
        let why = format!("the open alert: {}", alert.title);
        match alert.investigation.assessment {
            Assessment::Corroborated => taken.insert(why),
            _ => doubted.insert(why),
        };
    }
    let verdict = match (taken.is_empty(), doubted.is_empty()) {
        (true, true) => MachineVerdict::Clear,
        (true, false) => MachineVerdict::Suspected,
        (false, _) => MachineVerdict::Compromised,
    };
    let because: Vec<String> = taken.into_iter().chain(doubted).collect();
    match last.filter(|last| removals.ended(id, *last)) {
        Some(_) if verdict != MachineVerdict::Clear => (MachineVerdict::Gone, because),
        _ => (verdict, because),
    }
}
