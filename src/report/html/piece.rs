//! What stands in a cell: text, links, levels, code; as HTML, or as data that the script draws.
//!
//! `script.js` (`piece`) makes the same elements from the data as the HTML has. The first piece of a
//! cell is what its column sorts by.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;
use std::ops::Deref;

use crate::base::Time;
use crate::base::text::counted;
use crate::base::text::push_grouped;
use crate::report::html::markup::Markup;
use crate::report::html::markup::Told;
use crate::report::push_span;
use crate::report::push_time;

/// How a cell is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As HTML.
    Html,
    /// As members of a JSON list: a string for text, else a list that begins with its kind. A string
    /// that came before in the table stands as its place among those ([`Markup::shared`]).
    Data,
}

/// Writes the pieces of one cell.
pub(super) struct Cell<'c, 'w> {
    out: &'c mut Markup<'w>,
    form: Form,
    is_first: bool,
}

impl<'c, 'w> Cell<'c, 'w> {
    /// Begins a cell.
    pub(super) fn new(form: Form, out: &'c mut Markup<'w>) -> Self {
        Self { out, form, is_first: true }
    }

    /// Begins what stands outside of tables.
    pub(super) fn html(out: &'c mut Markup<'w>) -> Self {
        Self::new(Form::Html, out)
    }

    /// Begins a piece; returns whether it is HTML.
    fn is_html(&mut self) -> bool {
        if self.form == Form::Data && !self.is_first {
            self.out.raw(",");
        }
        self.is_first = false;
        self.form == Form::Html
    }

    /// Appends text: as HTML with `html`, as data with what `data` writes.
    fn piece(
        &mut self,
        html: impl FnOnce(&mut Markup<'w>),
        data: impl FnOnce(&mut String),
    ) -> &mut Self {
        if self.is_html() {
            html(self.out);
        } else {
            self.out.shared_words(data);
        }
        self
    }

    /// Appends plain text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        if self.is_html() {
            self.out.text(text);
        } else {
            self.out.shared(text);
        }
        self
    }

    /// Appends formatted text.
    pub(super) fn words(&mut self, words: fmt::Arguments<'_>) -> &mut Self {
        self.piece(|out| _ = out.words(words), |data| _ = data.write_fmt(words))
    }

    /// Appends words of this program and numbers that hardly come again in the table.
    pub(super) fn told(&mut self, told: &[Told]) -> &mut Self {
        if self.is_html() {
            self.out.told(told);
        } else {
            self.out.told_once(told);
        }
        self
    }

    /// Appends a number with commas between its thousands.
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.piece(|out| _ = out.number(number), |data| push_grouped(number, data))
    }

    /// Appends a number and the fitting one of two words.
    pub(super) fn counted(
        &mut self,
        number: u64,
        one: &'static str,
        many: &'static str,
    ) -> &mut Self {
        self.words(format_args!("{}", counted(number, one, many)))
    }

    /// Appends a time to the second.
    pub(super) fn time(&mut self, time: Option<Time>) -> &mut Self {
        self.piece(|out| _ = out.time(time), |data| push_time(time, data))
    }

    /// Appends a stretch of time to the second.
    pub(super) fn span(&mut self, first: Option<Time>, last: Option<Time>) -> &mut Self {
        self.piece(|out| _ = out.span(first, last), |data| push_span(first, last, data))
    }

    /// Appends text that heads what follows.
    pub(super) fn head(&mut self, text: &'static str) -> &mut Self {
        if self.is_html() {
            self.out.raw("<strong>").raw(text).raw("</strong>");
        } else {
            self.out.raw("[\"h\",\"").raw(text).raw("\"]");
        }
        self.text(" ")
    }

    /// Appends a link inside the case.
    pub(super) fn link(&mut self, href: &str, text: &str) -> &mut Self {
        self.link_to(|words| words.push_str(href), text)
    }

    /// Appends a link to the address that a function writes.
    pub(super) fn link_to(&mut self, href: impl FnOnce(&mut String), text: &str) -> &mut Self {
        if self.is_html() {
            let mut address = String::new();
            href(&mut address);
            self.out.link(&address, text);
        } else {
            self.out.raw("[\"a\",").shared(text).raw(",").shared_words(href).raw("]");
        }
        self
    }

    /// Appends a word of a fixed list, with the look of its own.
    pub(super) fn badge(&mut self, word: &'static str) -> &mut Self {
        if self.is_html() {
            self.out.raw("<span class=\"badge ").raw(word).raw("\">").text(&spaced(word));
            self.out.raw("</span>");
        } else {
            self.out.raw("[\"b\",\"").data(&spaced(word)).raw("\",\"").raw(word).raw("\"]");
        }
        self
    }

    /// Appends an id, a name or a value as the evidence has it.
    pub(super) fn code(&mut self, text: &str) -> &mut Self {
        if self.is_html() {
            self.out.raw("<code>").text(text).raw("</code>");
        } else {
            self.out.raw("[\"c\",").shared(text).raw("]");
        }
        self
    }

    /// Appends the id of an event whose record the page holds.
    pub(super) fn event(&mut self, id: &str) -> &mut Self {
        if self.is_html() {
            self.out.raw("<code class=\"event\">").text(id).raw("</code>");
        } else {
            self.out.raw("[\"e\",").shared(id).raw("]");
        }
        self
    }

    /// Appends formatted text that looks like [`Cell::code`].
    pub(super) fn code_words(&mut self, words: fmt::Arguments<'_>) -> &mut Self {
        if self.is_html() {
            self.out.raw("<code>").words(words).raw("</code>");
        } else {
            self.out.raw("[\"c\",").shared_words(|data| _ = data.write_fmt(words)).raw("]");
        }
        self
    }

    /// Appends a command to copy, with its line breaks.
    pub(super) fn command(&mut self, text: &str) -> &mut Self {
        if self.is_html() {
            self.out.raw("<pre>").lines(text).raw("</pre>");
        } else {
            self.out.raw("[\"p\",\"").data_lines(text).raw("\"]");
        }
        self
    }

    /// Ends a line.
    pub(super) fn line(&mut self) -> &mut Self {
        if self.is_html() {
            self.out.raw("<br>");
        } else {
            self.out.raw("[\"n\"]");
        }
        self
    }

    /// Appends the first items of a list with something between each two, and how many are left out.
    pub(super) fn list<T>(
        &mut self,
        items: &[T],
        most: usize,
        between: Between,
        mut item: impl FnMut(&T, &mut Self),
    ) -> &mut Self {
        for (at, each) in items.iter().take(most).enumerate() {
            if at > 0 {
                self.between(between);
            }
            item(each, self);
        }
        if items.len() > most {
            self.between(between);
            self.words(format_args!("and {} more", items.len() - most));
        }
        self
    }

    /// Appends a line of a head and the first codes of a list; nothing where the list is empty.
    pub(super) fn entry<S: Deref<Target = str>>(
        &mut self,
        head: &'static str,
        items: &[S],
        most: usize,
    ) -> &mut Self {
        if items.is_empty() {
            return self;
        }
        self.head(head).codes(items, most).line()
    }

    fn between(&mut self, between: Between) {
        match between {
            Between::Lines => self.line(),
            Between::Commas => self.text(", "),
        };
    }

    /// Appends the first codes of a list, with commas between them.
    pub(super) fn codes<S: Deref<Target = str>>(&mut self, items: &[S], most: usize) -> &mut Self {
        self.list(items, most, Between::Commas, |item, cell| {
            cell.code(item);
        })
    }
}

