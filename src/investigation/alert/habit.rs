//! What the callers of telling operations did before, and what else concerns these operations.
//!
//! One pass over the operations answers for all alerts.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use super::found::{Found, Search};
use super::lane::Lane;
use super::span::Spans;
use super::subject::Subject;
use crate::azure::alert_type::Check;
use crate::base::{Time, index32};
use crate::ledger::Outcome;

const DAY: i64 = 86_400;
const NANOS: i64 = DAY * 1_000_000_000;
/// Who did something on this many days has a habit of it, ...
const HABIT_DAYS: usize = 3;
/// ... if the first of them lies this many seconds before the alert.
const HABIT_SPAN: i64 = 5 * DAY;
/// The same of an address.
const ADDRESS_DAYS: usize = 5;
const ADDRESS_SPAN: i64 = 14 * DAY;

/// Who did what from where: principal, code of the operation, code of the address.
type Deed = (u32, u32, u32);

/// What callers did before.
#[derive(Default)]
pub(super) struct Habits {
    /// Days, rising, on which a principal did an operation from an address.
    deeds: HashMap<Deed, Vec<i64>>,
    /// Days, rising, on which a principal came from an address.
    addresses: HashMap<(u32, u32), Vec<i64>>,
    /// When a principal used a client application first.
    clients: HashMap<(u32, String), Time>,
    /// All operations of the callers, and of those who were given rights.
    people: HashMap<u32, Lane>,
    /// Renewals of keys, by resource.
    renewals: HashMap<u32, Lane>,
}

impl Habits {
    pub(super) fn of(search: &Search<'_, '_>, founds: &[Found]) -> Self {
        let mut habits = Habits::default();
        for found in founds {
            for &(number, _) in &found.done {
                habits.expect(search, number);
            }
            for &(number, _) in &found.failed {
                habits.expect(search, number);
            }
        }
        let renews: Vec<bool> = search
            .facts
            .corpus
            .names
            .operation
            .iter()
            .map(|name| name.contains("/REGENERATE"))
            .collect();
        for (number, operation) in search.facts.ledger.operations.iter().enumerate() {
            if search.facts.is_evaluation(operation) {
                continue;
            }
            let number = index32(number);
            if renews.get(operation.operation as usize) == Some(&true)
                && operation.outcome != Outcome::Failed
                && let Some(lane) = habits.renewals.get_mut(&operation.resource)
            {
                lane.push(number);
            }
            let Some(person) = search.person(operation) else { continue };
            let Some(lane) = habits.people.get_mut(&person) else { continue };
            lane.push(number);
            let app = &search.facts.corpus.identities[operation.identity as usize].app_id;
            if !app.is_empty() {
                habits.clients.entry((person, app.clone())).or_insert(operation.first);
            }
            let day = operation.first.0.div_euclid(NANOS);
            if let Some(days) = habits.addresses.get_mut(&(person, operation.ip)) {
                note(days, day);
            }
            if operation.outcome != Outcome::Failed
                && let Some(days) =
                    habits.deeds.get_mut(&(person, operation.operation, operation.ip))
            {
                note(days, day);
            }
        }
        habits
    }

    /// Makes room for what will be asked about an operation.
    fn expect(&mut self, search: &Search<'_, '_>, number: u32) {
        let operation = search.operation(number);
        self.renewals.entry(operation.resource).or_default();
        let given =
            search.grant(operation).and_then(|g| search.facts.principals.find(&g.principal));
        if let Some(recipient) = given {
            self.people.entry(index32(recipient)).or_default();
        }
        let Some(person) = search.person(operation) else { return };
        self.people.entry(person).or_default();
        self.addresses.entry((person, operation.ip)).or_default();
        self.deeds.entry((person, operation.operation, operation.ip)).or_default();
    }

    /// All operations of a caller, or of who was given rights.
    pub(super) fn person(&self, principal: u32) -> &[u32] {
        self.people.get(&principal).map_or(&[], Vec::as_slice)
    }

    /// The renewals of keys of a resource.
    pub(super) fn renewals(&self, resource: u32) -> &[u32] {
        self.renewals.get(&resource).map_or(&[], Vec::as_slice)
    }

    /// When a principal used a client application first.
    pub(super) fn client_since(&self, principal: u32, app: &str) -> Option<Time> {
        self.clients.get(&(principal, app.to_owned())).copied()
    }

    /// The days before the alert on which the caller of an operation did the same from the same address.
    pub(super) fn days(&self, search: &Search<'_, '_>, number: u32, spans: &Spans) -> &[i64] {
        let operation = search.operation(number);
        let days = search
            .person(operation)
            .and_then(|p| self.deeds.get(&(p, operation.operation, operation.ip)));
        before(days, spans)
    }

    /// Whether what an operation did was the caller's habit, as a check understands it.
    pub(super) fn is_habit(
        &self,
        search: &Search<'_, '_>,
        check: Check,
        number: u32,
        spans: &Spans,
    ) -> bool {
        let (days, least, span) = if check == Check::HabitAddress {
            let operation = search.operation(number);
            let days =
                search.person(operation).and_then(|p| self.addresses.get(&(p, operation.ip)));
            (before(days, spans), ADDRESS_DAYS, ADDRESS_SPAN)
        } else {
            (self.days(search, number, spans), HABIT_DAYS, HABIT_SPAN)
        };
        let since = spans.start.plus_seconds(-span).0.div_euclid(NANOS);
        days.len() >= least && days.first().is_some_and(|first| *first <= since)
    }
}

fn before<'d>(days: Option<&'d Vec<i64>>, spans: &Spans) -> &'d [i64] {
    let days = days.map_or(&[][..], Vec::as_slice);
    let until = spans.before().0.div_euclid(NANOS);
    &days[..days.partition_point(|day| *day < until)]
}

fn note(days: &mut Vec<i64>, day: i64) {
    if days.last() != Some(&day) {
        days.push(day);
    }
}

/// Returns the principals behind operations, in order.
pub(super) fn callers(search: &Search<'_, '_>, numbers: &[u32]) -> BTreeSet<u32> {
    numbers.iter().filter_map(|number| search.person(search.operation(*number))).collect()
}

/// Returns how many operations the account did in the 30 days before the alert, and the day of the last one.
pub(super) fn used_before(
    search: &Search<'_, '_>,
    subject: &Subject<'_>,
    spans: &Spans,
) -> (usize, Option<Time>) {
    let month = (spans.start.plus_seconds(-30 * DAY), spans.before());
    let slices = subject
        .people
        .iter()
        .map(|p| super::lane::within(search.facts, search.lanes.person(*p), month));
    slices.fold((0, None), |(count, last), slice| {
        let own = slice.last().map(|number| search.operation(*number).first);
        (count + slice.len(), last.max(own))
    })
}
