//! The template: what a case leaves to decide, as a triage file to fill in.
//!
//! It is written from `report.json`, so that a case can be worked on without its evidence. Marks
//! that the case was made with come first and stay as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::Value;

use super::{Topic, grant_id, group_id};
use crate::base::text::{counted, for_terminal, is_hidden, shorten_middle};

const HEAD: &str = "\
# Triage of a case of azscope: decide, then run `azscope analyze ... --triage THIS_FILE`.
#
# mark     expected:   known good. An alert gets the verdict `expected`; findings are folded and
#                      count in no score.
#          unexpected: not to be explained away. An alert stays open and says so; the reason is
#                      named with the risk of whom it touches.
#          undecided:  nothing yet; the target only counts as known.
#          done:       of a step of mitigation, that it was taken.
# reason   why; needed once a mark decides.
# author   who says so; the one below counts where a mark names none.
# expires  date or time (UTC) from which the mark no longer counts, as expires = 2030-12-31.
";

/// Columns of one comment.
const WIDTH: usize = 160;

/// What is worth a decision.
struct Target {
    kind: Topic,
    id: String,
    about: String,
}

/// Writes a triage file for everything of a report that is open; fails only where the writer fails.
pub fn write_template(report: &Value, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEAD}\nauthor = \"\"")?;
    let mut seen = BTreeSet::new();
    for mark in list(report, "/triage/marks") {
        let kind = Topic::ALL.into_iter().find(|kind| kind.as_str() == text(mark, "kind"));
        if let Some(kind) = kind
            && seen.insert((kind, text(mark, "id").to_owned()))
        {
            write_carried(kind, mark, out)?;
        }
    }
    for target in targets(report) {
        if !target.id.is_empty() && seen.insert((target.kind, target.id.to_lowercase())) {
            let about = shorten_middle(&target.about, WIDTH).into_owned();
            writeln!(out, "\n# {}", for_terminal(&about))?;
            writeln!(out, "[[{}]]\nid = {}", target.kind.as_str(), string(&target.id))?;
            writeln!(out, "mark = \"undecided\"\nreason = \"\"")?;
        }
    }
    Ok(())
}

/// Writes a mark that the case was made with.
fn write_carried(kind: Topic, mark: &Value, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n# carried over; in this case: {}", for_terminal(text(mark, "state")))?;
    writeln!(out, "[[{}]]", kind.as_str())?;
    for key in ["id", "mark", "reason", "author"] {
        writeln!(out, "{key} = {}", string(text(mark, key)))?;
    }
    match text(mark, "expires") {
        // A time of the report is one of TOML; anything else was put there by hand.
        time if time.parse::<toml::value::Datetime>().is_ok() => writeln!(out, "expires = {time}"),
        _ => Ok(()),
    }
}

/// Everything worth a decision, in the order of kinds; of each kind in the order of the report.
fn targets(report: &Value) -> Vec<Target> {
    let mut all = Vec::new();
    alerts(report, &mut all);
    groups(report, &mut all);
    principals(report, &mut all);
    addresses(report, &mut all);
    let subscriptions = || list(report, "/subscriptions").iter();
    for entry in subscriptions().flat_map(|s| list(s, "/runbooks")) {
        let about =
            format!("{} {} by {}", text(entry, "time"), text(entry, "change"), text(entry, "by"));
        all.push(Target { kind: Topic::Runbook, id: text(entry, "resource_id").to_owned(), about });
    }
    let changes = subscriptions().flat_map(|s| list(s, "/iam_changes"));
    for entry in changes.chain(list(report, "/tenant_iam_changes")) {
        grant(entry, &mut all);
    }
    let residue = subscriptions().flat_map(|s| list(s, "/residue"));
    let residue = residue.chain(list(report, "/tenant_residue"));
    for entry in residue.filter(|entry| entry["still_present"] == true) {
        let about = format!(
            "{} made by {} at {}",
            text(entry, "type"),
            text(entry, "created_by"),
            text(entry, "created")
        );
        all.push(Target {
            kind: Topic::Resource,
            id: text(entry, "resource_id").to_owned(),
            about,
        });
    }
    all
}

