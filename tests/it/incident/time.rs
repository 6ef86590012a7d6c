//! Times as the exporters write them; a tick is 100 ns since 1970-01-01T00:00:00Z, the resolution
//! that Azure itself has.

/// Ticks of one second.
pub(crate) const SECOND: u64 = 10_000_000;

/// Ticks of one day.
pub(crate) const DAY: u64 = 86_400 * SECOND;

/// Ticks between 0001-01-01, where .NET starts to count, and 1970-01-01.
const DOTNET_EPOCH: u64 = 621_355_968_000_000_000;

/// The last .NET tick there is; alert names count down from it.
const DOTNET_MAX: u64 = 3_155_378_975_999_999_999;

/// Returns the .NET ticks of a time, as event ids end with them.
pub(crate) fn dotnet(ticks: u64) -> u64 {
    ticks + DOTNET_EPOCH
}

/// Returns the number that a Defender alert's name starts with.
pub(crate) fn countdown(ticks: u64) -> u64 {
    DOTNET_MAX - dotnet(ticks)
}

/// Returns the days since 1970-01-01 of a date (Hinnant's algorithm).
pub(crate) fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let (era, of_era) = (year / 400, year % 400);
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * shifted + 2) / 5 + day
        - 719_469
}

/// Returns year, month and day of a time.
pub(crate) fn civil(ticks: u64) -> (u64, u64, u64) {
    let shifted = ticks / DAY + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year + year / 4 - year / 100);
    let part = (5 * day_of_year + 2) / 153;
    let month = if part < 10 { part + 3 } else { part - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day_of_year - (153 * part + 2) / 5 + 1)
}

/// Returns hour, minute and second of a time.
pub(crate) fn clock(ticks: u64) -> (u64, u64, u64) {
    let seconds = ticks % DAY / SECOND;
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Writes RFC 3339 with `digits` (1 to 7) fraction digits; finer ones are cut, not rounded.
pub(crate) fn iso(ticks: u64, digits: usize) -> String {
    let ((year, month, day), (hour, minute, second)) = (civil(ticks), clock(ticks));
    let fraction = format!("{:07}", ticks % SECOND);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{}Z",
        &fraction[..digits]
    )
}

/// Writes RFC 3339 as the REST service does: up to seven digits, zeros at the end left out.
pub(crate) fn iso_trimmed(ticks: u64) -> String {
    let full = iso(ticks, 7);
    let short = full.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
    format!("{short}Z")
}

/// Writes the browser style of the Log Analytics page, such as `4/28/2021, 2:32:14.029 PM`.
pub(crate) fn browser(ticks: u64) -> String {
    let ((year, month, day), (hour, minute, second)) = (civil(ticks), clock(ticks));
    let (half, hour) = (if hour < 12 { "AM" } else { "PM" }, (hour + 11) % 12 + 1);
    let millis = ticks % SECOND / 10_000;
    format!("{month}/{day}/{year}, {hour}:{minute:02}:{second:02}.{millis:03} {half}")
}

/// Writes the date of Windows PowerShell 5.1's `ConvertTo-Json`, unescaped: `/Date(ms)/`.
pub(crate) fn wrapped_millis(ticks: u64) -> String {
    format!("/Date({})/", ticks / 10_000)
}

/// Returns the time of `2026-03-02T09:14:03Z` with 0 to 7 fraction digits.
///
/// # Panics
/// On any other text: times of a story are constants.
pub(crate) fn parse(text: &str) -> u64 {
    let number = |from: usize, to: usize| -> u64 {
        text[from..to].parse().unwrap_or_else(|_| panic!("no number at {from} in {text:?}"))
    };
    let fraction = text[19..].trim_matches(['.', 'Z']);
    let part = if fraction.is_empty() {
        0
    } else {
        format!("{fraction:0<7}").parse().unwrap_or_else(|_| panic!("no fraction in {text:?}"))
    };
    let seconds = number(11, 13) * 3600 + number(14, 16) * 60 + number(17, 19);
    days(number(0, 4), number(5, 7), number(8, 10)) * DAY + seconds * SECOND + part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_the_way_through_text() {
        for text in ["2026-03-02T09:14:03.1234567Z", "2024-02-29T23:59:59.0000001Z"] {
            assert_eq!(iso(parse(text), 7), text);
        }
    }

    #[test]
    fn each_exporter_has_its_own_digits() {
        let time = parse("2021-04-28T14:32:14.0298100Z");
        assert_eq!(iso_trimmed(time), "2021-04-28T14:32:14.02981Z");
        assert_eq!(browser(time), "4/28/2021, 2:32:14.029 PM");
        assert_eq!(wrapped_millis(time), "/Date(1619620334029)/");
        assert_eq!(iso(time, 6), "2021-04-28T14:32:14.029810Z");
        assert_eq!(iso_trimmed(parse("2026-03-02T00:00:00Z")), "2026-03-02T00:00:00Z");
    }

    #[test]
    fn the_name_of_an_alert_counts_down_from_the_end_of_time() {
        let start = parse("2022-11-17T09:17:11.5450400Z");
        assert_eq!(countdown(start), 2_517_336_241_684_549_599);
        assert_eq!(dotnet(parse("2023-02-14T07:40:06.4879721Z")), 638_119_572_064_879_721);
    }
}
