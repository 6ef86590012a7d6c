//! What happened: alerts with their three steps, findings with their evidence, folded noise.

use crate::base::text::counted;
use crate::base::text::grouped;
use crate::base::text::shorten_middle;
use crate::investigation::model::Alert;
use crate::investigation::model::EvidenceRef;
use crate::investigation::model::Finding;
use crate::investigation::model::Folded;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Cell;
use crate::report::html::piece::Piece;
use crate::report::html::piece::joined;
use crate::report::html::piece::spaced;
use crate::report::html::piece::text;
use crate::report::html::site::Links;
use crate::report::html::site::alert_anchor;
use crate::report::html::site::finding_anchor;
use crate::report::html::steps::push_steps;
use crate::report::html::table::Detail;
use crate::report::html::table::Kind;
use crate::report::html::table::Row;
use crate::report::html::table::Table;
use crate::report::short_span;

/// Rows of evidence, or other items, shown of one finding or alert.
const ITEMS: usize = 25;

/// Writes the section of all alerts.
pub(super) fn write_alerts(links: Links<'_, '_>, out: &mut Markup) {
    let report = links.site.report;
    out.raw(
        "<section id=\"alerts\" aria-labelledby=\"h-alerts\"><h2 id=\"h-alerts\">Alerts</h2>\n",
    );
    if let Some(words) = report.alert_words() {
        out.raw("<p>Open: ").text(&words).raw(".</p>\n");
    }
    alert_table(&report.ranked_alerts(), links).write(out);
    out.raw("</section>\n");
}

/// Returns a table of alerts; open ones show their three steps.
pub(super) fn alert_table(alerts: &[&Alert], links: Links<'_, '_>) -> Table {
    Table {
        id: "alerts",
        caption: "Alerts, open ones first",
        columns: &[
            ("severity", Kind::Choice),
            ("alert", Kind::Text),
            ("time (UTC)", Kind::Text),
            ("verdict", Kind::Choice),
            ("the log says", Kind::Choice),
            ("users", Kind::Text),
            ("operations", Kind::Number),
            ("findings", Kind::Number),
        ],
        whole: links.to("tables/alerts.csv"),
        rows: alerts.iter().map(|alert| alert_row(alert, links)).collect(),
    }
}

fn alert_row(alert: &Alert, links: Links<'_, '_>) -> Row {
    let severity = alert.severity.map_or("unknown", |level| level.as_str());
    let sample = if alert.sample { " (sample)" } else { "" };
    let told = alert.title.contains("delegated access");
    let delegated = if alert.delegated_access && !told { " (delegated access)" } else { "" };
    let users = alert.principals.iter().map(|id| links.user(id));
    let findings = links.findings_of(&alert.investigation.findings).len();
    Row {
        anchor: Some(alert_anchor(&alert.id)),
        cells: vec![
            vec![Piece::Badge(severity)],
            text(format!("{}{sample}{delegated}", alert.title)),
            text(short_span(alert.start, alert.end)),
            text(alert.verdict.as_str()),
            text(spaced(alert.investigation.assessment.as_str())),
            joined(users, &Piece::Break),
            text(grouped(alert.investigation.operations)),
            text(grouped(findings as u64)),
        ],
        detail: Some(alert_detail(alert, links)),
    }
}

fn alert_detail(alert: &Alert, links: Links<'_, '_>) -> Detail {
    let inquiry = &alert.investigation;
    let said = inquiry.because.first().map_or("nothing", String::as_str);
    let mut body = Vec::new();
    if let Some(description) = &alert.description {
        body.extend([Piece::Text(description.clone()), Piece::Break]);
    }
    if let Some(by) = &alert.verdict_by {
        let why = alert.verdict_reason.as_deref().unwrap_or("no reason given");
        push_line("Verdict", text(format!("{} by {by}: {why}", alert.verdict)), &mut body);
    }
    let asks = alert
        .contact
        .iter()
        .map(|contact| Piece::Text(format!("ask {}: {}", contact.who, contact.why)));
    push_line("1. Contact", or_nothing(joined(asks, &Piece::Break)), &mut body);
    push_line("2. Investigate", inquiry_cell(alert, links), &mut body);
    push_line("3. Mitigate", Vec::new(), &mut body);
    push_steps(&alert.mitigation, links, &mut body);
    push_line("Type", text(alert.alert_type.as_deref().unwrap_or("unknown")), &mut body);
    push_line("Id", vec![Piece::Code(alert.id.clone())], &mut body);
    push_list("Tactics", &alert.tactics, &mut body);
    push_list("Addresses", &alert.ips, &mut body);
    push_list("Resources", &alert.resources, &mut body);
    push_evidence(&alert.evidence, &mut body);
    Detail { summary: text(format!("three steps; the log: {said}")), body, is_open: false }
}