fn is_open(alert: &Value) -> bool {
    alert["verdict"] == "open" && alert["sample"] != true
}

fn alerts(report: &Value, all: &mut Vec<Target>) {
    for alert in list(report, "/alerts").iter().filter(|alert| is_open(alert)) {
        let (severity, title, start) =
            (text(alert, "severity"), text(alert, "title"), text(alert, "start"));
        let told = text(&alert["investigation"], "assessment").replace('_', " ");
        let about = format!("{severity}: {title}, {start}; {told}");
        all.push(Target { kind: Topic::Alert, id: text(alert, "id").to_owned(), about });
    }
}

fn groups(report: &Value, all: &mut Vec<Target>) {
    let mut found: Vec<(String, &Value, u64)> = Vec::new();
    let mut actors: Vec<BTreeSet<&str>> = Vec::new();
    let mut places = BTreeMap::new();
    for finding in list(report, "/findings") {
        let id = group_id(text(finding, "rule_id"), text(finding, "principal"));
        let at = *places.entry(id.clone()).or_insert(found.len());
        if at == found.len() {
            found.push((id, finding, 0));
            actors.push(BTreeSet::new());
        }
        found[at].2 += 1;
        actors[at].extend(list(finding, "/actors").iter().filter_map(Value::as_str));
    }
    for ((id, finding, count), mut others) in found.into_iter().zip(actors) {
        others.remove(text(finding, "principal"));
        let others: Vec<&str> = others.into_iter().collect();
        let mut about = format!(
            "{}: {} ({})",
            text(finding, "level"),
            text(finding, "title"),
            text(finding, "rule_id")
        );
        let _ = write!(
            about,
            " by {}{}, {count} from {}",
            or_nobody(text(finding, "principal")),
            if others.is_empty() { String::new() } else { format!(" with {}", others.join(", ")) },
            text(finding, "first")
        );
        all.push(Target { kind: Topic::Group, id, about });
    }
}

fn or_nobody(principal: &str) -> &str {
    if principal.is_empty() { "nobody known" } else { principal }
}

fn principals(report: &Value, all: &mut Vec<Target>) {
    let at_risk = |user: &&Value| text(&user["risk"], "level") != "none";
    for user in list(report, "/users").iter().filter(at_risk) {
        let risk = &user["risk"];
        let why = list(risk, "/because").first().and_then(Value::as_str).unwrap_or_default();
        let about = format!(
            "{} {}, risk {} {}: {why}",
            text(user, "kind"),
            text(user, "name"),
            text(risk, "level"),
            risk["score"]
        );
        all.push(Target { kind: Topic::Principal, id: text(user, "id").to_owned(), about });
    }
}

fn addresses(report: &Value, all: &mut Vec<Target>) {
    let mut seen: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for finding in list(report, "/findings") {
        for ip in list(finding, "/ips").iter().filter_map(Value::as_str) {
            seen.entry(ip).or_default().0 += 1;
        }
    }
    for alert in list(report, "/alerts").iter().filter(|alert| is_open(alert)) {
        for ip in list(alert, "/ips").iter().filter_map(Value::as_str) {
            seen.entry(ip).or_default().1 += 1;
        }
    }
    for (ip, (findings, alerts)) in seen {
        let findings = counted(findings, "finding", "findings");
        let about = format!("in {findings} and {}", counted(alerts, "open alert", "open alerts"));
        all.push(Target { kind: Topic::Address, id: ip.to_owned(), about });
    }
}

