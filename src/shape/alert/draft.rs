//! An alert while it is read: members come in any order and spelling, what follows from several waits for the end.
//!
//! A value that comes first stays: readers give the better source first.

use super::actor::{self, fill, is_placeholder, is_upn};
use super::value::{Unique, each_text, lower, word};
use super::{Alert, AlertActor, AlertStatus, Found, entity, ext, key, kind};
use crate::azure::alert_type::{self, Severity};
use crate::azure::resource_id::{ResourceId, canonical, is_guid};
use crate::azure::tactic;
use crate::base::json::Value;
use crate::base::{DateOrder, Time, net};
use crate::shape::field;
use crate::shape::normal::Dates;
use crate::shape::text::{Nested, fold_key, with_object};

/// An alert that is being read.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) alert: Alert,
    name: Option<String>,
    /// What it is called, also where that is no name that Defender gives.
    other_name: Option<String>,
    alert_name: Option<String>,
    resource: Option<String>,
    /// What kind of thing was attacked, in the alert's own words.
    pub(super) resource_word: Option<String>,
    /// Subscriptions that it may belong to, in the order of [`Said`].
    subscriptions: [Option<String>; Said::COUNT],
    ips: Unique,
    hosts: Unique,
    resources: Unique,
    apps: Unique,
    order: DateOrder,
    /// What the dates of the alert told.
    pub(super) dates: Dates,
}

/// Where a subscription is said; the first place that says one counts.
#[derive(Clone, Copy)]
pub(super) enum Said {
    /// In the id of the alert.
    Id,
    /// In the id of the attacked resource.
    Resource,
    /// In a member of the alert.
    Word,
    /// In the first entity that is an Azure resource or runs on one.
    Entity,
    /// In what tells of the workspace, which may lie in any subscription.
    Workspace,
}

impl Said {
    const COUNT: usize = Said::Workspace as usize + 1;
}

impl Draft {
    /// Starts an alert whose dates are read as those of its source.
    pub(super) fn of(found: &Found) -> Draft {
        Draft { order: found.order, ..Draft::default() }
    }

    /// Reads an instant into a place of the alert, and notes what its date tells of the order of day and month.
    pub(super) fn time(&mut self, place: fn(&mut Alert) -> &mut Option<Time>, value: Value<'_>) {
        let Some(text) = field::text(Some(value)) else { return };
        self.dates.see(&text);
        fill(place(&mut self.alert), Time::parse(&text, self.order));
    }

    /// Takes the time of a row that a search job copied: as that of the copy stands when the job ran.
    pub(super) fn original_time(&mut self, row: Value<'_>) {
        let mut members = row.members();
        if let Some((_, time)) =
            members.find(|(name, _)| name.starts_with("_OriginalTimeGenerated"))
        {
            self.time(|alert| &mut alert.generated, time);
        }
    }

    /// Reads every member of the object that the exports of Defender for Cloud share.
    pub(super) fn members(&mut self, object: Value<'_>) {
        self.original_time(object);
        for (name, value) in object.members() {
            self.member(&fold_key(&name), value);
        }
        let found = |names: &[&str]| names.iter().find_map(|name| object.get(name));
        if let Some(list) = found(&["resourceIdentifiers", "resource_identifiers"]) {
            entity::with_list(list, |list| entity::identifiers(self, list));
        }
        if let Some(list) = found(&["entities"]) {
            entity::with_list(list, |list| entity::read(self, list, object));
        }
        if let Some(properties) = found(&["extendedProperties", "extended_properties"]) {
            with_object(Some(properties), |properties| ext::read(self, properties));
        }
    }

    /// Reads one member; its name is folded.
    pub(super) fn member(&mut self, name: &str, value: Value<'_>) {
        let alert = &mut self.alert;
        match name {
            "vendorname" => fill(&mut alert.vendor, word(value)),
            "productname" => fill(&mut alert.product, word(value)),
            "productcomponentname" => fill(&mut alert.component, word(value)),
            "providername" => fill(&mut alert.provider, word(value)),
            "alerttype" => fill(&mut alert.alert_type, word(value)),
            "alertname" => fill(&mut self.alert_name, word(value)),
            "alertdisplayname" | "displayname" => fill(&mut alert.title, word(value)),
            "description" => fill(&mut alert.description, word(value)),
            "severity" | "alertseverity" | "reportedseverity" => self.severity(value),
            "status" | "state" | "alertstatus" => self.status(value),
            "starttimeutc" | "starttime" | "detectedtimeutc" | "detectedtime" => {
                self.time(|a| &mut a.start, value);
            }
            "endtimeutc" | "endtime" => self.time(|a| &mut a.end, value),
            "timegeneratedutc" | "timegenerated" | "reportedtimeutc" => {
                self.time(|a| &mut a.generated, value);
            }
            "processingendtimeutc" | "processingendtime" => {
                self.time(|a| &mut a.processed, value);
            }
            "compromisedentity" => fill(&mut alert.compromised_entity, word(value)),
            "alerturi" | "alertlink" | "portallink" => fill(&mut alert.link, word(value)),
            "workspaceid" => fill(&mut alert.workspace_id, lower(value)),
            "intent" | "tactics" | "killchainintent" => self.tactics(value),
            "techniques" | "subtechniques" | "mitretechniques" => self.techniques(value),
            "remediationsteps" | "recommendedactions" => self.remediation(value),
            "systemalertid" => self.system_id(value),
            "instanceid" | "provideralertid" | "vendororiginalid" => self.vendor_id(value),
            "azureresourceid" | "associatedresource" | "resourceid" => {
                each_text(value, &mut |id| self.resource(id));
            }
            "subscriptionid" | "azureresourcesubscriptionid" => {
                self.subscription(Said::Word, word(value));
            }
            "workspacesubscriptionid" => self.subscription(Said::Workspace, word(value)),
            _ => {}
        }
    }

