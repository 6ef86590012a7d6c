//! Windows over points in time: where a measure keeps to its bounds.
//!
//! Points are sorted by time. A window holds the points from its first to its
//! last and is no longer than the span; each instant with points ends one
//! window, with all of them: which of them came first is not known.

use std::hash::Hash;
use std::ops::Range;

use hashbrown::HashMap;

/// A measure of the points in a window, kept up while it slides.
pub(super) trait Sliding {
    /// Takes a point in at the end.
    fn push(&mut self, point: usize);
    /// Lets the first point go.
    fn pop(&mut self, point: usize);
    /// Whether the points in it are what is looked for.
    fn holds(&self) -> bool;
}

/// Gives `take` each window that holds, as its points; of those that end at one instant there is one.
pub(super) fn windows(
    times: &[i64],
    span: i64,
    measure: &mut dyn Sliding,
    take: &mut dyn FnMut(Range<usize>),
) {
    let mut first = 0;
    for (point, &time) in times.iter().enumerate() {
        measure.push(point);
        while time.saturating_sub(times[first]) > span {
            measure.pop(first);
            first += 1;
        }
        if times.get(point + 1) != Some(&time) && measure.holds() {
            take(first..point + 1);
        }
    }
}

/// Returns the stretches of points that lie in windows which hold; those that overlap are one.
pub(super) fn stretches(times: &[i64], span: i64, measure: &mut dyn Sliding) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    windows(times, span, measure, &mut |window| match found.last_mut() {
        Some(last) if window.start < last.end => last.end = window.end,
        _ => found.push(window),
    });
    found
}

/// A measure of things that are at several points each: a thing counts once while one of its points
/// is in the window. `of` gives what a point is of.
pub(super) struct Once<L, K, M> {
    of: L,
    /// How many points of a thing are in the window, and the one by which the measure knows it.
    there: HashMap<K, (usize, usize)>,
    measure: M,
}

impl<L: Fn(usize) -> K, K: Hash + Eq, M: Sliding> Once<L, K, M> {
    pub(super) fn new(of: L, measure: M) -> Self {
        Once { of, there: HashMap::new(), measure }
    }
}

impl<L: Fn(usize) -> K, K: Hash + Eq, M: Sliding> Sliding for Once<L, K, M> {
    fn push(&mut self, point: usize) {
        let (points, known) = self.there.entry((self.of)(point)).or_insert((0, point));
        *points += 1;
        if *points == 1 {
            self.measure.push(*known);
        }
    }
    fn pop(&mut self, point: usize) {
        let thing = (self.of)(point);
        let Some((points, known)) = self.there.get_mut(&thing) else { return };
        *points -= 1;
        if *points == 0 {
            self.measure.pop(*known);
            self.there.remove(&thing);
        }
    }
    fn holds(&self) -> bool {
        self.measure.holds()
    }
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

/// How often each label occurs; `of` gives those of a point.
pub(super) struct Labels<L, F> {
    of: L,
    counts: HashMap<u64, usize>,
    test: F,
}

impl<'l, L: Fn(usize) -> &'l [u64], F: Fn(&HashMap<u64, usize>) -> bool> Labels<L, F> {
    pub(super) fn new(of: L, test: F) -> Self {
        Labels { of, counts: HashMap::new(), test }
    }
}

impl<'l, L: Fn(usize) -> &'l [u64], F: Fn(&HashMap<u64, usize>) -> bool> Sliding for Labels<L, F> {
    fn push(&mut self, point: usize) {
        for label in (self.of)(point) {
            *self.counts.entry(*label).or_default() += 1;
        }
    }
    fn pop(&mut self, point: usize) {
        for label in (self.of)(point) {
            if let Some(count) = self.counts.get_mut(label) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(label);
                }
            }
        }
    }
    fn holds(&self) -> bool {
        (self.test)(&self.counts)
    }
}

/// The numbers of the points in order of size; `of` gives those of a point.
///
/// They are counted in a tree over all numbers that occur, so that each step takes logarithmic time.
pub(super) struct Numbers<L, F> {
    of: L,
    ranked: Ranked,
    test: F,
}

/// Numbers that come and go, and which of them is the smallest, the next and so on.
pub(super) struct Ranked {
    /// Every number that may come, sorted.
    sizes: Vec<f64>,
    /// A Fenwick tree of how often each is there.
    tree: Vec<usize>,
    len: usize,
}

impl Ranked {
    /// Begins with none of the numbers that may come.
    pub(super) fn new(mut sizes: Vec<f64>) -> Self {
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        Ranked { tree: vec![0; sizes.len() + 1], sizes, len: 0 }
    }

    /// Takes a number in, or lets it go; it must be one that may come.
    pub(super) fn change(&mut self, number: f64, more: bool) {
        let mut at = self.sizes.partition_point(|size| *size < number) + 1;
        while let Some(count) = self.tree.get_mut(at) {
            *count = if more { *count + 1 } else { *count - 1 };
            at += at & at.wrapping_neg();
        }
        self.len = if more { self.len + 1 } else { self.len - 1 };
    }

    /// Returns how many numbers there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns the number that so many are before in order of size; there must be one.
    pub(super) fn nth(&self, mut before: usize) -> f64 {
        let mut at = 0;
        let mut step = self.sizes.len().next_power_of_two();
        while step > 0 {
            if let Some(count) = self.tree.get(at + step).filter(|count| **count <= before) {
                before -= count;
                at += step;
            }
            step /= 2;
        }
        self.sizes[at]
    }
}

