//! What the stages of an investigation share: everything that was read and worked out, borrowed.

use std::collections::BTreeMap;

use super::judged::Judged;
use super::shared::Shared;
use crate::base::{Text, Time};
use crate::corpus::{Corpus, RowId};
use crate::detect::{Finding, Repeated, Untold};
use crate::entity::{Owner, Principals, Way, way};
use crate::ledger::{Ledger, Operation, Outcome};
use crate::rule::RuleSet;
use crate::shape::access::Access;

/// HTTP status of a call that made something new.
pub(super) const CREATED: u16 = 201;
/// HTTP status of a call that changed what was there, of most providers.
pub(super) const CHANGED: u16 = 200;

/// Everything known before a report is made.
pub(super) struct Facts<'a> {
    pub(super) corpus: &'a Corpus,
    pub(super) ledger: &'a Ledger,
    pub(super) rules: &'a RuleSet,
    pub(super) findings: &'a [Finding],
    pub(super) untold: &'a [Untold],
    pub(super) repeated: &'a [Repeated],
    pub(super) principals: &'a Principals,
    pub(super) owners: &'a BTreeMap<String, Owner>,
    /// Code of the category of Azure Policy's evaluations, where there are any.
    pub(super) policy: Option<u32>,
    /// Names as reports share them.
    pub(super) shared: Shared<'a>,
}

impl<'a> Facts<'a> {
    /// Puts together what is known.
    pub(super) fn of(
        corpus: &'a Corpus,
        ledger: &'a Ledger,
        rules: &'a RuleSet,
        judged: &'a Judged<'_>,
        owners: &'a BTreeMap<String, Owner>,
    ) -> Self {
        let Judged { verdict, principals, .. } = judged;
        Facts {
            corpus,
            ledger,
            rules,
            findings: &verdict.findings,
            untold: &verdict.untold,
            repeated: &verdict.repeated,
            principals,
            owners,
            policy: corpus.names.category.find("policy"),
            shared: Shared::new(corpus, rules, principals),
        }
    }

    /// Whether an operation is Azure Policy's look at another one, in the name of whoever called that.
    ///
    /// Nobody did it: it is an event, and counts as no operation of a user, a subscription or the evidence.
    pub(super) fn is_evaluation(&self, operation: &Operation) -> bool {
        self.policy == Some(u32::from(operation.category))
    }

    /// Returns the operations that somebody or something did, in order of time.
    pub(super) fn operations(&self) -> impl Iterator<Item = &'a Operation> {
        let policy = self.policy;
        self.ledger.operations.iter().filter(move |o| policy != Some(u32::from(o.category)))
    }

    /// Returns the time of the first event of any operation.
    pub(super) fn log_begins(&self) -> Option<Time> {
        self.ledger.operations.first().map(|operation| operation.first)
    }

    /// Whether one of the answers to a call had this HTTP status.
    pub(super) fn has_status(&self, operation: &Operation, status: u16) -> bool {
        let http = &self.corpus.spine.http;
        self.ledger.rows_of(operation).iter().any(|&row| http[row as usize] == status)
    }

    /// Returns the operation that an event belongs to.
    pub(super) fn operation_of(&self, row: RowId) -> Option<&'a Operation> {
        let operation = *self.ledger.of_row.get(row.0 as usize)?;
        self.ledger.operations.get(operation as usize)
    }

    /// Returns the id of the principal behind an identity.
    pub(super) fn who(&self, identity: u32) -> Option<&'a str> {
        self.principals.of(identity).map(|p| self.principals.all[p].id.as_str())
    }

    /// Returns the name of an operation in upper case.
    pub(super) fn operation(&self, operation: &Operation) -> &'a str {
        self.corpus.names.operation.get(operation.operation).unwrap_or_default()
    }

    /// Returns the resource of an operation.
    pub(super) fn resource(&self, operation: &Operation) -> Option<&'a str> {
        self.corpus.names.resource.get(operation.resource)
    }

    /// Returns the id of the principal behind an identity, shared.
    pub(super) fn who_shared(&self, identity: u32) -> Option<Text> {
        self.principals.of(identity).map(|p| self.shared.principal[p].clone())
    }

    /// Returns the name of an operation in upper case, shared.
    pub(super) fn operation_shared(&self, operation: &Operation) -> Text {
        self.shared.operation.get(operation.operation).cloned().unwrap_or_default()
    }

    /// Returns the resource of an operation, shared.
    pub(super) fn resource_shared(&self, operation: &Operation) -> Text {
        self.shared.resource.get(operation.resource).cloned().unwrap_or_default()
    }

    /// Returns the id of a resource, shared where operations name it.
    pub(super) fn shared_id(&self, resource: &str) -> Text {
        let code = self.corpus.names.resource.find(resource);
        code.and_then(|code| self.shared.resource.get(code))
            .map_or_else(|| resource.into(), Text::clone)
    }

    /// Returns the id of a subscription, shared where operations name it.
    pub(super) fn shared_subscription(&self, subscription: &str) -> Text {
        let code = self.corpus.names.subscription.find(subscription);
        code.and_then(|code| self.shared.subscription.get(code))
            .map_or_else(|| subscription.into(), Text::clone)
    }

    /// Returns the type of that resource.
    pub(super) fn kind(&self, operation: &Operation) -> Option<&'a str> {
        self.corpus.names.kind.get(operation.kind)
    }

    /// Returns the subscription of an operation.
    pub(super) fn subscription(&self, operation: &Operation) -> Option<&'a str> {
        self.corpus.names.subscription.get(operation.subscription)
    }

    /// Returns the address of an operation.
    pub(super) fn ip(&self, operation: &Operation) -> Option<&'a str> {
        self.corpus.names.ip.get(operation.ip)
    }

    /// Returns the id under which reports show a principal: of a user of the report, the user's.
    pub(super) fn shown(&self, principal: &str) -> String {
        match self.principals.find(principal) {
            Some(p) => self.principals.all[p].id.clone(),
            None => principal.to_owned(),
        }
    }

    /// Returns the time of an event whose operation did not fail.
    pub(super) fn time_if_not_failed(&self, row: RowId) -> Option<Time> {
        let operation = *self.ledger.of_row.get(row.0 as usize)?;
        let operation = self.ledger.operations.get(operation as usize)?;
        (operation.outcome != Outcome::Failed).then(|| self.corpus.spine.time[row.0 as usize])
    }

    /// Returns what the bodies of an operation's events say of rights, in order of time.
    pub(super) fn access(&self, operation: &Operation) -> impl Iterator<Item = &'a Access> {
        let all = &self.corpus.access;
        let of_row = |row: u32| {
            let start = all.partition_point(|(at, _)| at.0 < row);
            all[start..].iter().take_while(move |(at, _)| at.0 == row).map(|(_, access)| access)
        };
        self.ledger.rows_of(operation).iter().copied().flat_map(of_row)
    }

    /// Whether an identity is foreign to the tenant that owns a subscription, with rights through delegation.
    pub(super) fn is_delegated(&self, identity: u32, subscription: u32) -> bool {
        let id = &self.corpus.identities[identity as usize];
        let owner =
            self.corpus.names.subscription.get(subscription).and_then(|s| self.owners.get(s));
        way(id, owner).is_some_and(Way::is_delegated)
    }
}
