//! One row of a table: its cells, and what unfolds below them.

use std::fmt;

use hashbrown::HashSet;

use crate::base::Time;
use crate::base::text::push_exact;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Cell;
use crate::report::html::piece::Form;
use crate::report::html::table::Column;
use crate::report::html::table::Kind;
use crate::triage;

/// Writes one row.
pub(super) struct Row<'r, 'w> {
    out: &'r mut Markup<'w>,
    form: Form,
    columns: &'static [Column],
    anchors: &'r mut HashSet<String>,
    anchor: Option<String>,
    mark: Option<String>,
    /// Cells written.
    cells: usize,
    has_detail: bool,
}

impl<'r, 'w> Row<'r, 'w> {
    /// Begins a row; `anchors` are the places of rows before it.
    pub(super) fn new(
        form: Form,
        columns: &'static [Column],
        anchors: &'r mut HashSet<String>,
        out: &'r mut Markup<'w>,
    ) -> Self {
        Self { out, form, columns, anchors, anchor: None, mark: None, cells: 0, has_detail: false }
    }

    /// Where links to the row lead, before its first cell; it has to be safe in an address.
    pub(super) fn anchor(&mut self, anchor: String) -> &mut Self {
        self.anchor = Some(anchor);
        self
    }

    /// What a mark on the row is about, before its first cell.
    pub(super) fn mark(&mut self, topic: triage::Topic, id: &str) -> &mut Self {
        let mut mark = String::with_capacity(topic.as_str().len() + 1 + id.len());
        mark.push_str(topic.as_str());
        mark.push(' ');
        push_exact(id, &mut mark);
        self.mark = Some(mark);
        self
    }

    /// Writes the next cell.
    pub(super) fn cell(&mut self, fill: impl FnOnce(&mut Cell<'_, 'w>)) -> &mut Self {
        if self.cells == 0 {
            self.begin();
        }
        let kind = self.columns.get(self.cells).map(|(_, kind)| *kind);
        self.out.raw(match (self.form, kind) {
            (Form::Data, _) if self.cells == 0 => "[",
            (Form::Data, _) => ",[",
            (Form::Html, Some(Kind::Number)) => "<td class=\"number\">",
            (Form::Html, Some(Kind::Time)) => "<td class=\"time\">",
            (Form::Html, Some(Kind::Wide)) => "<td class=\"wide\">",
            (Form::Html, _) => "<td>",
        });
        fill(&mut Cell::new(self.form, self.out));
        self.out.raw(if self.form == Form::Html { "</td>" } else { "]" });
        self.cells += 1;
        self
    }

    fn begin(&mut self) {
        let (anchor, mark) = (self.anchor.take(), self.mark.take());
        if self.form == Form::Data {
            for (open, text) in [("[", anchor), (",", mark)] {
                match text {
                    Some(text) => self.out.raw(open).raw("\"").data(&text).raw("\""),
                    None => self.out.raw(open).raw("null"),
                };
            }
            self.out.raw(",[");
            return;
        }
        self.out.raw("<tbody");
        if let Some(anchor) = anchor.filter(|anchor| !self.anchors.contains(anchor)) {
            self.out.attr("id", &anchor);
            self.anchors.insert(anchor);
        }
        if let Some(mark) = mark {
            self.out.attr("data-mark", &mark);
        }
        self.out.raw("><tr>");
    }

    /// Writes a cell of plain text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.cell(|cell| {
            cell.text(text);
        })
    }

    /// Writes a cell of a number.
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.cell(|cell| {
            cell.number(number);
        })
    }

    /// Writes a cell of formatted text.
    pub(super) fn words(&mut self, words: fmt::Arguments<'_>) -> &mut Self {
        self.cell(|cell| {
            cell.words(words);
        })
    }

    /// Writes a cell of an id, a name or a value as the evidence has it.
    pub(super) fn code(&mut self, text: &str) -> &mut Self {
        self.cell(|cell| {
            cell.code(text);
        })
    }

    /// Writes a cell of a word of a fixed list, with the look of its own.
    pub(super) fn badge(&mut self, word: &'static str) -> &mut Self {
        self.cell(|cell| {
            cell.badge(word);
        })
    }

    /// Writes a cell of a time.
    pub(super) fn time(&mut self, time: Option<Time>) -> &mut Self {
        self.cell(|cell| {
            cell.time(time);
        })
    }

    /// Writes a cell of a stretch of time.
    pub(super) fn span(&mut self, first: Option<Time>, last: Option<Time>) -> &mut Self {
        self.cell(|cell| {
            cell.span(first, last);
        })
    }

    /// Writes a cell of yes or no.
    pub(super) fn yes(&mut self, is: bool) -> &mut Self {
        self.text(if is { "yes" } else { "no" })
    }

    /// Writes a line below the row.
    pub(super) fn note(&mut self, note: impl FnOnce(&mut Cell<'_, 'w>)) {
        self.below("", note, None::<fn(&mut Cell<'_, 'w>)>);
    }

    /// Writes a line below the row, and what unfolds from it.
    pub(super) fn detail(
        &mut self,
        summary: impl FnOnce(&mut Cell<'_, 'w>),
        body: impl FnOnce(&mut Cell<'_, 'w>),
    ) {
        self.below("<details><summary>", summary, Some(body));
    }

    /// Writes a line below the row, with what belongs to it unfolded.
    pub(super) fn open_detail(
        &mut self,
        summary: impl FnOnce(&mut Cell<'_, 'w>),
        body: impl FnOnce(&mut Cell<'_, 'w>),
    ) {
        self.below("<details open><summary>", summary, Some(body));
    }

    fn below(
        &mut self,
        open: &'static str,
        summary: impl FnOnce(&mut Cell<'_, 'w>),
        body: Option<impl FnOnce(&mut Cell<'_, 'w>)>,
    ) {
        let is_html = self.form == Form::Html;
        if is_html {
            self.out.raw("</tr><tr class=\"detail\"><td colspan=\"");
            self.out.digits(self.columns.len() as u64).raw("\">").raw(open);
        } else {
            self.out.raw("],[");
        }
        summary(&mut Cell::new(self.form, self.out));
        if let Some(body) = body {
            self.out.raw(if is_html { "</summary><div>" } else { "],[" });
            body(&mut Cell::new(self.form, self.out));
            self.out.raw(if is_html { "</div></details>" } else { "" });
        }
        self.out.raw(if is_html { "</td>" } else { "]" });
        self.has_detail = true;
    }

    /// Ends the row.
    pub(super) fn end(self) {
        self.out.raw(match (self.form, self.has_detail) {
            (Form::Html, _) => "</tr></tbody>\n",
            (Form::Data, true) => "]",
            (Form::Data, false) => "]]",
        });
        self.out.flow();
    }
}
