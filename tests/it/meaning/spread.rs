//! How suspicion spreads over machines, identities and tenants, and what an analyst's marks stop.

use serde_json::{Value, json};

use super::{EVE, SUB, asked, at, done, report, resource};
use crate::case::analyze;

const IDENTITY: &str = "11111111-0000-0000-0000-0000000000dd";
const ELEVATE: &str = "Microsoft.Authorization/elevateAccess/action";
const WRITE: &str = "Microsoft.Compute/disks/write";

fn attack() -> Vec<Value> {
    let elevate = done("10:00:00", EVE, ELEVATE, "/providers/Microsoft.Authorization");
    at("2026-03-01", "198.51.100.66", [elevate])
}

/// A call by the identity of a resource.
fn by_identity(time: &str, operation: &str, on: &str, of: &str) -> Value {
    let mut event = done(time, IDENTITY, operation, on);
    event["claims"] = json!({
        "http://schemas.microsoft.com/identity/claims/objectidentifier": IDENTITY,
        "appid": "11111111-0000-0000-0000-0000000000de",
        "idtyp": "app",
        "xms_mirid": of,
    });
    event
}

fn suspicion<'r>(report: &'r Value, id: &str) -> &'r Value {
    let users = report["users"].as_array().expect("users");
    users.iter().find(|user| user["id"] == id).map_or(&Value::Null, |user| &user["suspicion"])
}

/// The nightly work of a machine's identity, from the machine's own address.
fn nightly(machine: &str) -> Vec<Value> {
    let disk = resource("Microsoft.Compute/disks", "d1");
    let night = |day: u32| {
        let work = by_identity("02:00:00", WRITE, &disk, machine);
        at(&format!("2026-02-{day:02}"), "192.0.2.80", [work])
    };
    (10..=28).flat_map(night).collect()
}

#[test]
fn the_identity_of_a_machine_is_a_suspect_when_it_does_something_new_after_code_was_run_there() {
    let machine = resource("Microsoft.Compute/virtualMachines", "vm1");
    let run = "Microsoft.Compute/virtualMachines/runCommand/action";
    let keys = "Microsoft.Storage/storageAccounts/listKeys/action";
    let account = resource("Microsoft.Storage/storageAccounts", "s1");
    let disk = resource("Microsoft.Compute/disks", "d1");
    let base = [
        nightly(&machine),
        attack(),
        at("2026-03-01", "198.51.100.66", [done("10:05:00", EVE, run, &machine)]),
    ]
    .concat();
    let with = |operation: &str, on: &str| {
        let act =
            at("2026-03-01", "192.0.2.80", [by_identity("10:30:00", operation, on, &machine)]);
        report(&[base.clone(), act].concat())
    };
    let usual = with(WRITE, &disk);
    assert_eq!(suspicion(&usual, IDENTITY), &Value::Null, "it goes on with its nightly work");
    let new = with(keys, &account);
    let held = suspicion(&new, IDENTITY);
    assert_eq!((&held["by_spread"], &held["operations"]), (&true.into(), &1.into()));
    let user = new["users"].as_array().unwrap().iter().find(|u| u["id"] == IDENTITY).unwrap();
    let steps = user["mitigation"].as_array().unwrap().iter();
    let words: Vec<&str> = steps.map(|step| step["step"].as_str().unwrap()).collect();
    assert!(words.iter().any(|step| step.starts_with("Clean the resource")), "{words:?}");
    assert!(!words.iter().any(|step| step.starts_with("Delete")), "{words:?}");
    assert!(words.iter().any(|step| step.starts_with("Replace keys")), "{words:?}");
}

#[test]
fn whoever_can_sign_in_as_an_identity_makes_it_a_suspect() {
    let identity = resource("Microsoft.ManagedIdentity/userAssignedIdentities", "id1");
    let credential = format!("{identity}/federatedIdentityCredentials/gh");
    let kind = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";
    let written = done("10:05:00", EVE, &format!("{kind}/write"), &credential);
    let events =
        [nightly(&identity.to_lowercase()), attack(), at("2026-03-01", "198.51.100.66", [written])]
            .concat();
    let report = report(&events);
    let held = suspicion(&report, IDENTITY);
    assert!(held["because"][0].as_str().unwrap().contains("let others sign in"), "{held}");
    let user = report["users"].as_array().unwrap().iter().find(|u| u["id"] == IDENTITY).unwrap();
    let remove = user["mitigation"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["target"] == credential.to_lowercase() && s["stage"] != "preserve")
        .unwrap();
    assert_eq!(remove["step"], "Delete the federated credential, which was not there before");
    assert_eq!(remove["stage"], "lock_out", "it is a way in");
    assert!(
        remove["command"].as_str().unwrap().starts_with("az resource delete --ids /subscriptions/")
    );
}

