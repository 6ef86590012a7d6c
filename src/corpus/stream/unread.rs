//! What is told of a file in which there is nothing to read: that it is something else, or that it was a log.

use std::path::Path;

use crate::corpus::intake::Intake;
use crate::corpus::source::Source;
use crate::diag::Code;
use crate::input::sniff::{self, Layout};

/// How the names of exports end, and of what they are packed in.
const ENDS: &[&str] = &["json", "jsonl", "ndjson", "csv", "tsv", "gz", "zst", "zip"];
/// How the files begin in which macOS keeps what its folders know of a file, under a name like its own.
const APPLE_DOUBLE: &[u8] = b"\0\x05\x16\x07";

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
        Layout::Blank if !head.contains(&0) => intake.remark(Code::EmptyFile, ""),
        Layout::Blank | Layout::Binary
            if is_named_so(intake.source()) && !head.starts_with(APPLE_DOUBLE) =>
        {
            intake.refuse_whole(Code::DamagedFile);
        }
        Layout::Blank => intake.remark(Code::EmptyFile, ""),
        Layout::Binary | Layout::Text => intake.remark(Code::NotALog, ""),
    }
}

/// Whether a source is named as an export is; what was unpacked, as it was named before it was packed.
fn is_named_so(source: &Source) -> bool {
    let name = Path::new(source.member.as_ref().unwrap_or(&source.path));
    let name = if source.compression.is_some() { name.with_extension("") } else { name.into() };
    let end = name.extension().and_then(|end| end.to_str()).unwrap_or_default();
    ENDS.iter().any(|known| end.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::source::Compression;

    #[test]
    fn exports_are_known_by_how_their_names_end() {
        let named = |path: &str, member: Option<&str>, compression| {
            let member = member.map(str::to_owned);
            is_named_so(&Source { path: path.to_owned(), member, compression, ..Source::default() })
        };
        assert!(named("logs/a.JSON", None, None) && named("a.csv.gz", None, None));
        assert!(named("a.zip", Some("b/c.ndjson"), None));
        assert!(!named("a.zip", Some("c.exe"), None) && !named("json", None, None));
        // What was unpacked is no longer what its last ending says.
        let gzip = Some(Compression::Gzip);
        assert!(named("a.csv.gz", None, gzip) && !named("database.gz", None, gzip));
    }
}
