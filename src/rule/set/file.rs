//! Files and folders of rules.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::base::given::decoded;
use crate::rule::error::Error;

/// A file of rules may have this many bytes.
const MAX_BYTES: u64 = 4 << 20;
/// Folders of rules may nest this deep.
const MAX_DEPTH: usize = 16;

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Unreadable { path: path.display().to_string(), source }
}

/// Reads a file of rules; fails when it cannot be read, is too big or is no text.
pub(in crate::rule) fn read(path: &Path) -> Result<String, Error> {
    let bytes = start(path).map_err(|error| unreadable(path, error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::TooBig { path: path.display().to_string(), limit: MAX_BYTES });
    }
    decoded(bytes).map_err(|error| unreadable(path, error))
}

/// Reads a file as far as it may go and a byte more. What is a pipe or a device may have no end.
fn start(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Adds the rule files at and below a path.
pub(in crate::rule) fn collect(
    path: &Path,
    depth: usize,
    files: &mut Vec<PathBuf>,
) -> Result<(), Error> {
    let kind = fs::metadata(path).map_err(|error| unreadable(path, error))?;
    if !kind.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    if depth >= MAX_DEPTH {
        let deep = io::Error::other("folders nest too deep");
        return Err(unreadable(path, deep));
    }
    for entry in fs::read_dir(path).map_err(|error| unreadable(path, error))? {
        let entry = entry.map_err(|error| unreadable(path, error))?;
        let inner = entry.path();
        let is_link = entry.file_type().map_err(|error| unreadable(&inner, error))?.is_symlink();
        // What hides itself is for other tools: workflows, settings.
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let is_called =
            |ext: &std::ffi::OsStr| ["yml", "yaml"].iter().any(|own| ext.eq_ignore_ascii_case(own));
        let is_rule = inner.extension().is_some_and(is_called);
        // A link may lead back up; one to a file does no harm.
        if (inner.is_dir() && !is_link) || (is_rule && !inner.is_dir()) {
            collect(&inner, depth + 1, files)?;
        }
    }
    Ok(())
}
