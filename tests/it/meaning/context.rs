//! Lists of what a tenant holds: what they name, confirm and refute.

use serde_json::{Value, json};

use super::{EVE, SUB, assert_balanced, done, of_subscription, suspicion};
use crate::case::{Case, analyze};

const OID: &str = "11111111-0000-0000-0000-00000000000c";
const TENANT: &str = "33333333-0000-0000-0000-00000000000e";

/// A case of events and of lists, each with the name of its file.
fn case(events: &[Value], lists: &[(&str, Value)]) -> Case {
    let events = Value::from(events.to_vec()).to_string();
    let lists: Vec<(&str, String)> = lists.iter().map(|(n, v)| (*n, v.to_string())).collect();
    let mut files: Vec<(&str, &[u8])> = vec![("events.json", events.as_bytes())];
    files.extend(lists.iter().map(|(name, text)| (*name, text.as_bytes())));
    let case = analyze(&files, &[]);
    assert_balanced(&case.report());
    case
}

/// The report on events and lists that are whole.
fn report(events: &[Value], lists: &[(&str, Value)]) -> Value {
    let case = case(events, lists);
    assert_eq!(case.status, 0, "{}", case.stderr);
    case.report()
}

/// The entry of a list with that id.
fn entry<'r>(report: &'r Value, list: &str, id: &str) -> &'r Value {
    let entries = report[list].as_array().expect("a list");
    entries.iter().find(|e| e["id"] == id).unwrap_or_else(|| panic!("no {id} in {list}"))
}

/// A call of a program that the log knows by its object id only.
fn bare(time: &str) -> Value {
    let mut event = done(time, OID, "Microsoft.Compute/disks/write", SUB);
    event.as_object_mut().expect("an object").remove("claims");
    event
}

#[test]
fn lists_name_principals_and_subscriptions_and_their_owners() {
    let lists = [
        (
            "sp.json",
            json!([{"id": OID, "appId": TENANT, "displayName": "backup-runner", "servicePrincipalType": "Application", "servicePrincipalNames": []}]),
        ),
        (
            "account.json",
            json!([{"id": &SUB[15..], "name": "Production", "state": "Enabled", "isDefault": true, "tenantId": TENANT}]),
        ),
    ];
    let report = report(&[bare("01:00:00")], &lists);
    let user = entry(&report, "users", OID);
    assert_eq!(
        (&user["name"], &user["kind"]),
        (&"backup-runner".into(), &"service_principal".into())
    );
    let own = entry(&report, "subscriptions", &SUB[15..]);
    assert_eq!(
        (&own["name"], &own["tenant_id"], &own["tenant_inferred"]),
        (&"Production".into(), &TENANT.into(), &false.into())
    );
    let totals = &report["evidence"]["totals"];
    assert_eq!((&totals["context"], &totals["ignored"]), (&2.into(), &0.into()));
}

#[test]
fn a_list_of_roles_names_a_custom_role_and_judges_it() {
    let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{TENANT}");
    let assignment = format!("{SUB}/providers/Microsoft.Authorization/roleAssignments/{OID}");
    let body = json!({"properties": {"principalId": OID, "roleDefinitionId": role}});
    let grant = super::asked(
        "01:00:00",
        "Microsoft.Authorization/roleAssignments/write",
        &assignment,
        &body,
    );
    let list = json!([{"id": role, "name": TENANT, "roleName": "Helpers", "permissions": [{"actions": ["Microsoft.Authorization/*"], "notActions": []}]}]);
    let report = report(&grant, &[("roles.json", list)]);
    let change = &of_subscription(&report, "iam_changes")[0];
    assert_eq!((&change["role"], &change["privileged"]), (&"Helpers".into(), &true.into()));
}

#[test]
fn lists_come_as_tables_too_and_damage_in_them_is_told() {
    let table = format!(
        "\"Id\",\"DisplayName\",\"UserPrincipalName\"\n\"{OID}\",\"Eve Adams\",\"{EVE}\"\n"
    );
    let events = Value::from(vec![suspicion()]).to_string();
    let files = |table: &str| {
        let case =
            analyze(&[("events.json", events.as_bytes()), ("users.csv", table.as_bytes())], &[]);
        assert_balanced(&case.report());
        case
    };
    let whole = files(&table);
    let report = whole.report();
    let eve = entry(&report, "users", EVE);
    assert_eq!((&eve["name"], &eve["object_id"]), (&"Eve Adams".into(), &OID.into()));
    assert_eq!(whole.status, 0);
    let damaged = files(&(table + "\"\",\"Nobody\",\"nobody@contoso.com\"\n"));
    assert_eq!(damaged.status, 3);
    assert_eq!(damaged.rejects()[0]["code"], "unknown-record");
    assert_eq!(damaged.report()["evidence"]["totals"]["context"], 1);
}

