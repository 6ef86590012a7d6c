//! The columnar index: Parquet files that Polars and `DuckDB` open.
//!
//! One of three places that name polars.

use std::borrow::Cow;
use std::fs::File;
use std::io::BufWriter;
use std::ops::Range;
use std::path::Path;

use polars::prelude::{
    BooleanChunked, Column as PolarsColumn, DataFrame, DataType, Int64Chunked, IntoColumn,
    IntoSeries, NewChunkedArray, PolarsResult, StringChunkedBuilder, TimeUnit, TimeZone,
};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::{ParquetCompression, ParquetWriter};

use super::batch::{Batch, Column, is_of_principal};
use super::spine::NONE;
use crate::base::Time;
use crate::schema::{Event, Kind};
use crate::shape::Identity;

/// A column of a table that is written to the index.
pub enum Series<'t> {
    /// Texts.
    Text(Vec<Option<Cow<'t, str>>>),
    /// Instants.
    Time(Vec<Option<Time>>),
    /// Whole numbers.
    Number(Vec<Option<i64>>),
    /// Yes or no.
    Flag(Vec<Option<bool>>),
}

/// Rows of a table that are held as columns at once.
const ROWS: usize = 1 << 16;

/// Writes a table of so many rows as one Parquet file; `columns` is asked for one range of rows after another.
pub fn write_table<'t>(
    path: &Path,
    rows: usize,
    columns: impl Fn(Range<usize>) -> Vec<(&'static str, Series<'t>)>,
) -> PolarsResult<()> {
    let mut first = frame(columns(0..rows.min(ROWS)))?;
    if rows <= ROWS {
        return write_frame(path, &mut first);
    }
    let mut writer = writer(path)?.batched(first.schema())?;
    writer.write_batch(&first)?;
    drop(first);
    for start in (ROWS..rows).step_by(ROWS) {
        writer.write_batch(&frame(columns(start..rows.min(start + ROWS)))?)?;
    }
    writer.finish().map(drop)
}

fn frame(columns: Vec<(&str, Series<'_>)>) -> PolarsResult<DataFrame> {
    let columns = columns
        .into_iter()
        .map(|(name, series)| match series {
            Series::Text(values) => {
                Ok(texts(name, values.len(), values.iter().map(Option::as_deref)))
            }
            Series::Time(values) => times(name, values.into_iter()),
            Series::Number(values) => Ok(numbers(name, values.into_iter())),
            Series::Flag(values) => Ok(flags(name, values.into_iter())),
        })
        .collect::<PolarsResult<Vec<_>>>()?;
    let height = columns.first().map_or(0, PolarsColumn::len);
    DataFrame::new(height, columns)
}

fn writer(path: &Path) -> PolarsResult<ParquetWriter<BufWriter<File>>> {
    let file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    Ok(ParquetWriter::new(file).with_compression(ParquetCompression::Lz4Raw).set_parallel(false))
}

fn write_frame(path: &Path, frame: &mut DataFrame) -> PolarsResult<()> {
    writer(path)?.finish(frame).map(drop)
}

fn write(path: &Path, columns: Vec<PolarsColumn>) -> PolarsResult<()> {
    let height = columns.first().map_or(0, PolarsColumn::len);
    write_frame(path, &mut DataFrame::new(height, columns)?)
}

fn texts<'v>(
    name: &str,
    len: usize,
    values: impl Iterator<Item = Option<&'v str>>,
) -> PolarsColumn {
    let mut builder = StringChunkedBuilder::new(name.into(), len);
    values.for_each(|value| builder.append_option(value));
    builder.finish().into_series().into_column()
}

fn times(name: &str, values: impl Iterator<Item = Option<Time>>) -> PolarsResult<PolarsColumn> {
    let nanos: Int64Chunked = values.map(|t| t.map(|t| t.0)).collect();
    let utc = DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC));
    Ok(nanos.with_name(name.into()).into_series().cast(&utc)?.into_column())
}

fn numbers(name: &str, values: impl Iterator<Item = Option<i64>>) -> PolarsColumn {
    let values: Int64Chunked = values.collect();
    values.with_name(name.into()).into_series().into_column()
}

fn flags(name: &str, values: impl Iterator<Item = Option<bool>>) -> PolarsColumn {
    let values: BooleanChunked = values.collect();
    values.with_name(name.into()).into_series().into_column()
}

/// Writes a batch of events as one part; `sources` names the file and member of each source of the batch.
pub(super) fn write_events(
    path: &Path,
    batch: &Batch,
    identities: &[Identity],
    sources: &[(String, Option<String>)],
) -> PolarsResult<()> {
    let len = batch.len();
    let spine = &batch.spine;
    let ids: Vec<String> = batch.event_ids().map(|id| format!("{id:016x}")).collect();
    let mut columns = vec![texts("event", len, ids.iter().map(|id| Some(id.as_str())))];
    for (&column, place) in Event::ALL.iter().zip(&batch.columns) {
        let name = column.spec().name;
        columns.push(match place {
            Column::Coded(coded) => {
                let value = |&code: &u32| (code != NONE).then(|| coded.dict.text_of(code));
                texts(name, len, coded.codes.iter().map(value))
            }
            Column::Texts(values) => texts(name, len, values.iter()),
            Column::Elsewhere => elsewhere(column, batch, identities)?,
        });
    }
    let source = |row: usize| &sources[spine.source[row].0 as usize];
    columns.push(texts("file", len, (0..len).map(|row| Some(source(row).0.as_str()))));
    columns.push(texts("member", len, (0..len).map(|row| source(row).1.as_deref())));
    columns.push(numbers("offset", spine.offset.iter().map(|&o| i64::try_from(o).ok())));
    columns.push(numbers("length", spine.len.iter().map(|&l| Some(i64::from(l)))));
    let shape = |row: usize| Some(spine.shape(row).shape().name);
    columns.push(texts("shape", len, (0..len).map(shape)));
    write(path, columns)
}

fn elsewhere(column: Event, batch: &Batch, identities: &[Identity]) -> PolarsResult<PolarsColumn> {
    let name = column.spec().name;
    let who = |&code: &u32| &identities[code as usize];
    let principals = batch.spine.identity.iter().map(who);
    Ok(match column {
        Event::Time => times(name, batch.spine.time.iter().map(|&t| Some(t)))?,
        Event::SubmissionTime => times(name, batch.submission.iter().copied())?,
        Event::HttpStatus => {
            numbers(name, batch.spine.http.iter().map(|&h| (h != 0).then_some(i64::from(h))))
        }
        Event::ClientPort => numbers(name, batch.port.iter().map(|p| p.map(i64::from))),
        Event::Mfa => flags(name, principals.map(|id| id.mfa)),
        _ if is_of_principal(column) => {
            texts(name, batch.len(), principals.map(|id| id.value(column)))
        }
        _ => unreachable!("{name} ({:?}) is held in the batch", column.spec().kind == Kind::Code),
    })
}

/// Rewrites a part without the rows for which `keep` is false.
pub(super) fn drop_rows(path: &Path, keep: &[bool]) -> PolarsResult<()> {
    let frame = ParquetReader::new(File::open(path)?).finish()?;
    let mask = BooleanChunked::from_slice("keep".into(), keep);
    let kept = frame.filter(&mask)?;
    write(path, kept.into_columns())
}
