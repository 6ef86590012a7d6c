//! Which operations are of the kind that an alert speaks of, and what ties each to it.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use super::super::facts::Facts;
use super::super::iam::takes_away;
use super::lane::{Lanes, within};
use super::span::Spans;
use super::subject::Subject;
use crate::azure::alert_type::{AlertType, Check, Family, Join, Part, Trace, extension_kind};
use crate::azure::operation::{Risk, matches, risk};
use crate::azure::resource_id::{ResourceId, is_within};
use crate::base::index32;
use crate::corpus::{Grant, NONE};
use crate::ledger::{Operation, Outcome};

/// What ties an operation to an alert, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tie {
    /// A principal that the alert names did it.
    Person,
    /// It came from an address that the alert names.
    Address,
    /// It gave rights to a principal that the alert names.
    Recipient,
    /// A principal under suspicion did it to the resource that the alert names.
    Suspect,
    /// It was done to the resource that the alert names, and the alert names nobody.
    Resource,
}

/// The operations of one alert. Numbers of operations rise, which is in order of time.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Everything by what the alert names, in the times that were asked for.
    pub(super) around: Vec<u32>,
    /// What the alert speaks of, as far as it did not fail.
    pub(super) done: Vec<(u32, Tie)>,
    /// The same where it failed.
    pub(super) failed: Vec<(u32, Tie)>,
    /// Both, whatever ties them to it.
    pub(super) telling: Vec<u32>,
    /// What prepares it or follows it.
    pub(super) support: Vec<u32>,
    /// What would be it, had it not been done by others; the first ones if there are many.
    pub(super) others: Vec<u32>,
    /// Writes of extensions that the alert does not speak of.
    pub(super) other_extensions: Vec<u32>,
}

/// An operation that something leads to which an alert names.
#[derive(Clone, Copy)]
struct Candidate {
    number: u32,
    /// Whether it is on a resource that the alert names.
    on: bool,
}

/// At most this many operations by others are looked at; what is done more often is no sign of anything.
const OTHERS: usize = 200;

/// Operations on so many resources are looked up by each of them.
const FEW: usize = 8;

/// What finding needs of all alerts.
pub(super) struct Search<'s, 'f> {
    pub(super) facts: &'s Facts<'f>,
    pub(super) lanes: &'s Lanes,
    /// What role assignments give or gave, by event.
    assignments: HashMap<u32, &'f Grant>,
    /// Principals with findings of level high.
    pub(super) suspects: BTreeSet<u32>,
    /// Whether operations of a name are worth telling, by its code: alerts ask of the same ones again and again.
    risky: Vec<bool>,
}

impl<'s, 'f> Search<'s, 'f> {
    pub(super) fn new(facts: &'s Facts<'f>, lanes: &'s Lanes, suspects: BTreeSet<u32>) -> Self {
        let assignments = facts.corpus.grants.iter().map(|grant| (grant.row.0, grant)).collect();
        let is_risky = |name| risk(name).is_some_and(Risk::is_high);
        let risky = facts.corpus.names.operation.iter().map(is_risky).collect();
        Search { facts, lanes, assignments, suspects, risky }
    }

    /// Whether an operation is of high risk, and did not fail.
    pub(super) fn is_risky(&self, operation: &Operation) -> bool {
        let risky = self.risky.get(operation.operation as usize);
        operation.outcome != Outcome::Failed && risky.copied().unwrap_or_default()
    }

