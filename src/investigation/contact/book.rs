//! What contacts are looked up in: who holds which role where, who writes what, who administers.

use std::collections::BTreeMap;

use super::super::facts::{CREATED, Facts};
use super::super::familiarity::name as list_name;
use super::super::model::{Alert, IamChangeKind, Subscription};
use super::super::suspect::Suspects;
use super::{Link, Tie};
use crate::azure::operation::Verb;
use crate::azure::resource_id::ResourceId;
use crate::azure::role;
use crate::base::index32;
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
pub(super) struct Held {
    pub(super) principal: u32,
    pub(super) link: Link,
}

/// What people wrote to one resource.
#[derive(Default)]
pub(super) struct Writes {
    /// The operation that made it.
    pub(super) made: Option<u32>,
    /// Operations by whom nothing speaks against, in order of time.
    pub(super) sure: Vec<u32>,
}

/// What contacts of all alerts are looked up in.
pub(super) struct Book<'f> {
    pub(super) facts: &'f Facts<'f>,
    suspects: &'f Suspects,
    /// Roles held on scopes, by the scope.
    pub(super) held: BTreeMap<&'f str, Vec<Held>>,
    /// Principals that showed a role of owners, by the code of the subscription.
    pub(super) admins: BTreeMap<u32, BTreeMap<u32, (&'static str, u32)>>,
    /// Writes to resources that alerts name.
    pub(super) writes: BTreeMap<String, Writes>,
}

impl<'f> Book<'f> {
    /// Collects what is known of owners, makers and administrators.
    pub(super) fn of(
        facts: &'f Facts<'f>,
        suspects: &'f Suspects,
        alerts: &[Alert],
        subscriptions: &'f [Subscription],
    ) -> Self {
        let mut book = Book {
            facts,
            suspects,
            held: BTreeMap::new(),
            admins: BTreeMap::new(),
            writes: BTreeMap::new(),
        };
        if alerts.is_empty() {
            return book;
        }
        book.by_lists();
        book.by_ledger(subscriptions);
        book.by_calls();
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

    fn hold(&mut self, scope: &'f str, name: &str, role: &str, mut link: Link) {
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
        self.held.entry(scope).or_default().push(Held { principal, link });
    }

    /// Role assignments that lists hold.
    fn by_lists(&mut self) {
        let facts = self.facts;
        for (source, held) in &facts.corpus.context.assignments {
            let named = role::by_guid(&held.role).map(|role| role.name);
            let link = Link {
                tie: Tie::OwnsSubscription,
                why: String::new(),
                since: held.latest,
                known_by: format!("the list {}", list_name(facts, *source)),
                row: None,
                by_suspect: false,
            };
            self.hold(&held.scope, &held.principal, named.unwrap_or(&held.role_name), link);
        }
    }

    /// Grants of the log that nothing took back.
    fn by_ledger(&mut self, subscriptions: &'f [Subscription]) {
        let changes = subscriptions.iter().flat_map(|s| &s.iam_changes);
        let grants = changes.filter(|c| {
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
            self.hold(scope, who, role, link);
        }
    }

    /// Roles that allowed calls, by who showed them in which subscription.
    fn by_calls(&mut self) {
        let mut shown: BTreeMap<u32, &'static str> = BTreeMap::new();
        for (identity, role) in &self.facts.corpus.roles {
            let owns = OWNERS.iter().filter(|own| **own != "Contributor").find(|own| *own == role);
            if let Some(role) = owns {
                shown.entry(*identity).or_insert(role);
            }
        }
        if shown.is_empty() {
            return;
        }
        for operation in self.facts.operations() {
            let Some(role) = shown.get(&operation.identity) else { continue };
            let person = self.facts.principals.of(operation.identity).map(index32);
            if let Some(person) = person.filter(|p| self.is_person(*p)) {
                let row = self.facts.ledger.rows_of(operation)[0];
                let people = self.admins.entry(operation.subscription).or_default();
                people.entry(person).or_insert((role, row));
            }
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
            let is_suspect = self.is_suspect(person);
            let Some(writes) = self.writes.get_mut(id) else { continue };
            if operation.http == CREATED {
                writes.made.get_or_insert(number);
            }
            if !is_suspect {
                writes.sure.push(number);
            }
        }
    }
}
