//! Whom a rule accuses of operations of several, and which of these its findings are about.

use super::{RESOURCE, found};
use crate::detect::program::Program;
use crate::detect::selftest::verdict;
use crate::rule::{Item, RuleSet};

const OTHER: &str = "identity: {claims: {appid: 7f59a773-2eaf-429c-a059-50fc5bb28b44, oid: 11111111-1111-4111-8111-111111111111}}";

/// A write by one, then a delete by another and by the first.
fn items() -> String {
    let record = |operation: &str, more: &str| {
        format!("{{operationName: A.b/c/{operation}, {}, {more}}}", RESOURCE.replace("{n}", "1"))
    };
    let all = [record("write", "x: y"), record("delete", OTHER), record("delete", "x: y")];
    format!("tests: [{{hit: [{}]}}]\n", all.join(", "))
}

fn chain(more: &str) -> String {
    format!(
        "title: T\n{more}detection:\n  w: {{operationName: A.b/c/write}}\n  d: {{operationName: A.b/c/delete}}\n  \
         condition: w\nchain: {{steps: [w, {{name: use, when: d}}], by: [resource_id], within: 1h, ordered: true}}\n{}",
        items()
    )
}

fn correlation(more: &str) -> String {
    let part = |name: &str| {
        format!(
            "---\ntitle: P\nid: p{name}\nname: {name}\ndetection: {{s: {{operationName: A.b/c/{name}}}, condition: s}}\n"
        )
    };
    format!(
        "title: T\nid: t\n{more}correlation: {{type: temporal, rules: [write, delete], group-by: [resource_id], timespan: 1h}}\n{}{}{}",
        items(),
        part("write"),
        part("delete")
    )
}

/// Whose the only finding is, and all that it accuses.
fn accused(text: &str) -> (u32, Vec<u32>) {
    let set = RuleSet::from_text("p.yml", text).unwrap_or_else(|error| panic!("{error}"));
    let tests = set.rules().iter().flat_map(|rule| &rule.tests);
    let items: Vec<Item> = tests.flat_map(|test| test.items.clone()).collect();
    let verdict = verdict(&set, &Program::compile(&set), &items).unwrap();
    let [finding] = verdict.findings.as_slice() else { panic!("{:?}", verdict.findings) };
    (finding.identity, finding.accused().to_vec())
}

#[test]
fn a_finding_is_of_its_first_actor_unless_the_rule_accuses_others() {
    for (text, part) in [(chain as fn(&str) -> String, "use"), (correlation, "delete")] {
        let (first, all) = accused(&text(""));
        assert_eq!(all, [first]);
        let (whose, each) = accused(&text("accuses: each\n"));
        assert_eq!((whose, each.len(), each[0]), (first, 2, first));
        // The first of those who took the step.
        let (whose, of_part) = accused(&text(&format!("accuses: {part}\n")));
        assert_eq!((whose, &of_part[..]), (each[1], &[each[1], first][..]));
    }
}

#[test]
fn a_correlation_tells_the_operations_of_the_rules_that_it_names() {
    assert_eq!(found(&correlation("")), [3]);
    assert_eq!(found(&correlation("tells: write\n")), [1]);
    assert_eq!(found(&correlation("tells: [delete]\n")), [2]);
}

/// A write by one and a delete by another, found by a chain of these steps, and perhaps by other rules.
fn steps(steps: &str, ordered: bool, more: &str) -> (usize, Vec<u32>) {
    let place = RESOURCE.replace("{n}", "1");
    let text = format!(
        "title: T\nid: t\nlevel: high\naccuses: use\ndetection:\n  w: {{operationName: A.b/c/write}}\n  \
         all: {{operationName|contains: /c/}}\n  condition: all\n\
         chain: {{steps: {steps}, by: [resource_id], within: 1h, ordered: {ordered}}}\n\
         tests: [{{hit: [{{operationName: A.b/c/write, {place}}}, {{operationName: A.b/c/delete, {place}, {OTHER}}}]}}]\n{more}"
    );
    let set = RuleSet::from_text("p.yml", &text).unwrap_or_else(|error| panic!("{error}"));
    let items = set.rules()[0].tests[0].items.clone();
    let verdict = verdict(&set, &Program::compile(&set), &items).unwrap();
    let [found] = &verdict.findings.iter().filter(|one| one.rule == 0).collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", verdict.findings)
    };
    (found.operations.len(), found.accused().to_vec())
}

/// Whose the two operations of [`steps`] are.
fn both() -> (u32, u32) {
    let (_, all) = steps("[w, {name: use, when: all}]", false, "");
    let &[first, other] = &all[..] else { panic!("{all:?}") };
    (first, other)
}

#[test]
fn only_who_took_the_step_is_accused() {
    let (_, other) = both();
    let one_by_one = steps("[w, {name: use, when: all}]", true, "");
    assert_eq!(one_by_one, (2, vec![other]));
}

#[test]
fn a_step_that_another_rule_found_is_not_taken_up_by_an_earlier_step() {
    let (_, other) = both();
    let found = "---\ntitle: P\nid: p\nlevel: low\ndetection: {s: {operationName|contains: A.b/c}, condition: s}\n";
    for (all, ordered) in [
        ("[w, {name: use, finding: low}]", true),
        ("[w, {name: use, finding: low}]", false),
        ("[{name: use, finding: low}, w]", false),
    ] {
        assert_eq!(steps(all, ordered, found), (2, vec![other]), "{all} {ordered}");
    }
}
