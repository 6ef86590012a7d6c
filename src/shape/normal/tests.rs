//! One event in several shapes means the same.

use super::super::{Nested, Reading, Record, Row, recognise};
use super::*;
use crate::base::Precision;

/// Normalises one record; panics when no activity shape knows it.
fn read(text: &str) -> (Row, Identity, Vec<Code>) {
    let nested = Nested::parse(text.to_owned()).expect("JSON");
    let shape = recognise(&Record::new(nested.root())).expect("a shape");
    let Reading::Event(fields) = shape.shape().read else {
        panic!("no event: {}", shape.shape().name)
    };
    let (mut normaliser, mut row, mut notes) = (Normaliser::default(), Row::default(), Vec::new());
    let context = Context::default();
    normaliser
        .event(&fields(nested.root()), &Memo::default(), &context, &mut row, &mut |c| notes.push(c))
        .expect("a time");
    let identity = normaliser.identities()[row.identity].clone();
    (row, identity, notes)
}

const SUB: &str = "00000000-0000-0000-0000-00000000000a";
const RESOURCE: &str = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/RG1/providers/Microsoft.Compute/virtualMachines/Web01";

fn rest() -> String {
    format!(
        r#"{{"authorization":{{"action":"x","scope":"{RESOURCE}"}},"caller":"ann@contoso.com","claims":{{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"Ann@contoso.com","http://schemas.microsoft.com/identity/claims/scope":"x"}},
        "correlationId":"C0","eventDataId":"E0","eventName":{{"value":"EndRequest"}},"eventTimestamp":"2026-03-01T10:00:00.1234567Z",
        "id":"{RESOURCE}/events/E0/ticks/639079560001234567","httpRequest":{{"clientIpAddress":"192.0.2.7:5000","method":"POST"}},"level":"Informational","operationId":"O0",
        "operationName":{{"value":"Microsoft.Compute/virtualMachines/runCommand/action","localizedValue":"Run Command on Virtual Machine"}},
        "category":{{"value":"Administrative"}},"properties":{{"statusCode":"Accepted"}},"resourceId":"{RESOURCE}","resourceGroupName":"RG1","status":{{"value":"Succeeded"}},"subStatus":{{"value":""}},"subscriptionId":"{SUB}","tenantId":"00000000-0000-0000-0000-0000000000ff"}}"#
    )
}

#[test]
fn a_storage_record_and_a_rest_event_give_the_same_row() {
    let storage = format!(
        r#"{{"time":"2026-03-01T10:00:00.1234567Z","resourceId":"{}","operationName":"MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION","category":"Administrative","resultType":"Success","resultSignature":"Succeeded.","callerIpAddress":"192.0.2.7:5000","correlationId":"c0",
        "identity":{{"authorization":{{"scope":"{RESOURCE}"}},"claims":{{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"Ann@contoso.com","http://schemas.microsoft.com/identity/claims/scope":"x"}}}},"level":"Information","Level":5,"properties":"{{\"statusCode\":\"Accepted\"}}","tenantId":"00000000-0000-0000-0000-0000000000ff"}}"#,
        RESOURCE.to_uppercase()
    );
    let ((a, who_a, _), (b, who_b, _)) = (read(&rest()), read(&storage));
    assert_eq!(a.time, b.time);
    assert_eq!(who_a, who_b);
    assert_eq!((a.http_status, b.http_status, a.client_port), (Some(202), Some(202), Some(5000)));
    for column in [
        Event::CorrelationId,
        Event::Category,
        Event::Operation,
        Event::Provider,
        Event::Verb,
        Event::Phase,
        Event::Status,
        Event::Level,
        Event::ClientIp,
        Event::SubscriptionId,
        Event::ResourceGroup,
        Event::ResourceId,
        Event::ResourceType,
        Event::ResourceTenant,
        Event::CrossTenant,
    ] {
        assert!(a.get(column).is_some(), "{column:?} is null");
        assert_eq!(a.get(column), b.get(column), "{column:?}");
    }
}

#[test]
fn letters_outside_ascii_are_the_same_in_capitals() {
    let record = |id: &str| {
        let text = format!(
            r#"{{"time":"2026-03-01T10:00:00Z","resourceId":"{id}","operationName":"A/B/WRITE","category":"Administrative"}}"#
        );
        let (row, ..) = read(&text);
        [Event::ResourceId, Event::ResourceGroup].map(|c| row.get(c).unwrap().to_owned())
    };
    let id = "/subscriptions/0b0c0d0e-1111-4222-8333-0a0b0c0d0e0f/resourceGroups/rg-grün/providers/A.B/c/Été";
    assert_eq!(record(&id.replace("grün", "GRÜN").replace("Été", "ÉTÉ")), record(id));
    assert_eq!(record(id)[1], "rg-grün");
}

