//! The command line: statuses, usage, broken pipes, and that a case exists whole or not at all.

mod given;

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
fn without_a_name_the_case_lies_in_the_working_folder_and_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), EVENT).unwrap();
    // The case of a run before is no evidence of the next.
    for (args, status) in [(&["analyze", "."][..], 0), (&["analyze", "."], 2)] {
        assert_eq!(run(folder.path(), args).status.code(), Some(status));
    }
    let again = run(folder.path(), &["analyze", ".", "--force"]);
    assert_eq!(again.status.code(), Some(0));
    let text = std::fs::read_to_string(folder.path().join("azscope-case/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["evidence"]["totals"]["files"], 1);
}

#[test]
fn completions_and_manual_pages_name_every_command() {
    let say = |args: &[&str]| {
        let output = run(Path::new("."), args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = say(&["completions", shell]);
        assert!(script.contains("timeline") && script.contains("fail-on"), "{shell}");
    }
    let main = say(&["man"]);
    assert!(main.starts_with(".ie") && main.contains("azscope\\-timeline"), "{main}");
    assert!(say(&["man", "rules", "check"]).contains("azscope rules check my\\-rules/"));
    let folder = tempfile::tempdir().unwrap();
    say(&["man", "--out", folder.path().to_str().unwrap()]);
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.contains(&"azscope.1".to_owned()), "{names:?}");
    assert!(names.contains(&"azscope-rules-check.1".to_owned()), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("help")), "{names:?}");
    let output = run(Path::new("."), &["man", "nonesuch"]);
    assert_eq!(output.status.code(), Some(2));
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

#[cfg(target_os = "linux")]
#[test]
fn a_case_that_was_written_keeps_its_status_where_nobody_hears_of_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("torn.json"), [EVENT, b"\n{\"time\":"].concat()).unwrap();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    let outs: [(std::process::Stdio, bool); 2] = [(full.into(), true), (closed.into(), false)];
    for (case, (out, is_error)) in ["full", "closed"].into_iter().zip(outs) {
        let output = command(folder.path())
            .args(["analyze", "torn.json", "--case", case])
            .stdout(out)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert_eq!(said.contains("error: the case"), is_error, "{said}");
        assert!(folder.path().join(case).join("case.json").is_file());
    }
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
    assert!(String::from_utf8_lossy(&verify().stdout).ends_with("\n1 difference\n"));
    assert!(String::from_utf8_lossy(&verify().stdout).contains("report.md"));
    let case = analyze(&[("x.json", EVENT)], &[]);
    let parent = case.path("").parent().unwrap().to_owned();
    std::fs::write(parent.join("exports/x.json"), "{}").unwrap();
    assert_eq!(run(&parent, &["verify", "case"]).status.code(), Some(1));
}

#[test]
fn verify_tells_what_is_missing_added_and_changed_and_looks_beside_the_case() {
    let case = analyze(&[("x.json", EVENT), ("y.json", EVENT)], &[]);
    let parent = case.path("").parent().unwrap().to_owned();
    let told = |dir: &Path, place: &str| {
        let output = run(dir, &["verify", place]);
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let (status, said) = told(elsewhere.path(), parent.join("case").to_str().unwrap());
    assert_eq!(status, Some(0), "evidence lies beside the case: {said}");
    std::fs::remove_file(case.path("timeline.csv")).unwrap();
    std::fs::write(case.path("notes.txt"), "mine").unwrap();
    std::fs::write(case.path("report.md"), "nothing").unwrap();
    std::fs::remove_file(parent.join("exports/x.json")).unwrap();
    std::fs::write(parent.join("exports/y.json"), "{}").unwrap();
    let (status, said) = told(&parent, "case");
    assert_eq!(status, Some(1));
    for line in [
        "missing: timeline.csv",
        "added: notes.txt",
        "changed: report.md",
        "evidence cannot be read",
        "evidence changed: exports/y.json",
        "5 differences",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    std::fs::write(case.path("case.json"), "{\"schema_version\": 99}").unwrap();
    assert_eq!(told(&parent, "case").0, Some(2));
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

#[test]
fn verify_tells_evidence_that_came_later_wherever_the_evidence_lies() {
    let case = analyze(&[("x.json", EVENT)], &[]);
    let parent = case.path("").parent().unwrap().to_owned();
    std::fs::create_dir(parent.join("exports/later")).unwrap();
    std::fs::write(parent.join("exports/later/z.json"), EVENT).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    for dir in [parent.as_path(), elsewhere.path()] {
        let output = run(dir, &["verify", parent.join("case").to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said, "evidence added: exports/later/z.json\n1 difference\n");
    }
    // The case itself is no evidence where it lies among it.
    std::fs::remove_dir_all(parent.join("exports/later")).unwrap();
    let within = run(&parent.join("exports"), &["analyze", ".", "--case", "c"]);
    assert_eq!(within.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&within.stderr).contains("a folder of the evidence"));
    assert_eq!(run(&parent.join("exports"), &["verify", "c"]).status.code(), Some(0));
}

#[test]
fn figures_that_cannot_be_written_are_told_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), EVENT).unwrap();
    let args = ["analyze", "x.json", "--case", "c", "--stats=none/such.json"];
    assert_eq!(run(folder.path(), &args).status.code(), Some(2));
    assert!(!folder.path().join("c").exists());
    let args = ["analyze", "x.json", "--case", "c", "--stats=s.json", "-v"];
    let output = run(folder.path(), &args);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("info: reading\n") && said.contains("info: writing reports: "), "{said}");
    let text = std::fs::read_to_string(folder.path().join("s.json")).unwrap();
    let figures: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(figures["records"], 1);
}

