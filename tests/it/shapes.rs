//! One truth whatever the shape: an incident rendered in every shape gives the same operations and users.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::case::{Case, analyze, assert_balanced};
use crate::incident::{
    AlertShape, Incident, Lack, Shape, Truth, lacks, read_csv, render, render_alerts, story,
};

fn case_of(incident: &Incident, shapes: &[Shape]) -> Case {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for shape in shapes {
        let rendered = render(incident, *shape);
        files
            .extend(rendered.into_iter().map(|(name, bytes)| (format!("{shape:?}/{name}"), bytes)));
    }
    let borrowed: Vec<(&str, &[u8])> =
        files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    analyze(&borrowed, &[])
}

/// Users by id: kind, events, operations, failed.
fn users(report: &Value) -> BTreeMap<String, (String, u64, u64, u64)> {
    let users = report["users"].as_array().expect("users");
    let number = |u: &Value, key: &str| u[key].as_u64().expect("a number");
    users
        .iter()
        .map(|u| {
            let kind = u["kind"].as_str().expect("a kind").to_owned();
            let counts = (kind, number(u, "events"), number(u, "operations"), number(u, "failed"));
            (u["id"].as_str().expect("an id").to_owned(), counts)
        })
        .collect()
}

/// A delegated user is a user of the tenant its token comes from; that it is foreign here is said beside it.
fn kind(truth: &str) -> &str {
    if truth == "foreign" { "user" } else { truth }
}

#[test]
fn every_shape_tells_the_truth() {
    let incident = story();
    let truth = Truth::of(&incident);
    for shape in Shape::ALL {
        let case = case_of(&incident, &[shape]);
        assert_eq!(case.status, 0, "{shape:?}: {} {:#?}", case.stderr, case.rejects());
        let report = case.report();
        assert_balanced(&report);
        let lacks = lacks(shape);
        let totals = &report["evidence"]["totals"];
        assert_eq!(totals["events"], truth.events, "{shape:?}");
        assert_eq!(totals["rejected"], 0, "{shape:?}");
        let operations = &report["operations"];
        let outcomes = &operations["by_outcome"];
        let counted = [
            &operations["count"],
            &outcomes["succeeded"],
            &outcomes["failed"],
            &outcomes["accepted"],
            &outcomes["unknown"],
        ];
        let expected =
            [truth.operations, truth.succeeded, truth.failed, truth.accepted, truth.unknown];
        assert_eq!(
            counted.map(|v| v.as_u64().expect("a count")),
            expected.map(|n| n as u64),
            "{shape:?}"
        );
        if lacks.contains(&Lack::Claims) {
            continue;
        }
        let users = users(&report);
        let expected: BTreeMap<_, _> = truth
            .users
            .iter()
            .map(|(id, u)| {
                (
                    id.to_lowercase(),
                    (
                        kind(u.kind).to_owned(),
                        u.events as u64,
                        u.operations as u64,
                        u.failed as u64,
                    ),
                )
            })
            .collect();
        assert_eq!(users, expected, "{shape:?}");
    }
}

/// Findings as what was found: rule, principal and time to the second.
fn findings(report: &Value) -> Vec<(String, String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let second = |v: &Value| text(v).chars().take(19).collect();
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|f| (text(&f["rule_id"]), text(&f["principal"]), second(&f["first"])))
        .collect()
}

#[test]
fn shapes_that_carry_everything_give_the_same_findings() {
    let incident = story();
    let full = [
        Shape::Rest,
        Shape::RestArray,
        Shape::StorageNdjson,
        Shape::EventHub,
        Shape::LogAnalyticsJson,
        Shape::LogAnalyticsExport,
        Shape::PythonSdk,
        Shape::ElasticAgent,
    ];
    let rest = findings(&case_of(&incident, &[Shape::Rest]).report());
    assert!(rest.len() > 10, "{}", rest.len());
    for shape in full {
        assert_eq!(findings(&case_of(&incident, &[shape]).report()), rest, "{shape:?}");
    }
}

/// What a shape finds otherwise than the full ones.
struct Otherwise {
    shape: Shape,
    /// Rules that find less, because the shape does not carry what they ask.
    less: &'static [&'static str],
    /// Of these, such as could still speak of other calls, so that the coverage does not name them.
    partly: &'static [&'static str],
    /// Rules that find more, because the shape does not carry what would refute them.
    more: &'static [&'static str],
    /// What the coverage says is not in the evidence.
    told: &'static [&'static str],
}

