//! The escapers of pages: text of HTML, and strings of data inside a page.
//!
//! They append, since a page of thousands of rows is escaped string by string.

use std::fmt::Write as _;

use super::is_hidden;
use super::push_visible;

/// Appends the text for the content or a quoted attribute of HTML, as one line that cannot act.
pub fn push_html(text: &str, out: &mut String) {
    let is_odd = |b: u8| b < b' ' || acts(b);
    push_runs(text, is_odd, out, push_escaped);
}

/// Appends the text like [`push_html`], and keeps its line feeds and tabs, for `pre`.
pub fn push_html_lines(text: &str, out: &mut String) {
    let is_odd = |b: u8| (b < b' ' && b != b'\n' && b != b'\t') || acts(b);
    push_runs(text, is_odd, out, push_escaped);
}

fn push_escaped(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        c if is_hidden(c) => push_visible(c, out),
        c => out.push(c),
    }
}

/// Appends the text as what stands between the quotes of a JSON string in a `script` element.
///
/// It reads back as [`for_terminal`](super::for_terminal) of the text. What acts in HTML stands as
/// `\u` escapes, so that no text ends the element or opens a comment in it.
pub fn push_data(text: &str, out: &mut String) {
    push_runs(text, is_odd_data, out, |c, out| match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '<' | '>' | '&' => push_units(c, out),
        c if is_hidden(c) => {
            let mut visible = String::new();
            push_visible(c, &mut visible);
            // What makes it visible begins with a backslash, and holds no other.
            out.push('\\');
            out.push_str(&visible);
        }
        c => out.push(c),
    });
}

/// Appends the text as what stands between the quotes of a JSON string that reads back exactly.
///
/// What acts in HTML or cannot be seen stands as `\u` escapes, quotes and backslashes too, so that it
/// can stand in an attribute.
pub fn push_exact(text: &str, out: &mut String) {
    push_runs(text, is_odd_data, out, |c, out| {
        if c == '\\' || is_hidden(c) || u8::try_from(c).is_ok_and(acts) {
            push_units(c, out);
        } else {
            out.push(c);
        }
    });
}

fn is_odd_data(b: u8) -> bool {
    b < b' ' || acts(b) || b == b'\\'
}

fn push_units(c: char, out: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(out, "\\u{unit:04x}");
    }
}

/// Appends runs of ordinary ASCII as they stand, and gives `each` every other character.
fn push_runs(
    text: &str,
    is_odd: impl Fn(u8) -> bool,
    out: &mut String,
    each: impl Fn(char, &mut String),
) {
    if has_no(text, &is_odd) {
        out.push_str(text);
        return;
    }
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| is_odd(b) || b >= 0x7f) {
        out.push_str(&rest[..at]);
        let mut odd = rest[at..].chars();
        odd.next().into_iter().for_each(|c| each(c, out));
        rest = odd.as_str();
    }
    out.push_str(rest);
}

/// Appends the text like [`push_data`], with its line feeds kept.
pub fn push_data_lines(text: &str, out: &mut String) {
    for (at, line) in text.split('\n').enumerate() {
        out.push_str(if at > 0 { "\\n" } else { "" });
        push_data(line, out);
    }
}

/// Tells whether a byte of ASCII acts in HTML.
fn acts(b: u8) -> bool {
    matches!(b, b'&' | b'<' | b'>' | b'"' | b'\'')
}

/// Tells whether a text is ASCII that can be shown, with none of some bytes.
fn has_no(text: &str, odd: impl Fn(u8) -> bool) -> bool {
    // Without a way out of the inner loop the compiler looks at many bytes at once.
    let is_odd = |b: u8| u8::from(odd(b)) | u8::from(b >= 0x7f);
    let any = |block: &[u8]| block.iter().fold(0, |any, b| any | is_odd(*b)) != 0;
    !text.as_bytes().chunks(64).any(any)
}

#[cfg(test)]
mod tests {
    use super::super::for_terminal;
    use super::*;

    fn html(text: &str) -> String {
        let mut out = String::new();
        push_html(text, &mut out);
        out
    }

    #[test]
    fn html_text_is_neither_a_tag_nor_the_end_of_an_attribute() {
        assert_eq!(
            html("\"><script>alert('&')</script>\u{202e}\u{0}\n"),
            "&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;\\u{202e}\\u{0}\\n"
        );
        assert_eq!(html("Zoë 東京, plain"), "Zoë 東京, plain");
        let mut out = String::new();
        push_html_lines("a\n\t<b>\r", &mut out);
        assert_eq!(out, "a\n\t&lt;b&gt;\\r");
    }

    #[test]
    fn data_reads_back_as_the_visible_text_and_cannot_end_its_element() {
        let evil = "</script><!--\u{2028}&\u{1b}\"\\é\u{202e}\n'\u{e0041}";
        for text in [evil, "plain", "", "a\\b", "\u{7f}"] {
            let mut out = String::from("\"");
            push_data(text, &mut out);
            out.push('"');
            assert!(!out.contains(['<', '>', '&', '\u{2028}', '\u{202e}']), "{out}");
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), for_terminal(text));
        }
    }

    #[test]
    fn an_exact_text_reads_back_as_it_was_and_fits_an_attribute() {
        let evil = "a\"b'\\<>&\u{202e}\u{e0041}\n東";
        let mut out = String::new();
        push_exact(evil, &mut out);
        assert_eq!(html(&out), out);
        assert_eq!(serde_json::from_str::<String>(&format!("\"{out}\"")).unwrap(), evil);
    }

    #[test]
    fn lines_of_data_stay_lines() {
        let mut out = String::from("\"");
        push_data_lines("a\nb\t\n", &mut out);
        out.push('"');
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), "a\nb\\t\n");
    }
}