#[test]
fn a_list_of_resources_confirms_and_refutes_what_was_left_behind() {
    let id = |kind: &str, name: &str| {
        format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Compute/{kind}/{name}")
    };
    let write = |time: &str, kind: &str, name: &str| {
        done(time, EVE, &format!("Microsoft.Compute/{kind}/write"), &id(kind, name))
    };
    let events =
        [suspicion(), write("01:00:00", "disks", "kept"), write("01:10:00", "disks", "lost")];
    let entry = |kind: &str, name: &str, made: &str| json!({"id": id(kind, name), "name": name, "type": format!("Microsoft.Compute/{kind}"), "createdTime": made});
    let later = "2026-03-02T00:00:00Z";
    let list = json!([entry("disks", "kept", later), entry("images", "other", later)]);
    let report = report(&events, &[("resources.json", list)]);
    let residue = of_subscription(&report, "residue");
    let of = |name: &str| {
        let one = residue.iter().find(|r| r["resource_id"].as_str().unwrap().ends_with(name));
        let one = one.unwrap_or_else(|| panic!("{name}"));
        (one["listed"]["state"].as_str().unwrap(), one["still_present"].as_bool().unwrap())
    };
    assert_eq!((of("kept"), of("lost")), (("still_there", true), ("gone", false)));
    let lists = &report["coverage"]["lists"];
    assert_eq!((&lists[0]["entries"], &lists[0]["taken_after"]), (&2.into(), &later.into()));
}

#[test]
fn of_a_group_that_gets_a_role_the_members_are_told_and_who_of_them_is_a_suspect() {
    const GROUP: &str = "11111111-0000-0000-0000-0000000000aa";
    const NESTED: &str = "11111111-0000-0000-0000-0000000000bb";
    const ANN: &str = "11111111-0000-0000-0000-0000000000a1";
    let oid = "http://schemas.microsoft.com/identity/claims/objectidentifier";
    let owner =
        "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    let body = json!({"properties": {"principalId": GROUP, "principalType": "Group", "roleDefinitionId": owner}});
    let assignment = format!("{SUB}/providers/Microsoft.Authorization/roleAssignments/{OID}");
    let roles = "Microsoft.Authorization/roleAssignments/write";
    let mut events = vec![suspicion()];
    events.extend(super::asked("01:00:00", roles, &assignment, &body));
    let mut ann = done("02:00:00", "ann@contoso.com", "Microsoft.Compute/disks/write", SUB);
    ann["claims"][oid] = ANN.into();
    events.push(ann);
    let group = |id: &str, name: &str, members: Value| json!({"id": id, "displayName": name, "securityEnabled": true, "mailEnabled": false, "members": members});
    let groups = json!([
        group(
            GROUP,
            "Operations",
            json!([{"id": NESTED}, {"id": OID, "userPrincipalName": "zoe@contoso.com"}])
        ),
        group(NESTED, "Night shift", json!([{"id": ANN, "displayName": "Ann"}, {"id": GROUP}])),
    ]);
    let case = case(&events, &[("groups.json", groups)]);
    assert_eq!(case.status, 0, "{}", case.stderr);
    let report = case.report();
    let change = &of_subscription(&report, "iam_changes")[0];
    assert_eq!(change["principal_kind"], "group");
    assert_eq!(change["members"], json!(["ann@contoso.com", "zoe@contoso.com"]));
    // Ann was given Owner through the group, and acts where nobody knows her ways.
    assert_eq!(change["suspect_members"], json!(["ann@contoso.com"]));
    let ann = entry(&report, "users", "ann@contoso.com");
    let why = ann["suspicion"]["because"][0].as_str().unwrap();
    assert!(why.contains("the role Owner through the group Operations"), "{why}");
    assert!(
        case.read("report.md").contains("under suspicion: `ann@contoso.com`")
            || case.read("report.md").contains("under suspicion: ann@contoso.com")
    );
}
