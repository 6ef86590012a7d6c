//! The summary on a terminal: what was read and lost, what was found, what to do first.
//!
//! It is read last line first, so it ends in what to do and where the case is.

mod next;
mod page;

use std::collections::BTreeMap;
use std::io;
use std::io::Write;

use crate::base::text::counted;
use crate::base::text::grouped;
use crate::base::text::shorten_middle;
use crate::investigation::model::Alert;
use crate::investigation::model::FindingGroup;
use crate::investigation::model::Level;
use crate::investigation::model::Report;
use crate::investigation::model::Risk;
use crate::investigation::model::RiskLevel;
use crate::investigation::model::Stage;
use crate::investigation::model::User;
use crate::investigation::model::Verdict;
use crate::investigation::model::base_name;
use crate::investigation::model::preserve_words;
use crate::report::short_span;
use crate::report::size_words;
use crate::report::summary::page::Page;

/// Entries of a section before the rest is only counted.
const CASES: usize = 4;
const ALERTS: usize = 8;
const GROUPS: usize = 10;
const RANKED: usize = 5;
const TASKS: usize = 12;
/// Things named beside a step.
const TARGETS: usize = 4;
const ASKS: usize = 3;
const LOSSES: usize = 5;
const MISSING: usize = 4;
const REASONS: usize = 3;
/// Sentences on what the log says of an alert.
const SAID: usize = 2;
const NAMES: usize = 3;
/// Columns of one quoted name or reason.
const QUOTE: usize = 200;

/// How a summary is shown.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Width of the terminal in columns; 40 to 160 are used.
    pub width: usize,
    /// Whether to colour.
    pub colour: bool,
    /// Path of the case as the user gave it.
    pub case: &'a str,
}

/// Writes the summary of a report; fails only where the writer fails.
pub fn write(report: &Report, view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, view.width, view.colour);
    write_evidence(report, &mut page)?;
    write_coverage(report, &mut page)?;
    write_triage(report, &mut page)?;
    write_cases(report, &mut page)?;
    write_alerts(report, &mut page)?;
    write_findings(report, &mut page)?;
    write_users(report, &mut page)?;
    write_subscriptions(report, &mut page)?;
    write_delegated(report, &mut page)?;
    write_tasks(report, &mut page)?;
    let about = "report.html to look at, report.md for a ticket, tables and index to work with";
    page.heading("CASE", about)?;
    page.verbatim(view.case)?;
    next::commands(report, view.case).iter().try_for_each(|command| page.verbatim(command))
}

fn write_evidence(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let evidence = &report.evidence;
    let (totals, counts) = (&evidence.totals, &evidence.totals.counts);
    let files = counted(totals.files, "file", "files");
    let records = counted(counts.records(), "record", "records");
    page.heading("EVIDENCE", &format!("{files}, {}, {records}", size_words(totals.bytes)))?;
    let read = counts.read();
    page.prose(&format!(
        "Read: {}",
        if read.is_empty() { "nothing".into() } else { read.join(", ") }
    ))?;
    if let Some(cases) = evidence.left_out() {
        page.prose(&format!("Left out: {}", cases.message))?;
    }
    if !evidence.has_loss() {
        return page.prose("Lost: nothing");
    }
    page.warning(&match counts.rejected {
        0 => "LOST: part of the evidence could not be read".to_owned(),
        n => format!(
            "LOST: {} rejected; see rejects.jsonl in the case",
            counted(n, "record", "records")
        ),
    })?;
    let losses: Vec<_> = evidence.losses().collect();
    for loss in losses.iter().take(LOSSES) {
        let files = some_of(&loss.files, NAMES);
        page.prose(&format!("{} ×{}: {} ({files})", loss.code, grouped(loss.count), loss.message))?;
    }
    write_rest(losses.len(), LOSSES, page)
}

fn write_coverage(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let coverage = &report.coverage;
    page.heading("COVERAGE", &coverage_words(report))?;
    if !coverage.tenant_level_log {
        page.prose("The tenant-level log is not in the evidence.")?;
    }
    if coverage.open_count() > 0 {
        let open = counted(coverage.open_count(), "operation has", "operations have");
        page.prose(&format!("{open} no end in the evidence: what became of them is not known."))?;
    }
    for missing in coverage.not_in_evidence.iter().take(MISSING) {
        page.prose(&format!("Not in evidence: {}: {}", missing.what, missing.why))?;
    }
    write_rest(coverage.not_in_evidence.len(), MISSING, page)?;
    let rules = &coverage.rules;
    page.prose(&format!("Rules that could fire: {} of {}", rules.could_fire, rules.loaded))?;
    let silent = rules.cannot_fire_by_reason();
    let untold = rules.cannot_tell_by_reason();
    for (head, reasons) in
        [("Could not fire", &silent), ("Cannot tell of some operations", &untold)]
    {
        for (why, ids) in reasons.iter().take(MISSING) {
            let count = counted(ids.len() as u64, "rule", "rules");
            page.prose(&format!("{head}, {count}: {}", quote(why)))?;
        }
        write_rest(reasons.len(), MISSING, page)?;
    }
    Ok(())
}

