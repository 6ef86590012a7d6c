//! What stays: changes of rights, delegations, runbooks, resources left behind.

use crate::investigation::model::Authorization;
use crate::investigation::model::Delegation;
use crate::investigation::model::IamChange;
use crate::investigation::model::PimAssignment;
use crate::investigation::model::Residue;
use crate::investigation::model::Runbook;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::piece::spaced;
use crate::report::html::site::Change;
use crate::report::html::site::Links;
use crate::report::html::site::all_changes;
use crate::report::html::site::all_residue;
use crate::report::html::table::Kind;
use crate::report::html::table::Row;
use crate::triage;

/// Items of a list in a row.
const ITEMS: usize = 25;

/// Writes the sections of all subscriptions and of the tenant.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let report = links.site.report;
    write_changes(all_changes(report).collect(), links, out);
    let entries = &report.subscriptions;
    let given = entries.iter().flat_map(|e| e.delegations.iter().map(|given| (&*e.id, given)));
    write_delegations(&given.collect::<Vec<_>>(), links, out);
    let runbooks = entries.iter().flat_map(|e| e.runbooks.iter().map(|change| (&*e.id, change)));
    write_runbooks(&runbooks.collect::<Vec<_>>(), links, out);
    write_residue(&all_residue(report).collect::<Vec<_>>(), links, out);
}

/// Returns the last part of a resource id.
pub(super) fn name_of(resource_id: &str) -> &str {
    resource_id.rsplit('/').next().unwrap_or_default()
}

/// Writes changes of rights: standing ones first, privileged ones first among them, then by time.
pub(super) fn write_changes(
    mut changes: Vec<Change<'_>>,
    links: Links<'_, '_>,
    out: &mut Markup<'_>,
) {
    changes.sort_by_key(|(_, change)| {
        (!change.standing, change.privileged != Some(true), change.time)
    });
    out.section("rights", "Changes of rights");
    let table = links.table(
        "rights",
        "Changes of rights, standing and privileged ones first",
        &[
            ("time (UTC)", Kind::Time),
            ("change", Kind::Choice),
            ("role", Kind::Text),
            ("privileged", Kind::Choice),
            ("to", Kind::Text),
            ("by", Kind::Text),
            ("level of scope", Kind::Choice),
            ("standing", Kind::Choice),
            ("subscription", Kind::Text),
        ],
        "tables/iam-changes.csv",
    );
    table.write(&changes, out, |(id, change), row| write_change(*id, change, links, row));
    out.end_section();
}

fn write_change(
    subscription: Option<&str>,
    change: &IamChange,
    links: Links<'_, '_>,
    row: &mut Row<'_, '_>,
) {
    let role = change.role.as_deref().or(change.role_id.as_deref()).unwrap_or("unknown");
    let eligible = match change.pim_assignment {
        Some(PimAssignment::Eligible) => " (eligible)",
        Some(PimAssignment::Active) | None => "",
    };
    row.mark(triage::Kind::Grant, &change.grant_id());
    row.time(change.time).text(&spaced(change.change.as_str()));
    row.words(format_args!("{role}{eligible}"));
    row.text(change.privileged.map_or("unknown", |is| if is { "yes" } else { "no" }));
    row.cell(|cell| {
        links.user_or_unknown(change.principal.as_deref(), cell);
        if !change.familiar_principal && change.principal.is_some() {
            cell.text(" (new)");
        }
    });
    row.cell(|cell| links.user_or_unknown(change.by.as_deref(), cell));
    row.text(&change.scope_level.map_or_else(|| "unknown".into(), |l| spaced(l.as_str())));
    row.cell(|cell| {
        cell.text(if change.standing { "yes" } else { "no" });
        if let Some(end) = change.expires {
            cell.text(" until ").time(Some(end));
        }
    });
    row.cell(|cell| match subscription {
        Some(id) => links.subscription(id, cell),
        None => {
            cell.text("above subscriptions");
        }
    });
    let scope = |cell: &mut Cell<'_, '_>| {
        cell.text("scope ").code(change.scope.as_deref().unwrap_or("unknown"));
    };
    if change.findings.is_empty() {
        row.note(scope);
    } else {
        row.detail(scope, |cell| {
            cell.list(&change.findings, ITEMS, Between::Lines, |id, cell| links.finding(id, cell));
        });
    }
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
            ("standing", Kind::Choice),
            ("rights", Kind::Text),
            ("subscription", Kind::Text),
        ],
        "report.json",
    );
    table.write(given, out, |(id, given), row| {
        row.time(given.time).text(given.tenant_id.as_deref().unwrap_or("unknown"));
        row.cell(|cell| links.user_or_unknown(given.by.as_deref(), cell));
        row.yes(given.standing);
        row.cell(|cell| {
            cell.list(&given.authorizations, ITEMS, Between::Lines, |each, cell| {
                write_authorization(each, links, cell);
            });
        });
        row.cell(|cell| links.subscription(id, cell));
    });
    out.end_section();
}

fn write_authorization(given: &Authorization, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    let role = given.role.as_deref().unwrap_or(&given.role_id);
    let mark = if given.privileged == Some(true) { " (privileged)" } else { "" };
    let (who, _) = links.name_of(&given.principal);
    cell.words(format_args!("{role}{mark} to {who}"));
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
