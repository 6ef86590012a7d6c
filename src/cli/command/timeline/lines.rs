//! What a timeline is made of: lines with columns, from the index or from the findings of the report.

use serde_json::{Map, Value};

use crate::base::{DateOrder, Time};
use crate::cli::case::{list, text, texts};
use crate::cli::filter::{Facets, Filter, Line};
use crate::investigation::model::Level;
use crate::report::standard::{ecs, ocsf};
use crate::schema::Kind;

/// A schema that others publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standard {
    Ocsf,
    Ecs,
}

/// Lines in order of time; the first column is the time.
pub(super) trait Lines {
    /// Names and kinds of the columns.
    fn columns(&self) -> &[(&'static str, Kind)];
    /// The columns that people need.
    fn short(&self) -> &'static [&'static str];
    /// How many lines there are.
    fn len(&self) -> usize;
    /// What a line holds in a column.
    fn value(&self, row: usize, column: usize) -> anyhow::Result<Value>;
    /// A line in words.
    fn message(&self, row: usize) -> anyhow::Result<String>;
    /// What the time of a line is the time of.
    fn meaning(&self, row: usize) -> &'static str;
    /// A line as a document of a schema.
    fn document(&self, row: usize, standard: Standard) -> anyhow::Result<Map<String, Value>>;
}

/// Lines of the findings.
pub(super) struct Told<'r> {
    findings: Vec<&'r Value>,
}

const FINDING: &[(&str, Kind)] = &[
    ("outcome_time", Kind::Time),
    ("first", Kind::Time),
    ("last", Kind::Time),
    ("id", Kind::Text),
    ("level", Kind::Text),
    ("title", Kind::Text),
    ("rule_id", Kind::Text),
    ("principal", Kind::Text),
    ("actors", Kind::Text),
    ("subscription_id", Kind::Text),
    ("subscriptions", Kind::Text),
    ("ips", Kind::Text),
    ("resources", Kind::Text),
    ("operation_names", Kind::Text),
    ("outcome", Kind::Text),
    ("failed", Kind::Number),
    ("operations", Kind::Number),
    ("events", Kind::Number),
    ("tactics", Kind::Text),
    ("techniques", Kind::Text),
];

impl<'r> Told<'r> {
    /// What a finding has columns of.
    pub(super) const MEMBERS: [&'static str; FINDING.len()] = {
        let mut members = [""; FINDING.len()];
        let mut at = 0;
        while at < FINDING.len() {
            members[at] = FINDING[at].0;
            at += 1;
        }
        members
    };

    /// Returns whether a finding passes a filter.
    pub(super) fn passes(one: &Value, filter: &Filter) -> bool {
        let time = |key: &str| Time::parse(text(one, key), DateOrder::MonthFirst);
        filter.passes(Facets {
            line: Line::Finding(Level::parse(text(one, "level")).unwrap_or_default()),
            first: time("first"),
            last: time("last"),
            subscriptions: &texts(one, "subscriptions"),
            users: &texts(one, "actors"),
            ips: &texts(one, "ips"),
            operations: &texts(one, "operation_names"),
        })
    }

    /// Takes the findings of a report, which has them in order of their first time.
    pub(super) fn new(report: &'r Value) -> Self {
        let mut findings: Vec<&Value> = list(report, "/findings").iter().collect();
        findings.sort_by_key(|one| Time::parse(text(one, "outcome_time"), DateOrder::MonthFirst));
        Told { findings }
    }
}

impl Lines for Told<'_> {
    fn columns(&self) -> &[(&'static str, Kind)] {
        FINDING
    }

    fn short(&self) -> &'static [&'static str] {
        &["outcome_time", "level", "title", "principal", "outcome", "id"]
    }

    fn len(&self) -> usize {
        self.findings.len()
    }

    fn value(&self, row: usize, column: usize) -> anyhow::Result<Value> {
        Ok(self.findings[row][FINDING[column].0].clone())
    }

    fn message(&self, row: usize) -> anyhow::Result<String> {
        let one = self.findings[row];
        let part = |before: &str, text: Option<&str>| {
            text.map(|text| format!("{before}{text}")).unwrap_or_default()
        };
        Ok(format!(
            "[{}] {}{}{}",
            text(one, "level"),
            text(one, "title"),
            part(" by ", one["principal"].as_str()),
            part(" on ", texts(one, "resources").first().copied())
        ))
    }

    fn meaning(&self, row: usize) -> &'static str {
        let one = self.findings[row];
        if one["outcome_time"] == one["first"] {
            "First event of the finding"
        } else {
            "First operation with that outcome"
        }
    }

    fn document(&self, row: usize, standard: Standard) -> anyhow::Result<Map<String, Value>> {
        let message = self.message(row)?;
        Ok(match standard {
            Standard::Ocsf => ocsf::finding(self.findings[row], &message),
            Standard::Ecs => ecs::finding(self.findings[row], &message),
        })
    }
}
