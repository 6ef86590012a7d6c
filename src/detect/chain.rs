//! Steps that belong together: in order, or enough of them in any order.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::evaluate::{Court, Said};
use super::judge::Tying;
use super::steps::{Link, chains};
use super::window::{Labels, stretches};
use crate::rule::{Act, Chain};

/// An operation that is a step.
#[derive(Clone, Copy)]
struct Taken {
    operation: u32,
    step: usize,
    differ: Option<u64>,
}

/// Says which steps belong together.
pub(super) fn judge(court: &Court<'_>, steps: &[Tying], native: &Chain) -> Vec<Said> {
    let scene = court.scene;
    let mut groups: HashMap<u64, Vec<Taken>> = HashMap::new();
    for (step, (tying, meant)) in steps.iter().zip(&native.steps).enumerate() {
        let found;
        let operations = match (&meant.act, tying.selector) {
            (Act::Finding { level, tactics }, _) => {
                found = court.found(*level, tactics);
                &found
            }
            (Act::Operation(_), Some(selector)) => &court.selected[selector as usize],
            (Act::Operation(_), None) => continue,
        };
        let (differing, keyed) = (scene.keyed(&tying.differ), scene.keyed(&tying.by));
        for &operation in operations {
            let differ = differing.of(operation).filter(|_| !tying.differ.is_empty());
            keyed.each(operation, &mut |key| {
                groups.entry(key).or_default().push(Taken { operation, step, differ });
            });
        }
    }
    let mut groups: Vec<(u64, Vec<Taken>)> = groups.into_iter().collect();
    groups.sort_unstable_by_key(|(key, _)| *key);
    let mut said: Vec<Said> = Vec::new();
    for (_, mut group) in groups {
        // Most keys have one step only, and nothing can come of them.
        let first = group[0].step;
        if native.least > 1 && group.iter().all(|taken| taken.step == first) {
            continue;
        }
        group.sort_unstable_by_key(|taken| (taken.operation, taken.step));
        // A list may name one thing twice.
        group.dedup_by_key(|taken| (taken.operation, taken.step));
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
    chains(&links, steps, native.within)
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
    for taken in steps_of(group, &operations) {
        let step = &native.steps[taken.step];
        let names = &court.scene.corpus.names.operation;
        let code = court.scene.operation(taken.operation).operation;
        if code != crate::corpus::NONE {
            let name = names.text_of(code).to_owned();
            because.entry(format!("step {}", step.name)).or_insert(name);
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
    Said { operations, because: because.into_iter().collect(), selector: None }
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
