//! From bytes to UTF-8 text: streaming UTF-16, and UTF-8 that may be broken.
//!
//! Nothing is dropped silently: whatever is no text becomes U+FFFD and is counted.

use std::io;
use std::io::Read;

use encoding_rs::{CoderResult, Decoder, DecoderResult, UTF_16BE, UTF_16LE};

const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
const CHUNK: usize = 32 << 10;
/// So many units with their halves the wrong way round are no text.
const SWAPPED: usize = 16;

/// The order of the two bytes of a UTF-16 unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The low byte first, as Windows writes it.
    Little,
    /// The high byte first.
    Big,
}

/// A reader that gives UTF-8 for a stream of UTF-16; a byte order mark at its start is dropped.
///
/// Lone surrogates and an odd last byte become U+FFFD. Where a byte is missing, so that the halves of all
/// units behind it are taken for others, one more is left out. An error of the inner reader comes after
/// all text that could be decoded before it.
pub struct Utf16Reader<R> {
    inner: R,
    decoder: Decoder,
    order: ByteOrder,
    /// Whether half a unit was given to the decoder.
    half: bool,
    slips: u64,
    failed: Option<io::Error>,
    raw: Box<[u8]>,
    text: Vec<u8>,
    given: usize,
    ready: usize,
    replaced: u64,
    ended: bool,
}

