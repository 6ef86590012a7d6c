//! The tests that a rule brings along: records that must make it speak or must not.
//!
//! A test is told in few words: what a record leaves out is filled in when the
//! test is run, records that come again and again are written once, and so are samples that
//! several tests share.

use serde_json::Value as Json;

use super::call;
use super::error::Problem;
use super::members::Members;
use super::sample::Samples;
use super::yaml::{Key, Node, Value};

/// A test that a rule brings along.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfTest {
    /// What it shows.
    pub name: String,
    /// Whether the rule must speak.
    pub hit: bool,
    /// How many findings the rule must tell, where the test says it.
    pub findings: Option<usize>,
    /// What is in the evidence, in order of time.
    pub items: Vec<Item>,
}

/// Something in the evidence of a test.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// An event in the shape of diagnostic settings, with gaps; a second after what stands before it.
    Record(Json),
    /// Events that come again and again. In their texts `{n}` is the number of the round, from 1,
    /// and `{NAME}` its value of this name.
    Rounds {
        /// How often they come.
        repeat: usize,
        /// How long after what stands before them, in nanoseconds.
        after: i64,
        /// Between the beginnings of two rounds, in nanoseconds.
        every: i64,
        /// Values of the rounds with their names: as many rounds as there are, or none.
        values: Vec<Vec<(String, String)>>,
        /// The events of a round, a second apart; each round is a call of its own.
        records: Vec<Json>,
    },
    /// What the analyst looks out for.
    Watchlist(Vec<String>),
    /// Where networks are, as `NETWORK COUNTRY ASN`; without it nobody knows where addresses are.
    Places(Vec<String>),
    /// An alert in the shape of the REST API; times that it leaves out are those of its place.
    Alert(Json),
}

/// A test may repeat its records this often.
const MAX_ROUNDS: usize = 20_000;
const SECOND: i64 = 1_000_000_000;

/// Reads the tests of a rule.
pub(super) fn read(members: &mut Members<'_>) -> Result<Vec<SelfTest>, Problem> {
    let mut samples = Samples::read(members.take("samples"))?;
    let node = members.has_block("tests").then(|| members.take("tests")).flatten();
    let Some(node) = node else { return samples.end().map(|()| Vec::new()) };
    let Value::List(items) = &node.value else {
        return Err(Problem::new(node.at, "tests must be a list"));
    };
    let items = items.iter().enumerate();
    let tests: Vec<SelfTest> =
        items.map(|(number, item)| test(item, number, &mut samples)).collect::<Result<_, _>>()?;
    samples.end()?;
    Ok(tests)
}

fn test(node: &Node, number: usize, samples: &mut Samples) -> Result<SelfTest, Problem> {
    let mut inner = Members::of(node, "a test")?;
    let name = inner.text("name")?.unwrap_or_else(|| format!("test {}", number + 1));
    let (hit, miss) = (inner.take("hit"), inner.take("miss"));
    let (hit, records) = match (hit, miss) {
        (Some(records), None) => (true, records),
        (None, Some(records)) => (false, records),
        _ => return Err(Problem::new(node.at, "a test needs either hit or miss")),
    };
    let findings = inner.count("findings")?;
    if findings == Some(0) || findings.is_some() && !hit {
        return Err(Problem::new(
            node.at,
            "findings are counted where the rule speaks: with hit, from 1",
        ));
    }
    inner.end("a test")?;
    let records = samples.told_all(list(records))?;
    let items: Vec<Item> = records.iter().map(item).collect::<Result<_, _>>()?;
    Ok(SelfTest { name, hit, findings, items })
}

fn list(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![node],
    }
}

fn item(node: &Node) -> Result<Item, Problem> {
    let mut members = Members::of(node, "a record")?;
    if let Some(alert) = members.take("alert") {
        Members::of(alert, "an alert")?;
        members.end("an alert of a test")?;
        return Ok(Item::Alert(alert.to_json()));
    }
    if members.has("watchlist") {
        let entries = members.texts("watchlist")?;
        members.end("a watchlist of a test")?;
        return Ok(Item::Watchlist(entries));
    }
    if members.has("places") {
        let places = members.texts("places")?;
        members.end("the places of a test")?;
        return Ok(Item::Places(places));
    }
    let is_call = members.has("call");
    let records = members.take("records").or_else(|| members.take("record"));
    if records.is_none() && !is_call {
        return Ok(Item::Record(node.to_json()));
    }
    let values = values(members.take("for"))?;
    let repeat = members.count("repeat")?.unwrap_or(values.len().max(1));
    if !values.is_empty() && values.len() != repeat {
        return Err(Problem::new(node.at, "there are as many rounds as values"));
    }
    let after = members.span("after")?.unwrap_or(SECOND);
    let every = members.span("every")?.unwrap_or(SECOND);
    let records: Vec<Json> = match records {
        None => call::read(&mut members)?,
        Some(records) => {
            members.end("an item of a test")?;
            let all = list(records).into_iter().map(record).collect::<Result<Vec<_>, _>>()?;
            all.into_iter().flatten().collect()
        }
    };
    if repeat == 0 {
        return Err(Problem::new(node.at, "repeat must be 1 or more"));
    }
    if repeat.saturating_mul(records.len()) > MAX_ROUNDS {
        return Err(Problem::new(node.at, format!("a test has at most {MAX_ROUNDS} records")));
    }
    Ok(Item::Rounds { repeat, after, every, values, records })
}

