//! Text that many owners share: a name of the evidence stands in memory once, however many findings hold it.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use hashbrown::HashSet;
use serde::{Serialize, Serializer};

use super::dict::Dict;

/// Immutable text; a clone shares it.
///
/// It is a `str` in every other way: it dereferences to one, compares and sorts like one, and is
/// made from one with `into()`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text(text.into())
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Text(text.as_str().into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text(text.into())
    }
}

impl From<Cow<'_, str>> for Text {
    fn from(text: Cow<'_, str>) -> Self {
        Text(text.into())
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl From<&Text> for String {
    fn from(text: &Text) -> Self {
        text.as_str().to_owned()
    }
}

/// Compares with the other kinds of text, from both sides.
macro_rules! compares {
    ($($other:ty),*) => {$(
        impl PartialEq<$other> for Text {
            fn eq(&self, other: &$other) -> bool {
                let other: &str = other.as_ref();
                self.as_str() == other
            }
        }

        impl PartialEq<Text> for $other {
            fn eq(&self, other: &Text) -> bool {
                let own: &str = self.as_ref();
                own == other.as_str()
            }
        }
    )*};
}
compares!(str, &str, String);

/// A list of texts that many owners share.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Texts(Arc<[Text]>);

impl Deref for Texts {
    type Target = [Text];

    fn deref(&self) -> &[Text] {
        &self.0
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Borrow<[Text]> for Texts {
    fn borrow(&self) -> &[Text] {
        self
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<T: Into<Text>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        Texts(texts.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Text>> From<Vec<T>> for Texts {
    fn from(texts: Vec<T>) -> Self {
        texts.into_iter().collect()
    }
}

impl<'t> IntoIterator for &'t Texts {
    type Item = &'t Text;
    type IntoIter = std::slice::Iter<'t, Text>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// Texts and lists that come again and again: what is the same is one place in memory.
#[derive(Debug, Default)]
pub struct Pool {
    texts: HashSet<Text>,
    lists: HashSet<Texts>,
}

impl Pool {
    /// Returns a text as it is known, if it is.
    pub fn text(&mut self, text: &str) -> Text {
        self.texts.get_or_insert_with(text, |text| text.into()).clone()
    }

    /// Returns a list as it is known, if it is.
    pub fn list(&mut self, list: &[Text]) -> Texts {
        self.lists.get_or_insert_with(list, |list| list.iter().collect()).clone()
    }
}

/// The texts of a dictionary, each made shared when it is first asked for.
pub struct SharedDict<'d> {
    dict: &'d Dict,
    texts: Vec<OnceLock<Text>>,
    shown: fn(&str) -> &str,
}

impl<'d> SharedDict<'d> {
    /// Lays itself over a dictionary.
    pub fn new(dict: &'d Dict) -> Self {
        SharedDict::shown(dict, |text| text)
    }

    /// Lays itself over a dictionary; of each text, what `shown` makes of it is given.
    pub fn shown(dict: &'d Dict, shown: fn(&str) -> &str) -> Self {
        let mut texts = Vec::new();
        texts.resize_with(dict.len(), OnceLock::new);
        SharedDict { dict, texts, shown }
    }

    /// Returns the text of a code; `None` for a code that the dictionary does not have.
    pub fn get(&self, code: u32) -> Option<&Text> {
        let text = self.texts.get(code as usize)?;
        Some(text.get_or_init(|| (self.shown)(self.dict.text_of(code)).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_text_is_text_and_a_clone_is_the_same_place() {
        let text = Text::from("a\"b");
        let owned = String::from("a\"b");
        assert_eq!(text, "a\"b");
        assert_eq!("a\"b", text);
        assert_eq!(text, owned);
        assert_eq!(format!("{text:>5} {text:?}"), "  a\"b \"a\\\"b\"");
        assert_eq!(serde_json::to_string(&text).unwrap(), "\"a\\\"b\"");
        assert!(std::ptr::eq(text.as_str(), text.clone().as_str()));
        let (a, b) = (Text::from("a"), Text::from("b"));
        assert!(a < b && Text::default().is_empty());
    }

    #[test]
    fn a_dictionary_gives_each_text_once() {
        let mut dict = Dict::default();
        let code = dict.code("x");
        let shared = SharedDict::new(&dict);
        let (first, again) = (shared.get(code).unwrap(), shared.get(code).unwrap());
        assert!(first == "x" && std::ptr::eq(first, again));
        assert_eq!(shared.get(u32::MAX), None);
    }

    #[test]
    fn a_pool_gives_the_same_place_for_the_same_text_or_list() {
        let mut pool = Pool::default();
        let (text, again) = (pool.text("a"), pool.text("a"));
        assert!(std::ptr::eq(text.as_str(), again.as_str()) && pool.text("b") == "b");
        let (list, again) = (pool.list(&[text]), pool.list(&["a".into()]));
        assert!(std::ptr::eq(&raw const list[0], &raw const again[0]));
        assert_eq!(pool.list(&[]).len(), 0);
    }

    #[test]
    fn a_shared_list_is_written_as_a_list() {
        let list: Texts = ["a", "b"].into_iter().collect();
        assert_eq!(serde_json::to_string(&list).unwrap(), r#"["a","b"]"#);
        assert_eq!(list.first().map(Text::as_str), Some("a"));
    }
}
