//! Principals and subscriptions as lists of the tenant name them.

use std::collections::{BTreeMap, BTreeSet};

use super::Owner;
use crate::corpus::Corpus;
use crate::shape::Identity;
use crate::shape::context::HeldPrincipal;

/// Returns the principals that lists name, each as often as it is named differently.
pub(super) fn by_lists(corpus: &Corpus) -> BTreeSet<Identity> {
    corpus.context.principals.iter().map(|(_, held)| identity(held)).collect()
}

fn identity(held: &HeldPrincipal) -> Identity {
    let key = if held.kind.is_person() && !held.upn.is_empty() { &held.upn } else { &held.oid };
    Identity {
        kind: held.kind,
        key: key.clone(),
        name: held.name.clone(),
        upn: held.upn.clone(),
        oid: held.oid.clone(),
        app_id: held.app_id.clone(),
        resource: held.resource.clone(),
        ..Identity::default()
    }
}

/// Adds the owners that lists of subscriptions state; what events state stays.
pub(super) fn add_owners(corpus: &Corpus, owners: &mut BTreeMap<String, Owner>) {
    let stated = corpus.context.subscriptions.iter().filter(|(_, held)| !held.tenant.is_empty());
    for (_, held) in stated {
        let owner = Owner { tenant: held.tenant.clone(), inferred: false };
        owners.entry(held.id.clone()).or_insert(owner);
    }
}