/// Returns the times and gaps of the evidence in words.
fn coverage_words(report: &Report) -> String {
    let coverage = &report.coverage;
    let span = short_span(coverage.first, coverage.last);
    let subscriptions = counted(report.subscriptions.len() as u64, "subscription", "subscriptions");
    let gaps = counted(coverage.gap_count() as u64, "gap", "gaps");
    format!("{span}, {subscriptions}, {gaps}")
}

fn write_triage(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    match &report.triage {
        Some(triage) => page.heading("TRIAGE", &triage.words()),
        None => Ok(()),
    }
}

fn write_cases(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.cases.is_empty() {
        return Ok(());
    }
    let open = report.cases.iter().filter(|case| case.verdict == Verdict::Open).count();
    page.heading("CASES", &format!("{}; {open} open", report.cases.len()))?;
    for case in report.ranked_cases().into_iter().take(CASES) {
        let alerts = counted(case.alerts.len() as u64, "alert", "alerts");
        let findings = counted(case.findings_count, "finding", "findings");
        let span = short_span(case.first, case.last);
        let detail = format!("{span}; {alerts}, {findings}; {}, {}", case.verdict, case.id);
        page.entry(case.level, case.level.as_str(), &quote(&case.title), &detail)?;
    }
    write_rest(report.cases.len(), CASES, page)
}

fn write_alerts(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.alerts.is_empty() {
        return page.heading("ALERTS", "none in the evidence");
    }
    let words =
        report.alert_words().map_or_else(|| "none open".into(), |words| format!("open: {words}"));
    page.heading("ALERTS", &format!("{}; {words}", report.alerts.len()))?;
    for alert in report.ranked_alerts().into_iter().take(ALERTS) {
        let word = alert.severity.map_or("unknown", Level::as_str);
        page.entry(alert.level(), word, &quote(&alert.title), &alert_detail(alert))?;
    }
    if let Some(sentence) = report.suppression_sentence() {
        page.warning(&sentence)?;
    }
    write_rest(report.alerts.len(), ALERTS, page)
}

fn alert_detail(alert: &Alert) -> String {
    let time = short_span(alert.start, alert.end);
    if alert.sample {
        return format!("{time}; sample alert, nothing to do");
    }
    if !alert.is_open() {
        let reason = alert.verdict_reason.as_deref().unwrap_or("no reason given");
        return format!("{time}; {}: {}", alert.verdict, quote(reason));
    }
    let assessment = alert.investigation.assessment.words();
    let reason =
        match alert.investigation.because.iter().take(SAID).map(|r| quote(r)).collect::<Vec<_>>() {
            words if words.is_empty() => String::new(),
            words => format!(": {}", words.join("; ")),
        };
    format!("{time}; {assessment}{reason}")
}

fn write_findings(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let words = report.level_words();
    let total = grouped(report.findings.len() as u64);
    let operations = counted(report.operations.count, "operation", "operations");
    let tail = if words.is_empty() { String::new() } else { format!(": {words}") };
    page.heading("FINDINGS", &format!("{total} in {operations}{tail}"))?;
    let users = report.users_by_id();
    let groups = report.finding_groups();
    for group in groups.iter().take(GROUPS) {
        page.entry(group.level, group.level.as_str(), group.title, &group_detail(group, &users))?;
    }
    write_rest(groups.len(), GROUPS, page)?;
    write_folded(report, page)
}

fn write_folded(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let counts = report.folded_counts();
    if counts.noise > 0 {
        let findings = counted(counts.noise, "finding", "findings");
        page.prose(&format!("{findings} folded away as known noise; --all shows them"))?;
    }
    if counts.expected > 0 {
        let findings = counted(counts.expected, "finding", "findings");
        page.prose(&format!("{findings} folded away as expected by the triage file"))?;
    }
    if counts.filtered > 0 {
        let operations = counted(counts.filtered, "operation", "operations");
        page.prose(&format!("{operations} left out by filters of rules"))?;
    }
    if counts.repeated > 0 {
        let times = counted(counts.repeated, "time", "times");
        page.prose(&format!("{times} a rule did not speak, for it told the like before"))?;
    }
    Ok(())
}

fn group_detail(group: &FindingGroup<'_>, users: &BTreeMap<&str, &User>) -> String {
    let names: Vec<String> = group
        .principals
        .iter()
        .map(|id| users.get(id).map_or_else(|| (*id).to_owned(), |user| user.label()))
        .collect();
    let by =
        if names.is_empty() { String::new() } else { format!(" by {}", some_of(&names, NAMES)) };
    format!("×{} {}{by}", grouped(group.count), short_span(group.first, group.last))
}

