//! Rules that are there for correlations: which of them are silent, and which come before which.

use std::collections::BTreeMap;

use super::evaluate::LAST_STAGE;
use super::judge::Judge;
use super::program::Compiled;
use crate::rule::{Kind, RuleSet};

/// When a rule judges, and how long an operation may be part of a match of it after its end;
/// the rules that it needs are there.
pub(super) fn order(rules: &[Compiled], judge: &Judge) -> (usize, i64) {
    match judge {
        Judge::Correlation { needed, native } => {
            let below = || needed.iter().map(|need| &rules[need.rule]);
            let stage = below().map(|rule| rule.stage + 1).max().unwrap_or_default();
            let reach = below().map(|rule| rule.reach).max().unwrap_or_default();
            (stage, reach.saturating_add(native.timespan))
        }
        Judge::Single(_) => (0, 0),
        judge if judge.needs_findings() => (LAST_STAGE, i64::MAX),
        _ => (0, i64::MAX),
    }
}

/// For each rule, whether it speaks only through the correlations that name it.
///
/// So the specification wants it, unless a correlation says `generate`. A built-in rule falls
/// silent only for correlations of its own file: no rule of a user takes its voice.
pub(super) fn silenced(set: &RuleSet) -> Vec<bool> {
    let rules = set.rules();
    let mut silent = vec![false; rules.len()];
    let mut generate = vec![false; rules.len()];
    for rule in rules {
        let Kind::Correlation(correlation) = &rule.kind else { continue };
        // One that is not evaluated says nothing in their place.
        if set.obstacle(rule).is_some() {
            continue;
        }
        for at in correlation.rules.iter().filter_map(|name| set.needed_position(rule, name)) {
            if rules[at].builtin && rules[at].path != rule.path {
                continue;
            }
            if correlation.generate { generate[at] = true } else { silent[at] = true }
        }
    }
    silent.iter().zip(generate).map(|(silent, generate)| *silent && !generate).collect()
}

/// How many correlations stand below one another, given by the place of the first; what is compiled
/// has none that needs itself.
pub(super) fn depth(set: &RuleSet, at: usize, known: &mut BTreeMap<usize, usize>) -> usize {
    if let Some(&depth) = known.get(&at) {
        return depth;
    }
    let rule = &set.rules()[at];
    let Kind::Correlation(correlation) = &rule.kind else { return 0 };
    let below = correlation.rules.iter().filter_map(|name| set.needed_position(rule, name));
    let deepest = below.map(|below| depth(set, below, known)).max();
    let depth = deepest.unwrap_or_default() + 1;
    known.insert(at, depth);
    depth
}
