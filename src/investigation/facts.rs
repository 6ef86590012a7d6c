//! What the stages of an investigation share: everything that was read and worked out, borrowed.

use std::collections::BTreeMap;

use super::model;
use crate::corpus::{Corpus, NONE};
use crate::detect::{Finding, Untold};
use crate::entity::{Owner, Principals};
use crate::ledger::{Ledger, Operation, Outcome};
use crate::rule::RuleSet;

/// Everything known before a report is made.
pub(super) struct Facts<'a> {
    pub(super) corpus: &'a Corpus,
    pub(super) ledger: &'a Ledger,
    pub(super) rules: &'a RuleSet,
    pub(super) findings: &'a [Finding],
    pub(super) untold: &'a [Untold],
    pub(super) principals: &'a Principals,
    pub(super) owners: &'a BTreeMap<String, Owner>,
}

impl<'a> Facts<'a> {
    /// Returns the id of the principal behind an identity.
    pub(super) fn who(&self, identity: u32) -> Option<&'a str> {
        self.principals.of(identity).map(|p| self.principals.all[p].id.as_str())
    }

    /// Returns the name of an operation in upper case.
    pub(super) fn operation(&self, operation: &Operation) -> &'a str {
        text(&self.corpus.names.operation, operation.operation).unwrap_or_default()
    }

    /// Returns the resource of an operation.
    pub(super) fn resource(&self, operation: &Operation) -> Option<&'a str> {
        text(&self.corpus.names.resource, operation.resource)
    }

    /// Returns the type of that resource.
    pub(super) fn kind(&self, operation: &Operation) -> Option<&'a str> {
        text(&self.corpus.names.kind, operation.kind)
    }

    /// Returns the subscription of an operation.
    pub(super) fn subscription(&self, operation: &Operation) -> Option<&'a str> {
        text(&self.corpus.names.subscription, operation.subscription)
    }

    /// Returns the address of an operation.
    pub(super) fn ip(&self, operation: &Operation) -> Option<&'a str> {
        text(&self.corpus.names.ip, operation.ip)
    }

    /// Whether an identity is foreign to the tenant that owns a subscription, with rights through delegation.
    pub(super) fn is_delegated(&self, identity: u32, subscription: u32) -> bool {
        use crate::azure::principal::PrincipalKind as K;
        let id = &self.corpus.identities[identity as usize];
        match id.kind {
            K::Foreign => true,
            K::AzureService | K::Unknown => false,
            K::User | K::Guest | K::Msa | K::ServicePrincipal | K::ManagedIdentity => {
                let owner = text(&self.corpus.names.subscription, subscription)
                    .and_then(|s| self.owners.get(s));
                owner.is_some_and(|o| !id.token_tenant.is_empty() && o.tenant != id.token_tenant)
            }
        }
    }
}

/// Returns the text behind a code.
pub(super) fn text(names: &crate::base::dict::Dict, code: u32) -> Option<&str> {
    (code != NONE).then(|| names.text_of(code))
}

impl From<Outcome> for model::Outcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Succeeded => model::Outcome::Succeeded,
            Outcome::Failed => model::Outcome::Failed,
            Outcome::Accepted => model::Outcome::Accepted,
            Outcome::Unknown => model::Outcome::Unknown,
        }
    }
}