impl<'n, L: Fn(usize) -> &'n [f64], F: Fn(&Ranked) -> bool> Numbers<L, F> {
    /// `all` are the numbers of all points.
    pub(super) fn new(all: Vec<f64>, of: L, test: F) -> Self {
        Numbers { of, ranked: Ranked::new(all), test }
    }
}

impl<'n, L: Fn(usize) -> &'n [f64], F: Fn(&Ranked) -> bool> Sliding for Numbers<L, F> {
    fn push(&mut self, point: usize) {
        for number in (self.of)(point) {
            self.ranked.change(*number, true);
        }
    }
    fn pop(&mut self, point: usize) {
        for number in (self.of)(point) {
            self.ranked.change(*number, false);
        }
    }
    fn holds(&self) -> bool {
        (self.test)(&self.ranked)
    }
}

/// The sum of the numbers of the points; `of` gives those of a point.
///
/// Nothing is ever taken away from a sum, so that fractions which left leave no trace: each node of
/// a tree over all points is the sum of the two below it, and the points are its leaves.
pub(super) struct Sum<L, F> {
    of: L,
    tree: Vec<f64>,
    numbers: usize,
    test: F,
}

impl<'s, L: Fn(usize) -> &'s [f64], F: Fn(f64, usize) -> bool> Sum<L, F> {
    /// `points` is how many there are.
    pub(super) fn new(points: usize, of: L, test: F) -> Self {
        Sum { of, tree: vec![0.0; 2 * points.max(1)], numbers: 0, test }
    }

    fn set(&mut self, point: usize, sum: f64) {
        let mut at = self.tree.len() / 2 + point;
        self.tree[at] = sum;
        while at > 1 {
            at /= 2;
            self.tree[at] = self.tree[2 * at] + self.tree[2 * at + 1];
        }
    }
}

impl<'s, L: Fn(usize) -> &'s [f64], F: Fn(f64, usize) -> bool> Sliding for Sum<L, F> {
    fn push(&mut self, point: usize) {
        let numbers = (self.of)(point);
        self.numbers += numbers.len();
        self.set(point, numbers.iter().sum());
    }
    fn pop(&mut self, point: usize) {
        self.numbers -= (self.of)(point).len();
        self.set(point, 0.0);
    }
    fn holds(&self) -> bool {
        (self.test)(self.tree[1], self.numbers)
    }
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

    #[test]
    fn what_comes_at_one_instant_is_seen_together() {
        let times = [0, 0, 0, 9, 9, 20];
        let mut two = Count::new(|count| (count - 2.0).abs() < 1e-9);
        assert_eq!(stretches(&times, 2, &mut two), [Range { start: 3, end: 5 }]);
        let mut few = Count::new(|count| count < 3.0);
        assert_eq!(stretches(&times, 2, &mut few), [3..5, 5..6]);
    }

    #[test]
    fn fractions_that_left_a_sum_leave_no_trace() {
        let numbers = [0.3, 0.1, 0.1, 0.2];
        let of = |at: usize| &numbers[at..=at];
        let mut small = Sum::new(4, of, |sum, _| sum <= 0.1);
        assert_eq!(stretches(&[0, 10, 20, 30], 5, &mut small), [1..2, 2..3]);
        let mut both = Sum::new(4, of, |sum, numbers| numbers == 2 && sum <= 0.2);
        assert_eq!(stretches(&[0, 10, 20, 30], 10, &mut both), [Range { start: 1, end: 3 }]);
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
        let labels = [7, 7, 8, 8];
        let mut two = Labels::new(|at| &labels[at..=at], |counts| counts.len() >= 2);
        assert_eq!(stretches(&times, 1, &mut two), only(1..3));
        let numbers = [1.0, 5.0, 1.0, 9.0];
        let of = |at: usize| &numbers[at..=at];
        let highest = |ranked: &Ranked| (ranked.nth(ranked.len() - 1) - 9.0).abs() < 1e-9;
        let mut high = Numbers::new(numbers.to_vec(), of, highest);
        assert_eq!(stretches(&times, 1, &mut high), only(2..4));
        let mut sum = Sum::new(4, of, |sum, points| points == 2 && sum > 9.0);
        assert_eq!(stretches(&times, 1, &mut sum), only(2..4));
    }

    proptest! {
        #[test]
        fn numbers_that_come_and_go_are_ranked(
            numbers in prop::collection::vec(-3_i8..9, 1..40), span in 0_i64..12
        ) {
            let numbers: Vec<f64> = numbers.into_iter().map(f64::from).collect();
            let times: Vec<i64> = (0..).take(numbers.len()).collect();
            let seen = std::cell::RefCell::new(Vec::new());
            let look = |ranked: &Ranked| {
                let all: Vec<f64> = (0..ranked.len()).map(|before| ranked.nth(before)).collect();
                seen.borrow_mut().push(all);
                false
            };
            let mut measure = Numbers::new(numbers.clone(), |at| &numbers[at..=at], look);
            stretches(&times, span, &mut measure);
            drop(measure);
            for (end, seen) in seen.into_inner().into_iter().enumerate() {
                let from = end - end.min(usize::try_from(span).unwrap());
                let mut expected = numbers[from..=end].to_vec();
                expected.sort_by(f64::total_cmp);
                prop_assert_eq!(seen, expected);
            }
        }
    }
}
