//! Whom to ask: who owns and made what an alert names comes first, whom it names comes last.

use serde_json::Value;

use super::{BOB, EVE, EVE_NAMED, EVES_IP, Incident, Named, OFFICE, SUB};

const KIND: &str = "ARM_AnomalousRBACRoleAssignment";

fn contacts(incident: &Incident) -> Vec<Value> {
    incident.report()["alerts"][0]["contact"].as_array().unwrap().clone()
}

fn says(contact: &Value, key: &str, words: &str) {
    assert!(contact[key].as_str().is_some_and(|text| text.contains(words)), "{contact:#}");
}

#[test]
fn an_owner_by_a_list_comes_before_whom_the_alert_names() {
    let mut incident = Incident::new();
    incident.assignment("ann@contoso.com", "Owner", SUB);
    incident.assignment("carl@contoso.com", "Contributor", SUB);
    incident.call(
        "2026-03-15T12:00:00Z",
        EVE,
        EVES_IP,
        "Microsoft.Web/sites/write",
        SUB,
        "Succeeded",
    );
    incident.alert(KIND, EVE_NAMED);
    let contacts = contacts(&incident);
    assert_eq!(contacts.len(), 2, "{contacts:#?}");
    says(&contacts[0], "who", "ann@contoso.com");
    says(&contacts[0], "why", "holds Owner on the subscription");
    says(&contacts[0], "known_by", "assignments.json");
    says(&contacts[1], "why", "confirm by another channel");
    assert_eq!((&contacts[0]["subject"], &contacts[1]["subject"]), (&false.into(), &true.into()));
    assert_eq!(contacts[1]["user"], EVE);
}

#[test]
fn where_nobody_else_is_known_it_says_where_to_look() {
    let mut incident = Incident::new();
    incident.call(
        "2026-03-15T12:00:00Z",
        EVE,
        EVES_IP,
        "Microsoft.Web/sites/write",
        SUB,
        "Succeeded",
    );
    incident.alert(KIND, EVE_NAMED);
    let contacts = contacts(&incident);
    says(&contacts[0], "who", "the owner of the subscription");
    says(&contacts[0], "why", "billing account");
    let command = "az role assignment list --role Owner --include-inherited --subscription 00000000-0000-0000-0000-00000000000a";
    says(&contacts[0], "why", command);
    assert_eq!(contacts.last().unwrap()["user"], EVE);
}

#[test]
fn who_changed_the_machine_before_is_asked_and_a_program_is_not() {
    let vm =
        format!("{SUB}/resourceGroups/Shop/providers/Microsoft.Compute/virtualMachines/web-01");
    let write = "Microsoft.Compute/virtualMachines/write";
    let program = "Microsoft.Insights/autoscaleSettings";
    let mut incident = Incident::new();
    incident.call("2026-03-10T12:00:00Z", BOB, OFFICE, write, &vm, "Succeeded");
    incident.call("2026-03-11T12:00:00Z", program, OFFICE, write, &vm, "Succeeded");
    incident
        .alert("VM_RunCommandSuspiciousScript", Named { resource: Some(&vm), ..Named::default() });
    let contacts = contacts(&incident);
    assert_eq!(contacts[0]["user"], BOB, "{contacts:#?}");
    says(&contacts[0], "why", "changed the resource last before the alert");
    assert_eq!(contacts[0]["evidence"].as_array().unwrap().len(), 1);
    assert_eq!(contacts.len(), 1, "{contacts:#?}");
}

#[test]
fn an_owner_by_a_grant_is_known_by_that_grant_and_no_other_of_the_same_instant() {
    let owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    let roles = "Microsoft.Authorization/roleAssignments/write";
    let write = "Microsoft.Web/sites/write";
    let mut incident = Incident::new();
    for (number, who) in [(1, "ann@contoso.com"), (2, "carl@contoso.com")] {
        let oid = format!("e0e0e0e0-0000-0000-0000-{number:012}");
        let grant = format!(
            "{SUB}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-{number:012}"
        );
        incident.call("2026-03-10T12:00:00Z", BOB, OFFICE, roles, &grant, "Succeeded");
        incident.grant_body(&oid, owner);
        incident.call("2026-03-11T12:00:00Z", who, OFFICE, write, SUB, "Succeeded");
        incident.object_id(&oid);
    }
    incident.alert(KIND, EVE_NAMED);
    let contacts = contacts(&incident);
    let by_grant = |contact: &&Value| contact["known_by"] == "the grant by bob@contoso.com";
    let owners: Vec<&Value> = contacts.iter().filter(by_grant).collect();
    assert_eq!(owners.len(), 2, "{contacts:#?}");
    assert!(owners.iter().all(|owner| owner["evidence"].as_array().unwrap().len() == 1));
    assert_ne!(owners[0]["evidence"], owners[1]["evidence"]);
}

#[test]
fn a_sample_alert_asks_nobody() {
    let mut incident = Incident::new();
    incident.alert("SIMULATED_ARM_AnomalousRBACRoleAssignment", EVE_NAMED);
    assert!(contacts(&incident).is_empty());
}

