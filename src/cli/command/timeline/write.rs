//! The formats of a timeline.

use std::cell::Cell;
use std::io::{self, Write};
use std::ops::Range;

use serde_json::{Map, Value};

use super::lines::{Lines, Standard};
use crate::base::text::for_cell;
use crate::base::{DateOrder, Time};
use crate::cli::page::Page;
use crate::cli::terminal::Terminal;
use crate::corpus::{Series, write_table_to};
use crate::report::write_json_line;
use crate::schema::Kind;

/// What Timesketch asks for.
const TIMESKETCH: [&str; 3] = ["message", "datetime", "timestamp_desc"];
/// The name that Plaso gives lines without a time, which then stand at the beginning of time.
const NO_TIME: &str = "Not a time";

/// Writes the columns that people need.
pub(super) fn table(
    lines: &dyn Lines,
    terminal: &Terminal,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let places: Vec<usize> = lines
        .short()
        .iter()
        .filter_map(|name| lines.columns().iter().position(|(column, _)| column == name))
        .collect();
    let names: Vec<String> =
        places.iter().map(|&place| lines.columns()[place].0.replace('_', " ")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // A table asks for cells, which may fail to be read.
    let failed = Cell::new(None);
    let cell = |row: usize, column: usize| match lines.value(row, column) {
        Ok(value) => words(&value),
        Err(error) => {
            failed.set(Some(error));
            String::new()
        }
    };
    Page::new(out, terminal).table(&names, || {
        (0..lines.len()).map(|row| places.iter().map(|&column| cell(row, column)).collect())
    })?;
    failed.into_inner().map_or(Ok(()), Err)
}

/// Writes all columns for spreadsheets, behind those of Timesketch where it asks for them.
pub(super) fn csv(lines: &dyn Lines, timesketch: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut builder = csv::WriterBuilder::new();
    let mut sheet = builder.terminator(csv::Terminator::CRLF).from_writer(out);
    let own: &[&str] = if timesketch { &TIMESKETCH } else { &[] };
    sheet.write_record(own.iter().chain(lines.columns().iter().map(|(name, _)| name)))?;
    for row in 0..lines.len() {
        let mut cells = Vec::with_capacity(own.len() + lines.columns().len());
        if timesketch {
            cells.extend(sketched(lines, row)?);
        }
        for column in 0..lines.columns().len() {
            cells.push(words(&lines.value(row, column)?));
        }
        sheet.write_record(cells.iter().map(|cell| for_cell(cell).into_owned()))?;
    }
    sheet.flush()?;
    Ok(())
}

/// Writes one object a line, its first keys those of Timesketch where it asks for them.
pub(super) fn jsonl(
    lines: &dyn Lines,
    timesketch: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    for row in 0..lines.len() {
        let mut line = Map::new();
        if timesketch {
            let own = sketched(lines, row)?.map(Value::from);
            line.extend(TIMESKETCH.map(str::to_owned).into_iter().zip(own));
        }
        for (column, (name, _)) in lines.columns().iter().enumerate() {
            line.insert((*name).to_owned(), lines.value(row, column)?);
        }
        write_json_line(&line, out)?;
    }
    Ok(())
}

/// Returns what Timesketch asks for.
fn sketched(lines: &dyn Lines, row: usize) -> anyhow::Result<[String; 3]> {
    let time = words(&lines.value(row, 0)?);
    let message = lines.message(row)?;
    Ok(if time.is_empty() {
        [message, Time(0).to_string(), NO_TIME.to_owned()]
    } else {
        [message, time, lines.meaning(row).to_owned()]
    })
}

/// Writes one document of a schema a line.
pub(super) fn documents(
    lines: &dyn Lines,
    standard: Standard,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    (0..lines.len()).try_for_each(|row| {
        write_json_line(&lines.document(row, standard)?, out)?;
        Ok(())
    })
}

/// Writes all columns as Parquet.
pub(super) fn parquet(lines: &dyn Lines, out: &mut dyn Write) -> anyhow::Result<()> {
    let columns = |range: Range<usize>| {
        let all = lines.columns().iter().enumerate();
        all.map(|(column, (name, kind))| {
            let values = range.clone().map(|row| lines.value(row, column));
            let values: Vec<Value> =
                values.collect::<anyhow::Result<_>>().map_err(io::Error::other)?;
            Ok((*name, series(*kind, &values)))
        })
        .collect()
    };
    Ok(write_table_to(out, lines.len(), columns)?)
}

fn series(kind: Kind, values: &[Value]) -> Series<'static> {
    let values = values.iter();
    match kind {
        Kind::Code | Kind::Text => {
            Series::Text(values.map(|v| (!v.is_null()).then(|| words(v).into())).collect())
        }
        Kind::Number => Series::Number(values.map(Value::as_i64).collect()),
        Kind::Flag => Series::Flag(values.map(Value::as_bool).collect()),
        Kind::Time => {
            let time = |text: &str| Time::parse(text, DateOrder::MonthFirst);
            Series::Time(values.map(|v| v.as_str().and_then(time)).collect())
        }
    }
}

/// Returns a value as a cell; the items of a list one after another.
fn words(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join("; "),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
