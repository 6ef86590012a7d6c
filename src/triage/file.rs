//! The triage file: TOML with one array of tables for each kind of target.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Decision, Mark, Topic};
use crate::base::{DateOrder, Time, net};
use crate::rule::{Error, Fault};

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Author of the marks that name none.
    #[serde(default)]
    author: String,
    #[serde(default)]
    alert: Vec<Entry>,
    #[serde(default)]
    group: Vec<Entry>,
    #[serde(default)]
    principal: Vec<Entry>,
    #[serde(default)]
    address: Vec<Entry>,
    #[serde(default)]
    runbook: Vec<Entry>,
    #[serde(default)]
    grant: Vec<Entry>,
    #[serde(default)]
    resource: Vec<Entry>,
    #[serde(default)]
    step: Vec<Entry>,
}

/// One mark as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    mark: Spanned<String>,
    #[serde(default)]
    reason: String,
    author: Option<String>,
    expires: Option<Spanned<Datetime>>,
}

/// What is wrong, and at which bytes of the text.
struct Problem(Range<usize>, String);

/// Reads all marks.
pub(super) fn marks(path: &str, text: &str) -> Result<Vec<Mark>, Error> {
    let file: File = toml::from_str(text).map_err(|error| {
        // The message may go over several lines, and the place is told beside it.
        let message = error.message().replace('\n', ", ");
        fault(path, text, &Problem(error.span().unwrap_or_default(), message))
    })?;
    let File { author, alert, group, principal, address, runbook, grant, resource, step } = file;
    let lists = [alert, group, principal, address, runbook, grant, resource, step];
    let mut marks = Vec::new();
    let mut seen = BTreeSet::new();
    for (kind, entries) in Topic::ALL.into_iter().zip(lists) {
        for entry in entries {
            let span = entry.id.span();
            let mark = mark(kind, entry, &author).map_err(|problem| fault(path, text, &problem))?;
            if !seen.insert((kind, mark.id.clone())) {
                let message = format!("the {} is marked twice", mark.label());
                return Err(fault(path, text, &Problem(span, message)));
            }
            marks.push(mark);
        }
    }
    Ok(marks)
}

fn mark(kind: Topic, entry: Entry, author: &str) -> Result<Mark, Problem> {
    let span = entry.mark.span();
    let word = entry.mark.get_ref().trim();
    // A step is done or not; everything else is expected or not.
    let (fits, words): (fn(Decision) -> bool, _) = match kind {
        Topic::Step => (|d| matches!(d, Decision::Done | Decision::Undecided), "done or undecided"),
        _ => (|d| d != Decision::Done, "expected, unexpected or undecided"),
    };
    let decision =
        Decision::ALL.into_iter().find(|d| d.as_str() == word && fits(*d)).ok_or_else(|| {
            Problem(span.clone(), format!("`{word}` is no mark of {}; use {words}", kind.of()))
        })?;
    let id = canonical(kind, &entry.id.get_ref().trim().to_lowercase());
    if id.is_empty() {
        return Err(Problem(entry.id.span(), "the id is empty".into()));
    }
    let author = entry.author.as_deref().unwrap_or(author).trim().to_owned();
    let reason = entry.reason.trim().to_owned();
    if decision != Decision::Undecided {
        for (what, value) in [("a reason", &reason), ("an author", &author)] {
            if value.is_empty() {
                let message = format!("a mark that decides needs {what}");
                return Err(Problem(span, message));
            }
        }
    }
    Ok(Mark { kind, id, decision, reason, author, expires: expires(entry.expires)? })
}

/// Returns an id as reports have it: addresses have several spellings, and an alert an id of Resource Manager.
fn canonical(kind: Topic, id: &str) -> String {
    match kind {
        Topic::Address => net::parse(id).map_or_else(|| id.to_owned(), |(ip, _)| ip.to_string()),
        Topic::Alert if id.starts_with("/subscriptions/") => {
            id.rsplit_once("/alerts/").map_or(id, |(_, name)| name).to_owned()
        }
        _ => id.to_owned(),
    }
}

/// Reads a date or a time; without a zone it is UTC, and a date is its first moment.
fn expires(written: Option<Spanned<Datetime>>) -> Result<Option<Time>, Problem> {
    let Some(written) = written else { return Ok(None) };
    let midnight = if written.get_ref().time.is_none() { "T00:00:00Z" } else { "" };
    let time = match written.get_ref().date {
        Some(_) => Time::parse(&format!("{}{midnight}", written.get_ref()), DateOrder::default()),
        None => None,
    };
    let message = "no date; write it as 2030-12-31 or 2030-12-31T12:00:00Z";
    time.map(Some).ok_or_else(|| Problem(written.span(), message.to_owned()))
}

