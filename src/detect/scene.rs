//! The scene that rules judge: every operation with what held for it and the parts of its keys.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::atom::Test;
use super::coded::Coded;
use super::day::Days;
use super::facts::{Derived, Facts};
use super::first_seen::Past;
use super::habit::Habits;
use super::held::Holding;
use super::part::{Part, Parts};
use super::plan::{self, Plan};
use super::principal::Principals;
use super::program::Program;
use super::undone::Changes;
use crate::base::index32;
use crate::corpus::Corpus;
use crate::ledger::{Ledger, Operation, Outcome};
use crate::rule::Wanted;

/// What is shown of a field that is not there.
const ABSENT: &str = "absent";
/// This many operations are put to the questions by one thread at a time.
const TOGETHER: usize = 16_384;

/// At most this many principals share an address that still tells something about each.
const FEW: usize = 3;

/// How the events of an operation are put to rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// What holds for one event of an operation holds for the operation.
    #[default]
    Operations,
    /// All of a condition must hold for one event, as in tools that know no operations.
    Events,
}

/// Every operation, with what held for it.
pub(super) struct Scene<'s> {
    pub(super) program: &'s Program,
    pub(super) corpus: &'s Corpus,
    pub(super) ledger: &'s Ledger,
    /// What each operation name leaves open, by its code; the last is that of no name.
    plans: Vec<Option<Arc<Plan>>>,
    pub(super) held: &'s Holding,
    rare: Vec<bool>,
    habits: Option<Habits>,
    derived: Derived,
    principals: Principals<'s>,
    coded: Coded<'s>,
    delegated: &'s (dyn Fn(&Operation) -> bool + Sync),
    /// For each part that is no captured value, the hash of each of its codes.
    pub(super) tables: BTreeMap<Part, Vec<u64>>,
    /// What was seen before each operation, by what tells histories apart.
    pasts: BTreeMap<Vec<Part>, Past>,
    pub(super) changes: Changes,
}

impl<'s> Scene<'s> {
    pub(super) fn new(
        program: &'s Program,
        corpus: &'s Corpus,
        ledger: &'s Ledger,
        delegated: &'s (dyn Fn(&Operation) -> bool + Sync),
        held: &'s Holding,
    ) -> Self {
        let (plans, (principals, coded)) = rayon::join(
            || plans(program, corpus, ledger),
            || {
                rayon::join(
                    || Principals::new(program, &corpus.identities),
                    || Coded::new(program, corpus),
                )
            },
        );
        let rare = rare_ips(corpus);
        let source = Parts { corpus, delegated, rare: &rare, habits: None, days: Days::of(ledger) };
        let habits = program.asks_for(&Part::UsualNetwork).then(|| Habits::of(source));
        let derived = Derived::new(program, Parts { habits: habits.as_ref(), ..source });
        let (tables, pasts, changes) = (BTreeMap::new(), BTreeMap::new(), Changes::default());
        Scene {
            program,
            corpus,
            ledger,
            plans,
            held,
            rare,
            habits,
            derived,
            principals,
            coded,
            delegated,
            tables,
            pasts,
            changes,
        }
    }

