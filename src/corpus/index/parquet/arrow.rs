//! What polars calls the types of a file, so that it reads its own and not merely equal ones.
//!
//! Parquet knows instants in UTC, but not that polars names their zone `UTC`. Polars notes its schema
//! in the footer; here it is asked what it would note.

use polars::prelude::{DataFrame, DataType, Field, PolarsResult, Schema, TimeUnit, TimeZone};
use polars_io::parquet::write::ParquetWriter;

use super::Kind;

/// The name under which the schema stands in the footer.
pub(super) const KEY: &str = "ARROW:schema";

/// Returns the schema of a file as polars notes it, if it notes one.
pub(super) fn schema(columns: &[(String, Kind)]) -> PolarsResult<Option<String>> {
    let field = |(name, kind): &(String, Kind)| Field::new(name.as_str().into(), data_type(*kind));
    let schema: Schema = columns.iter().map(field).collect();
    let mut file = Vec::new();
    ParquetWriter::new(&mut file).finish(&mut DataFrame::empty_with_schema(&schema))?;
    Ok(noted(&file))
}

/// The text behind the key: a byte says what follows, a number of seven bits a byte how long it is.
fn noted(file: &[u8]) -> Option<String> {
    let at = memchr::memmem::find(file, KEY.as_bytes())? + KEY.len() + 1;
    let digits = file[at..].iter().position(|byte| *byte < 0x80)? + 1;
    let digit = |(place, byte): (usize, &u8)| usize::from(byte & 0x7f) << (7 * place);
    let len: usize = file[at..at + digits].iter().take(4).enumerate().map(digit).sum();
    let value = file.get(at + digits..at + digits + len)?;
    String::from_utf8(value.to_vec()).ok()
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::String,
        Kind::Number => DataType::Int64,
        Kind::Time => DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)),
        Kind::Flag => DataType::Boolean,
        Kind::Real => DataType::Float64,
    }
}
