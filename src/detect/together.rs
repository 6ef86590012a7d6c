//! Which rules of a temporal correlation matched together, in any order or in theirs.
//!
//! A rule that must not have matched is looked for on both sides: in every
//! window of the span that holds the matches which count.

use std::collections::BTreeMap;

use super::matched::Match;
use super::window::Sliding;
use crate::rule::{Correlation, Expr};

/// At most this many rows of steps that differ are followed at once.
const FOLLOWED: usize = 1024;

/// The matches of a group, by rule.
pub(super) struct ByRule<'g> {
    native: &'g Correlation,
    group: &'g [Match<'g>],
    /// The times of the matches of each rule, sorted.
    times: Vec<Vec<i64>>,
}

impl<'g> ByRule<'g> {
    /// `group` comes by time.
    pub(super) fn new(native: &'g Correlation, group: &'g [Match<'g>], rules: usize) -> Self {
        let mut times = vec![Vec::new(); rules];
        for one in group {
            times[one.rule()].push(one.time);
        }
        ByRule { native, group, times }
    }

    /// Whether a rule matched between two points of time, both included.
    fn is_within(&self, rule: usize, from: i64, to: i64) -> bool {
        let times = &self.times[rule];
        times.get(times.partition_point(|time| *time < from)).is_some_and(|time| *time <= to)
    }

    /// Whether a condition over rules holds: `has` says what counts of what must be there, `near` of what must not.
    fn holds(
        &self,
        expr: &Expr,
        has: &dyn Fn(usize) -> bool,
        near: &dyn Fn(usize) -> bool,
    ) -> bool {
        match expr {
            Expr::All(parts) => parts.iter().all(|part| self.holds(part, has, near)),
            Expr::Any(parts) => parts.iter().any(|part| self.holds(part, has, near)),
            Expr::AtLeast(count, parts) => {
                parts.iter().filter(|part| self.holds(part, has, near)).count() >= *count
            }
            Expr::Not(part) => !self.holds(part, near, has),
            Expr::Test(test) => {
                let name = test.field.as_deref();
                let rule = self.native.rules.iter().position(|rule| Some(rule.as_str()) == name);
                rule.is_some_and(has)
            }
        }
    }
}

/// Leaves out of matches, given by their places in a group, those of rules that must not have
/// matched: where they did so elsewhere, they are no part of what was found.
pub(super) fn without_unwanted(
    native: &Correlation,
    group: &[Match<'_>],
    places: Vec<usize>,
) -> Vec<usize> {
    let Some(expr) = &native.extended else { return places };
    let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
    sort_out(expr, &mut wanted, &mut unwanted);
    let is_wanted = |at: &usize| {
        let name = native.rules[group[*at].rule()].as_str();
        wanted.contains(&name) || !unwanted.contains(&name)
    };
    let kept: Vec<usize> = places.iter().copied().filter(is_wanted).collect();
    if kept.is_empty() { places } else { kept }
}

/// Whether a correlation is about matches of one rule near which others did not match.
pub(super) fn excludes(native: &Correlation) -> bool {
    let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
    if let Some(expr) = &native.extended {
        sort_out(expr, &mut wanted, &mut unwanted);
    }
    wanted.len() == 1 && !unwanted.is_empty()
}

/// Adds the rules of a condition to those that must have matched or to those that must not have.
fn sort_out<'e>(expr: &'e Expr, wanted: &mut Vec<&'e str>, unwanted: &mut Vec<&'e str>) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
            for part in parts {
                sort_out(part, wanted, unwanted);
            }
        }
        Expr::Not(part) => sort_out(part, unwanted, wanted),
        Expr::Test(test) => wanted.extend(test.field.as_deref()),
    }
}

/// Whether the rules that matched are those that must have.
pub(super) struct AnyOrder<'g> {
    rules: ByRule<'g>,
    /// When each rule matched last.
    latest: Vec<Option<i64>>,
    now: i64,
}

impl<'g> AnyOrder<'g> {
    pub(super) fn new(rules: ByRule<'g>) -> Self {
        AnyOrder { latest: vec![None; rules.times.len()], rules, now: 0 }
    }

