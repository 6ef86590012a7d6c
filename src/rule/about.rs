//! What a rule is, in few words: its kind, what it means in one line, what it feeds.

use super::{Kind, Level, Native, Rule};

/// Whose a finding is, of those whose operations it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Accused<'r> {
    /// Whoever did the first of the operations.
    #[default]
    First,
    /// Each of them.
    Each,
    /// Those who took these steps of a chain, or whom these rules of a correlation matched.
    Of(Vec<&'r str>),
}

impl Level {
    /// Returns what the level means for who reads a finding.
    pub const fn meaning(self) -> &'static str {
        match self {
            Level::Informational => "good to know",
            Level::Low => "worth a look when there is time",
            Level::Medium => "worth a look",
            Level::High => "likely an attack, or grave if it is one",
            Level::Critical => "an attack unless somebody can explain it",
        }
    }
}

impl Kind {
    /// Returns the word for how operations are put together.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Kind::Single(_) => "single",
            Kind::Native(_, Native::FirstSeen(_)) => "first_seen",
            Kind::Native(_, Native::Baseline(_)) => "baseline",
            Kind::Native(_, Native::State(_)) => "state",
            Kind::Native(_, Native::Chain(_)) => "chain",
            Kind::Native(_, Native::Alert(_)) => "alert",
            Kind::Correlation(_) => "correlation",
        }
    }

    /// Returns what that means.
    pub const fn meaning(&self) -> &'static str {
        match self {
            Kind::Single(_) => "each operation that meets the condition",
            Kind::Native(_, Native::FirstSeen(_)) => "something is done for the first time",
            Kind::Native(_, Native::Baseline(_)) => "something is unlike what was usual",
            Kind::Native(_, Native::State(_)) => "something is still there at the end",
            Kind::Native(_, Native::Chain(_)) => "several steps belong together",
            Kind::Native(_, Native::Alert(_)) => "something is done near an alert",
            Kind::Correlation(_) => "matches of other rules put together",
        }
    }
}

impl Rule {
    /// Returns its short name, or its id where it has none.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// Returns the names that correlations and filters may have for it.
    pub fn names(&self) -> Vec<&str> {
        self.name.iter().map(String::as_str).chain([self.id.as_str()]).collect()
    }

    /// Returns what it means in one line: the first sentence of its description; empty without one.
    pub fn summary(&self) -> &str {
        let text = self.description.as_deref().unwrap_or_default().trim();
        let first = text.split("\n\n").next().unwrap_or_default();
        let is_end = |at: &usize| {
            let rest = &first[at + 1..];
            rest.trim_start().starts_with(char::is_uppercase)
                && rest.starts_with(char::is_whitespace)
        };
        let ends = first.match_indices('.').map(|(at, _)| at);
        ends.into_iter().find(is_end).map_or(first, |at| &first[..=at])
    }

    /// Returns whom it accuses.
    pub fn accused(&self) -> Accused<'_> {
        let names: Vec<&str> = self.accuses.iter().map(String::as_str).collect();
        match names.as_slice() {
            [] | ["first"] => Accused::First,
            ["each"] => Accused::Each,
            _ => Accused::Of(names),
        }
    }

    /// Returns the names of its steps, or of the rules that it puts together.
    pub fn parts(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Native(_, Native::Chain(chain)) => {
                chain.steps.iter().map(|step| step.name.as_str()).collect()
            }
            Kind::Correlation(own) => own.rules.iter().map(String::as_str).collect(),
            Kind::Native(..) | Kind::Single(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::read_one;
    use super::*;

    fn rule(rest: &str) -> Rule {
        read_one(&format!("title: T\ndetection: {{s: {{a: b}}, condition: s}}\n{rest}\n"))
    }

    #[test]
    fn the_summary_is_the_first_sentence() {
        for (text, summary) in [
            ("One thing. Another.", "One thing."),
            ("Use of e.g. azcopy, v1.2 or so. Then more.", "Use of e.g. azcopy, v1.2 or so."),
            ("No end", "No end"),
            ("One paragraph\n\n  Another. One.", "One paragraph"),
        ] {
            let text = serde_json::to_string(text).unwrap();
            assert_eq!(rule(&format!("description: {text}")).summary(), summary);
        }
        assert_eq!(rule("").summary(), "");
    }

    #[test]
    fn a_rule_accuses_the_first_actor_unless_it_says_otherwise() {
        let accused = |rest: &str| format!("{:?}", rule(rest).accused());
        assert_eq!((accused(""), accused("accuses: first")), ("First".into(), "First".into()));
        assert_eq!(accused("accuses: each"), "Each");
        assert_eq!(accused("accuses: taken"), r#"Of(["taken"])"#);
        assert_eq!(accused("accuses: [taken, used]"), r#"Of(["taken", "used"])"#);
    }

    #[test]
    fn a_rule_sums_up_where_it_says_so() {
        assert!(rule("sums_up: true").sums_up);
        assert!(!rule("sums_up: false").sums_up && !rule("").sums_up);
    }

    #[test]
    fn feeds_are_one_or_many() {
        assert_eq!(rule("feeds: [user, IAM]").feeds, ["user", "IAM"]);
        assert_eq!(rule("feeds: user").feeds, ["user"]);
        assert!(rule("").feeds.is_empty());
    }

    #[test]
    fn kinds_have_a_word() {
        assert_eq!(rule("").kind.as_str(), "single");
        assert_eq!(rule("first_seen: {key: actor}").kind.as_str(), "first_seen");
    }
}
