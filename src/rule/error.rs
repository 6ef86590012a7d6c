//! What is wrong with a rule file, with the place where it is wrong.

use std::fmt;

use crate::base::near::distance;
use crate::base::text::for_terminal;

/// Why rules could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file or folder as given.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A folder holds no file of rules.
    #[error("{path} holds no rule file: rules have names that end in .yml or .yaml")]
    Empty {
        /// The folder as given.
        path: String,
    },
    /// A file is too big to be a rule.
    #[error("{path}: over {limit} bytes, which is no rule file")]
    TooBig {
        /// The file as given.
        path: String,
        /// The most bytes a rule file may have.
        limit: u64,
    },
    /// A file holds no rule, or a rule that makes no sense.
    #[error("{0}")]
    Broken(Box<Fault>),
}

/// A fault in a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub path: String,
    /// Line, counted from 1; 0 when the fault has no place.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The line as it stands in the file.
    pub text: String,
}

/// Columns of the line shown on each side of the fault.
const AROUND: usize = 60;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { path, line, column, message, text } = self;
        if *line == 0 {
            return write!(f, "{path}: {message}");
        }
        let from = column.saturating_sub(AROUND + 1);
        let shown: String = text
            .chars()
            .skip(from)
            .take(2 * AROUND)
            .map(|c| if c == '\t' { ' ' } else { c })
            .collect();
        let before: String = shown.chars().take(column.saturating_sub(from + 1)).collect();
        let gutter = " ".repeat(line.to_string().len());
        // What stands before the caret may grow when it is made safe to show.
        let indent = " ".repeat(for_terminal(&before).chars().count());
        write!(
            f,
            "{path}:{line}:{column}: {message}\n{line} | {}\n{gutter} | {indent}^",
            for_terminal(&shown)
        )
    }
}

/// A place in a file: line and column, counted from 1; line 0 is nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A fault before it is known in which file.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) at: Place,
    pub(super) message: String,
    /// The word at fault, where to look for it, and how often it stands in between.
    word: Option<(String, Place, usize)>,
}

/// Lines after the start of a scalar in which a word of it is looked for.
const SCALAR_LINES: usize = 200;

impl Problem {
    pub(super) fn new(at: Place, message: impl Into<String>) -> Self {
        Problem { at, message: message.into(), word: None }
    }

    /// Names the word at fault in the value at the place: the caret will stand below the word.
    pub(super) fn with_word(self, word: &str) -> Self {
        let start = self.at;
        self.with_word_from(start, word, 0)
    }

    /// The same for a value that begins at `start` and holds the word `before` times before the one at fault.
    pub(super) fn with_word_from(self, start: Place, word: &str, before: usize) -> Self {
        let word = (!word.is_empty()).then(|| (word.to_owned(), start, before));
        Problem { word, ..self }
    }

    /// The place of the word at fault; the one given where the word is not written as it stands.
    fn place(&self, text: &str) -> Place {
        let Some((word, start, before)) = &self.word else { return self.at };
        let mut left = *before;
        let from = start.line.saturating_sub(1);
        for (number, line) in text.lines().enumerate().skip(from).take(SCALAR_LINES) {
            let skip = if number == from { start.column.saturating_sub(1) } else { 0 };
            let begin = line.char_indices().nth(skip).map_or(line.len(), |(at, _)| at);
            for (at, _) in line[begin..].match_indices(word.as_str()) {
                if left == 0 {
                    let before = &line[..begin + at];
                    // In single quotes this one stands twice.
                    let is_second = word.starts_with('\'') && before.ends_with('\'');
                    let column = before.chars().count() + usize::from(!is_second);
                    return Place { line: number + 1, column };
                }
                left -= 1;
            }
        }
        // What is written otherwise than it reads may lead behind the line.
        let line = text.lines().nth(from).unwrap_or_default();
        let is_behind = self.at.line == start.line && self.at.column > line.chars().count() + 1;
        if is_behind { *start } else { self.at }
    }

    /// Adds the file and its text.
    pub(super) fn in_file(self, path: &str, text: &str) -> Error {
        let place = self.place(text);
        let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
        Error::Broken(Box::new(Fault {
            path: path.to_owned(),
            line: place.line,
            column: place.column.max(1),
            message: self.message,
            text: line.to_owned(),
        }))
    }
}

/// Returns the known word that a mistyped one most likely means; `None` when none is near.
pub(super) fn closest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    // A long word would make this slow, and is no slip of the finger.
    if length > 64 {
        return None;
    }
    let near = known.map(|name| (distance(&word, &name.to_lowercase()), name));
    let near = near.filter(|(distance, _)| *distance <= 2 && distance * 3 <= length);
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// The end of a message about a mistyped word: the known word that is near it, if there is one.
pub(super) fn meant<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> String {
    closest(word, known).map_or(String::new(), |near| format!("; did you mean \"{near}\"?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_its_line_with_a_caret_below() {
        let problem = Problem::new(Place { line: 2, column: 4 }, "no such thing");
        let shown = problem.in_file("a.yml", "one\ntwo\tthree\n").to_string();
        assert_eq!(shown, "a.yml:2:4: no such thing\n2 | two three\n  |    ^");
        let nowhere = Problem::new(Place::default(), "empty").in_file("a.yml", "");
        assert_eq!(nowhere.to_string(), "a.yml: empty");
    }

    #[test]
    fn a_long_line_is_cut_around_the_fault() {
        let text = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        let shown =
            Problem::new(Place { line: 1, column: 501 }, "m").in_file("p", &text).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[1].len() < 140);
        assert_eq!(lines[1].find('X'), lines[2].find('^'));
    }
    #[test]
    fn the_caret_stands_below_the_word_at_fault() {
        let text = "a:\n  \"f|contain\": x\nc: >\n  s and\n  t and u\n";
        let shown = |line, column, word, before| {
            let at = Place { line, column };
            let problem = Problem::new(at, "m").with_word_from(at, word, before);
            let Error::Broken(fault) = problem.in_file("p", text) else { panic!("a fault") };
            (fault.line, fault.column)
        };
        assert_eq!(shown(2, 3, "contain", 0), (2, 6));
        assert_eq!(shown(3, 4, "and", 1), (5, 5));
        assert_eq!(shown(3, 4, "not there", 0), (3, 4));
        assert_eq!(shown(900, 4, "and", 0), (900, 4));
    }

    #[test]
    fn the_caret_stays_within_what_is_written_otherwise_than_it_reads() {
        let text = "a: \"s and \\\n  not \\x79y\"\nb: 's ''xx'' '\n";
        let shown = |line, column, word| {
            let at = Place { line, column: column + 20 };
            let problem = Problem::new(at, "m").with_word_from(Place { line, column }, word, 0);
            let Error::Broken(fault) = problem.in_file("p", text) else { panic!("a fault") };
            (fault.line, fault.column)
        };
        assert_eq!(shown(1, 4, "yy"), (1, 4));
        assert_eq!(shown(3, 4, "'xx'"), (3, 7));
    }

    #[test]
    fn the_nearest_word_is_found() {
        let known = ["contains", "cased", "re"];
        for (word, near) in [
            ("contians", Some("contains")),
            ("CASED", Some("cased")),
            ("r", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(closest(word, known.into_iter()), near, "{word}");
        }
    }
}
