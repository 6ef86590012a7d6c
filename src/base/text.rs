//! Evidence made safe to show: the only escapers, and the width of what they return.
//!
//! Logs are written by the attacker. Every string that leaves the tool passes one of
//! [`for_terminal`], [`for_cell`], [`for_markdown`] and [`push_html`]; data inside a page passes
//! [`push_data`]. All first make visible what a reader could not see: control characters,
//! bidirectional overrides, characters without width. None of them fails or returns more than a
//! fixed multiple of what it is given.

mod page;

pub use page::{push_data, push_data_lines, push_exact, push_html, push_html_lines};

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;
use unicode_width::UnicodeWidthStr;

/// Stands in shortened text for what was left out.
const ELLIPSIS: char = '…';

/// Returns the text with every character made visible that a terminal would obey or hide.
///
/// Control characters, bidirectional controls and characters without width or ink become
/// `\n`, `\u{1b}`, `\u{202e}` and so on; the result is one line and moves no cursor.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    // Nearly all text is plain ASCII, of which only control characters are hidden.
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    match text.find(is_hidden) {
        None => Cow::Borrowed(text),
        Some(at) => Cow::Owned(escape_from(text, at)),
    }
}

/// Does the same to each line of a text, whose line breaks stay.
pub fn lines_for_terminal(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(for_terminal).collect();
    lines.join("\n")
}

/// Tells whether a text is ASCII without control characters, so that nothing in it is hidden.
pub fn is_plain(text: &str) -> bool {
    // Without a way out of the inner loop the compiler looks at many bytes at once.
    let odd =
        |block: &[u8]| block.iter().fold(false, |odd, b| odd | (b.wrapping_sub(0x20) >= 0x5f));
    !text.as_bytes().chunks(64).any(odd)
}

fn escape_from(text: &str, at: usize) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..at]);
    for c in text[at..].chars() {
        if is_hidden(c) { push_visible(c, &mut out) } else { out.push(c) }
    }
    out
}

fn push_visible(c: char, out: &mut String) {
    match c {
        '\n' | '\r' | '\t' => out.extend(c.escape_default()),
        _ => out.extend(c.escape_unicode()),
    }
}

/// Tells whether a character controls the display, reorders it, or leaves no trace on it.
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        '\u{80}'..='\u{9f}'             // C1: CSI and OSC in one character
        | '\u{ad}' | '\u{34f}'          // soft hyphen, grapheme joiner
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // blank letters
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Returns the text as the content of a spreadsheet cell that no program takes for a formula.
///
/// Text that begins like a formula gets an apostrophe in front; numbers and time offsets with a
/// sign keep their form. Line breaks become visible, so that a row stays one line.
pub fn for_cell(text: &str) -> Cow<'_, str> {
    let safe = for_terminal(text);
    if is_formula(text) { Cow::Owned(format!("'{safe}")) } else { safe }
}

fn is_formula(text: &str) -> bool {
    if text.as_bytes().first().is_none_or(u8::is_ascii_alphanumeric) {
        return false;
    }
    if text.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    // Programs trim what they cannot see before they look for the sign.
    let body = text.trim_start_matches(|c: char| c.is_whitespace() || is_hidden(c));
    body.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && !is_signed_number(text)
}

/// Tells whether the text is a sign and digits with at most one `.` or `:` between them.
fn is_signed_number(text: &str) -> bool {
    let Some(body) = text.strip_prefix(['+', '-']) else { return false };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    body.split_once(['.', ':']).map_or_else(|| digits(body), |(a, b)| digits(a) && digits(b))
}

/// Returns the text for a line or a table cell of Markdown, where it cannot act.
///
/// A word that could be markup, a link, a mention or a table border is put into a code span, which
/// renders as written; pipes and backticks stand between code spans as entities. So the text forms
/// no link, image, HTML, heading or list, and breaks no table.
pub fn for_markdown(text: &str) -> String {
    let safe = for_terminal(text);
    let mut out = String::with_capacity(safe.len() + 8);
    for (at, word) in safe.trim_matches(' ').split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        if at == 0 && begins_block(word) {
            push_code(word, &mut out);
        } else {
            push_word(word, &mut out);
        }
    }
    out
}

