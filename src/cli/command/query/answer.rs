//! The answer to a question, row by row, in each format.

mod parquet;

use std::io::{self, Write};

use rusqlite::types::ValueRef;
use serde_json::{Map, Value};

use super::column::ColumnKind;
use crate::base::text::for_cell;
use crate::cli::page::{Grid, Page};
use crate::cli::terminal::Terminal;
use crate::report::{write_json, write_json_line};

pub(super) use parquet::Parquet;

/// Takes an answer: its columns, its rows, its end.
pub(super) trait Answer {
    /// Takes the names of the columns, and what is known of their values.
    fn begin(&mut self, columns: &[(String, Option<ColumnKind>)]) -> anyhow::Result<()>;
    /// Takes a row.
    fn row(&mut self, values: &[ValueRef<'_>]) -> anyhow::Result<()>;
    /// Writes what is still held.
    fn end(&mut self) -> anyhow::Result<()>;
}

/// Returns a value as a cell.
fn words(value: ValueRef<'_>, kind: Option<ColumnKind>) -> String {
    match (value, kind) {
        (ValueRef::Null, _) => String::new(),
        (ValueRef::Integer(flag), Some(ColumnKind::Flag)) => (flag != 0).to_string(),
        (ValueRef::Integer(number), _) => number.to_string(),
        (ValueRef::Real(number), _) => number.to_string(),
        (ValueRef::Text(bytes) | ValueRef::Blob(bytes), _) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
    }
}

/// Rows by which the widths of a table are measured before it begins.
const MEASURED: usize = 1000;

/// A table for people.
pub(super) struct Lines<'w> {
    page: Page<'w>,
    kinds: Vec<Option<ColumnKind>>,
    names: Vec<String>,
    first: Vec<Vec<String>>,
    grid: Option<Grid>,
}

impl<'w> Lines<'w> {
    pub(super) fn new(out: &'w mut dyn Write, terminal: &Terminal) -> Self {
        let page = Page::new(out, terminal);
        Lines { page, kinds: Vec::new(), names: Vec::new(), first: Vec::new(), grid: None }
    }

    /// Writes the rows by which the widths are measured.
    fn measure(&mut self) -> io::Result<()> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let grid = self.page.grid(&names, || self.first.iter().cloned())?;
        for row in self.first.drain(..) {
            self.page.row(&grid, row)?;
        }
        self.grid = Some(grid);
        Ok(())
    }
}

impl Answer for Lines<'_> {
    fn begin(&mut self, columns: &[(String, Option<ColumnKind>)]) -> anyhow::Result<()> {
        self.kinds = columns.iter().map(|(_, kind)| *kind).collect();
        self.names = columns.iter().map(|(name, _)| name.clone()).collect();
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> anyhow::Result<()> {
        let row = values.iter().zip(&self.kinds).map(|(value, kind)| words(*value, *kind));
        let row: Vec<String> = row.collect();
        if let Some(grid) = &self.grid {
            self.page.row(grid, row)?;
            return Ok(());
        }
        self.first.push(row);
        if self.first.len() == MEASURED {
            self.measure()?;
        }
        Ok(())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        if self.grid.is_none() {
            self.measure()?;
        }
        Ok(())
    }
}

/// A sheet.
pub(super) struct Csv<'w> {
    sheet: csv::Writer<&'w mut dyn Write>,
    kinds: Vec<Option<ColumnKind>>,
}

impl<'w> Csv<'w> {
    pub(super) fn new(out: &'w mut dyn Write) -> Self {
        let mut builder = csv::WriterBuilder::new();
        let sheet = builder.terminator(csv::Terminator::CRLF).from_writer(out);
        Csv { sheet, kinds: Vec::new() }
    }
}

impl Answer for Csv<'_> {
    fn begin(&mut self, columns: &[(String, Option<ColumnKind>)]) -> anyhow::Result<()> {
        self.kinds = columns.iter().map(|(_, kind)| *kind).collect();
        Ok(self.sheet.write_record(columns.iter().map(|(name, _)| for_cell(name).into_owned()))?)
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> anyhow::Result<()> {
        let cells = values.iter().zip(&self.kinds).map(|(value, kind)| {
            let text = words(*value, *kind);
            // A number that is negative is no formula.
            let is_number = matches!(value, ValueRef::Integer(_) | ValueRef::Real(_));
            if is_number { text } else { for_cell(&text).into_owned() }
        });
        Ok(self.sheet.write_record(cells)?)
    }

    fn end(&mut self) -> anyhow::Result<()> {
        Ok(self.sheet.flush()?)
    }
}

/// JSON: an array, or an object a line.
pub(super) struct Json<'w> {
    out: &'w mut dyn Write,
    is_array: bool,
    rows: Vec<Value>,
    columns: Vec<(String, Option<ColumnKind>)>,
}

impl<'w> Json<'w> {
    pub(super) fn new(out: &'w mut dyn Write, is_array: bool) -> Self {
        Json { out, is_array, rows: Vec::new(), columns: Vec::new() }
    }
}

fn json(value: ValueRef<'_>, kind: Option<ColumnKind>) -> Value {
    match (value, kind) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(flag), Some(ColumnKind::Flag)) => (flag != 0).into(),
        (ValueRef::Integer(number), _) => number.into(),
        (ValueRef::Real(number), _) => number.into(),
        (ValueRef::Text(text), Some(ColumnKind::Json)) => {
            serde_json::from_slice(text).unwrap_or_else(|_| words(value, kind).into())
        }
        (ValueRef::Text(_) | ValueRef::Blob(_), _) => words(value, kind).into(),
    }
}

impl Answer for Json<'_> {
    fn begin(&mut self, columns: &[(String, Option<ColumnKind>)]) -> anyhow::Result<()> {
        columns.clone_into(&mut self.columns);
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> anyhow::Result<()> {
        let pairs = values.iter().zip(&self.columns);
        let row: Map<String, Value> =
            pairs.map(|(value, (name, kind))| (name.clone(), json(*value, *kind))).collect();
        if self.is_array {
            self.rows.push(row.into());
            return Ok(());
        }
        Ok(write_json_line(&row, self.out)?)
    }

    fn end(&mut self) -> anyhow::Result<()> {
        if self.is_array {
            write_json(&self.rows, self.out)?;
        }
        Ok(())
    }
}
