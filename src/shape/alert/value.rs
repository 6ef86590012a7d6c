//! Values of members, which may be texts, lists, or lists in a text.

use std::collections::BTreeSet;

use super::actor::is_placeholder;
use crate::base::json::Value;
use crate::shape::field;
use crate::shape::text::Nested;

/// Values that come more than once, each kept once, in the order of the evidence.
#[derive(Default)]
pub(super) struct Unique {
    seen: BTreeSet<String>,
    pub(super) items: Vec<String>,
}

impl Unique {
    /// Adds a value, unless it is empty or there.
    pub(super) fn add(&mut self, value: String) {
        if !value.is_empty() && self.seen.insert(value.clone()) {
            self.items.push(value);
        }
    }
}

/// Returns the text of a value, unless it stands for an absent one.
pub(super) fn word(value: Value<'_>) -> Option<String> {
    let text = field::text(Some(value))?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Returns the text of an id, in lower case.
pub(super) fn lower(value: Value<'_>) -> Option<String> {
    word(value).filter(|id| !is_placeholder(id)).map(|id| id.to_lowercase())
}

/// Gives `take` every text of a list, of a list in a string, or the text itself.
pub(super) fn each_text(value: Value<'_>, take: &mut dyn FnMut(&str)) {
    if value.is_array() {
        value.items().filter_map(word).for_each(|text| take(&text));
        return;
    }
    match Nested::open(value).filter(|nested| nested.root().is_array()) {
        Some(nested) => nested.root().items().filter_map(word).for_each(|text| take(&text)),
        None => {
            if let Some(text) = word(value) {
                take(&text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(json: &str) -> Vec<String> {
        let nested = Nested::parse(format!("[{json}]")).unwrap();
        let mut seen = Vec::new();
        let value = nested.root().items().next().unwrap();
        each_text(value, &mut |text| seen.push(text.to_owned()));
        seen
    }

    #[test]
    fn lists_are_walked_in_every_form() {
        assert_eq!(texts(r#"["a","",null,2]"#), ["a", "2"]);
        assert_eq!(texts(r#""[\"a\",\"b\"]""#), ["a", "b"]);
        assert_eq!(texts(r#""[not a list""#), ["[not a list"]);
        assert_eq!(texts("null"), [""; 0]);
    }

    #[test]
    fn values_are_kept_once_and_in_order() {
        let mut unique = Unique::default();
        for value in ["b", "a", "", "b"] {
            unique.add(value.to_owned());
        }
        assert_eq!(unique.items, ["b", "a"]);
    }
}
