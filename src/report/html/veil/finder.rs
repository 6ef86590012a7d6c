//! Finds names in text where they stand alone.
//!
//! A name that stands alone begins where a word does, so that a look-up a word is enough, however
//! many names there are.

use hashbrown::HashMap;

/// A name that was found: where it begins and ends, and its place among the names.
pub(super) type Found = (usize, usize, usize);

/// Knows names, in the letter case of the texts that it is asked about.
#[derive(Debug, Default)]
pub(super) struct Finder {
    /// The lengths of the names that begin with a word, or with what is no part of words; the longest
    /// first.
    heads: HashMap<String, Vec<usize>>,
    names: HashMap<Box<str>, usize>,
    /// Characters that no word holds and a name begins with.
    odd: Vec<char>,
}

impl Finder {
    /// Returns the place of a name, which is the next free one for a new name.
    pub(super) fn add(&mut self, name: &str) -> usize {
        if let Some(place) = self.names.get(name) {
            return *place;
        }
        let head = head(name, 0);
        self.odd.extend(head.chars().next().filter(|c| !joins(*c) && !self.odd.contains(c)));
        let lengths = self.heads.entry_ref(head).or_default();
        if let Err(at) = lengths.binary_search_by(|length| name.len().cmp(length)) {
            lengths.insert(at, name.len());
        }
        let place = self.names.len();
        self.names.insert(name.into(), place);
        place
    }

    /// Returns the first name at or behind a place in a text, and the longest of those that begin
    /// there.
    ///
    /// The place has to be no middle of a word.
    pub(super) fn next(&self, text: &str, mut from: usize) -> Option<Found> {
        while from < text.len() {
            let head = head(text, from);
            let found = self.heads.get(head).and_then(|lengths| self.longest(text, from, lengths));
            if found.is_some() {
                return found;
            }
            from = self.skip(text, from + head.len());
        }
        None
    }

    fn longest(&self, text: &str, from: usize, lengths: &[usize]) -> Option<Found> {
        if text[..from].chars().next_back().is_some_and(joins) {
            return None;
        }
        lengths.iter().find_map(|length| {
            let end = from + length;
            let place = self.names.get(text.get(from..end)?)?;
            ends_alone(&text[end..]).then_some((from, end, *place))
        })
    }

    /// Returns where the next word begins, or what a name may begin with.
    fn skip(&self, text: &str, from: usize) -> usize {
        let begins = |c: char| joins(c) || self.odd.contains(&c);
        let mut chars = text[from..].chars();
        loop {
            let rest = chars.as_str();
            match chars.next() {
                Some(c) if !begins(c) => {}
                _ => return text.len() - rest.len(),
            }
        }
    }
}

/// Returns the word that begins at a place, or the one character there that is no part of words.
fn head(text: &str, from: usize) -> &str {
    let rest = &text[from..];
    let ascii = rest.bytes().position(|byte| !IN_WORDS[usize::from(byte)]).unwrap_or(rest.len());
    let end = match rest[ascii..].find(|c| !joins(c)) {
        Some(more) => ascii + more,
        None => rest.len(),
    };
    if end > 0 { &rest[..end] } else { &rest[..rest.chars().next().map_or(0, char::len_utf8)] }
}

/// Which bytes of ASCII are part of words.
static IN_WORDS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'@');
        byte += 1;
    }
    table
};

/// Tells whether a character is part of words.
fn joins(c: char) -> bool {
    match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() => IN_WORDS[usize::from(byte)],
        _ => c.is_alphanumeric(),
    }
}

/// Tells whether what stands before a text does not go on in it.
fn ends_alone(rest: &str) -> bool {
    let mut rest = rest.chars();
    match rest.next() {
        // A full stop ends a sentence, or stands within a name.
        Some('.') => !rest.next().is_some_and(char::is_alphanumeric),
        Some(c) => !joins(c),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str], text: &str) -> Vec<String> {
        let mut finder = Finder::default();
        for name in names {
            finder.add(name);
        }
        let mut found = Vec::new();
        let mut from = 0;
        while let Some((start, end, place)) = finder.next(text, from) {
            assert_eq!(names[place], &text[start..end]);
            found.push(text[start..end].to_owned());
            from = end;
        }
        found
    }

    #[test]
    fn the_longest_name_that_stands_alone_is_found() {
        let names = ["anna", "anna lee", "anna lee of x.y", "rg-1", "özge", "/a b", "(x)"];
        assert_eq!(found(&names, "anna, anna lee; anna leeds"), ["anna", "anna lee", "anna"]);
        assert_eq!(
            found(&names, "anna lee of x.y. anna lee of x.yz"),
            ["anna lee of x.y", "anna lee"]
        );
        assert_eq!(found(&names, "hanna rg-12 x-rg-1 anna@b rg-1.b").len(), 0);
        assert_eq!(found(&names, "by özge, rg-1."), ["özge", "rg-1"]);
        assert_eq!(found(&names, "at /a b, c/a b, (x)"), ["/a b", "(x)"]);
    }

    #[test]
    fn the_same_name_keeps_its_place() {
        let mut finder = Finder::default();
        assert_eq!([finder.add("b"), finder.add("a"), finder.add("b")], [0, 1, 0]);
        assert_eq!(finder.next("", 0), None);
    }
}
