//! Alerts of all exports: each once, with every place it stands.

use std::collections::BTreeMap;

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
    /// The shape of the first of them.
    pub shape: ShapeId,
    /// Whether it is known only from events of the Activity Log.
    pub event: bool,
}

impl AlertRow {
    /// Starts with one record.
    pub fn new(alert: Alert, origin: Origin, shape: ShapeId) -> Self {
        AlertRow { alert, origins: vec![origin], shape, event: false }
    }

    /// Makes the alert that an event of the category Security tells of.
    pub(super) fn from_event(
        row: &Row,
        fields: &Fields<'_>,
        origin: Origin,
        shape: ShapeId,
    ) -> Self {
        let alert = from_activity(fields, Some(row.time));
        AlertRow { alert, origins: vec![origin], shape, event: true }
    }
}

/// Joins what is said of one alert; its first record counts as the alert, the others as duplicates.
pub(super) fn join(corpus: &mut Corpus) {
    let all = std::mem::take(&mut corpus.alerts);
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in all {
        let Some(&at) = places.get(&row.alert.key) else {
            places.insert(row.alert.key.clone(), corpus.alerts.len());
            corpus.alerts.push(row);
            continue;
        };
        let known = &mut corpus.alerts[at];
        // An event that tells of an alert stays an event, whatever else tells of the alert.
        if !row.event && !known.event {
            let origin = row.origins[0];
            if known.origins.contains(&origin) {
                continue;
            }
            let counts = &mut corpus.sources[origin.source.0 as usize].counts;
            if counts.alerts > 0 {
                counts.alerts -= 1;
                counts.duplicates += 1;
            }
        }
        if known.event && !row.event {
            (known.event, known.shape) = (false, row.shape);
        }
        known.origins.extend(&row.origins);
        known.alert.merge(row.alert);
    }
    let time = |row: &AlertRow| row.alert.start.or(row.alert.generated);
    corpus.alerts.sort_by(|a, b| (time(a), &a.alert.key).cmp(&(time(b), &b.alert.key)));
}
