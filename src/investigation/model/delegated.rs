//! Delegated access: who comes in from another tenant, by which right, and what they do.

use serde::Serialize;

use crate::base::Text;
use crate::base::Time;
use crate::base::words;
use crate::investigation::model::Delegation;
use crate::investigation::model::Familiarity;
use crate::investigation::model::Risk;
use crate::investigation::model::UserKind;

/// Every principal whose tenant is not that of a subscription it acts in, and every delegation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DelegatedAccess {
    /// The principals, by falling score, then id.
    pub principals: Vec<ForeignPrincipal>,
    /// Delegations to other tenants (Azure Lighthouse), in time order.
    pub delegations: Vec<Delegation>,
    /// Ids of alerts that speak of delegated access.
    pub alerts: Vec<String>,
}

impl DelegatedAccess {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.principals.is_empty() && self.delegations.is_empty() && self.alerts.is_empty()
    }

    /// Lists the principals that are worth a look: with delegated rights, or with anything that speaks against
    /// them. A guest at ordinary work is none.
    pub fn telling(&self) -> impl Iterator<Item = &ForeignPrincipal> {
        self.principals.iter().filter(|p| p.way.is_delegated() || p.risk.score > 0)
    }

    /// Counts the delegations that stand.
    pub fn delegations_in_force(&self) -> usize {
        self.delegations.iter().filter(|delegation| delegation.standing).count()
    }
}

/// A principal of another tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ForeignPrincipal {
    /// Id of the user.
    pub user: String,
    /// Its name.
    pub name: String,
    /// What kind of principal it is.
    pub kind: UserKind,
    /// How it comes in.
    pub way: EntryWay,
    /// What shows that.
    pub because: Vec<String>,
    /// Tenant it comes from: the one that manages, that it lives in, or that owns the application.
    pub tenant_id: Option<String>,
    /// Subscriptions of other tenants that it acted in, sorted.
    pub subscriptions: Vec<String>,
    /// Since when it has had its way in, as far as the evidence tells.
    pub since: Option<Time>,
    /// Ids of the users who let it in: who registered the delegation, or gave it a role; sorted.
    pub let_in_by: Vec<String>,
    /// Resource ids of the registration assignments that let its tenant in.
    pub delegations: Vec<String>,
    /// Whether the way in is still open: a delegation or a role of it stands; `None` where the
    /// evidence shows neither being made.
    pub standing: Option<bool>,
    /// Whether it was known before the first suspicion.
    pub familiarity: Familiarity,
    /// Time of its first operation there.
    pub first_seen: Option<Time>,
    /// Time of its last operation there.
    pub last_seen: Option<Time>,
    /// Number of its operations there.
    pub operations: u64,
    /// Number of those that failed.
    pub failed: u64,
    /// What it did there, the commonest first; at most a hundred names.
    pub did: Vec<DoneCount>,
    /// Ids of findings about it there: what is suspicious of it.
    pub findings: Vec<Text>,
    /// Ids of alerts that name it.
    pub alerts: Vec<String>,
    /// How much it needs a look.
    pub risk: Risk,
}

impl ForeignPrincipal {
    /// Returns the name, followed by the key in parentheses where that says more.
    pub fn label(&self) -> String {
        let name = self.name.trim();
        if name.is_empty() || name.eq_ignore_ascii_case(&self.user) {
            return self.user.clone();
        }
        format!("{name} ({})", self.user)
    }
}

/// Counts the operations of one name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DoneCount {
    /// Name of the operation.
    pub operation: String,
    /// Number of operations.
    pub count: u64,
    /// Number of those that failed.
    pub failed: u64,
}

words! {
    /// How a principal of another tenant comes in.
    EntryWay {
        /// Through Azure Lighthouse: rights delegated to the tenant that manages.
        #[default]
        Lighthouse = "lighthouse",
        /// As a partner who administers on behalf of the customer (DAP, GDAP).
        Partner = "partner",
        /// As an application that another tenant owns.
        Application = "foreign_application",
        /// As a guest with a personal Microsoft account.
        PersonalAccount = "personal_account",
        /// As a guest from another Entra tenant.
        Guest = "guest",
        /// An alert says so, and the log does not show it.
        Alert = "said_by_alert",
    }
}

impl EntryWay {
    /// Whether rights were delegated to another tenant; guests and applications have their own here.
    pub fn is_delegated(self) -> bool {
        matches!(self, EntryWay::Lighthouse | EntryWay::Partner | EntryWay::Alert)
    }
}
