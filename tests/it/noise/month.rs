//! Four weeks of ordinary work in one subscription, as records of diagnostic settings.
//!
//! Pipelines deploy, tools read keys, automation renews them, backup, autoscale and auto-shutdown run,
//! a cluster is upgraded, somebody new begins, machines are resized, environments come and go.

mod who;

use std::fmt::Write as _;

use serde_json::{Value, json};

use who::*;

const SUBSCRIPTION: &str = "/subscriptions/6f1c2a4e-3b7d-4c58-9a01-5d2e8f7b9c10";
/// Days of the month.
const DAYS: u64 = 28;

/// The records of the month, one a line.
#[derive(Default)]
struct Month {
    text: String,
    calls: u64,
}

impl Month {
    /// Writes a call: its beginning with the body, and its success with a code.
    fn call(
        &mut self,
        who: Who,
        (day, hour): (u64, u64),
        name: &str,
        at: &str,
        body: &Value,
        code: &str,
    ) {
        self.calls += 1;
        let resource = match at.split_once('/') {
            Some((group, rest)) => {
                format!("{SUBSCRIPTION}/resourceGroups/{group}/providers/{rest}")
            }
            None if at.is_empty() => SUBSCRIPTION.to_owned(),
            None => format!("{SUBSCRIPTION}/resourceGroups/{at}"),
        };
        let minute = self.calls * 7 % 55;
        for (end, result) in ["Start", "Success"].into_iter().enumerate() {
            let (day, month) = if day < 13 { (day + 16, 2) } else { (day - 12, 3) };
            let time = format!(
                "2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}.0000000Z",
                10 + 2 * end
            );
            let properties = match end {
                0 => json!({"requestbody": body.to_string()}),
                _ => json!({"statusCode": code}),
            };
            let record = json!({
                "time": time, "resourceId": resource.to_uppercase(), "operationName": format!("Microsoft.{name}").to_uppercase(),
                "category": "Administrative", "resultType": result, "level": "Information",
                "correlationId": format!("{:08x}-7f6e-4f0a-8a55-6d0b5b1f7e21", self.calls),
                "callerIpAddress": if who.2 == 0 { Value::Null } else { json!(format!("203.0.113.{}", who.2)) },
                "identity": {"claims": who.claims()}, "properties": properties,
            });
            let _ = writeln!(self.text, "{record}");
        }
    }

    /// The same without a body.
    fn plain(&mut self, who: Who, when: (u64, u64), name: &str, at: &str) {
        self.call(who, when, name, at, &json!({}), "OK");
    }

    /// Somebody makes something that was not there.
    fn made(&mut self, who: Who, when: (u64, u64), name: &str, at: &str, body: &Value) {
        self.call(who, when, name, at, body, "Created");
    }
}

/// The body of a request that says no more than where.
fn located() -> Value {
    json!({"location": "westeurope"})
}

/// Returns the records of the month and the number of calls.
pub(crate) fn records() -> (String, u64) {
    let mut month = Month::default();
    for day in 0..DAYS {
        platform(&mut month, day);
        if day % 7 < 5 {
            pipelines(&mut month, day);
            people(&mut month, day);
        }
    }
    rotation(&mut month);
    upgrade(&mut month);
    onboarding(&mut month);
    workers(&mut month);
    environments(&mut month);
    changes(&mut month);
    (month.text, month.calls)
}

fn platform(month: &mut Month, day: u64) {
    for n in 0..6 {
        let item = format!(
            "rg-bkp/Microsoft.RecoveryServices/vaults/rsv/backupFabrics/Azure/protectionContainers/c{n}/protectedItems/p{n}"
        );
        month.plain(BACKUP, (day, 1), "RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/backup/action", &item);
        let point = |day: u64| {
            format!(
                "AzureBackupRG/Microsoft.Compute/restorePointCollections/vm{n}/restorePoints/rp{day}"
            )
        };
        month.made(
            BACKUP,
            (day, 1),
            "Compute/restorePointCollections/restorePoints/write",
            &point(day),
            &json!({}),
        );
        month.plain(
            BACKUP,
            (day, 1),
            "Compute/restorePointCollections/restorePoints/delete",
            &point(day.saturating_sub(5)),
        );
    }
    for n in 0..8 {
        let machine = format!("rg-dev/Microsoft.Compute/virtualMachines/vm-dev{n}");
        month.plain(LAB, (day, 19), "Compute/virtualMachines/deallocate/action", &machine);
    }
}

