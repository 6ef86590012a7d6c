//! Who did it: the principal of one event, from its claims, its role evidence and its caller.
//!
//! Names of claims are compared by their last part, so that full names, short
//! names and names whose dots an indexer replaced all count.

mod kind;

use kind::{is_service, kind};

use super::field::text;
use super::object::is_nothing;
use super::text::with_object;
use crate::azure::principal::{PERSONAL_ACCOUNTS_TENANT, PrincipalKind};
use crate::azure::resource_id::{dash_guid, is_guid};
use crate::base::json::Value;
use crate::schema::Event;

/// What one event says of the principal behind it. Ids and names used as keys are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// What it is.
    pub kind: PrincipalKind,
    /// Key for reports; empty when the event has no principal.
    pub key: String,
    /// Display name.
    pub name: String,
    /// User principal name, or e-mail address of a guest.
    pub upn: String,
    /// Object id in the token's tenant.
    pub oid: String,
    /// Client application.
    pub app_id: String,
    /// How the application proved itself: none, secret, certificate.
    pub app_auth: &'static str,
    /// Tenant that issued the token.
    pub token_tenant: String,
    /// Tenant in which the identity lives.
    pub home_tenant: String,
    /// Passport id, the same in all tenants.
    pub puid: String,
    /// Sign-in methods.
    pub methods: String,
    /// Whether a second factor was used, if the token says.
    pub mfa: Option<bool>,
    /// Address to which the token was issued.
    pub token_ip: String,
    /// Token id.
    pub token_id: String,
    /// Whether the token holds the Global Administrator role.
    pub global_admin: bool,
    /// ARM id of the managed identity or of the resource it belongs to.
    pub resource: String,
}

impl Identity {
    /// Whether both are known and differ: by their object ids where both have one, else by key.
    pub fn is_other(&self, other: &Identity) -> bool {
        let ids = !self.oid.is_empty() && !other.oid.is_empty();
        let [a, b] = [self, other].map(|id| if ids { &id.oid } else { &id.key });
        !a.is_empty() && !b.is_empty() && a != b
    }

    /// Returns the value of a column that comes with the principal; `None` when it is empty or no such column.
    pub fn value(&self, column: Event) -> Option<&str> {
        let value = match column {
            Event::Actor => self.key.as_str(),
            // An event that nobody stands behind has no kind of principal either.
            Event::ActorType if !self.key.is_empty() => self.kind.as_str(),
            Event::ActorName => &self.name,
            Event::ActorUpn => &self.upn,
            Event::ActorOid => &self.oid,
            Event::AppId => &self.app_id,
            Event::AppAuth => self.app_auth,
            Event::TokenTenant => &self.token_tenant,
            Event::HomeTenant => &self.home_tenant,
            Event::AuthMethods => &self.methods,
            Event::TokenIp => &self.token_ip,
            Event::TokenId => &self.token_id,
            _ => "",
        };
        (!value.is_empty()).then_some(value)
    }
}

/// Directory role template of the Global Administrator.
const GLOBAL_ADMIN: &str = "62e90394-69f5-4237-9190-012177145e10";

/// What stands beside the claims and helps where they are missing.
#[derive(Clone, Copy, Default)]
pub struct Hints<'a> {
    /// The caller as written.
    pub caller: Option<&'a str>,
    /// The authorization object, for its evidence.
    pub authorization: Option<Value<'a>>,
    /// The `CallerInfo` list of Privileged Identity Management.
    pub caller_info: Option<Value<'a>>,
}

/// The claims that matter, as written.
#[derive(Default)]
struct Claims {
    upn: String,
    unique_name: String,
    email: String,
    idp: String,
    alt_sec_id: String,
    spn: String,
    id_type: String,
    scope: bool,
    any: bool,
}

/// Who is behind an event.
pub struct Identified {
    /// The principal.
    pub identity: Identity,
    /// Whether the evidence is asked for the object id, whatever it answers.
    pub asks: bool,
}

/// Works out who is behind an event.
pub fn identify(claims: Option<Value<'_>>, hints: Hints<'_>) -> Identified {
    let mut id = Identity::default();
    let mut c = Claims::default();
    if let Some(claims) = claims {
        read_claims(claims, &mut id, &mut c);
    }
    if let Some(info) = hints.caller_info {
        read_caller_info(info, &mut id, &mut c);
    }
    let caller = hints.caller.map(str::trim).filter(|c| !is_placeholder(c)).unwrap_or_default();
    let evidence = hints.authorization.and_then(|a| a.get("evidence"));
    let evidence_kind = evidence.and_then(|e| either(e, "principalType", "principal_type"));
    let evidence_kind = evidence_kind.unwrap_or_default();
    // Microsoft's own machinery signs with an address of the house and nothing else.
    let bare = id.oid.is_empty() && id.puid.is_empty() && id.token_tenant.is_empty();
    if bare && c.upn.is_empty() && c.email.to_ascii_lowercase().ends_with("@microsoft.com") {
        c.spn = std::mem::take(&mut c.email);
    }
    id.home_tenant = home_tenant(&id, &c);
    id.kind = kind(&id, &c, caller, &evidence_kind);
    if id.oid.is_empty() && is_guid(caller) {
        id.oid = guid(caller);
    }
    // What the evidence says of its kind counts where no claim was read.
    let asks = !c.any || id.oid.is_empty();
    fill_ids(&mut id, &c, caller, evidence, &evidence_kind);
    id.key = key(&id, &c, caller);
    Identified { identity: id, asks }
}

