//! What the alert shapes make of real exports, where these lie beside the project, and how tests read a record.

#[path = "../../../tests/it/samples/folder.rs"]
mod place;

use std::path::PathBuf;

use proptest::prelude::*;

use super::{Alert, Found};
use crate::azure::alert_type::Severity;
use crate::base::json::{self, Doc, Tape, Value, skip_blank};
use crate::shape::text::Nested;
use crate::shape::{Reading, Record, SHAPES, ShapeId, recognise};

/// Returns the alerts of a record that a shape of alerts recognises.
pub(super) fn alerts_of(text: &str) -> Vec<Alert> {
    let nested = Nested::parse(text.replace('\n', " ")).unwrap();
    alerts_in(nested.root())
}

/// Returns the one alert of a record.
pub(super) fn only(text: &str) -> Alert {
    let alerts = alerts_of(text);
    assert_eq!(alerts.len(), 1, "{text}");
    alerts.into_iter().next().unwrap()
}

/// Returns the name of the shape of a record.
pub(super) fn shape_of(text: &str) -> Option<&'static str> {
    let nested = Nested::parse(text.replace('\n', " ")).unwrap();
    recognise(&Record::new(nested.root())).map(|id| id.shape().name)
}

fn alerts_in(value: Value<'_>) -> Vec<Alert> {
    let mut found = Found::default();
    let shape = recognise(&Record::new(value)).map(ShapeId::shape);
    if let Some(Reading::Alerts(read)) = shape.map(|shape| &shape.read) {
        read(value, &mut found);
    }
    found.alerts
}

/// Returns the files of a folder of the samples; `None` where there are no samples.
fn samples(folder: &str) -> Option<Vec<PathBuf>> {
    let path = place::folder()?.join(folder);
    let entries = std::fs::read_dir(path).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "{folder} is empty");
    files.sort();
    Some(files)
}

/// A record of a sample.
struct Read {
    file: String,
    shape: Option<&'static str>,
    alerts: Vec<Alert>,
}

/// Reads every record of the JSON files of a folder; `None` where there are no samples.
fn read_folder(folder: &str) -> Option<Vec<Read>> {
    let mut all = Vec::new();
    for path in samples(folder)? {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut at = 0;
        while skip_blank(text.as_bytes(), at).0 < text.len() {
            at = skip_blank(text.as_bytes(), at).0;
            let mut tape = Tape::default();
            let end = json::parse(text.as_bytes(), at, &mut tape).unwrap().end;
            unwrap(Doc::new(&text[at..], &tape).root(), &mut |record| {
                let shape = recognise(&Record::new(record)).map(|id| id.shape().name);
                let file = path.display().to_string();
                all.push(Read { file, shape, alerts: alerts_in(record) });
            });
            at = end;
        }
    }
    assert!(!all.is_empty(), "{folder} holds no record");
    Some(all)
}

fn unwrap(value: Value<'_>, take: &mut dyn FnMut(Value<'_>)) {
    match value.get("value").or_else(|| value.get("records")) {
        _ if value.is_array() => value.items().for_each(|item| unwrap(item, take)),
        Some(list) if list.is_array() => unwrap(list, take),
        _ => take(value),
    }
}

fn is_whole(alert: &Alert) -> bool {
    !alert.key.is_empty()
        && alert.alert_type.is_some()
        && alert.title.is_some()
        && alert.severity.is_some()
        && alert.start.is_some()
}

#[test]
fn every_rest_alert_is_read_whole() {
    for (folder, count) in [("alerts/rest-value", 313), ("alerts/rest-single", 5)] {
        let Some(read) = read_folder(folder) else { return };
        assert_eq!(read.len(), count, "{folder}");
        for Read { file, shape, alerts } in &read {
            assert_eq!((*shape, alerts.len()), (Some("alert-rest"), 1), "{file}");
            assert!(is_whole(&alerts[0]), "{file}: {:?}", alerts[0]);
            let id = alerts[0].alert_type.as_deref().unwrap();
            assert!(!id.starts_with("SIMULATED_") && alerts[0].subscription_id.is_some());
            let sample = alerts[0].title.as_deref().unwrap().starts_with("[SAMPLE ALERT]");
            let sample = sample || id == "VM_EICAR";
            assert_eq!(alerts[0].is_sample, sample, "{id}");
        }
    }
}

