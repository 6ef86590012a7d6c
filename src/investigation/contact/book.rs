//! What contacts are looked up in: who holds which role where, who writes what, who administers.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashSet;

use super::super::facts::{CREATED, Facts};
use super::super::familiarity::name as list_name;
use super::super::iam::under;
use super::super::model::{Alert, IamChangeKind, Subscription};
use super::super::removal::Removals;
use super::super::suspect::Suspects;
use super::{Link, Rights, Tie};
use crate::azure::operation::Verb;
use crate::azure::resource_id::{ResourceId, ScopeLevel};
use crate::azure::role;
use crate::base::{SourceId, Time, index32};
use crate::corpus::UsedRole;
use crate::ledger::Outcome;

/// Roles whose holders answer for a scope, the one that says most first.
const OWNERS: &[&str] = &[
    "Owner",
    "Service Administrator",
    "Account Administrator",
    "Subscription Admin",
    "CoAdministrator",
    "User Access Administrator",
    "Role Based Access Control Administrator",
    "Contributor",
];

/// Somebody who holds a role on a scope, and how that is known.
pub(super) struct Held<'f> {
    pub(super) principal: u32,
    pub(super) link: Link,
    /// The only tenant in which it counts, where that is known.
    pub(super) tenant: Option<&'f str>,
}

/// What people wrote to one resource.
#[derive(Default)]
pub(super) struct Writes {
    /// The operation that made it.
    pub(super) made: Option<u32>,
    /// Operations by whom nothing speaks against, in order of time.
    pub(super) sure: Vec<u32>,
    /// Those of suspects that are in their ordinary way.
    pub(super) usual: Vec<u32>,
}

/// A role of owners that somebody showed in calls: the widest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shown<'f> {
    pub(super) reach: Reach,
    /// Its place among the roles of owners.
    role: usize,
    /// Where it was assigned; empty where that is not told.
    scope: &'f str,
    pub(super) row: u32,
}

/// How much of a subscription a role is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    All,
    Untold,
    Part,
}

impl Shown<'_> {
    /// What it makes of who showed it.
    pub(super) fn words(&self) -> String {
        let role = OWNERS[self.role];
        match (self.reach, ResourceId::parse(self.scope)) {
            (Reach::All, _) => format!("administers the subscription with the role {role}"),
            (Reach::Part, Some(id)) if id.scope_level() == ScopeLevel::ResourceGroup => {
                format!("administers the resource group {} with the role {role}", id.name())
            }
            (Reach::Part, Some(id)) => {
                format!("administers the resource {} with the role {role}", id.name())
            }
            _ => format!("acts in the subscription with the role {role}"),
        }
    }
}

/// What contacts of all alerts are looked up in.
pub(super) struct Book<'f> {
    pub(super) facts: &'f Facts<'f>,
    suspects: &'f Suspects,
    /// Roles held on scopes, by the scope.
    pub(super) held: BTreeMap<&'f str, Vec<Held<'f>>>,
    /// Principals that showed a role of owners, by the code of the subscription.
    pub(super) admins: BTreeMap<u32, BTreeMap<u32, Shown<'f>>>,
    /// The management groups around each subscription.
    pub(super) under: BTreeMap<&'f str, BTreeSet<&'f str>>,
    /// Writes to resources that alerts name.
    pub(super) writes: BTreeMap<String, Writes>,
}

impl<'f> Book<'f> {
    /// Collects what is known of owners, makers and administrators.
    pub(super) fn of(
        facts: &'f Facts<'f>,
        suspects: &'f Suspects,
        alerts: &[Alert],
        rights: &Rights<'f>,
    ) -> Self {
        let mut book = Book {
            facts,
            suspects,
            held: BTreeMap::new(),
            admins: BTreeMap::new(),
            under: BTreeMap::new(),
            writes: BTreeMap::new(),
        };
        if alerts.is_empty() {
            return book;
        }
        book.under = under(facts);
        book.by_lists(rights.removals);
        book.by_ledger(rights);
        book.by_calls(rights.subscriptions);
        book.by_writes(alerts);
        book
    }

