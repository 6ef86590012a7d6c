//! Findings with their evidence, and what was folded away as known noise.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::Text;
use crate::base::text::counted;
use crate::base::text::shorten_middle;
use crate::investigation::model::EvidenceRef;
use crate::investigation::model::Finding;
use crate::investigation::model::SourceName;
use crate::report::html::links::Links;
use crate::report::html::links::finding_anchor;
use crate::report::html::markup::Markup;
use crate::report::html::markup::Told;
use crate::report::html::piece::Between;
use crate::report::html::piece::Cell;
use crate::report::html::row::Row;
use crate::report::html::table::Kind;
use crate::triage;

/// Items of a list in the details of a finding.
const ITEMS: usize = 10;
/// Events named in the command that shows them.
const COMMAND: usize = 3;
/// Columns of the reason that is always seen.
const REASON: usize = 120;

/// Writes the section of all findings.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let report = links.site.report;
    out.section("findings", "Findings");
    if !report.findings.is_empty() {
        out.raw("<p>").text(&counted(report.findings.len() as u64, "finding", "findings"));
        out.raw(": ").text(&report.level_words()).raw("; most severe first, then by time.</p>\n");
    }
    write_table(&ranked(report.findings.iter().collect()), links, out);
    out.end_section();
}

/// Brings findings into the order of their table: most severe first, then as they are.
pub(super) fn ranked(mut findings: Vec<&Finding>) -> Vec<&Finding> {
    findings.sort_by_key(|finding| Reverse(finding.level));
    findings
}

/// Writes a table of findings in the order given.
pub(super) fn write_table(findings: &[&Finding], links: Links<'_, '_>, out: &mut Markup<'_>) {
    let table = links.table(
        "findings",
        "Findings, most severe first",
        &[
            ("level", Kind::Choice),
            ("time (UTC)", Kind::Time),
            ("finding", Kind::Wide),
            ("by", Kind::Text),
            ("on", Kind::Text),
            ("outcome", Kind::Choice),
            ("operations", Kind::Number),
        ],
        "tables/findings.csv",
    );
    table.write(findings, out, |finding, row| write_row(finding, links, row));
}

fn write_row(finding: &Finding, links: Links<'_, '_>, row: &mut Row<'_, '_>) {
    row.anchor(finding_anchor(&finding.id));
    row.mark(triage::Topic::Group, links.site.group_of(finding));
    row.badge(finding.level.as_str()).span(finding.first, finding.last).text(&finding.rule.title);
    row.cell(|cell| {
        links.user_or_unknown(finding.principal.as_deref(), cell);
        if let Some(more) = finding.actors().len().checked_sub(2) {
            cell.words(format_args!(" and {} more", more + 1));
        }
    });
    row.cell(|cell| {
        if let Some((first, more)) = finding.resources.split_first() {
            cell.text(first.rsplit('/').next().unwrap_or_default());
            if !more.is_empty() {
                cell.words(format_args!(" and {} more", more.len()));
            }
        }
    });
    row.text(&finding.outcome_word()).number(finding.operations.into());
    row.detail(
        |cell| {
            cell.counted(finding.events.into(), "event", "events");
            if let Some(words) = finding.failed_words() {
                cell.words(format_args!(", {words}"));
            }
            if let Some((field, value)) = finding.because.iter().next() {
                let reason = format!(", because {field} = {value}");
                cell.text(&shorten_middle(&reason, REASON));
            }
        },
        |cell| write_detail(finding, links, cell),
    );
}

fn write_detail(finding: &Finding, links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    cell.head("Because");
    for (at, (field, value)) in finding.because.iter().enumerate() {
        if at > 0 {
            cell.line();
        }
        cell.code_words(format_args!("{field} = {value}"));
    }
    if finding.because.is_empty() {
        cell.text("nothing");
    }
    cell.line();
    cell.entry("Operations", &finding.operation_names, ITEMS);
    let resources = finding.resources.iter().map(|id| &**id).filter(|id| links.may_name(id));
    cell.entry("Resources", &resources.collect::<Vec<&str>>(), ITEMS);
    cell.entry("Addresses", &finding.ips, ITEMS);
    let one_of = |id: &&Text, cell: &mut Cell<'_, '_>| links.user(id, cell);
    for (head, users) in [("By", finding.actors()), ("Accuses", finding.accused())] {
        if finding.actors().len() > 1 {
            cell.head(head);
            cell.list(&users.iter().collect::<Vec<_>>(), ITEMS, Between::Commas, one_of).line();
        }
    }
    let places: Vec<&Text> =
        finding.subscriptions().iter().filter(|id| links.may_tell(Some(id))).collect();
    if !places.is_empty() {
        cell.head(if places.len() > 1 { "Subscriptions" } else { "Subscription" });
        cell.list(&places, ITEMS, Between::Commas, |id, cell| links.subscription(id, cell)).line();
    }
    cell.head("Rule");
    links.rule(&finding.rule.id, finding.rule.path.as_deref().unwrap_or("no file"), cell);
    cell.line();
    cell.head("Id").code(&finding.id).line();
    evidence(&finding.evidence, links, cell);
    command(&finding.evidence, cell);
}

