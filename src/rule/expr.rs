//! What a rule asks of an operation, as a tree of tests on fields.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use ipnet::IpNet;
use regex::{Regex, RegexBuilder};

use super::lookup::Table;
use super::moment::TimePart;
use super::number::Number;
use super::pattern::Pattern;

/// A condition. An empty `All` holds, an empty `Any` does not.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// All of them hold.
    All(Vec<Expr>),
    /// One of them holds.
    Any(Vec<Expr>),
    /// At least this many of them hold.
    AtLeast(usize, Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// A value of the field passes.
    Test(Test),
}

/// A test on the values of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// The field as the rule names it; `None` for the text of the whole record.
    pub field: Option<String>,
    /// What a value must be.
    pub matcher: Matcher,
}

/// What a value must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// Text of this pattern.
    Pattern(Pattern),
    /// Text in which this regular expression matches.
    Regex(Regular),
    /// A number in this order to another.
    Compare(Order, Number),
    /// An instant of which a part stands in this order to a number.
    Moment(TimePart, Order, i64),
    /// An address in this network.
    Cidr(IpNet),
    /// Anything.
    Exists,
    /// A value of this table.
    Lookup(Table),
    /// All of these at once, where a field has many values.
    Together(Vec<Matcher>),
    /// The id of a subscription, or of something in it, that is not the one another field holds.
    Elsewhere {
        /// The other field.
        field: String,
    },
    /// The same as a value of another field of the same record.
    Same {
        /// The other field.
        field: String,
        /// Which part of the value is compared.
        part: Part,
        /// Whether case counts.
        cased: bool,
    },
}

impl Matcher {
    /// Whether the case of a value counts.
    pub fn minds_case(&self) -> bool {
        match self {
            Matcher::Pattern(pattern) => pattern.is_cased(),
            Matcher::Regex(regex) => {
                let flags = regex.as_str().strip_prefix("(?").and_then(|rest| rest.split_once(')'));
                let is_flags = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase());
                !flags.is_some_and(|(flags, _)| is_flags(flags) && flags.contains('i'))
            }
            Matcher::Same { cased, .. } => *cased,
            Matcher::Together(all) => all.iter().any(Matcher::minds_case),
            _ => false,
        }
    }

    /// Whether a blank value meets it, or counts for it as one.
    pub fn meets_blank(&self) -> bool {
        match self {
            Matcher::Pattern(pattern) => pattern.matches("", ""),
            Matcher::Exists => true,
            Matcher::Together(all) => all.iter().all(Matcher::meets_blank),
            _ => false,
        }
    }
}

/// A compiled regular expression may take this many bytes: as many as most tools allow, so that their rules load.
const REGEX_BYTES: usize = 10 << 20;
/// Groups of a regular expression may nest this deep.
const REGEX_DEPTH: u32 = 50;

/// A regular expression, compiled once and within bounds; its flags stand in its text.
#[derive(Clone)]
pub struct Regular {
    text: Arc<str>,
    compiled: Arc<OnceLock<Regex>>,
}

impl Regular {
    /// Compiles the text of a rule.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        let compiled = Arc::new(OnceLock::from(compile(text)?));
        Ok(Regular { text: text.into(), compiled })
    }

    /// Takes a text that is known to compile, and compiles it when a value is first held against it:
    /// most of the built-in ones never meet one.
    pub(super) fn known(text: &str) -> Self {
        Regular { text: text.into(), compiled: Arc::default() }
    }

    /// Returns the text, with its flags.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Deref for Regular {
    type Target = Regex;

    fn deref(&self) -> &Regex {
        self.compiled.get_or_init(|| compile(&self.text).expect("known to compile"))
    }
}

fn compile(text: &str) -> Result<Regex, regex::Error> {
    let mut builder = RegexBuilder::new(text);
    builder.size_limit(REGEX_BYTES).dfa_size_limit(REGEX_BYTES).nest_limit(REGEX_DEPTH).build()
}

/// The text alone: what is compiled or not yet is the same.
impl fmt::Debug for Regular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for Regular {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// How two numbers stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Equal.
    Equal,
    /// More.
    Above,
    /// More or equal.
    AtLeast,
    /// Less.
    Below,
    /// Less or equal.
    AtMost,
}

impl Order {
    /// Whether `left` stands so to `right`; what is no number stands in no order.
    pub fn holds<T: PartialOrd + Copy>(self, left: T, right: T) -> bool {
        match self {
            Order::Equal => left == right,
            Order::Above => left > right,
            Order::AtLeast => left >= right,
            Order::Below => left < right,
            Order::AtMost => left <= right,
        }
    }
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Some of it.
    Inside,
    /// Its start.
    Start,
    /// Its end.
    End,
}

impl Part {
    /// Whether that part of `text` is `other`.
    pub fn holds(self, text: &str, other: &str) -> bool {
        match self {
            Part::Whole => text == other,
            Part::Inside => text.contains(other),
            Part::Start => text.starts_with(other),
            Part::End => text.ends_with(other),
        }
    }
}

impl Expr {
    /// Returns a test as an expression.
    pub(super) fn test(field: Option<&str>, matcher: Matcher) -> Expr {
        Expr::Test(Test { field: field.map(str::to_owned), matcher })
    }

    /// Returns what holds where one of these does: the only one, or a choice.
    pub(super) fn any(parts: Vec<Expr>) -> Expr {
        Expr::only(parts).unwrap_or_else(Expr::Any)
    }

    /// Returns what holds where each of these does: the only one, or all together.
    pub(super) fn all(parts: Vec<Expr>) -> Expr {
        Expr::only(parts).unwrap_or_else(Expr::All)
    }

    fn only(mut parts: Vec<Expr>) -> Result<Expr, Vec<Expr>> {
        if parts.len() == 1 { Ok(parts.remove(0)) } else { Err(parts) }
    }

    /// Returns the opposite.
    #[must_use]
    pub(super) fn negated(self) -> Expr {
        Expr::Not(Box::new(self))
    }

    /// Gives `take` every test in it, in order.
    pub fn each_test<'e>(&'e self, take: &mut dyn FnMut(&'e Test)) {
        match self {
            Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
                for part in parts {
                    part.each_test(take);
                }
            }
            Expr::Not(part) => part.each_test(take),
            Expr::Test(test) => take(test),
        }
    }
}
