//! Correlations: both engines must find the same groups at the same times.

use std::collections::{BTreeMap, BTreeSet};

use azscope_oracle::correlations::{Correlation, TYPES, events};
use azscope_oracle::engines::{accepted, ours_together, theirs_together};
use azscope_oracle::events::Event;
use azscope_oracle::random::Random;

/// What is said of one group.
#[derive(Debug, Default)]
struct Said {
    /// First and last second of each finding of azscope.
    findings: Vec<(i64, i64)>,
    /// Seconds at which the other engine fires.
    fired: BTreeSet<i64>,
}

impl Said {
    /// Whether each finding ends where the other engine fires, and it fires within findings only.
    fn agrees(&self) -> bool {
        let within = |second: &i64| {
            self.findings.iter().any(|(first, last)| (first..=last).contains(&second))
        };
        let ended = |(_, last): &(i64, i64)| self.fired.contains(last);
        self.fired.iter().all(within) && self.findings.iter().all(ended)
    }
}

/// What both engines say, by group; matches that only the other engine takes are left out.
fn said(
    correlation: &Correlation,
    events: &[Event],
    seconds: &[i64],
) -> BTreeMap<Vec<String>, Said> {
    let document = correlation.document();
    let mut groups: BTreeMap<Vec<String>, Said> = BTreeMap::new();
    for records in ours_together(&document, events) {
        let keys: BTreeSet<_> = records.iter().map(|&at| correlation.key(&events[at])).collect();
        let key = keys.first().cloned().flatten().expect("a finding has a whole key");
        assert_eq!(keys.len(), 1, "a finding is one group");
        let times = || records.iter().map(|&at| seconds[at]);
        let span = (times().min().unwrap_or(0), times().max().unwrap_or(0));
        groups.entry(key).or_default().findings.push(span);
    }
    // Of several matches at one instant any may be the last.
    let ends: BTreeSet<_> = (0..events.len())
        .filter(|&at| correlation.may_end(&events[at]))
        .map(|at| (correlation.key(&events[at]), seconds[at]))
        .collect();
    for (at, measure) in theirs_together(&document, events, seconds) {
        // The other engine makes a group of what has no value for the key, measures at records
        // without a value, does not look at the bound of a percentile, and fires at each match
        // while steps that came in order are in the window.
        let Some(key) = correlation.key(&events[at]) else { continue };
        let event = &events[at];
        let counts =
            correlation.is_measured(event) && ends.contains(&(Some(key.clone()), seconds[at]));
        if counts && correlation.holds(measure) {
            groups.entry(key).or_default().fired.insert(seconds[at]);
        }
    }
    groups
}

#[test]
fn correlations_find_the_same_groups_at_the_same_times() {
    let mut random = Random::new(5);
    let (mut wrong, mut compared) = (Vec::new(), BTreeMap::<&str, [usize; 3]>::new());
    for round in 0..ROUNDS {
        let correlation = Correlation::new(&mut random, TYPES[round % TYPES.len()]);
        let ties = correlation.only_grows() && round % 3 == 0;
        let (events, seconds) = events(&mut random, RECORDS, ties);
        let (ours, theirs) = accepted(&correlation.document());
        assert!(ours.is_ok() && theirs.is_ok(), "{ours:?} {theirs:?} {}", correlation.document());
        let tally = compared.entry(correlation.kind).or_default();
        tally[0] += 1;
        for (key, said) in said(&correlation, &events, &seconds) {
            tally[1] += 1;
            tally[2] += said.findings.len();
            if !said.agrees() {
                wrong.push(format!("{correlation:?}\n  ties {ties} {key:?} {said:?}"));
            }
        }
    }
    for (kind, [correlations, groups, findings]) in &compared {
        eprintln!("{kind}: {correlations} correlations, {groups} groups, {findings} findings");
        assert!(*findings > *correlations / 2, "{kind}: too little is found");
    }
    let shown = &wrong[..wrong.len().min(20)];
    assert!(wrong.is_empty(), "{} groups disagree:\n{}", wrong.len(), shown.join("\n"));
}

const ROUNDS: usize = 1_600;
const RECORDS: usize = 60;
