//! The times of an inquiry, and how much of them the log reaches.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::model::{Coverage, Span, SubscriptionCoverage};
use super::Window;
use super::subject::{Place, Subject};
use crate::azure::alert_type::AlertType;
use crate::base::Time;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// A log of few events that is silent for longer around an alert says nothing of it.
const SILENCE: i64 = 3 * DAY;

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

/// The log of every subscription, for the alerts.
pub(super) struct Logs<'r> {
    by_subscription: BTreeMap<&'r str, Vec<&'r SubscriptionCoverage>>,
    /// The tenant-level log, where there is one.
    tenant: Vec<&'r SubscriptionCoverage>,
}

impl<'r> Logs<'r> {
    pub(super) fn of(coverage: &'r Coverage) -> Self {
        let mut logs = Logs { by_subscription: BTreeMap::new(), tenant: Vec::new() };
        // Some exports leave the category out.
        let counts =
            |c: &&SubscriptionCoverage| matches!(&*c.category, "administrative" | "unknown");
        for entry in coverage.subscriptions.iter().filter(counts) {
            match &entry.subscription_id {
                Some(id) => logs.by_subscription.entry(id).or_default().push(entry),
                None if coverage.tenant_level_log => logs.tenant.push(entry),
                None => {}
            }
        }
        logs
    }

    /// How far the log of the alert's subscription reaches it.
    pub(super) fn reach(&self, facts: &Facts<'_>, subject: &Subject<'_>, spans: &Spans) -> Reach {
        let Some(id) = subject.row.alert.subscription_id.as_deref() else {
            return Reach::Out(
                "the alert names no subscription whose log could be looked at".into(),
            );
        };
        match self.by_subscription.get(id) {
            None => {
                Reach::Out(format!("the Activity Log of subscription {id} is not in the evidence"))
            }
            Some(entries) => {
                let silent = || silence(facts, subject, spans);
                reach(entries, spans, "the Activity Log of its subscription", silent)
            }
        }
    }

    /// How far the tenant-level log reaches an alert.
    pub(super) fn tenant_reach(&self, spans: &Spans) -> Reach {
        if self.tenant.is_empty() {
            return Reach::Out("the tenant-level (directory) log is not in the evidence".into());
        }
        reach(&self.tenant, spans, "the tenant-level log", || None)
    }

    /// The part of the asked times that the log of the subscription reaches.
    pub(super) fn clipped(&self, subject: &Subject<'_>, spans: &Spans) -> Span {
        let id = subject.row.alert.subscription_id.as_deref().unwrap_or_default();
        let entries = self.by_subscription.get(id).map_or(&[][..], Vec::as_slice);
        let Some((first, last)) = bounds(entries) else { return Span::default() };
        let (from, to) = (spans.asked.0.max(first), spans.asked.1.min(last));
        if from > to { Span::default() } else { Span { from: Some(from), to: Some(to) } }
    }
}

fn bounds(entries: &[&SubscriptionCoverage]) -> Option<(Time, Time)> {
    let first = entries.iter().filter_map(|e| e.reach.from.or(e.first)).min()?;
    let last = entries.iter().filter_map(|e| e.reach.to.or(e.last)).max()?;
    Some((first, last))
}

fn reach(
    entries: &[&SubscriptionCoverage],
    spans: &Spans,
    log: &str,
    silent: impl Fn() -> Option<String>,
) -> Reach {
    let Some((first, last)) = bounds(entries) else {
        return Reach::Out(format!("{log} has no event with a time"));
    };
    if first > spans.start || last < spans.end {
        return Reach::Out(format!(
            "{log} reaches from {first} to {last}, not the time of the alert"
        ));
    }
    if let Some(why) = silent() {
        return Reach::Out(why);
    }
    let overlapping = |from: Time, to: Time| {
        let gaps = entries.iter().flat_map(|e| &e.gaps);
        gaps.filter_map(|g| g.from.zip(g.to)).find(|(a, b)| *a < to && *b > from)
    };
    let told =
        |(a, b): (Time, Time), what: &str| format!("{log} has a gap {what}, from {a} to {b}");
    if let Some(gap) = overlapping(spans.start, spans.end.plus_seconds(1)) {
        return Reach::Out(told(gap, "at the time of the alert"));
    }
    let near = (spans.start.plus_seconds(-DAY), spans.end.plus_seconds(DAY));
    match overlapping(near.0, near.1) {
        Some(gap) => Reach::Doubtful(told(gap, "within a day of the alert")),
        None => Reach::Covered,
    }
}

/// A long silence of the subscription around an alert, as a log of few events has no gaps.
fn silence(facts: &Facts<'_>, subject: &Subject<'_>, spans: &Spans) -> Option<String> {
    let Place::Logged(own) = subject.place else { return None };
    let operations = &facts.ledger.operations;
    let at = operations.partition_point(|o| o.first <= spans.start);
    let before = operations[..at].iter().rev().find(|o| o.subscription == own).map(|o| o.last)?;
    let rest = operations.partition_point(|o| o.first < spans.end);
    let after = operations[rest..].iter().find(|o| o.subscription == own).map(|o| o.first)?;
    (after > before.plus_seconds(SILENCE)).then(|| {
        format!("the Activity Log of its subscription is silent from {before} to {after}, around the time of the alert")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far a log of days 0 to 100 with one gap reaches an alert of day 50.
    fn with_gap(from: i64, to: i64) -> Reach {
        let day = |number: i64| Time(0).plus_seconds(number * DAY);
        let hole = Span { from: Some(day(from)), to: Some(day(to)) };
        let log = SubscriptionCoverage {
            first: Some(day(0)),
            last: Some(day(100)),
            gaps: vec![hole],
            ..SubscriptionCoverage::default()
        };
        let spans = Spans::new(day(50), day(50), Window::default(), None);
        reach(&[&log], &spans, "the log", || None)
    }

    #[test]
    fn a_gap_at_the_alert_hides_it_and_one_near_it_leaves_doubt() {
        assert!(matches!(with_gap(49, 51), Reach::Out(_)));
        assert!(matches!(with_gap(47, 50), Reach::Doubtful(_)));
        assert!(matches!(with_gap(50, 53), Reach::Out(_)));
        assert_eq!(with_gap(40, 45), Reach::Covered);
    }
}
