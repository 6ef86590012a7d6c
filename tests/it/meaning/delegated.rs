//! Delegated access: members, guests and providers are told apart, and each way in is explained.

use serde_json::{Value, json};

use super::{EVE, SUB, asked, assert_balanced, done};
use crate::case::analyze;

const OWN: &str = "33333333-0000-0000-0000-00000000000e";
const PROVIDER: &str = "44444444-0000-0000-0000-00000000000f";
const APP: &str = "11111111-0000-0000-0000-00000000000c";
const WRITE: &str = "Microsoft.Compute/disks/write";

/// Claims of a token: its tenant, and whatever else it holds.
fn claims(tenant: &str, more: &[(&str, &str)]) -> Value {
    let mut claims = json!({
        "http://schemas.microsoft.com/identity/claims/tenantid": tenant,
        "iss": format!("https://sts.windows.net/{tenant}/"),
    });
    for (name, value) in more {
        claims[*name] = (*value).into();
    }
    claims
}

const SCOPE: (&str, &str) =
    ("http://schemas.microsoft.com/identity/claims/scope", "user_impersonation");
const IDP: &str = "http://schemas.microsoft.com/identity/claims/identityprovider";
const OID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
const UPN: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
const MAIL: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";

/// A call in the subscription, whose tenant the event names.
fn call(time: &str, who: &str, claims: Value) -> Value {
    let disk = format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Compute/disks/d{time}");
    let mut event = done(time, who, WRITE, &disk);
    event["claims"] = claims;
    event["tenantId"] = OWN.into();
    event
}

fn report(events: &[Value], more: &[(&str, Value)]) -> Value {
    let events = Value::from(events.to_vec()).to_string();
    let more: Vec<(&str, String)> = more.iter().map(|(n, v)| (*n, v.to_string())).collect();
    let mut files: Vec<(&str, &[u8])> = vec![("events.json", events.as_bytes())];
    files.extend(more.iter().map(|(name, text)| (*name, text.as_bytes())));
    let case = analyze(&files, &[]);
    assert_eq!(case.status, 0, "{}", case.stderr);
    let report = case.report();
    assert_balanced(&report);
    report
}

/// A call by somebody of every kind.
fn everybody() -> [Value; 7] {
    let home = format!("https://sts.windows.net/{PROVIDER}/");
    let mut partner = call(
        "05:00:00",
        "care@partner.example",
        claims(OWN, &[SCOPE, (UPN, "care@partner.example"), (IDP, &home)]),
    );
    partner["authorization"] =
        json!({"evidence": {"principalType": "ForeignGroup", "role": "Owner"}});
    [
        call("01:00:00", EVE, claims(OWN, &[SCOPE, (UPN, EVE)])),
        call(
            "02:00:00",
            "helga@provider.example",
            claims(PROVIDER, &[SCOPE, (UPN, "helga@provider.example")]),
        ),
        call(
            "03:00:00",
            "gus@other.example",
            claims(
                OWN,
                &[SCOPE, (MAIL, "gus@other.example"), ("altsecid", "5::100"), (IDP, &home)],
            ),
        ),
        call(
            "04:00:00",
            "liv@outlook.example",
            claims(
                OWN,
                &[
                    SCOPE,
                    (MAIL, "liv@outlook.example"),
                    ("altsecid", "1:live.com:200"),
                    (IDP, "live.com"),
                ],
            ),
        ),
        partner,
        call("06:00:00", APP, claims(OWN, &[(OID, APP), ("appid", APP), ("appidacr", "1")])),
        call(
            "07:00:00",
            "Microsoft.Insights/autoscaleSettings",
            json!({"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/spn": "Microsoft.Insights/autoscaleSettings"}),
        ),
    ]
}

#[test]
fn members_guests_providers_and_foreign_applications_are_never_confused() {
    let applications = json!([{"id": APP, "appId": APP, "displayName": "Backup Cloud", "servicePrincipalType": "Application", "servicePrincipalNames": [], "appOwnerOrganizationId": PROVIDER}]);
    let report = report(&everybody(), &[("sp.json", applications)]);
    let principals = report["delegated_access"]["principals"].as_array().unwrap();
    let mut told: Vec<_> = principals
        .iter()
        .map(|p| ["user", "way", "tenant_id"].map(|key| p[key].as_str().unwrap_or_default()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            [APP, "foreign_application", PROVIDER],
            ["care@partner.example", "partner", PROVIDER],
            ["gus@other.example", "guest", PROVIDER],
            ["helga@provider.example", "lighthouse", PROVIDER],
            ["liv@outlook.example", "personal_account", "9188040d-6c67-4c5b-b112-36a304b66dad"],
        ]
    );
    for user in report["users"].as_array().unwrap() {
        let delegated = ["helga@provider.example", "care@partner.example"];
        let is_delegated = delegated.contains(&user["id"].as_str().unwrap());
        assert_eq!(user["delegated_access"], is_delegated, "{}", user["id"]);
    }
}