#[test]
fn entities_of_rest_alerts_are_resolved_and_stay_small() {
    let Some(read) = read_folder("alerts/rest-value") else { return };
    let alerts: Vec<_> = read.iter().flat_map(|each| &each.alerts).collect();
    let network: Vec<_> = alerts
        .iter()
        .filter(|a| a.alert_type.as_deref() == Some("Network_TrafficFromUnrecommendedIP"))
        .collect();
    for alert in &network {
        assert!(!alert.ips.is_empty() && alert.hosts.len() == 1, "{}", alert.key);
        assert_eq!(alert.dangling_refs, 0, "{}", alert.key);
        assert!(alert.entities.as_ref().is_some_and(|e| e.len() <= 64 * 1024));
        assert!(alert.ips.len() < 200);
    }
    assert_eq!(network.len(), 76);
    for alert in alerts.iter().filter(|a| a.plan.as_deref() == Some("arm")) {
        assert!(!alert.ext.is_empty() && alert.subscription_id.is_some());
    }
    for alert in alerts.iter().filter_map(|a| a.entities.as_ref()) {
        serde_json::from_str::<serde_json::Value>(alert).unwrap();
    }
}

#[test]
fn continuous_export_gives_its_alert_and_leaves_the_posture_out() {
    let Some(read) = read_folder("alerts/continuous-export") else { return };
    let shapes: Vec<_> = read.iter().filter_map(|each| each.shape).collect();
    assert_eq!(shapes.len(), read.len());
    let posture = shapes.iter().filter(|s| **s == "defender-posture").count();
    let alerts: Vec<_> = read.iter().flat_map(|each| &each.alerts).collect();
    assert!(!alerts.is_empty());
    assert_eq!(posture + alerts.len(), read.len());
    for alert in alerts {
        assert!(is_whole(alert));
        assert_eq!(
            alert.alert_type.as_deref(),
            Some("ARM_AnomalousServiceOperation.CredentialAccess")
        );
        assert!(alert.is_sample && alert.ips.contains(&"81.2.69.142".to_owned()));
        assert!(alert.azure_resources.iter().any(|id| id.contains("virtualmachines/sample-vm")));
    }
}

#[test]
fn incidents_give_the_alerts_inside_them() {
    let Some(read) = read_folder("alerts/graph-v2-incident") else { return };
    let alerts: Vec<_> = read.iter().flat_map(|each| &each.alerts).collect();
    assert!(alerts.len() >= 10, "{}", alerts.len());
    assert!(alerts.iter().all(|alert| is_whole(alert)));
    assert!(alerts.iter().any(|a| a.actors.iter().any(|u| u.upn.is_some())));
}

#[test]
fn the_documented_alert_of_the_retired_api_gives_one_alert() {
    let Some(read) = read_folder("alerts/graph-v1") else { return };
    for Read { shape, alerts, .. } in read {
        assert_eq!((shape, alerts.len()), (Some("alert-graph-legacy"), 1));
        assert!(alerts[0].title.is_some() && alerts[0].severity.is_none());
    }
}

#[test]
fn rows_of_the_table_are_read_whole_from_csv() {
    let Some(files) = samples("alerts/la-csv") else { return };
    for file in files {
        let mut reader = ::csv::Reader::from_path(file).unwrap();
        let names = reader.headers().unwrap().clone();
        let (mut count, mut with_refs) = (0, 0);
        for row in reader.records() {
            let row = row.unwrap();
            let members = names.iter().zip(row.iter()).map(|(n, v)| (n.to_owned(), v.into()));
            let record = serde_json::Value::Object(members.collect()).to_string();
            assert_eq!(shape_of(&record), Some("alert-log-analytics"));
            let alert = only(&record);
            assert!(is_whole(&alert), "{alert:?}");
            assert_eq!(alert.dangling_refs, 0, "{record}");
            with_refs += usize::from(!alert.hosts.is_empty());
            count += 1;
        }
        assert_eq!(count, 189);
        assert!(with_refs > 100, "{with_refs}");
    }
}

#[test]
fn rows_of_a_query_answer_are_read() {
    let Some(files) = samples("alerts/la-query-json") else { return };
    for file in files {
        let nested = Nested::parse(std::fs::read_to_string(file).unwrap()).unwrap();
        let table = nested.root().get("tables").unwrap().items().next().unwrap();
        let names: Vec<_> = table
            .get("columns")
            .unwrap()
            .items()
            .map(|c| c.get("name").unwrap().text().unwrap().into_owned())
            .collect();
        let rows: Vec<_> = table.get("rows").unwrap().items().collect();
        assert_eq!(rows.len(), 3);
        for row in rows {
            let members = names.iter().zip(row.items());
            let cell = |v: Value<'_>| v.as_str().map_or(serde_json::Value::Null, |s| (*s).into());
            let members = members.map(|(n, v)| (n.clone(), cell(v)));
            let record = serde_json::Value::Object(members.collect()).to_string();
            let alert = only(&record);
            assert!(is_whole(&alert));
            assert_eq!(alert.severity, Some(Severity::Medium));
        }
    }
}

#[test]
fn look_alikes_beside_the_alerts_are_known() {
    for (folder, expected) in [
        ("other/lookalike-entra", &["entra-log", "resource-log"][..]),
        ("other/rest-error", &["api-error"]),
        ("other/la-schema", &["table-schema"]),
    ] {
        let Some(read) = read_folder(folder) else { return };
        for Read { file, shape, .. } in read {
            assert!(shape.is_some_and(|shape| expected.contains(&shape)), "{file}: {shape:?}");
        }
    }
}

