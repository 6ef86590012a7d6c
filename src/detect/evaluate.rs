//! From tests that held for events to findings about operations.
//!
//! Each distinct question is put to every operation once; then each rule says
//! what follows from the operations it selected, first those that need no
//! other rule, then those that build on what others said.

use hashbrown::HashSet;
use rayon::prelude::*;

use super::alert;
use super::baseline;
use super::chain;
use super::correlate;
use super::finding::{Finding, Growing, Voice};
use super::first_seen;
use super::held::Holding;
use super::judge::Judge;
use super::part::Part;
use super::program::{Compiled, Program};
use super::scene::Scene;
use super::state;
use crate::base::Text;
use crate::base::hash::content_id;
use crate::corpus::Corpus;
use crate::entity;
use crate::ledger::Ledger;
use crate::rule::{Act, Level, Model, RuleSet, Wanted};

/// What the rules say about the evidence.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The findings, by first time, then by id.
    pub findings: Vec<Finding>,
    /// What could not be told, by rule.
    pub untold: Vec<Untold>,
    /// What filters left out, by rule.
    pub hidden: Vec<Hidden>,
    /// What rules that tell something once did not tell again.
    pub repeated: Vec<Repeated>,
    /// What rests on nothing but alerts that are expected.
    pub excused: Vec<Finding>,
}

impl Verdict {
    /// Takes the place of an earlier verdict that took alerts for grounds which are expected: what
    /// only that one holds is excused.
    pub fn replace(&mut self, earlier: Verdict) {
        let own: HashSet<&Text> = self.findings.iter().map(|found| &found.id).collect();
        let only = earlier.findings.into_iter().filter(|found| !own.contains(&found.id));
        self.excused = only.collect();
    }
}

/// Operations of which a rule told the like before, and so does not speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The rule, by its place in the set.
    pub rule: usize,
    /// The operations, by their place in the ledger, sorted.
    pub operations: Vec<u32>,
}

/// Operations of which a rule would have spoken, but for a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The rule, by its place in the set.
    pub rule: usize,
    /// Id of the filter.
    pub filter: String,
    /// The operations, by their place in the ledger, sorted.
    pub operations: Vec<u32>,
}

/// Operations of which a rule cannot tell whether they are unusual, because too little was seen before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// The rule, by its place in the set.
    pub rule: usize,
    /// The number of operations.
    pub operations: u64,
    /// What is missing.
    pub why: String,
}

/// What a rule says: some operations that belong together, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The operations, sorted.
    pub(super) operations: Vec<u32>,
    /// Those of them whose actors are accused, where the rule tells which.
    pub(super) accused: Box<[u32]>,
    /// Why, where it is more than that a question chose the first of them: fields by name, with values.
    pub(super) because: Box<[(String, String)]>,
    /// The alerts it rests on, by their place in the corpus.
    pub(super) alerts: Box<[u32]>,
    /// The question whose reasons are to be told too.
    pub(super) selector: Option<u32>,
    /// When enough of them were there, by time; empty where that was with the last of them.
    pub(super) instants: Box<[i64]>,
}

/// Everything that one rule says.
#[derive(Debug, Default)]
pub(super) struct Sayings {
    /// The question of each of whose operations it speaks.
    pub(super) each: Option<u32>,
    /// Operations that are the first of their kind.
    pub(super) firsts: Vec<u32>,
    /// Operations that came after the like, where a rule needs no history and so tells each kind once.
    pub(super) again: Vec<u32>,
    pub(super) said: Vec<Said>,
    pub(super) untold: Option<(u64, String)>,
}

impl Sayings {
    pub(super) fn of(said: Vec<Said>) -> Sayings {
        Sayings { said, ..Sayings::default() }
    }
}

/// What is known when a rule judges: the scene, the operations of each question, what other rules said.
pub(super) struct Court<'c> {
    pub(super) scene: &'c Scene<'c>,
    pub(super) selected: &'c [Vec<u32>],
    /// By the place of the rule in the program; `None` for those that have not spoken yet.
    pub(super) sayings: &'c [Option<Sayings>],
    pub(super) set: &'c RuleSet,
}

