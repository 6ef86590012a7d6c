//! Regular expressions as rules write them, in the words of the engine.
//!
//! Rules are written for PCRE or Python. Where the engine reads the same text
//! otherwise, or not at all, it is given other text that means what was meant.
//! What the engine cannot do, such as looking around, stays as it is and is
//! refused there.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::CharIndices;

/// Returns a regular expression with flags as the engine must be told it.
pub(super) fn translated(text: &str, flags: &str) -> String {
    let is_of_lines = flags.contains('m') || sets_lines(text);
    let mut reader = Reader { text, letters: text.char_indices().peekable(), out: String::new() };
    while let Some((at, letter)) = reader.letters.next() {
        match letter {
            '\\' => reader.escape(),
            '[' => reader.class(),
            '{' => reader.brace(at),
            '(' if text[at..].starts_with("(?#") => reader.skip_past(')'),
            // Itself once more: to the engine, which refuses the words for it, this would be a flag.
            '(' if text[at..].starts_with("(?R)") => reader.out.push_str("(?&"),
            '$' if !is_of_lines => reader.out.push_str(END),
            letter => reader.out.push(letter),
        }
    }
    reader.out
}

/// The end of a text, or of its last line before a line break.
const END: &str = r"(?:\n?\z)";

/// Whether flags in an expression may let it match line by line.
fn sets_lines(text: &str) -> bool {
    text.split("(?").skip(1).any(|rest| {
        let flags = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        flags.contains('m') && rest[flags.len()..].starts_with([')', ':', '-'])
    })
}

struct Reader<'t> {
    text: &'t str,
    letters: Peekable<CharIndices<'t>>,
    out: String,
}

impl<'t> Reader<'t> {
    /// Reads on until after a letter.
    fn skip_past(&mut self, end: char) {
        while self.letters.next().is_some_and(|(_, letter)| letter != end) {}
    }

