//! What is told of a file in which there is nothing to read: that it is something else, or that it was a log.

use crate::corpus::intake::Intake;
use crate::diag::Code;
use crate::input::sniff::{self, Layout};

/// Tells of a text with this layout that is not read; `head` is its beginning.
pub(super) fn tell_unread(intake: &mut Intake<'_, '_>, layout: Layout, head: &[u8]) {
    match layout {
        Layout::Json | Layout::Delimited => {}
        Layout::PowerShellList => intake.refuse_whole(Code::PowerShellList),
        Layout::PowerShellXml => intake.refuse_whole(Code::PowerShellXml),
        Layout::Printed => intake.refuse_whole(Code::PrintedText),
        Layout::Binary | Layout::Text if sniff::has_rows_of_ids(&sniff::head_text(head)) => {
            intake.refuse_whole(Code::UnknownTable);
        }
        Layout::Blank => intake.remark(Code::EmptyFile, ""),
        Layout::Binary | Layout::Text => intake.remark(Code::NotALog, ""),
    }
}
