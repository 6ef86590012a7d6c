//! What held while records were read, by operation or by event.

use rayon::prelude::*;

use super::atom::Test;
use super::program::Program;
use super::scene::Matching;
use crate::base::index32;
use crate::corpus::{Corpus, Hit, NONE, Spine};
use crate::ledger::{Ledger, Operation};

/// Stands in a hit for an event that has the request of its call.
pub(super) const REQUEST: u32 = u32::MAX;
/// Set in the test of a hit that held for the answer of a call only.
pub(super) const ANSWER: u32 = 1 << 31;

/// Operations or events whose tests are kept in one list.
const TOGETHER: usize = 16_384;

/// A test that held, and the code of the value that matched.
#[derive(Clone, Copy)]
struct Held {
    atom: u32,
    value: u32,
}

/// Every test that held for each operation, or for each event where events are matched.
///
/// Of the events of an operation the first that a test held for counts. A test that keeps values
/// keeps all of that event.
pub struct Holding {
    pub(super) matching: Matching,
    chunks: Vec<Chunk>,
}

/// The same of [`TOGETHER`] places: those of each are together, by test.
#[derive(Default)]
struct Chunk {
    all: Vec<Held>,
    /// Where the tests of each place end among those.
    ends: Vec<u32>,
}

impl Program {
    /// Joins what held for events to what held for their operations; the corpus has it no longer.
    ///
    /// `ledger` must be that of the corpus, which must have been read with this program as its probe.
    pub fn hold(&self, corpus: &mut Corpus, ledger: &Ledger, matching: Matching) -> Holding {
        // There are millions: they go before anything else is made.
        let hits = std::mem::take(&mut corpus.hits.all);
        let joint = Joint {
            program: self,
            spine: &corpus.spine,
            ledger,
            begins: begins(&hits, corpus.spine.len()),
            hits,
        };
        let chunks = match matching {
            Matching::Operations => {
                let chunks = ledger.operations.par_chunks(TOGETHER);
                chunks.map(|operations| joint.of_operations(operations)).collect()
            }
            Matching::Events => {
                let chunks = ledger.of_row.par_chunks(TOGETHER).enumerate();
                chunks.map(|(at, of)| joint.of_events(index32(at * TOGETHER), of)).collect()
            }
        };
        Holding { matching, chunks }
    }
}

impl Holding {
    fn of(&self, place: u32) -> &[Held] {
        let (chunk, at) = (place as usize / TOGETHER, place as usize % TOGETHER);
        let Some(chunk) = self.chunks.get(chunk) else { return &[] };
        let begin = at.checked_sub(1).map_or(0, |before| chunk.ends[before]);
        &chunk.all[begin as usize..chunk.ends[at] as usize]
    }

    /// Returns the tests that held at a place, sorted; some of them more than once.
    pub(super) fn atoms(&self, place: u32) -> impl Iterator<Item = u32> + '_ {
        self.of(place).iter().map(|held| held.atom)
    }

    /// Returns the codes of the values for which a test held at a place.
    pub(super) fn values(&self, place: u32, atom: u32) -> impl Iterator<Item = u32> + '_ {
        let own = self.of(place);
        let from = own.partition_point(|held| held.atom < atom);
        let same = own[from..].iter().take_while(move |held| held.atom == atom);
        same.map(|held| held.value)
    }

    /// Returns the first of these codes.
    pub(super) fn first(&self, place: u32, atom: u32) -> Option<u32> {
        self.values(place, atom).next()
    }
}

/// The hits of events on their way to operations.
struct Joint<'j> {
    program: &'j Program,
    spine: &'j Spine,
    ledger: &'j Ledger,
    /// In the order of their rows.
    hits: Vec<Hit>,
    /// Where those of each row begin, and where those of the last one end.
    begins: Vec<u32>,
}

fn begins(hits: &[Hit], rows: usize) -> Vec<u32> {
    let mut begins = Vec::with_capacity(rows + 1);
    let mut at = 0;
    for row in 0..=rows {
        while hits.get(at).is_some_and(|hit| (hit.row as usize) < row) {
            at += 1;
        }
        begins.push(index32(at));
    }
    begins
}

impl Joint<'_> {
    fn of_operations(&self, operations: &[Operation]) -> Chunk {
        let (mut chunk, mut own, mut rows) = (Chunk::default(), Vec::new(), Vec::new());
        for operation in operations {
            rows.clear();
            rows.extend_from_slice(self.ledger.rows_of(operation));
            // The first is the earliest, wherever it stands: that would hang on the names of files.
            rows.sort_unstable_by_key(|&row| {
                let row = row as usize;
                (self.spine.time[row], self.spine.content_key[row], row)
            });
            let mut all = rows.iter().flat_map(|&row| self.of_row(row));
            let is_asked = all.any(|hit| hit.atom == REQUEST);
            self.add(&rows, is_asked, &mut own, &mut chunk);
        }
        chunk.all.shrink_to_fit();
        chunk
    }

    /// Of events that follow one another, each with its operation; duplicates have none.
    fn of_events(&self, first: u32, operations: &[u32]) -> Chunk {
        let (mut chunk, mut own) = (Chunk::default(), Vec::new());
        for (row, operation) in (first..).zip(operations) {
            let rows: &[u32] = if *operation == NONE { &[] } else { &[row] };
            self.add(rows, false, &mut own, &mut chunk);
        }
        chunk.all.shrink_to_fit();
        chunk
    }

    fn of_row(&self, row: u32) -> &[Hit] {
        let row = row as usize;
        &self.hits[self.begins[row] as usize..self.begins[row + 1] as usize]
    }

    /// Adds what held for one place, whose events these are: answers count unless something was asked.
    fn add(&self, rows: &[u32], is_asked: bool, own: &mut Vec<(Held, u32)>, chunk: &mut Chunk) {
        own.clear();
        for &row in rows {
            for hit in self.of_row(row) {
                let is_answer = hit.atom & ANSWER > 0;
                if hit.atom != REQUEST && !(is_answer && is_asked) {
                    own.push((Held { atom: hit.atom & !ANSWER, value: hit.value }, row));
                }
            }
        }
        own.sort_by_key(|(held, _)| held.atom);
        let keeps = |atom: u32| matches!(self.program.atoms[atom as usize].test, Test::Capture);
        own.dedup_by(|(next, row), (first, of)| {
            next.atom == first.atom && !(keeps(next.atom) && row == of)
        });
        chunk.all.extend(own.iter().map(|(held, _)| *held));
        chunk.ends.push(index32(chunk.all.len()));
    }
}