    /// What is left to read.
    fn rest(&mut self) -> &'t str {
        let at = self.letters.peek().map_or(self.text.len(), |(at, _)| *at);
        &self.text[at..]
    }

    /// Reads what follows a backslash outside of a class.
    fn escape(&mut self) {
        let Some((_, letter)) = self.letters.next() else { return self.out.push('\\') };
        match letter {
            'Z' => self.out.push_str(r"\n?\z"),
            'h' => self.out.push_str(r"[ \t]"),
            'H' => self.out.push_str(r"[^ \t]"),
            'R' => self.out.push_str(r"(?:\r\n|[\n\r\x0B\x0C])"),
            'Q' => self.quoted(),
            _ => self.character(letter),
        }
    }

    /// What a backslash before a letter means inside and outside of classes.
    fn character(&mut self, letter: char) {
        if let Some(digits) = self.nul(letter) {
            // So NUL stands in values that were read.
            self.out.push_str(r"\x{FFFD}");
            self.letters.by_ref().take(digits).for_each(drop);
            return;
        }
        match letter {
            'e' => self.out.push_str(r"\x1B"),
            '0' => self.octal(),
            // To the engine these are the ends of words.
            '<' | '>' => self.out.push(letter),
            letter if !letter.is_ascii() => self.out.push(letter),
            letter => {
                self.out.extend(['\\', letter]);
                if matches!(letter, 'p' | 'P' | 'x' | 'u' | 'U') {
                    self.name();
                }
            }
        }
    }

    /// How many letters more there are after a backslash and this one, where they are NUL as a number.
    fn nul(&mut self, letter: char) -> Option<usize> {
        let rest = self.rest();
        let digits = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return None,
        };
        let in_braces = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let is_nul = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte == b'0');
        match in_braces {
            Some((inside, _)) => is_nul(inside).then_some(inside.len() + 2),
            None => rest.get(..digits).is_some_and(is_nul).then_some(digits),
        }
    }

    /// Reads the name of a letter or a set of letters, where it stands in braces.
    fn name(&mut self) {
        if self.letters.next_if(|(_, next)| *next == '{').is_some() {
            self.out.push('{');
            for (_, next) in self.letters.by_ref() {
                self.out.push(next);
                if next == '}' {
                    break;
                }
            }
        }
    }

    /// Reads up to two digits after `\0`.
    fn octal(&mut self) {
        let mut value = 0;
        for _ in 0..2 {
            let next = self.letters.next_if(|(_, next)| next.is_digit(8));
            let Some(digit) = next.and_then(|(_, next)| next.to_digit(8)) else { break };
            value = value * 8 + digit;
        }
        let _ = match value {
            0 => write!(self.out, r"\x{{FFFD}}"),
            _ => write!(self.out, r"\x{value:02X}"),
        };
    }

    /// Reads the text from `\Q` to `\E`.
    fn quoted(&mut self) {
        let rest = self.rest();
        let (quoted, after) = rest.split_once(r"\E").unwrap_or((rest, ""));
        let end = self.text.len() - after.len();
        let quoted = regex::escape(quoted);
        self.out.push_str(&quoted);
        while self.letters.next_if(|(at, _)| *at < end).is_some() {}
    }

    /// Reads a brace: one that begins no repetition is a letter.
    fn brace(&mut self, at: usize) {
        let inside = self.text[at + 1..].split_once('}').map_or("", |(inside, _)| inside);
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        match inside.split_once(',') {
            _ if inside.is_empty() || inside == "," => self.out.push_str(r"\{"),
            None if is_number(inside) => self.out.push('{'),
            Some(("", most)) if is_number(most) => self.out.push_str("{0"),
            Some((least, most)) if is_number(least) && is_number(most) => self.out.push('{'),
            _ => self.out.push_str(r"\{"),
        }
    }

    /// Reads a class up to its end.
    fn class(&mut self) {
        self.out.push('[');
        self.take_if('^');
        if self.letters.next_if(|(_, next)| *next == ']').is_some() {
            self.out.push_str(r"\]");
        }
        // Whether what was read last is a set of letters, after which a dash begins no range.
        let mut after_set = false;
        while let Some((at, letter)) = self.letters.next() {
            let was_set = std::mem::take(&mut after_set);
            match letter {
                ']' => return self.out.push(']'),
                '[' if self.named(at) => after_set = true,
                '[' => self.out.push_str(r"\["),
                // Twice, these join classes.
                '&' | '~' => self.out.extend(['\\', letter]),
                '-' if was_set => self.out.push_str(r"\-"),
                '-' => {
                    self.out.push('-');
                    if self.letters.next_if(|(_, next)| *next == '-').is_some() {
                        self.out.push_str(r"\-");
                    }
                }
                '\\' => after_set = self.escape_in_class(),
                letter => self.out.push(letter),
            }
        }
    }

    fn take_if(&mut self, letter: char) {
        if self.letters.next_if(|(_, next)| *next == letter).is_some() {
            self.out.push(letter);
        }
    }

    /// Reads a class such as `[:alpha:]`; `false` where none begins.
    fn named(&mut self, at: usize) -> bool {
        let rest = &self.text[at..];
        let Some(end) = rest.strip_prefix("[:").and_then(|rest| rest.find(":]")) else {
            return false;
        };
        let whole = &rest[..end + 4];
        let letters = whole[2..end + 2].trim_start_matches('^');
        if !letters.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return false;
        }
        self.out.push_str(whole);
        for _ in 1..whole.len() {
            self.letters.next();
        }
        true
    }

    /// Reads what follows a backslash in a class; returns whether it is a set of letters.
    fn escape_in_class(&mut self) -> bool {
        let Some((_, letter)) = self.letters.next() else {
            self.out.push('\\');
            return false;
        };
        match letter {
            'b' => self.out.push_str(r"\x08"),
            'h' => {
                self.out.push_str(r" \t");
                return true;
            }
            _ => self.character(letter),
        }
        matches!(letter, 'w' | 'W' | 'd' | 'D' | 's' | 'S' | 'p' | 'P')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::expr::Regular;
    use super::*;

    #[test]
    fn what_the_engine_reads_as_others_do_is_left_as_it_is() {
        for text in [
            r"^a.b+c*?(?:d|e){2,3}f{4}g{5,}\z",
            r"(?i)[a-z0-9_\-\.]+\.(exe|dll)\b",
            r"[^\]\\a-f-]\d\w\s\x41\x{41}\u0041\p{L}\pN[\x{41}\p{Lu}\pN]",
            r"[[:alpha:]_][[:^digit:]]",
            r"(?P<a>x)(?<b>y)\(\)\{\}\[\]",
            "é[ä-ü]*}",
            "",
        ] {
            assert_eq!(translated(text, ""), text);
            assert!(Regular::new(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_it_reads_otherwise_or_not_at_all_is_said_in_its_words() {
        for (text, own, matches, other) in [
            ("{a", r"\{a", "{a", "a"),
            ("^{.*}$", r"^\{.*}(?:\n?\z)", "{x}", "x"),
            (r"a{,2}b", "a{0,2}b", "aab", "a"),
            ("a{b}{,}", r"a\{b}\{,}", "a{b}{,}", "ab"),
            (r"\<a\>", "<a>", "<a>", "a"),
            (r"a\Z", r"a\n?\z", "a\n", "ab"),
            (r"\e\0\012", r"\x1B\x{FFFD}\x0A", "\u{1b}\u{fffd}\n", "e0"),
            (r"a\x00\u0000b", r"a\x{FFFD}\x{FFFD}b", "a\u{fffd}\u{fffd}b", "ab"),
            (r"a\hb\Hc", r"a[ \t]b[^ \t]c", "a\tbxc", "ahbHc"),
            (r"^a\Rb$", r"^a(?:\r\n|[\n\r\x0B\x0C])b(?:\n?\z)", "a\r\nb", "aRb"),
            (r"\Qa.b\E.c", r"a\.b.c", "a.bxc", "axbxc"),
            (r"\Qa.b", r"a\.b", "a.b", "axb"),
            ("a(?#why)b", "ab", "ab", "ac"),
            ("^[a&&b]$", r"^[a\&\&b](?:\n?\z)", "&", "c"),
            ("^[a~~b]$", r"^[a\~\~b](?:\n?\z)", "b", "c"),
            ("^[[a]$", r"^[\[a](?:\n?\z)", "[", "b"),
            ("^[]a]$", r"^[\]a](?:\n?\z)", "]", "b"),
            ("^[^]a]$", r"^[^\]a](?:\n?\z)", "b", "]"),
            ("^[+--]$", r"^[+-\-](?:\n?\z)", ",", "."),
            (r"^[\w-.]+$", r"^[\w\-.]+(?:\n?\z)", "a-b.c", "a b"),
            (r"^[[:alpha:]-.]$", r"^[[:alpha:]\-.](?:\n?\z)", "-", "1"),
            (r"^[\p{L}-.]$", r"^[\p{L}\-.](?:\n?\z)", "-", "1"),
            (r"^[\b\e]$", r"^[\x08\x1B](?:\n?\z)", "\u{8}", "b"),
            (r"^[\h-x]$", r"^[ \t\-x](?:\n?\z)", "-", "h"),
            (r"\é", "é", "é", "e"),
        ] {
            assert_eq!(translated(text, ""), own, "{text}");
            let regex = Regular::new(own).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(regex.is_match(matches) && !regex.is_match(other), "{text}");
        }
    }

    #[test]
    fn the_end_is_that_of_the_last_line_too() {
        let regex = |text: &str, flags: &str| {
            let flags = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
            Regular::new(&format!(
                "{flags}{}",
                translated(text, flags.trim_matches(['(', '?', ')']))
            ))
            .unwrap()
        };
        for (text, flags, value, expected) in [
            ("^a$", "", "a\n", true),
            ("^a$", "", "a", true),
            ("^a$", "", "a\n\n", false),
            ("^a$", "", "a\nb", false),
            ("^a$", "m", "a\nb", true),
            ("(?m)^a$", "", "a\nb", true),
            ("(?im:^A$)", "", "a\nb", true),
            ("(?i)^A$", "", "a\n", true),
            (r"a\$", "", "a$", true),
            ("^[$]$", "", "$\n", true),
        ] {
            assert_eq!(regex(text, flags).is_match(value), expected, "{text} {flags} {value:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r"[\[\]{}()\\QEhRZ0&~^:,0-9a-cpé-]{0,16}|.{0,20}") {
            translated(&text, "");
        }

        #[test]
        fn plain_expressions_stay(text in r"([a-z.^|]|\[[a-z]-z\]|\\[dws]|[a-z][+*?]){0,8}") {
            prop_assert_eq!(translated(&text, ""), text);
        }
    }
}
