//! One event in every shape, asked by every name that rules have for its values.

mod event;

use serde_json::Value as Json;

use event::{APP, CORRELATION, EVENT, IP, OID, OPERATION, SHOWN, SUBSCRIPTION, TENANT};
use event::{diagnostic, elastic, rest, shapes, table};

use crate::base::json::Value;
use crate::detect::field::Field;
use crate::detect::read::View;
use crate::shape::normal::{Context, Normaliser};
use crate::shape::{Memo, Nested, Reading, Record, Row, recognise};

/// Names of a value separated by blanks, the value, and the shapes that hold it.
const NAMES: &[(&str, &str, &str)] = &[
    (
        "time eventTimestamp TimeGenerated event_time event_timestamp",
        "2026-03-02T10:00:00.1234567Z",
        "DRLTPYW",
    ),
    (
        "submissionTimestamp EventSubmissionTimestamp submission_time event.ingested",
        "2026-03-02T10:02:00Z",
        "RLPY",
    ),
    (
        "operationName OperationNameValue operationNameValue operationName.value OperationName operation_name operation azure.activitylogs.operation_name properties.message Properties.message Properties_d.message",
        OPERATION,
        "DRLTPYW",
    ),
    ("OperationName operationName.localizedValue", SHOWN, "RLTPYW"),
    (
        "category Category CategoryValue category.value properties.eventCategory eventCategory",
        "Administrative",
        "DRLTPYW",
    ),
    (
        "status status.value Status resultType ResultType ActivityStatusValue ActivityStatus",
        "Success",
        "DRLTPYW",
    ),
    (
        "status status.value Status resultType ResultType ActivityStatusValue ActivityStatus",
        "Succeeded",
        "DRLTPYW",
    ),
    (
        "subStatus subStatus.value ActivitySubstatusValue ActivitySubstatus sub_status properties.statusCode Properties_d.statusCode",
        "Created",
        "DRLTPYW",
    ),
    ("resultSignature ResultSignature", "Succeeded.Created", "DRLTPYW"),
    ("http_status properties.statusCode", "201", "RPYW"),
    ("eventName eventName.value EventName event_name properties.eventName", "EndRequest", "DRPYW"),
    (
        "resourceId ResourceId _ResourceId resource_id",
        "/subscriptions/6f1c2a4e-3b7d-4c58-9a01-5d2e8f7b9c10/resourcegroups/rg-app/providers/microsoft.compute/virtualmachines/vm01",
        "DRLTPYW",
    ),
    (
        "properties.entity",
        "/subscriptions/6f1c2a4e-3b7d-4c58-9a01-5d2e8f7b9c10/resourcegroups/rg-app/providers/microsoft.compute/virtualmachines/vm01",
        "DRLTPYW",
    ),
    (
        "ResourceProviderValue resourceProviderName resourceProviderName.value ResourceProvider provider",
        "Microsoft.Compute",
        "DRLTPYW",
    ),
    (
        "resourceType ResourceType resourceType.value resource_type",
        "Microsoft.Compute/virtualMachines",
        "DRLTPYW",
    ),
    ("resourceGroup ResourceGroup resourceGroupName resource_group", "rg-app", "DRLTPYW"),
    ("subscriptionId SubscriptionId _SubscriptionId subscription_id", SUBSCRIPTION, "DRLTPYW"),
    ("resource_tenant", TENANT, "DRLTPYW"),
    (
        "properties.hierarchy Hierarchy hierarchy Properties_d.hierarchy",
        "70ebe3a3-5b30-435d-9d67-7716d74ca190/root/6f1c2a4e-3b7d-4c58-9a01-5d2e8f7b9c10",
        "DRLTPYW",
    ),
    (
        "caller Caller actor_upn identity.claims.upn claims.upn Claims_d.upn",
        "ann@corp.example",
        "DRLTPYW",
    ),
    (
        "caller Caller actor_oid claims.oid claims.objectidentifier claims.http://schemas.microsoft.com/identity/claims/objectidentifier identity.claims.http://schemas.microsoft.com/identity/claims/objectidentifier",
        OID,
        "DRLTPYW",
    ),
    (
        "callerIpAddress CallerIpAddress callerIPAddress httpRequest.clientIpAddress HTTPRequest.clientIpAddress http_request.client_ip_address client_ip",
        IP,
        "DRLTPYW",
    ),
    ("httpRequest.method HTTPRequest.method http_method", "PUT", "RLTPYW"),
    ("httpRequest.uri HTTPRequest.uri http_request.uri", "https://x", "RLTPYW"),
    (
        "httpRequest.clientRequestId HTTPRequest.clientRequestId http_request.client_request_id",
        "c1",
        "RLTPYW",
    ),
    ("claims.appid identity.claims.appid Claims.appid Claims_d.appid app_id", APP, "DRLTPYW"),
    ("claims.ipaddr identity.claims.ipaddr Claims_d.ipaddr token_ip", "198.51.100.9", "DRLTPYW"),
    ("claims.name identity.claims.name Claims_d.name actor_name", "Ann Example", "DRLTPYW"),
    (
        "claims.scope identity.claims.scp Claims_d.http://schemas.microsoft.com/identity/claims/scope",
        "user_impersonation",
        "DRLTPYW",
    ),
    ("claims.uti Claims_d.uti identity.claims.uti", "tokenid", "DRLTPYW"),
    (
        "claims.aud identity.claims.aud Claims.aud Claims_d.aud",
        "https://management.core.windows.net/",
        "DRLTPYW",
    ),
    (
        "authorization.action identity.authorization.action Authorization.action Authorization_d.action",
        OPERATION,
        "DRLTPYW",
    ),
    (
        "authorization.role identity.authorization.evidence.role identity.authorization.role Authorization.evidence.role Authorization_d.evidence.role Authorization_d.role role",
        "Owner",
        "DRLTPYW",
    ),
    (
        "authorization.evidence.roleAssignmentScope identity.authorization.evidence.roleAssignmentScope Authorization_d.evidence.roleAssignmentScope role_scope",
        "/subscriptions/6f1c2a4e-3b7d-4c58-9a01-5d2e8f7b9c10",
        "DLT",
    ),
    (
        "authorization.evidence.principalId identity.authorization.evidence.principalId Authorization_d.evidence.principalId",
        "ab12",
        "DLT",
    ),
    ("authorization.evidence.principalType Authorization.evidence.principalType", "User", "DLT"),
    ("correlationId CorrelationId correlation_id", CORRELATION, "DRLTPYW"),
    ("operationId OperationId operation_id", CORRELATION, "RLTPYW"),
    ("eventDataId EventDataId event_data_id event_id", EVENT, "RLTPYW"),
    ("level Level", "Informational", "DRLTPYW"),
    (
        "properties.requestbody.properties.vmSize properties.requestBody.Properties.VMSIZE Properties.requestbody.properties.vmSize Properties_d.requestbody.properties.vmSize properties.content.requestbody.properties.vmSize body.properties.vmSize",
        "Standard_B1s",
        "DRLTPYW",
    ),
    (
        "properties.responseBody.name Properties_d.responseBody.name properties.responsebody.name",
        "vm01",
        "DRLTPYW",
    ),
    (
        "properties.statusMessage.error.code Properties.statusMessage.error.code Properties_d.statusMessage.error.code",
        "Conflict",
        "DRLTPYW",
    ),
    // What ECS and OCSF call them.
    ("event.action api.operation", OPERATION, "DRLTPYW"),
    ("event.outcome", "Succeeded", "DRLTPYW"),
    ("@timestamp", "2026-03-02T10:00:00.1234567Z", "DRLTPYW"),
    ("source.ip source.address client.ip client.address related.ip src_endpoint.ip", IP, "DRLTPYW"),
    (
        "user.name user.email user.id related.user actor.user.name actor.user.email_addr actor.user.uid",
        "ann@corp.example",
        "DRLTPYW",
    ),
    ("user.full_name user.name actor.user.full_name", "Ann Example", "DRLTPYW"),
    ("user.id actor.user.uid actor.user.uid_alt", OID, "DRLTPYW"),
    ("actor.app_uid", APP, "DRLTPYW"),
    ("actor.session.uid", "tokenid", "DRLTPYW"),
    ("azure.correlation_id metadata.correlation_uid api.request.uid", CORRELATION, "DRLTPYW"),
    ("event.id metadata.uid", EVENT, "RLTPYW"),
    ("cloud.account.id cloud.account.uid azure.subscription_id", SUBSCRIPTION, "DRLTPYW"),
    ("azure.tenant_id cloud.org.uid", TENANT, "DRLTPYW"),
    (
        "azure.resource.id resources.uid resource.uid",
        "/subscriptions/6f1c2a4e-3b7d-4c58-9a01-5d2e8f7b9c10/resourcegroups/rg-app/providers/microsoft.compute/virtualmachines/vm01",
        "DRLTPYW",
    ),
    ("azure.resource.name resources.name resource.name", "vm01", "DRLTPYW"),
    ("azure.resource.group", "rg-app", "DRLTPYW"),
    (
        "azure.resource.type resources.type resource.type",
        "Microsoft.Compute/virtualMachines",
        "DRLTPYW",
    ),
    ("azure.resource.provider api.service.name", "Microsoft.Compute", "DRLTPYW"),
    ("log.level", "Informational", "DRLTPYW"),
    ("http.response.status_code http_response.code api.response.code", "201", "DRLTPYW"),
    ("http.request.method http_request.http_method", "PUT", "RLTPYW"),
    ("error.code api.response.error", "Conflict", "DRLTPYW"),
];

