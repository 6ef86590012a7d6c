//! Tests of columns with few values, put to each distinct value once instead of to each record.

use rayon::prelude::*;

use super::program::Program;
use crate::base::dict::Dict;
use crate::base::index32;
use crate::corpus::Corpus;
use crate::rule::fold;
use crate::schema::Event;

/// The columns of which the spine keeps a code of every event.
pub(super) const CODED: [Event; 3] = [Event::ClientIp, Event::SubscriptionId, Event::ErrorCode];

/// For each value of these columns, which tests hold for it.
pub(super) struct Coded<'c> {
    columns: Vec<Column<'c>>,
}

struct Column<'c> {
    /// The code of each event.
    codes: &'c [u32],
    names: &'c Dict,
    /// For each code, the tests that hold, sorted.
    held: Vec<Vec<u32>>,
}

impl<'c> Coded<'c> {
    pub(super) fn new(program: &Program, corpus: &'c Corpus) -> Self {
        let column = |&column: &Event| {
            let (codes, names) = match column {
                Event::ClientIp => (&corpus.spine.ip, &corpus.names.ip),
                Event::ErrorCode => (&corpus.spine.error, &corpus.names.error),
                _ => (&corpus.spine.subscription, &corpus.names.subscription),
            };
            let is_own = |atom: &u32| program.field_of(*atom).coded() == Some(column);
            let own: Vec<u32> = program.of_coded.iter().copied().filter(is_own).collect();
            let held = |at: usize| {
                let value = names.text_of(index32(at));
                let folded = fold(value);
                let test = |atom: &u32| &program.atoms[*atom as usize].test;
                let holds = |atom: &u32| test(atom).holds(value, &folded, &[]);
                own.iter().copied().filter(holds).collect()
            };
            // Nothing is asked of a column in vain.
            let size = if own.is_empty() { 0 } else { names.len() };
            Column { codes, names, held: (0..size).into_par_iter().map(held).collect() }
        };
        Coded { columns: CODED.iter().map(column).collect() }
    }

    /// Gives `take` each test that holds for one of some events; some tests more than once.
    pub(super) fn each(&self, rows: &[u32], take: &mut dyn FnMut(u32)) {
        for column in self.columns.iter().filter(|column| !column.held.is_empty()) {
            let mut last = None;
            for &row in rows {
                let code = column.codes[row as usize];
                // Most events of an operation have the same value.
                if last != Some(code) {
                    let held = column.held.get(code as usize).into_iter().flatten();
                    held.for_each(|&atom| take(atom));
                    last = Some(code);
                }
            }
        }
    }

    /// Returns the value of one of some events for which a test holds.
    pub(super) fn value(&self, rows: &[u32], atom: u32) -> Option<&'c str> {
        self.columns.iter().find_map(|column| {
            let mut codes = rows.iter().map(|&row| column.codes[row as usize]);
            let holds = |code: &u32| {
                let held = column.held.get(*code as usize);
                held.is_some_and(|held| held.binary_search(&atom).is_ok())
            };
            codes.find(holds).map(|code| column.names.text_of(code))
        })
    }
}
