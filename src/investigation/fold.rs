//! Known noise: findings that are folded away, counted by rule and reason, and reopened on request.
//!
//! Nothing is dropped: what a fold hides stays in the index of events and
//! operations, and the report says of each fold how much it hides and where
//! its first event stands. Findings of level high and above are never folded as
//! noise; what an analyst marked as expected is folded whatever its level, and what a rule does not
//! tell again, because it told the like before, is counted whatever its level.

use std::collections::BTreeMap;

use super::Config;
use super::model::{FoldReason, Folded};
use super::triage::Judge;
use crate::azure::principal::PrincipalKind;
use crate::corpus::{Corpus, NONE};
use crate::detect::{self, Finding, Hidden, Repeated};
use crate::entity::Principals;
use crate::ledger::{Ledger, Operation};
use crate::rule::{Level, RuleSet, Wanted};

/// What decides whether a finding is noise.
pub(super) struct Folds<'f> {
    pub(super) corpus: &'f Corpus,
    pub(super) ledger: &'f Ledger,
    pub(super) rules: &'f RuleSet,
}

/// Leaves out findings that are not asked for and folds those that are known noise; returns what was folded.
pub(super) fn fold(
    config: &Config,
    folds: &Folds<'_>,
    principals: &Principals,
    mut judge: Option<&mut Judge<'_>>,
    verdict: &mut detect::Verdict,
) -> Vec<Folded> {
    let rules = folds.rules;
    if let Some(judge) = &mut judge {
        judge.see(verdict, rules, principals);
    }
    let is_wanted = |f: &Finding| rules.rules()[f.rule].level >= config.min_level;
    verdict.findings.retain(is_wanted);
    verdict.excused.retain(is_wanted);
    let by_marks = judge.map(|judge| judge.fold(folds, principals, verdict));
    let mut folded = if config.all { Vec::new() } else { folds.fold(&mut verdict.findings) };
    folded.extend(folds.filtered(&verdict.hidden));
    folded.extend(folds.repeated(&verdict.repeated));
    folded.extend(by_marks.into_iter().flatten());
    folded
}

