//! A case: alerts and grave findings that belong together, with one timeline.

use std::fmt;

use serde::Serialize;
use serde::Serializer;

use crate::base::Text;
use crate::base::Time;
use crate::base::hash;
use crate::base::words;
use crate::investigation::model::EventId;
use crate::investigation::model::Level;
use crate::investigation::model::Outcome;
use crate::investigation::model::Verdict;

/// Alerts and findings that share principals, addresses or resources within days.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Case {
    /// Id made from what the case begins with; the same in every run over the same evidence.
    pub id: String,
    /// What it is about, in words.
    pub title: String,
    /// The gravest of its open alerts and its findings.
    pub level: Level,
    /// Open as long as one of its alerts is, or where it has none.
    pub verdict: Verdict,
    /// Time of its first alert or grave finding.
    pub first: Option<Time>,
    /// Time of its last alert or grave finding.
    pub last: Option<Time>,
    /// Ids of its alerts, in order of time.
    pub alerts: Vec<String>,
    /// Ids of its findings, the gravest first if there are many.
    pub findings: Vec<Text>,
    /// Number of all its findings.
    pub findings_count: u64,
    /// Ids of the users who acted or whom alerts name.
    pub principals: Vec<String>,
    /// Addresses of its alerts and grave findings.
    pub ips: Vec<Text>,
    /// Resources of its alerts and grave findings, the first ones if there are many.
    pub resources: Vec<Text>,
    /// Number of all these resources.
    pub resources_count: u64,
    /// Subscriptions it reaches.
    pub subscriptions: Vec<Text>,
    /// Number of operations of its users from its first to its last time.
    pub operations: u64,
    /// Alerts, findings and operations in order of time, the telling ones if there are many.
    pub timeline: Vec<Moment>,
    /// Number of all entries of the timeline.
    pub timeline_count: u64,
}

/// One entry of the timeline of a case.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Moment {
    /// When.
    pub time: Option<Time>,
    /// What it is.
    pub kind: MomentKind,
    /// Id of the alert, the finding or the operation.
    pub id: MomentId,
    /// Title, or name of the operation.
    pub what: Text,
    /// Id of the user, where one is known.
    pub user: Option<Text>,
    /// How it ended; none for an alert.
    pub outcome: Option<Outcome>,
    /// Id of the first event; none for an alert.
    pub event: Option<EventId>,
}

/// Names what an entry of a timeline is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MomentId {
    /// The number of an operation; there may be half a million.
    Operation(OperationId),
    /// The id of anything else.
    Named(Text),
}

/// The id of an operation, shown as `o` and 12 hex digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationId(u64);

impl OperationId {
    /// Returns the id of an operation that begins with an event.
    pub fn of(event: u64) -> Self {
        OperationId(hash::key_of(b'O', [event]) >> 16)
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(13);
        text.push('o');
        hash::push_hex(&self.0.to_be_bytes()[2..], &mut text);
        f.write_str(&text)
    }
}

impl Serialize for OperationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Default for MomentId {
    fn default() -> Self {
        MomentId::Named(Text::default())
    }
}

impl fmt::Display for MomentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MomentId::Operation(id) => id.fmt(f),
            MomentId::Named(id) => f.pad(id),
        }
    }
}

impl Serialize for MomentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            MomentId::Operation(id) => id.serialize(serializer),
            MomentId::Named(id) => id.serialize(serializer),
        }
    }
}

words! {
    /// What an entry of a timeline is.
    MomentKind {
        /// An alert.
        #[default]
        Alert = "alert",
        /// A finding.
        Finding = "finding",
        /// An operation.
        Operation = "operation",
    }
}
