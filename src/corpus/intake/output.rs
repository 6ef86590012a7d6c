//! What one job has read, until all jobs are put together.

use std::path::Path;

use super::super::alerts::AlertRow;
use super::super::part::Part;
use super::super::source::Source;
use crate::base::{Origin, SourceId};
use crate::diag::Troubles;
use crate::shape::Suppression;
use crate::shape::context::Held;
use crate::shape::normal::Dates;

/// What one job has read.
#[derive(Default)]
pub(in crate::corpus) struct Output {
    /// Its sources, in order; codes of sources in parts are positions here.
    pub(in crate::corpus) sources: Vec<Source>,
    /// Line feeds read of each source.
    pub(in crate::corpus) lines: Vec<u32>,
    pub(in crate::corpus) parts: Vec<Part>,
    pub(in crate::corpus) alerts: Vec<AlertRow>,
    pub(in crate::corpus) context: Vec<(SourceId, Held)>,
    pub(in crate::corpus) suppressions: Vec<(Suppression, Origin)>,
    pub(in crate::corpus) troubles: Troubles,
    /// Parts that could not be written; the run cannot go on.
    pub(in crate::corpus) failed: Option<String>,
    /// What the dates of the last source told.
    pub(super) dates: Dates,
}

impl Output {
    /// Counts sources and lines from further on.
    pub(in crate::corpus) fn shift(&mut self, sources: u32, lines: u32) {
        let rules = self.suppressions.iter_mut().map(|(_, origin)| origin);
        let own = self.alerts.iter_mut().flat_map(|alert| &mut alert.origins).chain(rules);
        for origin in own.chain(self.troubles.rejects.iter_mut().map(|reject| &mut reject.origin)) {
            origin.source.0 += sources;
            origin.line += lines;
        }
        self.troubles.notes.iter_mut().for_each(|note| note.source.0 += sources);
        self.context.iter_mut().for_each(|(source, _)| source.0 += sources);
        for part in &mut self.parts {
            part.spine.source.iter_mut().for_each(|source| source.0 += sources);
            part.spine.line.iter_mut().for_each(|line| *line += lines);
        }
    }

    /// Removes its parts from the folder of the index.
    pub(in crate::corpus) fn remove(&self, index: &Path) {
        for part in &self.parts {
            let _ = std::fs::remove_file(index.join("events").join(&part.file));
        }
    }
}
