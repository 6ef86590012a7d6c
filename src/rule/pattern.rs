//! Text with the wildcards `*` and `?`, as Sigma writes it.

use std::borrow::Cow;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// This text.
    Text(String),
    /// Any text, also none.
    Any,
    /// Any one character.
    One,
}

/// A pattern of text. Letters are compared without case unless it is cased.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    pieces: Vec<Piece>,
    cased: bool,
}

/// Returns a text in the form in which letters are compared without case.
pub fn fold(text: &str) -> Cow<'_, str> {
    let mut folded = String::new();
    if fold_into(text, &mut folded) { Cow::Owned(folded) } else { Cow::Borrowed(text) }
}

/// Puts that form into `folded`, where it is another one than the text itself; returns whether it is.
pub fn fold_into(text: &str, folded: &mut String) -> bool {
    if !text.is_ascii() {
        *folded = text.to_lowercase();
        return true;
    }
    let is_other = text.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_other {
        folded.clear();
        folded.push_str(text);
        folded.make_ascii_lowercase();
    }
    is_other
}

impl Pattern {
    /// Reads a pattern: `\*`, `\?` and `\\` stand for the character itself, `\` before anything else for `\`.
    pub fn parse(text: &str) -> Pattern {
        Pattern::read(text, true, false)
    }

    /// Takes a text as it stands, without wildcards.
    pub fn literal(text: &str) -> Pattern {
        Pattern::read(text, false, false)
    }

    /// Returns the pattern of `text` in which case counts; wildcards count when `wild`.
    pub fn cased(text: &str, wild: bool) -> Pattern {
        Pattern::read(text, wild, true)
    }

    fn read(text: &str, wild: bool, cased: bool) -> Pattern {
        let mut pattern = Pattern { pieces: Vec::new(), cased };
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '*' if wild => pattern.any(),
                '?' if wild => pattern.pieces.push(Piece::One),
                '\\' if wild => {
                    let escaped = letters.next_if(|next| matches!(next, '*' | '?' | '\\'));
                    pattern.letter(escaped.unwrap_or('\\'));
                }
                letter => pattern.letter(letter),
            }
        }
        if !cased {
            pattern.fold();
        }
        pattern
    }

    /// Joins pieces; letters are compared without case unless `cased`.
    pub(super) fn of(pieces: Vec<Piece>, cased: bool) -> Pattern {
        let mut pattern = Pattern { pieces: Vec::new(), cased };
        for piece in pieces {
            match piece {
                Piece::Any => pattern.any(),
                Piece::One => pattern.pieces.push(Piece::One),
                Piece::Text(text) => text.chars().for_each(|letter| pattern.letter(letter)),
            }
        }
        if !cased {
            pattern.fold();
        }
        pattern
    }

    fn letter(&mut self, letter: char) {
        // So it stands in values that were read.
        let letter = if letter == '\0' { char::REPLACEMENT_CHARACTER } else { letter };
        match self.pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(letter),
            _ => self.pieces.push(Piece::Text(letter.to_string())),
        }
    }

    fn any(&mut self) {
        if self.pieces.last() != Some(&Piece::Any) {
            self.pieces.push(Piece::Any);
        }
    }

    fn fold(&mut self) {
        for piece in &mut self.pieces {
            if let Piece::Text(text) = piece {
                *text = fold(text).into_owned();
            }
        }
    }

    /// Lets any text stand before.
    #[must_use]
    pub fn open_start(mut self) -> Pattern {
        if self.pieces.first() != Some(&Piece::Any) {
            self.pieces.insert(0, Piece::Any);
        }
        self
    }

    /// Lets any text stand after.
    #[must_use]
    pub fn open_end(mut self) -> Pattern {
        self.any();
        self
    }

    /// Returns its pieces.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether case counts.
    pub fn is_cased(&self) -> bool {
        self.cased
    }

    /// Returns the longest text that must occur; empty when there is none.
    pub fn needle(&self) -> &str {
        let texts = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Any | Piece::One => None,
        });
        texts.max_by_key(|text| text.len()).unwrap_or_default()
    }

    /// Whether it matches a value as a whole, given as it stands and as [`fold`] returns it.
    pub fn matches(&self, value: &str, folded: &str) -> bool {
        let value = if self.cased { value } else { folded };
        match self.pieces.as_slice() {
            [] => value.is_empty(),
            [Piece::Text(text)] => value == text,
            [Piece::Any] => true,
            [Piece::Any, Piece::Text(text), Piece::Any] => {
                memchr::memmem::find(value.as_bytes(), text.as_bytes()).is_some()
            }
            [Piece::Text(text), Piece::Any] => value.starts_with(text.as_str()),
            [Piece::Any, Piece::Text(text)] => value.ends_with(text.as_str()),
            pieces => glob(pieces, value),
        }
    }
}

