//! CSV as spreadsheets and importers read it: RFC 4180 with CRLF, every cell defused.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::io::Write;

use crate::base::Text;
use crate::base::Texts;
use crate::base::Time;
use crate::base::text::for_cell;
use crate::investigation::model::Report;
use crate::report::Format;

/// Stands between the items of a list in one cell.
const LIST_SEPARATOR: &str = "; ";

/// One CSV file: its columns, and the function that fills its rows.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) file: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) fill: fn(&Report, &mut Sheet<'_>) -> io::Result<()>,
}

impl Format for Table {
    fn name(&self) -> &'static str {
        self.name
    }

    fn file(&self) -> &'static str {
        self.file
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut sheet = Sheet::begin(out, self.columns)?;
        (self.fill)(report, &mut sheet)?;
        sheet.flush()
    }
}

/// Takes the rows of a table.
pub(super) struct Sheet<'w> {
    csv: csv::Writer<&'w mut dyn Write>,
}

impl<'w> Sheet<'w> {
    /// Begins a table with its header.
    pub(super) fn begin(out: &'w mut dyn Write, columns: &[&str]) -> io::Result<Self> {
        let mut sheet = Sheet::go_on(out);
        sheet.csv.write_record(columns)?;
        Ok(sheet)
    }

    /// Goes on with a table whose header stands elsewhere.
    pub(super) fn go_on(out: &'w mut dyn Write) -> Self {
        let mut builder = csv::WriterBuilder::new();
        builder.buffer_capacity(1 << 16).terminator(csv::Terminator::CRLF);
        Sheet { csv: builder.from_writer(out) }
    }

    /// Ends the table.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.csv.flush()
    }

    /// Writes one row; fails where its length differs from the header's, or the writer fails.
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.csv.write_record(cells.iter().map(|cell| cell.0.as_bytes()))?;
        Ok(())
    }
}

/// Writes one row of anything that is a [`Cell`].
macro_rules! row {
    ($sheet:expr, [$($cell:expr),* $(,)?]) => {
        $sheet.row(&[$($crate::report::sheet::Cell::from($cell)),*])
    };
}
pub(super) use row;

/// The text of a cell, already defused.
pub(super) struct Cell<'a>(Cow<'a, str>);

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Cell(for_cell(text))
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl<'a> From<&'a Text> for Cell<'a> {
    fn from(text: &'a Text) -> Self {
        text.as_str().into()
    }
}

impl<'a> From<&'a Option<Text>> for Cell<'a> {
    fn from(text: &'a Option<Text>) -> Self {
        text.as_deref().unwrap_or_default().into()
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Cell(Cow::Owned(for_cell(&text).into_owned()))
    }
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.unwrap_or_default().into()
    }
}

impl From<Option<u64>> for Cell<'_> {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Cell(Cow::Borrowed("")), Cell::from)
    }
}

impl<'a> From<&'a Option<String>> for Cell<'a> {
    fn from(text: &'a Option<String>) -> Self {
        text.as_deref().unwrap_or_default().into()
    }
}

/// Each item is defused by itself, since a list separator may be taken for a column's.
impl<T: AsRef<str>> From<&Vec<T>> for Cell<'_> {
    fn from(items: &Vec<T>) -> Self {
        items.as_slice().into()
    }
}

impl<T: AsRef<str>> From<&[T]> for Cell<'_> {
    fn from(items: &[T]) -> Self {
        Few(items, usize::MAX).into()
    }
}

impl From<&Texts> for Cell<'_> {
    fn from(items: &Texts) -> Self {
        (&**items).into()
    }
}

/// The first items of a list, for a cell that one looks at.
pub(super) struct Few<'i, T>(pub(super) &'i [T], pub(super) usize);

impl<T: AsRef<str>> From<Few<'_, T>> for Cell<'_> {
    fn from(Few(items, limit): Few<'_, T>) -> Self {
        let mut cell = String::new();
        for (place, item) in items.iter().take(limit).enumerate() {
            cell.push_str(if place == 0 { "" } else { LIST_SEPARATOR });
            cell.push_str(&for_cell(item.as_ref()));
        }
        if let Some(more) = items.len().checked_sub(limit).filter(|more| *more > 0) {
            let _ = write!(cell, "{LIST_SEPARATOR}… {more} more");
        }
        Cell(Cow::Owned(cell))
    }
}

impl From<Option<Time>> for Cell<'_> {
    fn from(time: Option<Time>) -> Self {
        Cell(time.map_or(Cow::Borrowed(""), |time| Cow::Owned(time.to_string())))
    }
}

impl From<u32> for Cell<'_> {
    fn from(number: u32) -> Self {
        u64::from(number).into()
    }
}

impl From<u64> for Cell<'_> {
    fn from(number: u64) -> Self {
        Cell(Cow::Owned(number.to_string()))
    }
}

/// What is not known is an empty cell.
impl From<Option<bool>> for Cell<'_> {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Cell(Cow::Borrowed("")), Cell::from)
    }
}

impl From<bool> for Cell<'_> {
    fn from(value: bool) -> Self {
        Cell(Cow::Borrowed(if value { "true" } else { "false" }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(fill: fn(&Report, &mut Sheet<'_>) -> io::Result<()>) -> String {
        let table = Table { name: "t", file: "t.csv", columns: &["a", "b"], fill };
        let mut out = Vec::new();
        table.write(&Report::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_end_in_crlf_and_commas_and_quotes_are_quoted() {
        let text = written(|_, sheet| row!(sheet, ["x,y", "say \"z\""]));
        assert_eq!(text, "a,b\r\n\"x,y\",\"say \"\"z\"\"\"\r\n");
    }

    #[test]
    fn every_item_of_a_list_is_defused() {
        let text = written(|_, sheet| {
            row!(sheet, [&vec!["ok".to_owned(), "=1+1".to_owned()], "=cmd\r\nx"])
        });
        assert_eq!(text, "a,b\r\nok; '=1+1,'=cmd\\r\\nx\r\n");
    }

    #[test]
    fn a_row_of_another_length_than_the_header_is_refused() {
        let table = Table {
            name: "t",
            file: "t.csv",
            columns: &["a"],
            fill: |_, sheet| row!(sheet, [1_u64, true]),
        };
        assert!(table.write(&Report::default(), &mut Vec::new()).is_err());
    }
}
