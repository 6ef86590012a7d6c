//! A case that was stored by an earlier version opens with every command.

use std::path::Path;

use crate::case::run;

fn answer(args: &[&str]) -> String {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/stored");
    let output = run(&stored, args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_stored_case_opens_with_every_command() {
    for (args, part) in [
        (&["verify", "case"][..], "everything is as the manifest says"),
        (&["alert", "case"], "An alert"),
        (&["alert", "case", "2517"], "An alert"),
        (&["user", "case"], "bob@corp.example"),
        (&["user", "case", "ann"], "A command was run"),
        (&["subscription", "case", "6f1c"], "A command was run"),
        (&["vm", "case", "web"], "RUNCOMMAND"),
        (&["timeline", "case"], "A command was run"),
        (&["timeline", "case", "--of", "events", "--level", "high"], "RUNCOMMAND"),
        (&["timeline", "case", "--of", "operations", "--format", "ocsf"], "\"class_uid\":6003"),
        (&["search", "case", "runcommand", "-i"], "evidence.json:1: "),
        (&["query", "case", "select count(*) n from events"], "3"),
        (&["query", "case", "select id from users order by id"], "ann@corp.example"),
        (&["coverage", "case"], ""),
        (&["triage", "case"], "ann@corp.example"),
    ] {
        assert!(answer(args).contains(part), "{args:?}: {}", answer(args));
    }
    let event = answer(&["search", "case", "TAGS/WRITE"]);
    let shown = answer(&["show", "case", &event[..16]]);
    assert!(shown.starts_with("{\"time\": \"2026-03-02T09:00:00Z\""), "{shown}");
}
