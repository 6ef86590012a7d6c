//! The plain reading of a rule: every test of every search on every record, with nothing shared or remembered.
//!
//! It exists to be compared with the program, and is written without its code:
//! it walks JSON trees, and turns patterns into regular expressions.

mod moment;

use moment::moment;
use regex::Regex;
use serde_json::Value as Json;

use crate::azure::resource_id::is_guid;
use crate::base::net;
use crate::rule::{Expr, Matcher, Number, Part, Pattern, Piece, Test};

/// Whether a rule's condition holds for the records of one operation.
pub(super) fn holds(expr: &Expr, records: &[Json]) -> bool {
    within(expr, records, false, records.iter().any(is_asked))
}

/// Whether a record has a request that names anything.
fn is_asked(record: &Json) -> bool {
    fn names(body: &Json) -> bool {
        match body {
            Json::Object(members) => !members.is_empty(),
            Json::Array(items) => items.iter().any(names),
            Json::String(text) => match serde_json::from_str(text) {
                Ok(inner @ (Json::Object(_) | Json::Array(_))) => names(&inner),
                _ => false,
            },
            _ => false,
        }
    }
    names(&record["properties"]["requestbody"])
}

/// The same for a part of a condition. Below a negation the status is that of the records which tell
/// how far the operation came. Where one of them has the request, answers say nothing.
fn within(expr: &Expr, records: &[Json], negated: bool, asked: bool) -> bool {
    let part = |part: &Expr| within(part, records, negated, asked);
    match expr {
        Expr::All(parts) => parts.iter().all(part),
        Expr::Any(parts) => parts.iter().any(part),
        Expr::AtLeast(count, parts) => parts.iter().filter(|one| part(one)).count() >= *count,
        Expr::Not(part) => !within(part, records, true, asked),
        Expr::Test(test) => {
            let is_far = negated && test.field.as_deref() == Some("status");
            let furthest = records.iter().map(progress).max();
            let mut looked =
                records.iter().filter(|own| !is_far || Some(progress(own)) == furthest);
            looked.any(|record| passes(test, record, asked))
        }
    }
}

/// How far an operation came with a record.
fn progress(record: &Json) -> u8 {
    match record["resultType"].as_str() {
        Some("Start") => 0,
        Some("Accept") => 1,
        _ => 2,
    }
}

fn passes(test: &Test, record: &Json, asked: bool) -> bool {
    let found = values(test.field.as_deref(), record, asked);
    found.iter().any(|value| meets(&test.matcher, value, record))
}

fn meets(matcher: &Matcher, value: &str, record: &Json) -> bool {
    match matcher {
        Matcher::Together(all) => all.iter().all(|one| meets(one, value, record)),
        Matcher::Pattern(pattern) => regex(pattern).is_match(value),
        Matcher::Regex(regex) => Regex::new(regex.as_str()).unwrap().is_match(value),
        Matcher::Compare(order, number) => {
            Number::parse(value).is_some_and(|value| order.holds(value, *number))
        }
        Matcher::Moment(part, order, number) => {
            moment(*part, value).is_some_and(|value| order.holds(value, *number))
        }
        Matcher::Cidr(network) => net::parse(value).is_some_and(|(ip, _)| network.contains(&ip)),
        Matcher::Exists => true,
        Matcher::Elsewhere { field } => {
            let own = values(Some(field), record, is_asked(record));
            let text = value.to_lowercase();
            let named =
                text.split('/').nth(if text.starts_with("/subscriptions/") { 2 } else { 0 });
            let is_other = |own: &String| Some(&*own.to_lowercase()) != named;
            named.is_some_and(is_guid) && !own.is_empty() && own.iter().all(is_other)
        }
        Matcher::Lookup(table) => table.contains(value),
        Matcher::Same { field, part, cased } => {
            values(Some(field), record, is_asked(record)).iter().any(|other| {
                let case = |text: &str| if *cased { text.to_owned() } else { text.to_lowercase() };
                let (value, other) = (case(value), case(other));
                match part {
                    Part::Whole => value == other,
                    Part::Inside => value.contains(&other),
                    Part::Start => value.starts_with(&other),
                    Part::End => value.ends_with(&other),
                }
            })
        }
    }
}

fn regex(pattern: &Pattern) -> Regex {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => regex::escape(text),
        Piece::Any => ".*".to_owned(),
        Piece::One => ".".to_owned(),
    };
    let text: String = pattern.pieces().iter().map(piece).collect();
    let flags = if pattern.is_cased() { "s" } else { "si" };
    Regex::new(&format!("(?{flags})^{text}$")).unwrap()
}

