//! Whom to ask about an alert, and why: the first of the three steps.
//!
//! Somebody who owns, made or looks after what the alert names can say whether its activity is
//! expected. Whom the alert itself names, and who is under suspicion, comes last and is marked: an
//! intruder in that account would say yes. Programs are asked nothing.

mod book;
mod tenant;

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::alert::reference;
use super::facts::Facts;
use super::finding::evidence;
use super::model::{Alert, Contact, Delegation, IamChange, Subscription};
use super::removal::Removals;
use super::suspect::Suspects;
use crate::azure::resource_id::is_guid;
use crate::base::{Time, index32};
use crate::ledger::Operation;
use book::{Book, Reach};

/// At most this many people are named for one alert.
const CONTACTS: usize = 5;
const OTHER_CHANNEL: &str = "also the subject of the alert: confirm by another channel";
const SUSPECT: &str = "under suspicion: confirm by another channel";

/// How somebody is known, the most useful first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    /// A role of owners on the resource itself.
    OwnsResource,
    /// Changed the resource last before the alert.
    Changed,
    /// Made the resource.
    Made,
    /// Such a role on the group.
    OwnsGroup,
    /// Registered the delegation.
    Delegated,
    /// Such a role on the subscription or above.
    OwnsSubscription,
    /// Showed such a role in its calls.
    Administers,
    /// Showed one on a part of the subscription.
    AdministersPart,
    /// Named by the alert.
    Named,
}

/// One thing that makes somebody a contact.
#[derive(Clone, Debug)]
struct Link {
    tie: Tie,
    why: String,
    since: Option<Time>,
    known_by: String,
    /// First event of the operation by which it is known.
    row: Option<u32>,
    /// Whether somebody under suspicion gave what makes the contact.
    by_suspect: bool,
}

/// What is known of rights.
pub(super) struct Rights<'r> {
    pub(super) subscriptions: &'r [Subscription],
    /// Changes of rights above all subscriptions.
    pub(super) above: &'r [IamChange],
    pub(super) removals: &'r Removals,
}

/// Names whom to ask about each alert.
pub(super) fn contacts(
    facts: &Facts<'_>,
    suspects: &Suspects,
    alerts: &mut [Alert],
    rights: &Rights<'_>,
) {
    let book = Book::of(facts, suspects, alerts, rights);
    let entries: HashMap<&str, &Subscription> =
        rights.subscriptions.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    alerts.par_iter_mut().for_each(|alert| alert.contact = book.contacts(alert, &entries));
}

