//! Addresses that calls came from, with their places where files of places were given.

use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::table::Kind;
use crate::triage;

/// Users named beside an address.
const USERS: usize = 10;

/// Writes the section of all addresses.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.section("addresses", "Addresses");
    let table = links.table(
        "addresses",
        "Addresses that calls came from",
        &[
            ("address", Kind::Text),
            ("country", Kind::Choice),
            ("city", Kind::Text),
            ("network", Kind::Text),
            ("seen (UTC)", Kind::Time),
            ("operations", Kind::Number),
            ("users", Kind::Text),
        ],
        "report.json",
    );
    table.write(&links.site.report.addresses, out, |each, row| {
        row.mark(triage::Topic::Address, &each.ip).code(&each.ip);
        row.text(each.country.as_deref().unwrap_or("unknown"));
        row.text(each.city.as_deref().unwrap_or_default());
        row.cell(|cell| {
            if let Some(asn) = each.asn {
                cell.words(format_args!("AS{asn} "));
            }
            cell.text(each.organization.as_deref().unwrap_or_default());
        });
        row.span(each.first_seen, each.last_seen).number(each.operations);
        row.cell(|cell| {
            cell.list(&each.users, USERS, Between::Lines, |id, cell| links.user(id, cell));
        });
    });
    out.end_section();
}
