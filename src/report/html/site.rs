//! The pages of a case, their file names, and what they look up in the report.

use hashbrown::HashMap;
use hashbrown::HashSet;
use std::collections::BTreeSet;

use crate::base::hash::content_id;
use crate::investigation::Records;
use crate::investigation::model::Alert;
use crate::investigation::model::Finding;
use crate::investigation::model::IamChange;
use crate::investigation::model::Machine;
use crate::investigation::model::Report;
use crate::investigation::model::Residue;
use crate::investigation::model::Subscription;
use crate::investigation::model::User;
use crate::report::html::veil::Cover;
use crate::report::html::veil::Veil;

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
    pub(super) findings: HashMap<&'r str, Vec<&'r Finding>>,
    /// Their groups, as triage files name these, by rule and principal.
    groups: HashMap<Group<'r>, String>,
    /// The alerts by id.
    pub(super) alerts: HashMap<&'r str, &'r Alert>,
    /// The users by id.
    pub(super) users: HashMap<&'r str, &'r User>,
    /// The pages of users by the ids of these.
    pub(super) user_pages: HashMap<&'r str, String>,
    /// The pages of subscriptions by the ids of these.
    pub(super) subscription_pages: HashMap<&'r str, String>,
    /// The places of subscriptions in the report.
    places: HashMap<&'r str, usize>,
    /// The machines by the subscription that they are in.
    machines: HashMap<&'r str, Vec<&'r Machine>>,
    /// Changes of rights by the users who made them or gained by them.
    changes: HashMap<&'r str, Vec<Change<'r>>>,
    /// Resources by the users who made them.
    residue: HashMap<&'r str, Vec<(&'r str, &'r Residue)>>,
    /// What the pages of single subscriptions may not name of others.
    pub(super) veil: Option<Veil>,
    /// Ids of the rules that the report explains.
    pub(super) rules: HashSet<&'r str>,
    /// The original text of some records, by event.
    pub(super) records: &'r Records,
    /// Its events; nearly every look-up finds none.
    pub(super) recorded: HashSet<&'r str>,
    /// Names the case, for what a browser keeps of it.
    pub(super) key: String,
}

/// What the findings of one group have in common: a rule and a principal, by id.
type Group<'r> = (&'r str, Option<&'r str>);

/// A change of rights, with the subscription it is of.
pub(super) type Change<'r> = (Option<&'r str>, &'r IamChange);

impl<'r> Site<'r> {
    /// Names the pages of a report.
    pub fn new(report: &'r Report, records: &'r Records) -> Self {
        let users = report.users.iter().filter(|user| has_page(user)).map(|user| &*user.id);
        let subscriptions = report.subscriptions.iter().map(|entry| &*entry.id);
        let mut findings: HashMap<&str, Vec<&Finding>> = HashMap::new();
        let mut groups: HashMap<Group<'_>, String> = HashMap::new();
        for finding in &report.findings {
            findings.entry(&finding.id).or_default().push(finding);
            groups.entry(group(finding)).or_insert_with(|| finding.group_id());
        }
        let mut residue: HashMap<&str, Vec<_>> = HashMap::new();
        for (id, left) in all_residue(report) {
            if let Some(by) = left.created_by.as_deref() {
                residue.entry(by).or_default().push((id, left));
            }
        }
        let mut machines: HashMap<&str, Vec<&Machine>> = HashMap::new();
        for machine in &report.virtual_machines {
            let own = machines.entry(machine.subscription_id.as_deref().unwrap_or_default());
            own.or_default().push(machine);
        }
        let places = report.subscriptions.iter().zip(0..);
        Site {
            report,
            findings,
            groups,
            alerts: report.alerts.iter().map(|alert| (&*alert.id, alert)).collect(),
            users: report.users.iter().map(|user| (&*user.id, user)).collect(),
            user_pages: name_pages("users", users),
            subscription_pages: name_pages("subscriptions", subscriptions),
            places: places.map(|(entry, place)| (&*entry.id, place)).collect(),
            machines,
            changes: changes_by_user(report),
            residue,
            veil: Veil::new(report),
            rules: report.rules.iter().map(|rule| &*rule.id).collect(),
            records,
            recorded: records.keys().map(String::as_str).collect(),
            key: key(report),
        }
    }

