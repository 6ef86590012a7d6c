//! Tables of what happened: findings, operations, alerts.

use std::io;

use crate::investigation::model::EvidenceRef;
use crate::investigation::model::Report;
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
        "subscription_id",
        "outcome",
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
                &finding.title,
                &finding.rule_id,
                finding.first,
                finding.last,
                &finding.principal,
                &finding.subscription_id,
                finding.outcome.as_str(),
                finding.unconfirmed,
                finding.operations,
                finding.events,
                &finding.operation_names,
                &finding.resources,
                &finding.ips,
                &finding.tactics,
                &finding.techniques,
                &because,
                &places,
            ]
        )
    })
}

/// One row an operation, in time order.
pub(in crate::report) const OPERATIONS: Table = Table {
    name: "operations",
    file: "tables/operations.csv",
    columns: &[
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
    ],
    fill: fill_operations,
};

fn fill_operations(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    report.operations_table.iter().try_for_each(|entry| {
        row!(
            sheet,
            [
                &entry.id,
                entry.first,
                entry.last,
                &entry.operation,
                entry.outcome.as_str(),
                &entry.user,
                &entry.subscription_id,
                &entry.resource_id,
                &entry.ip,
                &entry.client,
                entry.events,
                &entry.http_status,
                &entry.error_code,
            ]
        )
    })
}

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