/// What stands between the items of a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Between {
    /// Each item has a line.
    Lines,
    /// The items share a line.
    Commas,
}

/// Returns a word of the model for people.
pub(super) fn spaced(word: &str) -> Cow<'_, str> {
    if word.contains('_') { word.replace('_', " ").into() } else { word.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;
    use crate::report::html::markup::written;

    const EVIL: &str = "</script><b>\"\u{202e}";

    fn fill(cell: &mut Cell<'_, '_>) {
        cell.text(EVIL).number(1200).span(Some(Time(0)), None).badge("not_in_evidence").event(EVIL);
        cell.link("#f-1", EVIL).code(EVIL).command("a\nb").line().head("Id");
        cell.codes(&["x".to_owned(), "y".to_owned(), "z".to_owned()], 2);
    }

    #[test]
    fn both_forms_tell_the_same_and_nothing_of_the_evidence_acts() {
        let html = written(|out| fill(&mut Cell::html(out)));
        assert!(!html.contains("</script>") && !html.contains("<b>"), "{html}");
        assert!(html.ends_with("<code>x</code>, <code>y</code>, and 1 more"), "{html}");
        let data = written(|out| {
            out.raw("[");
            fill(&mut Cell::new(Form::Data, out));
            out.raw("]");
        });
        assert!(!data.contains('<'), "{data}");
        let shown = "</script><b>\"\\u{202e}";
        let expected = json!([
            shown,
            "1,200",
            "1970-01-01 00:00:00Z to unknown",
            ["b", "not in evidence", "not_in_evidence"],
            ["e", 0],
            ["a", 0, "#f-1"],
            ["c", 0],
            ["p", "a\nb"],
            ["n"],
            ["h", "Id"],
            " ",
            ["c", "x"],
            ", ",
            ["c", "y"],
            6,
            "and 1 more"
        ]);
        assert_eq!(serde_json::from_str::<Value>(&data).unwrap(), expected);
    }
}
