//! How much an entity needs a look, and why: whole numbers, with a reason for each.

use std::collections::BTreeMap;

use super::model::{Alert, Finding, Level, Risk, RiskLevel};
use crate::base::index32;

/// Points of a rule's first finding, by level; further findings of the same rule count a quarter, four at the most.
fn points(level: Level) -> u32 {
    match level {
        Level::Critical => 100,
        Level::High => 40,
        Level::Medium => 10,
        Level::Low => 2,
        Level::Informational => 0,
    }
}

/// Points of an open alert that is no sample.
fn alert_points(alert: &Alert) -> u32 {
    match alert.level() {
        Level::Critical | Level::High => 60,
        Level::Medium => 25,
        Level::Low => 5,
        Level::Informational => 0,
    }
}

/// Scores an entity by its findings and alerts.
pub(super) fn risk(findings: &[&Finding], alerts: &[&Alert]) -> Risk {
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_rule.entry(&finding.rule_id).or_default().push(finding);
    }
    let mut reasons: Vec<(u32, String)> =
        by_rule.into_values().map(|same| of_rule(&same)).collect();
    let open = alerts.iter().filter(|a| a.is_open());
    reasons.extend(open.map(|a| (alert_points(a), format!("{} alert: {}", a.level(), a.title))));
    reasons.retain(|(points, _)| *points > 0);
    reasons.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let score = reasons.iter().fold(0_u32, |sum, (points, _)| sum.saturating_add(*points));
    let gravest = findings
        .iter()
        .map(|f| f.level)
        .chain(alerts.iter().filter(|a| a.is_open()).map(|a| a.level()))
        .max();
    Risk {
        score,
        level: level(score, gravest),
        because: reasons.into_iter().map(|(_, why)| why).collect(),
    }
}

fn of_rule(same: &[&Finding]) -> (u32, String) {
    let (level, first) = (same[0].level, points(same[0].level));
    let further = index32((same.len() - 1).min(4)) * first / 4;
    let operations: u64 = same.iter().map(|f| f.operations).sum();
    let times = if operations > 1 { format!(" ({operations} operations)") } else { String::new() };
    (first + further, format!("{level}: {}{times}", same[0].title))
}

/// Many small things make no catastrophe: the level is at most one above the gravest single reason.
fn level(score: u32, gravest: Option<Level>) -> RiskLevel {
    let by_score = match score {
        0 => RiskLevel::None,
        1..10 => RiskLevel::Low,
        10..40 => RiskLevel::Medium,
        40..100 => RiskLevel::High,
        _ => RiskLevel::Critical,
    };
    let ceiling = match gravest {
        None | Some(Level::Informational) => RiskLevel::Low,
        Some(Level::Low) => RiskLevel::Medium,
        Some(Level::Medium) => RiskLevel::High,
        Some(Level::High | Level::Critical) => RiskLevel::Critical,
    };
    by_score.min(ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &str, level: Level) -> Finding {
        Finding {
            rule_id: rule.into(),
            title: rule.into(),
            level,
            operations: 1,
            ..Finding::default()
        }
    }

    #[test]
    fn repeats_count_little_and_reasons_come_strongest_first() {
        let (a, b) = (finding("a", Level::Low), finding("b", Level::High));
        let risk = risk(&[&a, &b, &b], &[]);
        assert_eq!((risk.score, risk.level), (52, RiskLevel::High));
        assert_eq!(risk.because, ["high: b (2 operations)", "low: a"]);
    }

    #[test]
    fn nothing_is_no_risk_and_many_trifles_are_no_catastrophe() {
        assert_eq!(risk(&[], &[]), Risk::default());
        let all: Vec<Finding> = (0..100).map(|i| finding(&i.to_string(), Level::Low)).collect();
        assert_eq!(risk(&all.iter().collect::<Vec<_>>(), &[]).level, RiskLevel::Medium);
    }

    #[test]
    fn sample_alerts_count_nothing() {
        let alert = Alert { sample: true, severity: Some(Level::High), ..Alert::default() };
        assert_eq!(risk(&[], &[&alert]).score, 0);
    }
}
