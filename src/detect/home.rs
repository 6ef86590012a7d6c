//! Where many paths begin, and a quick look at which names occur there.
//!
//! Rules ask for dozens of members of a body. Most bodies have none of them,
//! and finding that out by walking costs many times as much as the record is
//! worth. So the names inside a body are gathered once, as bits of a small
//! filter that errs in one direction only: a name that is there is never denied.

use std::rc::Rc;

use super::read::may_lead;
use crate::base::json::{Kind, Value};
use crate::shape::{Memo, Nested, nested_get, nested_inside};

/// Where many paths begin, most of which lead nowhere in most records.
pub(super) const HOMES: [[&str; 2]; 5] = [
    ["properties", "content"],
    ["properties", "requestbody"],
    ["properties", "responsebody"],
    ["properties_d", "requestbody"],
    ["properties_d", "responsebody"],
];

/// Returns which of [`HOMES`] a path goes through.
pub(super) fn of(names: &[String]) -> Option<usize> {
    let (first, second) = (names.first()?, names.get(1)?);
    let is_of = |home: &[&str; 2]| names.len() > 2 && first == home[0] && second == home[1];
    HOMES.iter().position(is_of)
}

/// What lies at one of [`HOMES`] in one record.
pub(super) struct Home<'v> {
    /// The names inside.
    pub(super) names: Names,
    root: Option<Root<'v>>,
}

/// The one value there.
enum Root<'v> {
    /// A member of the record.
    Own(Value<'v>),
    /// What a string of the record holds.
    Opened(Rc<Nested>),
}

impl<'v> Home<'v> {
    /// Looks at what is there; `None` where there is nothing at all.
    pub(super) fn open(base: Value<'v>, home: [&str; 2], memo: &Memo<'_>) -> Option<Home<'v>> {
        match Root::find(base, home, memo) {
            Found::Nothing => None,
            Found::One(root) => {
                let mut names = Names::default();
                names.add(root.value());
                Some(Home { names, root: Some(root) })
            }
            Found::Other => Names::gather(base, home, memo).map(|names| Home { names, root: None }),
        }
    }

    /// Gives `take` every value that a path leads to from here; `None` where it must be walked from the record.
    pub(super) fn get(
        &self,
        path: &[String],
        memo: &Memo<'_>,
        take: &mut dyn FnMut(Value<'_>) -> bool,
    ) -> Option<bool> {
        self.root.as_ref().map(|root| match root {
            Root::Own(value) => nested_get(*value, path, memo, take),
            Root::Opened(nested) => nested_inside(nested.root(), path, take),
        })
    }
}

/// What stands in a place.
enum Found<T> {
    Nothing,
    One(T),
    /// Several, or one in a form that is not looked into here.
    Other,
}

impl<'v> Root<'v> {
    fn find(base: Value<'v>, home: [&str; 2], memo: &Memo<'_>) -> Found<Root<'v>> {
        let outer = match member(base, home[0]) {
            Found::One(outer) if outer.is_object() => outer,
            Found::Nothing => return Found::Nothing,
            _ => return Found::Other,
        };
        match member(outer, home[1]) {
            Found::Nothing => Found::Nothing,
            Found::One(value) if value.is_object() => Found::One(Root::Own(value)),
            Found::One(value) if matches!(value.kind(), Kind::Plain | Kind::Escaped) => {
                match memo.open(value) {
                    Some(nested) if nested.root().is_object() => Found::One(Root::Opened(nested)),
                    Some(_) => Found::Other,
                    None => Found::Nothing,
                }
            }
            _ => Found::Other,
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Root::Own(value) => *value,
            Root::Opened(nested) => nested.root(),
        }
    }
}

/// The only member of an object that has a name, whatever the case of its letters.
fn member<'v>(object: Value<'v>, name: &str) -> Found<Value<'v>> {
    if !object.is_object() {
        return Found::Other;
    }
    let mut found = Found::Nothing;
    for (key, value) in object.members() {
        let (start, end) = key.as_bytes().split_at(name.len().min(key.len()));
        if !start.eq_ignore_ascii_case(name.as_bytes()) {
            continue;
        }
        match (end.first(), &found) {
            (None, Found::Nothing) => found = Found::One(value),
            // Such a name may hold the dots of a path.
            (None | Some(b'.'), _) => return Found::Other,
            (Some(_), _) => {}
        }
    }
    found
}

/// The names inside one of [`HOMES`] in one record, as a filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Names([u64; 4]);

impl Names {
    /// Gathers the names there; `None` where there is nothing at all.
    fn gather(base: Value<'_>, home: [&str; 2], memo: &Memo<'_>) -> Option<Names> {
        may_lead(base, &home).then(|| {
            let mut names = Names::default();
            names.walk(base, &home, Some(memo));
            names
        })
    }

    /// The filter of some names.
    pub(super) fn of(names: &[String]) -> Names {
        let mut filter = Names::default();
        for name in names {
            filter.set(name.as_bytes());
        }
        filter
    }

    /// Whether all names of another filter may be among these.
    pub(super) fn may_have(&self, others: &Names) -> bool {
        self.0.iter().zip(others.0).all(|(own, other)| own & other == other)
    }

    fn set(&mut self, name: &[u8]) {
        let (word, bit) = place(name);
        self.0[word] |= bit;
    }

