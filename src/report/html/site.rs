//! The pages of a case, their file names, and the links between them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::base::hash::content_id;
use crate::investigation::model::Alert;
use crate::investigation::model::Finding;
use crate::investigation::model::Report;
use crate::investigation::model::Subscription;
use crate::investigation::model::User;
use crate::report::html::piece::Piece;

/// Bytes of an id that a file name keeps.
const NAME: usize = 60;
/// Names that Windows gives to devices, whatever follows a full stop.
const DEVICES: &[&str] = &[
    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7",
    "com8", "com9", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Knows every page, and what the pages say about each other.
pub struct Site<'r> {
    /// What the pages are about.
    pub(super) report: &'r Report,
    /// The findings by id.
    pub(super) findings: BTreeMap<&'r str, Vec<&'r Finding>>,
    alerts: BTreeMap<&'r str, &'r Alert>,
    users: BTreeMap<&'r str, &'r User>,
    user_pages: BTreeMap<&'r str, String>,
    subscription_pages: BTreeMap<&'r str, String>,
}

impl<'r> Site<'r> {
    /// Names the pages of a report.
    pub fn new(report: &'r Report) -> Self {
        let users = report.users.iter().filter(|user| has_page(user)).map(|user| user.id.as_str());
        let subscriptions = report.subscriptions.iter().map(|entry| entry.id.as_str());
        let mut findings: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in &report.findings {
            findings.entry(&finding.id).or_default().push(finding);
        }
        Site {
            report,
            findings,
            alerts: report.alerts.iter().map(|alert| (alert.id.as_str(), alert)).collect(),
            users: report.users_by_id(),
            user_pages: name_pages("users", users),
            subscription_pages: name_pages("subscriptions", subscriptions),
        }
    }

    /// Lists the users that have a page, in the order of the report.
    pub(super) fn users(&self) -> impl Iterator<Item = (&str, &'r User)> {
        let page = |user: &'r User| Some((self.user_pages.get(user.id.as_str())?.as_str(), user));
        self.report.users.iter().filter_map(page)
    }

    /// Lists the subscriptions with their pages, in the order of the report.
    pub(super) fn subscriptions(&self) -> impl Iterator<Item = (&str, &'r Subscription)> {
        let page = |entry: &'r Subscription| {
            Some((self.subscription_pages.get(entry.id.as_str())?.as_str(), entry))
        };
        self.report.subscriptions.iter().filter_map(page)
    }
}

/// Tells whether a user is worth a page.
fn has_page(user: &User) -> bool {
    !user.findings.is_empty() || !user.alerts.is_empty() || user.delegated_access
}

/// Writes links from one page.
#[derive(Clone, Copy)]
pub(super) struct Links<'s, 'r> {
    /// What there is to link to.
    pub(super) site: &'s Site<'r>,
    /// The way from the page to the root of the case.
    pub(super) root: &'static str,
}

impl<'r> Links<'_, 'r> {
    /// Returns the address of a file of the case.
    pub(super) fn to(&self, file: &str) -> String {
        format!("{}{file}", self.root)
    }

    /// Returns the address of a place on the main page.
    pub(super) fn main(&self, anchor: &str) -> String {
        if self.root.is_empty() {
            format!("#{anchor}")
        } else {
            self.to(&format!("report.html#{anchor}"))
        }
    }

    /// Returns the name of a user, linked to the user's page where there is one.
    pub(super) fn user(&self, id: &str) -> Piece {
        let name = self.site.users.get(id).map_or_else(|| id.to_owned(), |user| short_label(user));
        match self.site.user_pages.get(id) {
            Some(page) => Piece::Link { text: name, href: self.to(page) },
            None => Piece::Text(name),
        }
    }

    /// Returns the name of a user that may be unknown.
    pub(super) fn user_or_unknown(&self, id: Option<&str>) -> Piece {
        id.map_or_else(|| Piece::Text("unknown".into()), |id| self.user(id))
    }

    /// Returns the id of a subscription, linked to its page.
    pub(super) fn subscription(&self, id: &str) -> Piece {
        match self.site.subscription_pages.get(id) {
            Some(page) => Piece::Link { text: id.to_owned(), href: self.to(page) },
            None => Piece::Text(id.to_owned()),
        }
    }

    /// Returns a finding's title, linked to its row on the main page.
    pub(super) fn finding(&self, id: &str) -> Piece {
        match self.site.findings.get(id).and_then(|same| same.first()) {
            Some(finding) => {
                Piece::Link { text: finding.title.clone(), href: self.main(&finding_anchor(id)) }
            }
            None => Piece::Code(id.to_owned()),
        }
    }

    /// Returns an alert's title, linked to its row on the main page.
    pub(super) fn alert(&self, id: &str) -> Piece {
        match self.site.alerts.get(id) {
            Some(alert) => {
                Piece::Link { text: alert.title.clone(), href: self.main(&alert_anchor(id)) }
            }
            None => Piece::Code(id.to_owned()),
        }
    }

    /// Returns the alerts of some ids, each id once, by id.
    pub(super) fn alerts_of(&self, ids: &[String]) -> Vec<&'r Alert> {
        let ids: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        ids.iter().filter_map(|id| self.site.alerts.get(id).copied()).collect()
    }

    /// Returns the findings of some ids, each id once, in their order.
    pub(super) fn findings_of(&self, ids: &[String]) -> Vec<&'r Finding> {
        let mut seen = BTreeSet::new();
        ids.iter()
            .filter(|id| seen.insert(id.as_str()))
            .filter_map(|id| self.site.findings.get(id.as_str()))
            .flatten()
            .copied()
            .collect()
    }
}

