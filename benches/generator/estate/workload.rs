//! Owns the resources of the estate: which there are, what they are called, how they come and go.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::rng::Rng;
use super::super::world::World;
use super::activity::Change;
use super::activity::SUBSCRIPTION;
use super::activity::Step;

const PRODUCTS: &[&str] = &[
    "billing", "shop", "crm", "portal", "search", "orders", "invoices", "hr", "fleet", "pricing",
    "claims", "media", "ledger", "stock", "mail", "reports", "sensors", "booking", "loyalty",
    "docs",
];

/// Resources that are added to another, or to a resource group, and whose id begins with its id.
const ATTACHED: &[&str] = &[
    "Microsoft.Authorization/locks",
    "Microsoft.Authorization/policyAssignments",
    "Microsoft.Authorization/policyExemptions",
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/roleAssignmentScheduleRequests",
    "Microsoft.Consumption/budgets",
    "Microsoft.CostManagement/exports",
    "Microsoft.EventGrid/eventSubscriptions",
    "Microsoft.Insights/diagnosticSettings",
    "Microsoft.PolicyInsights/remediations",
    "Microsoft.Resources/tags",
    "Microsoft.Security/assessments/governanceAssignments",
    "Microsoft.Security/pricings",
    "Microsoft.SecurityInsights/alertRules",
    "Microsoft.SecurityInsights/incidents",
    "Microsoft.Support/supportTickets",
];

/// How many resources of a type a workload may have beyond those that it starts with.
const GROWTH: usize = 12;

/// What one resource group holds.
pub struct Workload {
    /// The index of the subscription.
    pub subscription: usize,
    /// The name of the resource group.
    pub group: String,
    /// What the names of its resources have in common.
    pub stem: String,
    /// Decides what stays the same for as long as the workload is there.
    pub seed: u64,
}

/// A resource, and whether it was there before the call.
pub struct Resource {
    /// The id.
    pub id: String,
    /// The name of the resource group; empty for resources of the subscription.
    pub group: String,
    /// Whether the call makes it.
    pub new: bool,
}

/// Returns the workloads of an organisation, one a resource group.
pub fn workloads(world: &World, rng: &mut Rng) -> Vec<Workload> {
    let mut workloads = Vec::new();
    for (subscription, held) in world.subscriptions.iter().enumerate() {
        let mut groups = held.groups.clone();
        groups.sort();
        groups.dedup();
        for (number, group) in groups.into_iter().enumerate() {
            let stem = format!("{}{subscription:02}{number:02}", rng.pick(PRODUCTS));
            workloads.push(Workload { subscription, group, stem, seed: rng.draw() });
        }
    }
    workloads
}

impl Workload {
    /// Returns the id of an application or identity of the workload, always the same.
    pub fn identity(&self) -> String {
        Rng::new(self.seed).fork(1).guid()
    }

    /// Returns the id of the group of people who work on it.
    pub fn team(&self) -> String {
        Rng::new(self.seed).fork(2).guid()
    }

    /// Returns the id of its resource group.
    pub fn group_id(&self, world: &World) -> String {
        let subscription = &world.subscriptions[self.subscription].id;
        format!("/subscriptions/{subscription}/resourceGroups/{}", self.group)
    }
}

/// Which resources of each type each workload has, beyond those that it starts with.
#[derive(Default)]
pub struct Inventory {
    /// By workload, type, and the type that they are at.
    stocks: BTreeMap<(usize, &'static str, &'static str), Stock>,
}

