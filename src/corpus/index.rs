//! The columnar index: Parquet files that Polars and `DuckDB` open.
//!
//! Parts are written from the codes of a batch; polars, which is named here and below here alone,
//! reads them back.

mod parquet;
mod read;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use polars::prelude::{BooleanChunked, IntoColumn, NewChunkedArray, PolarsResult, StringChunked};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::{KeyValueMetadata, ParquetCompression, ParquetWriter};

use parquet::{Named, Values};
pub use read::{Cell, ReadError, Table};

use super::batch::{Batch, Column, is_of_principal};
use super::spine::NONE;
use crate::base::Time;
use crate::base::dict::Dict;
use crate::base::hash::{hex, push_hex};
use crate::base::index32;
use crate::schema::Event;
use crate::schema::index::layout;
use crate::shape::{Identity, SHAPES};

/// A column of a table that is written to the index.
pub enum Series<'t> {
    /// Texts.
    Text(Vec<Option<Cow<'t, str>>>),
    /// Texts of which no two are equal.
    Id(Vec<String>),
    /// A pick for each row among texts of which no two are equal, and every one is picked.
    Chosen(Vec<u32>, Vec<String>),
    /// Codes of a dictionary, which may hold more than the table; [`NONE`] is null.
    Coded(Vec<u32>, &'t Dict),
    /// A pick among a few texts for each row.
    Picked(Vec<usize>, Vec<Option<&'t str>>),
    /// Instants.
    Time(Vec<Option<Time>>),
    /// Whole numbers.
    Number(Vec<Option<i64>>),
    /// Yes or no.
    Flag(Vec<Option<bool>>),
    /// Numbers with fractions.
    Real(Vec<Option<f64>>),
}

/// Rows of a table that are held as columns at once.
const ROWS: usize = 1 << 14;

/// Writes a table of the index of so many rows into a folder, as one Parquet file that says what its
/// columns mean; `columns` is asked for one range of rows after another.
pub fn write_table<'t>(
    folder: &Path,
    name: &str,
    rows: usize,
    columns: impl Fn(Range<usize>) -> Vec<(&'static str, Series<'t>)>,
) -> io::Result<()> {
    let path = folder.join(format!("{}.parquet", name.replace('_', "-")));
    let file = BufWriter::with_capacity(1 << 18, File::create(path)?);
    let mut writer = parquet::Writer::new(file)?;
    writer.note(parquet::notes(layout(name)));
    fill(writer, rows, |range| Ok(columns(range)))
}

/// Writes a table to any writer, from columns that may fail to be made.
pub fn write_table_to<'t, W: Write>(
    out: W,
    rows: usize,
    columns: impl FnMut(Range<usize>) -> io::Result<Vec<(&'t str, Series<'t>)>>,
) -> io::Result<()> {
    fill(parquet::Writer::new(out)?, rows, columns)
}

/// A table that is written to any writer, some rows after others.
pub struct Rows<W: Write>(parquet::Writer<W>);

impl<W: Write> Rows<W> {
    /// Begins a table.
    pub fn begin(out: W) -> io::Result<Self> {
        parquet::Writer::new(out).map(Rows)
    }

    /// Adds rows; the columns are always the same.
    pub fn group(&mut self, rows: usize, columns: &[(&str, Series<'_>)]) -> io::Result<()> {
        let named: Vec<Named<'_>> =
            columns.iter().map(|(name, series)| (*name, values(series))).collect();
        self.0.group(rows, &named)
    }

    /// Ends the table.
    pub fn finish(self) -> io::Result<()> {
        self.0.finish()
    }
}

fn fill<'t, W: Write>(
    mut writer: parquet::Writer<W>,
    rows: usize,
    mut columns: impl FnMut(Range<usize>) -> io::Result<Vec<(&'t str, Series<'t>)>>,
) -> io::Result<()> {
    // A table without rows still has columns.
    for start in (0..rows.max(1)).step_by(ROWS) {
        let range = start..rows.min(start + ROWS);
        let series = columns(range.clone())?;
        let named: Vec<Named<'_>> =
            series.par_iter().map(|(name, series)| (*name, values(series))).collect();
        writer.group(range.len(), &named)?;
    }
    writer.finish()
}

fn values<'s>(series: &'s Series<'_>) -> Values<'s> {
    match series {
        Series::Text(texts) => {
            let texts: Vec<_> = texts.iter().map(Option::as_deref).collect();
            Values::picked(0..texts.len(), &texts)
        }
        Series::Id(texts) => Values::Texts(texts.iter().map(|text| Some(text.as_str())).collect()),
        Series::Chosen(picks, texts) => {
            Values::Codes { codes: picks.into(), texts: texts.iter().map(String::as_str).collect() }
        }
        Series::Coded(codes, dict) => used(codes, dict),
        Series::Picked(picks, texts) => Values::picked(picks.iter().copied(), texts),
        Series::Time(times) => Values::Times(times.iter().map(|t| t.map(|t| t.0)).collect()),
        Series::Number(numbers) => Values::Numbers(numbers.clone()),
        Series::Flag(flags) => Values::Flags(flags.clone()),
        Series::Real(numbers) => Values::Reals(numbers.clone()),
    }
}

/// Codes of their own for what is used of a dictionary.
fn used<'s>(codes: &[u32], dict: &'s Dict) -> Values<'s> {
    let mut known: hashbrown::HashMap<u32, u32> = hashbrown::HashMap::new();
    let mut texts = Vec::new();
    let code = |&code: &u32| match code {
        NONE => NONE,
        _ => *known.entry(code).or_insert_with(|| {
            texts.push(dict.text_of(code));
            index32(texts.len()) - 1
        }),
    };
    let codes = codes.iter().map(code).collect();
    Values::Codes { codes, texts }
}

