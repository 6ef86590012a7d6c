//! Questions about people: who used what, who was given what, who else was there.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::iam::takes_away;
use super::super::super::machine::machine;
use super::super::super::model::{AnswerOutcome, Elsewhere, SameAddress};
use super::super::habit::callers;
use super::super::lane::within;
use super::super::span::Spans;
use super::super::words::operations;
use super::{MOST, NAMES, Questioned, Reply, listed};
use crate::azure::{app, role};
use crate::base::text::counted;
use crate::base::{Time, index32};
use crate::corpus::{Grant, NONE};
use crate::ledger::Outcome;

impl Questioned<'_, '_> {
    pub(super) fn clients(&self, spans: &Spans) -> Reply {
        let search = self.scale.search;
        let mut seen: BTreeMap<(&str, u32), Vec<u32>> = BTreeMap::new();
        for &number in &self.found.telling {
            let operation = search.operation(number);
            let app = search.facts.corpus.identities[operation.identity as usize].app_id.as_str();
            if let Some(person) = search.person(operation).filter(|_| !app.is_empty()) {
                seen.entry((app, person)).or_default().push(number);
            }
        }
        if seen.is_empty() {
            return Reply::unknown("the evidence does not tell the client of these calls");
        }
        let mut fresh = false;
        let told: Vec<String> = seen
            .keys()
            .take(NAMES)
            .map(|(app, person)| {
                let since = self.scale.habits.client_since(*person, app);
                let known = since.filter(|since| *since < spans.before());
                fresh |= known.is_none();
                let name = app::by_id(app).and_then(|app| app.name).unwrap_or("an unknown client");
                match known {
                    Some(since) => format!("{name} ({app}), used by the account since {since}"),
                    None => format!("{name} ({app}), not seen with the account before"),
                }
            })
            .collect();
        let numbers = seen.into_values().flatten().collect::<BTreeSet<u32>>();
        let outcome = if fresh { AnswerOutcome::Yes } else { AnswerOutcome::No };
        Reply { outcome, words: told.join("; "), numbers: numbers.into_iter().collect() }
    }

    pub(super) fn control(&self) -> Reply {
        let search = self.scale.search;
        let facts = search.facts;
        let own = facts.corpus.grants.iter().filter(|grant| {
            let recipient = facts.principals.find(&grant.principal).map(index32);
            recipient.is_some_and(|p| self.subject.people.contains(&p))
        });
        let numbers = own.filter_map(|grant| facts.ledger.of_row.get(grant.row.0 as usize));
        let took_effect = |n: &u32| {
            facts.ledger.operations.get(*n as usize).is_some_and(|o| o.outcome != Outcome::Failed)
        };
        let numbers: BTreeSet<u32> = numbers.copied().filter(took_effect).collect();
        let (lost, given): (Vec<u32>, Vec<u32>) =
            numbers.into_iter().partition(|n| takes_away(facts, search.operation(*n)));
        let also = match lost.as_slice() {
            [] => String::new(),
            lost => format!("; rights were taken from it: {}", self.told(lost)),
        };
        if given.is_empty() {
            return Reply::unknown(format!(
                "no grant to it is in the evidence; its owners and credentials stand in the directory, not in the Activity Log{also}"
            ));
        }
        let words = format!("rights were given to it: {}{also}", self.told(&given));
        Reply::yes(words, given.into_iter().chain(lost).collect())
    }

    pub(super) fn elsewhere(&self) -> Reply {
        let all = &self.inquiry.elsewhere;
        if self.subject.people.is_empty() {
            return Reply::unknown("the alert names no principal");
        }
        if all.is_empty() {
            return Reply::no("nothing that the evidence holds");
        }
        let one = |e: &Elsewhere| {
            let place = e.subscription_id.as_deref().unwrap_or("above subscriptions");
            format!("{} by {} in {place}", counted(e.operations, "operation", "operations"), e.user)
        };
        Reply {
            outcome: AnswerOutcome::Yes,
            words: listed(all.iter().map(one)),
            numbers: Vec::new(),
        }
    }

    pub(super) fn machines(&self, spans: &Spans) -> Reply {
        let search = self.scale.search;
        let actors = callers(search, &self.found.telling);
        if actors.is_empty() {
            return Reply::unknown("nobody is known to have made such a call");
        }
        let own: BTreeSet<&str> = self.subject.attacked().collect();
        let mut machines: BTreeMap<String, u32> = BTreeMap::new();
        let lanes = actors.iter().map(|p| self.scale.habits.person(*p));
        let numbers = lanes.flat_map(|lane| within(search.facts, lane, spans.asked)).take(MOST);
        for &number in numbers {
            let touched = search.facts.resource(search.operation(number)).and_then(machine);
            if let Some(touched) = touched.filter(|id| !own.contains(id.as_str())) {
                machines.entry(touched).or_insert(number);
            }
        }
        if machines.is_empty() {
            return Reply::no("no other machine");
        }
        let names =
            listed(machines.keys().map(|id| id.rsplit('/').next().unwrap_or_default().to_owned()));
        let count = counted(machines.len() as u64, "other machine", "other machines");
        Reply::yes(format!("{count}: {names}"), machines.into_values().collect())
    }

