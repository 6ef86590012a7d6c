//! The condition of a rule: `selection and not 1 of filter_*`.
//!
//! A recursive descent over a bounded list of words; nesting is bounded too.
//! `not` binds closest, then `and`, then `or`.

use super::error::closest;
use super::expr::{Expr, Matcher, Test};
use super::pattern::{Pattern, fold};

/// Parentheses and `not` may nest this deep.
const MAX_DEPTH: usize = 40;
/// A condition may have this many words.
const MAX_WORDS: usize = 2_000;
/// The conditions of a rule may ask for this many tests.
const MAX_TESTS: usize = 200_000;
/// At most this many of them, or [`MAX_TIMES`] times those of all searches, may be those of searches that were named before.
const MAX_AGAIN: usize = 2_000;
/// How many times the tests of all searches may be asked again.
const MAX_TIMES: usize = 4;

/// A search of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Its name.
    pub name: String,
    /// What it asks for.
    pub expr: Expr,
}

impl Search {
    /// Returns what stands for a name in a condition that puts names together: a test of a field so called.
    pub(super) fn by_name(name: &str) -> Search {
        Search { name: name.to_owned(), expr: Expr::test(Some(name), Matcher::Exists) }
    }
}

/// A fault in a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where, in bytes from the start of the condition.
    pub(super) at: usize,
    pub(super) message: String,
}

/// A word of a condition and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word<'c> {
    at: usize,
    text: &'c str,
}

/// The searches of a rule while its conditions are read.
#[derive(Debug)]
pub(super) struct Searches<'s> {
    all: &'s [Search],
    /// Which of them a condition named.
    used: Vec<bool>,
    /// Tests of all conditions so far, and of searches that were named before.
    tests: usize,
    again: usize,
    /// At most this many may be of searches that were named before.
    most: usize,
}

impl<'s> Searches<'s> {
    /// Begins to read the conditions over these searches.
    pub(super) fn new(all: &'s [Search]) -> Self {
        let tests: usize = all.iter().map(|search| tests(&search.expr)).sum();
        let most = MAX_AGAIN.max(tests.saturating_mul(MAX_TIMES));
        Searches { all, used: vec![false; all.len()], tests: 0, again: 0, most }
    }

    /// Returns the names of all searches.
    pub(super) fn names(&self) -> impl Iterator<Item = &'s str> {
        self.all.iter().map(|search| search.name.as_str())
    }

    /// Returns the names of the searches that no condition named.
    pub(super) fn unused(&self) -> Vec<String> {
        let unused = self.all.iter().zip(&self.used).filter(|(_, used)| !**used);
        unused.map(|(search, _)| search.name.clone()).collect()
    }

    /// Reads a condition.
    pub(super) fn read(&mut self, condition: &str) -> Result<Expr, Fault> {
        let words = words(condition)?;
        if words.len() > MAX_WORDS {
            return Err(Fault { at: 0, message: format!("more than {MAX_WORDS} words") });
        }
        let mut parser = Parser { words: &words, at: 0, end: condition.len(), searches: self };
        let expr = parser.or(0)?;
        match parser.words.get(parser.at) {
            None => Ok(expr),
            Some(word) => {
                Err(word.fault(format!("expected \"and\" or \"or\", found \"{}\"", word.text)))
            }
        }
    }

    /// Takes a search into a condition, as long as that does not grow too big.
    fn take(&mut self, found: usize, word: Word<'_>) -> Result<Expr, Fault> {
        let expr = &self.all[found].expr;
        let tests = tests(expr);
        self.tests += tests;
        self.again += if self.used[found] { tests } else { 0 };
        self.used[found] = true;
        if self.tests > MAX_TESTS || self.again > self.most {
            return Err(word.fault("asks for too many tests".to_owned()));
        }
        Ok(expr.clone())
    }
}

/// How many tests a search has.
fn tests(search: &Expr) -> usize {
    let mut tests = 0;
    search.each_test(&mut |_: &Test| tests += 1);
    tests
}

/// Words of a condition that name nothing.
const JOINERS: [&str; 7] = ["and", "or", "not", "of", "all", "any", "them"];

/// Returns the names in a condition, each once, in order.
pub(super) fn names(condition: &str) -> Result<Vec<String>, Fault> {
    let mut names: Vec<String> = Vec::new();
    for word in words(condition)? {
        let is_name =
            !matches!(word.text, "(" | ")") && !JOINERS.iter().any(|known| word.is(known));
        if is_name && !names.iter().any(|known| known == word.text) {
            names.push(word.text.to_owned());
        }
    }
    Ok(names)
}

