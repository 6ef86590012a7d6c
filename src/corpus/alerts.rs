//! Alerts of all exports: each once, with every place it stands.

use std::collections::{BTreeMap, BTreeSet};

use super::Corpus;
use crate::base::Origin;
use crate::shape::alert::from_activity;
use crate::shape::{Alert, Fields, Row, ShapeId};

/// An alert and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRow {
    /// The alert.
    pub alert: Alert,
    /// The records that tell of it, in the order of the evidence.
    pub origins: Vec<Origin>,
    /// Tells the records inside one record apart.
    pub inner: u32,
    /// The shape of the first of them.
    pub shape: ShapeId,
    /// Whether it is known only from events of the Activity Log.
    pub event: bool,
    /// Whether an analyst marked it as expected: rules make nothing of it.
    pub expected: bool,
}

impl AlertRow {
    /// Starts with one record.
    pub fn new(alert: Alert, origin: Origin, shape: ShapeId) -> Self {
        let origins = vec![origin];
        AlertRow { alert, origins, inner: 0, shape, event: false, expected: false }
    }

    /// Makes the alert that an event of the category Security tells of.
    pub(super) fn from_event(
        row: &Row,
        fields: &Fields<'_>,
        origin: Origin,
        shape: ShapeId,
    ) -> Self {
        let alert = from_activity(fields, Some(row.time));
        AlertRow { event: true, ..AlertRow::new(alert, origin, shape) }
    }
}

/// Joins what is said of one alert; its first record counts as the alert, the others as duplicates.
///
/// A record of several alerts, such as an incident, is a duplicate where each of them stood before.
pub(super) fn join(corpus: &mut Corpus) {
    let all = std::mem::take(&mut corpus.alerts);
    let mut known: Vec<Known> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let (mut first, mut repeated) = (BTreeSet::new(), BTreeSet::new());
    for row in all {
        let (record, is_event) = ((row.origins[0], row.inner), row.event);
        let Some(at) = places.get(&row.alert.key) else {
            if !is_event {
                first.insert(record);
            }
            places.insert(row.alert.key.clone(), known.len());
            known.push(Known { row, last: record, others: Vec::new() });
            continue;
        };
        let known = &mut known[*at];
        let is_same = known.last == record;
        // An event that tells of an alert stays an event, whatever else tells of the alert.
        if !is_event && !known.row.event && !is_same {
            repeated.insert(record);
        }
        if !is_event && known.row.event {
            first.insert(record);
        }
        known.add(row);
    }
    for (origin, _) in repeated.difference(&first) {
        let counts = &mut corpus.sources[origin.source.0 as usize].counts;
        counts.alerts -= 1;
        counts.duplicates += 1;
    }
    corpus.alerts = known.into_iter().map(Known::joined).collect();
    let time = |row: &AlertRow| row.alert.start.or(row.alert.generated);
    corpus.alerts.sort_by(|a, b| (time(a), &a.alert.key).cmp(&(time(b), &b.alert.key)));
}

/// An alert while records that tell of it are gathered.
struct Known {
    /// The first of them.
    row: AlertRow,
    /// The last of them: rows of one record stand together.
    last: (Origin, u32),
    /// What all but the first say.
    others: Vec<Alert>,
}

impl Known {
    fn add(&mut self, row: AlertRow) {
        let origin = row.origins[0];
        self.last = (origin, row.inner);
        if self.row.event && !row.event {
            (self.row.event, self.row.shape) = (false, row.shape);
        }
        if self.row.origins.last() != Some(&origin) {
            self.row.origins.push(origin);
        }
        self.others.push(row.alert);
    }

    fn joined(self) -> AlertRow {
        let Known { mut row, mut others, .. } = self;
        others.push(row.alert);
        row.alert = Alert::joined(others);
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SourceId;
    use crate::corpus::Source;

    #[test]
    fn a_record_of_several_alerts_counts_once() {
        let record = |offset| Origin { source: SourceId(0), offset, ..Origin::default() };
        let row = |key: &str, offset| {
            let alert = Alert { key: key.to_owned(), ..Alert::default() };
            AlertRow::new(alert, record(offset), ShapeId(0))
        };
        let mut corpus = Corpus::default();
        let mut source = Source::default();
        // Two alerts, a record of both, one of them with a third, and the third alone.
        source.counts.alerts = 5;
        corpus.sources.push(source);
        let all = [("a", 1), ("b", 2), ("a", 3), ("b", 3), ("a", 4), ("c", 4), ("c", 5), ("c", 5)];
        corpus.alerts.extend(all.map(|(key, offset)| row(key, offset)));
        join(&mut corpus);
        let counts = &corpus.sources[0].counts;
        assert_eq!((corpus.alerts.len(), counts.alerts, counts.duplicates), (3, 3, 2));
        let places: Vec<usize> = corpus.alerts.iter().map(|row| row.origins.len()).collect();
        assert_eq!(places, [3, 2, 2]);
    }

    #[test]
    fn an_alert_that_one_record_lists_twice_keeps_what_both_say() {
        let mut corpus = Corpus::default();
        let mut source = Source::default();
        source.counts.alerts = 1;
        corpus.sources.push(source);
        corpus.alerts.extend(["one", "two"].map(|ip| {
            let ips = vec![ip.to_owned()];
            let alert = Alert { key: "a".to_owned(), ips, ..Alert::default() };
            AlertRow::new(alert, Origin::default(), ShapeId(0))
        }));
        join(&mut corpus);
        let counts = &corpus.sources[0].counts;
        assert_eq!((corpus.alerts.len(), counts.alerts, counts.duplicates), (1, 1, 0));
        assert_eq!(corpus.alerts[0].alert.ips, ["one", "two"]);
    }

    #[test]
    fn records_inside_one_record_are_counted_each_and_joined() {
        let mut corpus = Corpus::default();
        let mut source = Source::default();
        source.counts.alerts = 3;
        corpus.sources.push(source);
        corpus.alerts.extend(["one", "two", "two"].into_iter().zip(0..).map(|(ip, inner)| {
            let ips = vec![ip.to_owned()];
            let alert = Alert { key: "a".to_owned(), ips, ..Alert::default() };
            AlertRow { inner, ..AlertRow::new(alert, Origin::default(), ShapeId(0)) }
        }));
        join(&mut corpus);
        let counts = &corpus.sources[0].counts;
        assert_eq!((corpus.alerts.len(), counts.alerts, counts.duplicates), (1, 1, 2));
        assert_eq!(corpus.alerts[0].alert.ips, ["one", "two"]);
        assert_eq!(corpus.alerts[0].origins.len(), 1);
    }
}
