//! What the page of one subscription may not name: other subscriptions, what lies in them, and who acts only there.
//!
//! Such a page is sent to the owner of its subscription. Its lists hold what belongs there; its sentences
//! may speak of more, so every text of the page passes the veil on its way out.

mod finder;

use std::borrow::Cow;
use std::collections::BTreeSet;

use hashbrown::HashMap;
use hashbrown::HashSet;

use crate::investigation::model::IamChange;
use crate::investigation::model::Report;
use crate::investigation::model::Subscription;
use crate::investigation::model::User;
use crate::investigation::model::UserKind;
use crate::report::html::veil::finder::Finder;

/// Names shorter than this say too little to be hidden.
const SHORT: usize = 4;
/// A name of letters alone is hidden from this length on, where no rule uses the word.
const PLAIN: usize = 6;

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

/// Knows every name, and on which pages it may stand.
#[derive(Debug)]
pub(super) struct Veil {
    finder: Finder,
    names: Vec<Name>,
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
        // The finder takes letters of ASCII in any case, and all others as they stand.
        let lower = text.to_ascii_lowercase();
        let mut out = String::new();
        let (mut done, mut from) = (0, 0);
        while let Some((mut start, mut end, place)) = self.veil.finder.next(&lower, from) {
            from = end;
            let name = &self.veil.names[place];
            if name.shown.binary_search(&self.own).is_ok() {
                continue;
            }
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

    /// Tells whether a text names nothing that the page may not show.
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

/// Names while they are gathered.
struct Names<'r> {
    report: &'r Report,
    finder: Finder,
    found: Vec<Name>,
    /// Places of the subscriptions by id.
    places: HashMap<&'r str, usize>,
    /// Words that rules are told in.
    words: HashSet<String>,
}

impl<'r> Names<'r> {
    fn new(report: &'r Report) -> Self {
        let places = report.subscriptions.iter().enumerate().map(|(at, one)| (&*one.id, at));
        let told = report.rules.iter().filter_map(|rule| rule.description.as_deref());
        let words = told.flat_map(words_of).collect();
        Names {
            report,
            finder: Finder::default(),
            found: Vec::new(),
            places: places.collect(),
            words,
        }
    }

    /// Tells whether a name is no word that the page may use for something else.
    fn is_telling(&self, name: &str) -> bool {
        name.contains(|c: char| !c.is_alphabetic())
            || (name.len() >= PLAIN && !self.words.contains(&name.to_lowercase()))
    }

    fn add(&mut self, kind: Kind, name: &str, shown: impl IntoIterator<Item = usize>) {
        let name = name.trim();
        if name.len() < SHORT {
            return;
        }
        let place = self.finder.add(&name.to_ascii_lowercase());
        if place == self.found.len() {
            self.found.push(Name { kind, shown: Vec::new() });
        }
        let known = &mut self.found[place];
        // A name of two kinds is taken for what was added first.
        if known.kind == kind {
            for own in shown {
                if let Err(at) = known.shown.binary_search(&own) {
                    known.shown.insert(at, own);
                }
            }
        }
    }

    fn add_subscriptions(&mut self) {
        for (at, one) in self.report.subscriptions.iter().enumerate() {
            self.add(Kind::Subscription, &one.id, [at]);
            if let Some(name) = one.name.as_deref().filter(|name| self.is_telling(name)) {
                self.add(Kind::Subscription, name, [at]);
            }
        }
    }

    fn add_users(&mut self) {
        let report = self.report;
        let mut shown: HashMap<&str, BTreeSet<usize>> = HashMap::new();
        for (at, one) in report.subscriptions.iter().enumerate() {
            for user in people(one) {
                shown.entry(user).or_default().insert(at);
            }
        }
        let mut of_place = |subscription: Option<&str>, user: &'r str| {
            if let Some(place) = subscription.and_then(|id| self.places.get(id)) {
                shown.entry(user).or_default().insert(*place);
            }
        };
        for each in &report.findings {
            if let Some(user) = each.principal.as_deref() {
                of_place(each.subscription_id.as_deref(), user);
            }
        }
        for each in &report.alerts {
            each.principals.iter().for_each(|user| of_place(each.subscription_id.as_deref(), user));
        }
        // Services of Microsoft are at work everywhere.
        for user in report.users.iter().filter(|user| user.kind != UserKind::AzureService) {
            let keys = [Some(&*user.id), user.object_id.as_deref()];
            let own: BTreeSet<usize> = keys
                .into_iter()
                .flatten()
                .filter_map(|key| shown.get(key))
                .flatten()
                .copied()
                .collect();
            let name = Some(user.name.trim().to_owned()).filter(|name| self.is_telling(name));
            for name in names_of(user).into_iter().chain(name) {
                self.add(Kind::User, &name, own.iter().copied());
            }
        }
    }

