//! `azscope timeline`: every line once, in order, in each format.

use serde_json::Value;

use super::{answer, complaint, sample, sample_report};

#[path = "../../../src/report/standard/check.rs"]
mod check;

fn lines(of: &str, filters: &[&str]) -> Vec<Value> {
    let args = [&["timeline", "case", "--of", of, "--format", "jsonl"][..], filters].concat();
    answer(&args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn documents(of: &str, format: &str) -> Vec<Value> {
    let text = answer(&["timeline", "case", "--of", of, "--format", format]);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn rows(of: &str, format: &str) -> Vec<csv::StringRecord> {
    let text = answer(&["timeline", "case", "--of", of, "--format", format]);
    csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
}

#[test]
fn every_event_operation_and_finding_is_a_line_in_order_of_time() {
    let report = sample_report();
    for (of, time, count) in [
        ("events", "event_time", report["evidence"]["totals"]["events"].as_u64()),
        ("operations", "first_time", report["operations"]["count"].as_u64()),
        ("findings", "outcome_time", Some(report["findings"].as_array().unwrap().len() as u64)),
    ] {
        let all = lines(of, &[]);
        assert_eq!(Some(all.len() as u64), count, "{of}");
        let seconds = |line: &Value| line[time].as_str().unwrap()[..19].to_owned();
        assert!(all.iter().map(seconds).is_sorted(), "{of}");
        assert_eq!(rows(of, "csv").len(), all.len(), "{of}");
        for format in ["timesketch", "csv"] {
            assert_eq!(rows(of, format).len(), all.len(), "{of}");
        }
        for format in ["timesketch-jsonl", "ocsf", "ecs"] {
            assert_eq!(documents(of, format).len(), all.len(), "{of}");
        }
        let table = answer(&["timeline", "case", "--of", of]);
        assert_eq!(table.lines().count(), all.len() + 1, "{of}");
    }
}

#[test]
fn a_finding_is_told_with_all_who_had_a_part_in_it_and_at_the_time_of_its_outcome() {
    let findings = sample_report()["findings"].as_array().unwrap();
    let several = |key: &'static str| {
        findings.iter().find(|f| f[key].as_array().is_some_and(|all| all.len() > 1)).unwrap()
    };
    for (key, filter) in [("actors", "--user"), ("subscriptions", "--subscription")] {
        let finding = several(key);
        for one in finding[key].as_array().unwrap() {
            let told = lines("findings", &[filter, one.as_str().unwrap()]);
            assert!(told.iter().any(|line| line["id"] == finding["id"]), "{one}");
        }
    }
    let operations = lines("operations", &[]);
    let mut mixed = 0;
    for finding in findings.iter().filter(|f| f["failed"] != 0 && f["failed"] != f["operations"]) {
        let is_it = |o: &&Value| o["first_event"] == finding["outcome_event"];
        let operation = operations.iter().find(is_it).unwrap();
        assert_eq!(operation["outcome"], finding["outcome"], "{finding}");
        assert_eq!(operation["first_time"], finding["outcome_time"], "{finding}");
        mixed += usize::from(finding["first"] != finding["outcome_time"]);
    }
    assert!(mixed > 0);
}

#[test]
fn timesketch_finds_its_columns_first() {
    let of_findings = ["First event of the finding", "First operation with that outcome"];
    for (of, whats) in [("events", &["Event Time"][..]), ("findings", &of_findings)] {
        let text = answer(&["timeline", "case", "--of", of, "--format", "timesketch"]);
        assert!(text.starts_with("message,datetime,timestamp_desc,"), "{of}");
        for row in rows(of, "timesketch") {
            let is_meant = whats.contains(&&row[2]);
            assert!(!row[0].is_empty() && row[1].ends_with('Z') && is_meant, "{row:?}");
        }
    }
}

#[test]
fn filters_keep_what_they_name_and_nothing_else() {
    let all = lines("operations", &[]);
    let kim = lines("operations", &["--user", "kim osei"]);
    assert!(!kim.is_empty() && kim.len() < all.len());
    assert!(kim.iter().all(|line| line["user_id"] == "kim.osei@relay.example.net"));
    let ip = kim[0]["client_ip"].as_str().unwrap();
    let from = lines("events", &["--ip", ip]);
    assert!(!from.is_empty() && from.iter().all(|line| line["client_ip"] == ip));
    let events = lines("events", &[]);
    let day = |line: &&Value| line["event_time"].as_str().unwrap()[..10].to_owned();
    let days = ["2026-03-03", "2026-03-04"].map(str::to_owned);
    let own = lines("events", &["--from", &days[0], "--to", &days[1]]);
    let expected: Vec<&Value> = events.iter().filter(|line| days.contains(&day(line))).collect();
    assert!(!expected.is_empty() && own.iter().collect::<Vec<_>>() == expected);
    let writes = lines("events", &["--operation", "roleassignments/w", "--subscription", "7d2e"]);
    assert!(!writes.is_empty() && writes.len() < events.len());
    for line in &writes {
        let text = |key: &str| line[key].as_str().unwrap();
        assert!(text("operation").contains("ROLEASSIGNMENTS/W"), "{line}");
        assert!(text("subscription_id").starts_with("7d2e"), "{line}");
    }
    let high = lines("findings", &["--level", "high"]);
    let levels = |line: &Value| ["high", "critical"].contains(&line["level"].as_str().unwrap());
    assert!(!high.is_empty() && high.iter().all(levels));
}

#[test]
fn every_line_is_what_ocsf_and_ecs_ask_for() {
    for (of, class) in [
        ("events", "api_activity"),
        ("operations", "api_activity"),
        ("findings", "detection_finding"),
    ] {
        for (ocsf, ecs) in documents(of, "ocsf").iter().zip(documents(of, "ecs")) {
            assert_eq!(check::ocsf(class, ocsf), [""; 0], "{ocsf}");
            assert_eq!(check::ecs(&ecs), [""; 0], "{ecs}");
        }
    }
}

#[test]
fn timesketch_finds_its_keys_first_in_json_lines() {
    for line in documents("operations", "timesketch-jsonl") {
        let keys: Vec<&String> = line.as_object().unwrap().keys().take(3).collect();
        assert_eq!(keys, ["message", "datetime", "timestamp_desc"]);
        assert_eq!(line["datetime"], line["first_time"]);
    }
}

#[test]
fn parquet_holds_every_line_with_its_types() {
    let folder = tempfile::tempdir().unwrap();
    for (of, column) in [("events", "app_id"), ("operations", "outcome"), ("findings", "title")] {
        let file = folder.path().join(of);
        let path = file.to_str().unwrap();
        let said = answer(&["timeline", "case", "--of", of, "--format", "parquet", "--out", path]);
        assert_eq!(said, "");
        let time = lines(of, &[])[0].as_object().unwrap().keys().next().unwrap().clone();
        let table = azscope::corpus::Table::read(&file, &[&time, column]).unwrap();
        assert_eq!(table.len(), lines(of, &[]).len());
        assert!((0..table.len()).all(|row| table.cell(0, row).time().is_some()), "{of}");
        assert!((0..table.len()).any(|row| table.cell(1, row).text().is_some()), "{of}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_level_keeps_the_operations_and_events_that_grave_findings_rest_on() {
    let high = lines("findings", &["--level", "high"]);
    let ids = |of: &str, key: &str, filters: &[&str]| -> std::collections::BTreeSet<String> {
        let all = lines(of, filters);
        all.iter().map(|line| line[key].as_str().unwrap().to_owned()).collect()
    };
    let operations = ids("operations", "operation_id", &["--level", "high"]);
    let events = ids("events", "event", &["--level", "high"]);
    assert!(!operations.is_empty() && operations.len() < lines("operations", &[]).len());
    assert!(events.len() >= operations.len() && events.len() < lines("events", &[]).len());
    for finding in sample_report()["findings"].as_array().unwrap() {
        if !high.iter().any(|one| one["id"] == finding["id"]) {
            continue;
        }
        for place in finding["evidence"].as_array().unwrap() {
            assert!(events.contains(place["event"].as_str().unwrap()), "{finding}");
        }
    }
    let hits = answer(&["search", "case", "operationName", "-i", "--level", "high"]);
    assert!(hits.lines().all(|hit| events.contains(&hit[..16])), "{hits}");
    assert!(hits.lines().count() > 0);
}

#[test]
fn filters_that_mean_nothing_are_refused() {
    let said = |args: &[&str]| complaint(sample(), &[&["timeline", "case"], args].concat());
    assert!(said(&["--user", "kim.osey@relay.example.net"]).contains("near it: kim.osei"));
    assert!(said(&["--subscription", "ffff"]).contains("no subscription"));
    assert!(said(&["--from", "yesterday"]).contains("use a time such as"));
}
