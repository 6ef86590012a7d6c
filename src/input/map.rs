//! Memory maps of evidence: the one place with `unsafe`.
//!
//! Each worker maps the file anew for its part and drops the map when done, so
//! that the pages it touched do not stay counted as resident. Nobody may write
//! to evidence, but somebody can: that is told by the [`Stamp`] that a file had
//! when it was found.
//!
//! [`Stamp`]: crate::input::discover::Stamp

use std::fs::File;
use std::io;
use std::ops::{Deref, Range};
use std::path::Path;

use memmap2::{Mmap, MmapOptions};

/// A file's bytes, mapped read-only; an empty file gives an empty slice.
#[derive(Debug)]
pub struct Map(Option<Mmap>);

impl Map {
    /// Maps the file at a path; fails when it cannot be opened or mapped.
    pub fn open(path: &Path) -> io::Result<Map> {
        Map::of(&File::open(path)?)
    }

    /// Maps an open file from its first to its last byte; the file may be closed afterwards.
    pub fn of(file: &File) -> io::Result<Map> {
        let len = file.metadata()?.len();
        Map::window(file, 0, usize::try_from(len).map_err(io::Error::other)?)
    }

    /// Maps `len` bytes of an open file from `offset`, which must lie on a page border.
    #[allow(unsafe_code)]
    pub fn window(file: &File, offset: u64, len: usize) -> io::Result<Map> {
        // The kernel refuses to map nothing.
        if len == 0 {
            return Ok(Map(None));
        }
        // SAFETY: the map is private to this process and read-only. The file may still be changed
        // by others: changed bytes are as good as any hostile bytes, since every reader checks what
        // it reads; a file cut short raises SIGBUS in the page that is gone, which ends the run
        // without a wrong result. Evidence that changes at all is told by its stamp.
        let map = unsafe { MmapOptions::new().offset(offset).len(len).map(file)? };
        Ok(Map(Some(map)))
    }
}

impl Map {
    /// Asks the system to bring a stretch of the file into reach at once instead of page by page.
    pub fn expect(&self, range: Range<usize>) {
        #[cfg(target_os = "linux")]
        if let Some(map) = &self.0 {
            // Older systems refuse; then the pages come one by one as they are read.
            let _ = map.advise_range(memmap2::Advice::PopulateRead, range.start, range.len());
        }
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}

/// Returns whether the file at a path is so many bytes long.
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
