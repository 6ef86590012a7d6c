//! Where suspicion begins: grave findings, open alerts, and marks of an analyst.
//!
//! A high finding is no ground where it is the ordinary way of a principal: from an address that it
//! long used, or what it does week after week. It takes both to explain a critical one. What only sums
//! up such findings is no ground of its own for what came before them.

use std::collections::BTreeMap;

use super::super::deeds::Deeds;
use super::super::facts::Facts;
use super::super::model::{Alert, Assessment, Finding, Level};
use super::super::triage::Judge;
use super::Seed;
use crate::azure::principal::PrincipalKind;
use crate::base::Time;
use crate::corpus::NONE;
use crate::detect;
use crate::ledger::Operation;

const DAY: i64 = 86_400;
/// An address is an old one after this many seconds of use and [`MANY`] operations.
const LONG: i64 = 7 * DAY;
/// The least operations from an old address.
const MANY: usize = 10;
/// Days on which a rule spoke of a principal before what it says is ordinary.
const OFTEN: usize = 3;

/// Returns what speaks against each principal by itself.
pub(super) fn seeds(
    facts: &Facts<'_>,
    deeds: &Deeds,
    findings: &[Finding],
    alerts: &[Alert],
    judge: Option<&Judge<'_>>,
) -> BTreeMap<usize, Seed> {
    let mut seeds: BTreeMap<usize, Seed> = BTreeMap::new();
    let grave = Grave::of(facts, findings);
    for (p, own) in &grave.by_principal {
        let habits = Addresses::of(facts, deeds, *p);
        let ground = Ground { facts, findings, grave: &grave, habits, p: *p };
        let own = own.iter().copied().filter(|number| !lists_only(facts, alerts, *p, *number));
        let (sums, plain): (Vec<_>, Vec<_>) = own.partition(|number| ground.sums_up(*number));
        let mut seed = Seed::default();
        for &number in &plain {
            ground.add(number, &mut seed, &|_, _| true);
        }
        for number in sums {
            let told = plain.iter().any(|&other| ground.is_near(number, other));
            let told = told.then(|| seed.clone());
            let counts = |operation: &Operation, habits: &Addresses| {
                told.as_ref().is_none_or(|told| is_part(operation, told, habits))
            };
            ground.add(number, &mut seed, &counts);
        }
        if seed.time.is_some() {
            seeds.insert(*p, seed);
        }
    }
    for alert in alerts.iter().filter(|alert| is_ground(alert) && !is_faint(alert)) {
        named(facts, alert, &mut seeds);
    }
    if let Some(judge) = judge {
        marked(facts, deeds, judge, &mut seeds);
    }
    seeds.retain(|p, seed| {
        seed.own = true;
        facts.principals.all[*p].kind != PrincipalKind::AzureService
    });
    seeds
}

/// What grave findings say of one principal.
struct Ground<'g, 'f> {
    facts: &'g Facts<'f>,
    findings: &'g [Finding],
    grave: &'g Grave,
    habits: Addresses,
    p: usize,
}

/// Which operations count.
type Counts<'c> = dyn Fn(&Operation, &Addresses) -> bool + 'c;

impl Ground<'_, '_> {
    /// Whether a finding puts together what other findings say; what alerts say is nowhere else.
    fn sums_up(&self, number: usize) -> bool {
        self.findings[number].rule.sums_up && self.facts.findings[number].alerts.is_empty()
    }

    /// Whether two findings are near enough for one to sum up the other.
    fn is_near(&self, number: usize, other: usize) -> bool {
        let (found, other) = (&self.facts.findings[number], &self.facts.findings[other]);
        other.first <= found.last.plus_seconds(LONG) && found.first <= other.last.plus_seconds(LONG)
    }

