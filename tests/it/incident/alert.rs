//! A Defender for Cloud alert as it was raised, and the Security event that the Activity Log keeps
//! of it.

use serde_json::{Value, json};

use super::json;
use super::model::{Author, Event, Operation, Phase};
use super::time;

/// One alert.
#[derive(Clone, Debug)]
pub(crate) struct Alert {
    /// Number counted down from the end of time, an underscore and a GUID.
    pub(crate) name: String,
    /// Index of the subscription.
    pub(crate) subscription: usize,
    /// Resource group of the alert's own id, if it hangs in one.
    pub(crate) group: Option<String>,
    /// Type, such as `ARM_OperationFromSuspiciousIP`.
    pub(crate) kind: String,
    /// Title.
    pub(crate) title: String,
    /// Description.
    pub(crate) description: String,
    /// High, Medium, Low or Informational.
    pub(crate) severity: String,
    /// Intents in the order that Defender gives.
    pub(crate) intents: Vec<String>,
    /// ARM id that it is about.
    pub(crate) resource: String,
    /// Name that it calls compromised.
    pub(crate) compromised: String,
    /// Component of the product, such as `ARM`.
    pub(crate) component: String,
    /// Start and end in ticks.
    pub(crate) start: u64,
    /// End in ticks.
    pub(crate) end: u64,
    /// When it was raised, in ticks.
    pub(crate) generated: u64,
    /// Entities with camelCase keys and `$id`/`$ref`; `None` where the alert names none.
    pub(crate) entities: Option<Vec<Value>>,
    /// Extended properties, keys as Defender spells them outside REST.
    pub(crate) extended: Vec<(String, String)>,
    /// What Defender advises.
    pub(crate) remediation: Vec<String>,
    /// Changes of state after `New`: when, in ticks, and to what.
    pub(crate) updates: Vec<(u64, String)>,
    /// `eventDataId`-like GUID of the alert's Activity Log event and its submission, if it has one.
    pub(crate) logged: bool,
}

impl Alert {
    /// Returns the ARM id of the alert.
    pub(crate) fn id(&self, subscription: &str) -> String {
        let group = self.group.as_ref().map_or(String::new(), |g| format!("/resourceGroups/{g}"));
        format!(
            "/subscriptions/{subscription}{group}/providers/Microsoft.Security/locations/westeurope/alerts/{}",
            self.name
        )
    }

    /// Returns the state after all updates, in the words of the tables (`New` before any).
    pub(crate) fn status(&self) -> &str {
        self.updates.last().map_or("New", |(_, status)| status)
    }

    /// Returns the Activity Log's Security event of the alert: no caller, no claims.
    pub(crate) fn operation(&self, subscription: &str) -> Operation {
        let facts = self.extended.iter();
        let mut details: Vec<(String, Value)> =
            facts.map(|(key, value)| (json::camel(key), value.as_str().into())).collect();
        details.push(("severity".into(), self.severity.as_str().into()));
        details.push(("intent".into(), json!(self.intents).to_string().into()));
        details.push(("compromisedEntity".into(), self.compromised.as_str().into()));
        details.push(("remediationSteps".into(), json!(self.remediation).to_string().into()));
        details.push(("attackedResourceType".into(), "Virtual Machine".into()));
        Operation {
            subscription: self.subscription,
            category: "Security".into(),
            name: "Microsoft.Security/locations/alerts/activate/action".into(),
            title: "Activate Alert".into(),
            resource: self.id(subscription),
            correlation: self.name.clone(),
            id: self.name.clone(),
            description: self.title.clone(),
            details,
            events: vec![Event {
                ticks: self.start,
                id: self.name.clone(),
                phase: Phase::Active,
                author: Author::Provider,
                submitted: self.generated + 40 * time::SECOND,
                duration_ms: 0,
                operation_id: None,
            }],
            ..Operation::default()
        }
    }
}
