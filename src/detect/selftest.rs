//! The tests that a rule brings along, run through the same code as evidence.
//!
//! Each test is some records in the shape of diagnostic settings, and alerts. What a record leaves out is filled in, so that a test says only
//! what it is about.

mod bench;

use std::borrow::Cow;

use serde_json::Value as Json;

use self::bench::Bench;
#[cfg(test)]
pub(super) use self::bench::nth;
use super::evaluate::{Hidden, Verdict};
use super::finding::Finding;
use super::program::Program;
use super::scene::Matching;
use super::unmet::unmet;
use crate::base::text::counted;
use crate::corpus::Corpus;
use crate::ledger::{Ledger, collapse};
use crate::rule::{Item, Rule, RuleSet, SelfTest, Watchlist};

/// A test that did not turn out as the rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The test.
    pub test: String,
    /// What is wrong, in one sentence.
    pub message: String,
}

/// Runs the tests of a rule, with the other rules of its file; fails with all tests that did not turn out as the rule says.
pub fn run(set: &RuleSet, rule: &Rule) -> Result<(), Vec<Failure>> {
    let mut set = set.of_file(&rule.path);
    if set.rules().is_empty() {
        set = RuleSet::of(rule.clone());
    }
    let place = set.position(&rule.id).unwrap_or_default();
    let fails = |test: &SelfTest| {
        let set = watching(&set, test);
        let message = match verdict(&set, &Program::compile(&set), &test.items) {
            Ok(verdict) => {
                let hides = verdict.hidden.iter().find(|hidden| hidden.rule == place);
                let told = verdict.findings.iter().filter(|finding| finding.rule == place).count();
                let wanted = test.findings.unwrap_or(told);
                match (told, test.hit) {
                    (0, true) => {
                        let why = match hides {
                            Some(hidden) => {
                                format!("the filter \"{}\" hides it", title(&set, hidden))
                            }
                            None => unmet(&set, rule, test),
                        };
                        format!("the rule is silent, and should speak; {why}")
                    }
                    (0, false) => return None,
                    (_, false) => "the rule speaks, and should not".to_owned(),
                    (_, true) if told == wanted => return None,
                    (_, true) => {
                        let told = counted(told as u64, "finding", "findings");
                        format!("the rule tells {told}, and should tell {wanted}")
                    }
                }
            }
            Err(message) => message,
        };
        Some(Failure { test: test.name.clone(), message })
    };
    let failures: Vec<Failure> = rule.tests.iter().filter_map(fails).collect();
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

/// The title of the filter that hid something.
fn title<'s>(set: &'s RuleSet, hidden: &'s Hidden) -> &'s str {
    let filter = set.filters().iter().find(|filter| filter.id == hidden.filter);
    filter.map_or(&hidden.filter, |filter| &filter.title)
}

/// The rules of a test, with what its analyst looks out for.
pub(super) fn watching<'s>(set: &'s RuleSet, test: &SelfTest) -> Cow<'s, RuleSet> {
    let mut list = Watchlist::default();
    for item in &test.items {
        if let Item::Watchlist(entries) = item {
            for entry in entries {
                list.add(entry);
            }
        }
    }
    if list.is_empty() {
        return Cow::Borrowed(set);
    }
    let mut set = set.clone();
    set.watch(list);
    Cow::Owned(set)
}

/// Records of which a rule spoke in one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The rule, by its place in the set.
    pub rule: usize,
    /// The records, by their place in the input, by time.
    pub records: Vec<usize>,
}

/// Returns what rules say about records in memory, in the order of findings.
///
/// Records are in the shape of diagnostic settings and may leave out what tests of rules may. Those that
/// share a correlation id are one operation, as in evidence. Fails when one of them is no record.
/// Other engines are compared with this one through it.
pub fn told(set: &RuleSet, records: &[Json]) -> Result<Vec<Told>, String> {
    let items: Vec<Item> = records.iter().cloned().map(Item::Record).collect();
    let program = Program::compile(set);
    let (corpus, ledger, verdict) = judged(set, &program, &items, Matching::Operations)?;
    let of_finding = |finding: Finding| Told {
        rule: finding.rule,
        records: finding.rows(&corpus.spine, &ledger).iter().map(|&row| row as usize).collect(),
    };
    Ok(verdict.findings.into_iter().map(of_finding).collect())
}

