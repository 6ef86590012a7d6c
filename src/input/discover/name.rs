//! How reports name a path, and the way back from the name.
//!
//! On Unix a name is bytes that need not be text: each byte that is none is shown as `\xff`. A
//! backslash that would be taken for the beginning of that is shown as `\x5c`, so that two files
//! never share a name. All other names are shown as they are.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// Returns how reports name a path.
#[cfg(unix)]
pub fn shown(path: &Path) -> Cow<'_, str> {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt;

    let bytes = path.as_os_str().as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains("\\x") => return Cow::Borrowed(text),
        _ => {}
    }
    let (mut out, mut at) = (String::new(), 0);
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if escaped(&bytes[at..]).is_some() {
                out.push_str("\\x5c");
            } else {
                out.push(letter);
            }
            at += letter.len_utf8();
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
            at += 1;
        }
    }
    Cow::Owned(out)
}

/// Returns the path that reports name so.
#[cfg(unix)]
pub fn path_of(shown: &str) -> PathBuf {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let (mut out, mut rest) = (Vec::with_capacity(shown.len()), shown.as_bytes());
    while let Some(&first) = rest.first() {
        let byte = escaped(rest);
        out.push(byte.unwrap_or(first));
        rest = &rest[byte.map_or(1, |_| ESCAPED)..];
    }
    OsString::from_vec(out).into()
}

/// Bytes of an escape.
#[cfg(unix)]
const ESCAPED: usize = 4;

/// Returns the byte whose escape stands at the beginning of a text.
#[cfg(unix)]
fn escaped(text: &[u8]) -> Option<u8> {
    let digits = text.get(..ESCAPED)?.strip_prefix(b"\\x")?;
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let digits = digits.iter().all(is_digit).then(|| std::str::from_utf8(digits).ok())??;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(not(unix))]
pub fn shown(path: &Path) -> Cow<'_, str> {
    path.to_string_lossy()
}

#[cfg(not(unix))]
pub fn path_of(shown: &str) -> PathBuf {
    shown.into()
}

/// Returns a path without what says nothing: `.` in it, a doubled `/`, one at its end.
pub fn plain(path: &Path) -> PathBuf {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let own: PathBuf = parts.collect();
    let is_here = own.as_os_str().is_empty() && !path.as_os_str().is_empty();
    if is_here { PathBuf::from(".") } else { own }
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use proptest::prelude::*;

    use super::*;

    fn path(bytes: &[u8]) -> &Path {
        Path::new(OsStr::from_bytes(bytes))
    }

    #[test]
    fn plain_names_are_shown_as_they_are_and_others_so_that_they_differ() {
        for plain in ["logs/PT1H.json", "Übung.json", r"a\b", r"a\xfg", r"a\xFF", "n\nl"] {
            assert_eq!(shown(Path::new(plain)), plain);
            assert_eq!(path_of(plain), Path::new(plain));
        }
        assert_eq!(shown(path(b"a\xff.json")), r"a\xff.json");
        assert_eq!(shown(path(b"a\xfe.json")), r"a\xfe.json");
        assert_eq!(shown(Path::new(r"a\xff.json")), r"a\x5cxff.json");
        assert_eq!(shown(path(b"\\\xff\\x5c\xc3")), r"\\xff\x5cx5c\xc3");
    }

    proptest! {
        #[test]
        fn a_name_leads_back_to_its_path(
            parts in prop::collection::vec(
                prop_oneof![
                    Just(b"\\".to_vec()), Just(b"\\x".to_vec()), Just(b"\\x5c".to_vec()),
                    Just(b"ff".to_vec()), Just("é".as_bytes().to_vec()),
                    prop::collection::vec(any::<u8>(), 0..4),
                ],
                0..9,
            ),
        ) {
            let bytes = parts.concat();
            prop_assert_eq!(path_of(&shown(path(&bytes))), path(&bytes));
        }
    }
}
