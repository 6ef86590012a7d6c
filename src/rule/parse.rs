//! From a document to a rule.

use std::collections::BTreeMap;

use super::detection;
use super::error::{Place, Problem};
use super::placeholder::Placeholders;
use super::value::Reader;
use super::yaml::{Key, Node, Value};
use super::{Kind, Level, LogSource, Rule, SelfTest, Wanted};
use crate::base::hash::content_id;

/// The members of a document, taken one by one; what is left is kept as it is.
pub(super) struct Members<'n> {
    at: Place,
    left: Vec<&'n (Key, Node)>,
}

impl<'n> Members<'n> {
    pub(super) fn of(node: &'n Node, what: &str) -> Result<Self, Problem> {
        match &node.value {
            Value::Map(members) => Ok(Members { at: node.at, left: members.iter().collect() }),
            _ => {
                Err(Problem::new(node.at, format!("{what} must be a map, and is {}", node.kind())))
            }
        }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<&'n Node> {
        let found = self.left.iter().position(|(known, _)| known.text == key)?;
        let (_, node) = self.left.remove(found);
        Some(node)
    }

    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, Problem> {
        let Some(node) = self.take(key) else { return Ok(None) };
        if matches!(node.value, Value::Null) {
            return Ok(None);
        }
        let text = node.text().ok_or_else(|| {
            Problem::new(node.at, format!("{key} must be text, and is {}", node.kind()))
        })?;
        let text = text.trim();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    fn texts(&mut self, key: &str) -> Result<Vec<String>, Problem> {
        self.take(key).map_or(Ok(Vec::new()), Node::texts)
    }

    /// Takes one word out of those that `read` knows.
    fn word<T: Default>(
        &mut self,
        key: &str,
        read: fn(&str) -> Option<T>,
        words: &[&str],
    ) -> Result<T, Problem> {
        let at = self.left.iter().find(|(known, _)| known.text == key).map_or(self.at, |m| m.1.at);
        let Some(word) = self.text(key)? else { return Ok(T::default()) };
        read(&word).ok_or_else(|| {
            Problem::new(at, format!("{key} \"{word}\" is none of {}", words.join(", ")))
        })
    }
}

/// Reads one document.
pub(super) fn rule(
    document: &Node,
    path: &str,
    builtin: bool,
    placeholders: &Placeholders,
) -> Result<Rule, Problem> {
    let mut members = Members::of(document, "a rule")?;
    let Some(title) = members.text("title")? else {
        return Err(Problem::new(members.at, "a rule needs a title"));
    };
    let levels = Level::ALL.map(Level::as_str);
    let outcomes = Wanted::ALL.map(Wanted::as_str);
    let id = members.text("id")?;
    let kind = kind(&mut members, placeholders)?;
    Ok(Rule {
        id: id.unwrap_or_else(|| content_id('r', &[&title, &format!("{kind:?}")])),
        name: members.text("name")?,
        level: members.word("level", Level::by_name, &levels)?,
        status: members.text("status")?,
        description: members.text("description")?,
        falsepositives: members.texts("falsepositives")?,
        references: members.texts("references")?,
        tags: members.texts("tags")?,
        logsource: logsource(&mut members)?,
        outcome: members.word("outcome", Wanted::by_name, &outcomes)?,
        tests: tests(&mut members)?,
        title,
        kind,
        path: path.to_owned(),
        builtin,
        other: rest(members),
    })
}

fn rest(members: Members<'_>) -> BTreeMap<String, serde_json::Value> {
    members.left.into_iter().map(|(key, node)| (key.text.clone(), node.to_json())).collect()
}

pub(super) fn logsource(members: &mut Members<'_>) -> Result<LogSource, Problem> {
    let Some(node) = members.take("logsource") else { return Ok(LogSource::default()) };
    let mut inner = Members::of(node, "logsource")?;
    Ok(LogSource {
        product: inner.text("product")?,
        category: inner.text("category")?,
        service: inner.text("service")?,
    })
}

fn kind(members: &mut Members<'_>, placeholders: &Placeholders) -> Result<Kind, Problem> {
    if members.left.iter().any(|(key, _)| key.text == "correlation") {
        return Ok(Kind::Correlation("correlation".to_owned()));
    }
    let Some(node) = members.take("detection") else {
        return Err(Problem::new(members.at, "a rule needs a detection"));
    };
    Ok(Kind::Single(detection::read(node, &mut Reader::new(placeholders))?))
}

fn tests(members: &mut Members<'_>) -> Result<Vec<SelfTest>, Problem> {
    let Some(node) = members.take("tests") else { return Ok(Vec::new()) };
    let Value::List(items) = &node.value else {
        return Err(Problem::new(node.at, "tests must be a list"));
    };
    items.iter().enumerate().map(|(number, item)| test(item, number)).collect()
}

fn test(node: &Node, number: usize) -> Result<SelfTest, Problem> {
    let mut inner = Members::of(node, "a test")?;
    let name = inner.text("name")?.unwrap_or_else(|| format!("test {}", number + 1));
    let (hit, miss) = (inner.take("hit"), inner.take("miss"));
    let (hit, records) = match (hit, miss) {
        (Some(records), None) => (true, records),
        (None, Some(records)) => (false, records),
        _ => return Err(Problem::new(node.at, "a test needs either hit or miss")),
    };
    if let Some((key, _)) = inner.left.first() {
        return Err(Problem::new(key.at, format!("a test has no key \"{}\"", key.text)));
    }
    let records: Vec<&Node> = match &records.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![records],
    };
    if let Some(odd) = records.iter().find(|record| !matches!(record.value, Value::Map(_))) {
        return Err(Problem::new(odd.at, format!("a record must be a map, and is {}", odd.kind())));
    }
    Ok(SelfTest { name, hit, records: records.into_iter().map(Node::to_json).collect() })
}

