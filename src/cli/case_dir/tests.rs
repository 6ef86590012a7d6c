//! Tests of `case_dir`: what is written, what is refused, what is left behind.

use super::*;

fn finish(case: CaseDir) -> Result<Finished, Error> {
    case.seal(&Provenance::default(), &Report::default())?;
    case.finish()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn make_case(target: &Path, content: &[u8]) {
    let case = CaseDir::create(target, false).unwrap();
    case.write("report.md", |out| out.write_all(content)).unwrap();
    finish(case).unwrap();
}

#[test]
fn a_case_appears_whole_with_the_hashes_of_its_files() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("new/case");
    let case = CaseDir::create(&target, false).unwrap();
    case.write("tables/b.csv", |out| out.write_all(b"abc")).unwrap();
    case.write("a.md", |out| out.write_all(b"")).unwrap();
    assert!(!target.exists());
    let provenance = Provenance {
        command_line: Some(vec!["azscope".into()]),
        started: Some(Time(0)),
        paths: vec!["exports".into()],
        limits: Limits { expand_ratio: 9, ..Limits::default() },
        ..Provenance::default()
    };
    case.seal(&provenance, &Report::default()).unwrap();
    let done = case.finish().unwrap();
    assert_eq!(done, Finished { path: target.clone(), left_behind: None });
    let text = fs::read_to_string(target.join(CASE_FILE)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["command_line"][0], "azscope");
    assert_eq!(json["started"], "1970-01-01T00:00:00Z");
    assert_eq!(json["paths"][0], "exports");
    assert_eq!(json["limits"]["expand_ratio"], 9);
    assert_eq!(json["evidence"]["totals"]["records"], 0);
    assert_eq!(json["outputs"].as_array().unwrap().len(), 2);
    assert_eq!(json["outputs"][0]["path"], "a.md");
    assert_eq!(json["outputs"][1]["path"], "tables/b.csv");
    assert_eq!(json["outputs"][1]["bytes"], 3);
    assert_eq!(
        json["outputs"][1]["sha256"],
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(names(&home.path().join("new")), ["case"]);
}

#[test]
fn the_same_report_gives_the_same_case_file() {
    let home = tempfile::tempdir().unwrap();
    make_case(&home.path().join("a"), b"x");
    make_case(&home.path().join("b"), b"x");
    let read = |name: &str| fs::read(home.path().join(name).join(CASE_FILE)).unwrap();
    assert_eq!(read("a"), read("b"));
    assert!(String::from_utf8(read("a")).unwrap().contains("\"started\": null"));
}

#[test]
fn a_case_that_is_dropped_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let case = CaseDir::create(&home.path().join("case"), false).unwrap();
    case.write("deep/er/file", |out| out.write_all(b"x")).unwrap();
    assert_eq!(names(home.path()).len(), 1);
    drop(case);
    assert!(names(home.path()).is_empty());
}

#[test]
fn an_existing_case_is_replaced_with_force_only() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("case");
    make_case(&target, b"old");
    assert!(matches!(CaseDir::create(&target, false), Err(Error::Exists(_))));
    let case = CaseDir::create(&target, true).unwrap();
    case.write("report.md", |out| out.write_all(b"new")).unwrap();
    assert_eq!(fs::read(target.join("report.md")).unwrap(), b"old");
    assert_eq!(finish(case).unwrap().left_behind, None);
    assert_eq!(fs::read(target.join("report.md")).unwrap(), b"new");
    assert_eq!(names(home.path()), ["case"]);
}

#[test]
fn a_forced_case_that_is_dropped_leaves_the_old_one() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("case");
    make_case(&target, b"old");
    drop(CaseDir::create(&target, true).unwrap());
    assert_eq!(fs::read(target.join("report.md")).unwrap(), b"old");
    assert_eq!(names(home.path()), ["case"]);
}

#[test]
fn what_is_no_case_is_never_replaced() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("evidence");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("log.json"), "{}").unwrap();
    fs::write(home.path().join("file"), "x").unwrap();
    for (name, force) in [("evidence", false), ("evidence", true), ("file", true)] {
        let refused = CaseDir::create(&home.path().join(name), force);
        assert!(matches!(refused, Err(Error::NotACase(_))), "{name} {force}");
    }
    assert_eq!(names(home.path()), ["evidence", "file"]);
}

#[test]
fn a_place_that_fills_up_during_the_run_is_not_replaced() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("case");
    let case = CaseDir::create(&target, true).unwrap();
    fs::create_dir(&target).unwrap();
    fs::write(target.join("notes"), "x").unwrap();
    assert!(matches!(finish(case), Err(Error::NotACase(_))));
    assert_eq!(names(home.path()), ["case"]);
    assert_eq!(names(&target), ["notes"]);
}

#[test]
fn an_empty_folder_is_taken_and_leftovers_of_a_killed_run_do_not_block() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("case");
    fs::create_dir(&target).unwrap();
    let leftover = format!(".case.partial-{}", std::process::id());
    fs::create_dir(home.path().join(&leftover)).unwrap();
    make_case(&target, b"x");
    assert_eq!(names(home.path()), [leftover.as_str(), "case"]);
    assert!(is_case(&target));
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed_and_not_replaced() {
    let home = tempfile::tempdir().unwrap();
    make_case(&home.path().join("real"), b"x");
    let link = home.path().join("link");
    std::os::unix::fs::symlink(home.path().join("real"), &link).unwrap();
    assert!(matches!(CaseDir::create(&link, true), Err(Error::NotACase(_))));
}

#[test]
fn a_path_without_a_name_is_refused_and_errors_name_the_path() {
    assert!(matches!(CaseDir::create(Path::new(".."), true), Err(Error::NoName(_))));
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("file"), "x").unwrap();
    let error = CaseDir::create(&home.path().join("file/case"), false).unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
}
