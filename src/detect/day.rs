//! Days of operations, in UTC: by number within the evidence, and as dates.

use super::habit::day;
use crate::base::Time;
use crate::ledger::{Ledger, Operation};

/// The days from the first operation of the evidence to the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Days {
    first: i64,
    last: i64,
}

impl Days {
    /// Looks at operations, which are in the order of their time.
    pub(super) fn of(ledger: &Ledger) -> Self {
        let at = |operation: Option<&Operation>| operation.map_or(0, |known| day(known.first));
        Days { first: at(ledger.operations.first()), last: at(ledger.operations.last()) }
    }

    /// Returns how many there are. No more fit into a time than a small table holds.
    pub(super) fn count(self) -> usize {
        usize::try_from(self.last - self.first + 1).unwrap_or(0)
    }

    /// Returns the place of a time among them; beyond all where it is none of them.
    pub(super) fn place(self, time: Time) -> usize {
        usize::try_from(day(time) - self.first).unwrap_or(usize::MAX)
    }

    /// Returns the date at a place.
    pub(super) fn date_at(self, place: usize) -> String {
        let number = i64::try_from(place).unwrap_or(i64::MAX).saturating_add(self.first);
        date(Time(number.saturating_mul(super::habit::DAY)))
    }
}

/// Returns the day of a time as a date.
pub(super) fn date(time: Time) -> String {
    let mut text = time.to_string();
    text.truncate("2026-03-01".len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::DateOrder;

    fn time(text: &str) -> Time {
        Time::parse(text, DateOrder::MonthFirst).unwrap()
    }

    fn days(times: &[Time]) -> Days {
        let operations = times.iter().map(|&first| Operation { first, ..Operation::default() });
        Days::of(&Ledger { operations: operations.collect(), ..Ledger::default() })
    }

    #[test]
    fn days_are_counted_from_the_first_operation_to_the_last() {
        let (first, last) = (time("2026-02-27T23:59:59Z"), time("2026-03-01T00:00:00Z"));
        let days = days(&[first, last]);
        assert_eq!(days.count(), 3);
        assert_eq!((days.place(first), days.place(last)), (0, 2));
        assert_eq!(days.date_at(0), "2026-02-27");
        assert_eq!(
            (days.date_at(2), date(last)),
            ("2026-03-01".to_owned(), "2026-03-01".to_owned())
        );
        assert!(days.place(time("2026-02-26T00:00:00Z")) >= days.count());
    }

    #[test]
    fn the_ends_of_time_have_days_too() {
        let days = days(&[Time(i64::MIN), Time(i64::MAX)]);
        assert!(days.count() < 250_000);
        assert_eq!(days.place(Time(i64::MAX)) + 1, days.count());
        assert_eq!(days.date_at(days.count() - 1), "2262-04-11");
        assert_eq!(days.date_at(0), "1677-09-21");
        assert_eq!(self::days(&[]).count(), 1);
    }
}
