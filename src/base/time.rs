//! Instants as Azure writes them.
//!
//! [`Time`] is nanoseconds since 1970 in UTC; Azure writes ticks of 100 ns.
//! The common form (RFC 3339 with `Z`) is read by hand because every record
//! has one; the rest go through chrono.

mod order;
mod precision;
mod rare;

pub(crate) use order::{
    TOKEN_BYTES, decided_by, decided_by_dates, decided_by_tokens, decided_order, has_slashed_date,
};

pub use precision::Precision;

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, Timelike};

const SECOND: i64 = 1_000_000_000;
/// .NET ticks (100 ns since 0001-01-01) at 1970-01-01.
const UNIX_TICKS: i64 = 621_355_968_000_000_000;
/// The largest .NET tick count, from which Defender counts down in alert names.
const MAX_TICKS: i64 = 3_155_378_975_999_999_999;

/// An instant in nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

/// Which of two leading numbers of a date is the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// `4/28/2021`.
    #[default]
    MonthFirst,
    /// `28/4/2021`.
    DayFirst,
}

impl Time {
    /// Reads any form that Azure's exports use; text without a zone is taken as UTC.
    ///
    /// `order` decides dates such as `1/9/2021`; where one number is over 12 it is not asked.
    pub fn parse(text: &str, order: DateOrder) -> Option<Time> {
        rfc3339(text.as_bytes()).or_else(|| other_forms(text.trim(), order))
    }

    /// Returns the instant of a count of .NET ticks (100 ns since year 1).
    pub fn from_ticks(ticks: i64) -> Option<Time> {
        if !(0..=MAX_TICKS).contains(&ticks) {
            return None;
        }
        ticks.checked_sub(UNIX_TICKS)?.checked_mul(100).map(Time)
    }

    /// Returns the instant that a Defender alert name (`NNNNNNNNNNNNNNNNNNN_guid`) counts down from.
    pub fn from_alert_name(name: &str) -> Option<Time> {
        let (number, _) = name.split_once('_')?;
        if number.len() != 19 {
            return None;
        }
        Time::from_ticks(MAX_TICKS.checked_sub(number.parse().ok()?)?)
    }

    /// Returns the same instant cut to whole milliseconds.
    #[must_use]
    pub fn to_millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Returns the instant that many seconds later (earlier if negative); stays at the ends of time.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Time {
        Time(self.0.saturating_add(seconds.saturating_mul(SECOND)))
    }
}

/// `YYYY-MM-DD[T ]hh:mm:ss[.f]` with `Z`, an offset or nothing.
fn rfc3339(b: &[u8]) -> Option<Time> {
    if b.len() < 19 || b[4] != b'-' || b[7] != b'-' || b[13] != b':' || b[16] != b':' {
        return None;
    }
    if !matches!(b[10], b'T' | b't' | b' ') {
        return None;
    }
    let two = |i: usize| Some(digit(b[i])? * 10 + digit(b[i + 1])?);
    let year = two(0)? * 100 + two(2)?;
    let seconds = days(year, two(5)?, two(8)?)? * 86_400 + clock(two(11)?, two(14)?, two(17)?)?;
    let (nanos, rest) = fraction(&b[19..])?;
    let offset = zone(rest)?;
    Some(Time((seconds - offset).checked_mul(SECOND)?.checked_add(nanos)?))
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

/// Days since 1970 of a civil date (Howard Hinnant's algorithm); `None` for a date that is not.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTH: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = LENGTH.get(usize::try_from(month - 1).ok()?)? + i64::from(leap && month == 2);
    // Nanoseconds in 64 bits reach from 1678 to 2261.
    if !(1..=length).contains(&day) || !(1678..=2261).contains(&year) {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let (era, yoe) = (y.div_euclid(400), y.rem_euclid(400));
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468)
}

