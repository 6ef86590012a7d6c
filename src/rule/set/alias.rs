//! What a correlation says of rules that it does not put together.

use std::collections::{BTreeMap, BTreeSet};

use super::super::error::{Place, Problem, meant};
use super::super::yaml::{self, Key, Node, Value};
use super::super::{Kind, Rule};
use super::{MAX_NEEDED, RuleSet};

/// What is wrong with the first alias of a correlation for a rule that it does not reach; `None`
/// where there is none, or not all rules are there. `text` is that of its file.
pub(super) fn misplaced(set: &RuleSet, rule: &Rule, text: &str) -> Option<Problem> {
    let Kind::Correlation(correlation) = &rule.kind else { return None };
    let mut named = correlation.aliases.values().flat_map(BTreeMap::keys).peekable();
    named.peek()?;
    let mut reached = Vec::new();
    reach(set, rule, 0, &mut reached, &mut BTreeSet::new())?;
    let name = named.find(|name| !reached.iter().any(|other| other.is_called(name)))?;
    let calls = reached.iter().map(|other| other.name.as_deref().unwrap_or(&other.id));
    let hint = meant(name, calls);
    let message = format!("the correlation puts together no rule \"{name}\"{hint}");
    Some(Problem::new(place(text, &rule.title, name).unwrap_or_default(), message))
}

/// What is wrong with the first rule that a correlation tells the operations of and does not name.
pub(super) fn untold(rule: &Rule, text: &str) -> Option<Problem> {
    let Kind::Correlation(correlation) = &rule.kind else { return None };
    let name = rule.tells.iter().find(|name| !correlation.rules.contains(name))?;
    let hint = meant(name, correlation.rules.iter().map(String::as_str));
    let message = format!("the correlation tells of no rule \"{name}\", for it names none{hint}");
    let told = |document: &Node| Some(member(document, "tells")?.1.at);
    Some(Problem::new(in_document(text, &rule.title, told).unwrap_or_default(), message))
}

/// Where an alias in a document of this title names a rule.
fn place(text: &str, title: &str, name: &str) -> Option<Place> {
    in_document(text, title, |document| {
        let aliases = member(member(document, "correlation")?.1, "aliases")?.1;
        let Value::Map(fields) = &aliases.value else { return None };
        fields.iter().find_map(|(_, rules)| Some(member(rules, name)?.0.at))
    })
}

/// What `find` finds first in the documents of this title.
fn in_document(text: &str, title: &str, find: impl Fn(&Node) -> Option<Place>) -> Option<Place> {
    let documents = yaml::documents(text).ok()?;
    let is_meant = |node: &&Node| {
        member(node, "title").and_then(|(_, title)| title.text()).is_some_and(|own| own == title)
    };
    documents.iter().filter(is_meant).find_map(find)
}

fn member<'n>(node: &'n Node, name: &str) -> Option<(&'n Key, &'n Node)> {
    let Value::Map(members) = &node.value else { return None };
    members.iter().find(|(key, _)| key.text == name).map(|(key, node)| (key, node))
}

/// Adds every rule below a correlation; `None` where one is not loaded.
fn reach<'s>(
    set: &'s RuleSet,
    rule: &'s Rule,
    depth: usize,
    reached: &mut Vec<&'s Rule>,
    known: &mut BTreeSet<(usize, usize)>,
) -> Option<()> {
    let Kind::Correlation(correlation) = &rule.kind else { return Some(()) };
    if depth > MAX_NEEDED {
        return None;
    }
    for name in &correlation.rules {
        let at = set.needed_position(rule, name)?;
        // Several ways may lead to one rule.
        if known.insert((at, depth)) {
            let below = &set.rules()[at];
            reached.push(below);
            reach(set, below, depth + 1, reached, known)?;
        }
    }
    Some(())
}
