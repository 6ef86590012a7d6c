//! The commands on rules: what they print, for whom, and with which status.

use std::path::Path;

use serde_json::Value;

use crate::case::{analyze, command, run};

fn said(args: &[&str]) -> (Option<i32>, String, String) {
    said_in(Path::new("."), args)
}

fn said_in(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = run(folder, args);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A rule about which nothing is odd, of an operation.
fn rule(id: &str, operation: &str) -> String {
    format!(
        "title: About {id}\nid: {id}\nname: {id}\nlevel: high\nfalsepositives: [x]\nfeeds: [user]\n\
         tags: [attack.impact, attack.t1485.001]\n\
         logsource: {{product: azure, service: activitylogs}}\n\
         detection: {{selection: {{operationName: {operation}}}, condition: selection}}\n\
         tests:\n  - hit: {{operationName: {operation}}}\n  - miss: {{operationName: A/b/write}}\n"
    )
}

const WRITE: &str = "Microsoft.Compute/virtualMachines/write";
const READ: &str = "Microsoft.Compute/virtualMachines/read";

#[test]
fn the_reference_of_the_rules_is_up_to_date() {
    let (status, page, _) = said(&["rules", "list", "--format", "markdown"]);
    assert_eq!(status, Some(0));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rule/REFERENCE.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == written,
        "src/rule/REFERENCE.md is out of date; write it anew with\n\
         cargo run -- rules list --format markdown > src/rule/REFERENCE.md"
    );
}

#[test]
fn nothing_is_odd_about_the_built_in_rules() {
    let (status, out, err) = said(&["rules", "check"]);
    assert_eq!((status, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.lines().last().unwrap().ends_with(" 0 remarks, 0 broken files"), "{out}");
}

#[test]
fn check_names_every_broken_file_and_judges_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.yml", "title: x\ndetection:\n  s: {a: b}\n  condition: s and (\n");
    write("b.yml", &rule("good", WRITE));
    write("c.yml", "title: [\n");
    write("d.yml", &rule("reads", READ));
    let (status, out, err) = said_in(folder.path(), &["rules", "check", "."]);
    assert_eq!(status, Some(2), "{err}");
    assert!(
        err.contains("a.yml:4:21: condition") && err.contains("4 |   condition: s and ("),
        "{err}"
    );
    assert!(err.contains("c.yml:") && err.contains('^'), "{err}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines,
        [
            "./b.yml: good: can fire",
            "./d.yml: reads: can never fire: the Activity Log never records Microsoft.Compute/virtualMachines/read (read)",
            "./d.yml: reads: remark: the Activity Log never records Microsoft.Compute/virtualMachines/read (read)",
            "2 rules: 1 can fire, 1 can never fire, 1 remark, 2 broken files",
        ]
    );
    assert_eq!(said_in(folder.path(), &["rules", "check", "b.yml"]).0, Some(0));
    assert_eq!(said_in(folder.path(), &["rules", "check", "d.yml"]).0, Some(1));
    assert_eq!(said_in(folder.path(), &["rules", "check", "nonesuch"]).0, Some(2));
}

#[test]
fn check_tells_programs_the_same() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yml"), "title: x\n").unwrap();
    std::fs::write(folder.path().join("d.yml"), rule("reads", READ)).unwrap();
    let (status, out, _) = said_in(folder.path(), &["rules", "check", "--format", "json", "."]);
    assert_eq!(status, Some(2));
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["broken"][0]["file"], "./a.yml");
    assert_eq!(answer["broken"][0]["line"], 1);
    let only = &answer["rules"][0];
    assert_eq!(
        (&only["verdict"], &only["operations"][0]["standing"]),
        (&"never".into(), &"read".into())
    );
    assert_eq!(only["fields"][0]["source"], "column");
    assert_eq!(answer["totals"]["never"], 1);
}

