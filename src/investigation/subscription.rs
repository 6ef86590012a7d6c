//! Subscriptions: what happened in each, what still stands there.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::automation::{self, Changes};
use super::defence::{self, Lowered};
use super::facts::Facts;
use super::iam::{self, Iam};
use super::model::{Alert, Defence, Finding, IamChange, Residue, Subscription};
use super::removal::Removals;
use super::residue::{self, Left};
use super::score::{Charge, Shares, risk};
use super::user::Known;
use crate::base::Time;
use crate::base::index32;
use crate::corpus::NONE;

/// What is summed up of one subscription.
#[derive(Default)]
struct Sum {
    first: Option<Time>,
    last: Option<Time>,
    events: u64,
    operations: u64,
    users: BTreeSet<usize>,
}

/// What was worked out for every subscription by itself, and for what lies outside any.
pub(super) struct Kept {
    pub(super) iam: Iam,
    pub(super) automation: Changes,
    pub(super) residue: Left,
    pub(super) defences: Lowered,
}

impl Kept {
    /// Works it out.
    pub(super) fn of(
        facts: &Facts<'_>,
        findings: &[Finding],
        removals: &Removals,
        known: Known<'_>,
    ) -> Self {
        Kept {
            iam: iam::iam(facts, findings, removals, known),
            automation: automation::automation(facts, findings, removals, known),
            residue: residue::residue(facts, findings, removals, known),
            defences: defence::defences(facts, findings, removals, known),
        }
    }

    /// Takes out what lies outside any subscription.
    pub(super) fn take_tenant(&mut self) -> Tenant {
        Tenant {
            iam_changes: self.iam.changes.take_tenant(),
            residue: self.residue.take_tenant().0,
            defences: self.defences.take_tenant().0,
        }
    }
}

/// What was worked out for what lies outside any subscription: at the root, or of management groups.
pub(super) struct Tenant {
    pub(super) iam_changes: Vec<IamChange>,
    pub(super) residue: Vec<Residue>,
    pub(super) defences: Vec<Defence>,
}

/// Returns all subscriptions, unordered.
pub(super) fn subscriptions(
    facts: &Facts<'_>,
    findings: &[Finding],
    alerts: &[Alert],
    mut kept: Kept,
) -> Vec<Subscription> {
    let titles = names(facts);
    let mut own: HashMap<&str, Vec<Charge<'_>>> = HashMap::new();
    for (finding, found) in findings.iter().zip(facts.findings) {
        let whose = |operation: u32| {
            let code = facts.ledger.operations[operation as usize].subscription;
            facts.shared.subscription.get(code)
        };
        let mut shares = Shares::of((finding, found), finding.parties.is_some(), whose);
        for id in finding.subscriptions() {
            own.entry(id).or_default().push(shares.charge(&id));
        }
    }
    let mut named: HashMap<&str, Vec<&Alert>> = HashMap::new();
    for alert in alerts {
        if let Some(id) = alert.subscription_id.as_deref() {
            named.entry(id).or_default().push(alert);
        }
    }
    let mut one = |id: String, sum: Sum| {
        let (runbooks, runbooks_count) = kept.automation.remove(&id).unwrap_or_default();
        let (residue, residue_count) = kept.residue.take(&id);
        let (defences, defences_count) = kept.defences.take(&id);
        let own = own.remove(id.as_str()).unwrap_or_default();
        let named = named.remove(id.as_str()).unwrap_or_default();
        Subscription {
            name: titles.get(id.as_str()).map(|name| (*name).to_owned()),
            tenant_id: facts.owners.get(&id).map(|o| o.tenant.clone()),
            tenant_inferred: facts.owners.get(&id).is_some_and(|o| o.inferred),
            first_seen: sum.first,
            last_seen: sum.last,
            operations: sum.operations,
            events: sum.events,
            users: sum.users.iter().map(|&p| facts.principals.all[p].id.clone()).collect(),
            findings: own.iter().map(|charge| charge.finding.id.clone()).collect(),
            alerts: named.iter().map(|a| a.id.clone()).collect(),
            risk: risk(&own, &named),
            iam_changes: kept.iam.changes.take(&id),
            runbooks,
            runbooks_count,
            residue,
            residue_count,
            defences,
            defences_count,
            delegations: kept.iam.delegations.take(&id),
            id,
            ..Subscription::default()
        }
    };
    with_activity_or_alert(facts, alerts).into_iter().map(|(id, sum)| one(id, sum)).collect()
}

/// The names of subscriptions that lists tell.
fn names<'f>(facts: &Facts<'f>) -> BTreeMap<&'f str, &'f str> {
    let listed = facts.corpus.context.subscriptions.iter().filter(|(_, s)| !s.name.is_empty());
    listed.map(|(_, s)| (s.id.as_str(), s.name.as_str())).collect()
}

/// The subscriptions that have events, and those that only alerts name.
fn with_activity_or_alert(facts: &Facts<'_>, alerts: &[Alert]) -> BTreeMap<String, Sum> {
    let active = sums(facts).into_iter().enumerate().filter(|(_, sum)| sum.events > 0);
    let mut all: BTreeMap<String, Sum> = active
        .filter_map(|(code, sum)| {
            let id = facts.corpus.names.subscription.get(index32(code))?;
            Some((id.to_owned(), sum))
        })
        .collect();
    for id in alerts.iter().filter_map(|alert| alert.subscription_id.clone()) {
        all.entry(id).or_default();
    }
    all
}

fn sums(facts: &Facts<'_>) -> Vec<Sum> {
    let spine = &facts.corpus.spine;
    let mut sums: Vec<Sum> =
        (0..facts.corpus.names.subscription.len()).map(|_| Sum::default()).collect();
    let mut last_user = vec![usize::MAX; sums.len()];
    for row in spine.rows().filter(|&row| spine.subscription[row] != NONE) {
        let code = spine.subscription[row] as usize;
        let sum = &mut sums[code];
        let time = spine.time[row];
        sum.first = Some(sum.first.map_or(time, |t| t.min(time)));
        sum.last = Some(sum.last.map_or(time, |t| t.max(time)));
        sum.events += 1;
        if let Some(p) = facts.principals.of(spine.identity[row]).filter(|&p| p != last_user[code])
        {
            sum.users.insert(p);
            last_user[code] = p;
        }
    }
    for operation in facts.operations().filter(|o| o.subscription != NONE) {
        sums[operation.subscription as usize].operations += 1;
    }
    sums
}
