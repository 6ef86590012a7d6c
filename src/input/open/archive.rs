//! Zip archives over a slice of bytes: which members there are, and what is in each.
//!
//! The central directory is believed on names and sizes, the bytes on
//! everything else. Members whose bytes overlap those of another are refused:
//! that is how small archives come to hold more than a disk. Names are only
//! shown and never used as paths.

use std::io::Cursor;
use std::sync::Arc;

use zip::CompressionMethod;
use zip::read::{Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use crate::input::open::unpack::{Unpack, is_supported};
use crate::input::open::{Expand, ExpandError, Limits};

/// The most members that are listed.
const MAX_MEMBERS: usize = 1_000_000;
const LOCAL_MAGIC: &[u8] = b"PK\x03\x04";
const LOCAL_HEADER: usize = 30;
const END_MAGIC: &[u8] = b"PK\x05\x06";
/// The end record with the longest comment there can be.
const END_REACH: usize = 22 + 65_535;

/// A member of an archive, as the central directory has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // independent facts, any of which may hold
pub struct Member {
    /// Place in the central directory, from 0.
    pub index: usize,
    /// Name as shown; what is neither UTF-8 nor code page 437 is replaced.
    pub name: String,
    /// Whether a password is needed.
    pub encrypted: bool,
    /// Expanded length in bytes, as claimed.
    pub bytes: u64,
    /// Packed length in bytes, as claimed.
    pub compressed: u64,
    /// Whether it is a folder.
    pub is_dir: bool,
    /// Whether the way it is packed can be read (stored, deflate or zstandard).
    pub method_supported: bool,
    /// Whether its bytes overlap those of another member, so that it is refused.
    pub overlaps: bool,
}

#[derive(Clone, Debug)]
struct Place {
    header: u64,
    crc: u32,
    method: CompressionMethod,
}

/// An open archive; clones share the list of members.
#[derive(Clone, Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    members: Arc<[Member]>,
    places: Arc<[Place]>,
    damage: Option<ExpandError>,
}

impl<'a> Archive<'a> {
    /// Reads the central directory; fails when there is none that can be read.
    ///
    /// A directory that breaks after some members still opens, see [`Archive::damage`].
    pub fn open(bytes: &'a [u8]) -> Result<Archive<'a>, ExpandError> {
        let mut directory =
            ZipIterable::try_new(Cursor::new(bytes), Config::default()).map_err(|error| {
                if has_end(bytes) { refusal(&error) } else { ExpandError::Truncated }
            })?;
        if directory.len() > MAX_MEMBERS {
            return Err(ExpandError::Unsupported(format!("more than {MAX_MEMBERS} members")));
        }
        let (mut members, mut places, mut damage) = (Vec::new(), Vec::new(), None);
        for entry in directory.files().map_err(|error| refusal(&error))? {
            match entry {
                Ok(entry) => {
                    members.push(member(members.len(), &entry));
                    places.push(place(&entry));
                }
                Err(error) => damage = Some(refusal(&error)),
            }
        }
        if let (true, Some(error)) = (members.is_empty(), &damage) {
            return Err(error.clone());
        }
        mark_overlaps(&mut members, &places);
        Ok(Archive { bytes, members: members.into(), places: places.into(), damage })
    }

    /// Returns the members in the order of the central directory, folders and doubles among them.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Returns why the central directory could not be read beyond the members listed.
    pub fn damage(&self) -> Option<&ExpandError> {
        self.damage.as_ref()
    }

    /// Opens a member by its index; a wrong checksum or length shows after its data.
    pub fn open_member(
        &self,
        index: usize,
        limits: &Limits,
    ) -> Result<Expand<Unpack<'a>>, ExpandError> {
        let (Some(member), Some(place)) = (self.members.get(index), self.places.get(index)) else {
            return Err(corrupt("there is no such member"));
        };
        if member.encrypted {
            return Err(ExpandError::Encrypted);
        }
        if member.overlaps {
            return Err(corrupt("its bytes overlap those of another member"));
        }
        let packed = self.packed(member, place)?;
        Ok(Expand::new(Unpack::new(packed, place.method, place.crc, member.bytes)?, limits))
    }

