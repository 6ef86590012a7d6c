//! What the body of an event says of rights and principals, beyond the columns of its row.

use crate::azure::pim::Change;
use crate::azure::principal::PrincipalKind;
use crate::base::Time;

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
