//! The tables that the modifier `lookup` can name: what a rule means by "a privileged role".

use crate::azure::app;
use crate::azure::operation;
use crate::azure::role;
use crate::azure::role::Role;

/// A table of values worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Roles that Microsoft counts as privileged.
    PrivilegedRoles,
    /// Roles that let their holder grant roles.
    RoleAssigningRoles,
    /// Roles that lead to others' rights in a roundabout way.
    EscalationRoles,
    /// Applications of Microsoft.
    FirstPartyApps,
    /// Operations an attacker would want.
    HighRiskOperations,
    /// Operations that hand the caller a secret.
    SecretRevealingOperations,
    /// The list of the analyst, which each run has of its own: see [`super::Watchlist`].
    Watchlist,
}

impl Table {
    /// Every table with the name that rules use.
    pub const ALL: &[(&str, Table)] = &[
        ("privileged_roles", Table::PrivilegedRoles),
        ("role_assigning_roles", Table::RoleAssigningRoles),
        ("escalation_roles", Table::EscalationRoles),
        ("first_party_apps", Table::FirstPartyApps),
        ("high_risk_operations", Table::HighRiskOperations),
        ("secret_revealing_operations", Table::SecretRevealingOperations),
        ("watchlist", Table::Watchlist),
    ];

    /// Returns the table of a name; `None` when there is none.
    pub fn by_name(name: &str) -> Option<Table> {
        Table::ALL.iter().find(|(known, _)| *known == name).map(|(_, table)| *table)
    }

    /// Whether a value is in the table: roles by name, GUID or path, applications by id, operations by name.
    pub fn contains(self, value: &str) -> bool {
        let value = value.trim();
        let as_role = || {
            let last = value.rsplit('/').next().unwrap_or_default();
            role::by_guid(last).or_else(|| role::by_name(value))
        };
        match self {
            Table::PrivilegedRoles => as_role().is_some_and(|role| role.privileged),
            Table::RoleAssigningRoles => as_role().is_some_and(Role::can_assign_roles),
            Table::EscalationRoles => as_role().is_some_and(|role| role.escalation_rank == 2),
            Table::FirstPartyApps => app::by_id(value).is_some(),
            Table::HighRiskOperations => operation::risk(value).is_some_and(|risk| risk.risk >= 2),
            Table::SecretRevealingOperations => {
                operation::risk(value).is_some_and(|risk| risk.secret_reveal)
            }
            Table::Watchlist => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_known_by_name_id_and_path() {
        let owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
        let path =
            format!("/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/{owner}");
        for value in ["Owner", "owner", owner, &path] {
            assert!(Table::PrivilegedRoles.contains(value), "{value}");
            assert!(Table::RoleAssigningRoles.contains(value), "{value}");
        }
        for value in ["Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", "", "/", "x"] {
            assert!(!Table::PrivilegedRoles.contains(value), "{value}");
        }
        assert!(Table::EscalationRoles.contains("Virtual Machine Contributor"));
        assert!(!Table::EscalationRoles.contains("Owner"));
    }

    #[test]
    fn operations_and_applications_are_known() {
        assert!(Table::FirstPartyApps.contains("c44b4083-3bb0-49c1-b47d-974e53cbdf3c"));
        assert!(
            Table::SecretRevealingOperations
                .contains("MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION")
        );
        assert!(Table::HighRiskOperations.contains("Microsoft.Authorization/elevateAccess/action"));
        assert!(!Table::HighRiskOperations.contains("Microsoft.Storage/storageAccounts/read"));
    }

    #[test]
    fn only_known_tables_have_a_name() {
        assert_eq!(Table::by_name("first_party_apps"), Some(Table::FirstPartyApps));
        assert_eq!(Table::by_name("nonesuch"), None);
    }
}
