//! Text as scripts hide it: Base64 at any offset, UTF-16, other dashes.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Dashes that Windows takes for the sign before an option.
const DASHES: [char; 5] = ['-', '/', '–', '—', '―'];

/// Returns bytes in Base64, padded.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let six = (bits >> (18 - 6 * at)) & 63;
            out.push(if at > chunk.len() { '=' } else { char::from(ALPHABET[six as usize]) });
        }
    }
    out
}

/// Returns what of the Base64 of a longer text is the same wherever in it these bytes stand: three forms.
pub(super) fn base64_offsets(bytes: &[u8]) -> Vec<String> {
    let form = |offset: usize| {
        let mut shifted = vec![b' '; offset];
        shifted.extend_from_slice(bytes);
        let start = [0, 2, 3][offset];
        // The last digit also holds bits of what follows, and padding is no text.
        let end = shifted.len() / 3 * 4 + [0, 1, 2][shifted.len() % 3];
        base64(&shifted).get(start..end).unwrap_or_default().to_owned()
    };
    (0..3).map(form).filter(|form| !form.is_empty()).collect()
}

/// Returns text in UTF-16, with a byte order mark where asked.
pub(super) fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

/// Returns the text with its option signs written in each way; each sign the same way.
pub(super) fn dashed(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let is_word = |at: Option<usize>| {
        at.and_then(|at| letters.get(at)).is_some_and(|c| c.is_alphanumeric() || *c == '_')
    };
    let is_sign = |at: usize| {
        matches!(letters[at], '-' | '/') && !is_word(at.checked_sub(1)) && is_word(Some(at + 1))
    };
    if !(0..letters.len()).any(is_sign) {
        return vec![text.to_owned()];
    }
    let with = |dash: char| {
        letters.iter().enumerate().map(|(at, c)| if is_sign(at) { dash } else { *c }).collect()
    };
    DASHES.iter().map(|dash| with(*dash)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (text, code) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(text.as_bytes()), code);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0xfd]), "//79");
    }

    #[test]
    fn utf16_has_two_bytes_a_letter() {
        assert_eq!(utf16("ab", false, false), b"a\0b\0");
        assert_eq!(utf16("a", true, false), b"\0a");
        assert_eq!(utf16("a", false, true), b"\xff\xfea\0");
    }

    #[test]
    fn only_signs_of_options_change() {
        assert_eq!(dashed("a-b"), ["a-b"]);
        assert_eq!(
            dashed("-enc a-b"),
            ["-enc a-b", "/enc a-b", "–enc a-b", "—enc a-b", "―enc a-b"]
        );
    }

    proptest! {
        #[test]
        fn a_text_in_base64_holds_one_of_the_three_forms(
            before in "[a-z]{0,5}", text in "[a-z]{3,12}", after in "[a-z]{0,5}"
        ) {
            let whole = base64(format!("{before}{text}{after}").as_bytes());
            let forms = base64_offsets(text.as_bytes());
            prop_assert!(forms.iter().any(|form| whole.contains(form)), "{} {:?}", whole, forms);
        }
    }
}
