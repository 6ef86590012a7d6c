//! The claims of a token per kind of principal, in the order in which Entra ID writes them.

use serde_json::{Map, Value};

use super::model::{Grant, Kind, Principal, Token};

const X: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const M: &str = "http://schemas.microsoft.com/identity/claims/";
const S: &str = "http://schemas.microsoft.com/claims/";

/// Returns all claims of a token; every value is a string.
pub(crate) fn claims(principal: &Principal, token: &Token) -> Map<String, Value> {
    let mut out = Claims(Map::new());
    if principal.kind == Kind::Service {
        out.put(X, "spn", &principal.login);
        return out.0;
    }
    out.put("", "aud", "https://management.core.windows.net/");
    out.put("", "iss", &authority(&principal.tenant));
    out.put("", "iat", &token.issued.to_string());
    out.put("", "nbf", &token.issued.to_string());
    out.put("", "exp", &(token.issued + lifetime(principal.kind)).to_string());
    if principal.kind.is_human() {
        person(&mut out, principal, token);
    } else {
        application(&mut out, principal, token);
    }
    out.0
}

/// Returns the caller: a virtual field that Azure computes from the claims.
pub(crate) fn caller(principal: &Principal) -> &str {
    match principal.kind {
        Kind::ServicePrincipal | Kind::ManagedIdentity => &principal.object_id,
        _ => &principal.login,
    }
}

/// Returns the evidence: the role assignment that allowed a call, ids without dashes.
pub(crate) fn evidence(principal: &Principal, subscription: &str) -> Map<String, Value> {
    let Grant { role, definition, assignment, scope } = &principal.grant;
    let whole = format!("/subscriptions/{subscription}");
    let kind = if principal.kind.is_human() { "User" } else { "ServicePrincipal" };
    let mut out = Claims(Map::new());
    out.put("", "role", role);
    out.put("", "roleAssignmentScope", if scope.is_empty() { &whole } else { scope });
    out.put("", "roleAssignmentId", &plain_hex(assignment));
    out.put("", "roleDefinitionId", &plain_hex(definition));
    out.put("", "principalId", &plain_hex(&principal.object_id));
    out.put("", "principalType", kind);
    out.0
}

/// Returns a GUID as 32 hex digits.
pub(crate) fn plain_hex(guid: &str) -> String {
    guid.replace('-', "")
}

struct Claims(Map<String, Value>);

impl Claims {
    fn put(&mut self, namespace: &str, name: &str, value: &str) {
        self.0.insert(format!("{namespace}{name}"), Value::from(value));
    }
}

fn authority(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

/// Seconds that a token lives: about 75 minutes for people, a day for applications.
fn lifetime(kind: Kind) -> u64 {
    if kind.is_human() { 4_680 } else { 86_700 }
}

/// The last characters of the opaque `rh` claim differ per principal, as in real tokens.
fn refresh_hint(principal: &Principal) -> String {
    format!("1.A{}.", &plain_hex(&principal.object_id)[..28])
}

fn client<'a>(principal: &'a Principal, token: &'a Token) -> (&'a str, &'a str) {
    match &token.client {
        Some((id, auth)) => (id, auth),
        None => (&principal.app_id, &principal.app_auth),
    }
}

fn puid(principal: &Principal) -> String {
    format!("10032002{}", plain_hex(&principal.object_id)[..8].to_uppercase())
}

