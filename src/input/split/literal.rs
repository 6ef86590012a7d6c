//! Records in single quotes, as scripts log them: `body: b'{...}'`.
//!
//! What stands between the quotes is the record as it came, or as Python writes a text of it, with
//! each backslash twice.

use std::borrow::Cow;

use super::envelope::{Opening, is_telling, opening};
use super::foreign::Foreign;
use super::{Sink, Span, Splitter, inner};
use crate::base::json::{self, Doc, Tape};
use crate::base::python::{self, Printed};

/// What stands at a place.
pub(super) enum Literal<'t> {
    /// No record in quotes.
    No,
    /// One that the text cuts off.
    Cut,
    /// A text that may hold records, and the first byte after its quote.
    Whole(Cow<'t, str>, usize),
}

/// Reads the text whose quote stands at `at`.
pub(super) fn read<'t>(text: &'t [u8], at: usize, tape: &mut Tape) -> Literal<'t> {
    if !matches!(text[at..], [b'\'', b'{' | b'[', ..]) {
        return Literal::No;
    }
    match json::parse(text, at + 1, tape) {
        Ok(parsed) if text.get(parsed.end) == Some(&b'\'') => {
            return std::str::from_utf8(&text[at + 1..parsed.end])
                .map_or(Literal::No, |own| Literal::Whole(own.into(), parsed.end + 1));
        }
        Ok(parsed) if parsed.end < text.len() => return Literal::No,
        Ok(_) | Err(json::Error::Ends { .. }) => return Literal::Cut,
        Err(_) => {}
    }
    match python::text(text, at) {
        Printed::Whole { end, json } if json::parse(json.as_bytes(), 0, tape).is_ok() => {
            Literal::Whole(json.into(), end)
        }
        Printed::Cut => Literal::Cut,
        Printed::Whole { .. } | Printed::No { .. } => Literal::No,
    }
}

/// Where the quote of a text stands that begins at `at`, with the letter of its kind before it.
fn quote(text: &[u8], at: usize) -> Option<usize> {
    match text[at..] {
        [b'\'', ..] => Some(at),
        [b'b' | b'u' | b'r', b'\'', ..] => Some(at + 1),
        _ => None,
    }
}

/// Where the text begins whose quote stands at `quote`, with the letter of its kind.
pub(super) fn start(text: &[u8], quote: usize) -> usize {
    let is_kind = match text[..quote] {
        [.., before, b'b' | b'u' | b'r'] => !before.is_ascii_alphanumeric(),
        [b'b' | b'u' | b'r'] => true,
        _ => false,
    };
    quote - usize::from(is_kind)
}

/// Whether a text in quotes holds a record of an export; `None` where the input cuts it off.
pub(super) fn holds_record(text: &[u8], quote: usize, tape: &mut Tape) -> Option<bool> {
    match read(text, quote, tape) {
        Literal::No => Some(false),
        Literal::Cut => None,
        Literal::Whole(own, _) => Some(
            opening(own.as_bytes(), 0, true) == Opening::Envelope
                || json::parse(own.as_bytes(), 0, tape).is_ok() && is_telling(Doc::new(&own, tape)),
        ),
    }
}

impl Splitter {
    /// Takes the records of a text in quotes at `at`.
    pub(super) fn literal(
        &mut self,
        text: &[u8],
        at: usize,
        last: bool,
        sink: &mut dyn Sink,
    ) -> Foreign {
        let Some(quote) = quote(text, at).filter(|_| self.nesting < inner::NESTED) else {
            return Foreign::No;
        };
        let window = &text[..text.len().min(at.saturating_add(self.limit.bytes))];
        match read(window, quote, &mut self.trial) {
            Literal::Cut if !last && window.len() == text.len() => Foreign::Cut,
            Literal::No | Literal::Cut => Foreign::No,
            Literal::Whole(own, end) => {
                let span = Span { start: at, end, line: self.lines };
                inner::run(self.nesting, self.limit, &own, span, sink);
                Foreign::Upto(end)
            }
        }
    }
}
