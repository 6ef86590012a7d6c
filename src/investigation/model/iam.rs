//! The ledger of rights: who got which role where, how, and what became of it.

use serde::Serialize;

use crate::base::Text;
use crate::base::Time;
use crate::base::words;
use crate::investigation::model::Marked;
use crate::investigation::model::Outcome;
use crate::triage;

/// At most this many members of a group are named.
const MEMBERS: usize = 5;

/// One change of rights.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is a key of its own in the report")]
pub struct IamChange {
    /// Time of the change.
    pub time: Option<Time>,
    /// What was changed.
    pub change: IamChangeKind,
    /// Id of the user who changed it.
    pub by: Option<String>,
    /// Whether that user was under suspicion, and this out of its ordinary way.
    pub by_suspect: bool,
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
    /// it or of its principal, no end of its time before the last event, and no later list without it.
    pub standing: bool,
    /// Of a change through Privileged Identity Management, whether the role is held or may only be
    /// activated.
    pub pim_assignment: Option<PimAssignment>,
    /// When it ends by itself.
    pub expires: Option<Time>,
    /// Whether the principal was known before the first suspicion.
    pub familiar_principal: bool,
    /// Ids of findings about the change.
    pub findings: Vec<Text>,
    /// What a triage file decided on it.
    pub triage: Option<Marked>,
    /// How the call ended that made it; what failed or never ended changed nothing and stands under
    /// `iam_attempts`.
    pub outcome: Outcome,
    /// Whether it takes something away: a role, an assignment of denial, a delegation, a definition.
    pub removal: bool,
    /// Name of the principal, where the evidence has one.
    pub principal_name: Option<String>,
    /// What the principal is: of a group, every member gets the rights.
    pub principal_kind: Option<HolderKind>,
    /// Of a group: ids of its members, where a list of groups tells them; sorted.
    pub members: Vec<String>,
    /// Those of them that are under suspicion.
    pub suspect_members: Vec<String>,
    /// Resource id of the assignment or definition.
    pub assignment_id: Option<String>,
    /// Condition under which the role holds, as it was written.
    pub condition: Option<String>,
    /// What ended it; null for what stands, and for what takes away.
    pub ended: Option<Ending>,
    /// What lists of role assignments in the evidence say of it.
    pub listed: Option<Listing>,
    /// Scope above that it is inherited from: it is shown where it reaches, and counts there.
    pub inherited_from: Option<String>,
    /// First event of the operation that made it, by its row.
    #[serde(skip)]
    pub row: Option<u32>,
    /// Whether it gives back what a user under suspicion had taken.
    #[serde(skip)]
    pub restores: bool,
}

impl IamChange {
    /// Says who is in the group that got the rights; `None` where no list tells.
    pub fn member_words(&self) -> Option<String> {
        if self.members.is_empty() {
            return None;
        }
        let some = |all: &[String]| {
            let more = all.len().saturating_sub(MEMBERS);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            all[..all.len() - more].join(", ") + &rest
        };
        let suspects = match self.suspect_members.as_slice() {
            [] => "none of them under suspicion".to_owned(),
            suspects => format!("under suspicion: {}", some(suspects)),
        };
        Some(format!("members: {}; {suspects}", some(&self.members)))
    }

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

/// The end of what a change gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ending {
    /// Time of the end; `None` where only a later list tells.
    pub time: Option<Time>,
    /// Id of the user who ended it; `None` where it ended by itself or nothing tells.
    pub by: Option<String>,
    /// How it ended.
    pub how: EndingKind,
}

words! {
    /// How something that a change gave ended.
    EndingKind {
        /// Somebody took it away, or deleted it.
        #[default]
        Removed = "removed",
        /// An activation was given back or ran out.
        Deactivated = "deactivated",
        /// Its time was over.
        Expired = "expired",
        /// A scope around it was deleted.
        ScopeDeleted = "scope_deleted",
        /// The principal was deleted.
        PrincipalDeleted = "principal_deleted",
        /// A list that was taken later does not hold it.
        NotListed = "not_listed",
    }
}

/// What a list of role assignments says of a grant.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Listing {
    /// What it says.
    pub state: ListState,
    /// The list: its file, and the member of an archive.
    pub list: String,
    /// The latest time that the list names: it was taken after it.
    pub taken_after: Option<Time>,
}

impl Listing {
    /// Returns what counts of what several lists say: one that holds the thing outweighs one that
    /// does not, and of equals the one that was taken last.
    pub fn weightiest(said: impl Iterator<Item = Self>) -> Option<Self> {
        let weight = |state| match state {
            ListState::StillThere => 2,
            ListState::Gone => 1,
            ListState::NotInList => 0,
        };
        said.max_by(|a, b| {
            let rank = |said: &Listing| (weight(said.state), said.taken_after);
            rank(a).cmp(&rank(b)).then_with(|| b.list.cmp(&a.list))
        })
    }
}

words! {
    /// Whether a list holds what the log says was made.
    ListState {
        /// It holds it.
        StillThere = "still_there",
        /// It was taken later, covers its place, and does not hold it.
        Gone = "gone",
        /// It does not hold it, and may be older or only a part.
        #[default]
        NotInList = "not_in_list",
    }
}

words! {
    /// What holds a role.
    HolderKind {
        /// A person.
        #[default]
        User = "user",
        /// An application or a managed identity.
        ServicePrincipal = "service_principal",
        /// A group: its members hold the role.
        Group = "group",
        /// A group of another tenant, which administers on behalf of this one.
        ForeignGroup = "foreign_group",
    }
}

words! {
    /// What a change of rights did.
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
    /// What a principal has of a role that Privileged Identity Management gave it.
    PimAssignment {
        /// It holds the role.
        #[default]
        Active = "active",
        /// It may activate the role, and holds nothing before.
        Eligible = "eligible",
    }
}

words! {
    /// How far a scope reaches.
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

/// One delegation of rights to another tenant.
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
    /// Scope that the delegation is about.
    pub scope: Option<String>,
    /// Resource id of the registration definition, the offer.
    pub definition_id: Option<String>,
    /// Resource id of the registration assignment, which accepts it.
    pub assignment_id: Option<String>,
    /// Name of the offer.
    pub name: Option<String>,
    /// Id of the user who wrote the offer.
    pub offered_by: Option<String>,
    /// What ended it.
    pub ended: Option<Ending>,
}

impl Delegation {
    /// Returns the roles that it gives, each once, with a mark at the privileged ones.
    pub fn role_words(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for right in &self.authorizations {
            let mark = if right.privileged == Some(true) { " (privileged)" } else { "" };
            let word = format!("{}{mark}", right.role.as_ref().unwrap_or(&right.role_id));
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }
}

/// One role that a delegation gives to a principal of another tenant.
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
}
