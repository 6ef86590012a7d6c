//! What the records of a stream look like from outside, and where the next one may begin.

use memchr::memmem;

use super::envelope::{Opening, holds_telling, is_telling, opening};
use super::{RecordLimit, Sink, Span, Splitter, State, inner, literal};
use crate::base::hash;
use crate::base::json::{self, Doc, skip_blank};
use crate::diag::Code;

/// At most this many different first keys are remembered.
const FIRSTS: usize = 16;

/// So deep inside another does a record lie that nothing is known of yet.
const CARRIED: u8 = 4;

/// How the records of a stream begin and what members they have.
#[derive(Clone, Debug, Default)]
pub struct Habit {
    /// What records look like, one for each first key seen; the latest first.
    looks: Vec<Look>,
    /// Blanks between the line's start and the record, if nothing else stands there.
    pub(super) column: Option<usize>,
}

/// How some of the records of a stream look.
#[derive(Clone, Debug)]
struct Look {
    /// What stands from the brace to the end of the first key.
    first: Vec<u8>,
    /// Keys of the members.
    members: Vec<u64>,
}

impl Habit {
    /// Whether the object at `at` begins as a record before it did.
    #[inline]
    pub(super) fn opens(&self, text: &[u8], at: usize) -> bool {
        self.looks.iter().any(|look| text[at..].starts_with(&look.first))
    }

    /// Whether no record was seen yet.
    pub(super) fn is_empty(&self) -> bool {
        self.looks.is_empty()
    }

    /// Remembers a record that was read whole.
    #[inline]
    pub(super) fn remember(&mut self, text: &[u8], at: usize, doc: Doc<'_>) {
        if self.opens(text, at) {
            return;
        }
        // Frames of Kusto's answers begin alike, and some hold rows.
        if let Some(first) = first(&text[at..]).filter(|first| !first.ends_with(b"\"FrameType\"")) {
            self.looks.truncate(FIRSTS - 1);
            self.looks.insert(0, Look { first: first.to_vec(), members: members(doc) });
            self.column = column(text, at);
        }
    }

    /// Whether a record has enough members in common with one before it to be one of them.
    ///
    /// A piece of a torn record may have been taken for a record, so each look counts by itself.
    pub(super) fn resembles(&self, doc: Doc<'_>) -> bool {
        let these = members(doc);
        if is_telling(doc) {
            return true;
        }
        if self.looks.is_empty() {
            return these.len() >= 5 || holds_telling(doc.root(), CARRIED);
        }
        self.looks.iter().any(|look| {
            let common = these.iter().filter(|k| look.members.contains(k)).count();
            common >= 2 && common * 2 >= these.len().min(look.members.len())
        })
    }
}

fn members(doc: Doc<'_>) -> Vec<u64> {
    doc.root().members().map(|(key, _)| hash::key(key.as_bytes())).collect()
}

/// What stands from the brace at the start to the end of the first key.
fn first(text: &[u8]) -> Option<&[u8]> {
    let (key, _) = skip_blank(text, 1);
    if text.get(key) != Some(&b'"') {
        return None;
    }
    let len = memchr::memchr2(b'"', b'\n', &text[key + 1..])?;
    text.get(..key + len + 2)
}

/// Blanks between the start of the line and `at`, if there is nothing else.
pub(super) fn column(text: &[u8], at: usize) -> Option<usize> {
    let blanks = text[..at].iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let before = at - blanks;
    (before == 0 || text[before - 1] == b'\n').then_some(blanks)
}

/// Reads the head of a text up to its first record; returns where records begin and in which envelopes.
///
/// `None` when the head (1 MiB) holds no whole record, or holds rows of a
/// query answer, whose parts cannot be told apart from inside.
pub fn learn(text: &[u8]) -> Option<(State, Habit)> {
    let mut first = First::default();
    let head = text.len().min(1 << 20);
    let mut splitter = Splitter::new(State::default(), RecordLimit::default());
    let mut at = 0;
    while first.span.is_none() {
        let stop = splitter.run(&text[..head], at, at + 1, false, &mut first);
        if stop.at <= at || first.broken {
            return None;
        }
        at = stop.at;
    }
    let plain = splitter.state.columns.is_none()
        && !splitter.state.frames.iter().any(|f| matches!(f, super::Frame::Rows(_)));
    (plain && !first.broken && !splitter.habit.is_empty())
        .then_some((splitter.state, splitter.habit))
}

