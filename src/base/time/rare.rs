//! Instants that tools and people write when an export passes through their hands: with the name of
//! the month, or in ISO 8601's shorter forms.

use chrono::{NaiveDate, Timelike};

use super::{SECOND, Time, rfc3339, zone};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// `2023-11-21T09:11Z` and `20231121T091158Z`.
pub(super) fn short_iso(text: &str) -> Option<Time> {
    let (date, clock) = text.split_once(['T', 't'])?;
    let digits = |part: &str| part.bytes().take_while(u8::is_ascii_digit).count();
    if digits(date) == 8 && date.len() == 8 && digits(clock) == 6 {
        let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
        let (hour, minute, rest) = (&clock[..2], &clock[2..4], &clock[4..]);
        return rfc3339(format!("{year}-{month}-{day}T{hour}:{minute}:{rest}").as_bytes());
    }
    let (minutes, rest) = clock.split_at_checked(5)?;
    (!rest.starts_with(':')).then(|| rfc3339(format!("{date}T{minutes}:00{rest}").as_bytes()))?
}

/// JavaScript's `Tue Nov 21 2023 10:11:58 GMT+0100 (…)`, HTTP's `Tue, 21 Nov 2023 09:11:58 GMT`,
/// Kibana's `Nov 21, 2023 @ 09:11:58.506` and their like, in English.
pub(super) fn with_month_name(text: &str) -> Option<Time> {
    // What JavaScript writes in brackets is the name of the zone whose offset it has written.
    let text = text.split_once('(').map_or(text, |(before, _)| before);
    let (mut year, mut month, mut day, mut clock) = (None, None, None, None);
    let (mut half, mut offset) = (None, 0);
    let is_mark = |c: char| c.is_whitespace() || matches!(c, ',' | '@');
    for word in text.split(is_mark).filter(|word| !word.is_empty()) {
        let lower = word.to_ascii_lowercase();
        let behind = lower.strip_prefix("gmt").or_else(|| lower.strip_prefix("utc"));
        if let Some(is_second) = half_day(&lower) {
            fill(&mut half, is_second)?;
        } else if let Some(number) = named(&lower, &MONTHS) {
            fill(&mut month, u32::try_from(number + 1).ok()?)?;
        } else if word.contains(':') && clock.is_none() {
            clock = Some(word);
        } else if word.bytes().all(|b| b.is_ascii_digit()) {
            let number = word.parse::<u32>().ok()?;
            fill(if word.len() == 4 { &mut year } else { &mut day }, number)?;
        } else if let Some(behind) = behind {
            offset = zone(behind.as_bytes())?;
        } else if named(&lower, &WEEKDAYS).is_none() && lower != "at" {
            offset = zone(word.as_bytes())?;
        }
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year?).ok()?, month?, day?)?;
    let mut clock = clock?.to_owned();
    if clock.matches(':').count() == 1 {
        clock.push_str(":00");
    }
    let mut time = chrono::NaiveTime::parse_from_str(&clock, "%H:%M:%S%.f").ok()?;
    if let Some(is_second) = half {
        time = time.with_hour(time.hour() % 12 + if is_second { 12 } else { 0 })?;
    }
    let nanos = date.and_time(time).and_utc().timestamp_nanos_opt()?;
    nanos.checked_sub(offset.checked_mul(SECOND)?).map(Time)
}

/// Sets what is not set yet; `None` for a second value, of which either may be meant.
fn fill<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn half_day(word: &str) -> Option<bool> {
    match word {
        "am" | "a.m." => Some(false),
        "pm" | "p.m." => Some(true),
        _ => None,
    }
}

/// Where a name, or its first three letters, stands in a list.
fn named(word: &str, names: &[&str]) -> Option<usize> {
    let word = word.trim_end_matches('.');
    names.iter().position(|name| *name == word || (word.len() == 3 && name.starts_with(word)))
}

#[cfg(test)]
mod tests {
    use super::super::DateOrder;
    use super::*;

    #[test]
    fn months_are_read_by_their_names() {
        for (text, expected) in [
            (
                "Tue Nov 21 2023 10:11:58 GMT+0100 (Central European Standard Time)",
                "2023-11-21T09:11:58Z",
            ),
            ("Tue, 21 Nov 2023 09:11:58 GMT", "2023-11-21T09:11:58Z"),
            ("Tue, 21 Nov 2023 10:11:58 +0100", "2023-11-21T09:11:58Z"),
            ("21 Nov 2023 09:11:58", "2023-11-21T09:11:58Z"),
            ("Nov 21, 2023, 9:11:58 PM", "2023-11-21T21:11:58Z"),
            ("Nov 21, 2023 @ 09:11:58.506", "2023-11-21T09:11:58.506Z"),
            ("Tue Nov 21 09:11:58 2023", "2023-11-21T09:11:58Z"),
            ("Tuesday, November 21, 2023 12:11:58 AM", "2023-11-21T00:11:58Z"),
            ("November 21, 2023 at 9:11 AM UTC", "2023-11-21T09:11:00Z"),
        ] {
            let read = Time::parse(text, DateOrder::MonthFirst).map(|t| t.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn shorter_forms_of_iso_8601_are_read() {
        for (text, expected) in [
            ("2023-11-21T09:11Z", "2023-11-21T09:11:00Z"),
            ("2023-11-21T10:11+01:00", "2023-11-21T09:11:00Z"),
            ("20231121T091158Z", "2023-11-21T09:11:58Z"),
            ("20231121T091158.506Z", "2023-11-21T09:11:58.506Z"),
            ("2023-11-21T09:11:58,506Z", "2023-11-21T09:11:58.506Z"),
        ] {
            let read = Time::parse(text, DateOrder::MonthFirst).map(|t| t.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_names_no_one_instant_is_refused() {
        for text in [
            "Nov 2023 09:11:58",
            "21 Nov 2023",
            "Nov 21 22 2023 09:11:58",
            "31 Feb 2023 09:11:58",
            "21 Nov 2023 09:11:58 CET",
            "May the 4th be with you",
            "2023-11-21T09",
            "20231121T0911",
        ] {
            assert_eq!(Time::parse(text, DateOrder::MonthFirst), None, "{text}");
        }
    }
}