const OTHERWISE: &[Otherwise] = &[
    Otherwise {
        shape: Shape::PowerShell51,
        less: &[],
        partly: &[],
        more: &[],
        told: &[
            "resource types, tenants of subscriptions and the role assignment that allowed a call",
        ],
    },
    Otherwise {
        shape: Shape::PowerShell7,
        less: &[],
        partly: &[],
        more: &[],
        told: &["ARM names of "],
    },
    Otherwise {
        shape: Shape::LogAnalyticsCsv,
        less: &[],
        partly: &[],
        more: &[],
        told: &["the tenant of events without a hierarchy"],
    },
    Otherwise {
        shape: Shape::PortalCsv,
        less: &[
            "Application at grave work outside the networks it always uses",
            "Attempt to assign a role was refused",
            "Attempt to run a script on a machine was refused",
            "Caller gives itself rights over a vault",
            "Defender plan switched off or cut down",
            "Delegation to another tenant carries a powerful role",
            "Extension carries a command of attackers",
            "High-risk operation of an application from a new network",
            "High-risk operation with a token from a password alone",
            "Identity acting from a new network",
            "New Automation account",
            "Powerful operation under delegated access from another tenant",
            "Powerful role granted to an application or managed identity",
            "Principal acts with rights that were given in a suspicious way",
            "Resources created during the case and not deleted",
            "Rights handed out and used for harm within a day",
            "Role assignment grants a privileged role",
            "Service or machine restarted by a stranger, a newcomer or from a new network",
            "Work done from another tenant",
        ],
        partly: &["Service or machine restarted by a stranger, a newcomer or from a new network"],
        more: &["Disk copied and the copy opened for download"],
        told: &[
            "claims, addresses, bodies, event ids, codes of answers and ARM names of operations",
        ],
    },
];

/// How often a rule speaks of a principal.
fn counts(report: &Value) -> BTreeMap<(String, String), u64> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut counts = BTreeMap::new();
    for finding in report["findings"].as_array().expect("findings") {
        *counts.entry((text(&finding["title"]), text(&finding["principal"]))).or_default() += 1;
    }
    counts
}

#[test]
fn shapes_that_carry_less_find_the_rest_and_say_what_they_lack() {
    let incident = story();
    let full = counts(&case_of(&incident, &[Shape::Rest]).report());
    for otherwise in OTHERWISE {
        let shape = otherwise.shape;
        let report = case_of(&incident, &[shape]).report();
        let own = counts(&report);
        let titles = |some: &BTreeMap<(String, String), u64>, others: &BTreeMap<_, u64>| {
            let differ =
                some.iter().filter(|(key, count)| others.get(*key).is_none_or(|n| n < *count));
            differ.map(|((title, _), _)| title.clone()).collect::<BTreeSet<String>>()
        };
        let (less, more) = (titles(&full, &own), titles(&own, &full));
        assert!(less.iter().eq(otherwise.less), "{shape:?} finds less: {less:#?}");
        assert!(more.iter().eq(otherwise.more), "{shape:?} finds more: {more:#?}");
        let coverage = &report["coverage"];
        for wanted in otherwise.told {
            let told = coverage["not_in_evidence"].as_array().expect("a list");
            let is_told = |one: &Value| one["what"].as_str().expect("words").starts_with(wanted);
            assert!(told.iter().any(is_told), "{shape:?}: {wanted} in {told:#?}");
        }
        // Each rule that says less is named with its reason.
        let silent: BTreeSet<&str> = ["cannot_fire", "cannot_tell"]
            .iter()
            .flat_map(|key| coverage["rules"][key].as_array().expect("rules"))
            .map(|rule| rule["title"].as_str().expect("a title"))
            .collect();
        let partly = otherwise.less.iter().filter(|title| !silent.contains(**title));
        let partly: Vec<&str> = partly.copied().collect();
        assert_eq!(partly, otherwise.partly, "{shape:?}");
    }
}

#[test]
fn the_same_incident_in_several_shapes_is_counted_once() {
    let incident = story();
    let truth = Truth::of(&incident);
    for pair in [
        [Shape::Rest, Shape::StorageNdjson],
        [Shape::EventHub, Shape::LogAnalyticsJson],
        [Shape::LogAnalyticsCsv, Shape::RestArray],
        [Shape::PythonSdk, Shape::PowerShell51],
    ] {
        let report = case_of(&incident, &pair).report();
        let totals = &report["evidence"]["totals"];
        assert_eq!(totals["events"], truth.events, "{pair:?}");
        assert_eq!(totals["duplicates"], truth.events, "{pair:?}");
        assert_eq!(report["operations"]["count"], truth.operations, "{pair:?}");
    }
}

