//! What somebody undid is not asked for again, and who undid it is no suspect for that.

use serde_json::{Value, json};

use super::rights::{assignment, attack, body, is_suspect};
use super::{BOB, EVE, EVES_IP, Incident, OFFICE, SUB};

const ROLES: &str = "Microsoft.Authorization/roleAssignments";
const BEA: &str = "e0e0e0e0-0000-0000-0000-000000000011";
const LATER: &str = "2026-03-16T09:00:00Z";

impl Incident {
    /// Lets Olga delegate the subscription to a tenant; `number` tells one delegation from others.
    pub(super) fn delegation(&mut self, number: u32, tenant: &str) -> &mut Self {
        let registration = |list: &str| {
            let id = format!("0000000d-0000-0000-0000-{number:012}");
            format!("{SUB}/providers/Microsoft.ManagedServices/{list}/{id}")
        };
        let offer = registration("registrationDefinitions");
        let offered = json!({"properties": {"managedByTenantId": tenant, "authorizations":
            [{"principalId": BEA, "roleDefinitionId": "b24988ac-6180-42a0-ab88-20f7382dd24c"}]}});
        let accept = json!({"properties": {"registrationDefinitionId": offer}});
        for (minute, list, body) in
            [(0, "registrationDefinitions", offered), (1, "registrationAssignments", accept)]
        {
            let time = format!("2026-03-0{number}T12:0{minute}:00Z");
            let operation = format!("Microsoft.ManagedServices/{list}/write");
            let olga = "olga@contoso.com";
            self.call(&time, olga, OFFICE, &operation, &registration(list), "Succeeded");
            self.body(&body);
        }
        self
    }

    /// Names the management groups above the subscription in the last call.
    pub(super) fn under(&mut self, groups: &str) -> &mut Self {
        let id = SUB.rsplit('/').next().expect("an id");
        let start = self.events.len() - 2;
        for event in &mut self.events[start..] {
            event["properties"]["hierarchy"] = format!("{groups}/{id}").into();
        }
        self
    }

    /// Lets somebody do something the next morning.
    fn later(&mut self, who: &str, operation: &str, on: &str) -> &mut Self {
        self.call(LATER, who, OFFICE, operation, on, "Succeeded")
    }
}

fn words(report: &Value) -> Vec<String> {
    let lists = ["users", "subscriptions", "alerts"];
    let entries = lists.iter().flat_map(|list| report[*list].as_array().expect("a list"));
    let steps = entries.flat_map(|entry| entry["mitigation"].as_array().expect("steps"));
    steps.map(|step| step["step"].as_str().expect("a step").to_owned()).collect()
}

fn asks(incident: &Incident, begin: &str) -> bool {
    words(&incident.report()).iter().any(|step| step.starts_with(begin))
}

#[test]
fn who_gives_back_what_a_suspect_took_and_who_gets_it_back_are_no_suspects_for_that() {
    let mut incident = attack();
    let (bea, write) = ("bea@contoso.com", format!("{ROLES}/write"));
    incident.call("2026-03-14T12:00:00Z", BOB, OFFICE, &write, &assignment(1), "Succeeded");
    incident.body(&body(BEA, "User"));
    incident.call("2026-03-03T12:00:00Z", bea, OFFICE, "Microsoft.Web/sites/write", SUB, "Failed");
    incident.object_id(BEA);
    incident.eve(1, &format!("{ROLES}/delete"), &assignment(1));
    assert!(asks(&incident, "Give the role Owner back to"));
    // A newcomer, whose address nobody knows.
    incident.call(LATER, "ruth@contoso.com", "192.0.2.99", &write, &assignment(2), "Succeeded");
    incident.body(&body(BEA, "User")).created();
    let report = incident.report();
    assert!(is_suspect(&report, EVE) && !is_suspect(&report, bea));
    let told = words(&report);
    assert!(!told.iter().any(|step| step.contains("back to") || step.contains(bea)), "{told:?}");
    let of_bea = super::rights::user(&report, bea);
    let because = of_bea["risk"]["because"].to_string();
    assert!(!because.contains("was given"), "{because}");
    // What the intruder had given before is none that she had.
    let mut theirs = attack();
    theirs.grant(1, BEA, "User");
    theirs.call(LATER, BOB, OFFICE, &format!("{ROLES}/delete"), &assignment(1), "Succeeded");
    theirs.call("2026-03-16T10:00:00Z", EVE, EVES_IP, &write, &assignment(2), "Succeeded");
    theirs.body(&body(BEA, "User")).created();
    assert!(asks(&theirs, "Take the role Owner from"));
}

