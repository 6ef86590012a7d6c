//! What lies around a text: how deep archives and streams may lie in each other, and how the first
//! bytes of a stream tell what it is.
//!
//! Evidence is read, and records are found again in it, by the same means.

use std::io::{self, Cursor, Read};

use super::open::{Codec, Expand, Outermost};
use super::sniff::HEAD_BYTES;

/// Archives and compressed streams may lie so many levels deep.
const NESTED: u8 = 2;
/// An archive inside an archive is unpacked into memory up to this size.
pub const INNER_ARCHIVE: u64 = 512 << 20;

/// What lies around a stream.
#[derive(Clone, Default)]
pub struct Around {
    /// At most this many archives and compressed streams.
    depth: u8,
    /// The outermost compressed bytes.
    outermost: Option<Outermost>,
}

impl Around {
    /// Whether nothing that is packed is opened here any more.
    pub fn is_too_deep(&self) -> bool {
        self.depth >= NESTED
    }

    /// Holds what is expanded here to the outermost bytes; returns it with what lies around the stream in it.
    pub fn within<C: Codec>(&self, expand: Expand<C>) -> (Expand<C>, Around) {
        let expand = expand.within(self.outermost.as_ref());
        let outermost = Some(expand.outermost().clone());
        (expand, Around { depth: self.depth + 1, outermost })
    }
}

/// Returns the first bytes of a stream, and the stream from its first byte on.
///
/// What comes before a damage is read, however near the beginning it lies; the damage is met behind it.
pub fn peek<R: Read>(mut reader: R) -> (Vec<u8>, impl Read + use<R>) {
    let mut head = Vec::new();
    let failed = (&mut reader).take(HEAD_BYTES as u64).read_to_end(&mut head).err();
    let stream = Cursor::new(head.clone()).chain(Failing(failed)).chain(reader);
    (head, stream)
}

/// A reader that fails once, where a stream before it failed.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_before_a_damage_is_read() {
        let damaged = b"text".chain(Failing(Some(io::Error::other("damaged")))).chain(&b""[..]);
        let (head, mut stream) = peek(damaged);
        let mut all = Vec::new();
        let error = stream.read_to_end(&mut all).unwrap_err();
        assert_eq!(
            (head, all, error.to_string()),
            (b"text".to_vec(), b"text".to_vec(), "damaged".into())
        );
    }
}
