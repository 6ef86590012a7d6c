//! The kinds that Sigma has no words for.

use super::*;

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
fn what_was_tried_and_refused_is_still_new_when_it_succeeds() {
    let rule = "first_seen: {key: [actor, operation], history: {days: 0}}";
    let done = rounds(1, "1h", "1s", "write", RESOURCE);
    let refused = rounds(2, "1h", "1s", "write", &format!("{RESOURCE}, resultType: Failure"));
    // One finding of the first refusal and of the success after it.
    assert_eq!(native(rule, &format!("[{refused}, {done}, {done}]")), (vec![2], 0));
    assert_eq!(native(rule, &format!("[{done}, {refused}]")), (vec![1], 0));
    assert_eq!(native(rule, &format!("[{refused}]")), (vec![1], 0));
}

#[test]
fn what_somebody_else_undid_in_between_is_told_again() {
    let other = "identity: {claims: {appid: 7f59a773-2eaf-429c-a059-50fc5bb28b44, oid: 11111111-1111-4111-8111-111111111111}}";
    let one = |operation: &str, body: &str, by: &str| {
        let body = format!("properties: {{requestbody: {{properties: {body}}}}}");
        rounds(1, "1d", "1s", operation, &format!("{}, {body}{by}", RESOURCE.replace("{n}", "1")))
    };
    let asked = one("write", "{open: true}", "");
    let told = |between: String| {
        let items = format!("[{asked}, {between}, {asked}]");
        let text = format!(
            "title: N\nid: n\ndetection:\n  write: {{operationName: A.b/c/write, body.properties.open: true}}\n  \
             condition: write\n\
             first_seen: {{key: [actor, resource_id, body.properties], history: {{days: 0}}}}\n\
             tests: [{{hit: {items}}}]\n"
        );
        findings(&text).0.iter().sum::<usize>()
    };
    let other = format!(", {other}");
    assert_eq!(told(one("delete", "{}", &other)), 2);
    assert_eq!(told(one("write", "{open: false}", &other)), 2);
    // What the rule does not compare undoes nothing, nor does whoever asks.
    assert_eq!(told(one("write", "null", &other)), 1);
    assert_eq!(told(one("write", "{open: false}", "")), 1);
    assert_eq!(told(one("delete", "{}", "")), 1);
}

