//! Secrets that a principal was handed, and whether they were replaced since.

use std::collections::BTreeMap;

use super::super::deeds::Deeds;
use super::super::facts::Facts;
use super::super::few::Few;
use super::super::model::{Finding, Secret};
use super::super::suspect::Suspects;
use super::super::told::Told;
use crate::azure::resource_id::ResourceId;
use crate::azure::secret::{SecretKind, handed_out_by, only_ends};
use crate::base::Time;
use crate::ledger::{Operation, Outcome};
use crate::shape::access::Access;

/// At most this many secrets of one principal are listed; those read under suspicion come before others.
const LISTED: usize = 300;

/// Which operations hand out secrets, and when secrets were replaced.
pub(super) struct Secrets<'f> {
    kinds: Vec<Option<&'static SecretKind>>,
    /// Operations that may replace a secret, by the resource they are on.
    replaced: BTreeMap<&'f str, Vec<(u32, &'f Operation)>>,
}

impl<'f> Secrets<'f> {
    pub(super) fn of(facts: &Facts<'f>) -> Self {
        let names = &facts.corpus.names.operation;
        let kinds: Vec<Option<&SecretKind>> = names.iter().map(handed_out_by).collect();
        let mut patterns: Vec<&SecretKind> = kinds.iter().flatten().copied().collect();
        patterns.sort_by_key(|kind| kind.operations);
        patterns.dedup();
        let may_replace: Vec<bool> =
            names.iter().map(|name| patterns.iter().any(|k| k.is_replaced_by(name))).collect();
        let mut replaced: BTreeMap<&str, Vec<(u32, &Operation)>> = BTreeMap::new();
        let done = (0_u32..).zip(&facts.ledger.operations);
        for (place, operation) in done.filter(|(_, o)| o.outcome == Outcome::Succeeded) {
            let is_new = may_replace.get(operation.operation as usize).copied().unwrap_or(false);
            if let Some(resource) = facts.resource(operation).filter(|_| is_new) {
                replaced.entry(resource).or_default().push((place, operation));
            }
        }
        Secrets { kinds, replaced }
    }

    /// Returns the secrets that a principal was handed, and how many there are in full.
    pub(super) fn read_by(
        &self,
        facts: &Facts<'f>,
        findings: &[Finding],
        (deeds, suspects, told): (&Deeds, &Suspects, &Told),
        p: usize,
    ) -> (Vec<Secret>, u64) {
        let mut read: BTreeMap<(u32, u32), (Secret, Few, &SecretKind)> = BTreeMap::new();
        for (place, operation) in deeds.operations(facts, p) {
            let kind = self.kinds.get(operation.operation as usize).copied().flatten();
            let Some(kind) = kind.filter(|_| operation.outcome == Outcome::Succeeded) else {
                continue;
            };
            let Some(resource) = facts.shared.resource.get(operation.resource) else { continue };
            let key = (operation.resource, operation.operation);
            let (secret, ids, _) = read.entry(key).or_insert_with(|| {
                let secret = Secret {
                    resource_id: resource.clone(),
                    operation: facts.operation_shared(operation),
                    what: kind.what,
                    first: Some(operation.first),
                    ..Secret::default()
                };
                (secret, Few::default(), kind)
            });
            secret.last = Some(operation.first);
            secret.reads += 1;
            if suspects.taints(place) {
                secret.suspicious += 1;
                // Until the list is done, this is the last read under suspicion.
                secret.rotated = Some(operation.first);
                told.add_ids(place, findings, ids);
            }
        }
        let count = read.len() as u64;
        let mut secrets: Vec<Secret> = read
            .into_values()
            .map(|(mut secret, ids, kind)| {
                let last = secret.rotated.or(secret.last);
                secret.rotated = last
                    .and_then(|last| self.replaced_after(facts, suspects, (kind, &secret), last));
                secret.findings = ids.into_list();
                secret
            })
            .collect();
        secrets.sort_by(|a, b| {
            let key = |s: &Secret| (s.suspicious == 0, s.first);
            key(a)
                .cmp(&key(b))
                .then_with(|| (&a.resource_id, &a.operation).cmp(&(&b.resource_id, &b.operation)))
        });
        secrets.truncate(LISTED);
        (secrets, count)
    }

    /// When the secret was replaced after a time, each key of it and not by a suspect, who has the new one;
    /// a call of which nothing tells the key is taken for one of another key.
    fn replaced_after(
        &self,
        facts: &Facts<'f>,
        suspects: &Suspects,
        (kind, secret): (&SecretKind, &Secret),
        after: Time,
    ) -> Option<Time> {
        let id = ResourceId::parse(&secret.resource_id)?;
        let at = if kind.at.is_empty() { id } else { id.nearest(kind.at)? };
        let all: Vec<&str> = kind.each_key().collect();
        let (mut old, mut unnamed) = (all.clone(), 0);
        let list = self.replaced.get(at.as_str())?;
        let later = &list[list.partition_point(|(_, operation)| operation.first <= after)..];
        for (place, operation) in later {
            let name = facts.operation(operation);
            if !kind.is_replaced_by(name) {
                continue;
            }
            if suspects.taints(*place) && !only_ends(name) {
                (old, unnamed) = (all.clone(), 0);
                continue;
            }
            match renewed(facts, operation) {
                Some(key) => old.retain(|other| *other != key),
                None => unnamed += 1,
            }
            if old.len() <= unnamed {
                return Some(operation.first);
            }
        }
        None
    }
}

/// The key that a call made anew, as far as its request tells.
fn renewed<'f>(facts: &Facts<'f>, operation: &Operation) -> Option<&'f str> {
    facts.access(operation).find_map(|access| match access {
        Access::Renewed(key) => Some(key.as_str()),
        _ => None,
    })
}
