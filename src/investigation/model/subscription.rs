//! A subscription: who changed its rights, what runs in it, what an intruder left behind.

use serde::Serialize;

use crate::base::Time;
use crate::investigation::model::Delegation;
use crate::investigation::model::IamChange;
use crate::investigation::model::Marked;
use crate::investigation::model::Risk;
use crate::investigation::model::Step;

/// Holds what the evidence tells about one subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Subscription {
    /// Id of the subscription, lower case.
    pub id: String,
    /// Its name, where a list of subscriptions tells it.
    pub name: Option<String>,
    /// Tenant it belongs to.
    pub tenant_id: Option<String>,
    /// Whether no event names that tenant, and it is the one that most of the subscription's member
    /// users come from.
    pub tenant_inferred: bool,
    /// Time of its first event.
    pub first_seen: Option<Time>,
    /// Time of its last event.
    pub last_seen: Option<Time>,
    /// Number of operations in it; evaluations of them by Azure Policy are none.
    pub operations: u64,
    /// Number of events in it.
    pub events: u64,
    /// Ids of users who acted in it, sorted.
    pub users: Vec<String>,
    /// Ids of findings about it.
    pub findings: Vec<String>,
    /// Ids of alerts about it.
    pub alerts: Vec<String>,
    /// How much it needs a look.
    pub risk: Risk,
    /// Changes of rights, in time order.
    pub iam_changes: Vec<IamChange>,
    /// Changes of rights at the root or at a management group that reach into the subscription:
    /// copies of those under `tenant_iam_changes`, where they count.
    pub inherited_iam_changes: Vec<IamChange>,
    /// Changes of rights that were refused or of which no end is in the evidence, in time order.
    pub iam_attempts: Vec<IamChange>,
    /// Changes of automation runbooks, in time order.
    pub runbooks: Vec<Runbook>,
    /// Resources made by users under suspicion.
    pub residue: Vec<Residue>,
    /// Resource ids of its virtual machines, sorted.
    pub virtual_machines: Vec<String>,
    /// Delegations to other tenants, in time order.
    pub delegations: Vec<Delegation>,
    /// What to do.
    pub mitigation: Vec<Step>,
}

/// Is one change of an automation runbook.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Runbook {
    /// Resource id of the runbook.
    pub resource_id: String,
    /// Automation account it belongs to.
    pub account: Option<String>,
    /// What was done.
    pub change: String,
    /// Id of the user who did it.
    pub by: Option<String>,
    /// Time of the change.
    pub time: Option<Time>,
    /// Whether who did it was known before the first suspicion.
    pub familiar: bool,
    /// What a triage file decided on it.
    pub triage: Option<Marked>,
}

/// Is a resource that a user under suspicion made.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Residue {
    /// Resource id.
    pub resource_id: String,
    /// Resource type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// Id of the user who made it.
    pub created_by: Option<String>,
    /// Time it was made.
    pub created: Option<Time>,
    /// Whether the evidence shows no removal.
    pub still_present: bool,
    /// Whether who made it was known before the first suspicion.
    pub familiar: bool,
    /// What a triage file decided on it.
    pub triage: Option<Marked>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_residue_has_the_key_type() {
        let json = serde_json::to_value(Residue::default()).unwrap();
        assert_eq!(json["type"], "");
        assert!(json.get("resource_type").is_none());
    }
}
