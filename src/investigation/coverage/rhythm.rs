//! The rhythm of a log: when it has events as a rule, and which silences do not fit in.
//!
//! Time is cut into whole hours. For each hour of the day, working days and weekends apart, it is
//! known on how many of the other days the log spoke. A silence is a gap if it would come about by
//! chance less than once in a thousand logs like this one. A log that sleeps at night or over the
//! weekend has no gap there, and one that never sleeps has one after a few hours.

use crate::base::Time;
use crate::investigation::model::Span;

/// Nanoseconds of an hour.
const HOUR: i64 = 3600 * 1_000_000_000;
/// Hours of the day, on working days and on days of the weekend.
const CLASSES: usize = 48;
/// From so many hours on that always had events they speak for each other.
const ENOUGH: u64 = 12;
/// A log with events in so great a part of all hours never sleeps.
const NEVER_SLEEPS: f64 = 0.75;
/// A log with events in fewer hours has no rhythm to know.
const FEWEST: u64 = 8;
/// Chance at which a silence is taken for one, for a log of one hour; a longer log has more silences to choose from.
const CHANCE: f64 = 1e-3;

/// From so many hours on a silence is worth telling even where it may be chance.
const LONG: i64 = 72;

/// The silences of a log.
#[derive(Debug, Default)]
pub(super) struct Silences {
    /// Those that do not fit its rhythm.
    pub(super) gaps: Vec<Span>,
    /// Long ones that may be chance.
    pub(super) quiet: Vec<Span>,
}

/// Returns the silences of a log; `times` are in order, and the exports that hold them reach over
/// `reach`.
pub(super) fn silences(times: &[Time], reach: (Time, Time)) -> Silences {
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return Silences::default();
    };
    let reach = (reach.0.min(*first), reach.1.max(*last));
    let gaps = gaps(times, reach);
    let quiet = between(times, reach)
        .filter(|(from, to)| (to.0.saturating_sub(from.0)) / HOUR >= LONG)
        .map(span)
        .filter(|silence| gaps.binary_search_by_key(&silence.from, |gap| gap.from).is_err())
        .collect();
    Silences { gaps, quiet }
}

/// Every time between two events that follow each other, and at the ends.
fn between(times: &[Time], reach: (Time, Time)) -> impl Iterator<Item = (Time, Time)> {
    let first = times.first().map(|first| (reach.0, *first));
    let last = times.last().map(|last| (*last, reach.1));
    first.into_iter().chain(times.windows(2).map(|pair| (pair[0], pair[1]))).chain(last)
}

fn span((from, to): (Time, Time)) -> Span {
    Span { from: Some(from), to: Some(to) }
}

/// The silences that do not fit the rhythm.
fn gaps(times: &[Time], reach: (Time, Time)) -> Vec<Span> {
    let silences: Vec<(Time, Time)> =
        between(times, reach).filter(|(from, to)| hour(*to) - hour(*from) > 2).collect();
    if silences.is_empty() {
        return Vec::new();
    }
    let rhythm = Rhythm::of(times, reach);
    if rhythm.active.iter().sum::<u64>() < FEWEST {
        return Vec::new();
    }
    let unlikely = |(from, to): &(Time, Time)| rhythm.is_unlikely(hour(*from) + 1, hour(*to));
    silences.into_iter().filter(unlikely).map(span).collect()
}

/// The number of the hour that a time lies in, since 1970.
fn hour(time: Time) -> i64 {
    time.0.div_euclid(HOUR)
}

/// Days of the week are numbered from Monday; the first of January 1970 was a Thursday.
fn is_weekend(day: i64) -> bool {
    (day + 3).rem_euclid(7) >= 5
}

/// Hours of each class.
type Hours = [u64; CLASSES];

/// How often a log had events, by hour of the day.
struct Rhythm {
    /// Hours that the exports reach over.
    observed: Hours,
    /// Those of them with events.
    active: Hours,
    /// Days with events, working days and days of the weekend.
    active_days: [u64; 2],
    /// The surprise from which on a silence is a gap.
    surprise: f64,
}

impl Rhythm {
    fn of(times: &[Time], reach: (Time, Time)) -> Self {
        let mut active = [0; CLASSES];
        let mut active_days = [0; 2];
        let (mut last_hour, mut last_day) = (None, None);
        for time in times {
            let at = hour(*time);
            if last_hour.replace(at) == Some(at) {
                continue;
            }
            active[class(at)] += 1;
            let day = at.div_euclid(24);
            if last_day.replace(day) != Some(day) {
                active_days[usize::from(is_weekend(day))] += 1;
            }
        }
        let hours: u64 = active.iter().sum();
        Rhythm {
            observed: hours_of(hour(reach.0), hour(reach.1) + 1),
            active,
            active_days,
            surprise: (number(hours.max(1)) / CHANCE).ln(),
        }
    }

