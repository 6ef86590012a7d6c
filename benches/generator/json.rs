//! Owns the JSON that the sets are written in, with the three whitespace styles of the exports.
//!
//! Members come out in the order of the calls; the caller closes what it opens.

/// The whitespace of a JSON text.
#[derive(Clone, Copy, PartialEq)]
pub enum Style {
    /// `{"a":1,"b":{"c":3}}`
    Compact,
    /// `{ "a": 1, "b": {"c":3}}`: spaces at the first level only, as storage-account blobs have it.
    Spaced,
    /// One member a line, indented by two spaces a level, as az-cli prints it.
    Pretty,
}

/// A JSON text in the making.
pub struct Json {
    /// The text so far.
    pub out: Vec<u8>,
    style: Style,
    /// One entry per open container: whether it still waits for its first member.
    open: Vec<bool>,
}

impl Json {
    /// Starts an empty text.
    pub fn new(style: Style) -> Self {
        Self { out: Vec::with_capacity(8192), style, open: Vec::new() }
    }

    /// Writes the name of a member, after the comma that it may need.
    pub fn key(&mut self, key: &str) {
        self.separate();
        self.quote(key);
        self.out.push(b':');
        if self.style == Style::Pretty || (self.style == Style::Spaced && self.open.len() == 1) {
            self.out.push(b' ');
        }
    }

    /// Starts an element of an array.
    pub fn item(&mut self) {
        self.separate();
    }

    /// Opens a container with its bracket.
    pub fn begin(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.open.push(true);
    }

    /// Closes the innermost container with its bracket.
    pub fn end(&mut self, bracket: u8) {
        let empty = self.open.pop().unwrap_or(true);
        if self.style == Style::Pretty && !empty {
            self.indent();
        }
        self.out.push(bracket);
    }

    /// Writes a member that is an object.
    pub fn object(&mut self, key: &str, body: impl FnOnce(&mut Self)) {
        self.key(key);
        self.begin(b'{');
        body(self);
        self.end(b'}');
    }

    /// Writes a member that is an array, one call of `element` an item.
    pub fn array<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut element: impl FnMut(&mut Self, T),
    ) {
        self.key(key);
        self.begin(b'[');
        for item in items {
            self.item();
            self.begin(b'{');
            element(self, item);
            self.end(b'}');
        }
        self.end(b']');
    }

    /// Writes a member that is a string.
    pub fn str(&mut self, key: &str, value: &str) {
        self.key(key);
        self.quote(value);
    }

    /// Writes a member that is a number.
    pub fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        self.out.extend_from_slice(value.to_string().as_bytes());
    }

    /// Writes `{"localizedValue": shown, "value": value}`, the REST API's form of an enumeration.
    pub fn localized(&mut self, key: &str, value: &str, shown: &str) {
        self.object(key, |j| {
            j.str("localizedValue", shown);
            j.str("value", value);
        });
    }

    fn indent(&mut self) {
        self.out.push(b'\n');
        self.out.extend(std::iter::repeat_n(b' ', 2 * self.open.len()));
    }

    fn separate(&mut self) {
        let depth = self.open.len();
        let Some(first) = self.open.last_mut() else { return };
        if !std::mem::replace(first, false) {
            self.out.push(b',');
        }
        match self.style {
            Style::Pretty => self.indent(),
            Style::Spaced if depth == 1 => self.out.push(b' '),
            _ => {}
        }
    }

    fn quote(&mut self, text: &str) {
        self.out.push(b'"');
        for &byte in text.as_bytes() {
            match byte {
                b'"' => self.out.extend_from_slice(b"\\\""),
                b'\\' => self.out.extend_from_slice(b"\\\\"),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                0..0x20 => self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                _ => self.out.push(byte),
            }
        }
        self.out.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(style: Style) -> String {
        let mut j = Json::new(style);
        j.begin(b'{');
        j.str("a", "x");
        j.object("b", |j| j.number("c", 3));
        j.object("d", |_| {});
        j.end(b'}');
        String::from_utf8(j.out).unwrap()
    }

    #[test]
    fn each_style_has_its_own_whitespace() {
        assert_eq!(sample(Style::Compact), r#"{"a":"x","b":{"c":3},"d":{}}"#);
        assert_eq!(sample(Style::Spaced), r#"{ "a": "x", "b": {"c":3}, "d": {}}"#);
        let pretty = "{\n  \"a\": \"x\",\n  \"b\": {\n    \"c\": 3\n  },\n  \"d\": {}\n}";
        assert_eq!(sample(Style::Pretty), pretty);
    }

    #[test]
    fn quotes_and_control_characters_are_escaped() {
        let mut j = Json::new(Style::Compact);
        j.begin(b'{');
        j.str("k", "\"\\\n\r\t\u{1}é");
        j.end(b'}');
        assert_eq!(String::from_utf8(j.out).unwrap(), "{\"k\":\"\\\"\\\\\\n\\r\\t\\u0001é\"}");
    }

    #[test]
    fn array_elements_are_separated_by_commas() {
        let mut j = Json::new(Style::Compact);
        j.begin(b'{');
        j.array("list", [1, 2], |j, n| j.number("n", n));
        j.end(b'}');
        assert_eq!(j.out, br#"{"list":[{"n":1},{"n":2}]}"#);
    }
}
