//! The times of an inquiry, and how much of them the log reaches.
//!
//! What a log covers is asked of [`Coverage`] alone, which is what reports show.

use super::super::model::{Coverage, Covered};
use super::Window;
use super::subject::Subject;
use crate::azure::alert_type::AlertType;
use crate::base::Time;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The times of an inquiry. Each pair is closed at both ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spans {
    /// When the activity began, as the alert reports.
    pub(super) start: Time,
    /// When it ended.
    pub(super) end: Time,
    /// What the analyst asked to look at.
    pub(super) asked: (Time, Time),
    /// Where alerts of the type look for what bears on them.
    pub(super) kind: Option<(Time, Time)>,
    /// Where the activity itself must lie.
    pub(super) core: (Time, Time),
}

impl Spans {
    pub(super) fn new(start: Time, end: Time, window: Window, kind: Option<&AlertType>) -> Self {
        let end = end.max(start);
        let around =
            |before: i64, after: i64| (start.plus_seconds(-before), end.plus_seconds(after));
        let hours =
            |before: u32, after: u32| around(i64::from(before) * HOUR, i64::from(after) * HOUR);
        let asked = around(window.before, window.after);
        Spans {
            start,
            end,
            asked,
            kind: kind.map(|k| hours(k.window_before_hours, k.window_after_hours)),
            core: kind.map_or(asked, |k| hours(k.core_before_hours(), k.core_after_hours())),
        }
    }

    /// The least span that holds all others.
    pub(super) fn widest(&self) -> (Time, Time) {
        let kind = self.kind.unwrap_or(self.asked);
        (self.asked.0.min(kind.0).min(self.core.0), self.asked.1.max(kind.1).max(self.core.1))
    }

    /// What was done before this was done before the activity that the alert reports.
    pub(super) fn before(&self) -> Time {
        self.start.plus_seconds(-DAY)
    }
}

/// How far the log reaches an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It spans the time of the activity without a gap.
    Covered,
    /// It spans that time, but something near it is missing: what.
    Doubtful(String),
    /// It does not reach that time: why.
    Out(String),
}

/// Returns how far the log of the alert's subscription reaches it.
pub(super) fn reach(coverage: &Coverage, subject: &Subject<'_>, spans: &Spans) -> Reach {
    let Some(id) = subject.row.alert.subscription_id.as_deref() else {
        return Reach::Out("the alert names no subscription whose log could be looked at".into());
    };
    if coverage.calls_reach(Some(id)).is_none() {
        return Reach::Out(format!("the Activity Log of subscription {id} is not in the evidence"));
    }
    of_log(coverage, Some(id), spans, "the Activity Log of its subscription")
}

/// Returns how far the tenant-level log reaches an alert.
pub(super) fn tenant_reach(coverage: &Coverage, spans: &Spans) -> Reach {
    if coverage.calls_reach(None).is_none() {
        return Reach::Out("the tenant-level (directory) log is not in the evidence".into());
    }
    of_log(coverage, None, spans, "the tenant-level log")
}

/// The log that would show what an alert speaks of: of its subscription, or (`None`) of the tenant.
fn of_log(coverage: &Coverage, id: Option<&str>, spans: &Spans, log: &str) -> Reach {
    let Some((first, last)) = coverage.calls_reach(id) else {
        return Reach::Out(format!("{log} has no event with a time"));
    };
    let own = coverage.calls_covered(id, spans.start, spans.end);
    if first > spans.start || last < spans.end {
        let edge = first > spans.start && coverage.calls_at_edge(id);
        let why = if edge { ", and Azure kept no older events to export" } else { "" };
        return Reach::Out(match own {
            Covered::Partly(_) => format!("of the time of the alert {log} {}{why}", own.words()),
            _ => format!("{log} reaches from {first} to {last}, not the time of the alert{why}"),
        });
    }
    let gap = |from: Time, to: Time, what: &str| {
        let gap = coverage.calls_gap(id, from, to)?;
        let (begin, end) = gap.from.zip(gap.to)?;
        Some(format!("{log} has a gap {what}, from {begin} to {end}"))
    };
    if !own.is_whole() {
        let why = gap(spans.start, spans.end, "at the time of the alert");
        return Reach::Out(why.unwrap_or_else(|| format!("{log} {}", own.words())));
    }
    // The tenant-level log has few events by nature: its silence is no sign that some are missing.
    let quiet = id.and_then(|id| coverage.calls_quiet(Some(id), spans.start, spans.end));
    if let Some((begin, end)) = quiet.and_then(|quiet| quiet.from.zip(quiet.to)) {
        return Reach::Out(format!(
            "{log} is silent from {begin} to {end}, around the time of the alert"
        ));
    }
    let near = (spans.start.plus_seconds(-DAY), spans.end.plus_seconds(DAY));
    match gap(near.0, near.1, "within a day of the alert") {
        Some(why) => Reach::Doubtful(why),
        None => Reach::Covered,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::model::{Span, SubscriptionCoverage};
    use super::*;

    fn day(number: i64) -> Time {
        Time(0).plus_seconds(number * DAY)
    }

    fn days(from: i64, to: i64) -> Span {
        Span { from: Some(day(from)), to: Some(day(to)) }
    }

    /// How far a log of days 0 to 100 reaches an alert.
    fn of(log: SubscriptionCoverage, from: i64, to: i64) -> Reach {
        let entry = SubscriptionCoverage {
            subscription_id: Some("s".into()),
            category: "administrative".into(),
            reach: days(0, 100),
            ..log
        };
        let coverage = Coverage { subscriptions: vec![entry], ..Coverage::default() };
        let spans = Spans::new(day(from), day(to), Window::default(), None);
        of_log(&coverage, Some("s"), &spans, "the log")
    }

    fn with_gap(from: i64, to: i64) -> Reach {
        let log = SubscriptionCoverage { gaps: vec![days(from, to)], ..Default::default() };
        of(log, 50, 50)
    }

    fn out(reach: &Reach, words: &str) {
        assert!(matches!(reach, Reach::Out(why) if why.contains(words)), "{reach:?}");
    }

    #[test]
    fn a_gap_at_the_alert_hides_it_and_one_near_it_leaves_doubt() {
        out(&with_gap(49, 51), "has a gap at the time of the alert, from 1970-02-19");
        assert!(matches!(with_gap(47, 50), Reach::Doubtful(_)));
        assert!(matches!(with_gap(50, 53), Reach::Doubtful(_)));
        assert_eq!(with_gap(40, 45), Reach::Covered);
    }

    #[test]
    fn an_alert_before_the_log_begins_or_after_it_ends_is_out_of_its_reach() {
        let plain = || SubscriptionCoverage::default();
        assert_eq!(of(plain(), 0, 100), Reach::Covered);
        out(&of(plain(), -2, -1), "not the time of the alert");
        out(&of(plain(), 101, 102), "not the time of the alert");
        out(&of(plain(), 99, 102), "covers only 1970-04-10T00:00:00Z to 1970-04-11T00:00:00Z");
        let edge = || SubscriptionCoverage { retention_edge: true, ..plain() };
        out(&of(edge(), -2, -1), "kept no older events");
        assert!(!format!("{:?}", of(edge(), 101, 102)).contains("kept"));
    }

    #[test]
    fn a_long_silence_around_an_alert_hides_it() {
        let log = || SubscriptionCoverage { quiet: vec![days(48, 52)], ..Default::default() };
        out(&of(log(), 50, 50), "is silent from");
        assert_eq!(of(log(), 52, 52), Reach::Covered);
    }
}