    /// Returns the id of a finding's group.
    /// Returns a finding by its id.
    pub(super) fn finding(&self, id: &str) -> Option<&'r Finding> {
        self.findings.get(id).and_then(|same| same.first()).copied()
    }

    pub(super) fn group_of(&self, finding: &'r Finding) -> &str {
        self.groups.get(&group(finding)).map_or("", String::as_str)
    }

    /// Lists the users that have a page, in the order of the report.
    pub(super) fn users(&self) -> impl Iterator<Item = (&str, &'r User)> {
        let page = |user: &'r User| Some((self.user_pages.get(&*user.id)?.as_str(), user));
        self.report.users.iter().filter_map(page)
    }

    /// Lists the subscriptions with their pages, in the order of the report.
    pub(super) fn subscriptions(&self) -> impl Iterator<Item = (&str, &'r Subscription)> {
        let page = |entry: &'r Subscription| {
            Some((self.subscription_pages.get(&*entry.id)?.as_str(), entry))
        };
        self.report.subscriptions.iter().filter_map(page)
    }

    /// Returns what the page of a subscription may not name; `None` where there is no other.
    pub(super) fn cover_of(&self, entry: &Subscription) -> Option<Cover<'_>> {
        let place = *self.places.get(&*entry.id)?;
        self.veil.as_ref().map(|veil| veil.over(place))
    }

    /// Lists the machines in a subscription.
    pub(super) fn machines_of(&self, entry: &Subscription) -> &[&'r Machine] {
        self.machines.get(&*entry.id).map_or(&[], Vec::as_slice)
    }

    /// Lists the changes of rights that a user made or gained by.
    pub(super) fn changes_of(&self, user: &User) -> &[Change<'r>] {
        self.changes.get(&*user.id).map_or(&[], Vec::as_slice)
    }

    /// Lists the resources that a user made.
    pub(super) fn residue_of(&self, user: &User) -> &[(&'r str, &'r Residue)] {
        self.residue.get(&*user.id).map_or(&[], Vec::as_slice)
    }
}

fn group(finding: &Finding) -> Group<'_> {
    (&finding.rule.id, finding.principal.as_deref())
}

/// Lists the changes of rights of all subscriptions, and those above them.
pub(super) fn all_changes(report: &Report) -> impl Iterator<Item = Change<'_>> {
    let tenant = report.tenant_iam_changes.iter().map(|change| (None, change));
    report.subscriptions.iter().flat_map(changes_in).chain(tenant)
}

/// Lists the changes of rights of a subscription.
pub(super) fn changes_in(entry: &Subscription) -> impl Iterator<Item = Change<'_>> {
    entry.iam_changes.iter().map(|change| (Some(&*entry.id), change))
}

/// Lists the changes of rights that were asked for and not seen to be given.
pub(super) fn all_attempts(report: &Report) -> impl Iterator<Item = Change<'_>> {
    let tenant = report.tenant_iam_attempts.iter().map(|change| (None, change));
    report.subscriptions.iter().flat_map(attempts_in).chain(tenant)
}

/// Lists those of a subscription.
pub(super) fn attempts_in(entry: &Subscription) -> impl Iterator<Item = Change<'_>> {
    entry.iam_attempts.iter().map(|change| (Some(&*entry.id), change))
}

/// Lists the resources left behind, in all subscriptions and outside of them.
pub(super) fn all_residue(report: &Report) -> impl Iterator<Item = (&str, &Residue)> {
    let tenant = report.tenant_residue.iter().map(|left| ("", left));
    tenant.chain(report.subscriptions.iter().flat_map(residue_in))
}

/// Lists the resources left behind in a subscription.
pub(super) fn residue_in(entry: &Subscription) -> impl Iterator<Item = (&str, &Residue)> {
    entry.residue.iter().map(|left| (&*entry.id, left))
}

/// Returns a name of the case: the same for the same evidence, rules and triage file.
fn key(report: &Report) -> String {
    let triage = report.triage.as_ref().map_or("", |triage| &triage.sha256);
    let files = report.evidence.files.iter().filter_map(|file| file.sha256.as_deref());
    let all: Vec<&str> = files.chain([&*report.tool.rules.sha256, triage]).collect();
    content_id('c', &all)
}

fn changes_by_user(report: &Report) -> HashMap<&str, Vec<Change<'_>>> {
    let object_ids =
        report.users.iter().filter_map(|user| Some((user.object_id.as_deref()?, user)));
    let by_object_id: HashMap<&str, &User> = object_ids.collect();
    let mut changes: HashMap<&str, Vec<Change<'_>>> = HashMap::new();
    for (id, change) in all_changes(report) {
        let principal = change.principal.as_deref();
        let user = principal.and_then(|id| by_object_id.get(id)).map(|user| &*user.id);
        let who: BTreeSet<&str> =
            [change.by.as_deref(), principal, user].into_iter().flatten().collect();
        for user in who {
            changes.entry(user).or_default().push((id, change));
        }
    }
    changes
}

/// Tells whether a user is worth a page.
fn has_page(user: &User) -> bool {
    !user.findings.is_empty() || !user.alerts.is_empty() || user.delegated_access
}

/// Names one file a key: safe on every system, different even where letter case is ignored.
fn name_pages<'k>(folder: &str, keys: impl Iterator<Item = &'k str>) -> HashMap<&'k str, String> {
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
