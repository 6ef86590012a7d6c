//! Tables: the first rows as HTML, the others as data that the script draws when they are asked for.
//!
//! A browser lays out some hundred rows at once without a pause; ten thousand it does not. Every row
//! is a `tbody` of its own, so that its details stay below it however the table is sorted. Rows go
//! straight to the page: a table never stands in memory.

use hashbrown::HashSet;

use crate::report::html::markup::Markup;
use crate::report::html::piece::Form;
use crate::report::html::row::Row;

/// How many rows of a table a page has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    /// A table of so many rows stands in the page as a whole.
    pub(super) whole: usize,
    /// Of a longer one so many rows do.
    pub(super) shown: usize,
    /// At most this many rows are part of the page at all; the tables of the case have the others.
    pub(super) held: usize,
}

impl Bound {
    /// Of the main page.
    pub(super) const MAIN: Self = Self { whole: 400, shown: 150, held: 10_000 };
    /// Of the page of one entity, of which there may be thousands.
    pub(super) const ENTITY: Self = Self { whole: 200, shown: 100, held: 2000 };
}

/// How a column is sorted and filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Sorted by letters.
    Text,
    /// Sorted by letters, and not broken within a time.
    Time,
    /// Sorted by letters, and given more room than others.
    Wide,
    /// Sorted by number, and aligned to the right.
    Number,
    /// One of few words, which the reader may choose from.
    Choice,
}

