//! How the evidence is cut into jobs: by size and place alone, so that the cut is the same on every machine.

use std::fs::File;
use std::io::Read;

use super::stream::decided_by_file;
use crate::base::{DateOrder, has_slashed_date};
use crate::input::colour::has_colours;
use crate::input::discover::Found;
use crate::input::sniff::{self, Codec, Encoding, HEAD_BYTES, Layout};
use crate::input::split::{Habit, State, guess, learn};
use crate::input::window::{BEHIND, Window};

/// A piece of work.
#[derive(Debug)]
pub(super) enum Job {
    /// Hash a file that others read in parts.
    Hash(usize),
    /// Read these files from front to back.
    Files(Vec<usize>),
    /// Read part of a big plain JSON file.
    Range(Range),
}

/// Part of a big file.
#[derive(Clone, Debug)]
pub(super) struct Range {
    /// The file.
    pub(super) file: usize,
    /// Where its first record begins, as far as one can guess.
    pub(super) from: usize,
    /// Where the next range begins.
    pub(super) until: usize,
    /// The envelopes at `from`.
    pub(super) state: State,
    /// Whether this is the first range of the file.
    pub(super) first: bool,
    /// Encoding of the file.
    pub(super) encoding: Encoding,
    /// The order of day and month that the dates of the whole file decide.
    pub(super) order: Option<DateOrder>,
}

/// Bytes from which it is learnt what records look like.
const LEARNT: usize = 1 << 20;
/// Most records begin within this many bytes of any place.
const NEAR: usize = 64 << 10;

/// Most files that share a job.
const GROUP_FILES: usize = 4096;

/// Cuts files into jobs of about `size` bytes.
pub(super) fn plan(files: &[Found], size: usize) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut group = Vec::new();
    let mut bytes = 0;
    for (index, file) in files.iter().enumerate() {
        let big = file.bytes >= 2 * size as u64;
        let ranges = if big { ranges(index, file, size) } else { Vec::new() };
        if !ranges.is_empty() {
            flush(&mut group, &mut bytes, &mut jobs);
            jobs.extend(ranges.into_iter().map(Job::Range));
            continue;
        }
        if bytes + file.bytes > size as u64 || group.len() >= GROUP_FILES {
            flush(&mut group, &mut bytes, &mut jobs);
        }
        group.push(index);
        bytes += file.bytes;
    }
    flush(&mut group, &mut bytes, &mut jobs);
    // Hashing is the longest single piece of work on a file: begin with it.
    let mut hashes: Vec<usize> = jobs.iter().filter_map(ranged).collect();
    hashes.dedup();
    let mut all: Vec<Job> = hashes.into_iter().map(Job::Hash).collect();
    all.append(&mut jobs);
    all
}

fn ranged(job: &Job) -> Option<usize> {
    match job {
        Job::Range(range) => Some(range.file),
        _ => None,
    }
}

fn flush(group: &mut Vec<usize>, bytes: &mut u64, jobs: &mut Vec<Job>) {
    if !group.is_empty() {
        jobs.push(Job::Files(std::mem::take(group)));
    }
    *bytes = 0;
}

/// The ranges of a big plain JSON file; none when it is something else or cannot be cut.
fn ranges(file: usize, found: &Found, size: usize) -> Vec<Range> {
    let path = &found.path;
    let mut head = Vec::new();
    let read = File::open(path).and_then(|f| f.take(HEAD_BYTES as u64).read_to_end(&mut head));
    if read.is_err() || sniff::codec(&head) != Codec::Plain || sniff::is_unopened(&head) {
        return Vec::new();
    }
    // Of a text with colours a copy without them is read.
    if has_colours(&head) {
        return Vec::new();
    }
    let (encoding, bom) = sniff::encoding(&head);
    if encoding.byte_order().is_some() {
        return Vec::new();
    }
    if sniff::layout(&sniff::head_text(&head)) != Layout::Json {
        return Vec::new();
    }
    // What comes to the file while it is read is none of it.
    let end = usize::try_from(found.bytes).unwrap_or(usize::MAX);
    let Ok(window) = Window::open(path, 0, found.bytes, LEARNT) else { return Vec::new() };
    let learnt = window.text().get(bom..).and_then(learn);
    let Some((state, habit)) = learnt else { return Vec::new() };
    let mut starts = vec![bom];
    let mut at = bom + size;
    while at < end {
        let Some(start) = next_start(found, at, &habit) else { break };
        starts.push(start);
        at = (start + 1).max(at + size);
    }
    starts.push(end);
    let slashed = has_slashed_date(&head);
    let order = if slashed { decided_by_file(path, found.bytes) } else { None };
    let range = |(i, pair): (usize, &[usize])| Range {
        file,
        from: pair[0],
        until: pair[1],
        state: if i == 0 { State::default() } else { state.clone() },
        first: i == 0,
        encoding,
        order,
    };
    starts.windows(2).enumerate().map(range).collect()
}

/// Returns where the first record at or after a place in a file probably begins.
fn next_start(found: &Found, at: usize, habit: &Habit) -> Option<usize> {
    let mut window = Window::open(&found.path, at as u64, found.bytes, NEAR).ok()?;
    let mut at = at as u64;
    loop {
        let from = usize::try_from(at - window.base()).ok()?;
        if from >= window.text().len() {
            return None;
        }
        if let Some(start) = guess(window.text(), from, habit) {
            return usize::try_from(window.base() + start as u64).ok();
        }
        if window.is_last() {
            return None;
        }
        // What a record begins with may lie half in the window.
        let end = window.text().len();
        at = at.max(window.base() + end.saturating_sub(BEHIND / 2) as u64);
        window.advance(end).ok()?;
    }
}
