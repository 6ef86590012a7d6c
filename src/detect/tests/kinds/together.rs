//! Which rules of a temporal correlation matched together, from the text of the correlation to what it finds.

use super::found;

/// What a correlation over three rules finds in operations, each written as its rule and its second.
fn told(correlation: &str, operations: &str) -> Vec<usize> {
    let record = |word: &str| {
        let (rule, second) = word.split_at(1);
        let second: u32 = second.parse().unwrap();
        let (minute, second) = (second / 60, second % 60);
        format!(
            "{{operationName: A.b/c/{rule}, correlationId: {word}, time: '2026-03-02T10:{minute:02}:{second:02}Z'}}"
        )
    };
    let records: Vec<String> = operations.split(' ').map(record).collect();
    let rule = |name: &str| {
        format!(
            "title: T\nid: {name}{name}\nname: {name}\ndetection: {{s: {{operationName: A.b/c/{name}}}, condition: s}}\n---\n"
        )
    };
    let rules: String = ["a", "b", "c"].map(rule).concat();
    found(&format!(
        "{rules}title: C\nid: whole\ncorrelation: {{timespan: 1m, {correlation}}}\ntests: [{{hit: [{}]}}]\n",
        records.join(", ")
    ))
}

const NONE: [usize; 0] = [];

#[test]
fn what_must_not_have_matched_is_looked_for_on_both_sides() {
    let without = "type: temporal, rules: [a, b, c], condition: a and b and not c";
    for (operations, expected) in [
        ("a0 b30", &[2][..]),
        ("c0 a20 b30", &NONE),
        ("a0 c20 b30", &NONE),
        ("a0 b30 c50", &NONE),
        // No minute holds all three.
        ("a0 b30 c61", &[2]),
        ("c0 a31 b61", &[2]),
    ] {
        assert_eq!(told(without, operations), expected, "{operations}");
    }
    let alone = "type: temporal, rules: [a, b], condition: a and not b";
    assert_eq!(told(alone, "a0 a100 b120 a300"), [1, 1]);
}

#[test]
fn what_must_not_have_matched_in_order_is_looked_for_at_its_place() {
    let not_after = "type: temporal_ordered, rules: [a, b], condition: a and not b";
    assert_eq!((told(not_after, "b0 a30"), told(not_after, "a0 b30")), (vec![1], vec![]));
    let not_before = "type: temporal_ordered, rules: [b, a], condition: a and not b";
    assert_eq!((told(not_before, "b0 a30"), told(not_before, "a0 b30")), (vec![], vec![1]));
    let between = "type: temporal_ordered, rules: [a, b, c], condition: a and not b and c";
    assert_eq!((told(between, "b0 a10 c30 b40"), told(between, "a0 b20 c30")), (vec![2], vec![]));
}

#[test]
fn so_many_rules_in_order_are_enough_whatever_came_before() {
    let two = "type: temporal_ordered, rules: [a, b, c], condition: {gte: 2}";
    for (operations, expected) in [
        ("c0 a10 b20", &[3][..]),
        ("c0 b10 a20", &NONE),
        ("b0 c30", &[2]),
        // What is in order only where two windows are put together is not.
        ("b0 a40 c101", &NONE),
    ] {
        assert_eq!(told(two, operations), expected, "{operations}");
    }
    let either = "type: temporal_ordered, rules: [a, b, c], condition: a and (b or c)";
    assert_eq!(told(either, "c0 a5 b10"), [3]);
    assert_eq!(told(either, "c0 b5 a10"), NONE);
}

#[test]
fn what_comes_at_one_instant_is_counted_at_once() {
    let two = "type: temporal, rules: [a, b, c], condition: {eq: 2}";
    assert_eq!((told(two, "a0 b0 c0"), told(two, "a0 b0")), (vec![], vec![2]));
    let few = "type: event_count, rules: [a], condition: {lt: 3}";
    assert_eq!(told(few, "a0"), [1]);
}
