//! Which tenant owns a subscription.

use std::collections::BTreeMap;

use crate::azure::principal::PrincipalKind;
use crate::corpus::{Corpus, NONE};
use crate::ledger::Operation;

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
    let mut tokens: BTreeMap<u32, BTreeMap<String, u64>> = BTreeMap::new();
    for row in corpus.spine.rows() {
        let id = &corpus.identities[corpus.spine.identity[row] as usize];
        let subscription = corpus.spine.subscription[row];
        if subscription != NONE && id.kind == PrincipalKind::User && !id.token_tenant.is_empty() {
            *tokens.entry(subscription).or_default().entry(id.token_tenant.clone()).or_default() +=
                1;
        }
    }
    for (subscription, tenants) in tokens {
        let subscription = corpus.names.subscription.text_of(subscription);
        if let (false, Some(tenant)) = (owners.contains_key(subscription), most(&tenants)) {
            owners.insert(subscription.to_owned(), Owner { tenant, inferred: true });
        }
    }
    owners
}

/// Returns whether an operation was done by a principal that is foreign to the tenant which owns its subscription.
pub fn delegation<'d>(
    corpus: &'d Corpus,
    owners: &'d BTreeMap<String, Owner>,
) -> impl Fn(&Operation) -> bool + Sync + 'd {
    // By code, so that no name is looked up for an operation.
    let subscriptions = &corpus.names.subscription;
    let tenants: Vec<Option<&str>> =
        subscriptions.iter().map(|id| owners.get(id).map(|owner| owner.tenant.as_str())).collect();
    move |operation| {
        use PrincipalKind as K;
        let Some(id) = corpus.identities.get(operation.identity as usize) else { return false };
        match id.kind {
            K::Foreign => true,
            K::AzureService | K::Unknown => false,
            K::User | K::Guest | K::Msa | K::ServicePrincipal | K::ManagedIdentity => {
                let owner = tenants.get(operation.subscription as usize).copied().flatten();
                owner.is_some_and(|owner| !id.token_tenant.is_empty() && owner != id.token_tenant)
            }
        }
    }
}

/// The tenant with the highest number; of equals the first in order.
fn most(counts: &BTreeMap<String, u64>) -> Option<String> {
    let best = counts.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))?;
    Some(best.0.clone())
}
