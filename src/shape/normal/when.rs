//! When an event happened, and what the dates of its source tell of their order.

use super::super::field::text;
use super::super::{Fields, Row, carries};
use crate::base::{DateOrder, Precision, Time, decided_order};
use crate::diag::Code;
use crate::schema::Event;

/// What a source's dates told about themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// The order that a date decided, if one did.
    pub decided: Option<DateOrder>,
    /// Dates that can be read both ways.
    pub open: u64,
}

impl Dates {
    /// Takes what a written time tells, if it is a date of the form `1/9/2021`.
    pub(in crate::shape) fn see(&mut self, written: &str) {
        if written.contains('/') && !written.contains("Date(") {
            match decided_order(written) {
                Some(order) => self.decided = Some(order),
                None => self.open += 1,
            }
        }
    }

    /// Takes what other dates of the source told.
    pub fn add(&mut self, other: Dates) {
        self.decided = other.decided.or(self.decided);
        self.open += other.open;
    }
}

/// Sets both times; the tick count in the event's id wins over any text.
pub(super) fn set(
    f: &Fields<'_>,
    order: DateOrder,
    dates: &mut Dates,
    row: &mut Row,
    note: &mut dyn FnMut(Code),
) -> Result<(), Code> {
    let ticks = ticks(f);
    let written = text(f.time);
    let parsed = written.as_deref().and_then(|w| Time::parse(w.trim(), order));
    row.time = ticks.or(parsed).ok_or(Code::BadTime)?;
    row.precision = match (ticks, written.as_deref()) {
        (Some(_), _) | (None, None) => Precision::TICK,
        (None, Some(written)) => precision(written),
    };
    let is_minute = row.precision == Precision::MINUTE;
    if is_minute {
        note(Code::NoSeconds);
    }
    if !is_minute && (ticks.is_some() || !f.is_local) {
        row.carries |= carries::TIME;
    }
    if ticks.is_none() {
        if f.is_local {
            note(Code::NoZone);
        }
        remark(written.as_deref().unwrap_or_default(), dates, note);
    }
    row.submission = text(f.submission).and_then(|w| Time::parse(w.trim(), order));
    Ok(())
}

/// The instant in `.../events/{id}/ticks/{ticks}`; also gives the event's id where it stands nowhere else.
fn ticks(f: &Fields<'_>) -> Option<Time> {
    let id = text(f.id)?;
    let (_, ticks) = id.rsplit_once("/ticks/")?;
    Time::from_ticks(ticks.parse().ok()?)
}

/// How finely the text tells the time: what is finer is unknown.
fn precision(written: &str) -> Precision {
    if written.contains("Date(") || written.bytes().all(|b| b.is_ascii_digit()) {
        return Precision::digits(if written.len() <= 11 { 0 } else { 3 });
    }
    // Before the hour's colon, points and commas belong to the date.
    let clock = written.split_once(':').map_or("", |(_, clock)| clock);
    let behind = clock.trim_start_matches(|c: char| c.is_ascii_digit());
    if behind.len() < clock.len() && !behind.starts_with(':') {
        return Precision::MINUTE;
    }
    let fraction = clock.split_once(['.', ',']).map_or("", |(_, fraction)| fraction);
    let count = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let count = u8::try_from(count).unwrap_or(u8::MAX);
    // Trailing zeros are cut from an instant that is known to 100 ns; a browser or script cuts to 3
    // or 6. One event in ten million happens at a whole second: without a fraction it was cut off.
    Precision::digits(match count {
        0 | 3 | 6 => count,
        _ => 7,
    })
}

fn remark(written: &str, dates: &mut Dates, note: &mut dyn FnMut(Code)) {
    dates.see(written);
    if written.len() >= 19 && written.as_bytes()[10] == b'T' {
        let zone = &written[written.char_indices().nth(19).map_or(written.len(), |(i, _)| i)..];
        if !zone.contains(['Z', 'z', '+', '-']) {
            note(Code::NoZone);
        }
    }
}

/// Sets the event's id from the long id when it stands nowhere else.
pub(super) fn event_id(f: &Fields<'_>, row: &mut Row) {
    if row.get(Event::EventId).is_none()
        && let Some(id) = text(f.id)
        && let Some((_, event)) = long_id(&id)
    {
        row.set_lower(Event::EventId, event);
    }
}

/// The resource and the event in `{resourceId}/events/{id}/ticks/{ticks}`.
pub(super) fn long_id(id: &str) -> Option<(&str, &str)> {
    let (head, _) = id.rsplit_once("/ticks/")?;
    head.rsplit_once("/events/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_known_to_the_digits_that_are_written() {
        let minutes = ["15.05.2024 22:05", "5/15/2024 10:05 PM", "2024-05-15T22:05+02:00"];
        assert_eq!(minutes.map(precision), [Precision::MINUTE; 3]);
        for (written, known) in [
            ("2026-03-01T10:00:00.1234567Z", 7),
            ("2026-03-01T10:00:00.12345Z", 7),
            ("2026-03-01T10:00:00.123456+00:00", 6),
            ("3/1/2026, 10:00:00.123 AM", 3),
            ("2026-03-01T10:00:00Z", 0),
            ("2026-03-01 10:00:00", 0),
            ("3/1/2026 10:00:00 AM", 0),
            ("28.4.2021 14:32:14", 0),
            ("28.4.2021, 14:32:14,029", 3),
            ("Nov 21, 2023 @ 09:11:58.506", 3),
            ("Tue, 21 Nov 2023 09:11:58 GMT", 0),
            ("2026-03-01T10:00:00+01:00", 0),
            ("/Date(1772359200123)/", 3),
            ("1772359200", 0),
        ] {
            assert_eq!(precision(written), Precision::digits(known), "{written}");
        }
    }
}
