//! How suspicion spreads: what suspects hand to others, and whom they act through.

use std::collections::BTreeMap;

use super::super::deeds::Deeds;
use super::super::facts::{CREATED, Facts};
use super::super::group::Groups;
use super::super::iam::{Offers, Roles};
use super::super::removal::Removals;
use super::host::Hosts;
use crate::azure::pim::Deed;
use crate::azure::resource_id::ResourceId;
use crate::azure::role;
use crate::base::Time;
use crate::corpus::Grant;
use crate::ledger::{Operation, Outcome};
use crate::shape::access::{Access, Named};

/// How one principal came to act for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in super::super) enum Way {
    /// It was given a role.
    Granted,
    /// Its tenant was given rights.
    Delegated,
    /// It was let into a key vault.
    VaultPolicy,
    /// It was made.
    Made,
    /// Others may sign in as it.
    Federated,
    /// It was attached to a resource.
    Attached,
    /// Code was run where it can be used.
    RanCode,
}

impl Way {
    /// Whether others act in its name from where it acts itself.
    pub(super) const fn is_through(self) -> bool {
        matches!(self, Way::Attached | Way::RanCode)
    }
}

/// What a suspect handed to somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Handed {
    /// When.
    pub(in super::super) time: Time,
    /// The suspect.
    pub(in super::super) by: usize,
    /// Who got it, where the evidence knows it as a principal.
    pub(in super::super) to: Option<usize>,
    /// The id of who got it: a principal, or a tenant.
    pub(in super::super) to_id: String,
    /// How.
    pub(in super::super) way: Way,
    /// The role, or what else tells more.
    pub(in super::super) what: String,
    /// Scope or resource.
    pub(in super::super) place: String,
    /// The operation, by its place in the ledger.
    pub(in super::super) operation: u32,
    /// Whether it makes who got it a suspect.
    pub(in super::super) suspicious: bool,
    /// Whether it takes activity out of the ordinary besides.
    pub(super) if_active: bool,
}

impl Handed {
    /// What makes it the same thing as another.
    pub(super) fn identity(&self) -> (usize, String, Way, String, String) {
        (self.by, self.to_id.clone(), self.way, self.what.clone(), self.place.clone())
    }

    /// Whether it is so little that only what its receiver did then makes that a suspect.
    pub(in super::super) fn is_slight(&self) -> bool {
        self.way == Way::Granted && self.if_active
    }

    /// Says it of who got it.
    pub(super) fn words(&self, facts: &Facts<'_>) -> String {
        let by = &facts.principals.all[self.by].id;
        let (what, place, time) = (&self.what, &self.place, self.time);
        let words = match self.way {
            Way::Granted => format!("{by} gave it the role {what} at {time}, on {place}"),
            Way::Delegated => format!("{by} delegated {place} to its tenant at {time}"),
            Way::VaultPolicy => format!("{by} let it into {place} at {time}"),
            Way::Made => format!("{by} made it with {place} at {time}"),
            Way::Federated => format!("{by} let others sign in as it at {time}: {place}"),
            Way::Attached => format!("{by} attached it to {place} at {time}"),
            Way::RanCode => format!("{by} ran code on {place} at {time}, which can act as it"),
        };
        let operation = &facts.ledger.operations[self.operation as usize];
        let event = facts.corpus.spine.event_id(facts.ledger.rows_of(operation)[0] as usize);
        format!("{words} (event {event:016x})")
    }
}

/// What the evidence says of power that changes hands.
pub(super) struct Spread<'f, 'a> {
    facts: &'a Facts<'f>,
    deeds: &'a Deeds,
    hosts: Hosts<'f>,
    offers: Offers<'f>,
    roles: Roles<'f>,
    removals: Removals,
    groups: Groups<'f>,
    /// Grants by their operation.
    grants: BTreeMap<u32, &'f Grant>,
    /// When a list says that a principal was there.
    listed: BTreeMap<usize, Time>,
    /// Principals by the tenant of their tokens.
    by_tenant: BTreeMap<&'f str, Vec<usize>>,
}

