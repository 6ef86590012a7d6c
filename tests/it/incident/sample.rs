//! The checked-in `sample-logs/`: the mixture that a responder gets of the story, made here byte
//! for byte.
//!
//! Production comes as REST pages and as a storage tree that overlap on Thursday; development as a
//! PowerShell export, a Log Analytics CSV that overlaps it, and one damaged blob.

use std::collections::BTreeSet;
use std::io::Write;

use flate2::{Compression, GzBuilder};

use super::cast::{DEV, PROD};
use super::model::{Author, Incident};
use super::row::{Row, rows};
use super::truth::fingerprint;
use super::{
    AlertShape, render_alert, render_alerts, render_log_analytics, render_powershell, render_rest,
    render_storage, story, time,
};

/// Events of one REST page in the folder.
const PAGE: usize = 80;

/// What a reader of the folder must find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FolderTruth {
    /// Activity Log records that can be read, duplicates included.
    pub(crate) activity_records: usize,
    /// Different events among them.
    pub(crate) events: usize,
    /// Records of events that another record tells already.
    pub(crate) duplicates: usize,
    /// Events of the story that the folder lacks.
    pub(crate) missing: usize,
    /// Alert records; every alert comes twice.
    pub(crate) alert_records: usize,
    /// Different alerts among them.
    pub(crate) alerts: usize,
    /// Continuous-export messages that are no alerts.
    pub(crate) ignored: usize,
    /// Torn pieces of records.
    pub(crate) rejected: usize,
    /// REST pages whose next page is missing: none.
    pub(crate) broken_chains: usize,
    /// Records a file, by path; a torn piece is no record.
    pub(crate) files: Vec<(String, usize)>,
}

/// A damaged copy of a file of lines, and what was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damaged {
    /// The bytes that are left.
    pub(crate) bytes: Vec<u8>,
    /// Numbers, from 0, of the lines that cannot be read any more.
    pub(crate) lost: Vec<usize>,
    /// Offsets of the two torn pieces.
    pub(crate) offsets: [usize; 2],
}

/// Tears the middle line of a file of lines, whose second half is missing, and cuts the file off in
/// the middle of its last line, as an append blob that is copied while it grows.
///
/// # Panics
/// With fewer than three lines there is nothing to tear.
pub(crate) fn damage(bytes: &[u8]) -> Damaged {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    assert!(lines.len() >= 3, "{} lines", lines.len());
    let (middle, last) = (lines.len() / 2, lines.len() - 1);
    let mut out = Damaged { bytes: Vec::new(), lost: vec![middle, last], offsets: [0, 0] };
    for (number, line) in lines.iter().enumerate() {
        let torn = out.lost.iter().position(|lost| *lost == number);
        if let Some(which) = torn {
            out.offsets[which] = out.bytes.len();
            out.bytes.extend_from_slice(&line[..line.len() / 2]);
            if number == middle {
                out.bytes.extend_from_slice(b"\r\n");
            }
        } else {
            out.bytes.extend_from_slice(line);
        }
    }
    out
}

/// Returns the files of the folder: relative paths and bytes, in the order of the paths.
pub(crate) fn sample_logs() -> Vec<(String, Vec<u8>)> {
    let story = story();
    let rows = rows(&story);
    let mut files: Vec<(String, Vec<u8>)> =
        parts(&rows).into_iter().map(|part| (part.path, part.bytes)).collect();
    for (path, shape) in [
        ("alerts/rest/alerts.json", AlertShape::Rest),
        ("alerts/continuous-export/messages.json", AlertShape::ContinuousExport),
    ] {
        let rendered = render_alerts(&story, shape);
        files.extend(rendered.into_iter().map(|(_, bytes)| (path.to_owned(), bytes)));
    }
    files.push(("README.md".into(), readme(&story).into_bytes()));
    files.sort();
    files
}

/// Counts what can be read in the folder.
pub(crate) fn folder_truth() -> FolderTruth {
    let story = story();
    let rows = rows(&story);
    let parts = parts(&rows);
    let records = parts.iter().map(|part| part.rows.len()).sum();
    let told: BTreeSet<_> =
        parts.iter().flat_map(|part| part.rows.iter().map(fingerprint)).collect();
    FolderTruth {
        activity_records: records,
        events: told.len(),
        duplicates: records - told.len(),
        missing: rows.len() - told.len(),
        alert_records: 2 * story.alerts.len(),
        alerts: story.alerts.len(),
        ignored: render_alert::neighbours(&story),
        rejected: 2,
        broken_chains: 0,
        files: parts.into_iter().map(|part| (part.path, part.rows.len())).collect(),
    }
}

