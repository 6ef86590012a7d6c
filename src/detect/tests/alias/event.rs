//! One event, written in every shape: a user changes a virtual machine.

use serde_json::{Value as Json, json};

pub(super) const SUBSCRIPTION: &str = "6f1c2a4e-3b7d-4c58-9a01-5d2e8f7b9c10";
pub(super) const TENANT: &str = "70ebe3a3-5b30-435d-9d67-7716d74ca190";
pub(super) const OID: &str = "5a0c7b9e-1d2f-4e83-9b64-0c7f2a9d8e31";
pub(super) const APP: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
pub(super) const CORRELATION: &str = "0f3c9d52-7f6e-4f0a-8a55-6d0b5b1f7e21";
pub(super) const EVENT: &str = "d1d2d3d4-0000-4000-8000-000000000001";
pub(super) const OPERATION: &str = "Microsoft.Compute/virtualMachines/write";
pub(super) const SHOWN: &str = "Create or Update Virtual Machine";
pub(super) const IP: &str = "203.0.113.7";

fn resource() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/RG-App/providers/Microsoft.Compute/virtualMachines/vm01"
    )
}

fn claims() -> Json {
    json!({
        "aud": "https://management.core.windows.net/",
        "appid": APP,
        "ipaddr": "198.51.100.9",
        "name": "Ann Example",
        "http://schemas.microsoft.com/identity/claims/objectidentifier": OID,
        "http://schemas.microsoft.com/identity/claims/tenantid": TENANT,
        "http://schemas.microsoft.com/identity/claims/scope": "user_impersonation",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "ann@corp.example",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": "ann@corp.example",
        "uti": "tokenid"
    })
}

fn authorization(evidence: bool) -> Json {
    let mut whole = json!({"action": OPERATION, "scope": resource()});
    if evidence {
        whole["evidence"] = json!({
            "role": "Owner", "roleAssignmentScope": format!("/subscriptions/{SUBSCRIPTION}"),
            "principalId": "ab12", "principalType": "User"
        });
    } else {
        whole["role"] = json!("Owner");
    }
    whole
}

fn properties() -> Json {
    json!({
        "statusCode": "Created",
        "eventCategory": "Administrative",
        "message": OPERATION,
        "entity": resource(),
        "hierarchy": format!("{TENANT}/root/{SUBSCRIPTION}"),
        "requestbody": json!({"properties": {"vmSize": "Standard_B1s"}}).to_string(),
        "responseBody": json!({"name": "vm01"}).to_string(),
        "statusMessage": json!({"error": {"code": "Conflict"}}).to_string(),
    })
}

fn named(value: &str, shown: &str) -> Json {
    json!({"value": value, "localizedValue": shown})
}

pub(super) fn rest() -> Json {
    json!({
        "eventTimestamp": "2026-03-02T10:00:00.1234567Z",
        "submissionTimestamp": "2026-03-02T10:02:00Z",
        "eventDataId": EVENT, "correlationId": CORRELATION, "operationId": CORRELATION,
        "operationName": named(OPERATION, SHOWN),
        "category": named("Administrative", "Verwaltung"),
        "status": named("Succeeded", "Erfolgreich"),
        "subStatus": named("Created", "Created (HTTP Status Code: 201)"),
        "eventName": named("EndRequest", "End request"),
        "level": "Informational", "caller": "ann@corp.example",
        "httpRequest": {"clientRequestId": "c1", "clientIpAddress": IP, "method": "PUT", "uri": "https://x"},
        "authorization": authorization(false), "claims": claims(), "properties": properties(),
        "resourceId": resource(), "resourceGroupName": "RG-App", "subscriptionId": SUBSCRIPTION,
        "resourceType": named("Microsoft.Compute/virtualMachines", "VM"),
        "resourceProviderName": named("Microsoft.Compute", "Compute"),
        "tenantId": TENANT
    })
}

pub(super) fn diagnostic() -> Json {
    let mut properties = properties();
    properties["eventName"] = json!("EndRequest");
    json!({
        "time": "2026-03-02T10:00:00.1234567Z",
        "resourceId": resource().to_ascii_uppercase(),
        "operationName": OPERATION.to_ascii_uppercase(),
        "category": "Administrative", "resultType": "Success", "resultSignature": "Succeeded.Created",
        "callerIpAddress": IP, "correlationId": CORRELATION, "level": "Information",
        "identity": {"authorization": authorization(true), "claims": claims()},
        "properties": properties, "tenantId": TENANT
    })
}

pub(super) fn table(strings: bool) -> Json {
    let mut row = json!({
        "TimeGenerated": "2026-03-02T10:00:00.1234567Z",
        "EventSubmissionTimestamp": "2026-03-02T10:02:00Z",
        "EventDataId": EVENT, "CorrelationId": CORRELATION, "OperationId": CORRELATION,
        "OperationNameValue": OPERATION.to_ascii_uppercase(), "OperationName": SHOWN,
        "CategoryValue": "Administrative", "Category": "Administrative",
        "ActivityStatusValue": "Success", "ActivitySubstatusValue": "Created",
        "Level": "Informational", "Caller": "ann@corp.example", "CallerIpAddress": IP,
        "HTTPRequest": json!({"clientRequestId": "c1", "clientIpAddress": IP, "method": "PUT", "uri": "https://x"}).to_string(),
        "_ResourceId": resource().to_ascii_lowercase(), "ResourceGroup": "RG-APP", "SubscriptionId": SUBSCRIPTION,
        "ResourceProviderValue": "MICROSOFT.COMPUTE",
        "Hierarchy": format!("{TENANT}/root/{SUBSCRIPTION}"),
        "TenantId": "00000000-0000-0000-0000-00000000dead"
    });
    for (name, value) in
        [("Authorization", authorization(true)), ("Claims", claims()), ("Properties", properties())]
    {
        if strings {
            row[name] = json!(value.to_string());
        } else {
            row[name] = json!("");
            row[format!("{name}_d")] = value;
        }
    }
    row
}