    fn add_resources(&mut self) {
        let report = self.report;
        let entries = || report.subscriptions.iter();
        let found = report.findings.iter().flat_map(|each| &each.resources).map(|id| &**id);
        let alerted = report.alerts.iter().flat_map(|each| &each.resources).map(|id| &**id);
        let left = entries().flat_map(|one| &one.residue).map(|each| &*each.resource_id);
        let ran = entries().flat_map(|one| &one.runbooks).map(|each| &*each.resource_id);
        let lowered = entries().flat_map(|one| &one.defences).map(|each| &*each.resource_id);
        let machines = entries().flat_map(|one| &one.virtual_machines).map(|id| &**id);
        let read = report.users.iter().flat_map(|user| &user.secrets);
        let read = read.map(|each| &*each.resource_id);
        let all = found.chain(alerted).chain(left).chain(ran).chain(lowered).chain(machines);
        let mut seen: HashSet<&str> = HashSet::new();
        for id in all.chain(read).filter(|id| seen.insert(id)) {
            let Some(place) = subscription_of(id).and_then(|id| self.places.get(id).copied())
            else {
                continue;
            };
            // A path ends at a space, which a name may hold.
            if id.contains(' ') {
                self.add(Kind::Resource, id, [place]);
            }
            for name in telling_parts(id) {
                if self.is_telling(name) {
                    self.add(Kind::Resource, name, [place]);
                }
            }
        }
    }

    fn finish(self) -> Veil {
        let ids = self.report.subscriptions.iter().map(|one| &one.id);
        let paths = ids.map(|id| format!("/subscriptions/{id}/")).collect();
        Veil { finder: self.finder, names: self.found, paths }
    }
}

/// Lists who acted in a subscription, or is named by what was done in it, by id or object id.
fn people(one: &Subscription) -> Vec<&str> {
    let mut people: Vec<&str> = one.users.iter().map(|id| &**id).collect();
    let changes = [&one.iam_changes, &one.inherited_iam_changes, &one.iam_attempts];
    people.extend(changes.into_iter().flatten().flat_map(of_change).flatten());
    for given in &one.delegations {
        let ended = given.ended.as_ref().and_then(|ended| ended.by.as_deref());
        people.extend([given.by.as_deref(), ended].into_iter().flatten());
    }
    people.extend(one.runbooks.iter().filter_map(|each| each.by.as_deref()));
    people.extend(one.residue.iter().filter_map(|each| each.created_by.as_deref()));
    for each in &one.defences {
        people.extend([each.by.as_deref(), each.raised_by.as_deref()].into_iter().flatten());
    }
    people
}

/// Who made a change of rights, who ended it, and whom it is about.
fn of_change(change: &IamChange) -> impl Iterator<Item = Option<&str>> {
    let ended = change.ended.as_ref().and_then(|ended| ended.by.as_deref());
    [change.by.as_deref(), change.principal.as_deref(), ended].into_iter()
}

/// The keys of a user, and its name with the key.
fn names_of(user: &User) -> BTreeSet<String> {
    let keys = [user.upn.as_deref(), user.object_id.as_deref(), user.app_id.as_deref()];
    let keys = keys.into_iter().flatten().chain(user.aliases.iter().map(|each| &**each));
    let mut names: BTreeSet<String> = keys.map(str::to_owned).collect();
    names.extend([(*user.id).to_owned(), user.label()]);
    names
}

/// The words of a text in lower case.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() >= PLAIN)
        .map(str::to_lowercase)
}

/// The subscription that a resource lies in.
fn subscription_of(id: &str) -> Option<&str> {
    id.strip_prefix("/subscriptions/")?.split('/').next()
}

/// The names in a resource id: of the group, and of the resource and those it lies in.
fn telling_parts(id: &str) -> impl Iterator<Item = &str> {
    let (group, resource) = id.split_once("/providers/").unwrap_or((id, ""));
    let group = group.split("/resourcegroups/").nth(1);
    // After the provider, types and names take turns.
    let names = resource.split('/').skip(2).step_by(2);
    group.into_iter().chain(names)
}

#[cfg(test)]
mod tests;
