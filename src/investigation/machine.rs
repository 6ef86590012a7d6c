//! Virtual machines and scale sets that findings, alerts or suspects are about.

mod action;
mod part;

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::model::{
    ActionKind, Alert, Assessment, Finding, Machine, MachineAction, MachineVerdict, Outcome,
};
use super::removal::Removals;
use super::score::risk;
use super::suspect::{Suspects, is_ground};
use super::told::Told;
use super::user::Known;
use crate::azure::resource_id::ResourceId;
use crate::base::Time;
use action::kind;
use part::Parts;
pub(super) use part::machine;

/// So many actions on one machine are listed; those under suspicion come before others.
const LISTED: usize = 500;

/// Findings and alerts about one machine.
#[derive(Default)]
struct About<'r> {
    findings: Vec<&'r Finding>,
    alerts: Vec<&'r Alert>,
}

/// What was done to one machine.
#[derive(Default)]
struct Done {
    /// Actions that are not under suspicion come last; each with its place in the ledger.
    actions: Vec<(bool, u32, MachineAction)>,
    by: BTreeSet<String>,
    created: Option<Time>,
    created_by_suspect: bool,
}

/// Returns all machines that findings, alerts or suspects are about, unordered.
pub(super) fn machines(
    facts: &Facts<'_>,
    findings: &[Finding],
    alerts: &[Alert],
    removals: &Removals<'_>,
    known: Known<'_>,
) -> Vec<Machine> {
    let (suspects, told) = (known.suspects, known.told);
    let parts = Parts::of(facts);
    let mut about: BTreeMap<String, About<'_>> = BTreeMap::new();
    let of = |resources: &[String]| -> BTreeSet<String> {
        resources.iter().flat_map(|r| parts.machines_of(r)).collect()
    };
    for finding in findings {
        for machine in of(&finding.resources) {
            about.entry(machine).or_default().findings.push(finding);
        }
    }
    for alert in alerts {
        for machine in of(&alert.resources) {
            about.entry(machine).or_default().alerts.push(alert);
        }
    }
    for (_, operation) in suspects.operations(facts) {
        let resource = facts.resource(operation).unwrap_or_default();
        for machine in parts.machines_of(resource) {
            about.entry(machine).or_default();
        }
    }
    if about.is_empty() {
        return Vec::new();
    }
    let mut done = done(facts, findings, suspects, told, &parts, &about);
    let one = |(id, about): (String, About<'_>)| {
        let done = done.remove(&id).unwrap_or_default();
        shown(facts, suspects, removals, id, &about, done)
    };
    about.into_iter().map(one).collect()
}

fn shown(
    facts: &Facts<'_>,
    suspects: &Suspects,
    removals: &Removals<'_>,
    id: String,
    about: &About<'_>,
    mut done: Done,
) -> Machine {
    let (verdict, verdict_because) = verdict(removals, &id, about, &done);
    let count = done.actions.len() as u64;
    done.actions.sort_by_key(|(usual, place, _)| (*usual, *place));
    done.actions.truncate(LISTED);
    done.actions.sort_by_key(|(_, place, _)| *place);
    let is_own = |p: &crate::entity::Principal| p.resources.contains(&id);
    let handed = suspects.handed.iter().filter(|hand| hand.place == id);
    let handed = handed.filter_map(|hand| hand.to).map(|p| facts.principals.all[p].id.clone());
    let identities: BTreeSet<String> = facts
        .principals
        .all
        .iter()
        .filter(|p| is_own(p))
        .map(|p| p.id.clone())
        .chain(handed)
        .collect();
    Machine {
        subscription_id: ResourceId::parse(&id).and_then(|r| r.subscription().map(str::to_owned)),
        created: done.created,
        touched_by: done.by.into_iter().collect(),
        actions: done.actions.into_iter().map(|(_, _, action)| action).collect(),
        actions_count: count,
        verdict,
        verdict_because,
        identities: identities.into_iter().collect(),
        findings: about.findings.iter().map(|f| f.id.clone()).collect(),
        alerts: about.alerts.iter().map(|a| a.id.clone()).collect(),
        risk: risk(&about.findings, &about.alerts),
        resource_id: id,
        ..Machine::default()
    }
}

/// Everything that was done to machines that something is about.
fn done(
    facts: &Facts<'_>,
    findings: &[Finding],
    suspects: &Suspects,
    told: &Told,
    parts: &Parts,
    about: &BTreeMap<String, About<'_>>,
) -> BTreeMap<String, Done> {
    // The machines of each resource are worked out once.
    let of_resource: Vec<Vec<String>> = facts
        .corpus
        .names
        .resource
        .iter()
        .map(|r| parts.machines_of(r).into_iter().filter(|m| about.contains_key(m)).collect())
        .collect();
    let rules = facts.rules.rules();
    let mut done: BTreeMap<String, Done> = BTreeMap::new();
    for (place, operation) in (0_u32..).zip(&facts.ledger.operations) {
        let Some(machines) = of_resource.get(operation.resource as usize) else { continue };
        if machines.is_empty() || facts.is_evaluation(operation) {
            continue;
        }
        let suspicious = suspects.taints(place);
        let resource = facts.resource(operation).unwrap_or_default();
        let named: Vec<&str> = told
            .of_operation(place)
            .filter_map(|number| rules[facts.findings[number].rule].name.as_deref())
            .collect();
        let mut ids = BTreeSet::new();
        told.add_ids(place, findings, &mut ids);
        let by = facts.who(operation.identity).map(str::to_owned);
        let action = MachineAction {
            time: Some(operation.first),
            operation: facts.operation(operation).to_owned(),
            by: by.clone(),
            outcome: operation.outcome.into(),
            kind: kind(facts.operation(operation), resource, &named),
            resource_id: resource.to_owned(),
            suspicious,
            findings: ids.into_iter().collect(),
        };
        for machine in machines {
            let entry = done.entry(machine.clone()).or_default();
            let is_made = resource == machine
                && action.kind == ActionKind::Write
                && facts.has_status(operation, CREATED);
            if is_made && entry.created.is_none() {
                entry.created = Some(operation.first);
                entry.created_by_suspect = suspicious;
            }
            entry.by.extend(by.clone());
            entry.actions.push((!suspicious, place, action.clone()));
        }
    }
    done
}

/// HTTP status of a call that made something new.
const CREATED: u16 = 201;

/// Whether a machine has to be taken for an intruder's, and why.
fn verdict(
    removals: &Removals<'_>,
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
    let effective = done.actions.iter().filter(|(usual, _, action)| {
        !usual && matches!(action.outcome, Outcome::Succeeded | Outcome::Accepted)
    });
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