/// What rules say about some evidence; fails when a part of it is no evidence.
pub(super) fn verdict(set: &RuleSet, program: &Program, items: &[Item]) -> Result<Verdict, String> {
    Ok(judged(set, program, items, Matching::Operations)?.2)
}

/// The same where what is matched are events.
#[cfg(test)]
pub(super) fn verdict_of_events(set: &RuleSet, items: &[Item]) -> Verdict {
    let program = Program::compile(set);
    judged(set, &program, items, Matching::Events).expect("evidence").2
}

fn judged(
    set: &RuleSet,
    program: &Program,
    items: &[Item],
    matching: Matching,
) -> Result<(Corpus, Ledger, Verdict), String> {
    let mut corpus = corpus(program, items)?;
    let ledger = collapse(&corpus);
    let held = program.hold(&mut corpus, &ledger, matching);
    let verdict = program.evaluate(set, &corpus, &ledger, &held);
    Ok((corpus, ledger, verdict))
}

/// Some evidence as it is after reading; fails when a part of it is no evidence.
fn corpus(program: &Program, items: &[Item]) -> Result<Corpus, String> {
    let mut bench = Bench::new(program);
    for (number, item) in items.iter().enumerate() {
        bench.take(number, item).map_err(|message| format!("record {}: {message}", number + 1))?;
    }
    Ok(bench.finish())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_built_in_rule_passes_its_own_tests() {
        let mut wrong = Vec::new();
        let set = RuleSet::builtin_with_tests();
        for rule in set.rules() {
            let is_part = set.of_file(&rule.path).rules().len() > 1 && rule.tests.is_empty();
            assert!(rule.tests.len() >= 2 || is_part, "{}", rule.path);
            if let Err(failures) = run(&set, rule) {
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
                run(
                    &RuleSet::default(),
                    &rule(outcome, &format!("{{{kind}: [{START}, {result}]}}"))
                ),
                Ok(()),
                "{outcome} {result}"
            );
        }
    }

    #[test]
    fn findings_about_records_name_them_by_their_place() {
        let set =
            RuleSet::from_text("p", "title: T\ndetection: {s: {level: [a, b]}, condition: s}\n");
        let call = |level, call| json!({ "level": level, "operationName": "A.B/C/WRITE", "correlationId": call });
        let records = [call("a", "1"), call("c", "2"), call("b", "3")];
        let told = told(&set.unwrap(), &records).unwrap();
        assert_eq!(told, [Told { rule: 0, records: vec![0, 2] }]);
    }

    #[test]
    fn a_rule_that_tells_too_often_fails_its_test() {
        let end = "{operationName: a.b/c/write, properties: {requestbody: '{\"x\":1}'}}";
        let far = format!("{{after: 9d, record: {end}}}");
        let tests = |findings| format!("{{hit: [{end}, {end}, {far}], findings: {findings}}}");
        assert_eq!(run(&RuleSet::default(), &rule("attempted", &tests(2))), Ok(()));
        let failures = run(&RuleSet::default(), &rule("attempted", &tests(1))).unwrap_err();
        assert_eq!(failures[0].message, "the rule tells 2 findings, and should tell 1");
    }

    #[test]
    fn filters_of_the_same_file_are_laid_over_the_rule() {
        let text = "title: T\nid: t\ndetection: {s: {operationName: A.b/c/write}, condition: s}\n\
                    tests: [{hit: {operationName: A.B/C/WRITE}}, {miss: {operationName: A.B/C/WRITE, level: x}}]\n---\n\
                    title: Known\nfilter: {rules: [t], s: {level: x}, condition: not s}\n";
        let set = RuleSet::from_text("p", text).unwrap();
        assert_eq!(run(&set, &set.rules()[0]), Ok(()));
        let set = RuleSet::from_text("p", &text.replace("not s", "s")).unwrap();
        let failures = run(&set, &set.rules()[0]).unwrap_err();
        assert!(failures[0].message.ends_with("the filter \"Known\" hides it"), "{failures:?}");
    }

    #[test]
    fn a_test_that_turns_out_otherwise_is_a_failure() {
        let failures = run(
            &RuleSet::default(),
            &rule(
                "succeeded",
                &format!("{{name: n, hit: [{START}]}}, {{miss: [{{category: x}}]}}"),
            ),
        );
        let failures = failures.unwrap_err();
        assert_eq!(failures.len(), 2);
        assert_eq!(failures[0].test, "n");
        assert!(failures[0].message.contains("silent"));
        assert!(failures[1].message.contains("is taken for"), "{failures:?}");
    }
}
