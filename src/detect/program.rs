//! Rules compiled into one program of distinct tests.

use std::collections::BTreeMap;

use super::atom::{Atom, Test};
use super::code;
use super::field::{Field, Place};
use super::session::Keywords;
use crate::rule::{Expr, Kind, Matcher, Rule, RuleSet, Wanted};

/// Rules, compiled.
#[derive(Debug, Default)]
pub struct Program {
    pub(super) fields: Vec<Field>,
    pub(super) atoms: Vec<Atom>,
    pub(super) rules: Vec<Compiled>,
    /// Tests of the operation, which all events of an operation share.
    pub(super) of_operation: Vec<u32>,
    /// Tests of the principal, who makes many records, by field.
    pub(super) of_principal: Vec<u32>,
    pub(super) keywords: Keywords,
}

/// A rule, compiled.
#[derive(Debug)]
pub(super) struct Compiled {
    /// The place of the rule in its set.
    pub(super) rule: usize,
    pub(super) id: String,
    pub(super) wanted: Wanted,
    pub(super) node: Node,
}

/// A condition over tests of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Compiles all rules that can be evaluated; [`Rule::unsupported`] tells of the others.
    pub fn compile(rules: &RuleSet) -> Program {
        Builder::default().program(rules.rules())
    }

    /// Returns the number of distinct tests.
    pub fn tests(&self) -> usize {
        self.atoms.len()
    }

    /// Returns the number of rules that are evaluated.
    pub fn rules(&self) -> usize {
        self.rules.len()
    }

    pub(super) fn field_of(&self, atom: u32) -> &Field {
        &self.fields[self.atoms[atom as usize].field as usize]
    }
}

#[derive(Default)]
struct Builder {
    program: Program,
    known_fields: BTreeMap<String, u32>,
    known_atoms: BTreeMap<(u32, String), u32>,
}

impl Builder {
    fn program(mut self, rules: &[Rule]) -> Program {
        for (at, rule) in rules.iter().enumerate() {
            let Kind::Single(detection) = &rule.kind else { continue };
            if rule.unsupported().is_some() {
                continue;
            }
            let node = self.node(&detection.filtered());
            let (id, wanted) = (rule.id.clone(), rule.outcome);
            self.program.rules.push(Compiled { rule: at, id, wanted, node });
        }
        let mut program = self.program;
        let is_alone =
            |atom: &u32| !matches!(program.atoms[*atom as usize].test, Test::Same { .. });
        let alone: Vec<u32> = (0..code(program.atoms.len())).filter(is_alone).collect();
        let (mut of_operation, mut of_principal) = (alone.clone(), alone);
        of_operation.retain(|&atom| program.field_of(atom).is_of_operation());
        of_principal.retain(|&atom| program.field_of(atom).is_of_principal());
        (program.of_operation, program.of_principal) = (of_operation, of_principal);
        let texts = program.atoms.iter().enumerate().filter_map(|(at, atom)| {
            let whole = program.fields[atom.field as usize].places.is_empty();
            whole.then_some((code(at), &atom.test))
        });
        program.keywords = Keywords::new(texts);
        program
    }

    /// Nesting is bounded by the readers of conditions and documents.
    fn node(&mut self, expr: &Expr) -> Node {
        let mut each = |parts: &[Expr]| parts.iter().map(|part| self.node(part)).collect();
        match expr {
            Expr::All(parts) => Node::All(each(parts)),
            Expr::Any(parts) => Node::Any(each(parts)),
            Expr::AtLeast(count, parts) => Node::AtLeast(*count, each(parts)),
            Expr::Not(part) => Node::Not(Box::new(self.node(part))),
            Expr::Test(test) => {
                let name = test.field.as_deref().unwrap_or(KEYWORD);
                Node::Atom(self.atom(test.field.as_deref(), &test.matcher), name.into())
            }
        }
    }

    fn atom(&mut self, field: Option<&str>, matcher: &Matcher) -> u32 {
        let cased = matches!(matcher, Matcher::Pattern(pattern) if pattern.is_cased());
        let field = self.field(field, cased);
        let key = (field, format!("{matcher:?}"));
        if let Some(&known) = self.known_atoms.get(&key) {
            return known;
        }
        let test = Test::of(matcher, &mut |other| self.field(Some(other), false));
        let number = code(self.program.atoms.len());
        self.program.atoms.push(Atom { field, test });
        self.known_atoms.insert(key, number);
        number
    }

    /// The place of a field; the operation with its case is another field than the operation.
    fn field(&mut self, name: Option<&str>, cased: bool) -> u32 {
        let mut field = match name {
            Some(name) => Field::resolve(name),
            None => Field { name: KEYWORD.to_owned(), places: Vec::new() },
        };
        if cased && field.is_of_operation() {
            field.places = vec![Place::Column(crate::schema::Event::OperationRaw)];
        }
        // Fields that stand in the same places are one, however rules call them.
        let key = format!("{:?}", field.places);
        let fields = &mut self.program.fields;
        *self.known_fields.entry(key).or_insert_with(|| {
            fields.push(field);
            code(fields.len() - 1)
        })
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
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    fn any_node() -> impl Strategy<Value = Node> {
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
