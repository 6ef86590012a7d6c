//! The tests that a rule brings along, run through the same code as evidence.
//!
//! Each test is a few records of one operation in the shape of diagnostic
//! settings. What a record leaves out is filled in, so that a test says only
//! what it is about.

use serde_json::{Map, Value as Json, json};

use super::code;
use super::finding::Finding;
use super::program::Program;
use crate::base::dict::Dict;
use crate::base::hash::KeyHasher;
use crate::corpus::{Corpus, Entry, NONE, Names, Probe, ProbeSession, Status};
use crate::ledger::collapse;
use crate::rule::{Rule, RuleSet, SelfTest};
use crate::schema::Event;
use crate::shape::normal::{Context, Normaliser};
use crate::shape::{Nested, Reading, Record, Row, recognise};

/// A test that did not turn out as the rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The test.
    pub test: String,
    /// What is wrong, in one sentence.
    pub message: String,
}

/// Runs the tests of a rule; fails with all tests that did not turn out as the rule says.
pub fn run(rule: &Rule) -> Result<(), Vec<Failure>> {
    let set = RuleSet::of(rule.clone());
    let program = Program::compile(&set);
    let fails = |test: &SelfTest| {
        let message = match findings(&program, &test.records) {
            Ok(found) if found.is_empty() != test.hit => return None,
            Ok(found) if found.is_empty() => "the rule is silent, and should speak".to_owned(),
            Ok(_) => "the rule speaks, and should not".to_owned(),
            Err(message) => message,
        };
        Some(Failure { test: test.name.clone(), message })
    };
    let failures: Vec<Failure> = rule.tests.iter().filter_map(fails).collect();
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

/// What a program finds in a few records; fails when one of them is no event.
pub(super) fn findings(program: &Program, records: &[Json]) -> Result<Vec<Finding>, String> {
    let mut bench = Bench::new(program);
    for (number, record) in records.iter().enumerate() {
        bench
            .take(number, record)
            .map_err(|message| format!("record {}: {message}", number + 1))?;
    }
    let corpus = bench.corpus;
    Ok(program.evaluate(&corpus, &collapse(&corpus)))
}

/// A small corpus in memory, filled record by record.
struct Bench<'p> {
    corpus: Corpus,
    normaliser: Normaliser,
    session: Box<dyn ProbeSession + Send + 'p>,
}

impl<'p> Bench<'p> {
    fn new(program: &'p Program) -> Self {
        Bench {
            corpus: Corpus::empty(),
            normaliser: Normaliser::default(),
            session: program.session(),
        }
    }

    fn take(&mut self, number: usize, record: &Json) -> Result<(), String> {
        let whole = filled(number, record).to_string();
        let nested = Nested::parse(whole).ok_or("nests too deep")?;
        let value = nested.root();
        let shape = recognise(&Record::new(value)).ok_or("is no record of the Activity Log")?;
        let Reading::Event(fields) = shape.shape().read else {
            return Err(format!("is taken for {}", shape.shape().name));
        };
        let mut row = Row::default();
        let read =
            self.normaliser.event(&fields(value), &Context::default(), &mut row, &mut |_| ());
        read.map_err(|_| "has no readable time")?;
        let at = code(self.corpus.spine.len());
        let identity = &self.normaliser.identities()[row.identity];
        self.session.test(at, &row, identity, value, &mut self.corpus.hits);
        self.corpus.identities = self.normaliser.identities().to_vec();
        self.push(&row, shape.0);
        Ok(())
    }

    fn push(&mut self, row: &Row, shape: u8) {
        let names = &mut self.corpus.names;
        let get = |column| row.get(column).unwrap_or_default();
        // One call, as the corpus keys it: role assignments are joined by their id alone.
        let operation = get(Event::Operation);
        let by_id = operation.starts_with("MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/");
        let key = KeyHasher::new(b'o')
            .field(if by_id { "" } else { get(Event::CorrelationId) }.as_bytes())
            .field(operation.as_bytes())
            .field(get(Event::ResourceId).as_bytes());
        let mut place = |column, dict: fn(&mut Names) -> &mut Dict| {
            row.get(column).map_or(NONE, |text| dict(names).code(text))
        };
        let entry = Entry {
            time: row.time,
            operation_key: key.finish(),
            operation: place(Event::Operation, |names| &mut names.operation),
            resource: place(Event::ResourceId, |names| &mut names.resource),
            subscription: place(Event::SubscriptionId, |names| &mut names.subscription),
            identity: code(row.identity),
            ip: NONE,
            kind: NONE,
            error: NONE,
            http: row.http_status.unwrap_or(0),
            status: Status::of(get(Event::Status)),
            shape,
            digits: row.digits,
            ..Entry::default()
        };
        self.corpus.spine.push(entry);
    }
}

