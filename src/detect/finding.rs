//! A finding: what one rule says about some operations, and whom it accuses of them.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::because::Because;
use super::evaluate::Said;
use super::judge::Accuses;
use crate::base::hash::content_id;
use crate::base::text::shorten_middle;
use crate::base::{Text, Time};
use crate::corpus::{Corpus, Spine};
use crate::ledger::{Ledger, Operation, Outcome};
use crate::rule::Level;

/// Operations of one rule, principal and subscription that follow one another within this are one finding.
///
/// What is likely an attack is told each hour, what is worth a look each day, and the rest once
/// for each stretch of activity.
fn together(level: Level) -> i64 {
    const HOUR: i64 = 3600 * 1_000_000_000;
    match level {
        Level::Informational | Level::Low => 7 * 24 * HOUR,
        Level::Medium => 24 * HOUR,
        Level::High | Level::Critical => HOUR,
    }
}

/// At most this many characters of a value are shown.
const SHOWN: usize = 200;

/// What one rule says about some operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Id made from rule and first operation: the same in every run and for every export of it.
    pub id: Text,
    /// The rule, by its place in the set.
    pub rule: usize,
    /// The operations, by their place in the ledger, sorted.
    pub operations: Vec<u32>,
    /// Time of the first event.
    pub first: Time,
    /// Time of the last event.
    pub last: Time,
    /// The best outcome of an operation for who wanted it: succeeded, then accepted, failed, unknown.
    pub outcome: Outcome,
    /// Whether the rule wants success and none of the operations is known to have ended.
    pub unconfirmed: bool,
    /// The principal whose finding it is, the first of those accused; [`crate::corpus::NONE`] when there is none.
    pub identity: u32,
    /// All those accused, where they are more than one.
    pub accused: Box<[u32]>,
    /// The subscription of the first operation; [`crate::corpus::NONE`] when it is not known.
    pub subscription: u32,
    /// Fields as the rule names them, by name, each with the value that matched; of absent ones `absent`.
    pub because: Because,
    /// The alerts it rests on, by their place in the corpus: all of those, of which `because` names some.
    pub alerts: Box<[u32]>,
}

/// The rule whose findings grow.
#[derive(Clone, Copy)]
pub(super) struct Voice<'v> {
    pub(super) rule: usize,
    pub(super) rule_id: &'v str,
    pub(super) level: Level,
    pub(super) wants_success: bool,
    pub(super) accuses: Accuses,
}

/// Findings of one rule while they grow. What it says comes in order of time.
pub(super) struct Growing<'g> {
    corpus: &'g Corpus,
    ledger: &'g Ledger,
    voice: Voice<'g>,
    /// Why a question chose an operation.
    because: &'g dyn Fn(u32, u32) -> BTreeMap<String, String>,
    /// The last finding of a principal and a subscription.
    open: HashMap<(&'g str, u32), usize>,
    /// Fields and values of reasons, which come again and again.
    texts: HashSet<Text>,
    /// And so do reasons as a whole.
    reasons: HashSet<Because>,
    findings: Vec<Finding>,
}

impl<'g> Growing<'g> {
    pub(super) fn new(
        corpus: &'g Corpus,
        ledger: &'g Ledger,
        voice: Voice<'g>,
        because: &'g dyn Fn(u32, u32) -> BTreeMap<String, String>,
    ) -> Self {
        let (texts, reasons) = (HashSet::new(), HashSet::new());
        let (open, findings) = (HashMap::new(), Vec::new());
        Growing { corpus, ledger, voice, because, open, texts, reasons, findings }
    }

