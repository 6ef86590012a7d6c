//! What somebody undid is asked for no more, and what only looks undone still is.

use serde_json::{Value, json};

use super::{EVE, SUB, asked, at, done, of_subscription, report, resource, suspicion};

const OPS: &str = "ops@contoso.com";
const HOME: &str = "192.0.2.10";
const AWAY: &str = "198.51.100.66";
const DAY: &str = "2026-03-01";
const WRITE: &str = "Microsoft.Storage/storageAccounts/write";
const RENEW: &str = "Microsoft.Storage/storageAccounts/regenerateKey/action";
const RULES: &str = "Microsoft.Network/networkSecurityGroups/securityRules";

fn account(name: &str) -> String {
    resource("Microsoft.Storage/storageAccounts", name)
}

/// The same events by the people who clean up.
fn by_ops(events: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let theirs = |mut event: Value| {
        let text = event.to_string().replace(EVE, OPS);
        event = serde_json::from_str(&text).expect("JSON");
        event
    };
    at(DAY, HOME, events.into_iter().map(theirs))
}

/// What Eve does from a foreign address after she became a suspect.
fn by_eve(events: impl IntoIterator<Item = Value>) -> Vec<Value> {
    at(DAY, AWAY, [suspicion()].into_iter().chain(events))
}

/// The targets of the steps of any entity that begin so, each once.
fn targets<'r>(report: &'r Value, begin: &str) -> Vec<&'r str> {
    let entries = ["users", "subscriptions", "virtual_machines"]
        .into_iter()
        .flat_map(|list| report[list].as_array().expect("a list"));
    let mut all: Vec<&str> = entries
        .flat_map(|entry| entry["mitigation"].as_array().expect("steps"))
        .filter(|step| step["step"].as_str().expect("a step").starts_with(begin))
        .map(|step| step["target"].as_str().expect("a target"))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn a_write_raises_a_setting_that_it_sets_and_no_other() {
    let open = json!({"properties": {"networkAcls": {"defaultAction": "Allow"}}});
    let shut = json!({"properties": {"networkAcls": {"defaultAction": "Deny"}}});
    let tags = json!({"tags": {"team": "x"}});
    let opened =
        ["closed", "own", "tagged"].map(|name| asked("10:00:00", WRITE, &account(name), &open));
    let before =
        ["closed", "own", "tagged"].map(|name| done("09:00:00", OPS, WRITE, &account(name)));
    let events = [
        at("2026-02-20", HOME, before),
        by_eve(opened.concat()),
        at(DAY, AWAY, asked("11:00:00", WRITE, &account("own"), &shut)),
        by_ops(asked("12:00:00", WRITE, &account("tagged"), &tags)),
        by_ops(asked("12:00:00", WRITE, &account("closed"), &shut)),
    ]
    .concat();
    let report = report(&events);
    let raised: Vec<&Value> =
        of_subscription(&report, "defences").iter().map(|defence| &defence["raised_by"]).collect();
    assert_eq!(raised.iter().filter(|by| **by == OPS).count(), 1, "{raised:?}");
    assert_eq!(
        targets(&report, "Raise the defence again"),
        [account("own"), account("tagged")].map(|id| id.to_lowercase())
    );
    assert_eq!(targets(&report, "Compare the storage account"), [account("closed").to_lowercase()]);
}

#[test]
fn a_call_that_lowers_two_defences_is_told_of_both() {
    let both = json!({"properties": {"allowBlobPublicAccess": true, "networkAcls": {"defaultAction": "Allow"}}});
    let shut = json!({"properties": {"networkAcls": {"defaultAction": "Deny"}}});
    let events = [
        by_eve(asked("10:00:00", WRITE, &account("a"), &both)),
        by_ops(asked("12:00:00", WRITE, &account("a"), &shut)),
    ]
    .concat();
    let report = report(&events);
    let defences = of_subscription(&report, "defences").iter();
    let told: Vec<_> = defences.map(|d| (&d["kind"], d["raised"].is_null())).collect();
    assert_eq!(told, [(&json!("network"), false), (&json!("public_access"), true)]);
    assert_eq!(targets(&report, "Raise the defence again").len(), 1);
}

#[test]
fn deleting_what_opened_a_way_closes_it_and_lowers_nothing() {
    let rule =
        format!("{}/securityRules/in", resource("Microsoft.Network/networkSecurityGroups", "n"));
    let open = json!({"properties": {"access": "Allow", "direction": "Inbound", "protocol": "Tcp",
        "sourceAddressPrefix": "*", "destinationPortRange": "22", "priority": 100}});
    let account = account("gone");
    let public = json!({"properties": {"allowBlobPublicAccess": true}});
    let opened = [
        asked("10:00:00", &format!("{RULES}/write"), &rule, &open),
        asked("10:00:00", WRITE, &account, &public),
    ];
    let events = [
        by_eve(opened.concat()),
        by_ops([
            done("12:00:00", OPS, &format!("{RULES}/delete"), &rule),
            done("12:00:00", OPS, "Microsoft.Storage/storageAccounts/delete", &account),
        ]),
    ]
    .concat();
    let report = report(&events);
    let defences = of_subscription(&report, "defences");
    let told: Vec<_> = defences.iter().map(|d| (&d["by"], &d["raised_by"], &d["moot"])).collect();
    let (eve, ops) = (json!(EVE), json!(OPS));
    let (no, yes) = (json!(false), json!(true));
    assert_eq!(told, [(&eve, &ops, &no), (&eve, &Value::Null, &yes)]);
    assert!(targets(&report, "Raise the defence again").is_empty());
}

