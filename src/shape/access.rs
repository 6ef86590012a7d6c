//! What the body of an event says of rights and principals, beyond the columns of its row.

use crate::azure::pim::Change;
use crate::azure::principal::{Holder, PrincipalKind};
use crate::azure::setting::Settings;
use crate::azure::system::System;
use crate::base::{Texts, Time};

/// One thing that a body says. Ids are in lower case, GUIDs with dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Who holds a role was changed through Privileged Identity Management.
    Pim(Pim),
    /// A role was defined.
    Role(RoleBody),
    /// Another tenant was offered rights over a scope (Azure Lighthouse).
    Offer(Offer),
    /// An offer was accepted for a scope: the id of its definition.
    Accepted(String),
    /// A principal was named.
    Named(Named),
    /// A role was assigned, beyond the columns of the grant.
    Assigned(Assigned),
    /// A classic administrator was set.
    Classic(Classic),
    /// Rights were denied.
    Denied(Denied),
    /// Principals were let into a key vault: their object ids.
    Policy(Vec<String>),
    /// Principals were taken out of the policies of a key vault: their object ids.
    PolicyTaken(Vec<String>),
    /// A machine, a disk or an interface was written: the resources that it is made of or from.
    Tied(Texts),
    /// Something was done to a machine that only one operating system takes.
    System(System),
    /// The event's subscription lies under these management groups: their ids, the root group first.
    Under(Vec<String>),
    /// A request holds settings that protect something.
    Sets(Settings),
    /// One of several keys was made anew: its name.
    Renewed(String),
    /// Resources were asked to be moved into a group.
    Moved(Moved),
}

/// A request to move resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Id of the group that they go to.
    pub to: String,
    /// Their ids until then.
    pub resources: Texts,
}

/// What a role assignment says beside principal, role and scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// What holds the role.
    pub holder: Option<Holder>,
    /// The condition under which it holds, as written.
    pub condition: Option<String>,
}

/// A classic administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classic {
    /// Its address.
    pub email: String,
    /// Its role, such as `CoAdministrator`.
    pub role: String,
}

/// An assignment of denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// Its name.
    pub name: String,
    /// Object ids of the principals whose rights it takes; one of zeros stands for everyone.
    pub principals: Vec<String>,
}

/// A change through Privileged Identity Management, or the request for one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pim {
    /// What it does.
    pub change: Change,
    /// Name of the role, where the log states it.
    pub role: Option<String>,
    /// When what is given ends by itself, where the log states it.
    pub expires: Option<Time>,
}

/// The definition of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleBody {
    /// GUID of the role.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether its holder can get any right; `None` when the body does not hold the permissions.
    pub privileged: Option<bool>,
}

/// A registration definition: rights that another tenant is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Id of the definition.
    pub id: String,
    /// Name of the offer; empty where the body leaves it out.
    pub name: String,
    /// The tenant that is to manage.
    pub tenant: String,
    /// Principals of that tenant, and the GUID of the role that each gets.
    pub authorizations: Vec<(String, String)>,
}

/// What a body says of a principal that need not have acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its object id.
    pub oid: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// Its application id, where the body has it.
    pub app_id: String,
    /// ARM id of the managed identity, or of the resource that it belongs to.
    pub resource: String,
}
