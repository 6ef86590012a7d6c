//! Which machine a disk, an interface, an address or a rule belongs to.
//!
//! The bodies of calls tell most of it. Where they do not, a resource of the same group whose name
//! begins with that of a machine is taken for a part of it, as the portal names them.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem;
use rayon::prelude::*;

use super::super::facts::Facts;
use crate::azure::resource_id::ResourceId;
use crate::base::index32;
use crate::shape::access::Access;

/// Types that are machines.
const MACHINES: &[&str] = &[
    "microsoft.compute/virtualmachines",
    "microsoft.compute/virtualmachinescalesets",
    "microsoft.hybridcompute/machines",
    "microsoft.classiccompute/virtualmachines",
];
/// Types that can be a part of one.
const PARTS: &[&str] = &[
    "microsoft.compute/disks",
    "microsoft.compute/snapshots",
    "microsoft.network/networkinterfaces",
    "microsoft.network/networksecuritygroups",
    "microsoft.network/publicipaddresses",
];
/// Providers of those types.
const PROVIDERS: [&str; 2] = ["/microsoft.compute/", "/microsoft.network/"];
/// A rule may be for so many machines; what is for more belongs to none.
const SHARED: usize = 50;

/// Returns the machine that a resource is or lies in, in lower case.
pub(in crate::investigation) fn machine(resource: &str) -> Option<String> {
    // Most resources are nowhere near a machine, and there may be many.
    if !resource.contains("machine") {
        return None;
    }
    let id = ResourceId::parse(resource)?;
    id.nearest_of(MACHINES).map(|machine| machine.as_str().to_ascii_lowercase())
}

/// The machines that each resource of the evidence is, lies in, or belongs to, by number.
pub(super) struct Map {
    /// Ids, sorted: the place is the number.
    ids: Vec<String>,
    /// Numbers by the code of the resource.
    of: Vec<Vec<u32>>,
    parts: Parts,
}

impl Map {
    /// Works it out for all resources that operations are on, and for those that others name.
    pub(super) fn new<'n>(facts: &Facts<'_>, named: impl Iterator<Item = &'n String>) -> Self {
        let parts = Parts::of(facts);
        let strange = named.filter(|name| facts.corpus.names.resource.find(name).is_none());
        let strange = strange.flat_map(|name| parts.machines_of(name));
        let resources = &facts.corpus.names.resource;
        let codes = (0..index32(resources.len())).into_par_iter();
        let known: Vec<Vec<String>> =
            codes.map(|code| parts.machines_of(resources.text_of(code))).collect();
        let mut ids: Vec<String> = known.iter().flatten().cloned().chain(strange).collect();
        ids.par_sort_unstable();
        ids.dedup();
        let of = known.par_iter().map(|machines| numbers(&ids, machines)).collect();
        Map { ids, of, parts }
    }

    /// Returns the id of a machine.
    pub(super) fn id(&self, machine: u32) -> &str {
        &self.ids[machine as usize]
    }

    /// Returns the machines of a resource, by its code.
    pub(super) fn of(&self, resource: u32) -> &[u32] {
        self.of.get(resource as usize).map_or(&[], Vec::as_slice)
    }

    /// Returns the machines of some resources.
    pub(super) fn of_all<T: AsRef<str>>(
        &self,
        facts: &Facts<'_>,
        resources: &[T],
    ) -> BTreeSet<u32> {
        let of = |resource: &str| match facts.corpus.names.resource.find(resource) {
            Some(code) => self.of[code as usize].clone(),
            None => numbers(&self.ids, &self.parts.machines_of(resource)),
        };
        resources.iter().flat_map(|resource| of(resource.as_ref())).collect()
    }
}

/// The places of some machines among all.
fn numbers(ids: &[String], machines: &[String]) -> Vec<u32> {
    machines.iter().filter_map(|id| ids.binary_search(id).ok().map(index32)).collect()
}

/// Machines by the resources that belong to them.
struct Parts {
    of: BTreeMap<String, BTreeSet<String>>,
    /// Names of machines by their group.
    named: BTreeMap<String, BTreeMap<String, String>>,
}

