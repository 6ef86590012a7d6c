//! Tests of what stands in an envelope beside its list.

use super::*;

#[test]
fn a_record_beside_the_list_is_read() {
    let (a, b, c) = (record(0), record(1), record(2));
    let quoted = serde_json::to_string(&b).unwrap();
    let held = format!(r#"{{"y":{b}}}"#);
    for (text, beside) in [
        (format!(r#"{{"value":[{a}],"x":{b}}}"#), vec![&b]),
        (format!("{{\"count\":1,\n\"value\":[{a}],\n\"x\":\n{b},\"z\":1}}"), vec![&b]),
        (format!(r#"{{"value":[{a}],"x":{held}}}"#), vec![&held]),
        (format!(r#"{{"value":[{a}],"x":{quoted}}}"#), vec![&b]),
        (format!(r#"{{"value":[{a}],"x":[{b},{c}]}}"#), vec![&b, &c]),
        (format!(r#"{{"value":[{a}],"x":[{held},{c}]}}"#), vec![&held, &c]),
    ] {
        let expected: Vec<_> = [&a].into_iter().chain(beside).cloned().collect();
        for seen in [read(&text), read_blocks(&text, 7, 1 << 20)] {
            assert_eq!((&seen.records, &seen.rejects), (&expected, &vec![]), "{text}");
            let line = |record: &str| text[..text.find(record).unwrap()].matches('\n').count();
            assert_eq!(seen.lines[0] as usize, line(&a), "{text}");
        }
    }
    for beside in [&b, &quoted] {
        let text = format!("{{\"value\":[{a}],\n\"x\":\n{beside}}}\n{c}");
        assert_eq!(read(&text).lines, [0, 2, 3]);
        for size in [1, 7, 50] {
            assert_eq!(read_blocks(&text, size, 1 << 20).lines, [0, 2, 3], "{size}");
        }
    }
}

#[test]
fn what_else_stands_beside_the_list_is_passed_over() {
    let a = record(0);
    let text = format!(
        r#"{{"value":[{a}],"error":{{"code":"x"}},"statistics":{{"time":1}},"ids":["a","{{"],"n":[1]}}"#
    );
    let seen = read(&text);
    assert_eq!((seen.records, seen.rejects), (vec![a], vec![]));
}
