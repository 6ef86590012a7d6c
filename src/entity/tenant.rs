//! Which tenant owns a subscription.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::foreign::{Way, way};
use crate::azure::principal::PrincipalKind;
use crate::azure::resource_id::ResourceId;
use crate::corpus::{Corpus, NONE};
use crate::ledger::Operation;
use crate::shape::access::Access;

/// The owner of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The tenant.
    pub tenant: String,
    /// Whether no event names it and it is the tenant of most of the subscription's member users.
    pub inferred: bool,
}

/// Returns the owners of all subscriptions for which one can be told.
pub fn owners(corpus: &Corpus) -> BTreeMap<String, Owner> {
    let mut owners: BTreeMap<String, Owner> = BTreeMap::new();
    for (subscription, tenants) in &corpus.tenants {
        if let Some(tenant) = most(tenants) {
            owners.insert(subscription.clone(), Owner { tenant, inferred: false });
        }
    }
    super::listed::add_owners(corpus, &mut owners);
    if let Some(home) = &corpus.home_tenant {
        for subscription in corpus.names.subscription.iter() {
            let known = owners.entry(subscription.to_owned());
            known.or_insert_with(|| Owner { tenant: home.clone(), inferred: false });
        }
    }
    let mut events: HashMap<(u32, u32), u64> = HashMap::new();
    for row in corpus.spine.rows().filter(|&row| corpus.spine.subscription[row] != NONE) {
        let pair = (corpus.spine.subscription[row], corpus.spine.identity[row]);
        *events.entry(pair).or_default() += 1;
    }
    let mut tokens: BTreeMap<u32, BTreeMap<String, u64>> = BTreeMap::new();
    for ((subscription, identity), events) in events {
        let id = &corpus.identities[identity as usize];
        if id.kind == PrincipalKind::User && !id.token_tenant.is_empty() {
            let tenants = tokens.entry(subscription).or_default();
            *tenants.entry(id.token_tenant.clone()).or_default() += events;
        }
    }
    let managing = managing(corpus);
    for (subscription, mut tenants) in tokens {
        let subscription = corpus.names.subscription.text_of(subscription);
        tenants.retain(|tenant, _| !managing.contains(&(subscription, tenant.as_str())));
        if let (false, Some(tenant)) = (owners.contains_key(subscription), most(&tenants)) {
            owners.insert(subscription.to_owned(), Owner { tenant, inferred: true });
        }
    }
    owners
}

/// Subscriptions and the tenants that are offered to manage them: those own them not.
fn managing(corpus: &Corpus) -> BTreeSet<(&str, &str)> {
    let offers = corpus.access.iter().filter_map(|(_, access)| match access {
        Access::Offer(offer) => {
            let subscription = ResourceId::parse(&offer.id)?.subscription()?;
            Some((subscription, offer.tenant.as_str()))
        }
        _ => None,
    });
    let listed = corpus.context.subscriptions.iter().flat_map(|(_, held)| {
        held.managed_by.iter().map(|tenant| (held.id.as_str(), tenant.as_str()))
    });
    offers.chain(listed).collect()
}

/// Returns whether an operation was done by a principal that is foreign to the tenant which owns its subscription.
pub fn delegation<'d>(
    corpus: &'d Corpus,
    owners: &'d BTreeMap<String, Owner>,
) -> impl Fn(&Operation) -> bool + Sync + 'd {
    // By code, so that no name is looked up for an operation.
    let subscriptions = &corpus.names.subscription;
    let owners_by_code: Vec<Option<&Owner>> =
        subscriptions.iter().map(|id| owners.get(id)).collect();
    move |operation| {
        let Some(id) = corpus.identities.get(operation.identity as usize) else { return false };
        let owner = owners_by_code.get(operation.subscription as usize).copied().flatten();
        way(id, owner).is_some_and(Way::is_delegated)
    }
}

/// The tenant with the highest number; of equals the first in order.
fn most(counts: &BTreeMap<String, u64>) -> Option<String> {
    let best = counts.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))?;
    Some(best.0.clone())
}
