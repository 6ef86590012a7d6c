//! Records that look like evidence of this kind and are none: they are recognised, counted and left out.
//!
//! A folder of exports holds more than activity and alerts. What is known here does not turn up
//! as a record that could not be read.

use super::{Keys, Reading, Record, Shape, activity_event_grid, custom_table};
use crate::base::json::Value;
use crate::diag::Code;

/// A record of an Entra log in the resource-log schema.
pub(super) static ENTRA: Shape = Shape {
    name: "entra-log",
    about: "Sign-in, audit and risk logs of Entra ID; left out.",
    rank: 20,
    is_partial: false,
    recognises: |record| {
        record.has(Keys::CATEGORY)
            && record.any(Keys::TIME.and(Keys::EVENT_TIMESTAMP))
            && category_is(record, ENTRA_CATEGORIES)
    },
    read: Reading::LookAlike,
};

/// A sign-in or audit record of Entra as Microsoft Graph and the workspace write it.
pub(super) static ENTRA_EXPORT: Shape = Shape {
    name: "entra-export",
    about: "Sign-ins and audits of Entra ID and the unified audit log, from Microsoft Graph, a workspace or PowerShell; left out.",
    rank: 21,
    is_partial: false,
    recognises: is_entra_export,
    read: Reading::LookAlike,
};

/// Posture of Defender for Cloud, which continuous export mixes with alerts.
pub(super) static POSTURE: Shape = Shape {
    name: "defender-posture",
    about: "Assessments, secure scores and compliance of Defender for Cloud; left out.",
    rank: 22,
    is_partial: false,
    recognises: is_posture,
    read: Reading::LookAlike,
};

/// A record of any other resource log.
pub(super) static RESOURCE_LOG: Shape = Shape {
    name: "resource-log",
    about: "Resource logs of single services, such as the audit of a key vault, and rows of other tables of a workspace; left out.",
    rank: 23,
    is_partial: false,
    recognises: |record| {
        let envelope = record.any(Keys::TIME) || text(record, "EventTimeString").is_some();
        envelope && record.has(Keys::CATEGORY.and(Keys::RESOURCE_ID))
            // Some services leave out the category or the resource.
            || record.has(Keys::TIME.and(Keys::OPERATION_NAME))
                && record.any(Keys::CATEGORY.and(Keys::RESOURCE_ID))
            || is_other_table(record)
    },
    read: Reading::LookAlike,
};

/// A record of Defender XDR's streaming.
pub(super) static HUNTING: Shape = Shape {
    name: "advanced-hunting",
    about: "Other tables of Defender XDR's advanced hunting as the streaming API sends them; left out.",
    rank: 24,
    is_partial: false,
    recognises: |record| {
        record.has(Keys::CATEGORY)
            && text(record, "category").is_some_and(|c| starts(&c, "AdvancedHunting-"))
    },
    read: Reading::LookAlike,
};

/// A change of a resource.
pub(super) static CHANGE: Shape = Shape {
    name: "resource-change",
    about: "Changes of resources as Azure Resource Graph keeps them (resourcechanges); left out.",
    rank: 30,
    is_partial: false,
    recognises: |record| {
        record.has(Keys::TYPE.and(Keys::PROPERTIES))
            && text(record, "type")
                .is_some_and(|t| t.eq_ignore_ascii_case("microsoft.resources/changes"))
    },
    read: Reading::LookAlike,
};

/// Any other message of Event Grid, or alert of Azure Monitor.
pub(super) static NOTIFICATION: Shape = Shape {
    name: "other-notification",
    about: "Messages of Event Grid about other things than calls of Resource Manager, and alerts of Azure Monitor on metrics and queries; left out.",
    rank: 28,
    is_partial: false,
    recognises: |record| {
        let is_grid = || {
            has_one(record, &[&["eventTime", "subject"], &["specversion", "source"]])
                && activity_event_grid::kind(record).is_some()
        };
        record.has(Keys::SCHEMA_ID.and(Keys::DATA))
            && text(record, "schemaId").is_some_and(|schema| starts(&schema, "AzureMonitor"))
            || record.has(Keys::DATA) && is_grid()
    },
    read: Reading::LookAlike,
};

/// The description of a table of a workspace.
pub(super) static TABLE_SCHEMA: Shape = Shape {
    name: "table-schema",
    about: "Descriptions of a workspace's tables; they hold no records.",
    rank: 25,
    is_partial: false,
    recognises: |record| {
        let schema = || record.value.get("properties")?.get("schema");
        record.has(Keys::PROPERTIES)
            && schema()
                .is_some_and(|s| s.get("columns").is_some() || s.get("standardColumns").is_some())
    },
    read: Reading::Remark(Code::SchemaTable),
};

