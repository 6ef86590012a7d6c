//! A path into records, with what shows at a glance that it leads nowhere.
//!
//! Most paths lead nowhere in most records. What that is seen by is worked out
//! once a path, so that a record costs a comparison or two.

use std::ops::Deref;

use super::home::{self, HEAD, Head, Names, head};

/// The member of an event that most paths go into.
pub(super) const PROPERTIES: &str = "properties";

/// A path into a record: names in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    names: Vec<String>,
    /// How the first name begins.
    first: Begin,
    /// How the second name begins, of a path into the properties.
    second: Option<Begin>,
    /// Which of [`home::HOMES`] it goes through, and the names behind.
    home: Option<(usize, Names)>,
}

/// The beginning of a name as a number, and the letters that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Begin {
    letters: Head,
    mask: Head,
}

impl Begin {
    fn of(name: &str) -> Self {
        let bits = u32::try_from(8 * name.len().min(HEAD)).unwrap_or(Head::BITS);
        let mask = Head::MAX.checked_shr(Head::BITS - bits).unwrap_or(0);
        Begin { letters: head(name.as_bytes()) & mask, mask }
    }

    fn is_one_of(self, heads: &[Head]) -> bool {
        heads.iter().any(|head| head & self.mask == self.letters)
    }
}

impl Way {
    /// Makes a path of one name or more.
    pub(super) fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let first = Begin::of(names.first().map_or("", String::as_str));
        let inside = names.first().is_some_and(|first| first == PROPERTIES);
        let second = names.get(1).filter(|_| inside).map(|name| Begin::of(name));
        let home = home::of(&names).map(|at| (at, Names::of(&names[2..])));
        Way { names, first, second, home }
    }

    /// Whether one of the members whose names begin so may be the first of the path.
    pub(super) fn may_begin(&self, heads: &[Head]) -> bool {
        self.first.is_one_of(heads)
    }

    /// Whether it may go on to one of the members of the properties, whose names begin so.
    pub(super) fn may_go_on<'h>(&self, heads: impl FnOnce() -> Option<&'h [Head]>) -> bool {
        self.second.is_none_or(|second| heads().is_none_or(|heads| second.is_one_of(heads)))
    }

    /// Whether it leads into the properties.
    pub(super) fn is_inside(&self) -> bool {
        self.second.is_some()
    }

    /// The place among [`home::HOMES`] that it goes through, and the names behind that.
    pub(super) fn home(&self) -> Option<(usize, &Names)> {
        self.home.as_ref().map(|(at, names)| (*at, names))
    }
}

impl Deref for Way {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_where_a_name_does() {
        let heads = ["properties", "Claims_d", "id"].map(|name| head(name.as_bytes()));
        for (path, may) in [
            (["properties", "a"], true),
            (["claims", "a"], true),
            (["properties_d", "a"], false),
            (["cl", "a"], true), // a name may go on: wrong in one direction only
            (["identity", "a"], false),
            (["i", "a"], true),
            (["", "a"], true),
        ] {
            assert_eq!(Way::new(path).may_begin(&heads), may, "{path:?}");
        }
    }

    #[test]
    fn a_path_goes_on_only_into_the_properties() {
        let heads = ["statusCode", "message.text"].map(|name| head(name.as_bytes()));
        for (path, may) in [
            (["properties", "statuscode"], true),
            (["properties", "message"], true),
            (["properties", "requestbody"], false),
            (["claims", "requestbody"], true),
        ] {
            assert_eq!(Way::new(path).may_go_on(|| Some(&heads)), may, "{path:?}");
            assert!(Way::new(path).may_go_on(|| None), "{path:?}");
        }
        assert!(Way::new(["properties"]).may_go_on(|| Some(&[])));
    }
}