    /// Holds a finding against the principal, unless it is its ordinary way.
    fn add(&self, number: usize, seed: &mut Seed, counts: &Counts<'_>) {
        let (facts, habits) = (self.facts, &self.habits);
        let (found, shown) = (&facts.findings[number], &self.findings[number]);
        let operation = |place: u32| &facts.ledger.operations[place as usize];
        let is_odd = |place: &u32| !habits.is_old(operation(*place).ip, found.first);
        let is_own = |place: &u32| facts.principals.of(operation(*place).identity) == Some(self.p);
        let all: Vec<u32> = found.operations.iter().copied().filter(is_own).collect();
        let own: Vec<u32> =
            all.iter().copied().filter(|place| counts(operation(*place), habits)).collect();
        if own.is_empty() && !all.is_empty() {
            return;
        }
        let mut odd: Vec<u32> = own.iter().copied().filter(is_odd).collect();
        // Where some of it came from new addresses, the owner may have done the rest.
        let is_new = |place: &u32| habits.is_new(operation(*place).ip, found.first);
        if odd.iter().any(is_new) {
            odd.retain(is_new);
        }
        let nothing_odd = odd.is_empty() && !own.is_empty();
        let routine = self.grave.is_routine(self.p, found);
        let critical = shown.level >= Level::Critical;
        if (nothing_odd || routine) && (!critical || (nothing_odd && routine)) {
            return;
        }
        if odd.is_empty() {
            odd = own;
        }
        let first = odd.iter().map(|&place| operation(place).first).min();
        let why = format!("{} finding: {}", shown.level, shown.rule.title);
        seed.add(first.unwrap_or(found.first), why);
        seed.findings.insert(shown.id.clone());
        seed.addresses.extend(odd.iter().map(|&place| operation(place).ip));
        seed.grave.extend(odd);
    }
}

/// Whether an operation belongs to what already speaks against a principal: it came after that, or
/// from an address of it which the principal did not begin with.
fn is_part(operation: &Operation, told: &Seed, habits: &Addresses) -> bool {
    told.time.is_some_and(|time| operation.first >= time)
        || (told.addresses.contains(&operation.ip) && habits.came_later(operation.ip))
}

/// Rules that list whatever other tenants did around an alert on delegated access.
pub(in super::super) const LISTING: [&str; 2] =
    ["al-delegated-variant", "al-delegated-variant-others"];

/// Whether a finding only lists what somebody did whom no such alert names, where they name others.
fn lists_only(facts: &Facts<'_>, alerts: &[Alert], p: usize, number: usize) -> bool {
    let rule = &facts.rules.rules()[facts.findings[number].rule];
    if !rule.name.as_deref().is_some_and(|name| LISTING.contains(&name)) {
        return false;
    }
    let id = &facts.principals.all[p].id;
    let accused = alerts.iter().filter(|alert| alert.delegated_access && !alert.sample);
    let mut named = accused.map(|alert| &alert.principals).peekable();
    named.peek().is_some() && named.all(|named| !named.is_empty() && !named.contains(id))
}

/// Whether an alert speaks against those it names.
pub(in super::super) fn is_ground(alert: &Alert) -> bool {
    alert.is_open()
        && alert.investigation.assessment != Assessment::Contradicted
        && alert.severity.is_none_or(|severity| severity >= Level::Low)
}

/// Whether an alert is of little weight and nothing bears it out: that is asked about, and nobody
/// is held to be a suspect for it.
pub(in super::super) fn is_faint(alert: &Alert) -> bool {
    alert.severity.is_some_and(|severity| severity <= Level::Low)
        && alert.investigation.assessment != Assessment::Corroborated
}

fn named(facts: &Facts<'_>, alert: &Alert, seeds: &mut BTreeMap<usize, Seed>) {
    let Some(time) = alert.start.or(alert.end).or_else(|| facts.log_begins()) else { return };
    for p in alert.principals.iter().filter_map(|id| facts.principals.find(id)) {
        let seed = seeds.entry(p).or_default();
        seed.add(time, format!("named by the open alert: {}", alert.title));
        seed.alerts.insert(alert.id.clone());
        let codes = alert.ips.iter().filter_map(|ip| facts.corpus.names.ip.find(ip));
        seed.addresses.extend(codes);
    }
}

