//! Virtual machines: what was done to them, by whom, and whether they are to be taken for an intruder's.

use crate::investigation::model::Machine;
use crate::investigation::model::MachineAction;
use crate::report::html::links::Links;
use crate::report::html::links::machine_anchor;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::piece::spaced;
use crate::report::html::row::Row;
use crate::report::html::scope::name_of;
use crate::report::html::steps::step_lines;
use crate::report::html::table::Kind;
use crate::triage;

/// Items of a list in the details of a row.
const ITEMS: usize = 50;

/// Writes the section of some virtual machines.
pub(super) fn write(machines: &[&Machine], links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.section("machines", "Virtual machines");
    let table = links.table(
        "machines",
        "Virtual machines, riskiest first",
        &[
            ("risk", Kind::Choice),
            ("score", Kind::Number),
            ("machine", Kind::Text),
            ("verdict", Kind::Choice),
            ("created (UTC)", Kind::Time),
            ("touched by", Kind::Text),
            ("actions", Kind::Number),
            ("findings", Kind::Number),
            ("alerts", Kind::Number),
        ],
        "tables/virtual-machines.csv",
    );
    table.write(machines, out, |machine, row| write_row(machine, links, row));
    out.end_section();
}

fn write_row(machine: &Machine, links: Links<'_, '_>, row: &mut Row<'_, '_>) {
    row.anchor(machine_anchor(&machine.resource_id));
    row.mark(triage::Topic::Resource, &machine.resource_id);
    row.badge(machine.risk.level.as_str()).number(u64::from(machine.risk.score));
    row.text(name_of(&machine.resource_id)).text(machine.verdict.as_str());
    row.cell(|cell| match machine.created {
        Some(at) => {
            cell.time(Some(at));
        }
        None => {
            cell.text("not seen");
        }
    });
    row.cell(|cell| {
        cell.list(&machine.touched_by, ITEMS, Between::Lines, |id, cell| links.user(id, cell));
    });
    row.number(machine.actions_count);
    row.number(links.findings_of(&machine.findings).len() as u64);
    row.number(machine.alerts.len() as u64);
    row.detail(
        |cell| {
            cell.code(&machine.resource_id);
            if let Some(why) = machine.verdict_because.first() {
                cell.words(format_args!(" {why}"));
            }
        },
        |cell| write_detail(machine, links, cell),
    );
}

fn write_detail(machine: &Machine, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    for reason in machine.verdict_because.iter().take(ITEMS) {
        cell.text(reason).line();
    }
    if !machine.identities.is_empty() {
        cell.head("Code on it can act as");
        cell.list(&machine.identities, ITEMS, Between::Commas, |id, cell| links.user(id, cell));
        cell.line();
    }
    cell.head("Alerts").line();
    cell.list(&machine.alerts, ITEMS, Between::Lines, |id, cell| links.alert(id, cell));
    cell.line().head("Actions").line();
    cell.list(&machine.actions, ITEMS, Between::Lines, |action, cell| {
        write_action(action, links, cell);
    });
    cell.line().head("Findings").line();
    let findings = links.findings_of(&machine.findings);
    cell.list(&findings, ITEMS, Between::Lines, |finding, cell| {
        cell.badge(finding.level.as_str()).text(" ");
        links.finding(&finding.id, cell);
    });
    cell.line().head("What to do").line();
    step_lines(&machine.mitigation, links, cell);
}

fn write_action(action: &MachineAction, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    cell.time(action.time).words(format_args!("  {} ", spaced(action.kind.as_str())));
    cell.code(&action.operation).text(" by ");
    links.user_or_unknown(action.by.as_deref(), cell);
    cell.words(format_args!(", {}", action.outcome));
    cell.text(if action.suspicious { ", under suspicion" } else { "" });
}
