//! Correlations read plainly, every window by itself: what the sliding measures are compared with.

mod nested;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::detect::selftest::told;
use crate::rule::RuleSet;

/// A match: which rule, when in seconds, whose, and its number.
#[derive(Clone, Debug)]
struct Match {
    rule: usize,
    time: i64,
    who: Option<u8>,
    size: Option<u8>,
}

/// A correlation over the rules `r0`, `r1` and `r2`.
#[derive(Clone, Debug)]
struct Asked {
    kind: &'static str,
    rules: usize,
    grouped: bool,
    span: i64,
    bounds: Vec<(&'static str, f64)>,
    percentile: u8,
}

/// Every type but the ordered one, which has no measure.
const KINDS: [&str; 9] = [
    "event_count",
    "value_count",
    "value_sum",
    "value_avg",
    "value_median",
    "value_percentile",
    "value_max",
    "value_min",
    "temporal",
];

impl Asked {
    /// The rules as a file: each calls the fields of the correlation otherwise.
    fn document(&self) -> String {
        let rules: Vec<String> = (0..self.rules).map(|rule| format!("r{rule}")).collect();
        let alias = |field: &str| -> Json {
            let of = |rule: usize| (format!("r{rule}"), json!(format!("properties.{field}{rule}")));
            Json::Object((0..self.rules).map(of).collect())
        };
        let mut condition: serde_json::Map<String, Json> =
            self.bounds.iter().map(|(word, bound)| ((*word).to_owned(), json!(bound))).collect();
        if self.kind.starts_with("value") {
            condition.insert("field".into(), json!("size"));
        }
        if self.kind == "value_percentile" {
            condition.insert("percentile".into(), json!(self.percentile));
        }
        let mut correlation = json!({
            "type": self.kind, "rules": rules, "timespan": format!("{}s", self.span),
            "aliases": {"who": alias("who"), "size": alias("size")},
        });
        if self.grouped {
            correlation["group-by"] = json!(["who"]);
        }
        if !condition.is_empty() {
            correlation["condition"] = Json::Object(condition);
        }
        let mut text = json!({"title": "C", "id": "c", "correlation": correlation}).to_string();
        for rule in 0..self.rules {
            let search = json!({"operationName": format!("A.B/C{rule}/WRITE")});
            let rule = json!({"title": "R", "id": format!("id{rule}"), "name": format!("r{rule}"),
                "detection": {"s": search, "condition": "s"}});
            text = format!("{text}\n---\n{rule}");
        }
        text
    }

    #[allow(clippy::float_cmp)] // both compute the same way
    fn holds(&self, measure: f64) -> bool {
        self.bounds.iter().all(|&(word, bound)| match word {
            "gte" => measure >= bound,
            "lte" => measure <= bound,
            "gt" => measure > bound,
            "lt" => measure < bound,
            "neq" => measure != bound,
            _ => measure == bound,
        })
    }

    /// What is measured of the matches of one window.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn measure(&self, window: &[&Match]) -> f64 {
        let mut sizes: Vec<f64> = window.iter().filter_map(|m| m.size).map(f64::from).collect();
        sizes.sort_by(f64::total_cmp);
        let rank = |percentile: f64| {
            let at = percentile / 100.0 * (sizes.len() - 1) as f64;
            let (low, high) = (sizes[at.floor() as usize], sizes[at.ceil() as usize]);
            low + (high - low) * at.fract()
        };
        let distinct =
            |values: Vec<u64>| values.into_iter().collect::<BTreeSet<u64>>().len() as f64;
        match self.kind {
            "event_count" => window.len() as f64,
            "value_count" => distinct(sizes.iter().map(|size| size.to_bits()).collect()),
            "value_sum" => sizes.iter().sum(),
            "value_avg" => sizes.iter().sum::<f64>() / sizes.len() as f64,
            "value_median" => rank(50.0),
            "value_max" => rank(100.0),
            "value_min" => rank(0.0),
            "value_percentile" => rank(f64::from(self.percentile)),
            _ => distinct(window.iter().map(|m| m.rule as u64).collect()),
        }
    }

