//! Text as scripts hide it: Base64 at any offset, UTF-16, other dashes.

use super::expr::Part;
use super::pattern::{Pattern, Piece};

/// Option signs that are written in each way; more would make too many texts, and are looked for by a regular expression.
const MAX_DASHES: usize = 3;

/// A way of writing text as other text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Base64 of the whole.
    Base64,
    /// Base64 of a longer text that holds it.
    Base64Offset,
    /// UTF-16, big or little end first, with or without a byte order mark.
    Utf16 {
        /// The big end stands first.
        big: bool,
        /// A byte order mark stands before.
        mark: bool,
    },
    /// The signs before options in all their forms.
    Dashes,
}

/// A piece of a text on its way through encodings.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Bit {
    Bytes(Vec<u8>),
    /// A wildcard, which encodings leave alone.
    Wild(Piece),
}

impl Encoding {
    /// Whether two encodings cannot follow each other.
    pub(super) fn excludes(self, other: Encoding) -> bool {
        use Encoding::{Base64, Base64Offset, Utf16};
        matches!(
            (self, other),
            (Base64 | Base64Offset, Base64 | Base64Offset) | (Utf16 { .. }, Utf16 { .. })
        )
    }

    /// Returns the forms of a text in this encoding.
    fn encode(self, text: &[Bit]) -> Result<Vec<Vec<Bit>>, String> {
        match self {
            Encoding::Base64 => Ok(vec![vec![Bit::Bytes(base64(plain(text)?).into_bytes())]]),
            Encoding::Base64Offset => {
                let forms = base64_offsets(plain(text)?);
                Ok(forms.into_iter().map(|form| vec![Bit::Bytes(form.into_bytes())]).collect())
            }
            Encoding::Utf16 { big, mark } => {
                let each = |(at, bit): (usize, &Bit)| match bit {
                    Bit::Bytes(bytes) => {
                        Bit::Bytes(utf16(&String::from_utf8_lossy(bytes), big, mark && at == 0))
                    }
                    Bit::Wild(piece) => Bit::Wild(piece.clone()),
                };
                Ok(vec![text.iter().enumerate().map(each).collect()])
            }
            Encoding::Dashes => dashes(text),
        }
    }
}

/// Returns the patterns of a text in all forms that encodings give it, one after the other.
///
/// Letters are compared without case unless `cased`.
pub(super) fn patterns(
    text: &str,
    encodings: &[Encoding],
    cased: bool,
) -> Result<Vec<Pattern>, String> {
    let bit = |piece: &Piece| match piece {
        Piece::Text(text) => Bit::Bytes(text.as_bytes().to_vec()),
        wild => Bit::Wild(wild.clone()),
    };
    let mut forms: Vec<Vec<Bit>> =
        vec![Pattern::cased(text, true).pieces().iter().map(bit).collect()];
    for encoding in encodings {
        let encoded =
            forms.iter().map(|form| encoding.encode(form)).collect::<Result<Vec<_>, _>>()?;
        forms = encoded.into_iter().flatten().collect();
    }
    forms.into_iter().map(|form| pattern(form, cased)).collect()
}

fn pattern(form: Vec<Bit>, cased: bool) -> Result<Pattern, String> {
    let piece = |bit| match bit {
        Bit::Wild(piece) => Ok(piece),
        Bit::Bytes(bytes) => text_of(&bytes).map(Piece::Text),
    };
    let pieces: Vec<Piece> = form.into_iter().map(piece).collect::<Result<_, _>>()?;
    Ok(Pattern::of(pieces, cased))
}

/// The text that a record can hold of encoded bytes.
fn text_of(bytes: &[u8]) -> Result<String, String> {
    let (mark, rest) = match bytes.strip_prefix(b"\xff\xfe") {
        Some(rest) => ("\u{feff}", rest),
        None => ("", bytes),
    };
    match std::str::from_utf8(rest) {
        Ok(text) => Ok(format!("{mark}{text}")),
        Err(_) => Err("in UTF-16 this is no text that a record can hold; add base64".to_owned()),
    }
}

/// Returns a regular expression for the part of a value that a text with more option signs than are written in each way stands for; `None` for fewer.
pub(super) fn many_dashes(text: &str, part: Part, cased: bool) -> Option<String> {
    let (mut signs, mut regex) = (0, String::from(if cased { "(?s)" } else { "(?is)" }));
    regex.push_str(if matches!(part, Part::Whole | Part::Start) { r"\A" } else { "" });
    for piece in Pattern::cased(text, true).pieces() {
        let text = match piece {
            Piece::Any => ".*",
            Piece::One => ".",
            Piece::Text(text) => {
                let letters: Vec<char> = text.chars().collect();
                for (at, letter) in letters.iter().enumerate() {
                    if is_sign(&letters, at) {
                        signs += 1;
                        regex.push('[');
                        regex.extend(DASHES);
                        regex.push(']');
                    } else {
                        regex.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4])));
                    }
                }
                continue;
            }
        };
        regex.push_str(text);
    }
    regex.push_str(if matches!(part, Part::Whole | Part::End) { r"\z" } else { "" });
    (signs > MAX_DASHES).then_some(regex)
}

/// The bytes of a text without wildcards.
fn plain(text: &[Bit]) -> Result<&[u8], String> {
    match text {
        [] => Ok(b""),
        [Bit::Bytes(bytes)] => Ok(bytes),
        _ => Err("what has wildcards cannot be written in Base64".to_owned()),
    }
}

