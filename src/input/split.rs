//! Where the records of a JSON stream lie.
//!
//! A stream is any sequence of values: one document, NDJSON, arrays or pages one after another, with
//! or without commas between them. Envelopes (an object with a `value`, `records`, ... list) are
//! entered, arrays are flattened, and every other object is a record. A record is read once: the walk
//! that finds its end leaves the tape from which it is normalised.
//!
//! What is broken costs itself: `resume` finds the next place where a record begins. A [`State`]
//! says where in its envelopes a position lies, so a big file can be read in parallel: each worker
//! guesses the first record of its part ([`guess()`]), checked against where the one before ended.

mod envelope;
mod foreign;
mod guess;
mod inner;
mod literal;
mod resume;
mod skim;
mod state;
mod wide;

use std::sync::Arc;

pub use guess::{Habit, guess, holds_record, learn};
pub use state::{RecordLimit, State};

use crate::base::index32;
use crate::base::json::{self, Doc, Kind, MAX_DEPTH, Tape, skip_blank};
use crate::diag::Code;
use envelope::{Enters, Opening, opening};
use foreign::Foreign;
use state::{Frame, Passing};

/// What is wrong with a record that nests too deep.
const TOO_DEEP: &str = "nested deeper than 64 levels";

/// A place in the stream, in bytes of the text given and lines since its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
    /// Line feeds between the start of the text and `start`.
    pub line: u32,
}

/// Takes what a stream holds, in order.
pub trait Sink {
    /// Takes a record; `names` are the column names when the record is a row of a query answer.
    fn record(&mut self, span: Span, doc: Doc<'_>, names: Option<&Arc<[String]>>);
    /// Takes a piece that could not be read.
    fn reject(&mut self, span: Span, code: Code, detail: &'static str);
    /// Says that the piece rejected last goes on for so many more bytes.
    fn extend(&mut self, bytes: usize);
    /// Takes a remark on the stream.
    fn note(&mut self, code: Code);
    /// Takes a remark on a place of the stream.
    fn note_at(&mut self, code: Code, _at: usize) {
        self.note(code);
    }
}

/// Reads records from a text.
pub struct Splitter {
    /// Where in its envelopes the reader is.
    pub state: State,
    limit: RecordLimit,
    tape: Tape,
    trial: Tape,
    habit: Habit,
    lines: u32,
    /// Bytes that may still be read only to see whether a record begins or ends somewhere.
    trials: usize,
    nesting: u8,
}

/// How reading a text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// First byte that was not taken.
    pub at: usize,
    /// Line feeds before it.
    pub lines: u32,
}

impl Splitter {
    /// Starts at a place whose envelopes are known.
    pub fn new(state: State, limit: RecordLimit) -> Self {
        Splitter {
            state,
            limit,
            tape: Tape::default(),
            trial: Tape::default(),
            habit: Habit::default(),
            lines: 0,
            trials: 64 << 20,
            nesting: 0,
        }
    }

    /// Returns how the records read so far begin.
    pub fn habit(&self) -> &Habit {
        &self.habit
    }

    /// Returns the limit of a record.
    pub fn limit(&self) -> RecordLimit {
        self.limit
    }

    /// Takes everything from `from` up to the first border between records at or after `until`.
    ///
    /// With `last`, the text ends where the input ends; without, a record that
    /// the text cuts off is left for the next call.
    pub fn run(
        &mut self,
        text: &[u8],
        from: usize,
        until: usize,
        last: bool,
        sink: &mut dyn Sink,
    ) -> Stop {
        self.lines = 0;
        let mut at = from;
        loop {
            // Inside a record that is passed over, blanks tell where lines begin.
            if self.state.passing == Passing::No {
                at = self.blank(text, at, sink);
            }
            if at >= until && at < text.len() {
                break;
            }
            let Some(&byte) = text.get(at) else {
                if last {
                    self.finish(at, sink);
                }
                break;
            };
            match self.step(text, at, byte, last, sink) {
                Some(next) => at = next,
                None => break,
            }
        }
        Stop { at, lines: self.lines }
    }

    /// Passes over blanks, commas between records and padding.
    fn blank(&mut self, text: &[u8], mut at: usize, sink: &mut dyn Sink) -> usize {
        loop {
            let (next, lines) = skip_blank(text, at);
            self.lines += lines;
            at = next;
            match text.get(at) {
                Some(b',') => at += 1,
                // A byte order mark, where files were joined.
                Some(0xef) if text[at..].starts_with(b"\xef\xbb\xbf") => at += 3,
                Some(0) => {
                    at += text[at..].iter().take_while(|&&b| b == 0).count();
                    sink.note(Code::NulPadding);
                }
                _ => return at,
            }
        }
    }

