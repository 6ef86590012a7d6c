//! Where a record came from, to the byte.

/// Position of a source in the run's sorted list of sources.
///
/// Ids follow the sorted order of paths, never the order in which threads
/// reach the files, so the same evidence always gets the same ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// The bytes a record was read from.
///
/// `offset` and `len` are in bytes of the decoded stream: after
/// decompression and after conversion to UTF-8. Origins order as the records
/// stand in the evidence, which makes them the tie-breaker of every sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file, or the member of an archive.
    pub source: SourceId,
    /// First byte of the record.
    pub offset: u64,
    /// Length of the record in bytes.
    pub len: u32,
    /// Line on which the record begins, counted from 1.
    pub line: u32,
}

/// Returns how reports and messages name a source: its path, followed by ` > ` and the member of an archive.
pub fn source_label(path: &str, member: Option<&str>) -> String {
    member.map_or_else(|| path.to_owned(), |member| format!("{path} > {member}"))
}
