//! The abstract incident: what happened, told once; no field depends on the shape it is later
//! written in.

use serde_json::Value;

use super::alert::Alert;

/// Everything that happened, and who and where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Incident {
    /// The tenants that tokens or resources belong to.
    pub(crate) tenants: Vec<Tenant>,
    /// The subscriptions that operations refer to by index.
    pub(crate) subscriptions: Vec<Subscription>,
    /// The principals that operations refer to by index.
    pub(crate) principals: Vec<Principal>,
    /// The operations, in order of their first event.
    pub(crate) operations: Vec<Operation>,
    /// The Defender alerts, in order of their start.
    pub(crate) alerts: Vec<Alert>,
}

/// One Entra tenant.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    /// GUID.
    pub(crate) id: String,
    /// Default domain.
    pub(crate) domain: String,
}

/// One subscription.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    /// GUID.
    pub(crate) id: String,
    /// Display name; file names use it.
    pub(crate) name: String,
    /// GUID of the tenant that owns it.
    pub(crate) tenant: String,
    /// The management group right above it.
    pub(crate) group: String,
    /// The region of its resources.
    pub(crate) region: String,
}

/// What sort of identity a principal is; decides which claims its tokens hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A member of the resource tenant.
    User,
    /// A B2B guest from another Entra tenant.
    Guest,
    /// A personal Microsoft account, invited.
    Personal,
    /// An application with a secret or certificate, first-party ones included.
    ServicePrincipal,
    /// A user-assigned managed identity.
    ManagedIdentity,
    /// A part of Azure that has nothing but a service name.
    Service,
    /// A user of a managing tenant who acts through Azure Lighthouse.
    Provider,
}

impl Kind {
    /// Returns the word for the kind in the reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Guest => "guest",
            Kind::Personal => "msa",
            Kind::ServicePrincipal => "service_principal",
            Kind::ManagedIdentity => "managed_identity",
            Kind::Service => "azure_service",
            Kind::Provider => "foreign",
        }
    }

    /// Whether a person signs in: such tokens have a scope, authentication methods, a name.
    pub(crate) fn is_human(self) -> bool {
        matches!(self, Kind::User | Kind::Guest | Kind::Personal | Kind::Provider)
    }
}

/// One identity.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    /// What sort of identity it is.
    pub(crate) kind: Kind,
    /// Display name.
    pub(crate) name: String,
    /// UPN of users, e-mail address of guests and personal accounts, service name of services;
    /// empty for applications. Written with the capitals that the directory has.
    pub(crate) login: String,
    /// Entra object id; empty for services.
    pub(crate) object_id: String,
    /// Application id of the client (people) or of the application itself.
    pub(crate) app_id: String,
    /// `appidacr`: 0 public client, 1 secret, 2 certificate.
    pub(crate) app_auth: String,
    /// Tenant that issues the token.
    pub(crate) tenant: String,
    /// Tenant that the identity lives in; differs for guests.
    pub(crate) home: String,
    /// Authentication methods of a person's tokens.
    pub(crate) methods: String,
    /// Directory role template ids held by a person.
    pub(crate) directory_roles: String,
    /// ARM id of a managed identity.
    pub(crate) arm_id: String,
    /// The role assignment that allows its calls.
    pub(crate) grant: Grant,
}

impl Principal {
    /// Returns the key that reports file the principal under: lower-case login of people, object id
    /// of applications, name of services.
    pub(crate) fn key(&self) -> String {
        match self.kind {
            Kind::ServicePrincipal | Kind::ManagedIdentity => self.object_id.to_lowercase(),
            Kind::Service => self.login.clone(),
            _ => self.login.to_lowercase(),
        }
    }
}

/// The role assignment behind a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grant {
    /// Name of the role.
    pub(crate) role: String,
    /// GUID of the role definition.
    pub(crate) definition: String,
    /// GUID of the assignment.
    pub(crate) assignment: String,
    /// Scope that it is assigned at; empty means the subscription of the call.
    pub(crate) scope: String,
}

/// The part of a sign-in that shows in the claims.
#[derive(Clone, Debug, Default)]
pub(crate) struct Token {
    /// Seconds since 1970 of its issue.
    pub(crate) issued: u64,
    /// Token id.
    pub(crate) uti: String,
    /// Internal blob; differs per token.
    pub(crate) aio: String,
    /// Address that the token was got from.
    pub(crate) address: String,
    /// Client application, when it is not the principal's usual one: id and `appidacr`.
    pub(crate) client: Option<(String, String)>,
}

/// Why a call was refused.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// HTTP status by name, such as `Forbidden`.
    pub(crate) http: String,
    /// ARM error code.
    pub(crate) code: String,
    /// Message.
    pub(crate) message: String,
}

/// One call, or one occurrence in the categories without calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operation {
    /// Index of the subscription.
    pub(crate) subscription: usize,
    /// Index of the principal; `None` where Azure names no actor.
    pub(crate) principal: Option<usize>,
    /// Category, such as `Administrative`.
    pub(crate) category: String,
    /// ARM operation name in ARM's own case, or free text (privileged identity management).
    pub(crate) name: String,
    /// Name that the portal shows.
    pub(crate) title: String,
    /// Resource id as the caller wrote it.
    pub(crate) resource: String,
    /// The evaluated operation of a policy event; else the operation itself.
    pub(crate) action: Option<String>,
    /// Address that the request came from.
    pub(crate) address: Option<String>,
    /// Token that it was made with.
    pub(crate) token: Token,
    /// Correlation id.
    pub(crate) correlation: String,
    /// Operation id.
    pub(crate) id: String,
    /// Client request id.
    pub(crate) client_request: String,
    /// HTTP method.
    pub(crate) method: String,
    /// Request body, as the client spelled its keys.
    pub(crate) request: Option<Value>,
    /// Response body.
    pub(crate) response: Option<Value>,
    /// HTTP status name of a success.
    pub(crate) success: String,
    /// Why it failed, if it did.
    pub(crate) failure: Option<Failure>,
    /// Sentence that goes with events of health, alert and autoscale categories.
    pub(crate) description: String,
    /// Properties of events that are no ARM calls; these replace the usual ones.
    pub(crate) details: Vec<(String, Value)>,
    /// Whether the actor stands in `CallerInfo` of the details only, without claims.
    pub(crate) caller_in_details: bool,
    /// Its events, oldest first.
    pub(crate) events: Vec<Event>,
}

/// How far an operation had come when an event was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Begin.
    Started,
    /// The provider works on it.
    Accepted,
    /// End, good.
    Succeeded,
    /// End, bad.
    Failed,
    /// Health and alert events: going on.
    Active,
    /// Health events: over.
    Resolved,
    /// Health events: changed.
    Updated,
}

/// Which part of Azure wrote an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// The ARM front end, which saw the request.
    FrontEnd,
    /// The resource provider, later: no request in sight.
    Provider,
    /// The authorization provider's own record of a role assignment, with dash-less ids.
    Authorization,
}

/// One record of the log.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// When, in ticks.
    pub(crate) ticks: u64,
    /// `eventDataId`.
    pub(crate) id: String,
    /// Phase of the operation.
    pub(crate) phase: Phase,
    /// Who wrote it.
    pub(crate) author: Author,
    /// When it could be queried, in ticks.
    pub(crate) submitted: u64,
    /// Milliseconds that the step took.
    pub(crate) duration_ms: u64,
    /// Operation id, where it differs from the operation's.
    pub(crate) operation_id: Option<String>,
}
