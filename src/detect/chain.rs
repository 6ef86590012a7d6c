//! Steps that belong together: in order, or enough of them in any order.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashSet;

use super::evaluate::{Court, Said};
use super::judge::Tying;
use super::steps::{Link, chains};
use super::window::{Labels, stretches};
use crate::rule::{Act, Chain, Step};

/// An operation that is a step.
#[derive(Clone, Copy)]
struct Taken {
    operation: u32,
    step: usize,
    differ: Option<u64>,
}

/// Which steps belong together.
pub(super) fn judge(court: &Court<'_>, steps: &[Tying], native: &Chain) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    let mut taken = taken(court, steps, native);
    // A list may name one thing twice.
    taken.sort_unstable_by_key(|(key, taken)| (*key, taken.operation, taken.step));
    taken.dedup_by_key(|(key, taken)| (*key, taken.operation, taken.step));
    let mut group = Vec::new();
    for same in taken.chunk_by(|a, b| a.0 == b.0) {
        // Most keys have one step only, and nothing can come of them.
        let first = same[0].1.step;
        if native.least > 1 && same.iter().all(|(_, taken)| taken.step == first) {
            continue;
        }
        group.clear();
        group.extend(same.iter().map(|(_, taken)| *taken));
        let found = if native.ordered {
            ordered(court, &group, native)
        } else {
            unordered(court, &group, native)
        };
        for operations in found {
            said.push(tell(court, steps, native, &group, operations));
        }
    }
    said.sort_by(|a, b| (&a.operations, &a.because).cmp(&(&b.operations, &b.because)));
    // Operations that are tied by several items of a list belong together once.
    said.dedup_by(|next, first| next.operations == first.operations);
    said
}

/// Every operation that is a step, with what ties it to others.
///
/// A chain that needs all of its steps is put together from the rarest on, so that of the others only
/// those are looked at which may belong to one.
fn taken(court: &Court<'_>, steps: &[Tying], native: &Chain) -> Vec<(u64, Taken)> {
    let needs_all = native.ordered || native.least >= steps.len();
    let found = |(tying, meant): (&Tying, &Step)| match (&meant.act, tying.selector) {
        (Act::Finding { level, tactics }, _) => Cow::Owned(court.found(*level, tactics)),
        (Act::Operation(_), Some(selector)) => {
            Cow::Borrowed(court.selected[selector as usize].as_slice())
        }
        (Act::Operation(_), None) => Cow::default(),
    };
    let found: Vec<Cow<'_, [u32]>> = steps.iter().zip(&native.steps).map(found).collect();
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|&step| found[step].len());
    let mut taken: Vec<(u64, Taken)> = Vec::new();
    let mut alive: Option<HashSet<u64>> = None;
    for step in order {
        let tying = &steps[step];
        let (differing, keyed) = (court.scene.keyed(&tying.differ), court.scene.keyed(&tying.by));
        let begun = taken.len();
        for &operation in found[step].iter() {
            let differ = differing.of(operation).filter(|_| !tying.differ.is_empty());
            keyed.each(operation, &mut |key| {
                if alive.as_ref().is_none_or(|alive| alive.contains(&key)) {
                    taken.push((key, Taken { operation, step, differ }));
                }
            });
        }
        if needs_all {
            alive = Some(taken[begun..].iter().map(|(key, _)| *key).collect());
            if begun == taken.len() {
                return Vec::new();
            }
        }
    }
    taken
}

fn time(court: &Court<'_>, operation: u32) -> i64 {
    court.scene.operation(operation).first.0
}

/// Chains with all steps in order, each as often as it must be.
fn ordered(court: &Court<'_>, group: &[Taken], native: &Chain) -> Vec<Vec<u32>> {
    let mut links = Vec::new();
    for taken in group {
        let before: usize = native.steps[..taken.step].iter().map(|step| step.count).sum();
        let own = before..before + native.steps[taken.step].count;
        links.extend(own.map(|step| Link {
            time: time(court, taken.operation),
            item: taken.operation,
            step,
            differ: taken.differ,
        }));
    }
    let steps = native.steps.iter().map(|step| step.count).sum();
    chains(&links, steps, native.within).into_iter().map(|row| row.items).collect()
}

/// Stretches of time with enough different steps.
fn unordered(court: &Court<'_>, group: &[Taken], native: &Chain) -> Vec<Vec<u32>> {
    let times: Vec<i64> = group.iter().map(|taken| time(court, taken.operation)).collect();
    let labels: Vec<u64> = group.iter().map(|taken| taken.step as u64).collect();
    let mut measure = Labels::new(
        |at: usize| &labels[at..=at],
        |counts| {
            let often = |(step, count): (&u64, &usize)| {
                usize::try_from(*step).is_ok_and(|step| *count >= native.steps[step].count)
            };
            counts.iter().filter(|(step, count)| often((step, count))).count() >= native.least
        },
    );
    let found = stretches(&times, native.within, &mut measure);
    let differs = |stretch: &std::ops::Range<usize>| {
        let own = &group[stretch.clone()];
        native.differ.is_empty() || own.iter().any(|taken| taken.differ != own[0].differ)
    };
    let operations = |stretch: std::ops::Range<usize>| {
        let mut operations: Vec<u32> = group[stretch].iter().map(|taken| taken.operation).collect();
        operations.dedup();
        operations
    };
    // One operation that is several steps is no chain.
    let found = found.into_iter().filter(differs).map(operations);
    found.filter(|all| all.len() >= native.least.min(2)).collect()
}

fn tell(
    court: &Court<'_>,
    steps: &[Tying],
    native: &Chain,
    group: &[Taken],
    mut operations: Vec<u32>,
) -> Said {
    operations.sort_unstable();
    operations.dedup();
    keep_few_findings(native, group, &mut operations);
    let mut because = BTreeMap::new();
    let mut accused = Vec::new();
    for taken in steps_of(group, &operations) {
        if steps[taken.step].is_accused {
            accused.push(taken.operation);
        }
        let step = &native.steps[taken.step];
        let names = &court.scene.corpus.names.operation;
        let code = court.scene.operation(taken.operation).operation;
        if let Some(name) = names.get(code) {
            because.entry(format!("step {}", step.name)).or_insert_with(|| name.to_owned());
        }
        let by = super::first_seen::values(
            court.scene,
            &step.by,
            &steps[taken.step].by,
            taken.operation,
        );
        for (field, value) in by {
            because.entry(field).or_insert(value);
        }
    }
    Said {
        operations,
        accused: accused.into(),
        because: because.into_iter().collect(),
        ..Said::default()
    }
}

/// What of a group some of its operations are; both are sorted by operation.
fn steps_of<'g>(group: &'g [Taken], operations: &'g [u32]) -> impl Iterator<Item = &'g Taken> {
    operations.iter().flat_map(|&operation| {
        let start = group.partition_point(|taken| taken.operation < operation);
        group[start..].iter().take_while(move |taken| taken.operation == operation)
    })
}

/// Leaves out operations that belong only because another rule found them, but for as many as the step asks for.
fn keep_few_findings(native: &Chain, group: &[Taken], operations: &mut Vec<u32>) {
    let mut kept = BTreeSet::new();
    let mut counts = vec![0; native.steps.len()];
    for taken in steps_of(group, operations) {
        let step = &native.steps[taken.step];
        counts[taken.step] += 1;
        if matches!(step.act, Act::Operation(_)) || counts[taken.step] <= step.count {
            kept.insert(taken.operation);
        }
    }
    operations.retain(|operation| kept.contains(operation));
}
