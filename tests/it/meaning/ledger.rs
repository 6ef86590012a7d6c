//! The ledger of rights: every kind of change, what became of it, and what was only tried.

use serde_json::{Value, json};

use super::{EVE, SUB, asked, assert_balanced, done, event, of_subscription, report};
use crate::case::analyze;

const OPS: &str = "ops@contoso.com";
const MALLORY: &str = "11111111-0000-0000-0000-00000000000b";
const TENANT: &str = "33333333-0000-0000-0000-00000000000e";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";
const UNASSIGN: &str = "Microsoft.Authorization/roleAssignments/delete";

fn assignment(scope: &str, number: u32) -> String {
    format!(
        "{scope}/providers/Microsoft.Authorization/roleAssignments/0000000a-0000-0000-0000-0000000000{number:02}"
    )
}

fn body(principal: &str, role: &str) -> Value {
    let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}");
    json!({"properties": {"principalId": principal, "roleDefinitionId": role}})
}

/// The entry of a list of changes with that time of day.
fn at<'r>(changes: &'r Value, time: &str) -> &'r Value {
    let changes = changes.as_array().expect("a list");
    let is_it = |c: &&Value| c["time"].as_str().is_some_and(|t| t[11..].starts_with(time));
    changes.iter().find(is_it).unwrap_or_else(|| panic!("nothing at {time} in {changes:#?}"))
}

/// What ended a change: how, by whom, at what time of day.
fn end(change: &Value) -> [&str; 3] {
    let ended = &change["ended"];
    assert_eq!(change["standing"], ended.is_null());
    let text = |key: &str| ended[key].as_str().unwrap_or_default();
    [text("how"), text("by"), text("time").get(11..19).unwrap_or_default()]
}

#[test]
fn grants_end_by_removal_with_their_scope_and_with_their_principal() {
    let group = format!("{SUB}/resourceGroups/rg1");
    let identity =
        format!("{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/helper");
    let mut made =
        done("00:30:00", EVE, "Microsoft.ManagedIdentity/userAssignedIdentities/write", &identity);
    let own = json!({"properties": {"principalId": TENANT, "clientId": OWNER}});
    made["properties"]["responseBody"] = own.to_string().into();
    let grant = |time: &str, number: u32, scope: &str, principal: &str| {
        asked(time, ASSIGN, &assignment(scope, number), &body(principal, OWNER)).to_vec()
    };
    let mut conditional = body(MALLORY, READER);
    conditional["properties"]["principalType"] = "Group".into();
    conditional["properties"]["condition"] = "((!(ActionMatches{'x'})))".into();
    let inner = format!("{group}/providers/Microsoft.KeyVault/vaults/v1");
    let events = [
        vec![made],
        grant("01:00:00", 1, SUB, MALLORY),
        grant("01:10:00", 2, &inner, MALLORY),
        grant("01:20:00", 3, SUB, TENANT),
        asked("01:30:00", ASSIGN, &assignment(SUB, 4), &conditional).to_vec(),
        // The removal says nothing but the id.
        vec![
            done("02:00:00", OPS, UNASSIGN, &assignment(SUB, 1)),
            done(
                "03:00:00",
                OPS,
                "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
                &identity,
            ),
            done(
                "04:00:00",
                EVE,
                "Microsoft.Resources/subscriptions/resourceGroups/delete",
                &group,
            ),
        ],
    ]
    .concat();
    let report = report(&events);
    let changes = &report["subscriptions"][0]["iam_changes"];
    assert_eq!(end(at(changes, "01:00")), ["removed", OPS, "02:00:00"]);
    assert_eq!(end(at(changes, "01:10")), ["scope_deleted", EVE, "04:00:00"]);
    assert_eq!(end(at(changes, "01:20")), ["principal_deleted", OPS, "03:00:00"]);
    let kept = at(changes, "01:30");
    assert_eq!(end(kept), ["", "", ""]);
    assert_eq!(
        [&kept["principal_kind"], &kept["condition"], &kept["privileged"], &kept["role"]],
        [&json!("group"), &json!("((!(ActionMatches{'x'})))"), &json!(false), &json!("Reader")]
    );
    let removal = at(changes, "02:00");
    assert_eq!(
        ["change", "principal", "role", "scope"].map(|key| removal[key].as_str().unwrap()),
        ["revoke", MALLORY, "Owner", SUB],
        "known from the grant that it removes"
    );
    assert_eq!((&removal["removal"], &removal["standing"]), (&true.into(), &false.into()));
}

