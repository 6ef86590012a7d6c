//! The questions that an alert's type asks, each with its answer and what that rests on.

mod keys;
mod people;

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::Facts;
use super::super::model::{Answer, AnswerOutcome, Assessment, Finding, Inquiry};
use super::assess::Scale;
use super::found::Found;
use super::habit::{callers, used_before};
use super::lane::within;
use super::span::Spans;
use super::subject::Subject;
use super::words::{events, ids, operations, told};
use crate::azure::alert_type::{Question, Trace, question};
use crate::base::Time;
use crate::base::text::counted;

/// At most this many names are told in an answer.
const NAMES: usize = 5;
/// At most this many operations are looked at for one answer.
const MOST: usize = 100_000;

/// An answer while it is made.
struct Reply {
    outcome: AnswerOutcome,
    words: String,
    numbers: Vec<u32>,
}

impl Reply {
    fn yes(words: String, numbers: Vec<u32>) -> Self {
        Reply { outcome: AnswerOutcome::Yes, words, numbers }
    }

    fn no(words: impl Into<String>) -> Self {
        Reply { outcome: AnswerOutcome::No, words: words.into(), numbers: Vec::new() }
    }

    fn unknown(words: impl Into<String>) -> Self {
        Reply { outcome: AnswerOutcome::Unknown, words: words.into(), numbers: Vec::new() }
    }
}

/// What questions are put to.
pub(super) struct Questioned<'q, 'f> {
    pub(super) scale: &'q Scale<'q, 'f>,
    pub(super) subject: &'q Subject<'f>,
    pub(super) found: &'q Found,
    pub(super) inquiry: &'q Inquiry,
    /// Findings of the rules for the type, in its window.
    pub(super) by_rules: &'q [&'q Finding],
}

impl Questioned<'_, '_> {
    /// Answers every question of the type; a sample alert and one without time have none.
    pub(super) fn answers(&self) -> Vec<Answer> {
        let (Some(kind), Some(spans)) = (self.subject.kind, self.subject.spans) else {
            return Vec::new();
        };
        if self.subject.row.alert.is_sample {
            return Vec::new();
        }
        let delegated = self.subject.row.alert.delegated;
        let managing = delegated.then(|| question("managing")).flatten();
        let limits = (!kind.profile.limits.is_empty()).then(|| question("limits")).flatten();
        let last = [managing, question("elsewhere"), limits];
        let own = kind.profile.questions.iter().copied();
        let asked = own.chain(last.into_iter().flatten());
        asked.filter_map(|question| self.answer(question, &spans)).collect()
    }

    fn answer(&self, question: &Question, spans: &Spans) -> Option<Answer> {
        let reply = match question.key {
            "activity" | "way" => self.activity(spans),
            "after" => self.after(spans),
            "clients" => self.clients(spans),
            "control" => self.control(),
            "dormant" => self.dormant(spans),
            "elsewhere" => self.elsewhere(),
            "habit" => self.habit(spans),
            "limits" => self.limits(),
            "machines" => self.machines(spans),
            "managing" => self.managing(spans),
            "recipient" => self.recipient(spans),
            "recovered" => self.recovered(),
            "renewed" => self.renewed(),
            "rules" => self.rules(),
            "who" => self.who(spans),
            _ => return None,
        };
        let facts = self.facts();
        Some(Answer {
            question: question.text.to_owned(),
            answer: reply.words,
            outcome: reply.outcome,
            operations: ids(facts, &reply.numbers),
            events: events(facts, &reply.numbers),
        })
    }

