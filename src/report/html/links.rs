//! Links between the pages of a case, and places on them.

use hashbrown::HashSet;
use std::collections::BTreeSet;
use std::ops::Deref;

use crate::base::hash::content_id;
use crate::base::text::shorten_middle;
use crate::investigation::model::Alert;
use crate::investigation::model::Finding;
use crate::investigation::model::User;
use crate::report::html::piece::Cell;
use crate::report::html::site::Site;
use crate::report::html::table::Bound;
use crate::report::html::table::Column;
use crate::report::html::table::Table;
use crate::report::html::veil::Cover;

/// Columns of the title of an alert in a link to it.
const TITLE: usize = 120;
/// Bytes of an id that a place keeps.
const NAME: usize = 60;

/// Writes links from one page.
#[derive(Clone, Copy)]
pub(super) struct Links<'s, 'r> {
    /// What there is to link to.
    pub(super) site: &'s Site<'r>,
    /// The way from the page to the root of the case.
    pub(super) root: &'static str,
    /// The subscription that the page may tell of, where it is sent to people who may see no other.
    pub(super) only: Option<&'r str>,
    /// What such a page may not name.
    pub(super) cover: Option<Cover<'s>>,
}

impl<'r> Links<'_, 'r> {
    /// Returns the address of a file of the case.
    pub(super) fn to(&self, file: &str) -> String {
        let mut address = String::new();
        self.push_to(file, &mut address);
        address
    }

    /// Appends that address.
    fn push_to(&self, file: &str, out: &mut String) {
        out.push_str(self.root);
        out.push_str(file);
    }

    /// Returns the address of a place on the main page.
    pub(super) fn main(&self, anchor: &str) -> String {
        let mut address = String::new();
        self.push_main(anchor, &mut address);
        address
    }

    /// Appends that address.
    fn push_main(&self, anchor: &str, out: &mut String) {
        if !self.root.is_empty() {
            out.push_str(self.root);
            out.push_str("report.html");
        }
        out.push('#');
        out.push_str(anchor);
    }

    /// Returns a table of the page; `whole` is the file of the case that holds every row.
    pub(super) fn table(
        &self,
        id: &'static str,
        caption: &'static str,
        columns: &'static [Column],
        whole: &'static str,
    ) -> Table {
        let bound = if self.root.is_empty() { Bound::MAIN } else { Bound::ENTITY };
        Table { id, caption, columns, root: self.root, whole, bound }
    }

    /// Returns the name of a user, and the page of the user where there is one.
    pub(super) fn name_of<'n>(&'n self, id: &'n str) -> (&'n str, Option<&'n str>) {
        let name = self.site.users.get(id).map_or(id, |user| short_label(user));
        (name, self.site.user_pages.get(id).map(String::as_str))
    }

    /// Returns the page of a subscription.
    pub(super) fn page_of(&self, id: &str) -> Option<&str> {
        self.site.subscription_pages.get(id).map(String::as_str)
    }

    /// Writes the name of a user, linked to the user's page where there is one.
    pub(super) fn user(&self, id: &str, cell: &mut Cell<'_, '_>) {
        if let Some(instead) = self.cover.and_then(|cover| cover.instead_of_user(id)) {
            cell.text(instead);
            return;
        }
        match self.name_of(id) {
            (name, Some(page)) => cell.link_to(|out| self.push_to(page, out), name),
            (name, None) => cell.text(name),
        };
    }

    /// Writes the name of a user that may be unknown.
    pub(super) fn user_or_unknown(&self, id: Option<&str>, cell: &mut Cell<'_, '_>) {
        match id {
            Some(id) => self.user(id, cell),
            None => {
                cell.text("unknown");
            }
        }
    }

    /// Writes the id of a subscription, linked to its page.
    pub(super) fn subscription(&self, id: &str, cell: &mut Cell<'_, '_>) {
        match self.page_of(id) {
            Some(page) => cell.link_to(|out| self.push_to(page, out), id),
            None => cell.text(id),
        };
    }

    /// Whether the page may tell of what belongs to a subscription, or to none.
    pub(super) fn may_tell(&self, subscription: Option<&str>) -> bool {
        self.only.is_none_or(|only| subscription.is_none_or(|id| id == only))
    }

    /// Tells whether the page may tell of a finding.
    fn may_tell_of(&self, finding: &Finding) -> bool {
        let places = finding.subscriptions();
        places.is_empty() || places.iter().any(|id| self.may_tell(Some(id)))
    }

    /// Whether the page may show a text as it is.
    pub(super) fn may_name(&self, text: &str) -> bool {
        self.cover.is_none_or(|cover| cover.passes(text))
    }

    /// Whether the page may say who a user is.
    pub(super) fn may_name_user(&self, id: &str) -> bool {
        self.cover.is_none_or(|cover| cover.instead_of_user(id).is_none())
    }

    /// Writes a finding's title, linked to its row on the main page.
    pub(super) fn finding(&self, id: &str, cell: &mut Cell<'_, '_>) {
        match self.site.finding(id).filter(|finding| self.may_tell_of(finding)) {
            Some(finding) => {
                let place = finding_anchor(id);
                cell.link_to(|out| self.push_main(&place, out), &finding.rule.title)
            }
            None => cell.code(id),
        };
    }

    /// Writes an alert's title, linked to its row on the main page.
    pub(super) fn alert(&self, id: &str, cell: &mut Cell<'_, '_>) {
        let alert = self.site.alerts.get(id);
        match alert.filter(|alert| self.may_tell(alert.subscription_id.as_deref())) {
            Some(alert) => {
                // The whole title stands where the link leads.
                let title = shorten_middle(&alert.title, TITLE);
                cell.link(&self.main(&alert_anchor(id)), &title)
            }
            None => cell.code(id),
        };
    }

    /// Writes a rule, linked to what it means where the page has that.
    pub(super) fn rule(&self, id: &str, path: &str, cell: &mut Cell<'_, '_>) {
        if self.site.rules.contains(id) {
            // The page of a subscription explains its rules itself: it may be sent alone.
            let place = rule_anchor(id);
            let href = self.only.map_or_else(|| self.main(&place), |_| format!("#{place}"));
            cell.link(&href, "what it means").text(" ");
        }
        cell.words(format_args!("{id} ({path})"));
    }

    /// Writes the id of an event; the script offers its record where the page holds it.
    pub(super) fn event(&self, id: &str, cell: &mut Cell<'_, '_>) {
        if self.site.recorded.contains(id) {
            cell.event(id);
        } else {
            cell.code(id);
        }
    }

    /// Returns the alerts of some ids, each id once, by id.
    pub(super) fn alerts_of<S: Deref<Target = str>>(&self, ids: &[S]) -> Vec<&'r Alert> {
        let ids: BTreeSet<&str> = ids.iter().map(Deref::deref).collect();
        ids.iter().filter_map(|id| self.site.alerts.get(id).copied()).collect()
    }

    /// Returns the findings of some ids, each id once, in their order.
    pub(super) fn findings_of<S: Deref<Target = str>>(&self, ids: &[S]) -> Vec<&'r Finding> {
        let mut seen = HashSet::with_capacity(ids.len());
        ids.iter()
            .map(Deref::deref)
            .filter(|id| ids.len() == 1 || seen.insert(*id))
            .filter_map(|id| self.site.findings.get(id))
            .flatten()
            .copied()
            .collect()
    }
}

