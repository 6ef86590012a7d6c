//! All rules of a run: those built in and those of the user.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

mod alias;
mod file;
mod obstacle;

pub(super) use self::file::{collect, read};
use super::error::{Error, Place, Problem};
use super::filter::{self, Applied, Filter};
use super::globals;
use super::parse::{self, Owner};
use super::placeholder::{self, Placeholders};
use super::yaml::{self, Node, Value};
use super::{Kind, Rule, Watchlist, folded_id};
use crate::base::hash::sha256_hex;

/// Path and text of each built-in rule, by path.
pub(super) const BUILTIN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin_rules.rs"));

/// Correlations may build on one another this deep.
const MAX_NEEDED: usize = 8;

/// Rules in order: the built-in ones by path, then those of the user by path and place.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    pub(super) rules: Vec<Rule>,
    /// Hashes of the files.
    files: Vec<String>,
    /// Where each id stands.
    known: BTreeMap<String, usize>,
    /// How many documents have each of the ids that were made for them.
    derived: BTreeMap<String, usize>,
    /// Where the rules of each short name stand.
    named: BTreeMap<String, Vec<usize>>,
    pub(super) filters: Vec<Filter>,
    /// What became of each filter.
    applied: Vec<Applied>,
    /// What placeholders in rules stand for.
    placeholders: Placeholders,
    /// What the analyst looks out for.
    watchlist: Arc<Watchlist>,
    /// Why each rule cannot be evaluated, once that was asked; nothing of it holds when a rule or the list changes.
    obstacles: OnceLock<Vec<Option<String>>>,
}

impl RuleSet {
    /// Returns the built-in rules, without their tests, which are most of their text.
    ///
    /// # Panics
    ///
    /// If one of them cannot be read, which a test rules out.
    pub fn builtin() -> RuleSet {
        RuleSet::embedded(without_tests)
    }

    /// Returns the built-in rules with their tests.
    ///
    /// # Panics
    ///
    /// If one of them cannot be read, which a test rules out.
    pub fn builtin_with_tests() -> RuleSet {
        RuleSet::embedded(Cow::Borrowed)
    }