    /// The matches of each finding, by their place: windows that share one are one finding.
    fn findings(&self, matches: &[Match]) -> BTreeSet<Vec<usize>> {
        let mut groups: BTreeMap<Option<u8>, Vec<usize>> = BTreeMap::new();
        for (at, one) in matches.iter().enumerate() {
            let is_measured = !self.kind.starts_with("value") || one.size.is_some();
            let is_grouped = !self.grouped || one.who.is_some();
            if one.rule < self.rules && is_measured && is_grouped {
                groups.entry(one.who.filter(|_| self.grouped)).or_default().push(at);
            }
        }
        let mut found = BTreeSet::new();
        for group in groups.values() {
            let mut open: BTreeSet<usize> = BTreeSet::new();
            for &last in group {
                let within = |at: &&usize| {
                    let age = matches[last].time - matches[**at].time;
                    (0..=self.span).contains(&age)
                };
                let window: Vec<usize> = group.iter().filter(within).copied().collect();
                let all: Vec<&Match> = window.iter().map(|&at| &matches[at]).collect();
                if !self.holds(self.measure(&all)) {
                    continue;
                }
                if !window.iter().any(|at| open.contains(at)) && !open.is_empty() {
                    found.insert(std::mem::take(&mut open).into_iter().collect());
                }
                open.extend(window);
            }
            if !open.is_empty() {
                found.insert(open.into_iter().collect());
            }
        }
        found
    }

    /// Whether a match of each rule follows one of the rule before it, all within the span.
    fn is_in_order(&self, matches: &[Match]) -> bool {
        let follows = |from: &Match, rule: usize, until: i64| {
            let mut later: Vec<&Match> = matches.iter().collect();
            later.retain(|m| m.rule == rule && m.time > from.time && m.time <= until);
            later.retain(|m| !self.grouped || m.who == from.who);
            later.into_iter().min_by_key(|m| m.time).cloned()
        };
        let is_start = |m: &&Match| m.rule == 0 && (!self.grouped || m.who.is_some());
        matches.iter().filter(is_start).any(|start| {
            let until = start.time + self.span;
            (1..self.rules).try_fold(start.clone(), |at, rule| follows(&at, rule, until)).is_some()
        })
    }
}

/// A match as a record of diagnostic settings, a call of its own.
fn record(at: usize, one: &Match) -> Json {
    let mut properties = json!({});
    for (field, value) in [("who", one.who), ("size", one.size)] {
        if let Some(value) = value {
            properties[format!("{field}{}", one.rule)] = json!(value);
        }
    }
    let (minute, second) = (one.time / 60, one.time % 60);
    json!({
        "time": format!("2026-03-02T10:{minute:02}:{second:02}Z"), "properties": properties,
        "operationName": format!("A.B/C{}/WRITE", one.rule), "correlationId": format!("call-{at}"),
    })
}

fn any_asked() -> impl Strategy<Value = Asked> {
    let word = prop::sample::select(vec!["gte", "lte", "gt", "lt", "eq", "neq"]);
    let bounds = prop::collection::btree_map(word, 1..7_i32, 1..3);
    let bounds = bounds.prop_map(|all| {
        all.into_iter().map(|(word, bound)| (word, f64::from(bound))).collect::<Vec<_>>()
    });
    (prop::sample::select(&KINDS[..]), 1..4_usize, any::<bool>(), 1..90_i64, bounds, 0..=100_u8)
        .prop_map(|(kind, rules, grouped, span, bounds, percentile)| Asked {
            kind,
            rules,
            grouped,
            span,
            bounds,
            percentile,
        })
}

/// Matches at different times, in order.
fn any_matches() -> impl Strategy<Value = Vec<Match>> {
    let some = |most: u8| prop::option::weighted(0.8, 1..most);
    let one = (0..3_usize, 1..25_i64, some(3), some(6));
    prop::collection::vec(one, 1..14).prop_map(|all| {
        let mut time = 0;
        let mut later = |step: i64| {
            time += step;
            time
        };
        let made = all.into_iter().map(|(rule, step, who, size)| Match {
            rule,
            time: later(step),
            who,
            size,
        });
        made.collect()
    })
}

/// The records of each finding of the correlation.
fn found(asked: &Asked, matches: &[Match]) -> BTreeSet<Vec<usize>> {
    let set = RuleSet::from_text("p", &asked.document()).unwrap_or_else(|error| panic!("{error}"));
    let records: Vec<Json> = matches.iter().enumerate().map(|(at, m)| record(at, m)).collect();
    let told = told(&set, &records).unwrap();
    told.into_iter().filter(|one| one.rule == 0).map(|one| one.records).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1200))]
    #[test]
    fn sliding_measures_agree_with_windows_looked_at_one_by_one(
        asked in any_asked(), matches in any_matches()
    ) {
        prop_assert_eq!(found(&asked, &matches), asked.findings(&matches), "{}", asked.document());
    }

    #[test]
    fn rules_in_order_are_found_where_one_follows_the_other(
        asked in any_asked(), matches in any_matches()
    ) {
        let rules = asked.rules.max(2);
        let asked = Asked { kind: "temporal_ordered", rules, bounds: Vec::new(), ..asked };
        let speaks = !found(&asked, &matches).is_empty();
        prop_assert_eq!(speaks, asked.is_in_order(&matches), "{}", asked.document());
    }
}
