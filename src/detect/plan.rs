//! What is left to test for one operation name: worked out once a name, remembered for its records.

use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;

use super::due::Due;
use super::program::{Node, Program};
use crate::base::hash;
use crate::rule::fold;

/// A condition that is left to ask.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) node: Node,
    pub(super) selectors: Vec<u32>,
}

/// What one operation name leaves open.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Selectors that hold whatever else a record says.
    pub(super) sure: Vec<u32>,
    /// What is left to ask, each once, with the selectors that hold where it does, by their place in the program.
    pub(super) open: Vec<Open>,
    /// Those by the tests that they need.
    due: Due,
    /// Tests of the operation that hold, sorted.
    pub(super) held: Vec<u32>,
    /// Fields with one value, each with the bits of its tests.
    pub(super) single: Vec<(u32, u64)>,
    /// Other fields to read, each with its tests.
    pub(super) fields: Vec<(u32, Vec<u32>)>,
    /// Keywords to look for.
    pub(super) keywords: Vec<u32>,
    /// Whether one of the fields may lie in the request of a call or in its answer.
    pub(super) asks_body: bool,
}

impl Plan {
    /// Whether no record of such an operation needs a look.
    pub(super) fn is_settled(&self) -> bool {
        self.single.is_empty() && self.fields.is_empty() && self.keywords.is_empty()
    }

    /// Gives `take` each open condition that may hold where these tests do; some more than once.
    pub(super) fn each_open(&self, held: &[u32], take: &mut dyn FnMut(&Open)) {
        self.due.each(held, &mut |place| take(&self.open[place as usize]));
    }

    /// Sorts the tests that are open into what has to be read for them.
    fn read(&mut self, program: &Program, mut open: Vec<u32>) {
        open.retain(|&atom| program.derived(atom).is_none());
        open.sort_unstable_by_key(|&atom| (program.atoms[atom as usize].field, atom));
        open.dedup();
        for atom in open {
            let field = program.atoms[atom as usize].field;
            if program.fields[field as usize].places.is_empty() {
                self.keywords.push(atom);
                continue;
            }
            // What is asked of the principal or of a coded column needs no look at the record.
            let others = [&program.of_principal, &program.of_coded];
            if others.iter().any(|others| others.binary_search(&atom).is_ok()) {
                continue;
            }
            if let Ok(bit) = program.single[field as usize].binary_search(&atom) {
                match self.single.last_mut() {
                    Some((last, bits)) if *last == field => *bits |= 1 << bit,
                    _ => self.single.push((field, 1 << bit)),
                }
                continue;
            }
            match self.fields.last_mut() {
                Some((last, atoms)) if *last == field => atoms.push(atom),
                _ => self.fields.push((field, vec![atom])),
            }
        }
    }
}

/// Names remembered at once; evidence may make up as many as it likes.
const REMEMBERED: usize = 1 << 15;

/// Plans remembered at once: far more than there are kinds of operations, and each takes some kilobytes.
const DISTINCT: usize = 1 << 12;

/// The plans of a program, by the tests of an operation that hold: each is made once, for all threads.
#[derive(Debug, Default)]
pub(super) struct Distinct(Mutex<HashMap<Vec<u32>, Arc<Plan>>>);

impl Distinct {
    /// Returns the plan of the operations of which these tests hold.
    pub(super) fn with(&self, program: &Program, held: Vec<u32>) -> Arc<Plan> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = known.get(&held) {
            return Arc::clone(plan);
        }
        if known.len() >= DISTINCT {
            known.clear();
        }
        let plan = Arc::new(plan(program, held.clone()));
        known.insert(held, Arc::clone(&plan));
        plan
    }
}

/// Plans that one thread met, by the hash of the operation name.
#[derive(Default)]
pub(super) struct Plans {
    known: HashMap<u64, Arc<Plan>>,
}