    pub(super) fn severity(&mut self, value: Value<'_>) {
        let found = word(value).and_then(|text| match &*text.to_ascii_lowercase() {
            "critical" => Some(Severity::High),
            "info" | "information" => Some(Severity::Informational),
            other => Severity::from_word(other),
        });
        fill(&mut self.alert.severity, found);
    }

    pub(super) fn status(&mut self, value: Value<'_>) {
        let found = word(value).and_then(|text| match &*fold_key(&text) {
            "new" | "newalert" | "active" | "activated" => Some(AlertStatus::Active),
            "inprogress" => Some(AlertStatus::InProgress),
            "resolved" | "closed" => Some(AlertStatus::Resolved),
            "dismissed" => Some(AlertStatus::Dismissed),
            _ => None,
        });
        fill(&mut self.alert.status, found);
    }

    pub(super) fn tactics(&mut self, value: Value<'_>) {
        let mut text = String::new();
        each_text(value, &mut |item| {
            text.push_str(item);
            text.push(',');
        });
        if self.alert.tactics.is_empty() {
            self.alert.tactics = tactic::canonical_list(&text);
        }
    }

    pub(super) fn techniques(&mut self, value: Value<'_>) {
        let mut found = Unique::default();
        for known in std::mem::take(&mut self.alert.techniques) {
            found.add(known);
        }
        each_text(value, &mut |item| {
            let words = item.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
            let is_id = |w: &&str| {
                w.len() >= 5 && w.starts_with(['T', 't']) && w.as_bytes()[1].is_ascii_digit()
            };
            words.filter(is_id).for_each(|id| found.add(id.to_ascii_uppercase()));
        });
        self.alert.techniques = found.items;
    }

    pub(super) fn remediation(&mut self, value: Value<'_>) {
        let steps = &mut self.alert.remediation;
        each_text(value, &mut |item| {
            // A step may be a link of the portal, which shows its display value only.
            let shown = item.trim_start().starts_with('{').then(|| Nested::parse(item.to_owned()));
            let shown = shown.flatten().and_then(|n| n.root().get("displayValue").and_then(word));
            let step = shown.unwrap_or_else(|| item.trim().to_owned());
            if steps.len() < 100 {
                steps.push(step);
            }
        });
    }

    /// Takes the ARM id of the alert itself, which names subscription, group and alert.
    pub(super) fn own_id(&mut self, id: &str) {
        fill(&mut self.name, key::name(id));
        if let Some(id) = ResourceId::parse(id) {
            let is_alert = id.resource_type() == key::RESOURCE_TYPE;
            fill(&mut self.alert.arm_id, is_alert.then(|| canonical(id.as_str())));
            let subscription = id.subscription().map(str::to_owned);
            // An id that Sentinel gave lies in its workspace.
            if id.resource_type().starts_with("microsoft.securityinsights/") {
                return self.subscription(Said::Workspace, subscription);
            }
            self.subscription(Said::Id, subscription);
            fill(&mut self.alert.resource_group, id.resource_group().map(str::to_lowercase));
        }
    }

    /// Takes the name of the alert itself, alone or at the end of its id.
    pub(super) fn own_name(&mut self, text: &str) {
        fill(&mut self.name, key::name(text));
        fill(&mut self.other_name, key::last(text));
    }

    pub(super) fn system_id(&mut self, value: Value<'_>) {
        fill(&mut self.alert.system_id, lower(value));
        fill(&mut self.name, self.alert.system_id.as_deref().and_then(key::name));
    }

    pub(super) fn vendor_id(&mut self, value: Value<'_>) {
        fill(&mut self.alert.vendor_id, lower(value));
    }

    /// Takes the id of the attacked resource.
    pub(super) fn resource(&mut self, id: &str) {
        if let Some(parsed) = ResourceId::parse(id).filter(|id| id.subscription().is_some()) {
            self.subscription(Said::Resource, parsed.subscription().map(str::to_owned));
            fill(&mut self.resource, Some(canonical(parsed.as_str())));
            self.azure_resource(id);
        }
    }

