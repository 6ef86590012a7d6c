//! Memory maps, of big archives, of evidence that is looked at again and of reports: the one place with `unsafe`.
//!
//! Nobody may write to evidence, but somebody can: that is told by the [`Stamp`] that a file had when it
//! was found. A file that is cut short while it is mapped ends the run, so what can be read from front
//! to back, or stretch by stretch, is read.
//!
//! [`Stamp`]: crate::input::discover::Stamp

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// A file's bytes, mapped read-only; an empty file gives an empty slice.
#[derive(Debug)]
pub struct Map(Option<Mmap>);

impl Map {
    /// Maps the file at a path; fails when it cannot be opened or mapped.
    pub fn open(path: &Path) -> io::Result<Map> {
        Map::of(&File::open(path)?)
    }

    /// Maps an open file from its first to its last byte; the file may be closed afterwards.
    #[allow(unsafe_code)]
    pub fn of(file: &File) -> io::Result<Map> {
        let len = file.metadata()?.len();
        // The kernel refuses to map nothing.
        if len == 0 {
            return Ok(Map(None));
        }
        // SAFETY: the map is private to this process and read-only. The file may still be changed
        // by others: changed bytes are as good as any hostile bytes, since every reader checks what
        // it reads; a file cut short raises SIGBUS in the page that is gone, which ends the run
        // without a wrong result. Evidence that changes at all is told by its stamp.
        let map = unsafe { Mmap::map(file)? };
        Ok(Map(Some(map)))
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}

/// Returns whether the file at a path is that many bytes long.
pub fn has_length(path: &Path, bytes: u64) -> bool {
    std::fs::metadata(path).is_ok_and(|now| now.len() == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_shows_the_bytes_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, b"evidence").unwrap();
        assert_eq!(&*Map::open(&path).unwrap(), b"evidence");
        assert!(has_length(&path, 8));
        assert!(!has_length(&path, 9));
        assert!(!has_length(&folder.path().join("y"), 8));
    }

    #[test]
    fn an_empty_file_is_an_empty_slice() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(Map::of(&file).unwrap().len(), 0);
    }

    #[test]
    fn a_missing_file_is_an_error() {
        assert!(Map::open(Path::new("no such file")).is_err());
    }
}
