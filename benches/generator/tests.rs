//! Owns the tests of whole sets: their bytes, their counts and what the manifest says of them.

use std::io::Read;
use std::path::Path;

use super::*;

pub(super) fn set(layout: Layout) -> (tempfile::TempDir, Options) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new(folder.path().join("set"), 300_000, layout);
    (folder, options)
}

/// All files below a folder, by path.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

pub(super) fn checksum(options: &Options) -> u32 {
    let folder = options.out.parent().unwrap();
    let mut crc = flate2::Crc::new();
    for file in files(folder) {
        let name = file.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
        crc.update(name.as_bytes());
        crc.update(&fs::read(file).unwrap());
    }
    crc.sum()
}

#[test]
fn every_layout_keeps_its_bytes() {
    let expected = [
        (Layout::Blob, 0x670e_bb02),
        (Layout::Single, 0x90d7_6a6a),
        (Layout::Array, 0x3577_c099),
        (Layout::Value, 0xc114_67aa),
        (Layout::Records, 0x80ef_5f3a),
    ];
    let actual = expected.map(|(layout, _)| {
        let (_folder, options) = set(layout);
        write(&options).unwrap();
        (layout, checksum(&options))
    });
    assert_eq!(actual, expected);
}

#[test]
fn another_seed_gives_another_set() {
    let (_folder, mut options) = set(Layout::Single);
    write(&options).unwrap();
    let first = checksum(&options);
    options.seed += 1;
    write(&options).unwrap();
    assert_ne!(checksum(&options), first);
}

#[test]
fn the_manifest_counts_the_lines_and_bytes() {
    let (_folder, options) = set(Layout::Single);
    let manifest = write(&options).unwrap();
    let text = fs::read_to_string(&options.out).unwrap();
    assert_eq!(manifest.records, text.lines().count() as u64);
    assert_eq!(manifest.bytes, text.len() as u64);
    assert_eq!(manifest.records, manifest.categories.values().sum::<u64>());
    for (_, correlation) in &manifest.attacks[0].steps {
        assert!(text.contains(correlation));
    }
}

#[test]
fn blobs_hold_the_same_records_as_the_single_file() {
    let (_folder, options) = set(Layout::Blob);
    write(&options).unwrap();
    let blobs = files(&options.out);
    let (_other, single) = set(Layout::Single);
    write(&single).unwrap();
    let mut scattered: Vec<_> =
        blobs.iter().map(|blob| fs::read_to_string(blob).unwrap()).collect();
    scattered = scattered.concat().lines().map(str::to_owned).collect();
    let mut expected: Vec<_> =
        fs::read_to_string(&single.out).unwrap().lines().map(str::to_owned).collect();
    scattered.sort();
    expected.sort();
    assert!(blobs.len() > 10, "{} blobs", blobs.len());
    assert!(scattered == expected);
}

#[test]
fn gzip_changes_nothing_but_the_compression() {
    let (_folder, mut options) = set(Layout::Single);
    write(&options).unwrap();
    let plain = fs::read(&options.out).unwrap();
    options.gz = true;
    write(&options).unwrap();
    let mut unpacked = Vec::new();
    let packed = fs::File::open(&options.out).unwrap();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == plain);
}

#[test]
fn duplicates_are_counted_and_leave_the_other_records_alone() {
    let (_folder, mut options) = set(Layout::Single);
    options.duplicate = 100;
    let manifest = write(&options).unwrap();
    let text = fs::read_to_string(&options.out).unwrap();
    let mut distinct: Vec<_> = text.lines().collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert!(manifest.duplicates > 0);
    assert_eq!(distinct.len() as u64, manifest.records - manifest.duplicates);
}

#[test]
fn a_set_of_nothing_is_refused() {
    let (_folder, mut options) = set(Layout::Single);
    options.users = 0;
    let error = write(&options).err().map(|error| error.kind());
    assert_eq!(error, Some(io::ErrorKind::InvalidInput));
}