fn pipelines(month: &mut Month, day: u64) {
    for (who, hour, app) in [(TERRAFORM, 9, "web"), (DEPLOY, 14, "api")] {
        let when = (day, hour);
        month.made(
            who,
            when,
            "Resources/deployments/write",
            &format!("rg-{app}/Microsoft.Resources/deployments/d{day}"),
            &json!({"properties": {"mode": "Incremental"}}),
        );
        let site = format!("rg-{app}/Microsoft.Web/sites/app-{app}");
        month.call(who, when, "Web/sites/write", &site, &located(), "OK");
        month.plain(
            who,
            when,
            "Web/sites/config/list/action",
            &format!("{site}/config/appsettings"),
        );
        month.call(who, when, "Network/networkSecurityGroups/write", &format!("rg-{app}/Microsoft.Network/networkSecurityGroups/nsg"), &json!({"properties": {"securityRules": [
            {"properties": {"access": "Allow", "direction": "Inbound", "sourceAddressPrefix": "Internet", "destinationPortRange": "443"}},
            {"properties": {"access": "Allow", "direction": "Inbound", "sourceAddressPrefix": "203.0.113.0/24", "destinationPortRange": "22"}},
            {"properties": {"access": "Allow", "direction": "Outbound", "sourceAddressPrefix": "*", "destinationPortRange": "*"}},
        ]}}), "OK");
        for n in 0..7 {
            month.plain(
                who,
                when,
                "Storage/storageAccounts/listKeys/action",
                &format!("rg-{app}/Microsoft.Storage/storageAccounts/st{app}{n}"),
            );
        }
    }
}

fn people(month: &mut Month, day: u64) {
    month.plain(
        ANN,
        (day, 8),
        "Compute/virtualMachines/start/action",
        "rg-dev/Microsoft.Compute/virtualMachines/vm-dev1",
    );
    month.call(
        CAT,
        (day, 11),
        "Resources/tags/write",
        "rg-app/Microsoft.Compute/virtualMachines/vm-app1",
        &json!({"operation": "Merge"}),
        "OK",
    );
    if day.is_multiple_of(3) {
        month.plain(
            BOB,
            (day, 10),
            "Compute/virtualMachines/restart/action",
            "rg-app/Microsoft.Compute/virtualMachines/vm-app1",
        );
    }
}

fn rotation(month: &mut Month) {
    for day in [6, 13, 20, 27] {
        for n in 0..6 {
            let account = format!("rg-data/Microsoft.Storage/storageAccounts/stdata{n}");
            month.call(
                ROTATOR,
                (day, 2),
                "Storage/storageAccounts/regenerateKey/action",
                &account,
                &json!({"keyName": "key1"}),
                "OK",
            );
            month.plain(ROTATOR, (day, 2), "Storage/storageAccounts/listKeys/action", &account);
        }
    }
}

fn upgrade(month: &mut Month) {
    month.call(
        BOB,
        (8, 21),
        "ContainerService/managedClusters/write",
        "rg-aks/Microsoft.ContainerService/managedClusters/aks",
        &json!({"properties": {"kubernetesVersion": "1.31.2", "disableLocalAccounts": true}}),
        "OK",
    );
    for n in 0..12 {
        let nodes = "MC_rg-aks_aks_westeurope/Microsoft.Compute";
        month.plain(
            CLUSTER,
            (8, 21),
            "Compute/virtualMachineScaleSets/delete/action",
            &format!("{nodes}/virtualMachineScaleSets/np"),
        );
        month.plain(CLUSTER, (8, 21), "Compute/disks/delete", &format!("{nodes}/disks/pvc{n}"));
    }
}

