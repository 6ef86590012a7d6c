//! A virtual machine: who touched it, and how.

use serde::Serialize;

use crate::base::Time;
use crate::investigation::model::Outcome;
use crate::investigation::model::Risk;
use crate::investigation::model::Step;

/// Holds what the evidence tells about one virtual machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Machine {
    /// Resource id, lower case.
    pub resource_id: String,
    /// Subscription it belongs to.
    pub subscription_id: Option<String>,
    /// Time it was made, where the evidence shows it.
    pub created: Option<Time>,
    /// Ids of users who touched it, sorted.
    pub touched_by: Vec<String>,
    /// What was done to it, in time order.
    pub actions: Vec<MachineAction>,
    /// Ids of findings about it.
    pub findings: Vec<String>,
    /// Ids of alerts about it.
    pub alerts: Vec<String>,
    /// How much it needs a look.
    pub risk: Risk,
    /// What to do.
    pub mitigation: Vec<Step>,
}

/// Is one operation on a virtual machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MachineAction {
    /// Time of the operation.
    pub time: Option<Time>,
    /// Operation name, `Provider/type/verb`.
    pub operation: String,
    /// Id of the user who did it.
    pub by: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
}
