//! What tells one file from another and from itself at another time, and what kind of thing a path leads to.

use std::fs;
use std::fs::Metadata;
use std::path::Path;
#[cfg(not(unix))]
use std::path::PathBuf;
use std::time::SystemTime;

/// What a file is known by while it is read: writing to it leaves another one, even where its length
/// stays and somebody sets its time back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Inode, and seconds and nanoseconds of its last change.
    #[cfg(unix)]
    inode: (u64, i64, i64),
}

impl Stamp {
    /// Returns the stamp of a file that is described so.
    pub(super) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Stamp {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: (metadata.ino(), metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Returns whether the file at a path still has this stamp; to be asked after its last byte was read.
    pub fn holds(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|now| Stamp::of(&now) == *self)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_until_the_file_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, b"evidence").unwrap();
        // Times of some systems are coarse.
        let before = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
        let date = || fs::File::options().write(true).open(&path).unwrap().set_modified(before);
        date().unwrap();
        let stamp = Stamp::of(&fs::metadata(&path).unwrap());
        assert!(stamp.holds(&path));
        assert!(!stamp.holds(&folder.path().join("y")));
        fs::write(&path, b"Evidence").unwrap();
        assert!(!stamp.holds(&path), "the length is the same");
        fs::remove_file(&path).unwrap();
        fs::write(&path, b"evidence, and more").unwrap();
        date().unwrap();
        assert!(!stamp.holds(&path), "the time is the same");
    }
}
