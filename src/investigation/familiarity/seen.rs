//! What log and lists show of each principal, as far as it tells whether it is new.

use super::super::facts::Facts;
use super::super::model::Finding;
use super::super::subscription::suspects_since;
use crate::base::{SourceId, Time};
use crate::ledger::{Operation, Outcome};
use crate::shape::access::Access;
use crate::shape::context::Mention;

/// HTTP status of a call that made something new.
const CREATED: u16 = 201;

/// What is known of one principal.
#[derive(Clone, Default)]
pub(super) struct Seen<'f> {
    /// Its first operation that did not fail.
    pub(super) acted: Option<Time>,
    /// The first role that it was given.
    given: Option<Time>,
    /// Its operations before the window that did not fail.
    pub(super) operations: u64,
    /// A suspect made it or gave it a role: when, who, what.
    pub(super) by_suspect: Option<(Time, &'f str, &'static str)>,
    /// The oldest dated entry of a list.
    pub(super) dated: Option<(Time, SourceId)>,
    /// When a list of principals says that it was made.
    pub(super) created: Option<(Time, SourceId)>,
    /// A list that has it without a date.
    pub(super) undated: Option<SourceId>,
}

impl Seen<'_> {
    /// When it turned up first.
    pub(super) fn first(&self) -> Option<Time> {
        [self.acted, self.given].into_iter().flatten().min()
    }

    /// Says how little there is to go by.
    pub(super) fn few(&self) -> String {
        match self.first() {
            None => "the log shows nothing that it did, and no list has it".to_owned(),
            Some(first) => format!(
                "{} operations since {first}: too few, or over too short a time",
                self.operations
            ),
        }
    }
}

/// Collects what is known of every principal; operations are counted that began before `until`.
pub(super) fn all<'f>(facts: &Facts<'f>, findings: &[Finding], until: Time) -> Vec<Seen<'f>> {
    let mut all = vec![Seen::default(); facts.principals.all.len()];
    for operation in facts.operations().filter(|o| o.outcome != Outcome::Failed) {
        let Some(p) = facts.principals.of(operation.identity) else { continue };
        earliest(&mut all[p].acted, operation.first);
        all[p].operations += u64::from(operation.first < until);
    }
    rights(facts, findings, &mut all);
    lists(facts, &mut all);
    all
}

fn earliest(known: &mut Option<Time>, time: Time) {
    *known = Some(known.map_or(time, |known| known.min(time)));
}

/// Takes what principals were given, and what suspects made with an identity.
fn rights<'f>(facts: &Facts<'f>, findings: &[Finding], all: &mut [Seen<'f>]) {
    let since = suspects_since(facts, findings);
    let of_row = |row: u32| -> Option<&'f Operation> {
        let operation = *facts.ledger.of_row.get(row as usize)?;
        let operation = facts.ledger.operations.get(operation as usize)?;
        let is_write = facts.operation(operation).ends_with("/WRITE");
        (is_write && operation.outcome != Outcome::Failed).then_some(operation)
    };
    let blame = |all: &mut [Seen<'f>], p: usize, operation: &Operation, what| {
        let Some(by) = facts.principals.of(operation.identity).filter(|by| *by != p) else {
            return;
        };
        if since.get(&by).is_some_and(|since| operation.first >= *since) {
            let said = (operation.first, facts.principals.all[by].id.as_str(), what);
            let known = all[p].by_suspect.get_or_insert(said);
            *known = (*known).min(said);
        }
    };
    for grant in &facts.corpus.grants {
        let Some(p) = facts.principals.find(&grant.principal) else { continue };
        let Some(operation) = of_row(grant.row.0) else { continue };
        earliest(&mut all[p].given, operation.first);
        blame(all, p, operation, "gave it a role");
    }
    for (row, access) in &facts.corpus.access {
        let Access::Named(named) = access else { continue };
        let Some(p) = facts.principals.find(&named.oid) else { continue };
        let made = of_row(row.0).filter(|o| o.http == CREATED);
        // An identity that is attached to something new was there before.
        let own = made.filter(|o| facts.resource(o) == Some(named.resource.as_str()));
        if let Some(operation) = own {
            blame(all, p, operation, "made it");
        }
    }
}

/// Takes what lists of principals and of role assignments say.
fn lists(facts: &Facts<'_>, all: &mut [Seen<'_>]) {
    for (list, held) in &facts.corpus.context.principals {
        // The list of a resource tells nothing of when its identity was made.
        if held.mention == Mention::Attached {
            continue;
        }
        let Some(p) = facts.principals.find(&held.oid) else { continue };
        let seen = &mut all[p];
        match held.made.map(|made| (made, *list)) {
            None => seen.undated = seen.undated.or(Some(*list)),
            Some(entry) => {
                seen.dated = Some(seen.dated.map_or(entry, |known| known.min(entry)));
                if held.mention == Mention::Listed {
                    seen.created = Some(seen.created.map_or(entry, |known| known.min(entry)));
                }
            }
        }
    }
}