    fn principal(&self, operation: &Operation) -> &'g str {
        self.corpus.identities.get(operation.identity as usize).map_or("", |id| &id.key)
    }

    /// Adds an operation that the rule speaks of by itself; `why` is asked where a finding begins with it.
    pub(super) fn each(&mut self, operation: u32, why: &dyn Fn() -> BTreeMap<String, String>) {
        if !self.follows(operation) {
            self.begin_with(operation);
            self.explain(&why());
        }
    }

    /// Adds what was said of an operation to the finding it follows, or begins one.
    pub(super) fn add(&mut self, said: Said) {
        let Some(&first) = said.operations.first() else { return };
        if !self.follows(first) {
            self.begin_with(first);
            self.explain_all(said);
        }
    }

    /// Adds what belongs together as one finding.
    pub(super) fn whole(&mut self, said: Said) {
        let Some((&first, others)) = said.operations.split_first() else { return };
        let mut finding = self.begin(first);
        finding.alerts.clone_from(&said.alerts);
        for &operation in others {
            finding.join(operation, &self.ledger.operations[operation as usize]);
        }
        match self.voice.accuses {
            Accuses::First => {}
            Accuses::Each => self.accuse(&mut finding, &said.operations),
            Accuses::Said => self.accuse(&mut finding, &said.accused),
        }
        self.findings.push(finding);
        self.explain_all(said);
    }

    /// Makes a finding that of the principals of some operations.
    fn accuse(&self, finding: &mut Finding, operations: &[u32]) {
        let mut operations = operations.to_vec();
        operations.sort_unstable();
        let (mut accused, mut known) = (Vec::new(), HashSet::new());
        for operation in operations {
            let operation = &self.ledger.operations[operation as usize];
            let who = self.principal(operation);
            if !who.is_empty() && known.insert(who) {
                accused.push(operation.identity);
            }
        }
        if let Some(&first) = accused.first() {
            finding.identity = first;
        }
        if accused.len() > 1 {
            finding.accused = accused.into();
        }
    }

    /// Joins an operation to the finding it follows; `false` when it follows none.
    fn follows(&mut self, number: u32) -> bool {
        let operation = &self.ledger.operations[number as usize];
        let key = (self.principal(operation), operation.subscription);
        let Some(&open) = self.open.get(&key) else { return false };
        let finding = &mut self.findings[open];
        let is_near =
            operation.first.0.saturating_sub(finding.last.0) <= together(self.voice.level);
        if is_near {
            finding.join(number, operation);
        }
        is_near
    }

    fn begin_with(&mut self, number: u32) {
        let operation = &self.ledger.operations[number as usize];
        let key = (self.principal(operation), operation.subscription);
        self.open.insert(key, self.findings.len());
        let finding = self.begin(number);
        self.findings.push(finding);
    }

    /// Says why of the last finding.
    fn explain(&mut self, because: &BTreeMap<String, String>) {
        let mut shared = |text: &str| {
            if let Some(known) = self.texts.get(text) {
                return known.clone();
            }
            let text = Text::from(text);
            self.texts.insert(text.clone());
            text
        };
        let pairs = because
            .iter()
            .map(|(field, value)| (shared(field), shared(&shorten_middle(value, SHOWN))));
        let because = self.reasons.get_or_insert_with(&pairs.collect(), Because::clone).clone();
        if let Some(finding) = self.findings.last_mut() {
            finding.because = because;
        }
    }

    fn explain_all(&mut self, said: Said) {
        let mut because: BTreeMap<String, String> = said.because.into_iter().collect();
        if let (Some(selector), Some(&first)) = (said.selector, said.operations.first()) {
            because.extend((self.because)(selector, first));
        }
        self.explain(&because);
    }

    fn begin(&self, first: u32) -> Finding {
        let operation = &self.ledger.operations[first as usize];
        let names = &self.corpus.names;
        let text =
            |dict: &'g crate::base::dict::Dict, code: u32| dict.get(code).unwrap_or_default();
        let id = content_id(
            'f',
            &[
                self.voice.rule_id,
                &operation.first.to_millis().to_string(),
                text(&names.operation, operation.operation),
                text(&names.resource, operation.resource),
                self.principal(operation),
            ],
        );
        Finding {
            id: id.into(),
            rule: self.voice.rule,
            operations: vec![first],
            first: operation.first,
            last: operation.last,
            outcome: operation.outcome,
            unconfirmed: self.voice.wants_success && operation.outcome != Outcome::Succeeded,
            identity: operation.identity,
            accused: Box::default(),
            subscription: operation.subscription,
            because: Because::default(),
            alerts: Box::default(),
        }
    }

    /// Ends all findings and returns them in the order in which they began.
    pub(super) fn finish(self) -> Vec<Finding> {
        let mut findings = self.findings;
        for finding in &mut findings {
            finding.operations.shrink_to_fit();
        }
        findings
    }
}

