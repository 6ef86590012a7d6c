//! A reader around a stream that hashes it.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use crate::base::hash::hex;

/// A reader that hashes what it gives.
pub(super) struct Hashing<R> {
    inner: R,
    sha: Sha256,
    bytes: u64,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(inner: R) -> Self {
        Hashing { inner, sha: Sha256::new(), bytes: 0 }
    }

    pub(super) fn finish(self) -> (u64, String) {
        (self.bytes, hex(&self.sha.finalize()))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.sha.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}