#[test]
fn lists_are_filtered() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("r.yml"), rule("mine", WRITE)).unwrap();
    let names = |filters: &[&str]| -> Vec<String> {
        let mut args = vec!["rules", "list", "--format", "json", "--rules", "r.yml"];
        args.extend(filters);
        let (status, out, err) = said_in(folder.path(), &args);
        assert_eq!(status, Some(0), "{err}");
        let list: Vec<Value> = serde_json::from_str(&out).unwrap();
        list.iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = names(&[]);
    assert!(all.len() > 100);
    assert_eq!(names(&["--feed", "USER"]), ["mine"]);
    for (filters, is_in) in [
        (["--level", "high"], true),
        (["--level", "critical"], false),
        (["--tactic", "Impact"], true),
        (["--tactic", "TA0003"], false),
        (["--technique", "t1485"], true),
        (["--technique", "T1485.001"], true),
        (["--technique", "T1486"], false),
        (["--feed", "vm"], false),
    ] {
        let listed = names(&filters);
        assert_eq!(listed.contains(&"mine".to_owned()), is_in, "{filters:?}");
        assert!(listed.len() < all.len());
    }
    for filter in [["--tactic", "nonesuch"], ["--technique", "T148"]] {
        assert_eq!(said(&["rules", "list", filter[0], filter[1]]).0, Some(2), "{filter:?}");
    }
}

#[test]
fn lists_and_pages_fit_the_terminal() {
    for (columns, args) in [
        ("60", &["rules", "list"][..]),
        ("100", &["rules", "list"]),
        ("60", &["rules", "show", "iam-elevate-access"]),
    ] {
        let output = command(Path::new(".")).env("COLUMNS", columns).args(args).output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        // What a rule looks for is shown as it is written.
        let prose = out.split("\nWHAT IT LOOKS FOR").next().unwrap();
        let widest = prose.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= columns.parse().unwrap(), "{args:?} {columns}: {widest}\n{out}");
    }
    let (_, whole, _) = said(&["rules", "list"]);
    assert!(!whole.contains('…'), "what goes to a program is not cut");
}

#[test]
fn a_page_tells_all_of_a_rule() {
    let (status, out, _) = said(&["rules", "show", "iam-elevate-acc"]);
    assert_eq!(status, Some(0));
    for part in [
        "iam-elevate-access\n",
        "  level       ",
        "  kind        single: ",
        "  outcome     ",
        "  verdict     can fire",
        "  techniques  T1098",
        "\nWHAT IT MEANS\n",
        "\nHARMLESS CAUSES\n  - ",
        "\nWHAT IT LOOKS FOR\n  detection:\n",
        "    condition: ",
        "\nTESTS\n  - speaks: ",
        "  - is silent: ",
    ] {
        assert!(out.contains(part), "{part:?} is not in\n{out}");
    }
}

#[test]
fn a_page_of_a_correlation_tells_its_parts() {
    let (status, out, _) = said(&["rules", "show", "imp-mass-deletion"]);
    assert_eq!(status, Some(0));
    for part in ["resources", "taken", "part"] {
        assert!(out.contains(&format!("\nPART imp-mass-deletion-{part}\n  ")), "{part}\n{out}");
    }
    assert!(out.contains("\n  detection:\n    selection: {operationName: '*/delete'}\n"), "{out}");
}

#[test]
fn matches_that_belong_to_no_group_are_told() {
    let event = format!(
        r#"{{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"{WRITE}","resultType":"Success"}}"#
    );
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("mine.yml");
    let text = format!(
        "title: Many\nid: many\ncorrelation: {{type: event_count, rules: [one], group-by: [caller_ip], timespan: 1h, condition: {{gte: 1}}}}\n---\n{}",
        rule("one", WRITE)
    );
    std::fs::write(&rules, text).unwrap();
    let options = ["--no-builtin-rules", "--rules", rules.to_str().unwrap()];
    let case = analyze(&[("x.json", event.as_bytes())], &options);
    let told = &case.report()["coverage"]["rules"]["cannot_tell"][0];
    assert_eq!((&told["rule_id"], &told["operations"]), (&"many".into(), &1.into()));
    assert_eq!(told["why"], "matches without caller_ip belong to no group");
}

