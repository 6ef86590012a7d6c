//! What is wrong with a rule file, with the place where it is wrong.

use std::fmt;

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
}

impl Problem {
    pub(super) fn new(at: Place, message: impl Into<String>) -> Self {
        Problem { at, message: message.into() }
    }

    /// Adds the file and its text.
    pub(super) fn in_file(self, path: &str, text: &str) -> Error {
        let line = text.lines().nth(self.at.line.saturating_sub(1)).unwrap_or_default();
        Error::Broken(Box::new(Fault {
            path: path.to_owned(),
            line: self.at.line,
            column: self.at.column.max(1),
            message: self.message,
            text: line.to_owned(),
        }))
    }
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
}
