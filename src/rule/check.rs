//! What is odd about a rule that can be read: things that make it useless or hard to judge.

use super::{Applied, Filter, Matcher, Pattern, Piece, Rule, Test};
use crate::azure::operation::{self, Logged};
use crate::schema::Event;

/// Something odd about a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// No condition names this search.
    UnusedSearch(String),
    /// Nothing says what harmless causes there are.
    NoFalsePositives,
    /// A timeframe stands there that nothing counts within.
    IdleTimeframe,
    /// There is no test of this kind.
    NoTest(&'static str),
    /// The Activity Log never records this operation.
    NeverRecorded(String),
    /// No catalogue knows this operation.
    UnknownOperation(String),
    /// A filter names a rule that its log does not have.
    NoSuchRule(String),
}

/// Returns what is odd about a filter; rules for which `is_known` holds may be loaded another time.
pub fn check_filter(
    filter: &Filter,
    applied: &Applied,
    is_known: &dyn Fn(&str) -> bool,
) -> Vec<Remark> {
    let unused = filter.unused.iter().cloned().map(Remark::UnusedSearch);
    // A filter that is not used at all has been told of as such.
    let missing = applied.missing.iter().filter(|_| filter.unsupported().is_none());
    let missing = missing.filter(|name| !is_known(name)).cloned().map(Remark::NoSuchRule);
    unused.chain(missing).collect()
}

/// Returns what is odd about a rule, each thing once, in order of the document.
pub fn check(rule: &Rule) -> Vec<Remark> {
    let Some(detection) = rule.detection() else { return Vec::new() };
    let mut remarks: Vec<Remark> = Vec::new();
    remarks.extend(detection.unused.iter().cloned().map(Remark::UnusedSearch));
    if detection.idle_timeframe {
        remarks.push(Remark::IdleTimeframe);
    }
    if rule.falsepositives.is_empty() {
        remarks.push(Remark::NoFalsePositives);
    }
    for (hit, kind) in [(true, "hit"), (false, "miss")] {
        if !rule.tests.iter().any(|test| test.hit == hit) {
            remarks.push(Remark::NoTest(kind));
        }
    }
    for (_, search) in &detection.searches {
        search.each_test(&mut |test| {
            let remark = whole_operation(test).and_then(|name| judge(&name));
            remarks.extend(remark.filter(|remark| !remarks.contains(remark)));
        });
    }
    remarks
}

/// The operation that a test asks for by its whole name.
fn whole_operation(test: &Test) -> Option<String> {
    let field = test.field.as_deref()?;
    let Matcher::Pattern(pattern) = &test.matcher else { return None };
    if Event::from_field(field) != Some(Event::Operation) {
        return None;
    }
    only_text(pattern).map(str::to_owned)
}

fn only_text(pattern: &Pattern) -> Option<&str> {
    match pattern.pieces() {
        [Piece::Text(text)] => Some(text),
        _ => None,
    }
}

fn judge(name: &str) -> Option<Remark> {
    match operation::known(name) {
        None => Some(Remark::UnknownOperation(name.to_owned())),
        Some(known) if known.logged == Logged::No => Some(Remark::NeverRecorded(name.to_owned())),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::RuleSet;
    use super::super::parse::read_one;
    use super::*;

    #[test]
    fn gaps_and_hopeless_operations_are_remarked() {
        let rule = read_one(
            "title: T\ndetection:\n  a: {operationName: Microsoft.KeyVault/vaults/secrets/getSecret/action}\n  \
             b: {operationName: [Nonesuch/x/write, Nonesuch/x/write]}\n  c: {d: e}\n  timeframe: 5m\n  condition: a or b\n",
        );
        assert_eq!(
            check(&rule),
            [
                Remark::UnusedSearch("c".into()),
                Remark::IdleTimeframe,
                Remark::NoFalsePositives,
                Remark::NoTest("hit"),
                Remark::NoTest("miss"),
                Remark::NeverRecorded("microsoft.keyvault/vaults/secrets/getsecret/action".into()),
                Remark::UnknownOperation("nonesuch/x/write".into()),
            ]
        );
    }

    #[test]
    fn a_filter_that_names_no_rule_is_remarked() {
        let text = "title: F\nfilter: {rules: [x, y], s: {a: b}, t: {a: b}, condition: s}\n";
        let set = RuleSet::from_text("p", text).unwrap();
        let found = check_filter(&set.filters()[0], &set.applied()[0], &|name| name == "y");
        assert_eq!(found, [Remark::UnusedSearch("t".into()), Remark::NoSuchRule("x".into())]);
    }

    #[test]
    fn patterns_of_operations_are_not_judged() {
        let rule =
            read_one("title: T\ndetection: {s: {operationName: '*/delete'}, condition: s}\n");
        assert!(!check(&rule).iter().any(|r| matches!(r, Remark::UnknownOperation(_))));
    }
}
