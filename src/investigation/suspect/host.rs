//! Hosts: resources that run code, and the identities that code on them can act as.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::Facts;
use crate::azure::operation::matches;
use crate::azure::resource_id::ResourceId;
use crate::shape::access::Access;

/// Operations that run code on a resource, or put it there to be run.
const RUNS: &[&str] = &[
    "microsoft.compute/virtualmachines/runcommand/action",
    "microsoft.compute/virtualmachines/runcommands/write",
    "microsoft.compute/virtualmachines/extensions/write",
    "microsoft.compute/virtualmachinescalesets/extensions/write",
    "microsoft.compute/virtualmachinescalesets/virtualmachines/runcommand*",
    "microsoft.compute/virtualmachinescalesets/virtualmachines/extensions/write",
    "microsoft.hybridcompute/machines/runcommands/write",
    "microsoft.hybridcompute/machines/extensions/write",
    "*microsoft.serialconsole/serialports/connect/action",
    "microsoft.automation/automationaccounts/runbooks/*",
    "microsoft.automation/automationaccounts/jobs/write",
    "microsoft.automation/automationaccounts/jobschedules/write",
    "microsoft.automation/automationaccounts/webhooks/write",
    "microsoft.automation/automationaccounts/modules/write",
    "microsoft.automation/automationaccounts/python3packages/write",
    "microsoft.automation/automationaccounts/sourcecontrols/write",
    "microsoft.automation/automationaccounts/watchers/write",
    "microsoft.web/sites/publish*/action",
    "microsoft.web/sites/functions/write",
    "microsoft.web/sites/hostruntime/*",
    "microsoft.web/sites/sourcecontrols/write",
    "microsoft.web/sites/config/write",
    "microsoft.web/sites/extensions/write",
    "microsoft.logic/workflows/write",
    "microsoft.logic/workflows/triggers/run/action",
    "microsoft.containerinstance/containergroups/containers/exec/action",
    "microsoft.app/containerapps/write",
    "microsoft.app/jobs/start/action",
    "microsoft.containerservice/managedclusters/runcommand/action",
    "microsoft.machinelearningservices/workspaces/computes/write",
    "microsoft.datafactory/factories/pipelines/*",
];

/// Types of resources that have an identity and run code.
const HOSTS: &[&str] = &[
    "microsoft.compute/virtualmachines",
    "microsoft.compute/virtualmachinescalesets",
    "microsoft.hybridcompute/machines",
    "microsoft.automation/automationaccounts",
    "microsoft.web/sites",
    "microsoft.logic/workflows",
    "microsoft.containerinstance/containergroups",
    "microsoft.app/containerapps",
    "microsoft.app/jobs",
    "microsoft.containerservice/managedclusters",
    "microsoft.machinelearningservices/workspaces",
    "microsoft.datafactory/factories",
];

/// Identities by the resource that they are of, or that they are attached to.
pub(super) struct Hosts<'f> {
    identities: BTreeMap<&'f str, BTreeSet<usize>>,
    /// Whether each operation name runs code.
    runs: Vec<bool>,
}

impl<'f> Hosts<'f> {
    pub(super) fn of(facts: &Facts<'f>) -> Self {
        let mut identities: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (p, principal) in facts.principals.all.iter().enumerate() {
            for resource in &principal.resources {
                identities.entry(resource).or_default().insert(p);
            }
        }
        for (row, access) in &facts.corpus.access {
            let Access::Named(named) = access else { continue };
            let Some(p) = facts.principals.find(&named.oid) else { continue };
            let Some(operation) = facts.operation_of(*row) else { continue };
            if let Some(host) = facts.resource(operation).filter(|_| !named.resource.is_empty()) {
                identities.entry(host).or_default().insert(p);
            }
        }
        let names = facts.corpus.names.operation.iter();
        let runs = names.map(|name| RUNS.iter().any(|known| matches(known, name))).collect();
        Hosts { identities, runs }
    }

    /// Whether an operation of that name runs code on its resource.
    pub(super) fn runs_code(&self, operation: u32) -> bool {
        self.runs.get(operation as usize).copied().unwrap_or(false)
    }

    /// Returns the identities of exactly this resource.
    pub(super) fn of_resource(&self, resource: &str) -> impl Iterator<Item = usize> {
        self.identities.get(resource).into_iter().flatten().copied()
    }

    /// Returns the host that a resource is or lies in, and the identities that code on it can act as.
    pub(super) fn behind<'r>(&self, resource: &'r str) -> Option<(&'r str, Vec<usize>)> {
        let id = ResourceId::parse(resource)?;
        let host = HOSTS.iter().find_map(|kind| id.nearest(kind))?.as_str();
        Some((host, self.of_resource(host).collect()))
    }
}
