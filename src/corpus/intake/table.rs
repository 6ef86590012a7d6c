//! Rows of tables, taken as objects: so every shape is read in one way.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::super::source::Counts;
use super::Intake;
use crate::diag::{Code, Reject};
use crate::input::split::{Sink, Span};
use crate::input::table::RowSink;
use crate::shape::{Nested, Record, recognise};

impl Intake<'_, '_> {
    /// Takes a row as an object whose members are named by `names`.
    pub(super) fn take_named<'n>(&mut self, cells: impl Iterator<Item = (&'n str, Cell<'n>)>) {
        let mut object = std::mem::take(&mut self.object);
        object.clear();
        object.push('{');
        for (name, cell) in cells {
            if object.len() > 1 {
                object.push(',');
            }
            quote(name, &mut object);
            object.push(':');
            match cell {
                Cell::Text(text) => quote(text, &mut object),
                Cell::Json(raw) => object.push_str(raw),
            }
        }
        object.push('}');
        match Nested::parse(object) {
            Some(nested) => {
                self.is_row = true;
                self.take(nested.root(), 0);
                self.is_row = false;
                self.object = nested.into_text();
            }
            None => self.refuse(Code::TornRow, "cannot be written as an object"),
        }
    }

    /// Tells the columns of a table that is unknown.
    fn tell_columns(&mut self, header: &[String]) {
        let columns = header.join(", ").chars().take(200).collect::<String>();
        self.remark(Code::UnknownTable, &columns);
    }
}

/// Whether rows with these columns have a shape that is known.
fn is_known(header: &[String]) -> bool {
    let mut object = String::from("{");
    for name in header.iter().filter(|name| !name.is_empty()) {
        object.push_str(if object.len() > 1 { "," } else { "" });
        quote(name, &mut object);
        object.push_str(":\"\"");
    }
    object.push('}');
    header.iter().any(|name| name == "_raw")
        || Nested::parse(object).is_some_and(|row| recognise(&Record::new(row.root())).is_some())
}

/// A cell of a row.
pub(super) enum Cell<'c> {
    /// Text, to be quoted.
    Text(&'c str),
    /// A JSON value as it stands.
    Json(&'c str),
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// What the rows of a table showed so far.
#[derive(Default)]
pub(super) struct Table {
    /// Position of its first reject.
    first: usize,
    /// Its columns, once a row held no record.
    columns: String,
    /// Rows that held no record, while none held one.
    empty: u32,
    /// Whether a row held a record, or so many held none that it is a table of something else.
    is_known: Option<bool>,
}

/// This many rows without a record, and none with one, make a table one of something else.
const EMPTY: u32 = 1000;
/// At most this many characters of the names of its columns are told.
const NAMES: usize = 200;

impl Intake<'_, '_> {
    /// Begins the first table of a source, or one that was joined to another.
    pub(super) fn open_table(&mut self) {
        self.table = Table { first: self.out.troubles.rejects.len(), ..Table::default() };
    }

    /// Ends a table: where no row held a record, it is one piece that was not read.
    pub(in crate::corpus) fn close_table(&mut self) {
        if self.table.is_known.is_none() && self.table.empty > 0 {
            self.table.is_known = Some(false);
            self.join_rejects();
            let columns = std::mem::take(&mut self.table.columns);
            self.remark(Code::UnknownTable, &columns);
        }
    }

    /// Makes the rejects of a table of something else one piece.
    fn join_rejects(&mut self) {
        let first = self.table.first;
        let Some([piece, others @ ..]) = self.out.troubles.rejects.get_mut(first..) else { return };
        (piece.code, piece.detail) = (Code::UnknownTable, "no known columns");
        let Some(last) = others.last() else { return };
        let end = last.origin.offset + u64::from(last.origin.len);
        piece.origin.len = u32::try_from(end - piece.origin.offset).unwrap_or(u32::MAX);
        let joined = others.len();
        self.out.troubles.rejects.truncate(first + 1);
        self.source().counts.rejected -= joined as u64;
    }

    /// Takes what a row told of its table.
    fn learn(&mut self, header: &[String], before: Counts) {
        let now = self.source().counts;
        let held = now.records() - now.rejected > before.records() - before.rejected;
        let is_unknown = |last: &Reject| last.code == Code::UnknownRecord;
        let refused = now.rejected > before.rejected
            && self.out.troubles.rejects.last().is_some_and(is_unknown);
        match self.table.is_known {
            Some(false) if !held => self.join_rejects(),
            None if !held && refused => {
                if self.table.empty == 0 {
                    self.table.columns = header.join(", ").chars().take(NAMES).collect();
                }
                self.table.empty += 1;
                if self.table.empty == EMPTY {
                    self.close_table();
                }
            }
            _ => self.table.is_known = Some(true),
        }
    }
}

impl RowSink for Intake<'_, '_> {
    fn table(&mut self) {
        self.close_table();
        self.open_table();
    }

    fn bare(&mut self, span: Span, header: &[String]) {
        // What has digits and addresses is no name: the only row of a table without a header.
        let is_data =
            |cell: &String| cell.contains(|c: char| c.is_ascii_digit() || "@/=".contains(c));
        if header.iter().any(is_data) && !is_known(header) {
            self.at = self.origin(span);
            self.refuse(Code::UnknownTable, "no known columns");
            self.tell_columns(header);
        }
    }

    fn row(&mut self, span: Span, header: &[String], cells: &[Cow<'_, str>]) {
        self.at = self.origin(span);
        if let Some(cell) = cells.iter().find(|cell| cell.contains('\0')) {
            self.look_for_zeros(cell);
        }
        let before = self.source().counts;
        let may_hold = |cell: &Cow<'_, str>| cell.trim_start().starts_with(['{', '[']);
        if self.table.is_known == Some(false) && !cells.iter().any(may_hold) {
            // Its columns are those of no record, and no cell is one.
            self.refuse(Code::UnknownRecord, "no known members");
        } else {
            // Empty cells stay: the columns of a table tell its shape even where a row leaves them empty.
            let named = header.iter().zip(cells).filter(|(name, _)| !name.is_empty());
            self.take_named(named.map(|(name, cell)| (name.as_str(), Cell::Text(cell))));
        }
        // Rows that hold whole records may be of many kinds.
        if self.table.is_known != Some(true) && !header.iter().any(|name| name == "_raw") {
            self.learn(header, before);
        }
    }

    fn reject(&mut self, span: Span, code: Code, detail: &'static str) {
        Sink::reject(self, span, code, detail);
        if self.table.is_known == Some(false) {
            self.join_rejects();
        }
    }

    fn note(&mut self, code: Code) {
        self.remark(code, "");
    }
}
