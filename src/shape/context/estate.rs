//! Lists of resources, machines and subscriptions, from `az`, `Get-Az…` and the REST service.

use super::super::text::with_object;
use super::super::{Reading, Record, Shape};
use super::{Found, Held, HeldResource, HeldSubscription, Item, identities, own_guid, texts};
use crate::azure::system::System;
use crate::base::json::Value;

/// A virtual machine with its profile.
pub(in crate::shape) static MACHINES: Shape = Shape {
    name: "machine-list",
    about: "Virtual machines: az vm list, Get-AzVM, the REST service; context, no events.",
    rank: 34,
    is_partial: false,
    recognises: is_machine,
    read: Reading::Context(resource),
};

/// A resource.
pub(in crate::shape) static RESOURCES: Shape = Shape {
    name: "resource-list",
    about: "Resources: az resource list, Get-AzResource, the REST service; context, no events.",
    rank: 35,
    is_partial: false,
    recognises: is_resource,
    read: Reading::Context(resource),
};

/// A subscription.
pub(in crate::shape) static SUBSCRIPTIONS: Shape = Shape {
    name: "subscription-list",
    about: "Subscriptions: az account list, Get-AzSubscription, the REST service; context, no events.",
    rank: 36,
    is_partial: false,
    recognises: is_subscription,
    read: Reading::Context(subscription),
};

/// Members with the ARM id.
const IDS: &[&str] = &["ResourceId", "id"];
/// What stands beside resources in such lists and is no resource of its own.
const NO_RESOURCES: &[&str] = &[
    "microsoft.security/",
    "microsoft.authorization/",
    "microsoft.securityinsights/entities",
    "microsoft.alertsmanagement/alerts",
    "microsoft.resourcehealth/",
    "microsoft.advisor/",
];

fn is_machine(record: &Record<'_>) -> bool {
    let item = Item(record.value);
    let is_one = item.has(&["vmId"]) || item.has(&["hardwareProfile"]);
    is_one && item.is_type("Microsoft.Compute/virtualMachines") && is_resource(record)
}

fn is_resource(record: &Record<'_>) -> bool {
    let item = Item(record.value);
    let kind = ["type", "ResourceType"].iter().find_map(|name| item.text(name));
    let Some(kind) = kind.map(|kind| kind.to_lowercase()) else { return false };
    let id = item.arm_id(IDS);
    kind.contains('/')
        && !NO_RESOURCES.iter().any(|start| kind.starts_with(start))
        && id.is_some_and(|id| id.starts_with("/subscriptions/"))
        && (item.has(&["name"]) || item.has(&["ResourceName"]))
}

fn is_subscription(record: &Record<'_>) -> bool {
    let item = Item(record.value);
    item.has(&["tenantId", "state"]) && (item.has(&["isDefault"]) || item.has(&["homeTenantId"]))
        || item.has(&["subscriptionId", "subscriptionPolicies"])
        || item.has(&["tenantId", "state", "subscriptionPolicies"])
}

fn resource(value: Value<'_>, found: &mut Found) {
    let item = Item(value);
    let Some(id) = item.arm_id(IDS) else { return };
    let system = value.get("systemData").filter(|data| data.is_object()).map(Item);
    let stated = found.time(item, &["createdTime", "timeCreated"]);
    let created = stated.or_else(|| system.and_then(|data| found.time(data, &["createdAt"])));
    let changed = found.time(item, &["changedTime"]);
    let modified = system.and_then(|data| found.time(data, &["lastModifiedAt"]));
    identities(found, item, &id);
    let latest = created.max(changed).max(modified);
    let system = of_disk(found, item);
    found.held.push(Held::Resource(HeldResource { id, created, latest, system }));
}

/// The operating system of a machine, by its disk.
fn of_disk(found: &mut Found, item: Item<'_>) -> Option<System> {
    let storage = found.nested(item, "storageProfile");
    let told = with_object(storage, |storage| {
        let disk = Item(storage).get("osDisk")?;
        with_object(Some(disk), |disk| Item(disk).text("osType").map(std::borrow::Cow::into_owned))
    });
    System::from_word(told.flatten().flatten()?.trim())
}

fn subscription(value: Value<'_>, found: &mut Found) {
    let item = Item(value);
    let Some(id) = item.guid(&["subscriptionId", "id"]) else { return };
    // Of a delegated subscription the second is the tenant that manages it.
    let tenant = item.guid(&["homeTenantId", "tenantId"]);
    let managing = found.nested(item, "managedByTenants").into_iter().flat_map(Value::items);
    let mut managed_by: Vec<String> =
        managing.filter_map(|tenant| Item(tenant).guid(&["tenantId"])).collect();
    let ids = found.nested(item, "ManagedByTenantIds").and_then(texts).unwrap_or_default();
    managed_by.extend(ids.iter().filter_map(|id| own_guid(id)));
    found.held.push(Held::Subscription(HeldSubscription {
        id,
        name: item.one_of(&["displayName", "name"]),
        tenant: tenant.unwrap_or_default(),
        managed_by,
    }));
}
