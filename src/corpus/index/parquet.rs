//! Parquet files written from codes: a column that has its dictionary already is not hashed again.
//!
//! Every column is optional and of one of five types (text, number, instant, flag, number with fractions). Of a row group
//! each column is one chunk; a text column has a dictionary page unless its values hardly repeat.
//! Format: <https://github.com/apache/parquet-format>, data pages of version 2.

mod arrow;
mod column;
mod delta;
mod hybrid;
mod thrift;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use column::Chunk;
use thrift::Struct;

use crate::base::dict::Dict;
use crate::base::index32;
use crate::corpus::NONE;
use crate::schema::index::Layout;

/// The values of one column in one row group.
pub(super) enum Values<'v> {
    /// Texts by code; [`NONE`] is null.
    Codes {
        /// One code a row.
        codes: Cow<'v, [u32]>,
        /// The text of each code. Every one should be used.
        texts: Vec<&'v str>,
    },
    /// Texts that hardly repeat.
    Texts(Vec<Option<&'v str>>),
    /// Whole numbers.
    Numbers(Vec<Option<i64>>),
    /// Nanoseconds since 1970, UTC.
    Times(Vec<Option<i64>>),
    /// Yes or no.
    Flags(Vec<Option<bool>>),
    /// Numbers with fractions.
    Reals(Vec<Option<f64>>),
}

impl<'v> Values<'v> {
    /// A column whose codes are those of a dictionary that holds nothing else.
    pub(super) fn coded(codes: &'v [u32], dict: &'v Dict) -> Self {
        Values::Codes { codes: Cow::Borrowed(codes), texts: dict.iter().collect() }
    }

    /// A column whose rows pick from a few texts; a text may be null, as is a pick beyond them.
    pub(super) fn picked(picks: impl Iterator<Item = usize>, texts: &[Option<&'v str>]) -> Self {
        let mut held = Vec::new();
        let mut known: hashbrown::HashMap<&str, u32> = hashbrown::HashMap::new();
        let code = |text: Option<&'v str>| {
            text.map_or(NONE, |text| {
                *known.entry(text).or_insert_with(|| {
                    held.push(text);
                    index32(held.len()) - 1
                })
            })
        };
        let map: Vec<u32> = texts.iter().copied().map(code).collect();
        Values::Codes {
            codes: picks.map(|pick| map.get(pick).copied().unwrap_or(NONE)).collect(),
            texts: held,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Values::Codes { .. } | Values::Texts(_) => Kind::Text,
            Values::Numbers(_) => Kind::Number,
            Values::Times(_) => Kind::Time,
            Values::Flags(_) => Kind::Flag,
            Values::Reals(_) => Kind::Real,
        }
    }
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Time,
    Flag,
    Real,
}

impl Kind {
    /// The physical type: `BYTE_ARRAY`, `INT64`, `BOOLEAN` or `DOUBLE`.
    fn physical(self) -> i32 {
        match self {
            Kind::Text => 6,
            Kind::Number | Kind::Time => 2,
            Kind::Flag => 0,
            Kind::Real => 5,
        }
    }
}

/// A column and its name.
pub(super) type Named<'v> = (&'v str, Values<'v>);

/// A file that is being written, row group by row group.
pub(super) struct Writer<W: Write> {
    out: W,
    at: u64,
    schema: Vec<(String, Kind)>,
    groups: Vec<Group>,
    notes: Vec<(String, String)>,
    scratch: column::Scratch,
}

struct Group {
    rows: usize,
    chunks: Vec<Chunk>,
}

const MAGIC: &[u8] = b"PAR1";

/// Writes one row group as a whole file of a table.
pub(super) fn write(
    path: &Path,
    table: &Layout,
    rows: usize,
    columns: &[Named<'_>],
) -> io::Result<()> {
    let mut writer = Writer::create(path)?;
    writer.note(notes(table));
    writer.group(rows, columns)?;
    writer.finish()
}

/// What a table and its columns mean, as notes of a file.
pub(super) fn notes(table: &Layout) -> impl Iterator<Item = (String, String)> + '_ {
    let columns = table.columns.iter();
    let columns = columns.map(|one| (format!("azscope.column.{}", one.name), one.about.to_owned()));
    std::iter::once(("azscope.table".to_owned(), format!("{}: {}", table.name, table.about)))
        .chain(columns)
}

