//! What the evidence can show, and what it cannot.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::Time;

/// Tells what times, subscriptions and logs the evidence reaches.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Coverage {
    /// Time of the earliest event.
    pub first: Option<Time>,
    /// Time of the latest event.
    pub last: Option<Time>,
    /// One entry a subscription and category, sorted by both.
    pub subscriptions: Vec<SubscriptionCoverage>,
    /// Whether the tenant-level log is part of the evidence.
    pub tenant_level_log: bool,
    /// The kinds of exports that the events came from, by name.
    pub exports: Vec<Export>,
    /// Lists of what a tenant holds, in the order of the evidence.
    pub lists: Vec<ContextList>,
    /// Operations that began and whose end is not in the evidence, by falling number.
    pub without_end: Vec<OpenOperation>,
    /// What the evidence cannot show.
    pub not_in_evidence: Vec<Missing>,
    /// What the rules could see.
    pub rules: RuleCoverage,
}

impl Coverage {
    /// Returns the number of gaps over all subscriptions and categories.
    pub fn gap_count(&self) -> usize {
        self.subscriptions.iter().map(|entry| entry.gaps.len()).sum()
    }

    /// Returns the number of operations whose end is not in the evidence.
    pub fn open_count(&self) -> u64 {
        self.without_end.iter().map(OpenOperation::count).sum()
    }

    /// Returns how much of the time between `from` and `to`, both included, the log of a category
    /// covers: `None` as a subscription is the log above all subscriptions.
    pub fn covered(
        &self,
        subscription: Option<&str>,
        category: &str,
        from: Time,
        to: Time,
    ) -> Covered {
        let key = |entry: &SubscriptionCoverage| {
            (entry.subscription_id.as_deref(), entry.category.as_str())
                .cmp(&(subscription, category))
        };
        match self.subscriptions.binary_search_by(key) {
            Ok(at) => self.subscriptions[at].covered(from, to),
            Err(_) => Covered::Not,
        }
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
    /// Returns whether it is covered to the full.
    pub fn is_whole(&self) -> bool {
        *self == Covered::Whole
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

/// Tells what the evidence holds of one category of one subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SubscriptionCoverage {
    /// The subscription; `None` for events above subscriptions.
    pub subscription_id: Option<String>,
    /// Category of the events.
    pub category: String,
    /// Time of the earliest event.
    pub first: Option<Time>,
    /// Time of the latest event.
    pub last: Option<Time>,
    /// Time over which the exports reach that hold this category: from the first event of any
    /// category in them to the last.
    pub reach: Span,
    /// Whether the oldest event asked of the service is as old as the service keeps events.
    pub retention_edge: bool,
    /// Number of events.
    pub events: u64,
    /// Times without events that are too long to be quiet by chance.
    pub gaps: Vec<Span>,
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
        match parts.as_slice() {
            [] => Covered::Not,
            [all] if (all.from, all.to) == (Some(from), Some(to)) => Covered::Whole,
            _ => Covered::Partly(parts),
        }
    }
}

/// Names a kind of export that events came from.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Export {
    /// Name of the shape of its records.
    pub shape: String,
    /// Number of events from it, each counted once.
    pub events: u64,
    /// Time of the earliest of these.
    pub first: Option<Time>,
    /// Time of the latest of these.
    pub last: Option<Time>,
    /// What exports of this kind leave out.
    pub leaves_out: Vec<String>,
}

/// Names a list of what a tenant holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ContextList {
    /// The list: its file, and the member of an archive.
    pub list: String,
    /// Names of the shapes of its entries.
    pub shapes: Vec<String>,
    /// Number of entries.
    pub entries: u64,
    /// The latest time that an entry names: the list was taken after it.
    pub taken_after: Option<Time>,
}

/// Counts the operations of one name that have no end in the evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OpenOperation {
    /// Name of the operation.
    pub operation: String,
    /// Those of which only the start is there.
    pub started: u64,
    /// Those that were accepted, and no more.
    pub accepted: u64,
    /// When the latest of them began.
    pub last: Option<Time>,
}

impl OpenOperation {
    /// Returns how many there are.
    pub fn count(&self) -> u64 {
        self.started + self.accepted
    }
}

