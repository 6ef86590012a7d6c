//! What stays: runbooks, resources left behind.

use crate::investigation::model::Residue;
use crate::investigation::model::Runbook;
use crate::report::html::defence;
use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::spaced;
use crate::report::html::site::all_residue;
use crate::report::html::table::Kind;
use crate::triage;

/// Items of a list in the details of a row.
const ITEMS: usize = 25;

/// Writes the sections of all subscriptions.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let report = links.site.report;
    let runbooks =
        report.subscriptions.iter().flat_map(|e| e.runbooks.iter().map(|change| (&*e.id, change)));
    write_runbooks(&runbooks.collect::<Vec<_>>(), links, out);
    write_residue(&all_residue(report).collect::<Vec<_>>(), links, out);
    let entries = report.subscriptions.iter();
    let defences = entries.flat_map(|e| e.defences.iter().map(|defence| (&*e.id, defence)));
    let tenant = report.tenant_defences.iter().map(|defence| ("", defence));
    defence::write(&tenant.chain(defences).collect::<Vec<_>>(), links, out);
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
    out.section("runbooks", "Automation");
    let table = links.table(
        "runbooks",
        "Changes of accounts, runbooks and what starts them, by time",
        &[
            ("time (UTC)", Kind::Time),
            ("kind", Kind::Choice),
            ("name", Kind::Text),
            ("change", Kind::Choice),
            ("by", Kind::Text),
            ("familiar", Kind::Choice),
            ("still there", Kind::Choice),
            ("subscription", Kind::Text),
        ],
        "report.json",
    );
    table.write(changes, out, |(id, change), row| {
        row.mark(triage::Topic::Runbook, &change.resource_id);
        row.time(change.time).text(&change.kind).text(name_of(&change.resource_id));
        row.text(&spaced(&change.change));
        row.cell(|cell| links.user_or_unknown(change.by.as_deref(), cell));
        row.yes(change.familiar)
            .yes(change.still_present)
            .cell(|cell| links.subscription(id, cell));
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
        "Resources that users under suspicion made or changed, the most useful to an intruder first",
        &[
            ("power", Kind::Number),
            ("first (UTC)", Kind::Time),
            ("change", Kind::Choice),
            ("resource", Kind::Text),
            ("type", Kind::Choice),
            ("by", Kind::Text),
            ("still there", Kind::Choice),
            ("subscription", Kind::Text),
        ],
        "tables/residue.csv",
    );
    table.write(left, out, |(id, left), row| {
        row.mark(triage::Topic::Resource, &left.resource_id);
        row.number(u64::from(left.power)).time(left.created).text(left.change.as_str());
        row.text(name_of(&left.resource_id)).text(&left.resource_type);
        row.cell(|cell| links.user_or_unknown(left.created_by.as_deref(), cell));
        row.yes(left.still_present);
        row.cell(|cell| links.subscription(id, cell));
        row.detail(
            |cell| {
                cell.code(&left.resource_id).words(format_args!(" it {}", left.power_because));
            },
            |cell| {
                cell.head("Changes").number(left.changes).text(", the last at ");
                cell.time(left.last_change).line();
                cell.list(&left.findings, ITEMS, Between::Lines, |id, cell| {
                    links.finding(id, cell);
                });
            },
        );
    });
    out.end_section();
}
