//! Placeholders: names in rules, such as `%admins%`, whose values each place fills in for itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::{Error, Problem};
use super::yaml::{self, Node, Value};

/// A value may stand for this many others, as many as a list may have.
const MAX_VALUES: usize = 20_000;
/// All values of a run may stand for this many.
const MAX_ALL: usize = 1_000_000;

/// The values of placeholders, by name without the percent signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placeholders {
    known: BTreeMap<String, Vec<String>>,
    spent: Spent,
}

/// How many values were put in so far, which tells no two placeholders apart.
#[derive(Debug, Default)]
struct Spent(AtomicUsize);

impl Clone for Spent {
    fn clone(&self) -> Self {
        Spent(AtomicUsize::new(self.0.load(Ordering::Relaxed)))
    }
}

impl PartialEq for Spent {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Spent {}

impl Placeholders {
    /// Reads a YAML map of names to a value or a list of values; `path` is named in errors.
    pub fn from_text(path: &str, text: &str) -> Result<Placeholders, Error> {
        Placeholders::read(text).map_err(|problem| problem.in_file(path, text))
    }

    fn read(text: &str) -> Result<Placeholders, Problem> {
        let mut found = Placeholders::default();
        for document in yaml::documents(text)? {
            found.learn(&document)?;
        }
        Ok(found)
    }

    /// Takes the values of a map of names.
    pub(super) fn learn(&mut self, node: &Node) -> Result<(), Problem> {
        let Value::Map(members) = &node.value else {
            let message = format!("expected a map of placeholders, found {}", node.kind());
            return Err(Problem::new(node.at, message));
        };
        for (key, node) in members {
            self.insert(key.text.trim_matches('%'), node.texts()?);
        }
        Ok(())
    }

    /// Gives a placeholder its values, in place of those it had.
    pub fn insert(&mut self, name: &str, values: Vec<String>) {
        self.known.insert(name.to_owned(), values);
    }

    /// Returns the texts that a value with placeholders stands for; wildcards in the values count.
    ///
    /// A percent sign after a backslash is one. Names without values are added to `unknown`, and the value then stands for nothing.
    pub(super) fn expand(
        &self,
        value: &str,
        unknown: &mut BTreeSet<String>,
    ) -> Result<Vec<String>, String> {
        let mut texts = vec![String::new()];
        let mut rest = value;
        while let Some((before, name, after)) = next(rest) {
            rest = after;
            let values = self.known.get(name).map(Vec::as_slice).unwrap_or_default();
            if values.is_empty() {
                unknown.insert(name.to_owned());
            }
            if texts.len().saturating_mul(values.len()) > MAX_VALUES {
                return Err(format!("\"{value}\" stands for more than {MAX_VALUES} values"));
            }
            let before = before.replace(r"\%", "%");
            let join = |text: &String| {
                values.iter().map(|own| format!("{text}{before}{own}")).collect::<Vec<_>>()
            };
            texts = texts.iter().flat_map(join).collect();
        }
        if self.spent.0.fetch_add(texts.len(), Ordering::Relaxed) + texts.len() > MAX_ALL {
            return Err(format!("placeholders stand for more than {MAX_ALL} values in all"));
        }
        for text in &mut texts {
            text.push_str(&rest.replace(r"\%", "%"));
        }
        Ok(texts)
    }
}

/// Keys of documents that look for something.
const RULES: [&str; 3] = ["detection", "correlation", "filter"];

/// Returns what a document gives placeholders: its `vars`, if it is no rule. So pipelines of Sigma's tools have it.
pub(super) fn vars(document: &Node) -> Option<&Node> {
    let Value::Map(members) = &document.value else { return None };
    let of = |name: &str| members.iter().find(|(key, _)| key.text == name).map(|(_, node)| node);
    of("vars").filter(|_| RULES.iter().all(|key| of(key).is_none()))
}

/// The first placeholder of a value: what stands before it, its name, what stands after it.
fn next(value: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let open = from + value.get(from..)?.find('%')?;
        let slashes = value[..open].bytes().rev().take_while(|byte| *byte == b'\\').count();
        if slashes % 2 == 1 {
            from = open + 1;
            continue;
        }
        let inner = value.get(open + 1..)?;
        let len = inner.find('%')?;
        let name = &inner[..len];
        if !name.is_empty() && !name.contains(['\\', '*', '?']) {
            return Some((&value[..open], name, &inner[len + 1..]));
        }
        from = open + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(value: &str) -> (Vec<String>, Vec<String>) {
        let known = Placeholders::from_text("p", "a: [x, y]\n'%b%': 7\nempty: []\n").unwrap();
        let mut unknown = BTreeSet::new();
        let texts = known.expand(value, &mut unknown).unwrap();
        (texts, unknown.into_iter().collect())
    }

    #[test]
    fn values_take_the_place_of_names() {
        for (value, texts) in [
            ("%a%", &["x", "y"][..]),
            ("<%a%-%b%>", &["<x-7>", "<y-7>"]),
            ("%a%%a%", &["xx", "xy", "yx", "yy"]),
            ("plain", &["plain"]),
            ("50%", &["50%"]),
            ("%%b%", &["%7"]),
            (r"\%b\%", &["%b%"]),
            (r"\%%b%\%", &["%7%"]),
            (r"%\%b%", &["%%b%"]),
            (r"\\%b%", &[r"\\7"]),
            (r"50\%", &["50%"]),
        ] {
            assert_eq!(
                expand(value),
                (texts.iter().map(|t| (*t).to_owned()).collect(), vec![]),
                "{value}"
            );
        }
    }

    #[test]
    fn names_without_values_are_told() {
        assert_eq!(expand("%a% %c%").1, ["c"]);
        assert_eq!(expand("%empty%"), (vec![], vec!["empty".to_owned()]));
    }

    #[test]
    fn a_value_cannot_stand_for_too_many() {
        let mut many = Placeholders::default();
        many.insert("n", (0..150).map(|n| n.to_string()).collect());
        assert!(many.expand("%n%%n%", &mut BTreeSet::new()).is_err());
        many.insert("n", (0..MAX_VALUES).map(|n| n.to_string()).collect());
        let often = || many.expand("%n%", &mut BTreeSet::new());
        assert!((0..MAX_ALL / MAX_VALUES).all(|_| often().is_ok()) && often().is_err());
        assert!(Placeholders::from_text("p", "- a\n").is_err());
        assert!(Placeholders::from_text("p", "a: {b: c}\n").is_err());
    }
}
