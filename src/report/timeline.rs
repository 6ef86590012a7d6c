//! `timeline.csv`: the findings' times as Timesketch imports them.
//!
//! `message`, `datetime` and `timestamp_desc` come first. A finding has a row for its first event,
//! or that of its first operation with the outcome that is told where not all ended alike,
//! and one for its last where that is a minute later or more: the start and the end of one call are
//! one moment to a reader. A finding without a time keeps its row under the name
//! that Plaso gives such rows, so that nothing disappears from the import.

use std::fmt::Write;
use std::io;

use crate::base::Time;
use crate::investigation::model::Finding;
use crate::investigation::model::Report;
use crate::investigation::model::base_name;
use crate::report::sheet::Few;
use crate::report::sheet::Sheet;
use crate::report::sheet::Table;
use crate::report::sheet::row;

/// The table of the times.
pub(super) const TIMELINE: Table = Table {
    name: "timeline",
    file: "timeline.csv",
    columns: &[
        "message",
        "datetime",
        "timestamp_desc",
        "level",
        "rule_id",
        "finding_id",
        "user",
        "subscription_id",
        "source_ip",
        "resource",
        "operation",
        "outcome",
        "operations",
        "tactics",
        "techniques",
        "place",
        "actors",
        "subscriptions",
    ],
    fill,
};

/// At most this many addresses, resources and operations of a finding are shown in its rows.
const FEW: usize = 3;

/// The last event has a row of its own from this many seconds after the first on.
const APART: i64 = 60;

/// What the first row of a finding tells the time of.
const FIRST: &str = "First event of the finding";

fn fill(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let mut rows: Vec<(Time, &str, &Finding)> = Vec::new();
    for finding in &report.findings {
        match (finding.outcome_time().or(finding.last), finding.last) {
            (None, _) => rows.push((Time(0), "Not a time", finding)),
            (Some(told), last) => {
                // What is told of the end has to be true of that time.
                let is_first = finding.first.is_none_or(|first| first == told);
                let what = if is_first { FIRST } else { "First operation with that outcome" };
                rows.push((told, what, finding));
                if let Some(last) = last.filter(|last| *last >= told.plus_seconds(APART)) {
                    rows.push((last, "Last event of the finding", finding));
                }
            }
        }
    }
    rows.sort_by(|a, b| (a.0, &a.2.id, a.1).cmp(&(b.0, &b.2.id, b.1)));
    rows.into_iter().try_for_each(|(time, what, finding)| write_row(time, what, finding, sheet))
}

fn write_row(time: Time, what: &str, finding: &Finding, sheet: &mut Sheet<'_>) -> io::Result<()> {
    row!(
        sheet,
        [
            message(finding),
            Some(time),
            what,
            finding.level.as_str(),
            &finding.rule.id,
            &finding.id,
            &finding.principal,
            &finding.subscription_id,
            Few(&finding.ips, FEW),
            Few(&finding.resources, FEW),
            Few(&finding.operation_names, FEW),
            finding.outcome_words(),
            finding.operations,
            &finding.rule.tactics,
            &finding.rule.techniques,
            finding.place().unwrap_or_default(),
            finding.actors(),
            finding.subscriptions(),
        ]
    )
}

fn message(finding: &Finding) -> String {
    let mut text = format!("[{}] {}", finding.level, finding.rule.title);
    if let Some(principal) = &finding.principal {
        text.push_str(" by ");
        text.push_str(principal);
        if let Some(more) = finding.actors().len().checked_sub(2) {
            let _ = write!(text, " and {} more", more + 1);
        }
    }
    if let Some(resource) = finding.resources.first() {
        // The whole id has a column of its own.
        text.push_str(" on ");
        text.push_str(base_name(resource));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::investigation::model::RuleName;
    use crate::report::Format;

    fn written(findings: Vec<Finding>) -> Vec<csv::StringRecord> {
        let mut out = Vec::new();
        TIMELINE.write(&Report { findings, ..Report::default() }, &mut out).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(out.as_slice());
        reader.records().map(Result::unwrap).collect()
    }

    #[test]
    fn the_columns_that_timesketch_asks_for_come_first() {
        let header = &written(Vec::new())[0];
        assert_eq!(
            header.iter().take(3).collect::<Vec<_>>().join(","),
            "message,datetime,timestamp_desc"
        );
    }

    #[test]
    fn first_and_last_events_stand_in_time_order_over_all_findings() {
        let finding = |id: &str, first, last| Finding {
            id: id.into(),
            rule: RuleName::called(id),
            first: Some(Time(first)),
            last: Some(Time(last)),
            ..Finding::default()
        };
        let minute = 60_000_000_000;
        let rows =
            written(vec![finding("a", 0, 9 * minute), finding("b", 3 * minute, 4 * minute - 1)]);
        let seen: Vec<_> = rows[1..].iter().map(|row| (&row[5], &row[1])).collect();
        assert_eq!(
            seen,
            [
                ("a", "1970-01-01T00:00:00Z"),
                ("b", "1970-01-01T00:03:00Z"),
                ("a", "1970-01-01T00:09:00Z")
            ]
        );
    }

    #[test]
    fn a_finding_without_a_time_keeps_its_row() {
        let rows = written(vec![Finding { principal: Some("u".into()), ..Finding::default() }]);
        assert_eq!((&rows[1][0], &rows[1][2]), ("[informational]  by u", "Not a time"));
    }
}
