//! How much of a stretch of time a log covers: the one truth for reports and alerts.

use super::{Coverage, Span, SubscriptionCoverage};
use crate::base::Time;

/// Categories under which calls to Resource Manager are logged; some exports leave the category out.
const CALLS: [&str; 2] = ["administrative", "unknown"];

impl Coverage {
    /// Returns how much of the time between `from` and `to`, both included, the log of a category
    /// covers: `None` as a subscription is the log above all subscriptions.
    pub fn covered(
        &self,
        subscription: Option<&str>,
        category: &str,
        from: Time,
        to: Time,
    ) -> Covered {
        self.entry(subscription, category).map_or(Covered::Not, |entry| entry.covered(from, to))
    }

    fn entry(&self, subscription: Option<&str>, category: &str) -> Option<&SubscriptionCoverage> {
        let key = |entry: &SubscriptionCoverage| {
            (entry.subscription_id.as_deref(), entry.management_groups, entry.category.as_str())
                .cmp(&(subscription, false, category))
        };
        self.subscriptions.binary_search_by(key).ok().map(|at| &self.subscriptions[at])
    }

    /// The log of calls in a subscription; `None` as a subscription is the tenant-level log.
    fn calls(&self, subscription: Option<&str>) -> impl Iterator<Item = &SubscriptionCoverage> {
        let is_there = subscription.is_some() || self.tenant_level_log;
        let wanted = CALLS.iter().filter(move |_| is_there);
        wanted.filter_map(move |category| self.entry(subscription, category))
    }

    /// Returns the first and the last moment over which the log of calls reaches, gaps or not;
    /// `None` where it is not in the evidence.
    pub fn calls_reach(&self, subscription: Option<&str>) -> Option<(Time, Time)> {
        let from = self.calls(subscription).filter_map(|entry| entry.reach.from).min()?;
        let to = self.calls(subscription).filter_map(|entry| entry.reach.to).max()?;
        Some((from, to))
    }

    /// Returns how much of the time between `from` and `to`, both included, the log of calls covers.
    pub fn calls_covered(&self, subscription: Option<&str>, from: Time, to: Time) -> Covered {
        let all: Vec<Covered> =
            self.calls(subscription).map(|entry| entry.covered(from, to)).collect();
        if all.iter().any(Covered::is_whole) {
            return Covered::Whole;
        }
        let mut parts: Vec<Span> = all.into_iter().flat_map(Covered::parts).collect();
        parts.sort_by_key(|part| (part.from, part.to));
        let mut joined: Vec<Span> = Vec::new();
        for part in parts {
            match joined.last_mut().filter(|last| last.to >= part.from) {
                Some(last) => last.to = last.to.max(part.to),
                None => joined.push(part),
            }
        }
        Covered::of(joined, from, to)
    }

    /// Returns the first gap of the log of calls that overlaps the time between `from` and `to`.
    pub fn calls_gap(&self, subscription: Option<&str>, from: Time, to: Time) -> Option<Span> {
        let (first, last) = self.calls_reach(subscription)?;
        let parts = self.calls_covered(subscription, first, last).parts();
        let begin = |at: usize| at.checked_sub(1).map_or(Some(first), |before| parts[before].to);
        let end = |at: usize| parts.get(at).map_or(Some(last), |part| part.from);
        let gaps = (0..=parts.len()).filter(|_| !parts.is_empty());
        let mut gaps = gaps.map(|at| Span { from: begin(at), to: end(at) });
        gaps.find(|gap| gap.from < gap.to && gap.from < Some(to) && gap.to > Some(from))
    }

    /// Returns the silence around the time between `from` and `to`, where the log of calls has so
    /// few events that nothing follows from it.
    pub fn calls_quiet(&self, subscription: Option<&str>, from: Time, to: Time) -> Option<Span> {
        let around = |entry: &SubscriptionCoverage| {
            let holds = |span: &&Span| span.from < Some(from) && span.to > Some(to);
            entry.quiet.iter().find(holds).copied()
        };
        let covering = self.calls(subscription).filter(|e| e.covered(from, to) != Covered::Not);
        let silences: Option<Vec<Span>> = covering.map(around).collect();
        silences?.into_iter().max_by_key(|span| span.from)
    }

