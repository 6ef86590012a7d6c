//! The lanes of the timeline: one a user, the least risky users share the last.

use std::collections::BTreeMap;

use crate::investigation::model::Finding;
use crate::investigation::model::Report;
use crate::report::html::timeline::number;

/// Users that have a lane of their own.
const LANES: usize = 12;

/// Gives each finding its lane.
pub(super) struct Lanes<'r> {
    /// Users with lanes of their own.
    pub(super) own: Vec<&'r str>,
    /// Users that share the last lane.
    pub(super) others: usize,
    of: BTreeMap<&'r str, usize>,
}

impl<'r> Lanes<'r> {
    /// Gives the riskiest users of findings lanes of their own.
    pub(super) fn of(report: &'r Report) -> Self {
        let mut acted: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in report.findings.iter().filter(|finding| finding.first.is_some()) {
            acted.insert(finding.principal.as_deref().unwrap_or_default(), usize::MAX);
        }
        let ranked = report.users.iter().map(|user| user.id.as_str());
        let own: Vec<&str> = ranked.filter(|id| acted.contains_key(id)).take(LANES).collect();
        for (lane, id) in own.iter().enumerate() {
            acted.insert(id, lane);
        }
        let others = acted.values().filter(|lane| **lane == usize::MAX).count();
        for lane in acted.values_mut() {
            *lane = own.len().min(*lane);
        }
        Lanes { own, others, of: acted }
    }

    /// Returns how many lanes there are.
    pub(super) fn count(&self) -> i64 {
        number(self.own.len() + usize::from(self.others > 0))
    }

    /// Returns the lane of a finding.
    pub(super) fn lane(&self, finding: &Finding) -> usize {
        let who = finding.principal.as_deref().unwrap_or_default();
        self.of.get(who).copied().unwrap_or(self.own.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;

    #[test]
    fn every_finding_has_a_lane_and_the_rest_share_one() {
        let finding = |who: Option<String>| Finding {
            principal: who.map(Into::into),
            first: Some(Time(0)),
            ..Finding::default()
        };
        let names = || (0..15).map(|n| format!("u{n:02}"));
        let user = |id| crate::investigation::model::User { id, ..Default::default() };
        let report = Report {
            findings: names().map(Some).chain([None]).map(finding).collect(),
            users: names().map(user).collect(),
            ..Report::default()
        };
        let lanes = Lanes::of(&report);
        assert_eq!((lanes.count(), lanes.others), (13, 4));
        let of: Vec<usize> = report.findings.iter().map(|f| lanes.lane(f)).collect();
        assert_eq!(of, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12, 12, 12]);
    }
}
