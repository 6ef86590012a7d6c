//! Where the rows of a table of text lie (CSV and its relatives, RFC 4180 with line breaks in quotes).
//!
//! The reader is strict where that helps: a row must have as many fields as
//! the header, and nothing may follow a closing quote. So a torn row, whose
//! open quote would swallow everything after it, is found out, and reading
//! goes on at the next line from which a whole row can be read.

mod cells;
mod end;

use std::borrow::Cow;
use std::ops::Range;

use super::sniff;
use super::split::{RecordLimit, Span, Stop};
use crate::diag::Code;
use cells::{Cell, Ends, Found, cell, delimiter, scan, values};

/// Takes the rows of a table, in order.
pub trait RowSink {
    /// Is told that rows of another table follow.
    fn table(&mut self) {}
    /// Is told of a header behind which the input ends.
    fn bare(&mut self, _span: Span, _header: &[String]) {}
    /// Takes a row; there are as many cells as the header has names.
    fn row(&mut self, span: Span, header: &[String], cells: &[Cow<'_, str>]);
    /// Takes a piece that is no row.
    fn reject(&mut self, span: Span, code: Code, detail: &'static str);
    /// Takes a remark on the table.
    fn note(&mut self, code: Code);
}

/// Reads rows from a text that may come in pieces.
pub struct TableReader {
    delimiter: u8,
    ends: Ends,
    header: Vec<String>,
    limit: RecordLimit,
    lines: u32,
    /// Where the header stands, as long as nothing came behind it.
    bare: Option<Span>,
}

/// Torn rows are searched for a new beginning over this many bytes, and this many lines.
const SEARCH: (usize, usize) = (8 << 20, 5000);

impl TableReader {
    /// Starts before the header.
    pub fn new(limit: RecordLimit) -> Self {
        let (delimiter, ends) = (b',', Ends::default());
        TableReader { delimiter, ends, header: Vec::new(), limit, lines: 0, bare: None }
    }

    /// Takes all rows of `text`; with `last`, the text ends where the input ends.
    pub fn run(&mut self, text: &[u8], last: bool, sink: &mut dyn RowSink) -> Stop {
        self.lines = 0;
        let mut at = 0;
        let mut recent = [0; 2];
        loop {
            at = self.blank(text, at, sink);
            if at >= text.len()
                || (self.header.is_empty()
                    && !last
                    && Ends::of(text, at).is_none()
                    && text.len() - at < self.limit.bytes)
            {
                break;
            }
            if self.header.is_empty() {
                at = self.head(text, at);
                recent = [at; 2];
                continue;
            }
            self.bare = None;
            // Two marks, so that at least one window of rows lies behind the first.
            if at - recent[1] > end::WINDOW {
                recent = [recent[1], at];
            }
            match self.step(text, recent[0]..at, last, sink) {
                Some(next) => at = next,
                None => break,
            }
        }
        if let Some(span) = self.bare.take_if(|_| last) {
            sink.bare(span, &self.header);
        }
        Stop { at, lines: self.lines }
    }

    /// Passes over empty lines and padding.
    fn blank(&mut self, text: &[u8], mut at: usize, sink: &mut dyn RowSink) -> usize {
        while let Some(&byte) = text.get(at) {
            match byte {
                b'\n' | b'\r' => self.lines += u32::from(self.ends.is_at(text, at)),
                0xef if text[at..].starts_with(b"\xef\xbb\xbf") => at += 2,
                0 => {
                    sink.note(Code::NulPadding);
                    at += text[at..].iter().take_while(|&&b| b == 0).count();
                    continue;
                }
                _ => break,
            }
            at += 1;
        }
        at
    }

    /// Reads the header, or passes over the `#TYPE` line that `Export-Csv` puts before it.
    fn head(&mut self, text: &[u8], at: usize) -> usize {
        self.ends = Ends::of(text, at).unwrap_or_default();
        let line_end = self.ends.next(text, at).unwrap_or(text.len());
        if is_preface(text, at) {
            return line_end;
        }
        self.delimiter = delimiter(&text[at..line_end]);
        let mut cells = Vec::new();
        let end = match scan(text, at, self.form(), true, &mut cells) {
            Found::Row { end } => end,
            Found::Cut | Found::Broken(_) => line_end,
        };
        let names = self.inside(text, &cells).unwrap_or_else(|| values(text, &cells));
        // A table without a header begins with a row.
        if names.iter().any(|name| end::is_record(name)) && !sniff::are_names_of_ours(&names) {
            self.header = (1..=names.len()).map(|at| format!("column {at}")).collect();
            return at;
        }
        self.header = names.iter().map(|name| name.trim().to_owned()).collect();
        if self.header.is_empty() {
            self.header.push(String::new());
        }
        self.bare = Some(self.span(at, end));
        self.lines += self.ends.count(&text[at..end]);
        end
    }

    /// Takes the row behind those of `recent`.
    fn step(
        &mut self,
        text: &[u8],
        recent: Range<usize>,
        last: bool,
        sink: &mut dyn RowSink,
    ) -> Option<usize> {
        let at = recent.end;
        let mut cells = Vec::with_capacity(self.header.len());
        match self.whole(text, at, last, &mut cells) {
            Found::Row { end } => {
                let wrapped = (cells.len() < self.header.len()).then(|| self.inside(text, &cells));
                let values = wrapped.flatten().unwrap_or_else(|| values(text, &cells));
                if std::str::from_utf8(&text[at..end]).is_err() {
                    sink.note(Code::BadText);
                }
                let is_cut = |cell: &Cow<'_, str>| self.is_cut(text, recent.start, at, cell);
                if end == text.len() && text[end - 1] != b'\r' && values.last().is_some_and(is_cut)
                {
                    sink.reject(
                        self.span(at, end),
                        Code::TruncatedRecord,
                        "the input ends inside its last cell",
                    );
                // Where tables were joined, a header comes again, of the same columns or of others.
                } else if self.is_own_header(&values) || sniff::are_names_of_ours(&values) {
                    return Some(self.another(text, at, sink));
                } else if !self.is_rule(&values) {
                    sink.row(self.span(at, end), &self.header, &values);
                }
                self.lines += self.ends.count(&text[at..end]);
                Some(end)
            }
            Found::Cut if !last && text.len() - at < self.limit.bytes => None,
            Found::Cut => {
                Some(self.torn(text, at, last, "the input ends inside a quoted field", sink))
            }
            Found::Broken(_) if self.is_header(text, at) => Some(self.another(text, at, sink)),
            Found::Broken(what) => Some(self.torn(text, at, last, what, sink)),
        }
    }

    /// Whether a row is the line that Markdown puts below the header.
    fn is_rule(&self, values: &[Cow<'_, str>]) -> bool {
        let mut marks = values.iter().flat_map(|value| value.trim().bytes()).peekable();
        self.delimiter == b'|'
            && marks.peek().is_some()
            && marks.all(|mark| matches!(mark, b'-' | b':'))
    }

    fn is_own_header(&self, values: &[Cow<'_, str>]) -> bool {
        self.header.iter().map(String::as_str).eq(values.iter().map(|value| value.trim()))
    }

    /// Reads the header of a table that was joined to the one before, and returns where its rows begin.
    fn another(&mut self, text: &[u8], at: usize, sink: &mut dyn RowSink) -> usize {
        let before = std::mem::take(&mut self.header);
        let end = self.head(text, at);
        if self.header != before {
            sink.table();
        }
        end
    }

    /// Rejects a torn row and returns where the next whole one begins.
    fn torn(
        &mut self,
        text: &[u8],
        at: usize,
        last: bool,
        what: &'static str,
        sink: &mut dyn RowSink,
    ) -> usize {
        let window = &text[..text.len().min(at + SEARCH.0)];
        let begins = |end: Option<usize>| end.map(|end| end + 1);
        let starts = std::iter::successors(begins(self.ends.next(window, at)), |&start| {
            begins(self.ends.next(window, start))
        });
        let (mut cells, mut searched, mut lines) = (Vec::new(), None, 0);
        let next = starts.take(SEARCH.1).filter(|&start| start < text.len()).find(|&start| {
            (searched, lines) = (Some(start), lines + 1);
            matches!(self.whole(text, start, last, &mut cells), Found::Row { .. })
                || self.is_header(text, start)
        });
        let end = match next {
            Some(next) => next,
            // What lies behind the last line that was looked at may hold rows.
            None if lines == SEARCH.1 || window.len() < text.len() => {
                searched.unwrap_or(window.len())
            }
            None if last => text.len(),
            None => self.ends.next(text, at).unwrap_or(text.len()),
        };
        let trailing = text[at..end].iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
        sink.reject(self.span(at, end - trailing), Code::TornRow, what);
        self.lines += self.ends.count(&text[at..end]);
        end
    }

    /// Looks for a row with the right number of cells.
    fn whole(&self, text: &[u8], at: usize, last: bool, cells: &mut Vec<Cell>) -> Found {
        let end = text.len().min(at.saturating_add(self.limit.bytes));
        // A row that the limit cuts is not whole, wherever the input ends.
        let last = last && end == text.len();
        match scan(&text[..end], at, self.form(), last, cells) {
            Found::Row { end } => {
                let names = self.header.len();
                if cells.len() == names + 1 && cells[names].start == cells[names].end {
                    cells.pop();
                }
                let is_wrapped = || self.inside(text, cells).is_some_and(|row| row.len() == names);
                if cells.len() == names || is_wrapped() {
                    Found::Row { end }
                } else {
                    Found::Broken("another number of fields than the header has")
                }
            }
            other => other,
        }
    }

    /// The cells of a row that is the only cell of another.
    ///
    /// Excel writes it so where the language of the system splits lists at another mark.
    fn inside<'t>(&self, text: &[u8], cells: &[Cell]) -> Option<Vec<Cow<'t, str>>> {
        let [Cell { start, .. }] = cells else { return None };
        let is_quoted = start.checked_sub(1).is_some_and(|before| text[before] == b'"');
        let row = is_quoted.then(|| cell(text, &cells[0]))?;
        let mut inner = Vec::new();
        match scan(row.as_bytes(), 0, self.form(), true, &mut inner) {
            Found::Row { end } if end == row.len() && inner.len() > 1 => {}
            _ => return None,
        }
        let owned = inner.iter().map(|one| cell(row.as_bytes(), one).into_owned().into());
        Some(owned.collect())
    }

    /// Whether the line at `at` names columns of the exports that are read, or stands before such a line.
    fn is_header(&self, text: &[u8], at: usize) -> bool {
        if is_preface(text, at) {
            return true;
        }
        let line_end = self.ends.next(text, at).unwrap_or(text.len());
        let mut cells = Vec::new();
        let form = (delimiter(&text[at..line_end]), self.ends);
        matches!(scan(&text[..line_end], at, form, true, &mut cells), Found::Row { .. })
            && sniff::are_names_of_ours(&values(text, &cells))
    }

    /// What stands between cells, and what ends lines.
    fn form(&self) -> (u8, Ends) {
        (self.delimiter, self.ends)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { start, end, line: self.lines }
    }
}

/// Whether the line is one that `Export-Csv` or Excel puts before the header.
fn is_preface(text: &[u8], at: usize) -> bool {
    text[at..].starts_with(b"#TYPE") || text[at..].starts_with(b"sep=")
}

#[cfg(test)]
mod tests;
