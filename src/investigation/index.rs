//! Alerts and findings in the columnar index.

use std::borrow::Cow;
use std::path::Path;

use super::facts::Facts;
use super::model::{Alert, Finding};
use super::operation;
use crate::base::hash::hex;
use crate::base::{Time, index32};
use crate::corpus::{Series, write_table};

/// Writes the tables of alerts and findings beside the events.
pub(super) fn write(folder: &Path, alerts: &[Alert], findings: &[Finding]) -> Result<(), String> {
    write_table(folder, "alerts", alerts.len(), |range| alert_columns(&alerts[range]))
        .map_err(|error| told(&error))?;
    write_table(folder, "findings", findings.len(), |range| finding_columns(&findings[range]))
        .map_err(|error| told(&error))
}

fn told(error: &std::io::Error) -> String {
    format!("cannot write the index of alerts and findings: {error}")
}

/// Writes which operations each finding rests on, and of which events each operation is made.
pub(super) fn ties(facts: &Facts<'_>, folder: &Path) -> Result<(), String> {
    write_ties(facts, folder).map_err(|error| told(&error))
}

fn write_ties(facts: &Facts<'_>, folder: &Path) -> std::io::Result<()> {
    let all = &facts.ledger.operations;
    let rests: Vec<(u32, u32)> = (0_u32..)
        .zip(facts.findings)
        .flat_map(|(at, finding)| finding.operations.iter().map(move |operation| (at, *operation)))
        .collect();
    let id = |at: u32| operation::id(facts, &all[at as usize]).to_string();
    write_table(folder, "finding_operations", rests.len(), |range| {
        let rests = &rests[range];
        let finding = |at: u32| facts.findings[at as usize].id.to_string();
        vec![
            ("finding_id", runs(rests.iter().map(|rest| rest.0), finding)),
            ("operation_id", texts(rests, |rest| Some(id(rest.1)))),
        ]
    })?;
    // Evaluations by Azure Policy count as no operations, but tell of which call their events are.
    let made: Vec<(u32, u32)> = (0..index32(all.len()))
        .flat_map(|at| facts.ledger.rows_of(&all[at as usize]).iter().map(move |row| (at, *row)))
        .collect();
    write_table(folder, "operation_events", made.len(), |range| {
        let made = &made[range];
        let event = |row: u32| hex(&facts.corpus.spine.event_id(row as usize).to_be_bytes());
        vec![
            ("operation_id", runs(made.iter().map(|made| made.0), id)),
            ("event", Series::Id(made.iter().map(|made| event(made.1)).collect())),
        ]
    })
}

/// A column of rows of which those of one thing stand together: its text is made once.
fn runs(rows: impl Iterator<Item = u32>, text: impl Fn(u32) -> String) -> Series<'static> {
    let (mut picks, mut texts, mut last) = (Vec::new(), Vec::new(), None);
    for row in rows {
        if last.replace(row) != Some(row) {
            texts.push(text(row));
        }
        picks.push(index32(texts.len()) - 1);
    }
    Series::Chosen(picks, texts)
}

fn texts<T>(rows: &[T], value: impl Fn(&T) -> Option<String>) -> Series<'static> {
    Series::Text(rows.iter().map(|row| value(row).map(Cow::Owned)).collect())
}

fn times<T>(rows: &[T], value: impl Fn(&T) -> Option<Time>) -> Series<'static> {
    Series::Time(rows.iter().map(value).collect())
}

/// Lists are JSON: names hold blanks, and every sign that could stand between two of them.
fn joined<T: AsRef<str>>(values: &[T]) -> Option<String> {
    let all: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    (!all.is_empty()).then(|| serde_json::Value::from(all).to_string())
}

/// Texts that stand in the findings.
fn borrowed<'f>(
    findings: &'f [Finding],
    value: impl Fn(&'f Finding) -> Option<&'f str>,
) -> Series<'f> {
    Series::Text(findings.iter().map(|finding| value(finding).map(Cow::Borrowed)).collect())
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

fn finding_columns(findings: &[Finding]) -> Vec<(&'static str, Series<'_>)> {
    vec![
        ("finding_id", borrowed(findings, |f| Some(&f.id))),
        ("rule_id", borrowed(findings, |f| Some(&f.rule.id))),
        ("title", borrowed(findings, |f| Some(&f.rule.title))),
        ("level", borrowed(findings, |f| Some(f.level.as_str()))),
        ("first_time", times(findings, |f| f.first)),
        ("last_time", times(findings, |f| f.last)),
        ("user_id", borrowed(findings, |f| f.principal.as_deref())),
        ("user_ids", texts(findings, |f| joined(f.actors()))),
        ("subscription_id", borrowed(findings, |f| f.subscription_id.as_deref())),
        ("subscription_ids", texts(findings, |f| joined(f.subscriptions()))),
        ("resource_ids", texts(findings, |f| joined(&f.resources))),
        ("client_ips", texts(findings, |f| joined(&f.ips))),
        ("outcome", borrowed(findings, |f| Some(f.outcome.as_str()))),
        ("outcome_time", times(findings, Finding::outcome_time)),
        ("failed", Series::Number(findings.iter().map(|f| Some(f.failed().into())).collect())),
        (
            "operations",
            Series::Number(findings.iter().map(|f| Some(f.operations.into())).collect()),
        ),
        ("events", Series::Number(findings.iter().map(|f| Some(f.events.into())).collect())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_split_again_whatever_its_values_hold() {
        let values = ["failure anomalies - shop", "a \"b\", c", "d"];
        let written = joined(&values).unwrap();
        assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), values);
        assert_eq!(joined::<&str>(&[]), None);
    }
}
