//! Which conditions are worth asking when some tests are known to hold.
//!
//! Most conditions need some test of their own, and of all tests few hold for one operation. So conditions are
//! found by the tests that do hold, and what an operation costs depends on those, not on how many rules there are.

use super::program::Node;
use crate::base::index32;

/// Conditions by what they need, each known by its place in a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// Those that may hold without any of the tests below.
    always: Vec<u32>,
    /// Tests without which others do not hold, sorted, each with the place of the condition.
    by: Vec<(u32, u32)>,
}

impl Due {
    /// Sorts conditions; `cost` says how often a test holds, roughly, and nothing of tests that will not be among
    /// those given to [`Due::each`].
    pub(super) fn of<'n>(
        nodes: impl Iterator<Item = &'n Node>,
        cost: &dyn Fn(u32) -> Option<u32>,
    ) -> Due {
        let mut due = Due::default();
        for (place, node) in nodes.enumerate() {
            match node.needs(cost) {
                Some(needs) => due.by.extend(needs.into_iter().map(|test| (test, index32(place)))),
                None => due.always.push(index32(place)),
            }
        }
        due.by.sort_unstable();
        due.by.dedup();
        due
    }

    /// Gives `take` the place of each condition that may hold where these tests do; some more than once.
    pub(super) fn each(&self, held: &[u32], take: &mut dyn FnMut(u32)) {
        self.always.iter().for_each(|&place| take(place));
        for &test in held {
            let from = self.by.partition_point(|(needed, _)| *needed < test);
            let own = self.by[from..].iter().take_while(|(needed, _)| *needed == test);
            own.for_each(|(_, place)| take(*place));
        }
    }
}

impl Node {
    /// Returns tests of which at least one holds whenever this does; `None` when it may hold without any.
    ///
    /// Of several such lists, the one is returned whose tests cost least together.
    pub(super) fn needs(&self, cost: &dyn Fn(u32) -> Option<u32>) -> Option<Vec<u32>> {
        let of_all =
            |tests: &Vec<u32>| -> u32 { tests.iter().filter_map(|&test| cost(test)).sum() };
        match self {
            Node::All(parts) => parts.iter().filter_map(|part| part.needs(cost)).min_by_key(of_all),
            Node::Any(parts) | Node::AtLeast(1, parts) => {
                let each: Option<Vec<_>> = parts.iter().map(|part| part.needs(cost)).collect();
                each.map(|each| each.concat())
            }
            Node::AtLeast(..) | Node::Not(_) => None,
            Node::Atom(number, _) => cost(*number).map(|_| vec![*number]),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detect::program::tests::any_node;

    /// The places that are given for some tests, sorted.
    fn places(due: &Due, held: &[u32]) -> Vec<u32> {
        let mut places = Vec::new();
        due.each(held, &mut |place| places.push(place));
        places.sort_unstable();
        places.dedup();
        places
    }

    #[test]
    fn a_condition_is_found_by_its_rarest_test() {
        let atom = |number| Node::Atom(number, "f".into());
        let nodes = [
            Node::All(vec![atom(0), atom(1)]),
            Node::Any(vec![atom(1), atom(2)]),
            Node::All(vec![atom(0), Node::Not(Box::new(atom(1)))]),
            Node::Not(Box::new(atom(2))),
        ];
        // The first test holds often.
        let due = Due::of(nodes.iter(), &|atom| Some(if atom == 0 { 9 } else { 1 }));
        assert_eq!(places(&due, &[]), [3]);
        assert_eq!(places(&due, &[0]), [2, 3]);
        assert_eq!(places(&due, &[1]), [0, 1, 3]);
        // What is not told of is not waited for.
        let due = Due::of(nodes.iter(), &|atom| (atom != 2).then_some(1));
        assert_eq!(places(&due, &[]), [1, 3]);
    }

    proptest! {
        #[test]
        fn what_holds_is_always_asked(node in any_node(), held in 0_u8..64, told in 0_u8..64) {
            let bit = |bits: u8, atom: u32| bits >> atom & 1 == 1;
            let due = Due::of(std::iter::once(&node), &|atom| bit(told, atom).then_some(1 + atom % 3));
            if node.holds(&|atom| bit(held, atom)) {
                let known: Vec<u32> = (0..6).filter(|&atom| bit(held & told, atom)).collect();
                prop_assert_eq!(places(&due, &known), [0]);
            }
        }
    }
}
