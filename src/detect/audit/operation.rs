//! What is known of the operations that a rule asks for: whether the log records them, and which log.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::azure::operation::{self, Known, Logged, Plane, Verb};
use crate::rule::{Matcher, Pattern, Piece, Test, fold};

/// What is known of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The Activity Log records it.
    Recorded,
    /// Its sources do not say whether the Activity Log records it.
    Perhaps,
    /// It is a read, which the Activity Log does not record.
    Read,
    /// It is done to the data of a service, not through Azure Resource Manager.
    DataAction,
    /// The Activity Log does not record it for another reason.
    NotRecorded,
    /// No catalogue knows it.
    Unknown,
}

impl Standing {
    /// Returns the word that reports use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Standing::Recorded => "recorded",
            Standing::Perhaps => "perhaps recorded",
            Standing::Read => "read",
            Standing::DataAction => "data action",
            Standing::NotRecorded => "not recorded",
            Standing::Unknown => "unknown",
        }
    }

    /// Whether the Activity Log is known never to record it.
    pub const fn is_never_recorded(self) -> bool {
        matches!(self, Standing::Read | Standing::DataAction | Standing::NotRecorded)
    }

    /// Returns what is known of the operation of a name.
    pub(super) fn of(name: &str) -> Standing {
        match operation::known(name) {
            Some(known) => Standing::of_known(known),
            None if Verb::of(name) == Verb::Read => Standing::Read,
            None if is_of_data(name) => Standing::DataAction,
            None => Standing::Unknown,
        }
    }

    fn of_known(known: Known) -> Standing {
        match (known.logged, known.plane) {
            (Logged::Yes, _) => Standing::Recorded,
            // What has a category of its own has it for its events.
            (Logged::Maybe, _) if category_of(&fold(known.operation)) != ADMINISTRATIVE => {
                Standing::Recorded
            }
            (Logged::Maybe, _) if is_of_data(known.operation) => Standing::DataAction,
            (Logged::Maybe, _) => Standing::Perhaps,
            (Logged::No, Plane::Data) => Standing::DataAction,
            _ if Verb::of(known.operation) == Verb::Read => Standing::Read,
            _ => Standing::NotRecorded,
        }
    }
}

/// Types of which every operation whose plane is known is a data action.
static TYPES_OF_DATA: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut types: BTreeMap<String, bool> = BTreeMap::new();
    for known in operation::known_operations().filter(|known| known.plane != Plane::Unknown) {
        let Some(kind) = type_of(known.operation) else { continue };
        *types.entry(kind.to_ascii_lowercase()).or_insert(true) &= known.plane == Plane::Data;
    }
    types.into_iter().filter(|(_, is_data)| *is_data).map(|(kind, _)| kind).collect()
});

/// Whether all that is known of the type of an operation are data actions.
fn is_of_data(name: &str) -> bool {
    type_of(name).is_some_and(|kind| TYPES_OF_DATA.contains(&kind.to_ascii_lowercase()))
}

/// The provider and type of an operation: all before its verb, of an action all before the action's name.
fn type_of(name: &str) -> Option<&str> {
    let (before, _) = name.rsplit_once('/')?;
    let kind = match Verb::of(name) {
        Verb::Action => before.rsplit_once('/')?.0,
        _ => before,
    };
    kind.contains('/').then_some(kind)
}

/// An operation of the catalogue.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) folded: Cow<'static, str>,
    pub(super) standing: Standing,
}

static CATALOGUE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let entry = |known: Known| Entry {
        name: known.operation,
        folded: fold(known.operation),
        standing: Standing::of_known(known),
    };
    operation::known_operations().map(entry).collect()
});

/// Returns every operation of the catalogue.
pub(super) fn catalogue() -> &'static [Entry] {
    &CATALOGUE
}

/// A log beside those of subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Log {
    /// The tenant's own.
    Tenant,
    /// That of management groups.
    ManagementGroups,
}

impl Log {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Log::Tenant => "the tenant-level (directory) Activity Log",
            Log::ManagementGroups => "the Activity Log of management groups",
        }
    }
}

