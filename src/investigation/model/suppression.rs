//! A suppression rule of Defender: which alerts it hides, since when, and who wrote it.

use serde::Serialize;

use crate::base::Time;
use crate::investigation::model::EvidenceRef;

/// One rule that dismisses alerts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SuppressionRule {
    /// Resource id, lower case.
    pub id: String,
    /// Name of the rule.
    pub name: String,
    /// Subscription it holds for.
    pub subscription_id: Option<String>,
    /// Type of the alerts it hides, `*` for all.
    pub alert_type: String,
    /// What the entities of an alert must hold, all of it, in words.
    pub scope: Vec<String>,
    /// Reason chosen from the list.
    pub reason: Option<String>,
    /// Reason in free text.
    pub comment: Option<String>,
    /// State the export gives, lower case.
    pub state: Option<String>,
    /// Since when it stands as it was exported.
    pub since: Option<Time>,
    /// When it ends.
    pub expires: Option<Time>,
    /// Whether it had ended by the last event of the evidence.
    pub expired: bool,
    /// Ids of the users who wrote it, sorted; empty where no write is in the evidence.
    pub written_by: Vec<String>,
    /// Whether one of them is under suspicion: it then hides nothing here.
    pub by_suspect: bool,
    /// Ids of the alerts in the evidence that it hides, or would hide.
    pub alerts: Vec<String>,
    /// Where the rule stands in the evidence.
    pub evidence: EvidenceRef,
}