/// One file with the rows that can be read in it.
struct Part<'a> {
    path: String,
    bytes: Vec<u8>,
    rows: Vec<Row<'a>>,
}

fn parts<'a>(rows: &[Row<'a>]) -> Vec<Part<'a>> {
    let mut parts = rest(rows);
    parts.extend(storage(rows));
    parts.push(powershell(rows));
    parts.push(log_analytics(rows));
    parts.push(damaged(rows));
    parts
}

/// Rows of a subscription between two times of the story.
fn between<'a>(rows: &[Row<'a>], subscription: usize, from: &str, to: &str) -> Vec<Row<'a>> {
    let (from, to) = (time::parse(from), time::parse(to));
    let inside = |row: &&Row<'a>| {
        row.operation.subscription == subscription && (from..to).contains(&row.event.ticks)
    };
    rows.iter().filter(inside).copied().collect()
}

/// Production from Thursday noon on, as two REST pages.
fn rest<'a>(rows: &[Row<'a>]) -> Vec<Part<'a>> {
    let mut own = between(rows, PROD, "2026-03-05T12:00:00Z", "2026-03-07T00:00:00Z");
    own.reverse();
    let pages = render_rest::paged(&own, PAGE);
    let mut taken = 0;
    let mut parts = Vec::new();
    for (number, (count, bytes)) in pages.into_iter().enumerate() {
        let path = format!("rest/contoso-prod-page{}.json", number + 1);
        parts.push(Part { path, bytes, rows: own[taken..taken + count].to_vec() });
        taken += count;
    }
    parts
}

/// Production until Thursday midnight, as the storage account has it; the first hour compressed.
fn storage<'a>(rows: &[Row<'a>]) -> Vec<Part<'a>> {
    let own = between(rows, PROD, "2026-03-02T00:00:00Z", "2026-03-06T00:00:00Z");
    let hours = render_storage::hours(&own).into_iter().enumerate();
    let parts = hours.map(|(number, (path, rows))| {
        let bytes = render_storage::lines(&rows);
        let (path, bytes) =
            if number == 0 { (format!("{path}.gz"), gzip(&bytes)) } else { (path, bytes) };
        Part { path, bytes, rows }
    });
    parts.collect()
}

/// Development on Tuesday and Wednesday morning, asked for with Windows PowerShell.
fn powershell<'a>(rows: &[Row<'a>]) -> Part<'a> {
    let mut own = between(rows, DEV, "2026-03-03T00:00:00Z", "2026-03-04T12:00:00Z");
    own.reverse();
    let bytes = render_powershell::windows_file(&own);
    Part { path: "powershell/contoso-dev.json".into(), bytes, rows: own }
}

/// Development from Wednesday on, asked for in Log Analytics.
fn log_analytics<'a>(rows: &[Row<'a>]) -> Part<'a> {
    let own = between(rows, DEV, "2026-03-04T00:00:00Z", "2026-03-07T00:00:00Z");
    let bytes = render_log_analytics::table(&own);
    Part { path: "log-analytics/query_data.csv".into(), bytes, rows: own }
}

/// Development on Monday, from a blob that was copied while it grew.
fn damaged<'a>(rows: &[Row<'a>]) -> Part<'a> {
    let own = between(rows, DEV, "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
    let whole = render_storage::lines(&own);
    let Damaged { bytes, lost, .. } = damage(&whole);
    let kept = own.iter().enumerate().filter(|(number, _)| !lost.contains(number));
    Part { path: "damaged/PT1H.json".into(), bytes, rows: kept.map(|(_, row)| *row).collect() }
}

/// Packs bytes without a time stamp, so that the same bytes come out every time.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    packer.write_all(bytes).expect("memory takes all bytes");
    packer.finish().expect("memory takes all bytes")
}

