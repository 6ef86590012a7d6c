//! Evidence made to break the reader: torn, truncated, bombs, nesting, hostile strings.

mod packed;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::case::{Case, analyze, analyze_in, assert_balanced};

fn record(i: u32) -> String {
    format!(
        r#"{{"time":"2026-03-01T10:00:{:02}.0000000Z","resourceId":"/SUBSCRIPTIONS/00000000-0000-0000-0000-00000000000A/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/VM{i}","operationName":"MICROSOFT.COMPUTE/VIRTUALMACHINES/START/ACTION","category":"Administrative","resultType":"Success","resultSignature":"Succeeded.","callerIpAddress":"192.0.2.1","correlationId":"c{i}","identity":{{"claims":{{"appid":"a","http://schemas.microsoft.com/identity/claims/objectidentifier":"0000000{i}-0000-0000-0000-000000000001"}}}},"level":"Information","properties":{{"statusCode":"OK"}}}}"#,
        i % 60
    )
}

fn lines(range: std::ops::Range<u32>) -> String {
    range.map(|i| record(i) + "\n").collect()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn codes(report: &Value) -> Vec<&str> {
    report["evidence"]["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["code"].as_str().unwrap())
        .collect()
}

fn total(report: &Value, what: &str) -> u64 {
    report["evidence"]["totals"][what].as_u64().unwrap()
}

fn one(name: &str, bytes: &[u8], options: &[&str]) -> (Case, Value) {
    let case = analyze(&[(name, bytes), ("good.json", lines(50..52).as_bytes())], options);
    let report = case.report();
    assert_balanced(&report);
    (case, report)
}

#[test]
fn a_torn_line_costs_itself_and_the_status_says_so() {
    let text = lines(0..3) + &record(3)[..300] + "\n" + &lines(4..7);
    let (case, report) = one("x.json", text.as_bytes(), &[]);
    assert_eq!((case.status, total(&report, "events"), total(&report, "rejected")), (3, 8, 1));
    let rejects = case.rejects();
    let before: usize = lines(0..3).len();
    assert_eq!(rejects[0]["offset"], before);
    assert_eq!(rejects[0]["length"], 300);
    assert_eq!(rejects[0]["line"], 4);
    assert_eq!(rejects[0]["code"], "torn-record");
}

#[test]
fn clean_evidence_is_status_0_and_fail_on_is_status_1_and_loss_outweighs_it() {
    let grant = record(1)
        .replace("COMPUTE/VIRTUALMACHINES/START/ACTION", "AUTHORIZATION/ELEVATEACCESS/ACTION");
    let case = analyze(&[("x.json", grant.as_bytes())], &["--fail-on", "high"]);
    assert_eq!(case.status, 1, "{}", case.stdout);
    let case = analyze(&[("x.json", lines(0..2).as_bytes())], &["--fail-on", "high"]);
    assert_eq!(case.status, 0);
    let case = analyze(&[("x.json", (grant + "\n{\"time\":").as_bytes())], &["--fail-on", "high"]);
    assert_eq!(case.status, 3);
}

#[test]
fn truncated_arrays_and_streams_keep_everything_before_the_cut() {
    let array = format!("{{\"value\":[{},{},{}", record(0), record(1), &record(2)[..200]);
    let (case, report) = one("x.json", array.as_bytes(), &[]);
    assert_eq!((case.status, total(&report, "events"), total(&report, "rejected")), (3, 4, 1));
    let packed = gz(lines(0..40).as_bytes());
    let (case, report) = one("x.json.gz", &packed[..packed.len() - 30], &[]);
    assert_eq!(case.status, 3);
    assert!(total(&report, "events") > 20, "{report:#}");
    assert!(codes(&report).contains(&"truncated-stream"), "{:?}", codes(&report));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_leads_back_to_its_file() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    for (name, vm) in [(&b"a\xff.json"[..], 0), (b"a\xfe.json", 1), (b"a\\xff.json", 2)] {
        let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
        std::fs::write(path, lines(vm..vm + 1)).unwrap();
    }
    let answer = |args: &[&str]| {
        let output = crate::case::run(folder.path(), args);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {text}");
        text
    };
    answer(&["analyze", ".", "--case", "case", "-q"]);
    assert_eq!(answer(&["verify", "case"]), "everything is as the manifest says\n");
    for (name, vm) in
        [(r"./a\xff.json", "VM0"), (r"./a\xfe.json", "VM1"), (r"./a\x5cxff.json", "VM2")]
    {
        let hits = answer(&["search", "case", vm]);
        assert!(hits.contains(name), "{name}: {hits}");
    }
}

#[test]
fn deep_and_long_records_cost_themselves() {
    let deep = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
    let (case, report) = one("x.json", (lines(0..1) + &deep + "\n" + &lines(1..2)).as_bytes(), &[]);
    assert_eq!((case.status, total(&report, "events"), total(&report, "rejected")), (3, 4, 1));
    let long = format!("{{\"time\":\"{}\"}}", "x".repeat(3 << 20));
    let text = lines(0..1) + &long + "\n" + &lines(1..2);
    for (name, bytes) in [("x.json", text.clone().into_bytes()), ("x.gz", gz(text.as_bytes()))] {
        let (case, report) = one(name, &bytes, &["--max-record", "1M"]);
        assert_eq!(
            (case.status, total(&report, "events"), total(&report, "rejected")),
            (3, 4, 1),
            "{name}"
        );
        assert_eq!(case.rejects()[0]["code"], "too-long");
        assert_eq!(case.rejects()[0]["length"], long.len(), "{name}");
    }
}

#[test]
fn error_answers_further_pages_empty_answers_and_foreign_files_are_told_apart() {
    let case = analyze(
        &[
            ("error.json", br#"{"error":{"code":"GatewayTimeout","message":"x"}}"#),
            ("empty.json", br#"{"value":[]}"#),
            ("page.json", format!(r#"{{"value":[{}],"nextLink":"https://x"}}"#, record(1)).as_bytes()),
            ("note.txt", b"nothing to see here"),
            ("zero.json", b""),
            ("list.txt", b"Authorization        : x\r\nCaller               : y\r\nStatus               : z\r\n"),
        ],
        &[],
    );
    let report = case.report();
    assert_balanced(&report);
    for code in
        ["api-error", "empty-answer", "next-link", "not-a-log", "empty-file", "powershell-list"]
    {
        assert!(codes(&report).contains(&code), "{code}: {:?}", codes(&report));
    }
    assert_eq!((total(&report, "events"), total(&report, "rejected")), (1, 1));
}

#[cfg(unix)]
#[test]
fn sockets_and_link_loops_are_told_and_do_not_hang() {
    let folder = tempfile::tempdir().unwrap();
    let exports = folder.path().join("exports");
    std::fs::create_dir(&exports).unwrap();
    std::fs::write(exports.join("x.json"), lines(0..2)).unwrap();
    std::os::unix::fs::symlink(&exports, exports.join("again")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(exports.join("socket")).unwrap();
    let case = analyze_in(folder, std::path::Path::new("exports"), &[]);
    let report = case.report();
    assert_eq!((case.status, total(&report, "events")), (0, 2));
    assert!(
        codes(&report).contains(&"link-loop") && codes(&report).contains(&"not-a-file"),
        "{:?}",
        codes(&report)
    );
}

#[test]
fn a_log_whose_beginning_was_overwritten_is_read_from_there_on() {
    let noise: Vec<u8> =
        (0..100_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let text = [&noise[..], b"\n", lines(0..3).as_bytes()].concat();
    for (name, bytes) in [("x.json", text.clone()), ("x.json.gz", gz(&text))] {
        let (case, report) = one(name, &bytes, &[]);
        assert_eq!((case.status, total(&report, "events")), (3, 5), "{name}: {:?}", codes(&report));
    }
    let (case, report) = one("x.bin", &noise, &[]);
    assert_eq!((case.status, codes(&report)), (0, vec!["not-a-log"]));
}

#[test]
fn zero_bytes_inside_a_record_are_a_loss_and_those_between_records_are_none() {
    let text = lines(0..3);
    let padded = text.replacen('\n', &format!("\n{}", "\0".repeat(99)), 1);
    let (case, report) = one("x.json", padded.as_bytes(), &[]);
    assert_eq!((case.status, total(&report, "events")), (0, 5));
    // What was overwritten began in a text of one record and ended in one of the next.
    let first = text.find("time").unwrap() + 9;
    let second = text[first..].find("time").unwrap() + first + 9;
    let zeros = "\0".repeat(second - first);
    let fused = format!("{}{zeros}{}", &text[..first], &text[second..]);
    // A big file is read in ranges.
    let big = format!("{}{fused}", lines(3..2500));
    assert!(big.len() > 1 << 20, "{}", big.len());
    for text in [fused, big] {
        let (case, report) = one("x.json", text.as_bytes(), &[]);
        assert_eq!(case.status, 3);
        assert!(codes(&report).contains(&"zero-bytes"), "{:?}", codes(&report));
    }
}

#[test]
fn a_table_with_the_line_ends_of_old_is_read_however_it_is_packed() {
    let text = "TimeGenerated,OperationNameValue,ActivityStatusValue\r2026-03-01T11:00:00.1Z,A/B/WRITE,Success\r";
    let wide: Vec<u8> =
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [text.as_bytes(), &gz(text.as_bytes()), &wide] {
        let (case, report) = one("x.csv", bytes, &[]);
        assert_eq!((case.status, total(&report, "events")), (0, 3), "{:?}", codes(&report));
    }
}

#[test]
fn an_unknown_record_in_one_file_says_nothing_of_the_next() {
    let unknown = "{\"a\":1}\n".repeat(1500);
    let case =
        analyze(&[("a.json", unknown.as_bytes()), ("b.json", &unknown.as_bytes()[..40])], &[]);
    let report = case.report();
    assert_balanced(&report);
    assert_eq!(total(&report, "rejected"), 1505);
}

#[test]
fn one_bad_row_does_not_cost_its_table() {
    let header = "Correlation id,Operation name,Status,Event category,Level,Time,Subscription,Event initiated by,Resource\n";
    let row = |time: &str| {
        format!(
            "c,Delete role assignment,Succeeded,Administrative,Informational,{time},s,ann@contoso.com,/subscriptions/x\n"
        )
    };
    let text =
        header.to_owned() + &row("") + &row("2026-03-01T10:00:00Z") + &row("2026-03-01T10:01:00Z");
    let (case, report) = one("x.csv", text.as_bytes(), &[]);
    assert_eq!((case.status, total(&report, "events"), total(&report, "rejected")), (3, 4, 1));
}

#[test]
fn the_case_that_is_written_is_no_evidence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), lines(0..2)).unwrap();
    for again in [&[][..], &["--force"]] {
        let mut args = vec!["analyze", ".", "--case", "case", "--reproducible"];
        args.extend(again);
        let output = crate::case::run(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
        let text = std::fs::read_to_string(folder.path().join("case/report.json")).unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["evidence"]["files"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn blank_lines_without_end_in_a_long_record_do_not_hang() {
    let text = format!("{{\"time\":\"x\",{}\"a\":1}}\n{}", "\n".repeat(400_000), lines(0..1));
    let (case, report) = one("x.json", text.as_bytes(), &["--max-record", "1K"]);
    assert_eq!((case.status, total(&report, "events")), (3, 3));
}

#[test]
fn every_byte_of_a_small_log_may_be_damaged() {
    let text = lines(0..3);
    for at in (0..text.len()).step_by(97) {
        for byte in [0_u8, b'"', b'{', b'}', b'\\', b'\n', 0xff] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = byte;
            let (_, report) = one("x.json", &bytes, &[]);
            // At most the record with the damage is lost, whatever the damage.
            assert!(total(&report, "events") >= 4, "byte {at} = {byte:#x}");
        }
    }
}

#[test]
fn strings_of_the_attacker_reach_no_terminal_and_no_spreadsheet_formula() {
    let evil = "=HYPERLINK(\\\"http://x\\\")\\u001b[31m\\u202e<script>|";
    let text = record(1).replace("MICROSOFT.COMPUTE/VIRTUALMACHINES/START/ACTION", "MICROSOFT.AUTHORIZATION/ELEVATEACCESS/ACTION")
        .replace("\"appid\":\"a\"", &format!("\"scp\":\"x\",\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn\":\"{evil}@x\",\"name\":\"{evil}\""));
    let (case, _) = one("x.json", text.as_bytes(), &["--color", "never"]);
    for (name, text) in [
        ("stdout", case.stdout.clone()),
        ("users", case.read("tables/users.csv")),
        ("ops", case.read("tables/operations.csv")),
        ("timeline", case.read("timeline.csv")),
        ("md", case.read("report.md")),
    ] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{name}");
        assert!(!text.contains("\n=") && !text.contains(",=") && !text.contains(",\"="), "{name}");
    }
    // In a code span nothing is markup; anywhere else it would be.
    for line in case.read("report.md").lines() {
        let outside: String = line.split('`').step_by(2).collect();
        assert!(!outside.contains("<script>"), "{line}");
    }
}

#[test]
fn no_complaint_carries_an_escape_to_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), "[]").unwrap();
    let evil = "\u{1b}[31m\u{202e}x";
    let option = |name: &str| format!("--{name}={evil}");
    for args in [
        vec!["analyze".to_owned(), evil.to_owned()],
        vec![evil.to_owned()],
        vec!["analyze".into(), "x.json".into(), option("rules")],
        vec!["analyze".into(), "x.json".into(), option("watchlist")],
        vec!["analyze".into(), "x.json".into(), option("triage")],
        vec!["analyze".into(), "x.json".into(), option("geoip")],
        vec!["analyze".into(), "x.json".into(), option("lookback")],
        vec!["show".into(), evil.to_owned(), evil.to_owned()],
        vec!["rules".into(), "show".into(), evil.to_owned()],
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = crate::case::run(folder.path(), &args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains("\\u{202e}x") || said.contains("[31m"), "{args:?}: {said}");
        assert!(!said.contains(['\u{1b}', '\u{202e}']), "{args:?}: {said:?}");
    }
}

#[test]
fn times_centuries_apart_are_told_and_do_not_overflow() {
    let year = |i: u32, year: &str| record(i).replace("2026-", year) + "\n";
    let text = [(1, "1678-"), (2, "1678-"), (3, "2026-"), (4, "2261-")].map(|(i, y)| year(i, y));
    let (case, report) = one("x.json", text.concat().as_bytes(), &[]);
    assert_eq!((case.status, total(&report, "events")), (0, 6));
}

#[test]
fn an_alert_with_more_than_is_kept_says_so() {
    let properties = |count: usize| -> String {
        (0..count).map(|i| format!(r#""k{i}":"v""#)).collect::<Vec<_>>().join(",")
    };
    let alert = |count: usize| {
        format!(
            r#"{{"id":"/subscriptions/00000000-0000-0000-0000-00000000000a/providers/Microsoft.Security/locations/x/alerts/1","name":"1","type":"Microsoft.Security/Locations/alerts","properties":{{"alertType":"ARM_OperationFromSuspiciousIP","systemAlertId":"1","alertDisplayName":"Suspicious address","severity":"High","status":"Active","startTimeUtc":"2026-03-01T10:05:00Z","extendedProperties":{{{}}}}}}}"#,
            properties(count)
        )
    };
    let (case, report) = one("alert.json", alert(201).as_bytes(), &[]);
    assert_eq!((case.status, total(&report, "alerts")), (3, 1));
    assert_eq!(codes(&report), ["cut-alert"]);
    let (case, report) = one("alert.json", alert(200).as_bytes(), &[]);
    assert_eq!((case.status, codes(&report).len()), (0, 0));
}
