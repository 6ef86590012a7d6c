//! What holds for one operation or event, looked up by the number of a test.

use rayon::prelude::*;

use super::part::{Domain, Part, Parts};
use super::program::Program;
use crate::base::index32;
use crate::corpus::NONE;
use crate::ledger::Operation;
use crate::rule::fold;

/// Some tests, each a bit.
pub(super) struct Facts {
    words: Vec<u64>,
    /// The tests, in the order in which they came.
    all: Vec<u32>,
}

impl Facts {
    /// Makes an empty set of tests with numbers below `atoms`.
    pub(super) fn new(atoms: usize) -> Self {
        Facts { words: vec![0; atoms.div_ceil(64)], all: Vec::new() }
    }

    pub(super) fn clear(&mut self) {
        for atom in self.all.drain(..) {
            self.words[atom as usize / 64] = 0;
        }
    }

    pub(super) fn add(&mut self, atom: u32) {
        let (word, bit) = (&mut self.words[atom as usize / 64], 1 << (atom % 64));
        if *word & bit == 0 {
            *word |= bit;
            self.all.push(atom);
        }
    }

    /// Returns every test of the set.
    pub(super) fn all(&self) -> &[u32] {
        &self.all
    }

    pub(super) fn has(&self, atom: u32) -> bool {
        self.words[atom as usize / 64] >> (atom % 64) & 1 == 1
    }
}

/// Tests of what follows from an operation as a whole, put to each distinct value once.
pub(super) struct Derived {
    /// For each test of the program, its place in the list; [`NONE`] of other tests.
    places: Vec<u32>,
    tables: Vec<(Domain, Vec<bool>)>,
}

impl Derived {
    /// Puts the tests to all values.
    pub(super) fn new(program: &Program, source: Parts<'_>) -> Self {
        let mut places = vec![NONE; program.atoms.len()];
        for (at, (atom, _)) in program.derived.iter().enumerate() {
            places[*atom as usize] = index32(at);
        }
        let table = |(atom, part): &(u32, Part)| {
            let domain = part.domain();
            let test = &program.atoms[*atom as usize].test;
            let holds = |at: usize| {
                let value = source.text_at(part, at);
                value.is_some_and(|value| test.holds(&value, &fold(&value), &[]))
            };
            (domain, (0..domain.size(source)).map(holds).collect())
        };
        Derived { places, tables: program.derived.par_iter().map(table).collect() }
    }

    /// Whether a test holds; `None` when it is none of these.
    pub(super) fn holds(
        &self,
        atom: u32,
        operation: &Operation,
        source: Parts<'_>,
    ) -> Option<bool> {
        let (domain, table) = self.tables.get(self.places[atom as usize] as usize)?;
        let at = domain.place(operation, source);
        Some(table.get(at).copied().unwrap_or(false))
    }
}
