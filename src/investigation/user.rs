//! Users: every principal that acted or that an alert names, with what it did and how much it needs a look.

mod account;
mod activity;
mod secret;
mod session;
mod spread;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hashbrown::HashSet;
use rayon::prelude::*;

use super::deeds::Deeds;
use super::facts::Facts;
use super::familiarity::Familiarities;
use super::model::{Alert, Finding, Handover, Reason, Session, User, UserKind};
use super::score::{Charge, Shares, risk};
use super::suspect::{LISTING, Suspects};
use super::told::Told;
use super::triage::Judge;
use crate::azure::app;
use crate::azure::principal::PrincipalKind;
use crate::base::Time;
use crate::base::index32;
use crate::corpus::{NONE, UsedRole};
use secret::Secrets;
use spread::Handovers;

/// What is summed up of one principal.
#[derive(Default)]
struct Sum {
    first: Option<Time>,
    last: Option<Time>,
    events: u64,
    delegated_in: Option<u32>,
}

/// What was gathered of all principals on the way.
struct Gathered {
    notes: BTreeMap<usize, Vec<Reason>>,
    handovers: Handovers,
    sessions: session::Sessions,
}

impl Gathered {
    fn take(&mut self, p: usize) -> Own {
        Own {
            notes: self.notes.remove(&p).unwrap_or_default(),
            gave: self.handovers.gave.remove(&p).unwrap_or_default(),
            received: self.handovers.received.remove(&p).unwrap_or_default(),
            sessions: self.sessions.remove(&p).unwrap_or_default(),
        }
    }
}

/// What was gathered of one principal.
struct Own {
    notes: Vec<Reason>,
    gave: Vec<Handover>,
    received: Vec<Handover>,
    sessions: (Vec<Session>, u64),
}

/// What is known of principals beside the facts.
#[derive(Clone, Copy)]
pub(super) struct Known<'k> {
    pub(super) deeds: &'k Deeds,
    pub(super) suspects: &'k Suspects,
    pub(super) told: &'k Told,
    pub(super) familiar: &'k Familiarities,
    pub(super) judge: Option<&'k Judge<'k>>,
}

/// Returns all users, unordered; `folder` holds the index of events.
pub(super) fn users(
    facts: &Facts<'_>,
    findings: &[Finding],
    alerts: &[Alert],
    known: Known<'_>,
    folder: &Path,
) -> Result<Vec<User>, String> {
    let by_user = grouped(facts, findings, alerts);
    let is_told = |p: &usize| {
        let id = facts.principals.all[*p].id.as_str();
        by_user.contains_key(id) || known.suspects.get(*p).is_some()
    };
    let told: BTreeSet<usize> = (0..facts.principals.all.len()).filter(is_told).collect();
    let ((sums, used), sessions) =
        rayon::join(|| events(facts), || session::sessions(facts, known.suspects, folder, &told));
    let (ips, subscriptions) = used.named(facts);
    let listing: Vec<&str> =
        LISTING.iter().filter_map(|name| Some(&*facts.rules.find(name)?.id)).collect();
    let (roles, secrets) = (roles(facts), Secrets::of(facts));
    let mut gathered = Gathered {
        notes: account::notes(facts),
        handovers: Handovers::of(facts, known.suspects),
        sessions: sessions?,
    };
    let one = |(p, sum, own): (usize, Sum, Own)| {
        let id = facts.principals.all[p].id.as_str();
        let Against { part_in, charges, alerts: about } =
            by_user.get(id).cloned().unwrap_or_default();
        let mut shown = base(facts, p, &sum);
        let judged = known.familiar.judged(p);
        (shown.familiarity, shown.familiarity_because) = (judged.word, judged.because.clone());
        shown.account_notes = own.notes;
        shown.ips = ips.get(&p).cloned().unwrap_or_default();
        shown.subscriptions = subscriptions.get(&p).cloned().unwrap_or_default();
        shown.roles_seen = roles.get(&p).cloned().unwrap_or_default();
        shown.findings = part_in.iter().map(|f| f.id.clone()).collect();
        shown.alerts = about.iter().map(|a| a.id.clone()).collect();
        let is_suspect = known.suspects.get(p).is_some();
        let is_weighed = |charge: &Charge<'_>| {
            (is_suspect || !listing.contains(&&*charge.finding.rule.id))
                && !known.judge.is_some_and(|judge| judge.acquits(id, charge.finding))
        };
        shown.risk = risk(&charges.into_iter().filter(is_weighed).collect::<Vec<_>>(), &about);
        let deeds = activity::sums(facts, known.deeds, known.suspects, p);
        (shown.operations, shown.failed) = (deeds.operations, deeds.failed);
        (shown.activity, shown.hours) = (deeds.activity, deeds.hours);
        (shown.gave, shown.received) = (own.gave, own.received);
        if told.contains(&p) {
            let beside = (known.deeds, known.suspects, known.told);
            (shown.secrets, shown.secrets_count) = secrets.read_by(facts, findings, beside, p);
            (shown.sessions, shown.sessions_count) = own.sessions;
        }
        accuse(facts, known, p, &mut shown);
        shown
    };
    // Whom only an alert names, or a suspect, has no activity, and is somebody to look at all the same.
    let shown = |p: usize, sum: &Sum| sum.events > 0 || told.contains(&p);
    let all = sums.into_iter().enumerate().filter(|(p, sum)| shown(*p, sum));
    let all: Vec<_> = all.map(|(p, sum)| (p, sum, gathered.take(p))).collect();
    Ok(all.into_par_iter().map(one).collect())
}