/// Returns what the activity around an alert shows.
fn inquiry_cell(alert: &Alert, links: Links<'_, '_>) -> Cell {
    let inquiry = &alert.investigation;
    let covered = if inquiry.covered { "covered" } else { "not wholly covered" };
    let mut cell = text(format!(
        "{}, {covered} by the evidence: {}, {}",
        short_span(inquiry.window.from, inquiry.window.to),
        counted(inquiry.operations, "operation", "operations"),
        counted(inquiry.events, "event", "events")
    ));
    for reason in &inquiry.because {
        cell.extend([Piece::Break, Piece::Text(reason.clone())]);
    }
    let findings = links.findings_of(&inquiry.findings);
    for finding in findings.iter().take(ITEMS) {
        cell.extend([Piece::Break, Piece::Badge(finding.level.as_str()), Piece::Text(" ".into())]);
        cell.push(links.finding(&finding.id));
    }
    push_more(findings.len(), "report.json", &mut cell);
    for id in &inquiry.related_alerts {
        cell.extend([Piece::Break, Piece::Text("related alert: ".into()), links.alert(id)]);
    }
    cell
}

/// Writes the section of all findings.
pub(super) fn write_findings(links: Links<'_, '_>, out: &mut Markup) {
    let report = links.site.report;
    out.raw("<section id=\"findings\" aria-labelledby=\"h-findings\">");
    out.raw("<h2 id=\"h-findings\">Findings</h2>\n");
    if !report.findings.is_empty() {
        out.raw("<p>").text(&counted(report.findings.len() as u64, "finding", "findings"));
        out.raw(": ").text(&report.level_words()).raw("; most severe first, then by time.</p>\n");
    }
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    finding_table(&findings, links).write(out);
    out.raw("</section>\n");
}

/// Returns a table of findings in the order given.
pub(super) fn finding_table(findings: &[&Finding], links: Links<'_, '_>) -> Table {
    Table {
        id: "findings",
        caption: "Findings, most severe first",
        columns: &[
            ("level", Kind::Choice),
            ("time (UTC)", Kind::Text),
            ("finding", Kind::Text),
            ("by", Kind::Text),
            ("on", Kind::Text),
            ("outcome", Kind::Choice),
            ("operations", Kind::Number),
        ],
        whole: links.to("tables/findings.csv"),
        rows: findings.iter().map(|finding| finding_row(finding, links)).collect(),
    }
}

fn finding_row(finding: &Finding, links: Links<'_, '_>) -> Row {
    let last = |id: &String| id.rsplit('/').next().unwrap_or_default().to_owned();
    let mut on = finding.resources.first().map_or_else(Vec::new, |id| text(last(id)));
    if finding.resources.len() > 1 {
        on.push(Piece::Text(format!(" and {} more", finding.resources.len() - 1)));
    }
    Row {
        anchor: Some(finding_anchor(&finding.id)),
        cells: vec![
            vec![Piece::Badge(finding.level.as_str())],
            text(short_span(finding.first, finding.last)),
            vec![Piece::Text(finding.title.clone())],
            vec![links.user_or_unknown(finding.principal.as_deref())],
            on,
            text(finding.outcome_words()),
            text(grouped(finding.operations)),
        ],
        detail: Some(finding_detail(finding, links)),
    }
}

