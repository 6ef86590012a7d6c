//! The whole report of the sample incident, as a snapshot.

use crate::case::{analyze_in, assert_balanced};
use crate::incident::folder_truth;
use std::path::Path;

/// The sample logs as they lie in the repository, analyzed from its root.
pub(crate) fn case() -> crate::case::Case {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs");
    copy(&from, &folder.path().join("sample-logs"));
    analyze_in(folder, Path::new("sample-logs"), &[])
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

fn number(value: &serde_json::Value) -> usize {
    value.as_u64().and_then(|n| n.try_into().ok()).expect("a number")
}

#[test]
fn the_sample_incident_is_counted_right_and_its_damage_is_told() {
    let truth = folder_truth();
    let case = case();
    assert_eq!(case.status, 3, "{}", case.stderr);
    let report = case.report();
    assert_balanced(&report);
    let totals = &report["evidence"]["totals"];
    let counted =
        ["events", "duplicates", "alerts", "ignored", "rejected"].map(|k| number(&totals[k]));
    let alert_copies = truth.alert_records - truth.alerts;
    let expected = [
        truth.events,
        truth.duplicates + alert_copies,
        truth.alerts,
        truth.ignored,
        truth.rejected,
    ];
    assert_eq!(counted, expected);
    assert_eq!(case.rejects().len(), truth.rejected);
}

#[test]
fn the_report_for_a_ticket_reads_as_before() {
    insta::assert_snapshot!("sample-report-md", case().read("report.md"));
}

#[test]
fn the_summary_on_the_terminal_reads_as_before() {
    let summary = case().stdout;
    insta::assert_snapshot!("sample-summary", summary);
}

#[test]
fn the_data_of_the_report_is_as_before() {
    // Version and rules change with every release; what they find is what the snapshot holds.
    let mut report = case().report();
    report["tool"] = serde_json::Value::Null;
    for list in ["findings", "users", "subscriptions", "virtual_machines", "alerts"] {
        assert!(report[list].as_array().is_some_and(|l| !l.is_empty()), "{list} is empty");
    }
    insta::assert_snapshot!("sample-report-json", serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn every_statement_leads_back_to_its_bytes() {
    let case = case();
    let report = case.report();
    let root = case.path("").parent().unwrap().to_owned();
    let mut checked = 0;
    for finding in report["findings"].as_array().unwrap() {
        for place in finding["evidence"].as_array().unwrap() {
            let path = root.join(place["file"].as_str().unwrap());
            let bytes = std::fs::read(&path).unwrap();
            let (offset, length) = (number(&place["offset"]), number(&place["length"]));
            // Offsets are those of the decoded text; only plain files can be read here directly.
            if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0xff, 0xfe]) {
                continue;
            }
            let record = &bytes[offset..offset + length];
            let line = bytes[..offset].split(|&b| b == b'\n').count() as u64;
            assert_eq!(place["line"].as_u64(), Some(line), "{place}");
            if path.extension().is_some_and(|e| e == "json") {
                serde_json::from_slice::<serde_json::Value>(record)
                    .unwrap_or_else(|e| panic!("{place}: {e}"));
            }
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn a_finding_stands_with_all_who_had_a_part_in_it_and_everywhere_it_happened() {
    let report = case().report();
    let listed = |of: &str, id: &serde_json::Value, finding: &serde_json::Value| {
        let one = report[of].as_array().unwrap().iter().find(|one| one["id"] == *id);
        let own = one.unwrap_or_else(|| panic!("{id}"))["findings"].as_array().unwrap();
        assert!(own.contains(&finding["id"]), "{id} {finding}");
    };
    let mut several = 0;
    for finding in report["findings"].as_array().unwrap() {
        let (actors, places) = (finding["actors"].as_array(), finding["subscriptions"].as_array());
        let (actors, places) = (actors.unwrap(), places.unwrap());
        for id in actors {
            listed("users", id, finding);
        }
        for id in places {
            listed("subscriptions", id, finding);
        }
        let accused = finding["accused"].as_array().unwrap();
        assert!(accused.iter().all(|id| actors.contains(id)), "{finding}");
        assert_eq!(accused.first(), Some(&finding["principal"]).filter(|id| !id.is_null()));
        several += usize::from(actors.len() > 1) + usize::from(places.len() > 1);
    }
    assert!(several > 2, "{several}");
}
