//! Every diagnostic there is: its code, what it costs, and its text.

/// How much a diagnostic takes away from the completeness of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// Nothing in the evidence was lost.
    Note,
    /// Evidence that lay in the files could not be read.
    Loss,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $impact:ident, $text:literal;)*) => {
        /// A kind of trouble with the evidence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant),* }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$variant),*];

            /// Returns the stable name, as reports show it.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name),* }
            }

            /// Returns what it costs.
            pub const fn impact(self) -> Impact {
                match self { $(Code::$variant => Impact::$impact),* }
            }

            /// Returns what it means and what to do, in one sentence.
            pub const fn text(self) -> &'static str {
                match self { $(Code::$variant => $text),* }
            }
        }
    };
}

codes! {
    /// Broken inside.
    TornRecord = "torn-record", Loss, "a record is broken inside; everything whole before and after it was read";
    /// Cut off by the end of the input.
    TruncatedRecord = "truncated-record", Loss, "the input ends inside a record; everything before it was read";
    /// The list of records has no end.
    TruncatedInput = "truncated-input", Loss, "the input ends before its list of records does, so records after that point are missing from the file";
    /// Zero bytes inside a record.
    ZeroBytes = "zero-bytes", Loss, "zero bytes stand inside a record, where something was overwritten or never written; what is left of it was read";
    /// Two halves that are one record.
    FusedRecord = "fused-record", Loss, "a record holds what cannot belong together (a member twice, an id made of two, JSON in a string that breaks off): bytes may be missing inside it, or between two records of which it has the halves; it was read as it stands";
    /// A byte is missing in UTF-16.
    LostByte = "lost-byte", Loss, "a byte is missing in a text of two bytes a letter; what stands around it is not certain, everything else was read";
    /// Nests too deep.
    TooDeep = "too-deep", Loss, "a record nests deeper than 64 levels and was not read";
    /// Too long.
    TooLong = "too-long", Loss, "a record is longer than the limit (--max-record) and was not read";
    /// Something that is no object.
    NotARecord = "not-a-record", Loss, "something that is no object stands where a record is expected";
    /// An object that no shape knows.
    UnknownRecord = "unknown-record", Loss, "a record has the form of no export that azscope knows";
    /// A row with the wrong number of fields.
    TornRow = "torn-row", Loss, "a row does not have as many fields as the header; the rows before and after it were read";
    /// An activity event without a usable time.
    BadTime = "bad-time", Loss, "an event has no time that can be read, so it cannot be placed";
    /// A table whose header no shape knows.
    UnknownTable = "unknown-table", Loss, "the table's header is that of no export that azscope knows, so its rows were not read";
    /// More in an alert than is kept.
    CutAlert = "cut-alert", Loss, "an alert names more than 500 identities or has more than 200 extended properties; the first of them were read, and its record has the others";
    /// The compressed stream is damaged.
    CorruptStream = "corrupt-stream", Loss, "the compressed data is damaged; everything before the damage was read, and whole members or frames behind it";
    /// The compressed stream ends early.
    TruncatedStream = "truncated-stream", Loss, "the compressed data ends early; everything before that was read";
    /// Packed in a way that is not opened.
    UnopenedArchive = "unopened-archive", Loss, "the file is an archive of a kind that azscope does not open (tar, 7z, RAR, xz, bzip2, Parquet, Avro); unpack it first, or write it as JSON";
    /// The archive itself cannot be opened.
    CorruptArchive = "corrupt-archive", Loss, "the archive is damaged; the members that could be found in it were read, and a zip tool may repair the others";
    /// Expands too far: ratio.
    ExpandRatio = "expand-ratio", Loss, "the data expands by more than the permitted ratio (--max-expand-ratio); reading stopped there";
    /// Expands too far: bytes.
    ExpandBytes = "expand-bytes", Loss, "the data expands to more than the permitted size (--max-expand); reading stopped there";
    /// An archive in an archive in an archive.
    NestedTooDeep = "nested-too-deep", Loss, "an archive lies more than two levels deep and was not opened; unpack it first";
    /// An encrypted member.
    EncryptedMember = "encrypted-member", Loss, "an archive member is encrypted; unpack it with its password first";
    /// A member whose method is not supported.
    UnsupportedMember = "unsupported-member", Loss, "an archive member is packed in a way that azscope does not read; unpack it first";
    /// A file that cannot be opened or read.
    UnreadableFile = "unreadable-file", Loss, "the file cannot be read; check its permissions and the disk";
    /// A folder that cannot be listed.
    UnreadableFolder = "unreadable-folder", Loss, "the folder cannot be listed; check its permissions";
    /// A file that changed while it was read.
    ChangedFile = "changed-file", Loss, "the file changed while it was read; work on a copy that nobody writes to";
    /// Not a log.
    NotALog = "not-a-log", Note, "the file is neither JSON nor a table, so it holds no events that azscope could read";
    /// A log of which nothing is left.
    DamagedFile = "damaged-file", Loss, "the file is named as a log or an archive and holds nothing of one: it was overwritten, encrypted or never written to the disk";
    /// PowerShell's list output.
    PowerShellList = "powershell-list", Loss, "the file is PowerShell list output (Format-List text), as early Microsoft-Extractor-Suite versions saved it; export it again as JSON";
    /// What PowerShell writes for itself.
    PowerShellXml = "powershell-xml", Loss, "the file is what Export-Clixml writes, which PowerShell alone reads: read it there with Import-Clixml and write it as JSON (ConvertTo-Json -Depth 10)";
    /// What a command prints for people.
    PrintedText = "printed-text", Loss, "the file is what is made for people (YAML, a printed table, a workbook, HTML, XML); export it again as JSON or CSV (-o json, ConvertTo-Json -Depth 10)";
    /// The tool failed on this source.
    InternalError = "internal-error", Loss, "azscope failed on this input; please report it";
    /// A socket, pipe or device.
    NotAFile = "not-a-file", Note, "a socket, pipe or device is no evidence and was passed over";
    /// A case among the evidence.
    OwnCase = "own-case", Note, "a case of a former run is no evidence: files that a case has were left out, those with the hash that its case.json lists, and what a run that was ended left in its working folder";
    /// A loop of links.
    LinkLoop = "link-loop", Note, "a link leads back to a folder above it and was not followed again";
    /// What a version control system keeps.
    VersionControl = "version-control", Note, "what git keeps (.git) is no evidence and was passed over";
    /// A second name of a file.
    SecondName = "second-name", Note, "the file has two names (a hard link) and was read once, by the first of them";
    /// An empty file.
    EmptyFile = "empty-file", Note, "the file is empty";
    /// A whole document without any record.
    EmptyAnswer = "empty-answer", Note, "the export is whole but holds no record: the query found nothing";
    /// An error answer saved as a log.
    ApiError = "api-error", Note, "the file holds an error answer of the API instead of events; run that export again";
    /// A page of a paged answer whose next page is missing.
    NextLink = "next-link", Note, "the export is a page of a paged answer that goes on: follow its nextLink and add the other pages";
    /// Objects flattened by too small a depth.
    SmallDepth = "small-depth", Note, "nested objects were written as text or as names of types (ConvertTo-Json with too small -Depth, or Export-Csv): what lies deeper is lost, such as claims, properties or entities, and the rest was read from the text; export again with ConvertTo-Json -Depth 10";
    /// Events without an operation.
    NoOperation = "no-operation", Note, "events name no operation where azscope looks for it (another tool renamed the columns, or they were not exported): rules on operations cannot find them";
    /// Records with only selected members.
    PartialExport = "partial-export", Note, "the export holds selected members only ($select), so outcome and caller can be missing";
    /// Nested cells written as type names.
    ObjectCells = "object-cells", Note, "nested cells were written as System.Object: use the JSON export of the same tool";
    /// Records of another log.
    LookAlike = "look-alike", Note, "records of another log or another kind of export were recognised and left out";
    /// Bytes that are no UTF-8.
    BadText = "bad-text", Note, "bytes that are no valid text were replaced by U+FFFD in the fields they stand in";
    /// Ids that contradict each other.
    OddIds = "odd-ids", Note, "the id of a record names another event or resource than the record does: somebody changed one of them, or bytes are missing; it was read as it stands";
    /// Zero bytes between records.
    NulPadding = "nul-padding", Note, "zero bytes between records (padding of append blobs) were passed over";
    /// Times without a zone.
    NoZone = "no-zone", Note, "times have no zone and were taken as UTC";
    /// Times without seconds.
    NoSeconds = "no-seconds", Note, "times are written to the minute (a spreadsheet saved the file again): their seconds are lost, and events of one minute stand in no order; use the export as it was downloaded";
    /// Dates that can be read in two ways.
    DateOrder = "date-order", Note, "dates leave day and month open and were read by --date-order (month first unless told otherwise)";
    /// Text that is no part of a record.
    ForeignText = "foreign-text", Note, "text that is no part of a record (what a logger writes before it, a warning, a comment) was passed over";
    /// Records of no known form around those that are read.
    AroundRecords = "around-records", Note, "records lie inside others of a form that azscope does not know; of these only the records inside them were read";
    /// A table of schemas.
    SchemaTable = "schema-table", Note, "the file describes tables and holds no records";
    /// A mark whose time is over.
    TriageExpired = "triage-expired", Note, "marks of the triage file have expired and do not count; decide again";
    /// A mark about nothing.
    TriageUnknown = "triage-unknown", Note, "marks of the triage file are about nothing in the evidence";
    /// Bytes after the last member of a compressed stream.
    TrailingGarbage = "trailing-garbage", Loss, "bytes after the end of the compressed data are no part of it and were not read";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_texts_are_sentences_without_a_stop() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|c| c.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|c| !c.text().ends_with('.') && c.text().len() > 10));
    }
}
