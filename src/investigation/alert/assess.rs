//! What the Activity Log says of an alert: corroborated, contradicted, not in evidence or
//! inconclusive, with the reasons and the events that each rests on.
//!
//! An alert is contradicted only where the log would show its activity and does not, or where what
//! speaks against its type holds. What cannot be told is never called harmless.

use super::super::model::{Assessment, Reason};
use super::found::{Found, Search, Tie};
use super::habit::{Habits, used_before};
use super::span::{Logs, Reach, Spans};
use super::subject::Subject;
use super::words::{events, operations, told};
use crate::azure::alert_type::{self, AlertType, Check, Join, Trace};
use crate::base::Time;
use crate::ledger::Outcome;

/// Fewer operations than this are no burst.
const BURST: usize = 3;
const DAY: i64 = 86_400;

/// An assessment, and why.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    pub(super) assessment: Assessment,
    pub(super) reasons: Vec<Reason>,
    /// Whether the log spans the time of the activity.
    pub(super) covered: bool,
}

/// What an assessment weighs.
pub(super) struct Scale<'s, 'f> {
    pub(super) search: &'s Search<'s, 'f>,
    pub(super) habits: &'s Habits,
    pub(super) logs: &'s Logs<'s>,
}

/// One alert on the scale.
struct Weighed<'w, 'f> {
    scale: &'w Scale<'w, 'f>,
    subject: &'w Subject<'f>,
    kind: &'static AlertType,
    spans: Spans,
    found: &'w Found,
    reach: Reach,
    reasons: Vec<Reason>,
}

impl<'f> Scale<'_, 'f> {
    pub(super) fn judge(&self, subject: &Subject<'f>, found: &Found) -> Judgement {
        let Some(spans) = subject.spans else {
            return plain(Assessment::Inconclusive, "the alert has no time");
        };
        let tenant = subject.kind.is_some_and(|kind| kind.profile.trace == Trace::Tenant);
        let reach = if tenant {
            self.logs.tenant_reach(&spans)
        } else {
            self.logs.reach(self.search.facts, subject, &spans)
        };
        let covered = !matches!(reach, Reach::Out(_));
        let judged = if subject.row.alert.is_sample {
            plain(Assessment::Inconclusive, "a sample alert: no activity stands behind it")
        } else if let Some(kind) = subject.kind {
            let mut weighed =
                Weighed { scale: self, subject, kind, spans, found, reach, reasons: Vec::new() };
            let assessment = weighed.weigh();
            Judgement { assessment, reasons: weighed.reasons, covered }
        } else {
            self.unknown(subject, found, reach)
        };
        Judgement { covered, ..judged }
    }

    /// Judges an alert whose type is in no catalogue.
    fn unknown(&self, subject: &Subject<'_>, found: &Found, reach: Reach) -> Judgement {
        let id = subject.row.alert.alert_type.as_deref().unwrap_or_default();
        if alert_type::is_elsewhere(id) {
            let why = "alerts of this type speak of what happens inside databases, clusters, applications or networks, which leaves no trace in the Activity Log";
            return plain(Assessment::NotInEvidence, why);
        }
        if let Reach::Out(why) = reach {
            return plain(Assessment::NotInEvidence, &why);
        }
        let mut judged = plain(
            Assessment::Inconclusive,
            "its type is not in the catalogue, so no operations are known to look for",
        );
        let around = &found.around;
        let why = if around.is_empty() {
            "no operation by what it names is in its window".to_owned()
        } else {
            format!("{} by what it names in its window", operations(around.len()))
        };
        judged.reasons.push(Reason { because: why, events: events(self.search.facts, around) });
        judged
    }
}

fn plain(assessment: Assessment, because: &str) -> Judgement {
    let reason = Reason { because: because.to_owned(), events: Vec::new() };
    Judgement { assessment, reasons: vec![reason], covered: false }
}

impl Weighed<'_, '_> {
    fn because(&mut self, because: String, numbers: &[u32]) {
        let events = events(self.scale.search.facts, numbers);
        self.reasons.push(Reason { because, events });
    }

    fn weigh(&mut self) -> Assessment {
        let good: Vec<u32> = self.found.good(self.kind).iter().map(|(number, _)| *number).collect();
        let assessment = if good.is_empty() { self.without() } else { self.with(&good) };
        self.add_circumstances(good.is_empty());
        assessment
    }