    /// Whether a principal is under suspicion.
    pub(super) fn is_suspect(&self, principal: u32) -> bool {
        self.suspects.get(principal as usize).is_some()
    }

    /// Returns the principal of that name, if it is somebody who can be asked.
    pub(super) fn person(&self, name: &str) -> Option<u32> {
        self.facts.principals.find(name).map(index32).filter(|p| self.is_person(*p))
    }

    fn is_person(&self, principal: u32) -> bool {
        self.facts.principals.all[principal as usize].kind.is_person()
    }

    /// Takes note of who holds a role where; at the root, in the tenant of who gave it.
    fn hold(&mut self, scope: &'f str, [name, role]: [&str; 2], mut link: Link, by: Option<&str>) {
        let Some(principal) = self.person(name) else { return };
        if !OWNERS.contains(&role) {
            return;
        }
        let level = ResourceId::parse(scope).map(|id| id.scope_level().as_str());
        link.tie = match level {
            Some("resource") => Tie::OwnsResource,
            Some("resource_group") => Tie::OwnsGroup,
            // Who may only work there does not answer for all of it.
            _ if role == "Contributor" => return,
            _ => Tie::OwnsSubscription,
        };
        let place = match level {
            Some("resource") => "the resource",
            Some("resource_group") => "its resource group",
            Some("subscription") => "the subscription",
            Some("management_group") => "a management group above it",
            _ => "everything",
        };
        link.why = format!("holds {role} on {place}");
        let by = by.filter(|_| scope == "/").and_then(|by| self.facts.principals.find(by));
        let tenant = by.and_then(|by| self.facts.principals.all[by].token_tenant.as_deref());
        self.held.entry(scope).or_default().push(Held { principal, link, tenant });
    }

    /// Role assignments that lists hold, and that nothing ended after these were taken.
    fn by_lists(&mut self, removals: &Removals) {
        let facts = self.facts;
        let mut taken: BTreeMap<SourceId, Option<Time>> = BTreeMap::new();
        for (source, held) in &facts.corpus.context.assignments {
            let after = taken.entry(*source).or_default();
            *after = (*after).max(held.latest);
        }
        for (source, held) in &facts.corpus.context.assignments {
            let after = taken[source].unwrap_or(Time(i64::MIN));
            if !held.id.is_empty() && removals.ended(&held.id, after) {
                continue;
            }
            let named = role::by_guid(&held.role).map(|role| role.name);
            let link = Link {
                tie: Tie::OwnsSubscription,
                why: String::new(),
                since: held.latest,
                known_by: format!("the list {}", list_name(facts, *source)),
                row: None,
                by_suspect: false,
            };
            let role = named.unwrap_or(&held.role_name);
            self.hold(&held.scope, [&held.principal, role], link, None);
        }
    }

    /// Grants of the log that nothing took back.
    fn by_ledger(&mut self, rights: &Rights<'f>) {
        let changes = rights.subscriptions.iter().flat_map(|s| &s.iam_changes);
        let grants = changes.chain(rights.above).filter(|c| {
            c.standing && matches!(c.change, IamChangeKind::Grant | IamChangeKind::Pim)
        });
        for change in grants {
            let (Some(scope), Some(who), Some(role)) =
                (&change.scope, &change.principal, &change.role)
            else {
                continue;
            };
            let by = change.by.as_deref();
            let link = Link {
                tie: Tie::OwnsSubscription,
                why: String::new(),
                since: change.time,
                known_by: format!("the grant by {}", by.unwrap_or("somebody unnamed")),
                row: change.row,
                by_suspect: change.by_suspect,
            };
            self.hold(scope, [who, role], link, by);
        }
    }

