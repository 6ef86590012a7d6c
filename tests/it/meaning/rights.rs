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

const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

fn role_id(guid: &str) -> String {
    format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{guid}")
}

/// A request to Privileged Identity Management about Mallory's hold on Owner.
fn request(time: &str, list: &str, kind: &str, more: &[(&str, Value)]) -> [Value; 2] {
    let resource = format!(
        "{SUB}/providers/Microsoft.Authorization/{list}/0000000b-0000-0000-0000-0000{}00",
        time.replace(':', "")
    );
    let mut body =
        json!({"principalId": MALLORY, "roleDefinitionId": role_id(OWNER), "requestType": kind});
    for (name, value) in more {
        body[name] = value.clone();
    }
    let operation = format!("Microsoft.Authorization/{list}/write");
    asked(time, &operation, &resource, &json!({ "properties": body }))
}

/// Kind, role, what is held of it, whether it stands.
fn changes(report: &Value) -> Vec<String> {
    let word = |c: &Value, key: &str| match &c[key] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    of_subscription(report, "iam_changes")
        .iter()
        .map(|c| ["change", "role", "pim_assignment", "standing"].map(|k| word(c, k)).join(" "))
        .collect()
}

#[test]
fn requests_to_privileged_identity_management_give_and_take() {
    let (active, eligible) = ("roleAssignmentScheduleRequests", "roleEligibilityScheduleRequests");
    let events = [
        request("01:00:00", eligible, "AdminAssign", &[]),
        request("02:00:00", active, "SelfActivate", &[]),
        request("03:00:00", active, "SelfDeactivate", &[]),
        request("04:00:00", active, "AdminAssign", &[]),
        request("05:00:00", active, "SelfActivate", &[("status", "PendingApproval".into())]),
    ]
    .concat();
    let before = report(&events);
    assert_eq!(
        changes(&before),
        [
            "pim Owner eligible true",
            "pim Owner active false",
            "pim Owner active false",
            "pim Owner active true",
        ]
    );
    let first = &of_subscription(&before, "iam_changes")[0];
    assert_eq!((&first["principal"], &first["scope"]), (&MALLORY.into(), &SUB.into()));
    let removals = [
        request("06:00:00", eligible, "AdminRemove", &[]),
        request("07:00:00", active, "AdminRemove", &[]),
    ];
    assert_eq!(
        changes(&report(&[events, removals.concat()].concat())),
        [
            "pim Owner eligible false",
            "pim Owner active false",
            "pim Owner active false",
            "pim Owner active false",
            "revoke Owner eligible false",
            "revoke Owner active false",
        ]
    );
}

#[test]
fn an_activation_ends_when_its_time_is_over() {
    let schedule = json!({"startDateTime": "2026-03-01T01:00:00Z", "expiration": {"type": "AfterDuration", "duration": "PT8H"}});
    let activate = request(
        "01:00:00",
        "roleAssignmentScheduleRequests",
        "SelfActivate",
        &[("scheduleInfo", schedule)],
    );
    let at_end = |time: &str| {
        let later = done(time, "ops@contoso.com", "Microsoft.Compute/disks/write", SUB);
        let report = report(&[activate.to_vec(), vec![later]].concat());
        let change = of_subscription(&report, "iam_changes")[0].clone();
        assert_eq!(change["expires"], "2026-03-01T09:00:00Z");
        change["standing"].clone()
    };
    assert_eq!((at_end("08:59:00"), at_end("09:01:00")), (true.into(), false.into()));
}

/// What Privileged Identity Management writes into the log itself.
fn pim_log(time: &str, name: &str, event: &str, expires: Option<&str>) -> Value {
    let mut record = json!({
        "time": format!("2026-03-01T{time}.1234567Z"),
        "resourceId": SUB.to_uppercase(),
        "operationName": name,
        "category": "Administrative",
        "resultType": "Succeeded",
        "correlationId": format!("{time}/{name}"),
        "properties": {
            "EventName": event,
            "RoleDefinition": "Auditor of vaults",
            "RoleDefinitionOriginId": role_id("0000000c-0000-0000-0000-000000000001"),
            "CallerInfo": "[{\"CallerIdentityType\":\"UPN\",\"CallerIdentityValue\":\"eve@contoso.com\"}]",
            "SubjectID": MALLORY,
            "SubjectName": "Mallory",
        },
    });
    if let Some(expires) = expires {
        record["properties"]["ExpirationTime"] = expires.into();
    }
    record
}

