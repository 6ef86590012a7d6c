//! One walk over one JSON value.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a value is shorter than 4 GiB (`parse` looks no further) and has fewer nodes than bytes"
)]

use super::block::{BLOCK, stops};
use super::{Kind, MAX_DEPTH, Node, Tape};

/// Why a value could not be read; positions are in the text given to [`parse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The text ends inside the value.
    Ends {
        /// Where the text ends.
        at: usize,
    },
    /// Something stands where nothing of its kind may.
    Syntax {
        /// Where it stands.
        at: usize,
        /// What it is, for people.
        what: &'static str,
    },
    /// The value nests deeper than [`MAX_DEPTH`].
    TooDeep {
        /// Where it does.
        at: usize,
        /// Where the value ends, once that was looked for with [`measure`].
        end: Option<usize>,
    },
    /// The value is longer than the offsets of a tape can say (4 GiB).
    TooLong,
}

impl Error {
    /// Returns how far a text that ends at `end` was read.
    pub fn read(&self, end: usize) -> usize {
        match *self {
            Error::Ends { at } | Error::Syntax { at, .. } | Error::TooDeep { at, .. } => at,
            Error::TooLong => end,
        }
    }
}

/// A value that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Where the value ends: the first byte after it.
    pub end: usize,
    /// Line feeds inside the value.
    pub lines: u32,
}

/// Reads the value that begins at `start`; `tape` is overwritten.
///
/// Offsets on the tape are relative to `start`. The cost is one pass; memory is
/// the tape, a node a value.
pub fn parse(text: &[u8], start: usize, tape: &mut Tape) -> Result<Parsed, Error> {
    tape.nodes.clear();
    // Offsets are relative to the start and have 32 bits.
    let all = text.len();
    let text = &text[..all.min(start.saturating_add(u32::MAX as usize))];
    // Of no byte it is known yet whether it is a stop.
    let block = start.wrapping_sub(BLOCK);
    let nodes = &mut tape.nodes;
    let mut scan = Scan { text, base: start, at: start, lines: 0, block, stops: 0, nodes };
    match scan.document() {
        Ok(()) => Ok(Parsed { end: scan.at, lines: scan.lines }),
        Err(Error::Ends { .. }) if text.len() < all => Err(Error::TooLong),
        Err(error) => Err(error),
    }
}

/// Looks for the end of a value that nests too deep, from where it does, and returns what is wrong with it.
///
/// The cost is one pass over what is left of the value.
pub fn measure(text: &[u8], deep: usize) -> Error {
    let block = deep.wrapping_sub(BLOCK);
    let nodes = &mut Vec::new();
    let mut scan = Scan { text, base: deep, at: deep, lines: 0, block, stops: 0, nodes };
    scan.measure()
}

/// Returns the first position at or after `at` that is not blank, and the line feeds passed.
pub fn skip_blank(text: &[u8], mut at: usize) -> (usize, u32) {
    let mut lines = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\n' => lines += 1,
            b' ' | b'\t' | b'\r' => {}
            _ => break,
        }
        at += 1;
    }
    (at, lines)
}

struct Scan<'t, 'n> {
    text: &'t [u8],
    base: usize,
    at: usize,
    lines: u32,
    /// Where the block begins that was looked at last, not behind `at`.
    block: usize,
    /// Where in that block strings end or are not plain, a bit a byte.
    stops: u64,
    nodes: &'n mut Vec<Node>,
}

/// The key that waits for its value.
#[derive(Clone, Copy, Default)]
struct Key {
    start: u32,
    len: u32,
    escaped: bool,
}

impl Scan<'_, '_> {
    fn document(&mut self) -> Result<(), Error> {
        let mut stack = [0u32; MAX_DEPTH];
        let (mut depth, mut key) = (0usize, Key::default());
        // Whether the innermost container is an object.
        let mut object = false;
        loop {
            // A value stands here.
            let opened = match self.byte()? {
                b'"' => {
                    self.at += 1;
                    let (start, len, escaped) = self.string()?;
                    let kind = if escaped { Kind::Escaped } else { Kind::Plain };
                    self.push(key, start, len, kind);
                    false
                }
                open @ (b'{' | b'[') => {
                    if depth == MAX_DEPTH {
                        return Err(Error::TooDeep { at: self.at, end: None });
                    }
                    stack[depth] = self.nodes.len() as u32;
                    depth += 1;
                    object = open == b'{';
                    let kind = if object { Kind::Object } else { Kind::Array };
                    self.push(key, self.offset(), 0, kind);
                    self.at += 1;
                    true
                }
                _ => {
                    self.scalar(key)?;
                    false
                }
            };
            // After a value: a comma, or as many ends as there are.
            let mut first = opened;
            loop {
                if depth == 0 {
                    return Ok(());
                }
                let byte = self.byte()?;
                if byte == if object { b'}' } else { b']' } {
                    self.at += 1;
                    depth -= 1;
                    self.close(stack[depth]);
                    let around = depth.checked_sub(1).map(|around| stack[around] as usize);
                    object = around.is_some_and(|at| self.nodes[at].kind == Kind::Object);
                    first = false;
                    continue;
                }
                if !first {
                    if byte != b',' {
                        return Err(self.wrong("neither a comma nor the end of the container"));
                    }
                    self.at += 1;
                    self.byte()?;
                }
                key = if object { self.key()? } else { Key::default() };
                break;
            }
        }
    }