#[test]
fn what_failed_or_never_ended_is_an_attempt_and_no_change() {
    let mut refused = asked("01:00:00", ASSIGN, &assignment(SUB, 1), &body(MALLORY, OWNER));
    refused[1]["status"]["value"] = "Failed".into();
    let [started, _] = asked("02:00:00", ASSIGN, &assignment(SUB, 2), &body(MALLORY, OWNER));
    let mut events = refused.to_vec();
    events.push(started);
    // The removal of a right fails too.
    events.extend(asked("03:00:00", ASSIGN, &assignment(SUB, 3), &body(MALLORY, OWNER)));
    events.push(event("04:00:00", OPS, UNASSIGN, &assignment(SUB, 3), "Failed"));
    let report = report(&events);
    let changes = of_subscription(&report, "iam_changes");
    assert_eq!((changes.len(), &changes[0]["standing"]), (1, &true.into()));
    let attempts = of_subscription(&report, "iam_attempts");
    let told: Vec<_> = attempts
        .iter()
        .map(|a| ["change", "outcome", "role"].map(|key| a[key].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            ["grant", "failed", "Owner"],
            ["grant", "unknown", "Owner"],
            ["revoke", "failed", "Owner"]
        ]
    );
    assert!(attempts.iter().all(|attempt| attempt["standing"] == false));
}

#[test]
fn administrators_denials_roles_and_delegations_are_made_and_removed() {
    let of =
        |list: &str, name: &str| format!("{SUB}/providers/Microsoft.Authorization/{list}/{name}");
    let own = "0000000e-0000-0000-0000-000000000001";
    let (classic, denial, role) = (
        of("classicAdministrators", "abc"),
        of("denyAssignments", own),
        of("roleDefinitions", own),
    );
    let registration =
        |list: &str| format!("{SUB}/providers/Microsoft.ManagedServices/{list}/{own}");
    let (offer, accepted) =
        (registration("registrationDefinitions"), registration("registrationAssignments"));
    let write = |time: &str, kind: &str, id: &str, body: Value| {
        asked(time, &format!("{kind}/write"), id, &json!({"properties": body})).to_vec()
    };
    let remove = |time: &str, kind: &str, id: &str| done(time, OPS, &format!("{kind}/delete"), id);
    let (admin, deny, define) = (
        "Microsoft.Authorization/classicAdministrators",
        "Microsoft.Authorization/denyAssignments",
        "Microsoft.Authorization/roleDefinitions",
    );
    let accept = "Microsoft.ManagedServices/registrationAssignments";
    let events = [
        write("01:00:00", admin, &classic, json!({"emailAddress": "Mallory@contoso.com", "role": "CoAdministrator"})),
        write("01:10:00", deny, &denial, json!({"denyAssignmentName": "no deletes", "principals": [{"id": MALLORY}]})),
        write("01:20:00", define, &role, json!({"roleName": "Helper", "permissions": [{"actions": ["*"]}]})),
        write("01:30:00", "Microsoft.ManagedServices/registrationDefinitions", &offer, json!({"registrationDefinitionName": "Care", "managedByTenantId": TENANT, "authorizations": []})),
        write("01:40:00", accept, &accepted, json!({"registrationDefinitionId": offer})),
        vec![
            remove("02:00:00", admin, &classic),
            remove("02:10:00", deny, &denial),
            remove("02:20:00", define, &role),
            remove("02:40:00", accept, &accepted),
        ],
    ]
    .concat();
    let report = report(&events);
    let changes = &report["subscriptions"][0]["iam_changes"];
    assert_eq!(changes.as_array().map(Vec::len), Some(8), "an offer alone changes nothing");
    for (time, kind, principal, name) in [
        ("01:00", "classic_admin", json!("mallory@contoso.com"), json!("CoAdministrator")),
        ("01:10", "deny", json!(MALLORY), json!("no deletes")),
        ("01:20", "custom_role", Value::Null, json!("Helper")),
        ("01:40", "delegation", Value::Null, Value::Null),
    ] {
        let (made, removed) = (at(changes, time), at(changes, &time.replace("01:", "02:")));
        assert_eq!([&made["change"], &removed["change"]], [kind, kind]);
        assert_eq!([&made["removal"], &removed["removal"]], [false, true], "{kind}");
        assert_eq!([&made["principal"], &made["role"]], [&principal, &name], "{kind}");
        assert_eq!(end(made)[..2], ["removed", OPS], "{kind}");
        assert_eq!((&removed["standing"], &removed["ended"]), (&false.into(), &Value::Null));
    }
    let delegations = of_subscription(&report, "delegations");
    assert_eq!(delegations.len(), 1);
    let told = ["tenant_id", "name", "offered_by", "scope"].map(|key| delegations[0][key].clone());
    assert_eq!(told, [json!(TENANT), json!("Care"), json!(EVE), json!(SUB)]);
    assert_eq!(delegations[0]["ended"]["by"], OPS);
}

