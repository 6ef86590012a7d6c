//! What was folded away: findings that are known noise or expected, and what rules did not speak of.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::investigation::model::{Level, Report};

/// How much of what a rule found was folded away, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Folded {
    /// Why it is known noise.
    pub why: FoldReason,
    /// Id of the rule.
    pub rule_id: String,
    /// Title of the rule.
    pub title: String,
    /// Level of the rule.
    pub level: Level,
    /// Mark of the triage file that says so, as `kind id`.
    pub mark: Option<String>,
    /// Number of findings; 0 where operations were left out before they became findings, by a filter or
    /// because the like was told before.
    pub findings: u64,
    /// Number of operations.
    pub operations: u64,
    /// Where the first event of the first of them stands, as `file:line`.
    pub first_event: Option<String>,
}

/// Why something was folded away; reports hold the words.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoldReason {
    /// A service of Microsoft did it for itself.
    #[default]
    Platform,
    /// Azure Policy evaluated something.
    Policy,
    /// A filter of this title left it out before it became a finding.
    Filter(String),
    /// The rule told the like before.
    ToldBefore,
    /// An analyst expects it.
    Expected {
        /// Who says so, and why.
        words: String,
        /// The mark of the triage file, as `kind id`.
        mark: String,
    },
}

impl FoldReason {
    /// Makes the reason of a mark of a triage file.
    pub fn expected(author: &str, reason: &str, mark: String) -> Self {
        FoldReason::Expected { words: format!("expected by {author}: {reason} ({mark})"), mark }
    }

    /// Returns the mark of the triage file that it comes from.
    pub fn mark(&self) -> Option<&str> {
        match self {
            FoldReason::Expected { mark, .. } => Some(mark),
            _ => None,
        }
    }
}

impl fmt::Display for FoldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FoldReason::Platform => f.write_str("done by a service of Microsoft for itself"),
            FoldReason::Policy => f.write_str("an evaluation of a policy"),
            FoldReason::Filter(title) => write!(f, "left out by the filter {title}"),
            FoldReason::ToldBefore => f.write_str("the like was told before"),
            FoldReason::Expected { words, .. } => f.write_str(words),
        }
    }
}

impl Serialize for FoldReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Counts what was folded away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FoldedCounts {
    /// Findings that are known noise.
    pub noise: u64,
    /// Findings that a triage file makes expected.
    pub expected: u64,
    /// Operations that filters left out.
    pub filtered: u64,
    /// Times a rule did not speak, for it told the like before.
    pub repeated: u64,
}

impl Report {
    /// Counts what was folded away, by the kind of reason.
    pub fn folded_counts(&self) -> FoldedCounts {
        let mut counts = FoldedCounts::default();
        for fold in &self.folded {
            match fold.why {
                FoldReason::Platform | FoldReason::Policy => counts.noise += fold.findings,
                FoldReason::Expected { .. } => counts.expected += fold.findings,
                FoldReason::Filter(_) => counts.filtered += fold.operations,
                FoldReason::ToldBefore => counts.repeated += fold.operations,
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_folded_counts_by_its_reason_and_is_told_in_words() {
        let fold =
            |why, findings, operations| Folded { why, findings, operations, ..Folded::default() };
        let report = Report {
            folded: vec![
                fold(FoldReason::Platform, 1, 5),
                fold(FoldReason::Policy, 2, 5),
                fold(FoldReason::expected("kim", "planned", "alert a".into()), 4, 5),
                fold(FoldReason::Filter("mine".into()), 0, 8),
                fold(FoldReason::ToldBefore, 0, 16),
            ],
            ..Report::default()
        };
        let counts = report.folded_counts();
        assert_eq!(counts, FoldedCounts { noise: 3, expected: 4, filtered: 8, repeated: 16 });
        let words: Vec<String> = report.folded.iter().map(|fold| fold.why.to_string()).collect();
        assert_eq!(
            words[2..4],
            ["expected by kim: planned (alert a)", "left out by the filter mine"]
        );
        assert_eq!(serde_json::to_value(&report.folded[2].why).unwrap(), words[2].as_str());
    }
}
