//! Reads [`Access`] from the bodies of the few operations that have it.

use std::borrow::Cow;

use super::super::Row;
use super::super::access::{Access, Assigned, Classic, Denied, Named, Offer, RoleBody};
use super::super::field::text;
use super::super::text::{Memo, with_object};
use super::{change as changed, grant, pim};
use crate::azure::pim::change;
use crate::azure::principal::{Holder, PrincipalKind};
use crate::azure::resource_id::is_guid;
use crate::azure::role;
use crate::azure::system::{Sign, System};
use crate::base::json::Value;
use crate::schema::Event;

const ROLE: &str = "MICROSOFT.AUTHORIZATION/ROLEDEFINITIONS/WRITE";
const GRANT: &str = "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE";
const OFFER: &str = "MICROSOFT.MANAGEDSERVICES/REGISTRATIONDEFINITIONS/WRITE";
const ACCEPT: &str = "MICROSOFT.MANAGEDSERVICES/REGISTRATIONASSIGNMENTS/WRITE";
const CLASSIC: &str = "MICROSOFT.AUTHORIZATION/CLASSICADMINISTRATORS/WRITE";
const POLICY: &str = "MICROSOFT.KEYVAULT/VAULTS/ACCESSPOLICIES/WRITE";
const DENY: &str = "MICROSOFT.AUTHORIZATION/DENYASSIGNMENTS/WRITE";

/// Reads one thing from a body.
type Take = fn(Value<'_>, &Row) -> Option<Access>;

/// What was asked for, then what was made of it.
pub(super) const BODIES: [&str; 2] = ["requestbody", "responseBody"];

/// Operations that are asked where their subscription lies. Nearly every subscription has some, and
/// to ask all would cost much and tell no more.
const PLACED: [&str; 2] = ["MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/", "MICROSOFT.RESOURCES/"];

/// Sets what the properties of an event say of rights.
pub(super) fn set(properties: Value<'_>, memo: &Memo<'_>, row: &mut Row) {
    let Some(operation) = row.get(Event::Operation) else { return };
    if PLACED.iter().any(|start| operation.starts_with(start)) {
        let above = above(properties, row);
        row.access.extend(above);
    }
    let Some(operation) = row.get(Event::Operation) else { return };
    let takes: &[Take] = match operation {
        ROLE => &[defined],
        OFFER => &[offered],
        ACCEPT => &[accepted],
        GRANT => &[granted, assigned],
        CLASSIC => &[classic],
        DENY => &[denied],
        POLICY => &[let_in],
        _ => {
            other(operation.contains('/'), properties, memo, row);
            return system(properties, memo, row);
        }
    };
    for body in BODIES {
        let found = memo.object(properties.get(body), |body| {
            with_object(body.get("properties").or(Some(body)), |inner| {
                takes.iter().filter_map(|take| take(inner, row)).collect::<Vec<_>>()
            })
        });
        row.access.extend(found.flatten().into_iter().flatten());
    }
}

/// Reads the management groups above the event's subscription from the path that ends in it.
fn above(properties: Value<'_>, row: &Row) -> Option<Access> {
    let path = text(properties.get("hierarchy"))?;
    let (groups, own) = path.rsplit_once('/')?;
    let is_own = row.get(Event::SubscriptionId)?.eq_ignore_ascii_case(own);
    let groups = groups.split('/').filter(|group| !group.is_empty());
    let groups: Vec<String> = groups.map(str::to_ascii_lowercase).collect();
    (is_own && groups.len() > 1).then_some(Access::Under(groups))
}

/// Reads what the operations that are known by a part of their name say.
fn other(of_arm: bool, properties: Value<'_>, memo: &Memo<'_>, row: &mut Row) {
    let operation = row.get(Event::Operation).unwrap_or_default();
    match change(operation) {
        Some(asked) if of_arm => pim::from_request(asked, properties, memo, row),
        Some(told) => pim::from_log(told, properties, row),
        None if operation.ends_with("/WRITE") => {
            made(properties, memo, row);
            tied(properties, memo, row);
            changed::settings(properties, memo, row);
        }
        None => changed::action(properties, memo, row),
    }
}

/// The name of the event's resource, which is the GUID of what it defines.
fn own_guid(row: &Row) -> Option<String> {
    let name = row.get(Event::ResourceId)?.rsplit('/').next()?;
    is_guid(name).then(|| name.to_owned())
}

fn defined(body: Value<'_>, row: &Row) -> Option<Access> {
    let name = text(body.get("roleName")).or_else(|| text(body.get("name")))?.into_owned();
    let sets: Vec<Value<'_>> = body.get("permissions").into_iter().flat_map(Value::items).collect();
    let list = |set: &Value<'_>, name: &str| -> Vec<String> {
        let items = set.get(name).into_iter().flat_map(Value::items);
        items.filter_map(|v| v.text().map(std::borrow::Cow::into_owned)).collect()
    };
    let leads_far =
        |set: &Value<'_>| role::is_privileged(&list(set, "actions"), &list(set, "notActions"));
    let privileged = (!sets.is_empty()).then(|| sets.iter().any(leads_far));
    Some(Access::Role(RoleBody { id: own_guid(row)?, name, privileged }))
}

