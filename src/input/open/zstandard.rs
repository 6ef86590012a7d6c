//! Zstandard: one or more frames, with the window held to 128 MiB.
//!
//! The decoder does not tell what a call had written before it met a damage. So
//! a call gets either the rest of a block or what lies between two blocks, and
//! nothing at all while expanded bytes still wait for room. Behind a damage the
//! next frame is looked for, and the damage is told at the end.

use std::io;
use std::io::Read;

use zstd::stream::raw::{Decoder, Operation};
use zstd::zstd_safe::DParameter;

use crate::input::open::feed::Feed;
use crate::input::open::gzip::behind;
use crate::input::open::{Codec, ExpandError, Pulled};

/// 2 to the 27th is 128 MiB, which every encoder level stays within unless told otherwise.
const WINDOW_LOG: u32 = 27;
/// What the decoder needs to know how long a frame's header is.
const FRAME_START: usize = 5;
/// Comes before each block; the decoder asks for it together with the block before.
const BLOCK_HEADER: usize = 3;
/// Damages in a row, with nothing expanded between them, behind which a next frame is looked for.
const TRIES: u32 = 1000;
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A zstandard stream of one or more frames, skippable ones among them.
pub struct Unzstd<R> {
    feed: Feed<R>,
    decoder: Option<Decoder<'static>>,
    wanted: usize,
    full: bool,
    between: bool,
    ended: bool,
    /// Where the frame began.
    begun: u64,
    /// Damages since anything was expanded.
    tries: u32,
    /// The first damage, behind which frames were found.
    damage: Option<ExpandError>,
    trailing: u64,
}

impl<R: Read> Unzstd<R> {
    pub(super) fn new(inner: R) -> Self {
        let feed = Feed::new(inner);
        Unzstd {
            feed,
            decoder: None,
            wanted: FRAME_START,
            full: false,
            between: false,
            ended: false,
            begun: 0,
            tries: 0,
            damage: None,
            trailing: 0,
        }
    }

    fn step(&mut self, out: &mut [u8]) -> Result<usize, ExpandError> {
        if self.between {
            self.next_frame()?;
            return Ok(0);
        }
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            none => none.insert(decoder()?),
        };
        let input = self.feed.peek(1)?;
        let at_end = input.is_empty();
        let length = match self.wanted {
            _ if self.full => 0,
            few @ 0..=BLOCK_HEADER => few.max(1),
            many => many - BLOCK_HEADER,
        };
        let piece = &input[..input.len().min(length)];
        let status = decoder.run_on_buffers(piece, out).map_err(|error| damage(&error))?;
        self.feed.take(status.bytes_read);
        self.wanted = status.remaining;
        self.full = status.bytes_written == out.len();
        self.between = status.remaining == 0;
        if at_end && status.bytes_written == 0 && !self.between {
            return Err(ExpandError::Truncated);
        }
        Ok(status.bytes_written)
    }

    fn next_frame(&mut self) -> Result<(), ExpandError> {
        self.feed.skip_zeros()?;
        self.between = false;
        if is_frame(self.feed.peek(MAGIC.len())?) {
            self.begin();
            self.decoder.as_mut().map_or(Ok(()), Operation::reinit)?;
            return Ok(());
        }
        let end = self.feed.taken();
        if self.feed.seek(MAGIC.len(), is_frame)? {
            let what = "something else stands between its parts".to_owned();
            return Err(ExpandError::Corrupt(what));
        }
        self.trailing = self.feed.taken() - end;
        self.ended = true;
        Ok(())
    }

    /// Begins the frame that comes next.
    fn begin(&mut self) {
        (self.wanted, self.full, self.between) = (FRAME_START, false, false);
        self.begun = self.feed.taken();
    }

    /// Goes to the next frame behind a damage; gives the damage back where there is none.
    fn recover(&mut self, error: ExpandError) -> Option<ExpandError> {
        let what = match &error {
            ExpandError::Corrupt(what) => what,
            ExpandError::Truncated => "a frame ends early",
            _ => "",
        };
        self.tries += 1;
        if !what.is_empty() && self.tries <= TRIES {
            if self.feed.taken() == self.begun {
                self.feed.take(1);
            }
            self.feed.rewind(self.begun + 1);
            if self.feed.seek(MAGIC.len(), |bytes| bytes == MAGIC) == Ok(true) {
                self.damage.get_or_insert_with(|| behind(what));
                self.decoder = None;
                self.begin();
                return None;
            }
        }
        self.ended = true;
        Some(self.damage.take().unwrap_or(error))
    }
}

/// Returns whether bytes begin a frame of data or a skippable one.
fn is_frame(head: &[u8]) -> bool {
    head.starts_with(&MAGIC) || matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

fn decoder() -> io::Result<Decoder<'static>> {
    let mut decoder = Decoder::new()?;
    decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG))?;
    Ok(decoder)
}

fn damage(error: &io::Error) -> ExpandError {
    let text = error.to_string();
    if text.contains("too much memory") || text.contains("Dictionary") {
        ExpandError::Unsupported(text)
    } else {
        ExpandError::Corrupt(text)
    }
}

impl<R: Read> Codec for Unzstd<R> {
    fn pull(&mut self, out: &mut [u8]) -> Pulled {
        while !self.ended {
            match self.step(out) {
                Ok(0) => {}
                Ok(written) => {
                    self.tries = 0;
                    return Pulled { written, error: None };
                }
                Err(error) => {
                    if let Some(error) = self.recover(error) {
                        return Pulled::failed(error);
                    }
                }
            }
        }
        self.damage.take().map_or_else(Pulled::default, Pulled::failed)
    }

    fn consumed(&self) -> u64 {
        self.feed.taken()
    }

    fn trailing(&self) -> u64 {
        self.trailing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is expanded, and whether it ends with an error.
    fn expanded(bytes: &[u8]) -> (Vec<u8>, bool) {
        let mut reader = Unzstd::new(bytes);
        let (mut all, mut out) = (Vec::new(), [0; 64]);
        loop {
            let Pulled { written, error } = reader.pull(&mut out);
            all.extend_from_slice(&out[..written]);
            if written == 0 || error.is_some() {
                return (all, error.is_some());
            }
        }
    }

    #[test]
    fn a_frame_behind_some_damages_is_read_and_one_behind_a_flood_of_them_is_not() {
        let whole = zstd::encode_all(&b"data"[..], 1).unwrap();
        let behind = |damages: usize| expanded(&[MAGIC.repeat(damages), whole.clone()].concat());
        assert_eq!(behind(0), (b"data".to_vec(), false));
        assert_eq!(behind(10), (b"data".to_vec(), true));
        assert_eq!(behind(2 * TRIES as usize), (Vec::new(), true));
    }
}
