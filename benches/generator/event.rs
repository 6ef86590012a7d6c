//! Owns the events of the generated log, and how the exports write them.
//!
//! The order of the members is the exports' own; a storage-account record is upper case where
//! Azure writes it so.

use std::rc::Rc;

use super::json::Json;
use super::time::UNIX_TO_TICKS;
use super::time::timestamp;
use super::token::Token;
use super::world::Kind;
use super::world::Principal;
use super::world::Subscription;
use super::world::World;

const BUILD: &str = "6.2026.4.4+2b5c77c70ba4d1bb1b4cdd1b9c4b9ea1c18a0b3f.release_2026w04";

/// The prefix of claim types from Microsoft's directory.
const MICROSOFT: &str = "http://schemas.microsoft.com/";

/// The prefix of claim types from the WS-Federation standard.
const XMLSOAP: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";

/// Ticks from an event to its arrival in the log.
const DELAY: u64 = 900_000_000;

/// A record of the Activity Log, before it is written as one of the exports has it.
pub struct Event<'w> {
    /// The time, in ticks.
    pub ticks: u64,
    /// The index of the subscription.
    pub subscription: usize,
    /// The identity that called.
    pub principal: &'w Principal,
    /// The address that it called from; empty where the log has none.
    pub ip: String,
    /// The category, as the log spells it.
    pub category: &'static str,
    /// The operation as ARM spells it, `Microsoft.Storage/storageAccounts/listKeys/action`.
    pub operation: String,
    /// The type of the resource, with its provider.
    pub resource_type: String,
    /// The id of the resource.
    pub resource: String,
    /// The name of the resource group.
    pub group: String,
    /// The part of the operation that this is.
    pub stage: Stage,
    /// How the operation fails, if it does.
    pub failure: Option<Failure>,
    /// How it is told that the operation was done, where the method does not tell.
    pub success: Option<&'static str>,
    /// The action that was allowed, where it is not the operation itself.
    pub action: Option<String>,
    /// More members of the properties.
    pub extra: Vec<(&'static str, String)>,
    /// The time since the last event of the operation, in milliseconds.
    pub duration_ms: u64,
    /// The correlation id.
    pub correlation: String,
    /// The sign-in that the call was made with.
    pub token: Rc<Token>,
    /// The request's body, a JSON text.
    pub request_body: Option<String>,
    /// The response's body, a JSON text.
    pub response_body: Option<String>,
    /// The id of the request.
    pub request_id: String,
    /// The id of the event.
    pub event_id: String,
}

/// The part of an operation that an event tells of.
#[derive(Clone, Copy, PartialEq)]
pub enum Stage {
    /// The request came in.
    Start,
    /// The resource provider took it.
    Accept,
    /// It was done or it failed.
    End,
}

