//! The compressed side of a decoder: buffered bytes that can be looked at before they are taken.

use std::io::Read;

use crate::input::decode::read_some;
use crate::input::open::ExpandError;

const CHUNK: usize = 64 << 10;

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
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
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

    /// Takes everything to the end and returns how many bytes that were.
    pub(super) fn drain(&mut self) -> Result<u64, ExpandError> {
        let before = self.taken;
        loop {
            let count = self.peek(1)?.len();
            if count == 0 {
                return Ok(self.taken - before);
            }
            self.take(count);
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
        assert_eq!(feed.drain(), Ok(3));
    }

    #[test]
    fn zeros_are_passed_over_and_nothing_else() {
        let mut feed = Feed::new((&b"\0\0"[..]).chain(&b"\0x\0"[..]));
        feed.skip_zeros().unwrap();
        assert_eq!(feed.peek(1).unwrap(), b"x\0");
    }
}