fn words(condition: &str) -> Result<Vec<Word<'_>>, Fault> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, letter) in condition.char_indices() {
        if letter.is_alphanumeric() || matches!(letter, '_' | '*' | '-' | '.' | '?') {
            start = start.or(Some(at));
            continue;
        }
        if let Some(from) = start.take() {
            words.push(Word { at: from, text: &condition[from..at] });
        }
        match letter {
            '(' | ')' => words.push(Word { at, text: &condition[at..=at] }),
            letter if letter.is_whitespace() => {}
            letter => {
                let message =
                    format!("unexpected \"{letter}\": a condition is joined by and, or, not");
                return Err(Fault { at, message });
            }
        }
    }
    if let Some(from) = start {
        words.push(Word { at: from, text: &condition[from..] });
    }
    Ok(words)
}

impl Word<'_> {
    fn is(self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn fault(self, message: String) -> Fault {
        Fault { at: self.at, message }
    }
}

struct Parser<'p, 's> {
    words: &'p [Word<'p>],
    at: usize,
    end: usize,
    searches: &'p mut Searches<'s>,
}

impl<'p> Parser<'p, '_> {
    fn next(&mut self) -> Option<Word<'p>> {
        let word = self.words.get(self.at).copied();
        self.at += usize::from(word.is_some());
        word
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.words.get(self.at).is_some_and(|word| word.is(text));
        self.at += usize::from(found);
        found
    }

    fn or(&mut self, depth: usize) -> Result<Expr, Fault> {
        let mut parts = vec![self.and(depth)?];
        while self.take("or") {
            parts.push(self.and(depth)?);
        }
        Ok(Expr::any(parts))
    }

    fn and(&mut self, depth: usize) -> Result<Expr, Fault> {
        let mut parts = vec![self.not(depth)?];
        while self.take("and") {
            parts.push(self.not(depth)?);
        }
        Ok(Expr::all(parts))
    }

    fn not(&mut self, depth: usize) -> Result<Expr, Fault> {
        let end = self.end;
        let Some(word) = self.next() else {
            return Err(Fault { at: end, message: "ends where a search is expected".to_owned() });
        };
        if depth >= MAX_DEPTH {
            return Err(word.fault(format!("nests deeper than {MAX_DEPTH}")));
        }
        if word.is("not") {
            return Ok(self.not(depth + 1)?.negated());
        }
        if word.text == "(" {
            let inner = self.or(depth + 1)?;
            if self.take(")") {
                return Ok(inner);
            }
            return Err(word.fault("this parenthesis is not closed".to_owned()));
        }
        if self.take("of") { self.of(word) } else { self.name(word) }
    }

    fn name(&mut self, word: Word<'_>) -> Result<Expr, Fault> {
        if matches!(word.text, ")") || word.is("and") || word.is("or") || word.is("of") {
            return Err(word.fault(format!("expected a search, found \"{}\"", word.text)));
        }
        let known = self.searches.all;
        let names = || known.iter().map(|search| search.name.as_str());
        if let Some(found) = names().position(|name| name == word.text) {
            return self.searches.take(found, word);
        }
        if let Some(near) = closest(word.text, names()) {
            return Err(
                word.fault(format!("no search \"{}\"; did you mean \"{near}\"?", word.text))
            );
        }
        if word.text.parse::<usize>().is_ok() || word.is("any") || word.is("all") {
            return Err(word.fault(format!("\"of\" must follow \"{}\"", word.text)));
        }
        let known: Vec<&str> = names().collect();
        Err(word.fault(format!("no search \"{}\"; there are {}", word.text, known.join(", "))))
    }

    /// `1 of x*`, `all of them`.
    fn of(&mut self, count: Word<'_>) -> Result<Expr, Fault> {
        let Some(names) = self.next() else {
            return Err(count.fault("\"of\" needs the name of searches or \"them\"".to_owned()));
        };
        let pattern = Pattern::cased(names.text, true);
        let all = names.is("them");
        // A search whose name begins so is meant only where it is named so.
        let hidden = !names.text.starts_with('_');
        let chosen = |name: &str| {
            !(hidden && name.starts_with('_')) && (all || pattern.matches(name, &fold(name)))
        };
        let known = self.searches.all;
        let found: Vec<usize> = (0..known.len()).filter(|&at| chosen(&known[at].name)).collect();
        if found.is_empty() {
            return Err(names.fault(format!("no search is named \"{}\"", names.text)));
        }
        let parts: Vec<Expr> =
            found.into_iter().map(|at| self.searches.take(at, names)).collect::<Result<_, _>>()?;
        if count.is("all") {
            return Ok(Expr::All(parts));
        }
        match count.text.parse::<usize>() {
            _ if count.is("any") => Ok(Expr::Any(parts)),
            Ok(1) => Ok(Expr::Any(parts)),
            Ok(number) if (2..=parts.len()).contains(&number) => Ok(Expr::AtLeast(number, parts)),
            Ok(number) => {
                Err(count.fault(format!("{number} of {} searches never makes sense", parts.len())))
            }
            Err(_) => {
                Err(count.fault("expected a number, \"all\" or \"any\" before \"of\"".to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests;
