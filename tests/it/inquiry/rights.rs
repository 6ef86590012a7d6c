//! Incidents about rights: what an intruder gave, took and refused, what others took back, and who
//! has nothing to do with it.

use serde_json::{Value, json};

use super::{BOB, EVE, EVE_NAMED, EVES_IP, Incident, Named, OFFICE, SUB};

const ZED: &str = "e0e0e0e0-0000-0000-0000-000000000005";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const ROLES: &str = "Microsoft.Authorization/roleAssignments";
const SUSPICIOUS: &str = "ARM_OperationFromSuspiciousIP";

/// An incident in which Eve, who worked for weeks, is used from a new address.
pub(super) fn attack() -> Incident {
    let mut incident = Incident::new();
    let tags = "Microsoft.Resources/tags/write";
    incident.work(EVE, "198.51.100.3", tags, SUB).work(BOB, OFFICE, tags, SUB);
    incident.alert(SUSPICIOUS, EVE_NAMED);
    incident
}

pub(super) fn user<'r>(report: &'r Value, id: &str) -> &'r Value {
    let users = report["users"].as_array().expect("users");
    users.iter().find(|user| user["id"] == id).unwrap_or_else(|| panic!("no {id}"))
}

pub(super) fn is_suspect(report: &Value, id: &str) -> bool {
    !user(report, id)["suspicion"].is_null()
}

/// Every step of a stage, whatever it is of.
pub(super) fn steps<'r>(report: &'r Value, stage: &str) -> Vec<&'r Value> {
    let lists = ["users", "subscriptions", "virtual_machines"];
    let entries = lists.iter().flat_map(|list| report[*list].as_array().expect("a list"));
    let all = entries.flat_map(|entry| entry["mitigation"].as_array().expect("steps"));
    all.filter(|step| step["stage"] == stage).collect()
}

fn words(report: &Value, stage: &str) -> Vec<String> {
    let word = |step: &&Value| step["step"].as_str().expect("a step").to_owned();
    steps(report, stage).iter().map(word).collect()
}

fn changes(report: &Value) -> Vec<Value> {
    let mut all = report["subscriptions"][0]["iam_changes"].as_array().expect("a list").clone();
    all.retain(|change| change["removal"] == false);
    all
}

pub(super) fn assignment(number: u32) -> String {
    format!("{SUB}/providers/{ROLES}/00000000-0000-0000-dddd-{number:012}")
}

pub(super) fn body(to: &str, kind: &str) -> Value {
    let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{OWNER}");
    json!({"Id": "x", "Properties": {"PrincipalId": to, "PrincipalType": kind, "RoleDefinitionId": role, "Scope": SUB}})
}

impl Incident {
    /// Lets Eve give somebody the role of an owner, at a minute after noon.
    pub(super) fn grant(&mut self, minute: u32, to: &str, kind: &str) -> &mut Self {
        self.eve(minute, &format!("{ROLES}/write"), &assignment(minute));
        self.body(&body(to, kind)).created()
    }

    /// Adds a request to Privileged Identity Management.
    pub(super) fn request(
        &mut self,
        time: &str,
        who: &str,
        ip: &str,
        kind: &str,
        ask: [&str; 3],
    ) -> &mut Self {
        let [what, to, lasts] = ask;
        let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{OWNER}");
        let properties = json!({
            "principalId": to, "roleDefinitionId": role, "requestType": what,
            "scheduleInfo": {"startDateTime": time, "expiration": {"type": "AfterDuration", "duration": lasts}},
        });
        let operation = format!("Microsoft.Authorization/{kind}");
        let id = format!("{SUB}/providers/{operation}/{}", time.replace([':', '-'], ""));
        self.call(time, who, ip, &format!("{operation}/write"), &id, "Succeeded");
        self.body(&json!({"properties": properties})).created()
    }
}

