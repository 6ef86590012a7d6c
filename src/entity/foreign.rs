//! How principals come into a subscription whose tenant is not their own.

use std::collections::BTreeMap;

use super::Owner;
use crate::azure::app;
use crate::azure::principal::{MICROSOFT_SERVICES_TENANT, PrincipalKind};
use crate::corpus::Corpus;
use crate::shape::Identity;

/// The way in from another tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Azure Lighthouse: the token is issued by the tenant that manages.
    Lighthouse,
    /// A partner who administers on behalf of a customer (DAP, GDAP): the role is that of a foreign group.
    Partner,
    /// An application that another tenant owns, with a service principal here.
    Application,
    /// A guest with a personal Microsoft account.
    PersonalAccount,
    /// A guest from another Entra tenant.
    Guest,
}

impl Way {
    /// Whether rights were delegated to another tenant; guests and applications have their own here.
    pub fn is_delegated(self) -> bool {
        matches!(self, Way::Lighthouse | Way::Partner)
    }
}

/// The tenant of Microsoft's own staff and many of its applications.
const MICROSOFT_TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

/// Returns how a principal came into a subscription of another tenant; `None` for members, for Azure's
/// own services, and where the evidence does not tell.
pub fn way(id: &Identity, owner: Option<&Owner>) -> Option<Way> {
    use PrincipalKind as K;
    // A token of another tenant is delegation, wherever its holder lives.
    let away = owner.is_some_and(|o| !id.token_tenant.is_empty() && o.tenant != id.token_tenant);
    match id.kind {
        K::AzureService | K::Unknown => None,
        K::Foreign => Some(Way::Partner),
        _ if away => Some(Way::Lighthouse),
        K::Guest => Some(Way::Guest),
        K::Msa => Some(Way::PersonalAccount),
        K::User | K::ServicePrincipal | K::ManagedIdentity => None,
    }
}

/// The tenants that own applications, by the object ids of their service principals.
///
/// Only lists of service principals tell; Microsoft's own applications are left out.
pub fn application_owners(corpus: &Corpus) -> BTreeMap<&str, &str> {
    let listed = corpus.context.principals.iter().map(|(_, held)| held);
    let foreign = listed.filter(|held| {
        let tenant = held.owner_tenant.as_str();
        let is_microsoft = [MICROSOFT_SERVICES_TENANT, MICROSOFT_TENANT].contains(&tenant);
        !tenant.is_empty() && !is_microsoft && app::by_id(&held.app_id).is_none()
    });
    foreign.map(|held| (held.oid.as_str(), held.owner_tenant.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_guests_and_providers_are_told_apart_by_their_tenants() {
        use PrincipalKind as K;
        let owner = Owner { tenant: "own".into(), inferred: false };
        let of = |kind, token: &str, home: &str, owner: Option<&Owner>| {
            let (token_tenant, home_tenant) = (token.to_owned(), home.to_owned());
            way(&Identity { kind, token_tenant, home_tenant, ..Identity::default() }, owner)
        };
        for (kind, token, home, expected) in [
            (K::User, "own", "own", None),
            (K::User, "", "", None),
            (K::User, "provider", "provider", Some(Way::Lighthouse)),
            (K::Guest, "own", "other", Some(Way::Guest)),
            (K::Guest, "provider", "other", Some(Way::Lighthouse)),
            (K::Msa, "own", "live", Some(Way::PersonalAccount)),
            (K::Foreign, "own", "partner", Some(Way::Partner)),
            (K::ServicePrincipal, "own", "own", None),
            (K::ServicePrincipal, "provider", "provider", Some(Way::Lighthouse)),
            (K::ManagedIdentity, "provider", "provider", Some(Way::Lighthouse)),
            (K::AzureService, "provider", "", None),
            (K::Unknown, "provider", "", None),
        ] {
            assert_eq!(of(kind, token, home, Some(&owner)), expected, "{kind:?} {token}");
        }
        assert_eq!(of(K::User, "provider", "provider", None), None, "nobody knows whose it is");
        assert_eq!(of(K::Guest, "own", "other", None), Some(Way::Guest));
    }
}
