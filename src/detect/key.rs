//! What operations are put together by: the hashes of the values of their parts.
//!
//! A record may have a list where a key is read. The operation then has a key
//! with each of its items, as a condition holds when it holds for any item.

use super::part::{Domain, Part};
use super::scene::Scene;
use crate::base::hash;
use crate::rule::fold;

/// At most this many keys has one operation, if its parts are lists.
const KEYS: usize = 4096;
/// At most this many values of a list are shown.
const SHOWN: usize = 8;

/// Parts by which operations are put together, looked up once.
pub(super) struct Keyed<'k> {
    scene: &'k Scene<'k>,
    parts: Vec<Asked<'k>>,
}

/// Where the value of a part comes from.
enum Asked<'k> {
    /// What a test kept.
    Captured(u32),
    /// The hash of the value of each code of a domain; 0 where it has none.
    Table(Domain, &'k [u64]),
}

impl<'k> Keyed<'k> {
    /// Returns what the first values of the parts are compared by; `None` when one of them is not there.
    pub(super) fn of(&self, number: u32) -> Option<u64> {
        let mut found = None;
        self.join((0, &self.parts), number, &mut 1, &mut |key| found = Some(key));
        found
    }

    /// Gives `take` what the values of the parts are compared by, for each item of those that are lists.
    ///
    /// A key may come more than once.
    pub(super) fn each(&self, number: u32, take: &mut dyn FnMut(u64)) {
        self.join((0, &self.parts), number, &mut { KEYS }, take);
    }

    /// Goes on with a key; at most `left` whole ones are given.
    fn join(
        &self,
        (mut key, mut parts): (u64, &[Asked<'k>]),
        number: u32,
        left: &mut usize,
        take: &mut dyn FnMut(u64),
    ) {
        let operation = self.scene.operation(number);
        while let Some((part, rest)) = parts.split_first() {
            match *part {
                // The values are hashes already.
                Asked::Table(domain, hashes) => {
                    let at = domain.place(operation, self.scene.source());
                    let Some(&value) = hashes.get(at).filter(|&&hash| hash != 0) else { return };
                    key = hash::join(key, value);
                }
                Asked::Captured(atom) => {
                    for text in self.scene.captured(atom, number) {
                        if *left == 0 {
                            return;
                        }
                        self.join((hash::join(key, hashed(text)), rest), number, left, take);
                    }
                    return;
                }
            }
            parts = rest;
        }
        *left -= 1;
        take(key);
    }
}

impl Scene<'_> {
    /// Looks up the parts of keys; they must have been made ready.
    pub(super) fn keyed<'k>(&'k self, parts: &[Part]) -> Keyed<'k> {
        let asked = |part: &Part| match part {
            Part::Captured(atom) => Asked::Captured(*atom),
            part => Asked::Table(part.domain(), self.tables.get(part).map_or(&[], Vec::as_slice)),
        };
        Keyed { scene: self, parts: parts.iter().map(asked).collect() }
    }

    /// The values that a test kept of an operation: those of its first event that has any.
    fn captured(&self, atom: u32, number: u32) -> impl Iterator<Item = &str> {
        let has = |place: &u32| self.held.first(*place, atom).is_some();
        let place = self.places(&number).iter().copied().find(has);
        let codes = place.into_iter().flat_map(move |place| self.held.values(place, atom));
        codes.filter_map(|code| self.corpus.hits.value(code))
    }

    /// Gives `take` the text of a part of an operation, or of each item of a list.
    pub(super) fn each_text(&self, part: &Part, number: u32, take: &mut dyn FnMut(&str)) {
        match part {
            Part::Captured(atom) => self.captured(*atom, number).for_each(take),
            _ => {
                if let Some(text) = self.source().text(part, self.operation(number)) {
                    take(&text);
                }
            }
        }
    }

    /// Returns what is shown of a part of an operation; `None` when there is nothing.
    pub(super) fn shown(&self, part: &Part, number: u32) -> Option<String> {
        let mut all: Vec<String> = Vec::new();
        let mut more = 0;
        self.each_text(part, number, &mut |text| {
            if all.len() == SHOWN {
                more += 1;
            } else if !all.iter().any(|known| known == text) {
                all.push(text.to_owned());
            }
        });
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!all.is_empty()).then(|| format!("{}{rest}", all.join(", ")))
    }

    /// The hash of the value of each code that a part depends on; 0 where it has none.
    pub(super) fn table(&self, part: &Part) -> Vec<u64> {
        let source = self.source();
        let of = |at: usize| source.text_at(part, at).map_or(0, |text| hashed(&text));
        (0..part.domain().size(source)).map(of).collect()
    }
}

/// What a value is compared by: never 0.
fn hashed(text: &str) -> u64 {
    hash::key(fold(text).as_bytes()).max(1)
}