fn readme(story: &Incident) -> String {
    let truth = folder_truth();
    let own = rows(story).iter().filter(|row| row.event.author == Author::Authorization).count();
    let numbers = [
        ("RECORDS", truth.activity_records),
        ("EVENTS", truth.events),
        ("DUPLICATES", truth.duplicates),
        ("TORN", truth.rejected),
        ("ALERTS", truth.alerts),
        ("OWN", own),
    ];
    numbers.iter().fold(include_str!("sample.md").to_owned(), |text, (name, number)| {
        text.replace(name, &number.to_string())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::io::Read;
    use std::path::{Path, PathBuf};

    use flate2::read::GzDecoder;
    use serde_json::Value;

    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs")
    }

    /// Another version of the compressor may pack otherwise: what counts is inside.
    fn unpacked(path: &str, bytes: Vec<u8>) -> Vec<u8> {
        if Path::new(path).extension().is_none_or(|kind| kind != "gz") {
            return bytes;
        }
        let mut out = Vec::new();
        GzDecoder::new(&bytes[..]).read_to_end(&mut out).expect("valid gzip");
        out
    }

    fn on_disk() -> BTreeMap<String, Vec<u8>> {
        let (mut found, mut dirs) = (BTreeMap::new(), vec![folder()]);
        while let Some(dir) = dirs.pop() {
            for entry in fs::read_dir(&dir).expect("the folder is readable") {
                let path = entry.expect("the folder is readable").path();
                if path.is_dir() {
                    dirs.push(path);
                    continue;
                }
                let name = path.strip_prefix(folder()).expect("below the folder");
                let name = name.to_str().expect("UTF-8").replace('\\', "/");
                let bytes = fs::read(&path).expect("the file is readable");
                found.insert(name.clone(), unpacked(&name, bytes));
            }
        }
        found
    }

    #[test]
    fn the_folder_is_what_the_function_makes() {
        if std::env::var_os("UPDATE").is_some() {
            let _ = fs::remove_dir_all(folder());
            for (path, bytes) in sample_logs() {
                let path = folder().join(path);
                fs::create_dir_all(path.parent().expect("a parent")).expect("a new folder");
                fs::write(path, bytes).expect("a new file");
            }
        }
        let (found, made) = (on_disk(), sample_logs());
        let names: Vec<&String> = made.iter().map(|(path, _)| path).collect();
        assert_eq!(found.keys().collect::<Vec<_>>(), names, "UPDATE=1 rewrites the folder");
        for (path, bytes) in made {
            let same = found[&path] == unpacked(&path, bytes);
            assert!(same, "{path} differs; UPDATE=1 rewrites it");
        }
    }

    #[test]
    fn the_folder_is_small_and_misses_nothing_but_the_torn_records() {
        let truth = folder_truth();
        let bytes: usize = sample_logs().iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(bytes < 1_500_000, "{bytes}");
        assert_eq!(truth.missing, truth.rejected);
        assert!(truth.duplicates > 20 && truth.events > 250, "{truth:?}");
        assert_eq!(truth.files.iter().map(|(_, n)| n).sum::<usize>(), truth.activity_records);
    }

    #[test]
    fn the_files_hold_as_many_records_as_the_truth_says() {
        let made: BTreeMap<String, Vec<u8>> = sample_logs().into_iter().collect();
        for (path, expected) in folder_truth().files {
            let bytes = unpacked(&path, made[&path].clone());
            let text = match bytes.strip_prefix(&[0xff, 0xfe]) {
                Some(wide) => {
                    let pairs = wide.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                    String::from_utf16(&pairs.collect::<Vec<_>>()).expect("UTF-16")
                }
                None => String::from_utf8(bytes).expect("UTF-8"),
            };
            let found = if path.contains("PT1H") {
                text.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count()
            } else if path.starts_with("log-analytics/") {
                super::super::read_csv(&text).len() - 1
            } else {
                let value: Value = serde_json::from_str(&text).expect("valid JSON");
                value.as_array().or(value["value"].as_array()).expect("an array").len()
            };
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn the_first_page_links_to_a_second_and_last_one() {
        let made: BTreeMap<String, Vec<u8>> = sample_logs().into_iter().collect();
        let pages: Vec<Value> = made
            .iter()
            .filter(|(path, _)| path.starts_with("rest/"))
            .map(|(_, bytes)| serde_json::from_slice(bytes).expect("valid JSON"))
            .collect();
        let links: Vec<bool> = pages.iter().map(|page| page.get("nextLink").is_some()).collect();
        assert_eq!(links, [true, false]);
    }

    #[test]
    fn damage_tears_one_line_and_cuts_the_last() {
        let whole = b"{\"a\":1}\r\n{\"b\":22}\r\n{\"c\":333}\r\n";
        let damaged = damage(whole);
        assert_eq!(damaged.lost, [1, 2]);
        assert_eq!(damaged.offsets, [9, 16]);
        assert_eq!(damaged.bytes, b"{\"a\":1}\r\n{\"b\":\r\n{\"c\":");
    }
}