    /// Roles that allowed calls, by who showed them in which subscription.
    fn by_calls(&mut self, subscriptions: &[Subscription]) {
        let mut shown: BTreeMap<u32, Vec<(usize, &'f str)>> = BTreeMap::new();
        for UsedRole { identity, role, scope } in &self.facts.corpus.roles {
            let owns = OWNERS.iter().position(|own| *own != "Contributor" && own == role);
            if let Some(role) = owns {
                shown.entry(*identity).or_default().push((role, scope.as_str()));
            }
        }
        if shown.is_empty() {
            return;
        }
        let tenants = subscriptions.iter().map(|s| (s.id.as_str(), s.tenant_id.as_deref()));
        let tenants: BTreeMap<&str, Option<&str>> = tenants.collect();
        let mut seen = HashSet::new();
        for operation in self.facts.operations() {
            let Some(roles) = shown.get(&operation.identity) else { continue };
            let person = self.facts.principals.of(operation.identity).map(index32);
            let Some(person) = person.filter(|p| self.is_person(*p)) else { continue };
            let Some(id) = self.facts.subscription(operation) else { continue };
            if !seen.insert((operation.identity, operation.subscription)) {
                continue;
            }
            let row = self.facts.ledger.rows_of(operation)[0];
            let tenant = tenants.get(id).copied().flatten();
            let reaching = roles.iter().filter_map(|&(role, scope)| {
                Some(Shown { reach: self.reach(scope, id, tenant)?, role, scope, row })
            });
            if let Some(widest) = reaching.min() {
                let people = self.admins.entry(operation.subscription).or_default();
                let known = people.entry(person).or_insert(widest);
                *known = (*known).min(widest);
            }
        }
    }

    /// How much of a subscription a role at a scope is about; `None` where it is about nothing in it.
    fn reach(&self, scope: &str, subscription: &str, tenant: Option<&str>) -> Option<Reach> {
        let Some(at) = ResourceId::parse(scope) else { return Some(Reach::Untold) };
        let is_own = || at.subscription() == Some(subscription);
        match at.scope_level() {
            ScopeLevel::Root => Some(Reach::All),
            ScopeLevel::ManagementGroup => {
                let group = at.management_group()?;
                let around = self.under.get(subscription);
                let is_above = around.is_none_or(|around| around.contains(group));
                (is_above || tenant == Some(group)).then_some(Reach::All)
            }
            ScopeLevel::Subscription => is_own().then_some(Reach::All),
            _ => is_own().then_some(Reach::Part),
        }
    }

    /// Writes by people to what alerts name.
    fn by_writes(&mut self, alerts: &[Alert]) {
        let named = alerts.iter().flat_map(|alert| &alert.resources);
        for id in named.filter(|id| id.contains("/providers/")) {
            self.writes.entry(id.clone()).or_default();
        }
        if self.writes.is_empty() {
            return;
        }
        let facts = self.facts;
        let of: Vec<Option<String>> = facts
            .corpus
            .names
            .resource
            .iter()
            .map(|id| self.writes.contains_key(id).then(|| id.to_owned()))
            .collect();
        for (operation, number) in facts.ledger.operations.iter().zip(0_u32..) {
            let Some(Some(id)) = of.get(operation.resource as usize) else { continue };
            let person = facts.principals.of(operation.identity).map(index32);
            let changes = Verb::of(facts.operation(operation)) == Verb::Write
                && operation.outcome != Outcome::Failed
                && !facts.is_evaluation(operation);
            let Some(person) = person.filter(|p| changes && self.is_person(*p)) else { continue };
            let (is_suspect, tainted) = (self.is_suspect(person), self.suspects.taints(number));
            let Some(writes) = self.writes.get_mut(id) else { continue };
            if operation.http == CREATED {
                writes.made.get_or_insert(number);
            }
            if !is_suspect {
                writes.sure.push(number);
            } else if !tainted {
                writes.usual.push(number);
            }
        }
    }
}
