//! Rules compiled into one program of distinct tests.

use super::atom::Atom;
use super::due::Due;
use super::field::Field;
use super::judge::{Accuses, Judge};
use super::keyword::Keywords;
use super::part::Part;
use super::plan::Distinct;
use crate::rule::Wanted;

/// Rules, compiled.
#[derive(Debug, Default)]
pub struct Program {
    pub(super) fields: Vec<Field>,
    pub(super) atoms: Vec<Atom>,
    /// Distinct questions to every operation.
    pub(super) selectors: Vec<Selector>,
    pub(super) rules: Vec<Compiled>,
    /// Tests of the operation, which all events of an operation share.
    pub(super) of_operation: Vec<u32>,
    /// Tests of the principal, sorted; nothing need be read from a record for them.
    pub(super) of_principal: Vec<u32>,
    /// Tests of columns of which the spine keeps codes, sorted; they are not put to records either.
    pub(super) of_coded: Vec<u32>,
    /// For each field with one value, its tests that need nothing else, at most as many as bits of a number.
    pub(super) single: Vec<Vec<u32>>,
    /// Tests of what follows from the operation as a whole, by number.
    pub(super) derived: Vec<(u32, Part)>,
    pub(super) keywords: Keywords,
    /// The selectors by the tests of the operation that they need.
    pub(super) due: Due,
    /// What the names leave open that were met so far.
    pub(super) distinct: Distinct,
}

/// A question to every operation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selector {
    pub(super) wanted: Wanted,
    pub(super) node: Node,
    /// Tests that keep the values which its operations are put together by.
    pub(super) captures: Vec<u32>,
}

/// A rule, compiled.
#[derive(Debug)]
pub(super) struct Compiled {
    /// The place of the rule in its set.
    pub(super) rule: usize,
    pub(super) id: String,
    /// How it comes from selected operations to findings.
    pub(super) judge: Judge,
    /// When it judges: after all those that it needs; chains of findings last.
    pub(super) stage: usize,
    /// How long an operation may be part of a match of it after its end.
    pub(super) reach: i64,
    /// Whose its findings are.
    pub(super) accuses: Accuses,
    /// Whether it wants success.
    pub(super) wanted: Wanted,
    /// Ids of filters that lie over it, each with the question for what it hides.
    pub(super) hidden: Vec<(String, u32)>,
    /// What is shown of an operation beside what matched, by the names that the rule gives it.
    pub(super) fields: Vec<(String, Part)>,
    /// Whether it speaks only through the rules built on it.
    pub(super) silent: bool,
}

/// A condition over tests of a program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    AtLeast(usize, Vec<Node>),
    Not(Box<Node>),
    /// The test, and the name that its rule gives the field.
    Atom(u32, Box<str>),
}

/// What a field is called that is the whole record.
pub(super) const KEYWORD: &str = "keyword";

impl Program {
    /// Returns the number of distinct tests.
    pub fn tests(&self) -> usize {
        self.atoms.len()
    }

    /// Returns the number of rules that are evaluated.
    pub fn rules(&self) -> usize {
        self.rules.len()
    }

    /// How often a test holds for an operation, roughly; `None` of a test that is not put to its events.
    pub(super) fn frequency(&self, atom: u32) -> Option<u32> {
        let is_of = |tests: &[u32]| tests.binary_search(&atom).is_ok();
        let of_many = is_of(&self.of_principal) || is_of(&self.of_coded);
        self.derived(atom).is_none().then_some(if of_many { 16 } else { 1 })
    }

    /// Finds out which selectors need a test of the operation.
    pub(super) fn sort_selectors(&mut self) {
        let is_told = |atom: u32| self.of_operation.binary_search(&atom).ok().map(|_| 1);
        self.due = Due::of(self.selectors.iter().map(|selector| &selector.node), &is_told);
    }

    pub(super) fn field_of(&self, atom: u32) -> &Field {
        &self.fields[self.atoms[atom as usize].field as usize]
    }
}

impl Node {
    /// Whether it holds, given which tests do.
    pub(super) fn holds(&self, atom: &dyn Fn(u32) -> bool) -> bool {
        match self {
            Node::All(parts) => parts.iter().all(|part| part.holds(atom)),
            Node::Any(parts) => parts.iter().any(|part| part.holds(atom)),
            Node::AtLeast(count, parts) => {
                parts.iter().filter(|part| part.holds(atom)).count() >= *count
            }
            Node::Not(part) => !part.holds(atom),
            Node::Atom(number, _) => atom(*number),
        }
    }

    /// Whether it holds when only some tests are known; `None` when that depends on the others.
    pub(super) fn decided(&self, atom: &dyn Fn(u32) -> Option<bool>) -> Option<bool> {
        match self {
            Node::All(parts) => at_least(parts.len(), parts, atom),
            Node::Any(parts) => at_least(1, parts, atom),
            Node::AtLeast(count, parts) => at_least(*count, parts, atom),
            Node::Not(part) => part.decided(atom).map(|held| !held),
            Node::Atom(number, _) => atom(*number),
        }
    }

    /// Gives `take` the tests on which it still depends.
    pub(super) fn open(&self, atom: &dyn Fn(u32) -> Option<bool>, take: &mut dyn FnMut(u32)) {
        if self.decided(atom).is_some() {
            return;
        }
        match self {
            Node::All(parts) | Node::Any(parts) | Node::AtLeast(_, parts) => {
                for part in parts {
                    part.open(atom, take);
                }
            }
            Node::Not(part) => part.open(atom, take),
            Node::Atom(number, _) => take(*number),
        }
    }

