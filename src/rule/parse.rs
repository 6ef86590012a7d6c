//! From a document to a rule.

use std::collections::BTreeMap;

use super::condition;
use super::correlation;
use super::error::{Place, Problem};
use super::expr::Expr;
use super::members::Members;
use super::native;
use super::search;
use super::trial;
use super::yaml::{Node, Value};
use super::{Detection, Kind, Level, LogSource, Rule, Wanted};
use crate::base::hash::content_id;

/// Reads one document.
pub(super) fn rule(document: &Node, path: &str, builtin: bool) -> Result<Rule, Problem> {
    let mut members = Members::of(document, "a rule")?;
    if let Some(action) = members.take("action") {
        return Err(Problem::new(
            action.at,
            "documents with an action (global, repeat) are unsupported",
        ));
    }
    let Some(title) = members.text("title")? else {
        return Err(Problem::new(members.at, "a rule needs a title"));
    };
    let levels = Level::ALL.map(Level::as_str);
    let outcomes = Wanted::ALL.map(Wanted::as_str);
    let id = members.text("id")?;
    let outcome = members.word("outcome", Wanted::by_name, &outcomes)?;
    let kind = kind(&mut members, outcome)?;
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
        outcome,
        tests: trial::read(&mut members)?,
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

fn logsource(members: &mut Members<'_>) -> Result<LogSource, Problem> {
    let Some(node) = members.take("logsource") else { return Ok(LogSource::default()) };
    let mut inner = Members::of(node, "logsource")?;
    Ok(LogSource {
        product: inner.text("product")?,
        category: inner.text("category")?,
        service: inner.text("service")?,
    })
}

fn kind(members: &mut Members<'_>, outcome: Wanted) -> Result<Kind, Problem> {
    if let Some(node) = members.take("correlation") {
        return Ok(Kind::Correlation(correlation::read(node)?));
    }
    if members.has("filter") {
        return Ok(Kind::Other("a filter".to_owned()));
    }
    let Some(node) = members.take("detection") else {
        return Err(Problem::new(members.at, "a rule needs a detection"));
    };
    let is_native = native::KEYS.iter().any(|key| members.has(key));
    let Some(mut detection) = detection(node, is_native)? else {
        return Ok(Kind::Other("an aggregation over time".to_owned()));
    };
    let condition = (!detection.condition.is_empty()).then_some(&detection.expr);
    let (searches, unused) = (&detection.searches, &mut detection.unused);
    let mut used = |at: usize| unused.retain(|name| *name != searches[at].0);
    match native::read(members, searches, condition, outcome, &mut used)? {
        Some(native) => Ok(Kind::Native(detection, native)),
        None => Ok(Kind::Single(detection)),
    }
}

/// Reads a detection; `None` for one that counts over time in the old way.
///
/// A native rule may say elsewhere how its searches are put together.
fn detection(node: &Node, is_native: bool) -> Result<Option<Detection>, Problem> {
    let mut inner = Members::of(node, "detection")?;
    let conditions = inner.take("condition");
    if conditions.is_none() && !is_native {
        return Err(Problem::new(node.at, "a detection needs a condition"));
    }
    let written = conditions.map_or(Ok(Vec::new()), Node::texts)?;
    if inner.take("timeframe").is_some() || written.iter().any(|text| text.contains('|')) {
        return Ok(None);
    }
    let searches: Vec<_> = (inner.left.iter())
        .map(|(key, node)| Ok((key.text.clone(), search::read(node)?)))
        .collect::<Result<_, Problem>>()?;
    let Some(conditions) = conditions else {
        let unused = searches.iter().map(|(name, _)| name.clone()).collect();
        let expr = Expr::Any(Vec::new());
        return Ok(Some(Detection { searches, condition: written, expr, unused }));
    };
    if written.is_empty() {
        return Err(Problem::new(conditions.at, "a detection needs a condition"));
    }
    let places: Vec<Place> = match &conditions.value {
        Value::List(items) => items.iter().map(|item| item.at).collect(),
        _ => vec![conditions.at],
    };
    let mut used = vec![false; searches.len()];
    let mut alternatives = Vec::new();
    for (text, at) in written.iter().zip(places) {
        let found = condition::parse(text, &searches, &mut |search| used[search] = true);
        alternatives.push(found.map_err(|fault| {
            let before = text.get(..fault.at).unwrap_or_default().chars().count();
            let at = Place { column: at.column + before, ..at };
            Problem::new(at, format!("condition: {}", fault.message))
        })?);
    }
    let unused = searches.iter().zip(used).filter(|(_, used)| !used);
    let unused = unused.map(|((name, _), _)| name.clone()).collect();
    let expr =
        if alternatives.len() == 1 { alternatives.remove(0) } else { Expr::Any(alternatives) };
    Ok(Some(Detection { searches, condition: written, expr, unused }))
}

/// Reads a text with one rule that is known to be right.
#[cfg(test)]
pub(super) fn read_one(text: &str) -> Rule {
    let node = super::yaml::documents(text).expect("YAML").remove(0);
    rule(&node, "test.yml", false).expect("a rule")
}

#[cfg(test)]
mod tests {
    use super::super::yaml::documents;
    use super::*;

    fn refused(text: &str) -> (usize, usize, String) {
        let node = documents(text).unwrap().remove(0);
        let problem = rule(&node, "p", false).expect_err(text);
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
    fn several_conditions_are_alternatives() {
        let rule =
            read_one("title: T\ndetection:\n  s: {a: b}\n  t: {c: d}\n  condition: [s, t]\n");
        let Kind::Single(detection) = rule.kind else { panic!("a detection") };
        assert!(matches!(detection.expr, Expr::Any(parts) if parts.len() == 2));
    }

    #[test]
    fn filters_and_aggregations_are_kept_by_name() {
        for text in [
            "title: T\nfilter: {rules: [x]}\n",
            "title: T\ndetection: {s: {a: b}, timeframe: 5m, condition: s}\n",
            "title: T\ndetection: {s: {a: b}, condition: 's | count() by c > 5'}\n",
        ] {
            assert!(matches!(read_one(text).kind, Kind::Other(_)), "{text}");
            assert!(read_one(text).unsupported().is_some());
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
}
