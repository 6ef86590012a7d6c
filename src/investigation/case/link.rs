//! What joins alerts and findings: what they share, and how near in time they lie.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::{HashMap, HashSet};

use super::super::facts::Facts;
use super::super::model::{Alert, Finding};
use crate::azure::principal::PrincipalKind;
use crate::azure::resource_id::{ResourceId, ScopeLevel};
use crate::base::{Text, Time, index32};
use crate::shape::access::Access;

/// Two that share something lie at most this many seconds apart.
const NEAR: i64 = 2 * 86_400;
/// A lesser finding lies at most this many seconds before or after what it joins.
const BESIDE: i64 = 86_400;
/// An address behind which more principals stand joins nothing.
const SHARED: usize = 3;
/// A resource that more principals touch joins nothing.
const BUSY: usize = 8;
/// A finding on more resources is about none of them alone.
const RESOURCES: usize = 50;
/// At most this many operations of one finding are searched for whom they gave rights.
const OPERATIONS: usize = 200;

/// Where a node comes from: its place among the alerts or the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Alert(usize),
    Finding(usize),
}

/// What two nodes can share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key<'r> {
    Person(u32),
    Address(&'r str),
    Resource(&'r str),
}

/// An alert or a grave finding.
#[derive(Debug)]
pub(super) struct Node<'r> {
    pub(super) source: Source,
    pub(super) id: &'r str,
    pub(super) first: Time,
    pub(super) last: Time,
    keys: BTreeSet<Key<'r>>,
    /// Its principals, without those that were only given rights.
    people: BTreeSet<u32>,
}

impl<'r> Node<'r> {
    pub(super) fn of_alert(facts: &Facts<'_>, at: usize, alert: &'r Alert) -> Self {
        let people = alert.principals.iter().map(String::as_str);
        let mut node = Node::new(Source::Alert(at), &alert.id, alert.start, alert.end);
        let (ips, resources) = (texts(&alert.ips), texts(&alert.resources));
        node.add(facts, people, ips, resources);
        node
    }

    pub(super) fn of_finding(facts: &Facts<'_>, at: usize, finding: &'r Finding) -> Self {
        let people = finding.accused().iter().map(Text::as_str);
        let mut node = Node::new(Source::Finding(at), &finding.id, finding.first, finding.last);
        let few = finding.resources.len() <= RESOURCES;
        let resources = if few { &finding.resources[..] } else { &[] };
        node.add(facts, people, texts(&finding.ips), texts(resources));
        node.keys.extend(recipients(facts, at).into_iter().map(Key::Person));
        node
    }

    fn new(source: Source, id: &'r str, first: Option<Time>, last: Option<Time>) -> Self {
        let first = super::or_last(first);
        let last = last.unwrap_or(first).max(first);
        Node { source, id, first, last, keys: BTreeSet::new(), people: BTreeSet::new() }
    }

    fn add(
        &mut self,
        facts: &Facts<'_>,
        people: impl Iterator<Item = &'r str>,
        ips: impl Iterator<Item = &'r str>,
        resources: impl Iterator<Item = &'r str>,
    ) {
        self.people = people.filter_map(|id| facts.principals.find(id).map(index32)).collect();
        self.keys.extend(self.people.iter().map(|p| Key::Person(*p)));
        self.keys.extend(ips.map(Key::Address));
        let own = resources.filter(|id| is_resource(id));
        self.keys.extend(own.map(|id| Key::Resource(outer(id))));
    }

    /// What orders nodes: alerts and findings by time, then by id.
    pub(super) fn order(&self) -> (Time, bool, &'r str) {
        (self.first, !super::is_alert(self), self.id)
    }
}

fn texts<T: AsRef<str>>(texts: &[T]) -> impl Iterator<Item = &str> {
    texts.iter().map(AsRef::as_ref)
}

fn is_resource(id: &str) -> bool {
    ResourceId::parse(id).is_some_and(|id| id.scope_level() == ScopeLevel::Resource)
}

/// The outermost resource around an id: what lies in one machine or one vault is one thing. An
/// extension that hangs on a scope stands for itself.
fn outer(id: &str) -> &str {
    let outwards = ResourceId::parse(id).into_iter().flat_map(ResourceId::outwards);
    let inside = outwards.take_while(|id| id.scope_level() == ScopeLevel::Resource);
    inside.last().map_or(id, |outer| outer.as_str())
}

/// Principals that the operations of a finding gave rights to.
fn recipients(facts: &Facts<'_>, at: usize) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let Some(finding) = facts.findings.get(at) else { return found };
    for &number in finding.operations.iter().take(OPERATIONS) {
        let operation = &facts.ledger.operations[number as usize];
        let rows = facts.ledger.rows_of(operation);
        let first = rows.iter().min().copied().unwrap_or_default();
        let last = rows.iter().max().copied().unwrap_or_default();
        let grants = &facts.corpus.grants;
        let from = grants.partition_point(|grant| grant.row.0 < first);
        let near = grants[from..].iter().take_while(|grant| grant.row.0 <= last);
        let own = near.filter(|grant| rows.contains(&grant.row.0)).map(|g| g.principal.as_str());
        let offered = facts.access(operation).filter_map(|access| match access {
            Access::Offer(offer) => Some(&offer.authorizations),
            _ => None,
        });
        let offered = offered.flatten().map(|(principal, _)| principal.as_str());
        found.extend(own.chain(offered).filter_map(|id| facts.principals.find(id).map(index32)));
    }
    found
}