/// How the names of operations begin that no log of a subscription holds.
const LOGS: &[(&str, Log)] = &[
    ("microsoft.authorization/elevateaccess/", Log::Tenant),
    ("microsoft.aadiam/", Log::Tenant),
    ("microsoft.adhybridhealthservice/", Log::Tenant),
    ("microsoft.management/managementgroups/", Log::ManagementGroups),
];

/// The category of most operations.
const ADMINISTRATIVE: &str = "administrative";

/// How the names of operations begin whose events are of another category than administrative.
const CATEGORIES: &[(&str, &str)] = &[
    ("microsoft.authorization/policies/", "policy"),
    ("microsoft.insights/autoscalesettings/scale", "autoscale"),
    ("microsoft.resourcehealth/healthevent/", "resource_health"),
    ("microsoft.security/locations/alerts/activate/", "security"),
    ("microsoft.servicehealth/", "service_health"),
];

/// Returns the log that alone holds an operation, given in lower case; `None` for logs of subscriptions.
pub(super) fn log_of(folded: &str) -> Option<Log> {
    LOGS.iter().find(|(start, _)| folded.starts_with(start)).map(|(_, log)| *log)
}

/// Returns the category of the events of an operation, given in lower case.
pub(super) fn category_of(folded: &str) -> &'static str {
    let known = CATEGORIES.iter().find(|(start, _)| folded.starts_with(start));
    known.map_or(ADMINISTRATIVE, |(_, category)| category)
}

/// Returns the one operation that a test asks for; `None` for a test of many.
pub(super) fn literal(test: &Test) -> Option<&str> {
    match &test.matcher {
        Matcher::Pattern(pattern) => match pattern.pieces() {
            [Piece::Text(name)] => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Returns what a test asks of an operation's name, as a rule would write it.
pub(super) fn written(test: &Test) -> Option<String> {
    match &test.matcher {
        Matcher::Pattern(pattern) => Some(written_pattern(pattern)),
        Matcher::Regex(regex) => Some(format!("/{}/", regex.as_str())),
        _ => None,
    }
}

fn written_pattern(pattern: &Pattern) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => match operation::known(text) {
            Some(known) => known.operation.to_owned(),
            None => text.clone(),
        },
        Piece::Any => "*".to_owned(),
        Piece::One => "?".to_owned(),
    };
    pattern.pieces().iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_recorded_or_not_or_unknown() {
        for (name, standing) in [
            ("MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE", Standing::Recorded),
            ("microsoft.compute/virtualmachines/read", Standing::Read),
            ("Nonesuch/things/read", Standing::Read),
            ("Nonesuch/things/write", Standing::Unknown),
            // Only other operations of these types are known: data actions all, or not.
            ("Microsoft.Kubernetes/connectedClusters/batch/cronjobs/write", Standing::DataAction),
            (
                "Microsoft.Kubernetes/connectedClusters/serviceaccounts/x/action",
                Standing::DataAction,
            ),
            ("Microsoft.Kubernetes/connectedClusters/networking.k8s.io/networkpolicies/write", {
                Standing::DataAction
            }),
            ("Microsoft.Kubernetes/connectedClusters/secrets/write", Standing::Perhaps),
            ("Microsoft.Authorization/policies/deployIfNotExists/action", Standing::Recorded),
            ("Microsoft.KeyVault/vaults/keys/nonesuch", Standing::Unknown),
            ("Microsoft.KeyVault/vaults/secrets/getSecret/action", Standing::DataAction),
        ] {
            assert_eq!(Standing::of(name), standing, "{name}");
        }
    }

    #[test]
    fn every_beginning_is_that_of_a_known_operation() {
        let starts = LOGS.iter().map(|(start, _)| start);
        for start in starts.chain(CATEGORIES.iter().map(|(start, _)| start)) {
            let known = catalogue().iter().any(|entry| entry.folded.starts_with(start));
            // What the platform does of itself is in no catalogue of operations, and still in the log.
            let of_itself = start.contains("health") || start.contains("/autoscalesettings/scale");
            assert!(known || of_itself, "{start}");
        }
    }
}
