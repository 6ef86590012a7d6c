//! How much an entity needs a look, and why: whole numbers, with a reason for each.
//!
//! `score.md` beside this file explains the arithmetic to readers of a report. Its promises are
//! kept by the tests below: more evidence of harm never lowers a score, and however many findings
//! of one level there are, one of the next level weighs more.

mod charge;
mod spread;

use std::collections::BTreeMap;

use charge::distinct;
pub(super) use charge::{Charge, Shares};
pub(super) use spread::spread;

use super::model::{
    Alert, Assessment, Familiarity, Finding, Level, Outcome, Risk, RiskLevel, User, UserKind,
};
use crate::base::text::counted;

/// Points of one finding by its level: each level is worth more than any number of the level below,
/// since all reasons of one level together count less than four times the first, and repeats a tenth.
const fn points(level: Level) -> u32 {
    match level {
        Level::Critical => 200,
        Level::High => 45,
        Level::Medium => 9,
        Level::Low => 2,
        Level::Informational => 0,
    }
}

/// Points of an open alert that is no sample, by what the log says of it.
fn alert_points(alert: &Alert) -> u32 {
    let plain = match alert.level() {
        Level::Critical | Level::High => 60,
        Level::Medium => 20,
        Level::Low => 4,
        Level::Informational => 0,
    };
    match alert.investigation.assessment {
        Assessment::Corroborated => plain + plain / 2,
        Assessment::Contradicted => 0,
        Assessment::Inconclusive | Assessment::NotInEvidence => plain,
    }
}

/// One thing that speaks against an entity.
struct Reason {
    points: u32,
    tactic: String,
    level: Level,
    words: String,
}

