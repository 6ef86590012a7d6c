//! Categories of the Activity Log, in the spellings of its exports.

/// Spelling as exports write it (compared without case and blanks), canonical name.
const CATEGORIES: &[(&str, &str)] = &[
    ("administrative", "administrative"),
    // Log profiles wrote the verb in place of the category.
    ("write", "administrative"),
    ("delete", "administrative"),
    ("action", "administrative"),
    ("policy", "policy"),
    ("security", "security"),
    ("servicehealth", "service_health"),
    ("resourcehealth", "resource_health"),
    ("alert", "alert"),
    ("autoscale", "autoscale"),
    ("recommendation", "recommendation"),
];

/// Returns the canonical name of a category; `None` for one that the Activity Log does not have.
pub fn canonical(text: &str) -> Option<&'static str> {
    let is = |name: &str| {
        let mut letters = text.bytes().filter(u8::is_ascii_alphanumeric);
        name.bytes().all(|b| letters.next().is_some_and(|l| l.eq_ignore_ascii_case(&b)))
            && letters.next().is_none()
    };
    CATEGORIES.iter().find(|(name, _)| is(name)).map(|(_, canonical)| *canonical)
}

/// How names of operations begin and end that belong to one category alone.
const OF_OPERATIONS: &[(&str, &str, &str)] = &[
    ("microsoft.authorization/policies/", "/action", "policy"),
    // Who dismisses or resolves an alert makes a call like any other.
    ("microsoft.security/locations/alerts/activate/", "action", "security"),
    ("microsoft.servicehealth/", "/action", "service_health"),
    ("microsoft.resourcehealth/healthevent/", "/action", "resource_health"),
    ("microsoft.insights/autoscalesettings/", "/action", "autoscale"),
    ("microsoft.insights/alertrules/", "/action", "alert"),
    ("microsoft.advisor/recommendations/available/", "action", "recommendation"),
    ("microsoft.", "/write", "administrative"),
    ("microsoft.", "/delete", "administrative"),
    ("microsoft.", "/action", "administrative"),
];

/// Returns the category of events of an operation, for exports that leave it out; `None` where its name does not tell.
pub fn of_operation(name: &str) -> Option<&'static str> {
    let begins =
        |start: &str| name.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    let ends = |end: &str| {
        let at = name.len().checked_sub(end.len());
        at.and_then(|at| name.get(at..)).is_some_and(|own| own.eq_ignore_ascii_case(end))
    };
    let found = OF_OPERATIONS.iter().find(|(start, end, _)| begins(start) && ends(end));
    found.map(|(.., category)| *category)
}

/// Yields each spelling of a category, in lower case and without blanks and with them, and its canonical name.
pub fn spellings() -> impl Iterator<Item = (&'static str, &'static str)> {
    CATEGORIES.iter().copied().chain([
        ("service health", "service_health"),
        ("resource health", "resource_health"),
        ("service_health", "service_health"),
        ("resource_health", "resource_health"),
    ])
}

/// Whether a category belongs to the Activity Log.
pub fn is_activity(text: &str) -> bool {
    canonical(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_category_where_the_export_does_not() {
        for (name, category) in [
            ("MICROSOFT.AUTHORIZATION/POLICIES/DENY/ACTION", Some("policy")),
            ("Microsoft.Authorization/policyAssignments/write", Some("administrative")),
            ("Microsoft.Security/locations/alerts/activate/action", Some("security")),
            ("Microsoft.Security/locations/alerts/dismiss/action", Some("administrative")),
            ("Microsoft.Resourcehealth/healthevent/Activated/action", Some("resource_health")),
            ("Microsoft.Insights/AutoscaleSettings/Scaleup/Action", Some("autoscale")),
            ("Microsoft.Insights/AutoscaleSettings/write", Some("administrative")),
            ("Delete Vault", None),
            ("", None),
        ] {
            assert_eq!(of_operation(name), category, "{name}");
        }
    }

    #[test]
    fn spellings_are_folded_and_other_logs_are_not_taken() {
        assert_eq!(canonical("Service Health"), Some("service_health"));
        assert_eq!(canonical("Write"), Some("administrative"));
        assert_eq!(canonical("SignInLogs"), None);
        assert_eq!(canonical("AuditEvent"), None);
        assert_eq!(canonical(""), None);
        for (spelling, name) in spellings() {
            assert_eq!(canonical(spelling), Some(name), "{spelling}");
        }
    }
}
