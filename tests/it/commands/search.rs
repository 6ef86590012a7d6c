//! `azscope search`: every line that matches, tied to its event, whatever wraps it.

use std::io::Write;

use super::{answer, complaint, over, sample, sample_report};
use crate::case::{Case, analyze, command};

const ONE: &str = r#"{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"A/B/WRITE","resultType":"Success","callerIpAddress":"192.0.2.1"}"#;
const TWO: &str = r#"{"time":"2026-03-01T11:00:00Z","category":"Administrative","operationName":"A/C/WRITE","resultType":"Success","callerIpAddress":"192.0.2.2","x":"needle \\u001b"}"#;

fn lines(case: &Case, args: &[&str]) -> Vec<String> {
    let output = over(case, &[&["search", "case"], args].concat());
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_hit_names_its_event_in_every_wrapping() {
    let array = format!("[{ONE},{TWO}]");
    let pretty = format!("[\r\n  {ONE},\r\n  {}\r\n]\r\n", TWO.replace(",\"x\"", ",\r\n    \"x\""));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    write!(gz, "{ONE}\n{TWO}\n").unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("in/x.json", zip::write::SimpleFileOptions::default()).unwrap();
    write!(zip, "{ONE}\n{TWO}\n").unwrap();
    let utf16: Vec<u8> =
        format!("\u{feff}{ONE}\n{TWO}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes, line) in [
        ("x.json", array.into_bytes(), "exports/x.json:1: "),
        ("x.json", pretty.into_bytes(), "exports/x.json:4: "),
        ("x.gz", gz.finish().unwrap(), "exports/x.gz:2: "),
        ("x.zip", zip.finish().unwrap().into_inner(), "exports/x.zip > in/x.json:2: "),
        ("x.json", utf16, "exports/x.json:2: "),
    ] {
        let case = analyze(&[(name, &bytes)], &[]);
        let hits = lines(&case, &["needle"]);
        assert_eq!(hits.len(), 1, "{hits:?}");
        assert!(hits[0].contains(line) && !hits[0].contains("A/B/WRITE"), "{hits:?}");
        let shown = over(&case, &["show", "case", &hits[0][..16]]).stdout;
        assert!(String::from_utf8(shown).unwrap().contains("A/C/WRITE"), "{hits:?}");
        assert_eq!(
            lines(&case, &["needle", "-c"]),
            [format!("{}:1", line.rsplitn(3, ':').nth(2).unwrap())]
        );
    }
}

#[test]
fn what_was_read_before_a_damage_is_found_and_shown() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    write!(gz, "{ONE}\n{TWO}\n").unwrap();
    let gz = gz.finish().unwrap();
    let case = analyze(&[("x.gz", &gz[..gz.len() - 4])], &[]);
    let output = over(&case, &["search", "case", "needle"]);
    let hits = String::from_utf8(output.stdout).unwrap();
    // What lies behind the damage was not searched.
    assert_eq!((output.status.code(), hits.lines().count()), (Some(3), 1), "{hits}");
    let shown = over(&case, &["show", "case", &hits[..16]]);
    assert_eq!(String::from_utf8(shown.stdout).unwrap(), TWO);
}

#[test]
fn the_sample_has_as_many_hits_as_its_plain_files_have_lines() {
    let folder = sample().path("").parent().unwrap().to_owned();
    let report = sample_report();
    for pattern in ["roleAssignments", "203\\.0\\.113\\.[0-9]+", "(?i)\"caller"] {
        let regex = regex::bytes::Regex::new(pattern).unwrap();
        let hits = answer(&["search", "case", pattern]);
        let mut checked = 0;
        for file in report["evidence"]["files"].as_array().unwrap() {
            let path = file["path"].as_str().unwrap();
            if !path.contains("insights-activity-logs") || !file["compression"].is_null() {
                continue;
            }
            let bytes = std::fs::read(folder.join(path)).unwrap();
            let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()).count();
            if file["records"].as_u64() != Some(lines as u64) {
                continue;
            }
            let expected = bytes.split(|b| *b == b'\n').filter(|line| regex.is_match(line)).count();
            let own = hits.lines().filter(|hit| hit.contains(&format!("{path}:"))).count();
            assert_eq!(own, expected, "{pattern} in {path}");
            checked += own;
        }
        assert!(checked > 0, "{pattern}");
    }
}

