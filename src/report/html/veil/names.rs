//! Gathers the names of a report, and the pages that each may stand on.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use hashbrown::HashSet;

use super::Kind;
use super::Known;
use super::Name;
use super::Veil;
use crate::investigation::model::IamChange;
use crate::investigation::model::Report;
use crate::investigation::model::Subscription;
use crate::investigation::model::User;
use crate::investigation::model::UserKind;
use crate::report::html::veil::fold::Folded;

/// Names shorter than this say too little to be hidden in every text.
const SHORT: usize = 4;
/// A name of letters alone is hidden in every text from this length on, where no rule uses the word.
const PLAIN: usize = 6;

impl Known {
    fn add(&mut self, kind: Kind, name: &str, shown: impl IntoIterator<Item = usize>) {
        let place = self.finder.add(name);
        if place == self.names.len() {
            self.names.push(Name { kind, shown: Vec::new() });
        }
        let known = &mut self.names[place];
        // A name of two kinds is taken for what was added first.
        if known.kind == kind {
            for own in shown {
                if let Err(at) = known.shown.binary_search(&own) {
                    known.shown.insert(at, own);
                }
            }
        }
    }
}

/// Names while they are gathered.
pub(super) struct Names<'r> {
    report: &'r Report,
    known: Known,
    /// Names that are short words.
    short: Known,
    users: HashMap<String, BTreeSet<usize>>,
    /// Places of the subscriptions by id.
    places: HashMap<&'r str, usize>,
    /// Words that rules are told in.
    words: HashSet<String>,
}

impl<'r> Names<'r> {
    pub(super) fn new(report: &'r Report) -> Self {
        let places = report.subscriptions.iter().enumerate().map(|(at, one)| (&*one.id, at));
        let told = report.rules.iter().filter_map(|rule| rule.description.as_deref());
        let words = told.flat_map(words_of).collect();
        Names {
            report,
            known: Known::default(),
            short: Known::default(),
            users: HashMap::new(),
            places: places.collect(),
            words,
        }
    }

    /// Tells whether a name is no word that the page may use for something else.
    fn is_telling(&self, name: &str) -> bool {
        name.contains(|c: char| !c.is_alphabetic())
            || (name.len() >= PLAIN && !self.words.contains(&name.to_lowercase()))
    }

    /// Tells whether a name is a word that means somebody where people write, and hardly anything else.
    fn is_short_name(&self, name: &str) -> bool {
        let mut letters = name.chars();
        letters.next().is_some_and(|first| first.is_alphabetic() && !first.is_lowercase())
            && letters.next().is_some()
            && letters.all(char::is_alphanumeric)
            && !self.words.contains(&name.to_lowercase())
    }

    fn add(&mut self, kind: Kind, name: &str, shown: impl IntoIterator<Item = usize>) {
        let name = name.trim();
        if name.len() >= SHORT {
            self.known.add(kind, &Folded::new(name).text, shown);
        }
    }

    pub(super) fn add_subscriptions(&mut self) {
        for (at, one) in self.report.subscriptions.iter().enumerate() {
            self.add(Kind::Subscription, &one.id, [at]);
            if let Some(name) = one.name.as_deref().filter(|name| self.is_telling(name)) {
                self.add(Kind::Subscription, name, [at]);
            }
        }
    }

    pub(super) fn add_users(&mut self) {
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
        // Of a finding of several, some may have acted elsewhere only.
        for each in report.findings.iter().filter(|each| each.parties.is_none()) {
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
            let name = user.name.trim();
            if name.len() >= SHORT && self.is_telling(name) {
                self.add(Kind::User, name, own.iter().copied());
            } else if self.is_short_name(name) {
                self.short.add(Kind::User, name, own.iter().copied());
            }
            for name in names_of(user) {
                self.add(Kind::User, &name, own.iter().copied());
            }
            for key in keys.into_iter().flatten() {
                self.users.entry(key.to_owned()).or_default().extend(&own);
            }
        }
    }

    pub(super) fn add_resources(&mut self) {
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

    pub(super) fn finish(self) -> Veil {
        let ids = self.report.subscriptions.iter().map(|one| &one.id);
        let paths = ids.map(|id| format!("/subscriptions/{id}/")).collect();
        Veil { known: self.known, words: self.short, users: self.users, paths }
    }
}

/// Lists who acted in a subscription, or is named by what was done in it, by id or object id.
fn people(one: &Subscription) -> Vec<&str> {
    let mut people: Vec<&str> = one.users.iter().map(|id| &**id).collect();
    let changes = [&one.iam_changes, &one.inherited_iam_changes, &one.iam_attempts];
    people.extend(changes.into_iter().flatten().flat_map(of_change).flatten());
    for given in &one.delegations {
        people.extend(given.authorizations.iter().map(|each| &*each.principal));
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
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// The subscription that a resource lies in.
fn subscription_of(id: &str) -> Option<&str> {
    id.strip_prefix("/subscriptions/")?.split('/').next()
}

/// The names in a resource id: of the group, and of the resource and those it lies in.
fn telling_parts(id: &str) -> impl Iterator<Item = &str> {
    let mut parts = id.split("/providers/");
    let group = parts.next().and_then(|scope| scope.split("/resourcegroups/").nth(1));
    // After each provider, types and names take turns; what extends a resource has a provider of its own.
    let names = parts.flat_map(|resource| resource.split('/').skip(2).step_by(2));
    group.into_iter().chain(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_provider_and_no_type_is_a_name() {
        let parts = |id| telling_parts(id).collect::<Vec<_>>();
        let account =
            "/subscriptions/s/resourcegroups/rg1/providers/microsoft.storage/storageaccounts/x";
        assert_eq!(parts(account), ["rg1", "x"]);
        let lock = format!("{account}/providers/microsoft.authorization/locks/keep");
        assert_eq!(telling_parts(&lock).collect::<Vec<_>>(), ["rg1", "x", "keep"]);
        assert_eq!(parts("/subscriptions/s/providers/microsoft.x/a/b/c/d"), ["b", "d"]);
        assert_eq!(parts("/subscriptions/s/resourcegroups/rg1"), ["rg1"]);
    }
}
