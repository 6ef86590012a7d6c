//! How each kind of rule comes from the operations it selects to what it says.

use super::part::Part;
use crate::rule::{Accused, AlertJoin, Baseline, Chain, Correlation, FirstSeen};

/// The way of one rule, with its questions and keys compiled.
#[derive(Debug)]
pub(super) enum Judge {
    /// It speaks of each operation.
    Single(u32),
    /// It speaks of operations whose key is new; `every` are those with the ones that filters hide.
    FirstSeen {
        trigger: u32,
        every: u32,
        learn: u32,
        key: Vec<Part>,
        of: Vec<Part>,
        native: FirstSeen,
    },
    /// It speaks of what is unusual; `every` are its operations with the ones that filters hide.
    Baseline {
        trigger: u32,
        every: u32,
        of: Vec<Part>,
        across: Vec<Part>,
        whose: Vec<Part>,
        native: Baseline,
    },
    /// It speaks of what was begun and not ended.
    State { opened: u32, closed: u32, opened_by: Vec<Part>, closed_by: Vec<Part>, below: bool },
    /// It speaks of steps that belong together.
    Chain { steps: Vec<Tying>, native: Chain },
    /// It speaks of operations near an alert.
    Alert { trigger: u32, native: AlertJoin },
    /// It speaks of matches of other rules.
    Correlation { needed: Vec<Needed>, native: Correlation },
}

/// A step of a chain: its question, what ties it to the others, what must differ.
#[derive(Debug)]
pub(super) struct Tying {
    /// `None` for a step that is a finding of another rule.
    pub(super) selector: Option<u32>,
    pub(super) by: Vec<Part>,
    pub(super) differ: Vec<Part>,
    /// Whether the rule accuses who takes it.
    pub(super) is_accused: bool,
}

/// A rule that a correlation needs, by its place in the program.
#[derive(Debug)]
pub(super) struct Needed {
    pub(super) rule: usize,
    /// What the correlation calls it.
    pub(super) name: String,
    /// Whether the correlation accuses whom it matches.
    pub(super) is_accused: bool,
    /// Whether findings are about what it matches, and not only made with it.
    pub(super) is_told: bool,
    /// Its keys and values: one of each, unless aliases of correlations below tell its operations apart.
    pub(super) keys: Vec<Keys>,
}

/// Keys and values of the operations of some questions.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) selectors: Vec<u32>,
    pub(super) by: Vec<Part>,
    pub(super) values: Vec<Part>,
}

/// Whose a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accuses {
    First,
    Each,
    /// Those of the operations that the judge says so of.
    Said,
}

impl Judge {
    /// Takes note of the rules that findings are about.
    pub(super) fn tell(&mut self, names: &[String]) {
        let Judge::Correlation { needed, .. } = self else { return };
        for need in needed {
            need.is_told = names.is_empty() || names.contains(&need.name);
        }
    }

    /// Takes note of the steps and the rules whose actors are accused.
    pub(super) fn accuse(&mut self, accused: &Accused<'_>) -> Accuses {
        let names = match accused {
            Accused::First => return Accuses::First,
            Accused::Each => return Accuses::Each,
            Accused::Of(names) => names,
        };
        match self {
            Judge::Chain { steps, native } => {
                for (tying, step) in steps.iter_mut().zip(&native.steps) {
                    tying.is_accused = names.contains(&step.name.as_str());
                }
            }
            Judge::Correlation { needed, .. } => {
                for need in needed {
                    need.is_accused = names.contains(&need.name.as_str());
                }
            }
            _ => return Accuses::First,
        }
        Accuses::Said
    }
}

impl Needed {
    /// Returns the place of the keys and values of an operation; `selected` are those of all questions, sorted.
    pub(super) fn keys_of(&self, operation: u32, selected: &[Vec<u32>]) -> Option<usize> {
        let is_of = |selector: &u32| selected[*selector as usize].binary_search(&operation).is_ok();
        match self.keys.as_slice() {
            [_] => Some(0),
            several => several.iter().position(|keys| keys.selectors.iter().any(is_of)),
        }
    }
}
