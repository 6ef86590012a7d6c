//! The tables that the modifier `lookup` can name: what a rule means by "a privileged role".

use crate::azure::app::{self, App};
use crate::azure::operation::{self, Risk};
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
    /// Applications of Microsoft that call Azure Resource Manager from the device of the person who signs in.
    InteractiveArmClients,
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
        ("interactive_arm_clients", Table::InteractiveArmClients),
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
            Table::InteractiveArmClients => app::by_id(value).is_some_and(App::calls_from_a_device),
            Table::HighRiskOperations => operation::risk(value).is_some_and(Risk::is_high),
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
    fn clients_on_the_device_of_a_person_are_told_from_what_runs_elsewhere() {
        for client in [
            "04b07795-8ddb-461a-bbee-02f9e1bf7b46", // Azure CLI
            "1B730954-1685-4B74-9BFD-DAC224A7B894", // Azure Active Directory PowerShell
            "a69788c6-1d43-44ed-9ca3-b83e194da255", // Azure Data Studio
            "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", // Azure portal
        ] {
            assert!(Table::InteractiveArmClients.contains(client), "{client}");
        }
        for other in [
            "16f9b8e9-d20b-45a1-ab9e-db2e8254508b", // Azure Data Factory, a service
            "0032593d-6a05-4847-8ca4-4b6220ed2a1e", // calls no Azure Resource Manager
            "6204c1d1-4712-4c46-a7d9-3ed63d992682", // Microsoft Flow Portal, which has servers
            "b677c290-cf4b-4a8e-a60e-91ba650a4abe", // Cloud Shell
            "0c50de64-92f9-4ad5-bf88-1af4b40c3b8e", // Microsoft_Azure_ContainerService, in the portal
            "00000000-0000-0000-0000-000000000000",
            "",
        ] {
            assert!(!Table::InteractiveArmClients.contains(other), "{other}");
        }
    }

    #[test]
    fn only_known_tables_have_a_name() {
        assert_eq!(Table::by_name("first_party_apps"), Some(Table::FirstPartyApps));
        assert_eq!(Table::by_name("nonesuch"), None);
    }
}
