//! One file or archive member, and what became of it.

use std::collections::BTreeSet;

use crate::base::{Time, source_label};
use crate::input::sniff::Encoding;
use crate::shape::ShapeId;

/// What the records of a source were. `records` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that are kept.
    pub events: u64,
    /// Alerts that are kept.
    pub alerts: u64,
    /// Records that give names or owners, but are neither events nor alerts.
    pub context: u64,
    /// Events and alerts that stand elsewhere too.
    pub duplicates: u64,
    /// Records of other logs.
    pub ignored: u64,
    /// Pieces that could not be read.
    pub rejected: u64,
}

impl Counts {
    /// Returns the number of records.
    pub fn records(&self) -> u64 {
        self.events + self.alerts + self.context + self.duplicates + self.ignored + self.rejected
    }

    /// Adds the counts of another part.
    pub fn add(&mut self, other: &Counts) {
        self.events += other.events;
        self.alerts += other.alerts;
        self.context += other.context;
        self.duplicates += other.duplicates;
        self.ignored += other.ignored;
        self.rejected += other.rejected;
    }
}

/// How a source is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Gzip.
    Gzip,
    /// Zstandard.
    Zstd,
    /// An archive.
    Zip,
}

impl Compression {
    /// Returns the word for it in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Zip => "zip",
        }
    }
}

/// How a source is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// JSON values.
    Json,
    /// A table with a header row.
    Table,
    /// Members, which are sources of their own.
    Archive,
    /// No way in which an export is.
    Foreign,
}

impl Layout {
    /// Returns the word for it in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Layout::Json => "json",
            Layout::Table => "table",
            Layout::Archive => "archive",
            Layout::Foreign => "none",
        }
    }
}

/// One file or archive member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The path as given.
    pub path: String,
    /// The member, when the file is an archive; nested ones joined with `/`.
    pub member: Option<String>,
    /// Bytes of the file, or of the unpacked member.
    pub bytes: u64,
    /// SHA-256 of these bytes, in hexadecimal.
    pub sha256: String,
    /// Encoding of the text; `None` where none was read.
    pub encoding: Option<Encoding>,
    /// How it is compressed, the outermost way; `None` where it is not.
    pub compression: Option<Compression>,
    /// How it is laid out; `None` where nothing of it was read.
    pub layout: Option<Layout>,
    /// Shapes of its records.
    pub shapes: BTreeSet<ShapeId>,
    /// What its records were.
    pub counts: Counts,
    /// Earliest event or alert.
    pub first: Option<Time>,
    /// Latest event or alert.
    pub last: Option<Time>,
}

impl Source {
    /// Returns how reports and messages name it.
    pub fn label(&self) -> String {
        source_label(&self.path, self.member.as_deref())
    }

    /// Widens the span of time to an event or alert.
    pub fn see(&mut self, time: Time) {
        self.first = Some(self.first.map_or(time, |t| t.min(time)));
        self.last = Some(self.last.map_or(time, |t| t.max(time)));
    }

    /// Adds what another part of the same source gave.
    pub fn absorb(&mut self, part: &Source) {
        self.shapes.extend(&part.shapes);
        self.counts.add(&part.counts);
        for time in [part.first, part.last].into_iter().flatten() {
            self.see(time);
        }
    }
}
