//! UTF-32 as UTF-16, so that all that is no UTF-8 is decoded in one way.

use std::io::{self, Read};

use super::{ByteOrder, CHUNK, read_some};

/// Half a pair: it stands for what is no character, and is replaced and counted where it is decoded.
const BROKEN: u16 = 0xdc00;

/// A reader that gives UTF-16 for a stream of UTF-32, and any other stream as it is.
pub(super) struct Halved<R> {
    inner: R,
    /// The order of the bytes of both, where they are halved.
    order: Option<ByteOrder>,
    /// Bytes that were read and not yet halved.
    raw: Vec<u8>,
    /// What they were halved to, and how much of it was given.
    ready: Vec<u8>,
    given: usize,
}

impl<R: Read> Halved<R> {
    pub(super) fn new(inner: R, order: Option<ByteOrder>) -> Self {
        Halved { inner, order, raw: Vec::new(), ready: Vec::new(), given: 0 }
    }

    pub(super) fn inner(&self) -> &R {
        &self.inner
    }

    /// Halves what is read next; returns whether there was anything.
    fn refill(&mut self, order: ByteOrder) -> io::Result<bool> {
        self.ready.clear();
        self.given = 0;
        let had = self.raw.len();
        self.raw.resize(CHUNK, 0);
        let read = read_some(&mut self.inner, &mut self.raw[had..]);
        self.raw.truncate(had + *read.as_ref().unwrap_or(&0));
        if read? == 0 {
            if had > 0 {
                push(BROKEN, order, &mut self.ready);
            }
            self.raw.clear();
            return Ok(had > 0);
        }
        let whole = self.raw.len() / 4 * 4;
        halve(&self.raw[..whole], order, &mut self.ready);
        self.raw.drain(..whole);
        Ok(true)
    }
}

impl<R: Read> Read for Halved<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(order) = self.order else { return self.inner.read(out) };
        while self.given == self.ready.len() {
            if !self.refill(order)? {
                return Ok(0);
            }
        }
        let count = out.len().min(self.ready.len() - self.given);
        out[..count].copy_from_slice(&self.ready[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// Adds the UTF-16 of whole units of UTF-32.
pub(super) fn halve(bytes: &[u8], order: ByteOrder, halved: &mut Vec<u8>) {
    for unit in bytes.as_chunks::<4>().0 {
        let code = match order {
            ByteOrder::Little | ByteOrder::Little32 => u32::from_le_bytes(*unit),
            ByteOrder::Big | ByteOrder::Big32 => u32::from_be_bytes(*unit),
        };
        let mut pair = [BROKEN; 2];
        let units = match char::from_u32(code) {
            Some(letter) => letter.encode_utf16(&mut pair),
            None => &mut pair[..1],
        };
        for unit in &*units {
            push(*unit, order, halved);
        }
    }
}

fn push(unit: u16, order: ByteOrder, halved: &mut Vec<u8>) {
    halved.extend(match order {
        ByteOrder::Little | ByteOrder::Little32 => unit.to_le_bytes(),
        ByteOrder::Big | ByteOrder::Big32 => unit.to_be_bytes(),
    });
}
