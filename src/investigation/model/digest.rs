//! Figures and orders that more than one format shows, worked out in one place.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::base::Text;
use crate::base::Time;
use crate::investigation::model::Alert;
use crate::investigation::model::Case;
use crate::investigation::model::Finding;
use crate::investigation::model::IamChange;
use crate::investigation::model::IamChangeKind;
use crate::investigation::model::Level;
use crate::investigation::model::Report;
use crate::investigation::model::Risk;
use crate::investigation::model::RiskLevel;
use crate::investigation::model::Subscription;
use crate::investigation::model::User;

/// Counts findings by level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelCounts([u64; 5]);

impl LevelCounts {
    /// Returns the number of findings of one level.
    pub fn of(self, level: Level) -> u64 {
        self.0[level as usize]
    }

    /// Returns the number of findings at or above a level.
    pub fn at_least(self, level: Level) -> u64 {
        self.0[level as usize..].iter().sum()
    }

    /// Lists the levels that have findings, most severe first.
    pub fn falling(self) -> impl Iterator<Item = (Level, u64)> {
        Level::FALLING.into_iter().map(move |level| (level, self.of(level))).filter(|(_, n)| *n > 0)
    }
}

/// Sums up the findings of one rule at one level.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingGroup<'a> {
    /// Level of the findings.
    pub level: Level,
    /// Id of the rule.
    pub rule_id: &'a str,
    /// Title of the rule.
    pub title: &'a str,
    /// Number of findings.
    pub count: u64,
    /// Time of the first event.
    pub first: Option<Time>,
    /// Time of the last event.
    pub last: Option<Time>,
    /// Ids of the users, each once, in order of appearance.
    pub principals: Vec<&'a str>,
}

/// At most this many grave groups of findings are named as those to begin with.
const LOOKS: usize = 5;

impl Report {
    /// Brings every list into the order that reports promise, and sums up the evidence.
    pub fn order(&mut self) {
        self.evidence.files.sort_by(|a, b| (&a.path, &a.member).cmp(&(&b.path, &b.member)));
        self.evidence.totals = self.evidence.sum();
        self.alerts.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        self.findings.par_sort_by(|a, b| (a.first, &a.id).cmp(&(b.first, &b.id)));
        self.cases.sort_by(|a, b| {
            let key = |case: &Case| (case.verdict, Reverse(case.level), case.first);
            key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
        });
        sort_by_risk(&mut self.users, |user| (&user.risk, user.id.as_str()));
        sort_by_risk(&mut self.subscriptions, |entry| (&entry.risk, entry.id.as_str()));
        sort_by_risk(&mut self.virtual_machines, |entry| (&entry.risk, entry.resource_id.as_str()));
    }

    /// Returns the users by id.
    pub fn users_by_id(&self) -> BTreeMap<&str, &User> {
        self.users.iter().map(|user| (user.id.as_str(), user)).collect()
    }

    /// Counts the findings by level.
    pub fn level_counts(&self) -> LevelCounts {
        let mut counts = LevelCounts::default();
        for finding in &self.findings {
            counts.0[finding.level as usize] += 1;
        }
        counts
    }

    /// Lists the findings of one level, in time order.
    pub fn findings_of(&self, level: Level) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.level == level)
    }

    /// Names what is grave, most severe first: where to begin as long as no steps are worked out.
    pub fn look_first(&self) -> Vec<String> {
        let groups = self.finding_groups().into_iter();
        let grave = groups.filter(|group| group.level >= Level::High);
        grave.take(LOOKS).map(|group| format!("{} ({})", group.title, group.level)).collect()
    }

    /// Groups the findings by level and rule: most severe level first, then by first time.
    pub fn finding_groups(&self) -> Vec<FindingGroup<'_>> {
        let mut groups: BTreeMap<(Level, &str, &str), FindingGroup<'_>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for finding in &self.findings {
            let key = (finding.level, finding.rule.id.as_str(), finding.rule.title.as_str());
            let group = groups.entry(key).or_insert_with(|| new_group(finding));
            group.take_in(finding);
            let own = finding.accused().iter().map(Text::as_str);
            group.principals.extend(own.filter(|principal| seen.insert((key, *principal))));
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        groups.sort_by(|a, b| {
            b.level.cmp(&a.level).then_with(|| (a.first, a.rule_id).cmp(&(b.first, b.rule_id)))
        });
        groups
    }

    /// Lists the users that something speaks against, riskiest first.
    pub fn ranked_users(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| user.risk.level > RiskLevel::None)
    }

    /// Lists the subscriptions that something speaks for looking at, riskiest first.
    pub fn ranked_subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.iter().filter(|entry| entry.risk.level > RiskLevel::None)
    }

    /// Lists the changes that gave rights which nothing took back: privileged ones first, then by time.
    pub fn standing_changes(&self) -> Vec<&IamChange> {
        let of_subscriptions = self.subscriptions.iter().flat_map(|entry| &entry.iam_changes);
        let mut changes: Vec<_> = of_subscriptions
            .chain(&self.tenant_iam_changes)
            .filter(|change| change.standing && change.change != IamChangeKind::Revoke)
            .collect();
        changes.sort_by_key(|change| (change.privileged != Some(true), change.time));
        changes
    }

    /// Lists the alerts: the one that the run was asked about, then those of its case, then open
    /// ones, most severe first, then by time.
    pub fn ranked_alerts(&self) -> Vec<&Alert> {
        let asked = self.focused().map(|alert| alert.id.as_str());
        let case = self.focused().and_then(|alert| alert.case.as_deref());
        let far = |alert: &Alert| match () {
            () if asked == Some(alert.id.as_str()) => 0,
            () if case.is_some() && case == alert.case.as_deref() => 1,
            () => 2,
        };
        let mut alerts: Vec<&Alert> = self.alerts.iter().collect();
        alerts.sort_by_key(|a| (far(a), !a.is_open(), Reverse(a.level()), a.start));
        alerts
    }

    /// Returns the alert that the run was asked about, if it was asked about one.
    pub fn focused(&self) -> Option<&Alert> {
        let focus = self.focus.as_ref()?;
        self.alerts.iter().find(|alert| &alert.id == focus)
    }

    /// Lists the cases: that of the alert which the run was asked about, then open ones, the gravest
    /// first, then by time.
    pub fn ranked_cases(&self) -> Vec<&Case> {
        let asked = self.focused().and_then(|alert| alert.case.as_deref());
        let mut cases: Vec<&Case> = self.cases.iter().collect();
        cases.sort_by_key(|case| asked != Some(case.id.as_str()));
        cases
    }
}

