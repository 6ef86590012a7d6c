//! Steps that belong together: in order, or enough of them in any order.

use std::borrow::Cow;
use std::collections::BTreeMap;

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
        for chain in found {
            said.push(tell(court, steps, native, chain));
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
fn ordered(court: &Court<'_>, group: &[Taken], native: &Chain) -> Vec<Vec<Taken>> {
    // The step that each link of a chain is: one that must be done more than once is several.
    let numbers = native.steps.iter().enumerate();
    let numbers: Vec<usize> =
        numbers.flat_map(|(step, own)| std::iter::repeat_n(step, own.count)).collect();
    let mut links = Vec::new();
    for taken in group {
        let own = numbers.iter().enumerate().filter(|(_, step)| **step == taken.step);
        links.extend(own.map(|(step, _)| Link {
            time: time(court, taken.operation),
            item: taken.operation,
            step,
            differ: taken.differ,
        }));
    }
    let taken = |(operation, step): (u32, usize)| {
        let (step, differ) = (numbers[step], None);
        Taken { operation, step, differ }
    };
    let rows = chains(&links, numbers.len(), native.within).into_iter();
    rows.map(|row| row.items.into_iter().zip(row.steps).map(taken).collect()).collect()
}

/// Stretches of time with enough different steps.
fn unordered(court: &Court<'_>, group: &[Taken], native: &Chain) -> Vec<Vec<Taken>> {
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
    // One operation that is several steps is no chain.
    let is_chain = |own: &Vec<Taken>| {
        let several = own.iter().any(|taken| taken.operation != own[0].operation);
        several || native.least < 2
    };
    let found = found.into_iter().filter(differs).map(|stretch| group[stretch].to_vec());
    found.filter(is_chain).collect()
}

fn tell(court: &Court<'_>, steps: &[Tying], native: &Chain, mut chain: Vec<Taken>) -> Said {
    chain.sort_unstable_by_key(|taken| (taken.operation, taken.step));
    chain.dedup_by_key(|taken| (taken.operation, taken.step));
    keep_few_findings(native, &mut chain);
    let mut because = BTreeMap::new();
    for taken in &chain {
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
    let accused = chain.iter().filter(|taken| steps[taken.step].is_accused);
    let accused = accused.map(|taken| taken.operation).collect();
    let mut operations: Vec<u32> = chain.iter().map(|taken| taken.operation).collect();
    operations.dedup();
    let because = because.into_iter().collect();
    Said { operations, accused, because, ..Said::default() }
}

/// Leaves of the steps that are findings of other rules only as many as the chain asks for.
///
/// An operation that is a step by itself stays in any case, and takes the place of such a finding only
/// where no other does; one that may be several such findings is taken for the rarest of them.
fn keep_few_findings(native: &Chain, chain: &mut Vec<Taken>) {
    let is_finding = |step: usize| matches!(native.steps[step].act, Act::Finding { .. });
    let mut often = vec![0_usize; native.steps.len()];
    for taken in &*chain {
        often[taken.step] += 1;
    }
    let groups: Vec<&[Taken]> = chain.chunk_by(|a, b| a.operation == b.operation).collect();
    let is_by_itself = |own: &&[Taken]| own.iter().any(|taken| !is_finding(taken.step));
    let (own, others): (Vec<&[Taken]>, Vec<&[Taken]>) = groups.into_iter().partition(is_by_itself);
    let mut kept: Vec<Taken> =
        own.iter().copied().flatten().filter(|taken| !is_finding(taken.step)).copied().collect();
    let mut counts = vec![0; native.steps.len()];
    for one in others.iter().chain(&own) {
        let has_place = |taken: &&Taken| {
            is_finding(taken.step) && counts[taken.step] < native.steps[taken.step].count
        };
        let rarest = one.iter().filter(has_place).min_by_key(|taken| often[taken.step]);
        if let Some(&taken) = rarest {
            counts[taken.step] += 1;
            kept.push(taken);
        }
    }
    kept.sort_unstable_by_key(|taken| (taken.operation, taken.step));
    *chain = kept;
}
