//! What the fields of a correlation are called in the rules that it puts together.

use std::collections::BTreeSet;

use super::judge::Judge;
use super::program::Compiled;
use crate::rule::{Correlation, Kind, RuleSet};

/// The fields of a correlation as a rule calls them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fields {
    pub(super) group_by: Vec<String>,
    pub(super) values: Vec<String>,
}

impl Fields {
    pub(super) fn of(correlation: &Correlation, names: &[&str]) -> Fields {
        let own =
            Fields { group_by: correlation.group_by.clone(), values: correlation.fields.clone() };
        own.below(correlation, names)
    }

    /// The same as they are called in a rule with these names that a correlation puts together.
    fn below(&self, correlation: &Correlation, names: &[&str]) -> Fields {
        let call = |fields: &[String]| {
            fields.iter().map(|field| correlation.field_in(field, names).to_owned()).collect()
        };
        Fields { group_by: call(&self.group_by), values: call(&self.values) }
    }
}

/// Adds the fields of a compiled rule with the selectors for which they are called so, through the
/// aliases of all correlations below it.
pub(super) fn each_called(
    set: &RuleSet,
    rules: &[Compiled],
    (at, fields): (usize, Fields),
    known: &mut BTreeSet<(usize, Fields)>,
    found: &mut Vec<(Fields, Vec<u32>)>,
) {
    // Several ways may lead to one rule.
    if !known.insert((at, fields.clone())) {
        return;
    }
    let kind = &set.rules()[rules[at].rule].kind;
    if let (Kind::Correlation(inner), Judge::Correlation { needed, .. }) = (kind, &rules[at].judge)
    {
        for need in needed {
            let names = set.rules()[rules[need.rule].rule].names();
            each_called(set, rules, (need.rule, fields.below(inner, &names)), known, found);
        }
        return;
    }
    let selectors = selectors_of(rules, at);
    match found.iter_mut().find(|(known, _)| *known == fields) {
        Some((_, known)) => known.extend(selectors),
        None => found.push((fields, selectors)),
    }
}

/// The selectors whose operations a compiled rule speaks of.
fn selectors_of(rules: &[Compiled], at: usize) -> Vec<u32> {
    match &rules[at].judge {
        Judge::Single(selector) => vec![*selector],
        Judge::FirstSeen { trigger, .. }
        | Judge::Baseline { trigger, .. }
        | Judge::Alert { trigger, .. } => vec![*trigger],
        Judge::State { opened, .. } => vec![*opened],
        Judge::Chain { steps, .. } => steps.iter().filter_map(|step| step.selector).collect(),
        Judge::Correlation { needed, .. } => {
            needed.iter().flat_map(|needed| selectors_of(rules, needed.rule)).collect()
        }
    }
}
