//! `azscope timeline`: events, operations or findings in order of time.

mod lines;

use std::io::{self, BufWriter, Write};

use anyhow::bail;
use serde_json::{Map, Value};

use crate::base::text::for_cell;
use crate::cli::Status;
use crate::cli::args::{Timeline, TimelineFormat, TimelineOf};
use crate::cli::case::Case;
use crate::cli::filter::Filter;
use crate::cli::page::Page;
use crate::cli::terminal::Terminal;
use crate::investigation::model::Level;
use lines::{Indexed, Lines, Told};

pub(in crate::cli) fn run(options: &Timeline, terminal: &Terminal) -> anyhow::Result<Status> {
    if options.level.is_some() && options.of != TimelineOf::Findings {
        bail!("--level is of findings; events and operations have none");
    }
    let case = Case::open(&options.case)?;
    let report = case.report()?;
    let filter = Filter::new(&options.only, &report)?;
    let lines: Box<dyn Lines> = match options.of {
        TimelineOf::Events => Box::new(Indexed::events(&case.event_parts()?, &filter)?),
        TimelineOf::Operations => {
            Box::new(Indexed::operations(&case.table("operations.parquet"), &filter)?)
        }
        TimelineOf::Findings => {
            Box::new(Told::new(&report, &filter, options.level.unwrap_or(Level::Informational)))
        }
    };
    let out = &mut BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match options.format {
        TimelineFormat::Table => table(&*lines, terminal, out)?,
        TimelineFormat::Csv => csv(&*lines, false, out)?,
        TimelineFormat::Timesketch => csv(&*lines, true, out)?,
        TimelineFormat::Jsonl => jsonl(&*lines, out)?,
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// The place of the columns that people need.
fn table(lines: &dyn Lines, terminal: &Terminal, out: &mut dyn Write) -> io::Result<()> {
    let places: Vec<usize> = lines
        .short()
        .iter()
        .filter_map(|name| lines.columns().iter().position(|column| column == name))
        .collect();
    let names: Vec<String> =
        places.iter().map(|&place| lines.columns()[place].replace('_', " ")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Page::new(out, terminal).table(&names, || {
        (0..lines.len())
            .map(|row| places.iter().map(|&column| words(&lines.value(row, column))).collect())
    })
}

fn csv(lines: &dyn Lines, timesketch: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut builder = csv::WriterBuilder::new();
    let mut sheet = builder.terminator(csv::Terminator::CRLF).from_writer(out);
    let own: &[&str] = if timesketch { &["message", "datetime", "timestamp_desc"] } else { &[] };
    sheet.write_record(own.iter().chain(lines.columns()))?;
    for row in 0..lines.len() {
        let mut cells = Vec::with_capacity(own.len() + lines.columns().len());
        if timesketch {
            cells =
                vec![lines.message(row), words(&lines.value(row, 0)), lines.meaning().to_owned()];
        }
        cells.extend((0..lines.columns().len()).map(|column| words(&lines.value(row, column))));
        sheet.write_record(cells.iter().map(|cell| for_cell(cell).into_owned()))?;
    }
    sheet.flush()?;
    Ok(())
}

fn jsonl(lines: &dyn Lines, out: &mut dyn Write) -> anyhow::Result<()> {
    for row in 0..lines.len() {
        let pair = |(column, name): (usize, &&str)| ((*name).to_owned(), lines.value(row, column));
        let line: Map<String, Value> = lines.columns().iter().enumerate().map(pair).collect();
        crate::report::write_json_line(&line, out)?;
    }
    Ok(())
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
