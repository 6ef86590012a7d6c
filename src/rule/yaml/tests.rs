//! Tests of the reader of YAML.

use std::fmt::Write as _;

use super::*;

#[test]
fn values_keep_their_kind_and_place() {
    let all = documents("a: 1\nb: [x, '2', null, true, 1.5]\n---\nc: yes\n").unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].to_json().to_string(), r#"{"a":1,"b":["x","2",null,true,1.5]}"#);
    assert_eq!(all[1].to_json().to_string(), r#"{"c":"yes"}"#);
    let Value::Map(members) = &all[0].value else { panic!("a map") };
    assert_eq!(members[1].0.at, Place { line: 2, column: 1 });
    let Value::List(items) = &members[1].1.value else { panic!("a list") };
    assert_eq!(items[1].at, Place { line: 2, column: 8 });
}

#[test]
fn faults_are_told_in_words_of_rules_with_their_place() {
    for (text, line, column, message) in [
        ("a: 1\na: 2\n", 2, 1, "the key \"a\" stands twice"),
        ("a: {~: d}\n", 1, 5, "a key must be text"),
        ("a: {? [x] : d}\n", 1, 5, "a key must be text"),
        ("a:\n\tb: c\n", 2, 1, "YAML is indented by spaces, and here is a tab"),
        (
            "a: b\n c: d\n",
            2,
            3,
            "no key can stand here; is the line indented as its neighbours are?",
        ),
        ("a: *x\n", 1, 4, "alias references unknown anchor"),
        ("a:\n  b: \"c\n", 2, 6, "unclosed quote"),
    ] {
        let problem = documents(text).expect_err(text);
        assert_eq!(problem.message, message);
        assert_eq!(problem.at.line, line, "{text}");
        assert!(problem.at.column.abs_diff(column) <= 2, "{text}: {:?}", problem.at);
    }
}

#[test]
fn texts_are_those_of_one_or_many_scalars() {
    let texts = |text: &str| documents(text).unwrap()[0].texts().map_err(|p| p.message);
    assert_eq!(texts("a"), Ok(vec!["a".to_owned()]));
    assert_eq!(texts("[a, 1, true, ~]"), Ok(["a", "1", "true"].map(str::to_owned).to_vec()));
    assert_eq!(texts("[~]"), Ok(Vec::new()));
    assert!(texts("[[a]]").is_err());
}

#[test]
fn lines_may_lack_quotes() {
    let lines = |text: &str| documents(text).unwrap()[0].lines().map_err(|p| p.message);
    let all = ["Admins: at night", "b", "c:", "d: e, 7", "f"].map(str::to_owned).to_vec();
    assert_eq!(lines("- Admins: at night\n- b\n- c:\n-\n- d: [e, 7]\n- [f]\n"), Ok(all));
    assert_eq!(lines("a"), Ok(vec!["a".to_owned()]));
    assert!(lines("{a: b}").is_err() && lines("[{a: {b: c}}]").is_err());
}

#[test]
fn broken_text_has_a_place() {
    let problem = documents("a: 1\nb: [x\n").unwrap_err();
    assert!(problem.at.line >= 2, "{problem:?}");
    let twice = documents("a: 1\na: 2\n").unwrap_err();
    assert_eq!(twice.at.line, 2, "{twice:?}");
}

#[test]
fn odd_scalars_are_read() {
    let text =
        "a: 0x1f\nb: 007\nc: 2026-01-02\nd: off\ne: !!str 5\nf: ~\ng:\nh: 18446744073709551615\n";
    assert_eq!(
        documents(text).unwrap()[0].to_json().to_string(),
        r#"{"a":31,"b":7,"c":"2026-01-02","d":"off","e":"5","f":null,"g":null,"h":18446744073709551615}"#
    );
}

/// The texts of numbers, and what else there is.
fn scalars(node: &Node, found: &mut Vec<String>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| scalars(item, found)),
        Value::Map(members) => members.iter().for_each(|(_, inner)| scalars(inner, found)),
        Value::Number(_, text) => found.push(text.clone()),
        other => found.push(format!("{other:?}")),
    }
}

#[test]
fn numbers_keep_their_text() {
    let text = "é: 1.10\nb: [61e4, -2, 1.5e3,7 ]\nc: {d: 1e2} # 3\ne: &x 12345678901234567890123\nf: *x\ng: 1E5\r\nh: '1.0'\n";
    let all = documents(text).unwrap();
    let mut found = Vec::new();
    scalars(&all[0], &mut found);
    let hash = |text: &str| format!("Text({text:?})");
    let expected = ["1.10", &hash("61e4"), "-2", "1.5e3", "7", &hash("1e2")];
    assert_eq!(found[..6], expected);
    assert_eq!(found[6..8], ["12345678901234567890123", "12345678901234567890123"]);
    assert_eq!(found[8..], [hash("1E5"), hash("1.0")]);
}

#[test]
fn every_number_is_known_as_it_is_written_also_behind_aliases() {
    let text = "\u{feff}x: &v 1.10\na: [00000003, 0x80070005, 1_000, +5, .5, -0]\nb: {c: &w 61e4, d: *v, e: *w}\n\
                f: 1.0e310\ng: -.inf\nh: !!int \"0x1F\"\ni: &m {j: 09}\nk: {<<: *m}\nl:\n  - 1e310\n";
    for text in [text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\r")] {
        let mut found = Vec::new();
        scalars(&documents(&text).unwrap()[0], &mut found);
        let text = |text: &str| format!("Text({text:?})");
        let (hash, great) = (text("61e4"), text("1e310"));
        let expected = [
            "1.10",
            "00000003",
            "0x80070005",
            "1_000",
            "+5",
            ".5",
            "-0",
            &hash,
            "1.10",
            &hash,
            &text("1.0e310"),
            &text("-.inf"),
            "0x1F",
            "09",
            "09",
            &great,
        ];
        assert_eq!(found, expected);
    }
}

#[test]
fn each_limit_is_named() {
    let opened = |brackets: usize| "[".repeat(brackets) + &"]".repeat(brackets);
    for (text, part) in [
        (opened(MAX_DEPTH + 1), "deeper"),
        ("- ".repeat(MAX_DEPTH + 1) + "a", "deeper"),
        (opened(10_000), "deeper"),
        ("--- a\n".repeat(MAX_DOCUMENTS + 1), "1000 documents"),
        (format!("[{}]", "a,".repeat(MAX_NODES)), "200000 nodes"),
        (format!("a: &a x\nb: [{}]", "*a,".repeat(MAX_ALIASES + 1)), "aliases"),
        (format!("a: &a {}\nb: [{}]", "x".repeat(100_000), "*a,".repeat(100)), "8 MiB"),
        ("a".repeat(MAX_BYTES + 1), "bytes"),
    ] {
        let problem = documents(&text).expect_err(part);
        assert!(problem.message.contains(part), "{}", problem.message);
    }
    assert!(documents(&opened(MAX_DEPTH - 1)).is_ok());
    assert!(documents(&"--- a\n".repeat(MAX_DOCUMENTS)).is_ok());
}

#[test]
fn documents_that_multiply_themselves_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..9 {
        let before = format!("*a{}, ", i - 1).repeat(10);
        let _ = writeln!(bomb, "a{i}: &a{i} [{}]", before.trim_end_matches(", "));
    }
    let problem = documents(&bomb).unwrap_err();
    assert!(problem.message.contains("200000 nodes"), "{}", problem.message);
}