    /// Returns the packed bytes of a member, fewer than claimed when the archive ends before.
    fn packed(&self, member: &Member, place: &Place) -> Result<&'a [u8], ExpandError> {
        let start = usize::try_from(place.header).unwrap_or(usize::MAX);
        let local = self.bytes.get(start..).ok_or(ExpandError::Truncated)?;
        if !local.starts_with(LOCAL_MAGIC) {
            return Err(corrupt("its local header is missing"));
        }
        let [n, n2, x, x2] =
            *local.get(26..).and_then(<[u8]>::first_chunk).ok_or(ExpandError::Truncated)?;
        let skip = LOCAL_HEADER
            + usize::from(u16::from_le_bytes([n, n2]))
            + usize::from(u16::from_le_bytes([x, x2]));
        let rest = local.get(skip..).ok_or(ExpandError::Truncated)?;
        let length = usize::try_from(member.compressed).unwrap_or(usize::MAX);
        Ok(&rest[..length.min(rest.len())])
    }
}

fn member(index: usize, entry: &ZipFileEntry<'_>) -> Member {
    let lossy = || String::from_utf8_lossy(entry.name_raw()).into_owned();
    Member {
        index,
        name: entry.name().map_or_else(|_| lossy(), std::borrow::Cow::into_owned),
        encrypted: entry.encrypted(),
        bytes: entry.size(),
        compressed: entry.compressed_size(),
        is_dir: entry.is_dir(),
        method_supported: is_supported(entry.compression()),
        overlaps: false,
    }
}

fn place(entry: &ZipFileEntry<'_>) -> Place {
    Place { header: entry.header_start(), crc: entry.crc32(), method: entry.compression() }
}

/// Marks every member that begins before one listed at an earlier offset has ended.
fn mark_overlaps(members: &mut [Member], places: &[Place]) {
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|&i| (places[i].header, i));
    let mut free_from = 0;
    for i in order {
        let start = places[i].header;
        members[i].overlaps = start < free_from;
        if !members[i].overlaps {
            let least = start.saturating_add(LOCAL_HEADER as u64);
            free_from = least.saturating_add(members[i].compressed);
        }
    }
}

fn has_end(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(END_REACH)..];
    tail.windows(END_MAGIC.len()).any(|window| window == END_MAGIC)
}

fn refusal(error: &ZipError) -> ExpandError {
    match error {
        ZipError::UnsupportedArchive(what) => ExpandError::Unsupported((*what).to_owned()),
        other => corrupt(&other.to_string()),
    }
}

