//! An alert, and its three steps: contact, investigate, mitigate.

use serde::Serialize;

use crate::base::Text;
use crate::base::Time;
use crate::base::words;
use crate::investigation::model::EvidenceRef;
use crate::investigation::model::Level;
use crate::investigation::model::OperationId;
use crate::investigation::model::Outcome;
use crate::investigation::model::Span;
use crate::investigation::model::Step;

/// One alert with what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Alert {
    /// Id of the alert.
    pub id: String,
    /// Id in Azure Resource Manager, where the evidence tells it.
    pub azure_id: Option<String>,
    /// Type, `ARM_…`.
    pub alert_type: Option<String>,
    /// Title as the alert shows it.
    pub title: String,
    /// What the alert says about itself.
    pub description: Option<String>,
    /// Severity the alert states.
    pub severity: Option<Level>,
    /// Status the alert states, lower case.
    pub status: Option<String>,
    /// Whether it is a sample that somebody had Defender make.
    pub sample: bool,
    /// Start of the activity it reports.
    pub start: Option<Time>,
    /// End of the activity it reports.
    pub end: Option<Time>,
    /// Subscription it was raised for.
    pub subscription_id: Option<String>,
    /// ATT&CK tactics.
    pub tactics: Vec<String>,
    /// Ids of the users it names.
    pub principals: Vec<String>,
    /// Addresses it names.
    pub ips: Vec<String>,
    /// Resources it names.
    pub resources: Vec<String>,
    /// Whether it is about delegated access.
    pub delegated_access: bool,
    /// Whether it is still open.
    pub verdict: Verdict,
    /// Entry of the triage file that set the verdict.
    pub verdict_by: Option<String>,
    /// Reason that entry gives.
    pub verdict_reason: Option<String>,
    /// Whom to ask.
    pub contact: Vec<Contact>,
    /// What the activity around it shows.
    pub investigation: Inquiry,
    /// What to do.
    pub mitigation: Vec<Step>,
    /// Where the alert stands in the evidence.
    pub evidence: Vec<EvidenceRef>,
    /// Id of the case that it belongs to; none for a sample.
    pub case: Option<String>,
}

impl Alert {
    /// Returns whether somebody has to look at it: open, and no sample.
    pub fn is_open(&self) -> bool {
        self.verdict == Verdict::Open && !self.sample
    }

    /// Returns whether its own status says that somebody put it away.
    pub fn is_closed(&self) -> bool {
        matches!(self.status.as_deref(), Some("resolved" | "dismissed"))
    }

    /// Returns the severity, informational where the alert states none.
    pub fn level(&self) -> Level {
        self.severity.unwrap_or_default()
    }
}

/// Names somebody to ask about an alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Contact {
    /// The person or role.
    pub who: String,
    /// What they can answer, or how they are tied to what the alert names.
    pub why: String,
    /// Id of the user, where it is one of the report.
    pub user: Option<String>,
    /// Whether the alert itself names it, or something speaks against it: its word alone does not count.
    pub subject: bool,
    /// Since when the tie is known.
    pub since: Option<Time>,
    /// By what the tie is known: an operation, a list, the evidence of a role.
    pub known_by: Option<String>,
    /// The events that show the tie.
    pub evidence: Vec<EvidenceRef>,
}