#[test]
fn an_activation_runs_out_and_a_removal_ends_what_was_made_eligible() {
    let own = "e0e0e0e0-0000-0000-0000-000000000001";
    let lasting = "e0e0e0e0-0000-0000-0000-000000000095";
    let (active, eligible) = ("roleAssignmentScheduleRequests", "roleEligibilityScheduleRequests");
    let mut incident = attack();
    let at = |minute: &str| format!("2026-03-15T12:{minute}:00Z");
    incident.request(&at("01"), EVE, EVES_IP, active, ["SelfActivate", own, "PT8H"]).object_id(own);
    incident.request(&at("05"), EVE, EVES_IP, eligible, ["AdminAssign", ZED, "P365D"]);
    incident.request(&at("06"), EVE, EVES_IP, active, ["AdminAssign", lasting, "P365D"]);
    incident.request("2026-03-16T08:00:00Z", BOB, OFFICE, eligible, ["AdminRemove", ZED, "P365D"]);
    let report = incident.report();
    let told: Vec<_> = changes(&report)
        .iter()
        .map(|c| (c["principal"].clone(), c["standing"].clone(), c["ended"]["how"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            (EVE.into(), false.into(), "expired".into()),
            (ZED.into(), false.into(), "removed".into()),
            (lasting.into(), true.into(), Value::Null),
        ]
    );
    let ranked: Vec<&str> =
        report["users"].as_array().unwrap().iter().map(|u| u["id"].as_str().unwrap()).collect();
    assert_eq!(ranked[..2], [EVE, lasting], "whom she empowered comes directly behind her");
    let take = words(&report, "lock_out");
    assert_eq!(take.iter().filter(|step| step.starts_with("Take the role Owner")).count(), 1);
    assert!(!is_suspect(&report, BOB));
}

#[test]
fn what_an_intruder_refused_and_took_away_is_given_back_and_its_own_tracks_are_not() {
    let mut incident = attack();
    let deny = "Microsoft.Authorization/denyAssignments";
    let id = format!("{SUB}/providers/{deny}/00000000-0000-0000-cccc-000000000002");
    incident.eve(1, &format!("{deny}/write"), &id).created();
    incident.grant(2, ZED, "User");
    let carl = "e0e0e0e0-0000-0000-0000-000000000007";
    for (minute, number, whom) in [(3, 2, ZED), (4, 77, carl)] {
        let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{OWNER}");
        incident.eve(minute, &format!("{ROLES}/delete"), &assignment(number));
        incident.answer(
            &json!({"properties": {"principalId": whom, "roleDefinitionId": role, "scope": SUB}}),
        );
    }
    let report = incident.report();
    let locked = words(&report, "lock_out");
    assert!(locked.iter().any(|step| step.starts_with("Remove the denial")), "{locked:?}");
    let back = steps(&report, "restore");
    assert_eq!(back.len(), 1, "{back:#?}");
    assert_eq!(back[0]["step"], format!("Give the role Owner back to {carl}, if it is to have it"));
    let command = back[0]["command"].as_str().unwrap();
    assert!(command.starts_with(&format!("az role assignment create --assignee-object-id {carl}")));
}

#[test]
fn whoever_cleans_up_after_an_intruder_is_no_suspect_and_what_is_gone_asks_for_nothing() {
    let mut incident = attack();
    incident.grant(1, ZED, "User");
    let account =
        format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Automation/automationAccounts/aa");
    incident.eve(4, "Microsoft.Automation/automationAccounts/write", &account).created();
    let webhook = format!("{account}/webhooks/wh");
    incident.eve(5, "Microsoft.Automation/automationAccounts/webhooks/write", &webhook).created();
    let delete = "Microsoft.Automation/automationAccounts/delete";
    incident.call(
        "2026-03-16T09:00:00Z",
        BOB,
        OFFICE,
        &format!("{ROLES}/delete"),
        &assignment(1),
        "Succeeded",
    );
    incident.call("2026-03-16T09:05:00Z", BOB, OFFICE, delete, &account, "Succeeded");
    let report = incident.report();
    assert!(!is_suspect(&report, BOB));
    assert_eq!(changes(&report)[0]["standing"], false);
    assert_eq!(changes(&report)[0]["ended"]["by"], BOB);
    let residue = report["subscriptions"][0]["residue"].as_array().unwrap();
    assert!(residue.iter().all(|left| left["still_present"] == false), "{residue:#?}");
    // Nobody knows Zed, who never used what is gone again: that is a question and no deletion.
    assert!(words(&report, "remove").is_empty(), "{:?}", words(&report, "remove"));
    let asked = words(&report, "review");
    assert!(asked.iter().any(|step| step.starts_with("Ask who it belongs to")), "{asked:?}");
    let of_bob = user(&report, BOB)["mitigation"].as_array().unwrap();
    assert!(of_bob.is_empty());
}

#[test]
fn an_account_that_never_used_the_modest_right_it_got_is_asked_about_and_not_deleted() {
    let contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
    let mut incident = Incident::new();
    let group = format!("{SUB}/resourceGroups/rg1");
    let setting = format!("{group}/providers/Microsoft.Insights/diagnosticSettings/audit");
    let delete = "Microsoft.Insights/diagnosticSettings/delete";
    incident.call("2026-03-01T09:00:00Z", EVE, OFFICE, delete, &setting, "Succeeded");
    let id = format!("{group}/providers/{ROLES}/00000000-0000-0000-dddd-000000000009");
    let write = format!("{ROLES}/write");
    incident.call("2026-03-15T09:00:00Z", EVE, OFFICE, &write, &id, "Succeeded");
    let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{contributor}");
    incident.body(&json!({"Id": "x", "Properties": {
        "PrincipalId": ZED, "PrincipalType": "User", "RoleDefinitionId": role, "Scope": group,
    }}));
    incident.created();
    let of_zed = |report: &Value, part: &str| {
        let steps = user(report, ZED)["mitigation"].as_array().unwrap();
        steps.iter().any(|step| step["step"].as_str().unwrap().starts_with(part))
    };
    let report = incident.report();
    assert!(is_suspect(&report, ZED));
    assert!(of_zed(&report, "Ask who it belongs to"), "{:#?}", user(&report, ZED));
    assert!(!of_zed(&report, "Disable") && !of_zed(&report, "Delete"));
    let take = words(&report, "lock_out");
    assert!(take.iter().any(|step| step.starts_with("Take the role Contributor")), "{take:?}");
    // To make an owner of somebody is grave by itself.
    let report = incident.grant(2, ZED, "User").report();
    assert!(of_zed(&report, "Disable the account") && of_zed(&report, "Delete the account"));
}

#[test]
fn a_pipeline_in_the_same_minute_and_the_same_network_is_not_drawn_in() {
    let pipeline = "aaaaaaaa-0000-0000-0000-000000000040";
    let site = format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Web/sites/shop");
    let mut incident = attack();
    for day in 1..=20 {
        let time = format!("2026-03-{day:02}T12:01:00Z");
        incident.call(
            &time,
            pipeline,
            "203.0.113.10",
            "Microsoft.Web/sites/write",
            &site,
            "Succeeded",
        );
        incident.program(pipeline, None);
    }
    incident.grant(1, ZED, "User").eve(5, "Microsoft.Web/sites/publishxml/action", &site);
    let report = incident.report();
    assert!(!is_suspect(&report, pipeline));
    let level = user(&report, pipeline)["risk"]["level"].as_str().unwrap();
    assert!(["none", "low"].contains(&level), "{level}");
    assert!(is_suspect(&report, EVE) && is_suspect(&report, ZED));
}

#[test]
fn delegated_access_without_a_registration_is_told_and_colleagues_of_the_accused_stay_quiet() {
    let (own, provider) =
        ("33333333-0000-0000-0000-00000000000e", "44444444-0000-0000-0000-00000000000f");
    let (kim, jo) = ("kim@relay.example", "jo@relay.example");
    let issuer = format!("https://sts.windows.net/{provider}/");
    let claims =
        [("http://schemas.microsoft.com/identity/claims/tenantid", provider), ("iss", &issuer)];
    let machine =
        format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/web-01");
    let restart = "Microsoft.Compute/virtualMachines/restart/action";
    let mut incident = Incident::new();
    for day in 1..=20 {
        let time = format!("2026-03-{day:02}T06:00:00Z");
        incident.call(&time, jo, "192.0.2.51", restart, &machine, "Succeeded");
        incident.claims(&claims).tenant(own);
    }
    let run = "Microsoft.Compute/virtualMachines/runCommand/action";
    incident.call("2026-03-15T12:04:00Z", kim, EVES_IP, run, &machine, "Succeeded");
    incident.claims(&claims).tenant(own);
    let named = Named { who: Some(kim), ip: Some(EVES_IP), ..Named::default() };
    let title =
        "Azure Resource Manager operation from suspicious proxy IP address (delegated access)";
    incident.alert("ARM_OperationFromSuspiciousProxyIP", named).titled(title);
    let report = incident.report();
    let ways: Vec<_> = report["delegated_access"]["principals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["user"].as_str().unwrap(), p["way"].as_str().unwrap(), p["standing"].clone()))
        .collect();
    assert_eq!(ways, [(kim, "lighthouse", Value::Null), (jo, "lighthouse", Value::Null)]);
    assert!(is_suspect(&report, kim) && !is_suspect(&report, jo));
    let level = user(&report, jo)["risk"]["level"].as_str().unwrap();
    assert!(["none", "low"].contains(&level), "{level}");
    let locked = words(&report, "lock_out");
    assert!(locked.iter().any(|step| step.starts_with("Find the delegation")), "{locked:?}");
    assert!(!locked.iter().any(|step| step.starts_with("Give it a new password")), "{locked:?}");
}

#[test]
fn a_custom_role_that_leads_everywhere_draws_in_whom_it_was_given_and_whom_these_empower() {
    let role = "00000000-0000-0000-cccc-000000000001";
    let definition = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}");
    let mut incident = attack();
    incident.eve(1, "Microsoft.Authorization/roleDefinitions/write", &definition).created();
    incident.body(&json!({"Properties": {"RoleName": "Log Reader", "type": "CustomRole",
        "Permissions": [{"Actions": ["Microsoft.Authorization/*", "*/read"], "NotActions": []}], "AssignableScopes": [SUB]}}));
    incident.grant(2, ZED, "User");
    let mut given = body(ZED, "User");
    given["Properties"]["RoleDefinitionId"] = definition.clone().into();
    incident.body(&given);
    let zed = "zed@contoso.com";
    let third = "e0e0e0e0-0000-0000-0000-000000000090";
    incident.call(
        "2026-03-15T12:12:00Z",
        zed,
        "203.0.113.67",
        &format!("{ROLES}/write"),
        &assignment(90),
        "Succeeded",
    );
    incident.body(&body(third, "User")).created().object_id(ZED);
    let report = incident.report();
    for id in [EVE, zed, third] {
        assert!(is_suspect(&report, id), "{id}");
    }
    let roles: Vec<_> =
        changes(&report).iter().map(|c| (c["role"].clone(), c["privileged"].clone())).collect();
    assert_eq!(
        roles,
        [
            ("Log Reader".into(), true.into()),
            ("Log Reader".into(), true.into()),
            ("Owner".into(), true.into())
        ]
    );
    let taken = words(&report, "lock_out");
    assert_eq!(taken.iter().filter(|step| step.starts_with("Take the role")).count(), 2);
}
