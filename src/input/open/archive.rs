//! Zip archives over a slice of bytes: which members there are, and what is in each.
//!
//! The central directory is believed on names and sizes, the bytes on
//! everything else; what it does not list, because it is cut off or broken, is
//! looked for among the bytes. Members whose bytes overlap those of another are refused:
//! that is how small archives come to hold more than a disk. Names are only
//! shown and never used as paths.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;

use zip::CompressionMethod;
use zip::read::{Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use crate::input::open::unpack::{Unpack, is_supported};
use crate::input::open::{Expand, ExpandError, Limits, salvage};

/// The most members that are listed.
const MAX_MEMBERS: usize = 1_000_000;
pub(super) const LOCAL_MAGIC: &[u8] = b"PK\x03\x04";
pub(super) const LOCAL_HEADER: usize = 30;
const END_MAGIC: &[u8] = b"PK\x05\x06";
/// The end record with the longest comment there can be.
const END_REACH: usize = 22 + 65_535;

/// A member of an archive, as the central directory has it or what stands before its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // independent facts, any of which may hold
pub struct Member {
    /// Place in the list of members, from 0: the central directory's, then what it does not list.
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

/// Where a member stands and how it is packed.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// First byte of its local header.
    pub(super) header: u64,
    /// Checksum of its content.
    pub(super) crc: u32,
    /// How it is packed.
    pub(super) method: CompressionMethod,
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
    /// Reads the central directory; fails when there is none that can be read and no member is found without.
    ///
    /// What is found beside a directory that is missing or breaks still opens, see [`Archive::damage`].
    pub fn open(bytes: &'a [u8]) -> Result<Archive<'a>, ExpandError> {
        let (mut members, mut places, mut damage) = (Vec::new(), Vec::new(), None);
        match ZipIterable::try_new(Cursor::new(bytes), Config::default()) {
            Ok(directory) if directory.len() > MAX_MEMBERS => {
                return Err(ExpandError::Unsupported(format!("more than {MAX_MEMBERS} members")));
            }
            Ok(mut directory) => {
                for entry in directory.files().map_err(|error| refusal(&error))? {
                    match entry {
                        Ok(entry) => {
                            members.push(member(&entry));
                            places.push(place(&entry));
                        }
                        Err(error) => damage = Some(refusal(&error)),
                    }
                }
            }
            Err(error) if has_end(bytes) => damage = Some(refusal(&error)),
            Err(_) => damage = Some(ExpandError::Truncated),
        }
        if damage.is_some() {
            let listed: BTreeSet<u64> = places.iter().map(|place| place.header).collect();
            let (more, at) = salvage::members(bytes, |at| listed.contains(&at), MAX_MEMBERS);
            members.extend(more);
            places.extend(at);
        }
        if let (true, Some(error)) = (members.is_empty(), &damage) {
            return Err(error.clone());
        }
        members.iter_mut().enumerate().for_each(|(index, member)| member.index = index);
        mark_overlaps(&mut members, &places);
        Ok(Archive { bytes, members: members.into(), places: places.into(), damage })
    }

    /// Whether the end of an archive stands at the end of the bytes, whatever they begin with.
    pub fn ends(bytes: &[u8]) -> bool {
        has_end(bytes)
    }

    /// Returns the members in the order of the central directory, folders and doubles among them, then those it does not list.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Returns why the central directory could not be read whole.
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

fn member(entry: &ZipFileEntry<'_>) -> Member {
    let lossy = || String::from_utf8_lossy(entry.name_raw()).into_owned();
    Member {
        index: 0,
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
    memchr::memmem::rfind(tail, END_MAGIC).is_some()
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
mod tests;