#[test]
fn elastic_documents_hand_out_their_originals() {
    let Some(read) = read_folder("activity/elastic-flat") else { return };
    for Read { file, shape, .. } in read {
        assert_eq!(shape, Some("carrier"), "{file}");
    }
    let Some(files) = samples("activity/elastic-ecs") else { return };
    for file in files {
        let nested = Nested::parse(std::fs::read_to_string(&file).unwrap()).unwrap();
        let documents = nested.root().get("expected").unwrap_or(nested.root());
        unwrap(documents, &mut |document| {
            let shape = recognise(&Record::new(document)).map(ShapeId::shape);
            let Some(Reading::Inner { open, .. }) = shape.map(|shape| &shape.read) else {
                panic!("{}", file.display());
            };
            let mut inner = Vec::new();
            open(document, &mut |value| {
                inner.push(recognise(&Record::new(value)).map(|id| id.shape().name));
            });
            assert_eq!(inner, [Some("activity-diagnostic")], "{}", file.display());
        });
    }
}

#[test]
fn security_events_of_the_activity_log_become_alerts() {
    let Some(mut files) = samples("activity/event-json") else { return };
    files.extend(samples("activity/eventhub-records").unwrap());
    let mut count = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let Some(nested) = Nested::parse(text) else { continue };
        unwrap(nested.root(), &mut |record| {
            let category = record.get("category").and_then(|c| c.get("value").or(Some(c)));
            if category.and_then(Value::as_str).as_deref() != Some("Security") {
                return;
            }
            let shape = recognise(&Record::new(record)).map(ShapeId::shape);
            let Some(Reading::Event(fields)) = shape.map(|shape| &shape.read) else {
                panic!("{}", file.display());
            };
            let alert = super::from_activity(&fields(record), None);
            assert!(alert.key.starts_with("2518") && alert.start.is_some(), "{alert:?}");
            assert!(alert.severity.is_some_and(|s| s > Severity::Informational), "{alert:?}");
            assert!(alert.subscription_id.is_some() && alert.actors.len() == 1, "{alert:?}");
            count += 1;
        });
    }
    assert!(count > 0);
}

fn any_value() -> impl Strategy<Value = serde_json::Value> {
    let text = prop_oneof![
        "[ -~]{0,12}",
        Just("2518250008431989649_e7313e05-edf4-466d-adfd-35974921aeff".to_owned()),
        Just("/subscriptions/s/providers/Microsoft.Security/locations/l/alerts/é".to_owned()),
        Just(r#"[{"$id":"1","a":{"$ref":"1"},"name":"x","upnSuffix":"y"}]"#.to_owned()),
        Just(r#"{"Client IP":"::1 [2]","user name":"@@"}"#.to_owned()),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<i64>().prop_map(Into::into),
        text.prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let member = prop::sample::select(NAMES).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(member, inner, 0..6)
                .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
        ]
    })
}

/// Names that the readers ask for.
const NAMES: &[&str] = &[
    "$id",
    "$ref",
    "id",
    "name",
    "type",
    "properties",
    "entities",
    "extendedProperties",
    "resourceIdentifiers",
    "azureResourceId",
    "address",
    "upnSuffix",
    "aadUserId",
    "hostName",
    "alerts",
    "evidence",
    "userStates",
    "systemAlertId",
    "title",
    "AffectedUser",
    "severity",
    "status",
    "startTimeUtc",
    "intent",
    "techniques",
    "remediationSteps",
    "vendorInformation",
    "event",
    "original",
    "message",
    "_source",
    "body",
    "azure",
    "activitylogs",
    "identity",
];

proptest! {
    #[test]
    fn no_reader_panics_whatever_the_record_holds(value in any_value()) {
        let nested = Nested::parse(value.to_string()).unwrap();
        let root = nested.root();
        let _ = recognise(&Record::new(root));
        for shape in SHAPES {
            let _ = (shape.recognises)(&Record::new(root));
            match &shape.read {
                Reading::Alerts(read) => {
                    let mut found = Found::default();
                    read(root, &mut found);
                    for alert in found.alerts {
                        prop_assert!(!alert.key.is_empty());
                        let _ = super::Alert::joined(vec![alert.clone(), alert]);
                    }
                }
                Reading::Event(fields) => {
                    let _ = super::from_activity(&fields(root), None);
                }
                Reading::Inner { open, .. } => open(root, &mut |_| {}),
                Reading::Context(read) => {
                    let mut found = crate::shape::context::Found::default();
                    read(root, &mut found);
                }
                Reading::LookAlike | Reading::Remark(_) => {}
            }
        }
    }
}
