//! Alerts on operations of Resource Manager.

use serde_json::json;

use super::{BOB, EVE, EVE_NAMED, EVES_IP, Incident, Named, OFFICE, SUB};

const GRANT: &str = "Microsoft.Authorization/roleAssignments/write";
const KEYS: &str = "Microsoft.Storage/storageAccounts/listKeys/action";

fn grant_id(number: u32) -> String {
    format!(
        "{SUB}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-{number:012}"
    )
}

fn store(number: u32) -> String {
    format!("{SUB}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/store{number}")
}

#[test]
fn a_grant_by_whom_the_alert_names_bears_it_out() {
    let mut incident = Incident::new();
    incident.call("2026-03-15T12:00:00Z", EVE, EVES_IP, GRANT, &grant_id(1), "Succeeded");
    incident.alert("ARM_AnomalousRBACRoleAssignment", EVE_NAMED);
    incident.expect(
        "corroborated",
        "Microsoft.Authorization/roleAssignments/write by eve@contoso.com: succeeded",
    );
    let inquiry = incident.inquiry();
    assert_eq!(inquiry["telling"], 1);
    assert_eq!(inquiry["telling_operations"][0]["user"], EVE);
    let asked = inquiry["questions"].as_array().unwrap();
    assert!(asked.len() > 3);
    assert_eq!(asked[0]["outcome"], "yes");
    assert_eq!(asked[0]["operations"].as_array().unwrap().len(), 1);
}

#[test]
fn what_fails_what_others_do_and_what_is_out_of_its_time_bears_nothing_out() {
    let kind = "ARM_AnomalousRBACRoleAssignment";
    let mut failed = Incident::new();
    failed.call("2026-03-15T12:00:00Z", EVE, EVES_IP, GRANT, &grant_id(1), "Failed");
    failed.alert(kind, EVE_NAMED).expect("inconclusive", "did not succeed");
    let mut by_other = Incident::new();
    by_other.call("2026-03-15T12:00:00Z", BOB, OFFICE, GRANT, &grant_id(1), "Succeeded");
    by_other.alert(kind, EVE_NAMED).expect("contradicted", "others did the like");
    let mut early = Incident::new();
    early.call("2026-03-13T12:00:00Z", EVE, EVES_IP, GRANT, &grant_id(1), "Succeeded");
    early.alert(kind, EVE_NAMED).expect("contradicted", "without a gap");
    let mut other_kind = Incident::new();
    other_kind.call(
        "2026-03-15T12:00:00Z",
        EVE,
        EVES_IP,
        "Microsoft.Web/sites/write",
        &store(1),
        "Succeeded",
    );
    other_kind.alert(kind, EVE_NAMED).expect("contradicted", "1 operation by what it names");
}

#[test]
fn every_operation_from_a_suspicious_address_counts_whoever_calls() {
    let named = Named { ip: Some(EVES_IP), ..Named::default() };
    let mut incident = Incident::new();
    incident.call(
        "2026-03-15T13:00:00Z",
        BOB,
        EVES_IP,
        "Microsoft.Web/sites/write",
        &store(1),
        "Succeeded",
    );
    incident.alert("ARM_OperationFromSuspiciousIP", named);
    incident.expect("corroborated", "from the address that it names");
    let who = incident.inquiry()["same_address"].clone();
    assert_eq!((&who[0]["user"], &who[0]["operations"]), (&json!(BOB), &json!(1)));
    let mut none = Incident::new();
    none.call(
        "2026-03-15T13:00:00Z",
        BOB,
        OFFICE,
        "Microsoft.Web/sites/write",
        &store(1),
        "Succeeded",
    );
    none.alert("ARM_OperationFromSuspiciousIP", named)
        .expect("contradicted", "no operation by what it names");
}

#[test]
fn a_habit_from_the_usual_address_speaks_against_an_alert_and_a_new_address_does_not() {
    let kind = "ARM_MicroBurst.AZStorageKeysREST";
    let usual = |ip: &str| {
        let mut incident = Incident::new();
        for day in 2..=14 {
            incident.call(
                &format!("2026-03-{day:02}T12:00:00Z"),
                EVE,
                OFFICE,
                KEYS,
                &store(1),
                "Succeeded",
            );
        }
        incident.call("2026-03-15T12:00:00Z", EVE, ip, KEYS, &store(1), "Succeeded");
        incident.alert(kind, EVE_NAMED);
        incident
    };
    usual(OFFICE).expect("contradicted", "habit");
    usual(EVES_IP).expect("corroborated", "listkeys");
}

#[test]
fn a_single_listing_is_no_burst_and_reads_leave_no_trace() {
    let kind = "ARM_AzureHound";
    let mut none = Incident::new();
    none.alert(kind, EVE_NAMED).expect("not_in_evidence", "Plain reads never reach");
    let mut one = Incident::new();
    one.call("2026-03-15T12:00:00Z", EVE, EVES_IP, KEYS, &store(1), "Succeeded");
    one.alert(kind, EVE_NAMED).expect("inconclusive", "no burst");
    let mut burst = Incident::new();
    for number in 1..=4 {
        burst.call("2026-03-15T12:00:00Z", EVE, EVES_IP, KEYS, &store(number), "Succeeded");
    }
    burst
        .alert(kind, EVE_NAMED)
        .expect("corroborated", "4 operations of its kind by whom it names");
}

