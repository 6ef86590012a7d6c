//! Tests of where reading goes on behind something broken.

use super::*;

#[test]
fn what_looks_like_a_dictionary_of_python_everywhere_costs_no_more_than_the_budget() {
    let text = "{'a':[".repeat(100_000);
    let mut collect = Collect { seen: Seen::default(), text: text.as_bytes() };
    let mut splitter = Splitter::new(State::default(), RecordLimit::default());
    splitter.run(text.as_bytes(), 0, text.len(), true, &mut collect);
    assert_eq!(collect.seen.rejects, [(text.clone(), Code::TornRecord)]);
    assert_eq!(splitter.trials, 0);
}

#[test]
fn values_in_each_other_cost_no_more_than_the_budget_and_hide_nothing() {
    let deep = "{\"a\":\n".repeat(100_000);
    let text = format!("{deep}{}\n{}\n", record(0), record(1));
    let mut collect = Collect { seen: Seen::default(), text: text.as_bytes() };
    let mut splitter = Splitter::new(State::default(), RecordLimit::default());
    splitter.run(text.as_bytes(), 0, text.len(), true, &mut collect);
    assert_eq!(collect.seen.records, [record(0), record(1)]);
    assert_eq!(collect.seen.rejects.len(), 100_000);
    assert_eq!(splitter.trials, 0);
}

#[test]
fn brackets_in_each_other_behind_text_are_followed_once() {
    let deep = |open: &str| format!("hello\n{}", open.repeat(100_000));
    for open in ["[\n", "{\"a\":\n"] {
        assert!(!holds_record(deep(open).as_bytes()), "{open}");
        assert!(holds_record(format!("{}{}\n", deep(open), record(0)).as_bytes()), "{open}");
    }
    assert!(!holds_record(deep("[{\"a\":").as_bytes()));
}

#[test]
fn behind_a_broken_first_record_those_that_hold_another_are_found() {
    let hook = |i: u32| {
        format!(r#"{{"schemaId":"s","data":{{"context":{{"activityLog":{}}}}}}}"#, record(i))
    };
    let text = format!("[{},{},{}]", &hook(0).replacen("s\",", "s,", 1), hook(1), hook(2));
    let seen = read(&text);
    assert_eq!(seen.records, [hook(1), hook(2)]);
    assert_eq!(seen.rejects.len(), 1);
}

#[test]
fn behind_a_broken_one_records_in_strings_are_found() {
    let quoted = |i: u32| serde_json::to_string(&record(i)).unwrap();
    let broken = quoted(1).replacen("\\\"", "\"", 4);
    for between in [", ", ",", "\n"] {
        let text = format!("[{}]", [quoted(0), broken.clone(), quoted(2), quoted(3)].join(between));
        let seen = read(&text);
        assert_eq!(seen.records, [record(0), record(2), record(3)], "{text}");
        assert_eq!(seen.rejects.len(), 1, "{text}");
    }
}

#[test]
fn zeros_inside_what_python_printed_are_told() {
    let seen = read("{'time': '2021', 'operationName': 'a\0\0\0b'}\n");
    assert_eq!((seen.records.len(), seen.notes), (1, vec![Code::ZeroBytes]));
}
