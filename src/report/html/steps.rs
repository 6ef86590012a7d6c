//! What to do: whom to ask, and the steps of mitigation with their commands.

use crate::base::text::counted;
use crate::investigation::model::Ask;
use crate::investigation::model::Step;
use crate::investigation::model::Task;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Cell;
use crate::report::html::piece::Piece;
use crate::report::html::piece::joined;
use crate::report::html::piece::text;
use crate::report::html::piece::write_all;
use crate::report::html::site::Links;
use crate::report::html::table::Kind;
use crate::report::html::table::Row;
use crate::report::html::table::Table;

/// Questions and steps of the first screen.
const ASKS: usize = 3;
const TASKS: usize = 6;
/// Findings named beside a step.
const REASONS: usize = 3;

/// Writes the few things to do first.
pub(super) fn write_first(links: Links<'_, '_>, out: &mut Markup) {
    let (asks, tasks) = (links.site.report.asks(), links.site.report.tasks());
    out.raw("<h2>Do first</h2>\n");
    if asks.is_empty() && tasks.is_empty() {
        write_looks(&links.site.report.look_first(), out);
        return;
    }
    out.raw("<ol class=\"first\">\n");
    for ask in asks.iter().take(ASKS) {
        out.raw("<li>");
        write_all(&ask_cell(ask, links), out);
        out.raw("</li>\n");
    }
    for Task { step, .. } in tasks.iter().take(TASKS) {
        out.raw("<li>").text(&step.step).raw(": <code>").text(&step.target).raw("</code>");
        out.raw(irreversible(step)).raw("</li>\n");
    }
    out.raw("</ol>\n");
    let rest = asks.len().saturating_sub(ASKS) + tasks.len().saturating_sub(TASKS);
    if rest > 0 {
        let words = counted(rest as u64, "more", "more");
        out.raw("<p>").link("#steps", &format!("{words}, with their commands")).raw("</p>\n");
    }
}

/// Names what to look at where no steps are known.
fn write_looks(looks: &[String], out: &mut Markup) {
    if looks.is_empty() {
        out.raw("<p>Nothing grave was found, and nothing is asked for.</p>\n");
        return;
    }
    out.raw("<p>No steps are worked out; look at the gravest <a href=\"#findings\">findings</a>:</p>\n<ul>\n");
    for look in looks {
        out.raw("<li>").text(look).raw("</li>\n");
    }
    out.raw("</ul>\n");
}

fn ask_cell(ask: &Ask<'_>, links: Links<'_, '_>) -> Cell {
    let mut cell = text(format!("Ask {}: {} (", ask.who, ask.why));
    let alerts = ask.alerts.iter().take(REASONS).map(|id| links.alert(id));
    cell.extend(joined(alerts, &Piece::Text("; ".into())));
    if ask.alerts.len() > REASONS {
        cell.push(Piece::Text(format!("; {} more", ask.alerts.len() - REASONS)));
    }
    cell.push(Piece::Text(")".into()));
    cell
}

fn irreversible(step: &Step) -> &'static str {
    if step.reversible { "" } else { " <span class=\"warn\">cannot be undone</span>" }
}

/// Writes every question and step.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup) {
    let report = links.site.report;
    out.raw("<section id=\"steps\" aria-labelledby=\"h-steps\"><h2 id=\"h-steps\">Steps</h2>\n");
    let asks = report.asks();
    if !asks.is_empty() {
        out.raw("<h3>Whom to ask</h3>\n<ul>\n");
        for ask in &asks {
            out.raw("<li>");
            write_all(&ask_cell(ask, links), out);
            out.raw("</li>\n");
        }
        out.raw("</ul>\n");
    }
    let tasks = report.tasks();
    let steps: Vec<&Step> = tasks.iter().map(|task| task.step).collect();
    out.raw("<h3>What to do</h3>\n");
    step_table(&steps, links).write(out);
    out.raw("</section>\n");
}

/// Returns a table of steps in the order given.
pub(super) fn step_table(steps: &[&Step], links: Links<'_, '_>) -> Table {
    let row = |step: &&Step| {
        let mut what = text(step.step.clone());
        if let Some(command) = &step.command {
            what.push(Piece::Command(command.clone()));
        }
        Row {
            anchor: None,
            cells: vec![
                what,
                vec![Piece::Code(step.target.clone())],
                why(step, links),
                text(if step.reversible { "yes" } else { "no" }),
            ],
            detail: None,
        }
    };
    Table {
        id: "steps",
        caption: "Steps of mitigation, most urgent first",
        columns: &[
            ("step", Kind::Text),
            ("target", Kind::Text),
            ("why", Kind::Text),
            ("can be undone", Kind::Choice),
        ],
        whole: links.to("report.json"),
        rows: steps.iter().map(row).collect(),
    }
}

/// Returns the findings that ask for a step.
fn why(step: &Step, links: Links<'_, '_>) -> Cell {
    let mut cell = joined(step.why.iter().take(REASONS).map(|id| links.finding(id)), &Piece::Break);
    if step.why.len() > REASONS {
        cell.push(Piece::Break);
        cell.push(Piece::Text(format!("{} more", step.why.len() - REASONS)));
    }
    cell
}

/// Appends steps to the details of a row.
pub(super) fn push_steps(steps: &[Step], links: Links<'_, '_>, body: &mut Cell) {
    if steps.is_empty() {
        body.push(Piece::Text("nothing follows from the alert alone".into()));
        body.push(Piece::Break);
    }
    for step in steps {
        let mark = if step.reversible { "" } else { " (cannot be undone)" };
        body.push(Piece::Text(format!("{}: ", step.step)));
        body.extend([Piece::Code(step.target.clone()), Piece::Text(format!("{mark}; why: "))]);
        body.extend(why(step, links).into_iter().map(|piece| match piece {
            Piece::Break => Piece::Text(", ".into()),
            other => other,
        }));
        body.push(step.command.clone().map_or(Piece::Break, Piece::Command));
    }
}