/// Adds why a user is under suspicion, and what it did that was new, if it is.
fn accuse(facts: &Facts<'_>, known: Known<'_>, p: usize, shown: &mut User) {
    if let Some(suspect) = known.suspects.get(p) {
        shown.suspicion = Some(spread::suspicion(suspect));
        shown.fresh = activity::fresh(facts, known.deeds, p, suspect);
    }
}

/// The client application of an identity; of a program, what it uses beside itself.
fn client(facts: &Facts<'_>, p: usize, identity: u32) -> Option<String> {
    let id = facts.corpus.identities.get(identity as usize)?.app_id.as_str();
    let own = facts.principals.all[p].app_id.as_deref() == Some(id);
    (!id.is_empty() && !own).then(|| named_client(id))
}

/// The name of a client application with its id, as far as it has one.
fn named_client(id: &str) -> String {
    match app::by_id(id).and_then(|a| a.name) {
        Some(name) => format!("{name} ({id})"),
        None => id.to_owned(),
    }
}

/// Findings and alerts of one user.
#[derive(Clone, Default)]
struct Against<'r> {
    /// The findings in which it has a part.
    part_in: Vec<&'r Finding>,
    /// Those that accuse it.
    charges: Vec<Charge<'r>>,
    alerts: Vec<&'r Alert>,
}

fn grouped<'r>(
    facts: &Facts<'r>,
    findings: &'r [Finding],
    alerts: &'r [Alert],
) -> BTreeMap<&'r str, Against<'r>> {
    let mut by_user: BTreeMap<&str, Against<'_>> = BTreeMap::new();
    for (finding, found) in findings.iter().zip(facts.findings) {
        for actor in finding.actors() {
            by_user.entry(actor).or_default().part_in.push(finding);
        }
        let whose = |operation: u32| {
            let identity = facts.ledger.operations[operation as usize].identity;
            facts.principals.of(identity).map(|p| &facts.shared.principal[p])
        };
        let mut shares = Shares::of((finding, found), finding.parties.is_some(), whose);
        for accused in finding.accused() {
            by_user.entry(accused).or_default().charges.push(shares.charge(&accused));
        }
    }
    for alert in alerts {
        for principal in &alert.principals {
            by_user.entry(principal).or_default().alerts.push(alert);
        }
    }
    by_user
}

