//! The lists of what a tenant holds that are in the evidence, and when each was taken.
//!
//! A list says nowhere when it was taken. The latest time that one of its entries names is the
//! earliest at which it can have been: the time of the file is that of a copy.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::familiarity::name;
use super::super::model::ContextList;
use crate::base::{SourceId, Time};

/// Returns the lists in the order of the evidence.
pub(super) fn lists(facts: &Facts<'_>) -> Vec<ContextList> {
    let after = latest(facts);
    let sources = (0..).map(SourceId).zip(&facts.corpus.sources);
    let lists = sources.filter(|(_, source)| source.counts.context > 0);
    lists
        .map(|(id, source)| ContextList {
            list: name(facts, id),
            shapes: source.shapes.iter().map(|shape| shape.shape().name.to_owned()).collect(),
            entries: source.counts.context,
            taken_after: after.get(&id).copied(),
        })
        .collect()
}

/// The latest time that the entries of each source name.
fn latest(facts: &Facts<'_>) -> BTreeMap<SourceId, Time> {
    let context = &facts.corpus.context;
    let principals = context.principals.iter().map(|(source, held)| (*source, held.made));
    let assignments = context.assignments.iter().map(|(source, held)| (*source, held.latest));
    let resources = context.resources.iter().map(|(source, held)| (*source, held.latest));
    let mut latest: BTreeMap<SourceId, Time> = BTreeMap::new();
    for (source, time) in principals.chain(assignments).chain(resources) {
        if let Some(time) = time {
            let known = latest.entry(source).or_insert(time);
            *known = (*known).max(time);
        }
    }
    latest
}