/// A column: its head, and its kind.
pub(super) type Column = (&'static str, Kind);

/// One table of a page.
pub(super) struct Table {
    /// Id of the table, without its own kind of prefix.
    pub(super) id: &'static str,
    /// What the table holds, for those who do not see it.
    pub(super) caption: &'static str,
    /// Its columns.
    pub(super) columns: &'static [Column],
    /// Way from the page to the root of the case.
    pub(super) root: &'static str,
    /// File of the case that holds every row.
    pub(super) whole: &'static str,
    /// How many rows the page has.
    pub(super) bound: Bound,
}

impl Table {
    /// Writes the table, a row an item; a sentence where there are none.
    pub(super) fn write<T>(
        &self,
        items: &[T],
        out: &mut Markup<'_>,
        fill: impl Fn(&T, &mut Row<'_, '_>),
    ) {
        if items.is_empty() {
            out.raw("<p class=\"empty\">None in the evidence.</p>\n");
            return;
        }
        self.write_head(out);
        let mut anchors = HashSet::new();
        let Bound { whole, shown, held } = self.bound;
        let shown = if items.len() <= whole { whole } else { shown };
        for item in items.iter().take(shown) {
            let mut row = Row::new(Form::Html, self.columns, &mut anchors, out);
            fill(item, &mut row);
            row.end();
        }
        out.raw("</table></div>\n");
        let held = items.len().min(held);
        let rest = items.get(shown..held).unwrap_or_default();
        if !rest.is_empty() {
            self.write_rest(rest.len(), out);
            out.forget_shared();
            for (at, item) in rest.iter().enumerate() {
                out.raw(if at > 0 { ",\n" } else { "" });
                let mut row = Row::new(Form::Data, self.columns, &mut anchors, out);
                fill(item, &mut row);
                row.end();
            }
            out.raw("]</script>\n");
        }
        self.write_beyond(items.len() - held, out);
    }

    fn write_head(&self, out: &mut Markup<'_>) {
        out.raw("<div class=\"scroll\"><table data-rows id=\"t-").raw(self.id);
        out.raw("\">\n<caption>").raw(self.caption).raw("</caption>\n<thead><tr>");
        for (head, kind) in self.columns {
            out.raw("<th scope=\"col\"").raw(match kind {
                Kind::Text => ">",
                Kind::Time => " class=\"time\">",
                Kind::Wide => " class=\"wide\">",
                Kind::Number => " data-kind=\"number\" class=\"number\">",
                Kind::Choice => " data-kind=\"choice\">",
            });
            out.raw(head).raw("</th>");
        }
        out.raw("</tr></thead>\n");
    }

    /// Begins the rows that the page does not show at first.
    fn write_rest(&self, rest: usize, out: &mut Markup<'_>) {
        out.raw("<noscript><p>").number(rest as u64);
        out.raw(if rest == 1 { " more row in " } else { " more rows in " });
        self.write_link(out);
        out.raw("; this page shows them where scripts are allowed.</p></noscript>\n");
        out.raw("<script type=\"application/json\" id=\"rest-").raw(self.id);
        out.raw("\" data-rows=\"").digits(rest as u64).raw("\">[");
    }

    fn write_beyond(&self, beyond: usize, out: &mut Markup<'_>) {
        if beyond > 0 {
            out.raw("<p>").number(beyond as u64);
            out.raw(if beyond == 1 { " row more" } else { " rows more" });
            out.raw(" than this page holds in ");
            self.write_link(out);
            out.raw(".</p>\n");
        }
    }

    fn write_link(&self, out: &mut Markup<'_>) {
        out.raw("<a href=\"").raw(self.root).raw(self.whole).raw("\">").raw(self.whole).raw("</a>");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;
    use crate::report::html::markup::written;
    use crate::triage;

    const WHOLE: usize = Bound::ENTITY.whole;
    const SHOWN: usize = Bound::ENTITY.shown;

    fn table(count: usize) -> String {
        let table = Table {
            id: "x",
            caption: "Rows",
            columns: &[("name", Kind::Text), ("size", Kind::Number)],
            root: "../",
            whole: "tables/x.csv",
            bound: Bound::ENTITY,
        };
        let items: Vec<usize> = (0..count).collect();
        written(|out| {
            table.write(&items, out, |at, row| {
                row.anchor(format!("r{at}"));
                if at % 3 == 0 {
                    row.mark(triage::Topic::Alert, &format!("<{at}"));
                }
                row.cell(|cell| {
                    cell.words(format_args!("<{at}>"));
                });
                row.number(*at as u64);
                match at % 3 {
                    0 => {}
                    1 => row.note(|cell| {
                        cell.code("id");
                    }),
                    _ => row.detail(
                        |cell| {
                            cell.text("why");
                        },
                        |cell| {
                            cell.text("so");
                        },
                    ),
                }
            });
        })
    }

    #[test]
    fn rows_beyond_the_first_are_data_and_none_is_lost() {
        let page = table(WHOLE + 1);
        assert_eq!(page.matches("<tbody").count(), SHOWN);
        let (_, data) = page.split_once("id=\"rest-x\" data-rows=\"101\">").unwrap();
        let rows: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
        let first = [
            json!(["r100", null, [["<100>"], ["100"]], [["c", "id"]]]),
            json!(["r101", null, [["<101>"], ["101"]], ["why"], ["so"]]),
            json!(["r102", "alert \\u003c102", [["<102>"], ["102"]]]),
            json!(["r103", null, [["<103>"], ["103"]], [["c", 2]]]),
        ];
        assert_eq!(rows.as_array().unwrap()[..4], first);
        assert_eq!(rows.as_array().unwrap().len(), 101);
        assert!(page.contains("101 more rows in <a href=\"../tables/x.csv\">tables/x.csv</a>"));
        assert!(!page.contains("than this page holds"));
    }

    #[test]
    fn rows_that_a_page_does_not_hold_are_counted_and_pointed_at() {
        let page = table(Bound::ENTITY.held + 1);
        assert!(page.contains("data-rows=\"1900\">"));
        assert!(
            page.contains("<p>1 row more than this page holds in <a href=\"../tables/x.csv\">")
        );
    }

    #[test]
    fn a_short_table_holds_no_data_and_an_empty_one_says_so() {
        assert!(!table(WHOLE).contains("<script"));
        assert!(table(0).contains("None in the evidence"));
    }

    #[test]
    fn every_row_and_its_details_are_closed() {
        let page = table(3);
        for tag in ["tbody", "tr", "td", "details", "summary", "div"] {
            let open = page.matches(&format!("<{tag}>")).count()
                + page.matches(&format!("<{tag} ")).count();
            assert_eq!(open, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}
