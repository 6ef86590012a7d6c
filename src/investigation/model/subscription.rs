//! A subscription: who changed its rights, what runs in it, what an intruder left behind.

use serde::Serialize;

use crate::base::Time;
use crate::investigation::model::Marked;
use crate::investigation::model::Risk;
use crate::investigation::model::Step;
use crate::triage;

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

/// Is one change of rights.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct IamChange {
    /// Time of the change.
    pub time: Option<Time>,
    /// What was changed.
    pub change: IamChangeKind,
    /// Id of the user who changed it.
    pub by: Option<String>,
    /// Object id of the principal whose rights changed.
    pub principal: Option<String>,
    /// Name of the role.
    pub role: Option<String>,
    /// Id of the role's definition.
    pub role_id: Option<String>,
    /// Whether the role is a privileged one; `None` where neither the catalogue of built-in roles
    /// nor the evidence knows the role.
    pub privileged: Option<bool>,
    /// Scope of the rights.
    pub scope: Option<String>,
    /// Level of that scope.
    pub scope_level: Option<ScopeLevel>,
    /// Whether nothing in the evidence took it back: no removal of it, no deletion of a scope around
    /// it, and no end of its time before the last event.
    pub standing: bool,
    /// Of a change through Privileged Identity Management, whether the role is held or may only be
    /// activated.
    pub pim_assignment: Option<PimAssignment>,
    /// When it ends by itself.
    pub expires: Option<Time>,
    /// Whether the principal was known before the first suspicion.
    pub familiar_principal: bool,
    /// Ids of findings about the change.
    pub findings: Vec<String>,
    /// What a triage file decided on it.
    pub triage: Option<Marked>,
}

impl IamChange {
    /// Returns the id of the change, as triage files name it.
    pub fn grant_id(&self) -> String {
        let time = self.time.map(|time| time.to_string()).unwrap_or_default();
        triage::grant_id(
            &time,
            self.change.as_str(),
            self.principal.as_deref().unwrap_or_default(),
            self.role_id.as_deref().unwrap_or_default(),
            self.scope.as_deref().unwrap_or_default(),
        )
    }
}

words! {
    /// Tells what a change of rights did.
    IamChangeKind {
        /// A role was assigned.
        #[default]
        Grant = "grant",
        /// A role was taken away.
        Revoke = "revoke",
        /// A role was defined or redefined.
        CustomRole = "custom_role",
        /// An administrator took rights over all subscriptions.
        Elevate = "elevate",
        /// Rights were delegated to another tenant.
        Delegation = "delegation",
        /// Rights were denied.
        Deny = "deny",
        /// A classic administrator was set.
        ClassicAdmin = "classic_admin",
        /// A privileged role was made eligible or active.
        Pim = "pim",
    }
}

words! {
    /// Tells what a principal has of a role that Privileged Identity Management gave it.
    PimAssignment {
        /// It holds the role.
        #[default]
        Active = "active",
        /// It may activate the role, and holds nothing before.
        Eligible = "eligible",
    }
}

words! {
    /// Tells how far a scope reaches.
    ScopeLevel {
        /// The whole tenant.
        Root = "root",
        /// A management group.
        ManagementGroup = "management_group",
        /// A subscription.
        Subscription = "subscription",
        /// A resource group.
        ResourceGroup = "resource_group",
        /// One resource.
        #[default]
        Resource = "resource",
    }
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

/// Is one delegation of rights to another tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Delegation {
    /// Tenant that received the rights; `None` where the definition is not in the evidence.
    pub tenant_id: Option<String>,
    /// Id of the user who delegated.
    pub by: Option<String>,
    /// Time of the delegation.
    pub time: Option<Time>,
    /// Whether nothing in the evidence took it back.
    pub standing: bool,
    /// What principals of that tenant may do.
    pub authorizations: Vec<Authorization>,
}

/// Is one role that a delegation gives to a principal of another tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Authorization {
    /// Object id of the principal in its own tenant; of a user of the report, the user's id.
    pub principal: String,
    /// Name of the role.
    pub role: Option<String>,
    /// Id of the role's definition.
    pub role_id: String,
    /// Whether the role is a privileged one; `None` where it is not known.
    pub privileged: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_contract() {
        let words: Vec<&str> = IamChangeKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(
            words.join("|"),
            "grant|revoke|custom_role|elevate|delegation|deny|classic_admin|pim"
        );
        let levels: Vec<&str> = ScopeLevel::ALL.iter().map(|level| level.as_str()).collect();
        assert_eq!(levels.join("|"), "root|management_group|subscription|resource_group|resource");
    }

    #[test]
    fn the_type_of_a_residue_has_the_key_type() {
        let json = serde_json::to_value(Residue::default()).unwrap();
        assert_eq!(json["type"], "");
        assert!(json.get("resource_type").is_none());
    }
}
