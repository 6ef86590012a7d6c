//! The limits of expanding, and the reader that holds a decoder to them.
//!
//! Every byte before a damage or a limit is delivered; after that the same
//! error is given however often it is asked for.

use std::io;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use thiserror::Error;

/// Output that may be expanded before the ratio counts, so that tiny files of blanks still open.
const FREE_BYTES: u64 = 64 << 20;
/// The most that is expanded between two looks at the limits.
const STEP: usize = 1 << 20;

/// How far compressed data may expand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Output bytes allowed for each compressed byte, once the output is longer than 64 MiB; of what is
    /// compressed more than once the outermost bytes count.
    pub expand_ratio: u64,
    /// Output bytes allowed for one file or member.
    pub expand_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { expand_ratio: 250, expand_bytes: 64 << 30 }
    }
}

/// Why compressed data could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExpandError {
    /// The output grew by more than the permitted ratio.
    #[error("it expands more than {limit} to 1 ({consumed} bytes gave {produced})")]
    Ratio {
        /// Compressed bytes read.
        consumed: u64,
        /// Bytes they gave.
        produced: u64,
        /// Permitted ratio to one.
        limit: u64,
    },
    /// The output is longer than permitted.
    #[error("it expands to more than {limit} bytes")]
    Bytes {
        /// Permitted length in bytes.
        limit: u64,
    },
    /// The compressed data is damaged.
    #[error("the compressed data is damaged: {0}")]
    Corrupt(String),
    /// The compressed data ends early.
    #[error("the compressed data ends early")]
    Truncated,
    /// The data is encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// The data is packed in a way that is not read.
    #[error("it is packed in a way that is not read: {0}")]
    Unsupported(String),
    /// The compressed bytes themselves could not be read.
    #[error("it cannot be read: {0}")]
    Io(String),
}

impl From<io::Error> for ExpandError {
    /// Gives back the error that an outer decoder put in, and the text of any other.
    fn from(error: io::Error) -> Self {
        expand_error(&error).cloned().unwrap_or_else(|| ExpandError::Io(error.to_string()))
    }
}

