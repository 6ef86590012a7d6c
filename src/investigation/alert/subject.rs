//! What an alert names, as codes of the corpus: principals, addresses, resources, times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::super::facts::Facts;
use super::super::machine::machine;
use super::Window;
use super::span::Spans;
use crate::azure::alert_type::{self, AlertType};
use crate::azure::resource_id::{ResourceId, ScopeLevel};
use crate::corpus::{AlertRow, Corpus};
use crate::entity::Principals;
use crate::shape;

/// What one alert names.
pub(super) struct Subject<'f> {
    pub(super) row: &'f AlertRow,
    /// Its type, or one that stands for the family of an unknown type.
    pub(super) kind: Option<&'static AlertType>,
    /// Whether the type itself is in the catalogue.
    pub(super) is_catalogued: bool,
    /// Its times; `None` where it has none.
    pub(super) spans: Option<Spans>,
    /// Principals that it names by an id, in order.
    pub(super) people: Vec<u32>,
    /// Codes of the addresses that it names and that the log has, in order.
    pub(super) ips: Vec<u32>,
    /// Resources that it names, in order; a machine that only its name tells is among them.
    pub(super) resources: Vec<String>,
    /// The places of those that are narrower than a resource group.
    attacked: Vec<u32>,
    /// The places of the lanes of these.
    pub(super) on: Vec<u32>,
    /// The places of the lanes of the networks beside them.
    pub(super) networks: Vec<u32>,
    /// Operations on many of these, in order, once somebody asked; few are looked up one by one.
    pub(super) on_many: OnceLock<Vec<u32>>,
    /// Its subscription.
    pub(super) place: Place,
}

/// The subscription of an alert, as the log knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The alert names none.
    Unnamed,
    /// The log has no event of it.
    Unlogged,
    /// The log has events of it, under this code.
    Logged(u32),
}

impl Place {
    /// Whether the alert is about this subscription; one that names none may be about any.
    pub(super) fn may_be(self, code: u32) -> bool {
        self == Place::Unnamed || self.is(code)
    }

    /// Whether the alert names this subscription.
    pub(super) fn is(self, code: u32) -> bool {
        self == Place::Logged(code)
    }
}

impl<'f> Subject<'f> {
    pub(super) fn of(
        facts: &Facts<'f>,
        row: &'f AlertRow,
        machines: &Machines<'f>,
        window: Window,
    ) -> Self {
        let alert = &row.alert;
        let id = alert.alert_type.as_deref().unwrap_or_default();
        let kind = alert_type::by_id_or_family(id);
        let start = alert.start.or(alert.generated);
        let people: BTreeSet<u32> = people(facts.principals, alert).collect();
        let ips = alert.ips.iter().filter_map(|ip| facts.corpus.names.ip.find(ip));
        let names = &facts.corpus.names.subscription;
        let resources = resources(alert, machines);
        let attacked = (0_u32..).zip(&resources).filter(|(_, id)| is_resource(id));
        Subject {
            row,
            kind,
            is_catalogued: alert_type::by_id(id).is_some(),
            spans: start.map(|start| Spans::new(start, alert.end.unwrap_or(start), window, kind)),
            people: people.into_iter().collect(),
            ips: ips.collect::<BTreeSet<_>>().into_iter().collect(),
            attacked: attacked.map(|(place, _)| place).collect(),
            on: Vec::new(),
            networks: Vec::new(),
            on_many: OnceLock::new(),
            resources,
            place: match alert.subscription_id.as_deref().map(|id| names.find(id)) {
                None => Place::Unnamed,
                Some(None) => Place::Unlogged,
                Some(Some(code)) => Place::Logged(code),
            },
        }
    }

    /// Returns the resources that it names which are narrower than a resource group.
    pub(super) fn attacked(&self) -> impl ExactSizeIterator<Item = &str> {
        self.attacked.iter().map(|place| self.resources[*place as usize].as_str())
    }
}

/// Whether an id is that of a resource, not of a scope that holds resources.
pub(super) fn is_resource(id: &str) -> bool {
    ResourceId::parse(id).is_some_and(|id| id.scope_level() == ScopeLevel::Resource)
}

/// Returns the ids of the principals and of the resources that an alert names, as reports show them.
pub(in super::super) fn named(
    principals: &Principals,
    machines: &Machines<'_>,
    alert: &shape::Alert,
) -> (Vec<String>, Vec<String>) {
    let people = people(principals, alert).map(|p| principals.all[p as usize].id.clone());
    (people.collect::<BTreeSet<_>>().into_iter().collect(), resources(alert, machines))
}

fn people<'f>(principals: &'f Principals, alert: &'f shape::Alert) -> impl Iterator<Item = u32> {
    alert.actors.iter().filter_map(|actor| {
        let names = [&actor.upn, &actor.object_id, &actor.app_id, &actor.name];
        names.into_iter().flatten().find_map(|name| principals.find(name)).map(crate::base::index32)
    })
}

fn resources(alert: &shape::Alert, machines: &Machines<'_>) -> Vec<String> {
    let named = alert.azure_resources.iter().chain(&alert.resource_id);
    let mut named: BTreeSet<String> = named.map(|r| r.to_ascii_lowercase()).collect();
    if !named.iter().any(|id| is_resource(id)) {
        let hosts = alert.hosts.iter().chain(&alert.compromised_entity);
        let subscription = alert.subscription_id.as_deref();
        named
            .extend(hosts.filter_map(|host| machines.named(host, subscription)).map(str::to_owned));
    }
    named.into_iter().collect()
}

/// The machines of the evidence by their names in lower case.
pub(in super::super) struct Machines<'f>(BTreeMap<String, BTreeSet<&'f str>>);

impl<'f> Machines<'f> {
    /// Collects the machines, if an alert names one by its name alone.
    pub(in super::super) fn of(corpus: &'f Corpus) -> Self {
        let mut machines: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let names_a_host =
            |row: &AlertRow| !row.alert.hosts.is_empty() || row.alert.compromised_entity.is_some();
        if corpus.alerts.iter().any(names_a_host) {
            let listed = corpus.context.resources.iter().map(|(_, held)| held.id.as_str());
            for id in corpus.names.resource.iter().chain(listed) {
                // What lies in a machine tells its id too.
                if let Some(own) = machine(id).and_then(|own| id.get(..own.len())) {
                    let name = own.rsplit('/').next().unwrap_or_default();
                    machines.entry(name.to_ascii_lowercase()).or_default().insert(own);
                }
            }
        }
        Machines(machines)
    }

    /// Returns the only machine of that name, in the subscription if one is given.
    fn named(&self, host: &str, subscription: Option<&str>) -> Option<&'f str> {
        let host = host.trim().to_ascii_lowercase();
        let short = host.split('.').next().unwrap_or_default();
        let all = self.0.get(&host).or_else(|| self.0.get(short))?;
        let own = |id: &&&str| {
            let of = ResourceId::parse(id).and_then(|id| id.subscription());
            subscription.is_none_or(|wanted| of.is_some_and(|of| of.eq_ignore_ascii_case(wanted)))
        };
        let mut own = all.iter().filter(own);
        own.next().filter(|_| own.next().is_none()).copied()
    }
}