impl<'f, 'a> Spread<'f, 'a> {
    pub(super) fn of(facts: &'a Facts<'f>, deeds: &'a Deeds) -> Self {
        let mut grants = BTreeMap::new();
        for grant in &facts.corpus.grants {
            if let Some(&operation) = facts.ledger.of_row.get(grant.row.0 as usize) {
                grants.entry(operation).or_insert(grant);
            }
        }
        let mut listed: BTreeMap<usize, Time> = BTreeMap::new();
        for (_, held) in &facts.corpus.context.principals {
            if let (Some(p), Some(made)) = (facts.principals.find(&held.oid), held.made) {
                let known = listed.entry(p).or_insert(made);
                *known = (*known).min(made);
            }
        }
        let mut by_tenant: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (p, principal) in facts.principals.all.iter().enumerate() {
            if let Some(tenant) = &principal.token_tenant {
                by_tenant.entry(tenant).or_default().push(p);
            }
        }
        Spread {
            facts,
            deeds,
            hosts: Hosts::of(facts),
            offers: Offers::of(facts),
            roles: Roles::of(facts),
            removals: Removals::of(facts),
            groups: Groups::of(facts),
            grants,
            listed,
            by_tenant,
        }
    }

    /// Returns what a suspect handed on by these operations of its own.
    pub(super) fn from(&self, by: usize, operations: &[u32]) -> Vec<Handed> {
        let mut hands = Vec::new();
        for &number in operations {
            let operation = &self.facts.ledger.operations[number as usize];
            if operation.outcome.took_effect() {
                self.of_operation(by, number, operation, &mut hands);
            }
        }
        hands
    }

    fn of_operation(&self, by: usize, number: u32, operation: &Operation, out: &mut Vec<Handed>) {
        let name = self.facts.operation(operation);
        let resource = self.facts.resource(operation).unwrap_or_default();
        let blank = || Handed {
            time: operation.first,
            by,
            to: None,
            to_id: String::new(),
            way: Way::Granted,
            what: String::new(),
            place: resource.to_owned(),
            operation: number,
            suspicious: true,
            if_active: false,
        };
        if name.ends_with("/WRITE") {
            self.granted(number, operation, &blank, out);
            self.accesses(operation, &blank, out);
        }
        if name.ends_with("/FEDERATEDIDENTITYCREDENTIALS/WRITE") {
            let parent = ResourceId::parse(resource).and_then(|id| id.parent());
            let identities = parent.map(|id| self.hosts.of_resource(id.as_str()));
            out.extend(
                identities
                    .into_iter()
                    .flatten()
                    .map(|p| Handed { way: Way::Federated, ..self.to(p, blank()) }),
            );
        }
        if self.hosts.runs_code(operation.operation)
            && let Some((host, identities)) = self.hosts.behind(resource)
        {
            out.extend(identities.into_iter().map(|p| Handed {
                way: Way::RanCode,
                place: host.to_owned(),
                if_active: true,
                ..self.to(p, blank())
            }));
        }
    }

    fn to(&self, p: usize, hand: Handed) -> Handed {
        Handed { to: Some(p), to_id: self.facts.principals.all[p].id.clone(), ..hand }
    }

    /// A role, also one through Privileged Identity Management.
    fn granted(
        &self,
        number: u32,
        operation: &Operation,
        blank: &dyn Fn() -> Handed,
        out: &mut Vec<Handed>,
    ) {
        let Some(grant) = self.grants.get(&number) else { return };
        let takes = self
            .facts
            .access(operation)
            .any(|access| matches!(access, Access::Pim(pim) if pim.change.deed != Deed::Gives));
        if takes {
            return;
        }
        let known = self.roles.known(&grant.role);
        let far = role::leads_far(&grant.role, known.privileged);
        let hand = Handed {
            to_id: self.facts.shown(&grant.principal),
            what: known.name.unwrap_or_else(|| grant.role.clone()),
            place: if grant.scope.is_empty() { blank().place } else { grant.scope.clone() },
            ..blank()
        };
        let Some(p) = self.facts.principals.find(&grant.principal) else {
            out.extend(self.members(&grant.principal, far, &hand));
            out.push(hand);
            return;
        };
        let resource = self.facts.resource(operation).unwrap_or_default();
        let stands = !self.removals.ended(resource, operation.first)
            && !self.removals.ended(&grant.scope, operation.first);
        let was_there = self.was_there(p, operation.first);
        // Somebody who was there before does not become an accomplice by a right that leads nowhere,
        // nor by one that was taken back before it was used.
        let suspicious = far || !was_there;
        let if_active = if was_there { !stands } else { !far };
        out.push(Handed { suspicious, if_active, ..self.to(p, hand) });
    }

