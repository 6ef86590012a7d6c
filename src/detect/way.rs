//! A path into records, with what shows at a glance that it leads nowhere.
//!
//! Most paths lead nowhere in most records. What that is seen by is worked out
//! once a path, so that a record costs a comparison or two.

use std::ops::Deref;

use super::home::{self, HEAD, Names, head};

/// A path into a record: names in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    names: Vec<String>,
    /// The beginning of the first name as a number, and the letters that count.
    begin: (u64, u64),
    /// Which of [`home::HOMES`] it goes through, and the names behind.
    home: Option<(usize, Names)>,
}

impl Way {
    /// Makes a path of one name or more.
    pub(super) fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let first = names.first().map_or(&[][..], |name| name.as_bytes());
        let letters = u32::try_from(8 * first.len().min(HEAD)).unwrap_or(u64::BITS);
        let mask = u64::MAX.checked_shr(u64::BITS - letters).unwrap_or(0);
        let home = home::of(&names).map(|at| (at, Names::of(&names[2..])));
        Way { begin: (head(first) & mask, mask), home, names }
    }

    /// Whether one of the members whose names begin so may be the first of the path.
    pub(super) fn may_begin(&self, heads: &[u64]) -> bool {
        let (begin, mask) = self.begin;
        heads.iter().any(|head| head & mask == begin)
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
            (["properties_d", "a"], true), // the same first letters: wrong in one direction only
            (["identity", "a"], false),
            (["i", "a"], true),
            (["", "a"], true),
        ] {
            assert_eq!(Way::new(path).may_begin(&heads), may, "{path:?}");
        }
    }
}
