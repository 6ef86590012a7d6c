//! UTF-16 behind UTF-8, as `>>` of Windows PowerShell leaves it when it appends to a file of another tool.

use std::sync::Arc;

use encoding_rs::UTF_16LE;

use super::{Sink, Span, Splitter};
use crate::base::json::Doc;
use crate::diag::Code;

/// At least this many units show that each letter has two bytes.
const UNITS: usize = 16;

/// What stands at a place.
pub(super) enum Wide {
    /// No UTF-16.
    No,
    /// Too little text is at hand to read it.
    Cut,
    /// It was read up to here.
    Upto(usize),
}

/// Whether an object in UTF-16, low byte first, begins here.
fn begins(text: &[u8], at: usize) -> bool {
    let units = text[at..].chunks_exact(2).take(UNITS);
    let empty = units.clone().filter(|pair| pair[1] == 0).count();
    text[at..].starts_with(b"{\0") && units.len() == UNITS && empty * 4 >= UNITS * 3
}

impl Splitter {
    /// Reads what is UTF-16 at `at`; with `last`, the text ends where the input ends.
    pub(super) fn wide(&mut self, text: &[u8], at: usize, last: bool, sink: &mut dyn Sink) -> Wide {
        if !begins(text, at) {
            return Wide::No;
        }
        let rest = &text[at..];
        let window = &rest[..rest.len().min(self.limit.bytes.saturating_mul(2))];
        let is_all = window.len() == rest.len();
        if is_all && !last {
            return Wide::Cut;
        }
        let (narrow, _) = UTF_16LE.decode_without_bom_handling(&window[..window.len() & !1]);
        let mut inside = Inside { text: &narrow, narrow: 0, wide: at, lines: self.lines, sink };
        let mut splitter = Splitter::new(std::mem::take(&mut self.state), self.limit);
        let stop = splitter.run(narrow.as_bytes(), 0, narrow.len(), is_all, &mut inside);
        let end = if is_all { text.len() } else { inside.place(stop.at) };
        self.state = splitter.state;
        if stop.at == 0 {
            return Wide::No;
        }
        self.lines += stop.lines;
        Wide::Upto(end)
    }
}

/// Gives records their places in the text before it was decoded.
struct Inside<'s> {
    text: &'s str,
    /// A place in the decoded text, and the same before.
    narrow: usize,
    wide: usize,
    /// Line feeds before it.
    lines: u32,
    sink: &'s mut dyn Sink,
}

impl Inside<'_> {
    fn place(&mut self, at: usize) -> usize {
        let passed = &self.text[self.narrow..at];
        self.wide += passed.encode_utf16().count() * 2;
        self.narrow = at;
        self.wide
    }

    fn span(&mut self, span: Span) -> Span {
        let start = self.place(span.start);
        let inside = &self.text[span.start..span.end];
        Span { start, end: start + inside.encode_utf16().count() * 2, line: self.lines + span.line }
    }
}

impl Sink for Inside<'_> {
    fn record(&mut self, span: Span, doc: Doc<'_>, names: Option<&Arc<[String]>>) {
        let span = self.span(span);
        self.sink.record(span, doc, names);
    }

    fn reject(&mut self, span: Span, code: Code, detail: &'static str) {
        let span = self.span(span);
        self.sink.reject(span, code, detail);
    }

    fn extend(&mut self, bytes: usize) {
        self.sink.extend(bytes * 2);
    }

    fn note(&mut self, code: Code) {
        self.sink.note(code);
    }
}
