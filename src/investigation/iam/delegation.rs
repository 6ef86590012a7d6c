//! Azure Lighthouse: which tenant may manage what, by the offers that were accepted.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::model::{Authorization, Delegation, Ending};
use super::role::Roles;
use crate::azure::resource_id::ResourceId;
use crate::base::Time;
use crate::ledger::Operation;
use crate::shape::access::{Access, Offer};

/// An offer, and who wrote it as it is.
#[derive(Clone, Copy)]
pub(in super::super) struct Offered<'f> {
    time: Time,
    by: u32,
    pub(in super::super) offer: &'f Offer,
}

/// The latest form of every offer, by the GUID of its definition.
pub(in super::super) struct Offers<'f>(BTreeMap<&'f str, Offered<'f>>);

impl<'f> Offers<'f> {
    /// Collects the offers whose writing did not fail.
    pub(in super::super) fn of(facts: &Facts<'f>) -> Self {
        let mut offers: BTreeMap<&str, Offered<'_>> = BTreeMap::new();
        for (row, access) in &facts.corpus.access {
            let Access::Offer(offer) = access else { continue };
            let Some(time) = facts.time_if_not_failed(*row) else { continue };
            let operation = facts.ledger.of_row[row.0 as usize] as usize;
            let by = facts.ledger.operations[operation].identity;
            let this = Offered { time, by, offer };
            let known = offers.entry(last(&offer.id)).or_insert(this);
            if time >= known.time {
                *known = this;
            }
        }
        Offers(offers)
    }

    /// Returns the id of the definition that an operation accepts, and what it offers.
    pub(in super::super) fn accepted_by(
        &self,
        facts: &Facts<'f>,
        operation: &Operation,
    ) -> (Option<&'f str>, Option<Offered<'f>>) {
        let definition = facts.access(operation).find_map(|access| match access {
            Access::Accepted(definition) => Some(definition.as_str()),
            _ => None,
        });
        let offered = definition.and_then(|id| self.0.get(last(id)).copied());
        (definition, offered)
    }
}

/// The GUID at the end of an id: a definition is named by it alone, or with its scope.
fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}

/// Returns the delegation that an operation made.
pub(super) fn delegation(
    facts: &Facts<'_>,
    operation: &Operation,
    (definition, offered): (Option<&str>, Option<Offered<'_>>),
    roles: &Roles<'_>,
    ended: Option<Ending>,
) -> Delegation {
    let one = |(principal, role): &(String, String)| {
        let known = roles.known(role);
        Authorization {
            principal: facts.shown(principal),
            role: known.name,
            role_id: role.clone(),
            privileged: known.privileged,
        }
    };
    let offer = offered.map(|offered| offered.offer);
    let resource = facts.resource(operation);
    let scope = resource.and_then(ResourceId::parse).and_then(|id| id.target_of_extension());
    Delegation {
        tenant_id: offer.map(|offer| offer.tenant.clone()),
        by: facts.who(operation.identity).map(str::to_owned),
        time: Some(operation.first),
        standing: ended.is_none(),
        authorizations: offer.iter().flat_map(|o| &o.authorizations).map(one).collect(),
        scope: scope.map(|scope| scope.as_str().to_owned()),
        definition_id: offer.map(|offer| offer.id.as_str()).or(definition).map(str::to_owned),
        assignment_id: resource.map(str::to_owned),
        name: offer.map(|offer| offer.name.clone()).filter(|name| !name.is_empty()),
        offered_by: offered.and_then(|offered| facts.who(offered.by)).map(str::to_owned),
        ended,
    }
}

/// Whether an offer holds a privileged role; `None` where one of its roles is not known.
pub(super) fn privileged(offer: &Offer, roles: &Roles<'_>) -> Option<bool> {
    let each = || offer.authorizations.iter().map(|(_, role)| roles.known(role).privileged);
    if each().any(|privileged| privileged == Some(true)) {
        return Some(true);
    }
    each().all(|privileged| privileged.is_some()).then_some(false)
}
