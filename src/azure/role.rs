//! The built-in roles of Azure: what each is called and what it lets its holder do.

use std::sync::LazyLock;

use super::guid::dash_guid;
use super::operation::matches;
use super::table;

/// A built-in role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// The role's GUID, dashed and in lower case.
    pub guid: &'static str,
    /// The English name.
    pub name: &'static str,
    /// Whether Microsoft counts the role as privileged.
    pub privileged: bool,
    /// How far the role leads beyond itself: 0 nowhere, 1 to data or protections, 2 to others'
    /// rights in a roundabout way (code, secrets, keys, disks), 3 to any right: it is privileged or
    /// grants roles.
    pub escalation_rank: u8,
    granted: u32,
    conditional: u32,
}

/// How a role grants a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// The role does not grant it.
    No,
    /// The role grants it within a condition of its own.
    Conditional,
    /// The role grants it.
    Yes,
}

macro_rules! rights {
    ($($(#[doc = $doc:literal])+ $right:ident = $name:literal,)+) => {
        /// Something a role can let its holder do that matters to an investigation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Right { $($(#[doc = $doc])+ $right,)+ }

        impl Right {
            /// Every right, in the order of the table's documentation.
            pub const ALL: &'static [Self] = &[$(Self::$right),+];

            /// Returns the right's name, in snake case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$right => $name),+ }
            }
        }
    };
}

rights! {
    /// Every control operation there is.
    WildcardAll = "wildcard_all",
    /// Operations on data, whichever.
    DataActions = "has_data_actions",
    /// Granting roles.
    AssignRoles = "assign_roles",
    /// Writing role definitions.
    DefineRoles = "define_roles",
    /// Running commands on virtual machines.
    RunVmCommands = "run_vm_commands",
    /// Installing virtual machine extensions.
    WriteVmExtensions = "write_vm_extensions",
    /// Reading the keys of storage accounts.
    ListStorageKeys = "list_storage_keys",
    /// Making disks or snapshots downloadable.
    ExportDisks = "export_disks",
    /// Changing who may open a key vault.
    ChangeVaultPolicy = "change_kv_policy",
    /// Reading secrets of a key vault.
    ReadVaultSecrets = "read_kv_secrets",
    /// Reading blobs.
    ReadBlobs = "read_blobs",
    /// Fetching the administrator's credentials of a Kubernetes cluster.
    GetClusterAdmin = "get_aks_admin",
    /// Starting automation runbooks.
    RunRunbooks = "run_runbooks",
    /// Attaching managed identities.
    AssignIdentity = "assign_identity",
    /// Deleting locks.
    DeleteLocks = "delete_locks",
    /// Deleting diagnostic settings.
    DeleteDiagnosticSettings = "delete_diag_settings",
    /// Deleting backups.
    DeleteBackups = "delete_backups",
    /// Deleting resource groups.
    DeleteResourceGroups = "delete_rg",
    /// Deploying templates.
    Deploy = "deploy",
}

impl Right {
    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl Role {
    /// Returns how the role grants `right`.
    pub const fn grants(&self, right: Right) -> Grant {
        if self.granted & right.bit() != 0 {
            Grant::Yes
        } else if self.conditional & right.bit() != 0 {
            Grant::Conditional
        } else {
            Grant::No
        }
    }

    /// Says whether the role lets its holder grant roles, with or without a condition.
    pub fn can_assign_roles(&self) -> bool {
        self.grants(Right::AssignRoles) != Grant::No
    }

    /// Yields what the role grants, with or without a condition.
    pub fn rights(&self) -> impl Iterator<Item = (Right, Grant)> + use<> {
        let role = *self;
        let all = Right::ALL.iter().map(move |&right| (right, role.grants(right)));
        all.filter(|(_, grant)| *grant != Grant::No)
    }
}

const TEXT: &str = include_str!("data/builtin-roles.tsv");

static ROLES: LazyLock<Vec<Role>> = LazyLock::new(|| table::rows(TEXT).filter_map(role).collect());

static BY_NAME: LazyLock<Vec<&'static Role>> = LazyLock::new(|| {
    let mut roles: Vec<_> = ROLES.iter().collect();
    roles.sort_by(|left, right| table::compare(left.name, right.name));
    roles
});

