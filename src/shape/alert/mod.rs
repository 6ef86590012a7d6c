//! Alerts of Defender and Sentinel: one normalised form, and the exports it is read from.
//!
//! An alert is rare beside events, so it owns its values. Every reader fills a
//! `draft::Draft`, which folds spellings and works out what follows from
//! several members (key, start, subscription, plan) once, for all exports.
//! Lists are free of repeats and keep the order of the evidence.

mod activity;
mod actor;
mod csv;
mod draft;
mod entity;
mod export;
mod ext;
mod flat;
mod graph;
mod hunting;
mod incident;
mod key;
mod kind;
mod log_analytics;
mod merge;
mod rest;
#[cfg(test)]
mod sample;
mod value;

pub use activity::from_activity;
pub use actor::AlertActor;
pub(super) use csv::{GRAPH_CSV, PORTAL_CSV};
pub(super) use export::EXPORT;
pub use flat::lost;
pub(super) use graph::{GRAPH_V1, GRAPH_V2};
pub(super) use hunting::HUNTING;
pub(super) use incident::{INCIDENT_GRAPH, INCIDENT_SENTINEL};
pub(super) use log_analytics::LOG_ANALYTICS;
pub use merge::Weak;
pub(super) use rest::{REST, REST_FLAT};

use crate::azure::alert_type::Severity;
use crate::base::{DateOrder, Time};
use crate::shape::normal::Dates;

/// How far the people who work on an alert have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertStatus {
    /// Nobody has looked at it.
    Active,
    /// Somebody works on it.
    InProgress,
    /// It is done with.
    Resolved,
    /// It was set aside as no threat.
    Dismissed,
}

impl AlertStatus {
    /// Returns the word for it, in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            AlertStatus::Active => "active",
            AlertStatus::InProgress => "in_progress",
            AlertStatus::Resolved => "resolved",
            AlertStatus::Dismissed => "dismissed",
        }
    }

    /// Returns whether somebody has put the alert away.
    pub const fn is_closed(self) -> bool {
        matches!(self, AlertStatus::Resolved | AlertStatus::Dismissed)
    }
}

/// The alerts that records of one source hold, and how the source writes dates.
#[derive(Debug, Default)]
pub struct Found {
    /// The alerts.
    pub alerts: Vec<Alert>,
    /// Rules that dismiss alerts.
    pub suppressions: Vec<super::Suppression>,
    /// How dates are read that leave day and month open.
    pub order: DateOrder,
    /// What the dates told.
    pub dates: Dates,
}

impl Found {
    /// Takes an alert and what its dates told.
    fn push(&mut self, dates: Dates, alert: Alert) {
        self.dates.add(dates);
        self.alerts.push(alert);
    }
}

/// One alert in the normalised form.
///
/// What the evidence does not say is `None` or empty; no text is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alert {
    /// What it is known by in all exports, in lower case: its name `ticks_guid` if it has one.
    pub key: String,
    /// The canonical id of the alert itself in Resource Manager.
    pub arm_id: Option<String>,
    /// The system's id, in lower case.
    pub system_id: Option<String>,
    /// The id that the product gave it, in lower case.
    pub vendor_id: Option<String>,
    /// The id of the alert's type, without the prefix of sample alerts.
    pub alert_type: Option<String>,
    /// Whether it was raised to try out the plan.
    pub is_sample: bool,
    /// The title, as written.
    pub title: Option<String>,
    /// The description, as written.
    pub description: Option<String>,
    /// How grave it is.
    pub severity: Option<Severity>,
    /// How far the work on it has come.
    pub status: Option<AlertStatus>,
    /// When the activity began.
    pub start: Option<Time>,
    /// When the activity ended.
    pub end: Option<Time>,
    /// When the alert was raised.
    pub generated: Option<Time>,
    /// When the alert was last worked on by the service.
    pub processed: Option<Time>,
    /// The product's name.
    pub product: Option<String>,
    /// The name of the product's part.
    pub component: Option<String>,
    /// The vendor's name.
    pub vendor: Option<String>,
    /// The name of what provided it.
    pub provider: Option<String>,
    /// The plan's short name, such as `arm` or `servers`.
    pub plan: Option<String>,
    /// The canonical names of its tactics, in the order of the matrix.
    pub tactics: Vec<&'static str>,
    /// The ATT&CK ids of its techniques.
    pub techniques: Vec<String>,
    /// The subscription's id, in lower case.
    pub subscription_id: Option<String>,
    /// The resource group's name, in lower case.
    pub resource_group: Option<String>,
    /// The canonical id of the attacked resource.
    pub resource_id: Option<String>,
    /// The type of that resource; if its id is unknown, the alert's own word for it.
    pub resource_type: Option<String>,
    /// The name of what is compromised, as written.
    pub compromised_entity: Option<String>,
    /// The tenant of the resource, in lower case.
    pub tenant_id: Option<String>,
    /// The Log Analytics workspace's id, in lower case.
    pub workspace_id: Option<String>,
    /// Whether title or description speak of delegated access.
    pub delegated: bool,
    /// The identities that it names, at most 500.
    pub actors: Vec<AlertActor>,
    /// The addresses that it names.
    pub ips: Vec<String>,
    /// The hosts that it names.
    pub hosts: Vec<String>,
    /// The canonical ids of the Azure resources that it names.
    pub azure_resources: Vec<String>,
    /// The ids of the applications that it names, or the names of those without.
    pub apps: Vec<String>,
    /// What the product advises to do, at most 100 steps.
    pub remediation: Vec<String>,
    /// The address of its page.
    pub link: Option<String>,
    /// The entities as compact JSON, references as written; whole entities up to 64 KiB.
    pub entities: Option<String>,
    /// The extended properties, at most 200, names as written.
    pub ext: Vec<(String, String)>,
    /// How many identities and extended properties were left out.
    pub left_out: u32,
    /// How many references between entities lead nowhere.
    pub dangling_refs: u32,
    /// Whether it is known from events of the Activity Log alone.
    pub from_event: bool,
    /// What of it other tellings know better.
    pub weak: Weak,
}