/// Scores an entity by what counts against it and by its alerts.
pub(super) fn risk(charges: &[Charge<'_>], alerts: &[&Alert]) -> Risk {
    let mut by_rule: BTreeMap<&str, Vec<&Charge<'_>>> = BTreeMap::new();
    for charge in charges {
        by_rule.entry(&charge.finding.rule.id).or_default().push(charge);
    }
    let mut by_type: BTreeMap<&str, Vec<&Alert>> = BTreeMap::new();
    for alert in alerts.iter().filter(|alert| alert.is_open()) {
        by_type.entry(alert.alert_type.as_deref().unwrap_or(&alert.title)).or_default().push(alert);
    }
    let (summaries, told): (Vec<_>, Vec<_>) =
        by_rule.into_values().partition(|same: &Vec<&Charge<'_>>| same[0].finding.rule.sums_up);
    let of_rules = told.into_iter().map(|same| of_rule(&same));
    let of_alerts = by_type.into_values().map(|same| of_alerts(&same));
    let mut reasons: Vec<Reason> = of_rules.chain(of_alerts).collect();
    reasons.retain(|reason| reason.points > 0);
    reasons.sort_by(|a, b| b.points.cmp(&a.points).then_with(|| a.words.cmp(&b.words)));
    let mut score = sum(&reasons);
    let summing_up = charges.iter().map(|charge| charge.finding).filter(|f| f.rule.sums_up);
    let gravest = summing_up.map(|finding| finding.level);
    let gravest = gravest.chain(reasons.iter().map(|reason| reason.level)).max();
    // What others tell already is not weighed again: it is the least that the entity has.
    let of_summaries = summaries.into_iter().map(|same| of_rule(&same));
    if let Some(least) =
        of_summaries.max_by(|a, b| a.points.cmp(&b.points).then(b.words.cmp(&a.words)))
        && least.points > score
    {
        score = least.points;
        reasons.insert(0, least);
    }
    let because = reasons.into_iter().map(|reason| reason.words.into()).collect();
    Risk { score, level: level(score, gravest), because, gravest }
}

/// Points of one finding.
fn weight(finding: &Finding) -> u32 {
    // What was refused shows intent, and did no harm.
    match finding.outcome {
        Outcome::Failed => points(finding.level) / 4,
        _ => points(finding.level),
    }
}

/// The findings of one rule: the weightiest of them, and a little for more of the same.
fn of_rule(same: &[&Charge<'_>]) -> Reason {
    let findings = same.iter().map(|charge| charge.finding);
    let gravest = findings.max_by_key(|finding| weight(finding)).unwrap_or(same[0].finding);
    let times = match distinct(same) {
        0 | 1 => String::new(),
        many => format!(" ({})", counted(many, "operation", "operations")),
    };
    let failed = if gravest.outcome == Outcome::Failed { ", attempted" } else { "" };
    Reason {
        // More of what sums up others is no more harm.
        points: with_repeats(weight(gravest), if gravest.rule.sums_up { 1 } else { same.len() }),
        tactic: gravest.rule.tactics.first().map(ToString::to_string).unwrap_or_default(),
        level: gravest.level,
        words: format!("{}{failed}: {}{times}", gravest.level, gravest.rule.title),
    }
}

/// Open alerts of one type.
fn of_alerts(same: &[&Alert]) -> Reason {
    let gravest = same.iter().copied().max_by_key(|alert| alert_points(alert)).unwrap_or(same[0]);
    let assessment = gravest.investigation.assessment.words();
    let times = if same.len() > 1 { format!(" ({} alerts)", same.len()) } else { String::new() };
    Reason {
        points: with_repeats(alert_points(gravest), same.len()),
        tactic: "alert".to_owned(),
        level: gravest.level(),
        words: format!("{} alert, {assessment}: {}{times}", gravest.level(), gravest.title),
    }
}

/// A tenth more at the most, reached at thirty-two of the same.
fn with_repeats(points: u32, number: usize) -> u32 {
    let percent = 2 * number.max(1).ilog2().min(5);
    points + points * percent / 100
}

/// Sums up reasons, the weightiest first: within a tactic each counts half of the one before, and so
/// does each tactic. Many reasons of one kind are the habit of a job; reasons of many kinds are an attack.
fn sum(reasons: &[Reason]) -> u32 {
    let mut tactics: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for reason in reasons {
        tactics.entry(&reason.tactic).or_default().push(reason.points);
    }
    let sums =
        tactics.into_values().map(|points| halving(points.iter().map(|p| u64::from(*p) << SHIFT)));
    let mut sums: Vec<u64> = sums.collect();
    sums.sort_unstable_by(|a, b| b.cmp(a));
    u32::try_from(halving(sums.into_iter()) >> SHIFT).unwrap_or(u32::MAX)
}

/// Sums are kept in parts of a point, so that the smallest reason still moves them.
const SHIFT: u32 = 32;

fn halving(falling: impl Iterator<Item = u64>) -> u64 {
    falling.zip(0..SHIFT).map(|(points, place)| points >> place).sum()
}

/// Many small things make no catastrophe: the level is at most one above the gravest single reason.
fn level(score: u32, gravest: Option<Level>) -> RiskLevel {
    let by_score = match score {
        0 => RiskLevel::None,
        _ if score >= points(Level::Critical) => RiskLevel::Critical,
        _ if score >= points(Level::High) => RiskLevel::High,
        _ if score >= points(Level::Medium) => RiskLevel::Medium,
        _ => RiskLevel::Low,
    };
    let ceiling = match gravest {
        None | Some(Level::Informational) => RiskLevel::Low,
        Some(Level::Low) => RiskLevel::Medium,
        Some(Level::Medium) => RiskLevel::High,
        Some(Level::High | Level::Critical) => RiskLevel::Critical,
    };
    by_score.min(ceiling)
}

/// Weighs what is known of the users themselves: who is new and suspicious counts a quarter more, and
/// Azure's own services a quarter of what they would.
pub(super) fn weigh(users: &mut [User]) {
    for user in users {
        let risk = &mut user.risk;
        if user.kind == UserKind::AzureService {
            risk.score /= 4;
            risk.level = level(risk.score, risk.gravest);
            if risk.score == 0 {
                risk.because.clear();
            }
        } else if user.familiarity == Familiarity::Unfamiliar && risk.level >= RiskLevel::Medium {
            risk.score += risk.score / 4;
            risk.level = level(risk.score, risk.gravest);
            risk.because.push("not known before the suspicion".into());
        }
    }
}

#[cfg(test)]
mod tests;
