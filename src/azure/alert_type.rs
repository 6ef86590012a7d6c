//! The alert types of Defender for Cloud that concern the control plane, virtual machines, vaults
//! and stores: what each is called and where in the Activity Log its traces would be.

use std::sync::LazyLock;

use super::operation;
use super::table;
pub use profile::{Check, Profile, Question, extension_kind, question};

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

words! {
    /// How far the activity behind an alert shows in the Activity Log.
    Trace {
        /// It is operations that the log records.
        Operations = "operations",
        /// Some of it is; plain reads or access to data belong to it and leave nothing.
        Part = "part",
        /// None of it is; the log can only show what prepared it.
        None = "none",
        /// It is an operation that only the tenant-level log records.
        Tenant = "tenant",
    }
}

mod profile;

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
    ("VM.Windows_", Family::ServersGuest),
    ("VM.Linux_", Family::ServersGuest),
    ("KV_", Family::KeyVault),
    ("Storage.", Family::Storage),
    ("CosmosDB_", Family::CosmosDb),
    ("AzureCosmosDB_", Family::CosmosDb),
    ("AI.", Family::AiServices),
];

/// One type of alert, and where to look when it is raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertType {
    /// The documented id.
    pub id: &'static str,
    /// The documented title, without a note of preview.
    pub title: &'static str,
    /// The family.
    pub family: Family,
    /// The documented severities, highest first; empty when none is stated.
    pub severities: Vec<Severity>,
    /// The canonical names of the documented tactics.
    pub tactics: Vec<&'static str>,
    /// What to join activity on, in this order.
    pub join: Vec<Join>,
    /// How many hours before the alert's start to look.
    pub window_before_hours: u32,
    /// How many hours after the alert's end to look.
    pub window_after_hours: u32,
    /// The operations to look for.
    pub operations: Vec<Wanted>,
    /// The names of the rules whose findings bear on the alert.
    pub rules: Vec<&'static str>,
    /// What the type has in common with others: traces, checks, questions.
    pub profile: &'static Profile,
}

/// What an operation to look for is to the alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// It is the activity that the alert speaks of, or of a data plane what opened the way to it.
    Core,
    /// It is that only where it gives rights to whom, or on what, the alert names.
    Grant,
    /// It prepares the activity or follows it, and proves nothing alone.
    Support,
}

/// Operations to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// A name, a pattern with `*`, or [`SECRET_REVEAL`].
    pub pattern: &'static str,
    /// What such an operation is to the alert.
    pub part: Part,
}

impl Wanted {
    /// Reads a pattern; `+` in front marks what only supports, `?` a grant.
    fn parse(text: &'static str) -> Self {
        let marked = |mark, part| text.strip_prefix(mark).map(|pattern| Wanted { pattern, part });
        let marked = marked('+', Part::Support).or_else(|| marked('?', Part::Grant));
        marked.unwrap_or(Wanted { pattern: text, part: Part::Core })
    }

    fn matches(self, name: &str) -> bool {
        match self.pattern {
            SECRET_REVEAL => operation::risk(name).is_some_and(|risk| risk.secret_reveal),
            pattern => operation::matches(pattern, name),
        }
    }
}

impl AlertType {
    /// Returns the highest documented severity.
    pub fn severity(&self) -> Option<Severity> {
        self.severities.first().copied()
    }

    /// Says whether `name` is one of the operations to look for.
    pub fn looks_for(&self, name: &str) -> bool {
        self.part_of(name).is_some()
    }

    /// Returns what the operation `name` is to an alert of the type, if it is looked for.
    pub fn part_of(&self, name: &str) -> Option<Part> {
        self.operations.iter().filter(|wanted| wanted.matches(name)).map(|w| w.part).min()
    }

    /// Returns how many hours before the alert's start what it speaks of can have begun.
    pub fn core_before_hours(&self) -> u32 {
        self.profile.core_before_hours.unwrap_or(self.window_before_hours)
    }

    /// Returns how many hours after the alert's end what it speaks of can still go on.
    pub fn core_after_hours(&self) -> u32 {
        self.profile.core_after_hours.unwrap_or(self.window_after_hours)
    }
}

const TEXT: &str = include_str!("data/alert-types.tsv");

static ALERT_TYPES: LazyLock<Vec<AlertType>> =
    LazyLock::new(|| table::rows(TEXT).filter_map(alert_type).collect());

fn alert_type(row: [&'static str; 11]) -> Option<AlertType> {
    let [id, title, family, severities, tactics, join, before, after, operations, rules, profile] =
        row;
    Some(AlertType {
        id,
        title,
        family: Family::from_word(family)?,
        severities: table::list(severities).map(Severity::from_word).collect::<Option<_>>()?,
        tactics: table::list(tactics).collect(),
        join: table::list(join).map(Join::from_word).collect::<Option<_>>()?,
        window_before_hours: before.parse().ok()?,
        window_after_hours: after.parse().ok()?,
        operations: table::list(operations).map(Wanted::parse).collect(),
        rules: table::list(rules).collect(),
        profile: profile::by_id(profile)?,
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

/// Finds the alert type whose questions suit an alert: its own, or for an id that is in no catalogue
/// one that stands for its family.
///
/// Nothing stands for the family of Resource Manager: its types differ too much in what they look for.
pub fn by_id_or_family(id: &str) -> Option<&'static AlertType> {
    by_id(id).or_else(|| {
        by_id(match Family::of(id)? {
            Family::ResourceManager => return None,
            Family::ServersControlPlane | Family::ServersGuest => "VM_SuspiciousActivity",
            Family::KeyVault => "KV_OperationPatternAnomaly",
            Family::Storage => "Storage.Blob_DataExplorationAnomaly",
            Family::CosmosDb => "CosmosDB_DataExfiltrationAnomaly",
            Family::AiServices => "AI.Azure_AccessAnomaly",
        })
    })
}

/// How the ids of alerts begin that other plans raise, which watch databases, clusters, applications,
/// names and networks: nothing of what they speak of is in the Activity Log.
const ELSEWHERE: &[&str] = &[
    "SQL.",
    "K8S",
    "AppServices_",
    "AzureDNS_",
    "DNS_",
    "Network_",
    "DDOS",
    "DDoS_",
    "API_",
    "Container",
    "OpenSourceRelationalDatabases",
];

/// Says whether alerts of that type speak of nothing that the Activity Log records.
pub fn is_elsewhere(id: &str) -> bool {
    let id = without_sample_prefix(id);
    by_id(id).is_none() && ELSEWHERE.iter().any(|prefix| strip(id, prefix).is_some())
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
mod tests;
