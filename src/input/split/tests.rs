//! What the splitter finds in whole and in broken streams.

mod envelope;
mod foreign;
mod resume;

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

#[derive(Default, Debug, PartialEq, Eq)]
struct Seen {
    records: Vec<String>,
    rejects: Vec<(String, Code)>,
    notes: Vec<Code>,
    lines: Vec<u32>,
}

struct Collect<'t> {
    seen: Seen,
    text: &'t [u8],
}

impl Sink for Collect<'_> {
    fn record(&mut self, span: Span, doc: Doc<'_>, names: Option<&Arc<[String]>>) {
        let prefix = names.map(|n| format!("{}:", n.join("|"))).unwrap_or_default();
        self.seen.records.push(prefix + doc.root().raw());
        self.seen.lines.push(span.line);
    }

    fn reject(&mut self, span: Span, code: Code, _detail: &'static str) {
        let piece = String::from_utf8_lossy(&self.text[span.start..span.end]);
        self.seen.rejects.push((piece.into_owned(), code));
    }

    fn extend(&mut self, bytes: usize) {
        self.seen.rejects.last_mut().expect("something was rejected").0 += &"+".repeat(bytes);
    }

    fn note(&mut self, code: Code) {
        self.seen.notes.push(code);
    }
}

/// Reads a whole text at once.
fn read(text: &str) -> Seen {
    let mut collect = Collect { seen: Seen::default(), text: text.as_bytes() };
    let mut splitter = Splitter::new(State::default(), RecordLimit::default());
    splitter.run(text.as_bytes(), 0, text.len(), true, &mut collect);
    collect.seen
}

/// Reads a text as a stream that arrives in blocks of `size`.
fn read_blocks(text: &str, size: usize, limit: usize) -> Seen {
    let mut seen = Seen::default();
    let mut splitter = Splitter::new(State::default(), RecordLimit { bytes: limit });
    let (mut buffer, mut taken, mut line) = (Vec::new(), 0, 0);
    while taken < text.len() {
        let end = text.len().min(taken + size);
        buffer.extend_from_slice(&text.as_bytes()[taken..end]);
        taken = end;
        let mut collect = Collect { seen, text: &buffer };
        let from = collect.seen.lines.len();
        let stop = splitter.run(&buffer, 0, buffer.len(), taken == text.len(), &mut collect);
        seen = collect.seen;
        seen.lines[from..].iter_mut().for_each(|l| *l += line);
        line += stop.lines;
        buffer.drain(..stop.at);
    }
    seen
}

fn record(i: u32) -> String {
    format!(
        r#"{{"time":"2021-01-01","operationName":"a/b/write","n":{i},"properties":{{"x":"{{\"time\":1}}"}}}}"#
    )
}

fn all(records: std::ops::Range<u32>) -> Vec<String> {
    records.map(record).collect()
}

