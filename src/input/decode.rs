//! From bytes to UTF-8 text: streaming UTF-16 and UTF-32, and UTF-8 that may be broken.
//!
//! Nothing is dropped silently: whatever is no text becomes U+FFFD and is counted.

mod halved;

use std::io;
use std::io::Read;

use encoding_rs::{CoderResult, Decoder, DecoderResult, UTF_16BE, UTF_16LE};
use halved::{Halved, halve};

const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
const CHUNK: usize = 32 << 10;
/// At least this many units with their halves the wrong way round are no text.
const SWAPPED: usize = 16;
/// At least this many units whose halves are both Latin letters are letters of one byte each.
const NARROW: usize = 32;
/// At least this many letters of two bytes each are UTF-16 again.
const WIDE: usize = 8;
/// At most this many bytes behind a place tell what begins there.
const AHEAD: usize = NARROW * 8;

/// The order of the two bytes of a UTF-16 unit, or of the four of UTF-32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The low byte first, as Windows writes it.
    Little,
    /// The high byte first.
    Big,
    /// Four bytes, the lowest first.
    Little32,
    /// Four bytes, the highest first.
    Big32,
}

impl ByteOrder {
    /// The order of UTF-16 in which UTF-32 is halved; `None` of what is UTF-16.
    fn halved(self) -> Option<ByteOrder> {
        match self {
            ByteOrder::Little32 => Some(ByteOrder::Little),
            ByteOrder::Big32 => Some(ByteOrder::Big),
            ByteOrder::Little | ByteOrder::Big => None,
        }
    }
}

/// A reader that gives UTF-8 for a stream of UTF-16, or of UTF-32; a byte order mark at its start is dropped.
///
/// Lone surrogates and an odd last byte become U+FFFD. Where a byte is missing, so that the halves of all
/// units behind it are taken for others, one more is left out. Where UTF-8 was appended, it is given as it
/// is. An error of the inner reader comes after all text that could be decoded before it.
pub struct Utf16Reader<R> {
    inner: Halved<R>,
    decoder: Decoder,
    order: ByteOrder,
    /// Whether half a unit was given to the decoder.
    half: bool,
    /// Whether UTF-8 is being passed on.
    narrow: bool,
    slips: u64,
    failed: Option<io::Error>,
    raw: Box<[u8]>,
    /// Bytes at the front of `raw` that were read and not yet decoded.
    kept: usize,
    text: Vec<u8>,
    given: usize,
    ready: usize,
    replaced: u64,
    ended: bool,
}

/// What stands in the way of decoding on.
enum Turn {
    /// Units whose halves stand the wrong way round.
    Slip(usize),
    /// UTF-8.
    Narrow(usize),
}

impl<R: Read> Utf16Reader<R> {
    /// Starts to decode a stream that is at its first byte.
    pub fn new(inner: R, order: ByteOrder) -> Self {
        let halved = order.halved();
        let (inner, order) = (Halved::new(inner, halved), halved.unwrap_or(order));
        Utf16Reader {
            inner,
            decoder: decoder(order),
            order,
            half: false,
            narrow: false,
            slips: 0,
            failed: None,
            raw: vec![0; CHUNK].into_boxed_slice(),
            kept: 0,
            text: vec![0; CHUNK * 2],
            given: 0,
            ready: 0,
            replaced: 0,
            ended: false,
        }
    }

    /// Returns how many U+FFFD were put in for something broken so far.
    pub fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Returns how many times a byte was missing.
    pub fn slips(&self) -> u64 {
        self.slips
    }

    /// Returns the inner reader.
    pub fn inner(&self) -> &R {
        self.inner.inner()
    }

    fn refill(&mut self) -> io::Result<()> {
        if self.kept == 0
            && let Some(error) = self.failed.take()
        {
            return Err(error);
        }
        // Whole chunks, so that a turn is found at the same place however the bytes come.
        let mut count = self.kept;
        while count < CHUNK && self.failed.is_none() {
            match read_some(&mut self.inner, &mut self.raw[count..]) {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if count == 0 => return Err(error),
                Err(error) => self.failed = Some(error),
            }
        }
        self.ended = count < CHUNK && self.failed.is_none();
        (self.given, self.ready) = (0, 0);
        // A run that tells something may go on behind the chunk.
        let until = if count < CHUNK { count } else { CHUNK - AHEAD };
        let mut from = 0;
        while from < until {
            from = if self.narrow {
                self.pass(from, until, count)
            } else {
                self.widen(from, until, count)
            };
        }
        if self.ended && !self.narrow {
            self.decode(from, from, true);
        }
        self.raw.copy_within(from..count, 0);
        self.kept = count - from;
        Ok(())
    }

    /// Decodes up to the next turn, or to `until`; returns where reading goes on.
    fn widen(&mut self, from: usize, until: usize, count: usize) -> usize {
        match self.turn(from, until, count) {
            Some(Turn::Slip(at)) => {
                self.decode(from, at, false);
                self.replace();
                self.slips += 1;
                at + 1
            }
            Some(Turn::Narrow(at)) => {
                self.decode(from, at, true);
                (self.half, self.narrow) = (false, true);
                at
            }
            None => {
                self.decode(from, until, false);
                until
            }
        }
    }

