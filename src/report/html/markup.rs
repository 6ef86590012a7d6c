//! HTML under construction: markup comes from this program only, everything else is escaped.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;
use std::io;
use std::io::Write;
use std::sync::LazyLock;

use crate::base::Time;
use crate::base::dict::Dict;
use crate::base::text::push_data;
use crate::base::text::push_data_lines;
use crate::base::text::push_digits;
use crate::base::text::push_exact;
use crate::base::text::push_grouped;
use crate::base::text::push_html;
use crate::base::text::push_html_lines;
use crate::report::html::veil::Cover;
use crate::report::push_span;
use crate::report::push_time;

/// Bytes that are gathered before they are handed on.
const FULL: usize = 1 << 16;
/// A string of data that is longer is not looked for among those before it.
const SHARED: usize = 1 << 12;

/// What needs no escape, since nobody but this program says it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told {
    /// Words without anything that acts in HTML or ends a string.
    Words(&'static str),
    /// A number as programs write it.
    Number(u64),
}

/// Writes a page piece by piece. What is not known when the program is built cannot get in unescaped.
///
/// A page may be far larger than what is held of it at once. An error of the writer is kept until
/// [`Markup::finish`].
pub(super) struct Markup<'w> {
    out: &'w mut dyn Write,
    text: String,
    /// Words until they are escaped.
    words: String,
    /// Strings of the data at hand.
    seen: Dict,
    /// The places of these among all strings of the data, by their codes.
    places: Vec<usize>,
    /// How many strings stand so far.
    strings: usize,
    failed: io::Result<()>,
    /// What no text of the page may name.
    cover: Option<Cover<'w>>,
}

impl<'w> Markup<'w> {
    /// Begins a page.
    pub(super) fn new(out: &'w mut dyn Write) -> Self {
        let text = String::with_capacity(FULL + FULL / 4);
        Self {
            out,
            text,
            words: String::new(),
            seen: Dict::default(),
            places: Vec::new(),
            strings: 0,
            failed: Ok(()),
            cover: None,
        }
    }

    /// Hides in every text that follows what the page may not name.
    pub(super) fn cover(&mut self, cover: Option<Cover<'w>>) {
        self.cover = cover;
    }

