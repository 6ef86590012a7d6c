//! What lies around an alert: the same principals elsewhere, the same address in other hands, findings.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::{HashMap, HashSet};

use super::super::model::{Elsewhere, Finding, SameAddress};
use super::found::{Search, covers};
use super::lane::within;
use super::span::Spans;
use super::subject::Subject;
use crate::azure::resource_id::ResourceId;
use crate::base::{Text, Time};

/// At most this many entries of a list are shown.
const SHOWN: usize = 50;

/// What the principals of an alert did in other subscriptions, in the times that were asked for.
pub(super) fn elsewhere(
    search: &Search<'_, '_>,
    subject: &Subject<'_>,
    spans: &Spans,
) -> Vec<Elsewhere> {
    let facts = search.facts;
    let mut counts: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for &person in &subject.people {
        for number in within(facts, search.lanes.person(person), spans.asked) {
            let place = search.operation(*number).subscription;
            if !subject.place.is(place) {
                *counts.entry((person, place)).or_default() += 1;
            }
        }
    }
    let names = &facts.corpus.names.subscription;
    let id = |person: u32| &facts.principals.all[person as usize].id;
    let name = |place: u32| names.get(place);
    let mut all: Vec<_> = counts.into_iter().collect();
    all.sort_by_key(|((person, place), _)| (id(*person), name(*place)));
    let shown = all.into_iter().take(SHOWN).map(|((person, place), operations)| Elsewhere {
        user: id(person).clone(),
        subscription_id: name(place).map(str::to_owned),
        operations,
    });
    shown.collect()
}

/// Who else used the addresses of an alert, in a closed span of time.
pub(super) fn same_address(
    search: &Search<'_, '_>,
    subject: &Subject<'_>,
    span: (Time, Time),
) -> Vec<SameAddress> {
    let facts = search.facts;
    let mut users: BTreeMap<(u32, Option<u32>), (u64, Time, Time)> = BTreeMap::new();
    for &ip in &subject.ips {
        for number in within(facts, search.lanes.ip(ip), span) {
            let operation = search.operation(*number);
            let person = search.person(operation);
            if person.is_some_and(|p| subject.people.contains(&p)) {
                continue;
            }
            let entry = users.entry((ip, person)).or_insert((0, operation.first, operation.last));
            entry.0 += 1;
            entry.2 = entry.2.max(operation.last);
        }
    }
    let name = |ip: u32| facts.corpus.names.ip.text_of(ip);
    let id = |person: Option<u32>| person.map(|p| &facts.principals.all[p as usize].id);
    let mut all: Vec<_> = users.into_iter().collect();
    all.sort_by(|((a_ip, a_user), a), ((b_ip, b_user), b)| {
        (b.0, name(*a_ip), id(*a_user)).cmp(&(a.0, name(*b_ip), id(*b_user)))
    });
    // Behind one address may be thousands, for each of thousands of alerts: names are for the few that are shown.
    let shown = all.into_iter().take(SHOWN).map(|((ip, person), (operations, first, last))| {
        let (ip, user) = (name(ip).to_owned(), id(person).cloned());
        SameAddress { ip, user, operations, first: Some(first), last: Some(last) }
    });
    shown.collect()
}

/// Findings by what alerts name, so that those of an alert are found without looking at all.
pub(super) struct Touched<'r> {
    /// In order of their first time.
    findings: Vec<&'r Finding>,
    by_name: HashMap<String, Vec<usize>>,
    by_rule: HashMap<&'r str, Vec<usize>>,
}

impl<'r> Touched<'r> {
    pub(super) fn of(findings: &'r [Finding], names: &BTreeSet<String>) -> Self {
        let names: HashSet<&str> = names.iter().map(String::as_str).collect();
        // Many findings are on the same resources.
        let mut of_resource: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut findings: Vec<&Finding> = findings.iter().filter(|f| f.first.is_some()).collect();
        findings.sort_by(|a, b| (a.first, &a.id).cmp(&(b.first, &b.id)));
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_rule: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, finding) in findings.iter().enumerate() {
            by_rule.entry(finding.rule.id.as_str()).or_default().push(at);
            let own = finding.actors().iter().chain(&*finding.ips).map(Text::as_str);
            let mut own: Vec<&str> = own.filter(|name| names.contains(name)).collect();
            for resource in &finding.resources {
                let around = of_resource.entry(resource.as_str()).or_insert_with(|| {
                    holders(resource).filter(|name| names.contains(name)).collect()
                });
                own.extend(&*around);
            }
            own.sort_unstable();
            own.dedup();
            for name in own {
                by_name.entry_ref(name).or_default().push(at);
            }
        }
        Touched { findings, by_name, by_rule }
    }

    /// The findings on any of some names that reach into a closed span of time, in order of time.
    pub(super) fn on<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        span: (Time, Time),
    ) -> Vec<&'r Finding> {
        let lists = names.filter_map(|name| self.by_name.get(name));
        let places: BTreeSet<usize> = lists.flatten().copied().collect();
        let all = places.into_iter().map(|at| self.findings[at]);
        all.filter(|f| reaches(f, span)).collect()
    }

    /// The findings of one rule that reach into a closed span of time.
    pub(super) fn of_rule(
        &self,
        rule: &str,
        span: (Time, Time),
    ) -> impl Iterator<Item = &'r Finding> {
        let places = self.by_rule.get(rule).map_or(&[][..], Vec::as_slice);
        places.iter().map(|at| self.findings[*at]).filter(move |f| reaches(f, span))
    }
}

fn reaches(finding: &Finding, span: (Time, Time)) -> bool {
    finding.first.is_some_and(|first| first <= span.1)
        && finding.last.is_some_and(|last| last >= span.0)
}

/// A resource and the resources that it lies in.
fn holders(id: &str) -> impl Iterator<Item = &str> {
    let outwards = ResourceId::parse(id).into_iter().flat_map(ResourceId::outwards);
    outwards.take_while(|id| id.as_str().contains("/providers/")).map(|id| id.as_str())
}

/// Whether a finding has to do with what an alert names.
pub(super) fn concerns(finding: &Finding, names: &BTreeSet<&str>) -> bool {
    finding.actors().iter().any(|id| names.contains(id.as_str()))
        || finding.ips.iter().any(|ip| names.contains(ip.as_str()))
        || finding
            .resources
            .iter()
            .any(|r| names.iter().any(|name| name.starts_with('/') && covers(name, r)))
}