fn offered(body: Value<'_>, row: &Row) -> Option<Access> {
    let tenant = text(body.get("managedByTenantId"))?;
    let pair = |item: Value<'_>| {
        let principal = text(item.get("principalId"))?;
        let role = text(item.get("roleDefinitionId"))?;
        Some((grant::guid(&principal), grant::guid(role.rsplit('/').next().unwrap_or_default())))
    };
    // Eligible authorizations have to be activated, and lead as far once they are.
    let lists = ["authorizations", "eligibleAuthorizations"];
    let items = lists.iter().filter_map(|name| body.get(name)).flat_map(Value::items);
    Some(Access::Offer(Offer {
        id: row.get(Event::ResourceId)?.to_owned(),
        name: text(body.get("registrationDefinitionName")).unwrap_or_default().into_owned(),
        tenant: grant::guid(&tenant),
        authorizations: items.filter_map(pair).collect(),
    }))
}

fn accepted(body: Value<'_>, _row: &Row) -> Option<Access> {
    let definition = text(body.get("registrationDefinitionId"))?;
    Some(Access::Accepted(definition.trim_end_matches('/').to_ascii_lowercase()))
}

/// Principals that an access policy of a vault is for; one that is taken away lets nobody in.
fn let_in(body: Value<'_>, row: &Row) -> Option<Access> {
    let taken = row.get(Event::ResourceId)?.ends_with("/remove");
    let policies = body.get("accessPolicies").into_iter().flat_map(Value::items);
    let member = |policy: Value<'_>| Some(grant::guid(&text(policy.get("objectId"))?));
    let members: Vec<String> = policies.filter_map(member).filter(|id| is_guid(id)).collect();
    let access = if taken { Access::PolicyTaken } else { Access::Policy };
    (!members.is_empty()).then(|| access(members))
}

fn granted(body: Value<'_>, _row: &Row) -> Option<Access> {
    let kind = match Holder::parse(&text(body.get("principalType"))?)? {
        Holder::User => PrincipalKind::User,
        Holder::ServicePrincipal => PrincipalKind::ServicePrincipal,
        Holder::ForeignGroup => PrincipalKind::Foreign,
        Holder::Group => return None,
    };
    named(body, kind, "")
}

fn assigned(body: Value<'_>, _row: &Row) -> Option<Access> {
    let holder = text(body.get("principalType")).and_then(|kind| Holder::parse(&kind));
    let condition = text(body.get("condition")).filter(|text| !text.trim().is_empty());
    let condition = condition.map(std::borrow::Cow::into_owned);
    let said = holder.is_some() || condition.is_some();
    said.then_some(Access::Assigned(Assigned { holder, condition }))
}

fn classic(body: Value<'_>, _row: &Row) -> Option<Access> {
    let email = text(body.get("emailAddress"))?.trim().to_lowercase();
    let role = text(body.get("role")).unwrap_or_default().into_owned();
    (!email.is_empty()).then_some(Access::Classic(Classic { email, role }))
}

fn denied(body: Value<'_>, _row: &Row) -> Option<Access> {
    let name = text(body.get("denyAssignmentName"))?.into_owned();
    let ids = body.get("principals").into_iter().flat_map(Value::items);
    let ids = ids.filter_map(|item| text(item.get("id")).map(|id| grant::guid(&id)));
    Some(Access::Denied(Denied { name, principals: ids.collect() }))
}

fn named(body: Value<'_>, kind: PrincipalKind, resource: &str) -> Option<Access> {
    let oid = grant::guid(&text(body.get("principalId"))?);
    let app_id = text(body.get("clientId")).map(|id| grant::guid(&id)).filter(|id| is_guid(id));
    let resource = resource.to_owned();
    let app_id = app_id.unwrap_or_default();
    is_guid(&oid).then_some(Access::Named(Named { oid, kind, app_id, resource }))
}

/// Managed identities that a resource was made with: its own one, and those attached to it.
fn made(properties: Value<'_>, memo: &Memo<'_>, row: &mut Row) {
    let Some(body) = properties.get("responseBody") else { return };
    // Most resources have no identity, and their bodies may be long.
    if memchr::memmem::find(body.raw().as_bytes(), b"rincipalId").is_none() {
        return;
    }
    let resource = row.get(Event::ResourceId).unwrap_or_default().to_owned();
    let kind = PrincipalKind::ManagedIdentity;
    memo.object(Some(body), |body| {
        if resource.contains("/microsoft.managedidentity/userassignedidentities/") {
            row.access.extend(body.get("properties").and_then(|own| named(own, kind, &resource)));
        }
        let Some(identity) = body.get("identity") else { return };
        row.access.extend(named(identity, kind, &resource));
        let attached = identity.get("userAssignedIdentities").map(Value::members);
        for (id, attached) in attached.into_iter().flatten() {
            row.access.extend(named(attached, kind, &id.to_ascii_lowercase()));
        }
    });
}

