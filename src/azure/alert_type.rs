//! The alert types of Defender for Cloud that concern the control plane, virtual machines, vaults
//! and stores: what each is called and where in the Activity Log its traces would be.

use std::sync::LazyLock;

use super::operation;
use super::table;

/// Stands, in a list of operations, for every operation that hands its caller a secret.
pub const SECRET_REVEAL: &str = "@secret-reveal";

const SAMPLE_PREFIX: &str = "SIMULATED_";

macro_rules! words {
    ($(#[doc = $about:literal])+ $name:ident {
        $($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[doc = $doc])+ $variant,)+ }

        impl $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word for it, without regard to case.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| word.eq_ignore_ascii_case(one.as_str()))
            }
        }
    };
}

words! {
    /// How grave an alert is, in Defender's four steps, lowest first.
    Severity {
        /// Worth knowing only together with others.
        Informational = "informational",
        /// Possibly a harmless or a blocked act.
        Low = "low",
        /// Suspicious.
        Medium = "medium",
        /// Very likely a compromise.
        High = "high",
    }
}

words! {
    /// The plan of Defender that raises an alert, and from which signal.
    Family {
        /// Operations of Azure Resource Manager.
        ResourceManager = "arm",
        /// Virtual machines, seen through operations of Azure Resource Manager.
        ServersControlPlane = "servers-arm",
        /// Virtual machines, seen from inside the guest or from the network.
        ServersGuest = "servers-guest",
        /// Key vaults.
        KeyVault = "keyvault",
        /// Storage accounts.
        Storage = "storage",
        /// Cosmos databases.
        CosmosDb = "cosmosdb",
        /// AI services.
        AiServices = "ai",
    }
}

words! {
    /// What of an alert leads to the activity behind it.
    Join {
        /// The subscription.
        Subscription = "subscription",
        /// The principals that the alert names.
        Principal = "principal",
        /// The addresses that the alert names.
        Ip = "ip",
        /// The attacked resource.
        Resource = "resource",
        /// The principals found in the activity joined so far.
        Actor = "actor",
        /// The network resources of the attacked machine.
        Network = "network",
    }
}

impl Family {
    /// Returns the plan's short name, which the two families for servers share.
    pub const fn plan(self) -> &'static str {
        match self {
            Self::ServersControlPlane | Self::ServersGuest => "servers",
            other => other.as_str(),
        }
    }

    /// Returns the plan's name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ResourceManager => "Defender for Resource Manager",
            Self::ServersControlPlane | Self::ServersGuest => "Defender for Servers",
            Self::KeyVault => "Defender for Key Vault",
            Self::Storage => "Defender for Storage",
            Self::CosmosDb => "Defender for Azure Cosmos DB",
            Self::AiServices => "Defender for AI services",
        }
    }

    /// Guesses the family of any alert type by how its id begins.
    pub fn of(id: &str) -> Option<Self> {
        let id = without_sample_prefix(id);
        PREFIXES.iter().find(|(prefix, _)| strip(id, prefix).is_some()).map(|&(_, family)| family)
    }
}

/// How ids begin, and the family that such ids belong to.
const PREFIXES: &[(&str, Family)] = &[
    ("ARM_", Family::ResourceManager),
    ("RM_", Family::ResourceManager),
    ("VM_", Family::ServersGuest),
    ("KV_", Family::KeyVault),
    ("Storage.", Family::Storage),
    ("CosmosDB_", Family::CosmosDb),
    ("AzureCosmosDB_", Family::CosmosDb),
    ("AI.", Family::AiServices),
];

/// One type of alert, and where to look when it is raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertType {
    /// Holds the documented id.
    pub id: &'static str,
    /// Holds the documented title, without a note of preview.
    pub title: &'static str,
    /// Holds the family.
    pub family: Family,
    /// Holds the documented severities, highest first; empty when none is stated.
    pub severities: Vec<Severity>,
    /// Holds the canonical names of the documented tactics.
    pub tactics: Vec<&'static str>,
    /// Holds what to join activity on, in this order.
    pub join: Vec<Join>,
    /// Holds how many hours before the alert's start to look.
    pub window_before_hours: u32,
    /// Holds how many hours after the alert's end to look.
    pub window_after_hours: u32,
    /// Holds the operations to look for: names, patterns with `*`, or [`SECRET_REVEAL`].
    pub operations: Vec<&'static str>,
    /// Holds the ids of the rules whose findings bear on the alert.
    pub rules: Vec<&'static str>,
}

impl AlertType {
    /// Returns the highest documented severity.
    pub fn severity(&self) -> Option<Severity> {
        self.severities.first().copied()
    }

    /// Says whether `name` is one of the operations to look for.
    pub fn looks_for(&self, name: &str) -> bool {
        self.operations.iter().any(|&pattern| match pattern {
            SECRET_REVEAL => operation::risk(name).is_some_and(|risk| risk.secret_reveal),
            _ => operation::matches(pattern, name),
        })
    }
}

const TEXT: &str = include_str!("data/alert-types.tsv");

static ALERT_TYPES: LazyLock<Vec<AlertType>> =
    LazyLock::new(|| table::rows(TEXT).filter_map(alert_type).collect());

fn alert_type(row: [&'static str; 10]) -> Option<AlertType> {
    let [id, title, family, severities, tactics, join, before, after, operations, rules] = row;
    Some(AlertType {
        id,
        title,
        family: Family::from_word(family)?,
        severities: table::list(severities).map(Severity::from_word).collect::<Option<_>>()?,
        tactics: table::list(tactics).collect(),
        join: table::list(join).map(Join::from_word).collect::<Option<_>>()?,
        window_before_hours: before.parse().ok()?,
        window_after_hours: after.parse().ok()?,
        operations: table::list(operations).collect(),
        rules: table::list(rules).collect(),
    })
}

/// Returns every alert type, by id.
pub fn all() -> &'static [AlertType] {
    &ALERT_TYPES
}