fn write_users(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let ranked = report.ranked_users().count();
    page.heading("USERS", &format!("{} seen, {ranked} to look at", report.users.len()))?;
    for user in report.ranked_users().take(RANKED) {
        let kind = user.kind.words();
        write_ranked(&user.risk, &format!("{}, {kind}", quote(&user.label())), page)?;
    }
    write_rest(ranked, RANKED, page)
}

fn write_subscriptions(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let ranked = report.ranked_subscriptions().count();
    page.heading(
        "SUBSCRIPTIONS",
        &format!("{} seen, {ranked} to look at", report.subscriptions.len()),
    )?;
    for entry in report.ranked_subscriptions().take(RANKED) {
        write_ranked(&entry.risk, &quote(&entry.id), page)?;
    }
    if let Some(words) = report.standing_words() {
        page.prose(&words)?;
    }
    write_rest(ranked, RANKED, page)
}

/// Writes who comes in from another tenant and is worth a look; guests without findings are counted.
fn write_delegated(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let access = &report.delegated_access;
    if access.is_empty() {
        return Ok(());
    }
    let delegations = access.delegations_in_force() as u64;
    let words = format!(
        "{}, {} in force, {}",
        counted(access.principals.len() as u64, "principal", "principals"),
        counted(delegations, "delegation", "delegations"),
        counted(access.alerts.len() as u64, "alert", "alerts"),
    );
    page.heading("FROM OTHER TENANTS", &words)?;
    let all: Vec<_> = access.telling().collect();
    for principal in all.iter().take(RANKED) {
        let way = principal.way.words();
        let tenant = principal.tenant_id.as_deref().unwrap_or("unknown");
        let count = counted(principal.operations, "operation", "operations");
        let findings = counted(principal.findings.len() as u64, "finding", "findings");
        let what = format!("{}, {way}", quote(&principal.label()));
        let detail = format!("from tenant {tenant}; {count}, {findings}");
        write_entry(&principal.risk, &what, &detail, page)?;
    }
    write_rest(all.len(), RANKED, page)
}

fn write_ranked(risk: &Risk, what: &str, page: &mut Page<'_>) -> io::Result<()> {
    write_entry(risk, what, &some_of(&risk.because, REASONS), page)
}

fn write_entry(risk: &Risk, what: &str, detail: &str, page: &mut Page<'_>) -> io::Result<()> {
    let level = match risk.level {
        RiskLevel::Critical => Level::Critical,
        RiskLevel::High => Level::High,
        RiskLevel::Medium => Level::Medium,
        RiskLevel::Low => Level::Low,
        RiskLevel::None => Level::Informational,
    };
    let word = format!("{} {}", risk.level, risk.score);
    page.entry(level, &word, what, detail)
}

fn write_tasks(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let (asks, mut tasks) = (report.first_asks(), report.task_groups());
    let done = report.done_words();
    if asks.is_empty() && tasks.is_empty() && done.is_none() {
        return Ok(());
    }
    let kept = preserve_words(&tasks);
    tasks.retain(|task| task.step.stage() != Stage::Preserve);
    page.heading("DO FIRST", "")?;
    for (at, ask) in asks.iter().take(ASKS).enumerate() {
        let alerts = counted(ask.alerts.len() as u64, "alert", "alerts");
        page.item(at + 1, &format!("Ask {}: {} ({alerts})", quote(ask.who), quote(ask.why)))?;
    }
    let mut shown = asks.len().min(ASKS);
    if let Some(words) = kept {
        shown += 1;
        page.item(shown, &words)?;
    }
    for (at, task) in tasks.iter().take(TASKS).enumerate() {
        let mark = if task.step.reversible { "" } else { " (cannot be undone)" };
        let targets: Vec<String> = task.targets.iter().map(|t| base_name(t).to_owned()).collect();
        let (step, targets) = (quote(&task.step.step), some_of(&targets, TARGETS));
        page.item(shown + at + 1, &format!("{step}: {targets}{mark}"))?;
    }
    let left = asks.len().saturating_sub(ASKS) + tasks.len().saturating_sub(TASKS);
    write_rest(left, 0, page)?;
    done.map_or(Ok(()), |words| page.prose(&words))
}

fn write_rest(all: usize, shown: usize, page: &mut Page<'_>) -> io::Result<()> {
    match all.saturating_sub(shown) {
        0 => Ok(()),
        rest => page.prose(&format!("… {} more in the case", grouped(rest as u64))),
    }
}

/// Returns the first of some texts, and how many more there are.
fn some_of<T: AsRef<str>>(texts: &[T], limit: usize) -> String {
    let mut shown: Vec<String> =
        texts.iter().take(limit).map(|text| quote(text.as_ref())).collect();
    if texts.len() > limit {
        shown.push(format!("{} more", texts.len() - limit));
    }
    shown.join("; ")
}

fn quote(text: &str) -> String {
    shorten_middle(text, QUOTE).into_owned()
}

#[cfg(test)]
mod tests;