#[test]
fn keys_are_replaced_when_each_is_and_not_by_a_suspect() {
    let list = "Microsoft.Storage/storageAccounts/listKeys/action";
    let renew = |time: &str, name: &str, key: &str| {
        asked(time, RENEW, &account(name), &json!({"keyName": key}))
    };
    let read =
        ["both", "one", "own", "untold"].map(|name| done("10:00:00", EVE, list, &account(name)));
    let events = [
        by_eve(read),
        at(
            DAY,
            AWAY,
            [renew("11:00:00", "own", "key1"), renew("12:00:00", "own", "key2")].concat(),
        ),
        by_ops(renew("13:00:00", "one", "key1")),
        by_ops([renew("13:00:00", "both", "key1"), renew("14:00:00", "both", "key2")].concat()),
        // Which key the first call was for is not told, so it may have been for the other.
        by_ops([done("13:00:00", OPS, RENEW, &account("untold"))]),
        by_ops(renew("14:00:00", "untold", "key2")),
    ]
    .concat();
    let report = report(&events);
    let open = [account("one"), account("own")].map(|id| id.to_lowercase());
    assert_eq!(targets(&report, "Replace keys of a storage account"), open);
}

#[test]
fn a_link_to_a_disk_that_was_closed_is_not_to_be_closed_again() {
    let machine = resource("Microsoft.Compute/virtualMachines", "vm1");
    let disk = |name: &str| resource("Microsoft.Compute/disks", name);
    let call = |time: &str, who: &str, name: &str, at: &str| {
        done(time, who, &format!("Microsoft.Compute/{name}/action"), at)
    };
    let events = [
        by_eve([
            call("10:00:00", EVE, "virtualMachines/runCommand", &machine),
            call("10:01:00", EVE, "disks/beginGetAccess", &disk("vm1_os")),
            call("10:02:00", EVE, "disks/beginGetAccess", &disk("vm1_data")),
        ]),
        by_ops([call("12:00:00", OPS, "disks/endGetAccess", &disk("vm1_os"))]),
    ]
    .concat();
    let report = report(&events);
    assert_eq!(targets(&report, "Close a link"), [disk("vm1_data").to_lowercase()]);
}

#[test]
fn what_was_moved_before_its_group_was_deleted_is_still_there() {
    let group = |name: &str| format!("{SUB}/resourceGroups/{name}");
    let flow = |name: &str| format!("{}/providers/Microsoft.Logic/workflows/w", group(name));
    let groups = "Microsoft.Resources/subscriptions/resourceGroups";
    let body = json!({"resources": [flow("tmp")], "targetResourceGroup": group("rg1")});
    let moved = asked("11:00:00", &format!("{groups}/moveResources/action"), &group("tmp"), &body);
    let made = done("10:00:00", EVE, "Microsoft.Logic/workflows/write", &flow("tmp"));
    let events = [
        by_eve([made]),
        at(DAY, AWAY, moved),
        at(DAY, AWAY, [done("12:00:00", EVE, &format!("{groups}/delete"), &group("tmp"))]),
    ]
    .concat();
    let report = report(&events);
    assert_eq!(targets(&report, "Delete the"), [flow("rg1").to_lowercase()]);
}

#[test]
fn what_lies_above_subscriptions_is_cleaned_up_by_the_plan_of_who_did_it() {
    let group = "/providers/Microsoft.Management/managementGroups/corp";
    let policy =
        |name: &str| format!("{group}/providers/Microsoft.Authorization/policyAssignments/{name}");
    let call = |time: &str, who: &str, verb: &str, name: &str| {
        let operation = format!("Microsoft.Authorization/policyAssignments/{verb}");
        done(time, who, &operation, &policy(name))
    };
    let logs = "/providers/microsoft.aadiam/diagnosticSettings/mine";
    let mut made = done("10:00:00", EVE, "microsoft.aadiam/diagnosticSettings/write", logs);
    made["subStatus"] = json!({"value": "Created"});
    let events = [
        by_eve([
            call("10:00:00", EVE, "write", "mine"),
            call("10:00:00", EVE, "write", "gone"),
            call("10:00:00", EVE, "delete", "guard"),
            made,
        ]),
        by_ops([call("12:00:00", OPS, "delete", "gone")]),
    ]
    .concat();
    let report = report(&events);
    assert_eq!(report["tenant_residue"].as_array().map(Vec::len), Some(3));
    let lowered = report["tenant_defences"].as_array().expect("a list");
    assert!(lowered.iter().any(|low| low["resource_id"] == policy("guard").to_lowercase()));
    assert_eq!(targets(&report, "Delete the policy assignment"), [policy("mine").to_lowercase()]);
    assert_eq!(targets(&report, "Raise the defence again"), [policy("guard").to_lowercase()]);
    assert_eq!(targets(&report, "Delete the diagnostic setting"), [logs.to_lowercase()]);
}