fn onboarding(month: &mut Month) {
    let grant = json!({"properties": {
        "roleDefinitionId": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"),
        "principalId": NEW.id(), "scope": format!("{SUBSCRIPTION}/resourceGroups/rg-dev"),
    }});
    month.made(
        ADMIN,
        (10, 9),
        "Authorization/roleAssignments/write",
        "rg-dev/Microsoft.Authorization/roleAssignments/3c8f1e52-7d4a-4b96-a0e3-9f5b2c6d8a17",
        &grant,
    );
    let machine = "rg-dev/Microsoft.Compute/virtualMachines/vm-nia";
    month.made(NEW, (10, 11), "Compute/virtualMachines/write", machine, &json!({"location": "westeurope", "properties": {"hardwareProfile": {"vmSize": "Standard_D2s_v5"}}}));
    month.made(
        NEW,
        (10, 11),
        "Network/publicIPAddresses/write",
        "rg-dev/Microsoft.Network/publicIPAddresses/pip-nia",
        &located(),
    );
    for plan in ["VirtualMachines", "StorageAccounts", "KeyVaults", "Arm"] {
        month.call(
            ADMIN,
            (9, 9),
            "Security/pricings/write",
            &format!("x/Microsoft.Security/pricings/{plan}"),
            &json!({"properties": {"pricingTier": "Standard"}}),
            "OK",
        );
    }
}

/// Workers of a managed workspace come in the morning and go at noon.
fn workers(month: &mut Month) {
    for day in [14, 17, 21] {
        for n in 0..14 {
            let place = |kind: &str| format!("databricks-rg/Microsoft.{kind}/{n}w{day}");
            for kind in ["Compute/virtualMachines", "Network/publicIPAddresses", "Compute/disks"] {
                month.made(
                    DATABRICKS,
                    (day, 8),
                    &format!("{kind}/write"),
                    &place(kind),
                    &located(),
                );
                month.plain(DATABRICKS, (day, 12), &format!("{kind}/delete"), &place(kind));
            }
        }
    }
    month.call(
        SCIENCE,
        (18, 9),
        "CognitiveServices/accounts/deployments/write",
        "rg-ml/Microsoft.CognitiveServices/accounts/aoai/deployments/gpt",
        &json!({"sku": {"name": "Standard", "capacity": 10}}),
        "Created",
    );
}

/// A pipeline makes an environment for each review and takes it down again.
fn environments(month: &mut Month) {
    for review in 0..3 {
        let group = format!("rg-review{review}");
        let parts: Vec<(String, String)> = [
            "Compute/virtualMachines",
            "Compute/disks",
            "Network/networkInterfaces",
            "Network/publicIPAddresses",
            "Web/sites",
            "Storage/storageAccounts",
            "Sql/servers",
        ]
        .iter()
        .flat_map(|kind| {
            (0..2).map(move |n| ((*kind).to_owned(), format!("Microsoft.{kind}/r{n}")))
        })
        .collect();
        month.made(
            DEPLOY,
            (15, 10),
            "Resources/subscriptions/resourceGroups/write",
            &group,
            &located(),
        );
        for (kind, name) in &parts {
            month.made(
                DEPLOY,
                (15, 10),
                &format!("{kind}/write"),
                &format!("{group}/{name}"),
                &located(),
            );
        }
        for (kind, name) in &parts {
            month.plain(DEPLOY, (19, 16), &format!("{kind}/delete"), &format!("{group}/{name}"));
        }
        month.plain(DEPLOY, (19, 16), "Resources/subscriptions/resourceGroups/delete", &group);
    }
}

fn changes(month: &mut Month) {
    let machine = "rg-app/Microsoft.Compute/virtualMachines/vm-app2";
    month.plain(BOB, (12, 10), "Compute/virtualMachines/deallocate/action", machine);
    month.call(
        BOB,
        (12, 10),
        "Compute/virtualMachines/write",
        machine,
        &json!({"properties": {"hardwareProfile": {"vmSize": "Standard_E8s_v5"}}}),
        "OK",
    );
    month.plain(BOB, (12, 11), "Compute/virtualMachines/start/action", machine);
    for app in ["web", "api", "shop"] {
        month.call(
            CAT,
            (16, 10),
            "Web/certificates/write",
            &format!("rg-{app}/Microsoft.Web/certificates/cert"),
            &located(),
            "OK",
        );
    }
    month.call(
        ADMIN,
        (4, 9),
        "CostManagement/exports/write",
        "x/Microsoft.CostManagement/exports/monthly",
        &json!({"properties": {"schedule": {"status": "Active"}}}),
        "Created",
    );
    let scripts = "rg-app/Microsoft.Compute/virtualMachines/vm-app1";
    month.call(
        BOB,
        (23, 10),
        "Compute/virtualMachines/runCommand/action",
        scripts,
        &json!({"commandId": "RunPowerShellScript"}),
        "OK",
    );
}