    /// Judges an alert with operations of its kind.
    fn with(&mut self, good: &[u32]) -> Assessment {
        let count = operations(good.len());
        let tie = self.found.good(self.kind).iter().map(|(_, tie)| *tie).min();
        let by = match tie {
            Some(Tie::Person) => "by whom it names",
            Some(Tie::Address) => "from the address that it names",
            Some(Tie::Recipient) => "that gave rights to whom it names",
            Some(Tie::Suspect) => "on what it names, by a principal under suspicion",
            Some(Tie::Resource) | None => "on what it names",
        };
        let is = if good.len() == 1 { "is" } else { "are" };
        let words = told(self.scale.search, good);
        let kind = match self.kind.profile.trace {
            Trace::None => "could have opened the way to what the alert speaks of",
            _ => "of the kind that the alert speaks of",
        };
        let verb = if self.kind.profile.trace == Trace::None { "" } else { is };
        let gap = if verb.is_empty() { "" } else { " " };
        self.because(format!("{count} {by} {verb}{gap}{kind}: {words}"), good);
        match self.refuted(good) {
            Some(assessment) => assessment,
            None => Assessment::Corroborated,
        }
    }

    /// What speaks against operations of the kind, if anything does.
    fn refuted(&mut self, good: &[u32]) -> Option<Assessment> {
        for check in &self.kind.profile.checks {
            let against = match check {
                Check::Attempt => None,
                Check::Burst => self.no_burst(good),
                Check::Habit | Check::HabitAddress => self.habit(*check, good),
                Check::Dormant => self.used(),
                Check::Recovery => self.no_recovery(good),
                Check::Client(app) => self.known_client(app, good),
            };
            if against.is_some() {
                return against;
            }
        }
        None
    }

    fn no_burst(&mut self, good: &[u32]) -> Option<Assessment> {
        (good.len() < BURST).then(|| {
            let why = format!("fewer than {BURST} such operations are no burst, and plain reads leave no trace in the Activity Log");
            self.because(why, good);
            Assessment::Inconclusive
        })
    }

    fn habit(&mut self, check: Check, good: &[u32]) -> Option<Assessment> {
        let scale = self.scale;
        let is_habit = |n: &u32| scale.habits.is_habit(scale.search, check, *n, &self.spans);
        if !good.iter().all(is_habit) {
            return None;
        }
        let why = if check == Check::HabitAddress {
            "the same caller used the same address for more than two weeks before the alert"
                .to_owned()
        } else {
            let days = good.iter().map(|n| scale.habits.days(scale.search, *n, &self.spans).len());
            let least = days.min().unwrap_or_default();
            format!(
                "that is the caller's habit: the same operation from the same address on at least {least} days before the alert"
            )
        };
        self.because(why, good);
        Some(match self.kind.profile.trace {
            // What the alert speaks of may have happened all the same, where no log shows it.
            Trace::None => Assessment::NotInEvidence,
            _ => Assessment::Contradicted,
        })
    }

    fn used(&mut self) -> Option<Assessment> {
        let (count, last) = used_before(self.scale.search, self.subject, &self.spans);
        if let Some(last) = last {
            let why = format!(
                "the account was not unused: {} in the 30 days before the alert, the last at {last}",
                operations(count)
            );
            self.because(why, &[]);
            return Some(Assessment::Contradicted);
        }
        let month = self.spans.start.plus_seconds(-30 * DAY);
        let first = self.scale.search.facts.ledger.operations.first().map(|o| o.first);
        if first.is_none_or(|first| first > month) {
            self.because(
                "the log does not reach back 30 days, so that the account was unused is not shown"
                    .to_owned(),
                &[],
            );
        }
        None
    }

    /// A vault that its own deleter brings back, or that nobody deleted, is no theft.
    fn no_recovery(&mut self, good: &[u32]) -> Option<Assessment> {
        let search = self.scale.search;
        let is_delete = |n: &&u32| {
            search.facts.operation(search.operation(**n)).ends_with("/DELETE")
                && search.operation(**n).outcome != Outcome::Failed
        };
        let before = |n: &&u32| good.first().is_some_and(|first| *n < first);
        let all = self.found.support.iter();
        let Some(&deleted) = all.filter(before).rfind(is_delete) else {
            self.because(
                "no deletion of it is in the evidence, so a write alone shows no recovery"
                    .to_owned(),
                good,
            );
            return Some(Assessment::Inconclusive);
        };
        let person = |n: u32| search.person(search.operation(n));
        let by_other = good.iter().any(|n| person(*n).is_some() && person(*n) != person(deleted));
        let words = told(search, &[deleted]);
        if by_other {
            self.because(format!("somebody else deleted it: {words}"), &[deleted]);
            return None;
        }
        self.because(format!("the same principal deleted it before: {words}"), &[deleted]);
        Some(Assessment::Contradicted)
    }

    fn known_client(&mut self, app: &str, good: &[u32]) -> Option<Assessment> {
        let search = self.scale.search;
        let of = |n: &u32| {
            search.facts.corpus.identities[search.operation(*n).identity as usize].app_id.as_str()
        };
        if good.iter().all(|n| of(n).is_empty()) {
            self.because(
                "the evidence does not tell the client application of these calls".to_owned(),
                good,
            );
            return None;
        }
        if !good.iter().any(|n| of(n) == app) {
            self.because(
                "these calls came from another client application than the alert speaks of"
                    .to_owned(),
                good,
            );
            return Some(Assessment::Inconclusive);
        }
        let people = self.subject.people.iter();
        let since: Option<Time> =
            people.filter_map(|p| self.scale.habits.client_since(*p, app)).min();
        let since = since.filter(|since| *since < self.spans.before())?;
        self.because(
            format!("the client application was not new to the account, which used it at {since}"),
            good,
        );
        Some(Assessment::Contradicted)
    }