impl Program {
    /// Returns what the rules say about the operations of a corpus of which this program holds what was found.
    ///
    /// `set` must be the set that the program was compiled from.
    pub fn evaluate(
        &self,
        set: &RuleSet,
        corpus: &Corpus,
        ledger: &Ledger,
        held: &Holding,
    ) -> Verdict {
        let owners = entity::owners(corpus);
        let delegated = entity::delegation(corpus, &owners);
        let mut scene = Scene::new(self, corpus, ledger, &delegated, held);
        scene.prepare(self.rules.iter().flat_map(|rule| rule.judge.parts()));
        scene.remember(self.rules.iter().filter_map(|rule| rule.judge.history()));
        let scene = scene;
        let selected = scene.select();
        let mut sayings: Vec<Option<Sayings>> = Vec::new();
        sayings.resize_with(self.rules.len(), || None);
        let last_stage = self.rules.iter().map(|rule| rule.stage).max().unwrap_or_default();
        for stage in 0..=last_stage {
            let is_due = |at: &usize| self.rules[*at].stage == stage;
            let due: Vec<usize> = (0..self.rules.len()).filter(is_due).collect();
            let court = Court { scene: &scene, selected: &selected, sayings: &sayings, set };
            let speak = |&at: &usize| {
                let mut sayings = court.judge(&self.rules[at]);
                if !self.is_needed(at) {
                    sayings.said.iter_mut().for_each(|said| said.instants = Box::default());
                }
                sayings
            };
            let spoken: Vec<Sayings> = due.par_iter().map(speak).collect();
            for (at, said) in due.into_iter().zip(spoken) {
                sayings[at] = Some(said);
            }
        }
        let mut verdict = self.verdict(set, &scene, &selected, sayings);
        verdict.hidden = self.hidden(&selected);
        verdict
    }

    /// Whether a correlation puts together what a rule says.
    fn is_needed(&self, at: usize) -> bool {
        self.rules.iter().any(|rule| match &rule.judge {
            Judge::Correlation { needed, .. } => needed.iter().any(|need| need.rule == at),
            _ => false,
        })
    }

    fn hidden(&self, selected: &[Vec<u32>]) -> Vec<Hidden> {
        let of_rule = |rule: &Compiled| {
            let hidden = |(filter, selector): &(String, u32)| Hidden {
                rule: rule.rule,
                filter: filter.clone(),
                operations: selected[*selector as usize].clone(),
            };
            rule.hidden.iter().map(hidden).collect::<Vec<_>>()
        };
        let all = self.rules.iter().flat_map(of_rule);
        all.filter(|hidden| !hidden.operations.is_empty()).collect()
    }

    fn verdict(
        &self,
        set: &RuleSet,
        scene: &Scene<'_>,
        selected: &[Vec<u32>],
        sayings: Vec<Option<Sayings>>,
    ) -> Verdict {
        let mut spoken: Vec<(&Compiled, Sayings)> = self
            .rules
            .iter()
            .zip(sayings)
            .filter(|(rule, _)| !rule.silent)
            .filter_map(|(rule, sayings)| Some((rule, sayings?)))
            .collect();
        let again = |(rule, sayings): &mut (&Compiled, Sayings)| {
            let operations = std::mem::take(&mut sayings.again);
            (!operations.is_empty()).then_some(Repeated { rule: rule.rule, operations })
        };
        let repeated = spoken.iter_mut().filter_map(again).collect();
        let untold = |(rule, sayings): &(&Compiled, Sayings)| {
            let (operations, why) = sayings.untold.clone()?;
            Some(Untold { rule: rule.rule, operations, why })
        };
        let untold = spoken.iter().filter_map(untold).collect();
        let found = |(rule, sayings): (&Compiled, Sayings)| {
            let level = set.rules()[rule.rule].level;
            findings(rule, level, scene, selected, sayings)
        };
        let mut findings: Vec<Finding> = spoken.into_par_iter().flat_map_iter(found).collect();
        findings.par_sort_by(|a, b| {
            let key = |f: &Finding| (f.first, f.rule, f.last);
            (a.first, &a.id, key(a), &a.because).cmp(&(b.first, &b.id, key(b), &b.because))
        });
        tell_apart(&mut findings);
        Verdict { findings, untold, repeated, ..Verdict::default() }
    }
}

/// Gives findings that begin with the same operation ids of their own; they stand side by side.
fn tell_apart(findings: &mut [Finding]) {
    for same in findings.chunk_by_mut(|a, b| a.id == b.id) {
        for (number, finding) in same.iter_mut().enumerate().skip(1) {
            finding.id = content_id('f', &[&finding.id, &number.to_string()]).into();
        }
    }
}

/// The findings of one rule.
fn findings(
    rule: &Compiled,
    level: Level,
    scene: &Scene<'_>,
    selected: &[Vec<u32>],
    sayings: Sayings,
) -> Vec<Finding> {
    let because = |selector, operation| scene.because(selector, operation);
    let voice = Voice {
        rule: rule.rule,
        rule_id: &rule.id,
        level,
        wants_success: rule.wanted == Wanted::Succeeded,
        accuses: rule.accuses,
    };
    let mut growing = Growing::new(scene.corpus, scene.ledger, voice, &because);
    if let Some(selector) = sayings.each {
        for &operation in &selected[selector as usize] {
            growing.each(operation, &|| {
                let mut because = scene.because(selector, operation);
                for (name, part) in &rule.fields {
                    if let Some(value) = scene.shown(part, operation) {
                        because.entry(name.clone()).or_insert(value);
                    }
                }
                because
            });
        }
    }
    if let Judge::FirstSeen { trigger, key, of, native, .. } = &rule.judge {
        for &operation in &sayings.firsts {
            let why = || first_seen::because(scene, *trigger, (key, of), native, operation);
            growing.each(operation, &why);
        }
    }
    let grows = rule.judge.speaks_of_each();
    for said in sayings.said {
        if grows { growing.add(said) } else { growing.whole(said) }
    }
    growing.finish()
}

