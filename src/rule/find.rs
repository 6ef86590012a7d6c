//! Finding a rule by what somebody remembers of it.

use super::{Rule, RuleSet};
use crate::base::near::far;

/// What was found.
#[derive(Debug, PartialEq)]
pub enum Found<'s> {
    /// The rule.
    One(&'s Rule),
    /// Several begin so.
    Several(Vec<&'s Rule>),
    /// None; these are near, the nearest first.
    Near(Vec<&'s Rule>),
}

/// Rules that are named in place of one that is not there.
const NEAR: usize = 5;

impl RuleSet {
    /// Returns the rule of an id or name, or the only one whose id or name begins so, ignoring case.
    pub fn look_up(&self, text: &str) -> Found<'_> {
        let text = text.trim();
        if let Some(rule) = self.find(text) {
            return Found::One(rule);
        }
        let folded = text.to_lowercase();
        let named = |rule: &Rule| {
            [Some(&rule.id), rule.name.as_ref()].map(|name| name.map(|n| n.to_lowercase()))
        };
        let is = |test: &dyn Fn(&str) -> bool| -> Vec<&Rule> {
            let fits = |rule: &&Rule| named(rule).iter().flatten().any(|name| test(name));
            self.rules().iter().filter(fits).collect()
        };
        let whole = is(&|name| name == folded);
        let begun = is(&|name| !folded.is_empty() && name.starts_with(&folded));
        match (whole.as_slice(), begun.as_slice()) {
            ([one], _) | ([], [one]) => Found::One(one),
            ([], []) => Found::Near(self.near(&folded)),
            _ => Found::Several(begun),
        }
    }

    /// Returns the rules that a correlation names, and those that they name, each once, in their order.
    pub fn parts<'s>(&'s self, rule: &'s Rule) -> Vec<&'s Rule> {
        let mut parts: Vec<&'s Rule> = Vec::new();
        self.add_parts(rule, &mut parts);
        parts
    }

    /// The set holds no correlation that needs itself, and none that is nested deep.
    fn add_parts<'s>(&'s self, rule: &'s Rule, parts: &mut Vec<&'s Rule>) {
        for part in self.needed(rule) {
            if !parts.iter().any(|known| known.id == part.id) {
                parts.push(part);
                self.add_parts(part, parts);
            }
        }
    }

    fn near(&self, folded: &str) -> Vec<&Rule> {
        let is_part = |title: &str| folded.chars().count() > 2 && title.contains(folded);
        let far = |rule: &Rule| {
            let part = is_part(&rule.title.to_lowercase()).then_some(0);
            part.or_else(|| far(&rule.label().to_lowercase(), folded))
        };
        let mut near: Vec<(usize, &Rule)> =
            self.rules().iter().filter_map(|rule| Some((far(rule)?, rule))).collect();
        near.sort_by_key(|(far, rule)| (*far, rule.label()));
        near.into_iter().take(NEAR).map(|(_, rule)| rule).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> RuleSet {
        let rule = |id: &str, name: &str| {
            format!(
                "title: About {name}\nid: {id}\nname: {name}\ndetection: {{s: {{a: b}}, condition: s}}\n"
            )
        };
        let rules = [
            rule("1f", "vm-run-command"),
            rule("2f", "vm-run-command-denied"),
            rule("3f", "kv-purged"),
        ];
        RuleSet::from_text("p", &rules.join("---\n")).unwrap()
    }

    fn names(found: Found<'_>) -> (char, Vec<String>) {
        let all = |rules: Vec<&Rule>| rules.iter().map(|r| r.label().to_owned()).collect();
        match found {
            Found::One(rule) => ('1', all(vec![rule])),
            Found::Several(rules) => ('+', all(rules)),
            Found::Near(rules) => ('-', all(rules)),
        }
    }

    #[test]
    fn rules_are_found_by_id_name_and_beginning() {
        let set = set();
        let found = |text: &str| names(set.look_up(text));
        let one = |name: &str| ('1', vec![name.to_owned()]);
        assert_eq!(found("3F"), one("kv-purged"));
        assert_eq!(found("kv"), one("kv-purged"));
        assert_eq!(found("VM-run-command"), one("vm-run-command"));
        assert_eq!(found("vm-run-command-d"), one("vm-run-command-denied"));
        assert_eq!(found("vm").0, '+');
        assert_eq!(found("kv-prged"), ('-', vec!["kv-purged".to_owned()]));
        assert_eq!(found("denied"), ('-', vec!["vm-run-command-denied".to_owned()]));
        assert_eq!(found("something else"), ('-', vec![]));
        assert_eq!(found("").0, '-');
    }

    #[test]
    fn parts_of_a_correlation_are_those_below_it_each_once() {
        let rule = |name: &str, rules: &str| {
            format!(
                "title: T\nid: {name}\ncorrelation: {{type: temporal, rules: [{rules}], timespan: 1h}}\n"
            )
        };
        let plain = "title: T\nid: p\ndetection: {s: {a: b}, condition: s}\n".to_owned();
        let text = [rule("a", "b, p"), rule("b", "p"), plain].join("---\n");
        let set = RuleSet::from_text("p", &text).unwrap();
        let parts = |id: &str| -> Vec<&str> {
            set.parts(set.find(id).unwrap()).iter().map(|rule| rule.id.as_str()).collect()
        };
        assert_eq!((parts("a"), parts("p")), (vec!["b", "p"], vec![]));
    }
}