/// A record with what it leaves out: time, category, correlation, resource, result and an ordinary user.
pub(super) fn filled(number: usize, record: &Json) -> Json {
    let mut whole = Map::new();
    let second = number % 60;
    whole.insert("time".into(), json!(format!("2026-03-02T10:00:{second:02}.0000000Z")));
    whole.insert("resourceId".into(), json!(RESOURCE));
    whole.insert("category".into(), json!("Administrative"));
    whole.insert("resultType".into(), json!("Success"));
    whole.insert("correlationId".into(), json!("0f3c9d52-7f6e-4f0a-8a55-6d0b5b1f7e21"));
    whole.insert("identity".into(), json!({ "claims": claims() }));
    if let Json::Object(members) = record {
        whole.extend(members.clone());
    }
    Json::Object(whole)
}

const RESOURCE: &str = "/SUBSCRIPTIONS/6F1C2A4E-3B7D-4C58-9A01-5D2E8F7B9C10/RESOURCEGROUPS/RG-APP\
    /PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/VM-01";

/// The claims of an ordinary user at the portal.
fn claims() -> Json {
    json!({
        "appid": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
        "appidacr": "2",
        "iss": "https://sts.windows.net/70ebe3a3-5b30-435d-9d67-7716d74ca190/",
        "name": "Ann Example",
        "puid": "1003200012345678",
        "http://schemas.microsoft.com/identity/claims/objectidentifier": "5a0c7b9e-1d2f-4e83-9b64-0c7f2a9d8e31",
        "http://schemas.microsoft.com/identity/claims/tenantid": "70ebe3a3-5b30-435d-9d67-7716d74ca190",
        "http://schemas.microsoft.com/identity/claims/scope": "user_impersonation",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "ann@corp.example",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": "ann@corp.example"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_rule_passes_its_own_tests() {
        let mut wrong = Vec::new();
        for rule in RuleSet::builtin().rules() {
            assert!(rule.tests.len() >= 2, "{}", rule.path);
            if let Err(failures) = run(rule) {
                wrong.extend(
                    failures
                        .into_iter()
                        .map(|f| format!("{}: {}: {}", rule.path, f.test, f.message)),
                );
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn rule(outcome: &str, tests: &str) -> Rule {
        let text = format!(
            "title: T\ndetection: {{s: {{operationName: A.b/c/write, body.x: 1}}, condition: s}}\n\
             outcome: {outcome}\ntests: [{tests}]\n"
        );
        RuleSet::from_text("p", &text).unwrap().rules()[0].clone()
    }

    const START: &str =
        r#"{operationName: A.B/C/WRITE, resultType: Start, properties: {requestbody: '{"x":1}'}}"#;

    #[test]
    fn body_and_outcome_may_stand_on_different_records() {
        let end = |result: &str| format!("{{operationName: a.b/c/write, resultType: {result}}}");
        let (done, refused, open) = (end("Success"), end("Failure"), end("Accept"));
        for (outcome, result, hit) in [
            ("succeeded", &done, true),
            ("succeeded", &refused, false),
            ("succeeded", &open, true),
            ("failed", &refused, true),
            ("failed", &done, false),
            ("attempted", &refused, true),
        ] {
            let kind = if hit { "hit" } else { "miss" };
            assert_eq!(
                run(&rule(outcome, &format!("{{{kind}: [{START}, {result}]}}"))),
                Ok(()),
                "{outcome} {result}"
            );
        }
    }

    #[test]
    fn a_test_that_turns_out_otherwise_is_a_failure() {
        let failures = run(&rule(
            "succeeded",
            &format!("{{name: n, hit: [{START}]}}, {{miss: [{{category: x}}]}}"),
        ));
        let failures = failures.unwrap_err();
        assert_eq!(failures.len(), 2);
        assert_eq!(failures[0].test, "n");
        assert!(failures[0].message.contains("silent"));
        assert!(failures[1].message.contains("is taken for"), "{failures:?}");
    }
}