impl From<ExpandError> for io::Error {
    fn from(error: ExpandError) -> Self {
        let kind = match error {
            ExpandError::Truncated => io::ErrorKind::UnexpectedEof,
            ExpandError::Io(_) => io::ErrorKind::Other,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}

/// Returns why a decoder of this module stopped, if the error is one of its own.
pub fn expand_error(error: &io::Error) -> Option<&ExpandError> {
    error.get_ref()?.downcast_ref()
}

/// What one call of a decoder gave: nothing and no error is the end.
#[derive(Debug, Default)]
pub struct Pulled {
    /// Bytes put into the buffer.
    pub(super) written: usize,
    /// Why there will be no more.
    pub(super) error: Option<ExpandError>,
}

impl Pulled {
    pub(super) fn failed(error: ExpandError) -> Self {
        Pulled { written: 0, error: Some(error) }
    }
}

/// A decoder that knows how many compressed bytes it used.
pub trait Codec {
    /// Expands into a buffer that is not empty.
    fn pull(&mut self, out: &mut [u8]) -> Pulled;
    /// Returns how many compressed bytes were used so far.
    fn consumed(&self) -> u64;
    /// Returns how many bytes follow the end of the compressed data; 0 until that was reached.
    fn trailing(&self) -> u64;
}

/// What the outermost compressed bytes gave at whatever depth; clones share the account.
#[derive(Clone, Debug, Default)]
pub struct Outermost(Arc<Account>);

#[derive(Debug, Default)]
struct Account {
    /// Outermost compressed bytes used so far.
    consumed: AtomicU64,
    /// Bytes expanded so far from what they gave.
    produced: AtomicU64,
}

/// A reader of expanded bytes that stops with an [`ExpandError`] at a damage or a limit.
pub struct Expand<C> {
    codec: C,
    limits: Limits,
    produced: u64,
    outermost: Outermost,
    /// Whether the compressed bytes were expanded from others.
    is_inner: bool,
    failed: Option<ExpandError>,
}

impl<C: Codec> Expand<C> {
    pub(super) fn new(codec: C, limits: &Limits) -> Self {
        let (limits, outermost) = (*limits, Outermost::default());
        Expand { codec, limits, produced: 0, outermost, is_inner: false, failed: None }
    }

    /// Says from which outermost bytes the compressed ones come, if from any: the limits hold for these too.
    #[must_use]
    pub fn within(mut self, outermost: Option<&Outermost>) -> Self {
        if let Some(outermost) = outermost {
            (self.outermost, self.is_inner) = (outermost.clone(), true);
        }
        self
    }

    /// Returns the outermost compressed bytes, for what is compressed in these.
    pub fn outermost(&self) -> &Outermost {
        &self.outermost
    }

    /// Returns how many compressed bytes were used so far.
    pub fn consumed(&self) -> u64 {
        self.codec.consumed()
    }

    /// Returns how many bytes were expanded so far.
    pub fn produced(&self) -> u64 {
        self.produced
    }

    /// Returns how many bytes, zero padding aside, follow the end of the compressed data.
    ///
    /// The answer is known once the reader has come to its end.
    pub fn trailing_garbage(&self) -> u64 {
        self.codec.trailing()
    }

    /// Expands up to `room` bytes; past the limit one byte is tried, to tell an end from more.
    fn pull(&mut self, out: &mut [u8]) -> usize {
        // Another member of the same archive may have used up what the outermost bytes may give.
        if self.is_inner {
            self.failed = self.ratio_error();
            if self.failed.is_some() {
                return 0;
            }
        }
        let room = self.limits.expand_bytes.saturating_sub(self.produced);
        let mut spare = [0];
        let past_limit = room == 0;
        let most = out.len().min(STEP).min(usize::try_from(room).unwrap_or(usize::MAX));
        let Pulled { written, error } =
            self.codec.pull(if past_limit { &mut spare } else { &mut out[..most] });
        self.failed = error;
        if past_limit {
            if written > 0 {
                self.failed = Some(ExpandError::Bytes { limit: self.limits.expand_bytes });
            }
            return 0;
        }
        self.produced += written as u64;
        let account = &self.outermost.0;
        if self.is_inner {
            account.produced.fetch_add(written as u64, Ordering::Relaxed);
        } else {
            account.consumed.store(self.codec.consumed(), Ordering::Relaxed);
        }
        self.failed = self.failed.take().or_else(|| self.ratio_error());
        written
    }

    fn ratio_error(&self) -> Option<ExpandError> {
        let account = &self.outermost.0;
        let all = [&account.consumed, &account.produced].map(|n| n.load(Ordering::Relaxed));
        let own = [self.codec.consumed(), self.produced];
        let limit = self.limits.expand_ratio;
        [own, all].into_iter().find_map(|[consumed, produced]| {
            let exceeded = produced > FREE_BYTES && produced > consumed.saturating_mul(limit);
            exceeded.then_some(ExpandError::Ratio { consumed, produced, limit })
        })
    }
}

impl<C: Codec> Read for Expand<C> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if self.failed.is_none() {
            let written = self.pull(out);
            if written > 0 {
                return Ok(written);
            }
        }
        self.failed.clone().map_or(Ok(0), |error| Err(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives zeros without end, one compressed byte for every `ratio` of them, then fails.
    struct Zeros {
        left: u64,
        given: u64,
        ratio: u64,
        at_end: Option<ExpandError>,
    }

    impl Codec for Zeros {
        fn pull(&mut self, out: &mut [u8]) -> Pulled {
            let written = out.len().min(usize::try_from(self.left).unwrap());
            self.left -= written as u64;
            self.given += written as u64;
            let error = if self.left == 0 { self.at_end.clone() } else { None };
            Pulled { written, error }
        }

        fn consumed(&self) -> u64 {
            self.given.div_ceil(self.ratio)
        }

        fn trailing(&self) -> u64 {
            0
        }
    }

    fn read(
        left: u64,
        ratio: u64,
        at_end: Option<ExpandError>,
        limits: Limits,
    ) -> (u64, Option<ExpandError>) {
        let mut reader = Expand::new(Zeros { left, given: 0, ratio, at_end }, &limits);
        let mut sink = vec![0; 3 << 20];
        loop {
            match reader.read(&mut sink) {
                Ok(0) => return (reader.produced(), None),
                Ok(_) => {}
                Err(error) => {
                    assert!(reader.read(&mut sink).is_err(), "the error does not stay");
                    return (reader.produced(), expand_error(&error).cloned());
                }
            }
        }
    }

    #[test]
    fn the_ratio_counts_only_past_the_free_bytes() {
        let limits = Limits::default();
        assert_eq!(read(FREE_BYTES, 1000, None, limits), (FREE_BYTES, None));
        assert_eq!(read(3 * FREE_BYTES, 250, None, limits), (3 * FREE_BYTES, None));
        let (produced, error) = read(3 * FREE_BYTES, 251, None, limits);
        assert!(matches!(error, Some(ExpandError::Ratio { limit: 250, .. })), "{error:?}");
        assert!(produced <= FREE_BYTES + STEP as u64);
    }

    #[test]
    fn the_byte_limit_is_exact() {
        let limits = Limits { expand_bytes: 10, ..Limits::default() };
        assert_eq!(read(10, 1, None, limits), (10, None));
        assert_eq!(read(11, 1, None, limits), (10, Some(ExpandError::Bytes { limit: 10 })));
        let nothing = Limits { expand_bytes: 0, ..limits };
        assert_eq!(read(1, 1, None, nothing), (0, Some(ExpandError::Bytes { limit: 0 })));
    }

    #[test]
    fn bytes_that_come_with_an_error_are_delivered_before_it() {
        let (produced, error) = read(9, 1, Some(ExpandError::Truncated), Limits::default());
        assert_eq!((produced, error), (9, Some(ExpandError::Truncated)));
    }

    #[test]
    fn an_empty_buffer_takes_nothing() {
        let codec = Zeros { left: 5, given: 0, ratio: 1, at_end: None };
        let mut reader = Expand::new(codec, &Limits::default());
        assert_eq!(reader.read(&mut []).unwrap(), 0);
        assert_eq!(reader.read(&mut [0; 9]).unwrap(), 5);
    }
}