#[test]
fn the_ticks_win_over_the_text() {
    let text = rest().replace("2026-03-01T10:00:00.1234567Z", "1/3/2026 10:00:00");
    let (row, _, _) = read(&text);
    assert_eq!(
        (row.time.to_string().as_str(), row.precision),
        ("2026-03-01T10:00:00.1234567Z", Precision::TICK)
    );
}

#[test]
fn table_columns_are_coalesced_and_the_workspace_is_no_tenant() {
    let (row, who, _) = read(
        r#"{"TimeGenerated [UTC]":"3/1/2026, 10:00:00.123 AM","OperationNameValue":"","OperationName":"Microsoft.Storage/storageAccounts/listKeys/action","ActivityStatusValue":"","ActivityStatus":"Succeeded","Caller":"ann@contoso.com","CategoryValue":"","Category":"Administrative","TenantId":"00000000-0000-0000-0000-000000000001","Hierarchy":"00000000-0000-0000-0000-0000000000ff/G/00000000-0000-0000-0000-00000000000a","SubscriptionId":"00000000-0000-0000-0000-00000000000a","Claims":"","Claims_d":"{\"appid\":\"x\",\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn\":\"ann@contoso.com\"}","HTTPRequest":"{\"clientIpAddress\":\"192.0.2.1\",\"method\":\"POST\"}"}"#,
    );
    assert_eq!(
        row.get(Event::Operation),
        Some("MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION")
    );
    assert_eq!(row.get(Event::Status), Some("succeeded"));
    assert_eq!(row.get(Event::Category), Some("administrative"));
    assert_eq!(row.get(Event::ResourceTenant), Some("00000000-0000-0000-0000-0000000000ff"));
    assert_eq!(row.get(Event::ClientIp), Some("192.0.2.1"));
    assert_eq!((row.precision, who.app_id.as_str()), (Precision::digits(3), "x"));
}

#[test]
fn grants_are_read_from_both_spellings_and_from_the_provider_s_own_event() {
    let base = |properties: &str| {
        format!(
            r#"{{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE","resourceId":"/subscriptions/{SUB}/providers/Microsoft.Authorization/roleAssignments/88daaf5aea864a689d89477538d41100","resultType":"Success","properties":{properties}}}"#
        )
    };
    let bodies = [
        r#"{"requestbody":"{\"Id\":\"x\",\"Properties\":{\"PrincipalId\":\"1004AD5A-7B8F-46BB-A1AC-6FAA9F52BC30\",\"RoleDefinitionId\":\"/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c\"}}"}"#,
        r#"{"responseBody":"{\"properties\":{\"roleDefinitionId\":\"/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c\",\"principalId\":\"1004ad5a-7b8f-46bb-a1ac-6faa9f52bc30\"}}"}"#,
        r#"{"id":"88daaf5aea864a689d89477538d41100","principalId":"1004ad5a7b8f46bba1ac6faa9f52bc30","roleDefinitionId":"b24988ac618042a0ab8820f7382dd24c"}"#,
    ];
    for body in bodies {
        let (row, _, _) = read(&base(body));
        assert_eq!(
            row.get(Event::GrantPrincipal),
            Some("1004ad5a-7b8f-46bb-a1ac-6faa9f52bc30"),
            "{body}"
        );
        assert_eq!(row.get(Event::GrantRole), Some("b24988ac-6180-42a0-ab88-20f7382dd24c"));
        assert_eq!(row.get(Event::GrantScope), Some(format!("/subscriptions/{SUB}").as_str()));
        assert!(
            row.get(Event::ResourceId).unwrap().ends_with("/88daaf5a-ea86-4a68-9d89-477538d41100")
        );
    }
}

#[test]
fn the_deepest_error_is_told() {
    let (row, _, _) = read(
        r#"{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"A/B/WRITE","resultType":"Failure","resultSignature":"Failed.Conflict","properties":{"statusCode":"Conflict","statusMessage":"{\"status\":\"Failed\",\"error\":{\"code\":\"ResourceDeploymentFailure\",\"message\":\"m\",\"details\":[{\"code\":\"VMExtensionFailed\",\"message\":\"d\"}]}}"}}"#,
    );
    assert_eq!(
        (row.get(Event::ErrorCode), row.get(Event::ErrorMessage)),
        (Some("VMExtensionFailed"), Some("d"))
    );
    assert_eq!(
        (row.get(Event::Status), row.get(Event::SubStatus), row.http_status),
        (Some("failed"), Some("Conflict"), Some(409))
    );
}

