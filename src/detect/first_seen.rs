//! First use: operations whose key no earlier operation had, where enough was seen before to tell.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::evaluate::{Court, Sayings};
use super::part::Part;
use super::scene::Scene;
use super::undone::Again;
use crate::base::Time;
use crate::base::index32;
use crate::corpus::NONE;
use crate::ledger::Outcome;
use crate::rule::{FirstSeen, History};

const DAY: f64 = 86_400.0 * 1e9;

/// What was seen of one history before some operation.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Time of its first operation.
    first: Option<Time>,
    operations: u32,
}

/// What was seen before each operation of the history that it belongs to. Rules share it.
pub(super) struct Past {
    /// The first operation of the history; [`NONE`] where nothing was before.
    first: Vec<u32>,
    /// How many were before.
    operations: Vec<u32>,
}

impl Past {
    /// Goes through all operations once; `of` tells histories apart.
    pub(super) fn new(scene: &Scene<'_>, of: &[Part]) -> Self {
        let count = scene.ledger.operations.len();
        let mut past =
            Past { first: Vec::with_capacity(count), operations: Vec::with_capacity(count) };
        let mut histories: HashMap<u64, (u32, u32)> = HashMap::new();
        let keyed = scene.keyed(of);
        for number in 0..index32(count) {
            let mut seen = (NONE, 0);
            if let Some(key) = keyed.of(number) {
                let history = histories.entry(key).or_insert((NONE, 0));
                seen = *history;
                *history = (history.0.min(number), history.1 + 1);
            }
            past.first.push(seen.0);
            past.operations.push(seen.1);
        }
        past
    }

    /// Returns what was seen before an operation.
    pub(super) fn before(&self, scene: &Scene<'_>, number: u32) -> Seen {
        let at = number as usize;
        let first = self.first.get(at).copied().unwrap_or(NONE);
        Seen {
            first: (first != NONE).then(|| scene.operation(first).first),
            operations: self.operations.get(at).copied().unwrap_or(0),
        }
    }
}

impl Seen {
    #[allow(clippy::cast_precision_loss)] // a span in days needs no more digits
    fn days(self, until: Time) -> f64 {
        self.first.map_or(0.0, |first| until.0.saturating_sub(first.0) as f64 / DAY)
    }

    /// Whether a history is long enough to tell what is new at some time.
    pub(super) fn is_enough(self, history: &History, until: Time) -> bool {
        let days = self.days(until) >= history.days && (history.days > 0.0 || !history.either);
        let operations = self.operations as usize >= history.operations
            && (history.operations > 0 || !history.either);
        if history.either { days || operations } else { days && operations }
    }

    /// How long a history is.
    pub(super) fn length(self, until: Time) -> String {
        format!("{:.1} days, {} operations before", self.days(until), self.operations)
    }
}

/// What a history lacks.
pub(super) fn lacking(history: &History) -> String {
    let mut needs = Vec::new();
    if history.days > 0.0 {
        let unit = if (history.days - 1.0).abs() < f64::EPSILON { "day" } else { "days" };
        needs.push(format!("{} {unit}", history.days));
    }
    if history.operations > 0 {
        needs.push(format!("{} operations", history.operations));
    }
    let by = if history.of.is_empty() {
        String::new()
    } else {
        format!(" by {}", history.of.join(", "))
    };
    let needs = needs.join(if history.either { " or " } else { " and " });
    format!("the evidence before them is shorter than the {needs}{by} that the rule needs")
}

/// Keys that were seen. What was only tried and refused is still new when it succeeds.
#[derive(Default)]
struct Known {
    tried: HashSet<u64>,
    done: HashSet<u64>,
}

impl Known {
    /// Adds a key; returns whether it is new for an operation that ended so.
    fn insert(&mut self, key: u64, failed: bool) -> bool {
        if failed {
            !self.done.contains(&key) && self.tried.insert(key)
        } else {
            self.done.insert(key)
        }
    }
}

/// Which operations are the first of their key, given the questions for those to speak of, for the same
/// without filters, and for what teaches.
pub(super) fn judge(
    court: &Court<'_>,
    (trigger, every, learn): (u32, u32, u32),
    key: &[Part],
    of: &[Part],
    native: &FirstSeen,
) -> Sayings {
    let scene = court.scene;
    let (triggers, lessons) = (&court.selected[every as usize], &court.selected[learn as usize]);
    let past = scene.past(of);
    let mut known = Known::default();
    let mut lessons = lessons.iter().copied().peekable();
    let mut sayings = Sayings::default();
    let mut unknown = 0;
    let keyed = scene.keyed(key);
    // Where a rule only tells nothing twice, what somebody undid in between is no repetition.
    let tells_again = native.history.is_empty() && key.contains(&Part::Resource);
    let again = Again { scene, triggers, keyed: &keyed };
    let mut told: HashMap<u64, u32> = HashMap::new();
    for &operation in triggers {
        while let Some(lesson) = lessons.next_if(|&lesson| lesson < operation) {
            let failed = scene.operation(lesson).outcome == Outcome::Failed;
            keyed.each(lesson, &mut |key| {
                known.insert(key, failed);
            });
        }
        let (mut has_key, mut is_new) = (false, false);
        let failed = scene.operation(operation).outcome == Outcome::Failed;
        keyed.each(operation, &mut |key| {
            has_key = true;
            is_new |= known.insert(key, failed);
            if tells_again && let Some(earlier) = told.insert(key, operation) {
                is_new = is_new || !failed && again.was_undone(earlier, operation);
            }
        });
        if !court.keeps(trigger, every, operation) {
            continue;
        }
        // A rule that only tells nothing twice says what it cannot compare.
        is_new |= !has_key && native.history.is_empty();
        if !is_new {
            if native.history.is_empty() {
                sayings.again.push(operation);
            }
            continue;
        }
        let seen = past.before(scene, operation);
        let time = scene.operation(operation).first;
        if !seen.is_enough(&native.history, time) {
            unknown += 1;
            continue;
        }
        sayings.firsts.push(operation);
    }
    if unknown > 0 {
        sayings.untold = Some((unknown, lacking(&native.history)));
    }
    sayings
}

/// Why an operation is a first one.
pub(super) fn because(
    scene: &Scene<'_>,
    trigger: u32,
    (key, of): (&[Part], &[Part]),
    native: &FirstSeen,
    operation: u32,
) -> BTreeMap<String, String> {
    let mut because = scene.because(trigger, operation);
    because.extend(values(scene, &native.key, key, operation));
    let seen = scene.past(of).before(scene, operation);
    because.insert("history".to_owned(), seen.length(scene.operation(operation).first));
    because
}

/// The values of a key, by the names that the rule gives its parts.
pub(super) fn values(
    scene: &Scene<'_>,
    names: &[String],
    parts: &[Part],
    operation: u32,
) -> BTreeMap<String, String> {
    let pair = |(name, part): (&String, &Part)| Some((name.clone(), scene.shown(part, operation)?));
    names.iter().zip(parts).filter_map(pair).collect()
}
