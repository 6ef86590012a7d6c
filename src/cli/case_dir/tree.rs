//! The files below a case, each with its size and its hash.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{CASE_FILE, Error, failed};
use crate::base::hash::hex;

/// Describes one file of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Path inside the case, with `/` between its parts.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hex.
    pub sha256: String,
}

/// What lies below a case, but for its `case.json`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Every file, sorted by path.
    pub files: Vec<Output>,
    /// Paths of what is neither file nor folder (a link, a pipe, a socket), sorted; none of it is opened.
    pub others: Vec<String>,
}

/// Returns all that lies below a case; links are not followed.
pub fn hash_tree(root: &Path) -> Result<Tree, Error> {
    hash_files(root, &BTreeMap::new())
}

/// Does the work of [`hash_tree`]; files whose hash is known are not read.
pub(super) fn hash_files(root: &Path, known: &BTreeMap<String, Output>) -> Result<Tree, Error> {
    let (mut files, mut others) = (Vec::new(), Vec::new());
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(failed("read the folder", &folder))? {
            let entry = entry.map_err(failed("read the folder", &folder))?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(failed("read", &entry.path()))?;
            if kind.is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else if !kind.is_file() {
                others.push(path);
            } else if path != CASE_FILE {
                files.push((path, entry.path()));
            }
        }
    }
    files.sort();
    others.sort();
    let hash = |(path, file): (String, PathBuf)| match known.get(&path) {
        Some(output) => Ok(output.clone()),
        None => hash_file(&file, path),
    };
    let files = files.into_par_iter().with_max_len(1).map(hash).collect::<Result<_, _>>()?;
    Ok(Tree { files, others })
}

fn hash_file(file: &Path, path: String) -> Result<Output, Error> {
    let mut hashed = Hashed::new(io::sink());
    File::open(file)
        .and_then(|open| io::copy(&mut BufReader::with_capacity(1 << 18, open), &mut hashed))
        .map_err(failed("read back", file))?;
    Ok(hashed.output(path))
}

/// Hashes and counts what is written through it.
pub(super) struct Hashed<W> {
    out: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashed<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, hash: Sha256::new(), bytes: 0 }
    }

    pub(super) fn output(self, path: String) -> Output {
        Output { path, bytes: self.bytes, sha256: hex(&self.hash.finalize()) }
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
