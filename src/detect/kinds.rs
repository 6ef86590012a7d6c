//! Every way of putting operations together, from the text of a rule to what it finds.

use super::program::Program;
use super::selftest::verdict;
use crate::rule::{Item, RuleSet};

/// What a rule file finds in the evidence of the first test in it: the number of operations of each finding.
fn found(text: &str) -> Vec<usize> {
    findings(text).0
}

/// The same, and of how many operations the rules could not tell.
fn findings(text: &str) -> (Vec<usize>, u64) {
    let set = RuleSet::from_text("p.yml", text).unwrap_or_else(|error| panic!("{error}"));
    let items: Vec<Item> =
        set.rules().iter().flat_map(|rule| &rule.tests).next().unwrap().items.clone();
    let verdict = verdict(&set, &Program::compile(&set), &items).unwrap();
    let sizes = verdict.findings.iter().map(|finding| finding.operations.len()).collect();
    (sizes, verdict.untold.iter().map(|untold| untold.operations).sum())
}

/// A rule for writes, its records, and what is put together of them.
fn correlated(correlation: &str, items: &str) -> Vec<usize> {
    found(&format!(
        "title: C\nid: c\ncorrelation: {correlation}\ntests: [{{hit: {items}}}]\n---\n\
         title: W\nid: w\nname: write\ndetection: {{s: {{operationName: A.b/c/write}}, condition: s}}\n---\n\
         title: D\nid: d\nname: delete\ndetection: {{s: {{operationName: A.b/c/delete}}, condition: s}}\n"
    ))
}

fn rounds(repeat: usize, after: &str, every: &str, operation: &str, more: &str) -> String {
    format!(
        "{{repeat: {repeat}, after: {after}, every: {every}, record: {{operationName: A.b/c/{operation}, {more}}}}}"
    )
}

const RESOURCE: &str = "resourceId: '/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/A.B/C/X{n}'";

#[test]
fn a_rule_that_tells_the_like_once_tells_each_operation_without_a_key() {
    let text = |key: &str, items: &str| {
        format!(
            "title: W\nid: w\ndetection: {{s: {{operationName: A.b/c/write}}, condition: s}}\n\
             first_seen: {{key: [{key}], history: {{days: 0}}}}\ntests: [{{hit: [{items}]}}]\n"
        )
    };
    let three = rounds(3, "1h", "1h", "write", "properties: {size: 7}");
    assert_eq!(found(&text("properties.size", &three)), [1]);
    assert_eq!(found(&text("properties.nonesuch", &three)), [3]);
}

#[test]
fn events_are_counted_in_windows_of_a_group() {
    let count =
        "{type: event_count, rules: write, group-by: [actor], timespan: 10m, condition: {gte: 3}}";
    let three = rounds(3, "1h", "4m", "write", RESOURCE);
    assert_eq!(correlated(count, &format!("[{three}]")), [3]);
    let slow = rounds(3, "1h", "6m", "write", RESOURCE);
    assert_eq!(correlated(count, &format!("[{slow}]")), [0_usize; 0]);
    // Two bursts far apart are two findings; windows that overlap are one.
    assert_eq!(correlated(count, &format!("[{three}, {three}]")), [3, 3]);
    assert_eq!(correlated(count, &format!("[{}]", rounds(9, "1h", "4m", "write", RESOURCE))), [9]);
    // Another principal is another group.
    let other = "callerIpAddress: 192.0.2.1, identity: {claims: {appid: 7f59a773-2eaf-429c-a059-50fc5bb28b44, oid: 11111111-1111-4111-8111-111111111111}}";
    let mixed = format!(
        "[{}, {}]",
        rounds(2, "1h", "1m", "write", RESOURCE),
        rounds(1, "1m", "1m", "write", other)
    );
    assert_eq!(correlated(count, &mixed), [0_usize; 0]);
}

#[test]
fn distinct_values_are_counted_once() {
    let count = "{type: value_count, rules: write, group-by: [actor], timespan: 10m, condition: {gte: 3, field: resource_id}}";
    assert_eq!(correlated(count, &format!("[{}]", rounds(3, "1h", "1m", "write", RESOURCE))), [3]);
    let same = rounds(5, "1h", "1m", "write", "x: '{n}'");
    assert_eq!(correlated(count, &format!("[{same}]")), [0_usize; 0]);
    // Values of a body are kept while records are read.
    let bodies = "properties: {requestbody: '{\"location\":\"region{n}\"}'}";
    let by_body = count.replace("resource_id", "body.location");
    assert_eq!(correlated(&by_body, &format!("[{}]", rounds(4, "1h", "1m", "write", bodies))), [4]);
}

