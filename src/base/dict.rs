//! A dictionary of strings: code by text, text by code.
//!
//! Codes are given in order of first insert, so they depend on the order of
//! the evidence alone. One flat buffer holds all texts.

use std::ops::Range;

use hashbrown::HashTable;

use super::{hash, index32};

/// Strings and their codes.
#[derive(Clone, Default)]
pub struct Dict {
    text: String,
    ends: Vec<u32>,
    table: HashTable<u32>,
    last: u32,
}

impl Dict {
    /// Returns the code of `text`, adding it when it is new.
    ///
    /// # Panics
    ///
    /// When the texts together pass 4 GiB.
    pub fn code(&mut self, text: &str) -> u32 {
        // The same value often comes twice in a row: compare before hashing.
        if (self.last as usize) < self.ends.len()
            && bytes(&self.text, &self.ends, self.last) == text.as_bytes()
        {
            return self.last;
        }
        let hash = hash::key(text.as_bytes());
        let (buffer, ends) = (&self.text, &self.ends);
        if let Some(&code) = self.table.find(hash, |&c| bytes(buffer, ends, c) == text.as_bytes()) {
            self.last = code;
            return code;
        }
        let code = u32::try_from(self.ends.len()).expect("fewer than 2^32 distinct values");
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).expect("under 4 GiB of distinct text"));
        let (buffer, ends) = (&self.text, &self.ends);
        self.table.insert_unique(hash, code, |&c| hash::key(bytes(buffer, ends, c)));
        self.last = code;
        code
    }

    /// Returns the code of `text` if it was added before.
    pub fn find(&self, text: &str) -> Option<u32> {
        let hash = hash::key(text.as_bytes());
        self.table.find(hash, |&c| self.text_of(c) == text).copied()
    }

    /// Returns the text of a code; `None` for one that no text has, such as that of an absent value.
    pub fn get(&self, code: u32) -> Option<&str> {
        ((code as usize) < self.ends.len()).then(|| self.text_of(code))
    }

    /// Returns the text of a code; panics on a code of another dictionary.
    pub fn text_of(&self, code: u32) -> &str {
        slice(&self.text, &self.ends, code)
    }

    /// Returns how many distinct texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the bytes of all texts together.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Returns whether there is no text yet.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns all texts in order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|i| self.text_of(index32(i)))
    }

    /// Adds all texts of `other` and returns the code here of each code there.
    pub fn absorb(&mut self, other: &Dict) -> Vec<u32> {
        other.iter().map(|text| self.code(text)).collect()
    }
}

fn span(ends: &[u32], code: u32) -> Range<usize> {
    let index = code as usize;
    let start = if index == 0 { 0 } else { ends[index - 1] as usize };
    start..ends[index] as usize
}

fn slice<'a>(text: &'a str, ends: &[u32], code: u32) -> &'a str {
    &text[span(ends, code)]
}

/// The same as bytes: comparing needs no look at where letters begin.
fn bytes<'a>(text: &'a str, ends: &[u32], code: u32) -> &'a [u8] {
    &text.as_bytes()[span(ends, code)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_first_insert_and_survive_growth() {
        let mut dict = Dict::default();
        for i in 0..1000 {
            assert_eq!(dict.code(&format!("value {i}")), i);
        }
        for i in 0..1000 {
            assert_eq!(dict.code(&format!("value {i}")), i);
            assert_eq!(dict.text_of(i), format!("value {i}"));
        }
        assert_eq!(dict.find("nonesuch"), None);
        assert_eq!(
            (dict.get(999), dict.get(1000), dict.get(u32::MAX)),
            (Some("value 999"), None, None)
        );
    }

    #[test]
    fn absorbing_maps_codes() {
        let (mut all, mut part) = (Dict::default(), Dict::default());
        all.code("a");
        all.code("b");
        part.code("b");
        part.code("c");
        assert_eq!(all.absorb(&part), [1, 2]);
        assert_eq!(all.text_of(2), "c");
    }
}
