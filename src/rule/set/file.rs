//! Files and folders of rules.

use std::fs;
use std::path::{Path, PathBuf};

use crate::base::given::read_text;
use crate::rule::error::Error;

/// A file of rules may have this many bytes.
const MAX_BYTES: u64 = 4 << 20;
/// Folders of rules may nest this deep.
const MAX_DEPTH: usize = 16;

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::Unreadable { path: path.display().to_string(), source }
}

/// Reads a file of rules; fails when it cannot be read, is too big or is no text.
pub(in crate::rule) fn read(path: &Path) -> Result<String, Error> {
    let bytes = fs::metadata(path).map_err(|error| unreadable(path, error))?.len();
    if bytes > MAX_BYTES {
        return Err(Error::TooBig { path: path.display().to_string(), limit: MAX_BYTES });
    }
    read_text(path).map_err(|error| unreadable(path, error))
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
        let deep = std::io::Error::other("folders nest too deep");
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