#[test]
fn elevated_access_stands_in_the_tenant_level_log_only() {
    let kind = "ARM_AnomalousElevateAccess";
    let elevate = "Microsoft.Authorization/elevateAccess/action";
    let tenant = "/providers/Microsoft.Authorization";
    let mut missing = Incident::new();
    missing.call("2026-03-15T14:00:00Z", EVE, EVES_IP, GRANT, &grant_id(1), "Succeeded");
    missing.alert(kind, EVE_NAMED).expect("not_in_evidence", "tenant-level");
    let mut there = Incident::new();
    there.call("2026-03-15T11:59:00Z", EVE, EVES_IP, elevate, tenant, "Succeeded");
    there.alert(kind, EVE_NAMED).expect("corroborated", "elevateAccess");
    let mut not_there = Incident::new();
    for day in ["10", "20"] {
        not_there.call(
            &format!("2026-03-{day}T12:00:00Z"),
            BOB,
            OFFICE,
            elevate,
            tenant,
            "Succeeded",
        );
    }
    not_there.alert(kind, EVE_NAMED).expect("contradicted", "without a gap");
}

#[test]
fn an_account_in_use_is_not_unused() {
    let kind = "ARM_UnusedAccountPersistence";
    let mut unused = Incident::new();
    unused.call("2026-03-15T12:00:00Z", EVE, EVES_IP, GRANT, &grant_id(1), "Succeeded");
    unused.alert(kind, EVE_NAMED).expect("corroborated", "does not reach back 30 days");
    unused.call(
        "2026-03-09T12:00:00Z",
        EVE,
        OFFICE,
        "Microsoft.Web/sites/write",
        &store(1),
        "Succeeded",
    );
    unused.expect("contradicted", "was not unused");
}

#[test]
fn a_client_that_the_account_used_before_is_not_new() {
    let kind = "ARM_UnusedAppPowershellPersistence";
    let powershell = "1950a258-227b-4e31-a9cf-717495945fc2";
    let mut other = Incident::new();
    other.call("2026-03-15T12:00:00Z", EVE, EVES_IP, GRANT, &grant_id(1), "Succeeded");
    other.alert(kind, EVE_NAMED).expect("inconclusive", "another client");
    let mut fresh = Incident::new();
    fresh
        .call("2026-03-15T12:00:00Z", EVE, EVES_IP, GRANT, &grant_id(1), "Succeeded")
        .client(powershell);
    fresh.alert(kind, EVE_NAMED).expect("corroborated", "roleAssignments");
    fresh
        .call(
            "2026-03-05T12:00:00Z",
            EVE,
            OFFICE,
            "Microsoft.Web/sites/write",
            &store(1),
            "Succeeded",
        )
        .client(powershell);
    fresh.expect("contradicted", "not new to the account");
}

#[test]
fn who_deletes_a_vault_may_recover_it() {
    let kind = "ARM_Suspicious_Vault_Recovering";
    let vault = format!("{SUB}/resourceGroups/data/providers/Microsoft.KeyVault/vaults/kv");
    let by = |deleter: &str| {
        let mut incident = Incident::new();
        incident.call(
            "2026-03-11T12:00:00Z",
            deleter,
            OFFICE,
            "Microsoft.KeyVault/vaults/delete",
            &vault,
            "Succeeded",
        );
        incident.call(
            "2026-03-15T12:00:00Z",
            EVE,
            EVES_IP,
            "Microsoft.KeyVault/vaults/write",
            &vault,
            "Succeeded",
        );
        incident.alert(kind, Named { resource: Some(&vault), ..EVE_NAMED });
        incident
    };
    by(BOB).expect("corroborated", "somebody else deleted it");
    by(EVE).expect("contradicted", "the same principal deleted it");
}

#[test]
fn an_alert_that_names_nobody_is_borne_out_by_nobody() {
    let kind = "ARM_AnomalousRBACRoleAssignment";
    let mut incident = Incident::new();
    incident.call("2026-03-15T12:00:00Z", BOB, OFFICE, GRANT, &grant_id(1), "Succeeded");
    incident.alert(kind, Named::default()).expect("inconclusive", "names nobody");
}

#[test]
fn samples_and_unknown_types_are_said_to_be_so() {
    let mut sample = Incident::new();
    sample.call("2026-03-15T12:00:00Z", EVE, EVES_IP, GRANT, &grant_id(1), "Succeeded");
    sample.alert("SIMULATED_ARM_AnomalousRBACRoleAssignment", EVE_NAMED);
    sample.expect("inconclusive", "a sample alert");
    let mut unknown = Incident::new();
    unknown.alert("ARM_BrandNew", EVE_NAMED).expect("inconclusive", "not in the catalogue");
    let mut elsewhere = Incident::new();
    elsewhere.alert("SQL.DB_BruteForce", Named::default()).expect("not_in_evidence", "databases");
}

#[test]
fn a_refused_call_from_the_address_bears_out_that_somebody_called_and_no_grant() {
    let refused = |kind: &str| {
        let mut incident = Incident::new();
        incident.call("2026-03-15T12:00:00Z", EVE, EVES_IP, GRANT, &grant_id(1), "Failed");
        incident.alert(kind, EVE_NAMED);
        incident
    };
    refused("ARM_OperationFromSuspiciousIP").expect("corroborated", "nothing took effect");
    refused("ARM_AnomalousRBACRoleAssignment").expect("inconclusive", "did not succeed");
}
