//! What tells one file from another, and what kind of thing a path leads to.

use std::fs;
use std::fs::Metadata;
use std::path::Path;
#[cfg(not(unix))]
use std::path::PathBuf;

/// Returns whether a path is a link to a folder in which it lies itself, at whatever height.
pub(super) fn leads_up(path: &Path) -> bool {
    let is_link = fs::symlink_metadata(path).is_ok_and(|own| own.is_symlink());
    let (true, Some(parent)) = (is_link, path.parent()) else { return false };
    match (fs::canonicalize(path), fs::canonicalize(parent)) {
        (Ok(target), Ok(parent)) => parent.starts_with(target),
        _ => false,
    }
}

/// What tells one file from another however it is reached: device and inode.
#[cfg(unix)]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity(u64, u64);

/// Returns what tells this file from others.
#[cfg(unix)]
pub(super) fn identity(_path: &Path, metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Identity(metadata.dev(), metadata.ino())
}

/// What tells one file from another however it is reached: the path without links.
#[cfg(not(unix))]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity(PathBuf);

#[cfg(not(unix))]
pub(super) fn identity(path: &Path, _metadata: &Metadata) -> Identity {
    Identity(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
}

/// Returns what something is that is neither file nor folder.
#[cfg(unix)]
pub(super) fn kind(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let file_type = metadata.file_type();
    if file_type.is_socket() {
        "socket"
    } else if file_type.is_fifo() {
        "fifo"
    } else {
        "device"
    }
}

#[cfg(not(unix))]
pub(super) fn kind(_metadata: &Metadata) -> &'static str {
    "device"
}