#[test]
fn powershell_wrappers_are_opened_and_flattened_ones_are_told() {
    let (row, who, notes) = read(
        r#"{"EventTimestamp":"\/Date(1772359200123)\/","OperationName":{"Value":"Microsoft.Compute/disks/write","LocalizedValue":"x"},"Status":{"Value":"Succeeded"},"Level":3,"Claims":{"Content":{"name":"Ann","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"ann@contoso.com"}},"HttpRequest":{"ClientIpAddress":"192.0.2.1","Method":"PUT"},"Properties":{"Content":{"statusCode":"OK"}}}"#,
    );
    assert_eq!(
        (row.get(Event::Level), row.get(Event::ClientIp), row.http_status),
        (Some("informational"), Some("192.0.2.1"), Some(200))
    );
    assert_eq!((who.key.as_str(), notes), ("ann@contoso.com", vec![]));
    let (_, _, notes) = read(
        r#"{"EventTimestamp":"2026-03-01T10:00:00Z","OperationName":"Create role assignment","Claims":"@{Content=System.Collections.Generic.Dictionary}"}"#,
    );
    assert_eq!(notes, [Code::SmallDepth]);
}

#[test]
fn a_token_of_another_tenant_is_delegation_wherever_its_holder_lives() {
    let id =
        |kind, token: &str| Identity { kind, token_tenant: token.into(), ..Identity::default() };
    let crossing = |kind, token| cross_tenant(&id(kind, token), Some("t1"));
    assert_eq!(crossing(PrincipalKind::User, "t1"), "no");
    assert_eq!(crossing(PrincipalKind::User, "t2"), "delegated");
    assert_eq!(crossing(PrincipalKind::Guest, "t1"), "guest");
    assert_eq!(crossing(PrincipalKind::Guest, "t2"), "delegated");
    assert_eq!(cross_tenant(&id(PrincipalKind::User, "t1"), None), "unknown");
}

#[test]
fn log_profiles_and_numbered_levels_of_storage_records_are_understood() {
    let (row, _, _) = read(
        r#"{"time":"2026-03-01T10:00:00Z","category":"Action","level":4,"operationName":"A/B/ACTION","resultType":"Success","properties":{"eventCategory":"Policy"}}"#,
    );
    assert_eq!(
        (row.get(Event::Category), row.get(Event::Level)),
        (Some("policy"), Some("informational"))
    );
}

#[test]
fn an_event_without_a_readable_time_is_refused() {
    let nested = Nested::parse(r#"{"time":"soon","category":"Policy"}"#.to_owned()).unwrap();
    let Reading::Event(fields) = recognise(&Record::new(nested.root())).unwrap().shape().read
    else {
        panic!()
    };
    let result = Normaliser::default().event(
        &fields(nested.root()),
        &Memo::default(),
        &Context::default(),
        &mut Row::default(),
        &mut |_| (),
    );
    assert_eq!(result, Err(Code::BadTime));
}

#[test]
fn a_column_that_was_cut_leaves_its_twin() {
    let (row, _, _) = read(
        r#"{"TimeGenerated":"2026-03-01T10:00:00Z","OperationNameValue":"A/B/WRITE","ActivityStatusValue":"Cancel","Level":"4",
        "Authorization":"{\"scope\": \"/subs","Authorization_d":"{\"evidence\":{\"role\":\"Owner\"}}","Properties":"{\"statusCode\": \"Conf","Properties_d":{"statusCode":"Conflict"}}"#,
    );
    assert_eq!((row.get(Event::Role), row.http_status), (Some("Owner"), Some(409)));
    assert_eq!(row.get(Event::Status), Some("cancelled"));
    assert_eq!(row.get(Event::Level), Some("informational"), "numbers of the log begin with 1");
}

#[test]
fn times_of_another_zone_are_told() {
    let (row, _, notes) = read(
        r#"{"TimeGenerated [Local Time]":"2026-03-01 10:00:00.123","OperationNameValue":"A/B/WRITE"}"#,
    );
    assert_eq!(
        (row.time.to_string().as_str(), row.precision),
        ("2026-03-01T10:00:00.123Z", Precision::digits(3))
    );
    assert_eq!(notes, [Code::NoZone]);
}