#[test]
fn an_owner_whom_another_open_alert_names_is_asked_last_and_by_another_channel() {
    let mut incident = Incident::new();
    incident.assignment(BOB, "Owner", SUB);
    let write = "Microsoft.Web/sites/write";
    incident.call("2026-03-15T12:00:00Z", EVE, EVES_IP, write, SUB, "Succeeded");
    incident.call("2026-03-16T12:00:00Z", BOB, EVES_IP, write, SUB, "Succeeded");
    incident.alert(KIND, EVE_NAMED);
    let named = Named { who: Some(BOB), ip: Some(EVES_IP), ..Named::default() };
    incident.alert_at("2026-03-16T12:00:00Z", "ARM_OperationFromSuspiciousIP", named);
    let contacts = contacts(&incident);
    says(&contacts[0], "who", "the owner of the subscription");
    let bob = contacts.iter().find(|c| c["user"] == BOB).expect("Bob");
    assert_eq!(bob["subject"], true);
    says(bob, "why", "under suspicion: confirm by another channel");
}

#[test]
fn a_suppression_rule_of_somebody_whom_a_suspect_empowered_hides_nothing() {
    let rule = format!("{SUB}/providers/Microsoft.Security/alertsSuppressionRules/quiet");
    let list = |since: &str| {
        serde_json::json!([{
            "id": rule, "name": "quiet", "type": "Microsoft.Security/alertsSuppressionRules",
            "properties": {"alertType": "*", "lastModifiedUtc": since, "state": "Enabled", "reason": "Noise"},
        }])
    };
    let write = "Microsoft.Security/alertsSuppressionRules/write";
    let zed = "zed@contoso.com";
    let mut incident = Incident::new();
    let grant = format!(
        "{SUB}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000009"
    );
    let roles = "Microsoft.Authorization/roleAssignments/write";
    incident.call("2026-03-15T12:00:00Z", EVE, EVES_IP, roles, &grant, "Succeeded");
    let oid = "e0e0e0e0-0000-0000-0000-000000000026";
    incident.grant_body(oid, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
    incident.call("2026-03-15T12:20:00Z", zed, "192.0.2.77", write, &rule, "Succeeded");
    incident.object_id(oid);
    incident.alert(KIND, EVE_NAMED);
    incident.alert_at("2026-03-15T13:00:00Z", "VM_SuspiciousActivity", Named::default());
    incident.list("rules.json", list("2026-03-15T12:20:00Z"));
    let report = incident.report();
    let shown = &report["suppression_rules"][0];
    assert_eq!((&shown["by_suspect"], &shown["written_by"][0]), (&true.into(), &zed.into()));
    assert_eq!(
        report["alerts"].as_array().unwrap().iter().filter(|a| a["verdict"] == "open").count(),
        2
    );
    let of_zed = |f: &&Value| f["principal"] == zed;
    assert!(report["findings"].as_array().unwrap().iter().any(|f| of_zed(&f)), "a finding");
    // Olga's, of long before, is an ordinary one, and what it hides speaks against nobody.
    let mut ordinary = Incident::new();
    ordinary.call("2026-03-14T13:00:00Z", "olga@contoso.com", OFFICE, write, &rule, "Succeeded");
    ordinary.alert(KIND, EVE_NAMED).list("rules.json", list("2026-03-14T13:00:00Z"));
    let report = ordinary.report();
    let shown = &report["suppression_rules"][0];
    assert_eq!(
        (&shown["by_suspect"], &report["alerts"][0]["verdict"]),
        (&false.into(), &"suppressed".into())
    );
    let eve = report["users"].as_array().unwrap().iter().find(|u| u["id"] == EVE);
    assert!(eve.is_none_or(|eve| eve["suspicion"].is_null()), "{eve:#?}");
}

#[test]
fn who_owns_a_part_of_a_subscription_is_named_for_that_and_for_no_other_subscription() {
    let other = "/subscriptions/00000000-0000-0000-0000-00000000000b";
    let write = "Microsoft.Web/sites/write";
    let group = format!("{SUB}/resourceGroups/Shop");
    let mut incident = Incident::new();
    for (subscription, role, scope) in
        [(SUB, "Owner", group.as_str()), (other, "Virtual Machine Contributor", other)]
    {
        incident.call("2026-03-10T12:00:00Z", BOB, OFFICE, write, subscription, "Succeeded");
        incident.role(role, scope);
    }
    incident.call("2026-03-11T12:00:00Z", "ann@contoso.com", OFFICE, write, SUB, "Succeeded");
    incident.role("Owner", "/providers/Microsoft.Management/managementGroups/top");
    incident.alert(KIND, EVE_NAMED);
    incident.alert(KIND, Named { subscription: Some(other), ..EVE_NAMED });
    let report = incident.report();
    let of = |subscription: &str| {
        let id = subscription.rsplit('/').next();
        let alerts = report["alerts"].as_array().unwrap().iter();
        let alert = alerts.into_iter().find(|alert| alert["subscription_id"].as_str() == id);
        alert.unwrap()["contact"].as_array().unwrap().clone()
    };
    let own = of(SUB);
    says(&own[0], "why", "administers the subscription with the role Owner");
    assert_eq!(own[0]["user"], "ann@contoso.com");
    assert_eq!(own[1]["user"], BOB);
    says(&own[1], "why", "administers the resource group shop with the role Owner");
    assert!(of(other).iter().all(|contact| contact["user"] != BOB), "{:#?}", of(other));
}

#[test]
fn an_owner_above_the_subscription_is_asked_and_one_whose_role_ended_is_not() {
    let owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    let roles = "Microsoft.Authorization/roleAssignments";
    let (top, uma, xan) = (
        "/providers/Microsoft.Management/managementGroups/top",
        "e0e0e0e0-0000-0000-0000-000000000001",
        "xan@contoso.com",
    );
    let write = "Microsoft.Resources/tags/write";
    let mut incident = Incident::new();
    let grant = format!("{top}/providers/{roles}/00000000-0000-0000-0000-000000000001");
    incident.call(
        "2026-03-10T12:00:00Z",
        BOB,
        OFFICE,
        &format!("{roles}/write"),
        &grant,
        "Succeeded",
    );
    incident.body(&serde_json::json!({"Properties": {"PrincipalId": uma, "Scope": top,
        "RoleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{owner}")}}));
    incident.call("2026-03-11T12:00:00Z", "uma@contoso.com", OFFICE, write, SUB, "Succeeded");
    incident.object_id(uma).under("root/top");
    incident.assignment(xan, "Owner", SUB);
    let known = |incident: &Incident| {
        let contacts = contacts(incident);
        [xan, "uma@contoso.com"].map(|who| {
            contacts.iter().any(|contact| contact["who"].as_str().unwrap().contains(who))
        })
    };
    incident.alert(KIND, EVE_NAMED);
    assert_eq!(known(&incident), [true, true], "{:#?}", contacts(&incident));
    let held = format!("{SUB}/providers/{roles}/0");
    let delete = format!("{roles}/delete");
    incident.call("2026-03-12T12:00:00Z", BOB, OFFICE, &delete, &held, "Succeeded");
    assert_eq!(known(&incident), [false, true]);
}

