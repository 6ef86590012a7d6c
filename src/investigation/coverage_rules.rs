//! What the rules could see of the evidence: which of them could fire, which could not, and why.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::facts::Facts;
use super::model::{IdleFilter, MutedRule, RuleCoverage, UntoldRule};
use crate::corpus::NONE;
use crate::detect::audit::{Bare, Evidence, Portion, Shapes};
use crate::rule::{Filter, Rule};
use crate::shape::{ShapeId, carries};

/// Works out what the rules could see.
pub(super) fn rules(facts: &Facts<'_>, tenant_level_log: bool) -> RuleCoverage {
    let evidence = evidence(facts, tenant_level_log);
    let rules = facts.rules.rules();
    // Where a rule spoke, nothing kept it from speaking.
    let spoke: BTreeSet<usize> = (facts.findings.iter().map(|finding| finding.rule))
        .chain(facts.untold.iter().map(|untold| untold.rule))
        .collect();
    let mut coverage = RuleCoverage { loaded: rules.len() as u64, ..RuleCoverage::default() };
    let set = facts.rules;
    let why = |(at, rule): (usize, &Rule)| {
        (!spoke.contains(&at)).then(|| evidence.obstacle(set, rule)).flatten()
    };
    let whys: Vec<Option<String>> = rules.par_iter().enumerate().map(why).collect();
    for (rule, why) in rules.iter().zip(whys) {
        match why {
            Some(why) => {
                let (rule_id, title) = (rule.id.clone(), rule.title.clone());
                coverage.cannot_fire.push(MutedRule { rule_id, title, why });
            }
            None => coverage.could_fire += 1,
        }
    }
    let untold = facts.untold.iter().map(|untold| UntoldRule {
        rule_id: rules[untold.rule].id.clone(),
        title: rules[untold.rule].title.clone(),
        operations: untold.operations,
        why: untold.why.clone(),
    });
    coverage.cannot_tell = untold.collect();
    coverage.idle_filters = facts.rules.idle_filters().map(idle).collect();
    coverage
}

fn idle((filter, why): (&Filter, String)) -> IdleFilter {
    IdleFilter { filter_id: filter.id.clone(), title: filter.title.clone(), why }
}

/// What an export may leave out as a whole, by the bits of what its events carry.
const PORTIONS: &[(u8, Portion)] = &[
    (carries::ADDRESS, Portion::Addresses),
    (carries::CLAIMS, Portion::Claims),
    (carries::PROPERTIES, Portion::Properties),
];

/// What the evidence holds, as far as rules depend on it.
fn evidence(facts: &Facts<'_>, tenant_level_log: bool) -> Evidence {
    let (spine, names) = (&facts.corpus.spine, &facts.corpus.names);
    // One event in each shape and category is enough.
    let mut rows: Vec<usize> = spine.rows().collect();
    let kind = |row: usize| (spine.shape[row], spine.category[row]);
    rows.dedup_by_key(|row| kind(*row));
    rows.sort_unstable_by_key(|row| kind(*row));
    rows.dedup_by_key(|row| kind(*row));
    let shapes: BTreeSet<&str> = rows.iter().map(|row| spine.shape(*row).shape().name).collect();
    let codes: BTreeSet<u16> = rows.iter().map(|row| spine.category[*row]).collect();
    let category = |code: u16| {
        let known = (code != u16::MAX).then_some(u32::from(code))?;
        names.category.get(known).filter(|name| !name.is_empty()).map(str::to_owned)
    };
    let is_group = |row: usize| {
        let resource = names.resource.get(spine.resource[row]).unwrap_or_default();
        spine.subscription[row] == NONE
            && resource.starts_with("/providers/microsoft.management/managementgroups/")
    };
    let mut bare = Bare::default();
    let own: BTreeSet<u8> = rows.iter().map(|row| spine.shape[*row]).collect();
    for shape in own {
        let carried = facts.corpus.carried.get(usize::from(shape)).copied().unwrap_or(u8::MAX);
        for (_, portion) in PORTIONS.iter().filter(|(bit, _)| carried & bit == 0) {
            bare.note(*portion, ShapeId(shape).shape().name);
        }
    }
    Evidence {
        bare,
        shapes: Shapes::of(shapes.into_iter()),
        categories: codes.into_iter().map(category).collect(),
        tenant_level_log,
        management_groups: spine.rows().any(is_group),
        alerts: !facts.corpus.alerts.is_empty(),
        places: facts.corpus.places.is_some(),
    }
}