fn new_group(finding: &Finding) -> FindingGroup<'_> {
    FindingGroup {
        level: finding.level,
        rule_id: &finding.rule.id,
        title: &finding.rule.title,
        count: 0,
        first: finding.first,
        last: finding.last,
        principals: Vec::new(),
    }
}

impl FindingGroup<'_> {
    fn take_in(&mut self, finding: &Finding) {
        self.count += 1;
        // `None` is less than any time, so a plain minimum would forget the first one.
        self.first = [self.first, finding.first].into_iter().flatten().min();
        self.last = self.last.max(finding.last);
    }
}

fn sort_by_risk<T: Send>(list: &mut [T], key: impl Fn(&T) -> (&Risk, &str) + Sync) {
    list.par_sort_by(|a, b| {
        let ((left, left_id), (right, right_id)) = (key(a), key(b));
        right.score.cmp(&left.score).then_with(|| left_id.cmp(right_id))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::investigation::model::RuleName;

    fn finding(id: &str, level: Level, first: i64, principal: &str) -> Finding {
        Finding {
            id: id.into(),
            rule: RuleName::called(&format!("rule-{level}")),
            level,
            first: Some(Time(first)),
            last: Some(Time(first + 1)),
            principal: Some(principal.into()),
            ..Finding::default()
        }
    }

    fn user(id: &str, score: u32) -> User {
        let level = if score > 0 { RiskLevel::High } else { RiskLevel::None };
        let risk = Risk { score, level, ..Risk::default() };
        User { id: id.into(), risk, ..User::default() }
    }

    #[test]
    fn users_stand_by_falling_score_then_id_and_findings_by_time_then_id() {
        let mut report = Report {
            users: vec![user("c", 1), user("b", 9), user("a", 1), user("d", 0)],
            findings: vec![
                finding("z", Level::Low, 5, "a"),
                finding("y", Level::Low, 5, "a"),
                finding("x", Level::Low, 9, "a"),
            ],
            ..Report::default()
        };
        report.order();
        let ids: Vec<&str> = report.users.iter().map(|user| user.id.as_str()).collect();
        assert_eq!(ids, ["b", "a", "c", "d"]);
        let ids: Vec<&str> = report.findings.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids, ["y", "z", "x"]);
        assert_eq!(report.ranked_users().count(), 3);
    }

    #[test]
    fn groups_begin_with_the_most_severe_and_name_each_user_once() {
        let report = Report {
            findings: vec![
                finding("1", Level::Low, 1, "a"),
                finding("2", Level::High, 5, "a"),
                finding("3", Level::High, 2, "b"),
                finding("4", Level::High, 7, "a"),
            ],
            ..Report::default()
        };
        let groups = report.finding_groups();
        assert_eq!(groups.iter().map(|group| group.count).collect::<Vec<_>>(), [3, 1]);
        assert_eq!((groups[0].first, groups[0].last), (Some(Time(2)), Some(Time(8))));
        assert_eq!(groups[0].principals, ["a", "b"]);
        assert_eq!(report.level_counts().at_least(Level::Medium), 3);
        assert_eq!(report.level_counts().of(Level::Low), 1);
    }

    #[test]
    fn a_privileged_standing_grant_comes_first_and_a_revoked_one_not_at_all() {
        let change = |time, privileged, standing, kind| IamChange {
            time: Some(Time(time)),
            privileged: Some(privileged),
            standing,
            change: kind,
            ..IamChange::default()
        };
        let subscription = Subscription {
            iam_changes: vec![
                change(1, false, true, IamChangeKind::Grant),
                change(2, true, false, IamChangeKind::Grant),
                change(3, true, true, IamChangeKind::Grant),
                change(4, true, true, IamChangeKind::Revoke),
            ],
            ..Subscription::default()
        };
        let report = Report { subscriptions: vec![subscription], ..Report::default() };
        let times: Vec<_> = report.standing_changes().iter().map(|change| change.time).collect();
        assert_eq!(times, [Some(Time(3)), Some(Time(1))]);
    }
}
