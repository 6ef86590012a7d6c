//! Lists of what a tenant holds: principals, role assignments, roles, resources, subscriptions, machines.
//!
//! They hold no events, and none is needed. Where one is there it names what the log only numbers, and
//! tells what was there before. The command-line tool, the REST service and PowerShell write the same
//! members, which differ in letter case and in whether they stand under `properties`.

mod access;
mod estate;
mod principal;

pub(super) use access::{ROLE_ASSIGNMENTS, ROLE_DEFINITIONS};
pub(super) use estate::{MACHINES, RESOURCES, SUBSCRIPTIONS};
pub(super) use principal::{GROUPS, SERVICE_PRINCIPALS, USERS};

use std::borrow::Cow;

use super::field;
use super::normal::{Dates, flattened};
use super::text::with_object;
use crate::azure::principal::{Holder, PrincipalKind};
use crate::azure::resource_id::{dash_guid, is_guid};
use crate::azure::system::System;
use crate::base::json::Value;
use crate::base::{DateOrder, Time};
use crate::diag::Code;

/// One thing that a list holds. Ids are in lower case, GUIDs with dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// A principal, whatever kind of list names it.
    Principal(HeldPrincipal),
    /// A group.
    Group(HeldGroup),
    /// A role assignment.
    Assignment(HeldAssignment),
    /// The definition of a role.
    Role(HeldRole),
    /// A resource.
    Resource(HeldResource),
    /// A subscription.
    Subscription(HeldSubscription),
}

/// Which kind of list names a principal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mention {
    /// A list of users or of service principals.
    #[default]
    Listed,
    /// A list of role assignments.
    Assigned,
    /// A list of resources: it is the identity of one.
    Attached,
}

/// A principal of a list; what the list leaves out is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldPrincipal {
    /// Object id.
    pub oid: String,
    /// User principal name, of a guest the address of its home.
    pub upn: String,
    /// Display name.
    pub name: String,
    /// Application id.
    pub app_id: String,
    /// Tenant that owns the application.
    pub owner_tenant: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// ARM id of the managed identity, or of the resource it belongs to.
    pub resource: String,
    /// When the entry of the list was made: the principal, or its role assignment.
    pub made: Option<Time>,
    /// Which kind of list names it.
    pub mention: Mention,
}

/// A group of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldGroup {
    /// Object id.
    pub oid: String,
    /// Display name.
    pub name: String,
    /// Its members, where the list tells them.
    pub members: Vec<HeldMember>,
}

/// A member of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldMember {
    /// Object id.
    pub oid: String,
    /// User principal name, else display name; empty where the list leaves both out.
    pub name: String,
}

/// A role assignment of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldAssignment {
    /// ARM id; empty where the list leaves it out.
    pub id: String,
    /// Object id of the principal.
    pub principal: String,
    /// What the principal is.
    pub holder: Option<Holder>,
    /// Name of the principal; empty where the list leaves it out.
    pub principal_name: String,
    /// GUID of the role.
    pub role: String,
    /// Name of the role; empty where the list leaves it out.
    pub role_name: String,
    /// Scope.
    pub scope: String,
    /// The latest time that the entry names.
    pub latest: Option<Time>,
}

/// The definition of a role in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldRole {
    /// GUID.
    pub id: String,
    /// Name.
    pub name: String,
    /// Operations that it allows.
    pub actions: Vec<String>,
    /// Operations that it takes out of these.
    pub not_actions: Vec<String>,
    /// Whether its holder can get any right; `None` when the list lost the operations.
    pub privileged: Option<bool>,
}

/// A resource of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldResource {
    /// ARM id.
    pub id: String,
    /// When it was made.
    pub created: Option<Time>,
    /// The latest time that the entry names.
    pub latest: Option<Time>,
    /// The operating system of a machine.
    pub system: Option<System>,
}

/// A subscription of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldSubscription {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Tenant that it belongs to; empty where the list leaves it out.
    pub tenant: String,
    /// Tenants that manage it.
    pub managed_by: Vec<String>,
}

/// What a record of a list gave.
#[derive(Default)]
pub struct Found {
    /// How dates are read that leave day and month open.
    pub order: DateOrder,
    /// What the record's dates tell of their order.
    pub dates: Dates,
    /// What the record holds; nothing if it has no usable id.
    pub held: Vec<Held>,
    /// What is wrong with the record.
    pub notes: Vec<Code>,
}

