//! The data that every report is written from, as `report.json` shows it.
//!
//! Names, nesting and order of the fields are the names, nesting and order of the keys. Absent
//! knowledge is `None`. Lists follow the orders of [`Report::order`]. A figure that more than one
//! format shows is a method here ([`digest`](self)), so that two formats cannot disagree.

mod address;
mod alert;
mod case;
mod coverage;
mod delegated;
mod digest;
mod evidence;
mod finding;
mod folded;
mod grade;
mod iam;
mod machine;
mod rule;
mod schema;
mod subscription;
mod suppression;
mod task;
mod triage;
mod turn;
mod user;
mod verdict;

pub use address::Address;
pub use alert::{
    Alert, Answer, AnswerOutcome, Assessment, Contact, Elsewhere, Inquiry, OperationRef, Reason,
    SameAddress, Verdict,
};
pub use case::{Case, Moment, MomentId, MomentKind, OperationId};
pub use coverage::{
    ContextList, Coverage, Covered, Export, IdleFilter, Missing, MutedRule, OpenOperation,
    RuleCoverage, Span, SubscriptionCoverage, UntoldRule,
};
pub use delegated::{DelegatedAccess, DoneCount, EntryWay, ForeignPrincipal};
pub use digest::{FindingGroup, LevelCounts};
pub use evidence::{Diagnostic, Evidence, EvidenceFile, Impact, RejectedPiece, Totals};
pub use finding::{EventId, EvidenceRef, Finding, Mixed, Parties, RuleName, SourceName};
pub use folded::{FoldReason, Folded, FoldedCounts};
pub use grade::{RiskLevel, Stage};
pub use iam::{
    Authorization, Delegation, Ending, EndingKind, HolderKind, IamChange, IamChangeKind, ListState,
    Listing, PimAssignment, ScopeLevel,
};
pub use machine::{ActionKind, Machine, MachineAction, MachineSystem, MachineVerdict};
pub use rule::RuleNote;
pub use schema::json_schema;
pub use subscription::{Defence, Residue, ResidueChange, Runbook, Subscription};
pub use suppression::SuppressionRule;
pub use task::{Ask, Task, TaskGroup, base_name, preserve_words, task_groups};
pub use triage::{MarkRow, MarkState, Marked, NewGroup, TriageReport};
pub use turn::Turn;
pub use user::{
    Activity, Familiarity, Fresh, Handover, HandoverWay, Secret, Session, Suspicion, User, UserKind,
};

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

pub use crate::detect::Because;

use crate::base::Text;
use crate::base::Time;
pub use crate::corpus::{Counts, GeoFile};
pub use crate::ledger::Outcome;
pub use crate::rule::Level;
use crate::triage as marks;

/// The version of the layout of `report.json`.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything one run found out, ready to be written in any format.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Version of this layout, [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The program and the rules that made the report.
    pub tool: Tool,
    /// What was read and what was lost.
    pub evidence: Evidence,
    /// What the evidence can and cannot show.
    pub coverage: Coverage,
    /// Counts of the operations.
    pub operations: Operations,
    /// Id of the alert that the run was asked about, where it was asked about one.
    pub focus: Option<String>,
    /// Cases: open ones first, the gravest first, then by time.
    pub cases: Vec<Case>,
    /// Alerts by start, then id.
    pub alerts: Vec<Alert>,
    /// Findings by first time, then id.
    pub findings: Vec<Finding>,
    /// Findings that were folded away as known noise, by reason, then by rule.
    pub folded: Vec<Folded>,
    /// Rules that have findings: most severe first, then by title.
    pub rules: Vec<RuleNote>,
    /// Users by falling score, then id.
    pub users: Vec<User>,
    /// Subscriptions by falling score, then id.
    pub subscriptions: Vec<Subscription>,
    /// Changes of access outside any subscription: at the root, or of management groups.
    pub tenant_iam_changes: Vec<IamChange>,
    /// Changes of access outside any subscription that were refused or never ended.
    pub tenant_iam_attempts: Vec<IamChange>,
    /// What suspects made or changed outside any subscription, such as policies of management groups.
    pub tenant_residue: Vec<Residue>,
    /// Defences outside any subscription that were lowered, in order of time.
    pub tenant_defences: Vec<Defence>,
    /// Who comes in from another tenant, by which right, and what they do.
    pub delegated_access: DelegatedAccess,
    /// Virtual machines by falling score, then resource id.
    pub virtual_machines: Vec<Machine>,
    /// Addresses that operations came from, in their order.
    pub addresses: Vec<Address>,
    /// Databases that told where addresses are.
    pub geoip: Vec<GeoFile>,
    /// Suppression rules of Defender, by id.
    pub suppression_rules: Vec<SuppressionRule>,
    /// What became of the triage file, where one was given.
    pub triage: Option<TriageReport>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::default(),
            evidence: Evidence::default(),
            coverage: Coverage::default(),
            operations: Operations::default(),
            focus: None,
            cases: Vec::new(),
            alerts: Vec::new(),
            findings: Vec::new(),
            folded: Vec::new(),
            rules: Vec::new(),
            users: Vec::new(),
            subscriptions: Vec::new(),
            tenant_iam_changes: Vec::new(),
            tenant_iam_attempts: Vec::new(),
            tenant_residue: Vec::new(),
            tenant_defences: Vec::new(),
            delegated_access: DelegatedAccess::default(),
            virtual_machines: Vec::new(),
            addresses: Vec::new(),
            geoip: Vec::new(),
            suppression_rules: Vec::new(),
            triage: None,
        }
    }
}

