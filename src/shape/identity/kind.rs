//! What kind of principal the claims, the evidence and the caller of an event tell of.

use super::{Claims, Identity};
use crate::azure::principal::{MICROSOFT_SERVICES_TENANT, PERSONAL_ACCOUNTS_TENANT, PrincipalKind};
use crate::azure::resource_id::is_guid;

/// Whether it is the name of an Azure service, such as `Microsoft.Advisor`, and no address.
pub(super) fn is_service(name: &str) -> bool {
    name.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("Microsoft."))
        && !name.contains('@')
}

pub(super) fn kind(id: &Identity, c: &Claims, caller: &str, evidence: &str) -> PrincipalKind {
    use PrincipalKind as K;
    if !c.any && id.oid.is_empty() && c.upn.is_empty() {
        return match caller {
            "" => kind_of_evidence(evidence),
            _ if is_service(caller) => K::AzureService,
            _ if caller.contains("#EXT#") || caller.contains("#ext#") => K::Guest,
            _ if caller.starts_with("live.com#") => K::Msa,
            _ if caller.contains('@') => K::User,
            // Applications call by their object id, but an id alone does not say whose it is.
            _ if is_guid(caller) => kind_of_evidence(evidence),
            _ => K::Unknown,
        };
    }
    if id.oid.is_empty() && (!c.spn.is_empty() || is_service(caller)) {
        return K::AzureService;
    }
    if !id.resource.is_empty() {
        return K::ManagedIdentity;
    }
    let person = c.scope
        || !id.puid.is_empty()
        || !id.methods.is_empty()
        || [&c.upn, &c.email, &c.unique_name].iter().any(|name| name.contains('@'))
        || caller.contains('@');
    if c.id_type == "app" || (c.any && c.id_type != "user" && !person) {
        let microsoft = id.token_tenant == MICROSOFT_SERVICES_TENANT;
        return if microsoft { K::AzureService } else { K::ServicePrincipal };
    }
    if evidence.eq_ignore_ascii_case("ForeignGroup") {
        return K::Foreign;
    }
    if id.home_tenant == PERSONAL_ACCOUNTS_TENANT {
        return K::Msa;
    }
    let elsewhere = !id.home_tenant.is_empty()
        && !id.token_tenant.is_empty()
        && id.home_tenant != id.token_tenant;
    // The directory's own name for a guest holds the mark.
    let external = c.alt_sec_id.starts_with("5::")
        || c.alt_sec_id.starts_with("1:")
        || [&c.upn, &c.unique_name].iter().any(|name| name.to_ascii_lowercase().contains("#ext#"));
    // Tokens of guests name the guest account, and never a principal name: whoever lives elsewhere
    // and has none acts through a partner relationship (GDAP, DAP).
    let named = c.upn.contains('@') || !id.puid.is_empty();
    if elsewhere && !external && c.email.is_empty() && named {
        return K::Foreign;
    }
    if elsewhere || external { K::Guest } else { K::User }
}

fn kind_of_evidence(evidence: &str) -> PrincipalKind {
    match evidence.to_ascii_lowercase().as_str() {
        "user" => PrincipalKind::User,
        "serviceprincipal" => PrincipalKind::ServicePrincipal,
        _ => PrincipalKind::Unknown,
    }
}
