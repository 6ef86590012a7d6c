//! Windows over points in time: where a measure keeps to its bounds, and where steps follow one another.
//!
//! Points are sorted by time. A window holds the points from its first to its
//! last and is no longer than the span; each point ends one window.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use std::ops::Range;

/// A measure of the points in a window, kept up while it slides.
pub(super) trait Sliding {
    /// Takes a point in at the end.
    fn push(&mut self, point: usize);
    /// Lets the first point go.
    fn pop(&mut self, point: usize);
    /// Whether the points in it are what is looked for.
    fn holds(&self) -> bool;
}

/// Returns the stretches of points that lie in windows which hold; those that overlap are one.
pub(super) fn stretches(times: &[i64], span: i64, measure: &mut dyn Sliding) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut first = 0;
    for (point, &time) in times.iter().enumerate() {
        measure.push(point);
        while time.saturating_sub(times[first]) > span {
            measure.pop(first);
            first += 1;
        }
        if !measure.holds() {
            continue;
        }
        match found.last_mut() {
            Some(last) if first < last.end => last.end = point + 1,
            _ => found.push(first..point + 1),
        }
    }
    found
}

/// The number of points.
#[derive(Default)]
pub(super) struct Count<F> {
    points: usize,
    test: F,
}

impl<F: Fn(f64) -> bool> Count<F> {
    pub(super) fn new(test: F) -> Self {
        Count { points: 0, test }
    }
}

#[allow(clippy::cast_precision_loss)] // fewer than 2^32 points
impl<F: Fn(f64) -> bool> Sliding for Count<F> {
    fn push(&mut self, _: usize) {
        self.points += 1;
    }
    fn pop(&mut self, _: usize) {
        self.points -= 1;
    }
    fn holds(&self) -> bool {
        (self.test)(self.points as f64)
    }
}

/// How often each label occurs; a point has one.
pub(super) struct Labels<'l, F> {
    of: &'l [u64],
    counts: HashMap<u64, usize>,
    test: F,
}

impl<'l, F: Fn(&HashMap<u64, usize>) -> bool> Labels<'l, F> {
    pub(super) fn new(of: &'l [u64], test: F) -> Self {
        Labels { of, counts: HashMap::new(), test }
    }
}

impl<F: Fn(&HashMap<u64, usize>) -> bool> Sliding for Labels<'_, F> {
    fn push(&mut self, point: usize) {
        *self.counts.entry(self.of[point]).or_default() += 1;
    }
    fn pop(&mut self, point: usize) {
        if let Some(count) = self.counts.get_mut(&self.of[point]) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&self.of[point]);
            }
        }
    }
    fn holds(&self) -> bool {
        (self.test)(&self.counts)
    }
}

/// The numbers of the points, in order of size.
pub(super) struct Numbers<'n, F> {
    of: &'n [f64],
    sorted: Vec<f64>,
    test: F,
}

impl<'n, F: Fn(&[f64]) -> bool> Numbers<'n, F> {
    pub(super) fn new(of: &'n [f64], test: F) -> Self {
        Numbers { of, sorted: Vec::new(), test }
    }
}

impl<F: Fn(&[f64]) -> bool> Sliding for Numbers<'_, F> {
    fn push(&mut self, point: usize) {
        let number = self.of[point];
        let at = self.sorted.partition_point(|other| *other < number);
        self.sorted.insert(at, number);
    }
    fn pop(&mut self, point: usize) {
        let number = self.of[point];
        let at = self.sorted.partition_point(|other| *other < number);
        self.sorted.remove(at);
    }
    fn holds(&self) -> bool {
        (self.test)(&self.sorted)
    }
}

/// The sum of the numbers of the points, kept exact for whole numbers up to 2^53.
pub(super) struct Sum<'s, F> {
    of: &'s [f64],
    total: f64,
    points: usize,
    test: F,
}

impl<'s, F: Fn(f64, usize) -> bool> Sum<'s, F> {
    pub(super) fn new(of: &'s [f64], test: F) -> Self {
        Sum { of, total: 0.0, points: 0, test }
    }
}