impl Finding {
    /// Returns all events of its operations, by time, then by what they say.
    pub fn rows(&self, spine: &Spine, ledger: &Ledger) -> Vec<u32> {
        let operations = self.operations.iter().map(|&op| &ledger.operations[op as usize]);
        let mut rows: Vec<u32> = operations.flat_map(|op| ledger.rows_of(op)).copied().collect();
        rows.sort_unstable_by_key(|&row| {
            (spine.time[row as usize], spine.content_key[row as usize], row)
        });
        rows
    }

    /// Returns whom it accuses, each principal by one of its identities; [`crate::corpus::NONE`] where nobody is known.
    pub fn accused(&self) -> &[u32] {
        if self.accused.is_empty() { std::slice::from_ref(&self.identity) } else { &self.accused }
    }

    fn join(&mut self, number: u32, operation: &Operation) {
        self.operations.push(number);
        self.last = self.last.max(operation.last);
        self.outcome = best(self.outcome, operation.outcome);
        self.unconfirmed &= operation.outcome != Outcome::Succeeded;
    }
}

/// Returns the outcome that matters more to a reader.
fn best(a: Outcome, b: Outcome) -> Outcome {
    let rank = |outcome| match outcome {
        Outcome::Succeeded => 0,
        Outcome::Accepted => 1,
        Outcome::Failed => 2,
        Outcome::Unknown => 3,
    };
    if rank(b) < rank(a) { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Status;
    use crate::corpus::{Entry, NONE};
    use crate::ledger::collapse;
    use crate::shape::Identity;

    /// Findings of one rule that speaks of every operation, given as (minutes, principal, status), with their rows.
    fn grow(events: &[(i64, u32, Status)], level: Level) -> Vec<(Finding, Vec<u32>)> {
        let mut corpus = Corpus::default();
        for key in ["a", "b"] {
            corpus.identities.push(Identity { key: key.into(), ..Identity::default() });
        }
        corpus.names.operation.code("X/Y/WRITE");
        for (number, &(minutes, identity, status)) in events.iter().enumerate() {
            corpus.spine.push(Entry {
                time: Time(minutes * 60_000_000_000),
                operation_key: number as u64,
                identity,
                status,
                subscription: NONE,
                resource: NONE,
                ..Entry::default()
            });
        }
        let ledger = collapse(&corpus);
        let none = |_, _| BTreeMap::new();
        let accuses = Accuses::First;
        let voice = Voice { rule: 0, rule_id: "r", level, wants_success: true, accuses };
        let mut growing = Growing::new(&corpus, &ledger, voice, &none);
        for operation in 0..crate::base::index32(ledger.operations.len()) {
            growing.each(operation, &BTreeMap::new);
        }
        let with_rows = |finding: Finding| {
            let rows = finding.rows(&corpus.spine, &ledger);
            (finding, rows)
        };
        growing.finish().into_iter().map(with_rows).collect()
    }

    #[test]
    fn operations_within_an_hour_of_the_one_before_are_one_finding() {
        use Status::{Accepted, Succeeded};
        let events = [
            (0, 0, Accepted),
            (59, 0, Succeeded),
            (60, 1, Accepted),
            (119, 0, Succeeded),
            (180, 0, Succeeded),
        ];
        let all = grow(&events, Level::High);
        let shown: Vec<_> = all
            .iter()
            .map(|(f, rows)| (f.operations.clone(), rows.clone(), f.unconfirmed))
            .collect();
        assert_eq!(
            shown,
            [
                (vec![0, 1, 3], vec![0, 1, 3], false),
                (vec![2], vec![2], true),
                (vec![4], vec![4], false),
            ]
        );
        assert_eq!((all[0].0.outcome, all[1].0.outcome), (Outcome::Succeeded, Outcome::Accepted));
        assert_eq!(grow(&events, Level::Low).len(), 2);
    }

    #[test]
    fn ids_come_from_what_every_export_says() {
        let one =
            |minutes, who, status| grow(&[(minutes, who, status)], Level::High)[0].0.id.clone();
        let (done, open) = (one(5, 0, Status::Succeeded), one(5, 0, Status::Accepted));
        assert_eq!(done, open);
        assert_ne!(done, one(6, 0, Status::Succeeded));
        assert_ne!(done, one(5, 1, Status::Succeeded));
    }
}
