//! Which alerts have a principal, an address or a resource in common.
//!
//! Thousands of alerts may name one machine: each looks at its neighbours in time alone, and what
//! they are in all is counted once for all alerts that share the same crowded names.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::super::model::Alert;

/// At most this many related alerts are named, the nearest in time.
const RELATED: usize = 100;

/// Names, for each alert, the others with a principal, an address or a resource in common.
///
/// Alerts are in order of time.
pub(super) fn relate(alerts: &mut [Alert]) {
    let related = related(alerts);
    for (alert, (related, count)) in alerts.iter_mut().zip(related) {
        alert.investigation.related_alerts = related;
        alert.investigation.related_alerts_count = count;
    }
}

/// The ids of those that are named for each alert, and how many there are.
fn related(alerts: &[Alert]) -> Vec<(Vec<String>, u64)> {
    let marks: Vec<BTreeSet<&str>> = alerts.iter().map(marks).collect();
    let mut lanes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, marks) in marks.iter().enumerate() {
        for mark in marks {
            lanes.entry(mark).or_default().push(number);
        }
    }
    let mut counts = Counts { lanes: &lanes, crowds: HashMap::new() };
    marks
        .iter()
        .enumerate()
        .map(|(number, marks)| {
            let own = || marks.iter().map(|mark| lanes[mark].as_slice());
            let nearest = nearest(alerts, number, own());
            let ids = nearest.into_iter().map(|other| alerts[other].id.clone());
            (ids.collect(), counts.count(number, marks) as u64)
        })
        .collect()
}

/// What ties alerts; a subscription or a group does not.
fn marks(alert: &Alert) -> BTreeSet<&str> {
    let all = alert.principals.iter().chain(&alert.ips).chain(&alert.resources);
    let all = all.map(String::as_str);
    all.filter(|m| !m.starts_with("/subscriptions/") || m.contains("/providers/")).collect()
}

/// The nearest in time of the others in some lanes, the nearest first.
fn nearest<'l>(
    alerts: &[Alert],
    number: usize,
    lanes: impl Iterator<Item = &'l [usize]>,
) -> Vec<usize> {
    let around = |lane: &'l [usize]| {
        let at = lane.partition_point(|other| *other < number);
        let end = lane.len().min(at + 1 + RELATED);
        lane[at.saturating_sub(RELATED)..end].iter().copied()
    };
    let others: BTreeSet<usize> = lanes.flat_map(around).filter(|other| *other != number).collect();
    let mut others: Vec<usize> = others.into_iter().collect();
    let start = |number: usize| alerts[number].start.map(|time| time.0);
    others.sort_by_key(|other| {
        let distance = start(number).zip(start(*other)).map(|(a, b)| a.abs_diff(b));
        (distance.unwrap_or(u64::MAX), *other)
    });
    others.truncate(RELATED);
    others
}

/// Counts the alerts that have something in common.
struct Counts<'l> {
    lanes: &'l BTreeMap<&'l str, Vec<usize>>,
    /// How many alerts several crowded lanes hold together.
    crowds: HashMap<Vec<&'l str>, usize>,
}

impl<'l> Counts<'l> {
    /// Returns how many others have one of the marks of an alert.
    fn count(&mut self, number: usize, marks: &BTreeSet<&'l str>) -> usize {
        let lanes = self.lanes;
        let is_crowded = |mark: &&&str| lanes[**mark].len() > RELATED;
        let crowded: Vec<&str> = marks.iter().filter(is_crowded).copied().collect();
        let rest = marks.iter().filter(|mark| !is_crowded(mark)).flat_map(|mark| &lanes[mark]);
        let rest: BTreeSet<usize> = rest.copied().filter(|other| *other != number).collect();
        let is_in =
            |other: usize| crowded.iter().any(|mark| lanes[mark].binary_search(&other).is_ok());
        let rest = rest.into_iter().filter(|other| !is_in(*other)).count();
        if crowded.is_empty() {
            return rest;
        }
        let crowd = self.crowds.entry(crowded).or_insert_with_key(|marks| match marks.as_slice() {
            [only] => lanes[only].len(),
            some => {
                let mut all: Vec<usize> = some.iter().flat_map(|m| &lanes[m]).copied().collect();
                all.sort_unstable();
                all.dedup();
                all.len()
            }
        });
        // The alert itself is one of the crowd.
        rest + *crowd - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;

    fn alert(number: i64, ips: &[&str]) -> Alert {
        Alert {
            id: number.to_string(),
            start: Some(Time(number)),
            ips: ips.iter().map(|ip| (*ip).to_owned()).collect(),
            ..Alert::default()
        }
    }

    #[test]
    fn the_nearest_in_time_are_named_and_all_are_counted() {
        let mut alerts: Vec<Alert> = (0..300).map(|n| alert(n, &["a"])).collect();
        relate(&mut alerts);
        let told = &alerts[200].investigation;
        assert_eq!((told.related_alerts.len(), told.related_alerts_count), (RELATED, 299));
        assert_eq!(told.related_alerts[..4], ["199", "201", "198", "202"]);
        assert_eq!(alerts[0].investigation.related_alerts[..2], ["1", "2"]);
    }

    #[test]
    fn an_alert_with_two_names_in_common_counts_once() {
        let both = ["a", "b", "c"];
        let mut alerts: Vec<Alert> = (0..150).map(|n| alert(n, &both[..2])).collect();
        alerts.extend((150..300).map(|n| alert(n, &both[1..2])));
        alerts.extend([alert(300, &both), alert(301, &["c"]), alert(302, &["d"])]);
        relate(&mut alerts);
        let counts = [0, 200, 300, 301, 302].map(|n| alerts[n].investigation.related_alerts_count);
        assert_eq!(counts, [300, 300, 301, 1, 0]);
        assert_eq!(alerts[301].investigation.related_alerts, ["300"]);
    }
}
