//! Correlations made from a seed, and the records they look at.

use serde_json::{Map, Value as Json, json};

use crate::events::Event;
use crate::random::Random;

/// Operations, each of which one rule looks for.
const OPERATIONS: [&str; 3] = [
    "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE",
    "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE",
    "MICROSOFT.STORAGE/STORAGEACCOUNTS/WRITE",
];

/// Rules by name: the three operations, and one that overlaps with them.
const RULES: [&str; 4] = ["first", "second", "third", "loud"];

/// Conditions over the first three rules, in which each is named.
const CONDITIONS: &[&str] = &[
    "first and second and third",
    "first and (second or third)",
    "first or second and third",
    "(first or second) and third",
];

/// Every type of the specification and the median, with the field that it measures.
pub const TYPES: &[(&str, Option<&str>)] = &[
    ("event_count", None),
    ("value_count", Some("properties.target")),
    ("temporal", None),
    ("temporal_ordered", None),
    ("value_sum", Some("properties.size")),
    ("value_avg", Some("properties.size")),
    ("value_median", Some("properties.size")),
    ("value_percentile", Some("properties.size")),
];

/// A correlation over the rules above.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// Its type.
    pub kind: &'static str,
    /// The field that it measures.
    pub field: Option<&'static str>,
    /// The rules that it names, in order.
    pub rules: Vec<&'static str>,
    /// What its matches must share.
    pub group_by: Vec<&'static str>,
    /// Its timespan in seconds.
    pub span: i64,
    /// Words and numbers that the measure must keep to.
    pub bounds: Vec<(&'static str, u32)>,
    /// The percentile that it asks for.
    pub percentile: Option<u8>,
    /// A condition over its rules.
    pub over_rules: Option<&'static str>,
}

impl Correlation {
    /// Makes a correlation of a type.
    pub fn new(random: &mut Random, (kind, field): (&'static str, Option<&'static str>)) -> Self {
        let is_temporal = kind.starts_with("temporal");
        let mut rules: Vec<&str> = RULES[..3].to_vec();
        rules.rotate_left(random.below(3));
        rules.truncate(if is_temporal { 2 + random.below(2) } else { 1 + random.below(3) });
        let all = u32::try_from(rules.len()).expect("a handful");
        let over_rules = (kind == "temporal" && random.once_in(2))
            .then(|| CONDITIONS[random.below(CONDITIONS.len())]);
        if over_rules.is_some() {
            rules = RULES[..3].to_vec();
        }
        let bounds = match kind {
            _ if over_rules.is_some() => Vec::new(),
            "temporal" if random.once_in(3) => vec![("gte", 2), ("lte", all)],
            _ if is_temporal => vec![("gte", all)],
            _ => bounds(random, field),
        };
        // The other engine sees the matches of one record one by one, and may fire between them.
        let grows = bounds.iter().all(|(word, _)| matches!(*word, "gt" | "gte"));
        if grows && matches!(kind, "event_count" | "value_count") && random.once_in(2) {
            rules.push("loud");
        }
        let mut groups: Vec<&[&str]> = vec![
            &[],
            &["properties.user"],
            &["callerIpAddress"],
            &["properties.user", "identity.claims.aud"],
        ];
        // Of what two rules match, an alias may mean two fields.
        if !rules.contains(&"loud") {
            groups.extend([&["who"][..], &["who", "callerIpAddress"]]);
        }
        Correlation {
            kind,
            field,
            rules,
            group_by: groups[random.below(groups.len())].to_vec(),
            span: [30, 60, 300, 900][random.below(4)],
            bounds,
            percentile: (kind == "value_percentile").then(|| [0, 25, 50, 90, 100][random.below(5)]),
            over_rules,
        }
    }

    /// Whether a measure keeps to the bounds.
    #[allow(clippy::float_cmp)]
    pub fn holds(&self, measure: f64) -> bool {
        self.bounds.iter().map(|(word, bound)| (*word, f64::from(*bound))).all(|(word, bound)| {
            match word {
                "gt" => measure > bound,
                "gte" => measure >= bound,
                "lt" => measure < bound,
                "lte" => measure <= bound,
                "eq" => measure == bound,
                _ => measure != bound,
            }
        })
    }

    /// Whether more matches never end what holds, so that the order of equal times plays no part.
    pub fn only_grows(&self) -> bool {
        let is_count =
            !matches!(self.kind, "value_sum" | "value_avg" | "value_median" | "value_percentile");
        is_count && self.bounds.iter().all(|(word, _)| matches!(*word, "gt" | "gte"))
    }

