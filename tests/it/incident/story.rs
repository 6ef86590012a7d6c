//! The five days of the story: the benign background, then the attack and its alerts.
//!
//! Monday 2 March to Friday 6 March 2026; the attack begins on Thursday evening.

use serde_json::json;

use super::cast::{
    self, ADMIN, BACKUP, DEV, DEVELOPER, GUEST, HOME, INVENTORY, JOB_HOST, OFFICE, OFFICE_V6, OPS,
    PARTNER, PERSONAL, PORTAL, PROD, RELEASE, RUNNER,
};
use super::model::{Incident, Phase};
use super::script::Script;
use super::{story_alert, story_attack, story_platform};

/// A place to act at: subscription and path.
type Place = (usize, &'static str);

const VM_WEB: Place = (PROD, "rg-shop-prod/Microsoft.Compute/virtualMachines/vm-web-01");
const VM_BATCH: Place = (PROD, "rg-batch-prod/Microsoft.Compute/virtualMachines/vm-batch-01");
const SITE: Place = (DEV, "rg-web-dev/Microsoft.Web/sites/app-shop-dev");

/// Tells the whole story.
pub(crate) fn story() -> Incident {
    let mut script = background();
    story_attack::attack(&mut script);
    story_alert::alerts(&mut script);
    script.finish()
}

/// What would have happened without the attack.
pub(crate) fn quiet() -> Incident {
    background().finish()
}

fn background() -> Script {
    let mut script = Script::new();
    for day in 0..5 {
        night(&mut script, day);
        office_hours(&mut script, day);
        development(&mut script, day);
        story_platform::platform(&mut script, day);
    }
    story_platform::elevation(&mut script);
    odd_ends(&mut script);
    script
}

/// The inventory job and the backups.
fn night(script: &mut Script, day: u64) {
    let tags = "Microsoft.Resources/tags/write";
    for (clock, place) in [
        ("02:00:04", (PROD, "rg-shop-prod/Microsoft.Resources/tags/default")),
        ("02:00:11", (PROD, "rg-batch-prod/Microsoft.Resources/tags/default")),
        ("02:00:19", (DEV, "rg-web-dev/Microsoft.Resources/tags/default")),
    ] {
        let when = script.at(day, clock);
        let body = json!({
            "operation": "Merge",
            "properties": {"tags": {"lastSeen": format!("2026-03-0{}", day + 2)}},
        });
        script.call(INVENTORY, when, tags, place).from(JOB_HOST).body(body).code("OK").done();
    }
    let backup = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/backup/action";
    for (clock, vm) in [("01:10:31", "vm-web-01"), ("01:25:02", "vm-batch-01")] {
        let when = script.at(day, clock);
        let path = format!(
            "rg-backup/Microsoft.RecoveryServices/vaults/rsv-contoso/backupFabrics/Azure/protectionContainers/iaasvmcontainer;{vm}/protectedItems/vm;{vm}"
        );
        script.call(BACKUP, when, backup, (PROD, &path)).from("203.0.113.120").done_later();
    }
}

/// What the operations people and the administrator do from the office.
fn office_hours(script: &mut Script, day: u64) {
    let start = "Microsoft.Compute/virtualMachines/start/action";
    let stop = "Microsoft.Compute/virtualMachines/deallocate/action";
    for (clock, name) in [("08:05:40", start), ("18:41:12", stop)] {
        let when = script.at(day, clock);
        script.call(OPS, when, name, VM_BATCH).from(OFFICE).done_later();
    }
    let when = script.at(day, "10:32:27");
    let account = (PROD, "rg-shop-prod/Microsoft.Storage/storageAccounts/stcontosoprod");
    let body = json!({
        "tags": {"owner": "shop"},
        "properties": {"minimumTlsVersion": "TLS1_2", "allowBlobPublicAccess": false},
    });
    script
        .call(OPS, when, "Microsoft.Storage/storageAccounts/write", account)
        .from(OFFICE)
        .via(PORTAL)
        .body(body)
        .code("OK")
        .done();
    if day.is_multiple_of(2) {
        let when = script.at(day, "11:15:03");
        script
            .call(OPS, when, "Microsoft.Compute/virtualMachines/restart/action", VM_WEB)
            .from(OFFICE)
            .done_later();
        let when = script.at(day, "14:20:55");
        let alert = (PROD, "rg-monitor/Microsoft.Insights/metricAlerts/cpu-web");
        let body = json!({
            "location": "global",
            "properties": {"severity": 3, "enabled": true, "windowSize": "PT5M"},
        });
        script
            .call(ADMIN, when, "Microsoft.Insights/metricAlerts/write", alert)
            .from(OFFICE)
            .via(PORTAL)
            .body(body)
            .code("OK")
            .done();
    }
    if day == 1 {
        firewall(script);
    }
}

/// The administrator lets the office in.
fn firewall(script: &mut Script) {
    let when = script.at(1, "15:02:18");
    let rule = (
        PROD,
        "rg-shop-prod/Microsoft.Network/networkSecurityGroups/nsg-shop/securityRules/allow-https",
    );
    let body = json!({
        "properties": {
            "access": "Allow",
            "direction": "Inbound",
            "protocol": "Tcp",
            "destinationPortRange": "443",
            "sourceAddressPrefix": "192.0.2.0/24",
            "priority": 200,
        },
    });
    script
        .call(ADMIN, when, "Microsoft.Network/networkSecurityGroups/securityRules/write", rule)
        .from(OFFICE_V6)
        .body(body)
        .done_later();
}

/// Releases by the managed identity, the developer's, guest's and tester's work.
fn development(script: &mut Script, day: u64) {
    let when = script.at(day, "06:30:09");
    let deployment = (DEV, "rg-web-dev/Microsoft.Resources/deployments/release");
    let path = format!("{}-{}", deployment.1, 410 + day);
    let shared = script
        .call(RELEASE, when, "Microsoft.Resources/deployments/write", (DEV, &path))
        .from(RUNNER)
        .body(json!({
            "properties": {
                "mode": "Incremental",
                "templateLink": {"id": "ts-shop", "contentVersion": "1.0.0.0"},
            },
        }))
        .done_later();
    let when = script.at(day, "06:30:15");
    let site =
        json!({"kind": "app", "location": "North Europe", "properties": {"httpsOnly": true}});
    let correlation = shared.clone();
    script
        .call(RELEASE, when, "Microsoft.Web/sites/write", SITE)
        .from(RUNNER)
        .body(site)
        .code("OK")
        .with(|operation| operation.correlation = correlation)
        .done();
    audit(script, day, shared);
    for (clock, name, code) in [
        ("09:41:30", "Microsoft.Web/sites/config/write", "OK"),
        ("13:07:44", "Microsoft.Web/sites/restart/action", "NoContent"),
    ] {
        let when = script.at(day, clock);
        let path = if code == "OK" {
            "rg-web-dev/Microsoft.Web/sites/app-shop-dev/config/web"
        } else {
            SITE.1
        };
        script.call(DEVELOPER, when, name, (DEV, path)).from(OFFICE_V6).code(code).done();
    }
    let when = script.at(day, "09:52:16");
    let account = (DEV, "rg-web-dev/Microsoft.Storage/storageAccounts/stcontosodev");
    script
        .call(DEVELOPER, when, "Microsoft.Storage/storageAccounts/listKeys/action", account)
        .from(OFFICE_V6)
        .done();
    visitors(script, day);
}

/// The guest and the tester with a personal account.
fn visitors(script: &mut Script, day: u64) {
    if day == 1 || day == 3 {
        let when = script.at(day, "12:18:02");
        let book =
            (DEV, "rg-web-dev/Microsoft.Insights/workbooks/6b0f2c44-9a1d-4e73-8d55-0c7e91b3fa28");
        script
            .call(GUEST, when, "Microsoft.Insights/workbooks/write", book)
            .from(PARTNER)
            .via(PORTAL)
            .code("OK")
            .done();
    }
    if day == 2 {
        let when = script.at(day, "17:26:39");
        script
            .call(PERSONAL, when, "Microsoft.Web/sites/restart/action", SITE)
            .from(HOME)
            .via(PORTAL)
            .code("NoContent")
            .done();
        let when = script.at(day, "17:29:10");
        let key = (DEV, "rg-web-dev/Microsoft.Web/sites/app-shop-dev/config/appsettings");
        script
            .call(PERSONAL, when, "Microsoft.Web/sites/config/list/action", key)
            .from(HOME)
            .via(PORTAL)
            .refused();
    }
}

/// The policy engine's look at the release: the release's token with another meaning.
fn audit(script: &mut Script, day: u64, correlation: String) {
    let when = script.at(day, "06:30:17");
    let policies = json!([{
        "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/2b9ad585-36bc-4615-b300-fd4435808332",
        "policyDefinitionDisplayName": "App Service apps should use managed identity",
        "policyDefinitionEffect": "AuditIfNotExists",
        "policyAssignmentName": "SecurityCenterBuiltIn",
        "policyAssignmentScope": cast::resource(DEV, ""),
    }]);
    script
        .call(RELEASE, when, "Microsoft.Authorization/policies/audit/action", SITE)
        .from(RUNNER)
        .says(
            "",
            json!({
                "isComplianceCheck": "False",
                "resourceLocation": "northeurope",
                "ancestors": cast::CONTOSO,
                "policies": policies.to_string(),
            }),
        )
        .with(|operation| {
            operation.category = "Policy".into();
            operation.action = Some("Microsoft.Web/sites/write".into());
            operation.success = String::new();
            operation.correlation = correlation;
        })
        .only(Phase::Succeeded);
}

/// Operations of which the log has one end only.
fn odd_ends(script: &mut Script) {
    let when = script.at(0, "16:05:00");
    let group = (DEV, "rg-sandbox-old");
    script
        .call(DEVELOPER, when, "Microsoft.Resources/subscriptions/resourceGroups/delete", group)
        .from(OFFICE_V6)
        .only(Phase::Started);
    let when = script.at(2, "16:44:10");
    let disk = (DEV, "rg-web-dev/Microsoft.Compute/disks/disk-build");
    script
        .call(DEVELOPER, when, "Microsoft.Compute/disks/write", disk)
        .from(OFFICE_V6)
        .only(Phase::Succeeded);
    let when = script.at(3, "16:12:33");
    let image = (DEV, "rg-web-dev/Microsoft.Compute/images/img-build");
    script
        .call(RELEASE, when, "Microsoft.Compute/images/write", image)
        .from(RUNNER)
        .only(Phase::Accepted);
}

#[cfg(test)]
mod tests {
    use super::super::Truth;
    use super::*;

    #[test]
    fn the_story_has_the_size_and_the_people_that_tests_count_on() {
        let story = story();
        let truth = Truth::of(&story);
        assert!((250..=400).contains(&truth.events), "{}", truth.events);
        assert_eq!(truth.users.len(), story.principals.len(), "everybody acts");
        assert!(truth.failed >= 5 && truth.accepted >= 2 && truth.unknown >= 2);
        assert!(truth.categories.len() >= 7);
        assert!(story.operations.is_sorted_by_key(|operation| operation.events[0].ticks));
    }

    #[test]
    fn the_intruders_addresses_are_new_on_thursday_evening() {
        let story = story();
        let evening = super::super::time::parse("2026-03-05T19:00:00Z");
        let mut seen = 0;
        for operation in &story.operations {
            let strange = operation.address.as_ref().is_some_and(|a| a.starts_with("198.51.100."));
            seen += usize::from(strange);
            assert!(!strange || operation.events[0].ticks > evening, "{}", operation.name);
        }
        assert!(seen > 20);
    }
}
