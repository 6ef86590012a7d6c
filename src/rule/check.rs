//! What is odd about the document of a rule that can be read: things that make it hard to judge.
//!
//! What makes it useless is found by [`crate::detect::audit`], which knows operations and fields.

use std::fmt;

use super::{Accused, Applied, Filter, Kind, Rule};

/// Something odd about a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// No condition names this search.
    UnusedSearch(String),
    /// Nothing says what harmless causes there are.
    NoFalsePositives,
    /// A correlation has this key, which means nothing.
    UnknownKey(String),
    /// The condition over the rules of a correlation does not name this one.
    UnusedRule(String),
    /// A correlation has a detection too, which is not read.
    IdleDetection,
    /// A timeframe stands there that nothing counts within.
    IdleTimeframe,
    /// Its author gave it up.
    Deprecated,
    /// All values of this field must be met, and there is only one.
    LoneValue(String),
    /// It has no tests.
    NoTests,
    /// There is no test of this kind.
    NoTest(&'static str),
    /// Its key `accuses` or `tells` names this step or rule, and it has none of that name.
    NoSuchPart(String),
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
    let mut remarks: Vec<Remark> = Vec::new();
    if rule.is_of_status("deprecated") {
        remarks.push(Remark::Deprecated);
    }
    let detection = match &rule.kind {
        Kind::Single(detection) | Kind::Native(detection, _) => detection,
        Kind::Correlation(own) => {
            if rule.other.contains_key("detection") {
                remarks.push(Remark::IdleDetection);
            }
            remarks.extend(own.unknown.iter().cloned().map(Remark::UnknownKey));
            remarks.extend(own.unused.iter().cloned().map(Remark::UnusedRule));
            remarks.extend(no_parts(rule));
            return remarks;
        }
    };
    remarks.extend(no_parts(rule));
    remarks.extend(detection.lone.iter().cloned().map(Remark::LoneValue));
    remarks.extend(detection.unused.iter().cloned().map(Remark::UnusedSearch));
    if detection.idle_timeframe {
        remarks.push(Remark::IdleTimeframe);
    }
    if rule.falsepositives.is_empty() {
        remarks.push(Remark::NoFalsePositives);
    }
    if rule.tests.is_empty() {
        remarks.push(Remark::NoTests);
        return remarks;
    }
    for (hit, kind) in [(true, "hit"), (false, "miss")] {
        if !rule.tests.iter().any(|test| test.hit == hit) {
            remarks.push(Remark::NoTest(kind));
        }
    }
    remarks
}