    /// Returns whether the log of calls begins where the service kept no older events.
    pub fn calls_at_edge(&self, subscription: Option<&str>) -> bool {
        self.calls(subscription).any(|entry| entry.retention_edge)
    }
}

impl SubscriptionCoverage {
    /// Returns how much of the time between `from` and `to`, both included, is covered: what the
    /// exports reach over, without the gaps. The events at the ends of a gap are no part of it.
    fn covered(&self, from: Time, to: Time) -> Covered {
        let (Some(first), Some(last)) = (self.reach.from, self.reach.to) else {
            return Covered::Not;
        };
        let (start, end) = (from.max(first), to.min(last));
        if start > end || from > to {
            return Covered::Not;
        }
        let mut parts = Vec::new();
        let mut next = start;
        for gap in &self.gaps {
            let (Some(begins), Some(ends)) = (gap.from, gap.to) else { continue };
            if ends <= next {
                continue;
            }
            if begins >= end {
                break;
            }
            if begins >= next {
                parts.push(Span { from: Some(next), to: Some(begins) });
            }
            next = ends;
        }
        if next <= end {
            parts.push(Span { from: Some(next), to: Some(end) });
        }
        Covered::of(parts, from, to)
    }
}

/// How much of a stretch of time a log covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Covered {
    /// All of it.
    Whole,
    /// These parts of it, in order.
    Partly(Vec<Span>),
    /// Nothing of it.
    Not,
}

impl Covered {
    /// What parts in order make of the time between `from` and `to`.
    fn of(parts: Vec<Span>, from: Time, to: Time) -> Self {
        match parts.as_slice() {
            [] => Covered::Not,
            [all] if (all.from, all.to) == (Some(from), Some(to)) => Covered::Whole,
            _ => Covered::Partly(parts),
        }
    }

    /// The parts that are told one by one: none where all is covered, or nothing.
    fn parts(self) -> Vec<Span> {
        match self {
            Covered::Partly(parts) => parts,
            Covered::Whole | Covered::Not => Vec::new(),
        }
    }

    /// Returns whether it is covered to the full.
    pub fn is_whole(&self) -> bool {
        *self == Covered::Whole
    }

    /// Returns the least span that holds what is covered of the time between `from` and `to`.
    pub fn bounds(&self, from: Time, to: Time) -> Span {
        match self {
            Covered::Whole => Span { from: Some(from), to: Some(to) },
            Covered::Not => Span::default(),
            Covered::Partly(parts) => Span {
                from: parts.first().and_then(|part| part.from),
                to: parts.last().and_then(|part| part.to),
            },
        }
    }

