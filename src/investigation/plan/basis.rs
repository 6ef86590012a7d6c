//! What the plan needs of the evidence: worked out while that is there, and kept when it is gone.
//!
//! Steps take as much room as everything else in a report together. They are made when the corpus,
//! the ledger and the verdicts have been let go of.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::super::facts::Facts;
use super::super::few::Few;
use super::super::model::{Level, Marked, Report, User};
use super::super::removal::Removals;
use super::super::user::Known;
use super::REASONS;
use super::leftover::GROUP;
use crate::azure::resource_id::ResourceId;
use crate::base::Text;
use crate::ledger::Outcome;
use crate::shape::access::Access;
use crate::triage::Decision;

const VAULT: &str = "microsoft.keyvault/vaults";

/// What the plan needs of the evidence.
pub(in super::super) struct Basis {
    pub(super) removals: Removals,
    /// Of users whom suspects drew in, findings on what these did, by the id of the user.
    pub(super) drawn_in: BTreeMap<String, Few>,
    /// Those of them for whom something grave was done.
    pub(super) drawn_in_gravely: BTreeSet<String>,
    /// The resources behind managed identities under suspicion, by the id of the user.
    pub(super) resources: BTreeMap<String, BTreeSet<String>>,
    /// Subscriptions in which something under suspicion took effect.
    pub(super) touched: BTreeSet<String>,
    /// What of the residue holds something of others too: groups in which others made or changed
    /// something, and whatever holds what an analyst expects.
    pub(super) shared: BTreeSet<Text>,
    /// Who was let into a key vault and is no longer: the vault, and the id of the user.
    pub(super) shut: BTreeSet<(String, String)>,
    /// Users under suspicion that are new for certain, by id.
    pub(super) newcomers: BTreeSet<String>,
}

impl Basis {
    /// Works it out.
    pub(in super::super) fn of(
        facts: &Facts<'_>,
        known: Known<'_>,
        removals: Removals,
        report: &Report,
    ) -> Self {
        let suspects = || report.users.iter().filter(|user| user.suspicion.is_some());
        let principal = |user: &User| Some(&facts.principals.all[facts.principals.find(&user.id)?]);
        let behind = |user: &User| Some((user.id.clone(), principal(user)?.resources.clone()));
        let is_new = |user: &&User| {
            let p = facts.principals.find(&user.id);
            p.is_some_and(|p| known.familiar.judged(p).proven_new)
        };
        let touched = (known.suspects.operations(facts))
            .filter(|(_, operation)| operation.outcome.took_effect())
            .filter_map(|(_, operation)| facts.subscription(operation));
        let (drawn_in, drawn_in_gravely) = drawn_in(facts, known, report);
        Basis {
            removals,
            drawn_in,
            drawn_in_gravely,
            resources: suspects().filter_map(behind).collect(),
            touched: touched.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect(),
            shared: &shared_groups(facts, known, report) | &around_expected(report),
            shut: shut_out(facts),
            newcomers: suspects().filter(is_new).map(|user| user.id.clone()).collect(),
        }
    }
}

/// Findings on what suspects did for others, by the id of who got something; and those for whom something
/// grave was done.
fn drawn_in(
    facts: &Facts<'_>,
    known: Known<'_>,
    report: &Report,
) -> (BTreeMap<String, Few>, BTreeSet<String>) {
    let mut hands: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for hand in &known.suspects.handed {
        if let Some(to) = hand.to {
            hands.entry(to).or_default().push(hand.operation);
        }
    }
    let is_grave = |operation: &u32| {
        let mut findings = known.told.of_operation(*operation);
        findings.any(|finding| report.findings[finding].level >= Level::High)
    };
    let (mut drawn_in, mut gravely) = (BTreeMap::new(), BTreeSet::new());
    for (to, operations) in hands {
        let id = &facts.principals.all[to].id;
        if operations.iter().any(is_grave) {
            gravely.insert(id.clone());
        }
        let mut ids = Few::default();
        for operation in operations.into_iter().take(REASONS) {
            known.told.add_ids(operation, &report.findings, &mut ids);
        }
        drawn_in.insert(id.clone(), ids);
    }
    (drawn_in, gravely)
}