    /// Passes UTF-8 on up to where UTF-16 begins again, or to `until`; returns where reading goes on.
    fn pass(&mut self, from: usize, until: usize, count: usize) -> usize {
        let lead = usize::from(self.order == ByteOrder::Little);
        let zeros = memchr::memchr_iter(0, &self.raw[from..count.min(until + lead)]);
        let begins = |at: &usize| {
            let units = self.raw[*at..count].chunks_exact(2).take(WIDE);
            units.len() == WIDE && units.clone().all(|pair| self.is_latin(pair))
        };
        let units = zeros.filter_map(|i| (from + i).checked_sub(lead));
        let wide = units.filter(|at| (from..until).contains(at)).find(begins);
        let end = wide.unwrap_or(until);
        let passed = &self.raw[from..end];
        let mark: &[u8] = if lead == 1 { b"\xff\xfe" } else { b"\xfe\xff" };
        let passed = passed.strip_suffix(mark).filter(|_| wide.is_some()).unwrap_or(passed);
        let len = passed.len();
        if self.text.len() < self.ready + len {
            self.grow();
        }
        self.text[self.ready..self.ready + len].copy_from_slice(&self.raw[from..from + len]);
        self.ready += len;
        if wide.is_some() {
            self.narrow = false;
            self.decoder = decoder(self.order);
        }
        end
    }

    /// The next turn before `until`; `count` bytes are at hand to tell it.
    fn turn(&self, from: usize, until: usize, count: usize) -> Option<Turn> {
        let start = from + usize::from(self.half);
        let (mut swapped, mut narrow) = (0, 0);
        for (i, pair) in self.raw[start.min(count)..count].chunks_exact(2).enumerate() {
            let at = start + i * 2;
            // Letters that are not Latin may stand before a run of those that are.
            if at >= until && swapped == 0 && (pair[0] == 0 || pair[1] == 0) {
                break;
            }
            let (empty, letter) = self.halves(pair);
            let is_letter = is_latin(letter);
            swapped = if empty == 0 && is_letter { swapped + 1 } else { 0 };
            narrow = if is_latin(empty) && is_letter { narrow + 1 } else { 0 };
            if swapped == SWAPPED {
                let slip = at + 2 - SWAPPED * 2;
                return (slip < until).then_some(Turn::Slip(slip));
            }
            if narrow == NARROW {
                let run = at + 2 - NARROW * 2;
                let units = self.raw[start..run].rchunks_exact(2);
                let before = units.take_while(|pair| pair[0] != 0 && pair[1] != 0).count() * 2;
                let begins = run - before;
                return (begins < until).then_some(Turn::Narrow(begins));
            }
        }
        None
    }

    /// The half that is zero in Latin letters whose halves are swapped, and the other.
    fn halves(&self, pair: &[u8]) -> (u8, u8) {
        if self.order == ByteOrder::Little { (pair[0], pair[1]) } else { (pair[1], pair[0]) }
    }

    /// Whether a unit is a Latin letter.
    fn is_latin(&self, pair: &[u8]) -> bool {
        let (letter, empty) = self.halves(pair);
        empty == 0 && is_latin(letter)
    }

    fn decode(&mut self, mut from: usize, until: usize, last: bool) {
        self.half ^= (until - from) % 2 == 1;
        loop {
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
                &self.raw[from..until],
                &mut self.text[self.ready..],
                last,
            );
            from += read;
            self.ready += written;
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => self.grow(),
                DecoderResult::Malformed(..) => self.replace(),
            }
        }
    }

    fn grow(&mut self) {
        self.text.resize(self.text.len() * 2, 0);
    }

    fn replace(&mut self) {
        if self.text.len() < self.ready + REPLACEMENT.len() {
            self.grow();
        }
        self.text[self.ready..self.ready + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
        self.ready += REPLACEMENT.len();
        self.replaced += 1;
    }
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready && !self.ended && !out.is_empty() {
            self.refill()?;
        }
        let count = out.len().min(self.ready - self.given);
        out[..count].copy_from_slice(&self.text[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

fn decoder(order: ByteOrder) -> Decoder {
    let encoding = if order == ByteOrder::Little { UTF_16LE } else { UTF_16BE };
    encoding.new_decoder_with_bom_removal()
}

/// Whether a byte is what Latin text of one byte a letter is made of.
fn is_latin(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// Reads at least one byte unless the stream has ended, however often the system interrupts.
pub(crate) fn read_some(reader: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(out) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Returns UTF-8 text with U+FFFD for each broken sequence, and how many there were.
pub fn lossy(bytes: &[u8]) -> (String, usize) {
    let mut text = String::with_capacity(bytes.len());
    let mut replaced = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            replaced += 1;
        }
    }
    (text, replaced)
}

/// Returns the text of the head of a file in UTF-16 or UTF-32; what the head's end cuts in two is left out.
pub(crate) fn utf16_head(bytes: &[u8], order: ByteOrder) -> String {
    if let Some(halved) = order.halved() {
        let mut units = Vec::new();
        halve(bytes, halved, &mut units);
        return utf16_head(&units, halved);
    }
    let mut decoder = decoder(order);
    let mut text = String::with_capacity(bytes.len() * 2 + 16);
    let mut rest = bytes;
    loop {
        let (result, read, _) = decoder.decode_to_string(rest, &mut text, false);
        rest = &rest[read..];
        match result {
            CoderResult::InputEmpty => return text,
            CoderResult::OutputFull => text.reserve(bytes.len() + 16),
        }
    }
}

#[cfg(test)]
mod tests;
