//! A long text in a file, of which a stretch is held that moves on.
//!
//! It is read and not mapped: of a file that is cut short meanwhile there is less to read, where a
//! map would end the run.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// This much is kept of what stands before the place that is read: line starts and commas are looked for there.
pub const BEHIND: usize = 4 << 10;

/// A stretch of a file.
#[derive(Debug)]
pub struct Window {
    file: File,
    bytes: Vec<u8>,
    filled: usize,
    base: u64,
    until: u64,
    is_last: bool,
}

impl Window {
    /// Opens a file at `from`, with a little of what stands before; the text ends at `until`, or where the file does.
    pub fn open(path: &Path, from: u64, until: u64, size: usize) -> io::Result<Window> {
        let mut file = File::open(path)?;
        let base = from.saturating_sub(BEHIND as u64);
        file.seek(SeekFrom::Start(base))?;
        let bytes = vec![0; size.max(2 * BEHIND)];
        let mut window = Window { file, bytes, filled: 0, base, until, is_last: false };
        window.fill()?;
        Ok(window)
    }

    /// Returns the bytes at hand.
    pub fn text(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Returns where in the file the bytes at hand begin.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Returns whether nothing comes behind the bytes at hand.
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// Moves on to a place among the bytes at hand and reads what comes behind them; whoever needs more
    /// than there is room for gets more room.
    pub fn advance(&mut self, at: usize) -> io::Result<()> {
        let gone = at.saturating_sub(BEHIND);
        self.bytes.copy_within(gone..self.filled, 0);
        self.filled -= gone;
        self.base += gone as u64;
        if self.filled > self.bytes.len() / 2 {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        self.fill()
    }

    fn fill(&mut self) -> io::Result<()> {
        while !self.is_last && self.filled < self.bytes.len() {
            let left = self.until.saturating_sub(self.base + self.filled as u64);
            let room = self.bytes.len() - self.filled;
            let room = usize::try_from(left).map_or(room, |left| left.min(room));
            match self.file.read(&mut self.bytes[self.filled..self.filled + room]) {
                Ok(count) => {
                    self.filled += count;
                    self.is_last = count as u64 == left || count == 0;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Returns how many line feeds a stretch of a file holds.
pub fn line_feeds(path: &Path, from: u64, until: u64) -> io::Result<usize> {
    let mut window = Window::open(path, from, until, 1 << 16)?;
    let mut at = usize::try_from(from - window.base()).map_err(io::Error::other)?;
    let mut lines = 0;
    loop {
        lines += memchr::memchr_iter(b'\n', window.text().get(at..).unwrap_or_default()).count();
        if window.is_last() {
            return Ok(lines);
        }
        at = window.text().len();
        let base = window.base();
        window.advance(at)?;
        at -= usize::try_from(window.base() - base).map_err(io::Error::other)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> (tempfile::NamedTempFile, Vec<u8>) {
        let bytes: Vec<u8> = (0..20_000_u32).flat_map(|i| format!("{i}\n").into_bytes()).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        (file, bytes)
    }

    #[test]
    fn it_shows_the_bytes_of_the_file_wherever_it_stands() {
        let (file, bytes) = numbers();
        let until = bytes.len() as u64 - 5;
        let mut window = Window::open(file.path(), 10_000, until, 1).unwrap();
        let mut end = 0;
        loop {
            let base = usize::try_from(window.base()).unwrap();
            assert_eq!(window.text(), &bytes[base..base + window.text().len()]);
            assert!(window.text().len() <= 4 * BEHIND && base + window.text().len() > end);
            end = base + window.text().len();
            if window.is_last() {
                break;
            }
            window.advance(window.text().len()).unwrap();
            assert_eq!(usize::try_from(window.base()).unwrap(), end - BEHIND);
        }
        assert_eq!(end as u64, until);
    }

    #[test]
    fn who_takes_nothing_gets_all_of_it_and_the_end_is_where_the_file_ends() {
        let (file, bytes) = numbers();
        let mut window = Window::open(file.path(), 0, u64::MAX, 1).unwrap();
        while !window.is_last() {
            window.advance(0).unwrap();
        }
        assert!(window.text() == bytes);
        let behind = Window::open(file.path(), 2 * bytes.len() as u64, u64::MAX, 1).unwrap();
        assert!(behind.is_last() && behind.text().is_empty());
        assert!(Window::open(Path::new("no such file"), 0, 1, 1).is_err());
    }

    #[test]
    fn line_feeds_are_counted_from_the_place_on() {
        let (file, bytes) = numbers();
        for (from, until) in [(0, bytes.len()), (5, 6), (70_000, 90_001), (100_000, 1 << 30)] {
            let part = &bytes[from..until.min(bytes.len())];
            let lines = memchr::memchr_iter(b'\n', part).count();
            assert_eq!(line_feeds(file.path(), from as u64, until as u64).unwrap(), lines);
        }
    }
}
