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