fn fault(path: &str, text: &str, Problem(span, message): &Problem) -> Error {
    let before = text.get(..span.start).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    Error::Broken(Box::new(Fault {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[start..].chars().count() + 1,
        message: message.clone(),
        text: text[start..].lines().next().unwrap_or_default().to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        marks("t.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn marks_are_read_with_the_author_of_the_file_unless_they_name_one() {
        let text = "author = \"kim\"\n[[address]]\nid = \" 10.0.0.1 \"\nmark = \"expected\"\nreason = \"office\"\n\
            expires = 2030-01-02\n[[alert]]\nid = \"A\"\nmark = \"unexpected\"\nreason = \"r\"\nauthor = \"lee\"\n\
            [[group]]\nid = \"g1\"\nmark = \"undecided\"\n";
        let all = marks("t", text).unwrap();
        let told: Vec<_> = all.iter().map(|m| (m.label(), m.author.as_str())).collect();
        let expected = [
            ("alert a".into(), "lee"),
            ("group g1".into(), "kim"),
            ("address 10.0.0.1".into(), "kim"),
        ];
        assert_eq!(told, expected);
        assert_eq!(all[2].expires.unwrap().to_string(), "2030-01-02T00:00:00Z");
        let day = |d: &str| Time::parse(&format!("{d}T00:00:00Z"), DateOrder::default());
        assert!(all[2].is_expired(day("2030-01-02")) && !all[2].is_expired(day("2030-01-01")));
        assert!(!all[2].is_expired(None));
    }

    #[test]
    fn an_address_and_an_alert_are_known_by_every_name() {
        for (kind, written, id) in [
            (Topic::Address, "2001:0db8:0010:0000::0042", "2001:db8:10::42"),
            (Topic::Address, "198.51.100.77:443", "198.51.100.77"),
            (Topic::Address, "<redacted>", "<redacted>"),
            (
                Topic::Alert,
                "/subscriptions/s/providers/microsoft.security/locations/x/alerts/2517_a",
                "2517_a",
            ),
            (Topic::Alert, "a/b", "a/b"),
            (Topic::Resource, "/subscriptions/s/x/alerts/y", "/subscriptions/s/x/alerts/y"),
        ] {
            assert_eq!(canonical(kind, written), id);
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_a_caret() {
        let shown = wrong("[[alert]]\nid = \"a\"\nmark = \"fine\"\n");
        assert_eq!(
            shown,
            "t.toml:3:8: `fine` is no mark of an alert; use expected, unexpected or undecided\n\
             3 | mark = \"fine\"\n  |        ^"
        );
        for (text, place, message) in [
            ("x = [\n", "t.toml:1:6", "unclosed array"),
            ("[[alert]]\nid = \"a\"\nmrak = \"x\"\n", "t.toml:3:1", "unknown field `mrak`"),
            ("[[alert]]\nid = \"a\"\nmark = \"expected\"\n", "t.toml:3:8", "needs a reason"),
            ("[[alert]]\nid = \"a\"\nmark = \"expected\"\nreason=\"r\"", "t.toml:3:8", "an author"),
            ("[[alert]]\nid = \" \"\nmark = \"undecided\"\n", "t.toml:2:6", "the id is empty"),
            ("[[alert]]\nid = \"a\"\nmark = \"done\"\n", "t.toml:3:8", "`done` is no mark of"),
            ("[[step]]\nid = \"a\"\nmark = \"expected\"\n", "t.toml:3:8", "use done or undecided"),
            (
                "[[alert]]\nid = \"a\"\nmark = \"undecided\"\nexpires = 10:00:00\n",
                "t.toml:4:11",
                "no date",
            ),
            (
                "[[alert]]\nid = \"a\"\nmark = \"undecided\"\n[[alert]]\nid = \"A\"\nmark = \"undecided\"\n",
                "t.toml:5:6",
                "alert a is marked twice",
            ),
        ] {
            let shown = wrong(text);
            assert!(shown.starts_with(place) && shown.contains(message), "{shown}");
        }
    }

    #[test]
    fn nesting_without_end_is_an_error_and_no_crash() {
        assert!(!wrong(&format!("x = {}", "[".repeat(100_000))).is_empty());
        assert!(!wrong(&format!("x = {}", "{a=".repeat(100_000))).is_empty());
    }
}
