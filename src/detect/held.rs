//! What held while records were read, by operation or by event.

use rayon::prelude::*;

use super::atom::Test;
use super::code;
use super::program::Program;
use super::scene::Matching;
use crate::corpus::{Corpus, Hit, NONE};
use crate::ledger::Ledger;

/// Stands in a hit for an event that has the request of its call.
pub(super) const REQUEST: u32 = u32::MAX;
/// Set in the test of a hit that held for the answer of a call only.
pub(super) const ANSWER: u32 = 1 << 31;

/// A test that held for an operation, and where its hit stands.
struct Held {
    /// The operation, or the event where events are matched.
    of: u32,
    atom: u32,
    hit: u32,
}

/// Every test that held, each with its first hit; of a test that keeps values, all hits of the first event that has any.
pub(super) struct Holding<'h> {
    hits: &'h [Hit],
    all: Vec<Held>,
    /// Where the tests of each operation or event begin among those.
    begins: Vec<u32>,
}

impl<'h> Holding<'h> {
    /// Joins the hits of events to those of operations, where operations are matched.
    pub(super) fn new(
        program: &Program,
        corpus: &'h Corpus,
        ledger: &Ledger,
        matching: Matching,
    ) -> Self {
        let hits = &corpus.hits.all[..];
        let places = match matching {
            Matching::Operations => ledger.operations.len(),
            Matching::Events => ledger.of_row.len(),
        };
        let keeps = |atom: u32| matches!(program.atoms[atom as usize].test, Test::Capture);
        let all = held(corpus, ledger, matching, &keeps);
        let mut begins = Vec::with_capacity(places + 1);
        let mut at = 0;
        for place in 0..=places {
            while all.get(at).is_some_and(|held| (held.of as usize) < place) {
                at += 1;
            }
            begins.push(code(at));
        }
        Holding { hits, all, begins }
    }

    fn of(&self, place: u32) -> &[Held] {
        let at = place as usize;
        &self.all[self.begins[at] as usize..self.begins[at + 1] as usize]
    }

    /// Returns the tests that held at a place, sorted; some of them more than once.
    pub(super) fn atoms(&self, place: u32) -> impl Iterator<Item = u32> + '_ {
        self.of(place).iter().map(|held| held.atom)
    }

    /// Returns the hits of a test at a place.
    pub(super) fn hits(&self, place: u32, atom: u32) -> impl Iterator<Item = Hit> + '_ {
        let own = self.of(place);
        let from = own.partition_point(|held| held.atom < atom);
        let same = own[from..].iter().take_while(move |held| held.atom == atom);
        same.map(|held| self.hits[held.hit as usize])
    }

    /// Returns the first hit of a test at a place.
    pub(super) fn first(&self, place: u32, atom: u32) -> Option<Hit> {
        self.hits(place, atom).next()
    }
}

fn held(
    corpus: &Corpus,
    ledger: &Ledger,
    matching: Matching,
    keeps: &dyn Fn(u32) -> bool,
) -> Vec<Held> {
    let (hits, spine) = (&corpus.hits.all, &corpus.spine);
    let operation =
        |hit: &Hit| ledger.of_row.get(hit.row as usize).copied().filter(|&op| op != NONE);
    let mut is_asked = vec![false; ledger.operations.len()];
    for hit in hits.iter().filter(|hit| hit.atom == REQUEST) {
        if let Some(operation) = operation(hit) {
            is_asked[operation as usize] = matching == Matching::Operations;
        }
    }
    let each = hits.iter().enumerate().filter_map(|(at, hit)| {
        let operation = operation(hit)?;
        let is_answer = hit.atom & ANSWER > 0;
        if hit.atom == REQUEST || is_answer && is_asked[operation as usize] {
            return None;
        }
        let of = match matching {
            Matching::Operations => operation,
            Matching::Events => hit.row,
        };
        Some(Held { of, atom: hit.atom & !ANSWER, hit: code(at) })
    });
    // There are millions: a list that grows by doubling would hold them twice over for a moment.
    let mut held = Vec::with_capacity(hits.len());
    held.extend(each);
    // The first is the earliest, wherever it stands: that would hang on the names of files.
    let order = |held: &Held| {
        let row = hits[held.hit as usize].row;
        (spine.time[row as usize], spine.content_key[row as usize], row, held.hit)
    };
    held.par_sort_unstable_by(|a, b| {
        (a.of, a.atom).cmp(&(b.of, b.atom)).then_with(|| order(a).cmp(&order(b)))
    });
    held.dedup_by(|next, first| {
        let row = |held: &Held| hits[held.hit as usize].row;
        (next.of, next.atom) == (first.of, first.atom)
            && !(keeps(next.atom) && row(next) == row(first))
    });
    held.shrink_to_fit();
    held
}
