//! Which of the numbers of a date is the day, and what tells it for a whole file.

use chrono::NaiveDate;

use super::DateOrder;

/// Year, month and day of a date of numbers; `order` is asked where both readings are possible.
///
/// With points or dashes the day comes first, in every language that writes them so.
pub(super) fn date(text: &str, order: DateOrder) -> Option<(i32, u32, u32)> {
    let mark = text.chars().find(|c| matches!(c, '/' | '.' | '-'))?;
    let mut parts = text.split(mark);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let number = |part: &str| part.parse::<u32>().ok();
    if first.len() == 4 {
        return Some((first.parse().ok()?, number(second)?, number(third)?));
    }
    let (a, b, year) = (number(first)?, number(second)?, third.parse().ok()?);
    let order = if mark == '/' { order } else { DateOrder::DayFirst };
    match decided(a, b).unwrap_or(order) {
        DateOrder::DayFirst => Some((year, b, a)),
        DateOrder::MonthFirst => Some((year, a, b)),
    }
}

fn decided(first: u32, second: u32) -> Option<DateOrder> {
    match (first > 12, second > 12) {
        (true, false) => Some(DateOrder::DayFirst),
        (false, true) => Some(DateOrder::MonthFirst),
        _ => None,
    }
}

/// Whether `text` is a date whose day and month can be told apart only by an order: `Some(order)` if the numbers decide.
pub(crate) fn decided_order(text: &str) -> Option<DateOrder> {
    let mut parts = text.trim().splitn(3, '/');
    decided(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?)
}

/// Dates of the form `1/9/2021` in a text.
fn slashed_dates(text: &[u8]) -> impl Iterator<Item = &str> {
    let digits_before =
        |at: usize| text[..at].iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let digits = |at: usize| text[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    memchr::memchr_iter(b'/', text).filter_map(move |at| {
        let (first, second) = (digits_before(at), digits(at + 1));
        let year = at + 1 + second + 1;
        let is_date = (1..=2).contains(&first)
            && (1..=2).contains(&second)
            && text.get(year - 1) == Some(&b'/')
            && digits(year) == 4;
        is_date.then(|| std::str::from_utf8(&text[at - first..year + 4]).unwrap_or_default())
    })
}

/// Whether a text has dates of the form `1/9/2021`.
pub(crate) fn has_slashed_date(text: &[u8]) -> bool {
    slashed_dates(text).next().is_some()
}

/// The order of day and month that the dates of a text decide, if one of them does, or else the
/// tokens that stand beside them.
pub(crate) fn decided_by(text: &[u8]) -> Option<DateOrder> {
    decided_by_dates(text).or_else(|| decided_by_tokens(text))
}

/// The order of day and month that the dates of a text decide, if one of them does.
pub(crate) fn decided_by_dates(text: &[u8]) -> Option<DateOrder> {
    slashed_dates(text).find_map(decided_order)
}

/// In this many bytes of a text tokens are looked for, however much of it is at hand.
pub(crate) const TOKEN_BYTES: usize = 16 << 20;
/// At most this many tokens and dates are looked at.
const LOOKED_AT: usize = 10_000;
/// Days that lie at the most between the issue of a token and its use; applications keep theirs for a day.
const TOKEN_DAYS: i64 = 2;

/// The order in which the dates fall into the days for which the tokens were issued.
///
/// An access token says in seconds since 1970 when it was issued (`iat`), whatever the language of
/// the export. Only the first [`TOKEN_BYTES`] of the text count.
pub(crate) fn decided_by_tokens(text: &[u8]) -> Option<DateOrder> {
    let text = &text[..text.len().min(TOKEN_BYTES)];
    let issued = issues(text).take(LOOKED_AT).map(|seconds| seconds.div_euclid(86_400));
    let (from, to) = issued.fold((i64::MAX, i64::MIN), |(a, b), day| (a.min(day), b.max(day)));
    let fits = |date: &str, order| {
        let day = self::date(date, order)
            .and_then(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day))
            .map(|date| i64::from(date.to_epoch_days()));
        // Half a day on both sides for the time zone of whoever exported it.
        day.is_some_and(|day| {
            (from.saturating_sub(1)..=to.saturating_add(TOKEN_DAYS)).contains(&day)
        })
    };
    let (mut total, mut month_first, mut day_first) = (0, 0, 0);
    for date in slashed_dates(text).take(LOOKED_AT) {
        total += 1;
        month_first += usize::from(fits(date, DateOrder::MonthFirst));
        day_first += usize::from(fits(date, DateOrder::DayFirst));
    }
    // Some dates may stand in texts that have nothing to do with the time of an event.
    let most = |count: usize| count * 10 >= total * 9;
    match month_first.cmp(&day_first) {
        std::cmp::Ordering::Greater if most(month_first) => Some(DateOrder::MonthFirst),
        std::cmp::Ordering::Less if most(day_first) => Some(DateOrder::DayFirst),
        _ => None,
    }
}

/// When the tokens of a text were issued, in seconds since 1970: `"iat":"1619619948"` in any quoting.
fn issues(text: &[u8]) -> impl Iterator<Item = i64> {
    memchr::memmem::find_iter(text, b"iat").filter_map(|at| {
        let after = text.get(at + 3..)?;
        let marks = after.iter().take(12).take_while(|b| !b.is_ascii_alphanumeric()).count();
        let digits = after.get(marks..marks + 10)?;
        // Seconds have ten digits from 2001 to 2286.
        std::str::from_utf8(digits).ok()?.parse().ok().filter(|seconds| *seconds >= 1_000_000_000)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_date_decides_the_order_for_its_file() {
        assert_eq!(decided_by(b"1/9/2021, 2/3/2021, 28/4/2021"), Some(DateOrder::DayFirst));
        assert_eq!(decided_by(b"/subscriptions/1/9/x 1/9/2021"), None);
        assert!(has_slashed_date(b"\"1/9/2021 10:00\"") && !has_slashed_date(b"a/b/2021 1/2/20"));
    }

    #[test]
    fn tokens_decide_where_the_dates_leave_it_open() {
        // 8 April 2021.
        let tokens = r#""{""iat"": ""1617876000""}" "#;
        for (date, order) in [
            ("8/4/2021", Some(DateOrder::DayFirst)),
            ("4/8/2021", Some(DateOrder::MonthFirst)),
            ("4/4/2021", None),
            ("1/2/2021", None),
        ] {
            let text = format!("{tokens}{date}, 2:32:14 PM\n{tokens}{date}, 2:32:15 PM\n");
            assert_eq!(decided_by(text.as_bytes()), order, "{date}");
        }
        assert_eq!(decided_by(br#""iat\":\"1617876000\" 8/4/2021"#), Some(DateOrder::DayFirst));
        assert_eq!(decided_by(b"iatrogenic iat: 12 8/4/2021 iat"), None);
    }
}