    /// Writes it and its rules as a file.
    pub fn document(&self) -> String {
        let rule = |name: &&str| {
            let asked = match RULES.iter().position(|rule| rule == name) {
                Some(at) if at < OPERATIONS.len() => json!({ "operationName": OPERATIONS[at] }),
                _ => json!({ "level": "Error" }),
            };
            json!({
                "title": name, "id": name, "name": name,
                "logsource": { "product": "azure", "service": "activitylogs" },
                "detection": { "one": asked, "condition": "one" },
            })
        };
        let mut condition: Map<String, Json> =
            self.bounds.iter().map(|(word, bound)| ((*word).to_owned(), json!(bound))).collect();
        if let Some(field) = self.field {
            condition.insert("field".to_owned(), field.into());
        }
        if let Some(percentile) = self.percentile {
            condition.insert("percentile".to_owned(), percentile.into());
        }
        let condition = self.over_rules.map_or(Json::Object(condition), Json::from);
        let mut correlation = json!({
            "type": self.kind,
            "rules": self.rules,
            "timespan": format!("{}s", self.span),
            "condition": condition,
        });
        if !self.group_by.is_empty() {
            correlation["group-by"] = json!(self.group_by);
        }
        if self.group_by.contains(&"who") {
            let own = |name: &&str| {
                Some(((*name).to_owned(), Json::from(called(OPERATIONS[place(name)?]))))
            };
            let called: Map<String, Json> = self.rules.iter().filter_map(own).collect();
            correlation["aliases"] = json!({ "who": called });
        }
        let whole = json!({ "title": "whole", "id": "whole", "correlation": correlation });
        let documents = self.rules.iter().map(rule).chain([whole]).map(|rule| rule.to_string());
        documents.collect::<Vec<_>>().join("\n---\n")
    }

    /// What a record is grouped by; `None` when it has no value for a field of the key.
    pub fn key(&self, event: &Event) -> Option<Vec<String>> {
        let operation = event.record["operationName"].as_str().unwrap_or_default();
        let own = |field: &'static str| if field == "who" { called(operation) } else { field };
        let part =
            |field: &&'static str| Some(event.values(own(field)).first()?.as_str()?.to_owned());
        self.group_by.iter().map(part).collect()
    }

    /// Whether a record may end what holds: of an order only the last step.
    pub fn may_end(&self, event: &Event) -> bool {
        let operation = self.rules.last().and_then(|name| place(name)).map(|at| OPERATIONS[at]);
        self.kind != "temporal_ordered" || event.record["operationName"].as_str() == operation
    }

    /// Whether a record has what is measured.
    pub fn is_measured(&self, event: &Event) -> bool {
        let Some(field) = self.field else { return true };
        let values = event.values(field);
        values.iter().any(|value| match value {
            Json::Number(_) => true,
            Json::String(text) => self.kind == "value_count" || text.parse::<f64>().is_ok(),
            _ => false,
        })
    }
}

/// Which operation a rule looks for; `None` for one that looks for none.
fn place(rule: &str) -> Option<usize> {
    RULES[..OPERATIONS.len()].iter().position(|known| *known == rule)
}

/// What the alias `who` means in records of an operation.
fn called(operation: &str) -> &'static str {
    if operation == OPERATIONS[1] { "properties.other" } else { "properties.user" }
}

fn bounds(random: &mut Random, field: Option<&str>) -> Vec<(&'static str, u32)> {
    let numbers = if field == Some("properties.size") { [5, 10, 20] } else { [2, 3, 4] };
    let one = numbers[random.below(3)];
    match random.below(8) {
        0 => vec![("gt", one)],
        1 => vec![("lt", one)],
        2 => vec![("lte", one)],
        3 => vec![("eq", one)],
        4 => vec![("neq", one)],
        5 => vec![("gte", one), ("lte", one + 3)],
        _ => vec![("gte", one)],
    }
}

/// Makes records in order of time, with their times in seconds; without `ties` no two are equal.
pub fn events(random: &mut Random, count: usize, ties: bool) -> (Vec<Event>, Vec<i64>) {
    let (mut events, mut seconds) = (Vec::new(), Vec::new());
    let mut now = 0;
    for number in 0..count {
        // Steps that make whole windows of the spans above likely.
        now += [usize::from(!ties), 5, 10, 30, 30, 60, 300][random.below(7)];
        let mut values = vec![
            ("operationName", Json::from(OPERATIONS[random.below(3)])),
            ("level", ["Error", "Warning"][random.below(2)].into()),
            ("callerIpAddress", ["10.0.0.1", "10.0.0.2", "2001:db8::1"][random.below(3)].into()),
            ("identity.claims.aud", ["one", "two"][random.below(2)].into()),
        ];
        if !random.once_in(6) {
            values.push(("properties.user", ["ann", "bob", "eve"][random.below(3)].into()));
        }
        if !random.once_in(6) {
            values.push(("properties.other", ["ann", "bob", "eve"][random.below(3)].into()));
        }
        if !random.once_in(6) {
            values.push(("properties.target", ["a", "b", "c", "d"][random.below(4)].into()));
        }
        if !random.once_in(6) {
            let sizes =
                [json!(1), json!(5), json!(10), json!(12), json!(2.5), json!("8"), json!("many")];
            values.push(("properties.size", sizes[random.below(7)].clone()));
        }
        events.push(Event::new(number, now, &values));
        seconds.push(i64::try_from(now).expect("a day at most"));
    }
    (events, seconds)
}