/// Returns a user's name, with the id behind it where that is a readable one.
fn short_label(user: &User) -> String {
    let name = user.name.trim();
    if name.is_empty() { user.id.clone() } else { name.to_owned() }
}

/// Returns where a finding stands on a page.
pub(super) fn finding_anchor(id: &str) -> String {
    content_id('f', &[id])
}

/// Returns where an alert stands on a page.
pub(super) fn alert_anchor(id: &str) -> String {
    content_id('a', &[id])
}

/// Returns where a user stands on the main page.
pub(super) fn user_anchor(id: &str) -> String {
    content_id('u', &[id])
}

/// Names one file a key: safe on every system, different even where letter case is ignored.
fn name_pages<'k>(folder: &str, keys: impl Iterator<Item = &'k str>) -> BTreeMap<&'k str, String> {
    let mut taken = BTreeSet::new();
    let keys: BTreeSet<&str> = keys.collect();
    let mut name_one = |key| {
        let stem = file_stem(key);
        let mut name = stem.clone();
        // A name is made from a short hash, and whoever writes logs may look for a second key to it.
        for number in 2_u64.. {
            if taken.insert(name.clone()) {
                break;
            }
            name = format!("{stem}~{number}");
        }
        (key, format!("{folder}/{name}.html"))
    };
    keys.into_iter().map(&mut name_one).collect()
}

/// Returns the key where it is a safe file name, else what is safe of it and a hash of the whole.
///
/// No safe key holds `~`, so that no key takes the name of another.
fn file_stem(key: &str) -> String {
    let is_safe = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '@' | '.' | '_' | '-');
    let is_device = DEVICES.contains(&key.split('.').next().unwrap_or_default());
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let is_plain = key.len() <= NAME && key.chars().all(is_safe) && !is_device;
    if is_plain && ends(key.chars().next()) && ends(key.chars().next_back()) {
        return key.to_owned();
    }
    let kept: String =
        key.to_ascii_lowercase().chars().filter(|c| is_safe(*c)).take(NAME).collect();
    format!(
        "{}~{}",
        kept.trim_matches(|c: char| !c.is_ascii_alphanumeric()),
        content_id('x', &[key])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe_whatever_the_id() {
        assert_eq!(file_stem("ann.lee@contoso.com"), "ann.lee@contoso.com");
        let long = "x".repeat(5000);
        for evil in [
            "../../etc/passwd",
            "con",
            "nul.txt",
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "a:b",
            "a?b",
            "a\0",
            "Ann",
            "東京",
            "a.",
            " a",
            "-rf",
            "a%2fb",
            "a#b",
            long.as_str(),
        ] {
            let name = file_stem(evil);
            assert!(name.contains('~') && name.len() < 100, "{evil:?} {name}");
            assert!(
                name.chars().all(|c| c.is_ascii_alphanumeric() || "@._~-".contains(c)),
                "{name}"
            );
            assert!(!name.starts_with(['.', '-']) && !name.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn no_two_pages_share_a_name() {
        let copy = file_stem("Ann");
        let keys = ["ann", "Ann", "ANN", "a/nn", copy.as_str(), "an\u{202e}n"];
        let pages = name_pages("users", keys.into_iter());
        let names: BTreeSet<String> = pages.values().map(|name| name.to_lowercase()).collect();
        assert_eq!(names.len(), keys.len(), "{pages:?}");
    }
}