/// The pages of the REST service as somebody keeps them who cares for the calls only.
fn without_details(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let lean = |(name, bytes): (String, Vec<u8>)| {
        let mut page: Value = serde_json::from_slice(&bytes).expect("a page");
        for event in page["value"].as_array_mut().expect("events") {
            let members = event.as_object_mut().expect("an event");
            for detail in ["claims", "properties", "httpRequest", "authorization"] {
                members.remove(detail);
            }
        }
        (format!("lean/{name}"), page.to_string().into_bytes())
    };
    render(incident, Shape::Rest).into_iter().map(lean).collect()
}

/// The table of Log Analytics as a spreadsheet saves it: without seconds.
fn to_the_minute(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let cut = |(name, bytes): (String, Vec<u8>)| {
        let text = String::from_utf8(bytes).expect("text");
        let mut rows = read_csv(text.trim_start_matches('\u{feff}'));
        let time =
            rows[0].iter().position(|name| name.starts_with("TimeGenerated")).expect("times");
        for row in rows.iter_mut().skip(1) {
            let (day, clock) = row[time].split_once(", ").expect("a day and a time");
            let (hour, rest) = clock.split_once(':').expect("minutes");
            let half = clock.rsplit_once(' ').expect("AM or PM").1;
            row[time] = format!("{day} {hour}:{} {half}", &rest[..2]);
        }
        let quoted = |cell: String| format!("\"{}\"", cell.replace('"', "\"\""));
        let line = |row: Vec<String>| row.into_iter().map(quoted).collect::<Vec<_>>().join(",");
        let lines: Vec<String> = rows.into_iter().map(line).collect();
        (format!("minutes/{name}"), (lines.join("\r\n") + "\r\n").into_bytes())
    };
    render(incident, Shape::LogAnalyticsCsv).into_iter().map(cut).collect()
}

#[test]
fn an_export_that_carries_less_takes_nothing_from_one_that_carries_more() {
    let incident = story();
    let truth = Truth::of(&incident);
    let full = case_of(&incident, &[Shape::Rest]).report();
    let lean = without_details(&incident);
    let minutes = to_the_minute(&incident);
    let shown = |shape: Shape| render(&incident, shape);
    for (name, less, more) in [
        ("details", &lean, Shape::StorageNdjson),
        ("details, sorted last", &lean, Shape::LogAnalyticsExport),
        ("seconds", &minutes, Shape::Rest),
        ("seconds and ids", &minutes, Shape::StorageNdjson),
        ("ARM names", &shown(Shape::PowerShell7), Shape::Rest),
        ("ARM names and ids", &shown(Shape::PortalCsv), Shape::StorageNdjson),
    ] {
        let mut files = shown(more);
        files.extend(less.iter().map(|(name, bytes)| (format!("less/{name}"), bytes.clone())));
        let borrowed: Vec<(&str, &[u8])> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let report = analyze(&borrowed, &[]).report();
        assert_balanced(&report);
        let totals = &report["evidence"]["totals"];
        assert_eq!(totals["events"], truth.events, "without {name}");
        assert_eq!(totals["duplicates"], truth.events, "without {name}");
        assert_eq!(report["operations"]["count"], truth.operations, "without {name}");
        assert_eq!(users(&report), users(&full), "without {name}");
        assert_eq!(findings(&report), findings(&full), "without {name}");
    }
}

#[test]
fn alerts_of_every_shape_are_the_same_alerts() {
    let incident = story();
    let truth = Truth::of(&incident);
    let shapes = [AlertShape::Rest, AlertShape::ContinuousExport, AlertShape::SecurityAlertCsv];
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut seen = Vec::new();
    for shape in shapes {
        let files: Vec<_> = render_alerts(&incident, shape)
            .into_iter()
            .map(|(n, b)| (format!("{shape:?}/{n}"), b))
            .collect();
        let borrowed: Vec<(&str, &[u8])> =
            files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        let report = analyze(&borrowed, &[]).report();
        assert_balanced(&report);
        let fact = |a: &Value| {
            ["id", "alert_type", "severity", "sample", "start", "delegated_access"]
                .map(|k| a[k].clone())
        };
        seen.push(report["alerts"].as_array().unwrap().iter().map(fact).collect::<Vec<_>>());
        assert_eq!(seen.last().unwrap().len(), truth.alerts, "{shape:?}");
        all.extend(files);
    }
    assert_eq!(seen[0], seen[1]);
    let borrowed: Vec<(&str, &[u8])> =
        all.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    let report = analyze(&borrowed, &[]).report();
    assert_eq!(report["alerts"].as_array().unwrap().len(), truth.alerts);
    assert_eq!(report["evidence"]["totals"]["alerts"], truth.alerts);
}
