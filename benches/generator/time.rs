//! Owns the generator's clock: 100-nanosecond ticks since 1970, UTC.

/// Ticks in a second.
pub const SECOND: u64 = 10_000_000;

/// Ticks in an hour.
pub const HOUR: u64 = 3600 * SECOND;

/// The hour that every log begins with, counted from 1970: 2026-03-01T00.
pub const FIRST_HOUR: u64 = 20_513 * 24;

/// Ticks from the year 1, where the ids of events count from, to 1970.
pub const UNIX_TO_TICKS: u64 = 621_355_968_000_000_000;

/// Returns ticks as `2026-03-01T12:34:56.1234567Z`.
pub fn timestamp(ticks: u64) -> String {
    let (days, rest) = (ticks / (24 * HOUR), ticks % (24 * HOUR));
    let (year, month, day) = civil(days);
    let seconds = rest / SECOND;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = rest % SECOND;
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{fraction:07}Z")
}

/// Returns the year, month and day of a count of days since 1970-01-01 (Hinnant's algorithm).
#[allow(clippy::similar_names, reason = "the algorithm's own names: day of era, day of year")]
pub fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + u64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_hour_is_the_first_of_march() {
        assert_eq!(timestamp(FIRST_HOUR * HOUR), "2026-03-01T00:00:00.0000000Z");
    }

    #[test]
    fn a_timestamp_keeps_every_tick() {
        let ticks = FIRST_HOUR * HOUR + 13 * HOUR + 62 * SECOND + 7;
        assert_eq!(timestamp(ticks), "2026-03-01T13:01:02.0000007Z");
    }

    #[test]
    fn leap_days_are_days_of_their_own() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!((civil(11_016), civil(11_017)), ((2000, 2, 29), (2000, 3, 1)));
    }
}
