//! `report.json`: the whole model as data.

use std::io;
use std::io::Write;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::base::text::{is_hidden, is_plain};
use crate::investigation::model::Report;
use crate::report::Format;

/// Writes the model as indented JSON that ends in a line feed.
pub(super) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn file(&self) -> &'static str {
        super::JSON_FILE
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        write_json(report, out)
    }
}

/// Writes a value as indented JSON that ends in a line feed; fails only where the writer fails.
///
/// Characters that a terminal would obey or hide stand as `\u` escapes, so the file can be looked
/// at, and still reads back exactly.
pub fn write_json<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    // Every bracket and comma is a write of its own: they should not each go through a pointer.
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    let mut writer = Serializer::with_formatter(&mut out, Visible::default());
    value.serialize(&mut writer)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Writes a value as one line of JSON, with the escapes of [`write_json`]; fails only where the writer fails.
pub fn write_json_line<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let line = serde_json::to_string(value)?;
    if is_plain(&line) {
        out.write_all(line.as_bytes())?;
    } else {
        // What cannot be seen stands within strings only, so that it is escaped the same there.
        Visible::default().write_string_fragment(out, &line)?;
    }
    out.write_all(b"\n")
}

/// Indents down to the members of the report's items, and escapes what cannot be seen.
///
/// What lies deeper stands on one line: an event that is evidence, a step, a reason.
#[derive(Default)]
struct Visible {
    depth: usize,
    has_value: bool,
}

/// Levels that are indented: the report, its lists, their items, the lists of these.
const INDENTED: usize = 4;

impl Visible {
    /// Begins a line, or on one line nothing.
    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        const SPACES: &[u8] = b"\n                ";
        match self.depth {
            depth @ 0..=INDENTED => writer.write_all(&SPACES[..=2 * depth]),
            _ => Ok(()),
        }
    }

    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        let was_indented = self.depth <= INDENTED;
        self.depth -= 1;
        if self.has_value && was_indented {
            self.line(writer)?;
        }
        self.has_value = true;
        writer.write_all(bracket)
    }

    fn item<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        let between: &[u8] = match (first, self.depth <= INDENTED) {
            (true, _) => b"",
            (false, true) => b",",
            (false, false) => b", ",
        };
        writer.write_all(between)?;
        self.line(writer)
    }
}

impl Formatter for Visible {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.item(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.item(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if is_plain(fragment) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(at) = rest.find(is_hidden) {
            let mut tail = rest[at..].chars();
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in tail.next().into_iter().flat_map(utf16) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = tail.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

fn utf16(c: char) -> Vec<u16> {
    c.encode_utf16(&mut [0; 2]).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;
    use crate::investigation::model::Finding;

    #[test]
    fn what_cannot_be_seen_is_escaped_and_reads_back_exactly() {
        let evil = "a\u{9b}2J\u{202e}b\u{7f}\u{e0041}東\"\n";
        let mut out = Vec::new();
        write_json(evil, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "\"a\\u009b2J\\u202eb\\u007f\\udb40\\udc41東\\\"\\n\"\n");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), evil);
    }

    #[test]
    fn what_lies_deep_stands_on_one_line() {
        let value = serde_json::json!({"a": [{"b": [{"c": 1, "d": [2, 3]}, {}], "e": {"f": "g"}}]});
        let mut out = Vec::new();
        write_json(&value, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let expected = "{\n  \"a\": [\n    {\n      \"b\": [\n        {\"c\": 1, \"d\": [2, 3]},\n        {}\n      ],\n      \"e\": {\n        \"f\": \"g\"\n      }\n    }\n  ]\n}\n";
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn a_line_has_the_same_escapes() {
        let mut out = Vec::new();
        write_json_line(&["a\u{9b}\n", "\u{e0041}"], &mut out).unwrap();
        assert_eq!(out, b"[\"a\\u009b\\n\",\"\\udb40\\udc41\"]\n");
    }

    #[test]
    fn the_file_is_indented_ends_in_a_line_feed_and_reads_back() {
        let report = Report {
            findings: vec![Finding { first: Some(Time(1_234_567_800)), ..Finding::default() }],
            ..Report::default()
        };
        let mut out = Vec::new();
        Json.write(&report, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("{\n  \"schema_version\": 1,") && text.ends_with("}\n"));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["findings"][0]["first"], "1970-01-01T00:00:01.2345678Z");
        assert!(value["findings"][0]["last"].is_null());
        assert!(text.contains("\n      \"tactics\": [],\n"), "{text}");
    }
}
