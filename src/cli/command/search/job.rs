//! One stretch of the evidence, searched, and its hits made ready to be shown.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::ops::Range;
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use memchr::memchr_iter;
use regex::bytes::Regex;

use super::record::Record;
use super::scan::{Hit, Scan};
use crate::base::source_label;
use crate::base::text::for_terminal;
use crate::input::map::has_length;
use crate::input::open::Limits;
use crate::input::replay::{Text, replay};

/// Bytes that one job searches, and that are read at a time of what is packed.
const PIECE: usize = 16 << 20;
/// More than this is never held of a packed source, whatever it is made of.
const MOST: usize = 256 << 20;
/// Columns that a hit gets at least, however long the name of its file is.
const NARROWEST: usize = 40;

/// A file or member whose text is searched.
pub(super) struct Source {
    /// Its place in the list of sources.
    pub(super) index: usize,
    pub(super) path: String,
    pub(super) member: Option<String>,
    /// Where the file lies now.
    pub(super) place: PathBuf,
    /// Its size when it was analyzed.
    pub(super) bytes: Option<u64>,
    /// Limits of expanding it.
    pub(super) limits: Limits,
    /// Whether it is a plain file, which can be searched in pieces.
    pub(super) is_plain: bool,
    pub(super) records: Vec<Record>,
}

/// How hits are shown.
#[derive(Clone, Copy)]
pub(super) struct View {
    /// Columns to fit; `None` for whole lines.
    pub(super) width: Option<usize>,
    pub(super) colour: bool,
    /// Whether hits are only counted.
    pub(super) count: bool,
}

/// A piece of a source.
pub(super) struct Job<'s> {
    pub(super) source: &'s Source,
    scan: Scan<'s>,
    view: View,
    /// Bytes of the piece before cuts are moved to records; `None` for all.
    range: Option<Range<usize>>,
}

/// What a job found.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) hits: u64,
    /// Line feeds in the piece.
    pub(super) lines: u64,
    pub(super) shown: Vec<Shown>,
    /// Why not everything could be searched.
    pub(super) error: Option<String>,
}

/// A hit, safe to look at.
pub(super) struct Shown {
    /// Line feeds of the piece before it.
    pub(super) line: u64,
    pub(super) events: String,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn failed(why: String) -> Self {
        Answer { error: Some(why), ..Answer::default() }
    }
}

impl Source {
    pub(super) fn label(&self) -> String {
        for_terminal(&source_label(&self.path, self.member.as_deref())).into_owned()
    }

    /// Cuts the source into jobs.
    pub(super) fn jobs<'s>(&'s self, regex: &'s Regex, view: View, chosen: bool) -> Vec<Job<'s>> {
        let scan = Scan { regex, records: &self.records, chosen };
        let job = |range| Job { source: self, scan, view, range };
        match self.bytes.and_then(|bytes| usize::try_from(bytes).ok()).filter(|_| self.is_plain) {
            Some(bytes) if bytes > PIECE => {
                (0..bytes).step_by(PIECE).map(|at| job(Some(at..at + PIECE))).collect()
            }
            _ => vec![job(None)],
        }
    }
}

