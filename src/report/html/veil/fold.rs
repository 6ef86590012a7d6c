//! Text without the case of its letters, and the way back to its places.

use std::borrow::Cow;

/// A text without letter case, which may be longer or shorter than with it.
#[derive(Debug)]
pub(super) struct Folded<'t> {
    pub(super) text: Cow<'t, str>,
    /// The letters that changed their length, in order.
    changed: Vec<Changed>,
}

/// A letter that changed its length: where it begins and ends in both texts.
#[derive(Debug)]
struct Changed {
    folded: (usize, usize),
    given: (usize, usize),
}

impl<'t> Folded<'t> {
    /// Takes the case off a text.
    pub(super) fn new(text: &'t str) -> Self {
        if text.is_ascii() {
            return Self { text: text.to_ascii_lowercase().into(), changed: Vec::new() };
        }
        let mut folded = String::with_capacity(text.len());
        let mut changed = Vec::new();
        for (at, c) in text.char_indices() {
            let from = folded.len();
            push_folded(c, &mut folded);
            if folded.len() - from != c.len_utf8() {
                let given = (at, at + c.len_utf8());
                changed.push(Changed { folded: (from, folded.len()), given });
            }
        }
        Self { text: folded.into(), changed }
    }

    /// Takes a text as it stands.
    pub(super) fn as_given(text: &'t str) -> Self {
        Self { text: text.into(), changed: Vec::new() }
    }

    /// Returns where in the given text something begins; what begins within a letter begins with it.
    pub(super) fn start(&self, at: usize) -> usize {
        let before = self.changed.partition_point(|each| each.folded.0 <= at);
        self.given(at, before, |letter| letter.0)
    }

    /// Returns where in the given text something ends; what ends within a letter ends with it.
    pub(super) fn end(&self, at: usize) -> usize {
        let before = self.changed.partition_point(|each| each.folded.0 < at);
        self.given(at, before, |letter| letter.1)
    }

    /// Returns the place in the given text behind the first changed letters.
    fn given(&self, at: usize, before: usize, within: impl Fn((usize, usize)) -> usize) -> usize {
        match self.changed[..before].last() {
            Some(last) if at < last.folded.1 => within(last.given),
            Some(last) => last.given.1 + (at - last.folded.1),
            None => at,
        }
    }
}

/// Appends a letter without its case: those that have one capital in common become the same.
fn push_folded(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    let capitals = c.to_lowercase().flat_map(char::to_uppercase);
    out.extend(capitals.flat_map(char::to_lowercase));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_all_scripts_lose_their_case() {
        for (one, other) in [
            ("JOSÉ ÑANDÚ", "josé ñandú"),
            ("STRASSE", "straße"),
            ("STRAẞE", "Straße"),
            ("ΝΊΚΟΣ", "νίκος"),
            ("\u{212a}im", "kim"),
            ("ИВАН", "иван"),
        ] {
            assert_eq!(Folded::new(one).text, Folded::new(other).text, "{one}");
        }
        assert_eq!(Folded::as_given("É").text, "É");
    }

    #[test]
    fn places_lead_back_where_letters_changed_their_length() {
        // Longer (İ is i and a dot), shorter (the sign of Kelvin) and of the same length (É).
        let text = "aİb\u{212a}cÉd";
        let folded = Folded::new(text);
        assert_eq!(folded.text, "ai\u{307}bkcéd");
        for part in ["a", "b", "c", "d"] {
            let at = folded.text.find(part).unwrap();
            assert_eq!(&text[folded.start(at)..folded.end(at + 1)], part);
        }
        for (at, end, part) in [(1, 2, "İ"), (2, 4, "İ"), (5, 6, "\u{212a}"), (7, 9, "É")] {
            assert_eq!(&text[folded.start(at)..folded.end(end)], part, "{at}");
        }
        assert_eq!((folded.start(0), folded.end(folded.text.len())), (0, text.len()));
    }
}