/// Appends a word, as code where it could act; brackets and stops around it stay outside.
fn push_word(word: &str, out: &mut String) {
    let body = word.trim_start_matches(['(', '"', '\'']);
    let core =
        body.trim_end_matches(|c| ".,;:?\"'…".contains(c) || (c == ')' && !body.contains('(')));
    out.push_str(&word[..word.len() - body.len()]);
    if is_prose(core) {
        out.push_str(core);
    } else {
        push_code(core, out);
    }
    out.push_str(&body[core.len()..]);
}

/// Returns the text as code of Markdown, to be copied whole.
///
/// It is one code span unless it holds a pipe or a backtick, which stand between spans.
pub fn for_markdown_code(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    push_code(&for_terminal(text), &mut out);
    out
}

/// Tells whether a word within a line means the same in Markdown as in plain text.
fn is_prose(word: &str) -> bool {
    word.chars().all(|c| c.is_alphanumeric() || ",;()'\"-%…×·–".contains(c)) && !word.contains("--")
}

/// Tells whether a word of prose at the start of a line could begin a list or underline a heading.
fn begins_block(word: &str) -> bool {
    let numeral = word.trim_end_matches(['.', ')']);
    let is_item = numeral != word && numeral.chars().all(|c| c.is_ascii_digit());
    is_item || (!word.is_empty() && word.chars().all(|c| c == '-'))
}

fn push_code(text: &str, out: &mut String) {
    for piece in text.split_inclusive(['|', '`']) {
        let body = piece.trim_end_matches(['|', '`']);
        if !body.is_empty() {
            out.push('`');
            out.push_str(body);
            out.push('`');
        }
        match piece.chars().next_back() {
            Some('|') => out.push_str("&#124;"),
            Some('`') => out.push_str("&#96;"),
            _ => {}
        }
    }
}

/// Returns the number of terminal columns the text takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Returns the text with its middle replaced by `…` where it takes more than `columns`.
///
/// Both ends stay, since names and resource ids differ there; the end gets the odd column.
pub fn shorten_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    let head = prefix_len(text.char_indices().map(|(at, c)| (at + c.len_utf8(), c)), room / 2);
    let tail_room = room - room / 2;
    let tail = prefix_len(text.char_indices().rev().map(|(at, c)| (text.len() - at, c)), tail_room);
    let mut out = String::with_capacity(head + tail + ELLIPSIS.len_utf8());
    out.push_str(&text[..head]);
    out.push(ELLIPSIS);
    out.push_str(&text[text.len() - tail..]);
    Cow::Owned(out)
}

/// Returns the bytes that the leading characters within `room` columns take.
fn prefix_len(chars: impl Iterator<Item = (usize, char)>, room: usize) -> usize {
    let (mut used, mut len) = (0, 0);
    for (end, c) in chars {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        len = end;
    }
    len
}

/// Appends a number as programs write it.
///
/// Reports hold millions of numbers; this way past the formatter is several times as fast.
pub fn push_digits(mut number: u64, out: &mut String) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] += (number % 10).to_le_bytes()[0];
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.push_str(std::str::from_utf8(&digits[start..]).unwrap_or_default());
}

/// Returns a number with commas between its thousands.
pub fn grouped(number: u64) -> String {
    let mut out = String::new();
    push_grouped(number, &mut out);
    out
}

/// Appends a number with commas between its thousands.
pub fn push_grouped(number: u64, out: &mut String) {
    if number < 1000 {
        push_digits(number, out);
    } else {
        push_grouped(number / 1000, out);
        let _ = write!(out, ",{:03}", number % 1000);
    }
}

