//! Texts that the analyst gives beside the evidence: rules, watchlists, decisions.
//!
//! They are UTF-8, or whatever else the mark at their beginning says: Windows PowerShell writes what
//! is sent into a file as UTF-16.

use std::fs;
use std::io;
use std::path::Path;

use encoding_rs::Encoding;

/// Reads a text; fails where it cannot be read, or is not what its mark says.
pub fn read_text(path: &Path) -> io::Result<String> {
    decoded(fs::read(path)?)
}

/// Turns the bytes of such a file into text.
pub fn decoded(bytes: Vec<u8>) -> io::Result<String> {
    let odd = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    match Encoding::for_bom(&bytes) {
        Some((encoding, mark)) => encoding
            .decode_without_bom_handling_and_without_replacement(&bytes[mark..])
            .map(std::borrow::Cow::into_owned)
            .ok_or_else(|| odd(format!("it is marked as {} and is none", encoding.name()))),
        None => String::from_utf8(bytes).map_err(|error| odd(error.utf8_error().to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_at_the_beginning_tells_the_encoding() {
        let text = "author = \"Zoë 😀\"\n";
        let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(order).collect()
        };
        let marked = format!("\u{feff}{text}").into_bytes();
        for bytes in [text.into(), marked, wide(u16::to_le_bytes), wide(u16::to_be_bytes)] {
            assert_eq!(decoded(bytes).unwrap(), text);
        }
        assert_eq!(decoded(Vec::new()).unwrap(), "");
        for broken in [&b"\xff"[..], b"\xff\xfea", b"\xff\xfe\x00\xd8", b"\xef\xbb\xbf\xff"] {
            assert_eq!(decoded(broken.to_vec()).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }
}