impl Book<'_> {
    /// Returns whom to ask about an alert, the most useful first; nobody for a sample.
    fn contacts(&self, alert: &Alert, entries: &HashMap<&str, &Subscription>) -> Vec<Contact> {
        if alert.sample {
            return Vec::new();
        }
        let mut people: BTreeMap<u32, Vec<Link>> = BTreeMap::new();
        let entry = alert.subscription_id.as_deref().and_then(|id| entries.get(id)).copied();
        let own = entry.and_then(|entry| entry.tenant_id.as_deref());
        for scope in self.scopes(alert, own) {
            let held = self.held.get(scope.as_str()).into_iter().flatten();
            let counts = |tenant| own.is_none_or(|own| own == tenant);
            for held in held.filter(|held| held.tenant.is_none_or(counts)) {
                people.entry(held.principal).or_default().push(held.link.clone());
            }
        }
        self.add_makers(alert, &mut people);
        let managing = entry.filter(|_| alert.delegated_access);
        let managing = managing.map(|entry| (entry, self.tenants(alert, entry)));
        if let Some((entry, tenants)) = &managing {
            self.add_delegation(entry, tenants, &mut people);
        }
        let named: BTreeSet<u32> =
            alert.principals.iter().filter_map(|id| self.person(id)).collect();
        for &p in &named {
            people.entry(p).or_default().push(named_link());
        }
        self.add_admins(alert, &mut people);
        let mut ranked: Vec<(bool, Tie, u32, Vec<Link>)> = people
            .into_iter()
            .map(|(p, mut links)| {
                links.sort_by(|a, b| (a.tie, b.since).cmp(&(b.tie, a.since)));
                let doubtful = named.contains(&p) || self.is_suspect(p) || links[0].by_suspect;
                (doubtful, links[0].tie, p, links)
            })
            .collect();
        ranked.sort_by_key(|(doubtful, tie, p, _)| (*doubtful, *tie, *p));
        let sure = ranked.iter().filter(|(doubtful, ..)| !doubtful).count().min(CONTACTS - 1);
        let doubtful = ranked.iter().position(|(doubtful, ..)| *doubtful).unwrap_or(ranked.len());
        let mut contacts: Vec<Contact> =
            ranked[..sure].iter().map(|r| self.shown(r, &named)).collect();
        if let Some((entry, tenants)) = &managing {
            let room = CONTACTS - contacts.len();
            contacts.extend(tenants.iter().take(room).map(|id| tenant::contact(entry, id)));
        }
        if contacts.is_empty() {
            contacts.push(nobody(alert));
        }
        let room = CONTACTS.saturating_sub(contacts.len()).max(1);
        contacts.extend(ranked[doubtful..].iter().take(room).map(|r| self.shown(r, &named)));
        contacts
    }

    /// Who made what the alert names, and who changed it last in the ordinary way.
    fn add_makers(&self, alert: &Alert, people: &mut BTreeMap<u32, Vec<Link>>) {
        let operation = |number: u32| &self.facts.ledger.operations[number as usize];
        for writes in alert.resources.iter().filter_map(|id| self.writes.get(id)) {
            if let Some(made) = writes.made {
                self.add_call(operation(made), Tie::Made, "made the resource", people);
            }
            // Thousands of alerts may name a resource that is written again and again.
            let is_before = |number: &u32| alert.start.is_none_or(|s| operation(*number).first < s);
            let last = |all: &[u32]| all[..all.partition_point(is_before)].last().copied();
            let why = "changed the resource last before the alert";
            let (sure, usual) = (last(&writes.sure), last(&writes.usual));
            if let Some(changed) = sure {
                self.add_call(operation(changed), Tie::Changed, why, people);
            }
            // What a suspect did in the ordinary way tells that it knows the resource, if it came last.
            if let Some(changed) = usual.filter(|changed| Some(*changed) > sure) {
                self.add_call(operation(changed), Tie::Changed, why, people);
            }
        }
    }

    fn add_call(
        &self,
        operation: &Operation,
        tie: Tie,
        why: &str,
        people: &mut BTreeMap<u32, Vec<Link>>,
    ) {
        let Some(p) = self.facts.principals.of(operation.identity).map(index32) else { return };
        let called = reference(self.facts, operation).operation;
        people.entry(p).or_default().push(Link {
            tie,
            why: why.to_owned(),
            since: Some(operation.first),
            known_by: format!("the operation {called}"),
            row: self.facts.ledger.rows_of(operation).first().copied(),
            by_suspect: false,
        });
    }

    /// Who showed a role of owners in the alert's subscription: of those whom nothing else makes a contact, only
    /// as many as can be named, for a large tenant has thousands of them and of alerts.
    fn add_admins(&self, alert: &Alert, people: &mut BTreeMap<u32, Vec<Link>>) {
        let code = alert.subscription_id.as_deref();
        let code = code.and_then(|id| self.facts.corpus.names.subscription.find(id));
        let Some(admins) = code.and_then(|code| self.admins.get(&code)) else { return };
        let known: Vec<u32> = people.keys().copied().filter(|p| admins.contains_key(p)).collect();
        let mut others: Vec<u32> =
            admins.keys().copied().filter(|p| !people.contains_key(p)).collect();
        // Who administers only a part of it comes after all others.
        others.sort_by_key(|p| (admins[p].reach, *p));
        let others = || others.iter().copied();
        let sure = others().filter(|p| !self.is_suspect(*p)).take(CONTACTS);
        let doubtful = others().filter(|p| self.is_suspect(*p)).take(CONTACTS);
        let chosen: Vec<u32> = known.into_iter().chain(sure).chain(doubtful).collect();
        for p in chosen {
            let shown = admins[&p];
            people.entry(p).or_default().push(Link {
                tie: if shown.reach == Reach::Part {
                    Tie::AdministersPart
                } else {
                    Tie::Administers
                },
                why: shown.words(),
                since: Some(self.facts.corpus.spine.time[shown.row as usize]),
                known_by: "the role that its calls show".to_owned(),
                row: Some(shown.row),
                by_suspect: false,
            });
        }
    }

    /// Who put delegations of the subscription to these tenants into force.
    fn add_delegation(
        &self,
        entry: &Subscription,
        tenants: &BTreeSet<String>,
        people: &mut BTreeMap<u32, Vec<Link>>,
    ) {
        let is_meant = |d: &&Delegation| d.tenant_id.as_ref().is_none_or(|id| tenants.contains(id));
        for delegation in entry.delegations.iter().filter(is_meant) {
            let by = delegation.by.as_deref().and_then(|by| self.person(by));
            let Some(p) = by else { continue };
            let tenant = delegation.tenant_id.as_deref().unwrap_or("a tenant that is not told");
            people.entry(p).or_default().push(Link {
                tie: Tie::Delegated,
                why: format!("registered the delegation to the tenant {tenant}"),
                since: delegation.time,
                known_by: "the registration of the delegation".to_owned(),
                row: None,
                by_suspect: false,
            });
        }
    }

    fn shown(&self, ranked: &(bool, Tie, u32, Vec<Link>), named: &BTreeSet<u32>) -> Contact {
        let (doubtful, _, p, links) = ranked;
        let principal = &self.facts.principals.all[*p as usize];
        let label = if principal.name.eq_ignore_ascii_case(&principal.id) {
            principal.id.clone()
        } else {
            format!("{} ({})", principal.name, principal.id)
        };
        let mut reasons: Vec<String> = Vec::new();
        for link in links {
            if !reasons.contains(&link.why) {
                reasons.push(link.why.clone());
            }
        }
        reasons.truncate(3);
        let given = links.first().is_some_and(|link| link.by_suspect);
        match () {
            () if named.contains(p) => reasons.push(OTHER_CHANNEL.to_owned()),
            () if self.is_suspect(*p) => reasons.push(SUSPECT.to_owned()),
            () if given => {
                reasons.push(
                    "given that by a principal under suspicion: confirm by another channel"
                        .to_owned(),
                );
            }
            () => {}
        }
        let first = links.first();
        Contact {
            who: label,
            why: reasons.join("; "),
            user: Some(principal.id.clone()),
            subject: *doubtful,
            since: first.and_then(|link| link.since),
            known_by: first.map(|link| link.known_by.clone()).filter(|words| !words.is_empty()),
            evidence: links
                .iter()
                .filter_map(|link| link.row)
                .collect::<BTreeSet<u32>>()
                .into_iter()
                .map(|row| evidence(self.facts, row as usize))
                .collect(),
        }
    }
}

fn named_link() -> Link {
    Link {
        tie: Tie::Named,
        why: "is named by the alert".to_owned(),
        since: None,
        known_by: "the alert".to_owned(),
        row: None,
        by_suspect: false,
    }
}

/// Where to look when nobody is known.
fn nobody(alert: &Alert) -> Contact {
    let place = match &alert.subscription_id {
        Some(id) => format!("the owner of the subscription {id}"),
        None => "the owner of what the alert names".to_owned(),
    };
    // A command holds no word of the evidence but a plain id.
    let id = alert.subscription_id.as_deref().filter(|id| is_guid(id));
    let within = id.map(|id| format!(" --subscription {id}")).unwrap_or_default();
    Contact {
        who: place,
        // As short as reports quote a sentence in full: half a command is none.
        why: format!(
            "nobody else is named: look up its owners (az role assignment list --role Owner --include-inherited{within}), the billing account or the tenant's records"
        ),
        ..Contact::default()
    }
}
