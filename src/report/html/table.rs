//! Tables: the first rows as HTML, the others as data that the script draws when they are asked for.
//!
//! A browser lays out five hundred rows at once without a pause; ten thousand it does not. Every row
//! is a `tbody` of its own, so that its details stay below it however the table is sorted.

use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::json;

use crate::base::text::counted;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Cell;
use crate::report::html::piece::data_of;
use crate::report::html::piece::write_all;

/// Rows of a table that stand in the page itself.
pub(super) const ROWS: usize = 500;
/// So many rows are part of a page at all; the tables of the case have the others.
const MOST: usize = 10_000;

/// Tells how a column is sorted and filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Sorted by letters, as times are.
    Text,
    /// Sorted by number, and aligned to the right.
    Number,
    /// One of few words, which the reader may choose from.
    Choice,
}

/// Is a column: its head, and its kind.
pub(super) type Column = (&'static str, Kind);

/// Is one row.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// Where links to the row lead; safe in an address.
    pub(super) anchor: Option<String>,
    /// One cell a column.
    pub(super) cells: Vec<Cell>,
    /// A line below the row, and what unfolds from it.
    pub(super) detail: Option<Detail>,
}

/// Is what unfolds below a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Detail {
    /// The line that is always seen.
    pub(super) summary: Cell,
    /// The rest.
    pub(super) body: Cell,
    /// Whether the rest is seen at first.
    pub(super) is_open: bool,
}

impl Detail {
    /// Writes the line, and what unfolds from it where that is anything.
    fn write(&self, out: &mut Markup) {
        if self.body.is_empty() {
            write_all(&self.summary, out);
            return;
        }
        out.raw(if self.is_open { "<details open><summary>" } else { "<details><summary>" });
        write_all(&self.summary, out);
        out.raw("</summary><div>");
        write_all(&self.body, out);
        out.raw("</div></details>");
    }
}

/// Is one table of a page.
pub(super) struct Table {
    /// Id of the table, without its own kind of prefix.
    pub(super) id: &'static str,
    /// What the table holds, for those who do not see it.
    pub(super) caption: &'static str,
    /// Its columns.
    pub(super) columns: &'static [Column],
    /// File of the case that holds every row, as an address from the page.
    pub(super) whole: String,
    /// Its rows.
    pub(super) rows: Vec<Row>,
}

impl Table {
    /// Writes the table; a sentence where it has no rows.
    pub(super) fn write(&self, out: &mut Markup) {
        if self.rows.is_empty() {
            out.raw("<p class=\"empty\">None in the evidence.</p>\n");
            return;
        }
        out.raw("<div class=\"scroll\"><table data-rows").attr("id", &format!("t-{}", self.id));
        out.raw(">\n<caption>").raw(self.caption).raw("</caption>\n<thead><tr>");
        for (head, kind) in self.columns {
            out.raw("<th scope=\"col\"").raw(match kind {
                Kind::Text => ">",
                Kind::Number => " data-kind=\"number\" class=\"number\">",
                Kind::Choice => " data-kind=\"choice\">",
            });
            out.raw(head).raw("</th>");
        }
        out.raw("</tr></thead>\n");
        let mut anchors = BTreeSet::new();
        for row in self.rows.iter().take(ROWS) {
            self.write_row(row, &mut anchors, out);
        }
        out.raw("</table></div>\n");
        self.write_rest(out);
    }

    fn write_row<'r>(&self, row: &'r Row, anchors: &mut BTreeSet<&'r str>, out: &mut Markup) {
        out.raw("<tbody");
        if let Some(anchor) = row.anchor.as_deref().filter(|anchor| anchors.insert(anchor)) {
            out.attr("id", anchor);
        }
        out.raw("><tr>");
        for (cell, (_, kind)) in row.cells.iter().zip(self.columns) {
            out.raw(if *kind == Kind::Number { "<td class=\"number\">" } else { "<td>" });
            write_all(cell, out);
            out.raw("</td>");
        }
        out.raw("</tr>");
        if let Some(detail) = &row.detail {
            out.raw("<tr class=\"detail\"><td");
            out.attr("colspan", &self.columns.len().to_string()).raw(">");
            detail.write(out);
            out.raw("</td></tr>");
        }
        out.raw("</tbody>\n");
    }

    /// Writes the rows that the page does not show at first.
    fn write_rest(&self, out: &mut Markup) {
        let rest = self.rows.len().min(MOST).saturating_sub(ROWS);
        if rest == 0 {
            return;
        }
        out.raw("<noscript><p>").text(&counted(rest as u64, "more row", "more rows"));
        out.raw(" in ").link(&self.whole, self.whole.trim_start_matches("../"));
        out.raw("; this page shows them where scripts are allowed.</p></noscript>\n");
        let rows: Value = self.rows.iter().take(MOST).skip(ROWS).map(row_data).collect();
        out.rows(&format!("rest-{}", self.id), rest as u64, &rows);
        let beyond = self.rows.len().saturating_sub(MOST);
        if beyond > 0 {
            out.raw("<p>").text(&counted(beyond as u64, "row more", "rows more"));
            out.raw(" than a page holds in ")
                .link(&self.whole, self.whole.trim_start_matches("../"));
            out.raw(".</p>\n");
        }
    }
}

/// Returns a row as data: anchor, cells, summary and body of its details.
fn row_data(row: &Row) -> Value {
    let cells: Vec<Value> = row.cells.iter().map(|cell| data_of(cell)).collect();
    match &row.detail {
        Some(detail) => {
            json!([row.anchor, cells, data_of(&detail.summary), data_of(&detail.body)])
        }
        None => json!([row.anchor, cells]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::html::piece::text;

    fn table(count: usize) -> String {
        let row = |at: usize| Row {
            anchor: Some(format!("r{at}")),
            cells: vec![text(format!("<{at}>"))],
            detail: None,
        };
        let table = Table {
            id: "x",
            caption: "Rows",
            columns: &[("name", Kind::Text)],
            whole: "tables/x.csv".into(),
            rows: (0..count).map(row).collect(),
        };
        let mut out = Markup::default();
        table.write(&mut out);
        out.as_str().to_owned()
    }

    #[test]
    fn rows_beyond_the_first_are_data_and_none_is_lost() {
        let page = table(ROWS + 2);
        assert_eq!(page.matches("<tbody").count(), ROWS);
        let data = page
            .split_once("id=\"rest-x\" data-rows=\"2\">")
            .unwrap()
            .1
            .split_once("</script>")
            .unwrap()
            .0;
        let rows: Value = serde_json::from_str(data).unwrap();
        assert_eq!(rows, json!([["r500", ["<500>"]], ["r501", ["<501>"]]]));
        assert!(page.contains("2 more rows in <a href=\"tables/x.csv\">"));
    }

    #[test]
    fn a_short_table_holds_no_data_and_an_empty_one_says_so() {
        assert!(!table(ROWS).contains("<script"));
        assert!(table(0).contains("None in the evidence"));
    }
}
