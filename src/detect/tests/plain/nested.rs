//! Correlations over correlations read plainly: every window of the inner one, every match of the outer one.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::detect::selftest::told;
use crate::rule::RuleSet;

/// A failure or success: when in seconds, whose, and from where.
#[derive(Clone, Copy, Debug)]
struct Try {
    failed: bool,
    time: i64,
    who: u8,
    from: u8,
}

/// Failures counted by address, and what is made of them.
#[derive(Clone, Debug)]
struct Asked {
    kind: &'static str,
    inner_span: i64,
    least: usize,
    group_by: Option<&'static str>,
    span: i64,
}

impl Asked {
    fn document(&self) -> String {
        let mut outer = json!({"type": self.kind, "timespan": format!("{}s", self.span)});
        outer["rules"] = match self.kind {
            "event_count" => {
                outer["condition"] = json!({"gte": 2});
                json!(["many"])
            }
            _ => json!(["many", "success"]),
        };
        if let Some(field) = self.group_by {
            outer["group-by"] = json!([format!("properties.{field}")]);
        }
        let inner = json!({"type": "event_count", "rules": ["failure"], "condition": {"gte": self.least},
            "group-by": ["properties.from"], "timespan": format!("{}s", self.inner_span)});
        let rule = |name: &str| {
            json!({"title": "R", "id": name, "name": name, "detection": {
                "s": {"operationName": format!("A.B/{name}/WRITE")}, "condition": "s"}})
        };
        [
            json!({"title": "C", "id": "c", "correlation": outer}),
            json!({"title": "M", "id": "m", "name": "many", "correlation": inner}),
            rule("failure"),
            rule("success"),
        ]
        .map(|document| document.to_string())
        .join("\n---\n")
    }

    /// The failures of each window that holds enough, by the time at which it did.
    fn windows<'t>(&self, tries: &'t [Try]) -> Vec<(i64, Vec<&'t Try>)> {
        let failures = || tries.iter().filter(|one| one.failed);
        let window = |last: &Try| {
            let is_in = |one: &&Try| {
                one.from == last.from && (0..=self.inner_span).contains(&(last.time - one.time))
            };
            (last.time, failures().filter(is_in).collect::<Vec<_>>())
        };
        failures().map(window).filter(|(_, window)| window.len() >= self.least).collect()
    }

    fn is_same(&self, a: &Try, b: &Try) -> bool {
        match self.group_by {
            Some("who") => a.who == b.who,
            Some(_) => a.from == b.from,
            None => true,
        }
    }

    /// Whether a success came after, or near, a window that holds enough, of one of its failures' own.
    fn is_followed(&self, tries: &[Try]) -> bool {
        let earliest = if self.kind == "temporal" { -self.span } else { 1 };
        self.windows(tries).iter().any(|(whole, window)| {
            let is_near = |success: &&Try| (earliest..=self.span).contains(&(success.time - whole));
            let successes = tries.iter().filter(|one| !one.failed);
            successes.filter(is_near).any(|one| window.iter().any(|own| self.is_same(own, one)))
        })
    }

    /// Whether two bursts, windows of one address that share no failure, were there within the span.
    fn are_two(&self, tries: &[Try]) -> bool {
        let mut bursts: Vec<(BTreeSet<i64>, Vec<i64>, &Try)> = Vec::new();
        for (whole, window) in self.windows(tries) {
            let times: BTreeSet<i64> = window.iter().map(|own| own.time).collect();
            match bursts.iter_mut().find(|(known, ..)| !known.is_disjoint(&times)) {
                Some((known, wholes, _)) => {
                    known.extend(times);
                    wholes.push(whole);
                }
                None => bursts.push((times, vec![whole], window[0])),
            }
        }
        let are_near =
            |a: &[i64], b: &[i64]| a.iter().any(|a| b.iter().any(|b| (a - b).abs() <= self.span));
        bursts.iter().enumerate().any(|(at, (_, own, one))| {
            let mut others = bursts[at + 1..].iter();
            others.any(|(_, wholes, other)| self.is_same(one, other) && are_near(own, wholes))
        })
    }
}

fn record((at, one): (usize, &Try)) -> Json {
    let name = if one.failed { "FAILURE" } else { "SUCCESS" };
    let (minute, second) = (one.time / 60, one.time % 60);
    json!({
        "time": format!("2026-03-02T10:{minute:02}:{second:02}Z"), "correlationId": format!("call-{at}"),
        "operationName": format!("A.B/{name}/WRITE"),
        "properties": {"who": format!("w{}", one.who), "from": format!("f{}", one.from)},
    })
}

fn any_asked(kinds: &'static [&'static str]) -> impl Strategy<Value = Asked> {
    let group_by = prop::sample::select(vec![None, Some("who"), Some("from")]);
    (prop::sample::select(kinds), 1..40_i64, 1..5_usize, group_by, 1..60_i64).prop_map(
        |(kind, inner_span, least, group_by, span)| Asked {
            kind,
            inner_span,
            least,
            group_by,
            span,
        },
    )
}

fn any_tries() -> impl Strategy<Value = Vec<Try>> {
    let one = (prop::bool::weighted(0.75), 1..12_i64, 0..3_u8, 0..2_u8);
    prop::collection::vec(one, 1..24).prop_map(|all| {
        let mut now = 0;
        let mut tries = Vec::new();
        for (failed, after, who, from) in all {
            now += after;
            tries.push(Try { failed, time: now, who, from });
        }
        tries
    })
}

/// Whether the outer correlation speaks.
fn speaks(asked: &Asked, tries: &[Try]) -> bool {
    let set = RuleSet::from_text("p", &asked.document()).unwrap_or_else(|error| panic!("{error}"));
    let records: Vec<Json> = tries.iter().enumerate().map(record).collect();
    told(&set, &records).unwrap().iter().any(|one| one.rule == 0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1200))]
    #[test]
    fn what_follows_a_burst_is_found_whenever_the_burst_was_whole(
        asked in any_asked(&["temporal", "temporal_ordered"]), tries in any_tries()
    ) {
        prop_assert_eq!(speaks(&asked, &tries), asked.is_followed(&tries), "{}", asked.document());
    }

    #[test]
    fn a_burst_that_goes_on_is_one(
        group in prop::sample::select(vec![None, Some("from")]),
        asked in any_asked(&["event_count"]), tries in any_tries()
    ) {
        let asked = Asked { group_by: group, ..asked };
        prop_assert_eq!(speaks(&asked, &tries), asked.are_two(&tries), "{}", asked.document());
    }
}
