//! Delegated access: who comes in from another tenant, by which right, and what they do.

use crate::investigation::model::Authorization;
use crate::investigation::model::Delegation;
use crate::investigation::model::ForeignPrincipal;
use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::piece::spaced;
use crate::report::html::row::Row;
use crate::report::html::table::Kind;

/// Items of a list in the details of a row.
const ITEMS: usize = 25;

/// Writes the section of delegated access.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let access = &links.site.report.delegated_access;
    out.section("delegated", "Delegated access");
    if !access.alerts.is_empty() {
        out.raw("<p>Alerts that speak of it: ");
        let cell = &mut Cell::html(out);
        cell.list(&access.alerts, ITEMS, Between::Commas, |id, cell| links.alert(id, cell));
        out.raw("</p>\n");
    }
    let table = links.table(
        "delegated",
        "Principals of other tenants, riskiest first",
        &[
            ("risk", Kind::Choice),
            ("user", Kind::Text),
            ("kind", Kind::Choice),
            ("comes in by", Kind::Choice),
            ("from tenant", Kind::Text),
            ("since (UTC)", Kind::Time),
            ("let in by", Kind::Text),
            ("standing", Kind::Choice),
            ("operations", Kind::Number),
            ("failed", Kind::Number),
            ("findings", Kind::Number),
        ],
        "report.json",
    );
    table.write(&access.principals, out, |each, row| write_principal(each, links, row));
    out.end_section();
    let entries = links.site.report.subscriptions.iter();
    let given = entries.flat_map(|e| e.delegations.iter().map(|given| (&*e.id, given)));
    write_delegations(&given.collect::<Vec<_>>(), links, out);
}

fn write_principal(each: &ForeignPrincipal, links: Links<'_, '_>, row: &mut Row<'_, '_>) {
    row.badge(each.risk.level.as_str()).cell(|cell| links.user(&each.user, cell));
    row.text(&spaced(each.kind.as_str())).text(&spaced(each.way.as_str()));
    row.text(each.tenant_id.as_deref().unwrap_or("unknown")).time(each.since);
    row.cell(|cell| {
        cell.list(&each.let_in_by, ITEMS, Between::Lines, |id, cell| links.user(id, cell));
    });
    row.text(each.standing.map_or("unknown", |is| if is { "yes" } else { "no" }));
    row.number(each.operations).number(each.failed).number(each.findings.len() as u64);
    row.detail(
        |cell| {
            cell.words(format_args!("{}; ", each.familiarity));
            cell.text(each.because.first().map_or("nothing shows how", |why| why));
        },
        |cell| {
            for reason in each.because.iter().take(ITEMS) {
                cell.text(reason).line();
            }
            cell.head("Subscriptions");
            cell.list(&each.subscriptions, ITEMS, Between::Lines, |id, cell| {
                links.subscription(id, cell);
            });
            cell.line().head("Did").line();
            cell.list(&each.did, ITEMS, Between::Lines, |did, cell| {
                cell.code(&did.operation).text(" ").counted(did.count, "time", "times");
                if did.failed > 0 {
                    cell.words(format_args!(", {} failed", did.failed));
                }
            });
            cell.line().head("Findings").line();
            cell.list(&each.findings, ITEMS, Between::Lines, |id, cell| links.finding(id, cell));
        },
    );
}

/// Writes the delegations to other tenants.
pub(super) fn write_delegations(
    given: &[(&str, &Delegation)],
    links: Links<'_, '_>,
    out: &mut Markup<'_>,
) {
    out.section("delegations", "Delegations to other tenants");
    let table = links.table(
        "delegations",
        "Delegations to other tenants by time",
        &[
            ("time (UTC)", Kind::Time),
            ("to tenant", Kind::Text),
            ("by", Kind::Text),
            ("state", Kind::Choice),
            ("rights", Kind::Text),
            ("subscription", Kind::Text),
        ],
        "report.json",
    );
    table.write(given, out, |(id, given), row| {
        row.time(given.time).text(given.tenant_id.as_deref().unwrap_or("unknown"));
        row.cell(|cell| links.user_or_unknown(given.by.as_deref(), cell));
        row.text(&match &given.ended {
            Some(ended) => spaced(ended.how.as_str()),
            None if given.standing => "standing".into(),
            None => "not standing".into(),
        });
        row.cell(|cell| {
            cell.list(&given.authorizations, ITEMS, Between::Lines, |each, cell| {
                write_authorization(each, links, cell);
            });
        });
        row.cell(|cell| links.subscription(id, cell));
        row.detail(
            |cell| {
                cell.text(given.name.as_deref().unwrap_or("an offer without a name"));
            },
            |cell| write_given(given, links, cell),
        );
    });
    out.end_section();
}

fn write_given(given: &Delegation, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    for (head, value) in [
        ("Scope", &given.scope),
        ("Definition", &given.definition_id),
        ("Assignment", &given.assignment_id),
    ] {
        if let Some(value) = value {
            cell.head(head).code(value).line();
        }
    }
    if let Some(by) = given.offered_by.as_deref() {
        cell.head("Offered by");
        links.user(by, cell);
        cell.line();
    }
    if let Some(ended) = &given.ended {
        cell.head("Ended").text(&spaced(ended.how.as_str())).text(" at ").time(ended.time);
        cell.text(" by ");
        links.user_or_unknown(ended.by.as_deref(), cell);
        cell.line();
    }
}

fn write_authorization(given: &Authorization, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    let role = given.role.as_deref().unwrap_or(&given.role_id);
    let mark = if given.privileged == Some(true) { " (privileged)" } else { "" };
    let (who, _) = links.name_of(&given.principal);
    cell.words(format_args!("{role}{mark} to {who}"));
}