/// Addresses and subscriptions, by principal.
#[derive(Default)]
struct Used {
    ips: HashSet<(u32, u32)>,
    subscriptions: HashSet<(u32, u32)>,
    /// Identities whose standing in a subscription was looked at.
    asked: HashSet<(u32, u32)>,
}

type Lists = BTreeMap<usize, Vec<String>>;

impl Used {
    fn named(self, facts: &Facts<'_>) -> (Lists, Lists) {
        let names = &facts.corpus.names;
        let lists = |pairs: HashSet<(u32, u32)>, dict: &crate::base::dict::Dict| {
            let mut sorted: Vec<(u32, &str)> =
                pairs.iter().map(|&(p, code)| (p, dict.text_of(code))).collect();
            sorted.sort_unstable();
            let mut lists = Lists::new();
            for (p, name) in sorted {
                lists.entry(p as usize).or_default().push(name.to_owned());
            }
            lists
        };
        (lists(self.ips, &names.ip), lists(self.subscriptions, &names.subscription))
    }
}

fn events(facts: &Facts<'_>) -> (Vec<Sum>, Used) {
    let mut sums: Vec<Sum> = facts.principals.all.iter().map(|_| Sum::default()).collect();
    let mut used = Used::default();
    let spine = &facts.corpus.spine;
    for row in spine.rows() {
        let identity = spine.identity[row];
        let Some(p) = facts.principals.of(identity) else { continue };
        let sum = &mut sums[p];
        let time = spine.time[row];
        sum.first = Some(sum.first.map_or(time, |t| t.min(time)));
        sum.last = Some(sum.last.map_or(time, |t| t.max(time)));
        sum.events += 1;
        let (ip, subscription) = (spine.ip[row], spine.subscription[row]);
        if ip != NONE {
            used.ips.insert((index32(p), ip));
        }
        if subscription != NONE {
            used.subscriptions.insert((index32(p), subscription));
            if sum.delegated_in.is_none()
                && used.asked.insert((identity, subscription))
                && facts.is_delegated(identity, subscription)
            {
                sum.delegated_in = Some(identity);
            }
        }
    }
    (sums, used)
}

fn roles(facts: &Facts<'_>) -> BTreeMap<usize, Vec<String>> {
    let mut roles: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for UsedRole { identity, role, .. } in &facts.corpus.roles {
        if let Some(p) = facts.principals.of(*identity) {
            roles.entry(p).or_default().push(role.clone());
        }
    }
    for list in roles.values_mut() {
        list.sort();
        list.dedup();
    }
    roles
}

fn base(facts: &Facts<'_>, p: usize, sum: &Sum) -> User {
    let principal = &facts.principals.all[p];
    let delegated_from = sum.delegated_in.and_then(|identity| {
        let id = &facts.corpus.identities[identity as usize];
        // Who administers on behalf of a customer holds a token of the customer's tenant.
        let foreign = id.kind == PrincipalKind::Foreign;
        let tenant = if foreign { &id.home_tenant } else { &id.token_tenant };
        (!tenant.is_empty()).then(|| tenant.clone())
    });
    User {
        id: principal.id.clone(),
        kind: UserKind::parse(principal.kind.as_str()).unwrap_or_default(),
        name: principal.name.clone(),
        upn: principal.upn.clone(),
        object_id: principal.oid.clone(),
        app_id: principal.app_id.clone(),
        app_name: principal.app_name.clone(),
        tenant_id: principal.token_tenant.clone(),
        home_tenant: principal.home_tenant.clone().filter(|t| !t.is_empty()),
        aliases: principal.aliases.iter().cloned().collect(),
        delegated_access: sum.delegated_in.is_some(),
        delegated_from,
        first_seen: sum.first,
        last_seen: sum.last,
        events: sum.events,
        clients: principal.clients.iter().map(|id| named_client(id)).collect(),
        ..User::default()
    }
}