#[test]
fn filters_and_fields_leave_only_events_that_have_them() {
    let case =
        analyze(&[("x.json", format!("{ONE}\n{TWO}\n{{\"junk\":\"needle\"}}\n").as_bytes())], &[]);
    assert_eq!(lines(&case, &["needle"]).len(), 2);
    assert!(lines(&case, &["needle"])[1].starts_with("-                 exports/x.json:3: "));
    assert_eq!(lines(&case, &["WRITE", "--ip", "192.0.2.2"]).len(), 1);
    assert_eq!(lines(&case, &["WRITE", "--operation", "a/b"]).len(), 1);
    assert_eq!(lines(&case, &["WRITE", "--from", "2026-03-01T10:30:00Z"]).len(), 1);
    assert_eq!(lines(&case, &["write"]).len(), 0);
    assert_eq!(lines(&case, &["write", "-i"]).len(), 2);
    assert_eq!(lines(&case, &["A.C"]).len(), 1);
    assert_eq!(lines(&case, &["A.C", "-F"]).len(), 0);
    let field = lines(&case, &["^192.*2$", "--field", "callerIpAddress"]);
    assert_eq!(field.len(), 1);
    assert!(field[0].ends_with("exports/x.json:2: 192.0.2.2"), "{field:?}");
    assert_eq!(lines(&case, &["a/B", "--field", "operationName"]).len(), 1);
    assert!(
        complaint(&case, &["search", "case", "x", "--field", "clientip"]).contains("client_ip")
    );
    assert!(complaint(&case, &["search", "case", "("]).contains("-F"));
}

#[test]
fn the_status_tells_whether_something_was_found_and_all_could_be_searched() {
    let case = analyze(&[("x.json", ONE.as_bytes()), ("y.json", TWO.as_bytes())], &[]);
    let status = |pattern: &str| over(&case, &["search", "case", pattern]).status.code();
    assert_eq!((status("WRITE"), status("nowhere")), (Some(0), Some(1)));
    std::fs::write(case.path("../exports/x.json"), "{}").unwrap();
    let output = over(&case, &["search", "case", "WRITE"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("exports/x.json: its size has changed"), "{said}");
    std::fs::remove_file(case.path("../exports/x.json")).unwrap();
    assert_eq!(status("WRITE"), Some(3));
}

#[test]
fn hits_are_safe_and_marked_only_where_colour_is_wanted() {
    let evil = "{\"time\":\"2026-03-01T10:00:00Z\",\"category\":\"Administrative\",\"operationName\":\"A/B/WRITE\",\"x\":\"\u{1b}[2J\u{202e} needle\"}";
    let case = analyze(&[("x.json", evil.as_bytes())], &[]);
    let folder = case.path("").parent().unwrap().to_owned();
    let say = |colour: &str, columns: Option<&str>| {
        let mut command = command(&folder);
        command.args(["search", "case", "needle", "--color", colour]);
        command.envs(columns.map(|columns| ("COLUMNS", columns)));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let plain = say("auto", None);
    assert!(
        !plain.contains(['\u{1b}', '\u{202e}']) && plain.contains("\\u{1b}[2J\\u{202e} needle")
    );
    let marked = say("always", None);
    assert!(marked.contains("\u{1b}[1m\u{1b}[31mneedle\u{1b}[0m"), "{marked:?}");
    assert!(!marked.contains("\u{1b}[2J"));
    let short = say("auto", Some("80"));
    assert!(short.contains('…') && short.contains("needle"), "{short}");
}

#[test]
fn a_big_file_in_many_pieces_gives_the_lines_of_one() {
    let pad = "p".repeat(3000);
    let record = |number: u32| {
        let (hour, minute, second) = (number / 3600, number / 60 % 60, number % 60);
        format!(
            "{{\"time\":\"2026-03-01T{hour:02}:{minute:02}:{second:02}Z\",\"category\":\"Administrative\",\"operationName\":\"A/B/WRITE\",\"n\":\"n{number}n\",\"x\":\"{pad}\"}}\n"
        )
    };
    let text: String = (0..12_000).map(record).collect();
    let case = analyze(&[("x.json", text.as_bytes())], &[]);
    for number in [0, 5_000, 7_777, 11_999] {
        let hits = lines(&case, &[&format!("n{number}n")]);
        assert_eq!(hits.len(), 1);
        assert!(
            hits[0].contains(&format!("exports/x.json:{}: ", number + 1)),
            "{}",
            &hits[0][..60]
        );
        assert!(!hits[0].starts_with('-'));
    }
    assert_eq!(lines(&case, &["n\\d+n", "-c"]), ["exports/x.json:12000"]);
}