impl<F: Fn(f64, usize) -> bool> Sliding for Sum<'_, F> {
    fn push(&mut self, point: usize) {
        self.total += self.of[point];
        self.points += 1;
    }
    fn pop(&mut self, point: usize) {
        self.total -= self.of[point];
        self.points -= 1;
    }
    fn holds(&self) -> bool {
        (self.test)(self.total, self.points)
    }
}

/// A point of a chain: when, what, which step of the chain it can be, what must differ from step to step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) time: i64,
    pub(super) item: u32,
    pub(super) step: usize,
    /// `None` where nothing need differ.
    pub(super) differ: Option<u64>,
}

/// A chain that was begun: its items so far.
#[derive(Clone, Debug)]
struct Begun {
    start: i64,
    items: Vec<u32>,
    /// What its last step must differ from.
    before: Option<u64>,
}

/// Chains that end with one step, by what the next step must differ from.
type Ends = BTreeMap<Option<u64>, Begun>;

/// So many chains that differ are followed at once.
const FOLLOWED: usize = 64;

/// Returns the chains of `steps` steps within a span, each step after the one before; `links` come by time.
///
/// A chain begins with the latest first step that leads to its end. Once it is whole, further
/// points of its last step within the span belong to it, and chains that began later and share
/// nothing with it go on.
pub(super) fn chains(links: &[Link], steps: usize, span: i64) -> Vec<Vec<u32>> {
    let mut whole: Vec<Begun> = Vec::new();
    let mut ends: Vec<Ends> = vec![Ends::new(); steps];
    let mut at = 0;
    while at < links.len() {
        // One item may be several steps; it must not follow itself.
        let item = links[at].item;
        let same = links[at..].iter().take_while(|link| link.item == item).count();
        let mut own: Vec<Link> = links[at..at + same].to_vec();
        own.sort_by_key(|link| std::cmp::Reverse(link.step));
        for link in own {
            if let Some(done) = follow(&mut ends, link, span) {
                let goes_on = |begun: &Begun| {
                    begun.start > done.start
                        && !begun.items.iter().any(|item| done.items.contains(item))
                };
                for own in &mut ends {
                    own.retain(|_, begun| goes_on(begun));
                }
                whole.push(done);
                break;
            }
            let Some(last) = whole.last_mut() else { continue };
            let is_more = link.step + 1 == steps && steps > 1 && may_follow(last.before, link);
            if is_more && link.time.saturating_sub(last.start) <= span {
                last.items.push(link.item);
            }
        }
        at += same;
    }
    whole.into_iter().map(|begun| begun.items).collect()
}

/// Whether a point differs, where it must, from the step before it.
fn may_follow(before: Option<u64>, link: Link) -> bool {
    before.is_none() || link.differ.is_none() || before != link.differ
}

