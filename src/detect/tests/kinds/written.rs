//! What records write and columns do not know: case, blanks, the digits of numbers.

use super::found;

/// Whether a search finds a record of diagnostic settings.
fn finds(search: &str, record: &str) -> bool {
    let text = format!(
        "title: T\nid: whole\ndetection: {{s: {{{search}}}, condition: s}}\n\
         tests: [{{hit: [{{operationName: A.b/c/write, {record}}}]}}]\n"
    );
    !found(&text).is_empty()
}

#[test]
fn case_counts_in_what_a_record_writes() {
    let record =
        "resourceId: /SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/A.B/C/X, resultType: Success";
    for (search, is_found) in [
        ("resourceId|re: '/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/'", true),
        ("resourceId|re: '/subscriptions/s/resourcegroups/g/'", false),
        ("resourceId|re|neq: '/subscriptions/s/resourcegroups/g/'", true),
        ("resourceId|contains|cased: /providers/a.b/", false),
        ("resource_id|contains|cased: /providers/a.b/", true),
        ("resourceId|contains: /providers/A.b/", true),
        ("resultType|cased: Success", true),
        ("resultType|cased: succeeded", false),
        ("status.value|cased: succeeded", true),
    ] {
        assert_eq!(finds(search, record), is_found, "{search}");
    }
}

#[test]
fn a_blank_in_a_record_is_a_value() {
    for (search, record, is_found) in [
        ("resultSignature: ''", "resultSignature: ''", true),
        ("resultSignature|neq: ''", "resultSignature: ''", false),
        ("resultSignature|neq: ''", "resultSignature: x", true),
        ("resultDescription: ''", "resultDescription: ''", true),
        ("resultDescription: '*'", "resultDescription: ''", true),
        ("resultDescription|exists: true", "resultDescription: ''", true),
        ("resultDescription: null", "resultDescription: ''", false),
        ("resultDescription: null", "resultDescription: null", true),
        ("resultDescription: ''", "resultDescription: null", false),
        ("resultDescription: ''", "resultDescription: x", false),
    ] {
        assert_eq!(finds(search, record), is_found, "{search} in {record}");
    }
}

#[test]
fn what_a_record_writes_counts_beside_a_request_too() {
    let written = "resultType: Success, resultDescription: '', identity: {claims: {appid: ABC}}";
    let request = "properties: {requestbody: '{\"a\":1}'}";
    for search in [
        "resultType|cased: Success",
        "resultType|re: ucc",
        "claims.appid|cased: ABC",
        "resultDescription: ''",
        "resultDescription|exists: true",
    ] {
        assert!(finds(search, written), "{search}");
        assert!(finds(search, &format!("{written}, {request}")), "{search} beside a request");
    }
    let answer = "properties: {requestbody: '{\"a\":1}', responseBody: '{\"b\":\"X\"}'}";
    assert!(!finds("body.b|cased: X", answer));
}

#[test]
fn the_operation_is_no_message_of_a_record_that_has_one() {
    let message = "properties: {message: A disk was lost}";
    for (search, record, is_found) in [
        ("properties.message|re: disk", message, true),
        ("properties.message|re: write", message, false),
        ("properties.message|contains|cased: write", message, false),
        ("properties.message|re: write", "x: y", true),
    ] {
        assert_eq!(finds(search, record), is_found, "{search} in {record}");
    }
}

#[test]
fn numbers_without_quotes_are_looked_for_as_they_are_written() {
    let id = "properties: {id: 00000003-0000-0000-c000-000000000000, code: '0x80070005', n: 9007199254740993}";
    for (search, is_found) in [
        ("properties.id|startswith: 00000003", true),
        ("properties.id|startswith: 3", false),
        ("properties.code: 0x80070005", true),
        ("properties.code|contains: 0x8007", true),
        ("properties.code|contains: 32775", false),
        ("properties.n|gt: 9007199254740992", true),
        ("properties.n|gt: 9007199254740993", false),
        ("properties.id|contains: 1e310", false),
    ] {
        assert_eq!(finds(search, id), is_found, "{search}");
    }
}

#[test]
fn an_answer_speaks_of_the_call_only_where_its_request_is_not_there() {
    // A call that asks for a tag, or of which only the answer was logged.
    let calls = |search: &str, request: &str| {
        let record = |result: &str, bodies: &str| {
            format!(
                "{{operationName: A.b/c/write, correlationId: one, resultType: {result}, resourceId: /SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/A.B/C/X, properties: {{{bodies}}}}}"
            )
        };
        let start = record("Start", request);
        let end = record("Success", r#"responseBody: '{"tags":{"a":"b"},"open":true}'"#);
        let text = format!(
            "title: T\nid: whole\ndetection: {{s: {{{search}}}, condition: s}}\ntests: [{{hit: [{start}, {end}]}}]\n"
        );
        found(&text)
    };
    let tag = r#"requestbody: '{"tags":{"a":"b"}}'"#;
    assert_eq!(calls("body.open: true", tag), [0; 0]);
    assert_eq!(calls("body.tags.a: b", tag), [1]);
    assert_eq!(calls("properties.responsebody.open: true", tag), [1]);
    for silent in ["", "requestbody: ''", "requestbody: '{}'", "requestbody: '{\"open\":'"] {
        assert_eq!(calls("body.open: true", silent), [1], "{silent}");
    }
}
