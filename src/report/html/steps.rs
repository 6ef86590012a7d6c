//! What to do: whom to ask, and the steps of mitigation with their commands.

use crate::investigation::model::Ask;
use crate::investigation::model::Stage;
use crate::investigation::model::Step;
use crate::investigation::model::TaskGroup;
use crate::investigation::model::base_name;
use crate::investigation::model::preserve_words;
use crate::report::html::links::Links;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::piece::spaced;
use crate::report::html::table::Kind;
use crate::triage;

/// Questions and steps of the first screen.
const ASKS: usize = 3;
const TASKS: usize = 10;
/// Things named beside a step of the first screen.
const TARGETS: usize = 3;
/// Findings named beside a step.
const REASONS: usize = 3;

/// Writes the few things to do first.
pub(super) fn write_first(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let (asks, mut tasks) = (links.site.report.first_asks(), links.site.report.task_groups());
    out.raw("<h2>Do first</h2>\n");
    let done = links.site.report.done_words();
    let write_done = |out: &mut Markup<'_>| {
        if let Some(words) = &done {
            out.element("p", words).raw("\n");
        }
    };
    if asks.is_empty() && tasks.is_empty() {
        match done {
            Some(_) => write_done(out),
            None => write_looks(&links.site.report.look_first(), out),
        }
        return;
    }
    out.raw("<ol class=\"first\">\n");
    for ask in asks.iter().take(ASKS) {
        out.raw("<li>");
        write_ask(ask, links, &mut Cell::html(out));
        out.raw("</li>\n");
    }
    if let Some(words) = preserve_words(&tasks) {
        out.raw("<li>").text(&words).raw("</li>\n");
    }
    tasks.retain(|task| task.step.stage() != Stage::Preserve);
    for TaskGroup { step, targets } in tasks.iter().take(TASKS) {
        out.raw("<li>").text(&step.step).raw(":");
        for (at, target) in targets.iter().take(TARGETS).enumerate() {
            // The whole ids stand in the table of steps.
            out.raw(if at > 0 { ", <code>" } else { " <code>" });
            out.text(base_name(target)).raw("</code>");
        }
        if targets.len() > TARGETS {
            out.raw(" and ").number((targets.len() - TARGETS) as u64).raw(" more");
        }
        out.raw(if step.reversible { "" } else { " <span class=\"warn\">cannot be undone</span>" });
        out.raw("</li>\n");
    }
    out.raw("</ol>\n");
    let rest = asks.len().saturating_sub(ASKS) + tasks.len().saturating_sub(TASKS);
    if rest > 0 {
        out.raw("<p><a href=\"#steps\">").number(rest as u64);
        out.raw(" more, with their commands</a></p>\n");
    }
    write_done(out);
}

/// Names what to look at where no steps are known.
fn write_looks(looks: &[String], out: &mut Markup<'_>) {
    if looks.is_empty() {
        out.raw("<p>Nothing grave was found, and nothing is asked for.</p>\n");
        return;
    }
    out.raw("<p>No steps are worked out; look at the gravest ");
    out.raw("<a href=\"#findings\">findings</a>:</p>\n<ul>\n");
    for look in looks {
        out.element("li", look).raw("\n");
    }
    out.raw("</ul>\n");
}

fn write_ask(ask: &Ask<'_>, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    cell.words(format_args!("Ask {}: {} (", ask.who, ask.why));
    cell.list(&ask.alerts, REASONS, Between::Commas, |id, cell| links.alert(id, cell));
    cell.text(")");
}

/// Writes every question and step.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let report = links.site.report;
    out.section("steps", "Steps");
    let asks = report.asks();
    if !asks.is_empty() {
        out.raw("<h3>Whom to ask</h3>\n<ul>\n");
        for ask in &asks {
            out.raw("<li>");
            write_ask(ask, links, &mut Cell::html(out));
            out.raw("</li>\n");
            out.flow();
        }
        out.raw("</ul>\n");
    }
    let steps: Vec<&Step> = report.tasks().iter().map(|task| task.step).collect();
    out.raw("<h3>What to do</h3>\n");
    write_table(&steps, links, out);
    out.end_section();
}

/// Writes a table of steps in the order given.
pub(super) fn write_table(steps: &[&Step], links: Links<'_, '_>, out: &mut Markup<'_>) {
    let table = links.table(
        "steps",
        "Steps of mitigation in the order in which they are taken",
        &[
            ("state", Kind::Choice),
            ("stage", Kind::Choice),
            ("step", Kind::Text),
            ("target", Kind::Text),
            ("why", Kind::Text),
            ("can be undone", Kind::Choice),
        ],
        "report.json",
    );
    table.write(steps, out, |step, row| {
        row.mark(triage::Topic::Step, &step.id());
        row.text(if step.is_done() { "done" } else { "to do" });
        row.text(&spaced(step.stage().as_str()));
        row.cell(|cell| {
            cell.text(&step.step);
            if let Some(command) = &step.command {
                cell.command(command);
            }
        });
        row.code(&step.target);
        row.cell(|cell| {
            write_why(step, Between::Lines, links, cell);
        });
        row.yes(step.reversible);
    });
}

/// Writes the findings and alerts that ask for a step.
fn write_why(step: &Step, between: Between, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    cell.list(&step.why, REASONS, between, |id, cell| links.finding(id, cell));
    if step.why.is_empty() {
        cell.list(&step.alerts, REASONS, between, |id, cell| links.alert(id, cell));
    }
}

/// Writes steps into the details of a row.
pub(super) fn step_lines(steps: &[Step], links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    let steps: Vec<&Step> = steps.iter().filter(|step| links.may_name_user(&step.target)).collect();
    if steps.is_empty() {
        cell.text("nothing follows from it alone").line();
    }
    for step in steps {
        let done = if step.is_done() { "done: " } else { "" };
        cell.words(format_args!("{done}{}: ", step.step)).code(&step.target);
        cell.text(if step.reversible { "; why: " } else { " (cannot be undone); why: " });
        write_why(step, Between::Commas, links, cell);
        match &step.command {
            Some(command) => cell.command(command),
            None => cell.line(),
        };
    }
}
