//! Cases: alerts and grave findings that belong together, each with one timeline.

use crate::investigation::model::Case;
use crate::investigation::model::Finding;
use crate::investigation::model::Moment;
use crate::investigation::model::MomentId;
use crate::investigation::model::MomentKind;
use crate::report::html::links::Links;
use crate::report::html::links::case_anchor;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::row::Row;
use crate::report::html::table::Kind;

/// Items of a list in the details of a case.
const ITEMS: usize = 25;
/// Entries of a timeline.
const MOMENTS: usize = 100;

/// Writes the section of all cases.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let cases = &links.site.report.cases;
    out.section("cases", "Cases");
    out.raw("<p>Alerts and grave findings that share users, addresses or resources.</p>\n");
    let table = links.table(
        "cases",
        "Cases, the gravest open ones first",
        &[
            ("level", Kind::Choice),
            ("case", Kind::Wide),
            ("verdict", Kind::Choice),
            ("time (UTC)", Kind::Time),
            ("users", Kind::Text),
            ("alerts", Kind::Number),
            ("findings", Kind::Number),
            ("operations", Kind::Number),
        ],
        "report.json",
    );
    table.write(cases, out, |case, row| write_row(case, links, row));
    out.end_section();
}

fn write_row(case: &Case, links: Links<'_, '_>, row: &mut Row<'_, '_>) {
    row.anchor(case_anchor(&case.id)).badge(case.level.as_str()).text(&case.title);
    row.text(case.verdict.as_str()).span(case.first, case.last);
    row.cell(|cell| {
        cell.list(&case.principals, ITEMS, Between::Lines, |id, cell| links.user(id, cell));
    });
    row.number(case.alerts.len() as u64).number(case.findings_count).number(case.operations);
    row.detail(
        |cell| {
            cell.text("what belongs to it, its timeline");
        },
        |cell| write_detail(case, links, cell),
    );
}

fn write_detail(case: &Case, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    cell.head("Id").code(&case.id).line();
    if !case.alerts.is_empty() {
        cell.head("Alerts").line();
        cell.list(&case.alerts, ITEMS, Between::Lines, |id, cell| links.alert(id, cell)).line();
    }
    cell.head("Subscriptions");
    cell.list(&case.subscriptions, ITEMS, Between::Commas, |id, cell| links.subscription(id, cell));
    cell.line().entry("Addresses", &case.ips, ITEMS).entry("Resources", &case.resources, ITEMS);
    cell.head("Timeline").words(format_args!(
        "{} of {}",
        case.timeline.len().min(MOMENTS),
        case.timeline_count
    ));
    for moment in case.timeline.iter().take(MOMENTS) {
        cell.line();
        write_moment(moment, links, cell);
    }
}

fn write_moment(moment: &Moment, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    cell.time(moment.time).words(format_args!("  {} ", moment.kind));
    match (moment.kind, &moment.id) {
        (MomentKind::Alert, MomentId::Named(id)) => links.alert(id, cell),
        (MomentKind::Finding, MomentId::Named(id)) => links.finding(id, cell),
        _ => {
            cell.code(&moment.what);
        }
    }
    if let Some(user) = moment.user.as_deref() {
        cell.text(" by ");
        links.user(user, cell);
    }
    if let Some(outcome) = moment.outcome {
        cell.words(format_args!(", {outcome}"));
    }
    if let MomentId::Named(id) = &moment.id
        && let Some(words) = links.site.finding(id).and_then(Finding::failed_words)
    {
        cell.words(format_args!(", {words}"));
    }
    if let Some(event) = &moment.event {
        cell.text(" ");
        links.event(event.written(&mut [0; 16]), cell);
    }
}
