//! A user: whoever acted, person or program.

use serde::Serialize;

use crate::base::Time;
use crate::investigation::model::Risk;
use crate::investigation::model::Step;

/// Holds what the evidence tells about one principal.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct User {
    /// Stable key: mail-like name of a person, object id of a program, name of a service.
    pub id: String,
    /// What kind of principal it is.
    pub kind: UserKind,
    /// Best name to show.
    pub name: String,
    /// User principal name.
    pub upn: Option<String>,
    /// Entra object id.
    pub object_id: Option<String>,
    /// Application id.
    pub app_id: Option<String>,
    /// Name of the application.
    pub app_name: Option<String>,
    /// Tenant that issued its tokens.
    pub tenant_id: Option<String>,
    /// Tenant it is at home in.
    pub home_tenant: Option<String>,
    /// Other keys it was seen under, sorted.
    pub aliases: Vec<String>,
    /// Whether it acted through rights delegated to another tenant.
    pub delegated_access: bool,
    /// Tenant those rights were delegated to.
    pub delegated_from: Option<String>,
    /// Whether it was known before the first suspicion.
    pub familiarity: Familiarity,
    /// Why this is said.
    pub familiarity_because: Vec<String>,
    /// Time of its first event.
    pub first_seen: Option<Time>,
    /// Time of its last event.
    pub last_seen: Option<Time>,
    /// Number of its operations; evaluations of them by Azure Policy are none.
    pub operations: u64,
    /// Number of its events, evaluations of its operations by Azure Policy among them.
    pub events: u64,
    /// Number of its operations that failed.
    pub failed: u64,
    /// Subscriptions it acted in, sorted.
    pub subscriptions: Vec<String>,
    /// Addresses it came from, sorted.
    pub ips: Vec<String>,
    /// Client applications it used, sorted.
    pub clients: Vec<String>,
    /// Roles that allowed its calls, sorted.
    pub roles_seen: Vec<String>,
    /// Ids of findings about it.
    pub findings: Vec<String>,
    /// Ids of alerts about it.
    pub alerts: Vec<String>,
    /// How much it needs a look.
    pub risk: Risk,
    /// What to do.
    pub mitigation: Vec<Step>,
}

impl User {
    /// Returns the name, followed by the key in parentheses where that says more.
    pub fn label(&self) -> String {
        let name = self.name.trim();
        if name.is_empty() || name.eq_ignore_ascii_case(&self.id) {
            return self.id.clone();
        }
        format!("{name} ({})", self.id)
    }
}

words! {
    /// Tells what kind of principal a user is.
    UserKind {
        /// Member of the tenant.
        User = "user",
        /// Guest from another tenant.
        Guest = "guest",
        /// Personal Microsoft account.
        Msa = "msa",
        /// Application with its own credentials.
        ServicePrincipal = "service_principal",
        /// Identity of an Azure resource.
        ManagedIdentity = "managed_identity",
        /// Service of the platform.
        AzureService = "azure_service",
        /// Principal of another tenant that is no guest here.
        Foreign = "foreign",
        /// The evidence does not tell.
        #[default]
        Unknown = "unknown",
    }
}

words! {
    /// Tells whether a principal was known before.
    Familiarity {
        /// It was active long before.
        Familiar = "familiar",
        /// It came up new.
        Unfamiliar = "unfamiliar",
        /// The evidence is too short to tell.
        #[default]
        Unknown = "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_shows_the_key_only_where_it_says_more_than_the_name() {
        let mut user = User { id: "a@contoso.com".into(), ..User::default() };
        assert_eq!(user.label(), "a@contoso.com");
        user.name = "A@contoso.com".into();
        assert_eq!(user.label(), "a@contoso.com");
        user.name = "Alice".into();
        assert_eq!(user.label(), "Alice (a@contoso.com)");
    }
}
