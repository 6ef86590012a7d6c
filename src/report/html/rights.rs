//! The ledger of rights: who got which role where, from whom, and what became of it.

use crate::investigation::model::Ending;
use crate::investigation::model::IamChange;
use crate::investigation::model::Outcome;
use crate::investigation::model::PimAssignment;
use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::piece::spaced;
use crate::report::html::row::Row;
use crate::report::html::site::Change;
use crate::report::html::table::Column;
use crate::report::html::table::Kind;
use crate::triage;

/// Items of a list in a row.
const ITEMS: usize = 25;
/// The columns of a table of changes.
const COLUMNS: &[Column] = &[
    ("time (UTC)", Kind::Time),
    ("change", Kind::Choice),
    ("role", Kind::Text),
    ("privileged", Kind::Choice),
    ("to", Kind::Text),
    ("by", Kind::Text),
    ("level of scope", Kind::Choice),
    ("state", Kind::Choice),
    ("subscription", Kind::Text),
];

/// Writes changes of rights: standing ones first, privileged ones first among them, then by time.
pub(super) fn write(mut changes: Vec<Change<'_>>, links: Links<'_, '_>, out: &mut Markup<'_>) {
    let rank =
        |change: &IamChange| (!change.standing, change.privileged != Some(true), change.time);
    changes.sort_by_key(|(_, change)| rank(change));
    out.section("rights", "Changes of rights");
    let caption = "Changes of rights, standing and privileged ones first";
    let table = links.table("rights", caption, COLUMNS, "tables/iam-changes.csv");
    table.write(&changes, out, |(id, change), row| write_row(*id, change, links, row));
    out.end_section();
}

/// Writes what was tried and refused, or of which no end is in the evidence.
pub(super) fn write_attempts(tried: &[Change<'_>], links: Links<'_, '_>, out: &mut Markup<'_>) {
    if tried.is_empty() {
        return;
    }
    out.section("attempts", "Rights that were asked for and not seen to be given");
    let table = links.table("attempts", "Attempts by time", COLUMNS, "report.json");
    table.write(tried, out, |(id, change), row| write_row(*id, change, links, row));
    out.end_section();
}

fn write_row(
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
    row.mark(triage::Topic::Grant, &change.grant_id());
    row.time(change.time).text(&spaced(change.change.as_str()));
    row.words(format_args!("{role}{eligible}"));
    row.text(change.privileged.map_or("unknown", |is| if is { "yes" } else { "no" }));
    row.cell(|cell| write_holder(change, links, cell));
    row.cell(|cell| links.user_or_unknown(change.by.as_deref(), cell));
    row.text(&change.scope_level.map_or_else(|| "unknown".into(), |l| spaced(l.as_str())));
    row.cell(|cell| write_state(change, cell));
    row.cell(|cell| match subscription {
        Some(id) => links.subscription(id, cell),
        None => {
            cell.text("above subscriptions");
        }
    });
    row.detail(
        |cell| {
            cell.text("scope ").code(change.scope.as_deref().unwrap_or("unknown"));
        },
        |cell| write_detail(change, links, cell),
    );
}

fn write_holder(change: &IamChange, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    match (change.principal.as_deref(), change.principal_name.as_deref()) {
        (Some(id), Some(name)) if links.name_of(id).0 == id => {
            cell.text(name);
        }
        (id, _) => links.user_or_unknown(id, cell),
    }
    if let Some(kind) = change.principal_kind {
        cell.words(format_args!(" ({})", spaced(kind.as_str())));
    }
    if !change.familiar_principal && change.principal.is_some() && !change.removal {
        cell.text(" (new)");
    }
    if let Some(members) = change.member_words() {
        cell.text("; ").text(&members);
    }
}

/// Writes what became of a change in a word, by which the table is filtered.
fn write_state(change: &IamChange, cell: &mut Cell<'_, '_>) {
    match (change.outcome, &change.ended) {
        (Outcome::Failed, _) => cell.text("refused"),
        (_, Some(ended)) => cell.text(&spaced(ended.how.as_str())),
        _ if change.removal => cell.text("takes away"),
        _ if change.standing => cell.text("standing"),
        _ => cell.text("not standing"),
    };
    if let Some(end) = change.expires {
        cell.text(" until ").time(Some(end));
    }
}

fn write_detail(change: &IamChange, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    cell.head("Outcome").text(change.outcome.as_str()).line();
    if let Some(Ending { time, by, how }) = &change.ended {
        cell.head("Ended").text(&spaced(how.as_str())).text(" at ").time(*time).text(" by ");
        links.user_or_unknown(by.as_deref(), cell);
        cell.line();
    }
    for (head, value) in [
        ("Principal", &change.principal),
        ("Assignment", &change.assignment_id),
        ("Role id", &change.role_id),
        ("Condition", &change.condition),
        ("Inherited from", &change.inherited_from),
    ] {
        if let Some(value) = value {
            cell.head(head).code(value).line();
        }
    }
    if let Some(listed) = &change.listed {
        cell.head("In a list").text(&spaced(listed.state.as_str()));
        cell.words(format_args!(": {}", listed.list)).line();
    }
    if let Some(mark) = &change.triage {
        let words = format_args!("{} by {}: {}", mark.mark, mark.by, mark.reason);
        cell.head("Marked").words(words).line();
    }
    cell.list(&change.findings, ITEMS, Between::Lines, |id, cell| links.finding(id, cell));
}
