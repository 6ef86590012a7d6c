//! Members of an archive whose central directory is missing or broken, from what stands before each.
//!
//! A download that stopped has no directory, which stands at the end. What
//! stands before a member's bytes repeats its name and how it is packed, and
//! its sizes unless the archive was written as a stream; then the next header
//! is its end.

use memchr::memmem;
use zip::CompressionMethod;

use super::archive::{LOCAL_HEADER, LOCAL_MAGIC, Member, Place};
use super::unpack::is_supported;

/// Stands before the sizes that follow a member in an archive that was written as a stream.
const DESCRIPTOR_MAGIC: &[u8] = b"PK\x07\x08";
const CENTRAL_MAGIC: &[u8] = b"PK\x01\x02";
/// A size that stands elsewhere, in archives of over 4 GiB.
const ELSEWHERE: u32 = u32::MAX;

/// Returns the members that begin where `known` says of none that it does, in their order.
pub(super) fn members(
    bytes: &[u8],
    known: impl Fn(u64) -> bool,
    most: usize,
) -> (Vec<Member>, Vec<Place>) {
    let (mut members, mut places) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(found) = memmem::find(&bytes[at..], LOCAL_MAGIC) {
        let start = at + found;
        let Some((member, place, end)) = header(bytes, start) else {
            at = start + LOCAL_MAGIC.len();
            continue;
        };
        at = end.max(start + LOCAL_HEADER).min(bytes.len());
        if members.len() < most && !known(start as u64) {
            members.push(member);
            places.push(place);
        }
    }
    (members, places)
}

/// Reads the header at `start`; returns what it says and where the member ends.
fn header(bytes: &[u8], start: usize) -> Option<(Member, Place, usize)> {
    let fixed: &[u8; LOCAL_HEADER] = bytes.get(start..)?.first_chunk()?;
    let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
    let long =
        |at: usize| u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
    let (flags, method) = (short(6), method(short(8))?);
    let name_end = start + LOCAL_HEADER + usize::from(short(26));
    let name = bytes.get(start + LOCAL_HEADER..name_end).filter(|name| !name.is_empty())?;
    let data = name_end + usize::from(short(28));
    let rest = bytes.get(data..)?;
    let (mut crc, mut packed, mut length) = (long(14), long(18), long(22));
    let follows = flags & 8 != 0 && packed == 0 || packed == ELSEWHERE;
    let end = if follows {
        let next = [LOCAL_MAGIC, CENTRAL_MAGIC].into_iter();
        let end = next.filter_map(|magic| memmem::find(rest, magic)).min().unwrap_or(rest.len());
        if let Some(told) = descriptor(&rest[..end]) {
            (crc, packed, length) = told;
        } else {
            // Cut before its sizes: its bytes reach to the end, and its checksum is not known.
            packed = u32::try_from(end).unwrap_or(ELSEWHERE);
        }
        data + end
    } else {
        data.saturating_add(usize::try_from(packed).unwrap_or(usize::MAX))
    };
    let name = String::from_utf8_lossy(name).into_owned();
    let member = Member {
        index: 0,
        is_dir: name.ends_with('/'),
        name,
        encrypted: flags & 1 != 0,
        bytes: u64::from(length),
        compressed: u64::from(packed),
        method_supported: is_supported(method),
        overlaps: false,
    };
    Some((member, Place { header: start as u64, crc, method }, end))
}

/// How a member is packed; a number for anything else hardly stands in a header.
fn method(number: u16) -> Option<CompressionMethod> {
    match number {
        0 => Some(CompressionMethod::STORE),
        8 => Some(CompressionMethod::DEFLATE),
        93 => Some(CompressionMethod::ZSTD),
        _ => None,
    }
}

/// Checksum, packed and expanded size from behind a member's bytes.
fn descriptor(data: &[u8]) -> Option<(u32, u32, u32)> {
    let at = memmem::rfind(data, DESCRIPTOR_MAGIC)?;
    let told: &[u8; 12] = data.get(at + DESCRIPTOR_MAGIC.len()..)?.first_chunk()?;
    let long = |i: usize| u32::from_le_bytes([told[i], told[i + 1], told[i + 2], told[i + 3]]);
    (usize::try_from(long(4)).ok()? == at).then(|| (long(0), long(4), long(8)))
}