/// Returns a grouped number and the fitting one of two words.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_formatter() {
        for number in [0, 7, 10, 1_234_567_890, u64::MAX] {
            let mut out = String::new();
            push_digits(number, &mut out);
            assert_eq!(out, number.to_string());
        }
    }

    #[test]
    fn a_terminal_sees_no_escape_sequence_and_no_line_break() {
        assert_eq!(for_terminal("\u{1b}[31mred\u{7}"), "\\u{1b}[31mred\\u{7}");
        assert_eq!(for_terminal("a\r\nb\tc\u{9b}2J"), "a\\r\\nb\\tc\\u{9b}2J");
        assert!(matches!(for_terminal("Zoë 東京 …"), Cow::Borrowed(_)));
    }

    #[test]
    fn reordering_and_invisible_characters_become_visible() {
        assert_eq!(for_terminal("exe\u{202e}txt"), "exe\\u{202e}txt");
        for c in "\u{200b}\u{200d}\u{feff}\u{2066}\u{e0041}\u{ad}\u{3164}\u{2028}\u{61c}".chars() {
            let text = format!("a{c}b");
            assert_eq!(for_terminal(&text), format!("a{}b", c.escape_unicode()));
        }
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        let cases = [
            "=cmd|' /C calc'!A0",
            "+1+1",
            "-2+3+cmd",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            "＝1",
            "\u{feff}=1",
            "\n-1",
            "-1.2.3",
            "-",
            "--1",
            "- 1",
        ];
        for text in cases {
            assert!(for_cell(text).starts_with('\''), "{text:?}");
        }
    }

    #[test]
    fn a_cell_keeps_numbers_times_and_ordinary_text() {
        for text in ["-12", "+3.5", "-01:30", "2024-05-01T10:00:00Z", "a=b", "", "a@b.c", "'x"] {
            assert_eq!(for_cell(text), text);
        }
        assert_eq!(for_cell("a\nb"), "a\\nb");
    }

    #[test]
    fn markdown_shows_prose_as_it_is() {
        for text in ["Role assignment grants a privileged role (3 times).", "Zoë; 東京", "", "12"]
        {
            assert_eq!(for_markdown(text), text);
        }
        assert_eq!(for_markdown("by (alice@contoso.com)."), "by (`alice@contoso.com`).");
    }

    /// Returns what a Markdown reader would read as markup: all that stands outside code spans.
    fn outside_code(markdown: &str) -> String {
        let parts: Vec<&str> = markdown.split('`').collect();
        assert!(parts.len() % 2 == 1, "unpaired backtick in {markdown}");
        parts.into_iter().step_by(2).collect::<String>().replace("&#124;", "").replace("&#96;", "")
    }

    #[test]
    fn markdown_text_forms_no_link_no_html_and_no_table_border() {
        let cases = [
            "[click here](https://evil.example)",
            "![x](http://evil.example/p.png)",
            "<img src=x onerror=alert(1)>",
            "https://evil.example www.evil.example evil.example",
            "a|b || c\\|d |",
            "``` `x` ``y` `",
            "@team #12 *a* _b_ ~~c~~ $d$ \\",
            "<https://evil.example>",
            "&lt;b&gt; [a]: http://evil.example",
            "one\n\n# two\n- three\n| a | b |",
            "- item",
            "   - item",
            "1. item",
            "12) item",
            "=== ---",
            "# title",
            "> quote",
            "Hello![a]",
            "[a]: (http://evil.example) \"title\"",
            "([a])(www.evil.example)",
        ];
        for text in cases {
            let outside = outside_code(&for_markdown(text));
            let bad = ['[', ']', '<', '>', '|', '#', '*', '_', '~', '$', '\\', '@', '&', '\n', '!'];
            assert!(!outside.contains(bad), "{text:?} leaves {outside:?}");
            assert!(!outside_code(&for_markdown_code(text)).contains(bad));
            assert!(!outside.contains("://") && !outside.contains("www."), "{text:?}");
        }
        for text in ["- item", "  - item", "1. item", "12) item", "=== x", "--- x", "+ x"] {
            assert!(for_markdown(text).starts_with('`'), "{text:?} begins a block");
        }
    }

    #[test]
    fn shortening_keeps_both_ends_and_counts_columns() {
        assert_eq!(shorten_middle("abcdefghij", 5), "ab…ij");
        assert_eq!(shorten_middle("abcdefghij", 10), "abcdefghij");
        assert_eq!(shorten_middle("東京東京東京", 6), "東…京");
        assert_eq!(shorten_middle("abc", 1), "…");
        assert_eq!(shorten_middle("abc", 0), "");
        for columns in 0..30 {
            assert!(width(&shorten_middle("aé東\u{301}b京cde東fgh京ij", columns)) <= columns);
        }
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(counted(1, "row", "rows"), "1 row");
    }
}