impl Plans {
    /// Returns the plan of an operation name.
    pub(super) fn of(&mut self, program: &Program, operation: &str) -> Arc<Plan> {
        let key = hash::key(operation.as_bytes());
        if let Some(plan) = self.known.get(&key) {
            return Arc::clone(plan);
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let plan = program.distinct.with(program, held(program, operation));
        self.known.insert(key, Arc::clone(&plan));
        plan
    }
}

/// The tests of operations that hold for a name, sorted.
pub(super) fn held(program: &Program, operation: &str) -> Vec<u32> {
    let folded = fold(operation);
    let holds = |atom: &&u32| {
        let test = &program.atoms[**atom as usize].test;
        !operation.is_empty() && test.holds(operation, &folded, &[])
    };
    program.of_operation.iter().filter(holds).copied().collect()
}

/// Works out what the tests of an operation that hold leave open.
fn plan(program: &Program, held: Vec<u32>) -> Plan {
    let mut told = vec![None; program.atoms.len()];
    for &atom in &program.of_operation {
        told[atom as usize] = Some(false);
    }
    for &atom in &held {
        told[atom as usize] = Some(true);
    }
    let known = |atom: u32| told[atom as usize];
    let mut plan = Plan::default();
    let mut open = Vec::new();
    let mut asked: HashMap<Node, usize> = HashMap::new();
    let mut due = Vec::new();
    program.due.each(&held, &mut |number| due.push(number));
    due.sort_unstable();
    due.dedup();
    for number in due {
        let selector = &program.selectors[number as usize];
        match selector.node.decided(&known) {
            Some(false) => continue,
            Some(true) => plan.sure.push(number),
            None => {
                let node = selector.node.rest(&known);
                let place = *asked.entry_ref(&node).or_insert_with(|| {
                    plan.open.push(Open { node: node.clone(), selectors: Vec::new() });
                    plan.open.len() - 1
                });
                plan.open[place].selectors.push(number);
                selector.node.open(&known, &mut |atom| open.push(atom));
            }
        }
        open.extend(&selector.captures);
    }
    plan.read(program, open);
    plan.asks_body =
        plan.fields.iter().any(|(field, _)| program.fields[*field as usize].has_answer());
    plan.held = held;
    let frequency = |atom| program.frequency(atom);
    plan.due = Due::of(plan.open.iter().map(|open| &open.node), &frequency);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;

    #[test]
    fn an_operation_leaves_open_what_its_rules_need() {
        let text = "title: A\nid: a\ndetection: {s: {operationName: X/y/write, level: Error, role: Owner}, condition: s}\n---\n\
                    title: B\nid: b\ndetection: {s: {operationName: X/y/delete}, condition: s}\n---\n\
                    title: C\nid: c\ndetection: {s: {app_id: z}, t: [word], condition: s or t}\n";
        let program = Program::compile(&RuleSet::from_text("p", text).unwrap());
        let mut plans = Plans::default();
        let write = plans.of(&program, "X/Y/WRITE");
        let open = |plan: &Plan| {
            plan.open.iter().flat_map(|open| open.selectors.clone()).collect::<Vec<_>>()
        };
        assert_eq!(open(&write), [0, 2]);
        assert_eq!((write.single.len(), write.fields.len()), (1, 1));
        assert_eq!(write.keywords.len(), 1);
        let delete = plans.of(&program, "X/Y/DELETE");
        assert_eq!((delete.sure.as_slice(), open(&delete)), (&[1][..], vec![2]));
        assert_eq!((delete.fields.len(), open(&plans.of(&program, ""))), (0, vec![2]));
        // Names that the tests do not tell apart have one plan.
        assert!(Arc::ptr_eq(&plans.of(&program, "a"), &plans.of(&program, "b")));
    }

    #[test]
    fn an_operation_of_no_rule_needs_no_look() {
        let text =
            "title: A\ndetection: {s: {operationName: X/y/write, level: Error}, condition: s}\n";
        let program = Program::compile(&RuleSet::from_text("p", text).unwrap());
        assert_eq!(*Plans::default().of(&program, "OTHER"), Plan::default());
        assert!(Plans::default().of(&program, "OTHER").is_settled());
    }

    #[test]
    fn names_without_end_are_forgotten() {
        let program = Program::default();
        let mut plans = Plans::default();
        for number in 0..REMEMBERED + 10 {
            plans.of(&program, &number.to_string());
        }
        assert!(plans.known.len() <= REMEMBERED);
        assert_eq!(program.distinct.0.lock().unwrap().len(), 1);
    }
}
