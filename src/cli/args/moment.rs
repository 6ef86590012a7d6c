//! Times as people type them: whole, or only their beginning.

use std::cmp::Ordering;

use crate::base::{DateOrder, Time};

/// What is added to the beginning of a time.
const REST: &str = "0000-01-01T00:00:00Z";

/// Reads a time; a year, month, day, hour or minute stands for its beginning.
pub(in crate::cli) fn parse(text: &str) -> Option<Time> {
    let text = text.trim();
    let is_dated = text.len() >= 4 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    let begins = text.len() == 4 || text.as_bytes().get(4) == Some(&b'-');
    if !is_dated || !begins {
        return None;
    }
    let whole = match text.len() {
        4 | 7 | 10 | 13 | 16 | 19 if text.is_ascii() => format!("{text}{}", &REST[text.len()..]),
        _ => text.to_owned(),
    };
    Time::parse(&whole, DateOrder::MonthFirst)
}

/// Compares two times as instants; what is no time comes behind all that are.
pub(in crate::cli) fn order(a: &str, b: &str) -> Ordering {
    let is_plain = |text: &str| text.as_bytes().get(10) == Some(&b'T') && text.ends_with('Z');
    // Of the same length the texts are in the order of the instants.
    if a.len() == b.len() && is_plain(a) && is_plain(b) {
        return a.cmp(b);
    }
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_time_is_a_time() {
        let text = |text: &str| parse(text).map(|time| time.to_string());
        for (typed, meant) in [
            ("2026", "2026-01-01T00:00:00Z"),
            ("2026-03", "2026-03-01T00:00:00Z"),
            ("2026-03-02", "2026-03-02T00:00:00Z"),
            ("2026-03-02 10:30", "2026-03-02T10:30:00Z"),
            ("2026-03-02T10:30:05", "2026-03-02T10:30:05Z"),
            ("2026-03-02T10:30:05.5Z", "2026-03-02T10:30:05.5Z"),
            ("2026-03-02T10:00:00+02:00", "2026-03-02T08:00:00Z"),
        ] {
            assert_eq!(text(typed).as_deref(), Some(meant), "{typed}");
        }
        for typed in ["", "yesterday", "03/02/2026", "2026-13-01", "20260302", "é026"] {
            assert_eq!(text(typed), None, "{typed}");
        }
    }

    #[test]
    fn times_of_any_precision_and_zone_are_in_order() {
        let times = [
            "2026-03-01",
            "2026-03-01T10:00:00Z",
            "2026-03-01T10:00:00.5Z",
            "2026-03-01T13:00:00+02:00",
            "2026-03-02",
            "no time",
        ];
        for (at, a) in times.iter().enumerate() {
            for (other, b) in times.iter().enumerate() {
                assert_eq!(order(a, b), at.cmp(&other), "{a} {b}");
            }
        }
        assert_eq!(order("2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000Z"), Ordering::Equal);
    }
}
