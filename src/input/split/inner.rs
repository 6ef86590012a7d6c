//! Records that are no JSON as they stand: converted to JSON twice, in UTF-16, or printed by Python.

use std::sync::Arc;

use super::envelope::{Opening, opening};
use super::wide::Wide;
use super::{RecordLimit, Sink, Span, Splitter, State};
use crate::base::index32;
use crate::base::json::{self, Doc, skip_blank};
use crate::base::python::{self, Printed};
use crate::diag::Code;

/// Texts inside texts are opened so deep.
pub(super) const NESTED: u8 = 2;

/// Whether a text that ends at `end` is a value of a list or stream, and not a key or a quote too
/// many; `None` when the text has to go on to tell.
pub(super) fn is_value(text: &[u8], end: usize, last: bool) -> Option<bool> {
    match text.get(skip_blank(text, end).0) {
        Some(next) => Some(matches!(next, b',' | b']' | b'}' | b'"' | b'{' | b'[' | 0)),
        None => last.then_some(true),
    }
}

/// Takes the records inside a string that holds JSON (a record converted twice).
pub(super) fn take(nesting: u8, limit: RecordLimit, doc: Doc<'_>, span: Span, sink: &mut dyn Sink) {
    let text = doc.root().as_str().unwrap_or_default();
    if nesting >= NESTED || !text.trim_start().starts_with(['{', '[']) {
        return sink.reject(span, Code::NotARecord, "a text that is no object");
    }
    run(nesting, limit, &text, span, sink);
}

/// Takes the records of a text that stands for the piece at `span`.
pub(super) fn run(nesting: u8, limit: RecordLimit, text: &str, span: Span, sink: &mut dyn Sink) {
    let mut inside = Inside { span, sink };
    let mut splitter = Splitter::new(State::default(), limit);
    splitter.nesting = nesting + 1;
    splitter.run(text.as_bytes(), 0, text.len(), true, &mut inside);
}

impl Splitter {
    /// Takes what is no JSON at `at`: UTF-16, a dictionary of Python, or something torn.
    pub(super) fn printed(
        &mut self,
        text: &[u8],
        at: usize,
        what: &'static str,
        last: bool,
        sink: &mut dyn Sink,
    ) -> Option<usize> {
        match self.wide(text, at, last, sink) {
            Wide::No => {}
            Wide::Cut => return None,
            Wide::Upto(end) => return Some(end),
        }
        let window = &text[..text.len().min(at.saturating_add(self.limit.bytes))];
        let (end, json) = match python::read(window, at) {
            Printed::Whole { end, json } => (end, json),
            Printed::Cut if !last && window.len() == text.len() => return None,
            Printed::Cut if last => {
                let error = json::Error::Ends { at: text.len() };
                return self.failed(text, at, error, last, sink);
            }
            Printed::Cut | Printed::No { .. } => return self.torn(text, at, what, last, sink),
        };
        let span = Span { start: at, end, line: self.lines };
        // Of zeros that were written over it, the JSON has only names.
        if memchr::memchr(0, &text[at..end]).is_some() {
            sink.note(Code::ZeroBytes);
        }
        match json::parse(json.as_bytes(), 0, &mut self.trial) {
            Ok(_) if opening(json.as_bytes(), 0, true) == Opening::Envelope => {
                run(self.nesting, self.limit, &json, span, sink);
            }
            Ok(_) => sink.record(span, Doc::new(&json, &self.trial), None),
            Err(_) => return self.torn(text, at, what, last, sink),
        }
        self.lines += index32(memchr::memchr_iter(b'\n', &text[at..end]).count());
        Some(end)
    }
}

/// Reads the dictionary of Python at `at`; returns whether it is a whole one for which `believe` holds, and
/// how far it was read.
pub(super) fn try_printed(
    text: &[u8],
    at: usize,
    tape: &mut json::Tape,
    believe: impl Fn(Doc<'_>) -> bool,
) -> (bool, usize) {
    match python::read(text, at) {
        Printed::No { at } => (false, at),
        Printed::Cut => (false, text.len()),
        Printed::Whole { end, json } => {
            let is_one = json::parse(json.as_bytes(), 0, tape).is_ok();
            (is_one && believe(Doc::new(&json, tape)), end)
        }
    }
}

/// Gives the records inside a string the place of the string.
struct Inside<'s> {
    span: Span,
    sink: &'s mut dyn Sink,
}

impl Sink for Inside<'_> {
    fn record(&mut self, _span: Span, doc: Doc<'_>, names: Option<&Arc<[String]>>) {
        self.sink.record(self.span, doc, names);
    }

    fn reject(&mut self, _span: Span, code: Code, detail: &'static str) {
        self.sink.reject(self.span, code, detail);
    }

    fn extend(&mut self, _bytes: usize) {}

    fn note(&mut self, code: Code) {
        self.sink.note(code);
    }
}
