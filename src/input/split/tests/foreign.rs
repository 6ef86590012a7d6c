//! Tests of text that stands beside records.

use super::*;

#[test]
fn text_beside_records_is_no_loss() {
    let (a, b) = (record(0), record(1));
    for (before, between) in [
        ("2026-03-05 20:01:02,123 INFO exporter: ", "2026-03-05 20:01:03,001 INFO exporter: "),
        ("<134>1 2026-03-05T20:01:02Z host azure - - - ", "<134>1 x - "),
        ("[2026-03-05] [INFO] ", "[2026-03-05] [INFO] "),
        ("WARNING: this command is in preview\n\nHTTP/1.1 200 OK\nDate: x\n", "\r\n-----\r\n"),
        ("2026-03-05 20:01:02 begun\n", "[INFO] one page\n"),
        ("```json\n", "```\n```json\n"),
        ("// \"exported\" by {hand}\n# too\n", "/* and\n \"more\" */"),
    ] {
        let text = format!("{before}{a}\n{between}{b}\n");
        let seen = read(&text);
        assert_eq!(seen.records, all(0..2), "{text}");
        assert_eq!(seen.rejects, [], "{text}");
        assert!(seen.notes.iter().all(|note| *note == Code::ForeignText), "{text}");
        assert!(!seen.notes.is_empty(), "{text}");
        for size in [1, 7, 50, 333] {
            let blocks = read_blocks(&text, size, 1 << 20);
            assert_eq!((blocks.records, blocks.rejects), (all(0..2), vec![]), "{size}: {text}");
        }
    }
    let page = read(&format!("1 DEBUG: body: {{\"value\":[{a},{b}]}}\n2 DEBUG: done\n"));
    assert_eq!((page.records, page.rejects), (all(0..2), vec![]));
    let list = read(&format!("WARNING: x\n[\n  // first\n  {a},\n  {b}\n]\n"));
    assert_eq!((list.records, list.rejects), (all(0..2), vec![]));
}

#[test]
fn prose_before_the_first_record_and_behind_the_last_is_no_loss() {
    let (a, b) = (record(0), record(1));
    for (before, behind) in [
        ("Content\n\n", ""),
        ("Here is what I see, in the log:\n```json title=\"Event\"\n", "```\nAnd nothing else.\n"),
        ("- Execution\nWith it, one's attacker can pass\n## Sample\n", "the end"),
    ] {
        let text = format!("{before}{a}\n{b}\n{behind}");
        for size in [1, 7, 50, 9999] {
            let seen = read_blocks(&text, size, 1 << 20);
            assert_eq!((seen.records, seen.rejects), (all(0..2), vec![]), "{size}: {text}");
        }
    }
    for (before, between, behind) in [
        ("a,b\n", "", ""),
        ("Caller   Time\n", "", ""),
        ("a|b\n", "", ""),
        ("", "no record\n", ""),
        ("", "```\nno record\n", ""),
        ("", "", "the rest\nof\"}"),
        ("", "", "```{\"a\":1}```"),
    ] {
        let text = format!("{before}{a}\n{between}{b}\n{behind}");
        let seen = read(&text);
        assert_eq!(seen.records[..2], all(0..2), "{text}");
        assert_ne!((seen.rejects.len(), seen.records.len()), (0, 2), "{text}");
    }
}

#[test]
fn a_record_in_a_comment_is_read() {
    let (a, b, c) = (record(0), record(1), record(2));
    for text in [
        format!("{a}\n/* {b} */\n{c}\n"),
        format!("{a}\n/* {{\"x\":1}} {b},\n{c} */"),
        format!("{a}\n// {b}\n# off: {c}\n"),
        format!("[{a}, /* {b}, */ {c}]"),
        format!("[{a}\n  //{b}\n  ,{c}\n]"),
    ] {
        let seen = read(&text);
        assert_eq!((&seen.records, &seen.rejects), (&all(0..3), &vec![]), "{text}");
        assert!(seen.notes.contains(&Code::ForeignText), "{text}");
        for size in [1, 7, 50, 333] {
            let blocks = read_blocks(&text, size, 1 << 20);
            assert_eq!((blocks.records, blocks.rejects), (all(0..3), vec![]), "{size}: {text}");
        }
    }
    // One that is full of objects is not passed over in silence.
    let seen = read(&format!("{a}\n// {}{b}\n{c}\n", "{".repeat(99)));
    assert_eq!((seen.records, seen.rejects.len()), (all(0..3), 1));
}

