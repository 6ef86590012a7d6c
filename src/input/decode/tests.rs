//! Tests of decoding.

use proptest::prelude::*;

use super::*;

fn pack(units: &[u16], order: ByteOrder) -> Vec<u8> {
    let bytes = |unit: &u16| match order {
        ByteOrder::Little => unit.to_le_bytes(),
        _ => unit.to_be_bytes(),
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
fn units_of_four_bytes_are_read_as_those_of_two() {
    let text = "{\"a\":\"ü 東京 \u{1f512}\"}\n".repeat(600);
    let letters = || "\u{feff}".chars().chain(text.chars()).map(u32::from);
    let little: Vec<u8> = letters().flat_map(u32::to_le_bytes).collect();
    let big: Vec<u8> = letters().flat_map(u32::to_be_bytes).collect();
    for (bytes, order) in [(little, ByteOrder::Little32), (big, ByteOrder::Big32)] {
        assert_eq!(decoded(&bytes, order), (text.clone(), 0));
        let (cut, replaced) = decoded(&bytes[..bytes.len() - 2], order);
        assert_eq!((cut.strip_suffix('\u{fffd}'), replaced), (text.strip_suffix('\n'), 1));
        assert!(text.starts_with(&utf16_head(&bytes[..4097], order)));
        let wrong = [&bytes[..8], &[255; 4], &bytes[8..16]].concat();
        assert_eq!(decoded(&wrong, order), ("{\u{fffd}\"a".to_owned(), 1));
    }
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
    assert_eq!(lossy(b"a\xffb\xe2\x82c"), ("a\u{fffd}b\u{fffd}c".into(), 2));
    assert_eq!(lossy(b""), (String::new(), 0));
}

#[test]
fn a_head_leaves_out_what_its_end_cuts_in_two() {
    assert_eq!(utf16_head(b"\xff\xfea\0b", ByteOrder::Little), "a");
    let pair = pack(&"a𝄞".encode_utf16().collect::<Vec<_>>(), ByteOrder::Big);
    assert_eq!(utf16_head(&pair[..4], ByteOrder::Big), "a");
}

const RECORD: &str = "{\"caller\":\"böb 東京 alice@contoso.com\",\"operationName\":\"Microsoft.Storage/write\",\"n\":1}\n";

#[test]
fn utf8_behind_utf16_is_passed_on_and_utf16_behind_it_decoded() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let wide = |text: &str| pack(&text.encode_utf16().collect::<Vec<_>>(), order);
        let mark = "\u{feff}";
        for (before, between) in [(1, 1), (3, 2), (90, 400), (400, 3), (0, 2)] {
            let (a, b) = (RECORD.repeat(before + 1), RECORD.repeat(between));
            for joint in ["", mark] {
                let last = format!("{joint}{RECORD}");
                let bytes = [wide(mark), wide(&a), b.clone().into_bytes(), wide(&last)].concat();
                let expected = format!("{a}{b}{RECORD}");
                assert_eq!(decoded(&bytes, order), (expected, 0), "{order:?} {before} {joint}");
            }
        }
    }
}

#[test]
fn wherever_a_chunk_ends_utf8_begins_where_it_does() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let wide = |text: &str| pack(&text.encode_utf16().collect::<Vec<_>>(), order);
        for before in (CHUNK / 2 - 70..CHUNK / 2 + 70).step_by(3) {
            let front = format!("{}\n", "x".repeat(before));
            let bytes = [wide(&front), RECORD.repeat(2).into_bytes(), wide(RECORD)].concat();
            assert_eq!(decoded(&bytes, order), (front + &RECORD.repeat(3), 0), "{before}");
            let front = format!("{}\n", "x".repeat(CHUNK / 2 + before));
            let bytes = [wide("x\n"), front.clone().into_bytes(), wide(RECORD)].concat();
            assert_eq!(decoded(&bytes, order), (format!("x\n{front}{RECORD}"), 0), "{before}");
        }
    }
}

#[test]
fn letters_of_asia_are_no_utf8() {
    let text = "東京都港区芝公園四丁目二番八号".repeat(500);
    let bytes = pack(&text.encode_utf16().collect::<Vec<_>>(), ByteOrder::Little);
    assert_eq!(decoded(&bytes, ByteOrder::Little), (text, 0));
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
        prop_assert_eq!(replaced == 0, std::str::from_utf8(&bytes).is_ok());
    }
}
