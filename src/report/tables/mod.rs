//! `tables/*.csv`: one table a kind of thing, for spreadsheets.

mod activity;
mod entity;
mod scope;

pub use activity::OperationsTable;
pub(super) use activity::{ALERTS, FINDINGS};
pub(super) use entity::{ADDRESSES, SUBSCRIPTIONS, USERS, VIRTUAL_MACHINES};
pub(super) use scope::{COVERAGE, IAM_CHANGES, RESIDUE};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;
    use crate::investigation::model::*;
    use crate::report::Format;
    use crate::report::sheet::Table;

    /// Returns the rows of a table as maps from column to cell.
    fn rows(table: &Table, report: &Report) -> Vec<Vec<(String, String)>> {
        let mut out = Vec::new();
        table.write(report, &mut out).unwrap();
        let mut reader = csv::Reader::from_reader(out.as_slice());
        let header = reader.headers().unwrap().clone();
        let name = |record: csv::StringRecord| {
            header.iter().zip(record.iter()).map(|(a, b)| (a.into(), b.into())).collect()
        };
        reader.records().map(|record| name(record.unwrap())).collect()
    }

    fn cell<'a>(row: &'a [(String, String)], column: &str) -> &'a str {
        &row.iter().find(|(name, _)| name == column).unwrap().1
    }

    #[test]
    fn a_finding_names_its_evidence_and_what_matched() {
        let event = |line| EvidenceRef {
            source: SourceName { file: "a.json".into(), member: None }.into(),
            line,
            ..EvidenceRef::default()
        };
        let finding = Finding {
            level: Level::High,
            rule: RuleName::called("=HYPERLINK(\"http://evil\")"),
            first: Some(Time(100)),
            because: [("caller".into(), "a@b".into())].into(),
            evidence: vec![event(3), event(9)],
            ..Finding::default()
        };
        let report = Report { findings: vec![finding], ..Report::default() };
        let rows = rows(&FINDINGS, &report);
        assert_eq!(cell(&rows[0], "title"), "'=HYPERLINK(\"http://evil\")");
        assert_eq!(cell(&rows[0], "because"), "caller=a@b");
        assert_eq!(cell(&rows[0], "evidence"), "a.json:3; a.json:9");
        assert_eq!(cell(&rows[0], "first"), "1970-01-01T00:00:00.0000001Z");
        assert_eq!(cell(&rows[0], "last"), "");
    }

    #[test]
    fn every_table_fills_each_of_its_columns() {
        let subscription = Subscription {
            id: "s".into(),
            iam_changes: vec![IamChange { privileged: Some(true), ..IamChange::default() }],
            residue: vec![Residue { resource_type: "vm".into(), ..Residue::default() }],
            ..Subscription::default()
        };
        let risk =
            Risk { score: 7, level: RiskLevel::Low, because: vec!["x".into()], ..Risk::default() };
        let machine = Machine {
            actions: vec![MachineAction { operation: "start".into(), ..MachineAction::default() }],
            ..Machine::default()
        };
        let report = Report {
            alerts: vec![Alert::default()],
            users: vec![User { id: "u".into(), risk, ..User::default() }],
            subscriptions: vec![subscription],
            virtual_machines: vec![machine],
            ..Report::default()
        };
        assert_eq!(cell(&rows(&ALERTS, &report)[0], "assessment"), "inconclusive");
        assert_eq!(cell(&rows(&USERS, &report)[0], "score"), "7");
        assert_eq!(cell(&rows(&SUBSCRIPTIONS, &report)[0], "iam_changes"), "1");
        assert_eq!(cell(&rows(&IAM_CHANGES, &report)[0], "privileged"), "true");
        assert_eq!(cell(&rows(&RESIDUE, &report)[0], "type"), "vm");
        let action = cell(&rows(&VIRTUAL_MACHINES, &report)[0], "actions").to_owned();
        assert_eq!(action, "start unknown by unknown");
    }

    #[test]
    fn coverage_lists_what_is_missing_below_what_is_there() {
        let gaps = vec![Span { from: Some(Time(0)), to: None }];
        let mut report = Report::default();
        report.coverage.subscriptions =
            vec![SubscriptionCoverage { gaps, events: 5, ..SubscriptionCoverage::default() }];
        report.coverage.not_in_evidence =
            vec![Missing { what: "sign-ins".into(), why: "another log".into() }];
        let rows = rows(&COVERAGE, &report);
        assert_eq!(cell(&rows[0], "gaps"), "1970-01-01T00:00:00Z/");
        assert_eq!(cell(&rows[1], "kind"), "not_in_evidence");
        assert_eq!(cell(&rows[1], "why"), "another log");
    }
}