/// Returns what the evidence says of the object id: the kind of principal, and which.
pub fn told_by(evidence: Value<'_>) -> [std::borrow::Cow<'_, str>; 2] {
    let told = |own, elastic| either(evidence, own, elastic).unwrap_or_default();
    [told("principalType", "principal_type"), told("principalId", "principal_id")]
}

/// The text of a member of the evidence, by the service's name for it or by that of Elastic.
fn either<'a>(evidence: Value<'a>, own: &str, elastic: &str) -> Option<std::borrow::Cow<'a, str>> {
    text(evidence.get(own)).or_else(|| text(evidence.get(elastic)))
}

/// Whether a caller is no name: nothing, or what an export or an anonymiser wrote in its place.
fn is_placeholder(caller: &str) -> bool {
    caller.starts_with(['<', '('])
        || ["", "null", "n/a", "-", "none"].iter().any(|p| caller.eq_ignore_ascii_case(p))
}

fn read_claims(claims: Value<'_>, id: &mut Identity, c: &mut Claims) {
    let mut members = claims.members();
    while let Some((name, value)) = members.next_raw() {
        // Some indexers put each value in a list.
        let Some(value) = value.text().or_else(|| value.items().next()?.text()) else { continue };
        // A table may have written something where this token had no such claim.
        if is_nothing(&value) {
            continue;
        }
        c.any = true;
        let (uri, last) = name.rsplit_once('/').map_or((false, name), |(_, last)| (true, last));
        let own = |place: &mut String| value.trim().clone_into(place);
        let lower = |place: &mut String| *place = value.to_ascii_lowercase();
        match (lowered(last, &mut [0; LONGEST_NAME]), uri) {
            ("objectidentifier" | "oid", _) => id.oid = guid(&value),
            ("tenantid" | "tid", _) => lower(&mut id.token_tenant),
            ("iss", _) if id.token_tenant.is_empty() => {
                id.token_tenant = sts_tenant(&value).unwrap_or_default();
            }
            ("upn", _) => own(&mut c.upn),
            ("name", true) | ("unique_name" | "preferred_username", false) => {
                own(&mut c.unique_name);
            }
            ("name", false) => own(&mut id.name),
            // Services without a name of their own for this claim stand here too.
            ("emailaddress" | "email", _) if is_service(&value) => own(&mut c.spn),
            ("emailaddress" | "email", _) => own(&mut c.email),
            ("identityprovider" | "idp", _) => lower(&mut c.idp),
            ("altsecid", _) => lower(&mut c.alt_sec_id),
            ("scope" | "scp", _) => c.scope = true,
            ("appid" | "azp", _) => id.app_id = guid(&value),
            ("appidacr" | "azpacr", _) => id.app_auth = app_auth(&value),
            ("authnmethodsreferences" | "amr", _) => lower(&mut id.methods),
            ("puid", _) => lower(&mut id.puid),
            ("ipaddr", _) => own(&mut id.token_ip),
            ("uti", _) => own(&mut id.token_id),
            ("idtyp", _) => lower(&mut c.id_type),
            ("xms_mirid", _) => {
                lower(&mut id.resource);
                value.trim().rsplit('/').next().unwrap_or_default().clone_into(&mut id.name);
            }
            // The resource that the identity was used on; its own id says more.
            ("xms_az_rid", _) if id.resource.is_empty() => lower(&mut id.resource),
            ("wids", _) => id.global_admin = value.contains(GLOBAL_ADMIN),
            ("spn", _) => own(&mut c.spn),
            _ => {}
        }
    }
    id.mfa = (!id.methods.is_empty())
        .then(|| id.methods.split([',', ' ', '"']).any(|m| matches!(m, "mfa" | "ngcmfa")));
}

/// Bytes of the longest name of a claim that is read.
const LONGEST_NAME: usize = 32;

/// A name in lower case; empty for one that is longer than any that is read.
fn lowered<'b>(name: &str, buffer: &'b mut [u8; LONGEST_NAME]) -> &'b str {
    let Some(lower) = buffer.get_mut(..name.len()) else { return "" };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    std::str::from_utf8(lower).unwrap_or_default()
}

