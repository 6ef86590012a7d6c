//! The tests of a question: what each is about, and what is known of it without any record.

use std::cell::OnceCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use hashbrown::HashMap;

use super::super::atom;
use super::super::field::{Field, Place};
use super::bare::{self, Portion};
use super::carry::{self, Shapes};
use super::operation::{self, Standing};
use super::reach::matches;
use super::world::World;
use crate::azure::category;
use crate::rule::{Matcher, Number, Test, Wanted, fold};
use crate::schema::Event;

/// A test of a question.
pub(super) struct Leaf<'r> {
    pub(super) asked: &'r Test,
    test: atom::Test,
    pub(super) about: About,
    carried: (Shapes, Option<Portion>),
    /// Whether it holds for an operation of the catalogue.
    is_known: OnceCell<bool>,
}

/// What a test is about, as far as that limits its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Anything,
    Operation,
    Category,
    Words(&'static [&'static str]),
}

/// The operation that a question is put to.
#[derive(Clone, Copy)]
pub(super) enum Candidate<'c> {
    /// One of a known name, as it stands and folded.
    Named(&'c str, &'c str),
    /// One that no catalogue knows, for which patterns that fit known ones do not hold.
    Unknown,
    /// One that no catalogue knows, for which any pattern may hold.
    Undreamt,
}

const YES_NO: &[&str] = &["true", "false"];

/// Fields that have few values, all of them known.
const WORDS: &[(&str, &[&str])] = &[
    ("outcome", &["succeeded", "accepted", "failed", "unknown"]),
    ("delegated", YES_NO),
    ("mfa", YES_NO),
    ("verb", &["write", "delete", "action", "read", "other"]),
    ("phase", &["start", "end", "single"]),
    ("cross_tenant", &["no", "guest", "delegated", "msa", "unknown"]),
    ("app_auth", &["none", "secret", "certificate"]),
    (
        "actor_type",
        &[
            "user",
            "guest",
            "msa",
            "service_principal",
            "managed_identity",
            "azure_service",
            "foreign",
            "unknown",
        ],
    ),
];

impl Leaf<'_> {
    /// What the world tells of it, whatever the operation.
    pub(super) fn told(&self, world: &World<'_>) -> Option<bool> {
        if !world.carries(self.carried) {
            return Some(false);
        }
        let holds = |value: &str| self.test.holds(value, &fold(value), &[]);
        match self.about {
            About::Operation | About::Anything => None,
            About::Words(words) => (!words.iter().any(|word| holds(word))).then_some(false),
            About::Category => {
                let there = world.categories?;
                let spelled = category::spellings();
                let known: Vec<_> = spelled.filter(|(word, _)| holds(word)).collect();
                let is_there = known.iter().any(|(_, name)| there.contains(*name));
                (!known.is_empty() && !is_there).then_some(false)
            }
        }
    }

    /// What an operation tells of it.
    pub(super) fn answer(&self, candidate: Candidate<'_>) -> Option<bool> {
        match (self.about, candidate) {
            (About::Operation, Candidate::Named(name, folded)) => {
                Some(self.test.holds(name, folded, &[]))
            }
            (About::Operation, Candidate::Unknown) => self.is_known().then_some(false),
            (About::Operation, Candidate::Undreamt) => {
                let is_one = operation::literal(self.asked).is_some();
                (is_one && self.is_known()).then_some(false)
            }
            _ => None,
        }
    }

    fn is_known(&self) -> bool {
        *self.is_known.get_or_init(|| match operation::literal(self.asked) {
            Some(name) => Standing::of(name) != Standing::Unknown,
            None => matches(self.asked).next().is_some(),
        })
    }
}

/// The tests of a question, each once; lists of them may be long.
pub(super) struct Leaves<'r> {
    pub(super) all: Vec<Leaf<'r>>,
    /// Their places by the hash of what they ask.
    known: HashMap<u64, Vec<usize>>,
    wanted: Wanted,
}

impl<'r> Leaves<'r> {
    pub(super) fn new(wanted: Wanted) -> Self {
        Leaves { all: Vec::new(), known: HashMap::new(), wanted }
    }

    /// Returns the place of a test, which is made ready where it was not asked before.
    pub(super) fn place(&mut self, test: &'r Test) -> usize {
        let same = self.known.entry(mark(test)).or_default();
        let all = &mut self.all;
        let known = same.iter().copied().find(|&at| all[at].asked == test);
        known.unwrap_or_else(|| {
            all.push(leaf(test, self.wanted));
            same.push(all.len() - 1);
            all.len() - 1
        })
    }
}

/// A hash that tells the values of long lists apart.
fn mark(test: &Test) -> u64 {
    let mut hasher = DefaultHasher::new();
    test.field.hash(&mut hasher);
    match &test.matcher {
        Matcher::Pattern(pattern) => pattern.hash(&mut hasher),
        Matcher::Regex(regex) => regex.as_str().hash(&mut hasher),
        Matcher::Cidr(network) => network.hash(&mut hasher),
        Matcher::Compare(_, Number::Float(number)) => number.to_bits().hash(&mut hasher),
        Matcher::Compare(_, Number::Whole(number)) | Matcher::Moment(_, _, number) => {
            number.hash(&mut hasher);
        }
        _ => {}
    }
    hasher.finish()
}

fn leaf(asked: &Test, wanted: Wanted) -> Leaf<'_> {
    let test = atom::Test::of(&asked.matcher, &Arc::default(), &mut |_| 0);
    let (about, carried) = match asked.field.as_deref() {
        None => (About::Anything, (Shapes::ALL, None)),
        Some(name) => {
            let carried = (carry::field(name).1, bare::portion(name));
            (about(name, &asked.matcher, wanted), carried)
        }
    };
    Leaf { asked, test, about, carried, is_known: OnceCell::new() }
}

fn about(name: &str, matcher: &Matcher, wanted: Wanted) -> About {
    let is_relative =
        matches!(matcher, Matcher::Exists | Matcher::Same { .. } | Matcher::Elsewhere { .. });
    if is_relative || matcher.minds_case() {
        return About::Anything;
    }
    let column = Event::from_field(name).map_or(name, |column| column.spec().name);
    match (column, wanted) {
        ("outcome", Wanted::Succeeded) => return About::Words(&["succeeded", "accepted"]),
        ("outcome", Wanted::Failed) => return About::Words(&["failed"]),
        _ => {}
    }
    if let Some((_, words)) = WORDS.iter().find(|(field, _)| field.eq_ignore_ascii_case(column)) {
        return About::Words(words);
    }
    match Field::resolve(name).places.as_slice() {
        [Place::Operation] => About::Operation,
        [Place::Column(Event::Category), ..] => About::Category,
        _ => About::Anything,
    }
}