    /// Others whose tokens come from the tenant of those that the alert names.
    pub(super) fn managing(&self, spans: &Spans) -> Reply {
        let facts = self.facts();
        let tenant = |p: u32| facts.principals.all[p as usize].token_tenant.as_deref();
        let tenants: BTreeSet<&str> =
            self.subject.people.iter().filter_map(|p| tenant(*p)).collect();
        if tenants.is_empty() {
            return Reply::unknown("the log does not tell the tenant of whom the alert names");
        }
        let all = &facts.ledger.operations;
        let from = all.partition_point(|o| o.first < spans.asked.0);
        let near = all[from..].iter().take_while(|o| o.first <= spans.asked.1).take(MOST);
        let mut others: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (operation, number) in near.zip(index32(from)..) {
            let own = self.subject.place.is(operation.subscription);
            let Some(person) = facts.principals.of(operation.identity).map(index32) else {
                continue;
            };
            let foreign = tenant(person).is_some_and(|t| tenants.contains(t));
            if own
                && foreign
                && !self.subject.people.contains(&person)
                && !facts.is_evaluation(operation)
            {
                others.entry(person).or_default().push(number);
            }
        }
        if others.is_empty() {
            return Reply::no("nobody else");
        }
        let one = |(p, numbers): (&u32, &Vec<u32>)| {
            format!("{} by {}", operations(numbers.len()), facts.principals.all[*p as usize].id)
        };
        let words = listed(others.iter().map(one));
        Reply::yes(words, others.into_values().flatten().collect())
    }

    pub(super) fn recipient(&self, spans: &Spans) -> Reply {
        let search = self.scale.search;
        // Whom the alert names may have given rights beside what it speaks of.
        let people = self.subject.people.iter().map(|p| search.lanes.person(*p));
        let own = people.flat_map(|lane| within(search.facts, lane, spans.asked)).take(MOST);
        let own = own.filter(|n| search.assignment(search.operation(**n)).is_some());
        let told = self.found.telling.iter().chain(&self.found.support);
        let all: BTreeSet<u32> = told.chain(own).copied().collect();
        let (mut words, mut numbers, mut given) = (Vec::new(), Vec::new(), false);
        // A removal may name nothing but the assignment.
        let mut known: BTreeMap<u32, &Grant> = BTreeMap::new();
        for number in all {
            let operation = search.operation(number);
            if operation.outcome == Outcome::Failed {
                continue;
            }
            let taken = takes_away(search.facts, operation);
            let before = || known.get(&operation.resource).copied().filter(|_| taken);
            let Some(assignment) = search.assignment(operation).or_else(before) else { continue };
            if operation.resource != NONE {
                known.insert(operation.resource, assignment);
            }
            let Grant { principal, role, scope, .. } = assignment;
            let role = role::by_guid(role).map_or(role.as_str(), |r| r.name);
            let (who, time) = (search.facts.shown(principal), operation.first);
            numbers.push(number);
            words.push(if taken {
                format!("{who} lost {role} on {scope} at {time}")
            } else {
                given = true;
                let did = self.done_since(principal, (time, spans.asked.1.max(spans.core.1)));
                format!("{who} was given {role} on {scope} at {time}, {did}")
            });
        }
        if given {
            return Reply::yes(listed(words.into_iter()), numbers);
        }
        words.insert(0, "no grant is among these operations".to_owned());
        let span = spans.kind.unwrap_or(spans.asked);
        Reply { numbers, ..self.if_covered(&listed(words.into_iter()), span) }
    }

    fn done_since(&self, recipient: &str, span: (Time, Time)) -> String {
        let search = self.scale.search;
        let person = search.facts.principals.find(recipient).map(index32);
        let lane = person.map_or(&[][..], |p| self.scale.habits.person(p));
        match within(search.facts, lane, span).len() {
            0 => "and did nothing since that the log shows".to_owned(),
            n => format!("and did {} since", operations(n)),
        }
    }

    pub(super) fn who(&self, spans: &Spans) -> Reply {
        if self.subject.row.alert.ips.is_empty() {
            return Reply::unknown("the alert names no address");
        }
        let all = &self.inquiry.same_address;
        let span = spans.widest();
        let when = format!("between {} and {}", span.0, span.1);
        if all.is_empty() {
            return self.if_covered(&format!("nobody else {when}"), span);
        }
        let one = |s: &SameAddress| {
            let who = s.user.as_deref().unwrap_or("nobody that the log names");
            format!("{} by {who} from {}", counted(s.operations, "operation", "operations"), s.ip)
        };
        Reply {
            outcome: AnswerOutcome::Yes,
            words: format!("{}, {when}", listed(all.iter().map(one))),
            numbers: Vec::new(),
        }
    }
}