#[test]
fn the_id_of_the_operation_may_stand_among_the_properties() {
    let (row, _, _) = read(
        r#"{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"A/B/WRITE","resultType":"Start","properties":{"operationId":"O1"}}"#,
    );
    assert_eq!(row.get(Event::OperationId), Some("o1"));
}

#[test]
fn an_event_of_which_any_members_were_selected_is_dated_by_its_id() {
    for members in [
        r#""operationName":{"value":"A/B/write"},"status":{"value":"Failed"}"#,
        r#""caller":"ann@contoso.com","correlationId":"c""#,
    ] {
        let id = format!("{RESOURCE}/events/E0/ticks/639079560001234567");
        let (row, _, _) = read(&format!(r#"{{"id":"{id}",{members}}}"#));
        assert_eq!(row.time.to_string(), "2026-03-01T10:00:00.1234567Z");
        assert_eq!(row.get(Event::EventId), Some("e0"));
    }
}

#[test]
fn the_resource_of_an_event_of_which_members_were_selected_is_that_of_its_id() {
    let selected = format!(
        r#"{{"eventTimestamp":"2026-03-01T10:00:00Z","operationName":{{"value":"A/b/write"}},"id":"{RESOURCE}/events/E0/ticks/639079560001234567"}}"#
    );
    let (row, ..) = read(&selected);
    assert_eq!(row.get(Event::ResourceId), Some(&*RESOURCE.to_lowercase()));
    assert_eq!(row.get(Event::SubscriptionId), Some(SUB));
    assert_eq!(
        (row.get(Event::ResourceName), row.get(Event::EventId)),
        (Some("Web01"), Some("e0"))
    );
}

#[test]
fn a_row_without_columns_for_its_place_has_it_in_the_properties() {
    let (row, ..) = read(
        r#"{"TimeGenerated":"2026-03-01T10:00:00Z","OperationNameValue":"A/B/WRITE","Properties_d":{"resource":"sa1","resourceGroup":"RG","subscriptionId":"00000000-0000-0000-0000-00000000000a"}}"#,
    );
    let place = [Event::ResourceName, Event::ResourceGroup, Event::SubscriptionId];
    let wanted = ["sa1", "rg", "00000000-0000-0000-0000-00000000000a"].map(Some);
    assert_eq!(place.map(|column| row.get(column)), wanted);
}

#[test]
fn columns_of_a_database_and_of_the_documented_query_are_read() {
    let row = format!(
        r#"{{"id":"{RESOURCE}/events/E0/ticks/639079560001234567","event_data_id":"E0","event_timestamp":"2026-03-01T10:00:00Z","operation_name":"A/b/write","status":"Succeeded",
        "authorization_info":{{"action":"A/b/write","role":"Owner"}},"resource_group":"RG1","subscription_id":"{SUB}"}}"#
    );
    let (row, ..) = read(&row);
    assert_eq!((row.get(Event::Role), row.get(Event::ResourceGroup)), (Some("Owner"), Some("rg1")));
    let (row, ..) = read(
        r#"{"TimeGenerated":"2020-09-29T23:11:02.578Z","BlobTime":"2020-09-29T23:00:00Z","OperationNameValue":"A/B/WRITE","ActivityStatus":"Started","ClientIpAddress":"192.0.2.1"}"#,
    );
    assert_eq!(row.get(Event::ClientIp), Some("192.0.2.1"));
}

