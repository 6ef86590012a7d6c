//! What callers do to a resource day after day.

use hashbrown::HashMap;

use super::super::evaluate::Court;
use super::super::habit::{EARLIER, LAST, day};
use super::principal;
use crate::ledger::Operation;

/// The days on which callers did something to a resource.
pub(super) struct Daily<'c> {
    court: &'c Court<'c>,
    days: HashMap<(&'c str, u32, u32), Vec<i64>>,
}

impl<'c> Daily<'c> {
    /// Looks through the operations that a question chose.
    pub(super) fn of(court: &'c Court<'c>, trigger: u32) -> Self {
        let mut daily = Daily { court, days: HashMap::new() };
        for &number in &court.selected[trigger as usize] {
            let operation = court.scene.operation(number);
            let days = daily.days.entry(daily.key(operation)).or_default();
            // They come in order of time.
            if days.last() != Some(&day(operation.first)) {
                days.push(day(operation.first));
            }
        }
        daily
    }

    /// Whether the caller did the same to the resource on several earlier days of the last ones.
    pub(super) fn holds(&self, operation: &Operation) -> bool {
        let Some(days) = self.days.get(&self.key(operation)) else { return false };
        let today = day(operation.first);
        let count = |before: i64| days.partition_point(|day| *day < before);
        count(today) - count(today - LAST) >= EARLIER
    }

    fn key(&self, operation: &Operation) -> (&'c str, u32, u32) {
        (principal(self.court, operation), operation.operation, operation.resource)
    }
}