    /// Makes ready what the parts of keys are compared by.
    pub(super) fn prepare<'p>(&mut self, parts: impl Iterator<Item = &'p Part>) {
        let distinct: BTreeSet<&Part> =
            parts.filter(|part| !matches!(part, Part::Captured(_))).collect();
        let table = |part: &&Part| ((*part).clone(), self.table(part));
        let distinct: Vec<&Part> = distinct.into_iter().collect();
        self.tables.extend(distinct.par_iter().map(table).collect::<Vec<_>>());
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
        let mut facts = Facts::new(self.program.atoms.len());
        let wanted = |selector: u32| self.program.selectors[selector as usize].wanted;
        for (at, operation) in operations.iter().enumerate() {
            let Some(plan) = self.plan(operation) else { continue };
            let number = index32(first + at);
            for &selector in &plan.sure {
                if ended(wanted(selector), operation.outcome) {
                    selected[selector as usize].push(number);
                }
            }
            let is_asked = |selector: &&u32| ended(wanted(**selector), operation.outcome);
            if !plan.open.iter().any(|open| open.selectors.iter().any(|one| is_asked(&one))) {
                continue;
            }
            for &place in self.places(&number) {
                self.learn(&mut facts, plan, operation, place);
                let holds = |atom| self.holds(&facts, operation, atom);
                plan.each_open(facts.all(), &mut |open| {
                    let mut asking = open.selectors.iter().filter(is_asked).peekable();
                    if asking.peek().is_some() && open.node.holds(&holds) {
                        for &selector in asking {
                            let own = &mut selected[selector as usize];
                            if own.last() != Some(&number) {
                                own.push(number);
                            }
                        }
                    }
                });
            }
        }
        selected
    }

    pub(super) fn name(&self, operation: &Operation) -> &'s str {
        self.corpus.names.operation.get(operation.operation).unwrap_or_default()
    }

    /// What the name of an operation leaves open.
    fn plan(&self, operation: &Operation) -> Option<&Plan> {
        let place = (operation.operation as usize).min(self.plans.len() - 1);
        self.plans[place].as_deref()
    }

    /// The places at which tests of an operation are looked up: its own, or those of its events.
    pub(super) fn places<'p>(&'p self, number: &'p u32) -> &'p [u32] {
        match self.held.matching {
            Matching::Operations => std::slice::from_ref(number),
            Matching::Events => self.ledger.rows_of(&self.ledger.operations[*number as usize]),
        }
    }

    /// Puts what holds for an operation, or for one of its events, into a set that may hold others.
    fn learn(&self, facts: &mut Facts, plan: &Plan, operation: &'s Operation, place: u32) {
        facts.clear();
        plan.held.iter().copied().chain(self.held.atoms(place)).for_each(|atom| facts.add(atom));
        for identity in self.who(operation, place) {
            self.principals.each(identity, &mut |atom| facts.add(atom));
        }
        self.coded.each(self.rows(operation, &place), &mut |atom| facts.add(atom));
    }

    /// Whether a test holds for an operation of which these facts are known.
    fn holds(&self, facts: &Facts, operation: &Operation, atom: u32) -> bool {
        let derived = self.derived.holds(atom, operation, self.source());
        derived.unwrap_or_else(|| facts.has(atom))
    }

    /// The events of an operation, or the one that is looked at.
    fn rows<'p>(&self, operation: &Operation, place: &'p u32) -> &'p [u32]
    where
        's: 'p,
    {
        match self.held.matching {
            Matching::Operations => self.ledger.rows_of(operation),
            Matching::Events => std::slice::from_ref(place),
        }
    }

    /// The principals of an operation, or of one of its events: the one that counts for the operation first.
    fn who(&self, operation: &'s Operation, place: u32) -> impl Iterator<Item = u32> + '_ {
        let identities = &self.corpus.spine.identity;
        let (first, rows) = match self.held.matching {
            Matching::Operations => (operation.identity, self.ledger.rows_of(operation)),
            Matching::Events => (identities[place as usize], &[][..]),
        };
        let others = rows.iter().map(|&row| identities[row as usize]);
        std::iter::once(first).chain(others.filter(move |&other| other != first))
    }

    /// The value for which a test holds that was not put to records.
    fn value_of(&self, operation: &'s Operation, place: u32, atom: u32) -> String {
        if let Some(part) = self.program.derived(atom) {
            return self.source().text(part, operation).unwrap_or_default().into_owned();
        }
        if let Some(value) = self.coded.value(self.rows(operation, &place), atom) {
            return value.to_owned();
        }
        let value = self.who(operation, place).find_map(|who| self.principals.value(who, atom));
        value.unwrap_or_else(|| self.name(operation).to_owned())
    }

    pub(super) fn source(&self) -> Parts<'_> {
        Parts {
            corpus: self.corpus,
            delegated: self.delegated,
            rare: &self.rare,
            habits: self.habits.as_ref(),
            days: Days::of(self.ledger),
        }
    }

    /// Returns the operation of a number.
    pub(super) fn operation(&self, number: u32) -> &'s Operation {
        &self.ledger.operations[number as usize]
    }

    /// Gives `take` each event of an operation that a selector chooses; what is matched must be events.
    pub(super) fn each_event(&self, selector: u32, number: u32, take: &mut dyn FnMut(u32)) {
        let node = &self.program.selectors[selector as usize].node;
        let operation = self.operation(number);
        let Some(plan) = self.plan(operation) else { return };
        let mut facts = Facts::new(self.program.atoms.len());
        for &place in self.places(&number) {
            self.learn(&mut facts, plan, operation, place);
            if node.holds(&|atom| self.holds(&facts, operation, atom)) {
                take(place);
            }
        }
    }

    /// Returns the fields that made a selector choose an operation, with their values.
    pub(super) fn because(&self, selector: u32, number: u32) -> BTreeMap<String, String> {
        let selector = &self.program.selectors[selector as usize];
        let operation = self.operation(number);
        let mut because = BTreeMap::new();
        let Some(plan) = self.plan(operation) else { return because };
        let mut facts = Facts::new(self.program.atoms.len());
        let chosen = self.places(&number).iter().copied().find(|&place| {
            self.learn(&mut facts, plan, operation, place);
            selector.node.holds(&|atom| self.holds(&facts, operation, atom))
        });
        let Some(place) = chosen else { return because };
        let holds = |atom| self.holds(&facts, operation, atom);
        selector.node.reasons(&holds, &mut |atom, field, present| {
            let value = match self.held.first(place, atom) {
                Some(code) => Cow::Borrowed(self.corpus.hits.value(code).unwrap_or_default()),
                None if present => Cow::Owned(self.value_of(operation, place, atom)),
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
fn plans(program: &Program, corpus: &Corpus, ledger: &Ledger) -> Vec<Option<Arc<Plan>>> {
    let names = &corpus.names.operation;
    let mut occurs = vec![false; names.len() + 1];
    for operation in &ledger.operations {
        occurs[(operation.operation as usize).min(names.len())] = true;
    }
    let held = |(at, occurs): (usize, &bool)| {
        let name = names.get(index32(at)).unwrap_or_default();
        occurs.then(|| plan::held(program, name))
    };
    let held: Vec<Option<Vec<u32>>> = occurs.par_iter().enumerate().map(held).collect();
    let plan = |held: Option<Vec<u32>>| held.map(|held| program.distinct.with(program, held));
    held.into_iter().map(plan).collect()
}

/// Returns for each address whether few principals share it.
fn rare_ips(corpus: &Corpus) -> Vec<bool> {
    let mut users: Vec<Vec<&str>> = vec![Vec::new(); corpus.names.ip.len()];
    for row in corpus.spine.rows() {
        let key = &corpus.identities[corpus.spine.identity[row] as usize].key;
        let Some(known) = users.get_mut(corpus.spine.ip[row] as usize) else { continue };
        if !key.is_empty() && known.len() <= FEW && !known.contains(&key.as_str()) {
            known.push(key);
        }
    }
    users.into_iter().map(|users| users.len() <= FEW).collect()
}

/// Whether an operation ended as a rule wants it; one that was accepted may have succeeded.
fn ended(wanted: Wanted, outcome: Outcome) -> bool {
    match wanted {
        Wanted::Succeeded => outcome.took_effect(),
        Wanted::Failed => outcome == Outcome::Failed,
        Wanted::Attempted | Wanted::Record => true,
    }
}
