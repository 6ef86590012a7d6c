//! Where in its envelopes a position of a stream lies, and the limits of a record.

use std::sync::Arc;

use super::skim::Skim;

/// Limits of one record.
#[derive(Clone, Copy, Debug)]
pub struct RecordLimit {
    /// The longest a record may be, in bytes.
    pub bytes: usize,
}

impl Default for RecordLimit {
    fn default() -> Self {
        RecordLimit { bytes: 16 << 20 }
    }
}

/// One container that is entered and not yet left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A list of records or of further lists.
    List,
    /// An envelope, between two of its members.
    Envelope,
    /// The rows of a query answer, with the names of its columns.
    Rows(Arc<[String]>),
}

/// Where in its envelopes a position lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(super) frames: Vec<Frame>,
    /// Names of the columns of the query answer that is being entered.
    pub(super) columns: Option<Arc<[String]>>,
    /// Whether a record that is too long is being passed over.
    pub(super) passing: Passing,
    /// Whether the last page pointed to a further one that has not come yet.
    pub(super) further: bool,
}

impl State {
    /// Whether what comes next can be read without knowing what came before: no rows of a query
    /// answer, whose columns stand in front of them, and no record that is being passed over.
    pub fn is_plain(&self) -> bool {
        self.columns.is_none()
            && self.passing == Passing::No
            && !self.frames.iter().any(|frame| matches!(frame, Frame::Rows(_)))
    }
}

/// Whether a record that is too long is being passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Passing {
    #[default]
    No,
    /// It begins here.
    Begins,
    /// It was told already and goes on.
    GoesOn(Skim),
}
