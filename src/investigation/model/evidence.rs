//! What was read, what was lost, and the account of every record.
//!
//! For every file and for the totals, `records` is the sum of the other six counts.

use serde::Serialize;

use crate::base::words;
use crate::base::{Time, source_label};
use crate::corpus::Counts;
use crate::diag::Code;

/// The evidence of a run: files, totals, diagnostics.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// Files and archive members, by path, then member.
    pub files: Vec<EvidenceFile>,
    /// The sums over all files.
    pub totals: Totals,
    /// What the reader has to tell, losses and notes.
    pub diagnostics: Vec<Diagnostic>,
}

impl Evidence {
    /// Returns the sums over `files`, which `totals` has to hold.
    pub fn sum(&self) -> Totals {
        let mut totals = Totals::default();
        for file in &self.files {
            // A member's bytes are those of its archive, unpacked: they count once.
            if file.member.is_none() {
                totals.files += 1;
                totals.bytes = totals.bytes.saturating_add(file.bytes);
            }
            totals.counts.add(&file.counts);
        }
        totals
    }

    /// Returns whether any part of the evidence could not be read.
    pub fn has_loss(&self) -> bool {
        self.totals.counts.rejected > 0 || self.losses().next().is_some()
    }

    /// Returns the diagnostic of files that were left out because a former run wrote them.
    pub fn left_out(&self) -> Option<&Diagnostic> {
        self.diagnostics.iter().find(|diagnostic| diagnostic.code == Code::OwnCase.name())
    }

    /// Lists the diagnostics that mean a loss.
    pub fn losses(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.impact == Impact::Loss)
    }
}

/// Describes one source: a file, or one member of an archive.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct EvidenceFile {
    /// Path as given, with `/` between its parts.
    pub path: String,
    /// Name of the archive member.
    pub member: Option<String>,
    /// Size in bytes as found on disk or in the archive.
    pub bytes: u64,
    /// SHA-256 of those bytes, lower-case hex.
    pub sha256: Option<String>,
    /// Text encoding; of an archive itself there is none.
    pub encoding: Option<String>,
    /// Compression, where there is one.
    pub compression: Option<String>,
    /// Shapes of its records.
    pub shapes: Vec<String>,
    /// How its records are laid out: array, envelope, lines, CSV.
    pub layout: Option<String>,
    /// The account of its records.
    #[serde(flatten)]
    pub counts: Counts,
    /// Time of its earliest event or alert.
    pub first: Option<Time>,
    /// Time of its latest event or alert.
    pub last: Option<Time>,
}

impl EvidenceFile {
    /// Returns the path, followed by ` > ` and the member where there is one.
    pub fn label(&self) -> String {
        source_label(&self.path, self.member.as_deref())
    }
}

/// Sums over all files.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Number of files and members.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// The account of all records.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Sums up one code of diagnostics.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diagnostic {
    /// Stable code.
    pub code: String,
    /// Whether evidence was lost.
    pub impact: Impact,
    /// How often it occurred.
    pub count: u64,
    /// What it means.
    pub message: String,
    /// Files it occurred in, sorted.
    pub files: Vec<String>,
}

/// A piece that could not be read, as `rejects.jsonl` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedPiece {
    /// The file.
    pub file: String,
    /// The member of the archive.
    pub member: Option<String>,
    /// First byte, in the decoded stream.
    pub offset: u64,
    /// Length in bytes.
    pub length: u64,
    /// Line, counted from 1.
    pub line: u64,
    /// What is wrong.
    pub code: &'static str,
    /// Why, for people.
    pub reason: String,
}

words! {
    /// Whether a diagnostic means that evidence was lost.
    Impact {
        /// Everything was read; something was odd.
        #[default]
        Note = "note",
        /// Something could not be read.
        Loss = "loss",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(counts: Counts) -> EvidenceFile {
        EvidenceFile { bytes: 10, counts, ..EvidenceFile::default() }
    }

    #[test]
    fn totals_are_the_sums_of_the_files() {
        let counts = Counts { events: 1, duplicates: 1, rejected: 1, ..Counts::default() };
        let evidence = Evidence { files: vec![file(counts), file(counts)], ..Evidence::default() };
        let totals = evidence.sum();
        assert_eq!((totals.files, totals.bytes, totals.counts.records()), (2, 20, 6));
    }

    #[test]
    fn the_account_of_a_file_stands_between_its_shapes_and_its_times() {
        let json = serde_json::to_string(&file(Counts::default())).unwrap();
        let at = |key: &str| json.find(key).unwrap();
        assert!(at("\"shapes\"") < at("\"records\"") && at("\"rejected\"") < at("\"first\""));
    }

    #[test]
    fn a_loss_without_a_rejected_record_is_still_a_loss() {
        let mut evidence = Evidence::default();
        evidence.diagnostics.push(Diagnostic::default());
        assert!(!evidence.has_loss());
        evidence.diagnostics[0].impact = Impact::Loss;
        assert!(evidence.has_loss());
    }
}