    /// Says it in words that follow "the log": `covers it`, `covers only …`, `does not cover it`.
    pub fn words(&self) -> String {
        let ends = |span: &Span| {
            let end = |time: Option<Time>| time.map_or_else(String::new, |time| time.to_string());
            format!("{} to {}", end(span.from), end(span.to))
        };
        match self {
            Covered::Whole => "covers it".to_owned(),
            Covered::Not => "does not cover it".to_owned(),
            Covered::Partly(parts) => {
                let parts: Vec<String> = parts.iter().map(ends).collect();
                format!("covers only {}", parts.join(" and "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span { from: Some(Time(from)), to: Some(Time(to)) }
    }

    fn entry(
        id: Option<&str>,
        category: &str,
        reach: Span,
        gaps: &[(i64, i64)],
    ) -> SubscriptionCoverage {
        SubscriptionCoverage {
            subscription_id: id.map(str::to_owned),
            category: category.into(),
            reach,
            gaps: gaps.iter().map(|(from, to)| span(*from, *to)).collect(),
            ..SubscriptionCoverage::default()
        }
    }

    #[test]
    fn a_time_is_covered_by_what_the_exports_reach_over_without_the_gaps() {
        let gaps = [(20, 30), (40, 60), (60, 70)];
        let all = span(10, 100);
        let subscriptions = vec![
            entry(None, "administrative", all, &[]),
            entry(Some("s"), "administrative", all, &gaps),
            entry(Some("s"), "policy", all, &[]),
        ];
        let coverage = Coverage { subscriptions, ..Coverage::default() };
        let of = |id, category, from, to| coverage.covered(id, category, Time(from), Time(to));
        let own = |from, to| of(Some("s"), "administrative", from, to);
        for (from, to) in [(10, 20), (30, 40), (20, 20), (60, 60), (70, 100), (15, 15)] {
            assert_eq!(own(from, to), Covered::Whole, "{from} {to}");
        }
        for (from, to) in [(0, 9), (101, 200), (21, 29), (45, 55), (9, 5), (50, 40)] {
            assert_eq!(own(from, to), Covered::Not, "{from} {to}");
        }
        assert_eq!(own(0, 15), Covered::Partly(vec![span(10, 15)]));
        assert_eq!(own(15, 50), Covered::Partly(vec![span(15, 20), span(30, 40)]));
        assert_eq!(own(50, 200), Covered::Partly(vec![span(60, 60), span(70, 100)]));
        assert_eq!(of(Some("s"), "policy", 10, 100), Covered::Whole);
        assert_eq!(of(None, "administrative", 10, 100), Covered::Whole);
        assert_eq!(of(Some("other"), "administrative", 10, 100), Covered::Not);
        assert_eq!(of(Some("s"), "security", 10, 100), Covered::Not);
    }

    #[test]
    fn exports_with_and_without_categories_cover_the_calls_together() {
        let subscriptions = vec![
            entry(Some("s"), "administrative", span(10, 50), &[(20, 30)]),
            entry(Some("s"), "unknown", span(25, 100), &[(60, 80)]),
        ];
        let coverage = Coverage { subscriptions, ..Coverage::default() };
        let own = |from, to| coverage.calls_covered(Some("s"), Time(from), Time(to));
        let gap = |from, to| coverage.calls_gap(Some("s"), Time(from), Time(to));
        assert_eq!(coverage.calls_reach(Some("s")), Some((Time(10), Time(100))));
        assert_eq!(own(26, 60), Covered::Whole, "joined over the end of the first");
        assert_eq!(own(0, 22), Covered::Partly(vec![span(10, 20)]));
        assert_eq!(
            (gap(22, 22), gap(0, 19), gap(55, 200)),
            (Some(span(20, 25)), None, Some(span(60, 80)))
        );
        assert_eq!(own(21, 24), Covered::Not);
        assert_eq!(own(15, 40).bounds(Time(15), Time(40)), span(15, 40));
    }

    #[test]
    fn the_tenant_level_log_is_not_that_of_management_groups() {
        let groups = SubscriptionCoverage {
            management_groups: true,
            ..entry(None, "administrative", span(0, 1000), &[])
        };
        let subscriptions = vec![entry(None, "administrative", span(10, 20), &[]), groups];
        let mut coverage =
            Coverage { subscriptions, tenant_level_log: true, ..Coverage::default() };
        assert_eq!(coverage.calls_covered(None, Time(12), Time(15)), Covered::Whole);
        assert_eq!(coverage.calls_covered(None, Time(30), Time(40)), Covered::Not);
        coverage.tenant_level_log = false;
        assert_eq!(coverage.calls_reach(None), None, "what is there may be of anything");
    }

    #[test]
    fn a_silence_is_told_where_every_export_of_the_time_is_silent() {
        let mut log = entry(Some("s"), "administrative", span(0, 100), &[]);
        log.quiet = vec![span(20, 80)];
        let other = entry(Some("s"), "unknown", span(60, 100), &[]);
        let coverage = Coverage { subscriptions: vec![log, other], ..Coverage::default() };
        let quiet = |at| coverage.calls_quiet(Some("s"), Time(at), Time(at));
        assert_eq!((quiet(50), quiet(70), quiet(90)), (Some(span(20, 80)), None, None));
    }

    #[test]
    fn what_is_covered_is_said_in_words() {
        assert_eq!(Covered::Not.words(), "does not cover it");
        let partly = Covered::Partly(vec![span(0, 1_000_000_000)]);
        assert_eq!(partly.words(), "covers only 1970-01-01T00:00:00Z to 1970-01-01T00:00:01Z");
        assert!(Covered::Whole.is_whole() && !partly.is_whole());
    }
}
