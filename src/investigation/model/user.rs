//! A user: whoever acted, person or program.

use serde::Serialize;

use crate::base::Text;
use crate::base::Texts;
use crate::base::Time;
use crate::base::words;
use crate::investigation::model::Reason;
use crate::investigation::model::Risk;
use crate::investigation::model::Step;

/// What the evidence tells about one principal.
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
    /// What is odd about the account: one name under two object ids, one object id under two names.
    pub account_notes: Vec<Reason>,
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
    pub findings: Vec<Text>,
    /// Ids of alerts about it.
    pub alerts: Vec<String>,
    /// What speaks against it; `None` for whom nothing does.
    pub suspicion: Option<Suspicion>,
    /// What it did by operation name, the most frequent first.
    pub activity: Vec<Activity>,
    /// Operations by hour of the day, UTC: 24 numbers.
    pub hours: Vec<u64>,
    /// Addresses and clients that it had not used before the suspicion, by first use.
    pub fresh: Vec<Fresh>,
    /// Its tokens, by first use; only of whom findings or alerts are about.
    pub sessions: Vec<Session>,
    /// Number of its tokens in full.
    pub sessions_count: u64,
    /// Secrets that it was handed, by first read; only of whom findings or alerts are about.
    pub secrets: Vec<Secret>,
    /// Number of those secrets in full.
    pub secrets_count: u64,
    /// Power that it handed to others, by time.
    pub gave: Vec<Handover>,
    /// Power that suspects handed to it, by time.
    pub received: Vec<Handover>,
    /// How much it needs a look.
    pub risk: Risk,
    /// What to do.
    pub mitigation: Vec<Step>,
}

/// Why somebody is under suspicion.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Suspicion {
    /// When what speaks against it begins.
    pub since: Option<Time>,
    /// Why, in order of time.
    pub because: Vec<String>,
    /// Ids of findings that are grounds.
    pub findings: Vec<Text>,
    /// Ids of alerts that are grounds.
    pub alerts: Vec<String>,
    /// Whether it is suspected only for what suspects did for it or with it.
    pub by_spread: bool,
    /// Number of its operations out of its ordinary way.
    pub operations: u64,
}

/// Sums up the operations of one name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Activity {
    /// Operation name, `Provider/type/verb`.
    pub operation: Text,
    /// Number of operations.
    pub count: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those under suspicion.
    pub suspicious: u64,
}

/// An address or a client that somebody used only after it was suspected.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Fresh {
    /// `address` or `client`.
    pub kind: String,
    /// The address, or the client's name or id.
    pub value: String,
    /// Time of its first use.
    pub first: Option<Time>,
    /// Operations with it.
    pub operations: u64,
}

/// What was done with one token.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Session {
    /// Token id, the `uti` claim; it leads to the sign-in log.
    pub token: Box<str>,
    /// Addresses it was used from, sorted.
    pub ips: Texts,
    /// Client application.
    pub client: Option<Text>,
    /// Time of its first use.
    pub first: Time,
    /// Time of its last use.
    pub last: Time,
    /// Operations with it.
    pub operations: u32,
    /// Those under suspicion.
    pub suspicious: u32,
}

/// A secret that somebody was handed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Secret {
    /// Resource whose secret it is.
    pub resource_id: Text,
    /// Operation that hands it out.
    pub operation: Text,
    /// What it is, in a few words.
    pub what: &'static str,
    /// Time of the first read.
    pub first: Option<Time>,
    /// Time of the last read.
    pub last: Option<Time>,
    /// Number of reads that succeeded.
    pub reads: u64,
    /// Those under suspicion.
    pub suspicious: u64,
    /// When it was replaced after the last read under suspicion; `None` where the evidence does not
    /// show it.
    pub rotated: Option<Time>,
    /// Ids of findings about the reads.
    pub findings: Vec<Text>,
}

/// Power that a suspect handed to somebody.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Handover {
    /// Time of the operation.
    pub time: Option<Time>,
    /// Id of the user who handed it.
    pub by: String,
    /// Id of who got it: a user, an object id, or a tenant.
    pub to: String,
    /// How.
    pub way: HandoverWay,
    /// The role, or the tenant.
    pub what: Option<String>,
    /// Scope or resource.
    pub scope: String,
}

words! {
    /// How a suspect handed power to somebody.
    HandoverWay {
        /// A role was granted.
        #[default]
        Granted = "granted",
        /// A tenant was given rights.
        Delegated = "delegated",
        /// A key vault was opened.
        VaultPolicy = "vault_policy",
        /// An identity was made.
        Made = "made",
        /// Others may sign in as the identity.
        Federated = "federated",
        /// An identity was attached to a resource.
        Attached = "attached",
        /// Code was run where the identity can be used.
        RanCode = "ran_code",
    }
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
    /// What kind of principal a user is.
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
    /// Whether a principal was known before.
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
