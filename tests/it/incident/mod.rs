//! A synthetic incident told once, renderers that write it in every export shape, and the truth
//! about it.
//!
//! Everything is a constant or comes from one seeded generator: two runs give the same bytes.

pub(crate) mod alert;
pub(crate) mod cast;
mod claims;
mod json;
pub(crate) mod model;
mod render_alert;
mod render_elastic;
mod render_log_analytics;
mod render_portal;
mod render_powershell;
mod render_python;
mod render_rest;
mod render_storage;
pub(crate) mod row;
pub(crate) mod sample;
mod script;
mod story;
mod story_alert;
mod story_attack;
mod story_platform;
mod story_relay;
pub(crate) mod time;
pub(crate) mod truth;

pub(crate) use self::model::Incident;
pub(crate) use self::sample::{Damaged, FolderTruth, damage, folder_truth, sample_logs};
pub(crate) use self::story::{quiet, story};
pub(crate) use self::truth::{Lack, Truth, UserTruth, lacks, precision};

/// A shape in which the Activity Log is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Pages of the REST service: `{"value":[…]}`.
    Rest,
    /// Pretty array of the az CLI.
    RestArray,
    /// PT1H.json tree of a storage account.
    StorageNdjson,
    /// Event Hub messages: `{"records":[…]}`.
    EventHub,
    /// Query answer of Log Analytics: tables, columns, rows.
    LogAnalyticsJson,
    /// CSV of the Log Analytics page.
    LogAnalyticsCsv,
    /// Data export of Log Analytics to a storage account.
    LogAnalyticsExport,
    /// `Get-AzActivityLog` under Windows PowerShell 5.1.
    PowerShell51,
    /// `Get-AzActivityLog` under PowerShell 7.
    PowerShell7,
    /// Python SDK, JSON lines.
    PythonSdk,
    /// "Download as CSV" of the portal.
    PortalCsv,
    /// Elastic Agent documents.
    ElasticAgent,
}

impl Shape {
    /// Every shape.
    pub(crate) const ALL: [Shape; 12] = [
        Shape::Rest,
        Shape::RestArray,
        Shape::StorageNdjson,
        Shape::EventHub,
        Shape::LogAnalyticsJson,
        Shape::LogAnalyticsCsv,
        Shape::LogAnalyticsExport,
        Shape::PowerShell51,
        Shape::PowerShell7,
        Shape::PythonSdk,
        Shape::PortalCsv,
        Shape::ElasticAgent,
    ];
}

/// A shape in which Defender alerts are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AlertShape {
    /// REST page.
    Rest,
    /// Continuous export stream, with assessments between the alerts.
    ContinuousExport,
    /// `SecurityAlert` table as CSV, a row for each state.
    SecurityAlertCsv,
}

/// Writes the Activity Log of an incident; gives relative paths and bytes.
pub(crate) fn render(incident: &Incident, shape: Shape) -> Vec<(String, Vec<u8>)> {
    match shape {
        Shape::Rest => render_rest::pages(incident),
        Shape::RestArray => render_rest::arrays(incident),
        Shape::StorageNdjson => render_storage::tree(incident),
        Shape::EventHub => render_storage::event_hub(incident),
        Shape::LogAnalyticsJson => render_log_analytics::answer(incident),
        Shape::LogAnalyticsCsv => render_log_analytics::csv(incident),
        Shape::LogAnalyticsExport => render_log_analytics::export(incident),
        Shape::PowerShell51 => render_powershell::windows(incident),
        Shape::PowerShell7 => render_powershell::core(incident),
        Shape::PythonSdk => render_python::lines(incident),
        Shape::PortalCsv => render_portal::csv(incident),
        Shape::ElasticAgent => render_elastic::documents(incident),
    }
}

/// Writes the Defender alerts of an incident; gives relative paths and bytes.
pub(crate) fn render_alerts(incident: &Incident, shape: AlertShape) -> Vec<(String, Vec<u8>)> {
    match shape {
        AlertShape::Rest => render_alert::rest(incident),
        AlertShape::ContinuousExport => render_alert::export(incident),
        AlertShape::SecurityAlertCsv => render_alert::csv(incident),
    }
}

/// Reads comma-separated text by RFC 4180: quoted cells may hold commas, quotes and line ends.
pub(crate) fn read_csv(text: &str) -> Vec<Vec<String>> {
    let (mut table, mut line, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut letters) = (false, text.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => line.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                line.push(std::mem::take(&mut cell));
                table.push(std::mem::take(&mut line));
            }
            other => cell.push(other),
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rendering_twice_gives_the_same_bytes() {
        let (one, two) = (story(), story());
        for shape in Shape::ALL {
            let files = render(&one, shape);
            assert!(!files.is_empty(), "{shape:?}");
            assert!(files.iter().all(|(path, bytes)| !path.starts_with('/') && !bytes.is_empty()));
            assert_eq!(files, render(&two, shape), "{shape:?}");
        }
    }

    #[test]
    fn the_folder_tells_the_story_but_for_what_is_torn() {
        let truth: Truth = Truth::of(&story());
        let folder: FolderTruth = folder_truth();
        assert_eq!(folder.events + folder.missing, truth.events);
        assert_eq!(folder.alerts, truth.alerts);
        let whole =
            sample_logs().into_iter().find(|(path, _)| path.ends_with("h=22/m=00/PT1H.json"));
        let Damaged { bytes, lost, .. } = damage(&whole.expect("Thursday evening").1);
        let lines = bytes.split(|byte| *byte == b'\n');
        let torn = lines.filter(|line| serde_json::from_slice::<serde_json::Value>(line).is_err());
        assert_eq!(torn.count(), lost.len());
    }

    #[test]
    fn the_managing_tenants_user_is_foreign_wherever_claims_are() {
        let truth = Truth::of(&story());
        let user: &UserTruth = &truth.users["kim.osei@relay.example.net"];
        assert_eq!((user.kind, user.operations, user.failed), ("foreign", 5, 2));
        for shape in Shape::ALL {
            let files = render(&story(), shape);
            let tenant = files.iter().any(|(_, bytes)| {
                let text = String::from_utf8_lossy(bytes).replace('\0', "");
                text.contains("https://sts.windows.net/5be8036d-92f4-4d17-a0c3-f14b7d6920ae/")
            });
            assert_eq!(tenant, !lacks(shape).contains(&Lack::Claims), "{shape:?}");
            assert!(precision(shape) <= 10_000);
        }
    }

    #[test]
    fn a_comma_separated_cell_may_hold_quotes_and_lines() {
        let table = read_csv("a,b\n\"x, \"\"y\"\"\nz\",2\n");
        assert_eq!(table, [vec!["a", "b"], vec!["x, \"y\"\nz", "2"]]);
    }

    #[test]
    fn an_incident_without_events_renders_without_records() {
        let empty = Incident::default();
        for shape in Shape::ALL {
            for (_, bytes) in render(&empty, shape) {
                assert!(!String::from_utf8_lossy(&bytes).contains("eventDataId\":"));
            }
        }
    }
}
