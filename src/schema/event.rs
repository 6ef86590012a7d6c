//! The columns of an event.

use std::sync::LazyLock;

use hashbrown::HashMap;

use super::table::columns;
use super::{Kind, Spec};

columns! {
    /// A column of the event table.
    pub enum Event {
        /// When it happened, by the service's clock, to 100 ns where the export has it.
        Time: event_time, Time, ["eventTimestamp", "time", "TimeGenerated"], "@timestamp", "time";
        /// When it became available to queries.
        SubmissionTime: submission_time, Time, ["submissionTimestamp", "EventSubmissionTimestamp"], "event.ingested", "";
        /// The log's own unique id of the event; storage and Event Hub exports have none.
        EventId: event_id, Text, ["eventDataId"], "event.id", "metadata.uid";
        /// Id shared by all events of one request and what it set off.
        CorrelationId: correlation_id, Text, ["correlationId"], "azure.correlation_id", "metadata.correlation_uid";
        /// Id of one operation; storage and Event Hub exports leave it out.
        OperationId: operation_id, Text, ["operationId"], "", "";
        /// Category: administrative, policy, security, `service_health`, `resource_health`, alert, autoscale, recommendation, or as written.
        Category: category, Code, ["CategoryValue", "category.value", "eventCategory", "properties.eventCategory"], "azure.activitylogs.category", "";
        /// The ARM operation in upper case, `PROVIDER/TYPE/VERB`.
        Operation: operation, Code, ["operationName", "OperationNameValue", "operationName.value", "properties.message"], "event.action", "api.operation";
        /// The operation as written.
        OperationRaw: operation_raw, Code, [], "", "";
        /// Resource provider in lower case, from the operation, else from the resource.
        Provider: provider, Code, ["resourceProviderName", "ResourceProviderValue", "ResourceProvider", "resourceProviderName.value"], "azure.resource.provider", "api.service.name";
        /// What kind of call it is: write, delete, action, read or other.
        Verb: verb, Code, [], "", "";
        /// Place in the life of the operation: start, end or single.
        Phase: phase, Code, [], "", "";
        /// What was said of the outcome: started, accepted, succeeded, failed, active, resolved, updated, `in_progress`, cancelled, or as written.
        Status: status, Code, ["resultType", "ActivityStatusValue", "ActivityStatus", "status.value"], "event.outcome", "status";
        /// Second part of the outcome as written, such as `Created` or `Forbidden`.
        SubStatus: sub_status, Code, ["subStatus", "subStatus.value", "ActivitySubstatusValue", "ActivitySubstatus", "resultSignature"], "", "status_detail";
        /// HTTP status of the answer, from the second part of the outcome or the properties.
        HttpStatus: http_status, Number, [], "http.response.status_code", "http_response.code";
        /// Innermost error code of the status message.
        ErrorCode: error_code, Code, [], "error.code", "api.response.error";
        /// Its message.
        ErrorMessage: error_message, Text, [], "error.message", "api.response.error_message";
        /// Level: critical, error, warning, informational, verbose.
        Level: level, Code, [], "log.level", "";
        /// Free text that some services add.
        Description: description, Text, ["resultDescription"], "message", "message";
        /// Key of the principal in reports: a user's name in lower case, an application's object id, a service's name.
        Actor: actor, Code, ["caller"], "user.id", "actor.user.uid";
        /// Kind of the principal: user, guest, msa, `service_principal`, `managed_identity`, `azure_service`, foreign, unknown.
        ActorType: actor_type, Code, ["actor.type"], "", "actor.user.type";
        /// Display name of the principal.
        ActorName: actor_name, Code, [], "user.full_name", "actor.user.full_name";
        /// User principal name or e-mail address in lower case.
        ActorUpn: actor_upn, Code, [], "user.name", "actor.user.name";
        /// Entra object id of the principal.
        ActorOid: actor_oid, Code, [], "azure.activitylogs.identity.claims.oid", "actor.user.uid_alt";
        /// Application id of the client that made the call.
        AppId: app_id, Code, ["claims.appid", "identity.claims.appid"], "", "actor.app_uid";
        /// How the application proved itself: none, secret or certificate.
        AppAuth: app_auth, Code, [], "", "";
        /// Tenant that issued the token.
        TokenTenant: token_tenant, Code, [], "", "";
        /// Tenant in which the principal lives.
        HomeTenant: home_tenant, Code, [], "", "actor.user.org.uid";
        /// Tenant that owns the subscription, where the record says so.
        ResourceTenant: resource_tenant, Code, [], "azure.tenant_id", "cloud.org.uid";
        /// Whether the principal is foreign to the resource's tenant: no, guest, delegated, msa, unknown.
        CrossTenant: cross_tenant, Code, [], "", "";
        /// Sign-in methods of the token, in lower case, comma-separated.
        AuthMethods: auth_methods, Code, [], "", "";
        /// Whether a second factor was used; unknown where the token does not say.
        Mfa: mfa, Flag, [], "", "actor.session.is_mfa";
        /// Address to which the token was issued.
        TokenIp: token_ip, Code, ["claims.ipaddr", "identity.claims.ipaddr"], "", "";
        /// Id of the token (the `uti` claim).
        TokenId: token_id, Code, ["claims.uti"], "", "actor.session.uid";
        /// Address from which the request came.
        ClientIp: client_ip, Code, ["callerIpAddress", "httpRequest.clientIpAddress"], "source.ip", "src_endpoint.ip";
        /// Port of that address, where the record has it.
        ClientPort: client_port, Number, [], "source.port", "src_endpoint.port";
        /// HTTP method of the request.
        HttpMethod: http_method, Code, ["httpRequest.method"], "http.request.method", "http_request.http_method";
        /// Subscription id in lower case.
        SubscriptionId: subscription_id, Code, ["subscriptionId", "_SubscriptionId"], "cloud.account.id", "cloud.account.uid";
        /// Resource group in lower case.
        ResourceGroup: resource_group, Code, ["resourceGroup", "resourceGroupName"], "azure.resource.group", "";
        /// ARM id of the resource in lower case.
        ResourceId: resource_id, Text, ["resourceId", "_ResourceId"], "azure.resource.id", "resources.uid";
        /// Type of the resource in lower case, `provider/type`.
        ResourceType: resource_type, Code, ["resourceType", "resourceType.value"], "", "resources.type";
        /// Name of the resource as written.
        ResourceName: resource_name, Text, ["Resource"], "azure.resource.name", "resources.name";
        /// Role that allowed the call.
        Role: role, Code, ["authorization.role", "identity.authorization.evidence.role", "authorization.evidence.role"], "", "";
        /// Scope at which that role was granted, in lower case.
        RoleScope: role_scope, Code, ["identity.authorization.evidence.roleAssignmentScope", "authorization.evidence.roleAssignmentScope"], "", "";
        /// For role assignments: object id of the principal that gets the role.
        GrantPrincipal: grant_principal, Code, [], "", "";
        /// For role assignments: GUID of the role definition.
        GrantRole: grant_role, Code, [], "", "";
        /// For role assignments: scope of the grant in lower case.
        GrantScope: grant_scope, Code, [], "", "";
    }
}

impl Event {
    /// How many columns there are.
    pub const COUNT: usize = Event::ALL.len();

    /// Returns the column that a rule means by `field`, ignoring case.
    pub fn from_field(field: &str) -> Option<Event> {
        BY_FIELD.get(&field.to_ascii_lowercase()).copied()
    }
}

/// The columns by what rules call them, in lower case; of two that share a name the first.
static BY_FIELD: LazyLock<HashMap<String, Event>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    for &column in Event::ALL {
        let spec = column.spec();
        for name in [spec.name].iter().chain(spec.sigma) {
            known.entry(name.to_ascii_lowercase()).or_insert(column);
        }
    }
    known
});