#[test]
fn pieces_of_records_and_pages_of_servers_are_a_loss() {
    let (a, b) = (record(0), record(1));
    let glued = read(&format!("{a}\ninistrative{b}\n"));
    assert_eq!(glued.records, all(0..2));
    assert_ne!(glued.rejects, []);
    for piece in [
        "ource\",\"x\":1}",
        "<html>504 Gateway Time-out</html>",
        "12, 13",
        "\u{1}\u{2}abc",
        "[1,2]",
        "this is no JSON",
        "inistrative, Microsoft.Compute",
        "2026-03-05T20:00:01 Deployment failed: see\nthe log\",\"level\":\"Error\"}",
        "Caller: alice\n[INFO] more\n\"level\":\"Error\"}",
    ] {
        let seen = read(&format!("{a}\n{piece}\n{b}\n"));
        assert_eq!(seen.records, all(0..2), "{piece}");
        assert_ne!(seen.rejects, [], "{piece}");
        assert_eq!(seen.notes, [], "{piece}");
    }
    // Text that no logger writes, and records behind what one does.
    let seen = read(&format!("{}x: {a}\nx: {b}\n", "header,line\n".repeat(9)));
    assert_eq!((seen.records, seen.rejects.len()), (all(0..2), 1));
    // The rest of a record, and the next one on the same line.
    let seen = read(&format!("{a}\nDeployment failed: not found, {b}\n"));
    assert_eq!((seen.records, seen.rejects.len(), seen.notes), (all(0..2), 1, vec![]));
}

#[test]
fn dictionaries_of_python_are_records() {
    let one = |i: u32| {
        format!(
            "{{'event_timestamp': '2026-03-05', 'operation_name': {{'value': None}}, 'n': {i}}}"
        )
    };
    let json = |i: u32| {
        format!(
            "{{\"event_timestamp\":\"2026-03-05\",\"operation_name\":{{\"value\":null}},\"n\":{i}}}"
        )
    };
    for text in [
        format!("{}\n{}\n", one(0), one(1)),
        format!("[{},\n {}]", one(0), one(1)),
        format!("[{}, {}]", one(0), one(1)),
        format!("{{'value': [{}, {}]}}\n", one(0), one(1)),
        format!("{}\n{}\n", one(0).replace(", ", ",\n "), one(1)),
        format!("INFO:root:{}\nINFO:root:{}\n", one(0), one(1)),
    ] {
        let seen = read(&text);
        assert_eq!((seen.records, seen.rejects), (vec![json(0), json(1)], vec![]), "{text}");
        for size in [1, 7, 50] {
            let blocks = read_blocks(&text, size, 1 << 20);
            assert_eq!(
                (blocks.records, blocks.rejects),
                (vec![json(0), json(1)], vec![]),
                "{size}: {text}"
            );
        }
    }
    for text in [
        format!("{}\n{}\n{}\n", one(0), &one(2)[..40], one(1)),
        format!("[{}, {}, {}]", one(0), &one(2)[..40], one(1)),
        format!("{}\n{}\n{}", one(0), one(1), &one(2)[..60]),
    ] {
        let seen = read(&text);
        assert_eq!((seen.records, seen.rejects.len()), (vec![json(0), json(1)], 1), "{text}");
    }
}

