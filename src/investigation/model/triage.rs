//! What a triage file says of a run, and what of the run it does not know yet.

use serde::Serialize;

use crate::base::Time;
use crate::base::words;

/// What became of the marks of a triage file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TriageReport {
    /// The file as given.
    pub file: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// Every mark, by kind, then in the order of the file.
    pub marks: Vec<MarkRow>,
    /// Number of marks that count.
    pub applied: u64,
    /// Number of marks that no longer count.
    pub expired: u64,
    /// Number of marks whose target is not in the evidence.
    pub unknown: u64,
    /// Ids of open alerts that the file does not mention.
    pub new_alerts: Vec<String>,
    /// Groups of findings that the file does not mention.
    pub new_finding_groups: Vec<NewGroup>,
}

/// One mark and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MarkRow {
    /// Kind of the target: alert, group, principal, address, runbook, grant, resource, step.
    pub kind: &'static str,
    /// Id of the target.
    pub id: String,
    /// The decision: expected, unexpected, undecided; done, of a step.
    pub mark: &'static str,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub author: String,
    /// From when on it does not count.
    pub expires: Option<Time>,
    /// What became of it.
    pub state: MarkState,
}

/// A group of findings that no mark is about.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewGroup {
    /// Id of the group, as triage files name it.
    pub id: String,
    /// Id of the rule.
    pub rule_id: String,
    /// Title of the rule.
    pub title: String,
    /// Id of the user.
    pub principal: Option<String>,
}

/// The decision on one entry of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Marked {
    /// The decision: expected or unexpected; done, of a step.
    pub mark: &'static str,
    /// Who decided.
    pub by: String,
    /// Why.
    pub reason: String,
}

words! {
    /// What became of a mark.
    MarkState {
        /// It counts.
        Applied = "applied",
        /// Nobody decided yet.
        #[default]
        Undecided = "undecided",
        /// Its time is over.
        Expired = "expired",
        /// Its target is not in the evidence.
        Unknown = "unknown",
    }
}

impl TriageReport {
    /// Returns what the file did and what is new since, in one sentence.
    pub fn words(&self) -> String {
        let mut parts = vec![format!("{} of {} marks applied", self.applied, self.marks.len())];
        for (count, what) in
            [(self.expired, "expired"), (self.unknown, "about nothing in the evidence")]
        {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        let new = match (self.new_alerts.len(), self.new_finding_groups.len()) {
            (0, 0) => "nothing new since".to_owned(),
            (alerts, groups) => {
                format!("new since: open alerts {alerts}, groups of findings {groups}")
            }
        };
        format!("{}; {new}.", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_tells_what_does_not_count_and_what_is_new() {
        let mut triage =
            TriageReport { marks: vec![MarkRow::default()], ..TriageReport::default() };
        assert_eq!(triage.words(), "0 of 1 marks applied; nothing new since.");
        triage.expired = 1;
        triage.new_alerts.push("a".into());
        assert_eq!(
            triage.words(),
            "0 of 1 marks applied, 1 expired; new since: open alerts 1, groups of findings 0."
        );
    }
}