fn powershell() -> Json {
    let shown = |value: &str, shown: &str| json!({"Value": value, "LocalizedValue": shown});
    json!({
        "EventTimestamp": "2026-03-02T10:00:00.1234567Z", "SubmissionTimestamp": "2026-03-02T10:02:00Z",
        "EventDataId": EVENT, "CorrelationId": CORRELATION, "OperationId": CORRELATION,
        "OperationName": shown(OPERATION, SHOWN), "Category": shown("Administrative", "x"),
        "Status": shown("Succeeded", "x"), "SubStatus": shown("Created", "x"), "EventName": shown("EndRequest", "x"),
        "Level": 3, "Caller": "ann@corp.example",
        "HttpRequest": {"ClientRequestId": "c1", "ClientIpAddress": IP, "Method": "PUT", "Uri": "https://x"},
        "Authorization": {"Action": OPERATION, "Scope": resource(), "Role": "Owner"},
        "Claims": {"Content": claims()}, "Properties": {"Content": properties()},
        "ResourceId": resource(), "ResourceGroupName": "RG-App", "SubscriptionId": SUBSCRIPTION,
        "ResourceType": shown("Microsoft.Compute/virtualMachines", "VM"),
        "ResourceProviderName": shown("Microsoft.Compute", "Compute"), "TenantId": TENANT
    })
}

fn python() -> Json {
    let shown = |value: &str, shown: &str| json!({"value": value, "localized_value": shown});
    json!({
        "event_timestamp": "2026-03-02T10:00:00.1234567Z", "submission_timestamp": "2026-03-02T10:02:00Z",
        "event_data_id": EVENT, "correlation_id": CORRELATION, "operation_id": CORRELATION,
        "operation_name": shown(OPERATION, SHOWN), "category": shown("Administrative", "x"),
        "status": shown("Succeeded", "x"), "sub_status": shown("Created", "x"), "event_name": shown("EndRequest", "x"),
        "level": "Informational", "caller": "ann@corp.example",
        "http_request": {"client_request_id": "c1", "client_ip_address": IP, "method": "PUT", "uri": "https://x"},
        "authorization": authorization(false), "claims": claims(), "properties": properties(),
        "resource_id": resource(), "resource_group_name": "RG-App", "subscription_id": SUBSCRIPTION,
        "resource_type": shown("Microsoft.Compute/virtualMachines", "VM"),
        "resource_provider_name": shown("Microsoft.Compute", "Compute"), "tenant_id": TENANT
    })
}

/// The event as Elastic stores it, with nested objects or dotted names.
pub(super) fn elastic() -> [Json; 2] {
    let nested = json!({
        "@timestamp": "2026-03-02T10:00:00.123Z",
        "azure": {
            "activitylogs": {
                "category": "Administrative", "event_category": "Administrative",
                "operation_name": OPERATION.to_ascii_uppercase(),
                "result_type": "Success", "result_signature": "Succeeded.Created",
                "identity": {"authorization": authorization(true), "claims": claims()},
                "properties": {"status_code": "Created", "entity": resource()}
            },
            "correlation_id": CORRELATION, "tenant_id": TENANT, "subscription_id": SUBSCRIPTION,
            "resource": {"id": resource().to_ascii_uppercase(), "group": "RG-APP", "name": "VM01"}
        },
        "client": {"ip": IP}, "source": {"ip": IP, "geo": {"country_iso_code": "DE"}},
        "cloud": {"provider": "azure"}, "user": {"name": "ann", "domain": "corp.example"},
        "event": {"action": OPERATION.to_ascii_uppercase(), "outcome": "success", "type": ["change"]},
        "log": {"level": "Information"}, "tags": ["azure-activitylogs"]
    });
    let mut flat = json!({});
    flatten("", &nested, &mut flat);
    [nested, flat]
}

fn flatten(path: &str, value: &Json, flat: &mut Json) {
    let Some(members) = value.as_object() else {
        flat[path] = value.clone();
        return;
    };
    for (name, value) in members {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        flatten(&path, value, flat);
    }
}

/// The event in every shape, each under a letter.
pub(super) fn shapes() -> [(char, Json); 7] {
    let webhook = json!({
        "schemaId": "Microsoft.Insights/activityLogs",
        "data": {"status": "Activated", "context": {"activityLog": rest()}}
    });
    [
        ('D', diagnostic()),
        ('R', rest()),
        ('L', table(true)),
        ('T', table(false)),
        ('P', powershell()),
        ('Y', python()),
        ('W', webhook),
    ]
}
