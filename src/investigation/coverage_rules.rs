//! What the rules could see of the evidence: which of them could fire, which could not, and why.

use std::collections::BTreeSet;

use super::facts::{Facts, text};
use super::model::{MutedRule, RuleCoverage, UntoldRule};
use crate::corpus::NONE;
use crate::detect::audit::{Evidence, Shapes};

/// Works out what the rules could see.
pub(super) fn rules(facts: &Facts<'_>, tenant_level_log: bool) -> RuleCoverage {
    let evidence = evidence(facts, tenant_level_log);
    let rules = facts.rules.rules();
    // Where a rule spoke, nothing kept it from speaking.
    let spoke: BTreeSet<usize> = (facts.findings.iter().map(|finding| finding.rule))
        .chain(facts.untold.iter().map(|untold| untold.rule))
        .collect();
    let mut coverage = RuleCoverage { loaded: rules.len() as u64, ..RuleCoverage::default() };
    for (at, rule) in rules.iter().enumerate() {
        let silent = !spoke.contains(&at);
        let why = silent.then(|| evidence.obstacle(facts.rules, rule)).flatten();
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
    coverage
}

/// What the evidence holds, as far as rules depend on it.
fn evidence(facts: &Facts<'_>, tenant_level_log: bool) -> Evidence {
    let (spine, names) = (&facts.corpus.spine, &facts.corpus.names);
    let shapes: BTreeSet<&str> = spine.rows().map(|row| spine.shape(row).shape().name).collect();
    let codes: BTreeSet<u16> = spine.rows().map(|row| spine.category[row]).collect();
    let category = |code: u16| {
        let known = (code != u16::MAX).then_some(u32::from(code))?;
        text(&names.category, known).filter(|name| !name.is_empty()).map(str::to_owned)
    };
    let is_group = |row: usize| {
        let resource = text(&names.resource, spine.resource[row]).unwrap_or_default();
        spine.subscription[row] == NONE
            && resource.starts_with("/providers/microsoft.management/managementgroups/")
    };
    Evidence {
        shapes: Shapes::of(shapes.into_iter()),
        categories: codes.into_iter().map(category).collect(),
        tenant_level_log,
        management_groups: spine.rows().any(is_group),
        alerts: !facts.corpus.alerts.is_empty(),
        places: facts.corpus.places.is_some(),
    }
}