/// Writes a batch of events as one part; `sources` names the file and member of each source of the batch.
pub(super) fn write_events(
    path: &Path,
    batch: &Batch,
    identities: &[Identity],
    sources: &[(String, Option<String>)],
) -> io::Result<()> {
    let spine = &batch.spine;
    let mut ids = String::with_capacity(batch.len() * 16);
    batch.event_ids().for_each(|id| push_hex(&id.to_be_bytes(), &mut ids));
    let ids = (0..batch.len()).map(|row| ids.get(row * 16..row * 16 + 16)).collect();
    let mut columns = vec![("event", Values::Texts(ids))];
    for (&column, place) in Event::ALL.iter().zip(&batch.columns) {
        let values = match place {
            Column::Coded(coded) => Values::coded(&coded.codes, &coded.dict),
            Column::Texts(texts) => Values::Texts(texts.iter().collect()),
            Column::Elsewhere => elsewhere(column, batch, identities),
        };
        columns.push((column.spec().name, values));
    }
    let from = || spine.source.iter().map(|source| source.0 as usize);
    let files: Vec<_> = sources.iter().map(|(file, _)| Some(file.as_str())).collect();
    let members: Vec<_> = sources.iter().map(|(_, member)| member.as_deref()).collect();
    let shapes: Vec<_> = SHAPES.iter().map(|shape| Some(shape.name)).collect();
    let offset = |&offset: &u64| i64::try_from(offset).ok();
    columns.extend([
        ("file", Values::picked(from(), &files)),
        ("member", Values::picked(from(), &members)),
        ("offset", Values::Numbers(spine.offset.iter().map(offset).collect())),
        ("length", Values::Numbers(spine.len.iter().map(|&l| Some(i64::from(l))).collect())),
        ("shape", Values::picked(spine.shape.iter().map(|&s| usize::from(s)), &shapes)),
    ]);
    parquet::write(path, layout("events"), batch.len(), &columns)
}

fn elsewhere<'b>(column: Event, batch: &'b Batch, identities: &'b [Identity]) -> Values<'b> {
    let principals = || batch.spine.identity.iter().map(|&code| code as usize);
    match column {
        Event::Time => Values::Times(batch.spine.time.iter().map(|t| Some(t.0)).collect()),
        Event::SubmissionTime => {
            Values::Times(batch.submission.iter().map(|t| t.map(|t| t.0)).collect())
        }
        Event::HttpStatus => {
            let status = |&http: &u16| (http != 0).then_some(i64::from(http));
            Values::Numbers(batch.spine.http.iter().map(status).collect())
        }
        Event::ClientPort => {
            Values::Numbers(batch.port.iter().map(|port| port.map(i64::from)).collect())
        }
        Event::Mfa => Values::Flags(principals().map(|who| identities[who].mfa).collect()),
        _ if is_of_principal(column) => {
            let texts: Vec<_> = identities.iter().map(|id| id.value(column)).collect();
            Values::picked(principals(), &texts)
        }
        _ => {
            let spec = column.spec();
            unreachable!("{} ({:?}) is held in the batch", spec.name, spec.kind)
        }
    }
}

/// Rewrites a part without the rows for which `keep` is false, and with other ids for some of its rows.
pub(super) fn rewrite(path: &Path, keep: &[bool], ids: &[(usize, u64)]) -> PolarsResult<()> {
    let mut frame = ParquetReader::new(File::open(path)?).finish()?;
    if !ids.is_empty() {
        let mut own: Vec<Option<Cow<'_, str>>> =
            frame.column("event")?.str()?.iter().map(|id| id.map(Cow::Borrowed)).collect();
        for &(row, id) in ids {
            own[row] = Some(Cow::Owned(hex(&id.to_be_bytes())));
        }
        let own = StringChunked::from_iter_options("event".into(), own.into_iter());
        frame.replace("event", own.into_column())?;
    }
    let mask = BooleanChunked::from_slice("keep".into(), keep);
    let mut kept = frame.filter(&mask)?;
    let file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let notes = parquet::notes(layout("events")).collect();
    let writer = ParquetWriter::new(file)
        .with_compression(ParquetCompression::Lz4Raw)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(notes)));
    writer.set_parallel(false).finish(&mut kept).map(drop)
}