fn finding_detail(finding: &Finding, links: Links<'_, '_>) -> Detail {
    let mut reasons = finding.because.iter().map(|(field, value)| format!("{field} = {value}"));
    let events = counted(finding.events, "event", "events");
    let summary = match reasons.next() {
        Some(reason) => format!("{events}, because {}", shortened(&reason)),
        None => events,
    };
    let mut body = Vec::new();
    let because =
        finding.because.iter().map(|(field, value)| Piece::Code(format!("{field} = {value}")));
    push_line("Because", or_nothing(joined(because, &Piece::Break)), &mut body);
    push_list("Techniques", &finding.techniques, &mut body);
    push_list("Tactics", &finding.tactics, &mut body);
    push_list("Operations", &finding.operation_names, &mut body);
    push_list("Resources", &finding.resources, &mut body);
    push_list("Addresses", &finding.ips, &mut body);
    if let Some(id) = &finding.subscription_id {
        push_line("Subscription", vec![links.subscription(id)], &mut body);
    }
    let path = finding.rule_path.as_deref().unwrap_or("no file");
    push_line("Rule", text(format!("{} ({path})", finding.rule_id)), &mut body);
    push_line("Id", vec![Piece::Code(finding.id.clone())], &mut body);
    push_evidence(&finding.evidence, &mut body);
    Detail { summary: text(summary), body, is_open: false }
}

/// Returns a reason that fits a line.
fn shortened(reason: &str) -> String {
    shorten_middle(reason, 120).into_owned()
}

fn or_nothing(cell: Cell) -> Cell {
    if cell.is_empty() { text("nothing") } else { cell }
}

/// Appends a headed line.
fn push_line(head: &'static str, cell: Cell, body: &mut Cell) {
    if !matches!(body.last(), None | Some(Piece::Break | Piece::Command(_))) {
        body.push(Piece::Break);
    }
    body.extend([Piece::Head(head), Piece::Text(" ".into())]);
    body.extend(cell);
    body.push(Piece::Break);
}

fn push_list(head: &'static str, items: &[String], body: &mut Cell) {
    if items.is_empty() {
        return;
    }
    let shown = items.iter().take(ITEMS).map(|item| Piece::Code(item.clone()));
    let mut cell = joined(shown, &Piece::Text(", ".into()));
    push_more(items.len(), "report.json", &mut cell);
    push_line(head, cell, body);
}

fn push_more(all: usize, file: &str, cell: &mut Cell) {
    if all > ITEMS {
        let more = grouped((all - ITEMS) as u64);
        cell.extend([Piece::Break, Piece::Text(format!("… {more} more in {file}"))]);
    }
}

/// Appends where the events stand: id, file and line, place in the stream.
fn push_evidence(places: &[EvidenceRef], body: &mut Cell) {
    let mut cell = Vec::new();
    for place in places.iter().take(ITEMS) {
        let bytes = format!("  offset {}, {} bytes", place.offset, place.length);
        cell.extend([Piece::Break, Piece::Code(place.event.clone()), Piece::Text("  ".into())]);
        cell.extend([Piece::Text(place.place()), Piece::Text(bytes)]);
    }
    push_more(places.len(), "report.json", &mut cell);
    push_line("Evidence", or_nothing(cell), body);
}

/// Writes what was folded away as known noise.
pub(super) fn write_folded(links: Links<'_, '_>, out: &mut Markup) {
    let folded = &links.site.report.folded;
    out.raw("<section id=\"folded\" aria-labelledby=\"h-folded\">");
    out.raw("<h2 id=\"h-folded\">Folded away as known noise</h2>\n");
    let row = |fold: &Folded| Row {
        anchor: None,
        cells: vec![
            vec![Piece::Badge(fold.level.as_str())],
            text(fold.title.clone()),
            text(fold.why.clone()),
            text(grouped(fold.findings)),
            text(grouped(fold.operations)),
            fold.first_event.clone().map_or_else(Vec::new, |event| vec![Piece::Code(event)]),
        ],
        detail: None,
    };
    let table = Table {
        id: "folded",
        caption: "Known noise by rule; the option --all shows these as findings",
        columns: &[
            ("level", Kind::Choice),
            ("rule", Kind::Text),
            ("why", Kind::Choice),
            ("findings", Kind::Number),
            ("operations", Kind::Number),
            ("first event", Kind::Text),
        ],
        whole: links.to("report.json"),
        rows: folded.iter().map(row).collect(),
    };
    table.write(out);
    out.raw("</section>\n");
}
