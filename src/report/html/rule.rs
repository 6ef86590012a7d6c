//! The rules that found something: what their findings mean, once for all of them.

use std::collections::BTreeMap;

use crate::investigation::model::Finding;
use crate::investigation::model::RuleNote;
use crate::report::html::links::Links;
use crate::report::html::links::rule_anchor;
use crate::report::html::markup::Markup;
use crate::report::html::piece::Cell;
use crate::report::html::table::Kind;

/// Items of a list in the details of a rule.
const ITEMS: usize = 25;

/// Writes the section of the rules of some findings, those of the page.
pub(super) fn write(findings: &[&Finding], links: Links<'_, '_>, out: &mut Markup<'_>) {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in findings {
        *counts.entry(&finding.rule.id).or_default() += 1;
    }
    let rules = links.site.report.rules.iter();
    let rules: Vec<(&RuleNote, u64)> =
        rules.filter_map(|rule| Some((rule, *counts.get(&*rule.id)?))).collect();
    if rules.is_empty() {
        return;
    }
    out.section("rules", "What the findings mean");
    let table = links.table(
        "rules",
        "Rules with findings, most severe first",
        &[
            ("level", Kind::Choice),
            ("rule", Kind::Text),
            ("findings", Kind::Number),
            ("techniques", Kind::Text),
        ],
        "report.json",
    );
    table.write(&rules, out, |(rule, findings), row| {
        row.anchor(rule_anchor(&rule.id));
        row.badge(rule.level.as_str()).text(&rule.title).number(*findings);
        row.cell(|cell| {
            cell.codes(&rule.techniques, ITEMS);
        });
        row.detail(
            |cell| {
                cell.text("what it means, harmless causes");
            },
            |cell| write_meaning(rule, cell),
        );
    });
    out.end_section();
}

fn write_meaning(rule: &RuleNote, cell: &mut Cell<'_, '_>) {
    for paragraph in rule.description.iter().flat_map(|text| text.split("\n\n")) {
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        cell.text(&words.join(" ")).line();
    }
    for cause in rule.falsepositives.iter().take(ITEMS) {
        cell.head("Harmless where").text(cause).line();
    }
    cell.entry("Tactics", &rule.tactics, ITEMS);
    cell.entry("More", &rule.references, ITEMS);
    cell.head("Rule").words(format_args!("{} ({})", rule.id, rule.path)).line();
}
