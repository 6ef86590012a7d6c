//! Principals and subscriptions: who somebody is, and that nobody who is named is missing.

use serde_json::{Value, json};

use super::{EVE, SUB, asked, assert_balanced, done, event, report};
use crate::case::analyze;

const OID: &str = "11111111-0000-0000-0000-00000000000c";
const WRITE: &str = "Microsoft.Compute/disks/write";

/// An event whose caller is an object id and nothing else.
fn bare(time: &str) -> Value {
    let mut event = done(time, OID, WRITE, SUB);
    event.as_object_mut().expect("an object").remove("claims");
    event
}

/// An alert of the REST service with entities.
fn alert(number: u32, subscription: &str, entities: &Value) -> Value {
    let name = format!("25171{number:014}_00000000-0000-0000-0000-00000000000{number}");
    json!({
        "id": format!("/subscriptions/{subscription}/providers/Microsoft.Security/locations/westeurope/alerts/{name}"),
        "name": name,
        "type": "Microsoft.Security/Locations/alerts",
        "properties": {
            "alertType": "ARM_OperationFromSuspiciousIP", "alertDisplayName": "An alert", "severity": "High", "status": "Active",
            "startTimeUtc": "2026-03-01T05:00:00.1Z", "endTimeUtc": "2026-03-01T05:00:00.1Z", "timeGeneratedUtc": "2026-03-01T05:00:00.1Z",
            "productName": "Microsoft Defender for Cloud", "vendorName": "Microsoft", "entities": entities,
        },
    })
}

fn account(oid: Option<&str>, upn: Option<&str>) -> Value {
    let mut account = json!({"$id": "2", "type": "account"});
    if let Some(oid) = oid {
        account["aadUserId"] = oid.into();
    }
    if let Some((name, suffix)) = upn.and_then(|upn| upn.split_once('@')) {
        (account["name"], account["upnSuffix"]) = (name.into(), suffix.into());
    }
    json!([account])
}

/// The report on events and alerts.
fn both(events: &[Value], alerts: &[Value]) -> Value {
    let (events, alerts) = (Value::from(events.to_vec()), json!({ "value": alerts }));
    let (events, alerts) = (events.to_string(), alerts.to_string());
    let case =
        analyze(&[("events.json", events.as_bytes()), ("alerts.json", alerts.as_bytes())], &[]);
    assert_eq!(case.status, 0, "{}", case.stderr);
    let report = case.report();
    assert_balanced(&report);
    report
}

/// Id and kind of every user, by id.
fn users(report: &Value) -> Vec<(&str, &str)> {
    let users = report["users"].as_array().expect("users");
    let mut users: Vec<_> =
        users.iter().filter_map(|user| user["id"].as_str().zip(user["kind"].as_str())).collect();
    users.sort_unstable();
    users
}

#[test]
fn an_object_id_alone_does_not_say_what_its_holder_is() {
    assert_eq!(users(&report(&[bare("01:00:00")])), [(OID, "unknown")]);
}

#[test]
fn other_evidence_says_what_an_object_id_is() {
    let body = |kind: &str| {
        let role = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
        json!({"properties": {"principalId": OID, "principalType": kind, "roleDefinitionId": role}})
    };
    let assignment = format!(
        "{SUB}/providers/Microsoft.Authorization/roleAssignments/0000000a-0000-0000-0000-000000000001"
    );
    let grant = |kind: &str| {
        let [start, end] = asked(
            "02:00:00",
            "Microsoft.Authorization/roleAssignments/write",
            &assignment,
            &body(kind),
        );
        vec![bare("01:00:00"), start, end]
    };
    let with_eve = |kind: &'static str| [(OID, kind), (EVE, "user")];
    assert_eq!(users(&report(&grant("ServicePrincipal"))), with_eve("service_principal"));
    assert_eq!(users(&report(&grant("User"))), with_eve("user"));
    let mut refused = grant("User");
    refused[2]["status"]["value"] = "Failed".into();
    assert_eq!(users(&report(&refused)), with_eve("unknown"), "nobody checked the body");
}

