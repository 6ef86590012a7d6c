//! What a file is, from its first bytes: how it is packed, how its text is encoded, how it is laid out.
//!
//! Names are never looked at. Everything here looks at a head of up to
//! [`HEAD_BYTES`] and works on any shorter one.

mod printed;
mod table;

use crate::input::decode::{ByteOrder, lossy, utf16_head};
use printed::{is_clixml, is_printed};
use table::has_header;
pub use table::{are_names_of_ours, has_row, has_rows_of_ids};

/// How many of the first bytes are looked at.
pub const HEAD_BYTES: usize = 64 << 10;
/// How many of them decide on UTF-16 without a byte order mark.
const SAMPLE: usize = 4 << 10;
/// How many lines decide on PowerShell's list output and on text before JSON.
const LINES: usize = 200;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Not packed.
    Plain,
    /// Gzip.
    Gzip,
    /// A zip archive.
    Zip,
    /// Zstandard.
    Zstd,
}

/// How text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or something so close to it that it is read as such.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// UTF-32, low byte first.
    Utf32Le,
    /// UTF-32, high byte first.
    Utf32Be,
}

impl Encoding {
    /// Returns the word for it in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf8Bom => "utf-8-bom",
            Encoding::Utf16Le => "utf-16le",
            Encoding::Utf16Be => "utf-16be",
            Encoding::Utf32Le => "utf-32le",
            Encoding::Utf32Be => "utf-32be",
        }
    }

    /// Returns the order of the bytes if this is UTF-16 or UTF-32.
    pub fn byte_order(self) -> Option<ByteOrder> {
        match self {
            Encoding::Utf16Le => Some(ByteOrder::Little),
            Encoding::Utf16Be => Some(ByteOrder::Big),
            Encoding::Utf32Le => Some(ByteOrder::Little32),
            Encoding::Utf32Be => Some(ByteOrder::Big32),
            Encoding::Utf8 | Encoding::Utf8Bom => None,
        }
    }
}

/// How text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A stream of JSON values.
    Json,
    /// A table with a header row.
    Delimited,
    /// Nothing but blanks and zero bytes.
    Blank,
    /// The list output of PowerShell.
    PowerShellList,
    /// What PowerShell writes to read it again.
    PowerShellXml,
    /// Other output of commands that is made for people.
    Printed,
    /// No text at all.
    Binary,
    /// Other text.
    Text,
}

/// Returns how a file is packed.
pub fn codec(head: &[u8]) -> Codec {
    match head {
        [0x1f, 0x8b, ..] => Codec::Gzip,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => Codec::Zip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Codec::Zstd,
        _ => Codec::Plain,
    }
}

/// Whether a file is packed in a way that is not opened: tar, 7z, RAR, xz, bzip2, LZ4, cabinet, Parquet, Avro.
pub fn is_unopened(head: &[u8]) -> bool {
    const STARTS: &[&[u8]] = &[
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07",
        b"\xfd7zXZ\0",
        b"\x04\x22\x4d\x18",
        b"MSCF\0\0\0\0",
        b"PAR1",
        b"Obj\x01",
    ];
    // Names of files come first in a tar, and its mark behind them.
    let is_tar = head.get(257..262) == Some(b"ustar".as_slice());
    let is_bzip2 = head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY".as_slice());
    is_tar || is_bzip2 || STARTS.iter().any(|start| head.starts_with(start))
}

/// Returns how text is encoded and how many bytes its byte order mark takes.
pub fn encoding(head: &[u8]) -> (Encoding, usize) {
    match head {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8Bom, 3),
        // Behind the mark of UTF-16, zero bytes are padding: two of them and a letter are none of UTF-32.
        [0xff, 0xfe, 0, 0, low, high, 0, 0, ..] if (*low, *high) != (0, 0) => {
            (Encoding::Utf32Le, 4)
        }
        [0, 0, 0xfe, 0xff, ..] => (Encoding::Utf32Be, 4),
        [0xff, 0xfe, ..] => (Encoding::Utf16Le, 2),
        [0xfe, 0xff, ..] => (Encoding::Utf16Be, 2),
        _ => (unmarked(head), 0),
    }
}

/// Tells UTF-16 from UTF-8 by where the zero bytes of its Latin letters stand.
///
/// Padding before the text is left out, at an even offset so that the two
/// bytes of a unit keep their places.
fn unmarked(head: &[u8]) -> Encoding {
    let padding = head.iter().take_while(|&&byte| byte == 0).count() & !1;
    let sample = &head[padding..head.len().min(padding + SAMPLE)];
    let pairs = sample.len() / 2;
    let zeros_at = |side: usize| sample.chunks_exact(2).filter(|pair| pair[side] == 0).count();
    let (even, odd) = (zeros_at(0), zeros_at(1));
    let abound = |zeros: usize, others: usize| zeros * 5 >= pairs * 2 && others * 4 <= zeros;
    match pairs {
        0 => Encoding::Utf8,
        _ if abound(odd, even) => Encoding::Utf16Le,
        _ if abound(even, odd) => Encoding::Utf16Be,
        _ => Encoding::Utf8,
    }
}