    /// What is left to ask where some tests are known and do not decide it; its tests have no names.
    ///
    /// What comes to the same by way of brackets and negations is written in one way.
    pub(super) fn rest(&self, atom: &dyn Fn(u32) -> Option<bool>) -> Node {
        let undecided = |parts: &[Node]| -> Vec<Node> {
            let parts = parts.iter().filter(|part| part.decided(atom).is_none());
            parts.map(|part| part.rest(atom)).collect()
        };
        match self {
            Node::All(parts) => Node::all(undecided(parts)),
            Node::Any(parts) => Node::any(undecided(parts)),
            Node::AtLeast(count, parts) => {
                let held = parts.iter().filter(|part| part.decided(atom) == Some(true)).count();
                Node::AtLeast(count.saturating_sub(held), undecided(parts))
            }
            Node::Not(part) => part.rest(atom).negated(),
            Node::Atom(number, _) => Node::Atom(*number, Box::default()),
        }
    }

    /// All of some parts, with the parts of those that are so themselves.
    fn all(parts: Vec<Node>) -> Node {
        let inner = |part| if let Node::All(inner) = part { inner } else { vec![part] };
        Node::alone(parts.into_iter().flat_map(inner).collect()).unwrap_or_else(Node::All)
    }

    /// One of some parts, with the parts of those that are so themselves.
    fn any(parts: Vec<Node>) -> Node {
        let inner = |part| if let Node::Any(inner) = part { inner } else { vec![part] };
        Node::alone(parts.into_iter().flat_map(inner).collect()).unwrap_or_else(Node::Any)
    }

    fn alone(mut parts: Vec<Node>) -> Result<Node, Vec<Node>> {
        if parts.len() == 1 { Ok(parts.remove(0)) } else { Err(parts) }
    }

    /// The opposite, with negations of single tests only as far as that goes.
    fn negated(self) -> Node {
        let each = |parts: Vec<Node>| parts.into_iter().map(Node::negated).collect();
        match self {
            Node::All(parts) => Node::any(each(parts)),
            Node::Any(parts) => Node::all(each(parts)),
            Node::Not(part) => *part,
            part => Node::Not(Box::new(part)),
        }
    }

    /// Gives `take` each test that makes it hold: its number, the name of its field, whether it had to hold.
    ///
    /// Of what must not hold only single tests are given, because nothing else can be shown for it.
    pub(super) fn reasons<'n>(
        &'n self,
        atom: &dyn Fn(u32) -> bool,
        take: &mut dyn FnMut(u32, &'n str, bool),
    ) {
        match self {
            Node::All(parts) | Node::Any(parts) | Node::AtLeast(_, parts) => {
                let held = parts.iter().filter(|part| part.holds(atom));
                held.for_each(|part| part.reasons(atom, take));
            }
            Node::Not(part) => {
                if let Node::Atom(number, name) = part.as_ref() {
                    take(*number, name, false);
                }
            }
            Node::Atom(number, name) => take(*number, name, true),
        }
    }
}

fn at_least(count: usize, parts: &[Node], atom: &dyn Fn(u32) -> Option<bool>) -> Option<bool> {
    let (mut held, mut open) = (0, 0);
    for part in parts {
        match part.decided(atom) {
            Some(true) => held += 1,
            Some(false) => {}
            None => open += 1,
        }
    }
    if held >= count {
        return Some(true);
    }
    (held + open < count).then_some(false)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rule::RuleSet;

    #[test]
    fn what_two_rules_ask_is_one_test() {
        let text = "title: A\nid: a\ndetection: {s: {operationName: X/y/write, level: Error}, condition: s}\n---\n\
                    title: B\nid: b\ndetection: {s: {OperationNameValue: x/y/WRITE}, condition: not s}\n";
        let program = Program::compile(&RuleSet::from_text("p", text).unwrap());
        assert_eq!((program.rules(), program.tests()), (2, 2));
        assert_eq!(program.of_operation, [0]);
    }

    #[test]
    fn rules_of_other_logs_are_left_out() {
        let text = "title: A\nlogsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n";
        assert_eq!(Program::compile(&RuleSet::from_text("p", text).unwrap()).rules(), 0);
    }

    pub(in crate::detect) fn any_node() -> impl Strategy<Value = Node> {
        let leaf = (0_u32..6).prop_map(|atom| Node::Atom(atom, "f".into()));
        leaf.prop_recursive(4, 30, 4, |inner| {
            let some = prop::collection::vec(inner.clone(), 1..4);
            prop_oneof![
                some.clone().prop_map(Node::All),
                some.clone().prop_map(Node::Any),
                (1_usize..3, some).prop_map(|(count, parts)| Node::AtLeast(count, parts)),
                inner.prop_map(|part| Node::Not(Box::new(part))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_decided_early_stays_so(node in any_node(), held in 0_u8..64, known in 0_u8..64) {
            let bit = |bits: u8, atom: u32| bits >> atom & 1 == 1;
            let partial = |atom| bit(known, atom).then(|| bit(held, atom));
            let full = node.holds(&|atom| bit(held, atom));
            if let Some(early) = node.decided(&partial) {
                prop_assert_eq!(early, full);
            } else {
                prop_assert_eq!(node.rest(&partial).holds(&|atom| bit(held, atom)), full);
            }
            // Tests that are not open can be anything without a difference.
            let mut open = Vec::new();
            node.open(&partial, &mut |atom| open.push(atom));
            let other = |atom: u32| match (bit(known, atom), open.contains(&atom)) {
                (false, false) => !bit(held, atom),
                _ => bit(held, atom),
            };
            prop_assert_eq!(node.holds(&other), full);
        }
    }
}