    pub(super) fn operation(&self, number: u32) -> &'f Operation {
        &self.facts.ledger.operations[number as usize]
    }

    pub(super) fn person(&self, operation: &Operation) -> Option<u32> {
        self.facts.principals.of(operation.identity).map(index32)
    }

    /// The role assignment that an operation makes or takes back.
    pub(super) fn assignment(&self, operation: &Operation) -> Option<&'f Grant> {
        let mut rows = self.facts.ledger.rows_of(operation).iter();
        rows.find_map(|row| self.assignments.get(row).copied())
    }

    /// The grant that an operation makes.
    pub(super) fn grant(&self, operation: &Operation) -> Option<&'f Grant> {
        self.assignment(operation).filter(|_| !takes_away(self.facts, operation))
    }

    pub(super) fn find(&self, subject: &Subject<'_>) -> Found {
        let Some(spans) = subject.spans else { return Found::default() };
        let widest = spans.widest();
        let mut found = Found::default();
        for candidate in self.candidates(subject, widest) {
            let operation = self.operation(candidate.number);
            if !in_subscription(subject, operation) {
                continue;
            }
            if holds(spans.asked, operation) && self.is_around(subject, candidate, operation) {
                found.around.push(candidate.number);
            }
            if let Some(kind) = subject.kind {
                self.sort_in(subject, kind, &spans, candidate, &mut found);
            }
        }
        let both = found.done.iter().chain(&found.failed).map(|(number, _)| *number);
        found.telling = both.collect();
        found.telling.sort_unstable();
        if let Some(kind) = subject.kind {
            self.others(subject, kind, &spans, &mut found);
        }
        found
    }

    /// Whatever its names lead to, each operation once.
    fn candidates(
        &self,
        subject: &Subject<'_>,
        span: (crate::base::Time, crate::base::Time),
    ) -> Vec<Candidate> {
        let people = subject.people.iter().map(|p| self.lanes.person(*p));
        let ips = subject.ips.iter().map(|ip| self.lanes.ip(*ip));
        let joined = subject.kind.is_some_and(|kind| kind.join.contains(&Join::Network));
        let networks = subject.networks.iter().filter(|_| joined).map(|at| self.lanes.network(*at));
        let others = people.chain(ips).chain(networks).map(|lane| (lane, false));
        let own = subject.on.iter().map(|at| (self.lanes.resource(*at), true));
        let mut all: Vec<Candidate> = own
            .chain(others)
            .flat_map(|(lane, on)| {
                let lane = within(self.facts, lane, span).iter();
                lane.map(move |&number| Candidate { number, on })
            })
            .collect();
        all.sort_by_key(|candidate| (candidate.number, !candidate.on));
        all.dedup_by_key(|candidate| candidate.number);
        all
    }

    /// Whether an operation is by what the alert names, not only near it.
    fn is_around(
        &self,
        subject: &Subject<'_>,
        candidate: Candidate,
        operation: &Operation,
    ) -> bool {
        candidate.on || subject.ips.contains(&operation.ip) || self.is_by_named(subject, operation)
    }

    fn is_by_named(&self, subject: &Subject<'_>, operation: &Operation) -> bool {
        self.person(operation).is_some_and(|p| subject.people.contains(&p))
    }

    fn is_on(&self, subject: &Subject<'_>, number: u32) -> bool {
        let lanes = || subject.on.iter().map(|at| self.lanes.resource(*at));
        if lanes().len() <= FEW {
            return lanes().any(|lane| lane.binary_search(&number).is_ok());
        }
        let all = subject.on_many.get_or_init(|| {
            let mut all: Vec<u32> = lanes().flatten().copied().collect();
            all.sort_unstable();
            all.dedup();
            all
        });
        all.binary_search(&number).is_ok()
    }

    fn sort_in(
        &self,
        subject: &Subject<'_>,
        kind: &'static AlertType,
        spans: &Spans,
        candidate: Candidate,
        found: &mut Found,
    ) {
        let number = candidate.number;
        let operation = self.operation(number);
        let Some(part) = self.part(subject, kind, operation) else { return };
        let within_kind = spans.kind.is_some_and(|span| holds(span, operation));
        if part == Part::Support {
            if within_kind && self.is_around(subject, candidate, operation) {
                found.support.push(number);
            }
            return;
        }
        if !holds(spans.core, operation) {
            return;
        }
        match self.tie(subject, kind, candidate, operation) {
            None => {
                if candidate.on && found.others.len() < OTHERS {
                    found.others.push(number);
                }
            }
            Some(_) if self.is_other_extension(kind, operation) => {
                found.other_extensions.push(number);
            }
            Some(tie) if operation.outcome == Outcome::Failed => found.failed.push((number, tie)),
            Some(tie) => found.done.push((number, tie)),
        }
    }

    /// What an operation is to the alert; a grant counts only to whom or on what the alert names.
    fn part(
        &self,
        subject: &Subject<'_>,
        kind: &'static AlertType,
        operation: &Operation,
    ) -> Option<Part> {
        let part = self.lanes.part(kind, operation)?;
        let at_root = || self.grant(operation).is_some_and(|grant| grant.scope == "/");
        match part {
            // Rights at the root are what elevating access gives.
            Part::Support if kind.profile.trace == Trace::Tenant && at_root() => Some(Part::Core),
            Part::Grant => {
                Some(if self.gives(subject, operation) { Part::Core } else { Part::Support })
            }
            part => Some(part),
        }
    }

    /// Whether an operation gives rights to a principal that the alert names, or on the resource itself.
    fn gives(&self, subject: &Subject<'_>, operation: &Operation) -> bool {
        let Some(grant) = self.grant(operation) else { return false };
        self.is_recipient(subject, grant) || subject.attacked().any(|id| covers(id, &grant.scope))
    }

    fn is_recipient(&self, subject: &Subject<'_>, grant: &Grant) -> bool {
        let recipient = self.facts.principals.find(&grant.principal).map(index32);
        let wide = |id: &str| covers(&grant.scope, id);
        recipient.is_some_and(|p| subject.people.contains(&p))
            && (subject.attacked().next().is_none() || subject.attacked().any(wide))
    }

    fn tie(
        &self,
        subject: &Subject<'_>,
        kind: &'static AlertType,
        candidate: Candidate,
        operation: &Operation,
    ) -> Option<Tie> {
        let by_named = self.is_by_named(subject, operation);
        let from_named = subject.ips.contains(&operation.ip);
        if kind.join.first() == Some(&Join::Ip) {
            return from_named.then_some(Tie::Address);
        }
        let on_resource = kind.join.first() == Some(&Join::Resource);
        if on_resource && subject.attacked().next().is_some() {
            return self.tie_on_resource(subject, kind, candidate, operation);
        }
        // Somebody who never acts may go by another name in the log; the address may still lead to the act.
        let acts = subject.people.iter().any(|p| !self.lanes.person(*p).is_empty());
        if acts || (!subject.people.is_empty() && subject.ips.is_empty()) {
            return by_named.then_some(Tie::Person);
        }
        if !subject.row.alert.ips.is_empty() {
            return from_named.then_some(Tie::Address);
        }
        candidate.on.then_some(Tie::Resource)
    }

    fn tie_on_resource(
        &self,
        subject: &Subject<'_>,
        kind: &'static AlertType,
        candidate: Candidate,
        operation: &Operation,
    ) -> Option<Tie> {
        let given = || self.grant(operation).is_some_and(|grant| self.is_recipient(subject, grant));
        if !candidate.on && !self.is_network(subject, kind, candidate.number) {
            return given().then_some(Tie::Recipient);
        }
        if self.is_by_named(subject, operation) {
            return Some(Tie::Person);
        }
        // Addresses of an alert on a machine are what the machine talked to.
        let servers = matches!(kind.family, Family::ServersControlPlane | Family::ServersGuest);
        if !servers && subject.ips.contains(&operation.ip) {
            return Some(Tie::Address);
        }
        if given() {
            return Some(Tie::Recipient);
        }
        if self.person(operation).is_some_and(|p| self.suspects.contains(&p)) {
            return Some(Tie::Suspect);
        }
        // Accounts of a machine are no principals: those count that act in the log.
        let acts = |p: &u32| !servers || !self.lanes.person(*p).is_empty();
        let names_somebody = subject.people.iter().any(acts);
        (!names_somebody).then_some(Tie::Resource)
    }

    fn is_network(&self, subject: &Subject<'_>, kind: &AlertType, number: u32) -> bool {
        let on = |at: &u32| self.lanes.network(*at).binary_search(&number).is_ok();
        kind.join.contains(&Join::Network) && subject.networks.iter().any(on)
    }

    /// Whether an operation writes an extension whose name tells another kind than the alert speaks of.
    fn is_other_extension(&self, kind: &AlertType, operation: &Operation) -> bool {
        let wanted = kind.profile.extension;
        let extensions = "*/virtualMachines*/extensions/*";
        if wanted.is_empty() || !matches(extensions, self.facts.operation(operation)) {
            return false;
        }
        let id = self.facts.resource(operation).and_then(ResourceId::parse);
        let told = id.and_then(|id| extension_kind(id.name()));
        told.is_some_and(|told| !wanted.split(';').any(|kind| kind == told))
    }

    /// Adds what others did in the subscription that would be what the alert speaks of.
    fn others(
        &self,
        subject: &Subject<'_>,
        kind: &'static AlertType,
        spans: &Spans,
        found: &mut Found,
    ) {
        let of_kind = self.lanes.of_kind(self.facts, kind, spans.core).take(OTHERS * 10);
        let others = of_kind.filter(|number| {
            found.telling.binary_search(number).is_err() && {
                let operation = self.operation(*number);
                let candidate = || Candidate { number: *number, on: self.is_on(subject, *number) };
                in_subscription(subject, operation)
                    && operation.outcome != Outcome::Failed
                    && self.tie(subject, kind, candidate(), operation).is_none()
            }
        });
        let others: Vec<u32> = others.take(OTHERS).collect();
        found.others.extend(others);
        found.others.sort_unstable();
        found.others.dedup();
    }
}

