//! What stays: changes of rights, delegations, runbooks, resources left behind.

use crate::investigation::model::Authorization;
use crate::investigation::model::Delegation;
use crate::investigation::model::IamChange;
use crate::investigation::model::PimAssignment;
use crate::investigation::model::Residue;
use crate::investigation::model::Runbook;
use crate::report::html::entity::section;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Cell;
use crate::report::html::piece::Piece;
use crate::report::html::piece::joined;
use crate::report::html::piece::spaced;
use crate::report::html::piece::text;
use crate::report::html::site::Links;
use crate::report::html::table::Detail;
use crate::report::html::table::Kind;
use crate::report::html::table::Row;
use crate::report::html::table::Table;
use crate::report::short_time;

/// Writes the sections of all subscriptions and of the tenant.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup) {
    let report = links.site.report;
    let entries = &report.subscriptions;
    let changes = entries
        .iter()
        .flat_map(|entry| entry.iam_changes.iter().map(|change| (Some(entry.id.as_str()), change)));
    let tenant = report.tenant_iam_changes.iter().map(|change| (None, change));
    write_changes(changes.chain(tenant), links, out);
    let given = entries
        .iter()
        .flat_map(|entry| entry.delegations.iter().map(|given| (entry.id.as_str(), given)));
    write_delegations(given, links, out);
    let runbooks = entries
        .iter()
        .flat_map(|entry| entry.runbooks.iter().map(|change| (entry.id.as_str(), change)));
    write_runbooks(runbooks, links, out);
    let residue =
        entries.iter().flat_map(|entry| entry.residue.iter().map(|left| (entry.id.as_str(), left)));
    write_residue(residue, links, out);
}

fn yes(is: bool) -> Cell {
    text(if is { "yes" } else { "no" })
}

fn name_of(resource_id: &str) -> Cell {
    text(resource_id.rsplit('/').next().unwrap_or_default())
}

/// Returns details that show a resource id whole.
fn whole_id(id: &str) -> Detail {
    let summary = vec![Piece::Code(id.to_owned())];
    Detail { summary, ..Detail::default() }
}

/// Writes changes of rights: standing ones first, privileged ones first among them, then by time.
pub(super) fn write_changes<'m>(
    changes: impl Iterator<Item = (Option<&'m str>, &'m IamChange)>,
    links: Links<'_, '_>,
    out: &mut Markup,
) {
    let mut changes: Vec<_> = changes.collect();
    changes.sort_by_key(|(_, change)| {
        (!change.standing, change.privileged != Some(true), change.time)
    });
    section("rights", "Changes of rights", out);
    let table = Table {
        id: "rights",
        caption: "Changes of rights, standing and privileged ones first",
        columns: &[
            ("time (UTC)", Kind::Text),
            ("change", Kind::Choice),
            ("role", Kind::Text),
            ("privileged", Kind::Choice),
            ("to", Kind::Text),
            ("by", Kind::Text),
            ("level of scope", Kind::Choice),
            ("standing", Kind::Choice),
            ("subscription", Kind::Text),
        ],
        whole: links.to("tables/iam-changes.csv"),
        rows: changes.into_iter().map(|(id, change)| change_row(id, change, links)).collect(),
    };
    table.write(out);
    out.raw("</section>\n");
}

fn change_row(subscription: Option<&str>, change: &IamChange, links: Links<'_, '_>) -> Row {
    let role = change.role.as_ref().or(change.role_id.as_ref());
    let eligible = match change.pim_assignment {
        Some(PimAssignment::Eligible) => " (eligible)",
        Some(PimAssignment::Active) | None => "",
    };
    let newcomer =
        if !change.familiar_principal && change.principal.is_some() { " (new)" } else { "" };
    let until = change.expires.map(|end| format!(" until {}", short_time(Some(end))));
    let mut to = vec![links.user_or_unknown(change.principal.as_deref())];
    to.push(Piece::Text(newcomer.into()));
    let mut summary = text("scope ");
    summary.push(Piece::Code(change.scope.clone().unwrap_or_else(|| "unknown".into())));
    let findings = links.findings_of(&change.findings);
    let body = joined(findings.iter().map(|finding| links.finding(&finding.id)), &Piece::Break);
    Row {
        anchor: None,
        cells: vec![
            text(short_time(change.time)),
            text(spaced(change.change.as_str())),
            text(format!("{}{eligible}", role.map_or("unknown", String::as_str))),
            text(match change.privileged {
                Some(true) => "yes",
                Some(false) => "no",
                None => "unknown",
            }),
            to,
            vec![links.user_or_unknown(change.by.as_deref())],
            text(change.scope_level.map_or_else(|| "unknown".into(), |l| spaced(l.as_str()))),
            text(format!(
                "{}{}",
                if change.standing { "yes" } else { "no" },
                until.unwrap_or_default()
            )),
            subscription
                .map_or_else(|| text("above subscriptions"), |id| vec![links.subscription(id)]),
        ],
        detail: Some(Detail { summary, body, is_open: false }),
    }
}

