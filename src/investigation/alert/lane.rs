//! Operations by what alerts name, in order of time: found by halving, however many there are.

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};

use super::super::facts::Facts;
use super::subject::{Subject, is_resource};
use crate::azure::alert_type::{AlertType, Part};
use crate::azure::resource_id::ResourceId;
use crate::base::{Time, index32};
use crate::corpus::NONE;
use crate::ledger::Operation;

/// Numbers of operations, rising, which is in order of time.
pub(super) type Lane = Vec<u32>;

/// The operations of everything that alerts name.
#[derive(Default)]
pub(super) struct Lanes {
    people: HashMap<u32, Lane>,
    ips: HashMap<u32, Lane>,
    /// Operations on a resource, on what lies in it, and on the resources that it lies in.
    resources: Named,
    /// Operations on network resources, by resource group.
    networks: Named,
    /// Operations by the code of their name, of names that types of alerts speak of.
    kinds: HashMap<u32, Lane>,
    /// What each operation is to alerts of a type, by the type's id and the code of the name.
    parts: HashMap<&'static str, Vec<Option<Part>>>,
}

/// Lanes of what has an id. Alerts keep their places: an operation is looked at once an alert.
#[derive(Default)]
struct Named {
    places: HashMap<String, u32>,
    lanes: Vec<Lane>,
}

impl Named {
    /// Returns the place of the lane of an id, which is made if there is none.
    fn place(&mut self, id: &str) -> u32 {
        let next = index32(self.lanes.len());
        let place = *self.places.entry_ref(id).or_insert(next);
        if place == next {
            self.lanes.push(Lane::new());
        }
        place
    }
}

impl Lanes {
    /// Collects the lanes, and tells the subjects the places of theirs.
    pub(super) fn of(facts: &Facts<'_>, subjects: &mut [Subject<'_>]) -> Self {
        let mut lanes = Lanes::default();
        for subject in &mut *subjects {
            for &p in &subject.people {
                lanes.people.entry(p).or_default();
            }
            for &ip in &subject.ips {
                lanes.ips.entry(ip).or_default();
            }
            let on: Vec<u32> = subject.attacked().map(|id| lanes.resources.place(id)).collect();
            let groups: BTreeSet<String> = subject.attacked().filter_map(group).collect();
            subject.on = on;
            subject.networks = groups.iter().map(|id| lanes.networks.place(id)).collect();
            if let Some(kind) = subject.kind {
                lanes.parts.entry(kind.id).or_insert_with(|| parts(facts, kind));
            }
        }
        let spoken_of = spoken_of(subjects, &lanes);
        let places = Places::of(facts, &lanes);
        for (number, operation) in facts.ledger.operations.iter().enumerate() {
            if facts.is_evaluation(operation) {
                continue;
            }
            lanes.add(facts, index32(number), operation, &places, &spoken_of);
        }
        lanes
    }

    fn add(
        &mut self,
        facts: &Facts<'_>,
        number: u32,
        operation: &Operation,
        places: &Places,
        spoken_of: &HashSet<u32>,
    ) {
        let person = facts.principals.of(operation.identity).map(index32);
        if let Some(lane) = person.and_then(|p| self.people.get_mut(&p)) {
            lane.push(number);
        }
        if let Some(lane) = self.ips.get_mut(&operation.ip) {
            lane.push(number);
        }
        if spoken_of.contains(&operation.operation) {
            self.kinds.entry(operation.operation).or_default().push(number);
        }
        for place in places.of_resource(operation.resource) {
            self.resources.lanes[*place as usize].push(number);
        }
        if let Some(place) = places.networks.get(&operation.resource) {
            self.networks.lanes[*place as usize].push(number);
        }
    }

    pub(super) fn person(&self, principal: u32) -> &[u32] {
        self.people.get(&principal).map_or(&[], Vec::as_slice)
    }

    pub(super) fn ip(&self, ip: u32) -> &[u32] {
        self.ips.get(&ip).map_or(&[], Vec::as_slice)
    }

    /// The operations on a resource, by the place of its lane.
    pub(super) fn resource(&self, place: u32) -> &[u32] {
        &self.resources.lanes[place as usize]
    }

    /// The operations on network resources of a group, by the place of its lane.
    pub(super) fn network(&self, place: u32) -> &[u32] {
        &self.networks.lanes[place as usize]
    }

    /// What an operation is to alerts of a type.
    pub(super) fn part(&self, kind: &AlertType, operation: &Operation) -> Option<Part> {
        *self.parts.get(kind.id)?.get(operation.operation as usize)?
    }

    /// The operations that alerts of a type speak of, whoever did them, in a closed span of time.
    ///
    /// A type that speaks of every operation has none here.
    pub(super) fn of_kind<'l>(
        &'l self,
        facts: &'l Facts<'_>,
        kind: &AlertType,
        span: (Time, Time),
    ) -> impl Iterator<Item = u32> + 'l {
        let codes: BTreeSet<u32> = self
            .parts
            .get(kind.id)
            .into_iter()
            .filter(|_| !speaks_of_any(kind))
            .flatten()
            .zip(0_u32..)
            .filter(|(part, _)| **part == Some(Part::Core))
            .map(|(_, code)| code)
            .collect();
        let lanes = codes.into_iter().filter_map(|code| self.kinds.get(&code));
        lanes.flat_map(move |lane| within(facts, lane, span).iter().copied())
    }
}

