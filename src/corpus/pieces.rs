//! A block of decoded text, read on all cores: cut where records seem to begin, checked at the seams.
//!
//! It is how big files are read in ranges, for text that comes out of a decoder and is nowhere whole.

use rayon::prelude::*;

use super::intake::{Intake, Output};
use crate::input::split::{Habit, RecordLimit, Splitter, State, Stop, guess};

/// The most bytes of one piece: enough that what is remembered within it pays.
const MOST: usize = 8 << 20;

/// Returns the bytes of one piece where a job reads so many.
pub(super) fn size(job_bytes: usize) -> usize {
    (job_bytes / 4).clamp(1, MOST)
}

/// What reading a piece gave.
struct Read {
    output: Output,
    stop: Stop,
    state: State,
}

/// Reads a block in pieces of `size` bytes with a splitter that read what comes before it; returns how
/// much of it was taken.
///
/// With `last`, the text ends where the block ends.
pub(super) fn take(
    intake: &mut Intake<'_, '_>,
    splitter: &mut Splitter,
    block: &[u8],
    size: usize,
    last: bool,
) -> usize {
    let cuts = cuts(block, size, splitter.habit());
    if cuts.len() <= 2 || !splitter.state.is_plain() {
        let stop = splitter.run(block, 0, block.len(), last, intake);
        intake.advance(stop.at, stop.lines);
        return stop.at;
    }
    let (base, limit) = (splitter.state.clone(), splitter.limit());
    let forks: Vec<_> = cuts.windows(2).map(|cut| (cut[0], cut[1], intake.fork())).collect();
    let read: Vec<_> = forks
        .into_par_iter()
        .with_max_len(1)
        .map(|(from, until, fork)| {
            (from, until, piece(fork, &base, limit, block, from..until, last))
        })
        .collect();
    let (mut at, mut lines, mut state) = (0, 0, base.clone());
    for (from, until, mut read) in read {
        // A guess was wrong where the piece before ended elsewhere, or in other envelopes.
        if at != from || state != base {
            intake.discard(&read.output);
            read = piece(intake.fork(), &state, limit, block, at..until, last);
        }
        intake.absorb(read.output, lines);
        (at, state) = (read.stop.at, read.state);
        lines += read.stop.lines;
    }
    splitter.state = state;
    intake.advance(at, lines);
    at
}

fn piece(
    mut fork: Intake<'_, '_>,
    state: &State,
    limit: RecordLimit,
    block: &[u8],
    range: std::ops::Range<usize>,
    last: bool,
) -> Read {
    let mut splitter = Splitter::new(state.clone(), limit);
    let stop = splitter.run(block, range.start, range.end, last, &mut fork);
    Read { output: fork.finish(), stop, state: splitter.state }
}

/// Where pieces begin, and the end of the last; by size and content alone, whatever the machine.
fn cuts(block: &[u8], size: usize, habit: &Habit) -> Vec<usize> {
    let mut cuts = vec![0];
    let mut at = size;
    while at + size / 2 < block.len() {
        let Some(cut) = guess(block, at, habit) else { break };
        cuts.push(cut);
        at = cut + size;
    }
    cuts.push(block.len());
    cuts
}
