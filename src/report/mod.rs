//! Report formats: one file and one line in [`FORMATS`] each; [`html::pages`] are the report to look
//! at, and a file an entity.
//!
//! A format writes a finished [`Report`] to a writer and knows nothing of files, terminals or the
//! clock: the same report gives the same bytes. It computes no figure that another format shows;
//! those are methods of the model. Every string of the evidence passes an escaper of `base::text`,
//! except in JSON, whose own escapes are exact.

pub mod html;
mod json;
mod markdown;
mod rejects;
mod sheet;
pub mod standard;
pub mod summary;
mod tables;
mod timeline;

pub use json::{write_json, write_json_line};
pub use rejects::{REJECTS_FILE, write_rejects};
pub use tables::OperationsTable;

use std::io;
use std::io::Write;

use crate::base::Time;
use crate::investigation::model::Report;

/// The file that holds the whole model as data.
pub const JSON_FILE: &str = "report.json";

/// Every format of one file that a case holds, in the order they are written.
pub const FORMATS: &[&dyn Format] = &[
    &json::Json,
    &markdown::Markdown,
    &timeline::TIMELINE,
    &tables::FINDINGS,
    &tables::USERS,
    &tables::SUBSCRIPTIONS,
    &tables::VIRTUAL_MACHINES,
    &tables::ADDRESSES,
    &tables::ALERTS,
    &tables::IAM_CHANGES,
    &tables::RESIDUE,
    &tables::COVERAGE,
];

/// Writes a report in one way.
pub trait Format: Sync {
    /// Returns the name people use for the format.
    fn name(&self) -> &'static str;

    /// Returns the path of its file inside a case, with `/` between its parts.
    fn file(&self) -> &'static str;

    /// Writes the whole report; fails only where the writer fails.
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()>;
}

/// Returns a time to the second for people, as `2024-05-01 10:02:03Z`; `unknown` without one.
fn short_time(time: Option<Time>) -> String {
    let mut out = String::new();
    push_time(time, &mut out);
    out
}

/// Returns a stretch of time to the second: one time where both ends are the same second, one date
/// where both are of the same day.
fn short_span(first: Option<Time>, last: Option<Time>) -> String {
    let mut out = String::new();
    push_span(first, last, &mut out);
    out
}

/// Bytes of the date of a time to the second, and of the whole without its zone.
const DATE: usize = 10;
const SECOND: usize = 19;

/// Appends a time like [`short_time`].
fn push_time(time: Option<Time>, out: &mut String) {
    let Some(time) = time else { return out.push_str("unknown") };
    let start = out.len();
    time.push(out);
    out.truncate(start + SECOND);
    out.replace_range(start + DATE..=start + DATE, " ");
    out.push('Z');
}

/// Appends a stretch of time like [`short_span`].
fn push_span(first: Option<Time>, last: Option<Time>, out: &mut String) {
    let start = out.len();
    push_time(first, out);
    let middle = out.len();
    push_time(last, out);
    if out[start..middle] == out[middle..] {
        out.truncate(middle);
        return;
    }
    if first.is_some() && last.is_some() && out[start..][..DATE] == out[middle..][..DATE] {
        out.replace_range(middle..=middle + DATE, "");
    }
    out.insert_str(middle, " to ");
}

/// Returns a size in bytes for people, with one digit after the point.
fn size_words(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut unit = 0;
    let mut scale = 1000;
    while unit + 1 < UNITS.len() && bytes / scale >= 1000 {
        unit += 1;
        scale *= 1000;
    }
    format!("{}.{} {}", bytes / scale, bytes % scale / (scale / 10), UNITS[unit])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn formats_have_names_and_files_of_their_own() {
        let names: BTreeSet<_> = FORMATS.iter().map(|format| format.name()).collect();
        let files: BTreeSet<_> = FORMATS.iter().map(|format| format.file()).collect();
        assert_eq!((names.len(), files.len()), (FORMATS.len(), FORMATS.len()));
    }

    #[test]
    fn every_format_writes_an_empty_report_the_same_way_twice() {
        for format in FORMATS {
            let mut bytes = [Vec::new(), Vec::new()];
            for out in &mut bytes {
                format.write(&Report::default(), out).unwrap();
            }
            assert!(!bytes[0].is_empty() && bytes[0] == bytes[1], "{}", format.name());
        }
    }

    #[test]
    fn times_and_sizes_are_short_for_people() {
        assert_eq!(short_time(Some(Time(1_500_000_000))), "1970-01-01 00:00:01Z");
        assert_eq!(short_time(None), "unknown");
        assert_eq!(short_span(Some(Time(0)), Some(Time(1))), "1970-01-01 00:00:00Z");
        let second = Some(Time(1_000_000_000));
        assert_eq!(short_span(Some(Time(0)), second), "1970-01-01 00:00:00Z to 00:00:01Z");
        assert_eq!(short_span(None, second), "unknown to 1970-01-01 00:00:01Z");
        assert_eq!(size_words(999), "999 B");
        assert_eq!(size_words(1_250_000), "1.2 MB");
        assert_eq!(size_words(u64::MAX), "18446744.0 TB");
    }
}
