//! What lies around an alert: the scopes above what it names, and the tenants that manage from outside.

use std::collections::BTreeSet;

use super::super::model::{Alert, Contact, Delegation, Subscription};
use super::book::Book;
use crate::azure::principal::PrincipalKind;
use crate::azure::resource_id::ResourceId;

impl Book<'_> {
    /// Every scope around what an alert names, each once; `tenant` is that of its subscription.
    pub(super) fn scopes(&self, alert: &Alert, tenant: Option<&str>) -> BTreeSet<String> {
        let id = alert.subscription_id.as_deref();
        let subscription = id.map(|id| format!("/subscriptions/{id}"));
        let mut all = BTreeSet::new();
        for id in alert.resources.iter().chain(&subscription) {
            let outwards = ResourceId::parse(id).into_iter().flat_map(ResourceId::outwards);
            all.extend(outwards.map(|id| id.as_str().to_owned()));
        }
        let Some(id) = id else { return all };
        // The root group has the id of the tenant.
        let groups = self.under.get(id).into_iter().flatten().copied().chain(tenant);
        all.extend(
            groups.map(|group| format!("/providers/microsoft.management/managementgroups/{group}")),
        );
        all.insert("/".to_owned());
        all
    }

    /// The tenants from which a subscription is managed: those of whom the alert names, where the log tells
    /// them; else all that the subscription was delegated to.
    pub(super) fn tenants(&self, alert: &Alert, entry: &Subscription) -> BTreeSet<String> {
        let delegated: BTreeSet<&str> =
            entry.delegations.iter().filter_map(|d| d.tenant_id.as_deref()).collect();
        let own = entry.tenant_id.as_deref();
        let named = alert.principals.iter().filter_map(|id| {
            let principal = &self.facts.principals.all[self.facts.principals.find(id)?];
            // Who administers on behalf of a customer holds a token of the customer's tenant.
            let foreign = principal.kind == PrincipalKind::Foreign;
            let tenant = if foreign { &principal.home_tenant } else { &principal.token_tenant };
            let tenant = tenant.as_deref().filter(|tenant| !tenant.is_empty())?;
            let is_foreign = own.is_some_and(|own| own != tenant);
            (is_foreign || delegated.contains(tenant)).then(|| tenant.to_owned())
        });
        let named: BTreeSet<String> = named.collect();
        if named.is_empty() { delegated.into_iter().map(str::to_owned).collect() } else { named }
    }
}

/// The administrators of a tenant from which a subscription is managed.
pub(super) fn contact(entry: &Subscription, tenant: &str) -> Contact {
    let is_to = |d: &&Delegation| d.tenant_id.as_deref() == Some(tenant);
    let delegation = entry.delegations.iter().rev().find(is_to);
    let (by, since) = match delegation {
        Some(delegation) => ("the registration of the delegation", delegation.time),
        None => ("the tokens of its accounts", None),
    };
    Contact {
        who: format!("the administrators of the managing tenant {tenant}"),
        why: "their accounts act here through a delegation: ask whether they did, and by a known contact of the provider".to_owned(),
        since,
        known_by: Some(by.to_owned()),
        ..Contact::default()
    }
}
