//! Familiarity: whether a principal was known before the first suspicion, and what says so.
//!
//! The first suspicion is the first ground that speaks against a suspect. Its window begins a day
//! earlier: who turns up only then is new, if the log reaches back far enough to tell.

mod seen;

use super::facts::Facts;
use super::model::{Coverage, Familiarity, Missing, User};
use super::suspect::Suspects;
use super::triage::Judge;
use crate::base::Time;
use crate::corpus::Source;
use crate::entity::Principal;
use seen::Seen;

const DAY: i64 = 86_400;
/// The window begins so many seconds before the first suspicion.
const WINDOW: i64 = DAY;
/// Who acted for so many seconds before the suspicion is known, ...
const LONG: i64 = 7 * DAY;
/// ... if it did so many operations before the window.
const MANY: u64 = 10;

/// Whether one principal was known before, and why this is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) word: Familiarity,
    pub(super) because: Vec<String>,
}

/// What is said of every principal, in their order.
pub(super) struct Familiarities(Vec<Judged>);

impl Familiarities {
    /// Judges every principal.
    pub(super) fn of(facts: &Facts<'_>, suspects: &Suspects, judge: Option<&Judge<'_>>) -> Self {
        let times = Times::of(facts, suspects);
        let seen = seen::all(facts, suspects, times.until());
        let one = |(seen, principal): (&Seen<'_>, &Principal)| match judge
            .and_then(|judge| judge.knows_principal(&principal.id))
        {
            Some(why) => Judged { word: Familiarity::Familiar, because: vec![why] },
            None => times.judge(facts, seen),
        };
        Familiarities(seen.iter().zip(&facts.principals.all).map(one).collect())
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

/// The times that decide.
struct Times {
    /// The first event.
    log: Option<Time>,
    /// The last event.
    end: Option<Time>,
    /// The first ground of a suspicion.
    suspicion: Option<Time>,
}

impl Times {
    fn of(facts: &Facts<'_>, suspects: &Suspects) -> Self {
        let spine = &facts.corpus.spine;
        Times {
            log: spine.rows().map(|row| spine.time[row]).min(),
            end: spine.rows().map(|row| spine.time[row]).max(),
            suspicion: suspects.begin(),
        }
    }

    /// What was before this was before the window.
    fn until(&self) -> Time {
        match self.suspicion {
            Some(suspicion) => suspicion.plus_seconds(-WINDOW),
            None => Time(i64::MAX),
        }
    }

    fn judge(&self, facts: &Facts<'_>, seen: &Seen<'_>) -> Judged {
        let said = self.known(facts, seen).map(|why| (Familiarity::Familiar, why));
        let said =
            said.or_else(|| self.fresh(facts, seen).map(|why| (Familiarity::Unfamiliar, why)));
        let (word, why) = said.unwrap_or_else(|| {
            self.open(facts, seen).unwrap_or((Familiarity::Unknown, seen.few()))
        });
        Judged { word, because: vec![why] }
    }

    /// What says that it was known: it acted for long, or an entry of a list is older than the window.
    fn known(&self, facts: &Facts<'_>, seen: &Seen<'_>) -> Option<String> {
        let until = self.suspicion.or(self.end)?;
        if let Some(first) = seen.acted
            && first <= until.plus_seconds(-LONG)
            && seen.operations >= MANY
        {
            let before = match self.suspicion {
                Some(suspicion) => format!("before the first suspicion at {suspicion}"),
                None => "and nobody is under suspicion".to_owned(),
            };
            return Some(format!("{} operations since {first}, {before}", seen.operations));
        }
        let (made, list) = seen.dated.filter(|(made, _)| *made < self.until())?;
        Some(format!("{} has an entry of {made} for it", name(facts, list)))
    }

    /// What says that it is new: a suspect made it or gave it rights, or it turned up in the window.
    fn fresh(&self, facts: &Facts<'_>, seen: &Seen<'_>) -> Option<String> {
        if let Some((time, by, what)) = seen.by_suspect {
            return Some(format!("{by}, who is under suspicion, {what} at {time}"));
        }
        if let Some((made, list)) = seen.created.filter(|(made, _)| *made >= self.until()) {
            return Some(format!("{} says that it was made at {made}", name(facts, list)));
        }
        let first = self.first_in_window(seen)?;
        let reaches_back = self.log? <= self.until().plus_seconds(-LONG);
        let is_told = reaches_back && seen.undated.is_none();
        is_told
            .then(|| format!("first seen at {first}, later than a day before the first suspicion"))
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
                    "first seen at {first}, and the log reaches back no 7 days before {}",
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
    let source: &Source = &facts.corpus.sources[list.0 as usize];
    match &source.member {
        Some(member) => format!("{}!{member}", source.path),
        None => source.path.clone(),
    }
}