impl Writer<BufWriter<File>> {
    /// Begins a file.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Writer::new(BufWriter::with_capacity(1 << 18, File::create(path)?))
    }
}

impl<W: Write> Writer<W> {
    /// Begins a file in a writer.
    pub(super) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        let scratch = column::Scratch::default();
        let (schema, groups, notes) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Writer { out, at: 4, schema, groups, notes, scratch })
    }

    /// Adds what readers of the file should know, as keys with values.
    pub(super) fn note(&mut self, notes: impl Iterator<Item = (String, String)>) {
        self.notes.extend(notes);
    }

    /// Adds a row group; all have the same columns.
    pub(super) fn group(&mut self, rows: usize, columns: &[Named<'_>]) -> io::Result<()> {
        if self.schema.is_empty() {
            let named = |(name, values): &Named<'_>| ((*name).to_owned(), values.kind());
            self.schema = columns.iter().map(named).collect();
        }
        if rows == 0 {
            return Ok(());
        }
        let mut chunks = Vec::with_capacity(columns.len());
        for (_, values) in columns {
            let mut chunk = self.scratch.encode(values)?;
            self.out.write_all(&self.scratch.pages)?;
            chunk.offset = self.at;
            self.at += self.scratch.pages.len() as u64;
            chunks.push(chunk);
        }
        self.groups.push(Group { rows, chunks });
        Ok(())
    }

    /// Writes the footer.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let mut footer = Struct::default();
        footer.i32(1, 2);
        footer.list(2, self.schema.len() + 1, |at, element| match at.checked_sub(1) {
            None => {
                element.text(4, "root");
                element.i32(5, i32_of(self.schema.len()));
            }
            Some(column) => element_of(&self.schema[column], element),
        });
        footer.i64(3, self.groups.iter().map(|g| i64_of(g.rows)).sum());
        footer.list(4, self.groups.len(), |at, group| {
            group_of(&self.schema, &self.groups[at], at, group);
        });
        let schema = arrow::schema(&self.schema).map_err(io::Error::other)?;
        self.notes.extend(schema.map(|schema| (arrow::KEY.to_owned(), schema)));
        if !self.notes.is_empty() {
            footer.list(5, self.notes.len(), |at, note| {
                note.text(1, &self.notes[at].0);
                note.text(2, &self.notes[at].1);
            });
        }
        footer.text(6, concat!("azscope ", env!("CARGO_PKG_VERSION")));
        // Every column is ordered as its type says: text by its bytes.
        footer.list(7, self.schema.len(), |_, order| order.inner(1, |_| ()));
        let footer = footer.finish();
        self.out.write_all(&footer)?;
        self.out.write_all(&index32(footer.len()).to_le_bytes())?;
        self.out.write_all(MAGIC)?;
        self.out.flush()
    }
}

fn element_of((name, kind): &(String, Kind), element: &mut Struct) {
    const OPTIONAL: i32 = 1;
    element.i32(1, kind.physical());
    element.i32(3, OPTIONAL);
    element.text(4, name);
    match kind {
        Kind::Text => {
            element.i32(6, 0);
            element.inner(10, |logical| logical.inner(1, |_| ()));
        }
        Kind::Time => element.inner(10, |logical| {
            logical.inner(8, |timestamp| {
                timestamp.flag(1, true);
                timestamp.inner(2, |unit| unit.inner(3, |_| ()));
            });
        }),
        Kind::Number | Kind::Flag | Kind::Real => {}
    }
}

fn group_of(schema: &[(String, Kind)], group: &Group, ordinal: usize, out: &mut Struct) {
    out.list(1, group.chunks.len(), |at, chunk| {
        let (name, kind) = &schema[at];
        let written = &group.chunks[at];
        chunk.i64(2, 0);
        chunk.inner(3, |meta| written.describe(name, kind.physical(), meta));
    });
    out.i64(2, group.chunks.iter().map(|c| i64_of(c.bytes_plain)).sum());
    out.i64(3, i64_of(group.rows));
    out.i64(6, group.chunks.iter().map(|c| i64_of(c.bytes)).sum());
    if let Ok(ordinal) = i16::try_from(ordinal) {
        out.i16(7, ordinal);
    }
}

/// Lengths here are of buffers in memory.
fn i64_of(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

/// Lengths of pages are checked to be small enough; counts of columns and rows of a group are.
fn i32_of(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests;
