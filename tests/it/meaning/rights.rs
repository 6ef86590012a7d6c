//! Rights and resources: what stands at the end of the evidence.

use serde_json::{Value, json};

use super::{EVE, SUB, asked, done, event, of_subscription, report, suspicion};

const GROUP: &str = "Microsoft.Resources/subscriptions/resourceGroups";
const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const MALLORY: &str = "11111111-0000-0000-0000-00000000000b";

/// A grant of Owner to Mallory at a scope.
fn grant(time: &str, scope: &str) -> [Value; 2] {
    let assignment = format!(
        "{scope}/providers/Microsoft.Authorization/roleAssignments/0000000a-0000-0000-0000-000000000001"
    );
    let body = json!({"properties": {"principalId": MALLORY, "roleDefinitionId": format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{OWNER}")}});
    asked(time, ASSIGN, &assignment, &body)
}

/// The time and `standing` of the changes of the subscription.
fn standing(report: &Value) -> Vec<(&str, bool)> {
    let time = |c: &'_ Value| -> bool { c["standing"].as_bool().expect("a flag") };
    let changes = of_subscription(report, "iam_changes").iter();
    changes.map(|c| (&c["time"].as_str().expect("a time")[11..19], time(c))).collect()
}

#[test]
fn what_lies_in_a_deleted_scope_is_gone_until_it_is_made_again() {
    let group = format!("{SUB}/resourceGroups/rg1");
    let machine = format!("{group}/providers/Microsoft.Compute/virtualMachines/vm1");
    let extension = format!("{machine}/extensions/e1");
    let beside = format!("{SUB}/resourceGroups/rg10/providers/Microsoft.Compute/disks/d1");
    let write = |time, what: &str, resource: &str| {
        done(time, EVE, &format!("Microsoft.Compute/{what}/write"), resource)
    };
    let mut events = vec![
        suspicion(),
        write("01:00:00", "virtualMachines", &machine),
        write("01:01:00", "virtualMachines/extensions", &extension),
        write("01:02:00", "disks", &beside),
    ];
    let present = |events: &[Value]| -> Vec<bool> {
        let report = report(events);
        let mut residue = of_subscription(&report, "residue").clone();
        residue.sort_by_key(|r| r["created"].as_str().map(str::to_owned));
        residue.iter().map(|r| r["still_present"].as_bool().expect("a flag")).collect()
    };
    assert_eq!(present(&events), [true, true, true]);
    let delete = format!("{GROUP}/delete");
    events.push(event("02:00:00", "ops@contoso.com", &delete, &group, "Accepted"));
    assert_eq!(present(&events), [true, true, true], "accepted is not done");
    events.push(event("02:10:00", "ops@contoso.com", &delete, &group, "Succeeded"));
    assert_eq!(present(&events), [false, false, true]);
    events.push(write("03:00:00", "virtualMachines", &machine));
    assert_eq!(present(&events), [true, false, true], "made again");
}

#[test]
fn deleting_a_part_leaves_the_whole() {
    let machine =
        format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/vm1");
    let events = [
        suspicion(),
        done("01:00:00", EVE, "Microsoft.Compute/virtualMachines/write", &machine),
        // Some providers name the whole as the resource of what they delete of it.
        done("02:00:00", EVE, "Microsoft.Compute/virtualMachines/extensions/delete", &machine),
    ];
    let report = report(&events);
    assert_eq!(of_subscription(&report, "residue")[0]["still_present"], true);
}

#[test]
fn grants_inside_a_deleted_scope_end_with_it() {
    let group = format!("{SUB}/resourceGroups/rg1");
    let vault = format!("{group}/providers/Microsoft.KeyVault/vaults/v1");
    let delete = |time, kind: &str, resource: &str| {
        done(time, "ops@contoso.com", &format!("{kind}/delete"), resource)
    };
    let mut events =
        [grant("01:00:00", SUB), grant("01:01:00", &group), grant("01:02:00", &vault)].concat();
    events.push(delete("02:00:00", "Microsoft.KeyVault/vaults", &vault));
    let of = |events: &[Value]| {
        let report = report(events);
        standing(&report).iter().map(|(_, standing)| *standing).collect::<Vec<_>>()
    };
    assert_eq!(of(&events), [true, true, false]);
    events.push(delete("03:00:00", GROUP, &group));
    assert_eq!(of(&events), [true, false, false]);
    events.extend(grant("04:00:00", &group));
    assert_eq!(of(&events), [true, false, false, true]);
}