fn clock(hour: i64, minute: i64, second: i64) -> Option<i64> {
    // A leap second is written as :60.
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

/// Nanoseconds of `.ffff` or `,ffff`, and what follows; digits past the ninth are dropped.
fn fraction(b: &[u8]) -> Option<(i64, &[u8])> {
    if !matches!(b.first(), Some(b'.' | b',')) {
        return Some((0, b));
    }
    let count = b[1..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut nanos = 0;
    for i in 0..9 {
        nanos = nanos * 10 + if i < count { i64::from(b[1 + i] - b'0') } else { 0 };
    }
    (count > 0).then_some((nanos, &b[1 + count..]))
}

/// Seconds east of Greenwich of `Z`, `+hh:mm`, `+hhmm` or nothing.
fn zone(b: &[u8]) -> Option<i64> {
    let (sign, b) = match b {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match b {
        [a, b, b':', c, d] | [a, b, c, d] => {
            (digit(*a)? * 10 + digit(*b)?, digit(*c)? * 10 + digit(*d)?)
        }
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn other_forms(text: &str, order: DateOrder) -> Option<Time> {
    dotnet_json(text)
        .or_else(|| epoch(text))
        .or_else(|| locale(text, order))
        .or_else(|| rare::short_iso(text))
        .or_else(|| rare::with_month_name(text))
}

/// `/Date(1656322047343)/`, also with a zone, which .NET writes for show only.
fn dotnet_json(text: &str) -> Option<Time> {
    let text = text.replace('\\', "");
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let cut = inner.get(1..)?.find(['+', '-']).map_or(inner.len(), |i| i + 1);
    inner[..cut].parse::<i64>().ok()?.checked_mul(1_000_000).map(Time)
}

/// Milliseconds (12 to 14 digits) or seconds (9 to 11) since 1970, with or without a fraction.
fn epoch(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let number: i64 = whole.parse().ok()?;
    let unit = match whole.len() {
        12..=14 => 1_000_000,
        9..=11 => SECOND,
        _ => return None,
    };
    let is_fraction =
        (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    let digits: i64 = is_fraction.then(|| format!("{fraction:0<9}").parse().ok())??;
    number.checked_mul(unit)?.checked_add(digits / (SECOND / unit)).map(Time)
}

/// .NET's and browsers' `M/D/YYYY[,] h:mm[:ss[.fff]] [AM|PM] [±hh:mm]` and what other languages make of it.
fn locale(text: &str, order: DateOrder) -> Option<Time> {
    let mut words = text.split_whitespace();
    let (year, month, day) = order::date(words.next()?.trim_end_matches(','), order)?;
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    let (mut clock, mut offset, mut half) = (words.next().unwrap_or("0:00").to_owned(), 0, None);
    for word in words {
        match word.to_ascii_uppercase().as_str() {
            half_day @ ("AM" | "PM" | "A.M." | "P.M.") => half = Some(half_day.starts_with('P')),
            "UTC" | "GMT" => {}
            other => offset = zone(other.as_bytes())?,
        }
    }
    if clock.matches(':').count() == 1 {
        clock.push_str(":00");
    }
    // In many languages a comma stands before the fraction.
    let time = chrono::NaiveTime::parse_from_str(&clock.replace(',', "."), "%H:%M:%S%.f").ok()?;
    let time = match half {
        Some(pm) => time.with_hour(time.hour() % 12 + if pm { 12 } else { 0 })?,
        None => time,
    };
    let utc = NaiveDateTime::new(date, time).and_utc();
    utc.timestamp_nanos_opt()?.checked_sub(offset * SECOND).map(Time)
}

/// RFC 3339 in UTC with as many digits of a second as the instant has, to seven; coarser ones are not padded.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.written(&mut [0; LONGEST]))
    }
}

/// Bytes of `2026-03-01T00:00:07.123456789Z`.
const LONGEST: usize = 30;

impl Time {
    /// Appends the time as it is displayed.
    pub fn push(self, out: &mut String) {
        out.push_str(self.written(&mut [0; LONGEST]));
    }

    /// Writes the time as RFC 3339 with as many digits as it has.
    fn written(self, out: &mut [u8; LONGEST]) -> &str {
        let (seconds, nanos) = (self.0.div_euclid(SECOND), self.0.rem_euclid(SECOND));
        let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil(day);
        out.copy_from_slice(b"0000-00-00T00:00:00.000000000Z");
        put(&mut out[..4], year);
        put(&mut out[5..7], month);
        put(&mut out[8..10], day);
        put(&mut out[11..13], second / 3600);
        put(&mut out[14..16], second / 60 % 60);
        put(&mut out[17..19], second % 60);
        put(&mut out[20..29], nanos);
        let zeros = out[19..29].iter().rev().take_while(|b| matches!(b, b'0' | b'.')).count();
        // All zeros take their point with them; only digits behind a point can end in zeros.
        let end = if nanos == 0 { 19 } else { 29 - zeros };
        out[end] = b'Z';
        std::str::from_utf8(&out[..=end]).unwrap_or_default()
    }
}

/// Writes the lowest digits of a number, as many as there is room for.
fn put(out: &mut [u8], mut number: i64) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (number % 10).to_le_bytes()[0];
        number /= 10;
    }
}

/// The year, month and day of days since 1970: the way back from [`days`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, doe) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

impl serde::Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.written(&mut [0; LONGEST]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<String> {
        Time::parse(text, DateOrder::MonthFirst).map(|t| t.to_string())
    }

    #[test]
    fn every_form_of_an_export_is_read() {
        for (text, expected) in [
            ("01/09/2007 09:41:00", "2007-01-09T09:41:00Z"),
            ("1/9/2007 9:41:00 AM", "2007-01-09T09:41:00Z"),
            ("1/9/2007 12:41 AM", "2007-01-09T00:41:00Z"),
            ("1/9/2007 10:41:00 AM +01:00", "2007-01-09T09:41:00Z"),
            ("4/28/2021, 2:32:14.029 PM", "2021-04-28T14:32:14.029Z"),
            ("28/4/2021, 14:32:14", "2021-04-28T14:32:14Z"),
            ("4/28/2021, 2:32:14.029\u{202f}p.m.", "2021-04-28T14:32:14.029Z"),
            ("8.4.2021, 14:32:14,029", "2021-04-08T14:32:14.029Z"),
            ("08-04-2021 14:32:14", "2021-04-08T14:32:14Z"),
            ("2021/4/8 14:32:14", "2021-04-08T14:32:14Z"),
            ("2007-01-09T09:41:00", "2007-01-09T09:41:00Z"),
            ("2019-01-11 06:31:40", "2019-01-11T06:31:40Z"),
            ("2007-01-09T09:41:00.22Z", "2007-01-09T09:41:00.22Z"),
            ("2007-01-09T09:41:00.6816663Z", "2007-01-09T09:41:00.6816663Z"),
            ("2007-01-09T09:41:00.535404056Z", "2007-01-09T09:41:00.535404056Z"),
            ("2007-01-09T11:41:00+02:00", "2007-01-09T09:41:00Z"),
            ("/Date(1656322047343)/", "2022-06-27T09:27:27.343Z"),
            (r"\/Date(1656322047343+0200)\/", "2022-06-27T09:27:27.343Z"),
            ("1656322047343", "2022-06-27T09:27:27.343Z"),
            ("1656322047.5", "2022-06-27T09:27:27.5Z"),
            ("1656322047343.25", "2022-06-27T09:27:27.34325Z"),
            ("1656322047", "2022-06-27T09:27:27Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_order_of_day_and_month_is_asked_only_when_the_numbers_leave_it_open() {
        let day_first = |t| Time::parse(t, DateOrder::DayFirst).map(|t| t.to_string());
        assert_eq!(day_first("1/9/2007 0:00").as_deref(), Some("2007-09-01T00:00:00Z"));
        assert_eq!(day_first("4/28/2021 0:00").as_deref(), Some("2021-04-28T00:00:00Z"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "2021-13-01T00:00:00Z",
            "2021-02-29T00:00:00Z",
            "1/2",
            "12",
            "2021-01-01T25:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn ticks_and_alert_names_are_exact() {
        let time = Time::from_ticks(637_553_827_340_290_001).unwrap();
        assert_eq!(time.to_string(), "2021-04-30T12:32:14.0290001Z");
        let name = format!("{}_x", MAX_TICKS - 637_553_827_340_290_001);
        assert_eq!(Time::from_alert_name(&name), Some(time));
        assert_eq!(Time::from_alert_name("x_y"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(ticks in -80_000_000_000_000_000i64..80_000_000_000_000_000) {
            let time = Time(ticks * 100);
            prop_assert_eq!(Time::parse(&time.to_string(), DateOrder::MonthFirst), Some(time));
        }

        #[test]
        fn every_instant_is_written_as_chrono_writes_it(nanos in any::<i64>()) {
            let utc = chrono::DateTime::from_timestamp_nanos(nanos);
            let written = utc.format("%Y-%m-%dT%H:%M:%S%.9f").to_string();
            let digits = written.trim_end_matches('0').trim_end_matches('.');
            let expected = if nanos % SECOND == 0 { &written[..19] } else { digits };
            prop_assert_eq!(Time(nanos).to_string(), format!("{expected}Z"));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = Time::parse(&text, DateOrder::DayFirst);
        }
    }
}