/// Takes a point as a step; returns the chain that it makes whole.
fn follow(ends: &mut [Ends], link: Link, span: i64) -> Option<Begun> {
    let begun = match link.step {
        0 => Begun { start: link.time, items: vec![link.item], before: None },
        step => {
            let fits = |(differ, begun): &(&Option<u64>, &Begun)| {
                may_follow(**differ, link) && link.time.saturating_sub(begun.start) <= span
            };
            let best = ends[step - 1].iter().filter(fits).max_by_key(|(_, begun)| begun.start)?;
            let mut begun = Begun { before: *best.0, ..best.1.clone() };
            begun.items.push(link.item);
            begun
        }
    };
    if link.step + 1 == ends.len() {
        return Some(begun);
    }
    let own = &mut ends[link.step];
    own.insert(link.differ, begun);
    if own.len() > FOLLOWED {
        let oldest = own.iter().min_by_key(|(_, begun)| begun.start).map(|(differ, _)| *differ);
        oldest.and_then(|differ| own.remove(&differ));
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn overlapping_windows_are_one_stretch() {
        let times = [0, 1, 2, 10, 11, 30, 31, 32];
        let mut three = Count::new(|count| count >= 3.0);
        assert_eq!(stretches(&times, 2, &mut three), [0..3, 5..8]);
        let mut two = Count::new(|count| count >= 2.0);
        assert_eq!(stretches(&times, 2, &mut two), [0..3, 3..5, 5..8]);
    }

    proptest! {
        #[test]
        fn a_sliding_count_is_the_count_of_each_window(
            mut times in prop::collection::vec(0_i64..60, 0..40),
            span in 1_i64..20,
            least in 1_usize..6,
        ) {
            times.sort_unstable();
            let held = |end: usize| {
                let inside = times[..=end].iter().filter(|t| times[end] - **t <= span).count();
                inside >= least
            };
            let mut expected = vec![false; times.len()];
            for end in (0..times.len()).filter(|end| held(*end)) {
                for (point, time) in times[..=end].iter().enumerate() {
                    expected[point] |= times[end] - time <= span;
                }
            }
            #[allow(clippy::cast_precision_loss)]
            let mut measure = Count::new(|count| count >= least as f64);
            let mut found = vec![false; times.len()];
            for stretch in stretches(&times, span, &mut measure) {
                found[stretch].fill(true);
            }
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn labels_and_numbers_come_and_go() {
        let times = [0, 1, 2, 3];
        let only = |range: Range<usize>| vec![range];
        let mut two = Labels::new(&[7, 7, 8, 8], |counts| counts.len() >= 2);
        assert_eq!(stretches(&times, 1, &mut two), only(1..3));
        let mut high = Numbers::new(&[1.0, 5.0, 1.0, 9.0], |sorted| sorted.last() == Some(&9.0));
        assert_eq!(stretches(&times, 1, &mut high), only(2..4));
        let mut sum = Sum::new(&[1.0, 5.0, 1.0, 9.0], |sum, points| points == 2 && sum > 9.0);
        assert_eq!(stretches(&times, 1, &mut sum), only(2..4));
    }

    fn link(time: i64, item: u32, step: usize) -> Link {
        Link { time, item, step, differ: None }
    }

    #[test]
    fn steps_come_in_order_and_in_time() {
        let in_time = [link(0, 0, 0), link(5, 1, 1), link(9, 2, 2)];
        assert_eq!(chains(&in_time, 3, 10), [[0, 1, 2]]);
        assert!(chains(&in_time, 3, 8).is_empty());
        let out_of_order = [link(0, 0, 1), link(5, 1, 0), link(9, 2, 2)];
        assert!(chains(&out_of_order, 3, 10).is_empty());
    }

    #[test]
    fn the_latest_beginning_counts_and_more_ends_belong_to_it() {
        let links = [link(0, 0, 0), link(8, 1, 0), link(12, 2, 1), link(17, 3, 1), link(30, 4, 1)];
        assert_eq!(chains(&links, 2, 10), [vec![1, 2, 3]]);
    }

    #[test]
    fn a_chain_that_began_within_another_is_not_lost() {
        let steps = [(0, 0), (10, 1), (20, 0), (30, 2), (40, 1), (50, 2)];
        let links: Vec<Link> =
            (0..).zip(steps).map(|(item, (time, step))| link(time, item, step)).collect();
        assert_eq!(chains(&links, 3, 30), [[0, 1, 3], [2, 4, 5]]);
    }

    #[test]
    fn one_item_is_not_two_steps_of_a_chain() {
        assert!(chains(&[link(0, 0, 0), link(0, 0, 1)], 2, 10).is_empty());
        let again = [link(0, 0, 0), link(0, 0, 1), link(1, 1, 0), link(1, 1, 1)];
        assert_eq!(chains(&again, 2, 10), [[0, 1]]);
    }

    #[test]
    fn what_must_differ_differs() {
        let by = |time, item, step, who| Link { differ: Some(who), ..link(time, item, step) };
        let same = [by(0, 0, 0, 7), by(1, 1, 1, 7)];
        assert!(chains(&same, 2, 10).is_empty());
        let other = [by(0, 0, 0, 8), by(1, 1, 0, 7), by(2, 2, 1, 7)];
        assert_eq!(chains(&other, 2, 10), [[0, 2]]);
        let more = [by(0, 0, 0, 8), by(1, 1, 1, 7), by(2, 2, 1, 8), by(3, 3, 1, 7)];
        assert_eq!(chains(&more, 2, 10), [[0, 1, 3]]);
    }
}
