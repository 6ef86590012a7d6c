//! A subscription: who changed its rights, what runs in it, what an intruder left behind.

use serde::Serialize;

use crate::base::Text;
use crate::base::Time;
use crate::base::words;
use crate::investigation::model::Delegation;
use crate::investigation::model::IamChange;
use crate::investigation::model::Listing;
use crate::investigation::model::Marked;
use crate::investigation::model::Outcome;
use crate::investigation::model::Risk;
use crate::investigation::model::Step;

/// What the evidence tells about one subscription.
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
    pub findings: Vec<Text>,
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
    /// Changes of automation in time order; of many, those under suspicion and the first others.
    pub runbooks: Vec<Runbook>,
    /// Number of changes of automation in full.
    pub runbooks_count: u64,
    /// What users under suspicion made or changed out of their ordinary way: what still stands
    /// first, then by falling power.
    pub residue: Vec<Residue>,
    /// Number of those resources in full.
    pub residue_count: u64,
    /// Defences that were lowered, in time order; of many, those lowered by suspects and the first
    /// others.
    pub defences: Vec<Defence>,
    /// Number of times a defence was lowered in full.
    pub defences_count: u64,
    /// Resource ids of its virtual machines, sorted.
    pub virtual_machines: Vec<Text>,
    /// Delegations to other tenants, in time order.
    pub delegations: Vec<Delegation>,
    /// What to do.
    pub mitigation: Vec<Step>,
}

/// One change of automation: of an account, a runbook, or what starts runbooks.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Runbook {
    /// Resource id of what was changed.
    pub resource_id: String,
    /// What it is: `account`, or its type below the account, such as `runbooks` or `webhooks`.
    pub kind: String,
    /// Automation account it belongs to.
    pub account: Option<String>,
    /// What was done.
    pub change: String,
    /// Id of the user who did it.
    pub by: Option<String>,
    /// Time of the change.
    pub time: Option<Time>,
    /// Whether who did it was known before the first suspicion and acted in its ordinary way.
    pub familiar: bool,
    /// Whether the evidence shows no removal of it after the change.
    pub still_present: bool,
    /// Ids of findings about the change.
    pub findings: Vec<Text>,
    /// What a triage file decided on it.
    pub triage: Option<Marked>,
}

/// A resource that a user under suspicion made or changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Residue {
    /// Resource id.
    pub resource_id: Text,
    /// Resource type.
    #[serde(rename = "type")]
    pub resource_type: Text,
    /// Id of the user who made it, or changed it first.
    pub created_by: Option<Text>,
    /// Time it was made, or changed first.
    pub created: Option<Time>,
    /// Whether it was made, or was there before.
    pub change: ResidueChange,
    /// Time of the last change by a suspect.
    pub last_change: Option<Time>,
    /// Number of changes by suspects.
    pub changes: u64,
    /// How much it helps an intruder to come back, from 1 to 100.
    pub power: u32,
    /// Why, in words that follow "it".
    pub power_because: &'static str,
    /// Whether the evidence shows no removal.
    pub still_present: bool,
    /// Whether the resource was there before.
    pub familiar: bool,
    /// Ids of findings about these changes.
    pub findings: Vec<Text>,
    /// What a triage file decided on it.
    pub triage: Option<Box<Marked>>,
    /// What lists of resources in the evidence say of it.
    pub listed: Option<Box<Listing>>,
}

words! {
    /// Whether a suspect made a resource or changed one.
    ResidueChange {
        /// It was not there before.
        #[default]
        Created = "created",
        /// It was there before.
        Changed = "changed",
    }
}

/// A defence that was lowered, and whether it was raised again.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Defence {
    /// What protects: `log_export`, `defender`, `lock` and so on.
    pub kind: String,
    /// What was done to it.
    pub what: String,
    /// Resource that was changed.
    pub resource_id: String,
    /// Operation that did it.
    pub operation: String,
    /// Time of the operation.
    pub time: Option<Time>,
    /// Id of the user who did it.
    pub by: Option<String>,
    /// Whether that user was under suspicion, and this out of its ordinary way.
    pub by_suspect: bool,
    /// How the operation ended.
    pub outcome: Outcome,
    /// When it was raised again; `None` where the evidence does not show it.
    pub raised: Option<Time>,
    /// Id of the user who raised it again.
    pub raised_by: Option<String>,
    /// Whether what it protected was deleted afterwards.
    pub moot: bool,
    /// Ids of findings about it.
    pub findings: Vec<Text>,
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