#[test]
fn records_in_quotes_are_read_as_they_came_and_as_python_writes_them() {
    let one = r#"{"time":"t","operationName":"A","properties":"{\"b\":\"c's\"}"}"#;
    let raw = one.replace("c's", "c");
    let doubled = one.replace('\\', r"\\").replace('\'', r"\'");
    for (quoted, wanted) in [(&raw, &*raw), (&doubled, one)] {
        for text in [
            format!("b'{quoted}'\n'{quoted}'\n"),
            format!(
                "2026-03-05 INFO [main] body: b'{quoted}'\n2026-03-05 got: '{quoted}' and no more\n"
            ),
            format!("INFO body: b'{{\"value\":[{quoted},{quoted}]}}'\n"),
        ] {
            assert!(holds_record(text.as_bytes()), "{text}");
            for size in [1, 7, 50, 9999] {
                let seen = read_blocks(&text, size, 1 << 20);
                assert_eq!(seen.records, [wanted; 2], "{size}: {text}");
                assert_eq!(seen.rejects, [], "{size}: {text}");
            }
        }
    }
    for torn in [format!("b'{}\n", &raw[..40]), format!("x 'a': '{{\"b\":1}}', {}\n", &raw[9..])] {
        let seen = read(&format!("{}\n{torn}{}\n", record(0), record(1)));
        assert_eq!((seen.records, seen.rejects.len()), (all(0..2), 1), "{torn}");
    }
}

#[test]
fn records_are_found_behind_other_text() {
    let a = record(0);
    for text in [
        format!("INFO, a, b: {a}\n"),
        format!("a\nWARNING\n[\n  {a}\n]"),
        format!("HTTP/1.1 200 OK\r\nDate: x\r\n\r\n{{\"value\":[{a}]}}"),
        format!("x\n{a}"),
        format!("{}Mar  1 10:00:00 host azure: {a}\n", "Mar  1 host sshd: open\n".repeat(99)),
        // What is left of a page on a single line.
        format!("xx\":{{\"b\":1}}}},{a},{a}]}}"),
        format!("{}\",\"c\":[{{\"d\":1}}]}}, {a}", "\0".repeat(99)),
    ] {
        assert!(holds_record(text.as_bytes()), "{text}");
    }
    for text in [
        "void f()\n{\n  return;\n}\n",
        "const x = {\"a\":1};\n",
        "a\n[\n1\n]\n",
        "server\n{\n \"a\": 1\n}\n",
        "xx\":{\"b\":1}},{\"c\":2},{\"d\":[{\"e\":3}]}]}",
    ] {
        assert!(!holds_record(text.as_bytes()), "{text}");
    }
}

proptest! {
    #[test]
    fn blocks_of_any_size_give_what_the_whole_gives(size in 1usize..400, torn in 0usize..60, pages in any::<bool>()) {
        let mut records = all(0..8);
        let cut = records[4].len() - torn;
        records[4].truncate(cut);
        let text = if pages {
            format!("{{\"value\":[{}]}}\n{{\"value\":[{}]}}\n", records[..6].join(",\n"), records[6..].join(",\n"))
        } else {
            records.join("\n") + "\n"
        };
        let (whole, blocks) = (read(&text), read_blocks(&text, size, 1 << 20));
        prop_assert_eq!(whole, blocks);
    }

    #[test]
    fn garbage_neither_panics_nor_hangs(text in "[{}\\[\\]\",:a\n\\\\ 0]{0,300}", size in 1usize..50) {
        read(&text);
        read_blocks(&text, size, 60);
    }
}

#[test]
fn what_resource_graph_answers_is_opened_as_a_list_and_as_a_table() {
    let item = r#"{"id":"/subscriptions/s/x","type":"t"}"#;
    let list = format!(r#"{{"count":2,"data":[{item},{item}],"skip_token":null}}"#);
    assert_eq!(read(&list).records, [item, item]);
    let table =
        r#"{"count":1,"data":{"columns":[{"name":"id"},{"name":"type"}],"rows":[["i","t"]]}}"#;
    assert_eq!(read(table).records, [r#"id|type:["i","t"]"#]);
    let split = r#"{"columns":["id","type"],"index":[0],"data":[["i","t"]]}"#;
    assert_eq!(read(split).records, [r#"id|type:["i","t"]"#]);
    for whole in [r#"{"data":[{"id":"x","type":"t"}]}"#, r#"{"data":{"context":{}}}"#] {
        assert_eq!(read(whole).records, [whole]);
    }
}