/// Reads a text with one rule that is known to be right.
#[cfg(test)]
pub(super) fn read_one(text: &str) -> Rule {
    let node = super::yaml::documents(text).expect("YAML").remove(0);
    rule(&node, "test.yml", false, &Placeholders::default()).expect("a rule")
}

#[cfg(test)]
mod tests {
    use super::super::expr::Expr;
    use super::super::yaml::documents;
    use super::*;

    fn refused(text: &str) -> (usize, usize, String) {
        let node = documents(text).unwrap().remove(0);
        let problem = rule(&node, "p", false, &Placeholders::default()).expect_err(text);
        (problem.at.line, problem.at.column, problem.message)
    }

    #[test]
    fn a_rule_is_read_with_defaults_and_unknown_keys() {
        let rule = read_one(
            "title: T\nauthor: me\nscope: [a]\ndetection:\n  s: {a: b}\n  t: {c: d}\n  condition: s\n",
        );
        assert_eq!((rule.level, rule.outcome), (Level::Medium, Wanted::Attempted));
        assert!(rule.id.starts_with('r') && rule.id.len() == 13);
        assert_eq!(rule.other.keys().collect::<Vec<_>>(), ["author", "scope"]);
        let Kind::Single(detection) = rule.kind else { panic!("a detection") };
        assert_eq!(detection.unused, ["t"]);
    }

    #[test]
    fn everything_the_specification_names_is_taken_and_what_is_unknown_is_kept() {
        let rule = read_one(
            "title: T\nid: 5af54681-df95-4c26-854f-2565e13cfab0\nname: n\nstatus: test\n\
             related: [{id: x, type: derived}]\ntaxonomy: sigma\nlicense: MIT\nauthor: a\ndate: 2026-01-02\n\
             modified: 2026/01/03\nfields: [a]\nscope: [server]\nreferences:\nfalsepositives:\n  -\n  - x\n\
             logsource: {product: azure, definition: d}\ncustom: {deep: [1]}\n\
             detection: {s: {a: b}, condition: s}\n",
        );
        let kept = "author custom date fields license modified related scope taxonomy";
        assert_eq!(rule.other.keys().cloned().collect::<Vec<_>>().join(" "), kept);
        assert_eq!(rule.other["custom"].to_string(), r#"{"deep":[1]}"#);
        assert_eq!((rule.falsepositives.len(), rule.references.len()), (1, 0));
    }

    #[test]
    fn several_conditions_are_alternatives() {
        let rule =
            read_one("title: T\ndetection:\n  s: {a: b}\n  t: {c: d}\n  condition: [s, t]\n");
        let Kind::Single(detection) = rule.kind else { panic!("a detection") };
        assert!(matches!(detection.expr, Expr::Any(parts) if parts.len() == 2));
    }

    #[test]
    fn correlations_and_aggregations_are_kept_by_name() {
        let correlation = read_one("title: T\ncorrelation: {type: event_count}\n");
        assert!(matches!(correlation.kind, Kind::Correlation(_)));
        assert!(correlation.unsupported().is_some());
        for (detection, evaluated) in [
            ("timeframe: 5m, condition: s", true),
            ("condition: 's | count() by c > 5'", false),
            ("t: {'a|expand': '%x%'}, condition: s", false),
        ] {
            let text = format!("title: T\ndetection: {{s: {{a: b}}, {detection}}}\n");
            assert_eq!(read_one(&text).unsupported().is_none(), evaluated, "{text}");
        }
    }

    #[test]
    fn faults_name_line_and_column() {
        for (text, line, column, part) in [
            ("title: T\n", 1, 1, "needs a detection"),
            ("detection: {}\n", 1, 1, "needs a title"),
            ("title: T\nlevel: severe\ndetection: {s: {a: b}, condition: s}\n", 2, 8, "is none of"),
            ("title: T\ndetection:\n  s: {a: b}\n  condition: s and x\n", 4, 20, "no search \"x\""),
            (
                "title: T\ndetection:\n  s:\n    a|foo: b\n  condition: s\n",
                4,
                5,
                "unknown modifier",
            ),
            ("title: T\ndetection:\n  s:\n    a|gt: [1, b]\n  condition: s\n", 4, 15, "no number"),
            ("title: [T]\ndetection: {s: {a: b}, condition: s}\n", 1, 8, "must be text"),
            (
                "title: T\ndetection: {s: {a: b}, condition: s}\ntests: [{hit: [x]}]\n",
                3,
                16,
                "must be a map",
            ),
            (
                "title: T\ndetection: {s: {a: b}, condition: s}\ntests: [{name: x}]\n",
                3,
                9,
                "hit or miss",
            ),
            ("- a\n", 1, 1, "must be a map"),
        ] {
            let (l, c, message) = refused(text);
            assert_eq!((l, c), (line, column), "{text}: {message}");
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn tests_of_a_rule_are_records_that_hit_or_miss() {
        let rule = read_one(
            "title: T\ndetection: {s: {a: b}, condition: s}\ntests:\n  - {name: n, hit: [{a: 1}]}\n  - miss: {a: 2}\n",
        );
        assert_eq!(rule.tests.len(), 2);
        assert_eq!((rule.tests[0].name.as_str(), rule.tests[0].hit), ("n", true));
        assert_eq!(rule.tests[1].records[0].to_string(), r#"{"a":2}"#);
    }
}
