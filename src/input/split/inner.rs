//! Records inside a string: what was converted to JSON twice.

use std::sync::Arc;

use super::{RecordLimit, Sink, Span, Splitter, State};
use crate::base::json::{Doc, skip_blank};
use crate::diag::Code;

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
    if nesting >= 2 || !text.trim_start().starts_with(['{', '[']) {
        return sink.reject(span, Code::NotARecord, "a text that is no object");
    }
    let mut inside = Inside { span, sink };
    let mut splitter = Splitter::new(State::default(), limit);
    splitter.nesting = nesting + 1;
    splitter.run(text.as_bytes(), 0, text.len(), true, &mut inside);
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