impl Folds<'_> {
    /// Takes the noise out of findings and returns how much of it there was, by reason, then by rule.
    pub(super) fn fold(&self, findings: &mut Vec<Finding>) -> Vec<Folded> {
        self.fold_by(findings, |found| self.why(found))
    }

    /// Takes out the findings for which there is a reason, and returns them by reason, then by rule.
    pub(super) fn fold_by(
        &self,
        findings: &mut Vec<Finding>,
        why: impl Fn(&Finding) -> Option<FoldReason>,
    ) -> Vec<Folded> {
        let mut folded: BTreeMap<(FoldReason, &str), Folded> = BTreeMap::new();
        findings.retain(|found| {
            let Some(why) = why(found) else { return true };
            let rule = &self.rules.rules()[found.rule];
            let entry = folded.entry((why, &rule.id)).or_insert_with(|| Folded {
                rule_id: rule.id.clone(),
                title: rule.title.clone(),
                level: rule.level,
                first_event: (found.rows(&self.corpus.spine, self.ledger).first())
                    .map(|&row| self.place(row as usize)),
                ..Folded::default()
            });
            entry.findings += 1;
            entry.operations += found.operations.len() as u64;
            false
        });
        let with_reason = |((why, _), fold): ((FoldReason, &str), Folded)| Folded {
            mark: why.mark().map(str::to_owned),
            why,
            ..fold
        };
        folded.into_iter().map(with_reason).collect()
    }

    /// Returns what the filters of the user left out, by filter, then by rule.
    pub(super) fn filtered(&self, hidden: &[Hidden]) -> Vec<Folded> {
        let mut folded: BTreeMap<(&str, &str), Folded> = BTreeMap::new();
        for left_out in hidden {
            let why = FoldReason::Filter(self.title(&left_out.filter));
            let key = (left_out.filter.as_str(), self.rules.rules()[left_out.rule].id.as_str());
            folded.insert(key, self.left_out(why, left_out.rule, &left_out.operations));
        }
        folded.into_values().collect()
    }

    /// Returns of what rules did not speak because they told the like before, by rule.
    pub(super) fn repeated(&self, repeated: &[Repeated]) -> Vec<Folded> {
        let why = FoldReason::ToldBefore;
        let one = |again: &Repeated| self.left_out(why.clone(), again.rule, &again.operations);
        repeated.iter().map(one).collect()
    }

    /// Tells of operations that a rule selected and made no findings of.
    fn left_out(&self, why: FoldReason, rule: usize, operations: &[u32]) -> Folded {
        let rule = &self.rules.rules()[rule];
        let first = operations.first().map(|&at| {
            let rows = self.ledger.rows_of(&self.ledger.operations[at as usize]);
            self.place(rows[0] as usize)
        });
        Folded {
            why,
            rule_id: rule.id.clone(),
            title: rule.title.clone(),
            level: rule.level,
            findings: 0,
            mark: None,
            operations: operations.len() as u64,
            first_event: first,
        }
    }

    /// The title of a filter.
    fn title(&self, id: &str) -> String {
        let filter = self.rules.filters().iter().find(|filter| filter.id == id);
        filter.map_or(id, |filter| &filter.title).to_owned()
    }

    fn why(&self, found: &Finding) -> Option<FoldReason> {
        let rule = &self.rules.rules()[found.rule];
        if rule.level >= Level::High {
            return None;
        }
        let all = |is: &dyn Fn(&Operation) -> bool| {
            found.operations.iter().all(|&at| is(&self.ledger.operations[at as usize]))
        };
        let identities = &self.corpus.identities;
        let is_platform = |operation: &Operation| {
            let id = identities.get(operation.identity as usize);
            id.is_some_and(|id| id.kind == PrincipalKind::AzureService)
        };
        let is_policy = |operation: &Operation| {
            let code = u32::from(operation.category);
            operation.category != u16::MAX && self.corpus.names.category.get(code) == Some("policy")
        };
        // A rule for records without an end is about just such evaluations.
        if rule.outcome != Wanted::Record && all(&is_policy) {
            return Some(FoldReason::Policy);
        }
        all(&is_platform).then_some(FoldReason::Platform)
    }

    /// Returns the address of an operation.
    pub(super) fn ip(&self, operation: u32) -> Option<&str> {
        self.corpus.names.ip.get(self.ledger.operations.get(operation as usize)?.ip)
    }

    /// Returns the identity of an operation.
    pub(super) fn identity(&self, operation: u32) -> u32 {
        self.ledger.operations.get(operation as usize).map_or(NONE, |operation| operation.identity)
    }

    fn place(&self, row: usize) -> String {
        let origin = self.corpus.spine.origin(row);
        let source = &self.corpus.sources[origin.source.0 as usize];
        format!("{}:{}", source.label(), origin.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;
    use crate::corpus::{Entry, Source};
    use crate::ledger::collapse;
    use crate::shape::Identity;

    fn rules() -> RuleSet {
        let rule = |id: &str, more: &str| {
            format!("title: {id}\nid: {id}\n{more}\ndetection: {{s: {{a: b}}, condition: s}}\n")
        };
        let text = [
            rule("low", "level: low"),
            rule("high", "level: high"),
            rule("record", "level: low\noutcome: record"),
        ];
        RuleSet::from_text("p", &text.join("---\n")).unwrap()
    }

    /// Folds one finding of each rule over one event of a principal and a category.
    fn folded(kind: PrincipalKind, category: &str) -> (usize, Vec<(String, u64)>) {
        let mut corpus = Corpus::default();
        corpus.identities.push(Identity { kind, key: "who".into(), ..Identity::default() });
        corpus.sources.push(Source { path: "a.json".into(), ..Source::default() });
        let category = u16::try_from(corpus.names.category.code(category)).unwrap();
        corpus.spine.push(Entry { time: Time(1), category, line: 7, ..Entry::default() });
        let (ledger, rules) = (collapse(&corpus), rules());
        let finding = |rule: usize| Finding { rule, operations: vec![0], ..Finding::default() };
        let mut findings: Vec<Finding> = (0..3).map(finding).collect();
        let folds = Folds { corpus: &corpus, ledger: &ledger, rules: &rules };
        let folded = folds.fold(&mut findings);
        assert!(folded.iter().all(|fold| fold.first_event.as_deref() == Some("a.json:7")));
        (findings.len(), folded.into_iter().map(|fold| (fold.rule_id, fold.findings)).collect())
    }

    #[test]
    fn the_platform_and_policies_are_folded_and_nothing_grave_is() {
        let (left, folds) = folded(PrincipalKind::AzureService, "administrative");
        assert_eq!((left, folds), (1, vec![("low".into(), 1), ("record".into(), 1)]));
        let (left, folds) = folded(PrincipalKind::User, "policy");
        assert_eq!((left, folds), (2, vec![("low".into(), 1)]));
        assert_eq!(folded(PrincipalKind::User, "administrative").0, 3);
    }
}
