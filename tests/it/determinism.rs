//! Same evidence, same bytes: whatever the threads, the order of the folder and the order of the arguments.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use azscope::base::progress::Silent;
use azscope::detect::Matching;
use azscope::investigation::Config;
use azscope::investigation::model::{EvidenceRef, Level, Report, SourceName};

use crate::case::analyze;
use crate::incident;

/// Leaves out the one thing in which two files with the same records differ.
fn forget_file(place: &mut EvidenceRef) {
    let member = place.source.member.clone();
    place.source = SourceName { member, ..SourceName::default() }.into();
}

/// Every file of a case, by name.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn case(files_in: &[(String, Vec<u8>)], threads: &str) -> BTreeMap<String, Vec<u8>> {
    let borrowed: Vec<(&str, &[u8])> =
        files_in.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    let case = analyze(&borrowed, &["--threads", threads]);
    files(&case.path(""))
}

#[test]
fn threads_and_the_order_of_files_do_not_show() {
    let mut logs = incident::sample_logs();
    let one = case(&logs, "1");
    logs.reverse();
    for threads in ["2", "8"] {
        let other = case(&logs, threads);
        assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (name, bytes) in &one {
            assert_eq!(Some(bytes), other.get(name), "{name} differs with {threads} threads");
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The report on one file, read in jobs of a size.
fn report(bytes: &[u8], job_bytes: usize) -> Report {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("index")).unwrap();
    std::fs::write(folder.path().join("log.json"), bytes).unwrap();
    let config = Config {
        corpus: azscope::corpus::Config {
            paths: vec![folder.path().join("log.json")],
            own: Vec::new(),
            index: folder.path().join("index"),
            date_order: azscope::base::DateOrder::MonthFirst,
            expand: azscope::input::open::Limits::default(),
            record_limit: azscope::input::split::RecordLimit::default(),
            job_bytes,
            home_tenant: None,
            geo: None,
        },
        window: azscope::investigation::Window::default(),
        alert: None,
        matching: Matching::Operations,
        all: false,
        min_level: Level::Informational,
        triage: None,
        now: None,
    };
    let rules = azscope::rule::RuleSet::builtin();
    let mut operations = 0;
    let found = azscope::investigation::run(&config, &rules, &Silent, &mut |rows| {
        operations += rows.iter().map(|row| row.events).sum::<u64>();
        Ok(())
    });
    let mut report = found.unwrap().report;
    report.evidence.files[0].path.clear();
    report.evidence.diagnostics.iter_mut().for_each(|d| d.files.clear());
    report.findings.iter_mut().flat_map(|f| &mut f.evidence).for_each(forget_file);
    let mixed = report.findings.iter_mut().filter_map(|f| f.mixed.as_deref_mut());
    mixed.for_each(|mixed| forget_file(&mut mixed.event));
    report.alerts.iter_mut().flat_map(|a| &mut a.evidence).for_each(forget_file);
    report.folded.iter_mut().for_each(|folded| folded.first_event = None);
    let contacts = report.alerts.iter_mut().flat_map(|a| &mut a.contact);
    contacts.flat_map(|c| &mut c.evidence).for_each(forget_file);
    report
}

#[test]
fn parts_of_a_big_file_give_what_the_whole_gives() {
    let story = incident::story();
    let shapes = [
        incident::Shape::Rest,
        incident::Shape::RestArray,
        incident::Shape::StorageNdjson,
        incident::Shape::EventHub,
        incident::Shape::PythonSdk,
    ];
    for shape in shapes {
        let mut bytes = Vec::new();
        for (_, part) in incident::render(&story, shape) {
            bytes.extend_from_slice(&part);
            bytes.push(b'\n');
        }
        let whole = report(&bytes, 1 << 30);
        for job in [7_000, 50_000, 300_000] {
            assert_eq!(
                report(&bytes, job),
                whole,
                "{shape:?} differs when it is read in parts of {job}"
            );
        }
        let packed = gzip(&bytes);
        let unpacked = report(&packed, 1 << 30);
        assert_eq!(unpacked.findings, whole.findings, "{shape:?} differs when it is packed");
        for job in [7_000, 50_000, 300_000] {
            let pieces = report(&packed, job);
            assert_eq!(
                pieces, unpacked,
                "{shape:?} differs when it is unpacked in pieces of {job}"
            );
        }
        // A torn record in the middle shifts every guess after it, and costs itself in any cut.
        let middle = bytes.len() / 2;
        let at = middle + bytes[middle..].iter().position(|&b| b == b'"').unwrap();
        bytes.drain(at..at + 40);
        assert_eq!(report(&bytes, 20_000), report(&bytes, 1 << 30), "{shape:?}, torn");
        let packed = gzip(&bytes);
        assert_eq!(report(&packed, 20_000), report(&packed, 1 << 30), "{shape:?}, torn and packed");
    }
}

#[test]
fn one_date_decides_the_order_for_all_parts_of_its_file() {
    let event = |i: u32, date: &str| {
        format!(
            r#"{{"EventTimestamp":"{date} 10:00:{:02}","OperationName":"A/B/write","EventDataId":"e{i}","Status":"Succeeded"}}"#,
            i % 60
        ) + "\n"
    };
    let mut text: String = (0..300).map(|i| event(i, "5/4/2021")).collect();
    text += &event(300, "28/4/2021");
    let whole = report(text.as_bytes(), 1 << 30);
    assert_eq!(
        whole.coverage.first.map(|t| t.to_string()).as_deref(),
        Some("2021-04-05T10:00:00Z")
    );
    assert_eq!(report(text.as_bytes(), 5_000), whole);
}

#[test]
fn a_wrong_guess_of_where_a_record_begins_is_read_again() {
    // Nested objects stand at the left margin, where records do too.
    let nested = "{\"a\":1},\n".repeat(400);
    let record = |i: u32| {
        format!(
            "{{\"time\":\"2026-03-01T10:00:{i:02}Z\",\"category\":\"Administrative\",\"operationName\":\"A/B/WRITE\",\"correlationId\":\"c{i}\",\"resultType\":\"Success\",\"properties\":{{\"x\":[\n{nested}{{}}]}}}}\n"
        )
    };
    let text: String = (0..20).map(record).collect();
    let whole = report(text.as_bytes(), 1 << 30);
    assert_eq!(
        (whole.evidence.totals.counts.events, whole.evidence.totals.counts.rejected),
        (20, 0)
    );
    for job in [1_000, 3_000, 20_000] {
        assert_eq!(report(text.as_bytes(), job), whole, "{job}");
    }
}
