//! An answer as Parquet.

use std::io::Write;

use anyhow::bail;
use rusqlite::types::{Value, ValueRef};

use super::{Answer, words};
use crate::base::{DateOrder, Time};
use crate::cli::command::query::column::ColumnKind;
use crate::corpus::{Rows, Series};

/// Rows of Parquet that are held at once.
const GROUP: usize = 1 << 16;

/// Parquet: a column has the type that its first rows have.
pub(in crate::cli::command::query) struct Parquet<'w> {
    out: Option<&'w mut dyn Write>,
    rows: Option<Rows<&'w mut dyn Write>>,
    names: Vec<String>,
    kinds: Vec<Option<ColumnKind>>,
    held: Vec<Vec<Value>>,
    /// The type of each column once rows were written.
    types: Vec<Type>,
    count: u64,
}

/// The type of a column of Parquet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Text,
    Number,
    Real,
    Flag,
    Time,
}

impl<'w> Parquet<'w> {
    pub(in crate::cli::command::query) fn new(out: &'w mut dyn Write) -> Self {
        Parquet {
            out: Some(out),
            rows: None,
            names: Vec::new(),
            kinds: Vec::new(),
            held: Vec::new(),
            types: Vec::new(),
            count: 0,
        }
    }

    /// Writes the rows that are held.
    fn group(&mut self) -> anyhow::Result<()> {
        if self.types.is_empty() {
            self.types = self.held.iter().zip(&self.kinds).map(|(h, kind)| of(h, *kind)).collect();
        }
        let mut columns = Vec::with_capacity(self.names.len());
        for ((name, values), kind) in self.names.iter().zip(&self.held).zip(&self.types) {
            let Some(series) = series(values, *kind) else {
                bail!(
                    "the column {name} has values of other types behind row {}: CAST it, for instance to TEXT",
                    self.count
                );
            };
            columns.push((name.as_str(), series));
        }
        let rows = self.held.first().map_or(0, Vec::len);
        if let Some(out) = self.out.take() {
            self.rows = Some(Rows::begin(out)?);
        }
        if let Some(writer) = &mut self.rows {
            writer.group(rows, &columns)?;
        }
        self.count += rows as u64;
        self.held.iter_mut().for_each(Vec::clear);
        Ok(())
    }
}

/// The narrowest type that all values of a column have.
fn of(values: &[rusqlite::types::Value], kind: Option<ColumnKind>) -> Type {
    use Value::{Blob, Integer, Null, Real, Text};
    match kind {
        Some(ColumnKind::Flag) => return Type::Flag,
        Some(ColumnKind::Time) => return Type::Time,
        Some(ColumnKind::Text | ColumnKind::Json) => return Type::Text,
        Some(ColumnKind::Number) => return Type::Number,
        None => {}
    }
    let mut found = None;
    for value in values {
        found = match (value, found) {
            (Text(_) | Blob(_), _) => return Type::Text,
            (Real(_), _) => Some(Type::Real),
            (Integer(_), None) => Some(Type::Number),
            (Null | Integer(_), found) => found,
        };
    }
    found.unwrap_or(Type::Text)
}

/// Returns values as a column of a type; `None` where one does not fit.
#[allow(clippy::cast_precision_loss, reason = "numbers among fractions are such")]
fn series(values: &[rusqlite::types::Value], kind: Type) -> Option<Series<'_>> {
    use Value::{Integer, Null, Real, Text};
    let texts = || values.iter().map(|value| (*value != Null).then(|| words(value.into(), None)));
    Some(match kind {
        Type::Text => Series::Text(texts().map(|text| text.map(Into::into)).collect()),
        Type::Time => {
            let time = |value: &Value| match value {
                Null => Some(None),
                Text(text) => Time::parse(text, DateOrder::MonthFirst).map(Some),
                _ => None,
            };
            Series::Time(values.iter().map(time).collect::<Option<_>>()?)
        }
        Type::Number | Type::Flag => {
            let number = |value: &Value| match value {
                Null => Some(None),
                Integer(number) => Some(Some(*number)),
                _ => None,
            };
            let numbers: Vec<Option<i64>> = values.iter().map(number).collect::<Option<_>>()?;
            if kind == Type::Flag {
                Series::Flag(numbers.into_iter().map(|n| n.map(|n| n != 0)).collect())
            } else {
                Series::Number(numbers)
            }
        }
        Type::Real => {
            let real = |value: &Value| match value {
                Null => Some(None),
                Integer(number) => Some(Some(*number as f64)),
                Real(number) => Some(Some(*number)),
                _ => None,
            };
            Series::Real(values.iter().map(real).collect::<Option<_>>()?)
        }
    })
}

impl Answer for Parquet<'_> {
    fn begin(&mut self, columns: &[(String, Option<ColumnKind>)]) -> anyhow::Result<()> {
        self.names = columns.iter().map(|(name, _)| name.clone()).collect();
        self.kinds = columns.iter().map(|(_, kind)| *kind).collect();
        self.held = vec![Vec::new(); columns.len()];
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> anyhow::Result<()> {
        for (column, value) in self.held.iter_mut().zip(values) {
            column.push((*value).try_into()?);
        }
        if self.held.first().is_some_and(|column| column.len() == GROUP) {
            self.group()?;
        }
        Ok(())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        // A table without rows still has columns.
        if self.rows.is_none() || self.held.first().is_some_and(|column| !column.is_empty()) {
            self.group()?;
        }
        self.rows.take().map_or(Ok(()), |rows| Ok(rows.finish()?))
    }
}
