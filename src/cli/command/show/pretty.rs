//! A record laid out for a person: indented where it is JSON, safe to look at whatever it is.
//!
//! Tokens stay as they are: no digit of a number, no key that stands twice, no escape is lost.

use crate::base::text::for_terminal;

/// Deeper levels are indented no further, so that nesting cannot blow up the page.
const DEEPEST: usize = 64;

/// Returns the record in lines that each end in a line feed.
pub(super) fn pretty(record: &str) -> String {
    let body = record.trim();
    if body.starts_with(['{', '[']) { json(body) } else { plain(body) }
}

fn plain(text: &str) -> String {
    text.lines().fold(String::new(), |out, line| out + &for_terminal(line) + "\n")
}

fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let len = match c {
            '"' => string(rest),
            '{' | '[' | '}' | ']' | ',' | ':' => 1,
            c if c.is_ascii_whitespace() => 1,
            _ => rest
                .find(['{', '[', '}', ']', ',', ':', '"', ' ', '\t', '\r', '\n'])
                .unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(len);
        let next = after.trim_ascii_start().chars().next();
        match c {
            '{' | '[' if matches!(next, Some('}' | ']')) => out.push(c),
            '{' | '[' => {
                depth += 1;
                out.push(c);
                newline(&mut out, depth);
            }
            '}' | ']' => {
                if !out.ends_with(['{', '[']) {
                    depth = depth.saturating_sub(1);
                    newline(&mut out, depth);
                }
                out.push(c);
            }
            ',' => {
                out.push(c);
                newline(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            _ => out.push_str(&for_terminal(token)),
        }
        rest = after;
    }
    out.push('\n');
    out
}

fn newline(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth.min(DEEPEST)));
}

/// Returns the bytes of a string with its quotes; all that is left where the second is missing.
fn string(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(step) = memchr::memchr2(b'"', b'\\', &bytes[at.min(bytes.len())..]) {
        at += step;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_its_tokens_stay() {
        let text = r#"{"a":[1.10,12345678901234567890,{}],"a":"x\",{","b":[],"c" : null}"#;
        let lines = "{\n  \"a\": [\n    1.10,\n    12345678901234567890,\n    {}\n  ],\n  \"a\": \"x\\\",{\",\n  \"b\": [],\n  \"c\": null\n}\n";
        assert_eq!(pretty(text), lines);
        let squeezed = |text: &str| text.replace([' ', '\n'], "");
        assert_eq!(squeezed(&pretty(text)), squeezed(text));
    }

    #[test]
    fn hostile_records_neither_act_nor_blow_up() {
        assert_eq!(pretty("a,\u{1b}[2J\nb"), "a,\\u{1b}[2J\nb\n");
        assert_eq!(pretty("{\"a\":\"\u{202e}\u{9b}\"}"), "{\n  \"a\": \"\\u{202e}\\u{9b}\"\n}\n");
        assert!(!pretty("{\"a\":\"\u{1b}[2J").contains('\u{1b}'));
        for torn in ["{\"a", "{\"a\\", "[", "}", "{\"é\\", "]]]", "{é\u{1b}:"] {
            assert!(pretty(torn).ends_with('\n'), "{torn}");
        }
        let deep = "[".repeat(10_000);
        assert!(pretty(&deep).len() < 10_000 * (2 * DEEPEST + 4));
    }
}
