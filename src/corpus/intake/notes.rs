//! What is told of a source and of its records: notes, and pieces that were not read.

use super::Intake;
use crate::base::{Origin, SourceId, index32};
use crate::diag::{Code, Reject};

impl Intake<'_, '_> {
    /// Notes bytes behind the end of compressed data.
    pub(in crate::corpus) fn trailing(&mut self, position: usize, bytes: u64) {
        if bytes > 0 {
            let (source, troubles) = (SourceId(index32(position)), &mut self.out.troubles);
            troubles.note(Code::TrailingGarbage, source, || format!("the last {bytes} bytes"));
        }
    }

    /// Notes something about the source.
    pub(in crate::corpus) fn remark(&mut self, code: Code, detail: &str) {
        let source = self.source_id();
        self.out.troubles.note(code, source, || detail.to_owned());
    }

    /// Notes something about the record that is being taken, once; the first of a source with its place.
    pub(super) fn remark_here(&mut self, code: Code) {
        let of_this = (code, self.at);
        if self.told.replace(of_this) != Some(of_this) {
            self.remark(code, &format!("at byte {}", self.at.offset));
        }
    }

    /// Rejects the whole source as one piece.
    pub(in crate::corpus) fn refuse_whole(&mut self, code: Code) {
        let (source, bytes) = (self.source_id(), self.source().bytes);
        let len = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.at = Origin { source, offset: 0, len, line: 1 };
        self.refuse(code, "the whole input");
    }

    /// Notes dates that stayed ambiguous, or that were read before one told that they are to be read otherwise.
    pub(in crate::corpus) fn close_dates(&mut self) {
        let dates = self.normaliser.dates;
        if dates.open > 0 && dates.decided != Some(self.context.order) {
            self.remark(Code::DateOrder, "");
        }
    }

    /// Rejects the record that is being taken.
    pub(super) fn refuse(&mut self, code: Code, detail: &'static str) {
        let origin = self.at;
        if self.out.troubles.reject(Reject { origin, code, detail }) {
            self.source().counts.rejected += 1;
        }
    }
}