/// The steps and rules that it names and does not have.
fn no_parts(rule: &Rule) -> Vec<Remark> {
    let accused = match rule.accused() {
        Accused::Of(names) => names,
        Accused::First | Accused::Each => Vec::new(),
    };
    let parts = rule.parts();
    let all = accused.into_iter().chain(rule.tells.iter().map(String::as_str));
    let missing = all.filter(|name| !parts.contains(name));
    missing.map(|name| Remark::NoSuchPart(name.to_owned())).collect()
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::UnusedSearch(name) => write!(f, "no condition names the search `{name}`"),
            Remark::NoFalsePositives => f.write_str("nothing says what harmless causes there are"),
            Remark::UnknownKey(key) => {
                write!(f, "the key `{key}` of the correlation means nothing here")
            }
            Remark::UnusedRule(name) => {
                write!(f, "the condition of the correlation does not name the rule `{name}`")
            }
            Remark::IdleDetection => {
                f.write_str("its detection is not read: it puts together what other rules match")
            }
            Remark::IdleTimeframe => f.write_str("nothing is counted within the timeframe"),
            Remark::Deprecated => f.write_str("its status is deprecated; it runs all the same"),
            Remark::LoneValue(field) => {
                write!(f, "`all` asks for several values of {field}, and there is one")
            }
            Remark::NoTests => f.write_str("it has no tests"),
            Remark::NoTest(kind) => write!(f, "there is no test of a {kind}"),
            Remark::NoSuchPart(name) => {
                write!(f, "accuses or tells names `{name}`, which is no step and no rule of it")
            }
            Remark::NoSuchRule(name) => write!(f, "no rule of its log is called {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::RuleSet;
    use super::super::parse::read_one;
    use super::*;

    #[test]
    fn gaps_of_the_document_are_remarked() {
        let rule = |tests: &str| {
            let detection = "{a: {b: c}, d: {e: f}, timeframe: 5m, condition: a}";
            check(&read_one(&format!("title: T\ndetection: {detection}\n{tests}")))
        };
        let gaps =
            [Remark::UnusedSearch("d".into()), Remark::IdleTimeframe, Remark::NoFalsePositives];
        assert_eq!(rule(""), [&gaps[..], &[Remark::NoTests]].concat());
        let missing = Remark::NoTest("miss");
        assert_eq!(rule("tests: [{hit: {b: c}}]\n"), [&gaps[..], &[missing]].concat());
    }

    #[test]
    fn what_was_given_up_and_values_that_stand_alone_are_remarked() {
        let odd = |status: &str, search: &str| {
            let rule = format!(
                "title: T\nstatus: {status}\ndetection: {{s: {{{search}}}, condition: s}}\n"
            );
            let mut odd = check(&read_one(&rule));
            odd.truncate(odd.len() - 2);
            odd
        };
        assert_eq!(odd("Deprecated", "a: b"), [Remark::Deprecated]);
        let lone = [Remark::LoneValue("a".to_owned())];
        assert_eq!(odd("stable", "a|contains|all: b"), lone);
        assert_eq!(odd("stable", "a|contains|all: [b]"), lone);
        assert_eq!(odd("stable", "a|contains|all: [b, c]"), []);
        assert_eq!(odd("stable", "a|expand|all: '%b%'"), []);
        let rule =
            read_one("title: T\nstatus: unsupported\ndetection: {s: {a: b}, condition: s}\n");
        assert_eq!(rule.unsupported().as_deref(), Some("its status is unsupported"));
    }

    #[test]
    fn keys_and_rules_of_a_correlation_that_mean_nothing_are_remarked() {
        let rule = read_one(
            "title: T\ncorrelation: {type: temporal, rules: [a], timespan: 1h, gap: 5m, window: session}\n",
        );
        let unknown = |key: &str| Remark::UnknownKey(key.to_owned());
        assert_eq!(check(&rule), [unknown("gap"), unknown("window")]);
        let rule = read_one(
            "title: T\ncorrelation: {type: temporal, rules: [a, b, c], timespan: 1h, condition: a and not c}\n",
        );
        assert_eq!(check(&rule), [Remark::UnusedRule("b".to_owned())]);
        let rule = read_one(
            "title: T\ncorrelation: {type: event_count, rules: [a], timespan: 1h, condition: {gte: 2}}\n\
             detection: {s: {a: b}, condition: s}\n",
        );
        assert_eq!(check(&rule), [Remark::IdleDetection]);
    }

    #[test]
    fn a_part_that_is_accused_and_not_there_is_remarked() {
        let chain = |accuses: &str| {
            check(&read_one(&format!(
                "title: T\nfalsepositives: [x]\naccuses: {accuses}\n\
                 detection: {{a: {{b: c}}, d: {{b: e}}, condition: a or d}}\n\
                 chain: {{steps: [a, {{name: use, when: d}}], by: [actor], within: 1h}}\n"
            )))
        };
        let missing = |name: &str| Remark::NoSuchPart(name.to_owned());
        assert_eq!(chain("use"), [Remark::NoTests]);
        assert_eq!(chain("each"), [Remark::NoTests]);
        assert_eq!(chain("[a, used]"), [missing("used"), Remark::NoTests]);
        let correlation = |accuses: &str| {
            check(&read_one(&format!(
                "title: T\naccuses: {accuses}\n\
                 correlation: {{type: temporal, rules: [a, b], timespan: 1h}}\n"
            )))
        };
        assert_eq!((correlation("b"), correlation("c")), (vec![], vec![missing("c")]));
        let tells = correlation("b\ntells: [a, d]");
        assert_eq!(tells, [missing("d")]);
    }

    #[test]
    fn a_filter_that_names_no_rule_is_remarked() {
        let text = "title: F\nfilter: {rules: [x, y], s: {a: b}, t: {a: b}, condition: s}\n";
        let set = RuleSet::from_text("p", text).unwrap();
        let found = check_filter(&set.filters()[0], &set.applied()[0], &|name| name == "y");
        assert_eq!(found, [Remark::UnusedSearch("t".into()), Remark::NoSuchRule("x".into())]);
    }
}
