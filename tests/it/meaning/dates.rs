//! Dates that leave day and month open: one decision for a whole source, events and alerts alike.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::case::analyze;

const SUB: &str = "00000000-0000-0000-0000-00000000000a";

/// A table of alerts, with a long first column and their start times.
fn table(starts: &[&str], long: usize) -> String {
    let mut text = "Description,DisplayName,AlertName,SystemAlertId,ProviderName,AlertSeverity,StartTime,TimeGenerated,WorkspaceSubscriptionId,Type\n".to_owned();
    for (number, start) in starts.iter().enumerate() {
        let what = "x".repeat(long);
        let cells = format!(
            "{what},An alert,a{number},s{number},Azure Security Center,High,\"{start}\",\"{start}\",{SUB},SecurityAlert\n"
        );
        text.push_str(&cells);
    }
    text
}

fn starts(report: &Value) -> Vec<&str> {
    let alerts = report["alerts"].as_array().expect("alerts");
    alerts.iter().map(|alert| alert["start"].as_str().expect("a time")).collect()
}

fn open_dates(report: &Value) -> bool {
    let diagnostics = report["evidence"]["diagnostics"].as_array().expect("a list");
    diagnostics.iter().any(|d| d["code"] == "date-order")
}

fn gz(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn alerts_are_dated_as_their_source_decides() {
    let text = table(&["5/4/2021, 10:00:00.000 AM", "28/4/2021, 10:00:00.000 AM"], 10);
    for (name, bytes) in [("a.csv", text.clone().into_bytes()), ("a.csv.gz", gz(&text))] {
        let report = analyze(&[(name, &bytes)], &[]).report();
        assert_eq!(starts(&report), ["2021-04-05T10:00:00Z", "2021-04-28T10:00:00Z"], "{name}");
        assert!(!open_dates(&report));
    }
}

#[test]
fn alerts_whose_dates_stay_open_follow_the_option_and_are_told() {
    let text = table(&["5/4/2021, 10:00:00.000 AM"], 10);
    let report = |options: &[&str]| analyze(&[("a.csv", text.as_bytes())], options).report();
    let (months, days) = (report(&[]), report(&["--date-order", "dmy"]));
    assert_eq!(starts(&months), ["2021-05-04T10:00:00Z"]);
    assert_eq!(starts(&days), ["2021-04-05T10:00:00Z"]);
    assert!(open_dates(&months) && open_dates(&days));
}

#[test]
fn a_stream_decides_by_its_whole_first_block() {
    // The first date stands behind 100 KiB, the one that decides behind some more.
    let mut dates = vec!["5/4/2021, 10:00:00.000 AM"; 20];
    dates.push("28/4/2021, 10:00:00.000 AM");
    let report = analyze(&[("a.csv.gz", &gz(&table(&dates, 100 << 10)))], &[]).report();
    assert_eq!(starts(&report)[0], "2021-04-05T10:00:00Z");
    assert!(!open_dates(&report));
}

#[test]
fn tokens_decide_what_dates_leave_open() {
    // Issued on 8 April 2021; exported by a browser that writes the day first.
    let claims = r#""{""iat"": ""1617876000""}""#;
    let row = |time: &str| {
        format!("{claims},\"{time}\",Microsoft.Compute/disks/write,Success,Administrative,c\n")
    };
    let text = "Claims,TimeGenerated [UTC],OperationNameValue,ActivityStatusValue,CategoryValue,CorrelationId\n".to_owned()
        + &row("8/4/2021, 11:00:00.123")
        + &row("9/4/2021, 01:00:00.123");
    let report = analyze(&[("a.csv", text.as_bytes())], &[]).report();
    assert_eq!(report["coverage"]["first"], "2021-04-08T11:00:00.123Z");
    assert_eq!(report["coverage"]["last"], "2021-04-09T01:00:00.123Z");
    assert!(!open_dates(&report));
}