/// Returns the text of a file's head, whatever its encoding, without a byte order mark.
pub fn head_text(head: &[u8]) -> String {
    let head = &head[..head.len().min(HEAD_BYTES)];
    let (encoding, mark) = encoding(head);
    match encoding.byte_order() {
        Some(order) => utf16_head(&head[mark..], order),
        None => lossy(&head[mark..]).0,
    }
}

/// Returns whether a file's head is no text at all.
pub fn is_binary(head: &[u8]) -> bool {
    layout(&head_text(head)) == Layout::Binary
}

/// Returns how the text of a file's head is laid out.
pub fn layout(text: &str) -> Layout {
    let is_blank = |c: char| c == '\0' || c == '\u{feff}' || c.is_whitespace();
    let text = text.trim_matches(is_blank);
    if text.is_empty() {
        Layout::Blank
    } else if begins_json(text) {
        Layout::Json
    } else if has_controls(text) {
        Layout::Binary
    } else if is_powershell_list(text) {
        Layout::PowerShellList
    } else if is_clixml(text) {
        Layout::PowerShellXml
    } else if has_json_line(text) && !has_row(text) {
        Layout::Json
    } else if is_printed(text) {
        Layout::Printed
    } else if has_header(text) {
        Layout::Delimited
    } else {
        Layout::Text
    }
}

/// Returns whether a value begins here: an object, a list, either of them in a string, after commas and
/// comments.
fn begins_json(text: &str) -> bool {
    let mut value = text;
    loop {
        value = value.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        let comment = if value.starts_with("//") { "\n" } else { "*/" };
        match value.split_once(comment) {
            Some((front, rest)) if front.starts_with("//") || front.starts_with("/*") => {
                value = rest;
            }
            _ => break,
        }
    }
    value.starts_with(['{', '[']) || value.starts_with("\"{") || value.starts_with("\"[{")
}

/// Returns whether an object begins a later line: a torn first record, or a tool's warnings before.
///
/// In a table's cell the quotes of JSON are doubled, so that a cell is not taken for it.
fn has_json_line(text: &str) -> bool {
    text.lines().take(LINES).skip(1).any(|line| {
        let name = line.strip_prefix("{\"");
        name.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '@'))
    })
}

/// Returns whether control characters abound; a run of zero bytes, which may be padding, is one.
fn has_controls(text: &str) -> bool {
    let (mut seen, mut controls, mut last) = (0, 0, ' ');
    for c in text.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r' | '\x0c')).take(SAMPLE) {
        if c != '\0' || last != '\0' {
            seen += 1;
            controls += usize::from(c.is_ascii_control());
        }
        last = c;
    }
    controls * 20 >= seen.max(1)
}

/// Returns whether the first line and one of the next few read `Name      : value`.
fn is_powershell_list(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(LINES / 10);
    lines.next().is_some_and(is_member_line) && lines.any(is_member_line)
}

