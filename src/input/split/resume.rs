//! Where reading goes on after something broken.
//!
//! A candidate is a brace after the broken place. It is believed when it
//! stands at the start of a line at the depth of the broken record, or when a
//! whole record that looks like those before it can be read from there. The
//! second test costs a reading, so it has a budget: on garbage made to exhaust
//! it, only line starts count. The end of what nests too deep is looked for on
//! the same budget.

use super::envelope::is_telling;
use super::guess::column;
use super::{Frame, Splitter, foreign, inner};
use crate::base::json::{self, Doc};

/// Reading a dictionary of Python costs as much as reading this many times its bytes of JSON.
const PRINTED: usize = 8;

impl Splitter {
    /// Looks for the end of what nests too deep, as long as the budget lasts: the end may be far, and
    /// be the same for thousands of values in each other.
    pub(super) fn measured(&mut self, text: &[u8], error: json::Error) -> json::Error {
        let json::Error::TooDeep { at, .. } = error else { return error };
        if self.trials == 0 {
            return error;
        }
        let measured = json::measure(text, at);
        let read = match measured {
            json::Error::TooDeep { end: Some(end), .. } => end,
            other => other.read(text.len()),
        };
        self.trials = self.trials.saturating_sub(read - at);
        measured
    }
}

/// Returns where the next record after the broken one at `start` begins, and sets the envelopes for it.
pub(super) fn find(splitter: &mut Splitter, text: &[u8], start: usize) -> Option<usize> {
    let indent = column(text, start);
    let from = start + 1;
    let candidates = memchr::memchr2_iter(b'{', b'[', text.get(from..)?).map(|i| from + i);
    for at in candidates {
        let here = column(text, at);
        // A new document at the left margin ends whatever was open.
        let document = here == Some(0) && indent != Some(0) && starts_document(splitter, text, at);
        if document {
            splitter.state.frames.clear();
            splitter.state.columns = None;
            return Some(at);
        }
        let record = text[at] == b'{'
            && (here.is_some() && here == indent || looks_whole(splitter, text, at));
        let row = text[at] == b'[' && in_rows(splitter) && whole_row(splitter, text, at);
        // A record that was converted to JSON twice is a string.
        let quoted = text[at - 1] == b'"' && is_quoted(splitter, text, at - 1);
        if record || row || quoted {
            if splitter.state.frames.last() == Some(&Frame::Envelope) {
                splitter.state.frames.push(Frame::List);
            }
            return Some(at - usize::from(quoted));
        }
    }
    None
}

/// Whether a document begins at the left margin: after a stream of documents was cut inside one of them.
fn starts_document(splitter: &Splitter, text: &[u8], at: usize) -> bool {
    if splitter.state.frames.is_empty() {
        return true;
    }
    let (next, _) = json::skip_blank(text, at + 1);
    match (text[at], text.get(next)) {
        (b'{', Some(b'"')) => splitter.habit.column != Some(0),
        (b'[', Some(b'{' | b'[' | b'"')) => true,
        _ => false,
    }
}

fn in_rows(splitter: &Splitter) -> bool {
    matches!(splitter.state.frames.last(), Some(Frame::Rows(_)))
}

/// Whether a whole row with the right number of cells stands at `at`.
fn whole_row(splitter: &mut Splitter, text: &[u8], at: usize) -> bool {
    let Some(Frame::Rows(names)) = splitter.state.frames.last() else { return false };
    let count = names.len();
    trial(splitter, text, at, |_, doc| doc.root().items().count() == count)
}

/// Whether a whole record that looks like those before it stands at `at`.
fn looks_whole(splitter: &mut Splitter, text: &[u8], at: usize) -> bool {
    // After a colon an object is the value of a member, and part of what is broken, but for what a
    // logger writes before it.
    let before = text[..at].iter().rev().find(|b| !b.is_ascii_whitespace());
    let is_member = before == Some(&b':') && !foreign::is_behind_text(text, at);
    if is_member && !splitter.habit.opens(text, at) {
        return false;
    }
    trial(splitter, text, at, |splitter, doc| splitter.habit.resembles(doc))
}

/// Whether a string with a whole record in it stands at `at`, and is no value of a member.
fn is_quoted(splitter: &mut Splitter, text: &[u8], at: usize) -> bool {
    let before = text[..at].iter().rev().find(|b| !b.is_ascii_whitespace());
    matches!(before, None | Some(b',' | b'[' | b'"'))
        && trial(splitter, text, at, |_, doc| {
            let inside = doc.root().as_str().unwrap_or_default();
            let mut tape = json::Tape::default();
            json::parse(inside.as_bytes(), 0, &mut tape)
                .is_ok_and(|parsed| parsed.end == inside.len())
                && is_telling(Doc::new(&inside, &tape))
        })
}

fn trial(
    splitter: &mut Splitter,
    text: &[u8],
    at: usize,
    believe: impl Fn(&Splitter, Doc<'_>) -> bool,
) -> bool {
    if splitter.trials == 0 {
        return false;
    }
    let end = text.len().min(at.saturating_add(splitter.limit.bytes));
    let mut tape = std::mem::take(&mut splitter.trial);
    let (good, read) = match json::parse(&text[..end], at, &mut tape) {
        Ok(parsed) => {
            let good = std::str::from_utf8(&text[at..parsed.end])
                .is_ok_and(|record| believe(splitter, Doc::new(record, &tape)));
            (good, parsed.end)
        }
        Err(json::Error::Syntax { at: wrong, .. }) => {
            let (good, read) =
                inner::try_printed(&text[..end], at, &mut tape, |doc| believe(splitter, doc));
            (good, wrong.max(at + (read - at) * PRINTED))
        }
        Err(error) => (false, error.read(end)),
    };
    splitter.trials = splitter.trials.saturating_sub(read - at + 64);
    splitter.trial = tape;
    good
}
