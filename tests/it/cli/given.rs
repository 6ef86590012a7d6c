//! What a command is given: readers that go away, places for figures, threads, paths, encodings.

use std::path::Path;

use super::EVENT;
use crate::case::{analyze, command, run};

/// Runs a command whose reader has gone away.
#[cfg(unix)]
fn unread(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let (reader, out) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(folder).args(args).stdout(out).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn a_status_that_is_an_answer_stands_though_nobody_reads_the_rest() {
    let case = analyze(&[("x.json", EVENT)], &[]);
    let parent = case.path("").parent().unwrap().to_owned();
    assert_eq!(unread(&parent, &["verify", "case"]), (Some(0), String::new()));
    std::fs::write(case.path("report.md"), "nothing happened").unwrap();
    assert_eq!(unread(&parent, &["verify", "case"]), (Some(1), String::new()));
    let never = "title: T\nid: x\nlogsource: {product: azure, service: activitylogs}\ndetection: {s: {NoSuchField: b}, condition: s}\n";
    std::fs::write(parent.join("never.yml"), never).unwrap();
    assert_eq!(unread(&parent, &["rules", "check", "never.yml"]).0, Some(1));
    for format in ["table", "csv", "jsonl", "timesketch", "ocsf", "ecs", "parquet"] {
        let args = ["timeline", "case", "--of", "events", "--format", format];
        assert_eq!(unread(&parent, &args), (Some(0), String::new()), "{format}");
    }
}

#[test]
fn figures_written_among_the_evidence_are_none() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("exports")).unwrap();
    std::fs::write(folder.path().join("exports/x.json"), EVENT).unwrap();
    let args = ["analyze", "exports", "--case", "c", "--stats=exports/stats.json"];
    let output = run(folder.path(), &args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("the figures are written into exports, a folder of the evidence"),
        "{said}"
    );
    let manifest = std::fs::read_to_string(folder.path().join("c/case.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["evidence"]["files"].as_array().unwrap().len(), 1);
    let verified = run(folder.path(), &["verify", "c"]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    // Figures may be written anew, and overwrite nothing else.
    let again =
        |stats| run(folder.path(), &["analyze", "exports", "--case", "d", "--force", stats]);
    assert_eq!(again("--stats=exports/stats.json").status.code(), Some(0));
    assert_eq!(again("--stats=exports/x.json").status.code(), Some(2));
    assert_eq!(std::fs::read(folder.path().join("exports/x.json")).unwrap(), EVENT);
}

#[test]
fn far_more_threads_than_cores_are_bounded_and_paths_are_told_plainly() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a")).unwrap();
    std::fs::write(folder.path().join("a/x.json"), EVENT).unwrap();
    for (given, case) in [("a", "c1"), ("a/", "c2"), ("./a//.", "c3")] {
        let args = ["analyze", given, "--case", case, "--reproducible", "--threads", "100000"];
        let output = run(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&output.stderr).contains("threads are used"));
    }
    let read = |case: &str| std::fs::read(folder.path().join(case).join("case.json")).unwrap();
    assert!(read("c1") == read("c2") && read("c1") == read("c3"));
}

#[test]
fn a_watchlist_of_another_encoding_is_read_and_odd_lines_are_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), EVENT).unwrap();
    let text = "\u{feff}192.0.2.0/24 # ours\n198.51.100.77 c2 server\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.path().join("w.txt"), wide).unwrap();
    let output = run(folder.path(), &["analyze", "x.json", "--case", "c", "--watchlist", "w.txt"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("w.txt:2: `198.51.100.77 c2 server`"), "{said}");
}
