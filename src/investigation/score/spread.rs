//! What a suspect empowered comes directly behind it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::super::model::{Familiarity, IamChange, Level, Report, RiskLevel, User, UserKind};
use super::super::triage::Judge;
use super::{level, points};
use crate::azure::role;

/// A role that leads to nobody else's rights counts this many times less than the giver.
const NEAR: u32 = 4;

/// The most that such a role counts: never enough for a high risk.
const MOST: u32 = points(Level::High) - 1;

/// A grant from one user to another, by their places.
struct Gift {
    from: usize,
    to: usize,
    /// Whether it leads to the rights of others.
    is_far: bool,
    words: String,
}

/// Raises whom a user of high risk gave a role that leads to the rights of others, or whom it brought in,
/// to just below it; somebody unfamiliar whom it gave any other role, to a part of it.
///
/// A role without privileges to somebody who was there before is everyday work, and tells nothing
/// of the one who got it; nor does one that was taken back before its holder did anything, that gave
/// back what a suspect took, or that an analyst expects.
pub(in super::super) fn spread(report: &mut Report, judge: Option<&Judge<'_>>) {
    let gifts = gifts(report, judge);
    let users = &mut report.users;
    let mut of: BTreeMap<usize, Vec<&Gift>> = BTreeMap::new();
    for gift in &gifts {
        of.entry(gift.from).or_default().push(gift);
    }
    // The riskiest first: who was raised raises in turn those whom it empowered.
    let key = |users: &[User], at: usize| (users[at].risk.score, Reverse(at));
    let mut open: BTreeSet<(u32, Reverse<usize>)> =
        (0..users.len()).map(|at| key(users, at)).collect();
    while let Some((score, Reverse(from))) = open.pop_last() {
        if users[from].risk.level < RiskLevel::High {
            continue;
        }
        // Of several the one with most against itself comes first. Who comes later in the order of
        // `open` has no more points than the giver.
        let mut own: Vec<&Gift> = of.remove(&from).unwrap_or_default();
        own.retain(|gift| open.contains(&key(users, gift.to)));
        own.sort_by_key(|gift| (Reverse(users[gift.to].risk.score), gift.to, !gift.is_far));
        own.dedup_by_key(|gift| gift.to);
        let mut rank = 0;
        for gift in own {
            rank += u32::from(gift.is_far);
            let raised =
                if gift.is_far { score.saturating_sub(rank) } else { (score / NEAR).min(MOST) };
            if users[gift.to].risk.score >= raised {
                continue;
            }
            open.remove(&key(users, gift.to));
            let gravest = users[from].risk.gravest;
            let risk = &mut users[gift.to].risk;
            risk.gravest = risk.gravest.max(gravest);
            (risk.score, risk.level) = (raised, level(raised, risk.gravest));
            risk.because.insert(0, gift.words.as_str().into());
            open.insert(key(users, gift.to));
        }
    }
}

/// What empowers: grants in order of time, then delegations to the tenants that users come from.
fn gifts(report: &Report, judge: Option<&Judge<'_>>) -> Vec<Gift> {
    let places: BTreeMap<&str, usize> =
        report.users.iter().enumerate().map(|(at, user)| (user.id.as_str(), at)).collect();
    let own = report.subscriptions.iter().flat_map(|entry| &entry.iam_changes);
    let is_expected =
        |change: &IamChange| judge.is_some_and(|judge| judge.expects_grant(&change.grant_id()));
    let given = own.chain(&report.tenant_iam_changes);
    let given = given.filter(|change| !change.removal && !change.restores);
    let mut changes: Vec<&IamChange> = given.filter(|change| !is_expected(change)).collect();
    changes.sort_by(|a, b| (a.time, &a.assignment_id).cmp(&(b.time, &b.assignment_id)));
    let granted = changes.iter().filter_map(|change| {
        let from = *places.get(change.by.as_deref()?)?;
        let to = *places.get(change.principal.as_deref()?)?;
        let who = &report.users[to];
        let is_new = who.familiarity == Familiarity::Unfamiliar;
        let empowers = change.privileged == Some(true) || is_new;
        let is_far =
            role::leads_far(change.role_id.as_deref().unwrap_or_default(), change.privileged);
        // What was taken back before it was used helped nobody.
        let lasted = change.standing || who.last_seen > change.time;
        let role = change.role.as_deref().or(change.role_id.as_deref()).unwrap_or("a role");
        let words = format!("was given {role} by {}", report.users[from].label());
        let counts = empowers && lasted && from != to && who.kind != UserKind::AzureService;
        counts.then_some(Gift { from, to, is_far, words })
    });
    granted.chain(let_in(report, &places)).collect()
}

/// Who came in through a delegation after it was made.
fn let_in(report: &Report, places: &BTreeMap<&str, usize>) -> Vec<Gift> {
    let mut guests: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, user) in report.users.iter().enumerate() {
        if let Some(tenant) = user.delegated_from.as_deref() {
            guests.entry(tenant).or_default().push(at);
        }
    }
    let made = report.subscriptions.iter().flat_map(|entry| &entry.delegations);
    made.filter_map(|delegation| {
        let from = *places.get(delegation.by.as_deref()?)?;
        let came = guests.get(delegation.tenant_id.as_deref()?)?;
        let words = format!("came in through a delegation by {}", report.users[from].label());
        // Who was at work here before has another way in.
        let after = came.iter().filter(|to| report.users[**to].first_seen > delegation.time);
        let gifts = after.filter(|to| **to != from);
        Some(
            gifts
                .map(|to| Gift { from, to: *to, is_far: true, words: words.clone() })
                .collect::<Vec<_>>(),
        )
    })
    .flatten()
    .collect()
}