    /// Of a right that leads far and that a group got: what its members got. They may know nothing
    /// of it, so it takes activity out of the ordinary to make one a suspect.
    fn members(&self, group: &str, far: bool, hand: &Handed) -> Vec<Handed> {
        let members = self.groups.members(group).into_keys();
        let known = members.filter_map(|oid| self.facts.principals.find(oid));
        let what = format!("{} through the group {}", hand.what, self.groups.name(group));
        let one = |p| Handed {
            what: what.clone(),
            suspicious: far,
            if_active: true,
            ..self.to(p, hand.clone())
        };
        known.map(one).collect()
    }

    fn accesses(&self, operation: &Operation, blank: &dyn Fn() -> Handed, out: &mut Vec<Handed>) {
        for access in self.facts.access(operation) {
            match access {
                Access::Named(named) => out.extend(self.named(operation, named, blank)),
                Access::Policy(members) => out.extend(members.iter().map(|member| {
                    let hand = Handed { way: Way::VaultPolicy, to_id: member.clone(), ..blank() };
                    match self.facts.principals.find(member) {
                        Some(p) => self.to(p, hand),
                        None => hand,
                    }
                })),
                Access::Accepted(_) => self.delegated(operation, blank, out),
                _ => {}
            }
        }
    }

    /// The identity of a resource that was made, or one that a resource acts as.
    fn named(
        &self,
        operation: &Operation,
        named: &Named,
        blank: &dyn Fn() -> Handed,
    ) -> Option<Handed> {
        let p = self.facts.principals.find(&named.oid)?;
        if named.resource.is_empty() {
            return None;
        }
        let own = self.facts.resource(operation) == Some(named.resource.as_str());
        match (own, operation.http == CREATED) {
            (true, true) => Some(Handed { way: Way::Made, ..self.to(p, blank()) }),
            (true, false) => None,
            (false, _) => {
                Some(Handed { way: Way::Attached, if_active: true, ..self.to(p, blank()) })
            }
        }
    }

    fn delegated(&self, operation: &Operation, blank: &dyn Fn() -> Handed, out: &mut Vec<Handed>) {
        let (_, offered) = self.offers.accepted_by(self.facts, operation);
        let Some(offer) = offered.map(|offered| offered.offer) else { return };
        let scope = blank().place;
        let target = ResourceId::parse(&scope).and_then(|id| id.target_of_extension());
        let place = target.map_or(scope.clone(), |target| target.as_str().to_owned());
        let members = self.by_tenant.get(offer.tenant.as_str()).into_iter().flatten().copied();
        let named = offer.authorizations.iter().filter_map(|(p, _)| self.facts.principals.find(p));
        let all: std::collections::BTreeSet<usize> = members.chain(named).collect();
        let hand = |to: Option<usize>| Handed {
            way: Way::Delegated,
            what: offer.tenant.clone(),
            to_id: offer.tenant.clone(),
            place: place.clone(),
            to,
            if_active: true,
            ..blank()
        };
        out.push(hand(None));
        out.extend(all.into_iter().map(|p| self.to(p, hand(None))));
    }

    /// Whether a principal was there before: it acted, or an entry of a list is older.
    fn was_there(&self, p: usize, time: Time) -> bool {
        let acted = self
            .deeds
            .operations(self.facts, p)
            .take_while(|(_, o)| o.first < time)
            .any(|(_, o)| o.outcome != Outcome::Failed);
        acted || self.listed.get(&p).is_some_and(|made| *made < time)
    }
}