#[test]
fn a_managed_identity_is_known_by_the_resource_that_was_made_with_it() {
    let machine =
        format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/vm1");
    let mut made = done("01:00:00", EVE, "Microsoft.Compute/virtualMachines/write", &machine);
    let body = json!({"identity": {"type": "SystemAssigned", "principalId": OID, "tenantId": "t"}});
    made["properties"]["responseBody"] = body.to_string().into();
    // Its token is that of an application.
    let mut acts = done("02:00:00", OID, WRITE, SUB);
    acts["claims"] = json!({"http://schemas.microsoft.com/identity/claims/objectidentifier": OID, "appid": "a", "http://schemas.microsoft.com/identity/claims/tenantid": "t"});
    let report = report(&[made, acts]);
    assert_eq!(users(&report), [(OID, "managed_identity"), (EVE, "user")]);
    let own = report["users"].as_array().unwrap().iter().find(|u| u["id"] == OID).unwrap();
    assert_eq!(own["name"], "vm1");
}

#[test]
fn whom_and_what_only_alerts_name_is_in_the_report() {
    let (other, third) =
        ("00000000-0000-0000-0000-00000000000b", "22222222-0000-0000-0000-00000000000d");
    let alerts = [
        alert(1, other, &account(None, Some("mallory@contoso.com"))),
        alert(2, other, &account(Some(third), None)),
    ];
    let report = both(&[done("01:00:00", EVE, WRITE, SUB)], &alerts);
    assert_eq!(
        users(&report),
        [(third, "unknown"), (EVE, "user"), ("mallory@contoso.com", "user")]
    );
    let list = |key: &str| report[key].as_array().expect("a list").clone();
    for alert in list("alerts") {
        for principal in alert["principals"].as_array().unwrap() {
            let user = list("users").into_iter().find(|u| u["id"] == *principal).expect("a user");
            assert_eq!((&user["operations"], &user["events"]), (&0.into(), &0.into()));
            assert_eq!(user["alerts"], json!([alert["id"]]));
            assert_eq!(user["risk"]["level"], "high", "{user}");
        }
        let own = list("subscriptions").into_iter().find(|s| s["id"] == alert["subscription_id"]);
        let own = own.expect("a subscription");
        assert_eq!(own["operations"], 0);
        assert!(own["alerts"].as_array().unwrap().contains(&alert["id"]));
    }
}

#[test]
fn an_alert_joins_a_name_to_an_object_id_but_never_two_people() {
    let one = [alert(1, &SUB[15..], &account(Some(OID), Some("mallory@contoso.com")))];
    assert_eq!(users(&both(&[bare("01:00:00")], &one)), [("mallory@contoso.com", "user")]);
    // Eve has acted under her own name, and another under the object id.
    let mixed = [alert(1, &SUB[15..], &account(Some(OID), Some(EVE)))];
    let events = [bare("01:00:00"), event("02:00:00", EVE, WRITE, SUB, "Succeeded")];
    assert_eq!(users(&both(&events, &mixed)), [(OID, "unknown"), (EVE, "user")]);
}

#[test]
fn an_owner_that_no_event_names_is_marked_as_inferred() {
    let tenant = "33333333-0000-0000-0000-00000000000e";
    let mut call = done("01:00:00", EVE, WRITE, SUB);
    call["claims"]["http://schemas.microsoft.com/identity/claims/tenantid"] = tenant.into();
    let owner = |call: &Value| {
        let report = report(std::slice::from_ref(call));
        let own = &report["subscriptions"][0];
        assert_eq!(own["tenant_id"], tenant);
        own["tenant_inferred"].clone()
    };
    assert_eq!(owner(&call), true);
    call["tenantId"] = tenant.into();
    assert_eq!(owner(&call), false);
}

#[test]
fn who_administers_for_a_partner_stays_that_where_another_export_of_the_event_is_richer() {
    let tenant = "00000000-0000-0000-0000-0000000000ff";
    let claims = json!({
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "kay@partner.example",
        "http://schemas.microsoft.com/identity/claims/scope": "user_impersonation",
        "http://schemas.microsoft.com/identity/claims/tenantid": tenant,
        "http://schemas.microsoft.com/identity/claims/identityprovider": "https://sts.windows.net/00000000-0000-0000-0000-0000000000ee/",
    });
    let mut rest = done("00:00:01", "kay@partner.example", WRITE, SUB);
    rest["claims"] = claims.clone();
    // The storage account has the evidence, which the REST service leaves out.
    let storage = json!({
        "time": rest["eventTimestamp"], "correlationId": rest["correlationId"], "category": "Administrative",
        "operationName": WRITE.to_uppercase(), "resourceId": SUB.to_uppercase(), "resultType": "Success",
        "identity": {"claims": claims, "authorization": {"evidence": {"role": "Owner", "principalType": "ForeignGroup"}}},
    });
    let files = [("a.json", rest.to_string()), ("b.json", storage.to_string())];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, t)| (*n, t.as_bytes())).collect();
    let report = analyze(&files, &[]).report();
    assert_eq!(report["evidence"]["totals"]["duplicates"], 1);
    let user = &report["users"][0];
    assert_eq!((&user["kind"], &user["delegated_access"]), (&"foreign".into(), &true.into()));
}