#[test]
fn the_identity_of_a_storage_record_may_be_json_in_a_string_or_the_claims_themselves() {
    let record = |identity: &str| {
        format!(
            r#"{{"time":"2026-03-01T10:00:00Z","category":"Alert","operationName":"A/B/ACTION","resourceId":"/x","identity":{identity}}}"#
        )
    };
    let claims = r#"{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/spn":"Microsoft.Insights/alertRules"}"#;
    let whole = format!(
        r#"{{"claims":{claims},"authorization":{{"scope":"/subscriptions/s","role":"R"}}}}"#
    );
    for identity in [claims.to_owned(), whole.clone(), format!("{whole:?}")] {
        let (row, who, _) = read(&record(&identity));
        assert_eq!(who.key, "microsoft.insights/alertrules", "{identity}");
        let role = (identity != claims).then_some("R");
        assert_eq!(row.get(Event::Role), role, "{identity}");
    }
    assert_eq!(read(&record(r#""ann@contoso.com""#)).1.key, "ann@contoso.com");
}

#[test]
fn names_of_types_in_place_of_values_are_no_values() {
    let (row, _, notes) = read(
        r#"{"EventTimestamp":"2018/02/07 4:41:33","EventDataId":"e","OperationName":"Microsoft.Azure.Management.Monitor.Models.LocalizableString",
        "Status":"Microsoft.Azure.Management.Monitor.Models.LocalizableString","Category":"Microsoft.Azure.Management.Monitor.Models.LocalizableString",
        "Authorization":"Microsoft.Azure.Commands.Insights.OutputClasses.PSEventDataAuthorization"}"#,
    );
    for column in [Event::Operation, Event::Status, Event::SubStatus, Event::Category] {
        assert_eq!(row.get(column), None, "{column:?}");
    }
    assert_eq!(notes, [Code::SmallDepth]);
}

#[test]
fn values_that_were_written_as_text_are_read() {
    for (operation, status, claims) in [
        (
            r#"{"value":"A/B/WRITE","localizedValue":"Write"}"#,
            r#"{"value":"Succeeded","localizedValue":"Done"}"#,
            r#"{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"ann@contoso.com"}"#,
        ),
        (
            "{'value': 'A/B/WRITE', 'localized_value': 'Write'}",
            "{'additional_properties': {}, 'value': 'Succeeded', 'localized_value': \"It's done\"}",
            "{'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': 'ann@contoso.com'}",
        ),
    ] {
        let (row, who, _) = read(&format!(
            r#"{{"event_timestamp":"2026-03-01T10:00:00Z","event_data_id":"e","operation_name":{operation:?},"status":{status:?},"claims":{claims:?}}}"#
        ));
        assert_eq!(row.get(Event::Operation), Some("A/B/WRITE"));
        assert_eq!(row.get(Event::Status), Some("succeeded"));
        assert_eq!(who.key, "ann@contoso.com");
    }
}

#[test]
fn the_evidence_that_elastic_renames_is_read() {
    let (row, who, _) = read(
        r#"{"@timestamp":"2020-11-02T08:51:36.997Z","azure":{"activitylogs":{"category":"Administrative","operation_name":"A/B/WRITE","result_type":"Success",
        "identity":{"authorization":{"evidence":{"principal_id":"68b1adf93eb744b08eb8ce96522a08d3","principal_type":"User","role":"Owner",
        "role_assignment_scope":"/providers/Microsoft.Management/managementGroups/g"}}}},"resource":{"id":"/subscriptions/s"}}}"#,
    );
    let said = (row.get(Event::Role), row.get(Event::RoleScope));
    assert_eq!(said, (Some("Owner"), Some("/providers/microsoft.management/managementgroups/g")));
    assert_eq!(
        (who.kind.as_str(), who.oid.as_str()),
        ("user", "68b1adf9-3eb7-44b0-8eb8-ce96522a08d3")
    );
}

#[test]
fn the_object_id_that_evidence_tells_is_that_of_the_same_record() {
    let record = |kind: &str, id: &str, claim: &str| {
        let text = format!(
            r#"{{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"A/B/DELETE","resourceId":"/x","resultType":"Success","identity":{{"authorization":{{"evidence":{{"role":"Owner","principalType":"{kind}","principalId":"{id}"}}}},"claims":{{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"ann@contoso.com"{claim}}}}}}}"#
        );
        Nested::parse(text).expect("JSON")
    };
    let user = "00000000-0000-0000-0000-0000000000a1";
    let group = "00000000-0000-0000-0000-0000000000a2";
    let own = r#","http://schemas.microsoft.com/identity/claims/objectidentifier":"00000000-0000-0000-0000-0000000000b1""#;
    let records = [
        record("User", user, ""),
        record("Group", group, ""),
        record("User", group, ""),
        record("Group", group, own),
        record("User", user, own),
    ];
    let ids = [user, "", group, &own[own.len() - 37..own.len() - 1], ""];
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [1, 0, 0, 4, 3]] {
        let (mut normaliser, mut row) = (Normaliser::default(), Row::default());
        for at in order {
            let nested = &records[at];
            let shape = recognise(&Record::new(nested.root())).expect("a shape");
            let Reading::Event(fields) = shape.shape().read else { panic!("no event") };
            let context = Context::default();
            let fields = fields(nested.root());
            normaliser
                .event(&fields, &Memo::default(), &context, &mut row, &mut |_| ())
                .expect("a time");
            let oid = &normaliser.identities()[row.identity].oid;
            assert_eq!(oid, ids[if at == 4 { 3 } else { at }], "{order:?} {at}");
        }
        // Who is known by a claim is looked at once, whatever the evidence says.
        let known = normaliser.identities().iter().filter(|id| id.oid == ids[3]).count();
        assert_eq!(known, 1);
        assert!(normaliser.identities().len() <= 4);
    }
}
