//! What Sigma cannot say: first use, baselines, what is left over, chains of steps, nearness to an alert.
//!
//! A native rule is a Sigma document whose detection may have more searches
//! than its condition names, with one key more that says how the operations
//! they select are put together.

mod read;

pub(super) use read::{KEYS, read};

use super::expr::Expr;
use super::pattern::Pattern;
use super::{Level, Wanted};

/// One question to every operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// What must hold.
    pub expr: Expr,
    /// How the operation must have ended.
    pub wanted: Wanted,
}

/// How operations are put together.
#[derive(Clone, Debug, PartialEq)]
pub enum Native {
    /// Something is done for the first time.
    FirstSeen(FirstSeen),
    /// Something is unlike what was usual.
    Baseline(Baseline),
    /// Something is still there at the end.
    State(State),
    /// Several steps were taken.
    Chain(Chain),
    /// Something was done near an alert.
    Alert(AlertJoin),
}

/// How much must be known before the unusual can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Fields that say whose history it is; none for that of all evidence.
    pub of: Vec<String>,
    /// At least this many days.
    pub days: f64,
    /// At least this many operations.
    pub operations: usize,
    /// Whether one of the two is enough.
    pub either: bool,
}

impl History {
    /// Whether nothing has to be known before.
    pub fn is_empty(&self) -> bool {
        self.days <= 0.0 && self.operations == 0
    }
}

/// An operation whose key no earlier operation had.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstSeen {
    /// Operations that may be the first.
    pub trigger: Selection,
    /// Operations whose keys count as known.
    pub learn: Selection,
    /// Fields that make up the key.
    pub key: Vec<String>,
    /// What must be known before.
    pub history: History,
}

/// What is usual, and how it is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// The number of operations in spans of time: more than so many robust deviations above the median.
    Rate {
        /// Length of a span in nanoseconds.
        bucket: i64,
        /// Deviations above the median; one is 1.4826 times the median of absolute deviations.
        deviations: f64,
        /// Operations that are worth a look at all.
        least: usize,
        /// Spans with operations that must have been seen before.
        buckets: usize,
    },
    /// A silence.
    Gap {
        /// Its least length in nanoseconds.
        least: i64,
        /// How much longer than the 99th percentile of silences it must be; 0 for any.
        factor: f64,
        /// Whether it is the silence at the end of the evidence, not one that was broken.
        at_end: bool,
    },
    /// An hour of the week that is not usual: its share, with its neighbours, is below this.
    Hours {
        /// Share of operations, 0 to 1.
        share: f64,
    },
    /// Something that few do.
    Rare {
        /// Fields whose distinct values are counted.
        across: Vec<String>,
        /// Fewer than so many.
        below: usize,
    },
}

/// Operations that are unlike what was usual.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// Operations that are looked at.
    pub trigger: Selection,
    /// Fields that say whose usual it is.
    pub of: Vec<String>,
    /// What is usual.
    pub model: Model,
    /// What must be known before.
    pub history: History,
}

/// Operations that were not undone.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Operations that begin something.
    pub opened: Selection,
    /// Operations that end it.
    pub closed: Selection,
    /// Fields that name the thing where it begins.
    pub opened_by: Vec<String>,
    /// The same fields where it ends.
    pub closed_by: Vec<String>,
    /// Whether what lies below a resource ends with it.
    pub below: bool,
}

/// What a step is.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Operations of a kind.
    Operation(Selection),
    /// Operations of which another rule spoke.
    Finding {
        /// The least level of that rule.
        level: Level,
        /// Tactics of that rule, one of them; none for any.
        tactics: Vec<String>,
    },
}

/// A step of a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub act: Act,
    /// Fields that tie it to the other steps.
    pub by: Vec<String>,
    /// How often it must have been taken.
    pub count: usize,
}

/// Several steps that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The steps.
    pub steps: Vec<Step>,
    /// Within which time, in nanoseconds.
    pub within: i64,
    /// Whether they must come in this order.
    pub ordered: bool,
    /// How many different steps are enough.
    pub least: usize,
    /// Fields that must differ between one step and the next; without an order, between two of them.
    pub differ: Vec<String>,
}

/// What ties an operation to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// One of the resources that the alert names, or something in or around it.
    Resource,
    /// One of the identities that the alert names.
    Principal,
    /// One of the addresses that the alert names.
    Ip,
    /// The subscription of the alert.
    Subscription,
}

/// Operations near an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertJoin {
    /// The operations.
    pub trigger: Selection,
    /// Patterns of the alert's type or title; none for all alerts.
    pub types: Vec<Pattern>,
    /// What ties an operation to the alert, one of them.
    pub join: Vec<Tie>,
    /// So long before the alert's start, in nanoseconds.
    pub before: i64,
    /// So long after its end, in nanoseconds.
    pub after: i64,
    /// Whether the operation must be one that the alert's type is about.
    pub expected: bool,
    /// Words for how far the work on the alert has come; none for any.
    pub status: Vec<String>,
    /// An alert of another type, at most so long before in nanoseconds, must name the same, where this is given.
    pub beside: Option<i64>,
    /// What becomes of operations that their caller makes every day.
    pub daily: Daily,
}

/// What becomes of operations that their caller did on several earlier days to the same resource.
///
/// Where the alert names the caller or the address they are like any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Daily {
    /// They are like any other.
    #[default]
    Counted,
    /// They are left out.
    LeftOut,
    /// Nothing else counts.
    Only,
}