    pub(super) fn subscription(&mut self, said: Said, id: Option<String>) {
        let id = id.filter(|id| !is_placeholder(id)).map(|id| id.to_lowercase());
        fill(&mut self.subscriptions[said as usize], id);
    }

    pub(super) fn ip(&mut self, text: &str) {
        if let Some((ip, _)) = net::parse(text).filter(|(ip, _)| !ip.is_unspecified()) {
            self.ips.add(ip.to_string());
        }
    }

    pub(super) fn host(&mut self, name: &str) {
        if !is_placeholder(name) {
            self.hosts.add(name.trim().to_owned());
        }
    }

    pub(super) fn azure_resource(&mut self, id: &str) {
        let starts = id.trim_start().starts_with('/');
        if let Some(id) = ResourceId::parse(id).filter(|_| starts) {
            self.subscription(Said::Entity, id.subscription().map(str::to_owned));
            self.resources.add(canonical(id.as_str()));
        }
    }

    pub(super) fn app(&mut self, text: &str) {
        if !is_placeholder(text) {
            self.apps.add(actor::guid(text).unwrap_or_else(|| text.trim().to_owned()));
        }
    }

    pub(super) fn actor(&mut self, actor: AlertActor) {
        self.alert.left_out += u32::from(!actor::add(&mut self.alert.actors, actor));
    }

    /// Works out what follows from several members and returns the alert.
    pub(super) fn finish(mut self) -> Alert {
        if self.alert.alert_type.is_none() {
            self.alert.alert_type = self.alert_name.take();
        }
        fill(&mut self.alert.title, self.alert_name.take());
        self.judge_words();
        self.place();
        let named = self.alert.compromised_entity.clone().filter(|text| is_upn(text));
        if let Some(upn) = named {
            let mut actor = AlertActor::default();
            actor.take_name(&upn);
            self.actor(actor);
        }
        self.identify();
        let mut alert = self.alert;
        alert.ips = self.ips.items;
        alert.hosts = self.hosts.items;
        alert.azure_resources = self.resources.items;
        alert.apps = self.apps.items;
        alert
    }

    /// Works out what title, type and description say.
    fn judge_words(&mut self) {
        let alert = &mut self.alert;
        let lower = |text: &Option<String>| text.as_deref().unwrap_or_default().to_lowercase();
        let (title, about) = (lower(&alert.title), lower(&alert.description));
        let simulated = alert.alert_type.as_deref().is_some_and(alert_type::is_sample);
        alert.is_sample |= simulated
            || title.starts_with("[sample alert]")
            || title.contains("test alert") && title.ends_with("(not a threat)")
            || ["this is a sample alert", "this is a test alert"]
                .iter()
                .any(|start| about.starts_with(start));
        alert.delegated |= [&title, &about].iter().any(|text| text.contains("delegated access"));
        if let Some(id) = &mut alert.alert_type {
            *id = alert_type::without_sample_prefix(id).to_owned();
        } else {
            alert.alert_type = kind::type_of(&title).map(str::to_owned);
            alert.weak.alert_type = true;
        }
        if alert.plan.is_none() {
            alert.plan = alert.alert_type.as_deref().and_then(kind::plan).map(str::to_owned);
        }
    }

    /// Works out resource, group and subscription.
    fn place(&mut self) {
        if let Some(id) = self.resource.as_deref().and_then(ResourceId::parse) {
            self.alert.resource_type = Some(id.resource_type());
            if let Some(group) = id.resource_group() {
                self.alert.resource_group = Some(group.to_lowercase());
            }
        }
        fill(&mut self.alert.resource_type, self.resource_word.take());
        self.alert.resource_id = self.resource.take();
        // Anonymised exports have words in place of some ids.
        let said = || self.subscriptions.iter().flatten();
        let id = said().find(|s| is_guid(s)).or(said().next()).cloned();
        let mut sure = self.subscriptions[..Said::Workspace as usize].iter();
        self.alert.weak.subscription = sure.all(|said| *said != id);
        self.alert.subscription_id = id;
    }

    /// Works out the key, and the start that a name tells.
    fn identify(&mut self) {
        let alert = &mut self.alert;
        let by_vendor = || alert.vendor_id.as_deref().and_then(key::name);
        let by_link = || alert.link.as_deref().and_then(key::name_within);
        let name = self.name.take().or_else(by_vendor).or_else(by_link);
        let arm_id = alert.link.as_deref().and_then(key::arm_id_within);
        fill(&mut alert.arm_id, arm_id);
        if alert.start.is_none() {
            alert.start = name.as_deref().and_then(Time::from_alert_name);
        }
        let ids = name.or_else(|| alert.system_id.clone()).or_else(|| alert.vendor_id.clone());
        let ids = ids.or_else(|| self.other_name.take());
        alert.key = ids.unwrap_or_else(|| key::of_content(alert));
    }
}

#[cfg(test)]
mod tests;
