//! What each engine says of rules and records.

use std::collections::BTreeSet;

use azscope::detect::selftest::told;
use azscope::rule::RuleSet;
use rsigma_eval::event::JsonEvent;
use rsigma_eval::{CorrelationConfig, CorrelationEngine, Engine};
use serde_json::Value as Json;

use crate::events::Event;

/// The places of the records of which a rule speaks.
pub type Matches = BTreeSet<usize>;

/// Whether each engine accepts a document.
pub fn accepted(document: &str) -> (Result<(), String>, Result<(), String>) {
    let ours = RuleSet::from_text("rule", document).map_err(|error| error.to_string());
    let ours = ours.and_then(|set| match set.rules().iter().find_map(|rule| set.obstacle(rule)) {
        Some(why) => Err(why),
        None => Ok(()),
    });
    let theirs = rsigma_parser::parse_sigma_yaml(document).map_err(|error| error.to_string());
    let theirs = theirs.and_then(|rules| {
        if let Some(error) = rules.errors.first() {
            return Err(error.clone());
        }
        Engine::new().add_collection(&rules).map_err(|error| error.to_string())
    });
    (ours, theirs)
}

/// Returns what azscope says: for each rule, by its place in the file, the records.
///
/// # Panics
///
/// If the rules or a record cannot be read.
pub fn ours(documents: &[String], events: &[Event]) -> Vec<Matches> {
    let records: Vec<Json> = events.iter().map(|event| event.record.clone()).collect();
    let of_file = |documents: &[String]| {
        let set = RuleSet::from_text("rules", &documents.join("\n---\n"));
        let set = set.expect("rules are accepted");
        let mut matches = vec![Matches::new(); documents.len()];
        for finding in told(&set, &records).expect("records are read") {
            matches[finding.rule].extend(finding.records);
        }
        matches
    };
    documents.chunks(FILE).flat_map(of_file).collect()
}

/// Rules in one file.
const FILE: usize = 500;

/// Returns what the other engine says of the same.
///
/// # Panics
///
/// If the rules cannot be read.
pub fn theirs(documents: &[String], events: &[Event]) -> Vec<Matches> {
    let of_rule = |document: &String| {
        let rules = rsigma_parser::parse_sigma_yaml(document).expect("rules are accepted");
        let mut engine = Engine::new();
        engine.add_collection(&rules).expect("rules are accepted");
        let speaks = |event: &Event| !engine.evaluate(&JsonEvent::borrow(&event.opened)).is_empty();
        (0..events.len()).filter(|&at| speaks(&events[at])).collect()
    };
    documents.iter().map(of_rule).collect()
}

/// A finding of azscope about a correlation: its records in order of time.
pub type Together = Vec<usize>;

/// Returns what azscope finds with a file that ends with a correlation.
///
/// # Panics
///
/// If the rules or a record cannot be read.
pub fn ours_together(document: &str, events: &[Event]) -> Vec<Together> {
    let set = RuleSet::from_text("rules", document).expect("rules are accepted");
    let records: Vec<Json> = events.iter().map(|event| event.record.clone()).collect();
    let findings = told(&set, &records).expect("records are read");
    let last = set.rules().len() - 1;
    findings.into_iter().filter(|found| found.rule == last).map(|found| found.records).collect()
}

/// Returns the records at which the correlation of a file fires in the other engine, with the measure there.
///
/// `events` must come in order of time; `seconds` are their times.
///
/// # Panics
///
/// If the rules cannot be read.
pub fn theirs_together(document: &str, events: &[Event], seconds: &[i64]) -> Vec<(usize, f64)> {
    let rules = rsigma_parser::parse_sigma_yaml(document).expect("rules are accepted");
    let mut engine = CorrelationEngine::new(CorrelationConfig::default());
    engine.add_collection(&rules).expect("rules are accepted");
    let mut fired = Vec::new();
    for (at, (event, second)) in events.iter().zip(seconds).enumerate() {
        let said = engine.process_event_at(&JsonEvent::borrow(&event.opened), *second);
        let measures = said.iter().filter_map(|one| one.as_correlation());
        fired.extend(measures.map(|body| (at, body.aggregated_value)));
    }
    fired
}
