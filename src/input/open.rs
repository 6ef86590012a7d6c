//! Opens what is compressed: gzip, zstandard and the members of zip archives, within limits.
//!
//! A decoder delivers every byte that lies before a damage or a limit, then an
//! error that carries an [`ExpandError`]; asked again, it gives that error
//! again. Archives in archives are for the caller to find, by the first bytes
//! of what was expanded. Nothing is ever written to a disk.

pub mod archive;
mod expand;
mod feed;
mod gzip;
mod salvage;
mod unpack;
mod zstandard;

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

pub use archive::{Archive, Member};
pub use expand::{Codec, Expand, ExpandError, Limits, Outermost, Pulled, expand_error};
pub use gzip::Gunzip;
pub use unpack::Unpack;
pub use zstandard::Unzstd;

use crate::input::sniff;

/// Returns how a file is packed: as its first bytes say, or as an archive whose first bytes were overwritten
/// or stand behind others.
pub fn codec_of(bytes: &[u8]) -> sniff::Codec {
    let head = &bytes[..bytes.len().min(sniff::HEAD_BYTES)];
    match sniff::codec(head) {
        sniff::Codec::Plain if Archive::ends(bytes) && sniff::is_binary(head) => sniff::Codec::Zip,
        codec => codec,
    }
}

/// Expands gzip, all members of it.
pub fn gunzip<R: Read>(inner: R, limits: &Limits) -> Expand<Gunzip<R>> {
    Expand::new(Gunzip::new(inner), limits)
}

/// Expands zstandard, all frames of it, with a window of at most 128 MiB.
pub fn unzstd<R: Read>(inner: R, limits: &Limits) -> Expand<Unzstd<R>> {
    Expand::new(Unzstd::new(inner), limits)
}

/// Returns the SHA-256 of a file, telling `progress` the bytes of each piece as it is read.
pub fn sha256_file(path: &Path, progress: &dyn Fn(u64)) -> io::Result<[u8; 32]> {
    sha256_begin(path, u64::MAX, progress)
}

