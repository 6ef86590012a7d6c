//! The content of one archive member, checked against the directory at its end.

use flate2::Crc;
use zip::CompressionMethod;

use crate::input::open::feed::Feed;
use crate::input::open::gzip::Inflate;
use crate::input::open::{Codec, ExpandError, Pulled, Unzstd};

/// Returns whether members packed in this way can be read.
pub(super) fn is_supported(method: CompressionMethod) -> bool {
    [CompressionMethod::STORE, CompressionMethod::DEFLATE, CompressionMethod::ZSTD]
        .contains(&method)
}

enum Packing<'a> {
    Stored(Feed<&'a [u8]>),
    Deflated(Feed<&'a [u8]>, Box<Inflate>),
    Zstandard(Unzstd<&'a [u8]>),
}

impl<'a> Packing<'a> {
    fn new(packed: &'a [u8], method: CompressionMethod) -> Result<Self, ExpandError> {
        Ok(match method {
            CompressionMethod::STORE => Packing::Stored(Feed::new(packed)),
            CompressionMethod::DEFLATE => {
                Packing::Deflated(Feed::new(packed), Box::new(Inflate::new()))
            }
            CompressionMethod::ZSTD => Packing::Zstandard(Unzstd::new(packed)),
            other => return Err(ExpandError::Unsupported(format!("method {other}"))),
        })
    }

    fn pull(&mut self, out: &mut [u8]) -> Pulled {
        match self {
            Packing::Stored(feed) => copy(feed, out),
            Packing::Deflated(feed, inflate) => inflate.pull(feed, out),
            Packing::Zstandard(unzstd) => unzstd.pull(out),
        }
    }

    fn consumed(&self) -> u64 {
        match self {
            Packing::Stored(feed) | Packing::Deflated(feed, _) => feed.taken(),
            Packing::Zstandard(unzstd) => unzstd.consumed(),
        }
    }
}

fn copy(feed: &mut Feed<&[u8]>, out: &mut [u8]) -> Pulled {
    let written = match feed.peek(1) {
        Ok(bytes) => {
            let count = bytes.len().min(out.len());
            out[..count].copy_from_slice(&bytes[..count]);
            count
        }
        Err(error) => return Pulled::failed(error),
    };
    feed.take(written);
    Pulled { written, error: None }
}

/// The decoder of one member, which checks the checksum and the length at the end.
pub struct Unpack<'a> {
    packing: Packing<'a>,
    crc: Crc,
    length: u64,
    wanted: (u32, u64),
    ended: bool,
}

impl<'a> Unpack<'a> {
    /// Starts on the packed bytes of a member that should give `length` bytes with this checksum.
    pub(super) fn new(
        packed: &'a [u8],
        method: CompressionMethod,
        crc: u32,
        length: u64,
    ) -> Result<Self, ExpandError> {
        Ok(Unpack {
            packing: Packing::new(packed, method)?,
            crc: Crc::new(),
            length: 0,
            wanted: (crc, length),
            ended: false,
        })
    }

    fn verdict(&self) -> Option<ExpandError> {
        let stored = matches!(self.packing, Packing::Stored(_));
        if stored && self.length < self.wanted.1 {
            Some(ExpandError::Truncated)
        } else if self.length != self.wanted.1 {
            Some(ExpandError::Corrupt("its length is not the one in the directory".to_owned()))
        } else if self.crc.sum() != self.wanted.0 {
            Some(ExpandError::Corrupt("its checksum does not fit its content".to_owned()))
        } else {
            None
        }
    }
}

impl Codec for Unpack<'_> {
    fn pull(&mut self, out: &mut [u8]) -> Pulled {
        if self.ended {
            return Pulled::default();
        }
        let pulled = self.packing.pull(out);
        self.crc.update(&out[..pulled.written]);
        self.length += pulled.written as u64;
        if pulled.written == 0 && pulled.error.is_none() {
            self.ended = true;
            return Pulled { written: 0, error: self.verdict() };
        }
        pulled
    }

    fn consumed(&self) -> u64 {
        self.packing.consumed()
    }

    fn trailing(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of(packed: &[u8], method: CompressionMethod, length: u64) -> Option<ExpandError> {
        let mut crc = Crc::new();
        crc.update(b"one");
        let mut unpack = Unpack::new(packed, method, crc.sum(), length).ok()?;
        let mut out = [0; 9];
        let data = unpack.pull(&mut out);
        assert_eq!((data.written, data.error), (3, None));
        let end = unpack.pull(&mut out);
        assert_eq!(end.written, 0);
        end.error
    }

    #[test]
    fn the_end_is_checked() {
        let stored = CompressionMethod::STORE;
        assert_eq!(end_of(b"one", stored, 3), None);
        assert_eq!(end_of(b"one", stored, 4), Some(ExpandError::Truncated));
        assert!(matches!(end_of(b"one", stored, 2), Some(ExpandError::Corrupt(_))));
        assert!(matches!(end_of(b"two", stored, 3), Some(ExpandError::Corrupt(_))));
    }
}