fn person(out: &mut Claims, principal: &Principal, token: &Token) {
    let (given, surname) = principal.name.split_once(' ').unwrap_or((&principal.name, ""));
    let (app, auth) = client(principal, token);
    let external = matches!(principal.kind, Kind::Guest | Kind::Personal);
    out.put(S, "authnclassreference", "1");
    out.put("", "aio", &token.aio);
    match principal.kind {
        Kind::Guest => out.put("", "altsecid", &format!("5::{}", puid(principal))),
        Kind::Personal => out.put("", "altsecid", &format!("1:live.com:{}", puid(principal))),
        _ => {}
    }
    out.put(S, "authnmethodsreferences", &principal.methods);
    out.put("", "appid", app);
    out.put("", "appidacr", auth);
    if external {
        out.put(X, "emailaddress", &principal.login);
    }
    out.put(X, "surname", surname);
    out.put(X, "givenname", given);
    match principal.kind {
        Kind::Guest => out.put(M, "identityprovider", &authority(&principal.home)),
        Kind::Personal => out.put(M, "identityprovider", "live.com"),
        _ => {}
    }
    out.put("", "idtyp", "user");
    out.put("", "ipaddr", &token.address);
    out.put("", "name", &principal.name);
    out.put(M, "objectidentifier", &principal.object_id);
    out.put("", "puid", &puid(principal));
    out.put("", "rh", &refresh_hint(principal));
    out.put(M, "scope", "user_impersonation");
    out.put(X, "nameidentifier", &format!("{}AbQ", plain_hex(&principal.object_id)));
    out.put(M, "tenantid", &principal.tenant);
    match principal.kind {
        Kind::Personal => out.put(X, "name", &format!("live.com#{}", principal.login)),
        _ => out.put(X, "name", &principal.login),
    }
    if !external {
        out.put(X, "upn", &principal.login);
    }
    out.put("", "uti", &token.uti);
    out.put("", "ver", "1.0");
    out.put("", "wids", &principal.directory_roles);
    out.put("", "xms_idrel", if external { "5 2" } else { "1 4" });
    out.put("", "xms_tcdt", "1486377600");
}

fn application(out: &mut Claims, principal: &Principal, token: &Token) {
    let (app, auth) = client(principal, token);
    out.put("", "aio", &token.aio);
    out.put("", "appid", app);
    out.put("", "appidacr", auth);
    out.put(M, "identityprovider", &authority(&principal.home));
    out.put("", "idtyp", "app");
    out.put(M, "objectidentifier", &principal.object_id);
    out.put("", "rh", &refresh_hint(principal));
    out.put(X, "nameidentifier", &principal.object_id);
    out.put(M, "tenantid", &principal.tenant);
    out.put("", "uti", &token.uti);
    out.put("", "ver", "1.0");
    if principal.kind == Kind::ManagedIdentity {
        out.put("", "xms_mirid", &principal.arm_id);
    }
    out.put("", "xms_tcdt", "1486377600");
}

#[cfg(test)]
mod tests {
    use super::super::story;
    use super::*;

    fn of(kind: Kind) -> Map<String, Value> {
        let story = story();
        let found = story.principals.iter().find(|p| p.kind == kind).expect("in the cast");
        claims(found, &Token { address: "192.0.2.1".into(), ..Token::default() })
    }

    #[test]
    fn only_members_and_providers_have_an_upn() {
        let upn = format!("{X}upn");
        for kind in [Kind::User, Kind::Provider] {
            assert!(of(kind).contains_key(&upn), "{kind:?}");
        }
        for kind in [Kind::Guest, Kind::Personal, Kind::ServicePrincipal, Kind::ManagedIdentity] {
            assert!(!of(kind).contains_key(&upn), "{kind:?}");
        }
    }

    #[test]
    fn a_guest_shows_its_home_and_a_personal_account_its_provider() {
        let (guest, personal) = (of(Kind::Guest), of(Kind::Personal));
        let home = guest[&format!("{M}identityprovider")].as_str().expect("text");
        assert!(!home.contains(guest[&format!("{M}tenantid")].as_str().expect("text")));
        assert!(guest["altsecid"].as_str().expect("text").starts_with("5::"));
        assert_eq!(personal[&format!("{M}identityprovider")], "live.com");
        assert!(personal[&format!("{X}name")].as_str().expect("text").starts_with("live.com#"));
    }

    #[test]
    fn application_tokens_have_no_scope_and_no_methods() {
        for kind in [Kind::ServicePrincipal, Kind::ManagedIdentity] {
            let claims = of(kind);
            assert!(!claims.contains_key(&format!("{M}scope")));
            assert!(!claims.contains_key(&format!("{S}authnmethodsreferences")));
            assert_eq!(claims.contains_key("xms_mirid"), kind == Kind::ManagedIdentity);
        }
        assert_eq!(of(Kind::Service).len(), 1);
    }
}
