//! What speaks against operations of the kind that an alert speaks of: habit, use, a known client.

use super::super::super::model::Assessment;
use super::super::habit::used_before;
use super::super::words::operations;
use super::{DAY, Weighed};
use crate::azure::alert_type::{Check, Trace};
use crate::base::Time;
use crate::ledger::Outcome;

/// Fewer operations than this are no burst.
const BURST: usize = 3;

impl Weighed<'_, '_> {
    /// What speaks against operations of the kind, if anything does.
    pub(super) fn refuted(&mut self, good: &[u32]) -> Option<Assessment> {
        for check in &self.kind.profile.checks {
            let against = match check {
                Check::Attempt | Check::Refused => None,
                Check::Burst => self.no_burst(good),
                Check::Habit | Check::HabitAddress => self.habit(*check, good),
                Check::Dormant => self.used(),
                Check::Recovery => self.no_recovery(good),
                Check::Client(app) => self.known_client(app, good),
            };
            if against.is_some() {
                return against;
            }
        }
        None
    }

    fn no_burst(&mut self, good: &[u32]) -> Option<Assessment> {
        (good.len() < BURST).then(|| {
            let why = format!("fewer than {BURST} such operations are no burst, and plain reads leave no trace in the Activity Log");
            self.because(why, good);
            Assessment::Inconclusive
        })
    }

    fn habit(&mut self, check: Check, good: &[u32]) -> Option<Assessment> {
        let scale = self.scale;
        let is_habit = |n: &u32| scale.habits.is_habit(scale.search, check, *n, &self.spans);
        if !good.iter().all(is_habit) {
            return None;
        }
        let why = if check == Check::HabitAddress {
            "the same caller used the same address for more than two weeks before the alert"
                .to_owned()
        } else {
            let days = good.iter().map(|n| scale.habits.days(scale.search, *n, &self.spans).len());
            let least = days.min().unwrap_or_default();
            format!(
                "that is the caller's habit: the same operation from the same address on at least {least} days before the alert"
            )
        };
        self.because(why, good);
        Some(match self.kind.profile.trace {
            // What the alert speaks of may have happened all the same, where no log shows it.
            Trace::None => Assessment::NotInEvidence,
            _ => Assessment::Contradicted,
        })
    }

    fn used(&mut self) -> Option<Assessment> {
        let (count, last) = used_before(self.scale.search, self.subject, &self.spans);
        if let Some(last) = last {
            let why = format!(
                "the account was not unused: {} in the 30 days before the alert, the last at {last}",
                operations(count)
            );
            self.because(why, &[]);
            return Some(Assessment::Contradicted);
        }
        let month = self.spans.start.plus_seconds(-30 * DAY);
        let first = self.scale.search.facts.ledger.operations.first().map(|o| o.first);
        if first.is_none_or(|first| first > month) {
            self.because(
                "the log does not reach back 30 days, so that the account was unused is not shown"
                    .to_owned(),
                &[],
            );
        }
        None
    }

    /// A vault that its own deleter brings back, or that nobody deleted, is no theft.
    fn no_recovery(&mut self, good: &[u32]) -> Option<Assessment> {
        let search = self.scale.search;
        let is_delete = |n: &&u32| {
            search.facts.operation(search.operation(**n)).ends_with("/DELETE")
                && search.operation(**n).outcome != Outcome::Failed
        };
        let before = |n: &&u32| good.first().is_some_and(|first| *n < first);
        let all = self.found.support.iter();
        let Some(&deleted) = all.filter(before).rfind(is_delete) else {
            self.because(
                "no deletion of it is in the evidence, so a write alone shows no recovery"
                    .to_owned(),
                good,
            );
            return Some(Assessment::Inconclusive);
        };
        let person = |n: u32| search.person(search.operation(n));
        let by_other = good.iter().any(|n| person(*n).is_some() && person(*n) != person(deleted));
        if by_other {
            self.because("somebody else deleted it".to_owned(), &[deleted]);
            self.tell(&[deleted]);
            return None;
        }
        self.because("the same principal deleted it before".to_owned(), &[deleted]);
        self.tell(&[deleted]);
        Some(Assessment::Contradicted)
    }

    fn known_client(&mut self, app: &str, good: &[u32]) -> Option<Assessment> {
        let search = self.scale.search;
        let of = |n: &u32| {
            search.facts.corpus.identities[search.operation(*n).identity as usize].app_id.as_str()
        };
        if good.iter().all(|n| of(n).is_empty()) {
            self.because(
                "the evidence does not tell the client application of these calls".to_owned(),
                good,
            );
            return None;
        }
        if !good.iter().any(|n| of(n) == app) {
            self.because(
                "these calls came from another client application than the alert speaks of"
                    .to_owned(),
                good,
            );
            return Some(Assessment::Inconclusive);
        }
        let people = self.subject.people.iter();
        let since: Option<Time> =
            people.filter_map(|p| self.scale.habits.client_since(*p, app)).min();
        let since = since.filter(|since| *since < self.spans.before())?;
        self.because(
            format!("the client application was not new to the account, which used it at {since}"),
            good,
        );
        Some(Assessment::Contradicted)
    }
}
