//! Parts of an instant, for rules that ask at what hour or in which month something happened.

use chrono::{DateTime, Datelike, Timelike};

use crate::base::{DateOrder, Time};

/// A part of an instant, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimePart {
    /// Minute of the hour.
    Minute,
    /// Hour of the day.
    Hour,
    /// Day of the month.
    Day,
    /// Week of the year, as ISO 8601 counts them.
    Week,
    /// Month of the year.
    Month,
    /// Year.
    Year,
}

impl TimePart {
    /// Returns that part of the instant that a text names, in whatever form Azure writes instants; `None` for other text.
    pub fn of(self, text: &str) -> Option<i64> {
        let time = Time::parse(text, DateOrder::default())?;
        let when = DateTime::from_timestamp_nanos(time.0);
        Some(match self {
            TimePart::Minute => when.minute().into(),
            TimePart::Hour => when.hour().into(),
            TimePart::Day => when.day().into(),
            TimePart::Week => when.iso_week().week().into(),
            TimePart::Month => when.month().into(),
            TimePart::Year => when.year().into(),
        })
    }

    /// Returns the least and the most that it can be.
    pub(super) fn range(self) -> (i64, i64) {
        match self {
            TimePart::Minute => (0, 59),
            TimePart::Hour => (0, 23),
            TimePart::Day => (1, 31),
            TimePart::Week => (1, 53),
            TimePart::Month => (1, 12),
            TimePart::Year => (1, 9999),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_an_instant_is_in_utc() {
        let text = "2027-01-02T23:59:30+01:00";
        for (part, number) in [
            (TimePart::Minute, 59),
            (TimePart::Hour, 22),
            (TimePart::Day, 2),
            (TimePart::Week, 53),
            (TimePart::Month, 1),
            (TimePart::Year, 2027),
        ] {
            assert_eq!(part.of(text), Some(number), "{part:?}");
            let (least, most) = part.range();
            assert!((least..=most).contains(&number), "{part:?}");
        }
        assert_eq!(TimePart::Hour.of("Owner"), None);
    }
}