/// Is a stretch of time, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Start of the stretch.
    pub from: Option<Time>,
    /// End of the stretch.
    pub to: Option<Time>,
}

/// Names one thing the evidence cannot show.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Missing {
    /// What is missing.
    pub what: String,
    /// Why it is missing, and where to get it.
    pub why: String,
}

/// Tells how many of the rules the evidence can make fire.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RuleCoverage {
    /// Rules that were loaded.
    pub loaded: u64,
    /// Rules whose fields and logs the evidence holds.
    pub could_fire: u64,
    /// Rules that could not fire, each with its reason.
    pub cannot_fire: Vec<MutedRule>,
    /// Rules that found operations but cannot tell whether they are unusual.
    pub cannot_tell: Vec<UntoldRule>,
}

impl RuleCoverage {
    /// Returns the reasons why rules could not fire, each with the titles of its rules: the commonest first.
    pub fn cannot_fire_by_reason(&self) -> Vec<(&str, Vec<&str>)> {
        by_reason(self.cannot_fire.iter().map(|rule| (rule.why.as_str(), rule.title.as_str())))
    }

    /// Returns the reasons why rules cannot tell, each with the titles of its rules: the commonest first.
    pub fn cannot_tell_by_reason(&self) -> Vec<(&str, Vec<&str>)> {
        by_reason(self.cannot_tell.iter().map(|rule| (rule.why.as_str(), rule.title.as_str())))
    }
}

fn by_reason<'r>(rules: impl Iterator<Item = (&'r str, &'r str)>) -> Vec<(&'r str, Vec<&'r str>)> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (why, title) in rules {
        reasons.entry(why).or_default().push(title);
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, titles)| std::cmp::Reverse(titles.len()));
    reasons
}

/// Names a rule that needs more history than the evidence holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UntoldRule {
    /// Id of the rule.
    pub rule_id: String,
    /// Its title.
    pub title: String,
    /// Operations of which it cannot tell.
    pub operations: u64,
    /// What is missing.
    pub why: String,
}

/// Names a rule that could not fire.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MutedRule {
    /// Id of the rule.
    pub rule_id: String,
    /// Its title.
    pub title: String,
    /// What it would have needed.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span { from: Some(Time(from)), to: Some(Time(to)) }
    }

    #[test]
    fn a_time_is_covered_by_what_the_exports_reach_over_without_the_gaps() {
        let entry = |id: Option<&str>, category: &str, gaps: &[(i64, i64)]| SubscriptionCoverage {
            subscription_id: id.map(str::to_owned),
            category: category.into(),
            reach: span(10, 100),
            gaps: gaps.iter().map(|(from, to)| span(*from, *to)).collect(),
            ..SubscriptionCoverage::default()
        };
        let gaps = [(20, 30), (40, 60), (60, 70)];
        let subscriptions = vec![
            entry(None, "administrative", &[]),
            entry(Some("s"), "administrative", &gaps),
            entry(Some("s"), "policy", &[]),
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
    fn what_is_covered_is_said_in_words() {
        assert_eq!(Covered::Not.words(), "does not cover it");
        let partly = Covered::Partly(vec![span(0, 1_000_000_000)]);
        assert_eq!(partly.words(), "covers only 1970-01-01T00:00:00Z to 1970-01-01T00:00:01Z");
        assert!(Covered::Whole.is_whole() && !partly.is_whole());
    }

    #[test]
    fn rules_are_grouped_by_the_commonest_reason() {
        let muted = |id: &str, why: &str| MutedRule {
            rule_id: id.into(),
            title: id.into(),
            why: why.into(),
        };
        let cannot_fire = vec![muted("1", "b"), muted("2", "c"), muted("3", "a"), muted("4", "c")];
        let coverage = RuleCoverage { cannot_fire, ..RuleCoverage::default() };
        assert_eq!(
            coverage.cannot_fire_by_reason(),
            [("c", vec!["2", "4"]), ("a", vec!["3"]), ("b", vec!["1"])]
        );
        assert!(coverage.cannot_tell_by_reason().is_empty());
    }
}