#[test]
fn the_log_of_privileged_identity_management_names_member_role_and_end() {
    let add = "Add member to role completed (PIM activation)";
    let mut events = vec![
        pim_log(
            "01:00:00",
            "Add member to role requested (PIM activation)",
            "CreateRequestRoleActivation",
            None,
        ),
        pim_log("01:00:02", add, "ActivateRole", Some("2026-03-02T01:00:00Z")),
    ];
    let before = report(&events);
    assert_eq!(changes(&before), ["pim Auditor of vaults active true"]);
    let change = &of_subscription(&before, "iam_changes")[0];
    assert_eq!(
        ["principal", "by", "scope", "expires"].map(|key| change[key].as_str().unwrap()),
        [MALLORY, EVE, SUB, "2026-03-02T01:00:00Z"]
    );
    assert!(change["privileged"].is_null(), "nothing tells what the role allows");
    events.push(pim_log(
        "02:00:00",
        "Remove member from role (PIM activation expired)",
        "RemoveActivatedRole",
        None,
    ));
    assert_eq!(
        changes(&report(&events)),
        ["pim Auditor of vaults active false", "pim Auditor of vaults active false"]
    );
}

#[test]
fn a_delegation_names_its_tenant_and_what_that_tenant_may_do() {
    let (tenant, guid) =
        ("22222222-0000-0000-0000-00000000000b", "0000000d-0000-0000-0000-000000000001");
    let resource = |list: &str| format!("{SUB}/providers/Microsoft.ManagedServices/{list}/{guid}");
    let offer = json!({"properties": {"managedByTenantId": tenant.to_uppercase(), "authorizations": [
        {"principalId": MALLORY, "roleDefinitionId": READER},
        {"principalId": MALLORY, "roleDefinitionId": CONTRIBUTOR},
    ]}});
    let definition = resource("registrationDefinitions");
    let accept = json!({"properties": {"registrationDefinitionId": definition.to_uppercase()}});
    let accepted = asked(
        "02:00:00",
        "Microsoft.ManagedServices/registrationAssignments/write",
        &resource("registrationAssignments"),
        &accept,
    );
    let offered = asked(
        "01:00:00",
        "Microsoft.ManagedServices/registrationDefinitions/write",
        &definition,
        &offer,
    );
    let whole = report(&[offered, accepted.clone()].concat());
    let delegation = &of_subscription(&whole, "delegations")[0];
    assert_eq!(delegation["tenant_id"], tenant);
    let right = |role: &str, id: &str, privileged: bool| json!({"principal": MALLORY, "role": role, "role_id": id, "privileged": privileged});
    let rights = [right("Reader", READER, false), right("Contributor", CONTRIBUTOR, true)];
    assert_eq!(delegation["authorizations"], json!(rights));
    assert_eq!(of_subscription(&whole, "iam_changes")[0]["privileged"], true);
    let missing = |report: &Value| report["coverage"]["not_in_evidence"].to_string();
    assert!(!missing(&whole).contains("delegations[].tenant_id"));
    let alone = report(&accepted);
    assert!(of_subscription(&alone, "delegations")[0]["tenant_id"].is_null());
    assert!(missing(&alone).contains("delegations[].tenant_id"));
}

#[test]
fn custom_roles_are_known_where_the_evidence_defines_them() {
    let custom = "0000000e-0000-0000-0000-000000000001";
    let define = |time: &str, name: &str, actions: &[&str]| {
        let body = json!({"properties": {"roleName": name, "permissions": [{"actions": actions, "notActions": []}]}});
        asked(time, "Microsoft.Authorization/roleDefinitions/write", &role_id(custom), &body)
    };
    let assign = || {
        let assignment = format!(
            "{SUB}/providers/Microsoft.Authorization/roleAssignments/0000000f-0000-0000-0000-000000000001"
        );
        let body =
            json!({"properties": {"principalId": MALLORY, "roleDefinitionId": role_id(custom)}});
        asked("05:00:00", ASSIGN, &assignment, &body)
    };
    let grant = |events: Vec<Value>| {
        let report = report(&events);
        let change = of_subscription(&report, "iam_changes").last().unwrap().clone();
        assert_eq!(change["role_id"], custom);
        (change["role"].clone(), change["privileged"].clone())
    };
    assert_eq!(grant(assign().to_vec()), (Value::Null, Value::Null));
    let harmless = define("01:00:00", "Restarter", &["Microsoft.Compute/*"]);
    assert_eq!(grant([harmless.clone(), assign()].concat()), ("Restarter".into(), false.into()));
    let grave = define("02:00:00", "Helper", &["Microsoft.Authorization/*"]);
    let all = [harmless, grave, assign()].concat();
    assert_eq!(grant(all), ("Helper".into(), true.into()));
}