#[test]
fn every_layout_gives_the_same_records() {
    let (a, b, c) = (record(0), record(1), record(2));
    for text in [
        format!("{a}\n{b}\n{c}\n"),
        format!("{a}\r\n{b}\r\n{c}"),
        format!("{a},\n{b},\n{c},\n"),
        format!("[{a},{b},{c}]"),
        format!("[{a},{b}]\r\n[{c}]"),
        format!("[[{a}],[{b},{c}]]"),
        format!(r#"{{"value":[{a},{b},{c}]}}"#),
        format!(r#"{{"VALUE":[{a}]}}{{"value":[{b},{c}]}}"#),
        format!(r#"{{"@odata.context":"x","count":3,"value":[{a},{b},{c}]}}"#),
        format!("{{\"records\":[{a}]}}\n{{\"records\":[{b},{c}]}}\n"),
        format!(r#"[{{"records":[{a}]}},{{"records":[{b},{c}]}}]"#),
        format!("[{}]", [&a, &b, &c].map(|r| serde_json::to_string(r).unwrap()).join(",")),
        format!(r#"{{"took":1,"_shards":{{"n":1}},"hits":{{"total":3,"hits":[{a},{b},{c}]}}}}"#),
        format!("\0\0{a}\n{b}\n{c}\n\0\0\0"),
        format!("{a}\n\u{feff}{b}\r\n\u{feff}[{c}]"),
    ] {
        let seen = read(&text);
        assert_eq!(seen.records, all(0..3), "{text}");
        assert_eq!(seen.rejects, [], "{text}");
    }
}

#[test]
fn a_list_of_records_is_an_envelope_under_any_name_and_behind_anything() {
    let (a, b) = (record(0), record(1));
    for text in [
        format!(r#"{{"recobds":[{a},{b}]}}"#),
        format!(r#"{{"count":2,"logs":[{a},{b}],"more":false}}"#),
        format!(r#"{{"header":{{"from":"x"}},"value":[{a},{b}]}}"#),
        format!(r#"{{"value":[{a}],"vblue":[{b}]}}"#),
    ] {
        let seen = read(&text);
        assert_eq!((seen.records, seen.rejects), (all(0..2), vec![]), "{text}");
    }
    for text in [
        r#"{"entities":[{"type":"ip","category":"x"}],"n":1}"#,
        r#"{"authorization":{"a":1},"value":[{"b":2}]}"#,
    ] {
        assert_eq!(read(text).records, [text]);
    }
}

#[test]
fn a_record_before_which_something_was_torn_is_read() {
    let (a, b, c) = (record(0), record(1), record(2));
    for text in [
        format!("[x{a},{b},{c}]"),
        format!("[{a}\n\",{b},{c}]"),
        format!("[{a},\"x\": 1}},{b},{c}]"),
        format!("[{a},{{\"scope\":\"x\"}},\"caller\":\"y\"}},{b},{c}]"),
        format!("{a}\n{{\"a\":1}}\n{{\"time\":\n{b}\n{c}\n"),
        format!("{{\"value\":[{{\"upn\":\"x\",\"uti\":\"y\"}}}},\"id\":\"{a},{b},{c}]}}"),
    ] {
        let seen = read(&text);
        let records: Vec<_> = seen.records.iter().filter(|r| r.contains("2021")).collect();
        assert_eq!(records, [&a, &b, &c], "{text}");
    }
    // A record of which no other begins alike, glued to a torn one.
    let other = record(7).replacen("\"time\"", "\"when\":1,\"time\"", 1);
    let seen = read(&format!("{a}\n{}{other}\n{c}\n", &b[..b.len() - 1]));
    assert_eq!(seen.records, [a, other, c]);
}

#[test]
fn rows_that_are_objects_need_no_columns() {
    let a = record(0);
    let text = format!(
        r#"{{"columns":[{{"name":"n","data_type":"text"}}],"rows":[{a}],"metadata":{{"rows_returned":1}}}}"#
    );
    let seen = read(&text);
    assert_eq!((seen.records, seen.rejects), (all(0..1), vec![]));
}

#[test]
fn rows_of_a_query_answer_carry_the_names_of_their_columns() {
    let seen = read(
        r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"A","type":"string"},{"name":"B"}],"rows":[["x",1],["y",null]]},{"name":"T2","columns":[{"name":"C"}],"rows":[[2]]}]}"#,
    );
    assert_eq!(seen.records, [r#"A|B:["x",1]"#, r#"A|B:["y",null]"#, "C:[2]"]);
    let seen = read(
        r#"{"took":3,"is_partial":false,"columns":[{"name":"A","type":"keyword"},{"name":"B"}],"values":[["x",1],["y",null]]}"#,
    );
    assert_eq!(seen.records, [r#"A|B:["x",1]"#, r#"A|B:["y",null]"#]);
    let a = record(0);
    assert_eq!(read(&format!(r#"{{"values":[{a}]}}"#)).records, [a]);
}

#[test]
fn frames_of_a_query_answer_carry_the_names_of_their_columns() {
    let frames = r#"[{"FrameType":"DataSetHeader","Version":"v2.0"},{"FrameType":"DataTable","TableKind":"PrimaryResult","Columns":[{"ColumnName":"A","ColumnType":"string"},{"ColumnName":"B"}],"Rows":[["x",1]]},{"FrameType":"DataSetCompletion"}]"#;
    let seen = read(frames);
    assert_eq!(seen.records[1..2], [r#"A|B:["x",1]"#]);
    assert_eq!((seen.records.len(), seen.rejects), (3, vec![]));
}

#[test]
fn utf16_behind_utf8_is_read_and_has_its_place() {
    let (a, b) = (record(0), record(1).replace("\"x\"", "\"ü𝄞\""));
    for (open, between, close) in [("", "\r\n", "\r\n"), ("[", ",\r\n  ", "]")] {
        let wide = format!("{open}{b}{between}{b}{close}");
        let units = wide.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let text = [format!("{a}\n").as_bytes(), &units].concat();
        let mut places = Places::default();
        let mut splitter = Splitter::new(State::default(), RecordLimit::default());
        splitter.run(&text, 0, text.len(), true, &mut places);
        assert_eq!(places.records.len(), 3);
        assert_eq!(places.rejects, 0);
        let (start, end, line) = places.records[2];
        let units = text[start..end].chunks_exact(2).map(|u| u16::from_le_bytes([u[0], u[1]]));
        assert_eq!(String::from_utf16_lossy(&units.collect::<Vec<_>>()), b);
        assert_eq!(line, 2);
    }
}

#[derive(Default)]
struct Places {
    records: Vec<(usize, usize, u32)>,
    rejects: usize,
}

impl Sink for Places {
    fn record(&mut self, span: Span, _doc: Doc<'_>, _names: Option<&Arc<[String]>>) {
        self.records.push((span.start, span.end, span.line));
    }

    fn reject(&mut self, _span: Span, _code: Code, _detail: &'static str) {
        self.rejects += 1;
    }

    fn extend(&mut self, _bytes: usize) {}

    fn note(&mut self, _code: Code) {}
}

#[test]
fn a_further_page_and_an_error_in_an_answer_are_noted() {
    assert_eq!(read(r#"{"value":[],"nextLink":"https://x"}"#).notes, [Code::NextLink]);
    assert_eq!(read(r#"{"nextLink":"https://x","value":[]}"#).notes, [Code::NextLink]);
    assert_eq!(read(r#"{"value":[],"nextLink":"https://x"}{"value":[]}"#).notes, []);
    assert_eq!(read(r#"{"nextLink":null,"value":[]}"#).notes, []);
    assert_eq!(read(r#"{"tables":[],"error":{"code":"PartialError"}}"#).notes, [Code::ApiError]);
}

#[test]
fn an_error_answer_is_a_record_for_the_shapes_to_name() {
    assert_eq!(read(r#"{"error":{"code":"x"}}"#).records.len(), 1);
}

#[test]
fn a_torn_line_costs_itself() {
    let (a, b, c) = (record(0), record(1), record(2));
    for cut in 1..b.len() {
        let torn = &b[..cut];
        let seen = read(&format!("{a}\n{torn}\n{c}\n"));
        assert_eq!(seen.records, [a.clone(), c.clone()], "{torn}");
        assert_eq!(seen.rejects, [(torn.to_owned(), Code::TornRecord)], "{torn}");
        assert_eq!(seen.lines, [0, 2]);
    }
}

#[test]
fn a_torn_record_glued_to_the_next_costs_itself() {
    let (a, b, c) = (record(0), record(1), record(2));
    for cut in 8..b.len() {
        let torn = &b[..cut];
        for text in
            [format!("{a}\n{torn}{c}\n"), format!("[{a},{torn}{c}]"), format!("[{a},{torn},{c}]")]
        {
            let seen = read(&text);
            assert_eq!(seen.records, [a.clone(), c.clone()], "{text}");
            assert_eq!(seen.rejects.len(), 1, "{text}");
        }
    }
}

#[test]
fn a_cut_input_costs_the_record_it_cuts() {
    let (a, b) = (record(0), record(1));
    let whole = format!(r#"{{"value":[{a},{b}]}}"#);
    for cut in whole.len() - b.len()..whole.len() - 3 {
        let seen = read(&whole[..cut]);
        assert_eq!(seen.records, std::slice::from_ref(&a));
        assert_eq!(seen.rejects.len(), 1, "{}", &whole[..cut]);
        assert_eq!(seen.rejects[0].1, Code::TruncatedRecord);
        assert_eq!(seen.notes, [Code::TruncatedInput]);
    }
}

#[test]
fn a_document_after_a_cut_one_is_read() {
    let (a, b, c) = (record(0), record(1), record(2));
    let seen = read(&format!("{{\"value\":[{a},{}\n{{\"value\":[{b},{c}]}}\n", &record(9)[..40]));
    assert_eq!(seen.records, all(0..3));
    assert_eq!(seen.rejects.len(), 1);
}

#[test]
fn pretty_records_resume_at_their_own_depth() {
    let pretty = |i| {
        let value: serde_json::Value = serde_json::from_str(&record(i)).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let torn = pretty(1).replacen("\"n\"", "\"n", 1);
    let seen = read(&format!("{}\n{torn}\n{}\n", pretty(0), pretty(2)));
    assert_eq!(seen.records, [pretty(0), pretty(2)]);
    assert_eq!(seen.rejects, [(torn, Code::TornRecord)]);
}

#[test]
fn bad_bytes_are_replaced_and_the_record_kept() {
    let mut text = record(0).into_bytes();
    let at = text.iter().position(|&b| b == b'2').unwrap();
    text[at] = 0xff;
    let mut collect = Collect { seen: Seen::default(), text: &text };
    let mut splitter = Splitter::new(State::default(), RecordLimit::default());
    splitter.run(&text, 0, text.len(), true, &mut collect);
    assert_eq!(collect.seen.records, [record(0).replacen('2', "\u{fffd}", 1)]);
    assert_eq!(collect.seen.notes, [Code::BadText]);
}

#[test]
fn too_deep_and_too_long_records_cost_themselves() {
    let (a, b) = (record(0), record(1));
    let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
    let seen = read(&format!("{a}\n{deep}\n{b}\n"));
    assert_eq!(seen.records, all(0..2));
    assert_eq!(seen.rejects, [(deep, Code::TooDeep)]);
    let long = format!(r#"{{"time":"{}"}}"#, "x".repeat(100_000));
    for size in [1000, 5000, 1 << 20] {
        let seen = read_blocks(&format!("{a}\n{long}\n{b}\n"), size, 10_000);
        assert_eq!(seen.records, all(0..2), "{size}");
        assert_eq!(seen.rejects.len(), 1, "{size}");
        assert_eq!(seen.rejects[0].1, Code::TooLong);
    }
}

#[test]
fn a_too_long_record_of_an_array_on_one_line_costs_itself() {
    let (a, b, c) = (record(0), record(1), record(2));
    let text = "x\\\\\\\"},{\\\"time\\\":".repeat(5000);
    let long =
        format!(r#"{{"time":"2021","operationName":["{text}",{{"n":1}}],"properties":{{}}}}"#);
    assert!(serde_json::from_str::<serde_json::Value>(&long).is_ok());
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&long).unwrap());
    for long in [long, pretty.unwrap()] {
        for text in [
            format!("[{a},{long},{b},{c}]"),
            format!("[{long},{a},{b},{c}]"),
            format!("{{\"value\":[{a},{b},{long} , {c}]}}"),
            format!("[{a},{b},{c},{long}]"),
        ] {
            for size in [700, 5000, 1 << 20] {
                let seen = read_blocks(&text, size, 10_000);
                assert_eq!(seen.records, all(0..3), "{size}: {}", &text[..300]);
                assert_eq!(seen.rejects.len(), 1, "{size}");
                assert_eq!(
                    (seen.rejects[0].0.len(), seen.rejects[0].1),
                    (long.len(), Code::TooLong)
                );
                assert_eq!(seen.notes, []);
            }
        }
    }
}

#[test]
fn a_too_long_record_without_an_end_costs_its_line() {
    let (a, b, c) = (record(0), record(1), record(2));
    let long = format!(r#"{{"time":"{}","operationName":{{"x":["#, "x".repeat(100_000));
    let torn = format!(r#"{{"time":"{}"#, "x".repeat(100_000));
    for long in [long, torn] {
        for size in [1000, 5000, 1 << 20] {
            let seen = read_blocks(&format!("{a}\n{long}\n{b}\n{c}\n"), size, 10_000);
            assert_eq!(seen.records, all(0..3), "{size}");
            assert_eq!(seen.rejects.len(), 1, "{size}");
        }
    }
}

#[test]
fn the_first_record_of_any_part_is_guessed_right() {
    let pretty = |r: &String| {
        let value: serde_json::Value = serde_json::from_str(r).unwrap();
        serde_json::to_string_pretty(&value).unwrap().replace('\n', "\n  ")
    };
    let records = all(0..50);
    for text in [
        records.join("\n"),
        format!("[{}]", records.join(",")),
        format!("[{}]", records.join(", ")),
        format!("{{\"value\":[{}]}}", records.join(",")),
        format!("[\n  {}\n]\n", records.iter().map(pretty).collect::<Vec<_>>().join(",\n  ")),
    ] {
        let bytes = text.as_bytes();
        let (state, habit) = learn(bytes).expect("records");
        let mut splitter = Splitter::new(State::default(), RecordLimit::default());
        for from in (200..text.len() - 400).step_by(13) {
            let at = guess(bytes, from, &habit).expect("a further record");
            splitter.state = State::default();
            let mut collect = Collect { seen: Seen::default(), text: bytes };
            let stop = splitter.run(bytes, 0, at, true, &mut collect);
            assert_eq!((stop.at, &splitter.state), (at, &state), "{text}");
        }
    }
}