/// Finds an alert type by its id, without regard to case or to the prefix of sample alerts.
///
/// Some alerts carry an id with `ARM_` where the documentation has `VM_` or `RM_`; if the id itself
/// is unknown, these are tried in its place.
pub fn by_id(id: &str) -> Option<&'static AlertType> {
    let id = without_sample_prefix(id);
    let exact = table::find(&ALERT_TYPES, id, |kind| kind.id);
    exact.or_else(|| {
        let prefixes = ["ARM_", "VM_", "RM_"];
        let rest = prefixes.iter().find_map(|prefix| strip(id, prefix))?;
        all().iter().find(|kind| {
            let known = prefixes.iter().find_map(|prefix| strip(kind.id, prefix));
            known.is_some_and(|known| known.eq_ignore_ascii_case(rest))
        })
    })
}

/// Says whether the id is that of a sample alert, raised to try out the plan.
pub fn is_sample(id: &str) -> bool {
    strip(id.trim(), SAMPLE_PREFIX).is_some()
}

/// Returns the id without the prefix of sample alerts.
pub fn without_sample_prefix(id: &str) -> &str {
    let id = id.trim();
    strip(id, SAMPLE_PREFIX).unwrap_or(id)
}

/// Cuts `prefix` off, without regard to case.
fn strip<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (front, rest) = text.split_at_checked(prefix.len())?;
    front.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::operation::known;
    use crate::azure::tactic;

    fn count(holds: impl Fn(&AlertType) -> bool) -> usize {
        all().iter().filter(|kind| holds(kind)).count()
    }

    #[test]
    fn the_table_is_whole_sorted_and_free_of_repeats() {
        assert_eq!(all().len(), 154);
        assert!(table::rises(all().iter().map(|kind| kind.id)));
        let sizes = [47, 31, 5, 14, 45, 8, 4];
        for (&family, size) in Family::ALL.iter().zip(sizes) {
            assert_eq!(count(|kind| kind.family == family), size, "{}", family.as_str());
        }
        assert_eq!(count(|kind| kind.severity() == Some(Severity::Low)), 14);
        assert_eq!(count(|kind| kind.severity().is_none()), 2);
    }

    #[test]
    fn every_type_says_where_to_look() {
        for kind in all() {
            let id = kind.id;
            assert!(!kind.title.is_empty() && !kind.join.is_empty(), "{id}");
            assert!(!kind.operations.is_empty() && !kind.rules.is_empty(), "{id}");
            assert!((1..=2160).contains(&kind.window_before_hours), "{id}");
            assert!((1..=720).contains(&kind.window_after_hours), "{id}");
            assert!(kind.severities.windows(2).all(|pair| pair[0] > pair[1]), "{id}");
            assert!(kind.tactics.iter().all(|t| tactic::canonical(t) == Some(*t)), "{id}");
            for &name in &kind.operations {
                let open = name.contains('*') || name == SECRET_REVEAL;
                assert!(open || known(name).is_some(), "{id}: {name}");
            }
        }
    }

    #[test]
    fn every_id_is_found_in_any_case_and_as_a_sample() {
        for kind in all() {
            let loud = format!("simulated_{}", kind.id.to_uppercase());
            assert_eq!(by_id(kind.id), Some(kind));
            assert_eq!(by_id(&loud), Some(kind));
            assert!(is_sample(&loud) && !is_sample(kind.id));
            let guessed = Family::of(&loud).map(Family::plan);
            assert_eq!(guessed, Some(kind.family.plan()), "{}", kind.id);
        }
        for id in ["", "SIMULATED_", "ARM_", "ARM_NoSuchThing", "é", "SIMULATED\u{e9}_"] {
            assert_eq!(by_id(id), None, "{id}");
        }
    }

    #[test]
    fn an_id_with_another_plans_prefix_is_still_found() {
        let found = by_id("SIMULATED_ARM_AmRealtimeProtectionDisabled").unwrap();
        assert_eq!(found.id, "VM_AmRealtimeProtectionDisabled");
        let found = by_id("ARM_MicroBurst.AzureRmVMBulkCMD").unwrap();
        assert_eq!(found.id, "RM_MicroBurst.AzureRmVMBulkCMD");
        assert_eq!(by_id("KV_AmRealtimeProtectionDisabled"), None);
    }

    #[test]
    fn a_family_is_guessed_by_the_beginning_of_an_id() {
        assert_eq!(Family::of("arm_Something"), Some(Family::ResourceManager));
        assert_eq!(Family::of("SIMULATED_KV_x").map(Family::title), Some("Defender for Key Vault"));
        assert_eq!(Family::of("K8S_x"), None);
        assert_eq!(Family::ServersControlPlane.plan(), Family::ServersGuest.plan());
    }

    #[test]
    fn operations_are_looked_for_by_name_pattern_and_set() {
        let suspicious = by_id("ARM_OperationFromSuspiciousIP").unwrap();
        assert!(suspicious.looks_for("anything at all"));
        let hound = by_id("ARM_MicroBurst.AzDomainInfo").unwrap();
        assert!(hound.looks_for("MICROSOFT.AUTHORIZATION/LOCKS/DELETE"));
        assert!(!hound.looks_for("Microsoft.Compute/virtualMachines/write"));
        let access = by_id("ARM_AnomalousOperation.CredentialAccess").unwrap();
        assert!(access.operations.contains(&SECRET_REVEAL));
        assert!(access.looks_for("Microsoft.AVS/privateClouds/listAdminCredentials/action"));
        assert!(!access.looks_for("Microsoft.AVS/privateClouds/write"));
    }
}