/// What Sentinel answers to the question for the entities of an incident.
pub(super) static ENTITIES: Shape = Shape {
    name: "sentinel-entities",
    about: "Answers of Sentinel that list the entities of an incident or an alert, without the alerts themselves; left out.",
    rank: 31,
    is_partial: false,
    recognises: |record| {
        let is_list = |name: &str| record.value.get(name).is_some_and(Value::is_array);
        is_list("entities") && is_list("metaData")
    },
    read: Reading::LookAlike,
};

/// A line that tells Elasticsearch what to do with the record on the next one.
pub(super) static BULK: Shape = Shape {
    name: "bulk-action",
    about: "Lines of the bulk format of Elasticsearch and OpenSearch that say where the record behind them goes; left out.",
    rank: 32,
    is_partial: false,
    recognises: is_bulk,
    read: Reading::LookAlike,
};

/// What an answer of Kusto holds beside its rows.
pub(super) static QUERY_FRAME: Shape = Shape {
    name: "query-frame",
    about: "What a query answer of Kusto says of itself beside the rows: frames, properties, statistics; left out.",
    rank: 29,
    is_partial: false,
    recognises: |record| {
        let is_frame = || has_all(record, &["FrameType"]) && !has_all(record, &["Rows"]);
        is_frame()
            || has_one(
                record,
                &[
                    &["TableId", "Key", "Value"],
                    &["Ordinal", "Kind", "Name", "Id"],
                    &["SubActivityId", "StatusCode", "Timestamp"],
                ],
            )
    },
    read: Reading::LookAlike,
};

/// An error of the API that was saved in place of an answer.
pub(super) static API_ERROR: Shape = Shape {
    name: "api-error",
    about: "Error answers of the API, saved in place of events.",
    rank: 26,
    is_partial: false,
    recognises: is_error,
    read: Reading::Remark(Code::ApiError),
};

/// What a tenant holds and no other shape reads.
pub(super) static CONTEXT: Shape = Shape {
    name: "context-export",
    about: "Lists of groups, applications and tenants; left out.",
    rank: 27,
    is_partial: false,
    recognises: is_context,
    read: Reading::LookAlike,
};

/// Says whether an action is all there is of a record.
fn is_bulk(record: &Record<'_>) -> bool {
    let mut members = record.value.members();
    let (Some((action, place)), None) = (members.next(), members.next()) else { return false };
    ["index", "create", "update", "delete"].contains(&&*action)
        && (place.get("_index").is_some() || place.get("_id").is_some())
}

const ENTRA_CATEGORIES: &[&str] = &[
    "AuditLogs",
    "SignInLogs",
    "SignIn",
    "NonInteractiveUserSignInLogs",
    "ServicePrincipalSignInLogs",
    "ManagedIdentitySignInLogs",
    "ADFSSignInLogs",
    "ProvisioningLogs",
    "RiskyUsers",
    "UserRiskEvents",
    "RiskyServicePrincipals",
    "ServicePrincipalRiskEvents",
    "NetworkAccessTrafficLogs",
    "EnrichedOffice365AuditLogs",
    "MicrosoftGraphActivityLogs",
    "MicrosoftServicePrincipalSignInLogs",
    "RemoteNetworkHealthLogs",
    "B2CRequestLogs",
    "CustomSecurityAttributeAuditLogs",
];

const ENTRA_TABLES: &[&str] = &[
    "AuditLogs",
    "SigninLogs",
    "OfficeActivity",
    "MicrosoftGraphActivityLogs",
    "IdentityInfo",
    "BehaviorAnalytics",
];

fn text<'a>(record: &Record<'a>, name: &str) -> Option<std::borrow::Cow<'a, str>> {
    record.value.get(name).and_then(Value::as_str)
}

fn category_is(record: &Record<'_>, names: &[&str]) -> bool {
    let category = text(record, "category");
    category.is_some_and(|c| names.iter().any(|name| c.eq_ignore_ascii_case(name)))
}

fn starts(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|front| front.eq_ignore_ascii_case(start))
}

fn has_all(record: &Record<'_>, names: &[&str]) -> bool {
    names.iter().all(|name| record.value.get(name).is_some())
}

fn has_one(record: &Record<'_>, sets: &[&[&str]]) -> bool {
    sets.iter().any(|names| has_all(record, names))
}