    /// Whether a condition holds for the rules that matched since some point of the window.
    fn meets(&self, expr: &Expr, latest: &[(i64, usize)]) -> bool {
        let span = self.rules.native.timespan;
        let mut there = vec![false; self.latest.len()];
        latest.iter().enumerate().any(|(at, &(start, rule))| {
            there[rule] = true;
            let is_last = latest.get(at + 1).is_none_or(|(next, _)| *next != start);
            let (from, to) = (self.now.saturating_sub(span), start.saturating_add(span));
            is_last
                && self
                    .rules
                    .holds(expr, &|rule| there[rule], &|rule| self.rules.is_within(rule, from, to))
        })
    }
}

impl Sliding for AnyOrder<'_> {
    fn push(&mut self, point: usize) {
        let one = &self.rules.group[point];
        (self.latest[one.rule()], self.now) = (Some(one.time), one.time);
    }
    fn pop(&mut self, _: usize) {}
    fn holds(&self) -> bool {
        let native = self.rules.native;
        let is_in = |time: &i64| self.now.saturating_sub(*time) <= native.timespan;
        let seen = self.latest.iter().enumerate();
        let mut seen: Vec<(i64, usize)> =
            seen.filter_map(|(rule, time)| Some((time.filter(is_in)?, rule))).collect();
        seen.sort_unstable_by(|a, b| b.cmp(a));
        match &native.extended {
            None => native.holds(count(seen.len())),
            Some(expr) => self.meets(expr, &seen),
        }
    }
}

/// Whether enough rules matched in the order in which the correlation names them.
///
/// A row is a set of rules that matched one after another, each another operation; of each row
/// the latest beginning is known.
pub(super) struct InOrder<'g> {
    rules: ByRule<'g>,
    rows: BTreeMap<u64, i64>,
    /// The rows before the operations of the last point, which must not follow themselves.
    before: BTreeMap<u64, i64>,
    last: Option<usize>,
    now: i64,
}

impl<'g> InOrder<'g> {
    pub(super) fn new(rules: ByRule<'g>) -> Self {
        let (rows, before) = (BTreeMap::new(), BTreeMap::new());
        InOrder { rules, rows, before, last: None, now: 0 }
    }

    /// Lets rows go that began too early, and the oldest of too many.
    fn forget(&mut self) {
        let (now, span) = (self.now, self.rules.native.timespan);
        self.rows.retain(|_, start| now.saturating_sub(*start) <= span);
        while self.rows.len() > FOLLOWED {
            let oldest = self.rows.iter().min_by_key(|(_, start)| **start).map(|(row, _)| *row);
            oldest.and_then(|row| self.rows.remove(&row));
        }
    }

    /// Whether a rule that must not have matched did so at its place in the order of a row.
    fn is_near(&self, rule: usize, row: u64, start: i64) -> bool {
        let span = self.rules.native.timespan;
        let place = step(rule).unwrap_or_default();
        let from =
            if place > row & row.wrapping_neg() { start } else { self.now.saturating_sub(span) };
        let to = if place < row { self.now } else { start.saturating_add(span) };
        self.rules.is_within(rule, from, to)
    }
}

impl Sliding for InOrder<'_> {
    fn push(&mut self, point: usize) {
        let group = self.rules.group;
        let one = &group[point];
        if self.last.is_none_or(|last| group[last].what != one.what) {
            self.before.clone_from(&self.rows);
        }
        (self.last, self.now) = (Some(point), one.time);
        // Only the first of so many rules have a place in a row.
        let Some(step) = step(one.rule()) else { return };
        let shorter = self.before.iter().filter(|(row, _)| **row < step);
        let longer = shorter.map(|(row, start)| (row | step, *start)).chain([(step, one.time)]);
        for (row, start) in longer {
            let own = self.rows.entry(row).or_insert(start);
            *own = start.max(*own);
        }
        self.forget();
    }
    fn pop(&mut self, _: usize) {}
    fn holds(&self) -> bool {
        let native = self.rules.native;
        let Some(expr) = &native.extended else {
            let longest = self.rows.keys().map(|row| row.count_ones()).max();
            return native.holds(f64::from(longest.unwrap_or(0)));
        };
        self.rows.iter().any(|(&row, &start)| {
            self.rules
                .holds(expr, &|rule| row >> rule & 1 == 1, &|rule| self.is_near(rule, row, start))
        })
    }
}

/// The place of a rule in a row; `None` for one that comes after too many.
fn step(rule: usize) -> Option<u64> {
    u32::try_from(rule).ok().and_then(|rule| 1_u64.checked_shl(rule))
}

#[allow(clippy::cast_precision_loss)] // a handful of rules
fn count(rules: usize) -> f64 {
    rules as f64
}