fn role([guid, name, privileged, rank, rights]: [&'static str; 5]) -> Option<Role> {
    let (mut granted, mut conditional) = (0, 0);
    for word in table::list(rights) {
        let (word, bits) = match word.strip_suffix('?') {
            Some(word) => (word, &mut conditional),
            None => (word, &mut granted),
        };
        *bits |= Right::ALL.iter().find(|right| right.as_str() == word)?.bit();
    }
    let escalation_rank = rank.parse().ok()?;
    Some(Role {
        guid,
        name,
        privileged: privileged == "yes",
        escalation_rank,
        granted,
        conditional,
    })
}

/// From this rank on a role leads to the rights of others.
const LEADS_FAR: u8 = 2;

/// Says whether a role leads to the rights of others, as far as is known whether it is privileged; one of
/// which nothing is known may.
pub fn leads_far(guid: &str, privileged: Option<bool>) -> bool {
    let rank = by_guid(guid).map(|role| role.escalation_rank >= LEADS_FAR);
    privileged == Some(true) || rank.unwrap_or(privileged.is_none())
}

/// Operations that lead to any right: who may do one of them can grant himself the others.
const LEADS_TO_ANY: &[&str] = &[
    "Microsoft.Authorization/classicAdministrators/write",
    "Microsoft.Authorization/elevateAccess/action",
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignmentScheduleRequests/write",
    "Microsoft.Authorization/roleDefinitions/write",
    "Microsoft.Authorization/roleEligibilityScheduleRequests/write",
    "Microsoft.Authorization/roleManagementPolicies/write",
];

/// Says whether a set of permissions is privileged: every operation there is, or one that leads to
/// any right.
///
/// As for the built-in Contributor, exceptions do not make all operations harmless.
pub fn is_privileged(actions: &[String], not_actions: &[String]) -> bool {
    let any = |patterns: &[String], name: &str| patterns.iter().any(|p| matches(p.trim(), name));
    actions.iter().any(|action| action.trim() == "*")
        || LEADS_TO_ANY.iter().any(|name| any(actions, name) && !any(not_actions, name))
}

/// Returns every built-in role, by GUID.
pub fn all() -> &'static [Role] {
    &ROLES
}

/// Finds a built-in role by its GUID, dashed or not, or by the id of its role definition.
pub fn by_guid(text: &str) -> Option<&'static Role> {
    let last = text.trim().trim_end_matches('/').rsplit('/').next()?;
    table::find(&ROLES, &dash_guid(last)?, |role| role.guid)
}

/// Finds a built-in role by its English name, without regard to case.
pub fn by_name(name: &str) -> Option<&'static Role> {
    table::find(&BY_NAME, name.trim(), |role| role.name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::guid::is_guid;

    const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

    fn count(holds: impl Fn(&Role) -> bool) -> usize {
        all().iter().filter(|role| holds(role)).count()
    }

    #[test]
    fn the_table_is_whole_sorted_and_free_of_repeats() {
        assert_eq!(all().len(), 929);
        assert!(table::rises(all().iter().map(|role| role.guid)));
        assert!(table::rises(BY_NAME.iter().map(|role| role.name)));
        for role in all() {
            assert!(is_guid(role.guid) && role.guid == role.guid.to_ascii_lowercase());
            assert!(!role.name.is_empty() && role.escalation_rank <= 3, "{}", role.name);
        }
    }

    #[test]
    fn flags_are_as_many_as_the_roles_that_have_them() {
        assert_eq!(count(|role| role.privileged), 5);
        assert_eq!(count(Role::can_assign_roles), 29);
        assert_eq!(count(|role| role.grants(Right::AssignRoles) == Grant::Conditional), 25);
        assert_eq!(count(|role| role.grants(Right::DataActions) == Grant::Yes), 318);
        assert_eq!(count(|role| role.grants(Right::Deploy) == Grant::Conditional), 11);
        assert_eq!(count(|role| role.escalation_rank == 3), 30);
        assert_eq!(count(|role| role.privileged || role.can_assign_roles()), 30);
        assert_eq!(count(|role| role.escalation_rank == 2), 277);
        for &right in Right::ALL {
            assert!(count(|role| role.grants(right) != Grant::No) > 0, "{}", right.as_str());
        }
    }

    #[test]
    fn a_role_is_found_by_every_form_of_its_id() {
        let definition =
            format!("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{OWNER}");
        for text in [OWNER, "8E3AF657A8FF443CA75C2FE8C4BCB635", &definition] {
            assert_eq!(by_guid(text).map(|role| role.name), Some("Owner"), "{text}");
        }
        for text in ["", "/", "Owner", "00000000-0000-0000-0000-000000000000"] {
            assert_eq!(by_guid(text), None, "{text}");
        }
    }

    #[test]
    fn permissions_are_privileged_when_they_lead_to_any_right() {
        let list = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (actions, not_actions, expected) in [
            ("*", "Microsoft.Authorization/*/write", true),
            ("Microsoft.Authorization/*", "", true),
            ("microsoft.authorization/roleassignments/WRITE", "", true),
            ("*/write", "", true),
            ("*/write", "Microsoft.Authorization/*", false),
            ("*/read Microsoft.Compute/*", "", false),
            ("Microsoft.Authorization/*/read", "", false),
            ("", "", false),
        ] {
            assert_eq!(is_privileged(&list(actions), &list(not_actions)), expected, "{actions}");
        }
    }

    #[test]
    fn a_role_is_found_by_its_name() {
        assert_eq!(by_name("user access ADMINISTRATOR").map(|role| role.privileged), Some(true));
        assert_eq!(by_name("Own"), None);
        let owner = by_name("Owner").unwrap();
        assert!(owner.rights().any(|held| held == (Right::WildcardAll, Grant::Yes)));
        assert!(by_name("Reader").unwrap().rights().all(|(right, _)| right != Right::AssignRoles));
    }
}
