//! Diagnostics: everything the tool could not read, kept with its place.
//!
//! A record that cannot be read is never dropped in silence. It becomes a
//! [`Reject`], is counted for its source and in every report, stands in
//! `rejects.jsonl`, and decides the exit status. What went wrong with a whole
//! source is a [`Diagnostic`].

mod code;

pub use code::{Code, Impact};

use crate::base::{Origin, SourceId};

/// A piece of a source that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Where it stands.
    pub origin: Origin,
    /// Why it could not be read.
    pub code: Code,
    /// Detail for people: what stood where something else had to.
    pub detail: &'static str,
}

/// Something that is wrong with, or worth knowing of, a whole source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What it is.
    pub code: Code,
    /// The file or folder as given.
    pub path: String,
    /// How often it was met there.
    pub count: u64,
    /// Detail for people; may be empty.
    pub detail: String,
}

/// What one worker met in one source, to be merged in the order of sources.
#[derive(Clone, Debug, Default)]
pub struct Troubles {
    /// The pieces that could not be read, in the order of the source.
    pub rejects: Vec<Reject>,
    /// Notes: what was met, in which source, and how often.
    pub notes: Vec<Note>,
    run: u32,
}

/// Something met while reading a source that cost nothing, or that has no bytes of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is.
    pub code: Code,
    /// The source.
    pub source: SourceId,
    /// How often.
    pub count: u64,
    /// Detail for people, from the first time.
    pub detail: String,
}

/// At most this many rejects in a row stay separate; longer runs of garbage are told as one growing piece.
const SEPARATE: u32 = 100_000;

impl Troubles {
    /// Adds a piece that could not be read.
    ///
    /// A run of a hundred thousand pieces with nothing whole between them is
    /// garbage, not records: from there on it is one piece, so that garbage
    /// costs no memory. Returns whether the piece is told apart: a piece that makes
    /// the last one grow is no reject of its own.
    pub fn reject(&mut self, reject: Reject) -> bool {
        self.run += 1;
        if self.run > SEPARATE
            && let Some(last) = self.rejects.last_mut()
            && last.origin.source == reject.origin.source
        {
            let end = reject.origin.offset + u64::from(reject.origin.len);
            if let Ok(len) = u32::try_from(end.saturating_sub(last.origin.offset)) {
                last.origin.len = len;
                return false;
            }
        }
        self.rejects.push(reject);
        true
    }

    /// Says that a whole record was read, which ends a run of rejects.
    pub fn record_read(&mut self) {
        self.run = 0;
    }

    /// Adds a note, or counts it if the source has it already.
    pub fn note(&mut self, code: Code, source: SourceId, detail: impl FnOnce() -> String) {
        match self.known(code, source) {
            Some(note) => note.count += 1,
            None => self.notes.push(Note { code, source, count: 1, detail: detail() }),
        }
    }

    /// Returns the note that a source has already. Sources come in order, so it is looked for from
    /// the end: there may be as many notes as files. A note that is missed so is told apart, not lost.
    fn known(&mut self, code: Code, source: SourceId) -> Option<&mut Note> {
        let mut latest = self.notes.iter_mut().rev().take_while(|n| n.source >= source);
        latest.find(|n| n.code == code && n.source == source)
    }

    /// Adds those of a later part of the evidence after these.
    pub fn append(&mut self, other: Troubles) {
        self.rejects.extend(other.rejects);
        for note in other.notes {
            match self.known(note.code, note.source) {
                Some(known) => known.count += note.count,
                None => self.notes.push(note),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reject(offset: u64) -> Reject {
        let origin = Origin { source: SourceId(0), offset, len: 1, line: 1 };
        Reject { origin, code: Code::TornRecord, detail: "" }
    }

    #[test]
    fn garbage_without_end_becomes_one_piece() {
        let mut troubles = Troubles::default();
        let (many, most) = (u64::from(SEPARATE) + 5000, SEPARATE as usize);
        let kept = (0..many).filter(|&i| troubles.reject(reject(i * 2))).count();
        assert_eq!((kept, troubles.rejects.len()), (most, most));
        assert_eq!(troubles.rejects[most - 1].origin.len, 5000 * 2 + 1);
        let other = Origin { source: SourceId(1), ..reject(0).origin };
        assert!(troubles.reject(Reject { origin: other, ..reject(0) }), "another source");
        troubles.record_read();
        assert!(troubles.reject(reject(20_000)));
    }

    #[test]
    fn notes_are_counted_by_source() {
        let mut troubles = Troubles::default();
        for source in [0, 0, 1] {
            troubles.note(Code::NextLink, SourceId(source), String::new);
        }
        assert_eq!(troubles.notes.iter().map(|n| n.count).collect::<Vec<_>>(), [2, 1]);
    }
}