#[test]
fn a_right_on_a_scope_that_is_gone_is_not_given_back() {
    let group = format!("{SUB}/resourceGroups/old");
    let given = format!("{group}/providers/{ROLES}/00000000-0000-0000-dddd-000000000001");
    let mut incident = attack();
    incident.call(
        "2026-03-14T12:00:00Z",
        BOB,
        OFFICE,
        &format!("{ROLES}/write"),
        &given,
        "Succeeded",
    );
    let mut of_group = body(BEA, "User");
    of_group["Properties"]["Scope"] = group.clone().into();
    incident.body(&of_group).eve(1, &format!("{ROLES}/delete"), &given);
    assert!(asks(&incident, "Give the role Owner back to"));
    incident.later(BOB, "Microsoft.Resources/subscriptions/resourceGroups/delete", &group);
    assert!(!asks(&incident, "Give the role Owner back to"));
}

#[test]
fn a_role_that_was_defined_anew_without_its_rights_is_not_reviewed() {
    let definition = format!(
        "{SUB}/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-cccc-000000000001"
    );
    let write = "Microsoft.Authorization/roleDefinitions/write";
    let role = |action: &str| {
        json!({"Properties": {"RoleName": "Log Reader", "type": "CustomRole",
            "Permissions": [{"Actions": [action], "NotActions": []}], "AssignableScopes": [SUB]}})
    };
    let of = |action: &str| {
        let mut incident = attack();
        incident.eve(1, write, &definition).body(&role("*"));
        incident.later(BOB, write, &definition).body(&role(action));
        asks(&incident, "Review the role")
    };
    assert!(!of("*/read") && of("*"));
}

#[test]
fn who_was_taken_out_of_a_vault_is_not_to_be_taken_out_again() {
    let vault = format!("{SUB}/resourceGroups/data/providers/Microsoft.KeyVault/vaults/v1");
    let write = "Microsoft.KeyVault/vaults/accessPolicies/write";
    let policy = json!({"properties": {"accessPolicies": [{"objectId": BEA, "tenantId": BEA,
        "permissions": {"secrets": ["get"]}}]}});
    let mut incident = attack();
    incident.eve(1, write, &format!("{vault}/accessPolicies/add")).body(&policy);
    assert!(asks(&incident, "Take e0e0e0e0"));
    incident.later(BOB, write, &format!("{vault}/accessPolicies/remove")).body(&policy);
    assert!(!asks(&incident, "Take e0e0e0e0"));
    assert!(asks(&incident, "Replace"), "what could be read there");
}

#[test]
fn a_delegation_that_was_ended_is_not_looked_for() {
    let (own, provider) =
        ("33333333-0000-0000-0000-00000000000e", "44444444-0000-0000-0000-00000000000f");
    let issuer = format!("https://sts.windows.net/{provider}/");
    let claims = [
        ("http://schemas.microsoft.com/identity/claims/tenantid", provider),
        ("iss", issuer.as_str()),
    ];
    let kim = "kim@relay.example";
    let mut incident = Incident::new();
    incident.delegation(1, provider).tenant(own);
    let run = "Microsoft.Compute/virtualMachines/runCommand/action";
    let machine =
        format!("{SUB}/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/web-01");
    incident.call("2026-03-15T12:04:00Z", kim, EVES_IP, run, &machine, "Succeeded");
    incident.claims(&claims).tenant(own);
    let named = super::Named { who: Some(kim), ip: Some(EVES_IP), ..super::Named::default() };
    incident.alert("ARM_OperationFromSuspiciousProxyIP", named).titled(
        "Azure Resource Manager operation from suspicious proxy IP address (delegated access)",
    );
    assert!(asks(&incident, "End the delegation"));
    let accepted = format!(
        "{SUB}/providers/Microsoft.ManagedServices/registrationAssignments/0000000d-0000-0000-0000-000000000001"
    );
    let end = "Microsoft.ManagedServices/registrationAssignments/delete";
    incident.later("olga@contoso.com", end, &accepted);
    assert!(!asks(&incident, "End the delegation") && !asks(&incident, "Find the delegation"));
}
