//! Chosen columns of an index file, read back.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{BooleanChunked, DataType, Int64Chunked, PolarsResult, StringChunked};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

use crate::base::Time;
use crate::base::par::guarded;

/// Why a file of the index could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {why}", path.display())]
pub struct ReadError {
    path: PathBuf,
    why: String,
}

/// Columns of one file of the index.
pub struct Table {
    columns: Vec<Held>,
    rows: usize,
}

enum Held {
    Text(StringChunked),
    Time(Int64Chunked),
    Number(Int64Chunked),
    Flag(BooleanChunked),
}

/// One value of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'t> {
    /// Nothing is known.
    Null,
    /// A text.
    Text(&'t str),
    /// An instant.
    Time(Time),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

impl<'t> Cell<'t> {
    /// Returns the text, if it is one.
    pub fn text(self) -> Option<&'t str> {
        if let Cell::Text(text) = self { Some(text) } else { None }
    }

    /// Returns the number, if it is one.
    pub fn number(self) -> Option<i64> {
        if let Cell::Number(number) = self { Some(number) } else { None }
    }

    /// Returns the instant, if it is one.
    pub fn time(self) -> Option<Time> {
        if let Cell::Time(time) = self { Some(time) } else { None }
    }
}

impl std::fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cell::Null => Ok(()),
            Cell::Text(text) => f.write_str(text),
            Cell::Time(time) => time.fmt(f),
            Cell::Number(number) => number.fmt(f),
            Cell::Flag(flag) => flag.fmt(f),
        }
    }
}

impl Table {
    /// Reads the columns of these names; fails where the file is damaged or lacks one.
    pub fn read(path: &Path, names: &[&str]) -> Result<Table, ReadError> {
        // A file that somebody damaged may make the reader panic.
        let read = guarded(|| read(path, names).map_err(|error| error.to_string()));
        read.and_then(|table| table).map_err(|why| ReadError { path: path.to_owned(), why })
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns the value of a row in the column that was asked for at this place.
    ///
    /// # Panics
    ///
    /// When there is no such column.
    pub fn cell(&self, column: usize, row: usize) -> Cell<'_> {
        match &self.columns[column] {
            Held::Text(texts) => texts.get(row).map_or(Cell::Null, Cell::Text),
            Held::Time(times) => times.get(row).map_or(Cell::Null, |time| Cell::Time(Time(time))),
            Held::Number(numbers) => numbers.get(row).map_or(Cell::Null, Cell::Number),
            Held::Flag(flags) => flags.get(row).map_or(Cell::Null, Cell::Flag),
        }
    }
}

fn read(path: &Path, names: &[&str]) -> PolarsResult<Table> {
    // A column that is asked for twice is read once.
    let wanted: BTreeSet<&str> = names.iter().copied().collect();
    let wanted = wanted.into_iter().map(str::to_owned).collect();
    let mut frame = ParquetReader::new(File::open(path)?).with_columns(Some(wanted)).finish()?;
    // Looking up a row in one piece takes no search for the piece.
    frame.rechunk_mut();
    let column = |name: &&str| -> PolarsResult<Held> {
        let column = frame.column(name)?;
        Ok(match column.dtype() {
            DataType::Boolean => Held::Flag(column.bool()?.clone()),
            DataType::Datetime(..) => Held::Time(column.cast(&DataType::Int64)?.i64()?.clone()),
            DataType::Int64 => Held::Number(column.i64()?.clone()),
            _ => Held::Text(column.cast(&DataType::String)?.str()?.clone()),
        })
    };
    let columns = names.iter().map(column).collect::<PolarsResult<_>>()?;
    Ok(Table { columns, rows: frame.height() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{Series, write_table};

    #[test]
    fn what_was_written_is_read_back_in_the_order_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.parquet");
        write_table(folder.path(), "alerts", 2, |_| {
            vec![
                ("text", Series::Text(vec![Some("a".into()), None])),
                ("time", Series::Time(vec![None, Some(Time(7))])),
                ("number", Series::Number(vec![Some(-3), None])),
                ("flag", Series::Flag(vec![Some(true), None])),
            ]
        })
        .unwrap();
        let table = Table::read(&path, &["flag", "number", "time", "text", "flag"]).unwrap();
        let row = |row| [0, 1, 2, 3].map(|column| table.cell(column, row));
        assert_eq!(table.len(), 2);
        assert_eq!(row(0), [Cell::Flag(true), Cell::Number(-3), Cell::Null, Cell::Text("a")]);
        assert_eq!(row(1), [Cell::Null, Cell::Null, Cell::Time(Time(7)), Cell::Null]);
    }

    #[test]
    fn a_damaged_file_and_a_missing_column_are_errors_that_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.parquet");
        let number = |_| vec![("n", Series::Number(vec![Some(1)]))];
        write_table(folder.path(), "alerts", 1, number).unwrap();
        let why = |names: &[&str]| Table::read(&path, names).err().unwrap().to_string();
        assert!(why(&["m"]).contains("alerts.parquet"));
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(why(&["n"]).contains("alerts.parquet"));
    }
}