#[test]
fn a_rule_that_is_not_there_is_told_with_those_near_it() {
    for (id, part) in [
        ("iam-elevate-acess", "near it are iam-elevate-access"),
        ("iam-", "several rules begin with `iam-`"),
        ("zzzzzzzzzz", "`azscope rules list` shows them all"),
    ] {
        let (status, out, err) = said(&["rules", "show", id]);
        assert_eq!((status, out.as_str()), (Some(2), ""));
        assert!(err.contains(part), "{err}");
    }
}

#[test]
fn tests_of_files_are_run_and_broken_files_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yml"), rule("good", WRITE)).unwrap();
    let go = |paths: &[&str]| said_in(folder.path(), &[&["rules", "test"], paths].concat());
    assert_eq!(go(&["a.yml"]), (Some(0), "1 rule, 2 tests, 0 failed\n".into(), String::new()));
    let wrong = rule("wrong", WRITE).replace(
        "- miss: {operationName: A/b/write}",
        &format!("- miss: {{operationName: {WRITE}}}"),
    );
    std::fs::write(folder.path().join("b.yml"), wrong).unwrap();
    let (status, out, _) = go(&["."]);
    assert_eq!(status, Some(1));
    assert!(out.starts_with("./b.yml: wrong: test 2: the rule speaks, and should not\n"), "{out}");
    std::fs::write(folder.path().join("c.yml"), "title: x\n").unwrap();
    let (status, out, err) = go(&["."]);
    assert_eq!(status, Some(2));
    assert!(
        out.ends_with("2 rules, 4 tests, 1 failed\n") && err.contains("c.yml:1:1"),
        "{out}{err}"
    );
}

#[test]
fn help_of_each_command_has_examples() {
    for command in ["list", "show", "check", "test"] {
        let (status, out, _) = said(&["rules", command, "--help"]);
        assert_eq!(status, Some(0));
        assert!(out.contains("Examples:\n  azscope rules "), "{out}");
    }
}

#[test]
fn a_report_names_the_rules_that_could_not_speak() {
    let event = format!(
        r#"{{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"{WRITE}","resultType":"Success"}}"#
    );
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("mine.yml");
    let text = [
        rule("spoke", WRITE),
        rule("reads", READ),
        rule("elevated", "Microsoft.Authorization/elevateAccess/action"),
        rule("method", WRITE).replace("{operationName:", "{http_method: PUT, operationName:"),
        rule("other", WRITE).replace("activitylogs", "signinlogs"),
    ];
    std::fs::write(&rules, text.join("---\n")).unwrap();
    let options = ["--no-builtin-rules", "--rules", rules.to_str().unwrap()];
    let case = analyze(&[("x.json", event.as_bytes())], &options);
    let coverage = &case.report()["coverage"]["rules"];
    assert_eq!((&coverage["loaded"], &coverage["could_fire"]), (&5.into(), &1.into()));
    let why = |id: &str| {
        let list = coverage["cannot_fire"].as_array().unwrap();
        list.iter().find(|rule| rule["rule_id"] == id).map(|rule| rule["why"].to_string())
    };
    assert_eq!(why("spoke"), None);
    for (id, part) in [
        ("reads", "the Activity Log never records"),
        ("elevated", "the tenant-level (directory) Activity Log is not in the evidence"),
        ("method", "events of activity-diagnostic do not carry http_method"),
        ("other", "log source not in evidence: azure signinlogs"),
    ] {
        assert!(why(id).is_some_and(|why| why.contains(part)), "{id}: {:?}", why(id));
    }
    let (page, table) = (case.read("report.md"), case.read("tables/coverage.csv"));
    assert!(page.contains("Could not fire, 1 rule: events of activity"), "{page}");
    assert!(table.contains("rule_cannot_fire") && case.stdout.contains("Could not fire"));
}
