//! What the Activity Log says of an alert: corroborated, contradicted, not in evidence or
//! inconclusive, with the reasons and the events that each rests on.
//!
//! An alert is contradicted only where the log would show its activity and does not, or where what
//! speaks against its type holds. What cannot be told is never called harmless.

mod refute;

use super::super::model::{Assessment, Coverage, Reason};
use super::found::{Found, Search, Tie};
use super::habit::Habits;
use super::span::{Reach, Spans, reach, tenant_reach};
use super::subject::Subject;
use super::words::{events, groups, operations};
use crate::azure::alert_type::{self, AlertType, Check, Join, Trace};
use crate::base::text::counted;

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
    pub(super) coverage: &'s Coverage,
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
            tenant_reach(self.coverage, &spans)
        } else {
            reach(self.coverage, subject, &spans)
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
        let mut judged = Judgement { covered, ..judged };
        let closed = subject.row.alert.status.filter(|status| status.is_closed());
        if let Some(status) = closed.filter(|_| !subject.row.alert.is_sample) {
            let because =
                format!("it was set to {} before this: ask who did that, and why", status.as_str());
            judged.reasons.push(Reason { because, events: Vec::new() });
        }
        judged
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

    /// Tells operations one kind a sentence.
    fn tell(&mut self, numbers: &[u32]) {
        let (kinds, more) = groups(self.scale.search, numbers);
        for (words, own) in kinds {
            self.because(words, &own);
        }
        if more > 0 {
            self.because(format!("and {}", counted(more, "more kind", "more kinds")), &[]);
        }
    }

    fn weigh(&mut self) -> Assessment {
        let good: Vec<u32> = self.found.good(self.kind).iter().map(|(number, _)| *number).collect();
        let assessment = if good.is_empty() { self.without() } else { self.with(&good) };
        self.add_circumstances(good.is_empty());
        assessment
    }

    /// Judges an alert with operations of its kind.
    fn with(&mut self, good: &[u32]) -> Assessment {
        let rest: Vec<u32> =
            self.found.ended_otherwise(self.kind).iter().map(|(number, _)| *number).collect();
        let all = [good, &rest].concat();
        let ended = if self.found.counts_failed(self.kind) { "did not fail" } else { "failed" };
        let tie = self.found.good(self.kind).iter().map(|(_, tie)| *tie).min();
        let by = match tie {
            Some(Tie::Person) => "by whom it names",
            Some(Tie::Address) => "from the address that it names",
            Some(Tie::Recipient) => "that gave rights to whom it names",
            Some(Tie::Suspect) => "on what it names, by a principal with grave findings",
            Some(Tie::Resource) | None => "on what it names",
        };
        let why = match self.kind.profile.trace {
            Trace::None => {
                let count = operations(good.len());
                format!("{count} {by} could have opened the way to what it speaks of")
            }
            _ => format!("{} of its kind {by}", operations(all.len())),
        };
        let also = match (rest.len(), self.kind.profile.trace) {
            (0, _) => String::new(),
            (more, Trace::None) => format!("; {more} more {ended}"),
            (some, _) => format!(", {some} of them {ended}"),
        };
        self.because(format!("{why}{also}"), &all);
        self.tell(&all);
        if self.found.counts_failed(self.kind)
            && !self.kind.profile.checks.contains(&Check::Attempt)
        {
            self.because("all of them failed, so that nothing took effect".to_owned(), &[]);
        }
        match self.refuted(good) {
            Some(assessment) => assessment,
            None => Assessment::Corroborated,
        }
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
                self.because("nothing of its kind is in its window".to_owned(), &[]);
                if !profile.limits.is_empty() {
                    self.because(profile.limits.trim_end_matches('.').to_owned(), &[]);
                }
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
            let why = if self.kind.profile.checks.contains(&Check::Attempt) {
                "it speaks of a failure, and what is there did not fail"
            } else {
                "what it speaks of was tried and did not succeed"
            };
            self.because(why.to_owned(), &otherwise);
            self.tell(&otherwise);
            return Assessment::Inconclusive;
        }
        if let Reach::Doubtful(why) = self.reach.clone() {
            self.because(format!("nothing of its kind is in its window, but {why}"), &[]);
            return Assessment::Inconclusive;
        }
        if let Some(why) = self.unjoinable() {
            self.because(why.to_owned(), &self.found.others);
            self.tell(&self.found.others);
            return Assessment::Inconclusive;
        }
        let around = &self.found.around;
        let also = match around.len() {
            0 => "no operation by what it names is there at all".to_owned(),
            n => format!("{} by what it names, none of the kind it speaks of", operations(n)),
        };
        let why =
            "the log spans the time of the alert without a gap, and what it speaks of is not there";
        self.because(why.to_owned(), &[]);
        self.because(also, around);
        Assessment::Contradicted
    }

    /// Why nothing could have been joined to the alert, if so.
    fn unjoinable(&self) -> Option<&'static str> {
        let alert = &self.subject.row.alert;
        let first = self.kind.join.first();
        if first == Some(&Join::Ip) && alert.ips.is_empty() {
            return Some("it names no address, so no operation can be joined to it");
        }
        let by_address = first == Some(&Join::Ip) || self.subject.people.is_empty();
        if by_address && !alert.ips.is_empty() && !self.has_addresses() {
            return Some("the log of that time holds no addresses");
        }
        let nameless = self.subject.people.is_empty()
            && alert.ips.is_empty()
            && self.subject.attacked().next().is_none();
        let others = &self.found.others;
        (nameless && !others.is_empty()).then_some(
            "it names nobody, no address and no resource; operations of the kind are there",
        )
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
        if !alone {
            return;
        }
        let found = self.found;
        let is_told = self.reasons.iter().any(|r| r.because.contains("names nobody"));
        let others = [
            (&found.others, "others did the like, which bears nothing out"),
            (&found.other_extensions, "extensions of another kind were written"),
            (&found.support, "what can prepare or follow it is there, which alone proves nothing"),
        ];
        for (numbers, words) in others.into_iter().skip(usize::from(is_told)) {
            if !numbers.is_empty() {
                self.because(words.to_owned(), numbers);
                self.tell(numbers);
            }
        }
    }
}
