//! From a document to a rule.

use std::collections::BTreeMap;

use super::condition::Searches;
use super::correlation;
use super::detection;
use super::error::{Problem, closest};
use super::members::Members;
use super::native;
use super::placeholder::Placeholders;
use super::trial;
use super::value::Reader;
use super::yaml::Node;
use super::{Kind, Level, LogSource, Rule, Wanted};
use crate::base::hash::content_id;

/// Whose a text of rules is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// Built in, and read by a test before.
    Tool,
    /// Given by whoever runs the tool.
    User,
}

/// Reads one document.
pub(super) fn rule(
    document: &Node,
    path: &str,
    owner: Owner,
    placeholders: &Placeholders,
) -> Result<Rule, Problem> {
    let mut members = Members::of(document, "a rule")?;
    let Some(title) = members.text("title")? else {
        return Err(Problem::new(members.at, "a rule needs a title"));
    };
    let levels: Vec<&str> = Level::ALL.iter().map(|level| level.as_str()).collect();
    let outcomes = Wanted::ALL.map(Wanted::as_str);
    let id = members.text("id")?;
    let outcome_at = members.at_of("outcome");
    let outcome = members.word("outcome", Wanted::by_name, &outcomes)?;
    let reader = &mut Reader::new(placeholders).of(owner);
    let kind = kind(&mut members, outcome, reader)?;
    if let (Kind::Correlation(_), Some(at)) = (&kind, outcome_at) {
        return Err(Problem::new(
            at,
            "a correlation has no outcome: the rules that it names have theirs",
        ));
    }
    Ok(Rule {
        id: id.unwrap_or_else(|| derived_id('r', document)),
        name: members.text("name")?,
        level: members
            .word("level", |word| Level::parse(word).map(Some), &levels)?
            .unwrap_or(Level::Medium),
        status: members.text("status")?,
        description: members.text("description")?,
        falsepositives: members.lines("falsepositives")?,
        references: members.lines("references")?,
        tags: members.texts("tags")?,
        logsource: logsource(&mut members)?,
        outcome,
        fields: fields(&mut members),
        accuses: members.texts("accuses")?,
        tells: members.texts("tells")?,
        sums_up: members.flag("sums_up")?,
        feeds: members.texts("feeds")?,
        tests: trial::read(&mut members)?,
        title,
        kind,
        path: path.to_owned(),
        builtin: owner == Owner::Tool,
        other: rest(members),
    })
}

/// The id of a document that has none of its own, made of all that it says.
pub(super) fn derived_id(kind: char, document: &Node) -> String {
    content_id(kind, &[&document.to_json().to_string()])
}