/// Marks of an analyst on principals: expected ones are no suspects, unexpected ones are.
fn marked(facts: &Facts<'_>, deeds: &Deeds, judge: &Judge<'_>, seeds: &mut BTreeMap<usize, Seed>) {
    seeds.retain(|p, _| !judge.expects_principal(&facts.principals.all[*p].id));
    for (p, principal) in facts.principals.all.iter().enumerate() {
        let Some(why) = judge.doubts_principal(&principal.id) else { continue };
        let first = deeds.operations(facts, p).next().map(|(_, operation)| operation.first);
        if let Some(time) = first.or_else(|| facts.log_begins()) {
            seeds.entry(p).or_default().add(time, why);
        }
    }
}

/// Findings of level high and above, by principal.
struct Grave {
    by_principal: BTreeMap<usize, Vec<usize>>,
    /// The days on which a rule spoke of a principal, sorted.
    days: BTreeMap<(usize, usize), Vec<i64>>,
}

impl Grave {
    fn of(facts: &Facts<'_>, findings: &[Finding]) -> Self {
        let mut grave = Grave { by_principal: BTreeMap::new(), days: BTreeMap::new() };
        for (number, (found, shown)) in facts.findings.iter().zip(findings).enumerate() {
            if shown.level < Level::High {
                continue;
            }
            for p in found.accused().iter().filter_map(|who| facts.principals.of(*who)) {
                grave.by_principal.entry(p).or_default().push(number);
                grave.days.entry((p, found.rule)).or_default().push(day(found.first));
            }
        }
        for days in grave.days.values_mut() {
            days.sort_unstable();
            days.dedup();
        }
        grave
    }

    /// Whether a finding says of a principal what was said of it week after week before.
    fn is_routine(&self, p: usize, found: &detect::Finding) -> bool {
        let days = &self.days[&(p, found.rule)];
        let before = days.partition_point(|&other| other < day(found.first));
        let after_long = |&first: &i64| first + LONG / DAY <= day(found.first);
        before >= OFTEN && days.first().is_some_and(after_long)
    }
}

fn day(time: Time) -> i64 {
    time.0.div_euclid(DAY * 1_000_000_000)
}

/// From when on a principal used each address often enough.
struct Addresses(BTreeMap<u32, (Time, Vec<Time>)>);

impl Addresses {
    fn of(facts: &Facts<'_>, deeds: &Deeds, p: usize) -> Self {
        let mut all: BTreeMap<u32, (Time, Vec<Time>)> = BTreeMap::new();
        for (_, operation) in deeds.operations(facts, p).filter(|(_, o)| o.ip != NONE) {
            let (_, times) = all.entry(operation.ip).or_insert((operation.first, Vec::new()));
            if times.len() < MANY {
                times.push(operation.first);
            }
        }
        Addresses(all)
    }

    /// Whether an address was not in use a day before a time.
    fn is_new(&self, ip: u32, at: Time) -> bool {
        self.0.get(&ip).is_some_and(|(first, _)| *first > at.plus_seconds(-DAY))
    }

    /// Whether the principal was at work a day before it first used an address.
    fn came_later(&self, ip: u32) -> bool {
        let begin = self.0.values().map(|(first, _)| *first).min();
        let first = self.0.get(&ip).map(|(first, _)| *first);
        begin.zip(first).is_some_and(|(begin, first)| first > begin.plus_seconds(DAY))
    }

    fn is_old(&self, ip: u32, at: Time) -> bool {
        self.0.get(&ip).is_some_and(|(first, times)| {
            *first <= at.plus_seconds(-LONG)
                && times.get(MANY - 1).is_some_and(|time| *time < at.plus_seconds(-DAY))
        })
    }
}