    /// Whether no events from one hour up to another are too unlikely by chance.
    fn is_unlikely(&self, from: i64, to: i64) -> bool {
        let own = hours_of(from, to);
        let weights = self.weights(&own);
        let sum = |hours: &Hours| -> f64 {
            hours.iter().zip(&weights).map(|(hours, weight)| number(*hours) * weight).sum()
        };
        let (first_day, last_day) =
            (from.div_euclid(24) + i64::from(from.rem_euclid(24) > 0), to.div_euclid(24));
        if first_day >= last_day || self.never_sleeps(&own) {
            return sum(&own) >= self.surprise;
        }
        // On a day off every hour is silent: that is one surprise, and not eight.
        let days = hours_of(first_day * 24, last_day * 24);
        let ends: Hours = std::array::from_fn(|class| own[class] - days[class]);
        let whole: f64 = [0, 1]
            .into_iter()
            .map(|kind| {
                let silent = days[kind * 24];
                let observed = self.observed[kind * 24..][..24].iter().max().copied().unwrap_or(0);
                let others = observed.saturating_sub(silent);
                let cap = rarity(self.active_days[kind], others);
                let day: f64 = weights[kind * 24..][..24].iter().sum();
                number(silent) * day.min(cap)
            })
            .sum();
        sum(&ends) + whole >= self.surprise
    }

    /// The surprise of a silent hour of each class, told by the hours outside the silence.
    fn weights(&self, own: &Hours) -> [f64; CLASSES] {
        let others: Hours = std::array::from_fn(|class| self.observed[class] - own[class]);
        let always = |class: usize| others[class] > 0 && self.active[class] == others[class];
        let steady: u64 =
            (0..CLASSES).filter(|class| always(*class)).map(|class| others[class]).sum();
        let pooled = if steady >= ENOUGH { rarity(steady, steady) } else { 0.0 };
        let any = if self.never_sleeps(own) { pooled.max(self.overall(own)) } else { 0.0 };
        std::array::from_fn(|class| {
            let alone = rarity(self.active[class], others[class]);
            if always(class) { alone.max(pooled) } else { alone }.max(any)
        })
    }

    fn never_sleeps(&self, own: &Hours) -> bool {
        let (active, others) = self.totals(own);
        others >= ENOUGH && number(active) / number(others + 1) >= NEVER_SLEEPS
    }

    fn overall(&self, own: &Hours) -> f64 {
        let (active, others) = self.totals(own);
        rarity(active, others)
    }

    fn totals(&self, own: &Hours) -> (u64, u64) {
        let others = self.observed.iter().zip(own).map(|(all, own)| all - own).sum();
        (self.active.iter().sum(), others)
    }
}

/// The surprise of silence where `active` of `others` spoke: nothing where none did.
fn rarity(active: u64, others: u64) -> f64 {
    -(1.0 - number(active.min(others)) / number(others + 1)).ln()
}

/// The class of an hour.
fn class(hour: i64) -> usize {
    let (day, of_day) = (hour.div_euclid(24), hour.rem_euclid(24));
    usize::from(is_weekend(day)) * 24 + usize::try_from(of_day).unwrap_or(0)
}

/// The number of hours of each class from one hour up to another.
fn hours_of(from: i64, to: i64) -> Hours {
    let mut hours = [0; CLASSES];
    // Whole weeks first: a hostile log may span centuries.
    let weeks = (to - from).max(0) / (7 * 24);
    let repeated = u64::try_from(weeks).unwrap_or(0);
    for of_day in 0..24 {
        hours[of_day] = 5 * repeated;
        hours[24 + of_day] = 2 * repeated;
    }
    for hour in from + weeks * 7 * 24..to {
        hours[class(hour)] += 1;
    }
    hours
}