/// The values that a record has for a field.
fn values(record: &Json, name: &str) -> Vec<String> {
    values_of(record, &Field::resolve(name))
}

fn values_of(record: &Json, field: &Field) -> Vec<String> {
    values_in(Nested::parse(record.to_string()).unwrap().root(), field)
}

fn values_in(record: Value<'_>, field: &Field) -> Vec<String> {
    let shape = recognise(&Record::new(record)).expect("a shape").shape();
    let fields = match shape.read {
        Reading::Event(fields) => fields,
        Reading::Inner { open, .. } => {
            let mut seen = Vec::new();
            open(record, &mut |inner| seen.extend(values_in(inner, field)));
            return seen;
        }
        _ => panic!("an event"),
    };
    let (mut normaliser, mut row) = (Normaliser::default(), Row::default());
    normaliser
        .event(&fields(record), &Memo::default(), &Context::default(), &mut row, &mut |_| ())
        .expect("an event");
    let identity = &normaliser.identities()[row.identity];
    let mut seen = Vec::new();
    let memo = Memo::of(record);
    View::new(&row, identity, record, &memo).each(field, &mut |value| {
        seen.push(value.to_owned());
        false
    });
    seen
}

#[test]
fn every_name_finds_its_value_in_every_shape() {
    let shapes = shapes();
    let mut wrong = Vec::new();
    for (names, value, held) in NAMES {
        assert!(held.len() >= 3, "{names}");
        for name in names.split(' ') {
            for (letter, record) in shapes.iter().filter(|(letter, _)| held.contains(*letter)) {
                let found = values(record, name);
                if !found.iter().any(|found| found.eq_ignore_ascii_case(value)) {
                    wrong.push(format!("{letter} {name}: {found:?}, not {value}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_an_indexer_wrote_around_the_event_is_found() {
    for record in elastic() {
        for (names, value) in [
            (
                "operationName event.action azure.activitylogs.operation_name api.operation",
                OPERATION,
            ),
            ("event.outcome status azure.activitylogs.result_type", "Success"),
            (
                "source.ip client.ip callerIpAddress azure.activitylogs.caller_ip_address related.ip",
                IP,
            ),
            ("correlationId azure.correlation_id", CORRELATION),
            ("cloud.account.id azure.subscription_id subscriptionId", SUBSCRIPTION),
            ("azure.resource.name resources.name", "vm01"),
            ("azure.resource.group resourceGroup", "rg-app"),
            ("azure.activitylogs.event_category category", "Administrative"),
            ("azure.activitylogs.properties.status_code", "Created"),
            ("user.name", "ann"),
            ("user.domain", "corp.example"),
            ("cloud.provider", "azure"),
            ("source.geo.country_iso_code", "DE"),
            ("event.type", "change"),
            ("tags", "azure-activitylogs"),
            ("log.level level", "Informational"),
        ] {
            for name in names.split(' ') {
                let found = values(&record, name);
                assert!(
                    found.iter().any(|own| own.eq_ignore_ascii_case(value)),
                    "{name}: {found:?}"
                );
            }
        }
    }
}

#[test]
fn where_case_counts_fields_are_as_records_write_them() {
    let mut record = diagnostic();
    let written = [
        ("operationName", "Microsoft.Compute/VirtualMachines/Write"),
        ("resourceId", "/Subscriptions/6F1C2A4E/resourceGroups/RG"),
        ("callerIpAddress", "2001:DB8::A"),
        ("correlationId", "0F3C9D52-7F6E-4F0A-8A55-6D0B5B1F7E21"),
        ("time", "2026-03-02T10:00:00.120Z"),
    ];
    for (name, text) in written {
        record[name] = text.into();
    }
    record["identity"]["claims"]["appid"] = APP.to_ascii_uppercase().into();
    for (name, text) in written.into_iter().chain([("claims.appid", &*APP.to_ascii_uppercase())]) {
        let found = values_of(&record, &Field::resolve_as_written(name));
        assert!(found.iter().any(|own| own == text), "{name}: {found:?}");
    }
    // The operation is never taken for one in capitals.
    assert_eq!(values_of(&record, &Field::resolve_as_written("operationName")), [written[0].1]);
    // Its own name for a column asks for what stands there.
    let column = values_of(&record, &Field::resolve_as_written("resource_id"));
    assert_eq!(column, [written[1].1.to_ascii_lowercase()]);
}

#[test]
fn the_workspace_is_no_tenant() {
    assert_eq!(values(&table(true), "resource_tenant"), [TENANT]);
    assert_eq!(values(&table(true), "TenantId"), ["00000000-0000-0000-0000-00000000dead"]);
}

#[test]
fn whole_objects_are_found_under_each_name() {
    for (names, part) in [
        ("claims Claims identity.claims Claims_d", "user_impersonation"),
        ("authorization Authorization identity.authorization Authorization_d", "Owner"),
        ("properties Properties Properties_d", "Standard_B1s"),
    ] {
        for name in names.split(' ') {
            for (letter, record) in shapes() {
                let found = values(&record, name).join(" ");
                assert!(found.contains(part), "{letter} {name}: {found}");
            }
        }
    }
}

#[test]
fn every_word_for_a_status_means_the_same() {
    for (written, words) in [
        ("Success", ["Success", "Succeeded", "succeeded"]),
        ("Succeeded", ["Success", "Succeeded", "SUCCESS"]),
        ("Failure", ["Failure", "Failed", "failed"]),
        ("Failed", ["Failure", "Failed", "Rejected"]),
        ("Start", ["Start", "Started", "started"]),
        ("Started", ["Start", "Started", "START"]),
        ("Accept", ["Accept", "Accepted", "accepted"]),
        ("Accepted", ["Accept", "Accepted", "ACCEPT"]),
    ] {
        let mut records = [diagnostic(), rest(), table(true)];
        records[0]["resultType"] = written.into();
        records[1]["status"]["value"] = written.into();
        records[2]["ActivityStatusValue"] = written.into();
        for record in records {
            for word in words {
                let found = values(&record, "status");
                assert!(
                    found.iter().any(|own| own.eq_ignore_ascii_case(word)),
                    "{written}: {found:?}"
                );
            }
        }
    }
}