/// The stage after all others: correlations build on one another less deep.
pub(super) const LAST_STAGE: usize = 16;

impl Judge {
    /// Whether it speaks of operations one by one, not of several that belong together.
    fn speaks_of_each(&self) -> bool {
        match self {
            Judge::Single(_) | Judge::State { .. } | Judge::FirstSeen { .. } => true,
            Judge::Baseline { .. }
            | Judge::Chain { .. }
            | Judge::Alert { .. }
            | Judge::Correlation { .. } => false,
        }
    }

    pub(super) fn needs_findings(&self) -> bool {
        let Judge::Chain { native, .. } = self else { return false };
        native.steps.iter().any(|step| matches!(step.act, Act::Finding { .. }))
    }

    /// What tells apart the histories that it looks at.
    fn history(&self) -> Option<&[Part]> {
        match self {
            Judge::FirstSeen { of, .. } => Some(of),
            Judge::Baseline { whose, native, .. } => {
                matches!(native.model, Model::Hours { .. }).then_some(whose)
            }
            _ => None,
        }
    }

    /// Every part of its keys.
    pub(super) fn parts(&self) -> Vec<&Part> {
        match self {
            Judge::Single(_) | Judge::Alert { .. } => Vec::new(),
            Judge::FirstSeen { key, of, .. } => key.iter().chain(of).collect(),
            Judge::Baseline { of, across, whose, .. } => {
                of.iter().chain(across).chain(whose).collect()
            }
            Judge::State { opened_by, closed_by, .. } => {
                opened_by.iter().chain(closed_by).collect()
            }
            Judge::Chain { steps, .. } => {
                steps.iter().flat_map(|step| step.by.iter().chain(&step.differ)).collect()
            }
            Judge::Correlation { needed, .. } => {
                let keys = needed.iter().flat_map(|needed| &needed.keys);
                keys.flat_map(|keys| keys.by.iter().chain(&keys.values)).collect()
            }
        }
    }
}

impl Court<'_> {
    /// Whether a question with filters keeps an operation of the one without.
    pub(super) fn keeps(&self, filtered: u32, every: u32, operation: u32) -> bool {
        filtered == every || self.selected[filtered as usize].binary_search(&operation).is_ok()
    }

    fn judge(&self, rule: &Compiled) -> Sayings {
        match &rule.judge {
            Judge::Single(selector) => Sayings { each: Some(*selector), ..Sayings::default() },
            Judge::FirstSeen { trigger, every, learn, key, of, native } => {
                first_seen::judge(self, (*trigger, *every, *learn), key, of, native)
            }
            Judge::Baseline { trigger, every, of, across, whose, native } => {
                baseline::judge(self, (*trigger, *every), of, across, whose, native)
            }
            Judge::State { opened, closed, opened_by, closed_by, below } => {
                let (opened, closed) = ((*opened, &**opened_by), (*closed, &**closed_by));
                Sayings::of(state::judge(self, opened, closed, *below))
            }
            Judge::Chain { steps, native } => Sayings::of(chain::judge(self, steps, native)),
            Judge::Alert { trigger, native } => Sayings::of(alert::judge(self, *trigger, native)),
            Judge::Correlation { needed, native } => correlate::judge(self, needed, native),
        }
    }

    /// The operations of which rules of a level and one of some tactics spoke, sorted; none of them a chain of findings.
    pub(super) fn found(&self, level: Level, tactics: &[String]) -> Vec<u32> {
        let mut found = Vec::new();
        for (compiled, sayings) in self.scene.program.rules.iter().zip(self.sayings) {
            let rule = &self.set.rules()[compiled.rule];
            let Some(sayings) = sayings else { continue };
            let is_meant = rule.level >= level
                && !compiled.silent
                && (tactics.is_empty()
                    || rule.tactics().iter().any(|tactic| tactics.iter().any(|t| t == tactic)));
            if is_meant {
                found.extend(sayings.said.iter().flat_map(|said| &said.operations));
                found.extend(&sayings.firsts);
                found.extend(sayings.each.iter().flat_map(|&each| &self.selected[each as usize]));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