/// Reads `[{"CallerIdentityType": "UPN", "CallerIdentityValue": "..."}, ...]`.
fn read_caller_info(info: Value<'_>, id: &mut Identity, c: &mut Claims) {
    let mut service = false;
    for item in info.items() {
        c.any = true;
        let value = text(item.get("CallerIdentityValue")).unwrap_or_default();
        match text(item.get("CallerIdentityType")).unwrap_or_default().as_ref() {
            "UPN" => c.upn = value.into_owned(),
            "ObjectID" => id.oid = guid(&value),
            "Name" => id.name = value.into_owned(),
            "Username" => service = value == "AzureADPIM",
            "ObjectClass" if value.eq_ignore_ascii_case("User") => {
                "user".clone_into(&mut c.id_type);
            }
            _ => {}
        }
    }
    if service && c.upn.is_empty() {
        // Privileged Identity Management itself acts; it says "User" of itself too.
        "app".clone_into(&mut c.id_type);
    }
}

fn app_auth(value: &str) -> &'static str {
    match value {
        "0" => "none",
        "1" => "secret",
        "2" => "certificate",
        _ => "",
    }
}

/// A GUID in its usual form; other text in lower case.
fn guid(text: &str) -> String {
    dash_guid(text).map_or_else(|| text.trim().to_ascii_lowercase(), std::borrow::Cow::into_owned)
}

/// The tenant in `https://sts.windows.net/{tenant}/` or `https://login.microsoftonline.com/{tenant}/v2.0`.
fn sts_tenant(issuer: &str) -> Option<String> {
    let rest = issuer.split_once("//")?.1;
    let (host, path) = rest.split_once('/')?;
    let known = ["sts.windows.net", "login.microsoftonline.com"];
    let tenant = path.split('/').next()?;
    (known.iter().any(|k| host.eq_ignore_ascii_case(k)) && is_guid(tenant))
        .then(|| tenant.to_ascii_lowercase())
}

fn home_tenant(id: &Identity, c: &Claims) -> String {
    if c.idp == "live.com" || c.alt_sec_id.starts_with("1:live.com:") {
        return PERSONAL_ACCOUNTS_TENANT.to_owned();
    }
    sts_tenant(&c.idp).unwrap_or_else(|| {
        // A foreign identity provider that is no Entra tenant leaves the home unknown.
        if c.idp.is_empty() || is_guid(&c.idp) { id.token_tenant.clone() } else { String::new() }
    })
}

fn fill_ids(
    id: &mut Identity,
    c: &Claims,
    caller: &str,
    evidence: Option<Value<'_>>,
    evidence_kind: &str,
) {
    let direct = ["user", "serviceprincipal"].iter().any(|k| evidence_kind.eq_ignore_ascii_case(k));
    if id.oid.is_empty() && direct && !matches!(id.kind, PrincipalKind::AzureService) {
        let principal =
            evidence.and_then(|e| either(e, "principalId", "principal_id")).unwrap_or_default();
        id.oid = guid(&principal);
    }
    if id.kind.is_person() {
        let names = [c.upn.as_str(), &c.email, after_mark(&c.unique_name), after_mark(caller)];
        let name = names.into_iter().find(|name| name.contains('@'));
        id.upn = name.unwrap_or_default().to_lowercase();
    }
}

/// The name in a caller or a unique name: `live.com#user@example.org` names the part after the mark, while
/// the mark in `user_example.org#EXT#@contoso.com` is a part of the name.
fn after_mark(name: &str) -> &str {
    let is_whole = name.to_ascii_lowercase().contains("#ext#");
    if is_whole { name } else { name.rsplit('#').next().unwrap_or_default() }
}

fn key(id: &Identity, c: &Claims, caller: &str) -> String {
    use PrincipalKind as K;
    let first = match id.kind {
        K::User | K::Guest | K::Msa | K::Foreign => [&id.upn, &id.oid],
        K::AzureService if id.oid.is_empty() => [&c.spn, &id.oid],
        _ => [&id.oid, &id.upn],
    };
    let known = first.into_iter().find(|s| !s.is_empty()).map_or(caller, String::as_str);
    known.to_lowercase()
}

/// Reads the claims of an event wherever they stand; `take` is given nothing when there are none.
pub fn with_claims<R>(
    first: Option<Value<'_>>,
    other: Option<Value<'_>>,
    take: impl FnOnce(Option<Value<'_>>) -> R,
) -> R {
    let has = |v: Option<Value<'_>>| with_object(v, |o| o.members().next().is_some()) == Some(true);
    let chosen = if has(first) { first } else { other };
    match chosen {
        Some(value) if value.is_object() => take(Some(value)),
        Some(value) => match super::Nested::open(value) {
            Some(nested) if nested.root().is_object() => take(Some(nested.root())),
            _ => take(None),
        },
        None => take(None),
    }
}

#[cfg(test)]
mod tests;