/// What the activity around an alert shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inquiry {
    /// Times that were asked for: the alert's, with the lookback before and the lookahead after.
    pub window: Span,
    /// The part of these times that the log of the alert's subscription reaches.
    pub reached: Span,
    /// Times in which alerts of the type look for their activity; none for an unknown type.
    pub type_window: Span,
    /// Whether the log spans the time of the activity that the alert reports, without a gap.
    pub covered: bool,
    /// Operations in the window by what the alert names.
    pub operations: u64,
    /// Their events.
    pub events: u64,
    /// Time of the first of these operations.
    pub first: Option<Time>,
    /// Time of the last of these operations.
    pub last: Option<Time>,
    /// Number of operations of the kind that the alert speaks of, in the time that its type speaks of.
    pub telling: u64,
    /// Number of those that failed.
    pub telling_failed: u64,
    /// The first of those operations, in order of time.
    pub telling_operations: Vec<OperationRef>,
    /// Ids of the findings in the window, the most severe if there are many.
    pub findings: Vec<Text>,
    /// Number of all findings in the window.
    pub findings_count: u64,
    /// What follows for the alert.
    pub assessment: Assessment,
    /// Why that follows.
    pub because: Vec<String>,
    /// The same reasons with the events that each rests on.
    pub reasons: Vec<Reason>,
    /// What is asked about alerts of the type, with the answers.
    pub questions: Vec<Answer>,
    /// What the same users did in other subscriptions in the window.
    pub elsewhere: Vec<Elsewhere>,
    /// Who else used the addresses in the window and in that of the type.
    pub same_address: Vec<SameAddress>,
    /// Ids of alerts about the same users, addresses or resources, the nearest in time first, and
    /// only these if there are many.
    pub related_alerts: Vec<String>,
    /// Number of all those alerts.
    pub related_alerts_count: u64,
}

/// Names one operation and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OperationRef {
    /// Id of the operation.
    pub id: OperationId,
    /// Time of its first event.
    pub time: Option<Time>,
    /// Operation name, `Provider/type/verb`.
    pub operation: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Id of the user who did it.
    pub user: Option<String>,
    /// Address the call came from.
    pub ip: Option<String>,
    /// Resource it was done to.
    pub resource_id: Option<String>,
    /// Id of its first event.
    pub event: String,
}

/// Gives one reason of an assessment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reason {
    /// The reason, a sentence.
    pub because: String,
    /// Ids of the events it rests on, the first ones if there are many.
    pub events: Vec<String>,
}

/// Answers one question about an alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// The answer, a sentence.
    pub answer: String,
    /// The answer in a word.
    pub outcome: AnswerOutcome,
    /// Ids of the operations it rests on, the first ones if there are many.
    pub operations: Vec<String>,
    /// Ids of the first events of these operations.
    pub events: Vec<String>,
}

/// Counts what a user did in another subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Elsewhere {
    /// Id of the user.
    pub user: String,
    /// The other subscription; none for operations above subscriptions.
    pub subscription_id: Option<String>,
    /// Number of operations.
    pub operations: u64,
}

/// Counts what another user did from an address.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SameAddress {
    /// The address.
    pub ip: String,
    /// Id of the user; none where the log names nobody.
    pub user: Option<String>,
    /// Number of operations.
    pub operations: u64,
    /// Time of the first of them.
    pub first: Option<Time>,
    /// Time of the last of them.
    pub last: Option<Time>,
}

words! {
    /// Tells in a word how a question is answered.
    AnswerOutcome {
        /// It is so.
        Yes = "yes",
        /// It is not so.
        No = "no",
        /// The evidence does not tell.
        #[default]
        Unknown = "unknown",
    }
}

words! {
    /// Whether an alert is still open.
    Verdict {
        /// Nobody explained it.
        #[default]
        Open = "open",
        /// It is known good.
        Expected = "expected",
        /// It is not to be reported.
        Suppressed = "suppressed",
    }
}

words! {
    /// What the activity log says about an alert.
    Assessment {
        /// The log shows activity that agrees with the alert.
        Corroborated = "corroborated",
        /// The log shows that the alert's statement does not hold.
        Contradicted = "contradicted",
        /// The evidence does not reach the alert.
        NotInEvidence = "not_in_evidence",
        /// The log speaks neither way.
        #[default]
        Inconclusive = "inconclusive",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_contract() {
        let json = serde_json::to_value(Alert::default()).unwrap();
        assert_eq!(json["verdict"], "open");
        assert_eq!(json["investigation"]["assessment"], "inconclusive");
        assert_eq!(Assessment::NotInEvidence.to_string(), "not_in_evidence");
        assert!(json["severity"].is_null() && json["investigation"]["window"]["from"].is_null());
    }

    #[test]
    fn a_sample_alert_is_nobodys_work() {
        assert!(Alert::default().is_open());
        assert!(!Alert { sample: true, ..Alert::default() }.is_open());
        assert!(!Alert { verdict: Verdict::Expected, ..Alert::default() }.is_open());
    }
}
