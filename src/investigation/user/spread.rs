//! Power that changed hands: what a suspect gave to others, and what suspects gave to somebody.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::model::{Handover, HandoverWay, Suspicion};
use super::super::suspect::{Handed, Suspect, Suspects, Way};

/// At most this many of one principal are listed.
const LISTED: usize = 200;

/// What was given and received, by principal.
#[derive(Default)]
pub(super) struct Handovers {
    pub(super) gave: BTreeMap<usize, Vec<Handover>>,
    pub(super) received: BTreeMap<usize, Vec<Handover>>,
}

impl Handovers {
    pub(super) fn of(facts: &Facts<'_>, suspects: &Suspects) -> Self {
        let mut all = Handovers::default();
        for hand in &suspects.handed {
            let add = |lists: &mut BTreeMap<usize, Vec<Handover>>, p: usize| {
                let list = lists.entry(p).or_default();
                if list.len() < LISTED {
                    list.push(shown(facts, hand));
                }
            };
            add(&mut all.gave, hand.by);
            if let Some(to) = hand.to.filter(|to| *to != hand.by) {
                add(&mut all.received, to);
            }
        }
        all
    }
}

fn shown(facts: &Facts<'_>, hand: &Handed) -> Handover {
    Handover {
        time: Some(hand.time),
        by: facts.principals.all[hand.by].id.clone(),
        to: hand.to_id.clone(),
        way: way(hand.way),
        what: (!hand.what.is_empty()).then(|| hand.what.clone()),
        scope: hand.place.clone(),
    }
}

fn way(way: Way) -> HandoverWay {
    match way {
        Way::Granted => HandoverWay::Granted,
        Way::Delegated => HandoverWay::Delegated,
        Way::VaultPolicy => HandoverWay::VaultPolicy,
        Way::Made => HandoverWay::Made,
        Way::Federated => HandoverWay::Federated,
        Way::Attached => HandoverWay::Attached,
        Way::RanCode => HandoverWay::RanCode,
    }
}

/// Shows what is held against a suspect.
pub(super) fn suspicion(suspect: &Suspect) -> Suspicion {
    Suspicion {
        since: Some(suspect.since),
        because: suspect.because.clone(),
        findings: suspect.findings.clone(),
        alerts: suspect.alerts.clone(),
        by_spread: suspect.only_handed,
        operations: suspect.operations.len() as u64,
    }
}
