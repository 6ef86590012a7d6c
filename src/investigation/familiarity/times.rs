//! The times that decide about a principal: since when the log tells of it, and when suspicion began.
//!
//! A long log of one subscription tells nothing of who works in another, nor does the log of a
//! service's own state of who called it. And what somebody else did is no ground to take one for new.

use hashbrown::HashMap;

use super::super::facts::Facts;
use super::super::suspect::{Suspects, Way};
use super::WINDOW;
use crate::base::Time;
use crate::ledger::Outcome;

/// The times that decide about one principal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    /// Since when there is a log of calls for every subscription in which it turned up.
    pub(super) log: Option<Time>,
    /// The last event of the evidence.
    pub(super) end: Option<Time>,
    /// Its own suspicion; of who is no suspect, the first one where it acted, or else of all.
    pub(super) suspicion: Option<Time>,
    /// The first suspicion of itself and of anybody in its subscriptions.
    pub(super) around: Option<Time>,
}

impl Times {
    /// What was before this was before the window.
    pub(super) fn until(&self) -> Time {
        window(self.suspicion)
    }

    /// The same of the first suspicion around it.
    pub(super) fn until_around(&self) -> Time {
        window(self.around)
    }
}

fn window(suspicion: Option<Time>) -> Time {
    suspicion.map_or(Time(i64::MAX), |suspicion| suspicion.plus_seconds(-WINDOW))
}

/// Returns the times of every principal, in their order.
pub(super) fn all(facts: &Facts<'_>, suspects: &Suspects) -> Vec<Times> {
    let places = Places::of(facts);
    let (logs, first) = (logs(facts), suspects.begin());
    let spine = &facts.corpus.spine;
    let end = spine.rows().map(|row| spine.time[row]).max();
    let own = own(facts, suspects, &places.acted);
    let mut suspected: HashMap<u32, Time> = HashMap::new();
    for (_, operation) in suspects.operations(facts) {
        earliest(&mut suspected, operation.subscription, operation.first);
    }
    let mut all = vec![Times { end, ..Times::default() }; own.len()];
    let mut reached = vec![Reach::default(); own.len()];
    for &(p, subscription) in &places.all {
        reached[p].add(logs.get(&subscription).copied());
        let here = suspected.get(&subscription).copied();
        all[p].around = [all[p].around, here].into_iter().flatten().min();
    }
    for ((times, own), reach) in all.iter_mut().zip(own).zip(reached) {
        times.log = reach.since();
        times.around = [times.around, own].into_iter().flatten().min().or(first);
        times.suspicion = own.or(times.around);
    }
    all
}

/// Since when the logs of several subscriptions all tell.
#[derive(Clone, Copy, Default)]
struct Reach {
    since: Option<Time>,
    /// Whether one of them has no log of calls.
    is_open: bool,
}

impl Reach {
    fn add(&mut self, log: Option<Time>) {
        self.since = self.since.max(log);
        self.is_open |= log.is_none();
    }

    fn since(self) -> Option<Time> {
        self.since.filter(|_| !self.is_open)
    }
}

fn earliest<K: Eq + std::hash::Hash>(known: &mut HashMap<K, Time>, key: K, time: Time) {
    let known = known.entry(key).or_insert(time);
    *known = (*known).min(time);
}

/// The first call in the log of each subscription; some exports leave the category out.
fn logs(facts: &Facts<'_>) -> HashMap<u32, Time> {
    let spine = &facts.corpus.spine;
    let calls = facts.corpus.names.category.find("administrative");
    let mut logs = HashMap::new();
    for row in spine.rows() {
        let category = spine.category[row];
        if category == u16::MAX || Some(u32::from(category)) == calls {
            earliest(&mut logs, spine.subscription[row], spine.time[row]);
        }
    }
    logs
}

/// Where principals turned up: what they did, and what they were given.
struct Places {
    /// Principals with subscriptions, by their places and codes; each pair once, in order.
    all: Vec<(usize, u32)>,
    /// The first operation of each principal that did not fail.
    acted: Vec<Option<Time>>,
}

impl Places {
    fn of(facts: &Facts<'_>) -> Self {
        let mut all = hashbrown::HashSet::new();
        let mut acted: Vec<Option<Time>> = vec![None; facts.principals.all.len()];
        for operation in facts.operations().filter(|o| o.outcome != Outcome::Failed) {
            let Some(p) = facts.principals.of(operation.identity) else { continue };
            all.insert((p, operation.subscription));
            acted[p] = Some(acted[p].map_or(operation.first, |first| first.min(operation.first)));
        }
        for grant in &facts.corpus.grants {
            let Some(p) = facts.principals.find(&grant.principal) else { continue };
            if let Some(operation) = facts.operation_of(grant.row).filter(|_| acted[p].is_none()) {
                all.insert((p, operation.subscription));
            }
        }
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_unstable();
        Places { all, acted }
    }
}

/// When what speaks against each principal begins: its own suspicion, and that of whoever made it or gave
/// it power before it ever acted.
fn own(facts: &Facts<'_>, suspects: &Suspects, acted: &[Option<Time>]) -> Vec<Option<Time>> {
    let since = |p: usize| suspects.get(p).map(|suspect| suspect.since);
    let mut own: Vec<Option<Time>> = (0..facts.principals.all.len()).map(since).collect();
    for hand in &suspects.handed {
        let Some(p) = hand.to.filter(|p| *p != hand.by && hand.way.is_first_use()) else {
            continue;
        };
        if acted[p].is_none_or(|acted| acted >= hand.time) {
            own[p] = [own[p], since(hand.by)].into_iter().flatten().min();
        }
    }
    own
}

impl Way {
    /// Whether it may be how somebody new came in; what others do with an identity tells nothing of when
    /// it was made.
    pub(super) const fn is_first_use(self) -> bool {
        !matches!(self, Way::Federated | Way::Attached | Way::RanCode)
    }
}