    /// Judges an alert without operations of its kind.
    fn without(&mut self) -> Assessment {
        let profile = self.kind.profile;
        if let Reach::Out(why) = self.reach.clone() {
            let only = match profile.trace {
                Trace::Tenant => ", where alone elevating access would stand",
                _ => "",
            };
            self.because(format!("{why}{only}"), &[]);
            return Assessment::NotInEvidence;
        }
        match profile.trace {
            Trace::None | Trace::Part => {
                self.because(
                    format!("nothing of its kind is in its window. {}", profile.limits),
                    &[],
                );
                if self.found.ended_otherwise(self.kind).is_empty() {
                    Assessment::NotInEvidence
                } else {
                    Assessment::Inconclusive
                }
            }
            Trace::Operations | Trace::Tenant => self.absent(),
        }
    }

    /// Judges an alert whose activity would be in the log, and is not.
    fn absent(&mut self) -> Assessment {
        let otherwise: Vec<u32> =
            self.found.ended_otherwise(self.kind).iter().map(|(number, _)| *number).collect();
        if !otherwise.is_empty() {
            let words = told(self.scale.search, &otherwise);
            let why = if self.kind.profile.checks.contains(&Check::Attempt) {
                format!("it speaks of a failure, and what is there did not fail: {words}")
            } else {
                format!("what it speaks of was tried and did not succeed: {words}")
            };
            self.because(why, &otherwise);
            return Assessment::Inconclusive;
        }
        if let Reach::Doubtful(why) = self.reach.clone() {
            self.because(format!("nothing of its kind is in its window, but {why}"), &[]);
            return Assessment::Inconclusive;
        }
        if let Some(why) = self.unjoinable() {
            self.because(why, &self.found.others);
            return Assessment::Inconclusive;
        }
        let around = &self.found.around;
        let also = match around.len() {
            0 => "no operation by what it names is there at all".to_owned(),
            n => format!("{} by what it names, none of the kind it speaks of", operations(n)),
        };
        let why = format!(
            "the log spans the time of the alert without a gap and would show what it speaks of: {also}"
        );
        self.because(why, around);
        Assessment::Contradicted
    }

    /// Why nothing could have been joined to the alert, if so.
    fn unjoinable(&self) -> Option<String> {
        let search = self.scale.search;
        let alert = &self.subject.row.alert;
        let first = self.kind.join.first();
        if first == Some(&Join::Ip) && alert.ips.is_empty() {
            return Some("it names no address, so no operation can be joined to it".to_owned());
        }
        let by_address = first == Some(&Join::Ip) || self.subject.people.is_empty();
        if by_address && !alert.ips.is_empty() && !self.has_addresses() {
            return Some("the log of that time holds no addresses".to_owned());
        }
        let nameless = self.subject.people.is_empty()
            && alert.ips.is_empty()
            && self.subject.attacked().next().is_none();
        let others = &self.found.others;
        (nameless && !others.is_empty()).then(|| {
            format!(
                "it names nobody, no address and no resource; of the kind it speaks of there is: {}",
                told(search, others)
            )
        })
    }

    /// Whether any operation near the alert has an address.
    fn has_addresses(&self) -> bool {
        let all = &self.scale.search.facts.ledger.operations;
        let from = all.partition_point(|o| o.first < self.spans.asked.0);
        let near = all[from..].iter().take_while(|o| o.first <= self.spans.asked.1);
        near.take(10_000).any(|o| o.ip != crate::corpus::NONE)
    }

    /// Adds what has to be known beside the reasons.
    fn add_circumstances(&mut self, alone: bool) {
        if !self.subject.is_catalogued {
            let like = self.kind.family.title();
            self.because(
                format!("its type is not in the catalogue; it is read like others of {like}"),
                &[],
            );
        }
        let found = self.found;
        let others = found.others.len();
        if alone && others > 0 && self.reasons.iter().all(|r| !r.because.contains("names nobody")) {
            let words = told(self.scale.search, &found.others);
            self.because(
                format!("others did the like, which bears nothing out: {words}"),
                &found.others,
            );
        }
        if alone && !found.other_extensions.is_empty() {
            let words = told(self.scale.search, &found.other_extensions);
            self.because(
                format!("extensions of another kind were written: {words}"),
                &found.other_extensions,
            );
        }
        if alone && !found.support.is_empty() {
            let words = told(self.scale.search, &found.support);
            self.because(
                format!(
                    "what can prepare or follow it is there, which alone proves nothing: {words}"
                ),
                &found.support,
            );
        }
    }
}
