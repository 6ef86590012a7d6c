//! What follows from the type of an alert, or leads to it.

use crate::azure::alert_type::{self, Family};

/// How alert types outside the catalogue begin, and the plan that raises them.
const PLANS: &[(&str, &str)] = &[
    ("sql", "sql"),
    ("k8s", "containers"),
    ("appservices", "appservice"),
    ("azuredns", "dns"),
    ("api_", "apis"),
    ("network_", "servers"),
];

/// Returns the one type that has this title, of which samples and previews say so in front or behind.
pub(super) fn type_of(title: &str) -> Option<&'static str> {
    let title = title.trim_start_matches("[sample alert]").trim_start();
    let title = title.trim_start_matches("preview - ").trim_end_matches("(preview)").trim();
    let mut found =
        alert_type::all().iter().filter(|kind| kind.title.to_lowercase() == title).map(|k| k.id);
    found.next().filter(|_| found.next().is_none())
}

/// Returns the short name of the plan that raises alerts of a type.
pub(super) fn plan(id: &str) -> Option<&'static str> {
    let known = alert_type::by_id(id).map(|kind| kind.family).or_else(|| Family::of(id));
    let id = id.to_ascii_lowercase();
    let other = || PLANS.iter().find(|(start, _)| id.starts_with(start)).map(|(_, plan)| *plan);
    known.map(Family::plan).or_else(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_leads_to_its_type_through_what_is_put_around_it() {
        let mut unique = alert_type::all().iter().filter(|kind| {
            alert_type::all().iter().filter(|k| k.title.eq_ignore_ascii_case(kind.title)).count()
                == 1
        });
        let kind = unique.next().unwrap();
        let title = kind.title.to_lowercase();
        for text in [title.clone(), format!("[sample alert] {title} (preview)")] {
            assert_eq!(type_of(&text), Some(kind.id));
        }
        assert_eq!(type_of("no such title"), None);
    }

    #[test]
    fn plans_are_known_beyond_the_catalogue() {
        assert_eq!(plan("ARM_Something"), Some("arm"));
        assert_eq!(plan("SQL.DB_BruteForce"), Some("sql"));
        assert_eq!(plan("K8S_ExposedDashboard"), Some("containers"));
        assert_eq!(plan("Unheard"), None);
    }
}
