//! HTML under construction: markup comes from this program only, everything else is escaped.

use serde_json::Value;

use crate::base::text::for_html;
use crate::base::text::for_json_island;
use crate::base::text::for_terminal;
use crate::base::text::grouped;

/// Collects a page. What is not known when the program is built cannot get in unescaped.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Appends markup of this program.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Appends text as one line.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&for_html(&for_terminal(text)));
        self
    }

    /// Appends text whose line breaks are kept, for `pre`.
    pub(super) fn lines(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&for_html(text));
        self
    }

    /// Appends a number with commas between its thousands.
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.0.push_str(&grouped(number));
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

    /// Appends data for the script, which browsers do not run.
    pub(super) fn data(&mut self, id: &str, value: &Value) -> &mut Self {
        self.raw("<script type=\"application/json\"").attr("id", id).island(value)
    }

    /// Appends rows as data for the script, with their number, which it tells before it reads them.
    pub(super) fn rows(&mut self, id: &str, count: u64, rows: &Value) -> &mut Self {
        self.raw("<script type=\"application/json\"").attr("id", id);
        self.attr("data-rows", &count.to_string()).island(rows)
    }

    fn island(&mut self, value: &Value) -> &mut Self {
        self.raw(">").0.push_str(&for_json_island(&value.to_string()));
        self.raw("</script>\n")
    }

    /// Appends markup that was collected elsewhere.
    pub(super) fn append(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// Returns the page so far.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_markup_of_the_program_acts() {
        let mut out = Markup::default();
        let evil = "\"><script>\u{202e}\n'&";
        out.raw("<p").attr("title", evil).raw(">").text(evil).raw("</p>");
        let safe = "&quot;&gt;&lt;script&gt;\\u{202e}\\n&#39;&amp;";
        assert_eq!(out.as_str(), format!("<p title=\"{safe}\">{safe}</p>"));
    }

    #[test]
    fn data_cannot_end_its_element() {
        let mut out = Markup::default();
        let value = Value::from("</script><!--\u{2028}&");
        out.data("d", &value);
        let inner = out.as_str().split_once('>').unwrap().1.split_once("</script>").unwrap().0;
        assert!(!inner.contains('<') && !inner.contains('\u{2028}'), "{inner}");
        assert_eq!(serde_json::from_str::<Value>(inner).unwrap(), value);
    }
}
