//! `report.json`: the whole model as data.

use std::io;
use std::io::Write;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use serde_json::ser::PrettyFormatter;

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
    let mut writer = Serializer::with_formatter(&mut out, Visible(PrettyFormatter::new()));
    value.serialize(&mut writer)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Indents, and escapes what cannot be seen.
struct Visible(PrettyFormatter<'static>);

/// Hands a method over to the inner formatter.
macro_rules! delegate {
    ($($method:ident($($first:ident: bool)?);)*) => {
        $(fn $method<W: ?Sized + Write>(
            &mut self, writer: &mut W $(, $first: bool)?
        ) -> io::Result<()> {
            self.0.$method(writer $(, $first)?)
        })*
    };
}

impl Formatter for Visible {
    delegate! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
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
    }
}
