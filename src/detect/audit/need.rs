//! What a rule needs before it can speak: questions to operations, put together as the rule puts them.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::reach::{Question, Reach};
use super::world::World;
use crate::rule::{
    Act, Aggregation, Baseline, Chain, Correlation, Detection, Expr, FirstSeen, Kind, Model,
    Native, Rule, RuleSet, Selection, Step,
};

/// What must be possible.
pub(super) enum Need<'r> {
    /// This question has an answer.
    One(Question<'r>),
    /// How many of these must be met.
    AtLeast(usize, Vec<Need<'r>>),
    /// There are alerts, and this is met.
    NearAlert(Box<Need<'r>>),
    /// Nothing that can be told beforehand.
    Nothing,
}

/// Correlations are followed this deep, as in the set of rules.
const MAX_DEPTH: usize = 10;
/// At most this many rules are followed from one; of what a correlation needs beyond, nothing is told beforehand.
const MAX_RULES: usize = 10_000;

impl<'r> Need<'r> {
    /// Returns what a rule of a set needs.
    pub(super) fn of(set: &'r RuleSet, rule: &'r Rule) -> Self {
        of_rule(set, rule, &[], (MAX_DEPTH, &Cell::new(MAX_RULES)))
    }

    /// Returns how near it comes to being met.
    pub(super) fn reach(&self, world: &World<'_>) -> Reach {
        match self {
            Need::One(question) => question.reach(world),
            Need::NearAlert(inner) if world.alerts => inner.reach(world),
            Need::NearAlert(_) => Reach::Never,
            Need::Nothing | Need::AtLeast(0, _) => Reach::Fires,
            Need::AtLeast(count, parts) => {
                let mut reached: Vec<Reach> = parts.iter().map(|part| part.reach(world)).collect();
                reached.sort_unstable_by(|a, b| b.cmp(a));
                reached.get(count - 1).copied().unwrap_or(Reach::Never)
            }
        }
    }

    /// Gives `take` every question in it.
    pub(super) fn each<'n>(&'n self, take: &mut dyn FnMut(&'n Question<'r>)) {
        match self {
            Need::One(question) => take(question),
            Need::AtLeast(_, parts) => parts.iter().for_each(|part| part.each(take)),
            Need::NearAlert(inner) => inner.each(take),
            Need::Nothing => {}
        }
    }
}

/// Returns what log a rule reads, or one that it puts together, where that is not the Activity Log.
pub(super) fn other_log(set: &RuleSet, rule: &Rule) -> Option<String> {
    other_log_within(set, rule, &mut BTreeSet::new())
}

/// Does so where the rules of `known` read no other; several ways may lead to one rule.
fn other_log_within<'s>(
    set: &'s RuleSet,
    rule: &'s Rule,
    known: &mut BTreeSet<&'s str>,
) -> Option<String> {
    if !known.insert(&rule.id) {
        return None;
    }
    let mut below = set.needed(rule);
    rule.other_log().or_else(|| below.find_map(|rule| other_log_within(set, rule, known)))
}

/// How deep correlations are still followed, and how many rules.
type Left<'l> = (usize, &'l Cell<usize>);

/// What cannot be met.
const NEVER: Need<'static> = Need::AtLeast(1, Vec::new());

/// Whether a number of matches keeps to the bounds of a rule that counts; `true` for those that do not.
pub(super) fn can_count(rule: &Rule) -> bool {
    match &rule.kind {
        Kind::Correlation(correlation) => {
            correlation.extended.is_some() || correlation.least().is_some()
        }
        Kind::Single(detection) => match detection.aggregation.as_deref() {
            Some(Aggregation::Count(count)) => Correlation::counting(count).least().is_some(),
            _ => true,
        },
        Kind::Native(..) => true,
    }
}

fn of_rule<'r>(set: &'r RuleSet, rule: &'r Rule, keys: &[&str], left: Left<'_>) -> Need<'r> {
    let (depth, rules) = left;
    match rules.get().checked_sub(1) {
        Some(fewer) => rules.set(fewer),
        None => return Need::Nothing,
    }
    match &rule.kind {
        Kind::Single(detection) => {
            if !can_count(rule) {
                return NEVER;
            }
            let counted = counted(detection).into_iter().map(String::as_str);
            let keys: Vec<&str> = keys.iter().copied().chain(counted).collect();
            let one = |expr: &'r Expr| {
                Need::One(Question::new(&with_filters(expr, detection), rule.outcome, &keys))
            };
            let Some(Aggregation::Near(near)) = detection.aggregation.as_deref() else {
                return one(&detection.expr);
            };
            let search = |name: &'r str| {
                let found = detection.searches.iter().find(|search| search.name == name);
                found.map_or(NEVER, |search| one(&search.expr))
            };
            Need::AtLeast(2, vec![one(&detection.expr), of_names(&near.wanted, &search)])
        }
        Kind::Native(detection, native) => of_native(native, detection, keys),
        Kind::Correlation(correlation) if depth > 0 => {
            of_correlation(set, (rule, correlation), keys, (depth - 1, rules))
        }
        Kind::Correlation(_) => Need::Nothing,
    }
}

/// A condition with those of the filters that lie over the rule.
fn with_filters<'r>(expr: &'r Expr, detection: &'r Detection) -> Vec<&'r Expr> {
    std::iter::once(expr).chain(detection.filters.iter().map(|filter| &filter.keep)).collect()
}

/// The fields of an old count.
fn counted(detection: &Detection) -> Vec<&String> {
    match detection.aggregation.as_deref() {
        Some(Aggregation::Count(count)) => count.group_by.iter().chain(&count.field).collect(),
        _ => Vec::new(),
    }
}

