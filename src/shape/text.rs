//! JSON inside strings, and names compared as people mean them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use super::listing;
use crate::base::json::{self, Doc, Kind, Tape, Value};
use crate::base::python;

/// A value that may be JSON in a string, unpacked so that it can be looked at.
pub struct Nested {
    text: String,
    tape: Tape,
}

impl Nested {
    /// Unpacks a string that holds an object or a list; `None` when it is no such string or does not parse whole.
    pub fn open(value: Value<'_>) -> Option<Nested> {
        Nested::open_text(&value.as_str()?)
    }

    /// The same of a text.
    pub(super) fn open_text(text: &str) -> Option<Nested> {
        let is_listing = listing::begins(text);
        let text = text.trim();
        if !text.starts_with(['{', '[']) {
            return if is_listing { Nested::parse(listing::to_json(text)?) } else { None };
        }
        if text.starts_with("{'") || text.starts_with("[{'") {
            return Nested::parse(python::to_json(text)?);
        }
        Nested::parse(text.to_owned())
    }

    /// Reads a text that is one JSON value.
    pub fn parse(text: String) -> Option<Nested> {
        let mut tape = Tape::for_text(text.len());
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
pub(super) fn with_object<R>(
    value: Option<Value<'_>>,
    take: impl FnOnce(Value<'_>) -> R,
) -> Option<R> {
    Memo::default().object(value, take)
}

/// Strings of one record that were unpacked, so that each is unpacked once however many look into it.
///
/// Strings of another text, such as one that a string of the record holds, are unpacked each time.
#[derive(Default)]
pub struct Memo<'r> {
    record: &'r str,
    /// By where each string begins in the record.
    opened: RefCell<Vec<(usize, Option<Rc<Nested>>)>>,
}

impl<'r> Memo<'r> {
    /// Begins to remember the strings of a record.
    pub fn of(record: Value<'r>) -> Self {
        Memo { record: record.raw(), opened: RefCell::default() }
    }

    /// Returns what a string of the record holds.
    pub fn open(&self, value: Value<'_>) -> Option<Rc<Nested>> {
        let Some(place) = self.place(value) else { return Nested::open(value).map(Rc::new) };
        if let Some((_, known)) = self.opened.borrow().iter().find(|(at, _)| *at == place) {
            return known.clone();
        }
        let opened = Nested::open(value).map(Rc::new);
        self.opened.borrow_mut().push((place, opened.clone()));
        opened
    }

    /// Gives `take` the object that a value is or holds as JSON in a string.
    pub(super) fn object<R>(
        &self,
        value: Option<Value<'_>>,
        take: impl FnOnce(Value<'_>) -> R,
    ) -> Option<R> {
        let value = value?;
        if value.is_object() {
            return Some(take(value));
        }
        let nested = self.open(value)?;
        nested.root().is_object().then(|| take(nested.root()))
    }

    /// Where a value begins in the record; `None` of a value of another text.
    fn place(&self, value: Value<'_>) -> Option<usize> {
        let place = value.raw().as_ptr().addr().checked_sub(self.record.as_ptr().addr())?;
        (place < self.record.len()).then_some(place)
    }
}

/// Gives `take` every value that the path `names` leads to from `value`, a value of the record that `memo` is of.
///
/// Names are compared without case, JSON in strings is entered (to depth 4),
/// lists are walked item by item. `take` returns whether it has seen enough.
pub fn nested_get<S: AsRef<str>>(
    value: Value<'_>,
    names: &[S],
    memo: &Memo<'_>,
    take: &mut dyn FnMut(Value<'_>) -> bool,
) -> bool {
    walk(value, names, Inside { memo: Some(memo), unpack: UNPACKED }, take)
}

/// The same from a value inside a string of the record.
pub fn nested_inside<S: AsRef<str>>(
    value: Value<'_>,
    names: &[S],
    take: &mut dyn FnMut(Value<'_>) -> bool,
) -> bool {
    walk(value, names, Inside { memo: None, unpack: UNPACKED - 1 }, take)
}

/// Strings inside strings that are entered.
const UNPACKED: u8 = 4;

/// Where a walk is: in the record itself, or in strings of it.
#[derive(Clone, Copy)]
struct Inside<'m> {
    memo: Option<&'m Memo<'m>>,
    unpack: u8,
}

fn walk<S: AsRef<str>>(
    value: Value<'_>,
    names: &[S],
    at: Inside<'_>,
    take: &mut dyn FnMut(Value<'_>) -> bool,
) -> bool {
    match value.kind() {
        Kind::Array => value.items().any(|item| walk(item, names, at, take)),
        _ if names.is_empty() => take(value),
        Kind::Object => step(value, names, at, take),
        Kind::Plain | Kind::Escaped if at.unpack > 0 => {
            let deeper = Inside { memo: None, unpack: at.unpack - 1 };
            match at.memo {
                Some(memo) => memo.open(value).is_some_and(|n| walk(n.root(), names, deeper, take)),
                None => Nested::open(value).is_some_and(|n| walk(n.root(), names, deeper, take)),
            }
        }
        _ => false,
    }
}

fn step<S: AsRef<str>>(
    value: Value<'_>,
    names: &[S],
    at: Inside<'_>,
    take: &mut dyn FnMut(Value<'_>) -> bool,
) -> bool {
    // A claim's name may itself hold dots (`http://schemas.microsoft.com/...`).
    let (member, is_dotted) = match names {
        [only] => (value.get(only.as_ref()), false),
        _ => value.get_and_dotted(names[0].as_ref()),
    };
    if member.is_some_and(|member| walk(member, &names[1..], at, take)) {
        return true;
    }
    if !is_dotted {
        return false;
    }
    (2..=names.len()).any(|n| {
        let joined = names[..n].iter().map(AsRef::as_ref).collect::<Vec<_>>().join(".");
        value.get(&joined).is_some_and(|member| walk(member, &names[n..], at, take))
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

    #[test]
    fn dictionaries_of_python_are_opened() {
        let opened = |text: &str| Nested::open_text(text).map(Nested::into_text);
        assert_eq!(
            opened(r#"{'a': 'x"y', "it's": [True, None, 1.5], 'b\'c': 'd\\e\n'}"#).as_deref(),
            Some(r#"{"a":"x\"y","it's":[true,null,1.5],"b'c":"d\\e\n"}"#)
        );
        assert_eq!(opened("[{'a': 'x'}]").as_deref(), Some(r#"[{"a":"x"}]"#));
        for text in ["{'a': x}", "{'a': 'x", "{'a': '\\q'}", "{'a' 'b'}", "{'a': 1} 2"] {
            assert_eq!(opened(text), None, "{text}");
        }
    }

    #[test]
    fn only_strings_of_the_record_itself_are_remembered() {
        let record = Nested::parse(r#"{"a":"{\"b\":\"[1]\"}"}"#.to_owned()).unwrap();
        let memo = Memo::of(record.root());
        let open = |value: Value<'_>| memo.open(value).unwrap();
        let own = record.root().get("a").unwrap();
        assert!(Rc::ptr_eq(&open(own), &open(own)));
        let opened = open(own);
        let inner = opened.root().get("b").unwrap();
        assert!(!Rc::ptr_eq(&open(inner), &open(inner)));
    }

    fn found(text: &str, path: &str) -> Vec<String> {
        let nested = Nested::parse(text.to_owned()).unwrap();
        let mut seen = Vec::new();
        let names: Vec<_> = path.split('.').collect();
        nested_get(nested.root(), &names, &Memo::of(nested.root()), &mut |v| {
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
