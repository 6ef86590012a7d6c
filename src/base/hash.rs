//! Hashes: SHA-256 for evidence and ids that people see, XXH3 for keys that stay inside a run.
//!
//! XXH3 is fixed by its specification, so a key is the same on every machine
//! and in every version, which `--reproducible` relies on.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

/// Returns the 64-bit XXH3 of some bytes.
pub fn key(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// A 64-bit key over several fields, each ended so that `("ab", "c")` differs from `("a", "bc")`.
pub struct KeyHasher(Xxh3Default);

impl KeyHasher {
    /// Starts a key of one purpose; keys of different purposes never meet.
    pub fn new(purpose: u8) -> Self {
        let mut inner = Xxh3Default::new();
        inner.update(&[purpose]);
        KeyHasher(inner)
    }

    /// Adds one field.
    #[must_use]
    pub fn field(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self.0.update(&[0xff]);
        self
    }

    /// Returns the key.
    pub fn finish(&self) -> u64 {
        self.0.digest()
    }
}

/// Returns the SHA-256 of some bytes in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Returns bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns a short id made from content: a letter for its kind and 12 hexadecimal digits of SHA-256.
pub fn content_id(kind: char, fields: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for field in fields {
        hasher.update(field.as_bytes());
        hasher.update([0xff]);
    }
    format!("{kind}{}", &hex(&hasher.finalize())[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_borders_count() {
        let one = KeyHasher::new(0).field(b"ab").field(b"c").finish();
        let two = KeyHasher::new(0).field(b"a").field(b"bc").finish();
        assert_ne!(one, two);
    }

    #[test]
    fn ids_are_the_same_on_every_machine() {
        assert_eq!(key(b""), 0x2d06_8005_38d3_94c2);
        assert_eq!(content_id('f', &["rule", "x"]), content_id('f', &["rule", "x"]));
        assert_eq!(sha256_hex(b"abc")[..8], *"ba7816bf");
    }
}