    fn embedded(part: fn(&'static str) -> Cow<'static, str>) -> RuleSet {
        let read = |(path, text): &(&str, &'static str)| {
            let mut own = RuleSet::default();
            own.add(path, &part(text), Owner::Tool).expect("built-in rules are read by a test");
            // A rule is the same with and without its tests.
            own.files = vec![sha256_hex(text.as_bytes())];
            own
        };
        let files: Vec<RuleSet> = BUILTIN.par_iter().map(read).collect();
        let mut set = RuleSet::default();
        for file in files {
            for rule in file.rules {
                assert!(
                    !set.known.contains_key(&*folded_id(&rule.id)),
                    "two built-in rules have the id {}",
                    rule.id
                );
                set.push(rule);
            }
            set.filters.extend(file.filters);
            set.files.extend(file.files);
        }
        set
    }

    /// Reads rules from files and folders, and none beside them; [`RuleSet::with`] adds them to others.
    ///
    /// Folders are searched for `.yml` and `.yaml`. A file that cannot be read or understood, and
    /// an id that occurs twice, is an error that names its place.
    pub fn load(paths: &[PathBuf]) -> Result<RuleSet, Error> {
        RuleSet::default().with(paths)
    }

    /// Does the same with values for placeholders.
    pub fn load_with(paths: &[PathBuf], placeholders: Placeholders) -> Result<RuleSet, Error> {
        RuleSet { placeholders, ..RuleSet::default() }.with(paths)
    }

    /// Adds the rules of files and folders, as [`RuleSet::load`] does.
    pub fn with(mut self, paths: &[PathBuf]) -> Result<RuleSet, Error> {
        let mut files = Vec::new();
        for path in paths {
            let before = files.len();
            collect(path, 0, &mut files)?;
            if files.len() == before {
                return Err(Error::Empty { path: path.display().to_string() });
            }
        }
        files.sort();
        files.dedup();
        let texts = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
        for text in &texts {
            self.learn(text);
        }
        for (file, text) in files.iter().zip(&texts) {
            self.add(&file.display().to_string(), text, Owner::User)?;
        }
        for (file, text) in files.iter().zip(&texts) {
            self.check_aliases(&file.display().to_string(), text)?;
        }
        Ok(self.filtered())
    }

    /// Reads all rules of a text that stands in for a file.
    pub fn from_text(path: &str, text: &str) -> Result<RuleSet, Error> {
        let mut set = RuleSet::default();
        set.learn(text);
        set.add(path, text, Owner::User)?;
        set.check_aliases(path, text)?;
        Ok(set.filtered())
    }

    /// Returns a set of one rule, without the filters that lie over it.
    pub fn of(mut rule: Rule) -> RuleSet {
        if let Some(detection) = rule.detection_mut() {
            detection.filters.clear();
        }
        let mut set = RuleSet::default();
        set.push(rule);
        set
    }

    fn push(&mut self, rule: Rule) {
        let at = self.rules.len();
        self.obstacles = OnceLock::new();
        self.known.insert(folded_id(&rule.id).into_owned(), at);
        if let Some(name) = &rule.name {
            self.named.entry(name.clone()).or_default().push(at);
        }
        self.rules.push(rule);
    }

    /// Learns what placeholders stand for from a file, before any rule is read; what is wrong with it is told when it is added.
    pub(super) fn learn(&mut self, text: &str) {
        if !text.contains("vars") {
            return;
        }
        for document in yaml::documents(text).unwrap_or_default() {
            if let Some(vars) = placeholder::vars(&document) {
                let _ = self.placeholders.learn(vars);
            }
        }
    }

    pub(super) fn add(&mut self, path: &str, text: &str, owner: Owner) -> Result<(), Error> {
        let documents = yaml::documents(text).and_then(globals::expand);
        let documents = documents.map_err(|problem| problem.in_file(path, text))?;
        let before = self.rules.len() + self.filters.len();
        let mut gives_values = false;
        for document in &documents {
            if let Some(vars) = placeholder::vars(document) {
                let learnt = self.placeholders.learn(vars);
                learnt.map_err(|problem| problem.in_file(path, text))?;
                gives_values = true;
                continue;
            }
            if filter::is_filter(document) {
                let filter = filter::read(document, path, &self.placeholders);
                let mut filter = filter.map_err(|problem| problem.in_file(path, text))?;
                self.number(&mut filter.id, document);
                self.know(&filter.id, path, document, text)?;
                self.filters.push(filter);
                continue;
            }
            let rule = parse::rule(document, path, owner, &self.placeholders);
            let mut rule = rule.map_err(|problem| problem.in_file(path, text))?;
            self.number(&mut rule.id, document);
            self.know(&rule.id, path, document, text)?;
            self.push(rule);
        }
        if self.rules.len() + self.filters.len() == before && !gives_values {
            return Err(Problem::new(Place::default(), "no rule in it").in_file(path, text));
        }
        self.files.push(sha256_hex(text.as_bytes()));
        Ok(())
    }

    /// Numbers the id of a document that has none of its own, from the second on that says the same.
    fn number(&mut self, id: &mut String, document: &Node) {
        let Value::Map(members) = &document.value else { return };
        if members.iter().any(|(key, id)| key.text == "id" && !matches!(id.value, Value::Null)) {
            return;
        }
        let alike = self.derived.entry(id.clone()).or_default();
        *alike += 1;
        if *alike > 1 {
            id.push('-');
            id.push_str(&alike.to_string());
        }
    }

    /// Refuses an id that another rule or filter has.
    fn know(&self, id: &str, path: &str, document: &Node, text: &str) -> Result<(), Error> {
        let rule = self.known.get(&*folded_id(id)).map(|&at| &self.rules[at].path);
        let filter = || {
            self.filters
                .iter()
                .find(|filter| folded_id(&filter.id) == folded_id(id))
                .map(|f| &f.path)
        };
        let Some(first) = rule.or_else(filter) else { return Ok(()) };
        let message = format!("id {id} is that of {first}");
        let at = match &document.value {
            Value::Map(members) => members.iter().find(|(key, _)| key.text == "id"),
            _ => None,
        };
        Err(Problem::new(at.map_or(document.at, |(_, id)| id.at), message).in_file(path, text))
    }

    /// Refuses what a correlation of a file says of a rule that it does not put together, now that all are read.
    pub(super) fn check_aliases(&self, path: &str, text: &str) -> Result<(), Error> {
        for rule in self.rules.iter().filter(|rule| rule.path == path) {
            let problem = alias::misplaced(self, rule, text);
            if let Some(problem) = problem.or_else(|| alias::untold(rule, text)) {
                return Err(problem.in_file(path, text));
            }
        }
        Ok(())
    }

    /// Lays the filters over the rules, once all are read.
    pub(super) fn filtered(mut self) -> RuleSet {
        self.applied = filter::apply(&self.filters, &mut self.rules);
        self
    }

    /// Gives the rules a list of what to look out for.
    pub fn watch(&mut self, watchlist: Watchlist) {
        self.watchlist = Arc::new(watchlist);
        self.obstacles = OnceLock::new();
    }

    /// Returns what the analyst looks out for.
    pub fn watchlist(&self) -> &Arc<Watchlist> {
        &self.watchlist
    }

    /// Returns the filters, in the order of the files.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// Returns what became of each filter, in the same order.
    pub fn applied(&self) -> &[Applied] {
        &self.applied
    }

    /// Returns the filters that lie over no rule, each with the reason.
    pub fn idle_filters(&self) -> impl Iterator<Item = (&Filter, String)> {
        let each = self.filters.iter().zip(&self.applied);
        let idle = each.filter(|(_, applied)| applied.rules.is_empty());
        idle.map(|(filter, applied)| (filter, applied.why_idle(filter)))
    }

    /// Returns the rules; findings name them by their position.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns the rule of an id or a short name; `None` when there is none.
    pub fn find(&self, name: &str) -> Option<&Rule> {
        self.position(name).map(|at| &self.rules[at])
    }

    /// Returns the place of a rule, given by its id or its short name; `None` when there is none.
    pub fn position(&self, name: &str) -> Option<usize> {
        let by_name = || self.named(name).first().copied();
        self.known.get(&*folded_id(name)).copied().or_else(by_name)
    }

    /// Returns the place of a rule that another names, by its id or its name; `None` when there is none.
    ///
    /// A name need not be the only one of its kind in a run: that of the same file is meant, else
    /// one of the same origin.
    pub fn needed_position(&self, rule: &Rule, name: &str) -> Option<usize> {
        let far = |at: &usize| {
            let other = &self.rules[*at];
            let is_foreign = other.builtin != rule.builtin;
            (is_foreign || other.path != rule.path, is_foreign)
        };
        let by_name = || self.named(name).iter().copied().min_by_key(far);
        self.known.get(&*folded_id(name)).copied().or_else(by_name)
    }

    /// Takes back all but the first rules and filters.
    pub(super) fn truncate(&mut self, rules: usize, filters: usize) {
        self.obstacles = OnceLock::new();
        self.rules.truncate(rules);
        self.filters.truncate(filters);
        self.known.retain(|_, at| *at < rules);
        self.named.values_mut().for_each(|places| places.retain(|at| *at < rules));
    }

    fn named(&self, name: &str) -> &[usize] {
        self.named.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns the rules that a correlation puts together, those that are there, in its order.
    pub fn needed<'s>(&'s self, rule: &'s Rule) -> impl Iterator<Item = &'s Rule> {
        let names = match &rule.kind {
            Kind::Correlation(correlation) => correlation.rules.as_slice(),
            Kind::Single(_) | Kind::Native(..) => &[],
        };
        names.iter().filter_map(|name| self.needed_position(rule, name)).map(|at| &self.rules[at])
    }

    /// Whether a rule is there for a correlation of its own file.
    pub fn is_part(&self, rule: &Rule) -> bool {
        self.rules.iter().filter(|other| other.path == rule.path).any(|other| match &other.kind {
            Kind::Correlation(correlation) => {
                correlation.rules.iter().any(|name| rule.is_called(name))
            }
            Kind::Single(_) | Kind::Native(..) => false,
        })
    }

    /// Returns the rules and filters of a file: those that its tests are run with.
    #[must_use]
    pub fn of_file(&self, path: &str) -> RuleSet {
        let mut set = RuleSet::default();
        for rule in self.rules.iter().filter(|rule| rule.path == path) {
            let mut rule = rule.clone();
            if let Some(detection) = rule.detection_mut() {
                detection.filters.clear();
            }
            set.push(rule);
        }
        set.filters = self.filters.iter().filter(|own| own.path == path).cloned().collect();
        set.filtered()
    }

    /// Returns the SHA-256 of all files together: the same wherever they lie.
    pub fn sha256(&self) -> String {
        let mut files = self.files.clone();
        files.sort();
        sha256_hex(files.concat().as_bytes())
    }
}

/// Keys of what only tests need.
const TESTING: [&str; 2] = ["samples:", "tests:"];

/// The text of a built-in rule without its tests and their samples.
fn without_tests(text: &'static str) -> Cow<'static, str> {
    let mut kept = String::with_capacity(text.len() / 4);
    let mut in_tests = false;
    for line in text.split_inclusive('\n') {
        let is_key = line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-');
        in_tests = if is_key { TESTING.iter().any(|key| line.starts_with(key)) } else { in_tests };
        if !in_tests {
            kept.push_str(line);
        }
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests;