#[test]
fn a_provider_is_shown_with_who_let_it_in_and_what_it_did() {
    let own = "0000000d-0000-0000-0000-000000000001";
    let registration =
        |list: &str| format!("{SUB}/providers/Microsoft.ManagedServices/{list}/{own}");
    let (offer, accepted) =
        (registration("registrationDefinitions"), registration("registrationAssignments"));
    let offered = json!({"properties": {"managedByTenantId": PROVIDER, "authorizations": [{"principalId": APP, "roleDefinitionId": "b24988ac-6180-42a0-ab88-20f7382dd24c"}]}});
    let accept = json!({"properties": {"registrationDefinitionId": offer}});
    let helga = || claims(PROVIDER, &[SCOPE, (UPN, "helga@provider.example")]);
    // No event names the tenant that owns the subscription.
    let without = |mut event: Value| {
        event.as_object_mut().unwrap().remove("tenantId");
        event
    };
    let mut events = vec![without(call("00:10:00", EVE, claims(OWN, &[SCOPE, (UPN, EVE)])))];
    events.extend(asked(
        "01:00:00",
        "Microsoft.ManagedServices/registrationDefinitions/write",
        &offer,
        &offered,
    ));
    events.extend(asked(
        "01:10:00",
        "Microsoft.ManagedServices/registrationAssignments/write",
        &accepted,
        &accept,
    ));
    // The provider is busier than anybody of the tenant.
    let busy = ["02:00:00", "03:00:00", "04:00:00", "05:00:00"];
    events.extend(busy.iter().map(|time| without(call(time, "helga@provider.example", helga()))));
    let mut refused = without(call("06:00:00", "helga@provider.example", helga()));
    refused["status"]["value"] = "Failed".into();
    events.push(refused);
    let name = "2517100000000000001_00000000-0000-0000-0000-000000000001";
    let alert = json!([{
        "id": format!("{SUB}/providers/Microsoft.Security/locations/westeurope/alerts/{name}"), "name": name, "type": "Microsoft.Security/Locations/alerts",
        "properties": {"alertType": "ARM_X", "alertDisplayName": "Suspicious use of delegated access", "severity": "Medium", "status": "Active",
            "startTimeUtc": "2026-03-01T05:00:00.1Z", "timeGeneratedUtc": "2026-03-01T05:00:00.1Z", "vendorName": "Microsoft", "productName": "Microsoft Defender for Cloud",
            "entities": [{"$id": "1", "type": "account", "name": "helga", "upnSuffix": "provider.example"}]},
    }]);
    let report = report(&events, &[("alerts.json", alert)]);
    let access = &report["delegated_access"];
    let principals = access["principals"].as_array().unwrap();
    assert_eq!(principals.len(), 1, "{principals:#?}");
    let helga = &principals[0];
    let told = ["user", "way", "tenant_id", "since"].map(|key| helga[key].as_str().unwrap());
    assert_eq!(
        told,
        ["helga@provider.example", "lighthouse", PROVIDER, "2026-03-01T01:10:00.1234567Z"]
    );
    assert_eq!(
        [&helga["let_in_by"], &helga["standing"], &helga["operations"], &helga["failed"]],
        [&json!([EVE]), &json!(true), &json!(5), &json!(1)]
    );
    assert_eq!(helga["did"], json!([{"operation": WRITE.to_uppercase(), "count": 5, "failed": 1}]));
    assert_eq!(helga["delegations"], json!([accepted.to_lowercase()]));
    assert_eq!((&helga["alerts"], &access["alerts"]), (&json!([name]), &json!([name])));
    assert_eq!(access["delegations"][0]["tenant_id"], PROVIDER);
    assert_eq!(report["subscriptions"][0]["tenant_id"], OWN, "who manages does not own");
}

#[test]
fn a_partner_without_evidence_of_its_role_is_no_guest() {
    let home = format!("https://sts.windows.net/{PROVIDER}/");
    let partner = claims(OWN, &[SCOPE, (UPN, "pat@partner.example"), (IDP, &home), (OID, APP)]);
    let guest = claims(OWN, &[SCOPE, (MAIL, "gus@other.example"), (IDP, &home)]);
    let mut elevate = super::suspicion();
    elevate["claims"] = partner.clone();
    elevate["caller"] = "pat@partner.example".into();
    let report = report(
        &[
            elevate,
            call("01:00:00", EVE, claims(OWN, &[SCOPE, (UPN, EVE)])),
            call("02:00:00", "pat@partner.example", partner),
            call("03:00:00", "gus@other.example", guest),
        ],
        &[],
    );
    let principals = report["delegated_access"]["principals"].as_array().unwrap();
    let told: Vec<_> =
        principals.iter().map(|p| ["user", "way"].map(|key| p[key].as_str().unwrap())).collect();
    assert_eq!(told, [["pat@partner.example", "partner"], ["gus@other.example", "guest"]]);
    assert!(principals[0]["because"][0].as_str().unwrap().contains("no guest account"));
    let pat = report["users"].as_array().unwrap().iter().find(|u| u["kind"] == "foreign").unwrap();
    assert_eq!(
        (&pat["delegated_access"], &pat["delegated_from"]),
        (&true.into(), &PROVIDER.into())
    );
    let steps = pat["mitigation"].to_string();
    assert!(steps.contains("partner relationship") && !steps.contains("az ad user"), "{steps}");
}
