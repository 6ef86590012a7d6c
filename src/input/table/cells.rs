//! The lines of a table, and the cells of a row.

use std::borrow::Cow;

use crate::base::index32;

/// What ends the lines of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ends {
    /// A line feed, with or without a carriage return before it.
    #[default]
    Feed,
    /// A carriage return, as in the files of old; behind such a table another may have line feeds.
    Return,
}

impl Ends {
    /// What ends the line at `at`; `None` where the text ends before that shows.
    pub(super) fn of(text: &[u8], at: usize) -> Option<Ends> {
        let line = at + memchr::memchr2(b'\r', b'\n', &text[at..])?;
        match text[line..].iter().find(|&&byte| byte != b'\r')? {
            b'\n' => Some(Ends::Feed),
            _ => Some(Ends::Return),
        }
    }

    /// Where the line at `at` ends, if it does.
    pub(super) fn next(self, text: &[u8], at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let len = match self {
            Ends::Feed => memchr::memchr(b'\n', rest),
            Ends::Return => memchr::memchr2(b'\n', b'\r', rest),
        };
        Some(at + len?)
    }

    /// Whether what stands at `at` ends a line.
    pub(super) fn is_at(self, text: &[u8], at: usize) -> bool {
        match text[at] {
            b'\n' => true,
            b'\r' => self == Ends::Return && text.get(at + 1) != Some(&b'\n'),
            _ => false,
        }
    }

    /// Counts the lines that end in a text.
    pub(super) fn count(self, text: &[u8]) -> u32 {
        index32(match self {
            Ends::Feed => memchr::memchr_iter(b'\n', text).count(),
            Ends::Return => {
                memchr::memchr2_iter(b'\n', b'\r', text).filter(|&at| self.is_at(text, at)).count()
            }
        })
    }
}

/// What stands at a place.
pub(super) enum Found {
    /// A row up to here.
    Row { end: usize },
    /// More text is needed to tell.
    Cut,
    /// No row, for this reason.
    Broken(&'static str),
}

/// The place of one cell, without its quotes.
pub(super) struct Cell {
    pub(super) start: usize,
    pub(super) end: usize,
    quotes: bool,
}

/// Looks for the cells of the row at `start`.
pub(super) fn scan(
    text: &[u8],
    start: usize,
    (delimiter, ends): (u8, Ends),
    last: bool,
    cells: &mut Vec<Cell>,
) -> Found {
    cells.clear();
    let mut at = start;
    loop {
        if text.get(at) == Some(&b'"') {
            let begin = at + 1;
            at = begin;
            let mut quotes = false;
            let end = loop {
                let Some(i) = text.get(at..).and_then(|rest| memchr::memchr(b'"', rest)) else {
                    return Found::Cut;
                };
                at += i + 1;
                match text.get(at) {
                    Some(b'"') => {
                        quotes = true;
                        at += 1;
                    }
                    None if !last => return Found::Cut,
                    _ => break at - 1,
                }
            };
            cells.push(Cell { start: begin, end, quotes });
        } else {
            let rest = &text[at..];
            let len = match ends {
                Ends::Feed => memchr::memchr2(delimiter, b'\n', rest),
                Ends::Return => memchr::memchr3(delimiter, b'\n', b'\r', rest),
            };
            if len.is_none() && !last {
                return Found::Cut;
            }
            let end = len.map_or(text.len(), |i| at + i);
            let is_cr = end > at && text[end - 1] == b'\r' && text.get(end) != Some(&delimiter);
            cells.push(Cell { start: at, end: end - usize::from(is_cr), quotes: false });
            at = end;
        }
        match text.get(at) {
            Some(&byte) if byte == delimiter => at += 1,
            Some(b'\n') | None => return Found::Row { end: at },
            Some(b'\r') if ends == Ends::Return => return Found::Row { end: at },
            Some(b'\r') if matches!(text.get(at + 1), Some(b'\n') | None) => {
                return Found::Row { end: at + 1 };
            }
            Some(_) => return Found::Broken("something after a closing quote"),
        }
    }
}

/// The text of a cell.
pub(super) fn cell<'t>(text: &'t [u8], cell: &Cell) -> Cow<'t, str> {
    let value = String::from_utf8_lossy(&text[cell.start..cell.end]);
    if cell.quotes { Cow::Owned(value.replace("\"\"", "\"")) } else { value }
}

/// The texts of all cells.
pub(super) fn values<'t>(text: &'t [u8], cells: &[Cell]) -> Vec<Cow<'t, str>> {
    cells.iter().map(|one| cell(text, one)).collect()
}

/// The delimiter that splits the header into the most fields.
pub(super) fn delimiter(header: &[u8]) -> u8 {
    let count = |d: u8| memchr::memchr_iter(d, header).count();
    *b",;\t|".iter().rev().max_by_key(|&&d| count(d)).expect("four delimiters")
}
