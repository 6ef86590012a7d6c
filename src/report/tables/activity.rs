//! Tables of what happened: findings, operations, alerts.

use std::io;
use std::io::Write;

use rayon::prelude::*;

use crate::investigation::model::EvidenceRef;
use crate::investigation::model::OperationRow;
use crate::investigation::model::Report;
use crate::report::sheet::Few;
use crate::report::sheet::Sheet;
use crate::report::sheet::Table;
use crate::report::sheet::row;

/// One row a finding, in time order.
pub(in crate::report) const FINDINGS: Table = Table {
    name: "findings",
    file: "tables/findings.csv",
    columns: &[
        "id",
        "level",
        "title",
        "rule_id",
        "first",
        "last",
        "principal",
        "accused",
        "actors",
        "subscription_id",
        "subscriptions",
        "outcome",
        "outcome_time",
        "failed",
        "unconfirmed",
        "operations",
        "events",
        "operation_names",
        "resources",
        "ips",
        "tactics",
        "techniques",
        "because",
        "evidence",
    ],
    fill: fill_findings,
};

fn fill_findings(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    report.findings.iter().try_for_each(|finding| {
        let because: Vec<String> =
            finding.because.iter().map(|(field, value)| format!("{field}={value}")).collect();
        let places: Vec<String> = finding.evidence.iter().map(EvidenceRef::place).collect();
        row!(
            sheet,
            [
                &finding.id,
                finding.level.as_str(),
                &finding.rule.title,
                &finding.rule.id,
                finding.first,
                finding.last,
                &finding.principal,
                finding.accused(),
                finding.actors(),
                &finding.subscription_id,
                finding.subscriptions(),
                finding.outcome.as_str(),
                finding.outcome_time(),
                finding.failed(),
                finding.unconfirmed,
                finding.operations,
                finding.events,
                Few(&finding.operation_names, SHOWN),
                Few(&finding.resources, SHOWN),
                Few(&finding.ips, SHOWN),
                &finding.rule.tactics,
                &finding.rule.techniques,
                &because,
                Few(&places, SHOWN),
            ]
        )
    })
}

/// At most this many values of a finding are shown in a cell; `report.json` has more.
const SHOWN: usize = 20;

/// Writes `tables/operations.csv` part by part: there may be millions, so no report holds them.
pub struct OperationsTable<'w>(&'w mut dyn Write);

/// Operations whose rows are written by one core at a time.
const TOGETHER: usize = 2048;

impl<'w> OperationsTable<'w> {
    /// Where the table lies in a case.
    pub const FILE: &'static str = "tables/operations.csv";

    /// Begins the table with its header; fails where the writer fails.
    pub fn begin(out: &'w mut dyn Write) -> io::Result<Self> {
        Sheet::begin(out, OPERATION_COLUMNS)?.flush()?;
        Ok(OperationsTable(out))
    }

    /// Writes the operations that come next, on all cores; fails where the writer fails.
    pub fn rows(&mut self, entries: &[OperationRow<'_>]) -> io::Result<()> {
        let parts: Vec<io::Result<Vec<u8>>> = entries.par_chunks(TOGETHER).map(part).collect();
        parts.into_iter().try_for_each(|part| self.0.write_all(&part?))
    }
}

fn part(entries: &[OperationRow<'_>]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(entries.len() * 512);
    let mut sheet = Sheet::go_on(&mut bytes);
    entries.iter().try_for_each(|entry| operation(entry, &mut sheet))?;
    sheet.flush()?;
    drop(sheet);
    Ok(bytes)
}

fn operation(entry: &OperationRow<'_>, sheet: &mut Sheet<'_>) -> io::Result<()> {
    row!(
        sheet,
        [
            &entry.id,
            entry.first,
            entry.last,
            entry.operation,
            entry.outcome.as_str(),
            entry.user,
            entry.subscription_id,
            entry.resource_id,
            entry.ip,
            entry.client,
            entry.events,
            entry.http_status.map(u64::from),
            entry.error_code,
        ]
    )
}

const OPERATION_COLUMNS: &[&str] = &[
    "id",
    "first",
    "last",
    "operation",
    "outcome",
    "user",
    "subscription_id",
    "resource_id",
    "ip",
    "client",
    "events",
    "http_status",
    "error_code",
];

/// One row an alert, in time order.
pub(in crate::report) const ALERTS: Table = Table {
    name: "alerts",
    file: "tables/alerts.csv",
    columns: &[
        "id",
        "alert_type",
        "title",
        "severity",
        "status",
        "sample",
        "start",
        "end",
        "subscription_id",
        "principals",
        "ips",
        "resources",
        "tactics",
        "delegated_access",
        "verdict",
        "verdict_by",
        "verdict_reason",
        "assessment",
        "because",
        "covered",
        "window_from",
        "window_to",
        "operations",
        "events",
        "findings",
        "related_alerts",
        "evidence",
    ],
    fill: fill_alerts,
};

fn fill_alerts(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    report.alerts.iter().try_for_each(|alert| {
        let inquiry = &alert.investigation;
        let places: Vec<String> = alert.evidence.iter().map(EvidenceRef::place).collect();
        row!(
            sheet,
            [
                &alert.id,
                &alert.alert_type,
                &alert.title,
                alert.severity.map_or("", |level| level.as_str()),
                &alert.status,
                alert.sample,
                alert.start,
                alert.end,
                &alert.subscription_id,
                &alert.principals,
                &alert.ips,
                &alert.resources,
                &alert.tactics,
                alert.delegated_access,
                alert.verdict.as_str(),
                &alert.verdict_by,
                &alert.verdict_reason,
                inquiry.assessment.as_str(),
                &inquiry.because,
                inquiry.covered,
                inquiry.window.from,
                inquiry.window.to,
                inquiry.operations,
                inquiry.events,
                &inquiry.findings,
                &inquiry.related_alerts,
                &places,
            ]
        )
    })
}