#[test]
fn rights_above_subscriptions_are_shown_where_they_reach_and_count_once() {
    let group = "/providers/Microsoft.Management/managementGroups/ops";
    let other = "/providers/Microsoft.Management/managementGroups/other";
    let division = "/providers/Microsoft.Management/managementGroups/division";
    let elevate = "Microsoft.Authorization/elevateAccess/action";
    let mut events = vec![
        done("00:10:00", EVE, elevate, "/providers/Microsoft.Authorization"),
        done(
            "00:20:00",
            OPS,
            "Microsoft.Management/managementGroups/subscriptions/write",
            &format!("{group}/subscriptions/{}", &SUB[15..]),
        ),
        done(
            "00:30:00",
            OPS,
            "Microsoft.Compute/disks/write",
            &format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Compute/disks/d1"),
        ),
    ];
    events.extend(asked("01:00:00", ASSIGN, &assignment(group, 1), &body(MALLORY, OWNER)));
    events.extend(asked("01:10:00", ASSIGN, &assignment(other, 2), &body(MALLORY, OWNER)));
    events.extend(asked("01:20:00", ASSIGN, &assignment(division, 4), &body(MALLORY, READER)));
    // Events carry the path from the root group to the subscription.
    let group = format!("{SUB}/resourceGroups/rg1");
    let mut made =
        done("01:30:00", OPS, "Microsoft.Resources/subscriptions/resourceGroups/write", &group);
    made["properties"]["hierarchy"] = format!("{TENANT}/Division/Ops/{}", &SUB[15..]).into();
    events.push(made);
    // Eve gives back what the elevation gave her: the service removes the assignment at the root.
    let mut back = done("02:00:00", EVE, UNASSIGN, &assignment("", 3));
    let taken = json!({"properties": {"principalId": EVE, "scope": "/", "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"}});
    back["properties"]["responseBody"] = taken.to_string().into();
    events.push(back);
    let report = report(&events);
    let above = &report["tenant_iam_changes"];
    assert_eq!(above.as_array().map(Vec::len), Some(5));
    let elevation = at(above, "00:10");
    assert_eq!(end(elevation), ["removed", EVE, "02:00:00"]);
    assert_eq!(
        [&elevation["role"], &elevation["scope"], &elevation["scope_level"]],
        ["User Access Administrator", "/", "root"]
    );
    let own = report["subscriptions"].as_array().unwrap();
    let own = own.iter().find(|s| s["id"] == SUB[15..]).expect("the subscription");
    assert_eq!(own["iam_changes"], json!([]));
    let inherited = own["inherited_iam_changes"].as_array().unwrap();
    let times: Vec<_> = inherited.iter().map(|c| &c["time"].as_str().unwrap()[11..16]).collect();
    assert_eq!(times, ["00:10", "01:00", "01:20", "02:00"]);
    assert!(inherited.iter().all(|change| change["inherited_from"] == change["scope"]));
}

#[test]
fn lists_of_role_assignments_confirm_and_refute_grants() {
    let grants: Vec<Value> = (1..=3)
        .flat_map(|number| {
            let time = format!("0{number}:00:00");
            asked(&time, ASSIGN, &assignment(SUB, number), &body(MALLORY, OWNER))
        })
        .chain([done("02:30:00", OPS, UNASSIGN, &assignment(SUB, 2))])
        .collect();
    let entry = |number: u32, principal: &str, role: &str, on: &str| {
        json!({"id": assignment(SUB, number), "principalId": principal, "principalType": "User", "scope": SUB,
            "roleDefinitionId": format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}"), "createdOn": on})
    };
    let states = |list: Value| {
        let (events, list) = (Value::from(grants.clone()).to_string(), list.to_string());
        let case = analyze(&[("a.json", events.as_bytes()), ("roles.json", list.as_bytes())], &[]);
        let report = case.report();
        assert_balanced(&report);
        let changes = &report["subscriptions"][0]["iam_changes"];
        let told = |time: &str| {
            let change = at(changes, time);
            let listed = change["listed"]["state"].as_str().unwrap_or("none").to_owned();
            (listed, change["ended"]["how"].as_str().unwrap_or("stands").to_owned())
        };
        [told("01:00"), told("02:00"), told("03:00")]
            .map(|(listed, ended)| format!("{listed} {ended}"))
    };
    let old = "2025-01-01T00:00:00Z";
    let late = "2026-03-02T00:00:00Z";
    let other = "22222222-0000-0000-0000-00000000000d";
    assert_eq!(
        states(json!([
            entry(1, MALLORY, OWNER, "2026-03-01T01:00:01Z"),
            entry(8, other, READER, late)
        ])),
        ["still_there stands", "still_there stands", "still_there stands"],
        "who holds a role under another id holds it"
    );
    assert_eq!(
        states(json!([entry(8, other, READER, late), entry(9, TENANT, OWNER, old)])),
        ["gone not_listed", "gone removed", "gone not_listed"],
        "a later list of several principals and roles at the scope"
    );
    assert_eq!(
        states(json!([entry(8, other, READER, late)])),
        ["not_in_list stands", "not_in_list removed", "not_in_list stands"],
        "a list that may be narrowed proves nothing"
    );
    assert_eq!(
        states(json!([entry(8, other, READER, old), entry(9, TENANT, OWNER, old)])),
        ["not_in_list stands", "not_in_list removed", "not_in_list stands"],
        "nor does one that may be older"
    );
}