/// Writes the delegations to other tenants.
pub(super) fn write_delegations<'m>(
    given: impl Iterator<Item = (&'m str, &'m Delegation)>,
    links: Links<'_, '_>,
    out: &mut Markup,
) {
    let row = |(id, given): (&str, &Delegation)| Row {
        anchor: None,
        cells: vec![
            text(short_time(given.time)),
            text(given.tenant_id.as_deref().unwrap_or("unknown")),
            vec![links.user_or_unknown(given.by.as_deref())],
            yes(given.standing),
            joined(given.authorizations.iter().map(|a| authorization(a, links)), &Piece::Break),
            vec![links.subscription(id)],
        ],
        detail: None,
    };
    section("delegations", "Delegations to other tenants", out);
    let table = Table {
        id: "delegations",
        caption: "Delegations to other tenants by time",
        columns: &[
            ("time (UTC)", Kind::Text),
            ("to tenant", Kind::Text),
            ("by", Kind::Text),
            ("standing", Kind::Choice),
            ("rights", Kind::Text),
            ("subscription", Kind::Text),
        ],
        whole: links.to("report.json"),
        rows: given.map(row).collect(),
    };
    table.write(out);
    out.raw("</section>\n");
}

fn authorization(given: &Authorization, links: Links<'_, '_>) -> Piece {
    let role = given.role.as_ref().unwrap_or(&given.role_id);
    let mark = if given.privileged == Some(true) { " (privileged)" } else { "" };
    let who = match links.user(&given.principal) {
        Piece::Link { text, .. } | Piece::Text(text) => text,
        _ => given.principal.clone(),
    };
    Piece::Text(format!("{role}{mark} to {who}"))
}

/// Writes the changes of automation runbooks.
pub(super) fn write_runbooks<'m>(
    changes: impl Iterator<Item = (&'m str, &'m Runbook)>,
    links: Links<'_, '_>,
    out: &mut Markup,
) {
    let row = |(id, change): (&str, &Runbook)| Row {
        anchor: None,
        cells: vec![
            text(short_time(change.time)),
            name_of(&change.resource_id),
            text(spaced(&change.change)),
            vec![links.user_or_unknown(change.by.as_deref())],
            yes(change.familiar),
            vec![links.subscription(id)],
        ],
        detail: Some(whole_id(&change.resource_id)),
    };
    section("runbooks", "Runbooks", out);
    let table = Table {
        id: "runbooks",
        caption: "Changes of automation runbooks by time",
        columns: &[
            ("time (UTC)", Kind::Text),
            ("runbook", Kind::Text),
            ("change", Kind::Choice),
            ("by", Kind::Text),
            ("there before", Kind::Choice),
            ("subscription", Kind::Text),
        ],
        whole: links.to("report.json"),
        rows: changes.map(row).collect(),
    };
    table.write(out);
    out.raw("</section>\n");
}

/// Writes the resources that users under suspicion made.
pub(super) fn write_residue<'m>(
    left: impl Iterator<Item = (&'m str, &'m Residue)>,
    links: Links<'_, '_>,
    out: &mut Markup,
) {
    let row = |(id, left): (&str, &Residue)| Row {
        anchor: None,
        cells: vec![
            text(short_time(left.created)),
            name_of(&left.resource_id),
            text(left.resource_type.clone()),
            vec![links.user_or_unknown(left.created_by.as_deref())],
            yes(left.still_present),
            yes(left.familiar),
            vec![links.subscription(id)],
        ],
        detail: Some(whole_id(&left.resource_id)),
    };
    section("residue", "Residue", out);
    let table = Table {
        id: "residue",
        caption: "Resources made by users under suspicion",
        columns: &[
            ("created (UTC)", Kind::Text),
            ("resource", Kind::Text),
            ("type", Kind::Choice),
            ("by", Kind::Text),
            ("still present", Kind::Choice),
            ("there before", Kind::Choice),
            ("subscription", Kind::Text),
        ],
        whole: links.to("tables/residue.csv"),
        rows: left.map(row).collect(),
    };
    table.write(out);
    out.raw("</section>\n");
}