fn is_entra_export(record: &Record<'_>) -> bool {
    let table = || text(record, "Type");
    if record.has(Keys::LA_TYPE)
        && table().is_some_and(|t| ENTRA_TABLES.contains(&&*t) || starts(&t, "AAD"))
    {
        return true;
    }
    has_one(
        record,
        &[
            &["createdDateTime", "appDisplayName", "userPrincipalName"],
            &["createdDateTime", "servicePrincipalId", "signInEventTypes"],
            &["activityDateTime", "activityDisplayName"],
            &["riskState", "riskLevel"],
            &["RecordType", "AuditData"],
            &["Workload", "Operation", "RecordType"],
        ],
    )
}

/// Says whether it is a row of a table that holds neither activity nor alerts.
fn is_other_table(record: &Record<'_>) -> bool {
    let ours = ["AzureActivity", "SecurityAlert"];
    record.has(Keys::LA_TIME)
        && match text(record, "Type") {
            Some(table) => !ours.iter().any(|name| table.eq_ignore_ascii_case(name)),
            None => {
                record.has(Keys::TENANT_ID) && !record.has(Keys::PS_OPERATION)
                    || custom_table::is_row(record)
            }
        }
}

fn is_posture(record: &Record<'_>) -> bool {
    const KINDS: &[&str] = &[
        "microsoft.security/assessment",
        "microsoft.security/securescore",
        "microsoft.security/regulatorycompliance",
        "microsoft.security/subassessment",
        "microsoft.security/compliance",
        "microsoft.security/tasks",
        "microsoft.security/attackpaths",
    ];
    const TABLES: &[&str] = &[
        "SecurityRecommendation",
        "SecurityNestedRecommendation",
        "SecureScores",
        "SecureScoreControls",
        "SecurityRegulatoryCompliance",
    ];
    let kind = record.any(Keys::TYPE.and(Keys::LA_TYPE)).then(|| text(record, "type")).flatten();
    kind.is_some_and(|kind| {
        KINDS.iter().any(|start| starts(&kind, start)) || TABLES.contains(&&*kind)
    }) || text(record, "$type").is_some_and(|kind| starts(&kind, "subAssessment"))
}

/// Says whether every member is one of an error answer, and one of them tells the error.
fn is_error(record: &Record<'_>) -> bool {
    const MEMBERS: &[&str] = &[
        "error",
        "code",
        "message",
        "details",
        "innererror",
        "target",
        "statuscode",
        "status",
        "timestamp",
        "additionalinfo",
        "requestid",
        "activityid",
        "httpstatuscode",
        "detail",
        "title",
        "error_description",
        "error_codes",
        "trace_id",
        "correlation_id",
        "error_uri",
    ];
    let said = record.has(Keys::CODE.and(Keys::MESSAGE));
    let nested = || {
        record.value.get("error").is_some_and(|e| e.get("code").is_some() || e.as_str().is_some())
    };
    (said || record.has(Keys::ERROR) && nested())
        && record.value.members().all(|(name, _)| MEMBERS.contains(&&*name.to_ascii_lowercase()))
}

fn is_context(record: &Record<'_>) -> bool {
    // What is left of an event names a resource too.
    let of_event = Keys::CORRELATION_ID
        .and(Keys::EVENT_DATA_ID)
        .and(Keys::PS_EVENT_DATA_ID)
        .and(Keys::PY_EVENT_DATA_ID)
        .and(Keys::OPERATION_NAME)
        .and(Keys::PS_OPERATION)
        .and(Keys::PY_OPERATION)
        .and(Keys::CALLER)
        .and(Keys::PS_AUTHORIZATION);
    if record.any(of_event) {
        return false;
    }
    let is_arm = || {
        let id = text(record, "id").or_else(|| text(record, "ResourceId"));
        id.is_some_and(|id| starts(&id, "/subscriptions/") || starts(&id, "/providers/"))
    };
    let telling: &[&[&str]] = &[
        &["principalId", "roleDefinitionId"],
        &["roleDefinitionName", "scope"],
        &["roleName", "permissions"],
        &["assignableScopes", "actions"],
        &["userPrincipalName", "displayName", "id"],
        &["appId", "displayName"],
        &["securityEnabled", "displayName"],
        &["tenantId", "isDefault", "state"],
        &["subscriptionId", "subscriptionPolicies"],
        &["tenantId", "defaultDomain"],
    ];
    has_one(record, telling) || is_arm() && has_one(record, &[&["type", "name"], &["resourceType"]])
}

#[cfg(test)]
mod tests;
