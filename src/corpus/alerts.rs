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
}

impl AlertRow {
    /// Starts with one record.
    pub fn new(alert: Alert, origin: Origin, shape: ShapeId) -> Self {
        AlertRow { alert, origins: vec![origin], inner: 0, shape, event: false }
    }

    /// Makes the alert that an event of the category Security tells of.
    pub(super) fn from_event(
        row: &Row,
        fields: &Fields<'_>,
        origin: Origin,
        shape: ShapeId,
    ) -> Self {
        let alert = from_activity(fields, Some(row.time));
        AlertRow { alert, origins: vec![origin], inner: 0, shape, event: true }
    }
}

/// Joins what is said of one alert; its first record counts as the alert, the others as duplicates.
///
/// A record of several alerts, such as an incident, is a duplicate where each of them stood before.
pub(super) fn join(corpus: &mut Corpus) {
    let all = std::mem::take(&mut corpus.alerts);
    // Each with the record that told of it last: rows of one record stand together.
    let mut places: BTreeMap<String, (usize, (Origin, u32))> = BTreeMap::new();
    let (mut first, mut repeated) = (BTreeSet::new(), BTreeSet::new());
    for row in all {
        let origin = row.origins[0];
        let record = (origin, row.inner);
        let Some((at, last)) = places.get_mut(&row.alert.key) else {
            if !row.event {
                first.insert(record);
            }
            places.insert(row.alert.key.clone(), (corpus.alerts.len(), record));
            corpus.alerts.push(row);
            continue;
        };
        let known = &mut corpus.alerts[*at];
        let is_same = std::mem::replace(last, record) == record;
        // An event that tells of an alert stays an event, whatever else tells of the alert.
        if !row.event && !known.event {
            if is_same {
                continue;
            }
            repeated.insert(record);
        }
        if known.event && !row.event {
            (known.event, known.shape) = (false, row.shape);
            first.insert(record);
        }
        if known.origins.last() != Some(&origin) {
            known.origins.push(origin);
        }
        known.alert.merge(row.alert);
    }
    for (origin, _) in repeated.difference(&first) {
        let counts = &mut corpus.sources[origin.source.0 as usize].counts;
        counts.alerts -= 1;
        counts.duplicates += 1;
    }
    let time = |row: &AlertRow| row.alert.start.or(row.alert.generated);
    corpus.alerts.sort_by(|a, b| (time(a), &a.alert.key).cmp(&(time(b), &b.alert.key)));
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
        let mut corpus = Corpus::empty();
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
    fn records_inside_one_record_are_counted_each_and_joined() {
        let mut corpus = Corpus::empty();
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