/// The values of a field of a record of diagnostic settings, of a call whose request is there or not.
fn values(field: Option<&str>, record: &Json, asked: bool) -> Vec<String> {
    let Some(field) = field else { return vec![record.to_string()] };
    let text = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
    match field {
        "operationName" => vec![text("operationName")],
        "resourceId" => vec![text("resourceId")],
        "time" => vec![text("time")],
        "callerIpAddress" => {
            record["callerIpAddress"].as_str().map(str::to_owned).into_iter().collect()
        }
        "status" => match text("resultType").as_str() {
            "Start" => vec!["Started".into(), "Start".into()],
            "Success" => vec!["Succeeded".into(), "Success".into()],
            "Accept" => vec!["Accepted".into(), "Accept".into()],
            "Failure" => vec!["Failed".into(), "Failure".into()],
            other => vec![other.to_owned()],
        },
        _ => {
            let mut found = Vec::new();
            match field.strip_prefix("body.") {
                Some(rest) => {
                    let bodies = ["requestbody", "responsebody"];
                    for body in &bodies[..if asked { 1 } else { 2 }] {
                        walk(record, &format!("properties.{body}.{rest}"), &mut found);
                    }
                }
                None => walk(record, field, &mut found),
            }
            found
        }
    }
}

fn walk(value: &Json, path: &str, found: &mut Vec<String>) {
    if let Json::Array(items) = value {
        return items.iter().for_each(|item| walk(item, path, found));
    }
    if path.is_empty() {
        match value {
            Json::Null => {}
            Json::String(text) => found.push(text.clone()),
            other => found.push(other.to_string()),
        }
        return;
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    match value {
        Json::Object(members) => {
            let member = members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            if let Some((_, member)) = member {
                walk(member, rest, found);
            }
        }
        Json::String(text) => {
            let inner = serde_json::from_str(text).ok();
            if let Some(inner @ (Json::Object(_) | Json::Array(_))) = inner {
                walk(&inner, path, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::detect::program::Program;
    use crate::detect::selftest::{nth, run, verdict};
    use crate::rule::{Item, Kind, RuleSet};

    const OPERATIONS: [&str; 3] = ["MS.A/B/WRITE", "MS.A/B/DELETE", "MS.A/C/ACTION"];

    #[test]
    fn a_filter_silences_what_it_selects_and_nothing_else() {
        let text = "title: T\nlogsource: {product: azure}\ndetection: {s: {operationName: A/B/WRITE}, condition: s}\n\
                    tests: [{hit: {operationName: a/b/write, callerIpAddress: 10.0.0.1}}]\n---\n\
                    title: F\nlogsource: {product: azure}\nfilter:\n  rules: any\n  \
                    known: {callerIpAddress|cidr: 10.0.0.0/8}\n  condition: not known\n";
        let set = RuleSet::from_text("p", text).unwrap();
        let program = Program::compile(&set);
        for (ip, count) in [("10.0.0.1", 0), ("11.0.0.1", 1)] {
            let record = json!({"operationName": "A/B/WRITE", "callerIpAddress": ip});
            let found = verdict(&set, &program, &[Item::Record(record)]).unwrap();
            assert_eq!(found.findings.len(), count, "{ip}");
        }
        // What a rule says of itself is tested with the filters of its file and without those of others.
        assert!(run(&set, &set.rules()[0]).is_err());
        let folder = tempfile::tempdir().unwrap();
        for (name, document) in ["a.yml", "b.yml"].into_iter().zip(text.split("---\n")) {
            std::fs::write(folder.path().join(name), document).unwrap();
        }
        let set = RuleSet::load(&[folder.path().to_owned()]).unwrap();
        assert_eq!(set.applied()[0].rules, [0]);
        assert_eq!(run(&set, &set.rules()[0]), Ok(()));
    }

    fn any_value() -> impl Strategy<Value = Json> + Clone {
        let scalar = prop_oneof![
            "[abAB]{0,3}".prop_map(Json::from),
            (0..4_i64).prop_map(Json::from),
            any::<bool>().prop_map(Json::from),
            Just(Json::Null),
            Just(json!("Owner")),
            Just(json!("10.0.0.7")),
        ];
        scalar.prop_recursive(3, 12, 3, |inner| {
            let member = ("[xyX]", inner.clone());
            let object = prop::collection::btree_map("[xy]", inner.clone(), 0..3)
                .prop_map(|members| Json::Object(members.into_iter().collect()));
            prop_oneof![
                prop::collection::vec(inner, 0..3).prop_map(Json::from),
                object.clone(),
                // JSON in a string.
                object.prop_map(|value| Json::from(value.to_string())),
                member.prop_map(|(key, value)| json!({ key: value })),
            ]
        })
    }

    fn any_records() -> impl Strategy<Value = Vec<Json>> {
        let body = prop::option::of(any_value());
        let one = (any_value(), body.clone(), body, prop::option::of("10\\.0\\.[01]\\.[0-9]"));
        let record = one.prop_map(|(x, request, response, ip)| {
            let mut record = json!({"properties": {"x": x}});
            for (key, body) in [("requestbody", request), ("responseBody", response)] {
                if let Some(body) = body {
                    record["properties"][key] = body;
                }
            }
            if let Some(ip) = ip {
                record["callerIpAddress"] = ip.into();
            }
            record
        });
        let end = prop::sample::select(vec!["Success", "Success", "Failure", "Accept", "Start"]);
        let accepted = any::<bool>();
        let records = prop::collection::vec(record, 1..4);
        (prop::sample::select(&OPERATIONS[..]), records, accepted, end).prop_map(
            |(operation, mut records, accepted, end)| {
                // One call: starts, perhaps acceptance, and what it came to.
                let last = records.len() - 1;
                for (at, record) in records.iter_mut().enumerate() {
                    record["operationName"] = operation.into();
                    let is_accepted = accepted && at > 0;
                    let before = if is_accepted { "Accept" } else { "Start" };
                    record["resultType"] = if at == last { end } else { before }.into();
                }
                records
            },
        )
    }

    /// Fields of columns with their values, as YAML.
    const FIXED: &[&str] = &[
        "operationName: ms.a/b/write",
        "operationName|endswith: /Delete",
        "operationName: ['*/b/*', x]",
        "operationName|neq: MS.A/B/WRITE",
        "status: Success",
        "status: Start",
        "status: [Start, Accept]",
        "status: [Success, Start]",
        "status|neq: Start",
        "status|contains: 'a'",
        "status|startswith: start",
        "status|neq: Succeeded",
        "callerIpAddress|cidr: 10.0.1.0/24",
        "callerIpAddress: null",
        "time|hour: 10",
        "time|minute|gte: 1",
        "time|month|neq: 3",
    ];

    /// A field with modifiers and its value, as YAML.
    fn any_member() -> impl Strategy<Value = String> + Clone {
        let field = prop::sample::select(vec![
            "properties.x",
            "properties.x.y",
            "body.x",
            "body.x.y",
            "properties.requestbody",
            "properties.nonesuch",
        ]);
        let modifier = prop::sample::select(vec![
            "",
            "|contains",
            "|startswith",
            "|endswith",
            "|all",
            "|cased",
            "|neq",
        ]);
        let texts = prop::collection::vec("[abAB*?]{1,3}", 1..3);
        let plain = (field.clone(), modifier, texts).prop_map(|(field, modifier, texts)| {
            format!("{field}{modifier}: ['{}']", texts.join("', '"))
        });
        let special = prop::sample::select(vec![
            ": 1",
            ": true",
            ": null",
            ": ''",
            "|exists: true",
            "|exists: false",
            "|gt: 1",
            "|lte: 2",
            "|re: '^a.*B'",
            "|re|i: ab",
            "|lookup: privileged_roles",
            "|cidr: 10.0.0.0/24",
            "|fieldref: body.x.y",
            "|re|startswith: 'a|b'",
            "|re|endswith|i: 'A|b'",
            "|windash|contains: ' -a'",
            "|base64offset|contains: ab",
            "|wide|base64: ab",
            "|gt|neq: 1",
            "|fieldref|startswith: properties.x",
        ]);
        let special = (field, special).prop_map(|(field, special)| format!("{field}{special}"));
        let fixed = prop::sample::select(FIXED);
        prop_oneof![3 => plain, 2 => special, 2 => fixed.prop_map(str::to_owned)]
    }

    fn any_rule() -> impl Strategy<Value = String> {
        let map = prop::collection::vec(any_member(), 1..3).prop_map(|mut members| {
            members.sort();
            members.dedup_by_key(|member| member.split(": ").next().map(str::to_owned));
            format!("{{{}}}", members.join(", "))
        });
        let search = prop_oneof![
            4 => map.clone(),
            1 => prop::collection::vec(map, 1..3).prop_map(|maps| format!("[{}]", maps.join(", "))),
            1 => prop::collection::vec("[abAB]{2,3}", 1..3).prop_map(|words| format!("['{}']", words.join("', '"))),
        ];
        let condition = prop::sample::select(vec![
            "s_a",
            "not s_a",
            "s_a and s_b",
            "s_a or s_b and not t",
            "1 of s_*",
            "all of them",
            "2 of them",
            "not (s_a or t)",
            "s_a and not 1 of s_*",
            "t and not s_a",
        ]);
        (search.clone(), search.clone(), search, condition).prop_map(|(a, b, t, condition)| {
            format!("detection:\n  s_a: {a}\n  s_b: {b}\n  t: {t}\n  condition: {condition}\n")
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]
        #[test]
        fn the_program_agrees_with_the_plain_reading(
            rules in prop::collection::vec(any_rule(), 1..5), records in any_records()
        ) {
            let text: Vec<String> =
                rules.iter().enumerate().map(|(n, rule)| format!("title: T\nid: r{n}\n{rule}")).collect();
            let text = text.join("---\n");
            let set = RuleSet::from_text("p", &text).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
            let items: Vec<Item> = records.iter().cloned().map(Item::Record).collect();
            let found = verdict(&set, &Program::compile(&set), &items).unwrap();
            let found: BTreeSet<usize> = found.findings.into_iter().map(|finding| finding.rule).collect();
            let whole: Vec<Json> = records.iter().enumerate().map(|(n, record)| nth(n, record)).collect();
            let plain = |(n, rule): (usize, &crate::rule::Rule)| match &rule.kind {
                Kind::Single(detection) => holds(&detection.expr, &whole).then_some(n),
                Kind::Native(..) | Kind::Correlation(_) => None,
            };
            let expected: BTreeSet<usize> = set.rules().iter().enumerate().filter_map(plain).collect();
            prop_assert_eq!(found, expected, "{}\n{}", text, Json::from(whole));
        }
    }
}