fn is_member_line(line: &str) -> bool {
    let Some((name, value)) = line.trim_start().split_once(':') else { return false };
    let word = name.trim_end();
    let is_word = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_word && word.len() < name.len() && (value.is_empty() || value.starts_with([' ', '\r']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf16(text: &str, order: ByteOrder) -> Vec<u8> {
        let bytes = |unit: u16| match order {
            ByteOrder::Little => unit.to_le_bytes(),
            _ => unit.to_be_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn the_first_bytes_tell_the_packing() {
        assert_eq!(codec(b"\x1f\x8b\x08\0"), Codec::Gzip);
        assert_eq!(codec(b"PK\x03\x04"), Codec::Zip);
        assert_eq!(codec(b"PK\x05\x06\0\0"), Codec::Zip);
        assert_eq!(codec(b"\x28\xb5\x2f\xfd"), Codec::Zstd);
        assert_eq!(codec(b"PKI,a,b"), Codec::Plain);
        assert_eq!(codec(b""), Codec::Plain);
    }

    #[test]
    fn a_byte_order_mark_tells_the_encoding() {
        assert_eq!(encoding(b"\xef\xbb\xbf{}"), (Encoding::Utf8Bom, 3));
        assert_eq!(encoding(b"\xff\xfe{\0"), (Encoding::Utf16Le, 2));
        assert_eq!(encoding(b"\xfe\xff\0{"), (Encoding::Utf16Be, 2));
        assert_eq!(encoding(b"\xff\xfe\0\0{\0\0\0"), (Encoding::Utf32Le, 4));
        assert_eq!(encoding(b"\xff\xfe\0\0{\0}\0"), (Encoding::Utf16Le, 2));
        assert_eq!(encoding(b"\0\0\xfe\xff\0\0\0{"), (Encoding::Utf32Be, 4));
        assert_eq!(encoding(b"{}"), (Encoding::Utf8, 0));
    }

    #[test]
    fn zero_bytes_tell_utf16_without_a_mark() {
        let text = "{\"caller\": \"Jürgen 東京 a.b@c\"}";
        let (little, big) = (utf16(text, ByteOrder::Little), utf16(text, ByteOrder::Big));
        assert_eq!(encoding(&little), (Encoding::Utf16Le, 0));
        assert_eq!(encoding(&big), (Encoding::Utf16Be, 0));
        let padded = [vec![0; 8192], little].concat();
        assert_eq!(encoding(&padded), (Encoding::Utf16Le, 0));
        assert_eq!(head_text(&padded).trim_start_matches('\0'), text);
        assert_eq!(head_text(&big), text);
    }

    #[test]
    fn padding_alone_is_not_utf16() {
        assert_eq!(encoding(&[0; 4096]), (Encoding::Utf8, 0));
        let padded = [vec![0; 999], b"{\"time\":1}".repeat(100)].concat();
        assert_eq!(encoding(&padded), (Encoding::Utf8, 0));
        let after = [b"{\"time\":1}".repeat(9), vec![0; 9999]].concat();
        assert_eq!(encoding(&after), (Encoding::Utf8, 0));
        assert_eq!(encoding(b"{"), (Encoding::Utf8, 0));
    }

    #[test]
    fn json_begins_with_a_value() {
        let json = ["{", " \r\n[", "\0\0{\"a\"", "\"{\\\"a\\\"", ",\n{\"a\":1}", "\u{feff}{}"];
        assert!(json.iter().all(|text| layout(text) == Layout::Json));
    }

    #[test]
    fn json_after_a_torn_record_or_a_warning_is_json() {
        assert_eq!(layout("ource\",\"a\":\"b\",\"c\":1}\n{\"time\":1}"), Layout::Json);
        assert_eq!(layout("WARNING: this is a preview\n{\"value\":[]}"), Layout::Json);
        assert_eq!(layout("WARNING: a, b, c\nWARNING: d\n{\"value\":[]}"), Layout::Json);
        assert_eq!(layout("Name,By,Level\nx,y,2\n{\"time\":1}\nx,y,3"), Layout::Delimited);
        assert_eq!(layout("Name,Claims,Level\n\"x\",\"[\n{\"\"a\"\":1}]\",2"), Layout::Delimited);
    }

    #[test]
    fn a_header_of_three_names_is_a_table() {
        assert_eq!(layout("Time,Caller,Level\n1,2,3"), Layout::Delimited);
        assert_eq!(layout("\"Time\";\"Caller\";\"Level\""), Layout::Delimited);
        assert_eq!(layout("a\tb\tc\n"), Layout::Delimited);
        assert_eq!(layout(",TimeGenerated,Caller,Level"), Layout::Delimited);
        assert_eq!(layout("#TYPE Foo.Bar\r\nA,B,C\r\n"), Layout::Delimited);
        assert_eq!(layout("sep=;\nA;B;C"), Layout::Delimited);
        assert_eq!(layout("\"_time\",\"_raw\"\n1,\"{\"\"a\"\":1}\""), Layout::Delimited);
        assert_eq!(layout("_raw\n\"{\"\"a\"\":1}\""), Layout::Delimited);
        let padded = format!("{}{}7,8,9\n", "Time,Caller,Level\n1,2,3\n4,5,6\n", "\0".repeat(999));
        assert_eq!(layout(&padded), Layout::Delimited);
        assert_eq!(layout("Time,Caller"), Layout::Text);
        assert_eq!(layout("1,2,3\n4,5,6"), Layout::Text);
    }

    #[test]
    fn powershell_list_output_is_known_by_its_members() {
        let list =
            "\r\nAuthorization        :\r\n                       Scope : /x\r\nCaller : a,b,c";
        assert_eq!(layout(list), Layout::PowerShellList);
        assert_eq!(layout("Note : one, two, three"), Layout::Text);
        assert_eq!(layout("time: 12:30\nplace: here"), Layout::Text);
    }

    #[test]
    fn neither_blanks_nor_binaries_are_text() {
        assert_eq!(layout(""), Layout::Blank);
        assert_eq!(layout(" \n\0\0"), Layout::Blank);
        assert_eq!(
            layout(&head_text(b"\x7fELF\x02\x01\x01\0\0\0\0\0\x03\0>\0\x01")),
            Layout::Binary
        );
        let noise: Vec<u8> =
            (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert_eq!(layout(&head_text(&noise)), Layout::Binary);
        assert_eq!(layout("dear reader"), Layout::Text);
        let latin: Vec<u8> = b"Zeit;Urheber;\xdcberwachung".to_vec();
        assert_eq!(layout(&head_text(&latin)), Layout::Delimited);
    }

    proptest! {
        #[test]
        fn any_bytes_are_something(head in prop::collection::vec(any::<u8>(), 0..300)) {
            codec(&head);
            let (_, mark) = encoding(&head);
            prop_assert!(mark <= head.len());
            layout(&head_text(&head));
        }

        #[test]
        fn utf16_of_plain_text_is_found(text in "[ -~]{1,80}", big in any::<bool>()) {
            let order = if big { ByteOrder::Big } else { ByteOrder::Little };
            let (found, _) = encoding(&utf16(&text, order));
            prop_assert_eq!(found.byte_order(), Some(order));
        }
    }
}
