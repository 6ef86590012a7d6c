//! Tests of the reader of correlations.

use super::super::yaml::documents;
use super::*;

fn parsed(text: &str) -> Result<Correlation, String> {
    read(&documents(text).unwrap()[0]).map_err(|problem| problem.message)
}

#[test]
fn each_type_is_read_with_its_condition() {
    for (text, measure) in [
        ("{type: event_count, condition: {gte: 5}}", Measure::EventCount),
        ("{type: value_count, condition: {field: a, gt: 5, lt: 9}}", Measure::ValueCount),
        ("{type: value_sum, condition: {field: a, gt: 5}}", Measure::ValueSum),
        ("{type: value_avg, condition: {field: a, lte: 5}}", Measure::ValueAvg),
        ("{type: value_median, condition: {field: a, lte: 5}}", Measure::ValuePercentile(50.0)),
        ("{type: value_max, condition: {field: a, gte: 5}}", Measure::ValuePercentile(100.0)),
        ("{type: value_min, condition: {field: a, lt: 5}}", Measure::ValuePercentile(0.0)),
        (
            "{type: value_percentile, condition: {field: a, lte: 5, percentile: 99}}",
            Measure::ValuePercentile(99.0),
        ),
        ("{type: temporal}", Measure::Temporal),
        ("{type: temporal_ordered, condition: x and not y}", Measure::TemporalOrdered),
    ] {
        let needed = ", rules: [x, y], timespan: 5m}";
        let text = format!("{}{needed}", text.strip_suffix('}').unwrap());
        let correlation = parsed(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(correlation.measure, measure, "{text}");
        assert_eq!(correlation.timespan, 300_000_000_000);
    }
}

#[test]
fn bounds_are_ranges() {
    let c = parsed("{type: event_count, rules: a, timespan: 1h, condition: {gte: 3, neq: 5}}");
    let c = c.unwrap();
    assert!(c.holds(3.0) && c.holds(6.0) && !c.holds(5.0) && !c.holds(2.0));
    assert_eq!(c.rules, ["a"]);
}

#[test]
fn a_condition_over_rules_names_them() {
    let c = parsed("{type: Temporal_Ordered, timespan: 1h, condition: b and (a or b) and not c}");
    assert_eq!(c.unwrap().rules, ["b", "a", "c"]);
    assert!(parsed("{type: temporal, timespan: 1h, condition: {gte: 2}}").is_err());
    assert!(parsed("{type: temporal, timespan: 1h, condition: a |}").is_err());
}

#[test]
fn bounds_that_nothing_keeps_to_are_known() {
    for (kind, bounds, least) in [
        ("event_count", "gte: 3", Some(1)),
        ("event_count", "lt: 5", Some(1)),
        ("event_count", "gt: 3, lt: 5", Some(1)),
        ("event_count", "gt: 3, lt: 4", None),
        ("event_count", "gt: 10, lt: 5", None),
        ("event_count", "lt: 1", None),
        ("event_count", "eq: 2.5", None),
        ("event_count", "eq: 0", None),
        ("event_count", "lte: 1, neq: 1", None),
        ("event_count", "neq: 1", Some(1)),
        ("value_count", "gte: 3, field: a", Some(1)),
        ("value_sum", "gt: 3, lt: 4, field: a", Some(1)),
        ("value_sum", "lt: 0, field: a", Some(1)),
        ("value_avg", "gt: 4, lt: 3, field: a", None),
        ("temporal", "gte: 2", Some(2)),
        ("temporal", "gt: 0", Some(1)),
        ("temporal", "gte: 4", None),
    ] {
        let text =
            format!("{{type: {kind}, rules: [x, y, z], timespan: 5m, condition: {{{bounds}}}}}");
        assert_eq!(parsed(&text).unwrap().least(), least, "{text}");
    }
}

#[test]
fn aliases_rename_fields_by_rule() {
    let c = parsed(
        "{type: temporal, rules: [a, b], timespan: 1h, group-by: [who], \
         aliases: {who: {a: Caller, b: body.id}}}",
    );
    let c = c.unwrap();
    assert_eq!((c.field_in("who", &["a"]), c.field_in("who", &["id", "b"])), ("Caller", "body.id"));
    assert_eq!((c.field_in("who", &["c"]), c.field_in("x", &["a"])), ("who", "x"));
}

#[test]
fn faults_are_named() {
    for (text, part) in [
        ("{rules: a, timespan: 1h}", "needs type"),
        ("{type: near, rules: a, timespan: 1h}", "no correlation is called"),
        ("{type: event_count, timespan: 1h}", "needs rules"),
        ("{type: event_count, rules: a, timespan: 1h, tells: a}", "stands beside correlation"),
        ("{type: event_count, rules: a, condition: {gte: 1}}", "needs timespan"),
        ("{type: event_count, rules: a, timespan: 1h}", "needs a condition"),
        ("{type: value_count, rules: a, timespan: 1h, condition: {gte: 1}}", "needs a field"),
        ("{type: event_count, rules: a, timespan: 1h, condition: {ge: 1}}", "no key \"ge\""),
        ("{type: event_count, rules: a, timespan: 1h, condition: {gte: x}}", "must be a number"),
        ("{type: event_count, rules: a, timespan: 1h, condition: a and b}", "only temporal"),
        ("{type: temporal, rules: [a], timespan: 1h, condition: b}", "no search \"b\""),
    ] {
        let message = parsed(text).expect_err(text);
        assert!(message.contains(part), "{text}: {message}");
    }
}