/// The values of rounds: one each, which is `{x}`, or a map of them.
fn values(node: Option<&Node>) -> Result<Vec<Vec<(String, String)>>, Problem> {
    let Some(node) = node else { return Ok(Vec::new()) };
    let one = |node: &Node| match &node.value {
        Value::Map(members) => {
            let text = |(key, inner): &(Key, Node)| Ok((key.text.clone(), word(inner)?));
            members.iter().map(text).collect()
        }
        _ => Ok(vec![("x".to_owned(), word(node)?)]),
    };
    list(node).into_iter().map(one).collect()
}

fn word(node: &Node) -> Result<String, Problem> {
    let found = node.text();
    found.ok_or_else(|| {
        Problem::new(node.at, format!("the value of a round must be text, and is {}", node.kind()))
    })
}

/// A record of a round, or the records of a call in it.
fn record(node: &Node) -> Result<Vec<Json>, Problem> {
    let mut members = Members::of(node, "a record")?;
    if members.has("call") { call::read(&mut members) } else { Ok(vec![node.to_json()]) }
}

#[cfg(test)]
mod tests {
    use super::super::parse::read_one;
    use super::super::{Rule, RuleSet};
    use super::*;

    fn rule(tests: &str) -> Rule {
        read_one(&format!("title: T\ndetection: {{s: {{a: b}}, condition: s}}\ntests:\n{tests}"))
    }

    #[test]
    fn tests_of_a_rule_are_records_that_hit_or_miss() {
        let rule = rule("  - {name: n, hit: [{a: 1}]}\n  - miss: {a: 2}\n");
        assert_eq!(rule.tests.len(), 2);
        assert_eq!((rule.tests[0].name.as_str(), rule.tests[0].hit), ("n", true));
        let Item::Record(record) = &rule.tests[1].items[0] else { panic!("a record") };
        assert_eq!(record.to_string(), r#"{"a":2}"#);
    }

    #[test]
    fn findings_are_counted_where_the_rule_speaks() {
        let rule = rule("  - {hit: {a: 1}, findings: 2}\n  - {hit: {a: 1}}\n");
        assert_eq!(
            rule.tests.iter().map(|test| test.findings).collect::<Vec<_>>(),
            [Some(2), None]
        );
        for wrong in ["{miss: {a: 1}, findings: 1}", "{hit: {a: 1}, findings: 0}"] {
            let text =
                format!("title: T\ndetection: {{s: {{a: b}}, condition: s}}\ntests: [{wrong}]\n");
            let error = RuleSet::from_text("p", &text).unwrap_err().to_string();
            assert!(error.contains("with hit, from 1"), "{error}");
        }
    }

    #[test]
    fn records_can_come_again_and_alerts_among_them() {
        let rule = rule(
            "  - hit: [{repeat: 5, every: 1m, after: 2d, record: {a: '{n}'}}, {alert: {x: 1}}]\n",
        );
        let [Item::Rounds { repeat, after, every, records, .. }, Item::Alert(_)] =
            &rule.tests[0].items[..]
        else {
            panic!("rounds and an alert")
        };
        assert_eq!((*repeat, *after, *every), (5, 2 * 86_400 * SECOND, 60 * SECOND));
        assert_eq!(records.len(), 1);
    }

    #[test]
    fn rounds_have_one_value_or_several_with_names() {
        let rule = rule(
            "  - hit: [{for: [p, 7], record: {a: '{x}'}}, {for: [{b: 1, c: z}], record: {}}]\n",
        );
        let values = |item: &Item| match item {
            Item::Rounds { values, .. } => format!("{values:?}"),
            _ => panic!("rounds"),
        };
        let [one, many] = &rule.tests[0].items[..] else { panic!("two items") };
        assert_eq!(values(one), r#"[[("x", "p")], [("x", "7")]]"#);
        assert_eq!(values(many), r#"[[("b", "1"), ("c", "z")]]"#);
    }

    #[test]
    fn a_call_stands_for_its_records() {
        let rule = rule("  - hit: [{call: A/B/WRITE, repeat: 2, every: 1m}]\n");
        let Item::Rounds { repeat, records, .. } = &rule.tests[0].items[0] else {
            panic!("rounds")
        };
        assert_eq!((*repeat, records.len()), (2, 2));
    }

    #[test]
    fn rounds_are_bounded() {
        for tests in [
            "  - hit: [{repeat: 100000, record: {a: 1}}]\n",
            "  - hit: [{repeat: 0, record: {a: 1}}]\n",
            "  - hit: [{repeat: 2, often: 1, record: {a: 1}}]\n",
            "  - hit: [{repeat: 2, for: [a], record: {a: 1}}]\n",
            "  - hit: [{for: [[a]], record: {a: 1}}]\n",
            "  - hit: [{alert: x}]\n",
        ] {
            let text =
                format!("title: T\ndetection: {{s: {{a: b}}, condition: s}}\ntests:\n{tests}");
            assert!(RuleSet::from_text("p", &text).is_err(), "{tests}");
        }
    }
}