/// The numbers of the resources that an activity has been at, by type: it stays with them.
pub type Touched = Vec<(&'static str, usize)>;

/// The resources of one type that a workload has come to have.
#[derive(Default)]
struct Stock {
    /// The numbers of those that are there, the oldest first.
    there: Vec<usize>,
    /// How many have been made.
    made: usize,
}

impl Inventory {
    /// Returns the resource that a call is made at; none where there is nothing left to remove.
    pub fn resource(
        &mut self,
        world: &World,
        index: usize,
        workload: &Workload,
        step: &Step,
        touched: &mut Touched,
        rng: &mut Rng,
    ) -> Option<Resource> {
        let last = touched.iter().find(|(own_type, _)| *own_type == step.own_type);
        let last = last.map(|(_, number)| *number);
        let (number, new) = match last.filter(|_| step.change == Change::None) {
            Some(number) => (number, false),
            None => self.number((index, workload), step, last, rng)?,
        };
        if last.is_none() {
            touched.push((step.own_type, number));
        }
        let mut group = workload.group.clone();
        if step.own_type == "Microsoft.Resources/subscriptions/resourceGroups" {
            return Some(Resource { id: workload.group_id(world), group, new: false });
        }
        let mut id = workload.group_id(world);
        let attached = ATTACHED.contains(&step.own_type);
        if step.resource_type == SUBSCRIPTION {
            id = format!("/subscriptions/{}", world.subscriptions[workload.subscription].id);
            group.clear();
        } else if step.resource_type != step.own_type {
            // The number tells what it is attached to, so that it is found there again.
            let at = number % base(workload, step.resource_type);
            path(&mut id, workload, step.resource_type, (at, touched));
        }
        if step.resource_type == step.own_type || attached {
            path(&mut id, workload, step.own_type, (number, touched));
        }
        Some(Resource { id, group, new })
    }

    /// Returns the number of a resource among those of its type, and whether it is new; of those to
    /// remove the one that the activity was at last goes first, then the oldest.
    fn number(
        &mut self,
        (index, workload): (usize, &Workload),
        step: &Step,
        last: Option<usize>,
        rng: &mut Rng,
    ) -> Option<(usize, bool)> {
        let base = base(workload, step.own_type);
        let key = (index, step.own_type, step.resource_type);
        if step.change == Change::None && !self.stocks.contains_key(&key) {
            return Some((rng.below(base), false));
        }
        let stock = self.stocks.entry(key).or_default();
        let stays = !is_never_removed(step.own_type);
        match step.change {
            Change::More if stock.there.len() < GROWTH => {
                stock.made += 1;
                let number = base + stock.made - 1;
                if stays {
                    stock.there.push(number);
                }
                Some((number, true))
            }
            Change::Less if stock.there.is_empty() => None,
            Change::Less => {
                let at = stock.there.iter().position(|&number| Some(number) == last);
                Some((stock.there.remove(at.unwrap_or(0)), false))
            }
            Change::None | Change::More => {
                let at = rng.below(base + stock.there.len());
                Some((stock.there.get(at.wrapping_sub(base)).copied().unwrap_or(at), false))
            }
        }
    }
}

/// Returns whether what is made of a type is neither removed nor called again.
fn is_never_removed(own_type: &str) -> bool {
    own_type.ends_with("/deployments")
        || own_type.ends_with("/jobs")
        || own_type.ends_with("Requests")
        || own_type.ends_with("Tickets")
}

/// Returns how many resources of a type a workload starts with.
fn base(workload: &Workload, resource_type: &str) -> usize {
    let most = match resource_type.rsplit('/').next() {
        Some("virtualMachines") => 5,
        Some("managedClusters") => 1,
        _ => 3,
    };
    let sum: u64 = resource_type.bytes().map(u64::from).sum();
    1 + Rng::new(workload.seed).fork(sum).below(most)
}

/// Adds the provider, types and names of a resource to the id of what it is in.
fn path(
    id: &mut String,
    workload: &Workload,
    resource_type: &str,
    (number, touched): (usize, &[(&'static str, usize)]),
) {
    let (provider, kinds) = resource_type.split_once('/').unwrap_or((resource_type, ""));
    // Writing to a String does not fail.
    let _ = write!(id, "/providers/{provider}");
    let kinds: Vec<_> = kinds.split('/').collect();
    for (level, kind) in kinds.iter().enumerate() {
        let number = if level + 1 == kinds.len() {
            number
        } else {
            // A child belongs to the parent that was touched, or to one that was always there.
            let depth = |own_type: &str| own_type.matches('/').count() == level + 1;
            let parent = |own_type: &str| depth(own_type) && resource_type.starts_with(own_type);
            let touched = touched.iter().find(|(own_type, _)| parent(own_type));
            touched.map_or(0, |(_, number)| *number)
        };
        let _ = write!(id, "/{kind}/");
        name(id, workload, kind, level, number);
    }
}

fn name(id: &mut String, workload: &Workload, kind: &str, level: usize, number: usize) {
    let stem = &workload.stem;
    let _ = match kind {
        "roleAssignments"
        | "roleAssignmentScheduleRequests"
        | "incidents"
        | "alertRules"
        | "jobs" => {
            id.push_str(&Rng::new(workload.seed).fork(1000 + number as u64).guid());
            Ok(())
        }
        "storageAccounts" => write!(id, "st{stem}{number:02}"),
        "registries" => write!(id, "cr{stem}{number:02}"),
        "deployments" => write!(id, "{stem}-2026.{}", 300 + number),
        "diagnosticSettings" => write!(id, "setbypolicy"),
        "tags" | "jitNetworkAccessPolicies" | "blobServices" => write!(id, "default"),
        "config" => write!(id, "appsettings"),
        "backupFabrics" => write!(id, "Azure"),
        "locations" => write!(id, "westeurope"),
        "AutoscaleSettings" => write!(id, "asp-{stem}-autoscale"),
        _ if level == 0 => write!(id, "{}-{stem}-{number:02}", initials(kind)),
        _ => write!(id, "{}-{number:02}", initials(kind)),
    };
}

/// Returns the initials of a type: `virtualMachines` is `vm`, `sites` is `si`.
fn initials(kind: &str) -> String {
    let capitals = kind.chars().skip(1).filter(char::is_ascii_uppercase);
    let mut text: String = kind.chars().take(1).chain(capitals).collect();
    if text.len() == 1 {
        text = kind.chars().take(2).collect();
    }
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::activity::Activities;
    use super::*;

    fn ids(job: &str, calls: usize) -> Vec<(Change, Option<Resource>)> {
        let world = World::new(1, 1, 1);
        let mut rng = Rng::new(1);
        let workloads = workloads(&world, &mut rng);
        let (activities, mut inventory) = (Activities::of(job), Inventory::default());
        let steps = activities.all().iter().flat_map(|activity| &activity.steps);
        let steps: Vec<_> = steps.collect();
        (0..calls)
            .map(|_| {
                let step = steps[rng.below(steps.len())];
                let workload = &workloads[0];
                let touched = &mut Touched::new();
                let made = inventory.resource(&world, 0, workload, step, touched, &mut rng);
                (step.change, made)
            })
            .collect()
    }

    #[test]
    fn nothing_is_removed_that_was_not_made_and_nothing_grows_for_ever() {
        let mut there = std::collections::BTreeSet::new();
        for (change, resource) in ids("databricks", 2000) {
            let Some(resource) = resource else { continue };
            match change {
                Change::More if resource.new => assert!(there.insert(resource.id)),
                Change::Less => assert!(there.remove(&resource.id)),
                _ => {}
            }
            assert!(there.len() <= 3 * GROWTH);
        }
    }

    #[test]
    fn an_activity_stays_with_the_resource_that_it_began_at() {
        let world = World::new(1, 1, 1);
        let mut rng = Rng::new(1);
        let (workloads, mut inventory) = (workloads(&world, &mut rng), Inventory::default());
        let activities = Activities::of("scanner");
        for _ in 0..50 {
            let mut touched = Touched::new();
            let ids = activities.all()[0].steps.iter().map(|step| {
                let workload = &workloads[0];
                inventory.resource(&world, 0, workload, step, &mut touched, &mut rng).unwrap().id
            });
            let ids: Vec<_> = ids.collect();
            assert!(ids.len() == 4 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        }
    }

    #[test]
    fn names_are_used_again() {
        let mut ids: Vec<_> =
            ids("operator", 500).into_iter().filter_map(|(_, resource)| resource).collect();
        let made = ids.iter().filter(|resource| resource.new).count();
        ids.sort_by(|a, b| a.id.cmp(&b.id));
        ids.dedup_by(|a, b| a.id == b.id);
        assert!(ids.len() - made < 80, "{} names", ids.len());
    }

    #[test]
    fn what_is_attached_has_the_id_of_what_it_is_attached_to() {
        for (_, resource) in ids("security", 100) {
            let id = resource.unwrap().id;
            let settings = id.contains("/diagnosticSettings/");
            assert!(!settings || id.contains("/Microsoft.KeyVault/vaults/"), "{id}");
        }
    }
}
