//! Keywords: texts that rules look for anywhere in a record, however it writes them.

use aho_corasick::AhoCorasick;

use super::atom::Test;
use super::plan::Plan;
use crate::base::json::unescape;
use crate::rule::{Pattern, Piece, fold};

/// Text looked for anywhere in a record.
#[derive(Debug, Default)]
pub(super) struct Keywords {
    /// Every text that must occur for one of the tests, found in one pass.
    needles: Option<AhoCorasick>,
    /// The test of each needle.
    atoms: Vec<u32>,
    /// Tests without a text that must occur.
    always: Vec<u32>,
    tests: Vec<(u32, Test)>,
}

impl Keywords {
    /// Joins all tests on whole records.
    pub(super) fn new<'t>(tests: impl Iterator<Item = (u32, &'t Test)>) -> Keywords {
        let mut keywords = Keywords::default();
        let mut needles = Vec::new();
        for (atom, test) in tests {
            match needle(test) {
                Some(text) => {
                    needles.push(text);
                    keywords.atoms.push(atom);
                }
                None => keywords.always.push(atom),
            }
            keywords.tests.push((atom, test.clone()));
        }
        if !needles.is_empty() {
            let built = AhoCorasick::builder().ascii_case_insensitive(true).build(&needles);
            keywords.needles = built.ok();
            if keywords.needles.is_none() {
                // More text than fits into one automaton: each test looks for itself.
                keywords.always.append(&mut keywords.atoms);
            }
        }
        keywords
    }

    /// Puts the text of a record to the tests of a plan.
    pub(super) fn find(&self, raw: &str, plan: &Plan, found: &mut dyn FnMut(u32, &str)) {
        let mut worth: Vec<u32> = self.always.clone();
        if hides_ascii(raw) {
            worth.extend(&self.atoms);
        } else if let Some(needles) = &self.needles {
            let mut seen = vec![false; self.atoms.len()];
            let mut left = seen.len();
            for hit in needles.find_overlapping_iter(raw) {
                let slot = &mut seen[hit.pattern().as_usize()];
                left -= usize::from(!*slot);
                *slot = true;
                if left == 0 {
                    break;
                }
            }
            worth.extend(
                self.atoms.iter().zip(seen).filter(|(_, seen)| *seen).map(|(atom, _)| *atom),
            );
        }
        worth.retain(|atom| plan.keywords.contains(atom));
        worth.sort_unstable();
        worth.dedup();
        if worth.is_empty() {
            return;
        }
        let texts = readings(raw);
        for (atom, test) in self.tests.iter().filter(|(atom, _)| worth.contains(atom)) {
            if texts.iter().any(|(text, folded)| test.holds(text, folded, &[])) {
                found(*atom, word(test));
            }
        }
    }
}

/// Readings of a record: as it stands, and with escapes undone this many times.
///
/// A policy stands as JSON in a body, which stands so in the properties, which a table holds as a string.
const READINGS: usize = 6;

/// Whether a record writes ordinary letters as `\u0041`, as some do with `&` or quotes.
fn hides_ascii(raw: &str) -> bool {
    memchr::memmem::find_iter(raw.as_bytes(), "\\u00")
        .any(|at| raw.as_bytes().get(at + 4).is_some_and(|digit| (b'2'..=b'7').contains(digit)))
}

/// The text of a record as it stands, and with the escapes of strings and of JSON in strings undone.
fn readings(raw: &str) -> Vec<(String, String)> {
    let mut texts = vec![raw.to_owned()];
    while texts.len() < READINGS && texts[texts.len() - 1].contains('\\') {
        texts.push(unescape(&texts[texts.len() - 1]));
    }
    texts.into_iter().map(|text| (fold(&text).into_owned(), text)).map(|(f, t)| (t, f)).collect()
}

/// The longest text that stands in every record in which a test holds, however JSON writes it.
fn needle(test: &Test) -> Option<String> {
    let Test::Pattern(pattern) = test else { return None };
    let is_plain =
        |c: char| c.is_ascii() && !c.is_ascii_control() && !matches!(c, '"' | '\\' | '/');
    let texts = pattern.pieces().iter().filter_map(|piece| match piece {
        Piece::Text(part) => Some(part),
        Piece::Any | Piece::One => None,
    });
    let runs = texts.flat_map(|part| part.split(|c: char| !is_plain(c)));
    runs.max_by_key(|run| run.len()).filter(|run| !run.is_empty()).map(str::to_owned)
}

/// What is shown of a keyword: its longest text, because the record is long.
fn word(test: &Test) -> &str {
    match test {
        Test::Pattern(pattern) => Pattern::needle(pattern),
        Test::Regex(regex) => regex.as_str(),
        _ => "",
    }
}