/// Stretches of time in which one key is in use without a long pause, with a node of each.
type Stretches = Vec<(Time, Time, usize)>;

/// Nodes joined by what they share.
pub(super) struct Chains<'r> {
    parent: Vec<usize>,
    stretches: BTreeMap<Key<'r>, Stretches>,
}

impl<'r> Chains<'r> {
    pub(super) fn of(facts: &Facts<'_>, nodes: &[Node<'r>]) -> Self {
        let mut by_key: BTreeMap<Key<'r>, Vec<usize>> = BTreeMap::new();
        for (at, node) in nodes.iter().enumerate() {
            for key in &node.keys {
                by_key.entry(key.clone()).or_default().push(at);
            }
        }
        let shared = shared_addresses(facts, by_key.keys());
        let mut chains = Chains { parent: (0..nodes.len()).collect(), stretches: BTreeMap::new() };
        for (key, mut own) in by_key {
            if joins_nothing(facts, &key, &own, nodes, &shared) {
                continue;
            }
            own.sort_by(|a, b| nodes[*a].order().cmp(&nodes[*b].order()));
            let stretches = chains.join(nodes, &own);
            chains.stretches.insert(key, stretches);
        }
        chains
    }

    /// Joins the nodes of one key, in order of time, where no long pause lies between.
    fn join(&mut self, nodes: &[Node<'r>], own: &[usize]) -> Stretches {
        let mut stretches: Stretches = Vec::new();
        for &at in own {
            let (first, last) = (nodes[at].first, nodes[at].last);
            match stretches.last_mut() {
                Some((_, until, node)) if first <= until.plus_seconds(NEAR) => {
                    *until = (*until).max(last);
                    let (a, b) = (self.root(*node), self.root(at));
                    self.parent[a.max(b)] = a.min(b);
                }
                _ => stretches.push((first, last, at)),
            }
        }
        stretches
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    /// Returns the nodes that belong together.
    pub(super) fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..self.parent.len() {
            let mut root = at;
            while self.parent[root] != root {
                root = self.parent[root];
            }
            groups.entry(root).or_default().push(at);
        }
        groups.into_values().collect()
    }

    /// Returns a node of the case that a lesser finding joins: by its principal, else by its address.
    pub(super) fn joined(&self, facts: &Facts<'_>, finding: &Finding) -> Option<usize> {
        let first = finding.first?;
        let last = finding.last.unwrap_or(first);
        let people = finding.accused().iter().filter_map(|id| facts.principals.find(id));
        let keys = people
            .map(|p| Key::Person(index32(p)))
            .chain(finding.ips.iter().map(|ip| Key::Address(ip)));
        keys.filter_map(|key| self.stretches.get(&key)).find_map(|stretches| {
            // Stretches of a key lie apart: the first that does not end too early is the only one.
            let at = stretches.partition_point(|(_, until, _)| until.plus_seconds(BESIDE) < first);
            let (from, _, node) = stretches.get(at)?;
            (from.plus_seconds(-BESIDE) <= last).then_some(*node)
        })
    }
}

/// The addresses behind which many principals stand.
fn shared_addresses<'k>(
    facts: &Facts<'_>,
    keys: impl Iterator<Item = &'k Key<'k>>,
) -> HashSet<String> {
    let mut people: HashMap<u32, HashSet<u32>> = HashMap::new();
    for key in keys {
        if let Key::Address(ip) = key
            && let Some(code) = facts.corpus.names.ip.find(ip)
        {
            people.entry(code).or_default();
        }
    }
    for operation in facts.operations() {
        if let Some(people) = people.get_mut(&operation.ip)
            && let Some(p) = facts.principals.of(operation.identity)
        {
            people.insert(index32(p));
        }
    }
    let shared = people.into_iter().filter(|(_, people)| people.len() > SHARED);
    shared.map(|(ip, _)| facts.corpus.names.ip.text_of(ip).to_owned()).collect()
}

/// Whether what nodes share is too common to tell anything.
fn joins_nothing(
    facts: &Facts<'_>,
    key: &Key<'_>,
    own: &[usize],
    nodes: &[Node<'_>],
    shared: &HashSet<String>,
) -> bool {
    match key {
        Key::Person(p) => facts.principals.all[*p as usize].kind == PrincipalKind::AzureService,
        Key::Address(ip) => shared.contains(*ip),
        Key::Resource(_) => {
            let people = own.iter().flat_map(|at| &nodes[*at].people);
            people.collect::<BTreeSet<_>>().len() > BUSY
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_machine_is_the_machine_and_a_grant_is_itself() {
        let vm = "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/vm";
        assert_eq!(outer(&format!("{vm}/extensions/x")), vm);
        let grant = "/subscriptions/s/providers/microsoft.authorization/roleassignments/r";
        assert_eq!(outer(grant), grant);
        assert!(!is_resource("/subscriptions/s/resourcegroups/g") && is_resource(grant));
    }
}