fn of_native<'r>(native: &'r Native, detection: &'r Detection, outer: &[&str]) -> Need<'r> {
    let with = |own: &[&[String]]| -> Vec<String> {
        let outer = outer.iter().map(|key| (*key).to_owned());
        outer.chain(own.iter().flat_map(|keys| keys.iter().cloned())).collect()
    };
    let one = |selection: &'r Selection, keys: &[String]| {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let parts = with_filters(&selection.expr, detection);
        Need::One(Question::new(&parts, selection.wanted, &keys))
    };
    match native {
        // Where nothing has to be known before, operations without the key are told as well.
        Native::FirstSeen(FirstSeen { trigger, history, .. }) if history.is_empty() => {
            one(trigger, &with(&[]))
        }
        Native::FirstSeen(FirstSeen { trigger, key, history, .. }) => {
            one(trigger, &with(&[key, &history.of]))
        }
        Native::Baseline(Baseline { trigger, of, model, history }) => {
            let across: &[String] = match model {
                Model::Rare { across, .. } => across,
                _ => &[],
            };
            one(trigger, &with(&[of, across, &history.of]))
        }
        Native::State(state) => one(&state.opened, &with(&[&state.opened_by])),
        Native::Alert(join) => Need::NearAlert(Box::new(one(&join.trigger, &with(&[])))),
        Native::Chain(Chain { steps, least, differ, .. }) => {
            let step = |step: &'r Step| match &step.act {
                Act::Operation(selection) => one(selection, &with(&[&step.by, differ])),
                Act::Finding { .. } => Need::Nothing,
            };
            Need::AtLeast(*least, steps.iter().map(step).collect())
        }
    }
}

fn of_correlation<'r>(
    set: &'r RuleSet,
    (rule, correlation): (&'r Rule, &'r Correlation),
    outer: &[&str],
    left: Left<'_>,
) -> Need<'r> {
    let needed = |name: &'r str| {
        let Some(at) = set.needed_position(rule, name) else { return Need::Nothing };
        let rule = &set.rules()[at];
        let own = correlation.group_by.iter().chain(&correlation.fields);
        let names = rule.names();
        let all = outer.iter().copied().chain(own.map(String::as_str));
        let keys: Vec<&str> = all.map(|field| correlation.field_in(field, &names)).collect();
        of_rule(set, rule, &keys, left)
    };
    if let Some(expr) = &correlation.extended {
        return of_names(expr, &needed);
    }
    let Some(least) = correlation.least() else { return NEVER };
    Need::AtLeast(least, correlation.rules.iter().map(|name| needed(name)).collect())
}

/// A condition over the names of rules.
fn of_names<'r>(expr: &'r Expr, needed: &dyn Fn(&'r str) -> Need<'r>) -> Need<'r> {
    let each = |parts: &'r [Expr]| parts.iter().map(|part| of_names(part, needed)).collect();
    match expr {
        Expr::All(parts) => Need::AtLeast(parts.len(), each(parts)),
        Expr::Any(parts) => Need::AtLeast(1, each(parts)),
        Expr::AtLeast(count, parts) => Need::AtLeast(*count, each(parts)),
        Expr::Not(_) => Need::Nothing,
        Expr::Test(test) => test.field.as_deref().map_or(Need::Nothing, needed),
    }
}

/// Returns the fields that a rule itself puts operations together by, as the rules that it names call them.
pub(super) fn keys<'r>(set: &'r RuleSet, rule: &'r Rule) -> Vec<&'r str> {
    let lists: Vec<&[String]> = match &rule.kind {
        Kind::Native(_, Native::FirstSeen(first)) => vec![&first.key, &first.history.of],
        Kind::Native(_, Native::Baseline(baseline)) => match &baseline.model {
            Model::Rare { across, .. } => vec![&baseline.of, across, &baseline.history.of],
            _ => vec![&baseline.of, &baseline.history.of],
        },
        Kind::Native(_, Native::State(state)) => vec![&state.opened_by, &state.closed_by],
        Kind::Native(_, Native::Chain(chain)) => chain
            .steps
            .iter()
            .map(|step| step.by.as_slice())
            .chain([chain.differ.as_slice()])
            .collect(),
        Kind::Correlation(correlation) => return keys_of(set, rule, correlation),
        Kind::Single(detection) => {
            return counted(detection).into_iter().map(String::as_str).collect();
        }
        Kind::Native(_, Native::Alert(_)) => Vec::new(),
    };
    lists.into_iter().flatten().map(String::as_str).collect()
}

/// The fields of a correlation, as the rules below it call them.
fn keys_of<'r>(set: &'r RuleSet, rule: &'r Rule, correlation: &'r Correlation) -> Vec<&'r str> {
    let (mut known, mut keys) = (BTreeSet::new(), Vec::new());
    for field in correlation.group_by.iter().chain(&correlation.fields) {
        key_below(set, (rule, field), &mut known, &mut keys);
    }
    keys
}

/// Adds what a field is called in the rules below a rule; several ways may lead to one of them.
fn key_below<'r>(
    set: &'r RuleSet,
    (rule, field): (&'r Rule, &'r str),
    known: &mut BTreeSet<(&'r str, &'r str)>,
    keys: &mut Vec<&'r str>,
) {
    if !known.insert((&rule.id, field)) {
        return;
    }
    let Kind::Correlation(correlation) = &rule.kind else { return keys.push(field) };
    for needed in set.needed(rule) {
        let name = correlation.field_in(field, &needed.names());
        key_below(set, (needed, name), known, keys);
    }
}
