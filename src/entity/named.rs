//! Principals as others name them: in the bodies of calls, and in alerts.
//!
//! What is named need not have acted. A name from a body is as sure as the
//! call that holds it; an alert is believed where it contradicts nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::resolve::marks;
use crate::azure::principal::PrincipalKind;
use crate::azure::resource_id::is_guid;
use crate::corpus::Corpus;
use crate::ledger::{Ledger, Outcome};
use crate::shape::Identity;
use crate::shape::access::{Access, Named};
use crate::shape::alert::AlertActor;
use crate::shape::identity::{Hints, identify};

/// Returns the principals that the bodies of calls name, each as often as it is named differently.
pub(super) fn by_bodies(corpus: &Corpus, ledger: &Ledger) -> BTreeSet<Identity> {
    let failed = |row: u32| {
        let operation = ledger.of_row.get(row as usize).copied().unwrap_or(u32::MAX);
        ledger.operations.get(operation as usize).is_none_or(|o| o.outcome == Outcome::Failed)
    };
    let named = corpus.access.iter().filter_map(|(row, access)| match access {
        Access::Named(named) if !failed(row.0) => Some(identity(named)),
        _ => None,
    });
    let groups: BTreeSet<&str> =
        corpus.context.groups.iter().map(|(_, g)| g.oid.as_str()).collect();
    // Requests to Privileged Identity Management do not tell what kind of principal gets the role.
    let given = corpus.grants.iter().filter(|grant| {
        !failed(grant.row.0)
            && is_guid(&grant.principal)
            && !groups.contains(grant.principal.as_str())
    });
    let requested: BTreeSet<u32> = corpus
        .access
        .iter()
        .filter_map(|(row, access)| matches!(access, Access::Pim(_)).then_some(row.0))
        .collect();
    let given = given.filter(|grant| requested.contains(&grant.row.0));
    let given = given.map(|grant| Identity {
        key: grant.principal.clone(),
        oid: grant.principal.clone(),
        ..Identity::default()
    });
    named.chain(given).collect()
}

fn identity(named: &Named) -> Identity {
    // In the directory a managed identity has the name of its resource.
    let name = named.resource.rsplit('/').next().unwrap_or_default();
    Identity {
        kind: named.kind,
        key: named.oid.clone(),
        oid: named.oid.clone(),
        app_id: named.app_id.clone(),
        resource: named.resource.clone(),
        name: name.to_owned(),
        ..Identity::default()
    }
}

/// Returns the identities that alerts name, in the order of the alerts.
pub(super) fn by_alerts(corpus: &Corpus) -> Vec<Identity> {
    let actors = corpus.alerts.iter().flat_map(|row| &row.alert.actors);
    actors.map(actor).filter(|id| !id.key.is_empty()).collect()
}

/// What an alert says of an identity: its names and ids, and of its kind what their form says.
fn actor(actor: &AlertActor) -> Identity {
    let text = |value: &Option<String>| value.clone().unwrap_or_default().to_lowercase();
    let (upn, oid, app_id) = (text(&actor.upn), text(&actor.object_id), text(&actor.app_id));
    let caller = if upn.is_empty() { &oid } else { &upn };
    let told = identify(None, Hints { caller: Some(caller), ..Hints::default() }).identity;
    let alone = upn.is_empty() && oid.is_empty() && !app_id.is_empty();
    let key = [&upn, &oid, &app_id].into_iter().find(|id| !id.is_empty()).cloned();
    Identity {
        kind: if alone { PrincipalKind::ServicePrincipal } else { told.kind },
        key: key.unwrap_or_default(),
        name: actor.name.clone().unwrap_or_default(),
        upn,
        oid,
        // The application that an alert names beside a person is what that person used.
        app_id: if alone { app_id } else { String::new() },
        ..Identity::default()
    }
}

/// Puts identities that lists and alerts name to the groups of principals that they are, or into new ones.
///
/// `all` holds the identities that `groups` point into, those of lists and alerts from `first` on.
pub(super) fn place(all: &[&Identity], first: usize, groups: &mut Vec<Vec<usize>>) {
    if first == all.len() {
        return;
    }
    let mut index = Index::default();
    for (group, members) in groups.iter().enumerate() {
        for &member in members {
            index.add(all[member], group);
        }
    }
    for (number, id) in all.iter().enumerate().skip(first) {
        let found: BTreeSet<usize> = marks(id)
            .chain(application(id))
            .filter_map(|mark| index.by_mark.get(&mark).copied())
            .collect();
        let group = match found.len() {
            0 => {
                groups.push(Vec::new());
                groups.len() - 1
            }
            1 if index.agrees(id, *found.first().expect("there is one")) => {
                *found.first().expect("there is one")
            }
            // It names two principals as one, or one with another's id: it joins nothing.
            _ => continue,
        };
        groups[group].push(number);
        index.add(id, group);
    }
}

/// The application that an identity is: an alert may name it by that id alone.
fn application(id: &Identity) -> Option<(char, &str)> {
    let is_app =
        matches!(id.kind, PrincipalKind::ServicePrincipal | PrincipalKind::ManagedIdentity);
    (is_app && !id.app_id.is_empty()).then_some(('a', id.app_id.as_str()))
}

/// Groups by what they are known by.
#[derive(Default)]
struct Index<'i> {
    by_mark: BTreeMap<(char, &'i str), usize>,
    oids: BTreeMap<usize, BTreeSet<&'i str>>,
    upns: BTreeMap<usize, BTreeSet<&'i str>>,
}

impl<'i> Index<'i> {
    fn add(&mut self, id: &'i Identity, group: usize) {
        for mark in marks(id).chain(application(id)) {
            self.by_mark.entry(mark).or_insert(group);
        }
        for (list, value) in [(&mut self.oids, &id.oid), (&mut self.upns, &id.upn)] {
            if !value.is_empty() {
                list.entry(group).or_default().insert(value);
            }
        }
    }

    /// Whether a group has no other object id and no other name than these.
    fn agrees(&self, id: &Identity, group: usize) -> bool {
        let fits = |list: &BTreeMap<usize, BTreeSet<&str>>, value: &str| {
            value.is_empty() || list.get(&group).is_none_or(|known| known.contains(value))
        };
        fits(&self.oids, &id.oid) && fits(&self.upns, &id.upn)
    }
}