/// Resource groups of the residue in which others made or changed something too.
fn shared_groups(facts: &Facts<'_>, known: Known<'_>, report: &Report) -> BTreeSet<Text> {
    let residue = report.subscriptions.iter().flat_map(|entry| &entry.residue);
    let groups = residue.filter(|left| left.resource_type == GROUP);
    let groups: BTreeSet<Text> = groups.map(|left| left.resource_id.clone()).collect();
    let mut shared = BTreeSet::new();
    if groups.is_empty() {
        return shared;
    }
    // Thousands of operations are on one resource.
    let mut group_of: HashMap<u32, Option<&Text>> = HashMap::new();
    for (place, operation) in (0_u32..).zip(&facts.ledger.operations) {
        if !facts.operation(operation).ends_with("/WRITE") || known.suspects.taints(place) {
            continue;
        }
        let group = group_of.entry(operation.resource).or_insert_with(|| {
            let group = ResourceId::parse(facts.resource(operation)?)?.nearest(GROUP)?;
            groups.get(group.as_str())
        });
        shared.extend(group.cloned());
    }
    shared
}

/// The residue that holds something which an analyst expects.
fn around_expected(report: &Report) -> BTreeSet<Text> {
    let residue = || report.subscriptions.iter().flat_map(|entry| &entry.residue);
    let is_expected = |mark: &Marked| mark.mark == Decision::Expected.as_str();
    let marked = residue().filter(|left| left.triage.as_deref().is_some_and(is_expected));
    let ids = marked.map(|left| left.resource_id.as_str());
    let runbooks = report.subscriptions.iter().flat_map(|entry| &entry.runbooks);
    let runbooks = runbooks.filter(|runbook| runbook.triage.as_ref().is_some_and(is_expected));
    let around = |id| ResourceId::parse(id).into_iter().flat_map(|id| id.outwards().skip(1));
    let ids = ids.chain(runbooks.map(|runbook| runbook.resource_id.as_str()));
    let outer: BTreeSet<&str> = ids.flat_map(|id| around(id).map(|outer| outer.as_str())).collect();
    let outer = residue().filter(|left| outer.contains(left.resource_id.as_str()));
    outer.map(|left| left.resource_id.clone()).collect()
}

/// Who was let into a key vault and taken out again, after everything that the log tells.
fn shut_out(facts: &Facts<'_>) -> BTreeSet<(String, String)> {
    let mut let_in: BTreeMap<&str, BTreeMap<String, bool>> = BTreeMap::new();
    let told = facts.corpus.access.iter().filter_map(|(row, access)| match access {
        Access::Policy(members) => Some((facts.operation_of(*row)?, members, true)),
        Access::PolicyTaken(members) => Some((facts.operation_of(*row)?, members, false)),
        _ => None,
    });
    let mut told: Vec<_> =
        told.filter(|(operation, ..)| operation.outcome == Outcome::Succeeded).collect();
    told.sort_by_key(|(operation, ..)| operation.first);
    for (operation, members, lets_in) in told {
        let id = facts.resource(operation).and_then(ResourceId::parse);
        let Some(id) = id else { continue };
        let Some(vault) = id.nearest(VAULT) else { continue };
        let known = let_in.entry(vault.as_str()).or_default();
        // Whatever does not add to the policies states all of them.
        if lets_in && !id.as_str().ends_with("/add") {
            for is_in in known.values_mut() {
                *is_in = false;
            }
        }
        for member in members {
            known.insert(facts.shown(member), lets_in);
        }
    }
    let out = let_in.into_iter().flat_map(|(vault, known)| {
        let out = known.into_iter().filter(|(_, is_in)| !is_in);
        out.map(|(member, _)| (vault.to_owned(), member))
    });
    out.collect()
}