/// Returns a user's name, or the id where there is none.
fn short_label(user: &User) -> &str {
    let name = user.name.trim();
    if name.is_empty() { &user.id } else { name }
}

/// Returns where a finding stands on a page.
pub(super) fn finding_anchor(id: &str) -> String {
    anchor('f', id)
}

/// Returns where a case stands on the main page.
pub(super) fn case_anchor(id: &str) -> String {
    anchor('c', id)
}

/// Returns where a virtual machine stands on a page.
pub(super) fn machine_anchor(id: &str) -> String {
    anchor('m', id)
}

/// Returns where a rule stands on a page.
pub(super) fn rule_anchor(id: &str) -> String {
    anchor('r', id)
}

/// Returns where an alert stands on a page.
pub(super) fn alert_anchor(id: &str) -> String {
    anchor('a', id)
}

/// Returns where a user stands on the main page.
pub(super) fn user_anchor(id: &str) -> String {
    anchor('u', id)
}

/// Returns a place that is safe in an address: of a plain id itself, of any other a hash.
fn anchor(kind: char, id: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if (1..=NAME).contains(&id.len()) && id.bytes().all(is_plain) {
        let mut place = String::with_capacity(id.len() + 2);
        place.extend([kind, '-']);
        place.push_str(id);
        place
    } else {
        // No plain id holds a full stop, so that no id takes the place of another.
        format!("{kind}.{}", content_id(kind, &[id]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_safe_in_an_address_and_differ() {
        assert_eq!(anchor('f', "0a1b"), "f-0a1b");
        let evil = ["", "a b", "a\"b", "a#b", "東", &"x".repeat(99), "f.1"];
        let places: BTreeSet<_> = evil.iter().map(|id| anchor('f', id)).collect();
        assert_eq!(places.len(), evil.len());
        for place in places {
            assert!(place.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)));
        }
    }
}