impl Found {
    /// Reads the time of the first member of `names` that has one.
    fn time(&mut self, item: Item<'_>, names: &[&str]) -> Option<Time> {
        let written = names.iter().find_map(|name| item.text(name))?;
        self.dates.see(&written);
        Time::parse(written.trim(), self.order)
    }

    /// Reads the members that hold objects or lists; a converter may have written their types instead.
    fn nested<'a>(&mut self, item: Item<'a>, name: &str) -> Option<Value<'a>> {
        let value = item.get(name)?;
        self.notes.extend(flattened(value));
        Some(value)
    }
}

/// A record whose members may stand under `properties`.
#[derive(Clone, Copy)]
struct Item<'a>(Value<'a>);

impl<'a> Item<'a> {
    fn get(self, name: &str) -> Option<Value<'a>> {
        let inner = || self.0.get("properties").filter(|p| p.is_object())?.get(name);
        self.0.get(name).or_else(inner)
    }

    fn has(self, names: &[&str]) -> bool {
        names.iter().all(|name| self.get(name).is_some())
    }

    /// Returns the text of a member, `None` where it is empty.
    fn text(self, name: &str) -> Option<Cow<'a, str>> {
        field::text(self.get(name)).filter(|text| !text.trim().is_empty())
    }

    /// Returns the text of the first of several members that has one.
    fn one_of(self, names: &[&str]) -> String {
        names.iter().find_map(|name| self.text(name)).map(Cow::into_owned).unwrap_or_default()
    }

    /// Returns the same in lower case and without blanks around it.
    fn lower(self, names: &[&str]) -> String {
        self.one_of(names).trim().to_lowercase()
    }

    /// Returns the first GUID of several members.
    fn guid(self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name).and_then(|text| own_guid(&text)))
    }

    /// Returns the ARM id in the first of several members that has one.
    fn arm_id(self, names: &[&str]) -> Option<String> {
        let ids = names.iter().filter_map(|name| self.text(name));
        ids.filter(|id| id.trim().starts_with('/')).map(|id| scope(&id)).next()
    }

    /// Whether the member `type` is of this type or lies under it.
    fn is_type(self, wanted: &str) -> bool {
        let kind = self.text("type").or_else(|| self.text("ResourceType"));
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case(wanted))
    }
}

/// The GUID that a text is, or that an ARM id ends in.
fn own_guid(text: &str) -> Option<String> {
    let last = text.trim().trim_end_matches('/').rsplit('/').next()?;
    dash_guid(last).map(Cow::into_owned).filter(|guid| is_guid(guid))
}

/// A scope or ARM id as the log's are kept: in lower case, without a slash at its end.
fn scope(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    if lower.len() > 1 { lower.trim_end_matches('/').to_owned() } else { lower }
}

/// Reads a list of texts: an array, JSON in a string, or a single text.
fn texts(value: Value<'_>) -> Option<Vec<String>> {
    let list = |value: Value<'_>| -> Vec<String> {
        value.items().filter_map(|item| item.text().map(Cow::into_owned)).collect()
    };
    if value.is_array() {
        return Some(list(value));
    }
    if let Some(nested) = super::Nested::open(value) {
        return nested.root().is_array().then(|| list(nested.root()));
    }
    let text = value.as_str()?;
    let typed = text.starts_with("System.") || text.starts_with("@{");
    (!typed && !text.trim().is_empty()).then(|| vec![text.into_owned()])
}

/// Gives the managed identities that a resource's `identity` names.
fn identities(found: &mut Found, item: Item<'_>, resource: &str) {
    let identity = found.nested(item, "identity");
    let mut add = |holder: Item<'_>, resource: &str| {
        let Some(oid) = holder.guid(&["principalId"]) else { return };
        found.held.push(Held::Principal(HeldPrincipal {
            oid,
            name: resource.rsplit('/').next().unwrap_or_default().to_owned(),
            app_id: holder.guid(&["clientId"]).unwrap_or_default(),
            kind: PrincipalKind::ManagedIdentity,
            resource: resource.to_owned(),
            mention: Mention::Attached,
            ..HeldPrincipal::default()
        }));
    };
    with_object(identity, |identity| {
        add(Item(identity), resource);
        let attached = identity.get("userAssignedIdentities").map(Value::members);
        for (id, attached) in attached.into_iter().flatten() {
            add(Item(attached), &scope(&id));
        }
    });
}

#[cfg(test)]
mod tests;