/// The text with each of its option signs written in each way.
fn dashes(text: &[Bit]) -> Result<Vec<Vec<Bit>>, String> {
    let mut left = MAX_DASHES;
    let mut forms: Vec<Vec<Bit>> = vec![Vec::new()];
    for bit in text {
        let variants: Vec<Bit> = match bit {
            Bit::Wild(_) => vec![bit.clone()],
            Bit::Bytes(bytes) => {
                let all = dashed(&String::from_utf8_lossy(bytes), &mut left)?;
                all.into_iter().map(|text| Bit::Bytes(text.into_bytes())).collect()
            }
        };
        let join = |form: &Vec<Bit>| {
            let with = |bit: &Bit| [form.as_slice(), std::slice::from_ref(bit)].concat();
            variants.iter().map(with).collect::<Vec<_>>()
        };
        forms = forms.iter().flat_map(join).collect();
    }
    Ok(forms)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Dashes that Windows takes for the sign before an option; in a class of a regular expression they stand for themselves in this order.
const DASHES: [char; 5] = ['-', '/', '–', '—', '―'];

/// Returns bytes in Base64, padded.
fn base64(bytes: &[u8]) -> String {
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
fn base64_offsets(bytes: &[u8]) -> Vec<String> {
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
fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

/// Whether a letter is the sign before an option: a dash or slash before a word that does not begin earlier.
fn is_sign(letters: &[char], at: usize) -> bool {
    let is_word = |at: Option<usize>| {
        at.and_then(|at| letters.get(at)).is_some_and(|c| c.is_alphanumeric() || *c == '_')
    };
    DASHES.contains(&letters[at]) && !is_word(at.checked_sub(1)) && is_word(Some(at + 1))
}

/// Returns the text with each of its option signs written in each way; `left` signs may be so written.
fn dashed(text: &str, left: &mut usize) -> Result<Vec<String>, String> {
    let letters: Vec<char> = text.chars().collect();
    let mut forms = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        if !is_sign(&letters, at) {
            for form in &mut forms {
                form.push(*letter);
            }
            continue;
        }
        *left = left.checked_sub(1).ok_or_else(|| {
            format!("windash writes at most {MAX_DASHES} signs of one value in each way")
        })?;
        let with = |form: &String| DASHES.map(|dash| format!("{form}{dash}"));
        forms = forms.iter().flat_map(with).collect();
    }
    Ok(forms)
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
        let forms = |text: &str| dashed(text, &mut 3);
        assert_eq!(forms("a-b"), Ok(vec!["a-b".to_owned()]));
        let one = ["-enc a-b", "/enc a-b", "–enc a-b", "—enc a-b", "―enc a-b"];
        assert_eq!(forms("-enc a-b"), Ok(one.map(str::to_owned).to_vec()));
        for text in one {
            assert_eq!(forms(text), forms("-enc a-b"), "{text}");
        }
        assert_eq!(forms("2024–2026 – x"), Ok(vec!["2024–2026 – x".to_owned()]));
        let two = forms("-a /b").unwrap();
        assert_eq!(two.len(), 25);
        assert!(two.contains(&"/a –b".to_owned()));
        assert!(forms("-a -b -c -d").is_err());
    }

    #[test]
    fn many_signs_are_a_regular_expression() {
        assert_eq!(many_dashes("-a -b -c", Part::Inside, false), None);
        let regex = |text, part, cased| {
            regex::Regex::new(&many_dashes(text, part, cased).expect("many signs")).unwrap()
        };
        let inside = regex(r"-A /b -c? -d\*", Part::Inside, false);
        assert!(inside.is_match("x /a –b ―cx -D*y") && !inside.is_match("-a -b -c -d*"));
        let (whole, start, end) = (
            regex("-a -b -c -d", Part::Whole, true),
            regex("-a -b -c -d", Part::Start, true),
            regex("-a -b -c -d", Part::End, true),
        );
        let own = "/a -b —c -d";
        assert!(whole.is_match(own) && !whole.is_match(&own.to_uppercase()));
        let (before, after) = (format!("x{own}"), format!("{own}x"));
        assert!(!whole.is_match(&before) && !whole.is_match(&after));
        assert!(!start.is_match(&before) && start.is_match(&after));
        assert!(end.is_match(&before) && !end.is_match(&after));
    }

    #[test]
    fn wildcards_stay_and_base64_refuses_them() {
        let wide = [Encoding::Utf16 { big: false, mark: false }];
        let pattern = patterns("a*b", &wide, false).unwrap().remove(0);
        assert_eq!(
            pattern.pieces(),
            // Values that were read have this in place of NUL.
            [Piece::Text("a\u{fffd}".into()), Piece::Any, Piece::Text("b\u{fffd}".into())]
        );
        assert!(patterns("a*", &[Encoding::Base64], false).is_err());
        assert_eq!(
            patterns(r"a\*", &[Encoding::Base64], true).unwrap(),
            [Pattern::cased("YSo=", true)]
        );
    }

    #[test]
    fn what_is_no_text_in_utf16_needs_base64() {
        let wide = Encoding::Utf16 { big: false, mark: false };
        let marked = Encoding::Utf16 { big: false, mark: true };
        assert!(patterns("é", &[wide], false).is_err());
        assert_eq!(
            patterns("é", &[wide, Encoding::Base64], true).unwrap(),
            [Pattern::cased("6QA=", true)]
        );
        assert_eq!(patterns("a", &[marked], true).unwrap(), [Pattern::cased("\u{feff}a\0", true)]);
        assert_eq!(
            patterns("a", &[marked, Encoding::Base64], true).unwrap(),
            [Pattern::cased("//5hAA==", true)]
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
