//! What the evidence can show, and what it cannot.

mod reach;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::Time;
pub use reach::Covered;

/// What times, subscriptions and logs the evidence reaches.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Coverage {
    /// Time of the earliest event.
    pub first: Option<Time>,
    /// Time of the latest event.
    pub last: Option<Time>,
    /// One entry a subscription and category, sorted by both; what is above subscriptions comes first.
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
}

/// What the evidence holds of one category of one subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SubscriptionCoverage {
    /// The subscription; `None` for events above subscriptions.
    pub subscription_id: Option<String>,
    /// Whether these are events of management groups, which have a log of their own.
    pub management_groups: bool,
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
    /// Times of three days and more without events that may be quiet by chance, since the log has
    /// few: what did not happen in them is not shown.
    pub quiet: Vec<Span>,
}

impl SubscriptionCoverage {
    /// Returns the id of the subscription, or what stands above subscriptions in words.
    pub fn place_words(&self) -> &str {
        match &self.subscription_id {
            Some(id) => id,
            None if self.management_groups => "management groups",
            None => "above subscriptions",
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

/// A stretch of time, both ends included.
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

/// How many of the rules the evidence can make fire.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RuleCoverage {
    /// Rules that were loaded.
    pub loaded: u64,
    /// Rules whose fields and logs the evidence holds.
    pub could_fire: u64,
    /// Rules that could not fire, each with its reason.
    pub cannot_fire: Vec<MutedRule>,
    /// Rules that found operations of some of which they cannot tell whether they are unusual.
    pub cannot_tell: Vec<UntoldRule>,
    /// Filters that lie over no rule, each with its reason.
    pub idle_filters: Vec<IdleFilter>,
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

/// Names a filter that lies over no rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct IdleFilter {
    /// Id of the filter.
    pub filter_id: String,
    /// Its title.
    pub title: String,
    /// Why there is no rule for it.
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
