//! The JSON reader: the one place where the bytes of a record are taken apart.
//!
//! [`parse`] walks one value once and leaves a [`Tape`]: a flat list of nodes,
//! each with the place of its key and its value. Nothing is copied and no
//! number is converted until somebody asks. It is stricter than logs need in
//! one point (a raw line feed inside a string ends the record, because that is
//! how a torn line shows) and more lenient in others (other raw control
//! characters are kept). Nesting is bounded, and the walk keeps its own stack.

mod block;
mod scan;
mod value;

pub use scan::{Error, Parsed, measure, parse, skip_blank};
pub use value::{Doc, Members, Value, unescape};

/// Containers may nest this deep; a record that nests deeper is rejected whole.
pub const MAX_DEPTH: usize = 64;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number, as written.
    Number,
    /// A string without escapes; the span is what stands between the quotes.
    Plain,
    /// A string with escapes; the span is what stands between the quotes.
    Escaped,
    /// An object; its members follow.
    Object,
    /// An array; its items follow.
    Array,
}

/// One value of a record.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Where the key stands, between its quotes; 0 for items and the root.
    key: u32,
    /// Length of the key in bytes.
    key_len: u32,
    /// Where the value stands: between the quotes for strings, with the brackets for containers.
    start: u32,
    /// Length of the value in bytes.
    len: u32,
    /// Index of the node after this one and all it contains.
    next: u32,
    /// What it is.
    kind: Kind,
    /// Whether the key has escapes.
    key_escaped: bool,
}

/// The nodes of one record; kept between records so that it need not be allocated again.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    nodes: Vec<Node>,
}

impl Tape {
    /// Returns an empty tape with room for what a text of that many bytes usually holds.
    pub fn for_text(bytes: usize) -> Tape {
        Tape { nodes: Vec::with_capacity(bytes / BYTES_A_NODE + 1) }
    }
}

/// A key and its value take more than this in most texts.
const BYTES_A_NODE: usize = 24;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The value of `text` rebuilt from a tape, to compare with that of `serde_json`.
    fn rebuild(value: Value<'_>) -> serde_json::Value {
        match value.kind() {
            Kind::Object => serde_json::Value::Object(
                value.members().map(|(k, v)| (k.into_owned(), rebuild(v))).collect(),
            ),
            Kind::Array => serde_json::Value::Array(value.items().map(rebuild).collect()),
            Kind::Plain | Kind::Escaped => {
                serde_json::Value::String(value.as_str().expect("a string").into_owned())
            }
            _ => serde_json::from_str(value.raw()).expect("a scalar"),
        }
    }

    fn read(text: &str) -> Result<serde_json::Value, Error> {
        let mut tape = Tape::default();
        let parsed = parse(text.as_bytes(), 0, &mut tape)?;
        if parsed.end != text.len() {
            return Err(Error::Syntax { at: parsed.end, what: "more than one value" });
        }
        Ok(rebuild(Doc::new(text, &tape).root()))
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "[^\0]*".prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 60, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
                prop::collection::btree_map("[^\0]*", inner, 0..8)
                    .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_serde_json_writes(value in any_json()) {
            prop_assert_eq!(&read(&value.to_string()).unwrap(), &value);
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(&read(&pretty).unwrap(), &value);
        }

        #[test]
        fn never_panics_and_never_reads_past_the_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut tape = Tape::default();
            if let Ok(parsed) = parse(&bytes, 0, &mut tape) {
                prop_assert!(parsed.end <= bytes.len());
            }
        }

        #[test]
        fn accepts_nothing_that_serde_json_refuses(text in "[\\[\\]{}\",:0-9a-z\\\\ .+-]{0,24}") {
            if read(text.trim()).is_ok() {
                prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(), "{}", text);
            }
        }
    }

    #[test]
    fn a_cut_record_ends_too_early_at_every_byte() {
        let text = r#"{"a":[1,{"b":"c\"d"},null],"e":-1.5e3,"f":true}"#;
        for cut in 1..text.len() {
            let error = parse(&text.as_bytes()[..cut], 0, &mut Tape::default()).unwrap_err();
            assert!(matches!(error, Error::Ends { .. }), "{cut}: {error:?}");
        }
    }

    #[test]
    fn a_raw_line_feed_in_a_string_is_an_error_where_it_stands() {
        let error = parse(b"{\"a\":\"b\n\"}", 0, &mut Tape::default()).unwrap_err();
        assert_eq!(error, Error::Syntax { at: 7, what: "a line break inside a string" });
    }

    #[test]
    fn deep_nesting_is_measured_and_not_followed() {
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let error = parse(text.as_bytes(), 0, &mut Tape::default()).unwrap_err();
        assert_eq!(error, Error::TooDeep { at: MAX_DEPTH, end: None });
        let error = measure(text.as_bytes(), MAX_DEPTH);
        assert_eq!(error, Error::TooDeep { at: MAX_DEPTH, end: Some(200_000) });
        let cut = measure(&text.as_bytes()[..150_000], MAX_DEPTH);
        assert_eq!(cut, Error::Ends { at: 150_000 });
    }

    #[test]
    fn keys_are_found_without_regard_to_case_but_the_exact_one_first() {
        let text = r#"{"Level":4,"level":"Error","X":{"Y":"z"}}"#;
        let mut tape = Tape::default();
        parse(text.as_bytes(), 0, &mut tape).unwrap();
        let root = Doc::new(text, &tape).root();
        assert_eq!(root.get("level").unwrap().raw(), "Error");
        assert_eq!(root.get("Level").unwrap().raw(), "4");
        assert_eq!(root.get("x").unwrap().get("y").unwrap().raw(), "z");
        assert!(root.get("nonesuch").is_none());
    }

    #[test]
    fn words_for_what_is_no_number_are_null() {
        let text = r#"{"a":NaN,"b":[-Infinity,Infinity],"c":null}"#;
        let mut tape = Tape::default();
        parse(text.as_bytes(), 0, &mut tape).unwrap();
        let root = Doc::new(text, &tape).root();
        assert_eq!(root.get("a").map(Value::kind), Some(Kind::Null));
        assert!(root.get("b").unwrap().items().all(|item| item.kind() == Kind::Null));
    }

    #[test]
    fn surrogates_and_nul_become_the_replacement_character() {
        assert_eq!(unescape(r"a\ud800b\u0000c\ud83d\ude00\/"), "a\u{fffd}b\u{fffd}c😀/");
    }
}
