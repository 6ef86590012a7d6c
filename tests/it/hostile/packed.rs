//! Archives and compressed files that are bombs, torn, nested, or of a kind that is not opened.

use std::io::Write;

use super::{codes, gz, lines, one, record, total};

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_bomb_is_stopped_by_ratio_and_by_bytes() {
    let mut text = lines(0..2).into_bytes();
    text.resize(text.len() + (100 << 20), b' ');
    let bomb = gz(&text);
    let (case, report) = one("x.gz", &bomb, &["--max-expand-ratio", "100"]);
    assert_eq!((case.status, total(&report, "events")), (3, 4));
    assert!(codes(&report).contains(&"expand-ratio"), "{:?}", codes(&report));
    let (case, report) = one("x.gz", &bomb, &["--max-expand", "1M"]);
    assert_eq!((case.status, total(&report, "events")), (3, 4));
    assert!(codes(&report).contains(&"expand-bytes"), "{:?}", codes(&report));
}

#[test]
fn a_bomb_in_a_packed_file_is_stopped_by_what_lies_on_the_disk() {
    let mut text = lines(0..2).into_bytes();
    text.resize(text.len() + (100 << 20), b' ');
    let member = gz(&text);
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("x.json", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&text).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    for (name, bytes) in [("x.gz", gz(&member)), ("x.zip.gz", gz(&zip))] {
        let ratio = ["--max-expand-ratio", "2000"];
        let (case, report) = one(name, &bytes, &ratio);
        assert_eq!((case.status, total(&report, "events")), (3, 4), "{name}");
        assert!(codes(&report).contains(&"expand-ratio"), "{name}: {:?}", codes(&report));
    }
}

#[test]
fn archives_are_opened_inside_archives_once() {
    let inner = zip(&[("a.json", lines(0..3).as_bytes())]);
    let packed = gz(lines(3..5).as_bytes());
    let (case, report) = one("x.zip", &zip(&[("in.zip", &inner), ("b.json.gz", &packed)]), &[]);
    assert_eq!((case.status, total(&report, "events")), (0, 7), "{:?}", codes(&report));
    let deep = zip(&[("x.zip", &zip(&[("y.zip", &inner)]))]);
    let (case, report) = one("x.zip", &deep, &[]);
    assert_eq!((case.status, total(&report, "events")), (3, 2));
    assert!(codes(&report).contains(&"nested-too-deep"));
}

#[test]
fn an_archive_behind_other_bytes_is_opened_and_what_is_left_of_none_is_a_loss() {
    let bytes = zip(&[("a.json", lines(0..3).as_bytes()), ("b.json", lines(3..6).as_bytes())]);
    let behind = [b"\0\x01\x02\x03\x04\x05\x06\x07", &bytes[..]].concat();
    let (case, report) = one("x.zip", &behind, &[]);
    assert_eq!((case.status, total(&report, "events")), (0, 8), "{:?}", codes(&report));
    let overwritten = [&[0; 4], &bytes[4..]].concat();
    let (case, report) = one("x.zip", &overwritten, &[]);
    assert_eq!((case.status, total(&report, "events")), (3, 5), "{:?}", codes(&report));
    let packed = gz(lines(0..3).as_bytes());
    let headless = [&[0; 10], &packed[10..]].concat();
    for (name, bytes) in [("x.json.gz", &headless[..]), ("x.json", &[0; 1000])] {
        let (case, report) = one(name, bytes, &[]);
        assert_eq!((case.status, total(&report, "rejected")), (3, 1), "{name}");
        assert_eq!(codes(&report), ["damaged-file"], "{name}");
    }
}

#[test]
fn an_archive_without_its_end_gives_the_members_that_are_whole() {
    let bytes = zip(&[("a.json", lines(0..3).as_bytes()), ("b.json", lines(3..6).as_bytes())]);
    let directory = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    for (cut, events) in [(directory, 8), (directory - 20, 5)] {
        let (case, report) = one("x.zip", &bytes[..cut], &[]);
        assert_eq!(case.status, 3);
        assert!(total(&report, "events") >= events, "{cut}: {:?}", codes(&report));
        assert!(codes(&report).contains(&"corrupt-archive"), "{:?}", codes(&report));
    }
}

#[test]
fn bytes_behind_compressed_data_are_told() {
    let mut bytes = gz(lines(0..2).as_bytes());
    bytes.extend_from_slice(lines(2..4).as_bytes());
    let (case, report) = one("x.json.gz", &bytes, &[]);
    assert_eq!((case.status, total(&report, "events")), (3, 4));
    assert!(codes(&report).contains(&"trailing-garbage"), "{:?}", codes(&report));
}

#[test]
fn an_archive_that_is_not_opened_is_a_loss() {
    // A tar: the name of a file, the mark at its place, and the file behind the header.
    let mut tar = b"export/page.json".to_vec();
    tar.resize(257, 0);
    tar.extend(b"ustar\0");
    tar.resize(512, 0);
    tar.extend(format!("{{\"value\":[{}]}}", record(1)).bytes());
    tar.resize(4096, 0);
    let packed = gz(&tar);
    let seven: &[u8] = b"7z\xbc\xaf\x27\x1c\0\x04more";
    let bzip: &[u8] = b"BZh91AY&SY\x01\x02";
    for (name, bytes) in [("a.tar", &*tar), ("a.tar.gz", &packed), ("a.7z", seven), ("a.bz2", bzip)]
    {
        let (case, report) = one(name, bytes, &[]);
        assert_eq!(case.status, 3, "{name}: {:?}", codes(&report));
        assert!(codes(&report).contains(&"unopened-archive"), "{name}: {:?}", codes(&report));
        assert!(total(&report, "events") >= 2, "{name}");
    }
}