#[test]
fn a_vault_that_a_suspect_opened_is_shut_and_its_secrets_are_replaced() {
    let vault = resource("Microsoft.KeyVault/vaults", "kv1");
    let body = json!({"properties": {"accessPolicies": [{"objectId": IDENTITY, "permissions": {"secrets": ["all"]}}]}});
    let operation = "Microsoft.KeyVault/vaults/accessPolicies/write";
    let opened = asked("10:05:00", operation, &format!("{vault}/accessPolicies/add"), &body);
    let report = report(&[attack(), at("2026-03-01", "198.51.100.66", opened)].concat());
    let steps = report["subscriptions"][0]["mitigation"].as_array().unwrap();
    let of = |begin: &str| {
        let step = steps.iter().find(|step| step["step"].as_str().unwrap().starts_with(begin));
        step.unwrap_or_else(|| panic!("{begin}")).clone()
    };
    let shut = of("Take ");
    assert_eq!(shut["target"], vault.to_lowercase());
    assert_eq!(
        shut["command"],
        format!(
            "az keyvault delete-policy --name kv1 --subscription {} --object-id {IDENTITY}",
            &SUB[15..]
        )
    );
    assert_eq!(of("Replace every key")["target"], vault.to_lowercase());
}

/// The report on events, with marks on principals.
fn marked(events: &[Value], marks: &[(&str, &str)]) -> Value {
    let mark = |(id, mark): &(&str, &str)| {
        format!("[[principal]]\nid = \"{id}\"\nmark = \"{mark}\"\nreason = \"asked\"\n")
    };
    let marks: Vec<String> = marks.iter().map(mark).collect();
    let text = format!("author = \"sam\"\n{}", marks.concat());
    let folder = tempfile::tempdir().expect("a folder");
    let triage = folder.path().join("triage.toml");
    std::fs::write(&triage, text).expect("a file");
    let events = Value::from(events.to_vec()).to_string();
    let options = ["--triage", triage.to_str().expect("UTF-8")];
    analyze(&[("events.json", events.as_bytes())], &options).report()
}

#[test]
fn whom_an_analyst_knows_is_no_suspect_and_whom_one_doubts_is() {
    let ops = "ops@contoso.com";
    let disk = resource("Microsoft.Compute/disks", "d1");
    let events =
        [attack(), at("2026-03-01", "192.0.2.10", [done("11:00:00", ops, WRITE, &disk)])].concat();
    let plain = marked(&events, &[]);
    assert!(!suspicion(&plain, EVE).is_null() && suspicion(&plain, ops).is_null());
    let known = marked(&events, &[(EVE, "expected")]);
    assert!(suspicion(&known, EVE).is_null());
    for list in ["users", "subscriptions"] {
        let all = known[list].as_array().unwrap();
        assert!(all.iter().all(|entry| entry["mitigation"] == json!([])), "{list}");
    }
    let eve = known["users"].as_array().unwrap().iter().find(|u| u["id"] == EVE).unwrap();
    assert_eq!(eve["familiarity"], "familiar");
    let doubted = marked(&events, &[(ops, "unexpected")]);
    assert!(suspicion(&doubted, ops)["because"][0].as_str().unwrap().contains("sam"));
}

#[test]
fn an_open_alert_makes_a_suspect_and_a_sample_does_not() {
    let disk = resource("Microsoft.Compute/disks", "d1");
    let events = at("2026-03-01", "198.51.100.66", [done("10:00:00", EVE, WRITE, &disk)]);
    let with = |kind: &str| {
        let name = "2517100000000000001_00000000-0000-0000-0000-000000000001";
        let alert = json!({"value": [{
            "id": format!("{SUB}/providers/Microsoft.Security/locations/x/alerts/{name}"), "name": name, "type": "Microsoft.Security/Locations/alerts",
            "properties": {
                "alertType": kind, "alertDisplayName": "An alert", "severity": "High", "status": "Active",
                "startTimeUtc": "2026-03-01T10:00:00Z", "endTimeUtc": "2026-03-01T10:01:00Z", "timeGeneratedUtc": "2026-03-01T10:02:00Z",
                "productName": "Microsoft Defender for Cloud", "vendorName": "Microsoft",
                "entities": [{"$id": "1", "type": "account", "name": "eve", "upnSuffix": "contoso.com"}],
            },
        }]});
        let (events, alert) = (Value::from(events.clone()).to_string(), alert.to_string());
        analyze(&[("e.json", events.as_bytes()), ("a.json", alert.as_bytes())], &[]).report()
    };
    let open = with("ARM_OperationFromSuspiciousIP");
    assert!(!suspicion(&open, EVE).is_null());
    assert!(!open["alerts"][0]["mitigation"].as_array().unwrap().is_empty());
    let sample = with("SIMULATED_ARM_OperationFromSuspiciousIP");
    assert!(suspicion(&sample, EVE).is_null());
    assert_eq!(sample["alerts"][0]["mitigation"], json!([]));
}
