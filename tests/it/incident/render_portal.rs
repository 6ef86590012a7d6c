//! The portal's "Download as CSV": shown names only, no claims, no address, no event id.

use serde_json::Value;

use super::model::Incident;
use super::render_log_analytics::cell;
use super::render_rest::shown_category;
use super::row::{Row, rows};
use super::time;

const HEAD: &str = "Correlation id,Operation name,Status,Event category,Level,Time,Subscription,\
                    Event initiated by,Resource type,Resource group,Resource";

/// Writes all events of all subscriptions, newest first.
pub(crate) fn csv(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let mut text = format!("\u{feff}{HEAD}\n");
    for row in rows(incident).iter().rev() {
        text.push_str(&line(row));
        text.push('\n');
    }
    vec![("portal/QueryResult.csv".into(), text.into_bytes())]
}

fn line(row: &Row<'_>) -> String {
    let cells = [
        row.operation.correlation.clone(),
        row.operation.title.clone(),
        row.status().into(),
        shown_category(&row.operation.category).into(),
        row.level().into(),
        time::iso_trimmed(row.event.ticks),
        row.subscription().id.clone(),
        row.caller().unwrap_or_default().into(),
        row.kind(),
        row.group().unwrap_or_default().into(),
        row.resource(),
    ];
    let texts: Vec<String> = cells.into_iter().map(|text| cell(&Value::from(text))).collect();
    texts.join(",")
}

#[cfg(test)]
mod tests {
    use super::super::{Shape, read_csv, render, story};
    use super::*;

    #[test]
    fn every_event_is_a_row_of_eleven_cells() {
        let story = story();
        let files = render(&story, Shape::PortalCsv);
        let text = String::from_utf8(files[0].1.clone()).expect("UTF-8");
        let table = read_csv(text.strip_prefix('\u{feff}').expect("a byte order mark"));
        assert_eq!(table.len(), rows(&story).len() + 1);
        assert!(table.iter().all(|line| line.len() == 11));
        assert!(table.iter().any(|line| line[1] == "List Storage Account Keys"));
        assert!(!text.contains("claims"));
    }
}
