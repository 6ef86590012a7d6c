//! Who is who: principals over the whole evidence, and the tenants that own subscriptions.

mod foreign;
mod listed;
mod named;
mod resolve;
mod tenant;

pub use foreign::{Way, application_owners, way};
pub use resolve::resolve;
pub use tenant::{Owner, delegation, owners};

use std::collections::{BTreeMap, BTreeSet};

use crate::azure::principal::PrincipalKind;

/// One principal, under all names the evidence has for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal {
    /// Stable key: the name of a person, the object id of an application, the name of a service.
    pub id: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// Display name; the key where there is none.
    pub name: String,
    /// User principal name or e-mail address.
    pub upn: Option<String>,
    /// Object id.
    pub oid: Option<String>,
    /// Its own application id, for applications.
    pub app_id: Option<String>,
    /// Name of that application where it is Microsoft's.
    pub app_name: Option<String>,
    /// Tenant that issued its tokens.
    pub token_tenant: Option<String>,
    /// Tenant in which it lives.
    pub home_tenant: Option<String>,
    /// Every other name of it.
    pub aliases: BTreeSet<String>,
    /// Client applications it used.
    pub clients: BTreeSet<String>,
    /// ARM ids of the managed identity, where tokens name them.
    pub resources: BTreeSet<String>,
    /// Whether a token of it held the Global Administrator role.
    pub global_admin: bool,
}

/// All principals, in order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Principals {
    /// The principals.
    pub all: Vec<Principal>,
    /// The principal of each identity of the corpus; `None` for events nobody stands behind.
    of_identity: Vec<Option<u32>>,
    by_name: BTreeMap<String, u32>,
}

impl Principals {
    /// Returns the principal behind an identity.
    pub fn of(&self, identity: u32) -> Option<usize> {
        self.of_identity.get(identity as usize).copied().flatten().map(|p| p as usize)
    }

    /// Returns the principal of that id, name, address, object id or application id, in any case.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(&name.trim().to_lowercase()).map(|&p| p as usize)
    }
}