impl<R: Read> Utf16Reader<R> {
    /// Starts to decode a stream that is at its first byte.
    pub fn new(inner: R, order: ByteOrder) -> Self {
        let encoding = match order {
            ByteOrder::Little => UTF_16LE,
            ByteOrder::Big => UTF_16BE,
        };
        Utf16Reader {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            order,
            half: false,
            slips: 0,
            failed: None,
            raw: vec![0; CHUNK].into_boxed_slice(),
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
        &self.inner
    }

    fn refill(&mut self) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        // Whole chunks, so that a missing byte is found at the same place however the bytes come.
        let mut count = 0;
        while count < CHUNK {
            match read_some(&mut self.inner, &mut self.raw[count..]) {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if count == 0 => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        self.ended = count < CHUNK && self.failed.is_none();
        (self.given, self.ready) = (0, 0);
        let mut from = 0;
        while let Some(slip) = self.slip(from, count) {
            self.decode(from, slip, false);
            self.replace();
            self.slips += 1;
            from = slip + 1;
        }
        self.decode(from, count, self.ended);
        Ok(())
    }

    /// Where units begin whose halves stand the wrong way round, as those of Latin letters show.
    fn slip(&self, from: usize, count: usize) -> Option<usize> {
        let start = from + usize::from(self.half);
        let mut run = 0;
        for (i, pair) in self.raw[start.min(count)..count].chunks_exact(2).enumerate() {
            let (empty, letter) = match self.order {
                ByteOrder::Little => (pair[0], pair[1]),
                ByteOrder::Big => (pair[1], pair[0]),
            };
            let is_swapped = empty == 0 && matches!(letter, b' '..=b'~' | b'\t' | b'\n' | b'\r');
            run = if is_swapped { run + 1 } else { 0 };
            if run == SWAPPED {
                return Some(start + (i + 1 - SWAPPED) * 2);
            }
        }
        None
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

/// Reads at least one byte unless the stream has ended, however often the system interrupts.
pub(crate) fn read_some(reader: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(out) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Returns the bytes as text, or how many of them, from the first, are valid UTF-8.
pub fn valid_utf8(bytes: &[u8]) -> Result<&str, usize> {
    std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())
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

/// Returns the text of a UTF-16 file's head; what the head's end cuts in two is left out.
pub(crate) fn utf16_head(bytes: &[u8], order: ByteOrder) -> String {
    let encoding = if order == ByteOrder::Little { UTF_16LE } else { UTF_16BE };
    let mut decoder = encoding.new_decoder_with_bom_removal();
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pack(units: &[u16], order: ByteOrder) -> Vec<u8> {
        let bytes = |unit: &u16| match order {
            ByteOrder::Little => unit.to_le_bytes(),
            ByteOrder::Big => unit.to_be_bytes(),
        };
        units.iter().flat_map(bytes).collect()
    }

    /// Gives one to three bytes at a time, so that units and pairs are cut at every place.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            let count = out.len().min(self.0.len()).min(1 + self.1 % 3);
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn decoded(bytes: &[u8], order: ByteOrder) -> (String, u64) {
        let mut reader = Utf16Reader::new(Dribble(bytes, 0), order);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        (text, reader.replaced())
    }

    #[test]
    fn the_byte_order_mark_is_dropped() {
        assert_eq!(decoded(b"\xff\xfe{\0}\0", ByteOrder::Little), ("{}".into(), 0));
        assert_eq!(decoded(b"\xfe\xff\0{\0}", ByteOrder::Big), ("{}".into(), 0));
        assert_eq!(decoded(b"", ByteOrder::Big), (String::new(), 0));
    }

    #[test]
    fn lone_surrogates_and_an_odd_last_byte_are_replaced_and_counted() {
        let units = pack(&[0x61, 0xd800, 0x62, 0xdc00], ByteOrder::Little);
        assert_eq!(decoded(&units, ByteOrder::Little), ("a\u{fffd}b\u{fffd}".into(), 2));
        assert_eq!(decoded(b"a\0b", ByteOrder::Little), ("a\u{fffd}".into(), 1));
        let high = pack(&[0x61, 0xd800], ByteOrder::Big);
        assert_eq!(decoded(&high, ByteOrder::Big), ("a\u{fffd}".into(), 1));
    }

    #[test]
    fn a_missing_byte_costs_what_stands_around_it() {
        let text = "[{\"caller\":\"alice@contoso.com\"},{\"caller\":\"böb 東京\"}]".repeat(1000);
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let units: Vec<u16> = text.encode_utf16().collect();
            for lost in [3, 40, 41, 5000, 70_001] {
                let mut bytes = pack(&units, order);
                bytes.remove(lost);
                let mut reader = Utf16Reader::new(&bytes[..], order);
                let mut out = String::new();
                reader.read_to_string(&mut out).unwrap();
                assert_eq!(reader.slips(), 1, "{lost}");
                let (before, behind) = (lost / 2, units.len() - lost / 2);
                let same = out.chars().zip(text.chars()).take_while(|(a, b)| a == b).count();
                let ends = out.chars().rev().zip(text.chars().rev()).take_while(|(a, b)| a == b);
                assert!(same + 1 >= before && ends.count() + 40 >= behind, "{lost}");
                // However the bytes come.
                assert_eq!(decoded(&bytes, order).0, out);
            }
        }
    }

    #[test]
    fn text_longer_than_a_chunk_passes_whole() {
        let text = "ä€𝄞x".repeat(CHUNK / 2);
        let units: Vec<u16> = text.encode_utf16().collect();
        let bytes = pack(&units, ByteOrder::Little);
        let mut out = String::new();
        Utf16Reader::new(&bytes[..], ByteOrder::Little).read_to_string(&mut out).unwrap();
        assert!(out == text);
    }

    #[test]
    fn a_chunk_of_nothing_but_lone_surrogates_fits() {
        let bytes = pack(&vec![0xdc00; CHUNK], ByteOrder::Big);
        let mut out = String::new();
        let mut reader = Utf16Reader::new(&bytes[..], ByteOrder::Big);
        reader.read_to_string(&mut out).unwrap();
        assert_eq!(out.chars().count(), CHUNK);
        assert_eq!(reader.replaced(), CHUNK as u64);
    }

    #[test]
    fn broken_utf8_is_placed_and_counted() {
        assert_eq!(valid_utf8("ok ä".as_bytes()), Ok("ok ä"));
        assert_eq!(valid_utf8(b"ok \xff x"), Err(3));
        assert_eq!(lossy(b"a\xffb\xe2\x82c"), ("a\u{fffd}b\u{fffd}c".into(), 2));
        assert_eq!(lossy(b""), (String::new(), 0));
    }

    #[test]
    fn a_head_leaves_out_what_its_end_cuts_in_two() {
        assert_eq!(utf16_head(b"\xff\xfea\0b", ByteOrder::Little), "a");
        let pair = pack(&"a𝄞".encode_utf16().collect::<Vec<_>>(), ByteOrder::Big);
        assert_eq!(utf16_head(&pair[..4], ByteOrder::Big), "a");
    }

    proptest! {
        #[test]
        fn any_units_decode_as_the_standard_library_does(
            units in prop::collection::vec(
                prop_oneof![any::<u16>(), 0xd7f0..0xe010_u16, 0x20..0x7f_u16], 0..200),
            big in any::<bool>(),
            odd in any::<bool>(),
        ) {
            prop_assume!(units.first() != Some(&0xfeff));
            let lone_at_end = units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit));
            prop_assume!(!(odd && lone_at_end));
            let order = if big { ByteOrder::Big } else { ByteOrder::Little };
            let broken = char::decode_utf16(units.iter().copied()).filter(Result::is_err).count();
            let mut bytes = pack(&units, order);
            let mut wanted = String::from_utf16_lossy(&units);
            if odd {
                bytes.push(b'x');
                wanted.push(char::REPLACEMENT_CHARACTER);
            }
            let (text, replaced) = decoded(&bytes, order);
            prop_assert_eq!(text, wanted);
            prop_assert_eq!(replaced, broken as u64 + u64::from(odd));
        }

        #[test]
        fn any_bytes_become_text_as_the_standard_library_has_it(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let (text, replaced) = lossy(&bytes);
            prop_assert_eq!(&text, &String::from_utf8_lossy(&bytes));
            prop_assert_eq!(replaced == 0, valid_utf8(&bytes).is_ok());
        }
    }
}
