//! Owns the manifest: what a set holds, for those who check what they read from it.

use std::collections::BTreeMap;

use super::json::Json;
use super::json::Style;
use super::scenario::Attack;
use super::time::timestamp;

/// What was written, as `PATH.truth.json` says it.
#[derive(Default)]
pub struct Manifest {
    /// The number of records, duplicates included.
    pub records: u64,
    /// The number of records that repeat the one before them.
    pub duplicates: u64,
    /// The size of all records with one newline each, before compression.
    pub bytes: u64,
    /// The seed.
    pub seed: u64,
    /// The number of records of each category.
    pub categories: BTreeMap<&'static str, u64>,
    /// The planted attacks, in order of time.
    pub attacks: Vec<Attack>,
}

impl Manifest {
    /// Returns the manifest as JSON text; `duplicates` is left out when there are none.
    pub fn to_json(&self) -> Vec<u8> {
        let mut j = Json::new(Style::Pretty);
        j.begin(b'{');
        j.number("records", self.records);
        if self.duplicates > 0 {
            j.number("duplicates", self.duplicates);
        }
        j.number("bytes", self.bytes);
        j.number("seed", self.seed);
        j.object("categories", |j| {
            for (category, count) in &self.categories {
                j.number(category, *count);
            }
        });
        j.array("attacks", &self.attacks, write_attack);
        j.end(b'}');
        j.out.push(b'\n');
        j.out
    }
}

fn write_attack(j: &mut Json, attack: &Attack) {
    j.str("caller", &attack.caller);
    j.str("callerIpAddress", &attack.ip);
    j.str("subscription", &attack.subscription);
    j.str("from", &timestamp(attack.first));
    j.array("steps", &attack.steps, |j, (operation, correlation)| {
        j.str("operationName", operation);
        j.str("correlationId", correlation);
    });
}