    /// Takes one thing; `None` when more text is needed.
    fn step(
        &mut self,
        text: &[u8],
        at: usize,
        byte: u8,
        last: bool,
        sink: &mut dyn Sink,
    ) -> Option<usize> {
        if self.state.passing != Passing::No {
            return self.pass(text, at, last, sink);
        }
        if !matches!(byte, b'{' | b'"' | b']' | b'}') {
            let found = match self.literal(text, at, last, sink) {
                Foreign::No => foreign::look(self, text, at, last),
                read => read,
            };
            match found {
                Foreign::No => {}
                Foreign::Cut => return None,
                Foreign::Upto(next) => {
                    self.lines += index32(memchr::memchr_iter(b'\n', &text[at..next]).count());
                    sink.note(Code::ForeignText);
                    return Some(next);
                }
            }
        }
        match (self.state.frames.last(), byte) {
            (Some(Frame::List | Frame::Rows(_)), b']') | (Some(Frame::Envelope), b'}') => {
                self.state.frames.pop();
                Some(at + 1)
            }
            (Some(Frame::Envelope), b'"') => self.member(text, at, last, sink),
            (Some(Frame::Envelope), _) => self.torn(text, at, "no key in an envelope", last, sink),
            (Some(Frame::Rows(_)), _) => self.value(text, at, last, sink),
            (_, b'[') if self.state.frames.len() < MAX_DEPTH => {
                self.state.frames.push(Frame::List);
                Some(at + 1)
            }
            (_, b'{') if self.state.frames.len() < MAX_DEPTH && !self.habit.opens(text, at) => {
                self.object(text, at, last, sink)
            }
            _ => self.value(text, at, last, sink),
        }
    }

    /// Enters an envelope or takes a record.
    fn object(&mut self, text: &[u8], at: usize, last: bool, sink: &mut dyn Sink) -> Option<usize> {
        match opening(text, at, self.state.frames.is_empty()) {
            Opening::Envelope => {
                self.state.frames.push(Frame::Envelope);
                self.state.columns = None;
                self.state.further = false;
                Some(at + 1)
            }
            Opening::Cut if !last && text.len() - at < self.limit.bytes => None,
            Opening::Record | Opening::Cut => self.value(text, at, last, sink),
        }
    }

    /// Takes one member of an envelope.
    fn member(&mut self, text: &[u8], at: usize, last: bool, sink: &mut dyn Sink) -> Option<usize> {
        let member = envelope::member(text, at, &mut self.tape);
        match member.map_err(|error| self.measured(text, error)) {
            Ok(member) => {
                self.lines += member.lines;
                self.state.further |= member.next_link;
                if member.error {
                    sink.note(Code::ApiError);
                }
                if let Some(columns) = member.columns {
                    self.state.columns = Some(columns);
                }
                let frame = match member.enters {
                    None => return Some(member.end),
                    Some(Enters::Record) => {
                        let end = self.value(text, member.end, last, sink);
                        // What more text is needed for is taken again from the key on.
                        self.lines -= if end.is_none() { member.lines } else { 0 };
                        return end;
                    }
                    Some(Enters::Rows) => self.state.columns.take().map(Frame::Rows),
                    Some(Enters::List) => None,
                    Some(Enters::Envelope) => Some(Frame::Envelope),
                };
                self.state.frames.push(frame.unwrap_or(Frame::List));
                Some(member.end)
            }
            Err(json::Error::Ends { .. }) if !last && text.len() - at < self.limit.bytes => None,
            Err(error) => self.failed(text, at, error, last, sink),
        }
    }

    /// Takes one value that is no envelope.
    fn value(&mut self, text: &[u8], at: usize, last: bool, sink: &mut dyn Sink) -> Option<usize> {
        let end = text.len().min(at.saturating_add(self.limit.bytes));
        let parsed = json::parse(&text[..end], at, &mut self.tape);
        match parsed.map_err(|error| self.measured(&text[..end], error)) {
            Ok(parsed) => {
                let whole = text[at] != b'"' || inner::is_value(text, parsed.end, last)?;
                if !whole {
                    return self.torn(text, at, "a text that is no object", last, sink);
                }
                let span = Span { start: at, end: parsed.end, line: self.lines };
                self.lines += parsed.lines;
                self.emit(text, span, sink);
                Some(parsed.end)
            }
            Err(json::Error::Ends { .. }) if end < text.len() => {
                self.state.passing = Passing::Begins;
                Some(at)
            }
            Err(json::Error::Ends { .. }) if !last => None,
            Err(error) => self.failed(text, at, error, last, sink),
        }
    }

