//! One file or archive member, and what became of it.

use std::collections::BTreeSet;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use crate::base::text::counted;
use crate::base::{Time, source_label};
use crate::input::sniff::Encoding;
use crate::shape::ShapeId;

/// Accounts for every record of a source: each is one of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that became events.
    pub events: u64,
    /// Records that became alerts.
    pub alerts: u64,
    /// Records that say something about entities only, such as names or owners.
    pub context: u64,
    /// Events and alerts that another source or an earlier place holds too.
    pub duplicates: u64,
    /// Records that are whole and no subject of the analysis: those of other logs.
    pub ignored: u64,
    /// Pieces that could not be read.
    pub rejected: u64,
}

impl Counts {
    /// Returns the number of records.
    pub fn records(&self) -> u64 {
        let parts =
            [self.events, self.alerts, self.context, self.duplicates, self.ignored, self.rejected];
        parts.into_iter().fold(0, u64::saturating_add)
    }

    /// Adds the counts of another source, or of another part of it.
    pub fn add(&mut self, other: &Counts) {
        for (mine, theirs) in [
            (&mut self.events, other.events),
            (&mut self.alerts, other.alerts),
            (&mut self.context, other.context),
            (&mut self.duplicates, other.duplicates),
            (&mut self.ignored, other.ignored),
            (&mut self.rejected, other.rejected),
        ] {
            *mine = mine.saturating_add(theirs);
        }
    }

    /// Says in words what was read, part by part; parts without records are left out.
    pub fn read(&self) -> Vec<String> {
        let parts = [
            (self.events, "event", "events"),
            (self.alerts, "alert", "alerts"),
            (self.context, "context", "context"),
            (self.duplicates, "duplicate", "duplicates"),
            (self.ignored, "ignored", "ignored"),
        ];
        let parts = parts.into_iter().filter(|(n, ..)| *n > 0);
        parts.map(|(n, one, many)| counted(n, one, many)).collect()
    }
}

/// The number of records stands before what they were.
impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut keys = serializer.serialize_struct("Counts", 7)?;
        keys.serialize_field("records", &self.records())?;
        keys.serialize_field("events", &self.events)?;
        keys.serialize_field("alerts", &self.alerts)?;
        keys.serialize_field("context", &self.context)?;
        keys.serialize_field("duplicates", &self.duplicates)?;
        keys.serialize_field("ignored", &self.ignored)?;
        keys.serialize_field("rejected", &self.rejected)?;
        keys.end()
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
