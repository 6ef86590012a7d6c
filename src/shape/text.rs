//! JSON inside strings, and names compared as people mean them.

use std::borrow::Cow;

use crate::base::json::{self, Doc, Kind, Tape, Value};

/// A value that may be JSON in a string, unpacked so that it can be looked at.
pub struct Nested {
    text: String,
    tape: Tape,
}

impl Nested {
    /// Unpacks a string that holds an object or a list; `None` when it is no such string or does not parse whole.
    pub fn open(value: Value<'_>) -> Option<Nested> {
        let text = value.as_str()?;
        let text = text.trim();
        if !text.starts_with(['{', '[']) {
            return None;
        }
        Nested::parse(text.to_owned())
    }

    /// Reads a text that is one JSON value.
    pub fn parse(text: String) -> Option<Nested> {
        let mut tape = Tape::default();
        let parsed = json::parse(text.as_bytes(), 0, &mut tape).ok()?;
        text[parsed.end..].trim().is_empty().then_some(Nested { text, tape })
    }

    /// Returns the text, to be used again.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Returns the unpacked value.
    pub fn root(&self) -> Value<'_> {
        Doc::new(&self.text, &self.tape).root()
    }
}

/// Gives `take` the object that a value is or holds as JSON in a string.
pub fn with_object<R>(value: Option<Value<'_>>, take: impl FnOnce(Value<'_>) -> R) -> Option<R> {
    let value = value?;
    if value.is_object() {
        return Some(take(value));
    }
    let nested = Nested::open(value)?;
    nested.root().is_object().then(|| take(nested.root()))
}

/// Gives `take` every value that the path `names` leads to from `value`.
///
/// Names are compared without case, JSON in strings is entered (to depth 4),
/// lists are walked item by item. `take` returns whether it has seen enough.
pub fn nested_get(
    value: Value<'_>,
    names: &[&str],
    take: &mut dyn FnMut(Value<'_>) -> bool,
) -> bool {
    walk(value, names, 4, take)
}

fn walk(
    value: Value<'_>,
    names: &[&str],
    unpack: u8,
    take: &mut dyn FnMut(Value<'_>) -> bool,
) -> bool {
    match value.kind() {
        Kind::Array => value.items().any(|item| walk(item, names, unpack, take)),
        _ if names.is_empty() => take(value),
        Kind::Object => step(value, names, unpack, take),
        Kind::Plain | Kind::Escaped if unpack > 0 => match Nested::open(value) {
            Some(nested) => walk(nested.root(), names, unpack - 1, take),
            None => false,
        },
        _ => false,
    }
}

fn step(
    value: Value<'_>,
    names: &[&str],
    unpack: u8,
    take: &mut dyn FnMut(Value<'_>) -> bool,
) -> bool {
    if let Some(member) = value.get(names[0]) {
        if walk(member, &names[1..], unpack, take) {
            return true;
        }
    }
    // A claim's name may itself hold dots (`http://schemas.microsoft.com/...`).
    (2..=names.len()).any(|n| {
        let joined = names[..n].join(".");
        value.get(&joined).is_some_and(|member| walk(member, &names[n..], unpack, take))
    })
}

/// Returns a name with case, blanks and punctuation folded away, to compare names of extended properties and CSV headers.
pub fn fold_key(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Cow::Borrowed(name);
    }
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, path: &str) -> Vec<String> {
        let nested = Nested::parse(text.to_owned()).unwrap();
        let mut seen = Vec::new();
        let names: Vec<_> = path.split('.').collect();
        nested_get(nested.root(), &names, &mut |v| {
            seen.extend(v.text().map(Cow::into_owned));
            false
        });
        seen
    }

    #[test]
    fn paths_enter_json_in_strings_without_regard_to_case() {
        let text =
            r#"{"properties":{"requestBody":"{\"Properties\":{\"a\":[{\"B\":1},{\"b\":2}]}}"}}"#;
        assert_eq!(found(text, "properties.requestbody.properties.A.b"), ["1", "2"]);
        assert_eq!(found(text, "properties.nonesuch"), [""; 0]);
    }

    #[test]
    fn names_with_dots_are_found() {
        let text = r#"{"claims":{"http://schemas.microsoft.com/x":"y"}}"#;
        assert_eq!(found(text, "claims.http://schemas.microsoft.com/x"), ["y"]);
    }

    #[test]
    fn folded_names_compare_as_people_read_them() {
        assert_eq!(fold_key("Attacker IP Address"), fold_key("attackerIpaddress"));
    }
}