    fn emit(&mut self, text: &[u8], span: Span, sink: &mut dyn Sink) {
        let bytes = &text[span.start..span.end];
        let names = match self.state.frames.last() {
            Some(Frame::Rows(names)) => Some(names),
            _ => None,
        };
        let Ok(record) = simdutf8::basic::from_utf8(bytes) else {
            return self.emit_lossy(bytes, span, sink);
        };
        let doc = Doc::new(record, &self.tape);
        match doc.root().kind() {
            Kind::Object => {
                self.habit.remember(text, span.start, doc);
                // A row that names its values itself needs no columns.
                sink.record(span, doc, None);
            }
            Kind::Array if names.is_some() => {
                sink.record(span, doc, names);
            }
            Kind::Plain | Kind::Escaped => inner::take(self.nesting, self.limit, doc, span, sink),
            _ => sink.reject(span, Code::NotARecord, "a value that is no object"),
        }
    }

    /// Takes a record with bytes that are no UTF-8: they are replaced, the rest is kept.
    fn emit_lossy(&mut self, bytes: &[u8], span: Span, sink: &mut dyn Sink) {
        let text = String::from_utf8_lossy(bytes);
        let mut tape = Tape::default();
        if json::parse(text.as_bytes(), 0, &mut tape).is_ok() {
            sink.note(Code::BadText);
            let names = match self.state.frames.last() {
                Some(Frame::Rows(names)) => Some(names),
                _ => None,
            };
            sink.record(span, Doc::new(&text, &tape), names);
        } else {
            sink.reject(span, Code::TornRecord, "bytes that are no text");
        }
    }

    fn failed(
        &mut self,
        text: &[u8],
        at: usize,
        error: json::Error,
        last: bool,
        sink: &mut dyn Sink,
    ) -> Option<usize> {
        match error {
            json::Error::TooDeep { end: Some(end), .. } => {
                self.reject(text, at, end, Code::TooDeep, TOO_DEEP, sink);
                Some(end)
            }
            json::Error::TooDeep { end: None, .. } => self.torn(text, at, TOO_DEEP, last, sink),
            json::Error::TooLong => {
                self.state.passing = Passing::Begins;
                Some(at)
            }
            json::Error::Syntax { what, .. } => self.printed(text, at, what, last, sink),
            json::Error::Ends { .. } => {
                let next = resume::find(self, text, at);
                let code = if next.is_some() { Code::TornRecord } else { Code::TruncatedRecord };
                let end = next.unwrap_or(text.len());
                self.reject(text, at, end, code, "the input ends inside it", sink);
                Some(end)
            }
        }
    }

    /// Rejects what is broken at `at` and goes on at the next record.
    fn torn(
        &mut self,
        text: &[u8],
        at: usize,
        what: &'static str,
        last: bool,
        sink: &mut dyn Sink,
    ) -> Option<usize> {
        let next = resume::find(self, text, at);
        if next.is_none() && !last && text.len() - at < self.limit.bytes {
            return None;
        }
        let end = next.unwrap_or(text.len());
        self.reject(text, at, end, Code::TornRecord, what, sink);
        Some(end)
    }

    fn reject(
        &mut self,
        text: &[u8],
        start: usize,
        end: usize,
        code: Code,
        detail: &'static str,
        sink: &mut dyn Sink,
    ) {
        let is_edge = |b: &u8| b.is_ascii_whitespace() || *b == 0;
        let trailing = text[start..end].iter().rev().take_while(|b| is_edge(b)).count();
        let span = Span { start, end: (end - trailing).max(start + 1), line: self.lines };
        self.lines += index32(memchr::memchr_iter(b'\n', &text[start..end]).count());
        sink.reject(span, code, detail);
    }

    /// Says what the end of the input leaves open.
    fn finish(&mut self, at: usize, sink: &mut dyn Sink) {
        if !self.state.frames.is_empty() {
            self.state.frames.clear();
            sink.note_at(Code::TruncatedInput, at);
        }
        if std::mem::take(&mut self.state.further) {
            sink.note(Code::NextLink);
        }
    }
}

#[cfg(test)]
mod tests;
