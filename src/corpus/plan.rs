//! How the evidence is cut into jobs: by size and place alone, so that the cut is the same on every machine.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::base::{DateOrder, decided_by, has_slashed_date};
use crate::input::colour::has_colours;
use crate::input::discover::Found;
use crate::input::map::Map;
use crate::input::sniff::{self, Codec, Encoding, HEAD_BYTES, Layout};
use crate::input::split::{State, guess, learn};

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
    pub(super) encoding: &'static str,
    /// The order of day and month that the dates of the whole file decide.
    pub(super) order: Option<DateOrder>,
}

/// Most files that share a job.
const GROUP_FILES: usize = 4096;

/// Cuts files into jobs of about `size` bytes.
pub(super) fn plan(files: &[Found], size: usize) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut group = Vec::new();
    let mut bytes = 0;
    for (index, file) in files.iter().enumerate() {
        let big = file.bytes >= 2 * size as u64;
        let ranges = if big { ranges(index, &file.path, size) } else { Vec::new() };
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
fn ranges(file: usize, path: &Path, size: usize) -> Vec<Range> {
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
    let name = match encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Utf8Bom => "utf-8-bom",
        Encoding::Utf16Le | Encoding::Utf16Be => return Vec::new(),
    };
    if sniff::layout(&sniff::head_text(&head)) != Layout::Json {
        return Vec::new();
    }
    let Ok(map) = Map::open(path) else { return Vec::new() };
    let Some((state, habit)) = learn(&map[bom..]) else { return Vec::new() };
    let mut starts = vec![bom];
    let mut at = bom + size;
    while at < map.len() {
        let Some(start) = guess(&map, at, &habit) else { break };
        starts.push(start);
        at = (start + 1).max(at + size);
    }
    starts.push(map.len());
    let slashed = has_slashed_date(&head);
    let order = if slashed { decided_by(&map) } else { None };
    let range = |(i, pair): (usize, &[usize])| Range {
        file,
        from: pair[0],
        until: pair[1],
        state: if i == 0 { State::default() } else { state.clone() },
        first: i == 0,
        encoding: name,
        order,
    };
    starts.windows(2).enumerate().map(range).collect()
}
