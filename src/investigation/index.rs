//! Alerts and findings in the columnar index.

use std::borrow::Cow;
use std::path::Path;

use super::model::{Alert, Finding};
use crate::base::Time;
use crate::corpus::{Series, write_table};

/// Writes both tables beside the events.
pub(super) fn write(folder: &Path, alerts: &[Alert], findings: &[Finding]) -> Result<(), String> {
    let told = |error| format!("cannot write the index of alerts and findings: {error}");
    write_table(&folder.join("alerts.parquet"), alerts.len(), |range| {
        alert_columns(&alerts[range])
    })
    .map_err(told)?;
    write_table(&folder.join("findings.parquet"), findings.len(), |range| {
        finding_columns(&findings[range])
    })
    .map_err(told)
}

fn texts<T>(rows: &[T], value: impl Fn(&T) -> Option<String>) -> Series<'static> {
    Series::Text(rows.iter().map(|row| value(row).map(Cow::Owned)).collect())
}

fn times<T>(rows: &[T], value: impl Fn(&T) -> Option<Time>) -> Series<'static> {
    Series::Time(rows.iter().map(value).collect())
}

/// Lists are joined by blanks: none of the values holds one.
fn joined(values: &[String]) -> Option<String> {
    (!values.is_empty()).then(|| values.join(" "))
}

fn alert_columns(alerts: &[Alert]) -> Vec<(&'static str, Series<'static>)> {
    vec![
        ("alert_id", texts(alerts, |a| Some(a.id.clone()))),
        ("alert_type", texts(alerts, |a| a.alert_type.clone())),
        ("title", texts(alerts, |a| Some(a.title.clone()))),
        ("severity", texts(alerts, |a| a.severity.map(|s| s.to_string()))),
        ("status", texts(alerts, |a| a.status.clone())),
        ("is_sample", Series::Flag(alerts.iter().map(|a| Some(a.sample)).collect())),
        ("start_time", times(alerts, |a| a.start)),
        ("end_time", times(alerts, |a| a.end)),
        ("subscription_id", texts(alerts, |a| a.subscription_id.clone())),
        ("user_ids", texts(alerts, |a| joined(&a.principals))),
        ("client_ips", texts(alerts, |a| joined(&a.ips))),
        ("resource_ids", texts(alerts, |a| joined(&a.resources))),
        (
            "delegated_access",
            Series::Flag(alerts.iter().map(|a| Some(a.delegated_access)).collect()),
        ),
        ("assessment", texts(alerts, |a| Some(a.investigation.assessment.to_string()))),
        ("verdict", texts(alerts, |a| Some(a.verdict.to_string()))),
    ]
}

fn finding_columns(findings: &[Finding]) -> Vec<(&'static str, Series<'static>)> {
    vec![
        ("finding_id", texts(findings, |f| Some(f.id.clone()))),
        ("rule_id", texts(findings, |f| Some(f.rule_id.clone()))),
        ("title", texts(findings, |f| Some(f.title.clone()))),
        ("level", texts(findings, |f| Some(f.level.to_string()))),
        ("first_time", times(findings, |f| f.first)),
        ("last_time", times(findings, |f| f.last)),
        ("user_id", texts(findings, |f| f.principal.clone())),
        ("subscription_id", texts(findings, |f| f.subscription_id.clone())),
        ("resource_ids", texts(findings, |f| joined(&f.resources))),
        ("client_ips", texts(findings, |f| joined(&f.ips))),
        ("outcome", texts(findings, |f| Some(f.outcome.to_string()))),
        (
            "operations",
            Series::Number(findings.iter().map(|f| i64::try_from(f.operations).ok()).collect()),
        ),
        ("events", Series::Number(findings.iter().map(|f| i64::try_from(f.events).ok()).collect())),
    ]
}
