//! What is read of whole and of broken archives.

use std::io::{Read, Write};

use flate2::{Compression, Crc};
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
    let mut broken = bytes.clone();
    let central = offsets(&bytes, CENTRAL);
    broken[central[1]] = b'x';
    for (bytes, error) in [(&bytes[..central[1]], true), (&broken, false)] {
        let archive = Archive::open(bytes).unwrap();
        assert_eq!(archive.damage() == Some(&ExpandError::Truncated), error);
        assert!(archive.damage().is_some());
        assert_eq!(content(&archive, 0), (b"one".to_vec(), None));
        assert_eq!(content(&archive, 1), (b"two".to_vec(), None));
        assert_eq!(archive.members().len(), 2);
    }
    broken[..4].fill(b'x');
    broken[central[0]] = b'x';
    assert_eq!(Archive::open(&broken).unwrap().members()[0].name, "b");
    assert_eq!(Archive::open(&bytes[..20]).err(), Some(ExpandError::Truncated));
    let archive = Archive::open(&bytes).unwrap();
    assert!(archive.open_member(2, &Limits::default()).is_err());
    assert!(Archive::open(b"").is_err());
}

#[test]
fn a_stream_of_members_that_was_cut_is_read_as_far_as_it_goes() {
    // Written as a stream: sizes follow the bytes.
    let member = |name: &str, content: &[u8]| {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        let (packed, mut crc) = (encoder.finish().unwrap(), Crc::new());
        crc.update(content);
        let mut out = b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\0\0".to_vec();
        out.extend([0; 12]);
        out.extend([u8::try_from(name.len()).unwrap(), 0, 0, 0]);
        out.extend(name.as_bytes());
        out.extend(&packed);
        out.extend(b"PK\x07\x08");
        let size = |n: usize| u32::try_from(n).unwrap();
        for number in [crc.sum(), size(packed.len()), size(content.len())] {
            out.extend(number.to_le_bytes());
        }
        out
    };
    let text: Vec<u8> = (0..20_000_u32).flat_map(|i| (i * i).to_le_bytes()).collect();
    let (one, two) = (member("a.json", b"one"), member("b.json", &text));
    let bytes = [&one[..], &two[..two.len() / 2]].concat();
    let archive = Archive::open(&bytes).unwrap();
    assert_eq!(archive.damage(), Some(&ExpandError::Truncated));
    assert_eq!(content(&archive, 0), (b"one".to_vec(), None));
    let (read, error) = content(&archive, 1);
    assert!(read.len() > 1000 && text.starts_with(&read), "{}", read.len());
    assert_eq!(error, Some(ExpandError::Truncated));
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
