//! Why a rule is silent in one of its tests: the searches that nothing in the evidence meets.

use super::program::Program;
use super::selftest::{verdict, watching};
use crate::rule::{Detection, Kind, Rule, RuleSet, Search, SelfTest, Wanted};

/// Which searches of a rule and its parts no operation of a test meets, in words.
pub(super) fn unmet(set: &RuleSet, rule: &Rule, test: &SelfTest) -> String {
    let mut names: Vec<String> = Vec::new();
    for part in std::iter::once(rule).chain(set.parts(rule)) {
        for Search { name, expr } in part.detection().into_iter().flat_map(|own| &own.searches) {
            let Some(detection) = part.detection() else { continue };
            let (aggregation, filters) = (None, Vec::new());
            let alone = Detection { expr: expr.clone(), aggregation, filters, ..detection.clone() };
            let (kind, outcome) = (Kind::Single(alone), Wanted::Attempted);
            let alone = RuleSet::of(Rule { kind, outcome, ..part.clone() });
            let set = watching(&alone, test);
            let met = verdict(&set, &Program::compile(&set), &test.items);
            if met.is_ok_and(|verdict| verdict.findings.is_empty()) {
                names.push(format!("`{name}`"));
            }
        }
    }
    match names.as_slice() {
        [] => "each of its searches is met by some operation".to_owned(),
        names => format!("no operation meets {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::selftest::run;
    use super::*;

    #[test]
    fn a_rule_that_is_silent_names_the_searches_that_nothing_meets() {
        let text = "title: T\ndetection: {s: {operationName: A.b/c/write}, t: {level: x}, condition: s and t}\n\
                    tests: [{hit: {operationName: A.B/C/WRITE}}]\n---\n\
                    title: U\ndetection: {s: {operationName: A.b/c/write}, condition: s}\noutcome: failed\n\
                    tests: [{hit: {operationName: A.B/C/WRITE}}]\n";
        let set = RuleSet::from_text("p", text).unwrap();
        let message = |at: usize| run(&set, &set.rules()[at]).unwrap_err()[0].message.clone();
        assert!(message(0).ends_with("; no operation meets `t`"), "{}", message(0));
        assert!(message(1).ends_with("; each of its searches is met by some operation"));
    }
}
