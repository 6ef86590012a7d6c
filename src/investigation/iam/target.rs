//! What a change is about: whose rights, which role, where; and which changes an analyst expects.

use std::collections::BTreeSet;

use super::super::facts::Facts;
use super::super::model::IamChangeKind;
use super::super::triage::Judge;
use super::Change;
use super::ending::ACCESS_ADMINISTRATOR;
use crate::azure::resource_id::ResourceId;
use crate::ledger::Operation;
use crate::shape::access::Access;
use crate::triage::grant_id;

/// Returns the operations, by their places in the ledger, whose changes of rights are marked as expected.
pub(in super::super) fn expected(facts: &Facts<'_>, judge: &Judge<'_>) -> BTreeSet<u32> {
    let is_expected = |change: &Change<'_>| judge.expects_grant(&change.id(facts));
    let changes = if judge.has_grants() { super::changes(facts) } else { Vec::new() };
    changes.iter().filter(|change| is_expected(change)).map(|change| change.number).collect()
}

impl<'f> Change<'f> {
    /// The id of the change, as triage files name it.
    fn id(&self, facts: &Facts<'f>) -> String {
        let member = self.member(facts).map(|member| facts.shown(&member));
        grant_id(
            &self.operation.first.to_string(),
            self.kind.as_str(),
            &member.unwrap_or_default(),
            self.role_id(facts).unwrap_or_default(),
            &self.scope(facts).unwrap_or_default(),
        )
    }

    /// Whose rights change.
    pub(super) fn member(&self, facts: &Facts<'f>) -> Option<String> {
        let member = match self.kind {
            IamChangeKind::Elevate => facts.who(self.operation.identity).map(str::to_owned),
            _ => self.pair().map(|(principal, _)| principal.to_owned()),
        };
        member.or_else(|| named_member(facts, self.operation))
    }

    /// The id of the role that it is about.
    pub(super) fn role_id(&self, facts: &Facts<'f>) -> Option<&'f str> {
        let id = match self.kind {
            IamChangeKind::CustomRole => facts.resource(self.operation)?.rsplit('/').next(),
            IamChangeKind::Elevate => Some(ACCESS_ADMINISTRATOR),
            _ => self.pair().map(|(_, role)| role),
        };
        id.filter(|id| !id.is_empty())
    }

    /// The scope of the rights: that of the grant, else what the assignment hangs on.
    pub(super) fn scope(&self, facts: &Facts<'f>) -> Option<String> {
        if self.kind == IamChangeKind::Elevate {
            return Some("/".to_owned());
        }
        let given = self.given.map(|given| given.scope).filter(|scope| !scope.is_empty());
        let resource = facts.resource(self.operation);
        let target = || {
            let id = resource.and_then(ResourceId::parse)?;
            Some(id.target_of_extension()?.as_str().to_owned())
        };
        given.map(str::to_owned).or_else(target).or_else(|| resource.map(str::to_owned))
    }

    /// The principal and the role, where the change gives one role to one principal.
    pub(super) fn pair(&self) -> Option<(&'f str, &'f str)> {
        let offer = self.accepted.1.map(|offered| offered.offer.authorizations.as_slice());
        match (self.given, offer) {
            (Some(given), _) => Some((given.principal, given.role)),
            (None, Some([(principal, role)])) => Some((principal, role)),
            (None, _) => None,
        }
    }
}

/// The principal that a body names which is no grant.
fn named_member(facts: &Facts<'_>, operation: &Operation) -> Option<String> {
    facts.access(operation).find_map(|access| match access {
        Access::Classic(classic) => Some(classic.email.clone()),
        Access::Denied(denied) => match denied.principals.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        },
        _ => None,
    })
}