    fn facts(&self) -> &Facts<'_> {
        self.scale.search.facts
    }

    fn told(&self, numbers: &[u32]) -> String {
        told(self.scale.search, numbers)
    }

    /// An answer of no about some time holds only where the log reaches, which it tells.
    fn if_covered(&self, words: &str, span: (Time, Time)) -> Reply {
        if !self.inquiry.covered {
            return Reply::unknown("the evidence does not reach the time of the alert");
        }
        match self.short_of(span) {
            Some(short) => Reply::no(format!("{words}; the log reaches only {short}")),
            None => Reply::no(words),
        }
    }

    /// Where the log of the alert's subscription begins or ends within some time. What reaches
    /// beyond that time is not told: its edge is none of the log's.
    fn short_of(&self, (from, to): (Time, Time)) -> Option<String> {
        let id = self.subject.row.alert.subscription_id.as_deref()?;
        let reached = self.scale.coverage.calls_covered(Some(id), from, to).bounds(from, to);
        match (reached.from.filter(|at| *at > from), reached.to.filter(|at| *at < to)) {
            (Some(from), Some(to)) => Some(format!("from {from} to {to}")),
            (Some(from), None) => Some(format!("from {from}")),
            (None, Some(to)) => Some(format!("to {to}")),
            (None, None) => None,
        }
    }

    fn activity(&self, spans: &Spans) -> Reply {
        let telling = &self.found.telling;
        if telling.is_empty() {
            let way = self.subject.kind.is_some_and(|kind| kind.profile.trace == Trace::None);
            let words = if way {
                "none: nobody touched it through Resource Manager in the window"
            } else {
                "no operation of the kind by what the alert names is in its window"
            };
            return self.if_covered(words, spans.core);
        }
        let count = operations(telling.len());
        let by = self.by_others();
        Reply::yes(format!("{count}{by}: {}", self.told(telling)), telling.clone())
    }

    /// Says of what the alert speaks of how much was done by others than whom it names.
    fn by_others(&self) -> String {
        let (people, ips) = (&self.subject.people, &self.subject.ips);
        let search = self.scale.search;
        let is_other = |n: &&u32| {
            let operation = search.operation(**n);
            let own = search.person(operation).is_some_and(|p| people.contains(&p));
            !people.is_empty() && !own && ips.contains(&operation.ip)
        };
        match self.found.telling.iter().filter(is_other).count() {
            0 => String::new(),
            others => {
                format!(", {others} of them by somebody else, from an address that it names")
            }
        }
    }

    fn after(&self, spans: &Spans) -> Reply {
        let span = (spans.start, spans.asked.1.max(spans.core.1));
        let search = self.scale.search;
        let people = self.subject.people.iter().map(|p| search.lanes.person(*p));
        let ips = self.subject.ips.iter().map(|ip| search.lanes.ip(*ip));
        let named = people.chain(ips).flat_map(|lane| within(search.facts, lane, span)).copied();
        // Who did what the alert speaks of counts like whom it names.
        let actors = callers(search, &self.found.telling);
        let actors = actors.iter().map(|p| self.scale.habits.person(*p));
        let acted = actors.flat_map(|lane| within(search.facts, lane, span)).copied();
        let is_risky = |n: &u32| search.is_risky(search.operation(*n));
        let risky: BTreeSet<u32> = named.chain(acted).take(MOST).filter(is_risky).collect();
        let risky: Vec<u32> = risky.into_iter().collect();
        match risky.len() {
            0 => self.if_covered("none in the window", span),
            n => Reply::yes(format!("{}: {}", operations(n), self.told(&risky)), risky),
        }
    }

    fn dormant(&self, spans: &Spans) -> Reply {
        if self.subject.people.is_empty() {
            return Reply::unknown("the alert names no account");
        }
        let (count, last) = used_before(self.scale.search, self.subject, spans);
        if let Some(last) = last {
            return Reply::no(format!("{}, the last at {last}", operations(count)));
        }
        let first = self.facts().ledger.operations.first().map(|o| o.first);
        Reply::unknown(match first {
            Some(first) => format!("nothing by it since the log begins at {first}"),
            None => "no activity is in the evidence".to_owned(),
        })
    }

    fn habit(&self, spans: &Spans) -> Reply {
        let telling = &self.found.telling;
        if telling.is_empty() {
            return Reply::unknown("there is no such operation to compare with");
        }
        let days = |n: &u32| self.scale.habits.days(self.scale.search, *n, spans).len();
        let (old, new): (Vec<u32>, Vec<u32>) = telling.iter().partition(|n| days(n) > 0);
        if old.is_empty() {
            let since = self.facts().ledger.operations.first().map(|o| o.first);
            let since =
                since.map_or_else(String::new, |since| format!(", which begins at {since}"));
            return Reply::no(format!("never in the log before the alert{since}"));
        }
        let most = old.iter().map(days).max().unwrap_or_default();
        let rest = match new.len() {
            0 => String::new(),
            n => format!("; {} of them are new", operations(n)),
        };
        let days = counted(most as u64, "day", "days");
        Reply::yes(format!("{} on up to {days} before{rest}", operations(old.len())), old)
    }

    fn limits(&self) -> Reply {
        Reply::unknown(self.subject.kind.map_or("", |kind| kind.profile.limits))
    }

    fn rules(&self) -> Reply {
        if self.by_rules.is_empty() {
            return Reply::no("nothing");
        }
        let mut titles: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in self.by_rules {
            *titles.entry(&finding.rule.title).or_default() += 1;
        }
        let one = |(title, n): (&&str, &usize)| {
            if *n == 1 { (*title).to_owned() } else { format!("{title} ({n} findings)") }
        };
        let mut answer = Reply::yes(listed(titles.iter().map(one)), Vec::new());
        if self.inquiry.assessment == Assessment::NotInEvidence && !self.inquiry.covered {
            answer.words.push_str(" (the log does not reach all of the window)");
        }
        answer
    }
}

/// Joins the first of some texts, and tells how many more there are.
fn listed(texts: impl ExactSizeIterator<Item = String>) -> String {
    let more = texts.len().saturating_sub(NAMES);
    let mut words = texts.take(NAMES).collect::<Vec<_>>().join("; ");
    if more > 0 {
        words = format!("{words}; and {more} more");
    }
    words
}
