//! Whether a question to operations can ever be answered with yes.
//!
//! The question is put to every operation of the catalogue, with all that is
//! not known of it left open. What is decided against it for each of them can
//! never hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::atom;
use super::super::program::Node;
use super::bare::{self, Portion};
use super::carry::{self, Shapes};
use super::leaf::{About, Candidate, Leaf, Leaves};
use super::operation::{self, Standing};
use super::world::World;
use crate::base::index32;
use crate::rule::{Expr, Test, Wanted};

/// How near something comes to being possible, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// It contradicts itself, or needs what is nowhere.
    Never,
    /// Only operations that the log never records could do it.
    Unrecorded,
    /// Only operations could do it of which nobody says that the log records them.
    Doubtful,
    /// It is possible.
    Fires,
}

/// A question to operations, made ready.
pub(super) struct Question<'r> {
    node: Node,
    leaves: Vec<Leaf<'r>>,
    keys: Vec<(Shapes, Option<Portion>)>,
    /// Whether only operations can answer it that it names in full.
    names_all: bool,
}

impl<'r> Question<'r> {
    /// Makes a question ready; an operation without one of the `keys` is no answer.
    ///
    /// All of `parts` must hold: a condition, and those of the filters that lie over it.
    pub(super) fn new(parts: &[&'r Expr], wanted: Wanted, keys: &[&str]) -> Self {
        let mut all_leaves = Leaves::new(wanted);
        let node = all(parts.iter().map(|part| node(part, &mut all_leaves)).collect());
        let leaves = all_leaves.all;
        let is_named = |leaf: u32| {
            let leaf: &Leaf<'_> = &leaves[leaf as usize];
            let name = operation::literal(leaf.asked).filter(|_| leaf.about == About::Operation);
            name.map(|_| 1)
        };
        let names_all = node.needs(&is_named).is_some();
        let keys = keys.iter().map(|key| (carry::field(key).1, bare::portion(key))).collect();
        Question { node, leaves, keys, names_all }
    }

    /// Returns how near it comes to an answer.
    pub(super) fn reach(&self, world: &World<'_>) -> Reach {
        if !self.keys.iter().all(|key| world.carries(*key)) {
            return Reach::Never;
        }
        let told: Vec<Option<bool>> = self.leaves.iter().map(|leaf| leaf.told(world)).collect();
        let can = |candidate: Candidate<'_>| self.can(candidate, &told);
        if !self.leaves.iter().any(|leaf| leaf.about == About::Operation) {
            return if can(Candidate::Unknown) { Reach::Fires } else { Reach::Never };
        }
        if self.can_named(world, &can, |standing| standing == Standing::Recorded) {
            return Reach::Fires;
        }
        if can(Candidate::Unknown)
            || self.can_named(world, &can, |standing| standing == Standing::Perhaps)
        {
            return Reach::Doubtful;
        }
        if self.can_named(world, &can, Standing::is_never_recorded) {
            return Reach::Unrecorded;
        }
        // Patterns that no known operation meets together may have been made for others.
        if can(Candidate::Undreamt) { Reach::Doubtful } else { Reach::Never }
    }

    /// Whether an operation may be an answer, given what the world tells of each test.
    fn can(&self, candidate: Candidate<'_>, told: &[Option<bool>]) -> bool {
        let answer = |leaf: u32| {
            let at = leaf as usize;
            told[at].or_else(|| self.leaves[at].answer(candidate))
        };
        self.node.decided(&answer) != Some(false)
    }

    /// Whether one of the operations of some standing may be an answer.
    fn can_named(
        &self,
        world: &World<'_>,
        can: &dyn Fn(Candidate<'_>) -> bool,
        is_meant: impl Fn(Standing) -> bool,
    ) -> bool {
        // Nearly every rule names its operations, which saves going through all there are.
        let literals = self.operations().filter_map(operation::literal);
        let mut named = literals.filter(|name| is_meant(Standing::of(name)) && world.records(name));
        named.any(|name| can(Candidate::Named(name, name)))
            || !self.names_all
                && operation::catalogue().iter().any(|entry| {
                    is_meant(entry.standing)
                        && world.records(&entry.folded)
                        && can(Candidate::Named(entry.name, &entry.folded))
                })
    }

    /// Returns its tests of operations.
    pub(super) fn operations(&self) -> impl Iterator<Item = &'r Test> {
        self.leaves.iter().filter(|leaf| leaf.about == About::Operation).map(|leaf| leaf.asked)
    }
}

/// Returns what is known of each operation of the catalogue for which a test holds.
pub(super) fn matches(test: &Test) -> impl Iterator<Item = Standing> {
    let compiled = atom::Test::of(&test.matcher, &Arc::default(), &mut |_| 0);
    let holds = move |entry: &&operation::Entry| compiled.holds(entry.name, &entry.folded, &[]);
    operation::catalogue().iter().filter(holds).map(|entry| entry.standing)
}

/// Nesting is bounded by the readers of conditions and documents.
fn node<'r>(expr: &'r Expr, leaves: &mut Leaves<'r>) -> Node {
    let mut each =
        |parts: &'r [Expr]| -> Vec<Node> { parts.iter().map(|part| node(part, leaves)).collect() };
    match expr {
        Expr::All(parts) => all(each(parts)),
        Expr::Any(parts) => Node::Any(each(parts)),
        Expr::AtLeast(count, parts) => Node::AtLeast(*count, each(parts)),
        Expr::Not(part) => Node::Not(Box::new(node(part, leaves))),
        Expr::Test(test) => Node::Atom(index32(leaves.place(test)), "".into()),
    }
}