#[test]
fn files_that_are_no_log_at_all_are_no_input_and_rules_are_looked_for_in_vain_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letter.txt"), "Dear responder,\n").unwrap();
    std::fs::write(folder.path().join("x.json"), EVENT).unwrap();
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    for (args, why) in [
        (&["analyze", "letter.txt", "--case", "c"][..], "no readable input: no file is JSON"),
        (&["analyze", "x.json", "--case", "c", "--rules", "rules"], "rules holds no rule file"),
        (&["analyze", "x.json", "--case", "c", "--rules", "no.yml"], "error: cannot read no.yml: "),
    ] {
        let output = run(folder.path(), args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(why) && said.matches("os error").count() < 2, "{said}");
        assert!(!folder.path().join("c").exists());
    }
    let both = run(folder.path(), &["analyze", "letter.txt", "x.json", "--case", "c"]);
    assert_eq!(both.status.code(), Some(0));
}

/// Sends a signal to a run once it has begun to write, which a shell starts as told; returns how it ended
/// and what is left.
#[cfg(unix)]
fn signalled(signal: &str, start: &str) -> (std::process::Output, Vec<std::ffi::OsString>) {
    let folder = tempfile::tempdir().unwrap();
    let line = String::from_utf8(EVENT.to_vec()).unwrap() + "\n";
    std::fs::write(folder.path().join("x.json"), line.repeat(200_000)).unwrap();
    let mut child = std::process::Command::new("sh")
        .args(["-c", &format!("{start} exec \"$0\" analyze x.json --case c -q")])
        .arg(env!("CARGO_BIN_EXE_azscope"))
        .current_dir(folder.path())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The working folder tells that the run is under way.
    while std::fs::read_dir(folder.path()).unwrap().count() < 2 {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let left = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    (output, left)
}

/// Whether a hangup ends these tests, as it does unless something such as `nohup` started them.
#[cfg(unix)]
fn heeds_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 0)
}

#[cfg(unix)]
#[test]
fn an_interrupt_is_status_130_and_leaves_nothing() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        // Off Linux nothing tells whether a hangup is to be ignored; what these tests ignore their children do.
        if signal == "-HUP" && !(cfg!(target_os = "linux") && heeds_hangups()) {
            continue;
        }
        let (output, left) = signalled(signal, "");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(130), "{signal}: {said}");
        assert_eq!(left, ["x.json"], "{signal}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn a_hangup_that_is_ignored_does_not_end_the_run() {
    let (output, left) = signalled("-HUP", "trap '' HUP;");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(left.len(), 2);
}

#[test]
fn a_note_of_the_watchlist_stands_in_the_finding() {
    let event = br#"{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"A/B/WRITE","resultType":"Success","callerIpAddress":"203.0.113.9","identity":{"claims":{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"eve@contoso.com","appid":"7f59a773-2eaf-429c-a059-50fc5bb28b44"}}}"#;
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.csv");
    std::fs::write(
        &list,
        "what,note\n203.0.113.0/24,\"exits, old\"\nEve@contoso.com,left in May\n",
    )
    .unwrap();
    let case = analyze(&[("x.json", event)], &["--watchlist", list.to_str().unwrap()]);
    let report = case.report();
    let why = |rule: &str, field: &str| {
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|f| f["title"] == rule).expect(rule);
        found["because"][field].as_str().unwrap().to_owned()
    };
    let address = why("Operation from an address on the watchlist", "client_ip");
    assert_eq!(address, "203.0.113.9 (watchlist: exits, old)");
    let who = why("Operation by a principal on the watchlist", "actor");
    assert_eq!(who, "eve@contoso.com (watchlist: left in May)");
    assert!(case.read("report.html").contains("(watchlist: left in May)"));
}

#[test]
fn a_case_among_the_evidence_is_none_and_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), EVENT).unwrap();
    let go = |args: &[&str]| run(folder.path(), args).status.code();
    let report = |case: &str| -> serde_json::Value {
        let path = folder.path().join(case).join("report.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    assert_eq!(go(&["analyze", ".", "--case", "first"]), Some(0));
    std::fs::write(folder.path().join("first/late.json"), EVENT.to_ascii_uppercase()).unwrap();
    std::fs::write(folder.path().join("first/report.md"), EVENT).unwrap();
    let analyzed = run(folder.path(), &["analyze", ".", "--case", "second"]);
    assert_eq!(analyzed.status.code(), Some(3));
    let summary = String::from_utf8_lossy(&analyzed.stdout);
    let second = report("second");
    let files: Vec<&str> = second["evidence"]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    // What the manifest does not list, or has otherwise, is evidence.
    assert_eq!(files, ["./first/late.json", "./first/report.md", "./x.json"]);
    let told = &second["evidence"]["diagnostics"];
    let told = told.as_array().unwrap().iter().find(|one| one["code"] == "own-case").unwrap();
    assert_eq!(
        (told["impact"].as_str(), told["files"][0].as_str()),
        (Some("note"), Some("./first"))
    );
    let message = told["message"].as_str().unwrap();
    assert!(message.ends_with("files in ./first"), "{message}");
    assert!(summary.contains("Left out: a case of a former run"), "{summary}");
    let coverage = run(folder.path(), &["coverage", "second"]);
    let covered = String::from_utf8_lossy(&coverage.stdout).into_owned();
    let covered = covered.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(covered.contains("files in ./first"), "{covered}");
    assert_eq!(go(&["verify", "second"]), Some(0));
    let alone = run(folder.path(), &["analyze", "second", "--case", "third"]);
    assert_eq!(alone.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&alone.stderr).contains("second is a case, and no evidence"));
}