/// Matches piece by piece; on a mismatch the last `*` takes one character more.
fn glob(pieces: &[Piece], value: &str) -> bool {
    let (mut at, mut rest) = (0, value);
    let mut star: Option<(usize, &str)> = None;
    loop {
        let step = match pieces.get(at) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Piece::Any) => {
                star = Some((at + 1, rest));
                Some(rest)
            }
            Some(Piece::One) => after_one(rest),
            Some(Piece::Text(text)) => rest.strip_prefix(text.as_str()),
        };
        if let Some(next) = step {
            (at, rest) = (at + 1, next);
            continue;
        }
        let Some((after, from)) = star else { return false };
        let Some(next) = after_one(from) else { return false };
        star = Some((after, next));
        (at, rest) = (after, next);
    }
}

fn after_one(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    text.get(first.len_utf8()..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    fn matches(pattern: &str, value: &str) -> bool {
        Pattern::parse(pattern).matches(value, &fold(value))
    }

    #[test]
    fn wildcards_match_any_text_and_one_character() {
        for (pattern, value, expected) in [
            ("a*c", "ABBC", true),
            ("a*c", "abcd", false),
            ("a?c", "aXc", true),
            ("a?c", "ac", false),
            ("*b*d*", "abcde", true),
            ("?", "é", true),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("äÖ", "Äö", true),
        ] {
            assert_eq!(matches(pattern, value), expected, "{pattern} on {value}");
        }
    }

    #[test]
    fn escapes_stand_for_the_character_itself() {
        for (pattern, value, expected) in [
            (r"a\*c", "a*c", true),
            (r"a\*c", "abc", false),
            (r"\?", "?", true),
            (r"a\\*", r"a\b", true),
            (r"a\b", r"a\b", true),
            (r"a\", r"a\", true),
            (r"\\*", r"\x", true),
            (r"\\*", "x", false),
            (r"\\\*", r"\*", true),
            (r"\\\*", r"\x", false),
            (r"\\\\x", r"\\x", true),
            (r"C:\Windows\\*.exe", r"c:\windows\A.EXE", true),
            (r"\a*", r"\ab", true),
            (r"a\?c\\", r"a?c\", true),
        ] {
            assert_eq!(matches(pattern, value), expected, "{pattern} on {value}");
        }
        assert!(Pattern::literal("a*").matches("A*", "a*"));
        assert!(!Pattern::literal("a*").matches("ab", "ab"));
    }

    #[test]
    fn cased_patterns_keep_case() {
        let pattern = Pattern::cased("Ab*", true);
        assert!(pattern.matches("Abc", "abc"));
        assert!(!pattern.matches("abc", "abc"));
    }

    #[test]
    fn a_pattern_of_many_stars_ends() {
        let pattern = Pattern::parse(&"*a?".repeat(20));
        assert!(!pattern.matches(&"a".repeat(20_000), &"a".repeat(20_000).replace('a', "b")));
    }

    proptest! {
        #[test]
        fn patterns_agree_with_regular_expressions(
            pattern in "[abC*?]{0,8}", value in "[abcABC]{0,10}"
        ) {
            let regex = pattern.replace('*', ".*").replace('?', ".");
            let regex = Regex::new(&format!("(?is)^{regex}$")).unwrap();
            prop_assert_eq!(matches(&pattern, &value), regex.is_match(&value));
        }

        #[test]
        fn any_pattern_and_value_end_without_panic(pattern in ".{0,20}", value in ".{0,40}") {
            matches(&pattern, &value);
        }
    }
}