/// All of some parts; what is asked for together with its opposite never holds.
fn all(parts: Vec<Node>) -> Node {
    let atom = |part: &Node| match part {
        Node::Atom(atom, _) => Some(*atom),
        _ => None,
    };
    let atoms: BTreeSet<u32> = parts.iter().filter_map(atom).collect();
    let opposite = |part: &Node| match part {
        Node::Not(inner) => match atom(inner) {
            Some(atom) => atoms.contains(&atom),
            None => parts.contains(inner),
        },
        _ => false,
    };
    if parts.iter().any(opposite) { Node::Any(Vec::new()) } else { Node::All(parts) }
}

#[cfg(test)]
mod tests {
    use super::operation::Log;
    use super::*;
    use crate::rule::{Kind, RuleSet};

    fn reach_in(detection: &str, world: &World<'_>) -> Reach {
        let text = format!("title: T\noutcome: succeeded\ndetection: {detection}\n");
        let set = RuleSet::from_text("p", &text).unwrap();
        let Kind::Single(detection) = &set.rules()[0].kind else { panic!("a detection") };
        Question::new(&[&detection.expr], Wanted::Succeeded, &[]).reach(world)
    }

    #[test]
    fn what_contradicts_itself_or_the_log_is_told() {
        use Reach::{Doubtful, Fires, Never, Unrecorded};
        let vm = "Microsoft.Compute/virtualMachines";
        for (detection, expected) in [
            (format!("{{s: {{operationName: {vm}/write}}, condition: s}}"), Fires),
            (format!("{{s: {{operationName|startswith: {vm}/}}, condition: s}}"), Fires),
            (format!("{{s: {{operationName: {vm}/read}}, condition: s}}"), Unrecorded),
            (format!("{{s: {{operationName|re: '(?i)^{vm}/read$'}}, condition: s}}"), Unrecorded),
            ("{s: {operationName: Nonesuch/x/write}, condition: s}".into(), Doubtful),
            ("{s: {operationName|contains: nonesuch}, condition: s}".into(), Doubtful),
            (format!("{{s: {{operationName: {vm}/write}}, condition: s and not s}}"), Never),
            (
                format!(
                    "{{s: {{operationName: {vm}/write}}, t: {{operationName|endswith: /delete}}, condition: s and t}}"
                ),
                Never,
            ),
            (
                format!(
                    "{{s: {{operationName|startswith: {vm}/}}, t: {{operationName|endswith: /nonesuch/write}}, condition: s and t}}"
                ),
                Doubtful,
            ),
            (
                "{s: {operationName|startswith: Microsoft.Compute/, operationName|endswith: /listKeys/action}, condition: s}".into(),
                Doubtful,
            ),
            ("{s: {EventID: 4624}, condition: s}".into(), Never),
            ("{s: {EventID: 4624}, condition: not s}".into(), Fires),
            ("{s: {outcome: success}, condition: s}".into(), Never),
            ("{s: {outcome: failed}, condition: s}".into(), Never),
            ("{s: {outcome: accepted}, condition: s}".into(), Fires),
            ("{s: {actor_type: '*principal'}, condition: s}".into(), Fires),
            ("{s: [word], condition: s}".into(), Fires),
        ] {
            assert_eq!(reach_in(&detection, &World::open()), expected, "{detection}");
        }
    }

    #[test]
    fn a_long_list_is_asked_for_in_time() {
        let values: Vec<String> = (0..30_000).map(|n| format!("Nonesuch/x{n}/write")).collect();
        let values = values.join(",");
        for field in ["operationName", "callerIpAddress"] {
            let detection = format!("{{s: {{{field}: [{values}]}}, condition: s}}");
            assert!(reach_in(&detection, &World::open()) > Reach::Never);
        }
    }

    #[test]
    fn evidence_limits_what_can_be_answered() {
        let categories = BTreeSet::from(["administrative".to_owned()]);
        let world = World {
            shapes: Shapes::of(["activity-portal-csv"].into_iter()),
            categories: Some(&categories),
            lacks: BTreeSet::from([Log::Tenant]),
            ..World::open()
        };
        for (detection, fires) in [
            ("{s: {operationName: Microsoft.Compute/virtualMachines/write}, condition: s}", true),
            (
                "{s: {operationName: Microsoft.Authorization/elevateAccess/action}, condition: s}",
                false,
            ),
            (
                "{s: {operationName: Microsoft.Authorization/policies/deny/action}, condition: s}",
                false,
            ),
            ("{s: {category: ServiceHealth}, condition: s}", false),
            ("{s: {category: Administrative}, condition: s}", true),
            ("{s: {category: Nonesuch}, condition: s}", true),
            ("{s: {claims.groups: x}, condition: s}", false),
        ] {
            assert_eq!(reach_in(detection, &world) == Reach::Fires, fires, "{detection}");
        }
    }
}
