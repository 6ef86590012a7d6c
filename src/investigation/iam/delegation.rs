//! Azure Lighthouse: which tenant may manage what, by the offers that were accepted.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::model::{Authorization, Delegation};
use super::role::Roles;
use crate::base::Time;
use crate::ledger::Operation;
use crate::shape::access::{Access, Offer};

/// The latest form of every offer, by the GUID of its definition.
pub(super) struct Offers<'f>(BTreeMap<&'f str, (Time, &'f Offer)>);

impl<'f> Offers<'f> {
    /// Collects the offers whose writing did not fail.
    pub(super) fn of(facts: &Facts<'f>) -> Self {
        let mut offers: BTreeMap<&str, (Time, &Offer)> = BTreeMap::new();
        for (row, access) in &facts.corpus.access {
            let Access::Offer(offer) = access else { continue };
            let Some(time) = facts.time_if_not_failed(*row) else { continue };
            let known = offers.entry(last(&offer.id)).or_insert((time, offer));
            if time >= known.0 {
                *known = (time, offer);
            }
        }
        Offers(offers)
    }

    /// Returns the offer that an operation accepts.
    pub(super) fn accepted_by(
        &self,
        facts: &Facts<'f>,
        operation: &Operation,
    ) -> Option<&'f Offer> {
        let definition = facts.access(operation).find_map(|access| match access {
            Access::Accepted(definition) => Some(last(definition)),
            _ => None,
        })?;
        self.0.get(definition).map(|(_, offer)| *offer)
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
    offer: Option<&Offer>,
    roles: &Roles<'_>,
    standing: bool,
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
    Delegation {
        tenant_id: offer.map(|offer| offer.tenant.clone()),
        by: facts.who(operation.identity).map(str::to_owned),
        time: Some(operation.first),
        standing,
        authorizations: offer.iter().flat_map(|o| &o.authorizations).map(one).collect(),
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
