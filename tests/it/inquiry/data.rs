//! Alerts on data: vaults, stores, databases, models. What they speak of is in no Activity Log;
//! what opened the way may be.

use serde_json::json;

use super::{BOB, EVE, EVES_IP, Incident, Named, OFFICE, SUB, on};

fn resource(kind: &str) -> String {
    format!("{SUB}/resourceGroups/data/providers/{kind}/target")
}

#[test]
fn a_vault_policy_changed_by_whom_the_alert_names_bears_it_out_and_one_by_others_does_not() {
    let vault = resource("Microsoft.KeyVault/vaults");
    let policy = "Microsoft.KeyVault/vaults/accessPolicies/write";
    let named = Named { who: Some(EVE), ..on(&vault) };
    let by = |who: &str| {
        let mut incident = Incident::new();
        incident.call("2026-03-15T11:00:00Z", who, EVES_IP, policy, &vault, "Succeeded");
        incident.alert("KV_UserAnomaly", named);
        incident
    };
    by(EVE).expect("corroborated", "accessPolicies/write");
    let by_other = by(BOB).inquiry();
    assert_ne!(by_other["assessment"], "corroborated", "{}", by_other["because"]);
    let mut none = Incident::new();
    none.alert("KV_UserAnomaly", named).expect("not_in_evidence", "Reading keys and secrets");
}

#[test]
fn a_role_on_the_vault_for_whom_the_alert_names_bears_it_out() {
    let vault = resource("Microsoft.KeyVault/vaults");
    let eve = "e0e0e0e0-0000-0000-0000-000000000001";
    let id = format!(
        "{vault}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000009"
    );
    let role =
        "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6";
    let mut incident = Incident::new();
    incident.call(
        "2026-03-15T11:00:00Z",
        BOB,
        OFFICE,
        "Microsoft.Authorization/roleAssignments/write",
        &id,
        "Succeeded",
    );
    incident.body(&json!({"Id": "x", "Properties": {"PrincipalId": eve, "RoleDefinitionId": role, "Scope": vault}}));
    incident.alert("KV_ListGetAnomaly", Named { who: Some(EVE), ..on(&vault) });
    let without = incident.inquiry();
    assert_ne!(
        without["assessment"], "corroborated",
        "Eve is not known by that id: {}",
        without["because"]
    );
}

#[test]
fn keys_handed_out_before_the_access_bear_out_an_alert_on_a_store() {
    let store = resource("Microsoft.Storage/storageAccounts");
    let keys = "Microsoft.Storage/storageAccounts/listKeys/action";
    let kind = "Storage.Blob_DataExfiltration.AmountOfDataAnomaly";
    let at = |time: &str| {
        let mut incident = Incident::new();
        incident.call(time, EVE, EVES_IP, keys, &store, "Succeeded");
        incident.alert(kind, Named { ip: Some("192.0.2.99"), ..on(&store) });
        incident
    };
    at("2026-03-14T09:00:00Z").expect("corroborated", "listkeys/action by eve");
    at("2026-03-16T09:00:00Z").expect("not_in_evidence", "Access to blobs and files");
    let mut renewed = at("2026-03-14T09:00:00Z");
    renewed.call(
        "2026-03-15T15:00:00Z",
        BOB,
        OFFICE,
        "Microsoft.Storage/storageAccounts/regenerateKey/action",
        &store,
        "Succeeded",
    );
    let questions = renewed.inquiry()["questions"].clone();
    let answer = |text: &str| {
        questions
            .as_array()
            .unwrap()
            .iter()
            .find(|q| q["question"].as_str().unwrap().contains(text))
            .cloned()
            .unwrap()
    };
    assert_eq!(answer("renewed")["outcome"], "yes");
    let burnt = at("2026-03-14T09:00:00Z").inquiry()["questions"].to_string();
    assert!(burnt.contains("not those of target"), "{burnt}");
}

#[test]
fn keys_that_a_backup_lists_every_day_bear_nothing_out() {
    let store = resource("Microsoft.Storage/storageAccounts");
    let mut incident = Incident::new();
    for day in 1..=15 {
        incident.call(
            &format!("2026-03-{day:02}T03:00:00Z"),
            BOB,
            OFFICE,
            "Microsoft.Storage/storageAccounts/listKeys/action",
            &store,
            "Succeeded",
        );
    }
    incident.alert("Storage.Blob_SuspiciousIp", Named { ip: Some("192.0.2.99"), ..on(&store) });
    let inquiry = incident.inquiry();
    assert_eq!(inquiry["assessment"], "not_in_evidence", "{}", inquiry["because"]);
}

#[test]
fn keys_of_a_database_that_are_listed_are_what_the_alert_speaks_of() {
    let account = resource("Microsoft.DocumentDB/databaseAccounts");
    let keys = "Microsoft.DocumentDB/databaseAccounts/listKeys/action";
    let kind = "AzureCosmosDB_SuspiciousListKeys.SuspiciousPrincipal";
    let named = Named { who: Some(EVE), ip: Some(EVES_IP), ..on(&account) };
    let mut there = Incident::new();
    there.call("2026-03-15T11:50:00Z", EVE, EVES_IP, keys, &account, "Succeeded");
    there.alert(kind, named).expect("corroborated", "listKeys");
    let mut not_there = Incident::new();
    not_there.alert(kind, named).expect("contradicted", "without a gap");
    let mut data = Incident::new();
    data.alert("CosmosDB_SqlInjection.DataExfiltration", on(&account))
        .expect("not_in_evidence", "Access to documents");
}

#[test]
fn a_model_deployed_before_an_anomaly_bears_it_out() {
    let account = resource("Microsoft.CognitiveServices/accounts");
    let mut deployed = Incident::new();
    deployed.call(
        "2026-03-15T09:00:00Z",
        EVE,
        EVES_IP,
        "Microsoft.CognitiveServices/accounts/deployments/write",
        &format!("{account}/deployments/big"),
        "Succeeded",
    );
    deployed
        .alert("AI.Azure_DOWVolumeAnomaly", on(&account))
        .expect("corroborated", "deployments/write");
    let mut none = Incident::new();
    none.alert("AI.Azure_DOWVolumeAnomaly", on(&account))
        .expect("not_in_evidence", "Calls to models");
}
