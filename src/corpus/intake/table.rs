//! Rows of tables, taken as objects: so every shape is read in one way.

use std::borrow::Cow;
use std::fmt::Write as _;

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

impl RowSink for Intake<'_, '_> {
    fn table(&mut self) {
        self.known_table = None;
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
        if self.known_table == Some(false) {
            // A table of something else is one piece that was not read.
            let end = self.at.offset + u64::from(self.at.len);
            let mut pieces = self.out.troubles.rejects.iter_mut().rev();
            if let Some(piece) = pieces.find(|r| r.code == Code::UnknownTable) {
                piece.origin.len = u32::try_from(end - piece.origin.offset).unwrap_or(u32::MAX);
            }
            return;
        }
        // Empty cells stay: the columns of a table tell its shape even where a row leaves them empty.
        let named = header.iter().zip(cells).filter(|(name, _)| !name.is_empty());
        let before = self.source().counts.rejected;
        self.take_named(named.map(|(name, cell)| (name.as_str(), Cell::Text(cell))));
        let unknown = |r: &Reject| r.code == Code::UnknownRecord;
        let refused = self.source().counts.rejected > before
            && self.out.troubles.rejects.last().is_some_and(unknown);
        if self.known_table.is_none() {
            // Rows that hold whole records may be of many kinds.
            let is_mixed = header.iter().any(|name| name == "_raw");
            self.known_table = Some(!refused || is_mixed);
            if self.known_table == Some(false) {
                if let Some(piece) = self.out.troubles.rejects.last_mut() {
                    (piece.code, piece.detail) = (Code::UnknownTable, "no known columns");
                }
                self.tell_columns(header);
            }
        }
    }

    fn reject(&mut self, span: Span, code: Code, detail: &'static str) {
        Sink::reject(self, span, code, detail);
    }

    fn note(&mut self, code: Code) {
        self.remark(code, "");
    }
}