/// Returns where the first record at or after `from` probably begins.
///
/// The guess is right for every whole stream whose records begin alike; where
/// it is wrong, the worker before ends elsewhere, which the caller checks.
pub fn guess(text: &[u8], from: usize, habit: &Habit) -> Option<usize> {
    if let Some(column) = habit.column {
        return memchr::memchr_iter(b'\n', &text[from..]).map(|i| from + i + 1 + column).find(
            |&at| {
                text.get(at) == Some(&b'{')
                    && text[at - column..at].iter().all(|b| matches!(b, b' ' | b'\t'))
            },
        );
    }
    let needle = &habit.looks.first()?.first;
    // A brace and an unescaped quote cannot stand inside a string, so this is a real object.
    memmem::find_iter(&text[from..], needle).map(|i| from + i).find(|&at| {
        let blanks = text[..at].iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
        at > blanks && matches!(text[at - blanks - 1], b',')
    })
}

/// At most this many bytes are read to see whether a text holds records behind what begins it.
const LOOKED_AT: usize = 64 << 20;
/// An answer shows its list within this many bytes.
const HEAD: usize = 4 << 10;

/// Whether a record of an event or an alert, or a list of them, begins in a text that begins as
/// something else: on a line of its own, or behind other text or other records on its line.
pub fn holds_record(text: &[u8]) -> bool {
    let (mut tape, mut read) = (json::Tape::default(), 0);
    // So far the brackets of a line before were followed: from inside them the way is the same.
    let mut walked = 0;
    let ends = memchr::memchr_iter(b'\n', text);
    let starts = std::iter::once(0).chain(ends.map(|end| end + 1));
    let mut places =
        starts.take_while(|at| *at < LOOKED_AT).filter_map(|at| match text.get(at)? {
            b'{' | b'[' => Some(at),
            _ => memchr::memchr2(b'{', b'\n', &text[at..]).map(|len| at + len),
        });
    let begins = places.any(|at| {
        let mut at = at;
        if at < walked {
            return false;
        }
        let quote = at.checked_sub(1).filter(|&before| text[before] == b'\'');
        // Into a list, or into an answer that holds one.
        while matches!(text.get(at), Some(b'[')) {
            at = skip_blank(text, at + 1).0;
            walked = at;
        }
        if text.get(at) != Some(&b'{') || read > LOOKED_AT {
            return false;
        }
        if opening(text, at, true) == Opening::Envelope
            && let Some(list) = memchr::memchr(b'[', &text[at..text.len().min(at + HEAD)])
        {
            at = skip_blank(text, at + list + 1).0;
        }
        let end = text.len().min(at + RecordLimit::default().bytes);
        let parsed = json::parse(&text[..end], at, &mut tape);
        read += parsed.as_ref().map_or_else(|error| error.read(end), |parsed| parsed.end) - at;
        let Ok(parsed) = parsed else {
            let is_own = |quote| literal::holds_record(&text[..end], quote, &mut tape);
            if quote.and_then(is_own) == Some(true) {
                return true;
            }
            let (is_record, upto) = inner::try_printed(&text[..end], at, &mut tape, is_telling);
            read += upto - at;
            return is_record;
        };
        tells(&text[at..parsed.end], &tape)
    });
    begins || holds_further(text, &mut tape, read)
}

/// Whether a record stands in a list behind what is left of the one before it: a page on a single line,
/// whose beginning was overwritten.
fn holds_further(text: &[u8], tape: &mut json::Tape, mut read: usize) -> bool {
    let text = &text[..text.len().min(LOOKED_AT)];
    // A brace and an unescaped quote cannot stand inside a string.
    memmem::find_iter(text, b"{\"").any(|at| {
        let before = text[..at].iter().rev().find(|b| !b.is_ascii_whitespace());
        if !matches!(before, Some(b',' | b'[')) || read > LOOKED_AT {
            return false;
        }
        let end = text.len().min(at + RecordLimit::default().bytes);
        let parsed = json::parse(&text[..end], at, tape);
        read += parsed.as_ref().map_or_else(|error| error.read(end), |parsed| parsed.end) - at;
        parsed.is_ok_and(|parsed| tells(&text[at..parsed.end], tape))
    })
}

fn tells(record: &[u8], tape: &json::Tape) -> bool {
    std::str::from_utf8(record).is_ok_and(|record| is_telling(Doc::new(record, tape)))
}

#[derive(Default)]
struct First {
    span: Option<Span>,
    broken: bool,
}

impl Sink for First {
    fn record(&mut self, span: Span, _doc: Doc<'_>, _names: Option<&std::sync::Arc<[String]>>) {
        self.span.get_or_insert(span);
    }

    fn reject(&mut self, _span: Span, _code: Code, _detail: &'static str) {
        self.broken = true;
    }

    fn extend(&mut self, _bytes: usize) {}

    fn note(&mut self, _code: Code) {}
}