/// The operations of a lane that begin in a closed span of time.
pub(super) fn within<'l>(facts: &Facts<'_>, lane: &'l [u32], span: (Time, Time)) -> &'l [u32] {
    let first = |number: &u32| facts.ledger.operations[*number as usize].first;
    let start = lane.partition_point(|n| first(n) < span.0);
    let end = lane.partition_point(|n| first(n) <= span.1).max(start);
    &lane[start..end]
}

fn parts(facts: &Facts<'_>, kind: &AlertType) -> Vec<Option<Part>> {
    facts.corpus.names.operation.iter().map(|name| kind.part_of(name)).collect()
}

/// Whether a type speaks of operations of any service.
fn speaks_of_any(kind: &AlertType) -> bool {
    kind.operations.iter().any(|wanted| wanted.pattern.starts_with('*'))
}

/// The names of operations that types of alerts speak of; those that speak of any have none.
fn spoken_of(subjects: &[Subject<'_>], lanes: &Lanes) -> HashSet<u32> {
    let kinds: BTreeSet<&str> = subjects
        .iter()
        .filter_map(|s| s.kind)
        .filter(|kind| !speaks_of_any(kind))
        .map(|kind| kind.id)
        .collect();
    let parts = kinds.into_iter().filter_map(|id| lanes.parts.get(id));
    let core = parts.flat_map(|parts| {
        parts
            .iter()
            .zip(0_u32..)
            .filter(|(part, _)| **part == Some(Part::Core))
            .map(|(_, code)| code)
    });
    core.collect()
}

fn group(id: &str) -> Option<String> {
    let group = ResourceId::parse(id)?.nearest("microsoft.resources/subscriptions/resourcegroups");
    group.map(|group| group.as_str().to_ascii_lowercase())
}

/// The lanes of the named resources that each resource of the log lies in or holds, worked out once
/// a resource.
struct Places {
    resources: HashMap<u32, Vec<u32>>,
    networks: HashMap<u32, u32>,
}

impl Places {
    fn of(facts: &Facts<'_>, lanes: &Lanes) -> Self {
        // The resources that a named one lies in, and the named ones in each.
        let mut holders: HashMap<&str, Vec<u32>> = HashMap::new();
        let named = &lanes.resources.places;
        let mut sorted: Vec<(&str, u32)> =
            named.iter().map(|(id, at)| (id.as_str(), *at)).collect();
        sorted.sort_unstable();
        for (id, at) in sorted {
            for prefix in
                prefixes(id).filter(|prefix| prefix.len() < id.len() && is_resource(prefix))
            {
                holders.entry(prefix).or_default().push(at);
            }
        }
        let mut places = Places { resources: HashMap::new(), networks: HashMap::new() };
        if named.is_empty() {
            return places;
        }
        for (id, code) in facts.corpus.names.resource.iter().zip(0_u32..) {
            let inside = prefixes(id).filter_map(|prefix| named.get(prefix));
            let all: Vec<u32> =
                inside.chain(holders.get(id).into_iter().flatten()).copied().collect();
            if !all.is_empty() {
                places.resources.insert(code, all);
            }
            if id.contains("/providers/microsoft.network/")
                && let Some(place) = group(id).and_then(|group| lanes.networks.places.get(&group))
            {
                places.networks.insert(code, *place);
            }
        }
        places
    }

    fn of_resource(&self, code: u32) -> &[u32] {
        if code == NONE {
            return &[];
        }
        self.resources.get(&code).map_or(&[], Vec::as_slice)
    }
}

/// An id and everything it lies in, by the slashes in it.
fn prefixes(id: &str) -> impl Iterator<Item = &str> {
    let ends = id.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
    ends.chain([id.len()]).map(|end| &id[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const VM: &str =
        "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/vm";

    #[test]
    fn a_resource_lies_in_every_resource_in_front_of_it_and_in_no_name_that_begins_alike() {
        let inner = format!("{VM}/extensions/x");
        assert!(prefixes(&inner).any(|prefix| prefix == VM));
        assert!(!prefixes(&format!("{VM}2")).any(|prefix| prefix == VM));
        assert_eq!(group(VM).as_deref(), Some("/subscriptions/s/resourcegroups/g"));
        assert_eq!(group("/subscriptions/s"), None);
    }
}