/// Operations on machines whose requests may tell the operating system begin so.
const ON_MACHINE: &str = "MICROSOFT.COMPUTE/VIRTUALMACHINES/";
/// These are they.
const TELLING: [&str; 4] = ["WRITE", "EXTENSIONS/WRITE", "RUNCOMMAND/ACTION", "RUNCOMMANDS/WRITE"];

/// Reads the operating system of the machine that is made, or on which something is run.
fn system(properties: Value<'_>, memo: &Memo<'_>, row: &mut Row) {
    let deed = row.get(Event::Operation).and_then(|name| name.strip_prefix(ON_MACHINE));
    if !deed.is_some_and(|deed| TELLING.contains(&deed)) {
        return;
    }
    let told = BODIES.iter().find_map(|body| {
        let told = memo.object(properties.get(body), |body| {
            with_object(body.get("properties").or(Some(body)), told_system)
        });
        told.flatten().flatten()
    });
    row.access.extend(told.map(Access::System));
}

fn told_system(body: Value<'_>) -> Option<System> {
    let command = text(body.get("commandId"))
        .or_else(|| text(body.get("source").and_then(|source| source.get("commandId"))));
    let by = |sign, word: Option<Cow<'_, str>>| word.and_then(|word| System::told_by(sign, &word));
    by(Sign::Command, command)
        .or_else(|| by(Sign::Extension, text(body.get("type"))))
        .or_else(|| of_profile(body))
}

/// The operating system of a machine's own profiles: that of its disk, its users or its image.
fn of_profile(body: Value<'_>) -> Option<System> {
    let storage = body.get("storageProfile");
    let disk = storage.and_then(|storage| text(storage.get("osDisk")?.get("osType")));
    let users = body.get("osProfile");
    let has = |name| users.and_then(|users| users.get(name)).is_some_and(Value::is_object);
    let image = storage.and_then(|storage| text(storage.get("imageReference")?.get("publisher")));
    disk.and_then(|word| System::from_word(&word))
        .or_else(|| has("linuxConfiguration").then_some(System::Linux))
        .or_else(|| has("windowsConfiguration").then_some(System::Windows))
        .or_else(|| System::told_by(Sign::Image, &image?))
}

/// What bodies name of the parts of their resource: the operation, and the ways to the ids.
const PARTS: &[(&str, &[&[&str]])] = &[
    (
        "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE",
        &[
            &["storageProfile", "osDisk", "managedDisk", "id"],
            &["storageProfile", "dataDisks", "managedDisk", "id"],
            &["networkProfile", "networkInterfaces", "id"],
        ],
    ),
    ("MICROSOFT.COMPUTE/DISKS/WRITE", &[&["creationData", "sourceResourceId"]]),
    ("MICROSOFT.COMPUTE/SNAPSHOTS/WRITE", &[&["creationData", "sourceResourceId"]]),
    (
        "MICROSOFT.NETWORK/NETWORKINTERFACES/WRITE",
        &[
            &["virtualMachine", "id"],
            &["networkSecurityGroup", "id"],
            &["ipConfigurations", "properties", "publicIPAddress", "id"],
        ],
    ),
];
/// At most this many parts of one resource are taken.
const MOST_PARTS: usize = 64;

/// Collects the parts that the bodies of a resource name.
fn tied(properties: Value<'_>, memo: &Memo<'_>, row: &mut Row) {
    let operation = row.get(Event::Operation).unwrap_or_default();
    let Some((_, ways)) = PARTS.iter().find(|(name, _)| *name == operation) else { return };
    let mut parts = Vec::new();
    for body in BODIES {
        memo.object(properties.get(body), |body| {
            with_object(body.get("properties"), |inner| {
                ways.iter().for_each(|way| follow(inner, way, &mut parts));
            });
        });
    }
    parts.sort();
    parts.dedup();
    if !parts.is_empty() {
        row.access.push(Access::Tied(parts.into()));
    }
}

fn follow(value: Value<'_>, way: &[&str], parts: &mut Vec<String>) {
    let Some((name, rest)) = way.split_first() else {
        if let Some(id) = text(Some(value)).filter(|id| id.starts_with('/'))
            && parts.len() < MOST_PARTS
        {
            parts.push(id.trim_end_matches('/').to_ascii_lowercase());
        }
        return;
    };
    let Some(inner) = value.get(name) else { return };
    if inner.is_array() {
        inner.items().for_each(|item| follow(item, rest, parts));
    } else {
        follow(inner, rest, parts);
    }
}
