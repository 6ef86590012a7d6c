//! The ordinary way of a principal: where it came from before, and what it did there.
//!
//! Of what a suspect does, what is in its ordinary way is left to its owner.

use hashbrown::{HashMap, HashSet};

use super::super::deeds::Deeds;
use super::super::facts::Facts;
use super::{Seed, Suspect};
use crate::base::Time;
use crate::corpus::NONE;

const DAY: i64 = 86_400;
/// At least this many operations make an address an ordinary one where days do not tell, or others use it too.
const SEVERAL: u32 = 3;

/// How a principal used one address, or none, before it was suspected.
#[derive(Clone, Copy)]
struct Use {
    first: Time,
    /// Operations before the suspicion.
    before: u32,
}

/// Returns what is held against a principal, with its operations out of the ordinary; `None` where
/// it takes such operations to make it a suspect, and there are none.
pub(super) fn judge(
    facts: &Facts<'_>,
    deeds: &Deeds,
    p: usize,
    seed: &Seed,
    log: Option<Time>,
) -> Option<Suspect> {
    let ground = seed.time?;
    let since = begin(facts, deeds, p, seed, log);
    let ways = Ways::of(facts, deeds, p, since, log);
    let is_out = |(place, operation): &(u32, &crate::ledger::Operation)| {
        let must_count = seed.grave.contains(place);
        let suspected = operation.first >= since && !ways.is_usual(operation, seed);
        must_count || suspected
    };
    let operations: Vec<u32> =
        deeds.operations(facts, p).filter(is_out).map(|(place, _)| place).collect();
    if seed.if_active && operations.is_empty() {
        return None;
    }
    Some(Suspect {
        since: since.min(ground),
        because: words(seed),
        findings: seed.findings.iter().cloned().collect(),
        alerts: seed.alerts.iter().cloned().collect(),
        only_handed: !seed.own,
        operations,
    })
}

/// At most this many different grounds of one kind are told one by one.
const TOLD: usize = 12;

/// The grounds in order of time, each once.
fn words(seed: &Seed) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    let mut different = HashSet::new();
    for (time, why) in &seed.because {
        if different.insert(why.as_str()) && told.len() < TOLD {
            told.push(if seed.own { format!("{why} (first at {time})") } else { why.clone() });
        }
    }
    if different.len() > told.len() {
        told.push(format!("and {} more grounds", different.len() - told.len()));
    }
    told
}

/// When the suspicion begins: with the first ground, or with the first use of an address of a
/// ground if that was new, or with everything if the principal itself was.
fn begin(facts: &Facts<'_>, deeds: &Deeds, p: usize, seed: &Seed, log: Option<Time>) -> Time {
    let ground = seed.time.unwrap_or_default();
    let day_before = ground.plus_seconds(-DAY);
    let mut begin = ground;
    let mut by_address: HashMap<u32, Time> = HashMap::new();
    let mut first = None;
    for (_, operation) in deeds.operations(facts, p) {
        first = first.or(Some(operation.first));
        if operation.first > ground {
            break;
        }
        if operation.ip != NONE && seed.addresses.contains(&operation.ip) {
            by_address.entry(operation.ip).or_insert(operation.first);
        }
    }
    let new = seed.addresses.iter().filter_map(|ip| by_address.get(ip));
    begin = new.filter(|first| **first >= day_before).copied().fold(begin, Time::min);
    let tells = log.is_some_and(|log| log < day_before);
    match first.filter(|first| tells && *first >= day_before) {
        // Whoever turned up just before a suspicion of its own was there for nothing else.
        Some(first) if seed.own => begin.min(first),
        _ => begin,
    }
}

/// What a principal did before it was suspected.
struct Ways {
    uses: HashMap<u32, Use>,
    names: HashSet<u32>,
    since: Time,
    /// Whether the log tells what was a day before.
    tells: bool,
}

impl Ways {
    fn of(facts: &Facts<'_>, deeds: &Deeds, p: usize, since: Time, log: Option<Time>) -> Self {
        let (mut uses, mut names) = (HashMap::new(), HashSet::new());
        for (_, operation) in deeds.operations(facts, p) {
            if operation.first >= since {
                break;
            }
            let known =
                uses.entry(operation.ip).or_insert(Use { first: operation.first, before: 0 });
            known.before += 1;
            names.insert(operation.operation);
        }
        let tells = log.is_some_and(|log| log < since.plus_seconds(-DAY));
        Ways { uses, names, since, tells }
    }

    fn is_usual(&self, operation: &crate::ledger::Operation, seed: &Seed) -> bool {
        let Some(known) = self.uses.get(&operation.ip) else { return false };
        let often = known.before >= SEVERAL;
        // From where the suspect acts as well, only what was done before is ordinary.
        let shared = seed.acted_through || seed.addresses.contains(&operation.ip);
        if self.tells && known.first > self.since.plus_seconds(-DAY) {
            return false;
        }
        if shared {
            return often && self.names.contains(&operation.operation);
        }
        self.tells || often
    }
}
