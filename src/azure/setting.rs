//! Settings that protect: which of them a request for a change holds, a bit each.

use std::cmp::Ordering;
use std::sync::LazyLock;

use super::{defence, table};

/// This many words of bits hold all of the table.
const WORDS: usize = 3;
/// Stands for any value.
const ANY: &str = "*";

/// Settings that protect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Settings([u64; WORDS]);

/// Names and values of the table of defences, sorted without regard to case, each once.
static ALL: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let mut all: Vec<_> = defence::lists_of_settings().flat_map(pairs).collect();
    all.sort_by(|one, other| by_name(one, other.0).then_with(|| table::compare(one.1, other.1)));
    all.dedup_by(|one, other| is_same(*one, *other));
    all
});

/// The names and values of a cell such as `mode=Prevention|Deny;rules=*`.
fn pairs(cell: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table::list(cell)
        .filter_map(|item| item.split_once('='))
        .flat_map(|(name, values)| values.split('|').map(move |value| (name, value)))
}

fn by_name(one: &(&str, &str), name: &str) -> Ordering {
    table::compare(one.0, name)
}

fn is_same(one: (&str, &str), other: (&str, &str)) -> bool {
    one.0.eq_ignore_ascii_case(other.0) && one.1.eq_ignore_ascii_case(other.1)
}

/// A name longer than this is no setting's.
const LONGEST: usize = 64;

/// For each length, the first letters of names: nearly all members of bodies are passed by on these alone.
static LETTERS: LazyLock<[u32; LONGEST]> = LazyLock::new(|| {
    let mut letters = [0; LONGEST];
    for (name, _) in ALL.iter() {
        if let Some(letters) = letters.get_mut(name.len()) {
            *letters |= letter(name);
        }
    }
    letters
});

/// The bit of the first letter of a name, whatever its case.
fn letter(name: &str) -> u32 {
    name.bytes().next().map_or(0, |first| 1 << (first & 31))
}

impl Settings {
    /// Whether a name may be that of a setting: a quick look that is wrong in one direction only.
    pub fn may_name(name: &str) -> bool {
        LETTERS.get(name.len()).is_some_and(|letters| letters & letter(name) != 0)
    }

    /// Returns the settings that a cell of the table lists.
    pub(super) fn listed(cell: &'static str) -> Self {
        let mut settings = Settings::default();
        for pair in pairs(cell) {
            settings.add_if(|known| is_same(known, pair), 0..ALL.len());
        }
        settings
    }

    /// Adds what a member of a request's body says, by its name and value; an object or list has none.
    pub fn add(&mut self, name: &str, value: Option<&str>) {
        let start = ALL.partition_point(|known| by_name(known, name) == Ordering::Less);
        let own = ALL[start..].iter().take_while(|known| by_name(known, name) == Ordering::Equal);
        let end = start + own.count();
        let says = |known: &str| value.is_some_and(|value| value.eq_ignore_ascii_case(known));
        self.add_if(|(_, known)| known == ANY || says(known), start..end);
    }

    fn add_if(&mut self, fits: impl Fn((&str, &str)) -> bool, places: std::ops::Range<usize>) {
        for place in places.filter(|place| fits(ALL[*place])) {
            if let Some(word) = self.0.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
        }
    }

    /// Adds all of others.
    pub fn join(&mut self, other: Settings) {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == [0; WORDS]
    }

    /// Whether one of them is among others.
    pub fn meets(self, other: Settings) -> bool {
        self.0.iter().zip(other.0).any(|(word, more)| word & more != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_the_table_has_a_bit_of_its_own_and_is_not_passed_by() {
        assert!(!ALL.is_empty() && ALL.len() <= WORDS * 64, "{}", ALL.len());
        for cell in defence::lists_of_settings() {
            assert!(table::list(cell).all(|item| item.contains('=')), "{cell}");
        }
        for (name, _) in ALL.iter() {
            assert!(Settings::may_name(name) && Settings::may_name(&name.to_uppercase()), "{name}");
        }
        assert!(!Settings::may_name("") && !Settings::may_name(&"s".repeat(LONGEST)));
    }

    #[test]
    fn a_setting_counts_with_the_value_that_protects() {
        let closed = Settings::listed("defaultAction=Deny;publicNetworkAccess=Disabled");
        let of = |name: &str, value: Option<&str>| {
            let mut settings = Settings::default();
            settings.add(name, value);
            settings
        };
        assert!(of("DEFAULTACTION", Some("deny")).meets(closed));
        assert!(of("defaultAction", Some("Allow")).is_empty());
        assert!(
            of("allowBlobPublicAccess", Some("false"))
                .meets(Settings::listed("allowBlobPublicAccess=false"))
        );
        assert!(!of("allowBlobPublicAccess", Some("false")).meets(closed));
        assert!(of("networkSecurityGroup", None).meets(Settings::listed("networkSecurityGroup=*")));
        assert!(of("tags", None).is_empty());
    }
}