/// Writes where events stand: id, file and line, place in the stream.
pub(super) fn evidence(places: &[EvidenceRef], links: Links<'_, '_>, cell: &mut Cell<'_, '_>) {
    cell.head("Evidence");
    // Most lie in the same file.
    let of_file = places.chunk_by(|one, other| Arc::ptr_eq(&one.source, &other.source));
    let places: Vec<&EvidenceRef> =
        of_file.filter(|same| links.may_name(&same[0].source.file)).flatten().collect();
    if places.is_empty() {
        cell.text("nothing");
        return;
    }
    cell.line();
    cell.list(&places, ITEMS, Between::Lines, |place, cell| {
        let EvidenceRef { event, source, line, offset, length } = place;
        let SourceName { file, member } = &**source;
        links.event(event.written(&mut [0; 16]), cell);
        cell.words(format_args!("  {file}"));
        if let Some(member) = member {
            cell.text(" > ").text(member);
        }
        let [line, offset, length] =
            [u64::from(*line), *offset, u64::from(*length)].map(Told::Number);
        let words = [":", "  offset ", ", ", " bytes"].map(Told::Words);
        cell.told(&[words[0], line, words[1], offset, words[2], length, words[3]]);
    });
    if places.len() > ITEMS {
        cell.text(" in report.json");
    }
}

/// Writes the command that prints the records of events.
fn command(places: &[EvidenceRef], cell: &mut Cell<'_, '_>) {
    if places.is_empty() {
        return;
    }
    let mut command = String::from("azscope show CASE");
    for place in places.iter().take(COMMAND) {
        command.push(' ');
        command.push_str(place.event.written(&mut [0; 16]));
    }
    cell.command(&command);
}

/// Writes the original records of the events that stand on the page, for the script.
pub(super) fn write_records<'r>(
    places: impl Iterator<Item = &'r EvidenceRef>,
    links: Links<'_, '_>,
    out: &mut Markup<'_>,
) {
    let records = &links.site.records;
    let found = places.filter_map(|place| {
        let mut number = [0; 16];
        let event = place.event.written(&mut number);
        links.site.recorded.get(event).and_then(|event| records.get_key_value(*event))
    });
    // A record that names other subscriptions is left out rather than changed.
    let found = found.filter(|(_, record)| links.may_name(record));
    let found: BTreeMap<&String, &String> = found.collect();
    out.raw("<script type=\"application/json\" id=\"records\">{");
    for (at, (event, record)) in found.into_iter().enumerate() {
        out.raw(if at > 0 { ",\n\"" } else { "\"" }).data(event).raw("\":\"");
        out.data_lines(record).raw("\"");
        out.flow();
    }
    out.raw("}</script>\n");
}

/// Writes what was folded away as known noise.
pub(super) fn write_folded(links: Links<'_, '_>, out: &mut Markup<'_>) {
    out.section("folded", "Folded away as known noise");
    let table = links.table(
        "folded",
        "What was folded away, by rule; the option --all shows known noise as findings",
        &[
            ("level", Kind::Choice),
            ("rule", Kind::Text),
            ("why", Kind::Choice),
            ("findings", Kind::Number),
            ("operations", Kind::Number),
            ("first event", Kind::Text),
        ],
        "report.json",
    );
    table.write(&links.site.report.folded, out, |fold, row| {
        row.badge(fold.level.as_str()).text(&fold.title).text(&fold.why.to_string());
        row.number(fold.findings).number(fold.operations);
        row.cell(|cell| {
            if let Some(event) = &fold.first_event {
                cell.code(event);
            }
        });
    });
    out.end_section();
}
