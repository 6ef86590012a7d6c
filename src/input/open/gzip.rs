//! Gzip: one or more members (RFC 1952), and the raw deflate stream that zip shares.
//!
//! The inflater is driven here rather than through a ready-made reader so that
//! every byte before a damage is delivered, and so that bytes after the last
//! member are told apart from a broken member. Behind a damage the next member
//! is looked for: what is broken costs one member, and is told at the end.

use std::io::Read;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::input::open::feed::Feed;
use crate::input::open::{Codec, ExpandError, Pulled};

const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
const HEADER: usize = 10;
const HEADER_CRC: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const RESERVED: u8 = 0xe0;

/// A raw deflate stream.
pub(super) struct Inflate {
    raw: Decompress,
    done: bool,
}

impl Inflate {
    pub(super) fn new() -> Self {
        Inflate { raw: Decompress::new(false), done: false }
    }

    /// Returns whether the stream came to its own end.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// Expands into `out`, which is not empty; nothing and no error means that the stream is done.
    pub(super) fn pull<R: Read>(&mut self, feed: &mut Feed<R>, out: &mut [u8]) -> Pulled {
        while !self.done {
            let input = match feed.peek(1) {
                Ok(input) => input,
                Err(error) => return Pulled::failed(error),
            };
            let at_end = input.is_empty();
            let (read_before, written_before) = (self.raw.total_in(), self.raw.total_out());
            let result = self.raw.decompress(input, out, FlushDecompress::None);
            let read = difference(self.raw.total_in(), read_before);
            let written = difference(self.raw.total_out(), written_before);
            feed.take(read);
            match result {
                Err(error) => return Pulled { written, error: Some(corrupt(&error.to_string())) },
                Ok(Status::StreamEnd) => self.done = true,
                Ok(_) if written == 0 && at_end => return Pulled::failed(ExpandError::Truncated),
                Ok(_) if written == 0 && read == 0 => return Pulled::failed(corrupt("it stalls")),
                Ok(_) => {}
            }
            if written > 0 {
                return Pulled { written, error: None };
            }
        }
        Pulled::default()
    }
}

/// Returns how far a counter went; one call never moves it by more than a buffer's length.
fn difference(now: u64, before: u64) -> usize {
    usize::try_from(now.saturating_sub(before)).unwrap_or(usize::MAX)
}

fn corrupt(what: &str) -> ExpandError {
    ExpandError::Corrupt(what.to_owned())
}

enum Stage {
    Header,
    Body,
    Trailer,
    End,
}

/// A gzip stream of one or more members; zero bytes between and after members are passed over.
pub struct Gunzip<R> {
    feed: Feed<R>,
    stage: Stage,
    inflate: Inflate,
    crc: Crc,
    /// Where the member began.
    begun: u64,
    /// The first damage, behind which members were found.
    damage: Option<ExpandError>,
    trailing: u64,
}

impl<R: Read> Gunzip<R> {
    pub(super) fn new(inner: R) -> Self {
        Gunzip {
            feed: Feed::new(inner),
            stage: Stage::Header,
            inflate: Inflate::new(),
            crc: Crc::new(),
            begun: 0,
            damage: None,
            trailing: 0,
        }
    }

    fn header(&mut self) -> Result<(), ExpandError> {
        self.begun = self.feed.taken();
        let head = self.feed.array::<HEADER>()?;
        if head[..3] != MAGIC {
            return Err(corrupt("it has no gzip header"));
        }
        let flags = head[3];
        if flags & RESERVED != 0 {
            return Err(corrupt("its gzip header has unknown flags"));
        }
        if flags & EXTRA != 0 {
            let length = self.feed.array::<2>()?;
            self.skip(usize::from(u16::from_le_bytes(length)))?;
        }
        for field in [NAME, COMMENT] {
            if flags & field != 0 {
                self.skip_text()?;
            }
        }
        if flags & HEADER_CRC != 0 {
            self.skip(2)?;
        }
        self.inflate = Inflate::new();
        self.crc.reset();
        self.stage = Stage::Body;
        Ok(())
    }

    fn skip(&mut self, count: usize) -> Result<(), ExpandError> {
        for _ in 0..count {
            self.feed.array::<1>()?;
        }
        Ok(())
    }

    fn skip_text(&mut self) -> Result<(), ExpandError> {
        while self.feed.array::<1>()? != [0] {}
        Ok(())
    }

    fn body(&mut self, out: &mut [u8]) -> Pulled {
        let pulled = self.inflate.pull(&mut self.feed, out);
        self.crc.update(&out[..pulled.written]);
        if self.inflate.is_done() {
            self.stage = Stage::Trailer;
        }
        pulled
    }

    fn trailer(&mut self) -> Result<(), ExpandError> {
        let [a, b, c, d, length @ ..] = self.feed.array::<8>()?;
        let whole = u32::from_le_bytes([a, b, c, d]) == self.crc.sum()
            && u32::from_le_bytes(length) == self.crc.amount();
        if !whole {
            return Err(corrupt("its checksum does not fit its content"));
        }
        self.feed.skip_zeros()?;
        self.stage = if self.feed.peek(MAGIC.len())?.starts_with(&MAGIC) {
            Stage::Header
        } else {
            let end = self.feed.taken();
            if self.feed.seek(HEADER, is_header)? {
                self.damage
                    .get_or_insert_with(|| behind("something else stands between its parts"));
                Stage::Header
            } else {
                self.trailing = self.feed.taken() - end;
                Stage::End
            }
        };
        Ok(())
    }

    /// Goes to the next member behind a damage; gives the damage back where there is none.
    fn recover(&mut self, error: ExpandError) -> Option<ExpandError> {
        let what = match &error {
            ExpandError::Corrupt(what) => what,
            ExpandError::Truncated => "a member ends early",
            _ => "",
        };
        if !what.is_empty() {
            // The damaged data may have led the inflater into the next member.
            self.feed.rewind(self.begun + 1);
            if self.feed.seek(HEADER, is_header) == Ok(true) {
                self.damage.get_or_insert_with(|| behind(what));
                self.stage = Stage::Header;
                return None;
            }
        }
        self.stage = Stage::End;
        Some(self.damage.take().unwrap_or(error))
    }
}

/// What is said of a damage behind which reading goes on.
pub(super) fn behind(what: &str) -> ExpandError {
    corrupt(&format!("{what}; what is whole behind that was read"))
}

/// Whether bytes are such as begin a member: no flags that are not known, no method or system of no name.
fn is_header(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
        && bytes[3] & RESERVED == 0
        && matches!(bytes[8], 0 | 2 | 4)
        && matches!(bytes[9], 0..=13 | 255)
}

impl<R: Read> Codec for Gunzip<R> {
    fn pull(&mut self, out: &mut [u8]) -> Pulled {
        loop {
            let step = match self.stage {
                Stage::Header => self.header(),
                Stage::Trailer => self.trailer(),
                Stage::End => {
                    return self.damage.take().map_or_else(Pulled::default, Pulled::failed);
                }
                Stage::Body => {
                    let Pulled { written, error } = self.body(out);
                    if written > 0 {
                        let error = error.and_then(|error| self.recover(error));
                        return Pulled { written, error };
                    }
                    error.map_or(Ok(()), Err)
                }
            };
            if let Err(error) = step
                && let Some(error) = self.recover(error)
            {
                return Pulled::failed(error);
            }
        }
    }

    fn consumed(&self) -> u64 {
        self.feed.taken()
    }

    fn trailing(&self) -> u64 {
        self.trailing
    }
}