/// A count as a number to calculate with; counts of hours are far below what it holds exactly.
#[allow(clippy::cast_precision_loss)]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 2026-03-02, 00:00.
    const MONDAY: i64 = 492_336;

    /// Events in the middle of hours, counted from a Monday.
    fn log(hours: impl Iterator<Item = i64>) -> Vec<Time> {
        hours.map(|at| Time((MONDAY + at) * HOUR + HOUR / 2)).collect()
    }

    /// The first and last silent hour of each gap, counted from that Monday.
    fn found(hours: impl Iterator<Item = i64>) -> Vec<(i64, i64)> {
        let at = |time: Option<Time>| hour(time.unwrap()) - MONDAY;
        let log = log(hours);
        let ends = log.first().copied().zip(log.last().copied()).unwrap_or_default();
        gaps(&log, ends).iter().map(|gap| (at(gap.from) + 1, at(gap.to) - 1)).collect()
    }

    fn office(day: i64, hours: std::ops::Range<i64>) -> impl Iterator<Item = i64> {
        hours.map(move |hour| day * 24 + hour)
    }

    #[test]
    fn the_week_begins_on_a_monday() {
        assert!(!is_weekend(MONDAY / 24) && is_weekend(MONDAY / 24 + 5) && MONDAY % 24 == 0);
        assert!(is_weekend(MONDAY / 24 - 1));
    }

    #[test]
    fn a_log_that_sleeps_at_night_and_over_the_weekend_has_no_gap_there() {
        for weeks in [1, 2, 5] {
            let days = (0..7 * weeks).filter(|day| day % 7 < 5);
            assert_eq!(found(days.flat_map(|day| office(day, 8..18))), [], "{weeks}");
        }
    }

    #[test]
    fn a_day_off_is_no_gap_and_a_week_off_is_one() {
        let days = |off: &'static [i64]| {
            let days = (0..28).filter(move |day| day % 7 < 5 && !off.contains(day));
            days.flat_map(|day| office(day, 8..18))
        };
        assert_eq!(found(days(&[9])), []);
        assert_eq!(found(days(&[7, 8, 9, 10, 11])), [(4 * 24 + 18, 14 * 24 + 7)]);
    }

    #[test]
    fn a_busy_log_that_is_silent_for_hours_has_a_gap() {
        for days in [2, 7, 60] {
            let hours = (0..days * 24).filter(|hour| !(30..36).contains(hour));
            assert_eq!(found(hours), [(30, 35)], "{days}");
        }
        assert_eq!(found((0..48).filter(|hour| *hour != 30)), []);
    }

    #[test]
    fn busy_office_hours_without_events_are_a_gap() {
        let hours = (0..3).flat_map(|day| office(day, 8..18));
        assert_eq!(found(hours.filter(|hour| !(34..40).contains(hour))), [(34, 39)]);
    }

    #[test]
    fn a_sparse_log_has_a_gap_only_after_weeks() {
        let every_third_day = |days: i64| (0..days).step_by(3).map(|day| day * 24 + 9);
        assert_eq!(found(every_third_day(90)), []);
        let hole = |from: i64, to: i64| {
            every_third_day(300).filter(move |h| !(from..to).contains(&(h / 24)))
        };
        assert_eq!(found(hole(100, 110)), []);
        assert_eq!(found(hole(100, 200)).len(), 1);
    }

    #[test]
    fn a_log_that_ends_before_its_export_does_has_a_gap_at_the_end() {
        let log = log(0..72);
        let until = |hours: i64| Time((MONDAY + hours) * HOUR);
        assert_eq!(gaps(&log, (log[0], until(74))), []);
        let gap = Span { from: log.last().copied(), to: Some(until(90)) };
        assert_eq!(gaps(&log, (log[0], until(90))), [gap]);
    }

    #[test]
    fn long_silences_that_may_be_chance_are_told_apart_from_gaps() {
        let log = log([9, 33, 57, 57 + 71, 57 + 71 + 72, 57 + 71 + 72 + 24].into_iter());
        let found = silences(&log, (log[0], log[5].plus_seconds(100 * 3600)));
        assert_eq!(found.gaps, []);
        let last = Span { from: Some(log[5]), to: Some(log[5].plus_seconds(100 * 3600)) };
        assert_eq!(found.quiet, [Span { from: Some(log[3]), to: Some(log[4]) }, last]);
        let busy: Vec<Time> = (0..240)
            .filter(|h| !(100..180).contains(h))
            .collect::<Vec<i64>>()
            .into_iter()
            .map(|h| Time((MONDAY + h) * HOUR))
            .collect();
        let found = silences(&busy, (busy[0], busy[busy.len() - 1]));
        assert_eq!((found.gaps.len(), found.quiet.len()), (1, 0));
    }

    #[test]
    fn too_little_to_know_a_rhythm_has_no_gap() {
        assert_eq!(found([].into_iter()), []);
        assert_eq!(found([0, 5000].into_iter()), []);
        assert_eq!(found(office(0, 8..20).filter(|hour| !(11..14).contains(hour))), []);
    }

    #[test]
    fn times_at_the_ends_of_the_calendar_are_borne() {
        let all = [Time(i64::MIN), Time(-1), Time(0), Time(i64::MAX)];
        assert_eq!(gaps(&all, (all[0], all[3])), []);
    }
}
