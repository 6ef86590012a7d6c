//! Virtual machines and scale sets that findings or alerts are about.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::model::{Alert, Finding, Machine, MachineAction};
use super::score::risk;
use crate::azure::resource_id::ResourceId;

/// Types that are machines.
const MACHINES: &[&str] = &[
    "microsoft.compute/virtualmachines",
    "microsoft.compute/virtualmachinescalesets",
    "microsoft.hybridcompute/machines",
    "microsoft.classiccompute/virtualmachines",
];

/// Returns the machine that a resource is or belongs to.
fn machine(resource: &str) -> Option<String> {
    // Most resources are nowhere near a machine, and there may be many.
    if !resource.contains("machine") {
        return None;
    }
    let id = ResourceId::parse(resource)?;
    MACHINES.iter().find_map(|kind| id.nearest(kind)).map(|m| m.as_str().to_ascii_lowercase())
}

/// Returns all machines that findings or alerts are about, unordered.
pub(super) fn machines(facts: &Facts<'_>, findings: &[Finding], alerts: &[Alert]) -> Vec<Machine> {
    let mut touched: BTreeMap<String, (Vec<&Finding>, Vec<&Alert>)> = BTreeMap::new();
    for finding in findings {
        let own: BTreeSet<String> = finding.resources.iter().filter_map(|r| machine(r)).collect();
        for machine in own {
            touched.entry(machine).or_default().0.push(finding);
        }
    }
    for alert in alerts {
        let own: BTreeSet<String> = alert.resources.iter().filter_map(|r| machine(r)).collect();
        for machine in own {
            touched.entry(machine).or_default().1.push(alert);
        }
    }
    if touched.is_empty() {
        return Vec::new();
    }
    let mut actions = actions(facts, &touched);
    touched
        .into_iter()
        .map(|(id, (findings, alerts))| {
            let (actions, by, created) = actions.remove(&id).unwrap_or_default();
            Machine {
                subscription_id: ResourceId::parse(&id)
                    .and_then(|r| r.subscription().map(str::to_owned)),
                created,
                touched_by: by.into_iter().collect(),
                actions,
                findings: findings.iter().map(|f| f.id.clone()).collect(),
                alerts: alerts.iter().map(|a| a.id.clone()).collect(),
                risk: risk(&findings, &alerts),
                resource_id: id,
                ..Machine::default()
            }
        })
        .collect()
}

type Actions = (Vec<MachineAction>, BTreeSet<String>, Option<crate::base::Time>);

fn actions<T>(facts: &Facts<'_>, touched: &BTreeMap<String, T>) -> BTreeMap<String, Actions> {
    // The machine of each resource is worked out once.
    let of_resource: Vec<Option<String>> = facts
        .corpus
        .names
        .resource
        .iter()
        .map(|r| machine(r).filter(|m| touched.contains_key(m)))
        .collect();
    let mut actions: BTreeMap<String, Actions> = BTreeMap::new();
    for operation in facts.operations() {
        let Some(Some(id)) = of_resource.get(operation.resource as usize) else { continue };
        let entry = actions.entry(id.clone()).or_default();
        let by = facts.who(operation.identity).map(str::to_owned);
        let name = facts.operation(operation);
        if facts.resource(operation) == Some(id)
            && name.ends_with("/WRITE")
            && operation.http == 201
        {
            entry.2.get_or_insert(operation.first);
        }
        entry.1.extend(by.clone());
        entry.0.push(MachineAction {
            time: Some(operation.first),
            operation: name.to_owned(),
            by,
            outcome: operation.outcome.into(),
        });
    }
    actions
}
