//! Records as Python prints them: dictionaries in the way of `print` and `pprint`, turned into JSON.
//!
//! Scripts print what the Azure SDK gave them, or append it to a file. It is read where JSON cannot
//! be, so that a stream of JSON costs nothing more. Besides strings, numbers and containers there
//! are the instants, enumerations and objects that the SDK holds.

mod object;

use super::json::{self, MAX_DEPTH, Tape};

/// What stands at a place.
pub enum Printed {
    /// No dictionary.
    No {
        /// Where that shows.
        at: usize,
    },
    /// A dictionary that the text cuts off.
    Cut,
    /// A dictionary, with the same as JSON.
    Whole {
        /// First byte after it.
        end: usize,
        /// The same as JSON.
        json: String,
    },
}

/// Reads the dictionary at `at`.
pub fn read(text: &[u8], at: usize) -> Printed {
    if !begins(text, at) {
        return Printed::No { at };
    }
    let mut reader = Reader { text, at, out: String::new(), depth: 0 };
    match reader.value() {
        Ok(()) => Printed::Whole { end: reader.at, json: reader.out },
        Err(Stop::Cut) => Printed::Cut,
        Err(Stop::Bad) => Printed::No { at: reader.at },
    }
}

/// Returns the JSON of a text that is one value of Python.
pub fn to_json(text: &str) -> Option<String> {
    let mut reader = Reader { text: text.as_bytes(), at: 0, out: String::new(), depth: 0 };
    reader.value().ok()?;
    text[reader.at..].trim().is_empty().then_some(reader.out)
}

/// Reads the text in quotes at `at`; what it says is taken for JSON.
pub fn text(text: &[u8], at: usize) -> Printed {
    let mut reader = Reader { text, at, out: String::new(), depth: 0 };
    let mut json = String::new();
    match reader.literal(&mut json) {
        Ok(()) => Printed::Whole { end: reader.at, json },
        Err(Stop::Cut) => Printed::Cut,
        Err(Stop::Bad) => Printed::No { at: reader.at },
    }
}

/// Whether a brace and a key in Python's quotes stand here.
fn begins(text: &[u8], at: usize) -> bool {
    let blanks = |from: usize| {
        text[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count() + from
    };
    text.get(at) == Some(&b'{')
        && matches!(text[blanks(at + 1)..], [b'\'', ..] | [b'u', b'\'' | b'"', ..])
}

/// Why reading stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// The text ends.
    Cut,
    /// It is not what Python prints.
    Bad,
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    out: String,
    depth: usize,
}

