//! The escapers of pages: text of HTML, and strings of data inside a page.
//!
//! They append, since a page of thousands of rows is escaped string by string.

use std::fmt::Write as _;

use super::is_hidden;
use super::push_visible;

/// Appends the text for the content or a quoted attribute of HTML, as one line that cannot act.
pub fn push_html(text: &str, out: &mut String) {
    if has_no(text, |b| b < b' ' || acts(b)) {
        out.push_str(text);
    } else {
        push_escaped(text, is_hidden, out);
    }
}

/// Appends the text like [`push_html`], and keeps its line feeds and tabs, for `pre`.
pub fn push_html_lines(text: &str, out: &mut String) {
    if has_no(text, |b| (b < b' ' && b != b'\n' && b != b'\t') || acts(b)) {
        out.push_str(text);
    } else {
        push_escaped(text, |c| is_hidden(c) && c != '\n' && c != '\t', out);
    }
}

fn push_escaped(text: &str, hides: impl Fn(char) -> bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if hides(c) => push_visible(c, out),
            c => out.push(c),
        }
    }
}

/// Appends the text as what stands between the quotes of a JSON string in a `script` element.
///
/// It reads back as [`for_terminal`](super::for_terminal) of the text. What acts in HTML stands as
/// `\u` escapes, so that no text ends the element or opens a comment in it.
pub fn push_data(text: &str, out: &mut String) {
    if has_no(text, |b| b < b' ' || acts(b) || b == b'\\') {
        out.push_str(text);
        return;
    }
    let mut visible = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '<' | '>' | '&' => push_exact(c.encode_utf8(&mut [0; 4]), out),
            c if is_hidden(c) => {
                visible.clear();
                push_visible(c, &mut visible);
                // What makes it visible begins with a backslash, and holds no other.
                out.push('\\');
                out.push_str(&visible);
            }
            c => out.push(c),
        }
    }
}

/// Appends the text as what stands between the quotes of a JSON string that reads back exactly.
///
/// What acts in HTML or cannot be seen stands as `\u` escapes, quotes and backslashes too, so that it
/// can stand in an attribute.
pub fn push_exact(text: &str, out: &mut String) {
    if has_no(text, |b| b < b' ' || acts(b) || b == b'\\') {
        out.push_str(text);
        return;
    }
    for c in text.chars() {
        if c == '\\' || is_hidden(c) || u8::try_from(c).is_ok_and(acts) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
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
