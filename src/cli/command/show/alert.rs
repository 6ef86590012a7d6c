//! Where the records stand that tell of an alert, as the report has them.

use anyhow::bail;
use serde_json::Value;

use super::{Place, TOLD};
use crate::base::text::for_terminal;
use crate::cli::case::{Case, Keep, list, number, text};
use crate::cli::command::alert::KIND;

/// Reads the alerts of a case, with their evidence.
pub(super) fn read(case: &Case) -> anyhow::Result<Vec<Value>> {
    let mut report = case.report(&[(KIND.key(), Keep::Members(&["id", "evidence"]))])?;
    Ok(match report[KIND.key()].take() {
        Value::Array(alerts) => alerts,
        _ => Vec::new(),
    })
}

/// Returns every record that tells of an alert, given by its id, the path of its resource, or the only
/// beginning of one of them; none where no alert is meant.
///
/// Fails where several are.
pub(super) fn places(alerts: &[Value], wanted: &str) -> anyhow::Result<Vec<Place>> {
    let having = |test: &dyn Fn(&str) -> bool| -> Vec<&Value> {
        let fits = |alert: &&Value| names(alert).any(|name| test(&name.to_lowercase()));
        alerts.iter().filter(fits).collect()
    };
    // The path of the resource may be longer than the id in the report.
    let last = wanted.rsplit('/').next().unwrap_or(wanted);
    let mut found = having(&|name| name == wanted || name == last);
    if found.is_empty() {
        found = having(&|name| name.starts_with(wanted));
    }
    if found.len() > 1 {
        let ids: Vec<_> =
            found.iter().take(TOLD).map(|one| for_terminal(text(one, "id"))).collect();
        let more = if found.len() > TOLD { ", ..." } else { "" };
        let shown = for_terminal(wanted);
        bail!("{} alerts begin with `{shown}`: {}{more}", found.len(), ids.join(", "));
    }
    Ok(found.into_iter().flat_map(told).collect())
}

/// Lists what an alert is known by: its own names, and the ids that its evidence has.
fn names(alert: &Value) -> impl Iterator<Item = &str> {
    let events = list(alert, "/evidence").iter().map(|place| text(place, "event"));
    (KIND.names)(alert).into_iter().chain(events).filter(|name| !name.is_empty())
}

fn told(alert: &Value) -> impl Iterator<Item = Place> + '_ {
    list(alert, "/evidence").iter().map(|place| Place {
        what: "alert",
        event: for_terminal(text(alert, "id")).into_owned(),
        file: text(place, "file").to_owned(),
        member: place["member"].as_str().map(str::to_owned),
        offset: number(place, "offset"),
        length: number(place, "length"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_alert_is_meant_by_its_id_its_resource_or_the_only_beginning() {
        let place = |event: &str, offset: u64| json!({"event": event, "file": "a.zip", "member": "m", "offset": offset, "length": 7});
        let alerts = [
            json!({"id": "2516_a", "evidence": [place("2516_a", 0), place("2516_a", 9)]}),
            json!({"id": "2516_ab", "evidence": [place("2516_ab", 20)]}),
            json!({"id": "/subscriptions/s/alerts/77", "evidence": [place("77", 30)]}),
        ];
        let offsets = |wanted: &str| -> Result<Vec<u64>, String> {
            let found = places(&alerts, wanted).map_err(|error| error.to_string())?;
            Ok(found.iter().map(|place| place.offset).collect())
        };
        assert_eq!(offsets("2516_a"), Ok(vec![0, 9]));
        assert_eq!(offsets("/subscriptions/t/alerts/2516_a"), Ok(vec![0, 9]));
        assert_eq!(offsets("2516_ab"), Ok(vec![20]));
        assert_eq!((offsets("7"), offsets("/subscriptions/s")), (Ok(vec![30]), Ok(vec![30])));
        assert!(
            offsets("2516").unwrap_err().contains("2 alerts begin with `2516`: 2516_a, 2516_ab")
        );
        assert_eq!(offsets("x"), Ok(vec![]));
    }
}
