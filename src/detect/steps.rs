//! Steps that follow one another within a span of time.

use std::collections::BTreeMap;

/// A point of a chain: when, what, which step of the chain it can be, what must differ from step to step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) time: i64,
    pub(super) item: u32,
    pub(super) step: usize,
    /// `None` where nothing need differ.
    pub(super) differ: Option<u64>,
}

/// A chain that is whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) items: Vec<u32>,
    /// The step that each of them was taken for.
    pub(super) steps: Vec<usize>,
    /// When its last step was done, each time.
    pub(super) whole: Vec<i64>,
}

impl Row {
    fn push(&mut self, link: Link) {
        self.items.push(link.item);
        self.steps.push(link.step);
    }
}

/// A chain that was begun: its items so far.
#[derive(Clone, Debug)]
struct Begun {
    start: i64,
    row: Row,
    /// What its last step must differ from.
    before: Option<u64>,
}

/// Chains that end with one step, by what the next step must differ from.
type Ends = BTreeMap<Option<u64>, Begun>;

/// At most this many chains that differ are followed at once.
const FOLLOWED: usize = 64;

/// Returns the chains of `steps` steps within a span, each step after the one before; `links` come by time.
///
/// A chain begins with the latest first step that leads to its end. Once it is whole, further
/// points of its last step within the span belong to it, and chains that began later and share
/// nothing with it go on.
pub(super) fn chains(links: &[Link], steps: usize, span: i64) -> Vec<Row> {
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
                        && !begun.row.items.iter().any(|item| done.row.items.contains(item))
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
                last.row.push(link);
                last.row.whole.push(link.time);
            }
        }
        at += same;
    }
    whole.into_iter().map(|begun| begun.row).collect()
}

/// Whether a point differs, where it must, from the step before it.
fn may_follow(before: Option<u64>, link: Link) -> bool {
    before.is_none() || link.differ.is_none() || before != link.differ
}

/// Takes a point as a step; returns the chain that it makes whole.
fn follow(ends: &mut [Ends], link: Link, span: i64) -> Option<Begun> {
    let mut begun = match link.step {
        0 => {
            let mut row = Row::default();
            row.push(link);
            Begun { start: link.time, row, before: None }
        }
        step => {
            let fits = |(differ, begun): &(&Option<u64>, &Begun)| {
                may_follow(**differ, link)
                    && link.time.saturating_sub(begun.start) <= span
                    && !begun.row.items.contains(&link.item)
            };
            let best = ends[step - 1].iter().filter(fits).max_by_key(|(_, begun)| begun.start)?;
            let mut begun = Begun { before: *best.0, ..best.1.clone() };
            begun.row.push(link);
            begun
        }
    };
    if link.step + 1 == ends.len() {
        begun.row.whole.push(link.time);
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
    use super::*;

    fn link(time: i64, item: u32, step: usize) -> Link {
        Link { time, item, step, differ: None }
    }

    fn items(links: &[Link], steps: usize, span: i64) -> Vec<Vec<u32>> {
        chains(links, steps, span).into_iter().map(|row| row.items).collect()
    }

    #[test]
    fn steps_come_in_order_and_in_time() {
        let in_time = [link(0, 0, 0), link(5, 1, 1), link(9, 2, 2)];
        assert_eq!(items(&in_time, 3, 10), [[0, 1, 2]]);
        assert!(items(&in_time, 3, 8).is_empty());
        let out_of_order = [link(0, 0, 1), link(5, 1, 0), link(9, 2, 2)];
        assert!(items(&out_of_order, 3, 10).is_empty());
    }

    #[test]
    fn the_latest_beginning_counts_and_more_ends_belong_to_it() {
        let links = [link(0, 0, 0), link(8, 1, 0), link(12, 2, 1), link(17, 3, 1), link(30, 4, 1)];
        let (items, steps, whole) = (vec![1, 2, 3], vec![0, 1, 1], vec![12, 17]);
        assert_eq!(chains(&links, 2, 10), [Row { items, steps, whole }]);
    }

    #[test]
    fn a_chain_that_began_within_another_is_not_lost() {
        let steps = [(0, 0), (10, 1), (20, 0), (30, 2), (40, 1), (50, 2)];
        let links: Vec<Link> =
            (0..).zip(steps).map(|(item, (time, step))| link(time, item, step)).collect();
        assert_eq!(items(&links, 3, 30), [[0, 1, 3], [2, 4, 5]]);
    }

    #[test]
    fn one_item_is_not_two_steps_of_a_chain() {
        assert!(items(&[link(0, 0, 0), link(0, 0, 1)], 2, 10).is_empty());
        let again = [link(0, 0, 0), link(0, 0, 1), link(1, 1, 0), link(1, 1, 1)];
        assert_eq!(items(&again, 2, 10), [[0, 1]]);
        let apart = [link(0, 0, 0), link(1, 1, 1), link(2, 0, 2)];
        assert!(chains(&apart, 3, 10).is_empty());
    }

    #[test]
    fn what_must_differ_differs() {
        let by = |time, item, step, who| Link { differ: Some(who), ..link(time, item, step) };
        let same = [by(0, 0, 0, 7), by(1, 1, 1, 7)];
        assert!(items(&same, 2, 10).is_empty());
        let other = [by(0, 0, 0, 8), by(1, 1, 0, 7), by(2, 2, 1, 7)];
        assert_eq!(items(&other, 2, 10), [[0, 2]]);
        let more = [by(0, 0, 0, 8), by(1, 1, 1, 7), by(2, 2, 1, 8), by(3, 3, 1, 7)];
        assert_eq!(items(&more, 2, 10), [[0, 1, 3]]);
    }
}