#[test]
fn what_a_part_cannot_tell_the_correlation_cannot() {
    let text = format!(
        "title: C\nid: c\ncorrelation: {{type: event_count, rules: new, group-by: [actor], timespan: 1h, condition: {{gte: 1}}}}\n\
         tests: [{{hit: [{}, {}]}}]\n---\n\
         title: N\nid: n\nname: new\ndetection: {{write: {{operationName: A.b/c/write}}, condition: write}}\n\
         first_seen: {{key: [actor, resource_id], history: {{of: [actor], operations: 3}}}}\n",
        rounds(2, "1h", "1h", "delete", RESOURCE),
        rounds(1, "1d", "1s", "write", RESOURCE)
    );
    assert_eq!(findings(&text), (vec![], 1));
    assert_eq!(findings(&text.replace("operations: 3", "operations: 2")), (vec![1], 0));
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
    let after = rounds(40, "1h", "12d", "write", RESOURCE);
    // What is usual is what came before, whatever comes after it.
    assert_eq!(native(rule, &format!("[{usual}, {late}]")), (vec![1], 0));
    let slow = rounds(40, "1h", "8d", "write", RESOURCE);
    assert_eq!(native(rule, &format!("[{slow}, {late}]")), (vec![], 0));
    assert_eq!(native(rule, &format!("[{usual}, {late}, {after}]")).0, [1]);
    let days = rounds(2, "1h", "1d", "write", RESOURCE);
    assert_eq!(
        native(rule, &format!("[{days}, {late}]")),
        (vec![1], 0),
        "the day of the return counts"
    );
    let one = rounds(1, "1h", "1d", "write", RESOURCE);
    assert_eq!(native(rule, &format!("[{one}, {late}, {usual}]")), (vec![], 1));
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
fn what_a_filter_hides_teaches_and_closes_still() {
    let filtered = |block: &str, items: &str| {
        let text = format!(
            "title: N\nid: n\ndetection:\n  write: {{operationName: A.b/c/write}}\n  delete: {{operationName: A.b/c/delete}}\n  \
             condition: write\n{block}\ntests: [{{hit: {items}}}]\n---\ntitle: F\n\
             filter: {{rules: [n], known: {{callerIpAddress: 192.0.2.9}}, condition: not known}}\n"
        );
        assert_eq!(findings(&text).0, [0_usize; 0], "{block}");
    };
    let known = format!("{RESOURCE}, callerIpAddress: 192.0.2.9");
    let (write, delete) = ("write", "delete");
    let state = "state: {opened: write, closed: delete, by: [resource_id]}";
    let (one, gone) =
        (rounds(1, "1h", "1s", write, RESOURCE), rounds(1, "1h", "1s", delete, &known));
    filtered(state, &format!("[{one}, {gone}]"));
    let first = "first_seen: {key: [resource_id], history: {operations: 2}}";
    let past = rounds(2, "1h", "1h", delete, RESOURCE);
    let own = rounds(1, "1h", "1s", write, &known);
    filtered(first, &format!("[{past}, {own}, {one}]"));
    filtered(&first.replace("history", "learn: delete, history"), &format!("[{past}, {own}]"));
    let gap = "baseline: {model: gap, of: [actor], least: 10d, factor: 0, history: {days: 3}}";
    let usual = rounds(9, "1h", "1d", write, RESOURCE);
    let between = rounds(1, "9d", "1s", write, &known);
    let late = rounds(1, "9d", "1s", write, RESOURCE);
    filtered(gap, &format!("[{usual}, {between}, {late}]"));
    let rate =
        "baseline: {model: rate, of: [actor], bucket: 1h, deviations: 5, least: 10, buckets: 24}";
    let hourly = rounds(30, "1h", "1h", write, RESOURCE);
    let both = format!(
        "{}, {}",
        rounds(8, "1h", "1s", write, RESOURCE),
        rounds(8, "1s", "1s", write, &known)
    );
    filtered(rate, &format!("[{hourly}, {both}]"));
}

#[test]
fn a_rule_that_tells_the_like_once_tells_the_first_that_no_filter_hides() {
    let text = format!(
        "title: N\nid: n\ndetection: {{write: {{operationName: A.b/c/write}}, condition: write}}\n\
         first_seen: {{key: [resource_id], history: {{days: 0}}}}\ntests: [{{hit: [{}, {}]}}]\n---\ntitle: F\n\
         filter: {{rules: [n], known: {{callerIpAddress: 192.0.2.9}}, condition: not known}}\n",
        rounds(1, "1h", "1s", "write", &format!("{RESOURCE}, callerIpAddress: 192.0.2.9")),
        rounds(1, "1h", "1s", "write", RESOURCE)
    );
    assert_eq!(found(&text), [1]);
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
fn an_earlier_alert_of_any_other_type_stands_beside_one() {
    let rule = "alert: {types: VM_X, join: [ip], before: 1h, after: 1h, beside: 72h}";
    let write = rounds(1, "10m", "1s", "write", "callerIpAddress: 203.0.113.9");
    let alert = |kind: &str, address: &str| {
        format!("{{alert: {{alertType: {kind}, entities: [{{type: ip, address: {address}}}]}}}}")
    };
    let own = alert("VM_X", "203.0.113.9");
    let found = |kind: &str, address: &str| {
        native(rule, &format!("[{}, {write}, {own}]", alert(kind, address))).0
    };
    assert_eq!(found("VM_Y", "203.0.113.9"), [1]);
    for (kind, address) in
        [("VM_X", "203.0.113.9"), ("VM_Y", "203.0.113.8"), ("SIMULATED_VM_Y", "203.0.113.9")]
    {
        assert_eq!(found(kind, address), [0_usize; 0], "{kind} {address}");
    }
}

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
