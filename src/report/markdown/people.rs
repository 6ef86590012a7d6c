//! Alerts, users, subscriptions and the rights that changed.

use std::io;
use std::io::Write;

use crate::base::text::grouped;
use crate::investigation::model::Alert;
use crate::investigation::model::HolderKind;
use crate::investigation::model::IamChange;
use crate::investigation::model::Outcome;
use crate::investigation::model::PimAssignment;
use crate::investigation::model::Report;
use crate::investigation::model::Risk;
use crate::report::markdown::header;
use crate::report::markdown::list;
use crate::report::markdown::quote;
use crate::report::markdown::rest;
use crate::report::markdown::row;
use crate::report::short_span;
use crate::report::short_time;

/// Alerts or changes shown.
const SHOWN: usize = 20;
/// Users or subscriptions shown.
const RANKED: usize = 10;
/// Reasons shown beside a rank or an assessment.
const REASONS: usize = 3;

/// Writes the cases: what belongs together, and how much there is of it.
pub(super) fn write_cases(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## Cases\n")?;
    if report.cases.is_empty() {
        return writeln!(out, "None: no alert and no finding of level high or above.");
    }
    header(
        &["level", "case", "time (UTC)", "verdict", "alerts", "findings", "operations", "id"],
        out,
    )?;
    for case in report.ranked_cases().into_iter().take(RANKED) {
        let cells = [
            case.level.to_string(),
            quote(&case.title),
            short_span(case.first, case.last),
            case.verdict.to_string(),
            grouped(case.alerts.len() as u64),
            grouped(case.findings_count),
            grouped(case.operations),
            case.id.clone(),
        ];
        row(&cells, out)?;
    }
    rest(report.cases.len() as u64, RANKED, "report.json", out)
}

/// Writes the alerts with what the log says about them: open ones first.
pub(super) fn write_alerts(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## Alerts\n")?;
    if report.alerts.is_empty() {
        return writeln!(out, "None in the evidence.");
    }
    header(&["severity", "alert", "time (UTC)", "verdict", "the log says", "because"], out)?;
    for alert in report.ranked_alerts().into_iter().take(SHOWN) {
        row(&alert_cells(alert), out)?;
    }
    rest(report.alerts.len() as u64, SHOWN, "tables/alerts.csv", out)
}

fn alert_cells(alert: &Alert) -> [String; 6] {
    let sample = if alert.sample { " (sample)" } else { "" };
    let told = alert.title.contains("delegated access");
    let delegated = if alert.delegated_access && !told { " (delegated access)" } else { "" };
    let reason = alert.verdict_reason.as_deref().map(|reason| format!(": {}", quote(reason)));
    [
        alert.severity.map_or("unknown", |level| level.as_str()).to_owned(),
        format!("{}{sample}{delegated}", quote(&alert.title)),
        short_span(alert.start, alert.end),
        format!("{}{}", alert.verdict, reason.unwrap_or_default()),
        alert.investigation.assessment.words(),
        list(&alert.investigation.because, REASONS),
    ]
}

/// Writes the users to look at, riskiest first.
pub(super) fn write_users(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## Users to look at\n")?;
    let ranked = report.ranked_users().count();
    if ranked == 0 {
        return writeln!(out, "None.");
    }
    header(&["risk", "user", "kind", "because"], out)?;
    for user in report.ranked_users().take(RANKED) {
        let kind = user.kind.words();
        row(&[rank(&user.risk), quote(&user.label()), kind, reasons(&user.risk)], out)?;
    }
    rest(ranked as u64, RANKED, "tables/users.csv", out)
}

/// Writes the subscriptions to look at, riskiest first.
pub(super) fn write_subscriptions(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## Subscriptions to look at\n")?;
    let ranked = report.ranked_subscriptions().count();
    if ranked == 0 {
        return writeln!(out, "None.");
    }
    header(&["risk", "subscription", "because"], out)?;
    for entry in report.ranked_subscriptions().take(RANKED) {
        row(&[rank(&entry.risk), quote(&entry.id), reasons(&entry.risk)], out)?;
    }
    rest(ranked as u64, RANKED, "tables/subscriptions.csv", out)
}

fn rank(risk: &Risk) -> String {
    format!("{} ({})", risk.level, risk.score)
}

fn reasons(risk: &Risk) -> String {
    list(&risk.because, REASONS)
}

/// Writes the changes of rights that nothing in the evidence took back.
pub(super) fn write_changes(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## Changes of rights not taken back\n")?;
    let changes = report.standing_changes();
    if changes.is_empty() {
        return writeln!(out, "None in the evidence.");
    }
    header(&["time (UTC)", "change", "role", "to", "scope", "by", "findings"], out)?;
    for change in changes.iter().take(SHOWN) {
        row(&change_cells(change), out)?;
    }
    rest(changes.len() as u64, SHOWN, "tables/iam-changes.csv", out)?;
    write_attempts(report, out)
}

/// Writes how many changes of rights were only tried.
fn write_attempts(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let of_subscriptions = report.subscriptions.iter().flat_map(|entry| &entry.iam_attempts);
    let attempts: Vec<&IamChange> = of_subscriptions.chain(&report.tenant_iam_attempts).collect();
    if attempts.is_empty() {
        return Ok(());
    }
    let refused = attempts.iter().filter(|a| a.outcome == Outcome::Failed).count() as u64;
    let open = attempts.len() as u64 - refused;
    writeln!(
        out,
        "\nTried, and not counted as changes: {} refused, {} without an end in the evidence (`iam_attempts` in `report.json`).",
        grouped(refused),
        grouped(open)
    )
}

fn change_cells(change: &IamChange) -> [String; 7] {
    let known = |text: &Option<String>| quote(text.as_deref().unwrap_or("unknown"));
    let mark = match change.privileged {
        Some(true) => " (privileged)",
        None if change.role_id.is_some() => " (unknown role)",
        Some(false) | None => "",
    };
    let role = change.role.as_ref().or(change.role_id.as_ref());
    let hold = match (change.pim_assignment, change.expires) {
        (Some(PimAssignment::Eligible), _) => ", eligible".to_owned(),
        (_, Some(end)) => format!(", until {}", short_time(Some(end))),
        (_, None) => String::new(),
    };
    let unseen = !change.familiar_principal && change.principal.is_some();
    let group = match (change.member_words(), change.principal_kind) {
        (Some(members), _) => format!(" (a group; {})", quote(&members)),
        (None, Some(HolderKind::Group | HolderKind::ForeignGroup)) => " (a group)".to_owned(),
        (None, _) => String::new(),
    };
    let condition = if change.condition.is_some() { ", with a condition" } else { "" };
    let newcomer = if unseen { " (not known to be familiar)" } else { "" };
    [
        short_time(change.time),
        format!("{}{hold}", change.change.words()),
        format!("{}{mark}{condition}", quote(role.map_or("", String::as_str))),
        format!("{}{group}{newcomer}", known(&change.principal)),
        known(&change.scope),
        known(&change.by),
        list(&change.findings, REASONS),
    ]
}