impl Parts {
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let mut parts = Parts { of: BTreeMap::new(), named: BTreeMap::new() };
        for resource in facts.corpus.names.resource.iter() {
            if let Some(machine) = machine(resource)
                && let Some((group, name)) = group_and_name(&machine)
            {
                parts.named.entry(group).or_default().insert(name, machine);
            }
        }
        let mut ties: Vec<(&str, &str)> = Vec::new();
        for (row, access) in &facts.corpus.access {
            let Access::Tied(ids) = access else { continue };
            let Some(operation) = facts.operation_of(*row) else { continue };
            let Some(owner) = facts.resource(operation) else { continue };
            ties.extend(ids.iter().map(|id| (owner, id.as_str())));
        }
        ties.sort_unstable();
        ties.dedup();
        // From machines to disks and interfaces, from there to addresses, rules and copies.
        for _ in 0..3 {
            for &(one, other) in &ties {
                parts.join(one, other);
                parts.join(other, one);
            }
        }
        parts.of.retain(|_, machines| machines.len() <= SHARED);
        parts
    }

    /// What is tied to a part of a machine belongs to the machine.
    fn join(&mut self, whole: &str, part: &str) {
        if machine(part).is_some() {
            return;
        }
        let owners = match machine(whole) {
            Some(machine) => BTreeSet::from([machine]),
            None => self.of.get(whole).cloned().unwrap_or_default(),
        };
        if !owners.is_empty() {
            let known = self.of.entry(part.to_owned()).or_default();
            if known.len() <= SHARED {
                known.extend(owners);
            }
        }
    }

    /// Returns the machines that a resource is, lies in, or belongs to.
    pub(super) fn machines_of(&self, resource: &str) -> Vec<String> {
        if let Some(own) = machine(resource) {
            return vec![own];
        }
        let is_of =
            |provider: &str| memmem::find(resource.as_bytes(), provider.as_bytes()).is_some();
        if !PROVIDERS.into_iter().any(is_of) {
            return Vec::new();
        }
        let Some(id) = ResourceId::parse(resource) else { return Vec::new() };
        let Some(part) = id.nearest_of(PARTS) else { return Vec::new() };
        match self.of.get(part.as_str()) {
            Some(machines) => machines.iter().cloned().collect(),
            None => self.by_name(part.as_str()).into_iter().collect(),
        }
    }

    /// The machine of the same group whose name a part's begins with, the longest such name.
    fn by_name(&self, part: &str) -> Option<String> {
        let (group, name) = group_and_name(part)?;
        let machines = self.named.get(&group)?;
        let is_prefix = |machine: &str| {
            let rest = name.strip_prefix(machine);
            rest.is_some_and(|rest| {
                rest.starts_with(['-', '_', '.']) || rest.bytes().all(|b| b.is_ascii_digit())
            })
        };
        let fitting = machines.iter().filter(|(machine, _)| is_prefix(machine));
        fitting.max_by_key(|(machine, _)| machine.len()).map(|(_, id)| id.clone())
    }
}

/// The group around a resource and its own name, in lower case.
fn group_and_name(resource: &str) -> Option<(String, String)> {
    let id = ResourceId::parse(resource)?;
    let group = id.nearest("microsoft.resources/subscriptions/resourcegroups")?;
    Some((group.as_str().to_ascii_lowercase(), id.name().to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "/subscriptions/s/resourcegroups/g";

    fn parts() -> Parts {
        let named = ["web", "web-01"].map(|name| {
            (name.to_owned(), format!("{GROUP}/providers/microsoft.compute/virtualmachines/{name}"))
        });
        let named = BTreeMap::from([(GROUP.to_owned(), BTreeMap::from(named))]);
        Parts { of: BTreeMap::new(), named }
    }

    #[test]
    fn a_part_without_a_body_belongs_to_the_machine_whose_name_it_begins_with() {
        let parts = parts();
        let of = |kind: &str, name: &str| {
            let machines = parts.machines_of(&format!("{GROUP}/providers/{kind}/{name}"));
            machines.first().and_then(|id| id.rsplit('/').next()).map(str::to_owned)
        };
        assert_eq!(of("microsoft.compute/disks", "web-01_OsDisk_1").as_deref(), Some("web-01"));
        assert_eq!(of("microsoft.network/networkinterfaces", "web123").as_deref(), Some("web"));
        assert_eq!(of("microsoft.network/networkinterfaces", "website"), None);
        assert_eq!(of("microsoft.storage/storageaccounts", "web-01x"), None);
    }

    #[test]
    fn ties_lead_from_a_machine_over_its_interface_to_its_rules() {
        let mut parts = parts();
        let machine = format!("{GROUP}/providers/microsoft.compute/virtualmachines/web");
        let interface = format!("{GROUP}/providers/microsoft.network/networkinterfaces/n");
        let rules = format!("{GROUP}/providers/microsoft.network/networksecuritygroups/shared");
        for _ in 0..2 {
            parts.join(&interface, &rules);
            parts.join(&machine, &interface);
        }
        assert_eq!(parts.machines_of(&format!("{rules}/securityrules/r")), [machine]);
    }
}
