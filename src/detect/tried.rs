//! Tests of fields with one value, tried once for each value and remembered.
//!
//! The same few addresses, tenants and answers come with every record; what a
//! network or a pattern makes of them need not be worked out each time.

use hashbrown::HashMap;

use super::atom::Test;
use super::program::Program;
use crate::base::hash;
use crate::base::index32;
use crate::rule::fold;

/// Tests of one field of which answers are remembered.
const TESTS: usize = 64;
/// Values of one field that are remembered; evidence may have as many as it likes.
const VALUES: usize = 1 << 14;

/// For each field, its tests that need its one value and nothing else; none where it may have several values.
pub(super) fn single(program: &Program) -> Vec<Vec<u32>> {
    let mut tests: Vec<Vec<u32>> = vec![Vec::new(); program.fields.len()];
    for (at, atom) in program.atoms.iter().enumerate() {
        let tests = &mut tests[atom.field as usize];
        let is_alone = atom.test.other().is_none() && !matches!(atom.test, Test::Capture);
        if is_alone && program.fields[atom.field as usize].is_single() && tests.len() < TESTS {
            tests.push(index32(at));
        }
    }
    tests
}

/// What was tried: for each field, the answers by the hash of the value.
#[derive(Default)]
pub(super) struct Tried {
    fields: Vec<HashMap<u64, u64>>,
}

impl Tried {
    /// Returns which of the tests in [`Program::single`] hold for a value, each a bit in their order.
    pub(super) fn held(&mut self, program: &Program, field: u32, value: &str) -> u64 {
        let field = field as usize;
        if self.fields.len() <= field {
            self.fields.resize_with(program.fields.len(), HashMap::default);
        }
        let known = &mut self.fields[field];
        let key = hash::key(value.as_bytes());
        if let Some(&held) = known.get(&key) {
            return held;
        }
        let folded = fold(value);
        let tests = program.single[field].iter().map(|&atom| &program.atoms[atom as usize].test);
        let held = tests
            .enumerate()
            .fold(0, |held, (bit, test)| held | u64::from(test.holds(value, &folded, &[])) << bit);
        if known.len() < VALUES {
            known.insert(key, held);
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;

    fn program(detection: &str) -> Program {
        let text = format!("title: T\ndetection: {{s: {detection}, condition: s}}\n");
        Program::compile(&RuleSet::from_text("p", &text).unwrap())
    }

    #[test]
    fn a_value_has_the_same_answers_when_it_comes_again() {
        let program = program(
            "{token_ip|cidr: 10.0.0.0/8, 'token_ip|re': '^1', 'token_ip|endswith': [.7, .8]}",
        );
        let field = index32(program.single.iter().position(|tests| tests.len() == 4).unwrap());
        let mut tried = Tried::default();
        let answer =
            |tried: &mut Tried, value: &str| tried.held(&program, field, value).count_ones();
        for _ in 0..2 {
            assert_eq!(answer(&mut tried, "10.0.0.7"), 3);
            assert_eq!(answer(&mut tried, "11.0.0.1"), 1);
            assert_eq!(answer(&mut tried, ""), 0);
        }
    }

    #[test]
    fn only_tests_of_one_value_are_tried_alone() {
        let program = program(
            "{properties.a: x, status: Failed, client_ip|fieldref: token_ip, cross_tenant: 'no'}",
        );
        let single: Vec<u32> = program.single.concat();
        assert_eq!(single.len(), 1, "of cross_tenant: {single:?}");
    }

    #[test]
    fn values_without_end_are_not_remembered() {
        let program = program("{cross_tenant: 'no'}");
        let field = index32(program.single.iter().position(|tests| !tests.is_empty()).unwrap());
        let mut tried = Tried::default();
        for number in 0..VALUES + 10 {
            tried.held(&program, field, &number.to_string());
        }
        assert_eq!(tried.fields[field as usize].len(), VALUES);
        assert_eq!(tried.held(&program, field, "no"), 1);
    }
}
