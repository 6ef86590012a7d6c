//! Passing over a value that is too long to be read: only its strings and brackets are followed,
//! so that it costs itself and no memory.

use super::guess::{Habit, column};
use super::state::Passing;
use super::{Sink, Span, Splitter};
use crate::base::index32;
use crate::base::json::skip_blank;
use crate::diag::Code;

/// What is said of a record that is too long.
const TOO_LONG: &str = "longer than a record may be";

/// To see whether a line begins a record, this many bytes after its start are enough.
const AHEAD: usize = 4096;

/// Where inside the value reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Skim {
    /// Containers that are open.
    depth: u32,
    /// Whether it is inside a string.
    string: bool,
    /// Whether the byte before was a backslash in a string.
    escaped: bool,
    /// Whether the value turned out to be broken, so that its brackets tell nothing.
    lost: bool,
}

/// How far a call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// What comes after the value begins here.
    Next(usize),
    /// The text before this place was passed over; more of it has to come.
    GoesOn(usize),
}

impl Skim {
    /// Passes over as much of the value as `text` holds from `at` on.
    ///
    /// A value without an end is left at the first line that begins as records do.
    pub(super) fn pass(
        &mut self,
        habit: &Habit,
        text: &[u8],
        mut at: usize,
        last: bool,
    ) -> Reached {
        while at < text.len() {
            let Some(found) = self.stop(text, at) else { break };
            if text[found] == b'\n' {
                self.lost |= self.string;
                match self.line(habit, text, found, last) {
                    Line::Begins(record) => return Reached::Next(record),
                    Line::Unknown => return Reached::GoesOn(found),
                    Line::Inside(next) => at = next,
                }
                continue;
            }
            match self.take(text[found]) {
                Some(after) => return Reached::Next(found + after),
                None => at = found + 1,
            }
        }
        Reached::GoesOn(text.len())
    }

    /// The next byte at or after `at` that changes anything.
    fn stop(&mut self, text: &[u8], at: usize) -> Option<usize> {
        if std::mem::take(&mut self.escaped) && !self.lost {
            return self.stop_in(text, at + 1);
        }
        self.stop_in(text, at)
    }

    fn stop_in(self, text: &[u8], at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let found = if self.lost {
            memchr::memchr(b'\n', rest)
        } else if self.string {
            memchr::memchr3(b'"', b'\\', b'\n', rest)
        } else {
            let tells = |b: &u8| matches!(b, b'"' | b'{' | b'}' | b'[' | b']' | b',' | b'\n');
            rest.iter().position(tells)
        };
        found.map(|i| at + i)
    }

    /// Takes a byte that is no line end; returns how many bytes on the value has ended.
    fn take(&mut self, byte: u8) -> Option<usize> {
        match (self.string, byte) {
            (true, b'\\') => self.escaped = true,
            (true, b'"') => {
                self.string = false;
                return (self.depth == 0).then_some(1);
            }
            (false, b'"') => self.string = true,
            (false, b'{' | b'[') => self.depth += 1,
            (false, b'}' | b']') if self.depth > 1 => self.depth -= 1,
            // The end of the value, or of what a number or word stood in.
            (false, b'}' | b']') => return Some(usize::from(self.depth == 1)),
            (false, b',') if self.depth == 0 => return Some(0),
            _ => {}
        }
        None
    }

    /// Says whether a record begins in the line after the line end at `end`.
    fn line(self, habit: &Habit, text: &[u8], end: usize, last: bool) -> Line {
        let (next, _) = skip_blank(text, end + 1);
        let far = last || text.len() - end > AHEAD;
        if !far && (next >= text.len() || text.len() - next < AHEAD / 2) {
            return Line::Unknown;
        }
        let begins = match text.get(next) {
            Some(b'{') => self.begins(habit, text, next),
            Some(b'[') => column(text, next) == Some(0),
            _ => false,
        };
        // Every line break before that leads to the same place.
        if begins { Line::Begins(next) } else { Line::Inside(next) }
    }

    /// Whether an object that begins a line is a record, and not a part of the value.
    fn begins(self, habit: &Habit, text: &[u8], at: usize) -> bool {
        let here = column(text, at);
        if self.lost {
            return habit.column.is_none_or(|column| here == Some(column));
        }
        if habit.is_empty() {
            return here == Some(0);
        }
        habit.column.is_none_or(|column| here == Some(column)) && habit.opens(text, at)
    }
}

impl Splitter {
    /// Passes over a record that is too long, up to the next record.
    pub(super) fn pass(
        &mut self,
        text: &[u8],
        at: usize,
        last: bool,
        sink: &mut dyn Sink,
    ) -> Option<usize> {
        let begins = self.state.passing == Passing::Begins;
        let mut skim = match self.state.passing {
            Passing::GoesOn(skim) => skim,
            Passing::Begins | Passing::No => Skim::default(),
        };
        let (end, done) = match skim.pass(&self.habit, text, at, last) {
            Reached::Next(next) => (next, true),
            Reached::GoesOn(end) => (end, last),
        };
        if end == at && !done {
            return None;
        }
        if begins && !done {
            // Blanks at the end of this part are inside the record.
            let span = Span { start: at, end, line: self.lines };
            sink.reject(span, Code::TooLong, TOO_LONG);
            self.lines += index32(memchr::memchr_iter(b'\n', &text[at..end]).count());
        } else if begins {
            self.reject(text, at, end, Code::TooLong, TOO_LONG, sink);
        } else {
            sink.extend(end - at);
            self.lines += index32(memchr::memchr_iter(b'\n', &text[at..end]).count());
        }
        self.state.passing = if done { Passing::No } else { Passing::GoesOn(skim) };
        Some(end)
    }
}

/// What a line is.
enum Line {
    /// A record begins here.
    Begins(usize),
    /// It is part of the value, which goes on here.
    Inside(usize),
    /// More text is needed to tell.
    Unknown,
}
