//! The scene that rules judge: every operation with what held for it and the parts of its keys.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::atom::Test;
use super::code;
use super::first_seen::Past;
use super::part::{Part, Parts, rare_ips};
use super::plan::Plan;
use super::principal::Principals;
use super::program::{Program, Selector};
use crate::base::hash;
use crate::corpus::{Corpus, Hit, NONE};
use crate::ledger::{Ledger, Operation, Outcome};
use crate::rule::{Wanted, fold};

/// What is shown of a field that is not there.
const ABSENT: &str = "absent";
/// So many operations are put to the questions by one thread at a time.
const TOGETHER: usize = 16_384;

/// How the events of an operation are put to rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// What holds for one event of an operation holds for the operation.
    #[default]
    Operations,
    /// All of a condition must hold for one event, as in tools that know no operations.
    Events,
}

/// A test that held for an operation, and where its hit stands.
struct Held {
    /// The operation, or the event where events are matched.
    of: u32,
    atom: u32,
    hit: u32,
}

/// Every operation, with what held for it.
pub(super) struct Scene<'s> {
    pub(super) program: &'s Program,
    pub(super) corpus: &'s Corpus,
    pub(super) ledger: &'s Ledger,
    matching: Matching,
    /// What each operation name leaves open, by its code; the last is that of no name.
    plans: Vec<Option<Plan>>,
    held: Vec<Held>,
    /// Where the tests of each operation or event begin among those.
    begins: Vec<u32>,
    rare: Vec<bool>,
    principals: Principals<'s>,
    delegated: &'s (dyn Fn(&Operation) -> bool + Sync),
    /// For each part that is no captured value, the hash of each of its codes.
    tables: BTreeMap<Part, Vec<u64>>,
    /// What was seen before each operation, by what tells histories apart.
    pasts: BTreeMap<Vec<Part>, Past>,
}

impl<'s> Scene<'s> {
    pub(super) fn new(
        program: &'s Program,
        corpus: &'s Corpus,
        ledger: &'s Ledger,
        delegated: &'s (dyn Fn(&Operation) -> bool + Sync),
        matching: Matching,
    ) -> Self {
        let places = match matching {
            Matching::Operations => ledger.operations.len(),
            Matching::Events => ledger.of_row.len(),
        };
        let held = held(&corpus.hits.all, ledger, matching);
        let mut begins = Vec::with_capacity(places + 1);
        let mut at = 0;
        for place in 0..=places {
            while held.get(at).is_some_and(|held| (held.of as usize) < place) {
                at += 1;
            }
            begins.push(code(at));
        }
        let plans = plans(program, corpus, ledger);
        let rare = rare_ips(corpus);
        let principals = Principals::new(program, &corpus.identities);
        let (tables, pasts) = (BTreeMap::new(), BTreeMap::new());
        Scene {
            program,
            corpus,
            ledger,
            matching,
            plans,
            held,
            begins,
            rare,
            principals,
            delegated,
            tables,
            pasts,
        }
    }

