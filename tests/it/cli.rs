//! The command line: statuses, usage, broken pipes, and that a case exists whole or not at all.

use std::path::Path;

use crate::case::{analyze, command, run};

const EVENT: &[u8] = br#"{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"A/B/WRITE","resultType":"Success"}"#;

#[test]
fn wrong_usage_is_status_2_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["analyze"][..],
        &["analyze", "nonesuch", "--case", "c"],
        &["frobnicate"],
        &["analyze", ".", "--case", "c", "--lookback", "x"],
    ] {
        let output = run(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{args:?}");
    }
}

#[test]
fn help_and_version_are_status_0_on_standard_output() {
    for args in [&["--help"][..], &["--version"], &["analyze", "--help"]] {
        let output = run(Path::new("."), args);
        assert_eq!(output.status.code(), Some(0));
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_case_is_not_overwritten_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), EVENT).unwrap();
    let go = |extra: &[&str]| {
        let mut args = vec!["analyze", "x.json", "--case", "c"];
        args.extend(extra);
        run(folder.path(), &args)
    };
    assert_eq!(go(&[]).status.code(), Some(0));
    let again = go(&[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("--force"));
    assert_eq!(go(&["--force"]).status.code(), Some(0));
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_broken_rule_file_is_status_2_and_names_the_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), EVENT).unwrap();
    std::fs::write(
        folder.path().join("bad.yml"),
        "title: x\ndetection:\n  selection:\n    a: b\n  condition: selection and (\n",
    )
    .unwrap();
    let output = run(folder.path(), &["analyze", "x.json", "--case", "c", "--rules", "bad.yml"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("bad.yml") && said.contains('5'), "{said}");
    assert!(!folder.path().join("c").exists());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = command(Path::new("."))
        .args(["schema", "events"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn verify_tells_any_difference() {
    let case = analyze(&[("x.json", EVENT)], &[]);
    let root = case.path("");
    let parent = root.parent().unwrap();
    let verify = || run(parent, &["verify", "case"]);
    assert_eq!(verify().status.code(), Some(0), "{}", String::from_utf8_lossy(&verify().stdout));
    std::fs::write(case.path("report.md"), "nothing happened").unwrap();
    assert_eq!(verify().status.code(), Some(1));
    assert!(String::from_utf8_lossy(&verify().stdout).contains("report.md"));
    let case = analyze(&[("x.json", EVENT)], &[]);
    let parent = case.path("").parent().unwrap().to_owned();
    std::fs::write(parent.join("exports/x.json"), "{}").unwrap();
    assert_eq!(run(&parent, &["verify", "case"]).status.code(), Some(1));
}

#[test]
fn your_own_rules_run_beside_or_instead_of_the_built_in_ones() {
    let rule = "title: Mine\nid: 0c2d1c6e-0000-4000-8000-000000000001\nlevel: low\nlogsource: {product: azure, service: activitylogs}\ndetection:\n  selection:\n    operationName|startswith: a/b/\n  condition: selection\n";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.yml"), rule).unwrap();
    let path = folder.path().join("mine.yml");
    let case =
        analyze(&[("x.json", EVENT)], &["--rules", path.to_str().unwrap(), "--no-builtin-rules"]);
    let report = case.report();
    assert_eq!(report["tool"]["rules"]["count"], 1);
    assert_eq!(report["findings"][0]["title"], "Mine", "{}", case.stderr);
}
