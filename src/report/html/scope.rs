//! What stays: runbooks, resources left behind.

use crate::investigation::model::Residue;
use crate::investigation::model::Runbook;
use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
use crate::report::html::piece::spaced;
use crate::report::html::site::all_residue;
use crate::report::html::table::Kind;
use crate::triage;

/// Writes the sections of all subscriptions.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let report = links.site.report;
    let runbooks =
        report.subscriptions.iter().flat_map(|e| e.runbooks.iter().map(|change| (&*e.id, change)));
    write_runbooks(&runbooks.collect::<Vec<_>>(), links, out);
    write_residue(&all_residue(report).collect::<Vec<_>>(), links, out);
}

/// Returns the last part of a resource id.
pub(super) fn name_of(resource_id: &str) -> &str {
    resource_id.rsplit('/').next().unwrap_or_default()
}

/// Writes the changes of automation runbooks.
pub(super) fn write_runbooks(
    changes: &[(&str, &Runbook)],
    links: Links<'_, '_>,
    out: &mut Markup<'_>,
) {
    out.section("runbooks", "Runbooks");
    let table = links.table(
        "runbooks",
        "Changes of automation runbooks by time",
        &[
            ("time (UTC)", Kind::Time),
            ("runbook", Kind::Text),
            ("change", Kind::Choice),
            ("by", Kind::Text),
            ("there before", Kind::Choice),
            ("subscription", Kind::Text),
        ],
        "report.json",
    );
    table.write(changes, out, |(id, change), row| {
        row.mark(triage::Kind::Runbook, &change.resource_id);
        row.time(change.time).text(name_of(&change.resource_id)).text(&spaced(&change.change));
        row.cell(|cell| links.user_or_unknown(change.by.as_deref(), cell));
        row.yes(change.familiar).cell(|cell| links.subscription(id, cell));
        row.note(|cell| {
            cell.code(&change.resource_id);
        });
    });
    out.end_section();
}

/// Writes the resources that users under suspicion made.
pub(super) fn write_residue(left: &[(&str, &Residue)], links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.section("residue", "Residue");
    let table = links.table(
        "residue",
        "Resources made by users under suspicion",
        &[
            ("created (UTC)", Kind::Time),
            ("resource", Kind::Text),
            ("type", Kind::Choice),
            ("by", Kind::Text),
            ("still present", Kind::Choice),
            ("there before", Kind::Choice),
            ("subscription", Kind::Text),
        ],
        "tables/residue.csv",
    );
    table.write(left, out, |(id, left), row| {
        row.mark(triage::Kind::Resource, &left.resource_id);
        row.time(left.created).text(name_of(&left.resource_id)).text(&left.resource_type);
        row.cell(|cell| links.user_or_unknown(left.created_by.as_deref(), cell));
        row.yes(left.still_present).yes(left.familiar);
        row.cell(|cell| links.subscription(id, cell));
        row.note(|cell| {
            cell.code(&left.resource_id);
        });
    });
    out.end_section();
}