#[test]
fn a_list_in_a_key_gives_each_of_its_items() {
    let ids = |ids: &str| format!("properties: {{requestbody: '{{\"id\":[{ids}]}}'}}");
    let one = |ids_: &str| rounds(1, "1m", "1s", "write", &ids(ids_));
    // Two calls have one item in common: they are one group.
    let count = "{type: event_count, rules: write, group-by: [body.id], timespan: 10m, condition: {gte: 2}}";
    assert_eq!(correlated(count, &format!("[{}, {}]", one(r#""a","b""#), one(r#""c","B""#))), [2]);
    assert_eq!(
        correlated(count, &format!("[{}, {}]", one(r#""a","b""#), one(r#""c","d""#))),
        [0; 0]
    );
    // Two in common are no second finding, and one twice in a list is one match.
    assert_eq!(correlated(count, &format!("[{0}, {0}]", one(r#""a","b""#))), [2]);
    assert_eq!(correlated(count, &format!("[{}]", one(r#""a","a""#))), [0; 0]);
    // Each item is a value, and a number.
    for (kind, bound) in [("value_count", 3), ("value_sum", 9), ("value_max", 5), ("value_min", 1)]
    {
        let measured = |bound: u32| {
            let text = format!(
                "{{type: {kind}, rules: write, group-by: [actor], timespan: 10m, condition: {{eq: {bound}, field: body.id}}}}"
            );
            correlated(&text, &format!("[{}]", one("1,3,5")))
        };
        assert_eq!((measured(bound), measured(bound + 1)), (vec![1], vec![]), "{kind}");
    }
}

#[test]
fn a_list_ties_the_steps_of_a_chain_and_what_stands() {
    let call = |operation: &str, ids: &str| {
        let body = format!("properties: {{requestbody: '{{\"id\":[{ids}]}}'}}");
        rounds(1, "1m", "1s", operation, &body)
    };
    let rule = |kind: &str, items: &[String]| {
        format!(
            "title: T\ndetection:\n  w: {{operationName: A.b/c/write}}\n  d: {{operationName: A.b/c/delete}}\n  \
             condition: w\n{kind}\ntests: [{{hit: [{}]}}]\n",
            items.join(", ")
        )
    };
    let chain = "chain: {steps: [w, d], by: [body.id], within: 1h, ordered: true}";
    let tied = [call("write", r#""a","b""#), call("delete", r#""x","b","a""#)];
    assert_eq!(found(&rule(chain, &tied)), [2]);
    let apart = [call("write", r#""a","b""#), call("delete", r#""x","y""#)];
    assert_eq!(found(&rule(chain, &apart)), [0; 0]);
    // What was begun for two stands until both are ended.
    let state = "state: {opened: w, closed: d, by: [body.id]}";
    assert_eq!(found(&rule(state, &[call("write", r#""a","b""#), call("delete", r#""b""#)])), [1]);
    assert_eq!(found(&rule(state, &tied)), [0; 0]);
    // One item that was never there makes a key new.
    let first = "first_seen: {key: [body.id], history: {operations: 1}}";
    let seen = [call("write", r#""a","b""#), call("write", r#""b""#), call("write", r#""b","c""#)];
    assert_eq!(found(&rule(first, &seen)), [1]);
}

#[test]
fn a_value_of_the_answer_is_no_second_item_beside_that_of_the_request() {
    let count = "{type: value_count, rules: write, group-by: [actor], timespan: 10m, condition: {gte: 2, field: body.location}}";
    let both = "properties: {requestbody: '{\"location\":\"westeurope\"}', responseBody: '{\"location\":\"West Europe\"}'}";
    assert_eq!(correlated(count, &format!("[{}]", rounds(1, "1h", "1m", "write", both))), [0; 0]);
}

#[test]
fn numbers_are_summed_averaged_and_ranked() {
    let body = |number: u32| format!("properties: {{requestbody: '{{\"n\":{number}}}'}}");
    let items = format!(
        "[{}, {}, {}]",
        rounds(2, "1h", "1m", "write", &body(1)),
        rounds(1, "1m", "1m", "write", &body(10)),
        rounds(1, "1m", "1m", "write", "x: none"),
    );
    for (kind, condition, expected) in [
        ("value_sum", "{gte: 12, field: body.n}", vec![3]),
        ("value_sum", "{gt: 12, field: body.n}", vec![]),
        ("value_avg", "{gte: 4, field: body.n}", vec![3]),
        ("value_median", "{gt: 1, field: body.n}", vec![]),
        ("value_percentile", "{gt: 9, field: body.n, percentile: 99}", vec![3]),
    ] {
        let text = format!(
            "{{type: {kind}, rules: write, group-by: [actor], timespan: 1h, condition: {condition}}}"
        );
        assert_eq!(correlated(&text, &items), expected, "{kind} {condition}");
    }
}

#[test]
fn rules_come_together_in_order_or_without() {
    let both = |kind: &str| {
        format!("{{type: {kind}, rules: [write, delete], group-by: [resource_id], timespan: 10m}}")
    };
    let write_delete = format!(
        "[{}, {}]",
        rounds(1, "1h", "1s", "write", ""),
        rounds(1, "5m", "1s", "delete", "")
    );
    let delete_write = format!(
        "[{}, {}]",
        rounds(1, "1h", "1s", "delete", ""),
        rounds(1, "5m", "1s", "write", "")
    );
    assert_eq!(correlated(&both("temporal"), &write_delete), [2]);
    assert_eq!(correlated(&both("temporal"), &delete_write), [2]);
    assert_eq!(correlated(&both("temporal_ordered"), &write_delete), [2]);
    assert_eq!(correlated(&both("temporal_ordered"), &delete_write), [0_usize; 0]);
    let only =
        both("temporal").replace("timespan: 10m", "timespan: 10m, condition: write and not delete");
    assert_eq!(correlated(&only, &write_delete), [1]);
}

#[test]
fn what_happened_at_one_instant_came_in_any_order() {
    let at = |what: &str| rounds(1, "1s", "1s", what, "time: '2026-03-02T10:00:00Z'");
    let text = |rules: &str| format!("{{type: temporal_ordered, rules: {rules}, timespan: 1m}}");
    let items = format!("[{}, {}]", at("write"), at("delete"));
    assert_eq!(correlated(&text("[write, delete]"), &items), [2]);
    assert_eq!(correlated(&text("[delete, write]"), &items), [2]);
    assert_eq!(correlated(&text("[write, delete]"), &format!("[{}]", at("write"))), [0_usize; 0]);
}

#[test]
fn steps_in_order_count_although_the_last_came_before_them_too() {
    let one = |what: &str| rounds(1, "1m", "1s", what, "");
    let text = "{type: temporal_ordered, rules: [write, delete], timespan: 1h, condition: write and delete}";
    let items = |steps: &[&str]| {
        format!("[{}]", steps.iter().map(|step| one(step)).collect::<Vec<_>>().join(", "))
    };
    assert_eq!(correlated(text, &items(&["delete", "write", "delete"])), [3]);
    assert_eq!(correlated(text, &items(&["delete", "delete", "write"])), [0_usize; 0]);
}

#[test]
fn correlations_build_on_correlations_and_rules_can_speak_too() {
    let text = |generate: bool| {
        format!(
            "title: Two bursts\nid: top\ncorrelation: {{type: event_count, rules: burst, group-by: [actor], timespan: 1d, condition: {{gte: 2}}, generate: {generate}}}\n\
             tests: [{{hit: [{0}, {0}]}}]\n---\n\
             title: Burst\nid: b\nname: burst\ncorrelation: {{type: event_count, rules: write, group-by: [actor], timespan: 5m, condition: {{gte: 3}}}}\n---\n\
             title: W\nid: w\nname: write\ndetection: {{s: {{operationName: A.b/c/write}}, condition: s}}\n",
            rounds(3, "1h", "1m", "write", RESOURCE)
        )
    };
    assert_eq!(found(&text(false)), [6]);
    let mut all = found(&text(true));
    all.sort_unstable();
    assert_eq!(all, [3, 3, 6]);
}

fn native(block: &str, items: &str) -> (Vec<usize>, u64) {
    findings(&format!(
        "title: N\nid: n\ndetection:\n  write: {{operationName: A.b/c/write}}\n  delete: {{operationName: A.b/c/delete}}\n  \
         all: {{operationName: '*'}}\n  condition: write\n{block}\ntests: [{{hit: {items}}}]\n"
    ))
}

#[test]
fn first_use_is_told_where_enough_was_seen() {
    let rule =
        "first_seen: {key: [actor, resource_id], history: {of: [actor], days: 7, operations: 3}}";
    let old = rounds(3, "1h", "3d", "delete", RESOURCE);
    let new = rounds(1, "1d", "1s", "write", RESOURCE);
    assert_eq!(native(rule, &format!("[{old}, {new}, {new}]")), (vec![1], 0));
    let short = rounds(3, "1h", "1h", "delete", RESOURCE);
    assert_eq!(native(rule, &format!("[{short}, {new}]")), (vec![], 1));
    let either = rule.replace("operations: 3", "operations: 3, either: true");
    assert_eq!(native(&either, &format!("[{short}, {new}]")), (vec![1], 0));
    // What other operations taught is known.
    let learned = rule.replace("history", "learn: all, history");
    assert_eq!(native(&learned, &format!("[{old}, {new}]")), (vec![], 0));
}

#[test]
fn a_rate_far_above_the_usual_is_told() {
    let rule =
        "baseline: {model: rate, of: [actor], bucket: 1h, deviations: 5, least: 10, buckets: 24}";
    let usual = rounds(30, "1h", "1h", "write", RESOURCE);
    let loud = rounds(12, "1h", "1m", "write", RESOURCE);
    assert_eq!(native(rule, &format!("[{usual}, {loud}]")), (vec![12], 0));
    assert_eq!(native(rule, &format!("[{loud}]")), (vec![], 12));
}

#[test]
fn silences_are_told_when_they_are_broken_or_last() {
    let rule = "baseline: {model: gap, of: [actor], least: 10d, factor: 3, history: {days: 3}}";
    let usual = rounds(40, "1h", "1d", "write", RESOURCE);
    let late = rounds(1, "20d", "1s", "write", RESOURCE);
    assert_eq!(
        native(rule, &format!("[{usual}, {late}]")).0.len(),
        0,
        "99 of 40 gaps include the long one"
    );
    let simple = rule.replace("factor: 3", "factor: 0");
    assert_eq!(native(&simple, &format!("[{usual}, {late}]")), (vec![1], 0));
    let at_end = simple.replace("factor: 0", "at_end: true");
    let others = rounds(1, "20d", "1s", "delete", RESOURCE);
    assert_eq!(native(&at_end, &format!("[{usual}, {others}]")), (vec![1], 0));
    assert_eq!(native(&at_end, &format!("[{usual}]")), (vec![], 0));
}

#[test]
fn unusual_hours_and_rare_operations_are_told() {
    let hours = "baseline: {model: hours, of: [actor], history: {of: [actor], operations: 20}}";
    let weekly = rounds(30, "1h", "7d", "write", RESOURCE);
    let odd = rounds(1, "12h", "1s", "write", RESOURCE);
    assert_eq!(native(hours, &format!("[{weekly}, {odd}]")), (vec![1], 0));
    assert_eq!(native(hours, &format!("[{odd}, {odd}]")), (vec![], 1));
    let rare = "baseline: {model: rare, of: [operation], across: [actor], below: 2, history: {operations: 10}}";
    let many = rounds(12, "1h", "1d", "delete", RESOURCE);
    assert_eq!(native(rare, &format!("[{many}, {odd}]")), (vec![1], 0));
    assert_eq!(native(rare, &format!("[{odd}]")), (vec![], 1));
}

#[test]
fn what_was_not_undone_is_left() {
    let rule = "state: {opened: write, closed: delete, by: [resource_id]}";
    let write = rounds(3, "1h", "1s", "write", RESOURCE);
    let delete = rounds(2, "1h", "1s", "delete", RESOURCE);
    assert_eq!(native(rule, &format!("[{write}, {delete}]")), (vec![1], 0));
    assert_eq!(native(rule, &format!("[{delete}, {write}]")), (vec![3], 0));
    let refused = rounds(3, "1h", "1s", "delete", &format!("{RESOURCE}, resultType: Failure"));
    assert_eq!(native(rule, &format!("[{write}, {refused}]")), (vec![3], 0));
    let group = "{operationName: A.b/c/delete, resourceId: /SUBSCRIPTIONS/S/RESOURCEGROUPS/G}";
    let below = rule.replace("]}", "], below: true}");
    assert_eq!(native(&below, &format!("[{write}, {group}]")), (vec![], 0));
    assert_eq!(native(rule, &format!("[{write}, {group}]")), (vec![3], 0));
}

#[test]
fn chains_need_their_steps_in_order_or_enough_of_them() {
    let ordered = "chain: {steps: [write, delete], by: [resource_id], within: 1h, ordered: true}";
    let write = rounds(1, "2h", "1s", "write", RESOURCE);
    let delete = rounds(1, "30m", "1s", "delete", RESOURCE);
    assert_eq!(native(ordered, &format!("[{write}, {delete}]")), (vec![2], 0));
    assert_eq!(native(ordered, &format!("[{delete}, {write}]")), (vec![], 0));
    let often =
        ordered.replace("[write, delete]", "[{when: write, count: 3, outcome: failed}, delete]");
    let refused = rounds(3, "2h", "1m", "write", &format!("resultType: Failure, {}", "x: y"));
    let end = rounds(1, "5m", "1s", "delete", "x: y");
    assert_eq!(native(&often, &format!("[{refused}, {end}]")), (vec![4], 0));
    let two = refused.replace("repeat: 3", "repeat: 2");
    assert_eq!(native(&often, &format!("[{two}, {end}]")), (vec![], 0));
    let some = "chain: {steps: [write, delete, {name: never, when: write and delete}], by: [actor], within: 1h, least: 2}";
    assert_eq!(native(some, &format!("[{delete}, {}]", write.replace("2h", "10m"))), (vec![2], 0));
}

#[test]
fn chains_can_build_on_findings() {
    let text = |level: &str| {
        format!(
            "title: N\nid: n\ndetection: {{write: {{operationName: A.b/c/write}}}}\n\
             chain: {{steps: [{{finding: high}}, write], by: [actor], within: 1h, ordered: true}}\n\
             tests: [{{hit: [{}, {}]}}]\n---\n\
             title: D\nid: d\nlevel: {level}\ndetection: {{s: {{operationName: A.b/c/delete}}, condition: s}}\n",
            rounds(1, "1h", "1s", "delete", ""),
            rounds(1, "10m", "1s", "write", "")
        )
    };
    assert_eq!(found(&text("high")).iter().filter(|size| **size == 2).count(), 1);
    assert_eq!(found(&text("medium")), [1]);
}

#[test]
fn operations_near_an_alert_are_tied_to_it() {
    let rule = "alert: {types: 'VM_*', join: [ip, resource], before: 1h, after: 1h}";
    let write = |ip: &str| rounds(1, "10m", "1s", "write", &format!("callerIpAddress: {ip}"));
    let alert = |kind: &str| {
        format!("{{alert: {{alertType: {kind}, entities: [{{type: ip, address: 203.0.113.9}}]}}}}")
    };
    let found = |ip: &str, kind: &str| native(rule, &format!("[{}, {}]", write(ip), alert(kind))).0;
    assert_eq!(found("203.0.113.9", "VM_X"), [1]);
    assert_eq!(found("203.0.113.8", "VM_X"), [0_usize; 0]);
    assert_eq!(found("203.0.113.9", "ARM_X"), [0_usize; 0]);
    assert_eq!(found("203.0.113.9", "SIMULATED_VM_X"), [0_usize; 0]);
}

#[test]
fn old_counts_are_correlations() {
    let text = |condition: &str| {
        format!(
            "title: T\nid: t\ndetection: {{s: {{operationName: A.b/c/write}}, timeframe: 10m, condition: '{condition}'}}\n\
             tests: [{{hit: [{}]}}]\n",
            rounds(4, "1h", "1m", "write", RESOURCE)
        )
    };
    assert_eq!(found(&text("s | count() by caller > 3")), [4]);
    assert_eq!(found(&text("s | count() by caller > 4")), [0_usize; 0]);
    assert_eq!(found(&text("s | count(resourceId) by caller >= 4")), [4]);
    // What puts them together counts what they say, and not what they select.
    let over = "title: C\nid: c\ncorrelation: {type: event_count, rules: t, timespan: 1h, condition: {gte: 1}}\n---\n";
    let over = |condition: &str| found(&format!("{over}{}", text(condition)));
    assert_eq!(over("s | count() by caller > 3"), [4]);
    assert_eq!(over("s | count() by caller > 4"), [0_usize; 0]);
}

#[test]
fn an_alias_of_a_correlation_is_a_field_of_what_it_finds() {
    let text = |to: &str| {
        let record = |operation: &str, more: &str| {
            format!("{{operationName: A.b/c/{operation}, correlationId: {operation}, {more}}}")
        };
        let items = [
            record("write", "properties: {who: alice}"),
            record("delete", "properties: {whom: alice}"),
            record("move", &format!("properties: {{to: {to}}}")),
        ];
        let part = |name: &str| {
            format!(
                "---\ntitle: P\nid: p{name}\nname: {name}\ndetection: {{s: {{operationName: A.b/c/{name}}}, condition: s}}\n"
            )
        };
        format!(
            "title: C\nid: c\ncorrelation: {{type: temporal, rules: [both, move], timespan: 1h, group-by: [person], \
             aliases: {{person: {{both: owner, move: properties.to}}}}}}\ntests: [{{hit: [{}]}}]\n---\n\
             title: B\nid: b\nname: both\ncorrelation: {{type: temporal, rules: [write, delete], timespan: 1h, \
             group-by: [owner], aliases: {{owner: {{write: properties.who, delete: properties.whom}}}}}}\n{}",
            items.join(", "),
            ["write", "delete", "move"].map(part).concat()
        )
    };
    assert_eq!(found(&text("alice")), [3]);
    assert_eq!(found(&text("bob")), [0_usize; 0]);
    let set = RuleSet::from_text("p.yml", &text("alice")).unwrap();
    let verdicts = set.rules().iter().map(|rule| super::audit::audit(&set, rule).verdict);
    assert!(
        verdicts.into_iter().all(|verdict| verdict.why().is_none_or(|why| !why.contains("owner")))
    );
}

#[test]
fn what_a_filter_hides_is_counted() {
    let text = "title: T\nid: t\nlogsource: {product: azure}\ndetection: {s: {operationName: A.b/c/write}, condition: s}\n---\n\
                title: F\nid: f\nlogsource: {product: azure}\n\
                filter: {rules: [t], known: {callerIpAddress|cidr: 10.0.0.0/8}, condition: not known}\n";
    let set = RuleSet::from_text("p.yml", text).unwrap();
    let write = |ip: &str| {
        Item::Record(
            serde_json::json!({"operationName": "A.b/c/write", "callerIpAddress": ip, "correlationId": ip}),
        )
    };
    let items = [write("10.0.0.1"), write("10.0.0.2"), write("192.0.2.1")];
    let verdict = verdict(&set, &Program::compile(&set), &items).unwrap();
    assert_eq!(verdict.findings.len(), 1);
    let hidden: Vec<_> =
        verdict.hidden.iter().map(|h| (h.filter.as_str(), h.operations.len())).collect();
    assert_eq!(hidden, [("f", 2)]);
}

#[test]
fn findings_that_begin_alike_have_ids_of_their_own() {
    // Each alert names the first address and another one, so that neither finding holds the other.
    let alert = |ip: u8| {
        let entity = |ip: u8| format!("{{type: ip, address: 203.0.113.{ip}}}");
        format!("{{alert: {{alertType: VM_X, entities: [{}, {}]}}}}", entity(1), entity(ip))
    };
    let write =
        |ip: u8| rounds(1, "1m", "1s", "write", &format!("callerIpAddress: 203.0.113.{ip}"));
    let items = [write(1), write(2), write(3), alert(2), alert(3)].join(", ");
    let text = format!(
        "title: N\nid: n\ndetection: {{s: {{operationName: A.b/c/write}}, condition: s}}\n\
         alert: {{join: ip, before: 1h}}\ntests: [{{hit: [{items}]}}]\n"
    );
    let set = RuleSet::from_text("p.yml", &text).unwrap();
    let verdict = verdict(&set, &Program::compile(&set), &set.rules()[0].tests[0].items).unwrap();
    let ids: std::collections::BTreeSet<&str> =
        verdict.findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!((verdict.findings.len(), ids.len()), (2, 2));
}