#[test]
fn a_suspect_who_looked_after_the_machine_is_a_contact_that_comes_last() {
    let vm =
        format!("{SUB}/resourceGroups/Shop/providers/Microsoft.Compute/virtualMachines/web-01");
    let write = "Microsoft.Compute/virtualMachines/write";
    let mut incident = Incident::new();
    incident.work(BOB, OFFICE, write, &vm);
    incident.alert("VM_SuspiciousActivity", Named { resource: Some(&vm), ..Named::default() });
    let named = Named { who: Some(BOB), ip: Some(EVES_IP), ..Named::default() };
    let web = "Microsoft.Web/sites/write";
    incident.call("2026-03-14T12:00:00Z", BOB, EVES_IP, web, SUB, "Succeeded");
    incident.alert_at("2026-03-14T12:00:00Z", "ARM_OperationFromSuspiciousIP", named);
    let report = incident.report();
    let alerts = report["alerts"].as_array().unwrap();
    let alert = alerts.iter().find(|alert| alert["alert_type"] == "VM_SuspiciousActivity").unwrap();
    let last = alert["contact"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["user"], &last["subject"]), (&BOB.into(), &true.into()));
    says(last, "why", "changed the resource last before the alert");
    says(last, "why", "under suspicion: confirm by another channel");
}

#[test]
fn the_managing_tenant_is_that_of_whom_the_alert_names() {
    let (own, one, two) = (
        "33333333-0000-0000-0000-00000000000e",
        "44444444-0000-0000-0000-00000000000f",
        "55555555-0000-0000-0000-00000000000f",
    );
    let kim = "kim@relay.example";
    let mut incident = Incident::new();
    for (number, tenant) in [(1, one), (2, two)] {
        incident.delegation(number, tenant).tenant(own);
    }
    let issuer = format!("https://sts.windows.net/{one}/");
    let claims =
        [("http://schemas.microsoft.com/identity/claims/tenantid", one), ("iss", issuer.as_str())];
    incident.call(
        "2026-03-15T12:04:00Z",
        kim,
        EVES_IP,
        "Microsoft.Web/sites/write",
        SUB,
        "Succeeded",
    );
    incident.claims(&claims).tenant(own);
    let named = Named { who: Some(kim), ip: Some(EVES_IP), ..Named::default() };
    let title =
        "Azure Resource Manager operation from suspicious proxy IP address (delegated access)";
    incident.alert("ARM_OperationFromSuspiciousProxyIP", named).titled(title);
    let contacts = contacts(&incident);
    let told: Vec<&str> = contacts.iter().map(|c| c["who"].as_str().unwrap()).collect();
    let wanted = format!("the administrators of the managing tenant {one}");
    assert!(told.contains(&wanted.as_str()), "{told:?}");
    assert!(!told.iter().any(|who| who.contains(two)), "{told:?}");
    let olga = contacts.iter().find(|contact| contact["user"] == "olga@contoso.com").unwrap();
    says(olga, "why", &format!("registered the delegation to the tenant {one}"));
    assert!(!olga["why"].as_str().unwrap().contains(two), "{olga:#}");
}