    /// Returns the next byte that is not blank, without taking it.
    #[inline]
    fn byte(&mut self) -> Result<u8, Error> {
        match self.text.get(self.at) {
            Some(&byte) if byte > b' ' => Ok(byte),
            _ => self.behind_blanks(),
        }
    }

    fn behind_blanks(&mut self) -> Result<u8, Error> {
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'\n') => {
                    self.lines += 1;
                    self.at += 1;
                }
                Some(&byte) => return Ok(byte),
                None => return Err(Error::Ends { at: self.at }),
            }
        }
    }

    #[inline]
    fn key(&mut self) -> Result<Key, Error> {
        if self.byte()? != b'"' {
            return Err(self.wrong("no key"));
        }
        self.at += 1;
        let (start, len, escaped) = self.string()?;
        if self.byte()? != b':' {
            return Err(self.wrong("no colon after a key"));
        }
        self.at += 1;
        Ok(Key { start, len, escaped })
    }

    /// Takes a string whose first quote is taken; returns its place and whether it has escapes.
    #[inline]
    fn string(&mut self) -> Result<(u32, u32, bool), Error> {
        // Most strings are short and plain, and end in the block that was looked at last.
        let past = self.at.wrapping_sub(self.block);
        let stops = if past < BLOCK { self.stops >> past } else { 0 };
        let len = stops.trailing_zeros() as usize;
        if stops != 0 && self.text.get(self.at + len) == Some(&b'"') {
            let start = self.offset();
            self.at += len + 1;
            return Ok((start, len as u32, false));
        }
        self.any_string()
    }

    fn any_string(&mut self) -> Result<(u32, u32, bool), Error> {
        let start = self.offset();
        let mut escaped = false;
        loop {
            self.go_to_stop();
            match self.text.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.wrong("a line break inside a string")),
                None => return Err(Error::Ends { at: self.at }),
            }
        }
        let len = self.offset() - start;
        self.at += 1;
        Ok((start, len, escaped))
    }

    /// Moves to the next quote, backslash or line feed, or to the end of the text.
    #[inline]
    fn go_to_stop(&mut self) {
        loop {
            let past = self.at.wrapping_sub(self.block);
            if past < BLOCK {
                let stops = self.stops >> past;
                if stops != 0 {
                    self.at += stops.trailing_zeros() as usize;
                    return;
                }
                self.at = self.block.wrapping_add(BLOCK);
            }
            if self.at >= self.text.len() {
                self.at = self.text.len();
                return;
            }
            (self.block, self.stops) = (self.at, stops(&self.text[self.at..]));
        }
    }

    fn escape(&mut self) -> Result<(), Error> {
        match self.text.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                for i in 2..6 {
                    match self.text.get(self.at + i) {
                        Some(byte) if byte.is_ascii_hexdigit() => {}
                        Some(_) => return Err(self.wrong("a bad \\u escape")),
                        None => return Err(Error::Ends { at: self.text.len() }),
                    }
                }
                self.at += 6;
            }
            Some(_) => return Err(self.wrong("an unknown escape")),
            None => return Err(Error::Ends { at: self.text.len() }),
        }
        Ok(())
    }

    fn scalar(&mut self, key: Key) -> Result<(), Error> {
        let start = self.at;
        let is_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
        while self.text.get(self.at).is_some_and(|&b| is_word(b)) {
            self.at += 1;
        }
        let word = &self.text[start..self.at];
        let kind = match word {
            // Some writers have words for what is no number.
            b"null" | b"NaN" | b"Infinity" | b"-Infinity" => Kind::Null,
            b"true" | b"false" => Kind::Bool,
            _ if is_number(word) => Kind::Number,
            _ if self.at == self.text.len() => return Err(Error::Ends { at: self.at }),
            _ => {
                self.at = start;
                return Err(self.wrong("no value"));
            }
        };
        self.push(key, (start - self.base) as u32, word.len() as u32, kind);
        Ok(())
    }

    #[inline]
    fn push(&mut self, key: Key, start: u32, len: u32, kind: Kind) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node {
            key: key.start,
            key_len: key.len,
            start,
            len,
            next,
            kind,
            key_escaped: key.escaped,
        });
    }

    #[inline]
    fn close(&mut self, index: u32) {
        let (end, next) = (self.offset(), self.nodes.len() as u32);
        let node = &mut self.nodes[index as usize];
        node.len = end - node.start;
        node.next = next;
    }

    #[inline]
    fn offset(&self) -> u32 {
        (self.at - self.base) as u32
    }

    fn wrong(&self, what: &'static str) -> Error {
        Error::Syntax { at: self.at, what }
    }

    /// Finds the end of a value that nests too deep here, without a stack.
    fn measure(&mut self) -> Error {
        let (deep, mut depth) = (self.at, MAX_DEPTH);
        loop {
            match self.text.get(self.at) {
                None => return Error::Ends { at: self.at },
                Some(b'"') => {
                    self.at += 1;
                    if let Err(error) = self.string() {
                        return error;
                    }
                    continue;
                }
                Some(b'{' | b'[') => depth += 1,
                Some(b'}' | b']') => depth -= 1,
                Some(_) => {}
            }
            self.at += 1;
            if depth == 0 {
                return Error::TooDeep { at: deep, end: Some(self.at) };
            }
        }
    }
}

fn is_number(word: &[u8]) -> bool {
    let digits = |w: &[u8]| w.iter().take_while(|b| b.is_ascii_digit()).count();
    let mut rest = word.strip_prefix(b"-").unwrap_or(word);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let Some((b'e' | b'E', exponent)) = rest.split_first() {
        let exponent =
            exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}
