//! What log and lists show of each principal, as far as it tells whether it is new.

use super::super::facts::Facts;
use super::super::suspect::{Suspects, Way};
use super::times::Times;
use crate::base::text::counted;
use crate::base::{SourceId, Time};
use crate::ledger::Outcome;
use crate::shape::context::Mention;

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
    /// Whether one of those deeds proves that it is new; a slight right may go to anybody.
    pub(super) is_made: bool,
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

    /// How little there is to go by.
    pub(super) fn few(&self) -> String {
        match self.first() {
            None => "the log shows nothing that it did, and no list has it".to_owned(),
            Some(first) => {
                let operations = counted(self.operations, "operation", "operations");
                format!("{operations} since {first}: too few, or over too short a time")
            }
        }
    }
}

/// Collects what is known of every principal; operations are counted that began before its window.
pub(super) fn all<'f>(facts: &Facts<'f>, suspects: &Suspects, times: &[Times]) -> Vec<Seen<'f>> {
    let mut all = vec![Seen::default(); facts.principals.all.len()];
    for operation in facts.operations().filter(|o| o.outcome != Outcome::Failed) {
        let Some(p) = facts.principals.of(operation.identity) else { continue };
        earliest(&mut all[p].acted, operation.first);
        all[p].operations += u64::from(operation.first < times[p].until());
    }
    rights(facts, suspects, &mut all);
    lists(facts, &mut all);
    all
}

fn earliest(known: &mut Option<Time>, time: Time) {
    *known = Some(known.map_or(time, |known| known.min(time)));
}

/// Takes what principals were given, and what suspects handed to them before they ever acted.
fn rights<'f>(facts: &Facts<'f>, suspects: &Suspects, all: &mut [Seen<'f>]) {
    for grant in &facts.corpus.grants {
        let Some(p) = facts.principals.find(&grant.principal) else { continue };
        let Some(operation) = facts.operation_of(grant.row) else { continue };
        let is_write = facts.operation(operation).ends_with("/WRITE");
        if is_write && operation.outcome != Outcome::Failed {
            earliest(&mut all[p].given, operation.first);
        }
    }
    for hand in &suspects.handed {
        let Some(p) = hand.to.filter(|p| *p != hand.by) else { continue };
        let what = match hand.way {
            Way::Granted => "gave it a role",
            Way::Made => "made it",
            Way::VaultPolicy => "let it into a key vault",
            Way::Delegated => "delegated rights to its tenant",
            // See `Way::is_first_use`.
            Way::Federated | Way::Attached | Way::RanCode => continue,
        };
        // Who acted before was there before, whoever gave it a right.
        if all[p].acted.is_none_or(|acted| acted >= hand.time) {
            let said = (hand.time, facts.principals.all[hand.by].id.as_str(), what);
            let known = all[p].by_suspect.get_or_insert(said);
            *known = (*known).min(said);
            all[p].is_made |= !hand.is_slight();
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
