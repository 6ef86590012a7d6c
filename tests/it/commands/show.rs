//! `azscope show`: bytes as they stand in the evidence, and nothing where it changed.

use std::io::Write;

use serde_json::Value;

use super::{answer, complaint, over, sample, sample_report};
use crate::case::analyze;

const RECORDS: &[u8] = br#"{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"A/B/WRITE","resultType":"Success"}
{"time":"2026-03-01T11:00:00Z","category":"Administrative","operationName":"A/C/WRITE","resultType":"Success","x":"\u001b \u202e"}
"#;

/// Every place in the evidence that a finding of the report names.
fn places() -> Vec<&'static Value> {
    let findings = sample_report()["findings"].as_array().unwrap();
    findings.iter().flat_map(|finding| finding["evidence"].as_array().unwrap()).collect()
}

#[test]
fn the_bytes_of_an_event_are_those_of_the_evidence() {
    let folder = sample().path("").parent().unwrap().to_owned();
    let mut checked = 0;
    for place in places().iter().step_by(7) {
        let file = place["file"].as_str().unwrap();
        if file.contains(".gz") || !place["member"].is_null() {
            continue;
        }
        let number = |key: &str| usize::try_from(place[key].as_u64().unwrap()).unwrap();
        let bytes = std::fs::read(folder.join(file)).unwrap();
        if bytes.starts_with(b"\xff\xfe") {
            continue;
        }
        let own = &bytes[number("offset")..][..number("length")];
        let event = place["event"].as_str().unwrap();
        assert!(answer(&["show", "case", event]).as_bytes() == own, "{event}");
        let page = answer(&["show", "case", event, "--format", "page"]);
        assert!(page.contains(&format!("{file}:{}", number("line"))), "{page}");
        assert!(page.contains("as the manifest says"), "{page}");
        checked += 1;
    }
    assert!(checked > 3);
}

#[test]
fn packed_events_come_out_of_every_wrapping() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(RECORDS).unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("in/x.json", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(RECORDS).unwrap();
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(std::str::from_utf8(RECORDS).unwrap().encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let bom = [b"\xef\xbb\xbf", RECORDS].concat();
    let second = RECORDS.split(|b| *b == b'\n').nth(1).unwrap();
    let (gz, zip) = (gz.finish().unwrap(), zip.finish().unwrap().into_inner());
    for (name, bytes) in [("x.gz", &gz), ("x.zip", &zip), ("x.json", &utf16), ("y.json", &bom)] {
        let case = analyze(&[(name, bytes)], &[]);
        let lines = over(&case, &["timeline", "case", "--of", "events", "--format", "jsonl"]);
        let lines = String::from_utf8(lines.stdout).unwrap();
        let event: Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
        let id = event["event"].as_str().unwrap();
        let shown = over(&case, &["show", "case", id]);
        assert_eq!(shown.stdout, second, "{name}: {}", String::from_utf8_lossy(&shown.stderr));
        let page = over(&case, &["show", "case", &id[..12], "--format", "page"]);
        let page = String::from_utf8(page.stdout).unwrap();
        assert!(
            page.contains(":2\n") && page.contains("\"operationName\": \"A/C/WRITE\""),
            "{page}"
        );
    }
}

#[test]
fn an_event_is_meant_by_the_only_beginning() {
    let id = places()[0]["event"].as_str().unwrap();
    assert_eq!(answer(&["show", "case", &id[..10]]), answer(&["show", "case", id]));
    assert_eq!(answer(&["show", "case", &id.to_uppercase()]), answer(&["show", "case", id]));
    assert!(complaint(sample(), &["show", "case", "zz"]).contains("no event `zz`"));
    assert!(complaint(sample(), &["show", "case", ""]).contains("no event"));
    let many = (b'0'..=b'9').map(|digit| String::from(char::from(digit))).find_map(|digit| {
        let said = complaint(sample(), &["show", "case", &digit]);
        said.contains("events begin with").then_some(said)
    });
    assert!(many.unwrap().contains(", ..."));
}

#[test]
fn events_that_differ_in_their_own_ids_only_are_shown_one_by_one() {
    let row = |id: &str| {
        format!(
            r#"{{"TimeGenerated":"2026-03-01T10:00:00Z","OperationNameValue":"A/B/WRITE","ActivityStatusValue":"Success","CorrelationId":"c","EventDataId":"{id}"}}"#
        )
    };
    let rows = ["e1", "e2"].map(row);
    let case = analyze(&[("x.json", rows.join("\n").as_bytes())], &[]);
    let lines = over(&case, &["timeline", "case", "--of", "events", "--format", "jsonl"]).stdout;
    let shown: std::collections::BTreeSet<String> = String::from_utf8(lines)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|event| over(&case, &["show", "case", event["event"].as_str().unwrap()]).stdout)
        .map(|shown| String::from_utf8(shown).unwrap().trim_end().to_owned())
        .collect();
    assert_eq!(shown, rows.into());
}

#[test]
fn changed_or_missing_evidence_shows_nothing() {
    let case = analyze(&[("x.json", RECORDS)], &[]);
    let lines = over(&case, &["timeline", "case", "--of", "events", "--format", "jsonl"]).stdout;
    let first = lines.split(|byte| *byte == b'\n').next().unwrap();
    let first: Value = serde_json::from_slice(first).unwrap();
    let id = first["event"].as_str().unwrap();
    let path = case.path("../exports/x.json");
    let before = std::fs::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(over(&case, &["show", "case", id]).status.code(), Some(0));
    assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), before);
    let changed = String::from_utf8(RECORDS.to_vec()).unwrap().replace("A/B", "A/X");
    std::fs::write(&path, changed).unwrap();
    assert!(complaint(&case, &["show", "case", id]).contains("has changed since"));
    std::fs::remove_file(&path).unwrap();
    assert!(complaint(&case, &["show", "case", id]).contains("cannot be read"));
}

#[test]
fn a_later_case_and_a_folder_that_is_none_are_refused() {
    let case = analyze(&[("x.json", RECORDS)], &[]);
    let later =
        case.read("case.json").replacen("\"schema_version\": 1", "\"schema_version\": 2", 1);
    std::fs::write(case.path("case.json"), later).unwrap();
    for args in [&["show", "case", "0"][..], &["user", "case"], &["timeline", "case"]] {
        assert!(complaint(&case, args).contains("that version or a later one"), "{args:?}");
    }
    assert!(complaint(&case, &["show", "exports", "0"]).contains("is no case"));
}

#[test]
fn the_records_of_an_alert_are_shown_by_its_id() {
    for alert in sample_report()["alerts"].as_array().unwrap() {
        let id = alert["id"].as_str().unwrap();
        let shown = answer(&["show", "case", id, "--format", "page"]);
        for place in alert["evidence"].as_array().unwrap() {
            let length = &place["length"];
            assert!(shown.contains(&format!("bytes   {length} from offset {}", place["offset"])));
        }
        let arm = format!("/subscriptions/s/providers/Microsoft.Security/locations/l/alerts/{id}");
        assert_eq!(answer(&["show", "case", &arm, "--format", "page"]), shown);
    }
}