impl Reader<'_> {
    /// The next byte that is not blank; it is not taken.
    fn peek(&mut self) -> Result<u8, Stop> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied().ok_or(Stop::Cut)
    }

    fn value(&mut self) -> Result<(), Stop> {
        match self.peek()? {
            b'{' => self.inside(Self::members),
            b'[' => self.inside(|reader| reader.items(b']')),
            b'(' => self.inside(Self::brackets),
            b'<' => self.object(),
            b'-' | b'0'..=b'9' => self.number(),
            _ if self.at_literal() => self.string(),
            byte if byte.is_ascii_alphabetic() => self.word(),
            _ => Err(Stop::Bad),
        }
    }

    fn inside(&mut self, read: impl Fn(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Stop::Bad);
        }
        self.at += 1;
        read(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn members(&mut self) -> Result<(), Stop> {
        self.out.push('{');
        let mut first = true;
        while !self.closes(b'}', &mut first)? {
            self.peek()?;
            if self.at_literal() {
                self.string()?;
            } else {
                let from = self.out.len();
                self.value()?;
                let key = self.out.split_off(from);
                push_quoted(&key, &mut self.out);
            }
            if self.peek()? != b':' {
                return Err(Stop::Bad);
            }
            self.at += 1;
            self.out.push(':');
            self.value()?;
        }
        self.out.push('}');
        Ok(())
    }

    fn items(&mut self, close: u8) -> Result<(), Stop> {
        self.out.push('[');
        let mut first = true;
        while !self.closes(close, &mut first)? {
            self.value()?;
        }
        self.out.push(']');
        Ok(())
    }

    /// What stands in round brackets: a tuple, or one text that was broken into lines.
    fn brackets(&mut self) -> Result<(), Stop> {
        let from = self.out.len();
        self.items(b')')?;
        let is_tuple = self.text[..self.at - 1].trim_ascii_end().last() == Some(&b',');
        if !is_tuple && self.out[from..].starts_with("[\"") && self.out.ends_with("\"]") {
            let text = self.out.split_off(from);
            // One text has no quote of its own that is not escaped.
            let inner = &text[1..text.len() - 1];
            let is_one = json::parse(inner.as_bytes(), 0, &mut Tape::default())
                .is_ok_and(|parsed| parsed.end == inner.len());
            self.out.push_str(if is_one { inner } else { &text });
        }
        Ok(())
    }

    /// Takes the mark between entries, or that of the end, which it tells.
    fn closes(&mut self, close: u8, first: &mut bool) -> Result<bool, Stop> {
        let byte = self.peek()?;
        if byte == close {
            self.at += 1;
            return Ok(true);
        }
        if !std::mem::take(first) {
            if byte != b',' {
                return Err(Stop::Bad);
            }
            self.at += 1;
            if self.peek()? == close {
                self.at += 1;
                return Ok(true);
            }
            self.out.push(',');
        }
        Ok(false)
    }

    fn number(&mut self) -> Result<(), Stop> {
        let is_part = |byte: &u8| matches!(byte, b'+' | b'-' | b'.' | b'0'..=b'9' | b'e' | b'E');
        let number = self.run(is_part)?;
        self.out.push_str(&number);
        Ok(())
    }

    /// Takes bytes of a kind; where the text ends with them, there may be more.
    fn run(&mut self, is_part: impl Fn(&u8) -> bool) -> Result<String, Stop> {
        let rest = &self.text[self.at..];
        let len = rest.iter().position(|byte| !is_part(byte)).ok_or(Stop::Cut)?;
        self.at += len;
        Ok(String::from_utf8_lossy(&rest[..len]).into_owned())
    }

    /// Whether a text begins here, which may have a letter before its quote.
    fn at_literal(&self) -> bool {
        matches!(self.text[self.at..], [b'\'' | b'"', ..] | [b'u' | b'b' | b'r', b'\'' | b'"', ..])
    }

    /// A text, or several one after another, which are one.
    fn string(&mut self) -> Result<(), Stop> {
        let mut all = String::new();
        while self.at_literal() {
            self.literal(&mut all)?;
            self.peek()?;
        }
        push_quoted(&all, &mut self.out);
        Ok(())
    }

    fn literal(&mut self, all: &mut String) -> Result<(), Stop> {
        if !matches!(self.text[self.at], b'\'' | b'"') {
            self.at += 1;
        }
        let quote = self.text[self.at];
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let len = memchr::memchr3(quote, b'\\', b'\n', rest).ok_or(Stop::Cut)?;
            all.push_str(&String::from_utf8_lossy(&rest[..len]));
            self.at += len + 1;
            match rest[len] {
                b'\\' => self.escape(all)?,
                b'\n' => return Err(Stop::Bad),
                _ => return Ok(()),
            }
        }
    }

    fn escape(&mut self, all: &mut String) -> Result<(), Stop> {
        let byte = *self.text.get(self.at).ok_or(Stop::Cut)?;
        self.at += 1;
        let escaped = match byte {
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'\\' | b'\'' | b'"' => char::from(byte),
            b'x' => self.numbered(2)?,
            b'u' => self.numbered(4)?,
            b'U' => self.numbered(8)?,
            _ => return Err(Stop::Bad),
        };
        all.push(escaped);
        Ok(())
    }

    /// The character of a number of so many digits.
    fn numbered(&mut self, digits: usize) -> Result<char, Stop> {
        let digits = self.text.get(self.at..self.at + digits).ok_or(Stop::Cut)?;
        self.at += digits.len();
        let code = std::str::from_utf8(digits).ok().and_then(|d| u32::from_str_radix(d, 16).ok());
        let code = code.ok_or(Stop::Bad)?;
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

fn push_quoted(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Option<String> {
        match read(text.as_bytes(), 0) {
            Printed::Whole { end, json } => {
                assert_eq!(end, text.len(), "{text}");
                Some(json)
            }
            Printed::No { .. } | Printed::Cut => None,
        }
    }

    #[test]
    fn what_python_prints_becomes_json() {
        for (printed, expected) in [
            (
                r"{'a': None, 'b': True, 'c': [1, -2.5, False], 'd': {}}",
                r#"{"a":null,"b":true,"c":[1,-2.5,false],"d":{}}"#,
            ),
            (r#"{'a': "it's", 'b': 'a "b" \'c\''}"#, r#"{"a":"it's","b":"a \"b\" 'c'"}"#),
            (
                r"{u'a': u'\xe9\n\\\u20ac', 'b': b'x', 'ü': 'Zoë'}",
                "{\"a\":\"é\\n\\\\€\",\"b\":\"x\",\"ü\":\"Zoë\"}",
            ),
            ("{'a': 'one '\n      'two',\n 'b': ('x'\n 'y')}", r#"{"a":"one two","b":"xy"}"#),
            (
                "{'a': (1, 2), 'b': ('x',), 'c': ('x', 'y')}",
                r#"{"a":[1,2],"b":["x"],"c":["x","y"]}"#,
            ),
            (r#"{'a': '{"b": 1}', 1: 2,}"#, r#"{"a":"{\"b\": 1}","1":2}"#),
        ] {
            assert_eq!(json(printed).as_deref(), Some(expected), "{printed}");
        }
    }

    #[test]
    fn what_the_sdk_holds_becomes_text() {
        for (printed, expected) in [
            (
                "datetime.datetime(2026, 3, 5, 20, 0, 1, 1234, tzinfo=datetime.timezone.utc)",
                "2026-03-05T20:00:01.001234Z",
            ),
            (
                "datetime.datetime(2026, 3, 5, 20, 0, tzinfo=<isodate.tzinfo.Utc object at 0x7f>)",
                "2026-03-05T20:00:00Z",
            ),
            ("datetime.datetime(2026, 3, 5, 20, 0)", "2026-03-05T20:00:00"),
            (
                "datetime.datetime(2026, 3, 5, 20, 0, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=68400)))",
                "2026-03-05T20:00:00-05:00",
            ),
            (
                "datetime.datetime(2026, 3, 5, 20, 0, tzinfo=timedelta(days=-99999999999999999))",
                "datetime.datetime(2026, 3, 5, 20, 0, tzinfo=timedelta(days=-99999999999999999))",
            ),
            ("<EventLevel.INFORMATIONAL: 'Informational'>", "Informational"),
            (
                "<azure.mgmt.monitor.models.LocalizableString object at 0x7f>",
                "<azure.mgmt.monitor.models.LocalizableString object at 0x7f>",
            ),
            ("UUID('0b0c')", "0b0c"),
        ] {
            let wanted = format!("{{\"a\":\"{expected}\"}}");
            assert_eq!(json(&format!("{{'a': {printed}}}")), Some(wanted), "{printed}");
        }
    }

    #[test]
    fn what_python_does_not_print_is_refused_and_what_is_cut_is_told() {
        for text in
            ["{\"a\": 1}", "{'a' 1}", "{'a': x}", "{'a': 'b\n'}", "{'a': '\\q'}", "{a: 1}", "['a']"]
        {
            assert!(matches!(read(text.as_bytes(), 0), Printed::No { .. }), "{text}");
        }
        let whole = "{'a': [datetime.datetime(2026, 3, 5), <B.C: 'd'>, 'e\\x20', None, -1]}";
        for end in 3..whole.len() {
            assert!(matches!(read(&whole.as_bytes()[..end], 0), Printed::Cut), "{end}");
        }
        assert!(json(whole).is_some());
        let long = format!("{{'a': <{}>}}", "b".repeat(2000));
        assert!(matches!(read(long.as_bytes(), 0), Printed::No { .. }));
        let deep = format!("{}1{}", "{'a': ".repeat(100), "}".repeat(100));
        assert!(matches!(read(deep.as_bytes(), 0), Printed::No { .. }));
    }
}