/// Whether an operation is in the subscription of the alert, or above all of them.
fn in_subscription(subject: &Subject<'_>, operation: &Operation) -> bool {
    operation.subscription == NONE || subject.place.may_be(operation.subscription)
}

fn holds(span: (crate::base::Time, crate::base::Time), operation: &Operation) -> bool {
    span.0 <= operation.first && operation.first <= span.1
}

/// Whether a scope is an id or holds it.
pub(super) fn covers(scope: &str, id: &str) -> bool {
    is_within(id, scope.trim_end_matches('/'))
}

impl Found {
    /// What bears the alert out, if an attempt is what it speaks of or not.
    pub(super) fn good(&self, kind: &AlertType) -> &[(u32, Tie)] {
        if self.counts_failed(kind) { &self.failed } else { &self.done }
    }

    /// Whether what failed is what bears the alert out.
    pub(super) fn counts_failed(&self, kind: &AlertType) -> bool {
        let checks = &kind.profile.checks;
        let only_tried = self.done.is_empty() && checks.contains(&Check::Refused);
        only_tried || checks.contains(&Check::Attempt)
    }

    /// What is of the kind and does not bear it out, for how it ended.
    pub(super) fn ended_otherwise(&self, kind: &AlertType) -> &[(u32, Tie)] {
        if self.counts_failed(kind) { &self.done } else { &self.failed }
    }
}
