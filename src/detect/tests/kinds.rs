//! Every way of putting operations together, from the text of a rule to what it finds.

mod accused;
mod native;
mod nested;
mod together;
mod written;

use crate::detect::program::Program;
use crate::detect::selftest::verdict;
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
fn an_operation_that_several_rules_match_is_counted_once() {
    let found = |correlation: &str, repeat: usize| {
        let rule = |name: &str, search: &str| {
            format!(
                "title: T\nid: {name}{name}\nname: {name}\ndetection: {{s: {{{search}}}, condition: s}}\n---\n"
            )
        };
        let rules =
            rule("a", "operationName: A.b/c/write") + &rule("b", "operationName: 'A.b/c/*'");
        let body = "properties: {requestbody: '{\"n\":5}'}";
        let items = rounds(repeat, "1h", "1m", "write", body);
        found(&format!(
            "{rules}title: C\nid: whole\ncorrelation: {{rules: [a, b], timespan: 1h, {correlation}}}\ntests: [{{hit: [{items}]}}]\n"
        ))
    };
    for (correlation, least) in [
        ("type: event_count, condition: {gte: 2}", 2),
        ("type: value_sum, condition: {gte: 10, field: body.n}", 2),
        ("type: event_count, condition: {eq: 1}", 1),
        ("type: temporal", 1),
    ] {
        for repeat in 1..=least {
            let expected = if repeat < least { vec![] } else { vec![repeat] };
            assert_eq!(found(correlation, repeat), expected, "{correlation} {repeat}");
        }
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
    let only = |span: &str| {
        let condition = format!("timespan: {span}, condition: write and not delete");
        both("temporal").replace("timespan: 10m", &condition)
    };
    assert_eq!(correlated(&only("10m"), &write_delete), [0_usize; 0]);
    assert_eq!(correlated(&only("4m"), &write_delete), [1]);
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
fn what_was_near_in_the_old_way_is_a_correlation() {
    let told = |condition: &str, after: &str| {
        found(&format!(
            "title: T\nid: t\ndetection: {{s: {{operationName: A.b/c/write}}, t: {{operationName: A.b/c/delete}}, timeframe: 10m, condition: '{condition}'}}\n\
             tests: [{{hit: [{}, {}]}}]\n",
            rounds(1, "1h", "1m", "write", ""),
            rounds(1, after, "1m", "delete", "")
        ))
    };
    assert_eq!((told("s | near t", "5m"), told("s | near t", "11m")), (vec![2], vec![]));
    assert_eq!((told("t | near s", "5m"), told("s | near not t", "5m")), (vec![2], vec![]));
    assert_eq!(told("s | near s and not t", "11m"), [1]);
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
    let verdicts = set.rules().iter().map(|rule| crate::detect::audit::audit(&set, rule).verdict);
    assert!(
        verdicts.into_iter().all(|verdict| verdict.why().is_none_or(|why| !why.contains("owner")))
    );
}

#[test]
fn fields_that_an_author_wants_to_see_are_shown_beside_what_matched() {
    let text = "title: T\nid: t\nfields: [properties.who, operationName, callerIpAddress, properties.nonesuch, properties.all]\n\
                detection: {s: {operationName: A.b/c/write}, condition: s}\n\
                tests: [{hit: {operationName: a.b/c/write, callerIpAddress: 192.0.2.1, properties: {who: ann, all: [1, 2]}}}]\n";
    let set = RuleSet::from_text("p.yml", text).unwrap();
    let verdict = verdict(&set, &Program::compile(&set), &set.rules()[0].tests[0].items).unwrap();
    let shown: Vec<(&str, &str)> =
        verdict.findings[0].because.iter().map(|(field, value)| (&**field, &**value)).collect();
    let expected = [
        ("callerIpAddress", "192.0.2.1"),
        ("operationName", "A.B/C/WRITE"),
        ("properties.all", "1, 2"),
        ("properties.who", "ann"),
    ];
    assert_eq!(shown, expected);
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
