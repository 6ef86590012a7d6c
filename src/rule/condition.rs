//! The condition of a rule: `selection and not 1 of filter_*`.
//!
//! A recursive descent over a bounded list of words; nesting is bounded too.
//! `not` binds closest, then `and`, then `or`.

use super::error::closest;
use super::expr::{Expr, Test};
use super::pattern::{Pattern, fold};

/// Parentheses and `not` may nest this deep.
const MAX_DEPTH: usize = 40;
/// A condition may have this many words.
const MAX_WORDS: usize = 2_000;
/// The conditions of a rule may ask for this many tests.
const MAX_TESTS: usize = 20_000;
/// So many of them may be those of searches that were named before.
const MAX_AGAIN: usize = 2_000;

/// A search of a rule and its name.
pub type Search = (String, Expr);

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
}

impl<'s> Searches<'s> {
    /// Begins to read the conditions over these searches.
    pub(super) fn new(all: &'s [Search]) -> Self {
        Searches { all, used: vec![false; all.len()], tests: 0, again: 0 }
    }

    /// Returns the names of the searches that no condition named.
    pub(super) fn unused(&self) -> Vec<String> {
        let unused = self.all.iter().zip(&self.used).filter(|(_, used)| !**used);
        unused.map(|((name, _), _)| name.clone()).collect()
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
        let expr = &self.all[found].1;
        let mut tests = 0;
        expr.each_test(&mut |_: &Test| tests += 1);
        self.tests += tests;
        self.again += if self.used[found] { tests } else { 0 };
        self.used[found] = true;
        if self.tests > MAX_TESTS || self.again > MAX_AGAIN {
            return Err(word.fault("asks for too many tests".to_owned()));
        }
        Ok(expr.clone())
    }
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
        Ok(single(parts).unwrap_or_else(Expr::Any))
    }

    fn and(&mut self, depth: usize) -> Result<Expr, Fault> {
        let mut parts = vec![self.not(depth)?];
        while self.take("and") {
            parts.push(self.not(depth)?);
        }
        Ok(single(parts).unwrap_or_else(Expr::All))
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
        let names = || self.searches.all.iter().map(|(name, _)| name.as_str());
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
        let found: Vec<usize> = (0..known.len()).filter(|&at| chosen(&known[at].0)).collect();
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

/// Returns the only part, or all of them back.
fn single(mut parts: Vec<Expr>) -> Result<Expr, Vec<Expr>> {
    if parts.len() == 1 { Ok(parts.remove(0)) } else { Err(parts) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::expr::Matcher;
    use super::*;

    const NAMES: [&str; 5] = ["a", "b", "x_1", "x_2", "_hidden"];

    fn searches() -> Vec<Search> {
        let search = |name: &&str| ((*name).to_owned(), Expr::test(Some(name), Matcher::Exists));
        NAMES.iter().map(search).collect()
    }

    /// The condition written out again.
    fn shown(expr: &Expr) -> String {
        let join = |parts: &[Expr], by: &str| parts.iter().map(shown).collect::<Vec<_>>().join(by);
        match expr {
            Expr::All(parts) => format!("({})", join(parts, "&")),
            Expr::Any(parts) => format!("({})", join(parts, "|")),
            Expr::AtLeast(n, parts) => format!("{n}({})", join(parts, ",")),
            Expr::Not(part) => format!("!{}", shown(part)),
            Expr::Test(test) => test.field.clone().unwrap_or_default(),
        }
    }

    fn read(condition: &str) -> Result<String, Fault> {
        Searches::new(&searches()).read(condition).map(|expr| shown(&expr))
    }

    #[test]
    fn not_binds_closest_then_and_then_or() {
        for (condition, meaning) in [
            ("a", "a"),
            ("a or b and not x_1", "(a|(b&!x_1))"),
            ("(a or b) AND x_1", "((a|b)&x_1)"),
            ("not not (a)", "!!a"),
            ("1 of x_*", "(x_1|x_2)"),
            ("all of x_* or a", "((x_1&x_2)|a)"),
            ("2 of them", "2(a,b,x_1,x_2)"),
            ("1 of *", "(a|b|x_1|x_2)"),
            ("1 of _*", "(_hidden)"),
            ("_hidden or a", "(_hidden|a)"),
            ("all of *_1 and any of x_*", "((x_1)&(x_1|x_2))"),
            ("not a or not b and not (a or b)", "(!a|(!b&!(a|b)))"),
            ("a  \n  and\tb", "(a&b)"),
            ("any of them", "(a|b|x_1|x_2)"),
            ("not 1 of x_* and a", "(!(x_1|x_2)&a)"),
        ] {
            assert_eq!(read(condition).as_deref(), Ok(meaning), "{condition}");
        }
    }

    #[test]
    fn faults_name_their_place() {
        for (condition, at, part) in [
            ("", 0, "ends"),
            ("a and", 5, "ends"),
            ("a b", 2, "expected \"and\""),
            ("(a", 0, "not closed"),
            ("a)", 1, "expected \"and\""),
            ("c", 0, "no search \"c\"; there are a, b"),
            ("a and x_3", 6, "did you mean \"x_1\""),
            ("a and not", 9, "ends"),
            ("not", 3, "ends"),
            ("()", 1, "expected a search"),
            ("1 of", 0, "needs the name"),
            ("3 of x_*", 0, "never makes sense"),
            ("-1 of them", 0, "expected a number"),
            ("99999999999999999999 of them", 0, "expected a number"),
            ("1 of y*", 5, "no search is named"),
            ("9 of them", 0, "never makes sense"),
            ("0 of them", 0, "never makes sense"),
            ("x of them", 0, "expected a number"),
            ("a | count() > 5", 2, "unexpected"),
            ("a && b", 2, "joined by and, or, not"),
            ("1 off x_*", 0, "\"of\" must follow \"1\""),
            ("and a", 0, "expected a search"),
        ] {
            let fault = read(condition).expect_err(condition);
            assert_eq!(fault.at, at, "{condition}: {fault:?}");
            assert!(fault.message.contains(part), "{condition}: {fault:?}");
        }
    }

    #[test]
    fn deep_and_long_conditions_are_refused() {
        assert!(read(&format!("{}a", "not ".repeat(1_500))).is_err());
        assert!(read(&"(".repeat(1_900)).is_err());
        assert!(read(&vec!["a"; 5_000].join(" or ")).is_err());
    }

    #[test]
    fn searches_that_are_named_are_known_as_used() {
        let all = searches();
        let mut searches = Searches::new(&all);
        searches.read("a and 1 of x_*").unwrap();
        assert_eq!(searches.unused(), ["b", "_hidden"]);
        searches.read("b").unwrap();
        assert_eq!(searches.unused(), ["_hidden"]);
    }

    #[test]
    fn conditions_together_ask_for_a_bounded_number_of_tests() {
        let many = vec![Expr::test(Some("f"), Matcher::Exists); 600];
        let all = [("big".to_owned(), Expr::Any(many))];
        let mut searches = Searches::new(&all);
        for _ in 0..4 {
            searches.read("big").unwrap();
        }
        assert!(searches.read("big").is_err());
        let row = vec!["a"; 900].join(" or ");
        assert!(read(&row).is_ok());
    }

    fn any_expr() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![Just("a".to_owned()), Just("b".to_owned()), Just("x_1".to_owned())];
        leaf.prop_recursive(5, 30, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4)
                    .prop_map(|p| format!("({})", p.join(" and "))),
                prop::collection::vec(inner.clone(), 2..4)
                    .prop_map(|p| format!("({})", p.join(" or "))),
                inner.prop_map(|part| format!("not {part}")),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(condition in any_expr()) {
            let meaning = condition.replace(" and ", "&").replace(" or ", "|").replace("not ", "!");
            prop_assert_eq!(read(&condition), Ok(meaning));
        }

        #[test]
        fn no_text_makes_it_panic(condition in ".{0,60}") {
            let _ = read(&condition);
        }

        #[test]
        fn no_row_of_words_makes_it_panic(
            words in prop::collection::vec("(a|b|x_\\*|of|1|2|all|them|not|and|or|\\(|\\))", 0..30)
        ) {
            let _ = read(&words.join(" "));
        }
    }
}
