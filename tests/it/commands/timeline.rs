//! `azscope timeline`: every line once, in order, in each format.

use serde_json::Value;

use super::{answer, complaint, sample, sample_report};

fn lines(of: &str, filters: &[&str]) -> Vec<Value> {
    let args = [&["timeline", "case", "--of", of, "--format", "jsonl"][..], filters].concat();
    answer(&args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
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
        ("findings", "first", Some(report["findings"].as_array().unwrap().len() as u64)),
    ] {
        let all = lines(of, &[]);
        assert_eq!(Some(all.len() as u64), count, "{of}");
        let seconds = |line: &Value| line[time].as_str().unwrap()[..19].to_owned();
        assert!(all.iter().map(seconds).is_sorted(), "{of}");
        assert_eq!(rows(of, "csv").len(), all.len(), "{of}");
        assert_eq!(rows(of, "timesketch").len(), all.len(), "{of}");
        let table = answer(&["timeline", "case", "--of", of]);
        assert_eq!(table.lines().count(), all.len() + 1, "{of}");
    }
}

#[test]
fn timesketch_finds_its_columns_first() {
    for (of, what) in [("events", "Event Time"), ("findings", "First event of the finding")] {
        let text = answer(&["timeline", "case", "--of", of, "--format", "timesketch"]);
        assert!(text.starts_with("message,datetime,timestamp_desc,"), "{of}");
        for row in rows(of, "timesketch") {
            assert!(!row[0].is_empty() && row[1].ends_with('Z') && &row[2] == what, "{row:?}");
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
fn filters_that_mean_nothing_are_refused() {
    let said = |args: &[&str]| complaint(sample(), &[&["timeline", "case"], args].concat());
    assert!(said(&["--of", "events", "--level", "high"]).contains("--level"));
    assert!(said(&["--user", "kim.osey@relay.example.net"]).contains("near it: kim.osei"));
    assert!(said(&["--subscription", "ffff"]).contains("no subscription"));
    assert!(said(&["--from", "yesterday"]).contains("use a time such as"));
}
