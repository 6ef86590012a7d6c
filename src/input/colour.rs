//! Colours that a tool wrote for a terminal (`az ... --output jsonc`): sequences that begin with ESC and `[`.
//!
//! Blanks are put in their places, so that every other byte keeps its own.

use std::io::{self, Read};

/// Whether a text has colours, by its first bytes.
pub fn has_colours(head: &[u8]) -> bool {
    memchr::memmem::find(head, b"\x1b[").is_some()
}

/// Returns a text with blanks in place of its colours.
pub fn blanked(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    Place::default().blank(&mut text);
    text
}

/// Where in a sequence a text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Outside,
    /// Behind ESC.
    Begun,
    /// Behind the bracket.
    Inside,
}

impl Place {
    fn blank(&mut self, text: &mut [u8]) {
        let mut at = 0;
        while at < text.len() {
            if *self == Place::Outside {
                let Some(len) = memchr::memchr(0x1b, &text[at..]) else { return };
                at += len;
            }
            *self = match (*self, text[at]) {
                (_, 0x1b) => Place::Begun,
                (Place::Begun, b'[') | (Place::Inside, b'0'..=b'9' | b';') => Place::Inside,
                (Place::Inside, b'm' | b'K') => {
                    text[at] = b' ';
                    Place::Outside
                }
                // Something else than a colour.
                _ => Place::Outside,
            };
            if *self != Place::Outside {
                text[at] = b' ';
            }
            at += 1;
        }
    }
}

/// A reader that gives blanks in place of colours.
pub struct Colourless<R> {
    inner: R,
    place: Place,
}

impl<R: Read> Colourless<R> {
    /// Starts at the first byte of a text.
    pub fn new(inner: R) -> Self {
        Colourless { inner, place: Place::default() }
    }
}

impl<R: Read> Read for Colourless<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.place.blank(&mut out[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_blanks_and_nothing_else_changes() {
        let text = b"{\x1b[94m\"a\"\x1b[39;49;00m: \x1b[33m\"[1m\"\x1b[0m}\x1bx";
        let plain = b"{     \"a\"           :      \"[1m\"    } x";
        assert_eq!(blanked(text), plain);
        assert!(has_colours(text) && !has_colours(plain));
        for size in 1..9 {
            let mut out = Vec::new();
            let mut reader = Colourless::new(&text[..]);
            let mut piece = vec![0; size];
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                out.extend_from_slice(&piece[..count]);
            }
            assert_eq!(out, plain, "{size}");
        }
    }
}