/// Returns the SHA-256 of the first bytes of a file, of all where it has no more than `most`.
pub fn sha256_begin(path: &Path, most: u64, progress: &dyn Fn(u64)) -> io::Result<[u8; 32]> {
    // A piece stays in the cache between reading and hashing.
    const PIECE: usize = 256 << 10;
    let mut file = File::open(path)?.take(most);
    let (mut hasher, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hasher.finalize().into()),
            Ok(count) => {
                hasher.update(&piece[..count]);
                progress(count as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zst(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Text that does not shrink to nothing: `lines` numbered lines of 40 bytes.
    fn log(lines: u64) -> Vec<u8> {
        (0..lines)
            .flat_map(|i| {
                let mixed = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                format!("{{\"n\":\"{i:012}\",\"x\":\"{mixed:016x}\"}}\n").into_bytes()
            })
            .collect()
    }

    fn all<C: Codec>(reader: &mut Expand<C>) -> (Vec<u8>, Option<ExpandError>) {
        let mut out = Vec::new();
        let error = reader.read_to_end(&mut out).err();
        (out, error.map(|e| expand_error(&e).expect("a typed error").clone()))
    }

    #[test]
    fn every_codec_gives_back_what_was_packed() {
        let text = log(50_000);
        let limits = Limits::default();
        assert_eq!(all(&mut gunzip(&gz(&text)[..], &limits)), (text.clone(), None));
        assert_eq!(all(&mut unzstd(&zst(&text)[..], &limits)), (text, None));
        assert_eq!(all(&mut gunzip(&gz(b"")[..], &limits)), (vec![], None));
        assert_eq!(all(&mut unzstd(&zst(b"")[..], &limits)), (vec![], None));
    }

    #[test]
    fn all_members_and_frames_are_read() {
        let limits = Limits::default();
        let packed = [gz(b"one "), gz(b""), gz(b"two")].concat();
        assert_eq!(all(&mut gunzip(&packed[..], &limits)), (b"one two".to_vec(), None));
        let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9].to_vec();
        let packed = [skippable, zst(b"one "), zst(b"two")].concat();
        assert_eq!(all(&mut unzstd(&packed[..], &limits)), (b"one two".to_vec(), None));
    }

    #[test]
    fn padding_is_passed_over_and_garbage_is_told() {
        let limits = Limits::default();
        let padded = [gz(b"one "), vec![0; 70_000], gz(b"two"), vec![0; 9]].concat();
        let mut reader = gunzip(&padded[..], &limits);
        assert_eq!(all(&mut reader), (b"one two".to_vec(), None));
        assert_eq!(reader.trailing_garbage(), 0);
        let mut reader = gunzip(&b"garbage"[..], &limits);
        assert!(matches!(all(&mut reader).1, Some(ExpandError::Truncated)));
        let dirty = [gz(b"one"), b"\0\0garbage".to_vec()].concat();
        let mut reader = gunzip(&dirty[..], &limits);
        assert_eq!(all(&mut reader), (b"one".to_vec(), None));
        assert_eq!(reader.trailing_garbage(), 7);
        let dirty = [zst(b"one"), b"\0garbage".to_vec()].concat();
        let mut reader = unzstd(&dirty[..], &limits);
        assert_eq!(all(&mut reader), (b"one".to_vec(), None));
        assert_eq!(reader.trailing_garbage(), 7);
    }

    #[test]
    fn header_fields_of_gzip_are_passed_over() {
        let mut packed = Vec::new();
        flate2::GzBuilder::new()
            .extra(vec![7; 300])
            .filename("PT1H.json")
            .comment("hour 7")
            .read(&b"data"[..], Compression::fast())
            .read_to_end(&mut packed)
            .unwrap();
        let (text, error) = all(&mut gunzip(&packed[..], &Limits::default()));
        assert_eq!((&text[..], error), (&b"data"[..], None));
    }

    #[test]
    fn a_cut_stream_gives_its_prefix_and_then_truncated_and_stays_so() {
        let text = log(50_000);
        let (gzip, zstandard) = (gz(&text), zst(&text));
        for (packed, is_gzip) in [(gzip, true), (zstandard, false)] {
            let half = &packed[..packed.len() / 2];
            let (out, error) = if is_gzip {
                all(&mut gunzip(half, &Limits::default()))
            } else {
                all(&mut unzstd(half, &Limits::default()))
            };
            assert_eq!(error, Some(ExpandError::Truncated));
            assert!(text.starts_with(&out) && out.len() > text.len() / 3, "{}", out.len());
        }
        let short = gz(b"x");
        let mut reader = gunzip(&short[..12], &Limits::default());
        assert!(reader.read_to_end(&mut Vec::new()).is_err());
        assert!(reader.read(&mut [0]).is_err());
        assert_eq!(all(&mut gunzip(&b""[..], &Limits::default())).1, Some(ExpandError::Truncated));
        assert_eq!(all(&mut unzstd(&b""[..], &Limits::default())).1, Some(ExpandError::Truncated));
    }

    #[test]
    fn what_lies_before_a_damage_is_delivered() {
        let text = log(100_000);
        let mut packed = gz(&text);
        let middle = packed.len() / 2;
        packed[middle..middle + 64].fill(0xff);
        let (out, error) = all(&mut gunzip(&packed[..], &Limits::default()));
        assert!(matches!(error, Some(ExpandError::Corrupt(_))), "{error:?}");
        let same = out.iter().zip(&text).take_while(|(a, b)| a == b).count();
        assert!(same > text.len() * 2 / 5, "{same} of {}", text.len());

        let mut packed = zst(&text);
        let middle = packed.len() / 2;
        packed[middle..middle + 4096].fill(0xff);
        let (out, error) = all(&mut unzstd(&packed[..], &Limits::default()));
        assert!(matches!(error, Some(ExpandError::Corrupt(_))), "{error:?}");
        assert!(text.starts_with(&out[..text.len() / 3]), "{}", out.len());
    }

    #[test]
    fn the_size_of_the_buffer_does_not_change_what_is_delivered() {
        fn delivered(mut reader: impl Read, size: usize) -> Vec<u8> {
            let (mut out, mut buffer) = (Vec::new(), vec![0; size]);
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                out.extend_from_slice(&buffer[..count]);
            }
            out
        }
        let damaged = |mut packed: Vec<u8>| {
            let middle = packed.len() / 2;
            packed[middle..middle + 4096].fill(0xff);
            packed
        };
        let (text, limits) = (log(100_000), Limits::default());
        let (gzip, zstandard) = (damaged(gz(&text)), damaged(zst(&text)));
        let small = delivered(gunzip(&gzip[..], &limits), 100);
        assert!(small == delivered(gunzip(&gzip[..], &limits), 1 << 20), "gzip");
        let small = delivered(unzstd(&zstandard[..], &limits), 100);
        assert!(small == delivered(unzstd(&zstandard[..], &limits), 1 << 20), "zstandard");
    }

    #[test]
    fn a_wrong_checksum_shows_after_the_data() {
        let mut packed = gz(b"data");
        let crc = packed.len() - 8;
        packed[crc] ^= 1;
        let (out, error) = all(&mut gunzip(&packed[..], &Limits::default()));
        assert!(out == b"data" && matches!(error, Some(ExpandError::Corrupt(_))));
        let mut packed = zst(b"data");
        let last = packed.len() - 1;
        packed[last] ^= 1;
        let (out, error) = all(&mut unzstd(&packed[..], &Limits::default()));
        assert!(out == b"data" && matches!(error, Some(ExpandError::Corrupt(_))), "{error:?}");
    }

    #[test]
    fn what_is_whole_behind_a_damaged_part_is_read() {
        let text: Vec<u8> =
            (0..3000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let limits = Limits::default();
        for is_gzip in [true, false] {
            let packed = |bytes: &[u8]| if is_gzip { gz(bytes) } else { zst(bytes) };
            let (first, second, third) = (packed(b"first"), packed(&text), packed(b"third"));
            let middle = second.len() / 2;
            let torn = [&second[..middle], &[0xff; 40], &second[middle + 40..]].concat();
            let mut unchecked = second.clone();
            let check = unchecked.len() - if is_gzip { 8 } else { 1 };
            unchecked[check] ^= 1;
            for damaged in [torn, unchecked, second[..middle].to_vec(), second[3..].to_vec()] {
                let all_parts = [first.clone(), damaged, third.clone()].concat();
                let (out, error) = if is_gzip {
                    all(&mut gunzip(&all_parts[..], &limits))
                } else {
                    all(&mut unzstd(&all_parts[..], &limits))
                };
                assert!(out.starts_with(b"first") && out.ends_with(b"third"), "{}", out.len());
                assert!(matches!(error, Some(ExpandError::Corrupt(_))), "{error:?}");
            }
        }
    }

    #[test]
    fn a_bomb_stops_soon_after_the_free_bytes() {
        let zeros = vec![0; 80 << 20];
        let (limits, free) = (Limits::default(), 64 << 20);
        let (out, error) = all(&mut gunzip(&gz(&zeros)[..], &limits));
        assert!(matches!(error, Some(ExpandError::Ratio { limit: 250, .. })), "{error:?}");
        assert!((free..=free + (1 << 20)).contains(&out.len()), "{}", out.len());
        let generous = Limits { expand_ratio: 5000, ..limits };
        assert_eq!(all(&mut gunzip(&gz(&zeros)[..], &generous)).1, None);
        let error = all(&mut unzstd(&zst(&zeros)[..], &limits)).1;
        assert!(matches!(error, Some(ExpandError::Ratio { .. })), "{error:?}");
    }

    #[test]
    fn a_bomb_in_a_bomb_stops_by_the_outermost_bytes() {
        let bomb = |count: usize| gz(&gz(&vec![0; count]));
        let limits = Limits::default();
        let expand = |packed: &[u8]| {
            let outer = gunzip(packed, &limits);
            let outermost = outer.outermost().clone();
            all(&mut gunzip(outer, &limits).within(Some(&outermost)))
        };
        let (out, error) = expand(&bomb(80 << 20));
        assert!(matches!(error, Some(ExpandError::Ratio { .. })), "{error:?}");
        assert!((64 << 20..=65 << 20).contains(&out.len()), "{}", out.len());
        assert_eq!(expand(&bomb(60 << 20)).1, None);
        // What many inner streams give is counted together.
        let outermost = gunzip(&b""[..], &limits).outermost().clone();
        let inner = |count: usize| {
            all(&mut gunzip(&gz(&vec![0; count])[..], &limits).within(Some(&outermost))).1
        };
        assert_eq!([inner(40 << 20), inner(20 << 20)], [None, None]);
        assert!(matches!(inner(10 << 20), Some(ExpandError::Ratio { .. })));
    }

    #[test]
    fn a_window_beyond_128_mib_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(28).unwrap();
        encoder.write_all(b"x").unwrap();
        let packed = encoder.finish().unwrap();
        let error = all(&mut unzstd(&packed[..], &Limits::default())).1;
        assert!(matches!(error, Some(ExpandError::Unsupported(_))), "{error:?}");
    }

    #[test]
    fn an_error_passes_through_an_outer_decoder_as_itself() {
        let packed = gz(&zst(b"data"));
        let inner = gunzip(&packed[..packed.len() - 9], &Limits::default());
        assert_eq!(all(&mut unzstd(inner, &Limits::default())).1, Some(ExpandError::Truncated));
        assert!(expand_error(&io::Error::other("disk")).is_none());
    }

    #[test]
    fn readers_can_be_sent_to_other_threads() {
        fn sendable<T: Read + Send>(_: &T) {}
        sendable(&gunzip(&b""[..], &Limits::default()));
        sendable(&unzstd(&b""[..], &Limits::default()));
    }

    #[test]
    fn the_hash_of_a_file_is_that_of_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let bytes = vec![7; (1 << 20) + 5];
        std::fs::write(&path, &bytes).unwrap();
        let seen = Cell::new(0);
        let hash = sha256_file(&path, &|count| seen.set(seen.get() + count)).unwrap();
        assert_eq!(hash[..], Sha256::digest(&bytes)[..]);
        assert_eq!(seen.get(), bytes.len() as u64);
        let begin = sha256_begin(&path, 9, &|_| ()).unwrap();
        assert_eq!(begin[..], Sha256::digest(&bytes[..9])[..]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_decoder_panic_or_hang(
            tail in prop::collection::vec(any::<u8>(), 0..300), at in 0..60_usize, flip: u8,
        ) {
            for (packed, is_gzip) in [(gz(&log(20)), true), (zst(&log(20)), false)] {
                let mut bytes = [packed, tail.clone()].concat();
                bytes[at] ^= flip;
                let limits = Limits { expand_bytes: 1 << 20, ..Limits::default() };
                let out = if is_gzip {
                    all(&mut gunzip(&bytes[..], &limits)).0
                } else {
                    all(&mut unzstd(&bytes[..], &limits)).0
                };
                prop_assert!(out.len() <= 1 << 20);
            }
        }
    }
}