    /// Makes ready what the parts of keys are compared by.
    pub(super) fn prepare<'p>(&mut self, parts: impl Iterator<Item = &'p Part>) {
        for part in parts {
            if !self.tables.contains_key(part) && !matches!(part, Part::Captured(_)) {
                let table = self.table(part);
                self.tables.insert(part.clone(), table);
            }
        }
    }

    /// Makes ready what was seen before each operation, by the parts that tell histories apart.
    pub(super) fn remember<'p>(&mut self, histories: impl Iterator<Item = &'p [Part]>) {
        let distinct: BTreeSet<&[Part]> = histories.collect();
        let distinct: Vec<&[Part]> = distinct.into_iter().collect();
        let past = |of: &&[Part]| (of.to_vec(), Past::new(self, of));
        self.pasts = distinct.par_iter().map(past).collect::<Vec<_>>().into_iter().collect();
    }

    /// Returns what was seen before each operation of its history; it must have been made ready.
    pub(super) fn past(&self, of: &[Part]) -> &Past {
        &self.pasts[of]
    }

    /// Returns, for each selector, the operations that it selects, in their order.
    pub(super) fn select(&self) -> Vec<Vec<u32>> {
        let chunks = self.ledger.operations.par_chunks(TOGETHER).enumerate();
        let selected: Vec<Vec<Vec<u32>>> = chunks
            .map(|(chunk, operations)| self.select_of(chunk * TOGETHER, operations))
            .collect();
        let of = |selector| selected.iter().flat_map(move |own: &Vec<Vec<u32>>| &own[selector]);
        (0..self.program.selectors.len()).map(|selector| of(selector).copied().collect()).collect()
    }

    /// The same of some operations, the first of which has this number.
    fn select_of(&self, first: usize, operations: &[Operation]) -> Vec<Vec<u32>> {
        let mut selected = vec![Vec::new(); self.program.selectors.len()];
        for (at, operation) in operations.iter().enumerate() {
            let Some(plan) = self.plan(operation) else { continue };
            let number = code(first + at);
            for &selector in &plan.sure {
                if ended(self.program.selectors[selector as usize].wanted, operation.outcome) {
                    selected[selector as usize].push(number);
                }
            }
            for &selector in &plan.open {
                if self.holds(&self.program.selectors[selector as usize], plan, number) {
                    selected[selector as usize].push(number);
                }
            }
        }
        selected
    }

    fn name(&self, operation: &Operation) -> &'s str {
        match operation.operation {
            NONE => "",
            known => self.corpus.names.operation.text_of(known),
        }
    }

    /// What the name of an operation leaves open.
    fn plan(&self, operation: &Operation) -> Option<&Plan> {
        let place = (operation.operation as usize).min(self.plans.len() - 1);
        self.plans[place].as_ref()
    }

    fn holds(&self, selector: &Selector, plan: &Plan, number: u32) -> bool {
        let operation = &self.ledger.operations[number as usize];
        if !ended(selector.wanted, operation.outcome) {
            return false;
        }
        self.places(&number).iter().any(|place| {
            selector.node.holds(&|atom| self.atom_holds(plan, operation, *place, atom))
        })
    }

    /// The places at which tests of an operation are looked up: its own, or those of its events.
    fn places<'p>(&'p self, number: &'p u32) -> &'p [u32] {
        match self.matching {
            Matching::Operations => std::slice::from_ref(number),
            Matching::Events => self.ledger.rows_of(&self.ledger.operations[*number as usize]),
        }
    }

    fn atom_holds(&self, plan: &Plan, operation: &'s Operation, place: u32, atom: u32) -> bool {
        if plan.held.binary_search(&atom).is_ok() || self.find(place, atom).is_some() {
            return true;
        }
        if let Some(part) = self.program.derived(atom) {
            let Some(value) = self.source().text(part, operation) else { return false };
            return self.program.atoms[atom as usize].test.holds(&value, &fold(&value), &[]);
        }
        self.who(operation, place).any(|identity| self.principals.holds(identity, atom))
    }

    /// The principals of an operation, or of one of its events: the one that counts for the operation first.
    fn who(&self, operation: &'s Operation, place: u32) -> impl Iterator<Item = u32> + '_ {
        let identities = &self.corpus.spine.identity;
        let (first, rows) = match self.matching {
            Matching::Operations => (operation.identity, self.ledger.rows_of(operation)),
            Matching::Events => (identities[place as usize], &[][..]),
        };
        let others = rows.iter().map(|&row| identities[row as usize]);
        std::iter::once(first).chain(others.filter(move |&other| other != first))
    }

    /// The value for which a test holds that was not put to records.
    fn shown(&self, operation: &'s Operation, place: u32, atom: u32) -> String {
        if let Some(part) = self.program.derived(atom) {
            return self.source().text(part, operation).unwrap_or_default().into_owned();
        }
        let value = self.who(operation, place).find_map(|who| self.principals.value(who, atom));
        value.unwrap_or_else(|| self.name(operation).to_owned())
    }

    fn find(&self, place: u32, atom: u32) -> Option<Hit> {
        let begins = &self.begins[place as usize..place as usize + 2];
        let own = &self.held[begins[0] as usize..begins[1] as usize];
        let at = own.binary_search_by_key(&atom, |held| held.atom).ok()?;
        Some(self.corpus.hits.all[own[at].hit as usize])
    }

    fn source(&self) -> Parts<'_> {
        Parts { corpus: self.corpus, delegated: self.delegated, rare: &self.rare }
    }

    /// Returns the operation of a number.
    pub(super) fn operation(&self, number: u32) -> &'s Operation {
        &self.ledger.operations[number as usize]
    }

    /// Returns the text of a part of an operation; `None` when there is none.
    pub(super) fn text(&self, part: &Part, number: u32) -> Option<Cow<'_, str>> {
        let Part::Captured(atom) = part else {
            return self.source().text(part, self.operation(number));
        };
        let places = self.places(&number);
        let hit = places.iter().find_map(|&place| self.find(place, *atom))?;
        self.corpus.hits.value(hit).map(Cow::Borrowed)
    }

    /// Returns what the values of some parts are compared by; `None` when one of them is not there.
    pub(super) fn key(&self, parts: &[Part], number: u32) -> Option<u64> {
        // The values are hashes already.
        parts.iter().try_fold(0, |key, part| Some(hash::join(key, self.value(part, number)?)))
    }

    /// Returns what one value is compared by.
    pub(super) fn value(&self, part: &Part, number: u32) -> Option<u64> {
        let operation = self.operation(number);
        let table = self.tables.get(part);
        let at = match part {
            Part::Captured(_) | Part::Outcome | Part::Delegated => {
                return self.text(part, number).map(|text| hashed(&text));
            }
            Part::Actor | Part::Identity(_) => operation.identity,
            Part::Operation | Part::Provider => operation.operation,
            Part::Resource | Part::ResourceRoot | Part::ResourceGroup => operation.resource,
            Part::Kind => operation.kind,
            Part::Subscription => operation.subscription,
            Part::Ip | Part::IpNetwork | Part::RareIp | Part::Country | Part::Asn => operation.ip,
        };
        table?.get(at as usize).copied().filter(|&hash| hash != 0)
    }

    /// The hash of each code of a part; 0 where it has no value.
    fn table(&self, part: &Part) -> Vec<u64> {
        let names = &self.corpus.names;
        let size = match part {
            Part::Captured(_) | Part::Outcome | Part::Delegated => 0,
            Part::Actor | Part::Identity(_) => self.corpus.identities.len(),
            Part::Operation | Part::Provider => names.operation.len(),
            Part::Resource | Part::ResourceRoot | Part::ResourceGroup => names.resource.len(),
            Part::Kind => names.kind.len(),
            Part::Subscription => names.subscription.len(),
            Part::Ip | Part::IpNetwork | Part::RareIp | Part::Country | Part::Asn => names.ip.len(),
        };
        let source = self.source();
        let of = |at: usize| {
            // An operation that has this code everywhere: only the one of the part is looked at.
            let operation = everywhere(code(at));
            source.text(part, &operation).map_or(0, |text| hashed(&text))
        };
        (0..size).map(of).collect()
    }

    /// Returns the fields that made a selector choose an operation, with their values.
    pub(super) fn because(&self, selector: u32, number: u32) -> BTreeMap<String, String> {
        let selector = &self.program.selectors[selector as usize];
        let operation = self.operation(number);
        let mut because = BTreeMap::new();
        let Some(plan) = self.plan(operation) else { return because };
        let places = self.places(&number);
        let holds = |place: &&u32| {
            selector.node.holds(&|atom| self.atom_holds(plan, operation, **place, atom))
        };
        let Some(&place) = places.iter().find(holds) else { return because };
        let holds = |atom| self.atom_holds(plan, operation, place, atom);
        selector.node.reasons(&holds, &mut |atom, field, present| {
            let value = match self.find(place, atom) {
                Some(hit) => Cow::Borrowed(self.corpus.hits.value(hit).unwrap_or_default()),
                None if present => Cow::Owned(self.shown(operation, place, atom)),
                // That something else is not the case is shown only where nothing is there at all.
                None if matches!(self.program.atoms[atom as usize].test, Test::Exists) => {
                    Cow::Borrowed(ABSENT)
                }
                None => return,
            };
            let value = match self.program.atoms[atom as usize].test.note(&value) {
                Some(note) => Cow::Owned(format!("{value} (watchlist: {note})")),
                None => value,
            };
            because.entry(field.to_owned()).or_insert_with(|| value.into_owned());
        });
        because
    }
}

