//! The text of a rule as it stands in its file, for people to read.

use std::path::Path;

use super::Rule;
use super::native;
use super::set::{BUILTIN, read};

/// Keys that say what a rule looks for, beside those of native rules.
const KEYS: &[&str] = &["detection", "correlation", "filter", "outcome"];

impl Rule {
    /// Returns the lines of its file that say what it looks for; `None` when the file is not there any more.
    pub fn looked_for(&self) -> Option<String> {
        let text = match BUILTIN.iter().find(|(path, _)| self.builtin && *path == self.path) {
            Some((_, text)) => (*text).to_owned(),
            None => read(Path::new(&self.path)).ok()?,
        };
        Some(looked_for(document(&text, self), &|key| {
            KEYS.contains(&key) || native::KEYS.contains(&key)
        }))
    }
}

/// The document of a rule in a file of several: the one with its id, else with its title.
fn document<'t>(text: &'t str, rule: &Rule) -> &'t str {
    let documents = || Documents { rest: Some(text) };
    let has = |key: &str, value: &str| {
        documents().find(|document| {
            let said =
                |line: &str| line.strip_prefix(key).is_some_and(|rest| scalar(rest) == value);
            document.lines().any(said)
        })
    };
    has("id:", &rule.id).or_else(|| has("title:", &rule.title)).unwrap_or(text)
}

/// A scalar without its quotes and comment.
fn scalar(text: &str) -> &str {
    let text = text.split(" #").next().unwrap_or_default().trim();
    text.trim_matches(['"', '\''])
}

/// The documents of a file.
struct Documents<'t> {
    rest: Option<&'t str>,
}

impl<'t> Iterator for Documents<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let text = self.rest.take()?;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if line.trim_end() == "---" {
                self.rest = text.get(at + line.len()..);
                break;
            }
            at += line.len();
        }
        text.get(..at)
    }
}

/// The lines of some keys at the top of a document.
fn looked_for(document: &str, is_meant: &dyn Fn(&str) -> bool) -> String {
    let mut shown = String::new();
    let mut inside = false;
    for line in document.lines() {
        if !line.starts_with([' ', '\t', '#', '-']) && !line.trim().is_empty() {
            let key = line.split(':').next().unwrap_or_default();
            inside = is_meant(scalar(key));
        }
        if inside {
            shown.push_str(line.trim_end());
            shown.push('\n');
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::super::RuleSet;
    use super::*;

    #[test]
    fn what_a_built_in_rule_looks_for_is_a_rule_again() {
        let set = RuleSet::builtin();
        for rule in set.rules() {
            let text = rule.looked_for().unwrap_or_default();
            assert!(!text.contains("tests:") && !text.contains("description:"), "{}", rule.path);
            let again = format!("title: T\nid: {}\n{text}", rule.id);
            let again = RuleSet::from_text("p", &again).unwrap();
            assert_eq!(again.rules()[0].kind, rule.kind, "{}", rule.path);
            assert_eq!(again.rules()[0].outcome, rule.outcome, "{}", rule.path);
        }
    }

    #[test]
    fn the_rule_of_a_file_is_told_by_its_id() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.yml");
        let text = "title: A\nid: 'one' # first\ndetection:\n  s: {a: b}\n\n  condition: s\nlevel: low\n---\ntitle: B\ndetection: {t: {c: d}, condition: t}\n";
        std::fs::write(&path, text).unwrap();
        let set = RuleSet::load(&[path]).unwrap();
        let shown: Vec<_> = set.rules().iter().filter_map(Rule::looked_for).collect();
        assert_eq!(
            shown,
            [
                "detection:\n  s: {a: b}\n\n  condition: s\n",
                "detection: {t: {c: d}, condition: t}\n"
            ]
        );
    }
}
