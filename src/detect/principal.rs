//! Tests of principals, put to each distinct value once instead of to each record.

use hashbrown::HashMap;

use rayon::prelude::*;

use super::program::Program;
use super::read::each_of_principal;
use crate::base::index32;
use crate::rule::fold;
use crate::shape::Identity;

/// For each principal, which tests hold for it.
pub(super) struct Principals<'p> {
    program: &'p Program,
    identities: &'p [Identity],
    /// The fields of the tests.
    fields: Vec<u32>,
    /// For each principal and field, the place of its values among those of the field.
    places: Vec<u32>,
    /// For each field, for each of the values that occur, the tests that hold, sorted.
    held: Vec<Vec<Vec<u32>>>,
}

impl<'p> Principals<'p> {
    pub(super) fn new(program: &'p Program, identities: &'p [Identity]) -> Self {
        let mut fields: Vec<u32> =
            program.of_principal.iter().map(|&atom| program.atoms[atom as usize].field).collect();
        fields.sort_unstable();
        fields.dedup();
        let columns: Vec<(Vec<u32>, Vec<Vec<u32>>)> =
            fields.par_iter().map(|&field| column(program, identities, field)).collect();
        let mut places = vec![0; identities.len() * fields.len()];
        let mut held = Vec::new();
        for (at, (own, tests)) in columns.into_iter().enumerate() {
            for (identity, place) in own.into_iter().enumerate() {
                places[identity * fields.len() + at] = place;
            }
            held.push(tests);
        }
        Principals { program, identities, fields, places, held }
    }

    /// Gives `take` each test that holds for a principal.
    pub(super) fn each(&self, identity: u32, take: &mut dyn FnMut(u32)) {
        let own = identity as usize * self.fields.len();
        let Some(places) = self.places.get(own..own + self.fields.len()) else { return };
        for (held, &place) in self.held.iter().zip(places) {
            held[place as usize].iter().for_each(|&atom| take(atom));
        }
    }

    /// Returns the value of a principal for which a test holds.
    pub(super) fn value(&self, identity: u32, atom: u32) -> Option<String> {
        let identity = self.identities.get(identity as usize)?;
        let mut found = None;
        each_of_principal(identity, self.program.field_of(atom), &mut |value| {
            let holds = self.program.atoms[atom as usize].test.holds(value, &fold(value), &[]);
            if holds {
                found = Some(value.to_owned());
            }
            holds
        });
        found
    }
}

/// Between values of one field of a principal; no value holds it.
const BETWEEN: char = '\u{1f}';

/// For one field, the place of each principal's values, and the tests that hold for the values of each place.
fn column(program: &Program, identities: &[Identity], field: u32) -> (Vec<u32>, Vec<Vec<u32>>) {
    let is_own = |atom: &u32| program.atoms[*atom as usize].field == field;
    let own: Vec<u32> = program.of_principal.iter().copied().filter(is_own).collect();
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut held: Vec<Vec<u32>> = Vec::new();
    let mut key = String::new();
    let place = |identity: &Identity| {
        key.clear();
        each_of_principal(identity, &program.fields[field as usize], &mut |value| {
            key.push_str(value);
            key.push(BETWEEN);
            false
        });
        if let Some(&place) = known.get(&key) {
            return place;
        }
        let values: Vec<&str> = key.split_terminator(BETWEEN).collect();
        let holds = |atom: &u32| {
            let test = &program.atoms[*atom as usize].test;
            values.iter().any(|value| test.holds(value, &fold(value), &[]))
        };
        held.push(own.iter().copied().filter(holds).collect());
        let place = index32(held.len() - 1);
        known.insert(key.clone(), place);
        place
    };
    (identities.iter().map(place).collect(), held)
}
