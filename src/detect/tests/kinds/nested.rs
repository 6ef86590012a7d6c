//! Correlations over what correlations found, and over records.

use super::*;
use crate::detect::selftest::verdict_of_events;

/// A call of `caller` at a second, by its name.
fn call(name: &str, second: u32, caller: &str, more: &str) -> String {
    let (minute, second) = (second / 60, second % 60);
    format!(
        "{{operationName: A.b/c/{name}, time: '2026-03-02T10:{minute:02}:{second:02}Z', \
         correlationId: '{name}-{minute}-{second}', properties: {{who: {caller}}}{more}}}"
    )
}

/// Failures that are counted, and what puts them together with others.
fn over_many(outer: &str, inner_by: &str, calls: &[String]) -> Vec<usize> {
    let part = |name: &str| {
        format!(
            "---\ntitle: P\nid: p{name}\nname: {name}\ndetection: {{s: {{operationName: A.b/c/{name}}}, condition: s}}\n"
        )
    };
    found(&format!(
        "title: C\nid: c\ncorrelation: {outer}\ntests: [{{hit: [{}]}}]\n---\n\
         title: M\nid: m\nname: many\ncorrelation: {{type: event_count, rules: fail, {inner_by}timespan: 10m, condition: {{gte: 3}}}}\n{}",
        calls.join(", "),
        ["fail", "pass"].map(part).concat()
    ))
}

#[test]
fn what_goes_on_was_whole_before_all_the_same() {
    let outer =
        "{type: temporal_ordered, rules: [many, pass], group-by: [properties.who], timespan: 5m}";
    let by = "group-by: [properties.who], ";
    let fail = |second| call("fail", second, "a", "");
    let begun = [fail(0), fail(10), fail(20), call("pass", 30, "a", "")];
    assert_eq!(over_many(outer, by, &begun), [4]);
    let goes_on = [&begun[..], &[fail(40), fail(1200)]].concat();
    assert_eq!(over_many(outer, by, &goes_on), [5]);
    // What follows twice follows one burst.
    let again = [&goes_on[..4], &[fail(300), fail(600), call("pass", 700, "a", "")]].concat();
    assert_eq!(over_many(outer, by, &again), [7]);
    let before = [fail(0), fail(10), call("pass", 15, "a", ""), fail(20)];
    assert_eq!(over_many(outer, by, &before), [0_usize; 0]);
}

#[test]
fn what_holds_several_operations_belongs_to_the_groups_of_each() {
    let outer =
        "{type: temporal_ordered, rules: [many, pass], group-by: [properties.who], timespan: 1h}";
    let spray = || (0..20).map(|n| call("fail", n, &format!("u{n}"), "")).collect::<Vec<_>>();
    for who in ["u0", "u9", "u19"] {
        let calls = [spray(), vec![call("pass", 60, who, "")]].concat();
        assert_eq!(over_many(outer, "", &calls), [21], "{who}");
    }
    let stranger = [spray(), vec![call("pass", 60, "other", "")]].concat();
    assert_eq!(over_many(outer, "", &stranger), [0_usize; 0]);
    // One that failed only after it had passed.
    let late = [spray(), vec![call("pass", 60, "late", ""), call("fail", 70, "late", "")]].concat();
    assert_eq!(over_many(outer, "", &late), [0_usize; 0]);
}

#[test]
fn the_values_of_all_operations_of_a_match_are_measured() {
    let calls: Vec<String> = (0..4).map(|n| call("fail", n, &format!("'{n}'"), "")).collect();
    let measured = |kind: &str, bound: &str| {
        let outer = format!(
            "{{type: {kind}, rules: [many], timespan: 1h, condition: {{{bound}, field: properties.who}}}}"
        );
        over_many(&outer, "", &calls)
    };
    assert_eq!((measured("value_sum", "eq: 6"), measured("value_sum", "gt: 6")), (vec![4], vec![]));
    assert_eq!(
        (measured("value_count", "eq: 4"), measured("value_avg", "eq: 1.5")),
        (vec![4], vec![4])
    );
}

#[test]
fn records_are_counted_where_records_are_matched() {
    let record = |status: &str| {
        format!("{{operationName: A.b/c/write, correlationId: one, resultType: {status}}}")
    };
    let text = format!(
        "title: C\nid: c\ncorrelation: {{type: event_count, rules: w, timespan: 1h, condition: {{gte: 3}}}}\n\
         tests: [{{hit: [{}]}}]\n---\ntitle: W\nid: w\ndetection: {{s: {{operationName: A.b/c/write}}, condition: s}}\n",
        ["Start", "Accept", "Success"].map(record).join(", ")
    );
    assert_eq!(found(&text), [0_usize; 0]);
    let set = RuleSet::from_text("p.yml", &text).unwrap();
    let verdict = verdict_of_events(&set, &set.rules()[0].tests[0].items);
    assert_eq!(verdict.findings.iter().map(|one| one.operations.len()).collect::<Vec<_>>(), [1]);
}

#[test]
fn only_what_is_evaluated_takes_the_voice_of_its_parts() {
    let rule = |name: &str, search: &str| {
        format!(
            "---\ntitle: R\nid: r{name}\nname: {name}\ndetection: {{s: {{{search}}}, condition: s}}\n"
        )
    };
    let spoken = |rules: &str, more: &str| {
        found(&format!(
            "title: C\nid: c\nname: whole\ncorrelation: {{type: temporal, rules: {rules}, timespan: 1m}}\n\
             tests: [{{hit: [{}]}}]\n{}{more}",
            call("write", 0, "a", ""),
            rule("a", "operationName: A.b/c/write")
        ))
    };
    assert_eq!(spoken("[a, b]", &rule("b", "operationName: A.b/c/delete")), [0_usize; 0]);
    assert_eq!(spoken("[a, nonesuch]", ""), [1]);
    assert_eq!(spoken("[a, b]", &rule("b", "caller|expand: '%nobody%'")), [1]);
    let other = rule("b", "x: y")
        .replace("detection", "logsource: {product: azure, service: signinlogs}\ndetection");
    assert_eq!(spoken("[a, b]", &other), [1]);
    let cycle = "---\ntitle: B\nid: rb\nname: b\ncorrelation: {type: temporal, rules: [a, whole], timespan: 1m}\n";
    assert_eq!(spoken("[a, b]", cycle), [1]);
}
