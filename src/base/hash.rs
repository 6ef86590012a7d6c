//! Hashes: SHA-256 for evidence and ids that people see, XXH3 for keys that stay inside a run.
//!
//! XXH3 is fixed by its specification, so a key is the same on every machine
//! and in every version, which `--reproducible` relies on.

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

/// Returns the 64-bit XXH3 of some bytes.
pub fn key(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// Returns one key of a key and a further hash, in their order.
pub fn join(key: u64, hash: u64) -> u64 {
    let both = u128::from(key) << 64 | u128::from(hash);
    xxh3_64(&both.to_le_bytes())
}

/// Fields that together are shorter than this are hashed at once, which is twice as fast as in steps.
const SHORT: usize = 448;

/// A 64-bit key over several fields, each ended so that `("ab", "c")` differs from `("a", "bc")`.
pub struct KeyHasher {
    short: [u8; SHORT],
    len: usize,
    /// Everything, as soon as it is no longer short.
    long: Option<Box<Xxh3Default>>,
}

impl KeyHasher {
    /// Starts a key of one purpose; keys of different purposes never meet.
    pub fn new(purpose: u8) -> Self {
        let mut short = [0; SHORT];
        short[0] = purpose;
        KeyHasher { short, len: 1, long: None }
    }

    /// Adds one field.
    pub fn field(&mut self, bytes: &[u8]) -> &mut Self {
        let end = self.len + bytes.len();
        if self.long.is_none() && end < SHORT {
            self.short[self.len..end].copy_from_slice(bytes);
            self.short[end] = 0xff;
            self.len = end + 1;
            return self;
        }
        let long = self.long.get_or_insert_with(|| {
            let mut long = Box::new(Xxh3Default::new());
            long.update(&self.short[..self.len]);
            long
        });
        long.update(bytes);
        long.update(&[0xff]);
        self
    }

    /// Returns the key.
    pub fn finish(&self) -> u64 {
        self.long.as_ref().map_or_else(|| xxh3_64(&self.short[..self.len]), |long| long.digest())
    }
}

/// Returns the key that [`KeyHasher`] makes of one or two numbers, without its room for longer fields.
pub fn key_of<const N: usize>(purpose: u8, numbers: [u64; N]) -> u64 {
    const { assert!(N <= 2, "there is room for two") };
    let mut all = [0xff; 1 + 2 * 9];
    all[0] = purpose;
    let mut end = 1;
    for number in numbers {
        all[end..end + 8].copy_from_slice(&number.to_le_bytes());
        end += 9;
    }
    xxh3_64(&all[..end])
}

/// Returns the SHA-256 of some bytes in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Returns the SHA-256 of some bytes in base64, as a Content Security Policy names it.
pub fn sha256_base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let hash = Sha256::digest(bytes);
    let mut text = String::with_capacity(44);
    for part in hash.chunks(3) {
        let bits = part.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte))
            << (8 * (3 - part.len()));
        for at in 0..4 {
            let digit = char::from(DIGITS[bits >> (18 - 6 * at) & 63]);
            text.push(if at <= part.len() { digit } else { '=' });
        }
    }
    text
}

/// Returns bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    push_hex(bytes, &mut text);
    text
}

/// Appends bytes in lower-case hexadecimal.
pub fn push_hex(bytes: &[u8], text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(DIGITS[usize::from(digit)]));
        }
    }
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
    fn a_key_is_the_same_at_once_and_in_steps() {
        for len in [0, 1, 200, SHORT - 4, SHORT - 3, SHORT - 2, SHORT - 1, SHORT, 2000] {
            let text = vec![b'x'; len];
            let whole: Vec<u8> = [b"p", &text[..], b"\xff", b"y\xff"].concat();
            assert_eq!(
                KeyHasher::new(b'p').field(&text).field(b"y").finish(),
                key(&whole),
                "{len}"
            );
        }
    }

    #[test]
    fn numbers_are_fields() {
        let (first, second) = (7_u64, u64::MAX);
        let fields = |numbers: &[u64]| {
            let mut key = KeyHasher::new(b'e');
            for number in numbers {
                key.field(&number.to_le_bytes());
            }
            key.finish()
        };
        assert_eq!(key_of(b'e', [first, second]), fields(&[first, second]));
        assert_eq!(key_of(b'e', [second]), fields(&[second]));
    }

    #[test]
    fn ids_are_the_same_on_every_machine() {
        assert_eq!(key(b""), 0x2d06_8005_38d3_94c2);
        assert_eq!(content_id('f', &["rule", "x"]), content_id('f', &["rule", "x"]));
        assert_eq!(sha256_hex(b"abc")[..8], *"ba7816bf");
        assert_eq!(sha256_base64(b""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
