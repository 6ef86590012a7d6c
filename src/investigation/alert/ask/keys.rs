//! Questions about what was deleted and brought back, and about keys that were handed out.

use std::collections::BTreeSet;

use super::super::super::model::AnswerOutcome;
use super::{Questioned, Reply, listed};

impl Questioned<'_, '_> {
    pub(super) fn recovered(&self) -> Reply {
        let search = self.scale.search;
        let all: BTreeSet<u32> =
            self.found.telling.iter().chain(&self.found.support).copied().collect();
        let is_delete = |n: &u32| search.facts.operation(search.operation(*n)).ends_with("/DELETE");
        let deleted: Vec<u32> = all.iter().copied().filter(is_delete).collect();
        if deleted.is_empty() {
            return Reply::unknown("no deletion of it is in the evidence");
        }
        let written: Vec<u32> = all.iter().copied().filter(|n| !is_delete(n)).collect();
        if written.is_empty() {
            return Reply::no(format!("deleted, and not written since: {}", self.told(&deleted)));
        }
        let words = format!("deleted: {}; written: {}", self.told(&deleted), self.told(&written));
        Reply::yes(words, all.into_iter().collect())
    }

    pub(super) fn renewed(&self) -> Reply {
        let search = self.scale.search;
        let handed: Vec<u32> = self.found.done.iter().map(|(number, _)| *number).collect();
        if handed.is_empty() {
            return Reply::unknown("no key is known to have been handed out");
        }
        let mut renewals = BTreeSet::new();
        let mut burnt = BTreeSet::new();
        for &number in &handed {
            let resource = search.operation(number).resource;
            let lane = self.scale.habits.renewals(resource);
            let later = &lane[lane.partition_point(|n| *n <= number)..];
            renewals.extend(later.iter().copied());
            if later.is_empty() {
                burnt.extend(search.facts.resource(search.operation(number)));
            }
        }
        let renewals: Vec<u32> = renewals.into_iter().collect();
        let name = |id: &&str| id.rsplit('/').next().unwrap_or_default().to_owned();
        if burnt.is_empty() {
            return Reply::yes(format!("all of them: {}", self.told(&renewals)), renewals);
        }
        let names = listed(burnt.iter().map(name));
        Reply {
            outcome: AnswerOutcome::No,
            words: format!("not those of {names}"),
            numbers: renewals,
        }
    }
}
