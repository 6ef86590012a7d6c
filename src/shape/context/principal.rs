//! Lists of users and service principals: `az ad user|sp list`, `Get-AzADUser`, `Get-AzADServicePrincipal`.

use super::super::{Keys, Reading, Record, Shape};
use super::{Found, Held, HeldGroup, HeldMember, HeldPrincipal, Item, texts};
use crate::azure::principal::PrincipalKind;
use crate::azure::resource_id::is_guid;
use crate::base::json::Value;

/// A user of the directory.
pub(in crate::shape) static USERS: Shape = Shape {
    name: "user-list",
    about: "Users of the directory: az ad user list, Get-AzADUser, Microsoft Graph; context, no events.",
    rank: 30,
    is_partial: false,
    recognises: is_user,
    read: Reading::Context(user),
};

/// A service principal of the directory.
pub(in crate::shape) static SERVICE_PRINCIPALS: Shape = Shape {
    name: "service-principal-list",
    about: "Service principals of the directory: az ad sp list, Get-AzADServicePrincipal, Microsoft Graph; context, no events.",
    rank: 31,
    is_partial: false,
    recognises: is_service_principal,
    read: Reading::Context(service_principal),
};

/// A group of the directory.
pub(in crate::shape) static GROUPS: Shape = Shape {
    name: "group-list",
    about: "Groups of the directory: az ad group list, Get-AzADGroup, Microsoft Graph (with $expand=members who is in them); context, no events.",
    rank: 37,
    is_partial: false,
    recognises: is_group,
    read: Reading::Context(group),
};

/// Members with the object id, the newest name first.
const OBJECT_ID: &[&str] = &["id", "objectId"];
/// Members with the members of a group.
const MEMBERS: &[&str] = &["members", "Members", "member", "Member"];
/// Members with the time of creation.
const CREATED: &[&str] = &["createdDateTime", "createdDate"];

fn is_user(record: &Record<'_>) -> bool {
    let item = Item(record.value);
    item.has(&["userPrincipalName", "displayName"])
        && (item.has(&["id"]) || item.has(&["objectId"]))
        && record.value.get("properties").is_none()
}

fn is_service_principal(record: &Record<'_>) -> bool {
    let item = Item(record.value);
    // An application has an application id too, and the id of another object.
    let own = item.has(&["servicePrincipalType"]) || item.has(&["appOwnerOrganizationId"]);
    let named = item.has(&["servicePrincipalNames"]) || item.has(&["servicePrincipalName"]);
    !record.any(Keys::TIME) && item.has(&["appId", "displayName"]) && (own || named)
}

fn is_group(record: &Record<'_>) -> bool {
    let item = Item(record.value);
    let own = item.has(&["securityEnabled"]) && item.has(&["mailEnabled"]);
    !record.any(Keys::TIME)
        && own
        && item.has(&["displayName"])
        && record.value.get("properties").is_none()
}

fn group(value: Value<'_>, found: &mut Found) {
    let item = Item(value);
    if let Some(oid) = item.guid(OBJECT_ID) {
        let members = MEMBERS.iter().find_map(|name| item.get(name).filter(|all| all.is_array()));
        let members = members.into_iter().flat_map(Value::items).filter_map(member).collect();
        let name = item.one_of(&["displayName"]);
        found.held.push(Held::Group(HeldGroup { oid, name, members }));
    }
}

/// A member of a group, as Microsoft Graph expands it.
fn member(value: Value<'_>) -> Option<HeldMember> {
    let item = Item(value);
    let oid = item.guid(OBJECT_ID)?;
    Some(HeldMember { oid, name: item.one_of(&["userPrincipalName", "displayName"]) })
}

fn user(value: Value<'_>, found: &mut Found) {
    let item = Item(value);
    let Some(oid) = item.guid(OBJECT_ID) else { return };
    let written = item.lower(&["userPrincipalName"]);
    let is_external = written.contains("#ext#");
    let guest = is_external || item.lower(&["userType"]) == "guest";
    let upn = if is_external { home_address(&written, &item.lower(&["mail"])) } else { written };
    let made = found.time(item, CREATED);
    found.held.push(Held::Principal(HeldPrincipal {
        oid,
        upn,
        name: item.one_of(&["displayName"]),
        kind: if guest { PrincipalKind::Guest } else { PrincipalKind::User },
        made,
        ..HeldPrincipal::default()
    }));
}

/// The address of a guest, which is its name in the log; the directory writes
/// `ann_fabrikam.com#EXT#@contoso.onmicrosoft.com`.
fn home_address(upn: &str, mail: &str) -> String {
    if !mail.is_empty() {
        return mail.to_owned();
    }
    let coded = upn.split("#ext#").next().unwrap_or_default();
    match coded.rsplit_once('_') {
        Some((name, domain)) => format!("{name}@{domain}"),
        None => upn.to_owned(),
    }
}

fn service_principal(value: Value<'_>, found: &mut Found) {
    let item = Item(value);
    let Some(oid) = item.guid(OBJECT_ID) else { return };
    let managed = item.lower(&["servicePrincipalType"]) == "managedidentity";
    let names = ["alternativeNames", "alternativeName"];
    let names = names.iter().find_map(|name| item.get(name)).and_then(texts).unwrap_or_default();
    let resource = names.iter().find(|name| name.starts_with("/subscriptions/"));
    let more = value.get("AdditionalProperties").filter(|more| more.is_object());
    let made =
        found.time(item, CREATED).or_else(|| more.and_then(|more| found.time(Item(more), CREATED)));
    let app_id = item.guid(&["appId"]).filter(|id| is_guid(id)).unwrap_or_default();
    found.held.push(Held::Principal(HeldPrincipal {
        oid,
        name: item.one_of(&["displayName", "appDisplayName"]),
        app_id,
        owner_tenant: item
            .guid(&["appOwnerOrganizationId", "appOwnerTenantId"])
            .unwrap_or_default(),
        kind: if managed {
            PrincipalKind::ManagedIdentity
        } else {
            PrincipalKind::ServicePrincipal
        },
        resource: resource.map(|id| super::scope(id)).unwrap_or_default(),
        made,
        ..HeldPrincipal::default()
    }));
}
