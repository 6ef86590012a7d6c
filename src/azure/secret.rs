//! Secrets that operations hand out: what each is, and how it is replaced.

use std::sync::LazyLock;

use super::operation::{matches, risk};
use super::table;

/// A kind of secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretKind {
    /// The operations that hand it out: a name in which `*` stands for any text.
    pub operations: &'static str,
    /// What it is.
    pub what: &'static str,
    /// The type of the resource that it belongs to, empty where any may be.
    pub at: &'static str,
    /// The operations on that resource that replace it, empty where none is known.
    pub replaced_by: &'static str,
    /// The names of the keys of which each has to be replaced, empty where one call replaces all.
    pub keys: &'static str,
    /// A command that replaces it, empty where there is no general one; `{id}`, `{name}`,
    /// `{group}` and `{subscription}` stand for parts of the resource's id.
    pub command: &'static str,
}

const TEXT: &str = include_str!("data/secrets.tsv");

static ROWS: LazyLock<Vec<SecretKind>> =
    LazyLock::new(|| {
        let row = |[operations, what, at, replaced_by, keys, command]: [&'static str; 6]| {
            SecretKind { operations, what, at, replaced_by, keys, command }
        };
        table::rows(TEXT).map(row).collect()
    });

/// Returns the secret that an operation hands to its caller; `None` where it hands out none.
pub fn handed_out_by(operation: &str) -> Option<&'static SecretKind> {
    if !risk(operation).is_some_and(|risk| risk.secret_reveal) {
        return None;
    }
    ROWS.iter().find(|kind| matches(kind.operations, operation))
}

/// Returns every kind of secret, in the order of the table.
#[cfg(test)]
pub fn all_secrets() -> &'static [SecretKind] {
    &ROWS
}

/// Returns the kind of the secrets that somebody who was let into a key vault can read.
///
/// # Panics
///
/// When the embedded table has lost its row, which a test rules out.
pub fn of_vault() -> &'static SecretKind {
    let vault =
        |kind: &&SecretKind| kind.operations == "microsoft.keyvault/vaults/accesspolicies/write";
    ROWS.iter().find(vault).expect("the table has a row for vaults")
}

impl SecretKind {
    /// Whether an operation replaces the secret.
    pub fn is_replaced_by(&self, operation: &str) -> bool {
        !self.replaced_by.is_empty() && matches(self.replaced_by, operation)
    }

    /// Yields the names of the keys of which each has to be replaced, in lower case.
    pub fn each_key(&self) -> impl Iterator<Item = &'static str> + use<> {
        table::list(self.keys)
    }
}

/// Whether an operation that replaces a secret, by its name in upper case, only ends the one there is: of
/// any other, whoever calls it has the new one.
pub fn only_ends(operation: &str) -> bool {
    operation.ends_with("/ENDGETACCESS/ACTION")
        || operation.ends_with("/DELETE")
        || operation.contains("/REVOKE")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::operation::risks;

    #[test]
    fn the_table_is_whole_and_every_secret_has_a_kind() {
        assert_eq!(ROWS.len(), TEXT.lines().count() - 1);
        assert!(ROWS.iter().all(|kind| !kind.what.is_empty()));
        for risk in risks().iter().filter(|risk| risk.secret_reveal) {
            assert!(handed_out_by(risk.operation).is_some(), "{}", risk.operation);
        }
        assert!(!of_vault().at.is_empty());
    }

    #[test]
    fn storage_keys_are_replaced_by_making_new_ones_and_a_write_hands_out_nothing() {
        let kind = handed_out_by("MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION").unwrap();
        assert!(kind.is_replaced_by("MICROSOFT.STORAGE/STORAGEACCOUNTS/REGENERATEKEY/ACTION"));
        assert!(!kind.is_replaced_by("MICROSOFT.STORAGE/STORAGEACCOUNTS/WRITE"));
        assert_eq!(handed_out_by("Microsoft.Storage/storageAccounts/write"), None);
        assert_eq!(kind.each_key().collect::<Vec<_>>(), ["key1", "key2"]);
    }

    #[test]
    fn a_link_is_ended_for_everybody_and_a_new_key_is_known_to_its_maker() {
        assert!(only_ends("MICROSOFT.COMPUTE/DISKS/ENDGETACCESS/ACTION"));
        assert!(!only_ends("MICROSOFT.STORAGE/STORAGEACCOUNTS/REGENERATEKEY/ACTION"));
    }

    #[test]
    fn smaller_services_and_tunnels_hand_out_secrets_of_their_own_kind() {
        for (operation, what) in [
            ("Microsoft.HDInsight/clusters/getGatewaySettings/action", "gateway of a cluster"),
            ("Microsoft.HDInsight/clusters/configurations/action", "gateway of a cluster"),
            ("Microsoft.Insights/Components/ApiKeys/Action", "telemetry"),
            ("Microsoft.ImportExport/jobs/listBitLockerKeys/action", "unlock the disks"),
            (
                "Microsoft.MachineLearningServices/workspaces/listNotebookKeys/action",
                "machine learning",
            ),
            (
                "Microsoft.MachineLearningServices/workspaces/listNotebookAccessToken/action",
                "machine learning",
            ),
            ("Microsoft.ServiceLinker/linkers/listConfigurations/action", "connection strings"),
            (
                "Microsoft.HybridCompute/machines/listAccessDetails/action",
                "connection to a machine",
            ),
            (
                "Microsoft.HybridConnectivity/endpoints/listManagedProxyDetails/action",
                "connection to a machine",
            ),
        ] {
            let kind = handed_out_by(operation).expect("it hands out a secret");
            assert!(kind.what.contains(what), "{operation}: {}", kind.what);
        }
    }
}
