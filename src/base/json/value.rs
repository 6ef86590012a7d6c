//! Looking at what a walk found.

use std::borrow::Cow;

use super::{Kind, Node, Tape};

/// A record and its nodes.
#[derive(Clone, Copy)]
pub struct Doc<'a> {
    text: &'a str,
    nodes: &'a [Node],
}

impl<'a> Doc<'a> {
    /// Joins the text of one record with the tape that [`super::parse`] made of it.
    pub fn new(text: &'a str, tape: &'a Tape) -> Self {
        Doc { text, nodes: &tape.nodes }
    }

    /// The key of a node as it stands.
    #[inline]
    fn key(self, node: &Node) -> &'a str {
        &self.text[node.key as usize..(node.key + node.key_len) as usize]
    }

    /// Returns the outermost value.
    pub fn root(self) -> Value<'a> {
        Value { doc: self, index: 0 }
    }
}

/// One value of a record.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    doc: Doc<'a>,
    index: u32,
}

impl<'a> Value<'a> {
    #[inline]
    fn node(self) -> &'a Node {
        &self.doc.nodes[self.index as usize]
    }

    /// Returns what it is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Returns the text as it stands: between the quotes of a string, with the brackets of a container.
    #[inline]
    pub fn raw(self) -> &'a str {
        let node = self.node();
        &self.doc.text[node.start as usize..(node.start + node.len) as usize]
    }

    /// Returns where the value stands in the record.
    pub fn offset(self) -> usize {
        self.node().start as usize
    }

    /// Returns a string's text; `None` for what is no string.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        match self.kind() {
            Kind::Plain => Some(Cow::Borrowed(self.raw())),
            Kind::Escaped => Some(Cow::Owned(unescape(self.raw()))),
            _ => None,
        }
    }

    /// Returns the text of a string, number or boolean, if it is not empty; `None` for null and containers.
    pub fn text(self) -> Option<Cow<'a, str>> {
        let text = match self.kind() {
            Kind::Plain | Kind::Number | Kind::Bool => Cow::Borrowed(self.raw()),
            Kind::Escaped => Cow::Owned(unescape(self.raw())),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// Returns whether it is an object.
    pub fn is_object(self) -> bool {
        self.kind() == Kind::Object
    }

    /// Returns whether it is an array.
    pub fn is_array(self) -> bool {
        self.kind() == Kind::Array
    }

    /// Returns the members of an object in their order; nothing for anything else.
    #[inline]
    pub fn members(self) -> Members<'a> {
        let node = self.node();
        let end = if node.kind == Kind::Object { node.next } else { 0 };
        Members { doc: self.doc, at: self.index + 1, end }
    }

    /// Returns everything inside an object or an array, however deep, each with its key.
    ///
    /// Items of arrays have no key: theirs is empty.
    pub fn inside(self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
        let node = self.node();
        let is_container = matches!(node.kind, Kind::Object | Kind::Array);
        let end = if is_container { node.next } else { 0 };
        (self.index + 1..end).map(move |index| {
            let value = Value { doc: self.doc, index };
            let node = value.node();
            let key = self.doc.key(node);
            let key = if node.key_escaped { Cow::Owned(unescape(key)) } else { Cow::Borrowed(key) };
            (key, value)
        })
    }

    /// Returns the items of an array in their order; nothing for anything else.
    pub fn items(self) -> impl Iterator<Item = Value<'a>> {
        let node = self.node();
        let end = if node.kind == Kind::Array { node.next } else { 0 };
        Members { doc: self.doc, at: self.index + 1, end }.map(|(_, value)| value)
    }

    /// Returns the member of that name: the exact name if there is one, else one that differs in case only.
    ///
    /// Of several equal names the last one counts, as in most JSON readers.
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        self.find::<false>(name).0
    }

    /// The same, and whether the name of another member goes on with a dot behind these letters.
    pub fn get_and_dotted(self, name: &str) -> (Option<Value<'a>>, bool) {
        self.find::<true>(name)
    }

    #[inline]
    fn find<const DOTTED: bool>(self, name: &str) -> (Option<Value<'a>>, bool) {
        let (mut folded, mut exact, mut dotted) = (None, None, false);
        let node = self.node();
        let end = if node.kind == Kind::Object { node.next } else { 0 };
        let mut at = self.index + 1;
        while at < end {
            let member = &self.doc.nodes[at as usize];
            let unescaped;
            let key = if member.key_escaped {
                unescaped = unescape(self.doc.key(member));
                unescaped.as_bytes()
            // Most members differ in length, which costs no look at the text.
            } else if member.key_len as usize == name.len()
                || DOTTED && member.key_len as usize > name.len()
            {
                self.doc.key(member).as_bytes()
            } else {
                at = member.next;
                continue;
            };
            if key == name.as_bytes() {
                exact = Some(Value { doc: self.doc, index: at });
            } else if key.eq_ignore_ascii_case(name.as_bytes()) {
                folded = Some(Value { doc: self.doc, index: at });
            } else if DOTTED && key.get(name.len()) == Some(&b'.') {
                dotted |= key[..name.len()].eq_ignore_ascii_case(name.as_bytes());
            }
            at = member.next;
        }
        (exact.or(folded), dotted)
    }
}

/// The members of an object.
pub struct Members<'a> {
    doc: Doc<'a>,
    at: u32,
    end: u32,
}

impl<'a> Members<'a> {
    /// Returns the next member with its key as it stands; escapes in keys are left in.
    #[inline]
    pub fn next_raw(&mut self) -> Option<(&'a str, Value<'a>)> {
        if self.at >= self.end {
            return None;
        }
        let node = &self.doc.nodes[self.at as usize];
        let value = Value { doc: self.doc, index: self.at };
        self.at = node.next;
        Some((self.doc.key(node), value))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.next_raw()?;
        let is_escaped = value.node().key_escaped;
        let key = if is_escaped { Cow::Owned(unescape(key)) } else { Cow::Borrowed(key) };
        Some((key, value))
    }
}

/// Returns a string with its escapes undone; lone surrogates and NUL become U+FFFD.
pub fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(letter) = rest.bytes().next() else { break };
        let (character, taken) = match letter {
            b'n' => ('\n', 1),
            b'r' => ('\r', 1),
            b't' => ('\t', 1),
            b'b' => ('\u{8}', 1),
            b'f' => ('\u{c}', 1),
            b'u' => unicode(rest),
            other => (char::from(other), 1),
        };
        out.push(character);
        rest = rest.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Returns the character of `uXXXX`, or of a pair of them, and the bytes it takes.
fn unicode(rest: &str) -> (char, usize) {
    let unit = |at: usize| u32::from_str_radix(rest.get(at..at + 4)?, 16).ok();
    let Some(first) = unit(1) else { return ('\u{fffd}', 1) };
    if (0xd800..0xdc00).contains(&first)
        && rest.get(5..7) == Some("\\u")
        && let Some(second) = unit(7).filter(|s| (0xdc00..0xe000).contains(s))
    {
        let point = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(point).unwrap_or('\u{fffd}'), 11);
    }
    let character = char::from_u32(first).filter(|&c| c != '\0').unwrap_or('\u{fffd}');
    (character, 5)
}