    /// Walks to what the filter is of; the memo is that of the record, and of no use inside its strings.
    fn walk(&mut self, value: Value<'_>, path: &[&str], memo: Option<&Memo<'_>>) {
        if matches!(value.kind(), Kind::Plain | Kind::Escaped) {
            let nested = match memo {
                Some(memo) => memo.open(value),
                None => Nested::open(value).map(Rc::new),
            };
            return nested.into_iter().for_each(|nested| self.walk(nested.root(), path, None));
        }
        let Some((first, rest)) = path.split_first() else { return self.add(value) };
        match value.kind() {
            Kind::Null | Kind::Bool | Kind::Number | Kind::Plain | Kind::Escaped => {}
            Kind::Array => self.fill(),
            Kind::Object => {
                for (key, member) in value.members() {
                    let (start, end) = key.as_bytes().split_at(first.len().min(key.len()));
                    if !start.eq_ignore_ascii_case(first.as_bytes()) {
                        continue;
                    }
                    match end.first() {
                        None => self.walk(member, rest, memo),
                        // Such a name may hold the dots of the path.
                        Some(b'.') => self.fill(),
                        Some(_) => {}
                    }
                }
            }
        }
    }

    fn add(&mut self, value: Value<'_>) {
        for (key, member) in value.inside() {
            let is_text = matches!(member.kind(), Kind::Plain | Kind::Escaped);
            // JSON in a string of the body: what it holds is not worth gathering.
            if is_text && member.raw().trim_start().starts_with(['{', '[', '\\']) {
                return self.fill();
            }
            // The name of a member may hold the dots of a path.
            key.as_bytes().split(|&byte| byte == b'.').for_each(|name| self.set(name));
        }
    }

    fn fill(&mut self) {
        self.0 = [u64::MAX; 4];
    }
}

/// Where the bit of a name stands, whatever the case of its letters.
fn place(name: &[u8]) -> (usize, u64) {
    let (letters, high) = (head(name), 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835_u128);
    let mixed = (letters ^ name.len() as u128).wrapping_mul(high);
    ((mixed >> 126) as usize, 1 << (mixed >> 120 & 63))
}

/// The letters of a name that are compared at once, in lower case, the first lowest.
pub(super) type Head = u128;

/// Letters of a [`Head`].
pub(super) const HEAD: usize = 16;

/// The first letters of a name.
pub(super) fn head(name: &[u8]) -> Head {
    let mut letters = if let Some(letters) = name.first_chunk::<HEAD>() {
        *letters
    } else if let (Some(first), Some(last)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        // Letters that are in both halves fall on themselves.
        let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        (Head::from(first) | Head::from(last) << (8 * (name.len() - 8))).to_le_bytes()
    } else {
        let short = name.iter().rev().fold(0, |all: u64, &letter| all << 8 | u64::from(letter));
        Head::from(short).to_le_bytes()
    };
    letters.make_ascii_lowercase();
    Head::from_le_bytes(letters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Nested;

    /// Whether a path inside the body may lead anywhere; `None` without a body.
    fn may_have(record: &str, path: &str) -> Option<bool> {
        let nested = Nested::parse(record.to_owned()).unwrap();
        let home = Home::open(nested.root(), HOMES[1], &Memo::of(nested.root()))?;
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        Some(home.names.may_have(&Names::of(&path)))
    }

    #[test]
    fn names_that_are_there_are_never_denied() {
        for record in [
            r#"{"properties":{"requestBody":{"Sku":{"Name":"x"}}}}"#,
            r#"{"Properties":{"requestbody":"{\"sku\":[{\"NAME\":1}]}"}}"#,
            r#"{"properties":"{\"requestbody\":{\"sku\":{\"name\":1}}}"}"#,
            r#"{"properties":[{"requestbody":{"sku":{"name":1}}}]}"#,
            r#"{"properties":{"requestbody.sku.name":1}}"#,
            r#"{"properties.requestbody":{"sku":{"name":1}}}"#,
            r#"{"properties":{"requestbody":{"sku.name":1}}}"#,
            r#"{"properties":{"requestbody":{"sku":" {\"name\":1}"}}}"#,
            r#"{"properties":{"requestbody":{"sku":"\n{\"name\":1}"}}}"#,
            r#"{"properties":{"requestbody":{"sku":"\u007b\"name\":1}"}}}"#,
        ] {
            assert_eq!(may_have(record, "sku.name"), Some(true), "{record}");
        }
    }

    #[test]
    fn names_that_are_not_there_are_mostly_denied() {
        let record = r#"{"properties":{"requestBody":"{\"properties\":{\"vmSize\":\"a\"}}"}}"#;
        assert_eq!(may_have(record, "properties.vmsize"), Some(true));
        assert_eq!(may_have(record, "properties.userdata"), Some(false));
        assert_eq!(may_have(record, "sku.name"), Some(false));
        assert_eq!(may_have(r#"{"properties":{"requestBody":null}}"#, "a.b"), Some(false));
        assert_eq!(may_have(r#"{"properties":{"other":"{}"}}"#, "a.b"), None);
    }

    #[test]
    fn the_head_of_a_name_is_its_first_letters() {
        let name = b"RequestBodyOfSomeCall";
        for len in 0..=name.len() {
            let mut letters = [0; HEAD];
            let own = name[..len.min(HEAD)].to_ascii_lowercase();
            letters[..own.len()].copy_from_slice(&own);
            assert_eq!(head(&name[..len]), Head::from_le_bytes(letters), "{len}");
        }
    }

    #[test]
    fn only_what_lies_below_a_home_goes_through_it() {
        let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(of(&path("properties.requestbody.a")), Some(1));
        assert_eq!(of(&path("properties.requestbody")), None);
        assert_eq!(of(&path("properties.other.a")), None);
        assert_eq!(of(&path("a")), None);
    }
}
