//! What the page of one subscription may not name: other subscriptions, what lies in them, and who acts only there.
//!
//! Such a page is sent to the owner of its subscription. Its lists hold what belongs there; its sentences
//! may speak of more, so every text of the page passes the veil on its way out. Ids and full names are found
//! in any text and in any letter case. A name that is a short word, such as `Kim`, may mean something else in a
//! sentence: it is hidden where the page says who did something, and in the words of a product about an alert.

mod finder;
mod fold;
mod names;

use std::borrow::Cow;
use std::collections::BTreeSet;

use hashbrown::HashMap;

use crate::investigation::model::Report;
use crate::report::html::veil::finder::Finder;
use crate::report::html::veil::fold::Folded;
use crate::report::html::veil::names::Names;

/// What a name belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Subscription,
    User,
    Resource,
}

impl Kind {
    /// What stands in the place of a name that is hidden.
    fn instead(self) -> &'static str {
        match self {
            Kind::Subscription => "another subscription",
            Kind::User => "somebody else",
            Kind::Resource => "something elsewhere",
        }
    }
}

/// A name, and the subscriptions whose pages may show it, by their places in the report.
#[derive(Debug)]
struct Name {
    kind: Kind,
    /// In order.
    shown: Vec<usize>,
}

/// Names, and where they stand in a text.
#[derive(Debug, Default)]
struct Known {
    finder: Finder,
    /// By the places that the finder gave them.
    names: Vec<Name>,
}

/// Knows every name, and on which pages it may stand.
#[derive(Debug)]
pub(super) struct Veil {
    /// Without letter case.
    known: Known,
    /// Names that are short words, as they are written.
    words: Known,
    /// The subscriptions whose pages may name a user, by id or object id.
    users: HashMap<String, BTreeSet<usize>>,
    /// The paths of the subscriptions, by their places in the report.
    paths: Vec<String>,
}

/// Covers the texts of one page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cover<'v> {
    veil: &'v Veil,
    /// The subscription of the page, by its place in the report.
    own: usize,
}

impl Veil {
    /// Gathers the names of a report; `None` where there is but one subscription, or none.
    pub(super) fn new(report: &Report) -> Option<Veil> {
        if report.subscriptions.len() < 2 {
            return None;
        }
        let mut names = Names::new(report);
        names.add_subscriptions();
        names.add_users();
        names.add_resources();
        Some(names.finish())
    }

    /// Returns the cover of the page of a subscription.
    pub(super) fn over(&self, own: usize) -> Cover<'_> {
        Cover { veil: self, own }
    }
}

impl Cover<'_> {
    /// Returns a text without the names that the page may not show.
    pub(super) fn over<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.lies_here(text) {
            return Cow::Borrowed(text);
        }
        self.hide(&self.veil.known, text, &Folded::new(text))
    }

    /// Returns a text that people wrote, also without names that are short words.
    pub(super) fn over_prose(&self, text: &str) -> String {
        let text = self.over(text);
        self.hide(&self.veil.words, &text, &Folded::as_given(&text)).into_owned()
    }

    /// Returns what the page says instead of the name of a user, if it may not name the user.
    pub(super) fn instead_of_user(&self, id: &str) -> Option<&'static str> {
        let may = match self.veil.users.get(id) {
            Some(shown) => shown.contains(&self.own),
            None => self.passes(id),
        };
        (!may).then_some(Kind::User.instead())
    }

    fn hide<'t>(&self, known: &Known, text: &'t str, folded: &Folded<'_>) -> Cow<'t, str> {
        let mut out = String::new();
        let (mut done, mut from) = (0, 0);
        while let Some((start, end, place)) = known.finder.next(&folded.text, from) {
            from = end;
            let name = &known.names[place];
            if name.shown.binary_search(&self.own).is_ok() {
                continue;
            }
            let (mut start, mut end) = (folded.start(start), folded.end(end));
            // The rest of a path would tell what lies there.
            if name.kind == Kind::Subscription && text[..start].ends_with('/') {
                (start, end) = whole_path(text, start, end);
            }
            if end <= done {
                continue;
            }
            out.push_str(&text[done..start.max(done)]);
            out.push_str(name.kind.instead());
            done = end;
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[done..]);
        Cow::Owned(out)
    }

    /// Tells whether a text is nothing but the id of something in the subscription; most texts are.
    fn lies_here(&self, text: &str) -> bool {
        let path = &self.veil.paths[self.own];
        let begins = text.get(..path.len()).is_some_and(|own| own.eq_ignore_ascii_case(path));
        // What goes on behind the id may be about anything.
        begins
            && !text.bytes().any(|byte| byte.is_ascii_whitespace() || b",;'\"()|".contains(&byte))
    }

    /// Whether a text names nothing that the page may not show.
    pub(super) fn passes(&self, text: &str) -> bool {
        matches!(self.over(text), Cow::Borrowed(_))
    }
}

/// Returns where the path begins and ends that holds a part of a text.
fn whole_path(text: &str, start: usize, end: usize) -> (usize, usize) {
    let parts = |c: char| c.is_whitespace() || ",;\"'()[]{}<>|`".contains(c);
    let first = text[..start]
        .rfind(parts)
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    (first, text[end..].find(parts).map_or(text.len(), |at| end + at))
}

#[cfg(test)]
mod tests;
