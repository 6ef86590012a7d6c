//! An alert, and its three steps: contact, investigate, mitigate.

use serde::Serialize;

use crate::base::Time;
use crate::investigation::model::EvidenceRef;
use crate::investigation::model::Level;
use crate::investigation::model::Span;
use crate::investigation::model::Step;

/// Holds one alert with what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Alert {
    /// Id of the alert.
    pub id: String,
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
}

impl Alert {
    /// Returns whether somebody has to look at it: open, and no sample.
    pub fn is_open(&self) -> bool {
        self.verdict == Verdict::Open && !self.sample
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
    /// What they can answer.
    pub why: String,
}

/// Tells what the activity around an alert shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inquiry {
    /// Times that were looked at.
    pub window: Span,
    /// Whether the evidence covers the window.
    pub covered: bool,
    /// Operations in the window.
    pub operations: u64,
    /// Events in the window.
    pub events: u64,
    /// Ids of the findings in the window.
    pub findings: Vec<String>,
    /// What follows for the alert.
    pub assessment: Assessment,
    /// Why that follows.
    pub because: Vec<String>,
    /// Ids of alerts about the same users, addresses or resources.
    pub related_alerts: Vec<String>,
}

words! {
    /// Tells whether an alert is still open.
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
    /// Tells what the activity log says about an alert.
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