/// Names the program that made a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tool {
    /// Name of the program.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// The rules of the run.
    pub rules: RuleSetId,
}

/// Identifies the set of rules of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RuleSetId {
    /// Number of rules.
    pub count: u64,
    /// SHA-256 over all rules, lower-case hex.
    pub sha256: String,
}

/// Counts the operations of the evidence.
///
/// When somebody calls an operation, Azure Policy may look at it, and logs that in the caller's
/// name. Such an evaluation is an event like any other, and counts as no operation: neither here
/// nor of a user, a subscription, a machine or an alert, nor is it a row of a table of operations.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Operations {
    /// Operations.
    pub count: u64,
    /// Events they were collapsed from; all events but those of evaluations by Azure Policy.
    pub events: u64,
    /// Events of evaluations by Azure Policy.
    pub policy_evaluations: u64,
    /// Operations by outcome.
    pub by_outcome: OutcomeCounts,
}

/// Counts operations by their outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutcomeCounts {
    /// Operations that ended well.
    pub succeeded: u64,
    /// Operations that were refused or broke.
    pub failed: u64,
    /// Operations that were accepted and whose end is not in the evidence.
    pub accepted: u64,
    /// Operations of which the evidence tells no outcome.
    pub unknown: u64,
}

/// One row of `tables/operations.csv`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OperationRow<'a> {
    /// Id of the operation.
    pub id: String,
    /// Time of its first event.
    pub first: Option<Time>,
    /// Time of its last event.
    pub last: Option<Time>,
    /// Operation name, `Provider/type/verb`.
    pub operation: &'a str,
    /// How it ended.
    pub outcome: Outcome,
    /// Id of the user who did it.
    pub user: Option<&'a str>,
    /// Subscription it happened in.
    pub subscription_id: Option<&'a str>,
    /// Resource it was done to.
    pub resource_id: Option<&'a str>,
    /// Address the call came from.
    pub ip: Option<&'a str>,
    /// Client application that made the call.
    pub client: Option<&'a str>,
    /// Number of its events.
    pub events: u64,
    /// HTTP status of its end.
    pub http_status: Option<u16>,
    /// Error code of its failure.
    pub error_code: Option<&'a str>,
}

/// Scores how much an entity needs a look; says why.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Risk {
    /// Higher needs a look earlier.
    pub score: u32,
    /// The score in a word.
    pub level: RiskLevel,
    /// The reasons of the score, strongest first.
    pub because: Vec<Text>,
    /// The level of the gravest single reason, which the word may be one step above.
    #[serde(skip)]
    pub gravest: Option<Level>,
}

/// One step of mitigation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// What to do, for a person.
    pub step: Text,
    /// What it is done to.
    pub target: Text,
    /// Findings that ask for it.
    pub why: Vec<Text>,
    /// Command that does it, where there is one: to be read before it is run.
    pub command: Option<String>,
    /// Whether it can be undone without loss.
    pub reversible: bool,
    /// When it is its turn; this tells the stage, too.
    pub turn: Turn,
    /// Ids of alerts that ask for it.
    pub alerts: Vec<Text>,
    /// The mark that says that it was taken.
    pub triage: Option<Box<Marked>>,
}

impl Step {
    /// Returns the id of the step, as triage files name it.
    pub fn id(&self) -> String {
        marks::step_id(&self.step, &self.target)
    }

    /// Returns its stage: all steps of one come before those of the next.
    pub fn stage(&self) -> Stage {
        self.turn.stage()
    }

    /// Whether a mark says that it was taken.
    pub fn is_done(&self) -> bool {
        self.triage.is_some()
    }
}

/// There may be a million steps, so the id is not kept beside what it is made from.
impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut keys = serializer.serialize_struct("Step", 9)?;
        keys.serialize_field("id", &self.id())?;
        keys.serialize_field("step", &self.step)?;
        keys.serialize_field("target", &self.target)?;
        keys.serialize_field("why", &self.why)?;
        keys.serialize_field("command", &self.command)?;
        keys.serialize_field("reversible", &self.reversible)?;
        keys.serialize_field("stage", &self.stage())?;
        keys.serialize_field("alerts", &self.alerts)?;
        keys.serialize_field("triage", &self.triage)?;
        keys.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_report_stand_in_the_order_of_the_contract() {
        let report = Report { virtual_machines: vec![Machine::default()], ..Report::default() };
        let json = serde_json::to_value(&report).unwrap();
        let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "schema_version",
                "tool",
                "evidence",
                "coverage",
                "operations",
                "focus",
                "cases",
                "alerts",
                "findings",
                "folded",
                "rules",
                "users",
                "subscriptions",
                "tenant_iam_changes",
                "tenant_iam_attempts",
                "tenant_residue",
                "tenant_defences",
                "delegated_access",
                "virtual_machines",
                "addresses",
                "geoip",
                "suppression_rules",
                "triage"
            ]
        );
        assert_eq!(json["schema_version"], 1);
        assert!(json["virtual_machines"][0]["created"].is_null());
        assert_eq!(json["virtual_machines"][0]["risk"]["level"], "none");
    }
}
