//! Which operating system each machine runs, where the evidence tells it.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::model::{MachineAction, MachineSystem, Outcome};
use super::part::machine;
use crate::azure::system::{Sign, System};
use crate::ledger;
use crate::shape::access::Access;

/// The systems of machines, by their ids in lower case.
pub(super) struct Systems(BTreeMap<String, MachineSystem>);

impl Systems {
    /// Reads them from lists of machines, and from requests that did not fail: a script for the
    /// other system is refused.
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let listed = facts.corpus.context.resources.iter();
        let listed = listed.filter_map(|(_, held)| Some((machine(&held.id)?, held.system?)));
        let asked = facts.corpus.access.iter().filter_map(|(row, access)| {
            let Access::System(system) = access else { return None };
            let operation = facts.operation_of(*row)?;
            let failed = operation.outcome == ledger::Outcome::Failed;
            let machine = machine(facts.resource(operation)?).filter(|_| !failed)?;
            Some((machine, *system))
        });
        let mut systems: BTreeMap<String, MachineSystem> = BTreeMap::new();
        for (id, system) in listed.chain(asked) {
            let system = MachineSystem::from(system);
            let known = systems.entry(id).or_insert(system);
            if *known != system {
                *known = MachineSystem::Unknown;
            }
        }
        Systems(systems)
    }

    /// Returns that of one machine; where nothing else tells it, its extensions do by their names.
    pub(super) fn of_machine(&self, id: &str, actions: &[MachineAction]) -> MachineSystem {
        if let Some(system) = self.0.get(id) {
            return *system;
        }
        let installed = actions.iter().filter(|action| action.outcome == Outcome::Succeeded);
        let named = installed.filter_map(|action| {
            let (rest, name) = action.resource_id.rsplit_once('/')?;
            let is_extension = rest.ends_with("/extensions");
            is_extension.then(|| System::told_by(Sign::Extension, name)).flatten()
        });
        let mut named: Vec<System> = named.collect();
        named.dedup();
        match named.as_slice() {
            [only] => (*only).into(),
            _ => MachineSystem::Unknown,
        }
    }
}

impl From<System> for MachineSystem {
    fn from(system: System) -> Self {
        match system {
            System::Linux => MachineSystem::Linux,
            System::Windows => MachineSystem::Windows,
        }
    }
}