/// Takes the fields that the author wants to see. Sigma has the key, and whatever other tools write there
/// that is no list of texts stays as it is.
fn fields(members: &mut Members<'_>) -> Vec<String> {
    let listed = members.peek("fields").map(Node::texts);
    match listed {
        Some(Ok(fields)) => {
            members.take("fields");
            fields
        }
        Some(Err(_)) | None => Vec::new(),
    }
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

fn kind(
    members: &mut Members<'_>,
    outcome: Wanted,
    reader: &mut Reader<'_>,
) -> Result<Kind, Problem> {
    if let Some(node) = members.take("correlation") {
        let mut correlation = correlation::read(node)?;
        // The schema of the specification has it here, its tools have it inside.
        correlation.generate |= members.flag("generate")?;
        return Ok(Kind::Correlation(correlation));
    }
    let Some(node) = members.take("detection") else { return Err(without_detection(members)) };
    // A native rule may say elsewhere how its searches are put together.
    let is_native = native::KEYS.iter().any(|key| members.has_block(key));
    let mut detection = detection::read(node, !is_native, reader)?;
    let condition = (!detection.condition.is_empty()).then_some(&detection.expr);
    let mut known = Searches::new(&detection.searches);
    let native = native::read(members, &mut known, condition, outcome)?;
    let unused = known.unused();
    detection.unused.retain(|name| unused.contains(name));
    match native {
        Some(native) => Ok(Kind::Native(detection, native)),
        None => Ok(Kind::Single(detection)),
    }
}

/// What is wrong with a rule that looks for nothing: perhaps the key is mistyped.
fn without_detection(members: &Members<'_>) -> Problem {
    let message = "a rule needs a detection";
    let known = ["detection", "correlation", "filter"];
    let near = |key: &str| closest(key, known.into_iter());
    match members.left.iter().find_map(|(key, _)| Some((key, near(&key.text)?))) {
        Some((key, near)) => {
            let message = format!("{message}; did you mean \"{near}\" by \"{}\"?", key.text);
            Problem::new(key.at, message)
        }
        None => Problem::new(members.at, message),
    }
}

/// Reads a text with one rule that is known to be right.
#[cfg(test)]
pub(super) fn read_one(text: &str) -> Rule {
    let node = super::yaml::documents(text).expect("YAML").remove(0);
    rule(&node, "test.yml", Owner::User, &Placeholders::default()).expect("a rule")
}

#[cfg(test)]
mod tests {
    use super::super::expr::Expr;
    use super::super::yaml::documents;
    use super::*;

    fn refused(text: &str) -> (usize, usize, String) {
        let node = documents(text).unwrap().remove(0);
        let problem = rule(&node, "p", Owner::User, &Placeholders::default()).expect_err(text);
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
             modified: 2026/01/03\nfields: [a, b.c]\nscope: [server]\nreferences:\nfalsepositives:\n  -\n  - x\n\
             logsource: {product: azure, definition: d}\ncustom: {deep: [1]}\n\
             detection: {s: {a: b}, condition: s}\n",
        );
        let kept = "author custom date license modified related scope taxonomy";
        assert_eq!(rule.other.keys().cloned().collect::<Vec<_>>().join(" "), kept);
        assert_eq!(rule.other["custom"].to_string(), r#"{"deep":[1]}"#);
        assert_eq!(rule.fields, ["a", "b.c"]);
        assert_eq!((rule.falsepositives.len(), rule.references.len()), (1, 0));
    }

    #[test]
    fn a_correlation_generates_wherever_it_says_so() {
        let generates = |inside: &str, beside: &str| {
            let rule = read_one(&format!(
                "title: T\n{beside}correlation: {{type: temporal, rules: [a], timespan: 1h{inside}}}\n"
            ));
            matches!(rule.kind, Kind::Correlation(correlation) if correlation.generate)
        };
        assert!(generates(", generate: true", "") && generates("", "generate: true\n"));
        assert!(!generates("", "") && !generates(", generate: false", "generate: false\n"));
    }

    #[test]
    fn prose_needs_no_quotes() {
        let rule = read_one(
            "title: T\nfalsepositives:\n  - Admins: at night\nreferences:\n  - See: https://x.example/\n\
             detection: {s: {a: b}, condition: s}\n",
        );
        assert_eq!(rule.falsepositives, ["Admins: at night"]);
        assert_eq!(rule.references, ["See: https://x.example/"]);
    }

    #[test]
    fn words_of_other_tools_are_kept() {
        let rule = read_one(
            "title: T\nstate: enabled\nalert: true\nbaseline: 7\nchain: kill\ntests: x.json\n\
             detection: {s: {a: b}, condition: s}\n",
        );
        assert!(matches!(rule.kind, Kind::Single(_)) && rule.tests.is_empty());
        let kept = "alert baseline chain state tests";
        assert_eq!(rule.other.keys().cloned().collect::<Vec<_>>().join(" "), kept);
    }

    #[test]
    fn fields_that_are_no_texts_are_kept_as_they_are() {
        for fields in ["{a: b}", "[{a: b}]", "[[a]]"] {
            let text =
                format!("title: T\nfields: {fields}\ndetection: {{s: {{a: b}}, condition: s}}\n");
            let rule = read_one(&text);
            assert!(rule.fields.is_empty() && rule.other.contains_key("fields"), "{fields}");
        }
    }

    #[test]
    fn keys_that_sigma_does_not_know_have_their_types() {
        for (line, message) in [
            ("sums_up: 'yes'", "sums_up must be true or false"),
            ("accuses: {a: b}", "expected text, found a map"),
            ("tells: [[a]]", "expected text, found a list"),
        ] {
            let text = format!("title: T\ndetection: {{s: {{a: b}}, condition: s}}\n{line}\n");
            let (at, _, told) = refused(&text);
            assert_eq!((at, told.as_str()), (3, message), "{line}");
        }
    }

    #[test]
    fn several_conditions_are_alternatives() {
        let rule =
            read_one("title: T\ndetection:\n  s: {a: b}\n  t: {c: d}\n  condition: [s, t]\n");
        let Kind::Single(detection) = rule.kind else { panic!("a detection") };
        assert!(matches!(detection.expr, Expr::Any(parts) if parts.len() == 2));
    }

    #[test]
    fn aggregations_and_placeholders_are_kept() {
        for (detection, evaluated) in [
            ("timeframe: 5m, condition: s", true),
            ("condition: 's | count() by c > 5'", true),
            ("condition: 's | near t'", false),
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
            ("title: T\ndetections: {s: {a: b}}\n", 2, 1, "did you mean \"detection\" by"),
            (
                "title: T\nlevel: higgh\ndetection: {s: {a: b}, condition: s}\n",
                2,
                8,
                "mean \"high\"",
            ),
            (
                "title: T\ncorrelation: {type: event_count, rules: a, timespan: 1h, group_by: b}\n",
                2,
                58,
                "did you mean \"group-by\"?",
            ),
            (
                "title: T\noutcome: failed\ncorrelation: {type: event_count, rules: a, timespan: 1h, condition: {gte: 2}}\n",
                2,
                10,
                "a correlation has no outcome",
            ),
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
                "no sample is called \"x\"",
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
