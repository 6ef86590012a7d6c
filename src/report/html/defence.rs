//! Defences that were lowered, and whether they were raised again.

use crate::investigation::model::Defence;
use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::spaced;
use crate::report::html::row::Row;
use crate::report::html::table::Kind;

/// Items of a list in the details of a row.
const ITEMS: usize = 25;

/// Writes the section of defences, with the subscriptions they are of.
pub(super) fn write(defences: &[(&str, &Defence)], links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.section("defences", "Defences that were lowered");
    let table = links.table(
        "defences",
        "Defences by the time they were lowered",
        &[
            ("time (UTC)", Kind::Time),
            ("defence", Kind::Choice),
            ("what was done", Kind::Text),
            ("by", Kind::Text),
            ("by a suspect", Kind::Choice),
            ("outcome", Kind::Choice),
            ("raised again", Kind::Choice),
            ("subscription", Kind::Text),
        ],
        "report.json",
    );
    table.write(defences, out, |(id, defence), row| write_row(id, defence, links, row));
    out.end_section();
}

fn write_row(id: &str, defence: &Defence, links: Links<'_, '_>, row: &mut Row<'_, '_>) {
    row.time(defence.time).text(&spaced(&defence.kind)).text(&defence.what);
    row.cell(|cell| links.user_or_unknown(defence.by.as_deref(), cell));
    row.yes(defence.by_suspect).text(defence.outcome.as_str());
    row.cell(|cell| match defence.raised {
        Some(at) => {
            cell.text("yes").text(" ").time(Some(at)).text(" by ");
            links.user_or_unknown(defence.raised_by.as_deref(), cell);
        }
        None if defence.moot => {
            cell.text("what it protected is gone");
        }
        None => {
            cell.text("no");
        }
    });
    row.cell(|cell| links.subscription(id, cell));
    row.detail(
        |cell| {
            cell.code(&defence.resource_id);
        },
        |cell| {
            cell.head("Operation").code(&defence.operation).line();
            cell.list(&defence.findings, ITEMS, Between::Lines, |id, cell| links.finding(id, cell));
        },
    );
}
