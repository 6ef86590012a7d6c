//! What roles are called and how far they lead: the built-in ones, and those that the evidence defines.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use crate::azure::role;
use crate::base::Time;
use crate::shape::access::Access;

/// What is known of a role; both are `None` for a role that is known nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Known {
    /// Its name.
    pub(in super::super) name: Option<String>,
    /// Whether its holder can get any right.
    pub(in super::super) privileged: Option<bool>,
}

/// A role that the evidence defines.
struct Custom<'f> {
    name: &'f str,
    /// When the latest definition of it was written; `None` where only a list has it.
    named: Option<Time>,
    privileged: Option<bool>,
}

/// The roles that the evidence defines, by GUID.
pub(in super::super) struct Roles<'f>(BTreeMap<&'f str, Custom<'f>>);

impl<'f> Roles<'f> {
    /// Collects the definitions whose writing did not fail, then those that lists hold.
    ///
    /// A role has its latest name. It is privileged if it ever was: what was done with it then
    /// stays done.
    pub(in super::super) fn of(facts: &Facts<'f>) -> Self {
        let mut roles: BTreeMap<&str, Custom<'_>> = BTreeMap::new();
        for (row, access) in &facts.corpus.access {
            let Access::Role(body) = access else { continue };
            let Some(named) = facts.time_if_not_failed(*row) else { continue };
            let custom = roles.entry(&body.id).or_insert(Custom {
                name: &body.name,
                named: Some(named),
                privileged: None,
            });
            if Some(named) >= custom.named {
                (custom.name, custom.named) = (&body.name, Some(named));
            }
            // Yes outweighs no, and no outweighs not knowing.
            custom.privileged = custom.privileged.max(body.privileged);
        }
        for (_, held) in &facts.corpus.context.roles {
            let fresh = Custom { name: &held.name, named: None, privileged: None };
            let custom = roles.entry(&held.id).or_insert(fresh);
            custom.privileged = custom.privileged.max(held.privileged);
        }
        for (_, held) in &facts.corpus.context.assignments {
            if !held.role.is_empty() && !held.role_name.is_empty() {
                let named = Custom { name: &held.role_name, named: None, privileged: None };
                roles.entry(&held.role).or_insert(named);
            }
        }
        Roles(roles)
    }

    /// Returns what is known of a role by its GUID.
    pub(in super::super) fn known(&self, guid: &str) -> Known {
        if let Some(built_in) = role::by_guid(guid) {
            return Known {
                name: Some(built_in.name.to_owned()),
                privileged: Some(built_in.privileged || built_in.can_assign_roles()),
            };
        }
        self.0.get(guid).map_or_else(Known::default, |custom| Known {
            name: Some(custom.name.to_owned()),
            privileged: custom.privileged,
        })
    }
}
