//! What a change gives: which role to whom and where, from whatever tells it.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::model::HolderKind;
use crate::azure::principal::{Holder, PrincipalKind};
use crate::ledger::{Operation, Outcome};
use crate::shape::access::{Access, Assigned};

/// A role of a principal at a scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Given<'f> {
    /// Object id of the principal.
    pub(super) principal: &'f str,
    /// GUID of the role; empty where only its name is known.
    pub(super) role: &'f str,
    /// Scope, in lower case.
    pub(super) scope: &'f str,
}

/// What each role assignment gives, by its resource id: a removal may name nothing else.
pub(super) struct Assignments<'f> {
    of_row: BTreeMap<u32, Given<'f>>,
    by_id: BTreeMap<&'f str, Given<'f>>,
}

impl<'f> Assignments<'f> {
    /// Collects what calls that did not fail say, then what lists hold.
    pub(super) fn of(facts: &Facts<'f>) -> Self {
        let (mut of_row, mut by_id) = (BTreeMap::new(), BTreeMap::new());
        for grant in &facts.corpus.grants {
            let (principal, role) = (grant.principal.as_str(), grant.role.as_str());
            let given = Given { principal, role, scope: &grant.scope };
            of_row.insert(grant.row.0, given);
            let operation = facts.ledger.of_row.get(grant.row.0 as usize);
            let operation = operation.and_then(|at| facts.ledger.operations.get(*at as usize));
            if let Some(operation) = operation.filter(|o| o.outcome != Outcome::Failed)
                && let Some(id) = facts.resource(operation)
            {
                by_id.entry(id).or_insert(given);
            }
        }
        let listed =
            facts.corpus.context.assignments.iter().filter(|(_, held)| !held.id.is_empty());
        for (_, held) in listed {
            let (principal, role) = (held.principal.as_str(), held.role.as_str());
            by_id.entry(&held.id).or_insert(Given { principal, role, scope: &held.scope });
        }
        Assignments { of_row, by_id }
    }

    /// Returns what an operation on a role assignment gives or takes: by its bodies, else by what is
    /// known of the assignment.
    pub(super) fn given(&self, facts: &Facts<'f>, operation: &Operation) -> Option<Given<'f>> {
        let rows = facts.ledger.rows_of(operation);
        let told = rows.iter().find_map(|row| self.of_row.get(row).copied());
        told.or_else(|| self.by_id.get(facts.resource(operation)?).copied())
    }
}

/// Returns what the bodies of an operation say of an assignment beside principal, role and scope.
pub(super) fn assigned(facts: &Facts<'_>, operation: &Operation) -> Assigned {
    let mut known = Assigned { holder: None, condition: None };
    for access in facts.access(operation) {
        if let Access::Assigned(body) = access {
            known.holder = known.holder.or(body.holder);
            known.condition = known.condition.or_else(|| body.condition.clone());
        }
    }
    known
}

/// What lists say of the principals that hold roles, by object id.
pub(super) struct Holders<'f>(BTreeMap<&'f str, (Option<Holder>, &'f str)>);

impl<'f> Holders<'f> {
    /// Collects what lists of role assignments and of groups say.
    pub(super) fn of(facts: &Facts<'f>) -> Self {
        let mut all: BTreeMap<&str, (Option<Holder>, &str)> = BTreeMap::new();
        let context = &facts.corpus.context;
        let groups = context.groups.iter();
        let groups = groups.map(|(_, g)| (g.oid.as_str(), Some(Holder::Group), g.name.as_str()));
        let holders = context.assignments.iter();
        let holders =
            holders.map(|(_, h)| (h.principal.as_str(), h.holder, h.principal_name.as_str()));
        for (principal, holder, name) in groups.chain(holders) {
            let known = all.entry(principal).or_default();
            known.0 = known.0.or(holder);
            if known.1.is_empty() {
                known.1 = name;
            }
        }
        Holders(all)
    }

    /// What a principal is: by the body of its assignment, else by lists, else by what it did.
    pub(super) fn kind(
        &self,
        facts: &Facts<'_>,
        told: Option<Holder>,
        principal: &str,
    ) -> Option<HolderKind> {
        if let Some(holder) = told.or_else(|| self.0.get(principal)?.0) {
            return Some(match holder {
                Holder::User => HolderKind::User,
                Holder::ServicePrincipal => HolderKind::ServicePrincipal,
                Holder::Group => HolderKind::Group,
                Holder::ForeignGroup => HolderKind::ForeignGroup,
            });
        }
        match facts.principals.all[facts.principals.find(principal)?].kind {
            PrincipalKind::Unknown | PrincipalKind::AzureService => None,
            PrincipalKind::ServicePrincipal | PrincipalKind::ManagedIdentity => {
                Some(HolderKind::ServicePrincipal)
            }
            _ => Some(HolderKind::User),
        }
    }

    /// The name of a principal, where it says more than its id.
    pub(super) fn name(&self, facts: &Facts<'_>, principal: &str) -> Option<String> {
        let known = facts.principals.find(principal).map(|p| &facts.principals.all[p]);
        let own = known.map(|p| p.name.as_str());
        let own = own.filter(|name| !name.eq_ignore_ascii_case(principal));
        own.or_else(|| Some(self.0.get(principal)?.1))
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
    }
}
