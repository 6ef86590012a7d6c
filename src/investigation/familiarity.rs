//! Familiarity: whether a principal was known before the suspicion, and what says so.
//!
//! The suspicion is the first ground that speaks against the principal itself, or against anybody if it is no
//! suspect. Its window begins a day earlier: who turns up only then is new, if the log of where it acts
//! reaches back far enough to tell.

mod seen;
mod times;

use super::facts::Facts;
use super::model::{Coverage, Familiarity, Missing, User};
use super::suspect::Suspects;
use super::triage::Judge;
use crate::base::Time;
use crate::entity::Principal;
use seen::Seen;
use times::Times;

const DAY: i64 = 86_400;
/// The window begins this many seconds before the suspicion.
const WINDOW: i64 = DAY;
/// Who acted for this many seconds before the suspicion, and did [`MANY`] operations before the window, is known.
const LONG: i64 = 7 * DAY;
/// The least operations before the window of somebody who is known.
const MANY: u64 = 10;

/// Whether one principal was known before, and why this is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) word: Familiarity,
    pub(super) because: Vec<String>,
    /// Whether it is new for certain: a dated list or what a suspect did says so, not the log's silence.
    pub(super) proven_new: bool,
}

/// What is said of every principal, in their order.
pub(super) struct Familiarities(Vec<Judged>);

impl Familiarities {
    /// Judges every principal.
    pub(super) fn of(facts: &Facts<'_>, suspects: &Suspects, judge: Option<&Judge<'_>>) -> Self {
        let times = times::all(facts, suspects);
        let seen = seen::all(facts, suspects, &times);
        let one = |((seen, times), principal): ((&Seen<'_>, &Times), &Principal)| match judge
            .and_then(|judge| judge.knows_principal(&principal.id))
        {
            Some(why) => {
                Judged { word: Familiarity::Familiar, because: vec![why], ..Judged::default() }
            }
            None => times.judge(facts, seen),
        };
        Familiarities(seen.iter().zip(&times).zip(&facts.principals.all).map(one).collect())
    }

    /// Returns what is said of a principal, by its position.
    pub(super) fn judged(&self, principal: usize) -> &Judged {
        &self.0[principal]
    }

    /// Whether the principal of that id is familiar.
    pub(super) fn is_familiar(&self, facts: &Facts<'_>, id: Option<&str>) -> bool {
        let principal = id.and_then(|id| facts.principals.find(id));
        principal.is_some_and(|p| self.0[p].word == Familiarity::Familiar)
    }
}

/// Names in the coverage what stays open for want of evidence.
pub(super) fn note_unknown(coverage: &mut Coverage, users: &[User]) {
    let unknown = users.iter().filter(|u| u.familiarity == Familiarity::Unknown).count();
    if unknown > 0 {
        coverage.not_in_evidence.push(Missing {
            what: match (unknown, users.len()) {
                (_, 1) => "whether the only user was known before".to_owned(),
                (1, all) => format!("whether 1 of {all} users was known before"),
                (some, all) => format!("whether {some} of {all} users were known before"),
            },
            why: "the log before the first suspicion is too short for them, and no dated list of users or role assignments tells: see `familiarity_because`".to_owned(),
        });
    }
}

impl Times {
    fn judge(&self, facts: &Facts<'_>, seen: &Seen<'_>) -> Judged {
        let said = self.known(facts, seen).map(|why| (Familiarity::Familiar, why, false));
        let proven = || {
            let (why, is_certain) = self.proven(facts, seen)?;
            Some((Familiarity::Unfamiliar, why, is_certain))
        };
        let fresh = || Some((Familiarity::Unfamiliar, self.fresh(seen)?, false));
        let open = || {
            let (word, why) = self.open(facts, seen)?;
            Some((word, why, false))
        };
        let said = said.or_else(proven).or_else(fresh).or_else(open);
        let (word, why, proven_new) =
            said.unwrap_or_else(|| (Familiarity::Unknown, seen.few(), false));
        Judged { word, because: vec![why], proven_new }
    }

    /// What says that it was known: it acted for long, or an entry of a list is older than the window.
    fn known(&self, facts: &Facts<'_>, seen: &Seen<'_>) -> Option<String> {
        let until = self.suspicion.or(self.end)?;
        if let Some(first) = seen.acted
            && first <= until.plus_seconds(-LONG)
            && seen.operations >= MANY
        {
            let before = match self.suspicion {
                Some(suspicion) => format!("before the suspicion at {suspicion}"),
                None => "and nobody is under suspicion".to_owned(),
            };
            return Some(format!("{} operations since {first}, {before}", seen.operations));
        }
        // Whom an intruder had made in the directory may have come long before anything spoke against it.
        let (made, list) = seen.dated.filter(|(made, _)| *made < self.until_around())?;
        Some(format!("{} has an entry of {made} for it", name(facts, list)))
    }

    /// What says by itself that it is new, and whether that proves it: a suspect made it or gave it rights, or
    /// a list says when it was made.
    fn proven(&self, facts: &Facts<'_>, seen: &Seen<'_>) -> Option<(String, bool)> {
        let made = seen.created.filter(|(made, _)| *made >= self.until());
        if let Some((time, by, what)) = seen.by_suspect {
            let why = format!("{by}, who is under suspicion, {what} at {time}");
            return Some((why, seen.is_made || made.is_some()));
        }
        let (made, list) = made?;
        Some((format!("{} says that it was made at {made}", name(facts, list)), true))
    }

    /// What tells that it is new: it turned up in the window, and the log before that is there.
    fn fresh(&self, seen: &Seen<'_>) -> Option<String> {
        let first = self.first_in_window(seen)?;
        let reaches_back = self.log? <= self.until().plus_seconds(-LONG);
        let is_told = reaches_back && seen.undated.is_none();
        is_told.then(|| format!("first seen at {first}, later than a day before the suspicion"))
    }

    /// What lists without dates say, and why the evidence is too short.
    fn open(&self, facts: &Facts<'_>, seen: &Seen<'_>) -> Option<(Familiarity, String)> {
        match (self.first_in_window(seen), seen.undated) {
            (Some(first), Some(list)) => {
                let list = name(facts, list);
                let why =
                    format!("first seen at {first}; {list} has it, and does not say since when");
                Some((Familiarity::Unknown, why))
            }
            (Some(first), None) => {
                let why = format!(
                    "first seen at {first}, and the log of where it acts reaches back no 7 days before {}",
                    self.until()
                );
                Some((Familiarity::Unknown, why))
            }
            (None, Some(list)) => {
                let why = format!("{} has it, and nothing says that it is new", name(facts, list));
                Some((Familiarity::Familiar, why))
            }
            (None, None) => None,
        }
    }

    fn first_in_window(&self, seen: &Seen<'_>) -> Option<Time> {
        seen.first().filter(|first| *first >= self.until())
    }
}

/// The name of a list: its file, and the member of an archive.
pub(super) fn name(facts: &Facts<'_>, list: crate::base::SourceId) -> String {
    facts.corpus.sources[list.0 as usize].label()
}
