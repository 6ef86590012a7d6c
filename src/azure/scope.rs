//! How wide a scope is, and which resources hang on the scope in front of them.

/// Namespaces and types that always hang on the scope in front of them; no type means all.
const EXTENSIONS: &[(&str, Option<&str>)] = &[
    ("microsoft.advisor", Some("recommendations")),
    ("microsoft.authorization", None),
    ("microsoft.blueprint", None),
    ("microsoft.consumption", None),
    ("microsoft.costmanagement", None),
    ("microsoft.insights", Some("diagnosticsettings")),
    ("microsoft.maintenance", Some("configurationassignments")),
    ("microsoft.managedservices", None),
    ("microsoft.policyinsights", None),
    ("microsoft.quota", None),
    ("microsoft.resources", Some("links")),
    ("microsoft.resources", Some("tags")),
    ("microsoft.security", Some("alertssuppressionrules")),
    ("microsoft.security", Some("assessments")),
    ("microsoft.security", Some("defenderforstoragesettings")),
    ("microsoft.security", Some("pricings")),
    ("microsoft.security", Some("securitycontacts")),
    ("microsoft.security", Some("settings")),
];

/// How wide a scope is, widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeLevel {
    /// The whole tenant.
    Root,
    /// A management group.
    ManagementGroup,
    /// A subscription.
    Subscription,
    /// A resource group.
    ResourceGroup,
    /// One resource, of any kind and depth.
    Resource,
}

impl ScopeLevel {
    /// Returns the word that reports use for the level.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::ManagementGroup => "management_group",
            Self::Subscription => "subscription",
            Self::ResourceGroup => "resource_group",
            Self::Resource => "resource",
        }
    }
}

/// Whether a resource of this namespace and first type always hangs on the scope in front of
/// it, whatever that scope is.
pub(super) fn hangs_on_scope(namespace: &str, kind: &str) -> bool {
    EXTENSIONS.iter().any(|(owner, only)| {
        namespace.eq_ignore_ascii_case(owner)
            && only.is_none_or(|only| kind.eq_ignore_ascii_case(only))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_level_comes_first() {
        assert!(ScopeLevel::Root < ScopeLevel::ManagementGroup);
        assert!(ScopeLevel::Subscription < ScopeLevel::ResourceGroup);
        assert!(ScopeLevel::ResourceGroup < ScopeLevel::Resource);
    }

    #[test]
    fn extension_types_are_listed_once_in_lower_case() {
        assert!(EXTENSIONS.windows(2).all(|pair| pair[0] < pair[1]));
        let folded = |text: &str| !text.bytes().any(|byte| byte.is_ascii_uppercase());
        assert!(EXTENSIONS.iter().all(|(owner, only)| folded(owner) && only.is_none_or(folded)));
    }

    #[test]
    fn only_the_listed_type_of_a_namespace_hangs_on_its_scope() {
        assert!(hangs_on_scope("Microsoft.Authorization", "locks"));
        assert!(hangs_on_scope("MICROSOFT.INSIGHTS", "DIAGNOSTICSETTINGS"));
        assert!(!hangs_on_scope("Microsoft.Insights", "activityLogAlerts"));
        assert!(!hangs_on_scope("Microsoft.Compute", "virtualMachines"));
    }
}