/// The plan of each operation name that occurs, by its code; the last is that of no name.
fn plans(program: &Program, corpus: &Corpus, ledger: &Ledger) -> Vec<Option<Plan>> {
    let names = &corpus.names.operation;
    let mut occurs = vec![false; names.len() + 1];
    for operation in &ledger.operations {
        occurs[(operation.operation as usize).min(names.len())] = true;
    }
    let plan = |(at, occurs): (usize, &bool)| {
        let name = if at < names.len() { names.text_of(code(at)) } else { "" };
        occurs.then(|| Plan::of(program, name))
    };
    occurs.par_iter().enumerate().map(plan).collect()
}

/// An operation all of whose codes are this one.
fn everywhere(code: u32) -> Operation {
    Operation {
        operation: code,
        identity: code,
        ip: code,
        subscription: code,
        resource: code,
        kind: code,
        ..Operation::default()
    }
}

/// What a value is compared by: never 0.
fn hashed(text: &str) -> u64 {
    hash::key(fold(text).as_bytes()).max(1)
}

/// The tests that held, by operation or event and test, each with its first hit.
fn held(hits: &[Hit], ledger: &Ledger, matching: Matching) -> Vec<Held> {
    let operation =
        |hit: &Hit| ledger.of_row.get(hit.row as usize).copied().filter(|&op| op != NONE);
    let held = hits.iter().enumerate().filter_map(|(at, hit)| {
        let operation = operation(hit)?;
        let of = match matching {
            Matching::Operations => operation,
            Matching::Events => hit.row,
        };
        Some(Held { of, atom: hit.atom, hit: code(at) })
    });
    let mut held: Vec<Held> = held.collect();
    held.sort_unstable_by_key(|h| (h.of, h.atom, hits[h.hit as usize].row, h.hit));
    held.dedup_by_key(|h| (h.of, h.atom));
    held
}

/// Whether an operation ended as a rule wants it; one that was accepted may have succeeded.
fn ended(wanted: Wanted, outcome: Outcome) -> bool {
    match wanted {
        Wanted::Succeeded => matches!(outcome, Outcome::Succeeded | Outcome::Accepted),
        Wanted::Failed => outcome == Outcome::Failed,
        Wanted::Attempted | Wanted::Record => true,
    }
}