fn corrupt(what: &str) -> ExpandError {
    ExpandError::Corrupt(what.to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use flate2::Crc;
    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::input::open::expand_error;

    fn zipped(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(method);
        for (name, content) in members {
            if let Some(folder) = name.strip_suffix('/') {
                writer.add_directory(folder, options).unwrap();
            } else {
                writer.start_file(*name, options).unwrap();
                writer.write_all(content).unwrap();
            }
        }
        writer.finish().unwrap().into_inner()
    }

    fn offsets(bytes: &[u8], magic: &[u8]) -> Vec<usize> {
        (0..bytes.len()).filter(|&i| bytes[i..].starts_with(magic)).collect()
    }

    fn content(archive: &Archive<'_>, index: usize) -> (Vec<u8>, Option<ExpandError>) {
        let mut out = Vec::new();
        let mut reader = archive.open_member(index, &Limits::default()).unwrap();
        let error = reader.read_to_end(&mut out).err();
        (out, error.map(|e| expand_error(&e).expect("a typed error").clone()))
    }

    const CENTRAL: &[u8] = b"PK\x01\x02";

    #[test]
    fn members_come_in_the_order_of_the_directory_with_their_content() {
        let text = b"{\"time\":1}\n".repeat(9000);
        let members: &[(&str, &[u8])] =
            &[("z/", b""), ("z/PT1H.json", &text), ("a.json", b"[]"), ("ä.json", b"")];
        for method in [CompressionMethod::STORE, CompressionMethod::DEFLATE] {
            let bytes = zipped(members, method);
            let archive = Archive::open(&bytes).unwrap().clone();
            let names: Vec<_> = archive.members().iter().map(|m| m.name.as_str()).collect();
            assert_eq!(names, ["z/", "z/PT1H.json", "a.json", "ä.json"]);
            assert!(archive.members()[0].is_dir && archive.members()[1].method_supported);
            assert_eq!(content(&archive, 1), (text.clone(), None));
            assert_eq!(content(&archive, 2), (b"[]".to_vec(), None));
            assert_eq!(content(&archive, 3), (vec![], None));
            assert_eq!(archive.damage(), None);
        }
    }

    #[test]
    fn two_members_of_one_name_are_both_there() {
        let mut bytes = zipped(&[("a.json", b"one"), ("b.json", b"two")], CompressionMethod::STORE);
        for at in offsets(&bytes, b"b.json") {
            bytes[at] = b'a';
        }
        let archive = Archive::open(&bytes).unwrap();
        assert!(archive.members().iter().all(|member| member.name == "a.json"));
        assert_eq!(content(&archive, 0).0, b"one");
        assert_eq!(content(&archive, 1).0, b"two");
    }

    #[test]
    fn an_encrypted_member_is_flagged_and_refused() {
        let mut bytes = zipped(&[("a", b"one"), ("b", b"two")], CompressionMethod::STORE);
        let central = offsets(&bytes, CENTRAL)[1];
        bytes[central + 8] |= 1;
        let archive = Archive::open(&bytes).unwrap();
        assert!(!archive.members()[0].encrypted && archive.members()[1].encrypted);
        let error = archive.open_member(1, &Limits::default()).err();
        assert_eq!(error, Some(ExpandError::Encrypted));
        assert_eq!(content(&archive, 0), (b"one".to_vec(), None));
    }

    #[test]
    fn a_method_that_is_not_read_is_named() {
        let mut bytes = zipped(&[("a", b"one")], CompressionMethod::STORE);
        let central = offsets(&bytes, CENTRAL)[0];
        bytes[central + 10] = 9;
        let archive = Archive::open(&bytes).unwrap();
        assert!(!archive.members()[0].method_supported);
        let error = archive.open_member(0, &Limits::default()).err();
        assert!(matches!(error, Some(ExpandError::Unsupported(_))), "{error:?}");
    }

    #[test]
    fn zstandard_members_are_read() {
        let packed = zstd::encode_all(&b"data"[..], 1).unwrap();
        let mut bytes = zipped(&[("a", &packed)], CompressionMethod::STORE);
        let central = offsets(&bytes, CENTRAL)[0];
        bytes[central + 10] = 93;
        let mut crc = Crc::new();
        crc.update(b"data");
        bytes[central + 16..central + 20].copy_from_slice(&crc.sum().to_le_bytes());
        bytes[central + 24..central + 28].copy_from_slice(&4_u32.to_le_bytes());
        assert_eq!(content(&Archive::open(&bytes).unwrap(), 0), (b"data".to_vec(), None));
    }

    #[test]
    fn a_wrong_checksum_shows_after_the_data() {
        let mut bytes = zipped(&[("a", b"one")], CompressionMethod::STORE);
        let at = offsets(&bytes, b"one")[0];
        bytes[at] = b'O';
        let (out, error) = content(&Archive::open(&bytes).unwrap(), 0);
        assert_eq!(out, b"One");
        assert!(matches!(error, Some(ExpandError::Corrupt(_))), "{error:?}");
    }

    #[test]
    fn members_that_share_bytes_are_refused() {
        let mut bytes = zipped(&[("a", b"one"), ("b", b"two")], CompressionMethod::STORE);
        let central = offsets(&bytes, CENTRAL)[1];
        bytes[central + 42..central + 46].fill(0);
        let archive = Archive::open(&bytes).unwrap();
        assert!(!archive.members()[0].overlaps && archive.members()[1].overlaps);
        assert!(archive.open_member(1, &Limits::default()).is_err());
    }

    #[test]
    fn a_bomb_in_an_archive_stops() {
        let zeros = vec![0; 96 << 20];
        let bytes = zipped(&[("bomb", &zeros)], CompressionMethod::DEFLATE);
        let (out, error) = content(&Archive::open(&bytes).unwrap(), 0);
        assert!(matches!(error, Some(ExpandError::Ratio { .. })), "{error:?}");
        assert!(out.len() < 66 << 20);
        let limits = Limits { expand_bytes: 1000, ..Limits::default() };
        let archive = Archive::open(&bytes).unwrap();
        let mut out = Vec::new();
        assert!(archive.open_member(0, &limits).unwrap().read_to_end(&mut out).is_err());
        assert_eq!(out.len(), 1000);
    }

    #[test]
    fn what_is_cut_or_broken_is_told() {
        let bytes = zipped(&[("a", b"one"), ("b", b"two")], CompressionMethod::STORE);
        let cut = Archive::open(&bytes[..60]).err();
        assert_eq!(cut, Some(ExpandError::Truncated));
        let mut broken = bytes.clone();
        let central = offsets(&bytes, CENTRAL);
        broken[central[1]] = b'x';
        let archive = Archive::open(&broken).unwrap();
        assert_eq!(archive.members().len(), 1);
        assert!(archive.damage().is_some());
        broken[central[0]] = b'x';
        assert!(Archive::open(&broken).is_err());
        let archive = Archive::open(&bytes).unwrap();
        assert!(archive.open_member(2, &Limits::default()).is_err());
        assert!(Archive::open(b"").is_err());
    }

    #[test]
    fn an_archive_in_an_archive_opens_from_its_bytes() {
        let inner = zipped(&[("x/../y.json", b"{}")], CompressionMethod::DEFLATE);
        let outer = zipped(&[("inner.zip", &inner)], CompressionMethod::DEFLATE);
        let (bytes, _) = content(&Archive::open(&outer).unwrap(), 0);
        let archive = Archive::open(&bytes).unwrap();
        assert_eq!(archive.members()[0].name, "x/../y.json");
        assert_eq!(content(&archive, 0), (b"{}".to_vec(), None));
    }

    #[test]
    fn a_member_reader_outlives_its_archive_and_can_be_sent() {
        fn sendable<T: Read + Send>(reader: T) -> T {
            reader
        }
        let bytes = zipped(&[("a", b"one")], CompressionMethod::DEFLATE);
        let archive = Archive::open(&bytes).unwrap();
        let mut reader = sendable(archive.open_member(0, &Limits::default()).unwrap());
        drop(archive);
        let mut out = String::new();
        reader.read_to_string(&mut out).unwrap();
        assert_eq!(out, "one");
    }

    proptest! {
        #[test]
        fn no_bytes_make_an_archive_panic(
            changes in prop::collection::vec((0..220_usize, any::<u8>()), 0..6),
        ) {
            let mut bytes = zipped(&[("a", b"one"), ("b", b"two")], CompressionMethod::DEFLATE);
            for (at, byte) in changes {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            if let Ok(archive) = Archive::open(&bytes) {
                for member in archive.members() {
                    if let Ok(mut reader) = archive.open_member(member.index, &Limits::default()) {
                        let _ = reader.read_to_end(&mut Vec::new());
                    }
                }
            }
        }
    }
}