#[test]
fn a_home_tenant_owns_what_nobody_else_is_said_to_own() {
    let (home, other) =
        ("33333333-0000-0000-0000-00000000000f", "33333333-0000-0000-0000-00000000000e");
    let mut call = done("01:00:00", EVE, WRITE, SUB);
    call["claims"]["http://schemas.microsoft.com/identity/claims/tenantid"] = other.into();
    let of = |call: &Value| {
        let text = json!([call]).to_string();
        let case = analyze(&[("x.json", text.as_bytes())], &["--home-tenant", home]);
        let report = case.report();
        let own = &report["subscriptions"][0];
        let known = (own["tenant_id"].clone(), own["tenant_inferred"].clone());
        (known, report["users"][0]["delegated_access"].clone())
    };
    assert_eq!(of(&call), ((json!(home), json!(false)), json!(true)));
    // What the log says weighs more.
    call["tenantId"] = other.into();
    assert_eq!(of(&call), ((json!(other), json!(false)), json!(false)));
}

#[test]
fn a_name_with_another_object_id_and_an_object_id_with_another_name_are_told_with_their_events() {
    let write = "Microsoft.Compute/disks/write";
    let by = |time: &str, upn: &str, oid: &str| {
        let mut event = done(time, upn, write, SUB);
        event["claims"]["http://schemas.microsoft.com/identity/claims/objectidentifier"] =
            oid.into();
        event
    };
    let (first, second) =
        ("aaaaaaaa-0000-0000-0000-000000000001", "aaaaaaaa-0000-0000-0000-000000000002");
    let events = [
        by("01:00:00", "ann@contoso.com", first),
        by("02:00:00", "ANN@contoso.com", first),
        by("03:00:00", "ann@contoso.com", second),
        by("04:00:00", "bea@contoso.com", "aaaaaaaa-0000-0000-0000-000000000003"),
        by("05:00:00", "bea.new@contoso.com", "aaaaaaaa-0000-0000-0000-000000000003"),
        by("06:00:00", "carl@contoso.com", "aaaaaaaa-0000-0000-0000-000000000004"),
    ];
    let list = json!([{"id": "aaaaaaaa-0000-0000-0000-000000000009", "displayName": "Carl", "userPrincipalName": "carl@contoso.com"}]);
    let (events, list) = (Value::from(events.to_vec()).to_string(), list.to_string());
    let files = [("events.json", events.as_bytes()), ("users.json", list.as_bytes())];
    let case = crate::case::analyze(&files, &[]);
    let report = case.report();
    let notes = |id: &str| {
        let users = report["users"].as_array().unwrap();
        let user = users.iter().find(|u| u["id"] == id).unwrap_or_else(|| panic!("{users:#?}"));
        user["account_notes"].as_array().unwrap().clone()
    };
    let ann = notes("ann@contoso.com");
    assert_eq!((ann.len(), ann[0]["events"].as_array().unwrap().len()), (1, 2), "{ann:#?}");
    let words = ann[0]["because"].as_str().unwrap();
    assert!(words.contains(first) && words.contains(second), "{words}");
    assert!(words.contains("deleted and made again"), "{words}");
    let bea = notes("bea.new@contoso.com");
    assert_eq!(bea.len(), 1);
    assert!(bea[0]["because"].as_str().unwrap().contains("the account was renamed"), "{bea:#?}");
    let carl = notes("carl@contoso.com");
    assert!(
        carl[0]["because"].as_str().unwrap().contains("users.json holds the name carl@contoso.com"),
        "{carl:#?}"
    );
    let folder = case.path("").parent().unwrap().to_owned();
    let page = crate::case::run(&folder, &["user", "case", "ann@contoso.com"]).stdout;
    assert!(String::from_utf8(page).unwrap().contains("had the object id"));
}