/// A change that gave rights which stand.
fn grant(entry: &Value, all: &mut Vec<Target>) {
    let change = text(entry, "change");
    if entry["standing"] != true || matches!(change, "revoke" | "deny") {
        return;
    }
    let (time, principal) = (text(entry, "time"), text(entry, "principal"));
    let (role, scope) = (text(entry, "role_id"), text(entry, "scope"));
    let name = if text(entry, "role").is_empty() { role } else { text(entry, "role") };
    let about =
        format!("{time} {change} of {name} to {principal} by {} at {scope}", text(entry, "by"));
    all.push(Target {
        kind: Topic::Grant,
        id: grant_id(time, change, principal, role, scope),
        about,
    });
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Returns a text as a basic string of TOML in which nothing is hidden.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() || is_hidden(c) => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::triage::{Decision, Triage};

    fn template(report: &Value) -> String {
        let mut out = Vec::new();
        write_template(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn everything_open_is_written_once_and_reads_back() {
        let report = json!({
            "alerts": [
                {"id": "a1", "verdict": "open", "ips": ["10.0.0.1"], "title": "t"},
                {"id": "a2", "verdict": "expected"}, {"id": "a3", "verdict": "open", "sample": true},
            ],
            "findings": [
                {"rule_id": "r", "principal": "p", "ips": ["10.0.0.1"]},
                {"rule_id": "r", "principal": "p", "actors": ["p", "q"]}, {"rule_id": "r", "principal": null},
            ],
            "users": [{"id": "p", "risk": {"level": "high", "score": 7}}, {"id": "q", "risk": {"level": "none"}}],
            "subscriptions": [{
                "runbooks": [{"resource_id": "/r/b"}, {"resource_id": "/r/b"}],
                "iam_changes": [
                    {"time": "t", "change": "grant", "principal": "o", "role_id": "i", "scope": "/s", "standing": true},
                    {"change": "revoke", "standing": true}, {"change": "grant", "standing": false},
                ],
                "residue": [{"resource_id": "/x", "still_present": true}, {"resource_id": "/y", "still_present": false}],
            }],
        });
        let text = template(&report);
        assert!(text.contains(" by p with q, 2 from "), "{text}");
        let triage = Triage::parse("t", &text).unwrap();
        let ids: Vec<_> = triage.marks.iter().map(super::super::Mark::label).collect();
        let (mine, nobodys) = (group_id("r", "p"), group_id("r", ""));
        let expected = [
            "alert a1".to_owned(),
            format!("group {mine}"),
            format!("group {nobodys}"),
            "principal p".into(),
            "address 10.0.0.1".into(),
            "runbook /r/b".into(),
            format!("grant {}", grant_id("t", "grant", "o", "i", "/s")),
            "resource /x".into(),
        ];
        assert_eq!(ids, expected);
        assert!(triage.marks.iter().all(|mark| mark.decision == Decision::Undecided));
    }

    #[test]
    fn hostile_text_stays_in_its_comment_and_its_string() {
        let evil = "x\"\n[[alert]]\r\u{1b}[2J\u{202e}\u{0}\\";
        let report = json!({
            "alerts": [{"id": evil, "verdict": "open", "title": evil}],
            "triage": {"marks": [{"kind": "address", "id": evil, "mark": "expected", "reason": evil,
                "author": evil, "expires": evil, "state": evil}]},
        });
        let text = template(&report);
        assert!(!text.chars().any(|c| c != '\n' && (c.is_control() || is_hidden(c))), "{text}");
        let triage = Triage::parse("t", &text).unwrap();
        let marks: Vec<_> = triage.marks.iter().map(|m| (m.kind, m.id.as_str())).collect();
        let id = evil.to_lowercase();
        assert_eq!(marks, [(Topic::Alert, id.as_str()), (Topic::Address, id.as_str())]);
        assert_eq!((triage.marks[1].reason.as_str(), triage.marks[1].expires), (evil, None));
    }

    #[test]
    fn marks_are_carried_over_before_what_is_new() {
        let report = json!({
            "alerts": [{"id": "new", "verdict": "open"}, {"id": "old", "verdict": "open"}],
            "triage": {"marks": [{"kind": "alert", "id": "old", "mark": "unexpected", "reason": "r",
                "author": "kim", "expires": "2030-01-01T00:00:00Z", "state": "applied"}]},
        });
        let marks = Triage::parse("t", &template(&report)).unwrap().marks;
        let told: Vec<_> =
            marks.iter().map(|m| (m.id.as_str(), m.decision, m.author.as_str())).collect();
        let expected = [("old", Decision::Unexpected, "kim"), ("new", Decision::Undecided, "")];
        assert_eq!(told, expected);
        assert_eq!(marks[0].expires.unwrap().to_string(), "2030-01-01T00:00:00Z");
    }
}