/// The status, code and message of a failed operation.
#[derive(Clone, Copy)]
pub struct Failure(pub &'static str, pub &'static str, pub &'static str);

impl Event<'_> {
    /// Writes the record of the storage-account and Event Hub exports.
    pub fn write_export(&self, world: &World, j: &mut Json) {
        let subscription = &world.subscriptions[self.subscription];
        let global = self.stage == Stage::Start;
        j.begin(b'{');
        j.str("RoleLocation", "West Europe");
        j.str("ReleaseVersion", BUILD);
        j.str("time", &timestamp(self.ticks));
        j.str("resourceId", &self.resource.to_uppercase());
        j.str("operationName", &self.operation.to_uppercase());
        j.str("category", self.category);
        j.str("resultType", self.result_type());
        j.str("resultSignature", &self.signature());
        j.str("durationMs", &self.duration_ms.to_string());
        if !self.ip.is_empty() {
            j.str("callerIpAddress", &self.ip);
        }
        j.str("correlationId", &self.correlation);
        match self.principal.kind {
            Kind::Nobody => {}
            Kind::Service => j.object("identity", |j| {
                j.object("claims", |j| self.claims(subscription, j));
            }),
            _ => j.object("identity", |j| {
                j.object("authorization", |j| self.authorization(subscription, j));
                j.object("claims", |j| self.claims(subscription, j));
            }),
        }
        j.str("level", self.level());
        j.str("location", if global { "global" } else { subscription.region });
        j.object("properties", |j| self.properties(world, j));
        j.str("tenantId", &world.home);
        j.end(b'}');
    }

    /// Writes the record of `az monitor activity-log list` and of the REST API.
    pub fn write_api(&self, world: &World, j: &mut Json) {
        let subscription = &world.subscriptions[self.subscription];
        j.begin(b'{');
        let kind = self.principal.kind;
        if !matches!(kind, Kind::Nobody | Kind::Service) {
            j.object("authorization", |j| {
                j.str("action", self.action());
                j.str("role", self.principal.role.0);
                j.str("scope", &self.resource);
            });
        }
        if kind != Kind::Nobody {
            j.str("caller", self.principal.caller());
        }
        j.localized("category", self.category, self.category);
        if kind != Kind::Nobody {
            j.object("claims", |j| self.claims(subscription, j));
        }
        j.str("correlationId", &self.correlation);
        j.str("description", "");
        j.str("eventDataId", &self.event_id);
        match self.stage {
            Stage::End => j.localized("eventName", "EndRequest", "End request"),
            _ => j.localized("eventName", "BeginRequest", "Begin request"),
        }
        j.str("eventTimestamp", &timestamp(self.ticks));
        if !self.ip.is_empty() {
            j.object("httpRequest", |j| {
                j.str("clientIpAddress", &self.ip);
                j.str("clientRequestId", &self.request_id);
                j.str("method", self.method());
            });
        }
        j.str("id", &self.tick_id());
        j.str("level", if self.level() == "Information" { "Informational" } else { self.level() });
        j.str("operationId", &self.correlation);
        j.localized("operationName", &self.operation, &self.operation);
        j.object("properties", |j| self.properties(world, j));
        j.str("resourceGroupName", &self.group);
        j.str("resourceId", &self.resource);
        j.localized("resourceProviderName", self.provider(), self.provider());
        j.localized("resourceType", &self.resource_type, &self.resource_type);
        j.localized("status", self.status(), self.status());
        j.localized("subStatus", self.status_code(), self.status_code());
        j.str("submissionTimestamp", &timestamp(self.ticks + DELAY));
        j.str("subscriptionId", &subscription.id);
        j.str("tenantId", &world.home);
        j.end(b'}');
    }

    fn action(&self) -> &str {
        self.action.as_deref().unwrap_or(&self.operation)
    }

    fn provider(&self) -> &str {
        self.resource_type.split('/').next().unwrap_or_default()
    }

    fn tick_id(&self) -> String {
        let ticks = self.ticks + UNIX_TO_TICKS;
        format!("{}/events/{}/ticks/{ticks}", self.resource, self.event_id)
    }

    fn method(&self) -> &'static str {
        match self.operation.rsplit('/').next() {
            Some("write") => "PUT",
            Some("delete") => "DELETE",
            _ => "POST",
        }
    }

    fn result_type(&self) -> &'static str {
        match (self.stage, self.failure) {
            _ if self.principal.kind == Kind::Nobody => "Active",
            (Stage::Start, _) => "Start",
            (Stage::Accept, _) => "Accept",
            (Stage::End, None) => "Success",
            (Stage::End, Some(_)) => "Failure",
        }
    }

    fn status(&self) -> &'static str {
        match (self.stage, self.failure) {
            _ if self.principal.kind == Kind::Nobody => "Active",
            (Stage::Start, _) => "Started",
            (Stage::Accept, _) => "Accepted",
            (Stage::End, None) => "Succeeded",
            (Stage::End, Some(_)) => "Failed",
        }
    }

    fn status_code(&self) -> &'static str {
        match (self.stage, self.failure) {
            (Stage::Start, _) => "",
            (Stage::Accept, _) => "Accepted",
            (Stage::End, Some(Failure(status, ..))) => status,
            (Stage::End, None) if self.success.is_some() => self.success.unwrap_or_default(),
            (Stage::End, None) => match self.method() {
                "DELETE" => "NoContent",
                "PUT" => "Created",
                _ => "OK",
            },
        }
    }

    fn signature(&self) -> String {
        format!("{}.{}", self.status(), self.status_code())
    }

    fn level(&self) -> &'static str {
        match self.category {
            _ if self.failure.is_some() && self.stage == Stage::End => "Error",
            "ServiceHealth" | "Policy" => "Warning",
            _ => "Information",
        }
    }

    fn authorization(&self, subscription: &Subscription, j: &mut Json) {
        let p = self.principal;
        j.str("scope", &self.resource);
        j.str("action", self.action());
        j.object("evidence", |j| {
            j.str("role", p.role.0);
            match &p.scope {
                Some(scope) => j.str("roleAssignmentScope", scope),
                None => {
                    j.str("roleAssignmentScope", &format!("/subscriptions/{}", subscription.id));
                }
            }
            j.str("roleAssignmentId", &p.role_assignment);
            j.str("roleDefinitionId", p.role.1);
            j.str("principalId", &p.object_id.replace('-', ""));
            j.str("principalType", if p.kind == Kind::User { "User" } else { "ServicePrincipal" });
        });
    }

    fn properties(&self, world: &World, j: &mut Json) {
        if let Some(body) = &self.request_body {
            j.str("requestbody", body);
        }
        if self.stage != Stage::Start {
            j.str("statusCode", self.status_code());
            if let Some(Failure(_, code, message)) =
                self.failure.filter(|_| self.stage == Stage::End)
            {
                let error = format!(r#"{{"error":{{"code":"{code}","message":"{message}"}}}}"#);
                j.str("statusMessage", &error);
            }
            j.str("serviceRequestId", &self.request_id);
        }
        if let Some(body) = &self.response_body {
            j.str("responseBody", body);
        }
        j.str("eventCategory", self.category);
        j.str("entity", &self.resource);
        j.str("message", &self.operation);
        for (name, value) in &self.extra {
            j.str(name, value);
        }
        let subscription = &world.subscriptions[self.subscription].id;
        j.str("hierarchy", &format!("{0}/{0}/mg-landingzones/{subscription}", world.home));
    }

    fn claims(&self, subscription: &Subscription, j: &mut Json) {
        let (p, t) = (self.principal, &self.token);
        if p.kind == Kind::Service {
            return j.str(&format!("{XMLSOAP}spn"), &p.app_id);
        }
        let issuer = format!("https://sts.windows.net/{}/", p.tenant);
        j.str("aud", "https://management.core.windows.net/");
        j.str("iss", &issuer);
        j.str("iat", &t.issued.to_string());
        j.str("nbf", &t.issued.to_string());
        j.str("exp", &(t.issued + t.lifetime).to_string());
        match p.kind {
            Kind::User => self.user_claims(&issuer, j),
            _ => self.application_claims(&issuer, j),
        }
        j.str("uti", &t.uti);
        j.str("ver", "1.0");
        if p.kind == Kind::User {
            j.str("wids", p.directory_roles);
        }
        if p.kind == Kind::ManagedIdentity {
            match &p.identity {
                Some(identity) => j.str("xms_mirid", identity),
                None => j.str("xms_mirid", &self.identity_id(subscription)),
            }
        }
        j.str("xms_tcdt", "1398243312");
    }

    fn client(&self) -> &str {
        self.token.client.unwrap_or(&self.principal.app_id)
    }

    fn user_claims(&self, issuer: &str, j: &mut Json) {
        let (p, t) = (self.principal, &self.token);
        j.str(&format!("{MICROSOFT}claims/authnclassreference"), "1");
        j.str("aio", &t.aio);
        j.str(&format!("{MICROSOFT}claims/authnmethodsreferences"), "pwd,rsa,mfa");
        j.str("appid", self.client());
        j.str("appidacr", "0");
        j.str(&format!("{XMLSOAP}surname"), p.surname);
        j.str(&format!("{XMLSOAP}givenname"), p.given);
        j.str("groups", &p.groups);
        j.str(&format!("{MICROSOFT}identity/claims/identityprovider"), issuer);
        j.str("idtyp", "user");
        j.str("ipaddr", &self.ip);
        j.str("name", &format!("{} {}", p.given, p.surname));
        j.str(&format!("{MICROSOFT}identity/claims/objectidentifier"), &p.object_id);
        j.str("onprem_sid", &p.sid);
        j.str("puid", &p.puid);
        j.str("rh", &t.rh);
        j.str(&format!("{MICROSOFT}identity/claims/scope"), "user_impersonation");
        j.str("sid", &t.session);
        j.str(&format!("{XMLSOAP}nameidentifier"), &p.name_id);
        j.str(&format!("{MICROSOFT}identity/claims/tenantid"), &p.tenant);
        j.str(&format!("{XMLSOAP}name"), &p.upn);
        j.str(&format!("{XMLSOAP}upn"), &p.upn);
    }

    fn application_claims(&self, issuer: &str, j: &mut Json) {
        let (p, t) = (self.principal, &self.token);
        j.str("aio", &t.aio);
        j.str("appid", &p.app_id);
        j.str("appidacr", "2");
        j.str(&format!("{MICROSOFT}identity/claims/identityprovider"), issuer);
        j.str("idtyp", "app");
        j.str(&format!("{MICROSOFT}identity/claims/objectidentifier"), &p.object_id);
        j.str("rh", &t.rh);
        j.str(&format!("{XMLSOAP}nameidentifier"), &p.object_id);
        j.str(&format!("{MICROSOFT}identity/claims/tenantid"), &p.tenant);
    }

    fn identity_id(&self, subscription: &Subscription) -> String {
        format!(
            "/subscriptions/{}/resourcegroups/{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{}",
            subscription.id,
            self.group,
            &self.principal.object_id[..8]
        )
    }
}