impl Job<'_> {
    pub(super) fn run(&self) -> Answer {
        let source = self.source;
        if source.place.exists() && source.bytes.is_some_and(|b| !has_length(&source.place, b)) {
            return Answer::failed("its size has changed since the case was made".to_owned());
        }
        let mut answer = Answer::default();
        let member = source.member.as_deref();
        let done = replay(&source.place, member, &source.limits, &mut |text| match text {
            Text::Whole(bytes) => {
                let range = self.range.clone().unwrap_or(0..bytes.len());
                let (from, to) =
                    (self.scan.cut(bytes, range.start), self.scan.cut(bytes, range.end));
                self.search(&bytes[from..to], from as u64, &mut answer);
                Ok(())
            }
            // Text that has to be decoded comes whole with the first piece.
            Text::Stream(_) if self.range.as_ref().is_some_and(|range| range.start > 0) => Ok(()),
            Text::Stream(reader) => self.stream(reader, &mut answer),
        });
        answer.error = done.err().map(|error| format!("cannot be read: {error}"));
        answer
    }

    fn stream(&self, reader: &mut dyn Read, answer: &mut Answer) -> io::Result<()> {
        let (mut block, mut base) = (Vec::new(), 0);
        loop {
            let had = block.len();
            let read = (&mut *reader).take(PIECE as u64).read_to_end(&mut block);
            let is_last = read.is_err() || block.len() < had + PIECE;
            let end = match self.scan.cut_back(&block, base) {
                _ if is_last || block.len() >= MOST => block.len(),
                end => end,
            };
            self.search(&block[..end], base, answer);
            block.drain(..end);
            base += end as u64;
            if is_last {
                return read.map(drop);
            }
        }
    }

    fn search(&self, bytes: &[u8], base: u64, answer: &mut Answer) {
        let before = answer.lines;
        let is_field = self.scan.records.first().is_some_and(|record| record.value.is_some());
        let mut take = |hit: Hit| {
            answer.hits += 1;
            if !self.view.count {
                let value = hit.records.clone().next().filter(|_| is_field);
                let value = value.and_then(|at| self.scan.records[at].value.as_deref());
                let bytes = value.map_or(&bytes[hit.bytes], str::as_bytes);
                let events = self.events(&hit.records);
                let text = self.text(bytes, events.len());
                answer.shown.push(Shown { line: before + hit.line, events, text });
            }
        };
        if is_field {
            self.starts(bytes, base, &mut take);
        } else {
            self.scan.hits(bytes, base, &mut take);
        }
        answer.lines += memchr_iter(b'\n', bytes).count() as u64;
    }

    /// Tells the records that begin in a stretch: their values matched before.
    fn starts(&self, bytes: &[u8], base: u64, take: &mut dyn FnMut(Hit)) {
        let records = self.scan.records;
        let first = records.partition_point(|record| record.offset < base);
        let (mut counted, mut line) = (0, 0);
        for (at, record) in records.iter().enumerate().skip(first) {
            let start = usize::try_from(record.offset - base).unwrap_or(usize::MAX);
            let Some(between) = bytes.get(counted..start).filter(|_| start < bytes.len()) else {
                break;
            };
            line += memchr_iter(b'\n', between).count() as u64;
            counted = start;
            take(Hit { bytes: start..start, line, records: at..at + 1 });
        }
    }

    fn events(&self, records: &Range<usize>) -> String {
        let mut ids = String::new();
        for record in &self.scan.records[records.clone()] {
            let comma = if ids.is_empty() { "" } else { "," };
            let _ = write!(ids, "{comma}{:016x}", record.event);
        }
        if ids.is_empty() { format!("{:<16}", "-") } else { ids }
    }

    /// Makes a line safe, short where it has to fit, and marks what matched.
    fn text(&self, bytes: &[u8], taken: usize) -> String {
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let found: Vec<Range<usize>> =
            self.scan.regex.find_iter(bytes).map(|m| m.range()).collect();
        let (from, to) = self.window(bytes, found.first(), taken);
        let mark = if self.view.colour { AnsiColor::Red.on_default().bold() } else { Style::new() };
        let safe = |range: Range<usize>| {
            for_terminal(&String::from_utf8_lossy(&bytes[range])).into_owned()
        };
        let mut out = if from > 0 { "…".to_owned() } else { String::new() };
        let mut at = from;
        for range in found.into_iter().filter(|range| !range.is_empty()) {
            let (start, end) = (range.start.clamp(at, to), range.end.clamp(at, to));
            out += &safe(at..start);
            if start < end {
                let _ = write!(out, "{mark}{}{mark:#}", safe(start..end));
            }
            at = end;
        }
        out += &safe(at..to);
        if to < bytes.len() {
            out.push('…');
        }
        out
    }

    /// Returns the bytes of a line that are shown: those around the first match, cut between characters.
    fn window(&self, bytes: &[u8], first: Option<&Range<usize>>, taken: usize) -> (usize, usize) {
        let Some(width) = self.view.width else { return (0, bytes.len()) };
        let used = taken + self.source.label().len() + 14;
        let room = width.saturating_sub(used).max(NARROWEST);
        let start = first.map_or(0, |range| range.start);
        let is_inner = |at: &usize| bytes.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
        let mut from = if bytes.len() <= room { 0 } else { start.saturating_sub(room / 3) };
        let mut to = bytes.len().min(from.saturating_add(room));
        while is_inner(&from) && from > 0 {
            from -= 1;
        }
        while is_inner(&to) && to > from {
            to -= 1;
        }
        (from, to)
    }
}
