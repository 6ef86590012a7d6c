//! First use: operations whose key no earlier operation had, where enough was seen before to tell.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::evaluate::{Court, Said, Sayings};
use super::part::Part;
use super::scene::Scene;
use crate::base::Time;
use crate::rule::{FirstSeen, History};

const DAY: f64 = 86_400.0 * 1e9;

/// What was seen of one history before some operation.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Time of its first operation.
    first: Option<Time>,
    operations: u64,
}

/// Everything that was seen before, of each history that operations belong to.
pub(super) struct Past<'p> {
    scene: &'p Scene<'p>,
    of: &'p [Part],
    histories: HashMap<u64, Seen>,
    next: u32,
}

impl<'p> Past<'p> {
    pub(super) fn new(scene: &'p Scene<'p>, of: &'p [Part]) -> Self {
        Past { scene, of, histories: HashMap::new(), next: 0 }
    }

    /// Returns what was seen before an operation; operations are asked about in their order.
    pub(super) fn before(&mut self, number: u32) -> Seen {
        while self.next < number {
            let next = self.next;
            self.next += 1;
            let Some(key) = self.scene.key(self.of, next) else { continue };
            let seen = self.histories.entry(key).or_default();
            seen.first.get_or_insert(self.scene.operation(next).first);
            seen.operations += 1;
        }
        let key = self.scene.key(self.of, number);
        key.and_then(|key| self.histories.get(&key)).copied().unwrap_or_default()
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
        let operations = self.operations >= history.operations as u64
            && (history.operations > 0 || !history.either);
        if history.either { days || operations } else { days && operations }
    }

    /// Says how long a history is.
    pub(super) fn length(self, until: Time) -> String {
        format!("{:.1} days, {} operations before", self.days(until), self.operations)
    }
}

/// Says what a history lacks.
pub(super) fn lacking(history: &History) -> String {
    let mut needs = Vec::new();
    if history.days > 0.0 {
        needs.push(format!("{} days", history.days));
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

/// Says which operations are the first of their key.
pub(super) fn judge(
    court: &Court<'_>,
    (trigger, learn): (u32, u32),
    key: &[Part],
    of: &[Part],
    native: &FirstSeen,
) -> Sayings {
    let scene = court.scene;
    let (triggers, lessons) = (&court.selected[trigger as usize], &court.selected[learn as usize]);
    let mut past = Past::new(scene, of);
    let mut known: HashSet<u64> = HashSet::new();
    let mut lessons = lessons.iter().copied().peekable();
    let mut sayings = Sayings::default();
    let mut unknown = 0;
    for &operation in triggers {
        while let Some(lesson) = lessons.next_if(|&lesson| lesson < operation) {
            known.extend(scene.key(key, lesson));
        }
        let Some(own) = scene.key(key, operation) else { continue };
        if !known.insert(own) {
            continue;
        }
        let seen = past.before(operation);
        let time = scene.operation(operation).first;
        if !seen.is_enough(&native.history, time) {
            unknown += 1;
            continue;
        }
        let mut because = scene.because(trigger, operation);
        because.extend(values(scene, &native.key, key, operation));
        because.insert("history".to_owned(), seen.length(time));
        sayings.said.push(Said { operations: vec![operation], because, selector: None });
    }
    if unknown > 0 {
        sayings.untold = Some((unknown, lacking(&native.history)));
    }
    sayings
}

/// The values of a key, by the names that the rule gives its parts.
pub(super) fn values(
    scene: &Scene<'_>,
    names: &[String],
    parts: &[Part],
    operation: u32,
) -> BTreeMap<String, String> {
    let pair = |(name, part): (&String, &Part)| {
        Some((name.clone(), scene.text(part, operation)?.into_owned()))
    };
    names.iter().zip(parts).filter_map(pair).collect()
}
