//! Networks that principals use day after day.
//!
//! Who sits now in the office and now behind a VPN has two networks, and one token in both. What tells
//! a stolen one is a network that its owner hardly uses.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use super::part::{Part, Parts};
use crate::base::Time;
use crate::corpus::NONE;
use crate::ledger::Operation;

/// A network is known after its use on so many earlier days of the last ones.
pub(super) const EARLIER: usize = 3;
/// Days after which a use is forgotten.
pub(super) const LAST: i64 = 30;
/// One that is used throughout the evidence is so on this many days, the day at hand not counted.
const THROUGHOUT: usize = 5;
/// Who had more networks before has no place of its own that it could leave.
const FEW: usize = 3;
/// A principal is a newcomer on this many days, the first of them included.
const FRESH: i64 = 3;
/// At least this many days of a subscription must have been seen before its newcomers can be told.
const SEEN: i64 = 7;
/// Nanoseconds of a day.
pub(super) const DAY: i64 = 86_400 * 1_000_000_000;

/// How usual the network of an operation is for its principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// It is rare or unknown, or new to a principal that often changes.
    Unusual,
    /// It is new to a principal that was in few networks before, in one of them on several days.
    New,
    /// It is used on many days, few of them earlier.
    Throughout,
    /// It was used on several earlier days.
    Before,
    /// Whatever it is, the principal was not there before, though the log of the subscription covers a week.
    Newcomer,
}

impl Habit {
    /// All of them, in the order of their numbers.
    pub(super) const ALL: [Habit; 5] =
        [Habit::Unusual, Habit::New, Habit::Throughout, Habit::Before, Habit::Newcomer];

    /// Returns the word by which rules ask for it; nothing is said where nothing is known.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Habit::Unusual => None,
            Habit::New => Some("new"),
            Habit::Throughout => Some("throughout"),
            Habit::Before => Some("before"),
            Habit::Newcomer => Some("newcomer"),
        }
    }
}

/// The days on which each principal used each network.
pub(super) struct Habits {
    /// The principal of each identity, and the network of each address, both by number.
    who: Vec<u32>,
    network: Vec<u32>,
    days: HashMap<(u32, u32), BTreeSet<i64>>,
    /// The networks of each principal.
    networks: HashMap<u32, Vec<u32>>,
    /// The first day of each principal and of each subscription, by number.
    came: Vec<i64>,
    began: Vec<i64>,
}

impl Habits {
    /// Looks through the evidence.
    pub(super) fn of(source: Parts<'_>) -> Self {
        let corpus = source.corpus;
        let who = numbered(corpus.identities.len(), |at| {
            Some(corpus.identities[at].key.clone()).filter(|key| !key.is_empty())
        });
        let network = numbered(corpus.names.ip.len(), |at| {
            source.text_at(&Part::SourceProvider, at).map(std::borrow::Cow::into_owned)
        });
        let mut days: HashMap<(u32, u32), BTreeSet<i64>> = HashMap::new();
        let mut networks: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut came = vec![i64::MAX; who.len()];
        let mut began = vec![i64::MAX; corpus.names.subscription.len()];
        for row in corpus.spine.rows() {
            let of = |list: &[u32], code: u32| list.get(code as usize).copied().unwrap_or(NONE);
            let key = (of(&who, corpus.spine.identity[row]), of(&network, corpus.spine.ip[row]));
            let today = day(corpus.spine.time[row]);
            for (list, code) in [(&mut came, key.0), (&mut began, corpus.spine.subscription[row])] {
                if let Some(first) = list.get_mut(code as usize) {
                    *first = today.min(*first);
                }
            }
            if key.0 != NONE && key.1 != NONE {
                let known = days.entry(key).or_insert_with(|| {
                    networks.entry(key.0).or_default().push(key.1);
                    BTreeSet::new()
                });
                known.insert(today);
            }
        }
        Habits { who, network, days, networks, came, began }
    }

    /// Returns how usual the network of an operation is for its principal.
    pub(super) fn habit(&self, operation: &Operation) -> Habit {
        if self.is_newcomer(operation) {
            return Habit::Newcomer;
        }
        let of = |list: &[u32], code: u32| list.get(code as usize).copied();
        let key = (of(&self.who, operation.identity), of(&self.network, operation.ip));
        let (Some(who), Some(network)) = key else { return Habit::Unusual };
        let Some(days) = self.days.get(&(who, network)) else { return Habit::Unusual };
        let today = day(operation.first);
        if days.range(today - LAST..today).nth(EARLIER - 1).is_some() {
            Habit::Before
        } else if days.len() - usize::from(days.contains(&today)) >= THROUGHOUT {
            Habit::Throughout
        } else if days.first().is_some_and(|first| *first >= today) && self.is_steady(who, today) {
            Habit::New
        } else {
            Habit::Unusual
        }
    }

    /// Whether the evidence of a subscription holds a week without the principal, who came to it a few days ago.
    fn is_newcomer(&self, operation: &Operation) -> bool {
        let of = |list: &[i64], code: u32| list.get(code as usize).copied();
        let who = self.who.get(operation.identity as usize).copied().unwrap_or(NONE);
        let (Some(came), Some(began)) =
            (of(&self.came, who), of(&self.began, operation.subscription))
        else {
            return false;
        };
        day(operation.first) - came < FRESH && came - began >= SEEN
    }

    /// Whether a principal was in few networks before a day, and in one of them on several days.
    fn is_steady(&self, who: u32, today: i64) -> bool {
        let all = self.networks.get(&who).into_iter().flatten();
        let before: Vec<usize> = all
            .map(|network| &self.days[&(who, *network)])
            .map(|days| days.range(today - LAST..today).take(EARLIER).count())
            .filter(|days| *days > 0)
            .collect();
        before.len() <= FEW && before.contains(&EARLIER)
    }
}

/// Returns the day of a time, by number.
pub(super) fn day(time: Time) -> i64 {
    time.0.div_euclid(DAY)
}

/// Gives the same number to the same text; [`NONE`] to what has none.
fn numbered(count: usize, text: impl Fn(usize) -> Option<String>) -> Vec<u32> {
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut number = |text: String| {
        let next = crate::base::index32(known.len());
        *known.entry(text).or_insert(next)
    };
    (0..count).map(|at| text(at).map_or(NONE, &mut number)).collect()
}
