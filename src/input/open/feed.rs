//! The compressed side of a decoder: buffered bytes that can be looked at before they are taken.

use std::io::Read;

use crate::input::decode::read_some;
use crate::input::open::ExpandError;

const CHUNK: usize = 64 << 10;
/// This many bytes that were taken stay at hand, to go back to.
const KEPT: usize = 16 << 10;

/// A buffered reader that counts the bytes taken from it.
pub(super) struct Feed<R> {
    inner: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    taken: u64,
}

impl<R: Read> Feed<R> {
    pub(super) fn new(inner: R) -> Self {
        Feed { inner, buffer: vec![0; CHUNK].into_boxed_slice(), start: 0, end: 0, taken: 0 }
    }

    /// Returns all bytes at hand, at least `want` (a few) of them unless the stream ends before.
    pub(super) fn peek(&mut self, want: usize) -> Result<&[u8], ExpandError> {
        while self.end - self.start < want {
            if self.end == self.buffer.len() {
                let gone = self.start - self.start.min(KEPT);
                self.buffer.copy_within(gone..self.end, 0);
                self.end -= gone;
                self.start -= gone;
            }
            let count = read_some(&mut self.inner, &mut self.buffer[self.end..])?;
            if count == 0 {
                break;
            }
            self.end += count;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Takes the first bytes of those that were looked at.
    pub(super) fn take(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.taken += count as u64;
    }

    /// Takes a fixed number of bytes; an end before them is a truncation.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ExpandError> {
        let bytes = self.peek(N)?.first_chunk().copied().ok_or(ExpandError::Truncated)?;
        self.take(N);
        Ok(bytes)
    }

    /// Takes all zero bytes that come next.
    pub(super) fn skip_zeros(&mut self) -> Result<(), ExpandError> {
        loop {
            let bytes = self.peek(1)?;
            let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
            let go_on = zeros == bytes.len() && zeros > 0;
            self.take(zeros);
            if !go_on {
                return Ok(());
            }
        }
    }

    /// Goes back to a place, or as near to it as bytes are still at hand.
    pub(super) fn rewind(&mut self, taken: u64) {
        let back = usize::try_from(self.taken.saturating_sub(taken)).unwrap_or(usize::MAX);
        let back = back.min(self.start);
        self.start -= back;
        self.taken -= back as u64;
    }

    /// Takes everything before the next `size` bytes for which `is` holds; returns whether there are any.
    pub(super) fn seek(
        &mut self,
        size: usize,
        is: impl Fn(&[u8]) -> bool,
    ) -> Result<bool, ExpandError> {
        loop {
            let bytes = self.peek(size)?;
            let found = bytes.windows(size).position(&is);
            let rest = if bytes.len() < size { 0 } else { size - 1 };
            let skip = found.unwrap_or(bytes.len() - rest);
            let is_end = bytes.len() < size;
            self.take(skip);
            if found.is_some() || is_end {
                return Ok(found.is_some());
            }
        }
    }

    /// Returns how many bytes were taken so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_can_be_looked_at_across_reads() {
        let mut feed = Feed::new((&b"ab"[..]).chain(&b"cdef"[..]));
        assert_eq!(feed.peek(1).unwrap(), b"ab");
        feed.take(1);
        assert_eq!(feed.peek(3).unwrap(), b"bcdef");
        assert_eq!(feed.array::<2>().unwrap(), *b"bc");
        assert_eq!(feed.taken(), 3);
        assert_eq!(feed.peek(9).unwrap(), b"def");
        assert_eq!(feed.array::<4>(), Err(ExpandError::Truncated));
        assert_eq!((feed.seek(1, |_| false), feed.taken()), (Ok(false), 6));
    }

    #[test]
    fn a_start_is_looked_for_and_gone_back_to() {
        let mut feed = Feed::new((&b"abcab"[..]).chain(&b"xcabyz"[..]));
        assert_eq!(feed.seek(3, |bytes| bytes == b"abx"), Ok(true));
        assert_eq!(feed.taken(), 3);
        assert_eq!(feed.array::<3>(), Ok(*b"abx"));
        feed.rewind(4);
        assert_eq!((feed.taken(), feed.array::<2>()), (4, Ok(*b"bx")));
        assert_eq!(feed.seek(3, |bytes| bytes == b"abc"), Ok(false));
        assert_eq!((feed.taken(), feed.peek(1)), (11, Ok(&b""[..])));
    }

    #[test]
    fn zeros_are_passed_over_and_nothing_else() {
        let mut feed = Feed::new((&b"\0\0"[..]).chain(&b"\0x\0"[..]));
        feed.skip_zeros().unwrap();
        assert_eq!(feed.peek(1).unwrap(), b"x\0");
    }
}