    /// Returns a text as the page may show it.
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.cover.map_or(Cow::Borrowed(text), |cover| cover.over(text))
    }

    /// Hands on what was gathered, if it is enough to be worth it.
    pub(super) fn flow(&mut self) {
        if self.text.len() >= FULL {
            self.hand_on();
        }
    }

    fn hand_on(&mut self) {
        if self.failed.is_ok() {
            self.failed = self.out.write_all(self.text.as_bytes());
        }
        self.text.clear();
    }

    /// Ends the page; fails where the writer failed.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.hand_on();
        self.failed
    }

    /// Appends markup of this program.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.text.push_str(markup);
        self
    }

    /// Appends a style or script of this program.
    pub(super) fn source(&mut self, source: &'static LazyLock<String>) -> &mut Self {
        self.text.push_str(source);
        self
    }

    /// Appends text as one line.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        let text = self.shown(text);
        push_html(&text, &mut self.text);
        self
    }

    /// Appends formatted text as one line.
    pub(super) fn words(&mut self, words: fmt::Arguments<'_>) -> &mut Self {
        if let Some(text) = words.as_str() {
            return self.text(text);
        }
        self.words.clear();
        let _ = self.words.write_fmt(words);
        match self.cover {
            Some(cover) => push_html(&cover.over(&self.words), &mut self.text),
            None => push_html(&self.words, &mut self.text),
        }
        self
    }

    /// Appends text whose line breaks are kept, for `pre`.
    pub(super) fn lines(&mut self, text: &str) -> &mut Self {
        let text = self.shown(text);
        push_html_lines(&text, &mut self.text);
        self
    }

    /// Appends what stands within a string of data.
    pub(super) fn data(&mut self, text: &str) -> &mut Self {
        let text = self.shown(text);
        push_data(&text, &mut self.text);
        self
    }

    /// Appends what stands within a string of data and reads back exactly.
    pub(super) fn exact(&mut self, text: &str) -> &mut Self {
        let text = self.shown(text);
        push_exact(&text, &mut self.text);
        self
    }

    /// Appends what stands within a string of data, with its line breaks kept.
    pub(super) fn data_lines(&mut self, text: &str) -> &mut Self {
        let text = self.shown(text);
        push_data_lines(&text, &mut self.text);
        self
    }

    /// Appends a string of data; one that was appended before as its place among those.
    pub(super) fn shared(&mut self, text: &str) -> &mut Self {
        if text.len() <= SHARED {
            let code = self.seen.code(text) as usize;
            if let Some(place) = self.places.get(code) {
                push_digits(*place as u64, &mut self.text);
                return self;
            }
            self.places.push(self.strings);
        }
        self.strings += 1;
        self.raw("\"").data(text).raw("\"")
    }

    /// Does so with what a function writes.
    pub(super) fn shared_words(&mut self, write: impl FnOnce(&mut String)) -> &mut Self {
        let mut words = std::mem::take(&mut self.words);
        words.clear();
        write(&mut words);
        self.shared(&words);
        self.words = words;
        self
    }

    /// Forgets the strings that were appended before.
    pub(super) fn forget_shared(&mut self) -> &mut Self {
        self.seen = Dict::default();
        self.places.clear();
        self.strings = 0;
        self
    }

    /// Appends words of this program and numbers.
    pub(super) fn told(&mut self, told: &[Told]) -> &mut Self {
        for each in told {
            match each {
                Told::Words(words) => self.text.push_str(words),
                Told::Number(number) => push_digits(*number, &mut self.text),
            }
        }
        self
    }

    /// Appends the same as a string of data that comes but once.
    pub(super) fn told_once(&mut self, told: &[Told]) -> &mut Self {
        self.strings += 1;
        self.raw("\"").told(told).raw("\"")
    }

    /// Appends a number with commas between its thousands.
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        push_grouped(number, &mut self.text);
        self
    }

    /// Appends a number as programs write it.
    pub(super) fn digits(&mut self, number: impl Into<i128>) -> &mut Self {
        let number = number.into();
        match u64::try_from(number) {
            Ok(number) => push_digits(number, &mut self.text),
            Err(_) => _ = write!(self.text, "{number}"),
        }
        self
    }

    /// Appends a time to the second.
    pub(super) fn time(&mut self, time: Option<Time>) -> &mut Self {
        push_time(time, &mut self.text);
        self
    }

    /// Appends a stretch of time to the second.
    pub(super) fn span(&mut self, first: Option<Time>, last: Option<Time>) -> &mut Self {
        push_span(first, last, &mut self.text);
        self
    }

    /// Appends an attribute with a space before it; the tag has to be open.
    pub(super) fn attr(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.raw(" ").raw(name).raw("=\"").text(value).raw("\"")
    }

    /// Appends an element that holds nothing but text.
    pub(super) fn element(&mut self, tag: &'static str, text: &str) -> &mut Self {
        self.raw("<").raw(tag).raw(">").text(text).raw("</").raw(tag).raw(">")
    }

    /// Appends a link.
    pub(super) fn link(&mut self, href: &str, text: &str) -> &mut Self {
        self.raw("<a").attr("href", href).raw(">").text(text).raw("</a>")
    }

    /// Begins a section with its heading, which every section but the first has.
    pub(super) fn section(&mut self, id: &'static str, heading: &'static str) -> &mut Self {
        self.flow();
        self.raw("<section id=\"").raw(id).raw("\" aria-labelledby=\"h-").raw(id);
        self.raw("\"><h2 id=\"h-").raw(id).raw("\">").raw(heading).raw("</h2>\n")
    }

    /// Ends a section.
    pub(super) fn end_section(&mut self) {
        self.raw("</section>\n");
    }
}

/// Returns what a function writes, for tests.
#[cfg(test)]
pub(super) fn written(fill: impl FnOnce(&mut Markup<'_>)) -> String {
    let mut out = Vec::new();
    let mut markup = Markup::new(&mut out);
    fill(&mut markup);
    markup.finish().unwrap();
    String::from_utf8(out).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_markup_of_the_program_acts() {
        let evil = "\"><script>\u{202e}\n'&";
        let page = written(|out| {
            out.raw("<p")
                .attr("title", evil)
                .raw(">")
                .text(evil)
                .words(format_args!("{evil}"))
                .raw("</p>");
        });
        let safe = "&quot;&gt;&lt;script&gt;\\u{202e}\\n&#39;&amp;";
        assert_eq!(page, format!("<p title=\"{safe}\">{safe}{safe}</p>"));
    }

    #[test]
    fn a_string_of_data_that_comes_again_is_its_place() {
        let page = written(|out| {
            for text in ["a", "<", "a", "<", "b"] {
                out.shared(text).raw(" ");
            }
            let long = "x".repeat(SHARED + 1);
            out.shared(&long).raw(" ").shared(&long).raw(" ").shared("c").raw(" ").shared("c");
            out.raw(" ").forget_shared().shared_words(|words| words.push('a'));
        });
        let long = format!("\"{}\"", "x".repeat(SHARED + 1));
        let expected = format!("\"a\" \"\\u003c\" 0 1 \"b\" {long} {long} \"c\" 5 \"a\"");
        assert_eq!(page, expected);
    }

    #[test]
    fn a_writer_that_fails_is_told_at_the_end() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut full = Full;
        let mut out = Markup::new(&mut full);
        for _ in 0..FULL {
            out.text("text").flow();
        }
        assert_eq!(out.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
