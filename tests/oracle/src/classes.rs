//! What the engines disagree on by design, each with a name and a predicate.
//!
//! A predicate looks at one key of a rule and one record, and holds for no more than its reason.
//! The README says of each class who is right.

use serde_json::Value as Json;

use crate::events::{Event, flat};
use crate::rules::{Item, Rule};

/// Which engine may speak of a record alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone {
    /// Only azscope.
    Ours,
    /// Only the other engine.
    Theirs,
    /// One or the other, by the value.
    Either,
}

/// A class of disagreements: its name, who may speak alone, and whether a key on a record falls into it.
pub type Class = (&'static str, Alone, fn(&Item, &Event) -> bool);

/// Every class, the narrow ones first.
pub const CLASSES: &[Class] = &[
    ("neq on an absent field", Alone::Ours, |item, event| {
        item.has("neq") && !has_text(item, event)
    }),
    ("neq beside exists", Alone::Either, |item, _| item.has("neq") && item.has("exists")),
    ("wildcard under startswith or endswith", Alone::Either, |item, _| {
        (item.has("startswith") || item.has("endswith")) && item.texts().any(is_wild)
    }),
    ("wildcard on a line break", Alone::Ours, |item, event| {
        is_text(item)
            && item.texts().any(is_wild)
            && texts(item, event).any(|text| text.contains('\n'))
    }),
    ("keyword with wildcards", Alone::Ours, |item, _| {
        item.field.is_none() && item.texts().any(is_wild)
    }),
    ("all keywords in one value", Alone::Ours, |item, _| item.field.is_none() && item.has("all")),
    ("all texts in one item of a list", Alone::Either, |item, event| {
        item.has("all") && values(item, event).len() > 1
    }),
    ("base64offset alone means contains", Alone::Theirs, |item, _| {
        item.has("base64offset") && !item.has("contains")
    }),
    ("digits of a text at an offset of Base64", Alone::Ours, |item, _| item.has("base64offset")),
    ("windash of a slash", Alone::Ours, |item, _| {
        item.has("windash") && item.texts().any(|text| text.contains('/'))
    }),
    ("windash inside of a word", Alone::Theirs, |item, _| {
        item.has("windash") && item.texts().any(has_inner_dash)
    }),
    ("epoch as an instant", Alone::Theirs, |item, event| {
        is_instant(item) && values(item, event).iter().any(|value| value.is_number())
    }),
    ("blanks around a number", Alone::Ours, |item, event| {
        texts(item, event).any(|text| text.trim() != text && text.trim().parse::<f64>().is_ok())
    }),
    ("words for truth", Alone::Either, |item, event| {
        item.values.iter().any(Json::is_boolean)
            && !item.has("exists")
            && values(item, event).iter().any(|value| !value.is_null())
    }),
    ("null in a list on an absent field", Alone::Ours, |item, event| {
        item.values.len() > 1 && item.values.contains(&Json::Null) && !has_text(item, event)
    }),
    ("list without a value", Alone::Either, |item, event| {
        let held = item.field.map(|field| event.values(field)).unwrap_or_default();
        held.iter().any(|value| value.is_array()) && !has_text(item, event)
    }),
    ("canonical word of a level", Alone::Ours, |item, _| {
        item.field == Some("level") && item.has("cased")
    }),
    ("fraction as text", Alone::Either, |item, event| {
        let in_rule = is_text(item) && item.values.iter().any(Json::is_f64);
        in_rule || values(item, event).iter().any(|value| value.is_f64())
    }),
    ("object as text", Alone::Ours, |item, event| {
        values(item, event).iter().any(|value| value.is_object())
    }),
    ("fieldref to what is no text", Alone::Either, |item, event| {
        item.has("fieldref") && !both_are_texts(item, event)
    }),
    ("address written otherwise", Alone::Either, |item, event| {
        item.has("cidr") && texts(item, event).chain(item.texts()).any(is_other_address)
    }),
];

/// Returns the class into which a rule on a record falls, and who may speak alone.
pub fn class(rule: &Rule, event: &Event) -> Option<(&'static str, Alone)> {
    rule.items().into_iter().find_map(|item| {
        let found = CLASSES.iter().find(|(_, _, holds)| holds(item, event));
        found.map(|(name, alone, _)| (*name, *alone))
    })
}

fn values<'e>(item: &Item, event: &'e Event) -> Vec<&'e Json> {
    let found = item.field.map(|field| event.values(field)).unwrap_or_default();
    found.into_iter().flat_map(flat).collect()
}

fn texts<'e>(item: &Item, event: &'e Event) -> impl Iterator<Item = &'e str> {
    values(item, event).into_iter().filter_map(Json::as_str)
}

fn has_text(item: &Item, event: &Event) -> bool {
    values(item, event).iter().any(|value| !value.is_null())
}

/// Whether values are compared as texts with wildcards.
fn is_text(item: &Item) -> bool {
    item.modifiers.iter().all(|modifier| {
        ["contains", "startswith", "endswith", "all", "cased", "neq"].contains(modifier)
    })
}

fn is_wild(text: &str) -> bool {
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '*' | '?' => return true,
            _ => {}
        }
    }
    false
}

/// Whether a dash stands where no option begins.
fn has_inner_dash(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let is_word =
        |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|c| c.is_alphanumeric());
    (0..letters.len())
        .any(|at| letters[at] == '-' && (is_word(at.checked_sub(1)) || !is_word(Some(at + 1))))
}

fn is_instant(item: &Item) -> bool {
    item.modifiers
        .iter()
        .any(|part| ["minute", "hour", "day", "week", "month", "year"].contains(part))
}

fn both_are_texts(item: &Item, event: &Event) -> bool {
    let is_text = |values: Vec<&Json>| matches!(values.as_slice(), [] | [Json::String(_)]);
    item.field.is_some_and(|field| is_text(event.values(field)))
        && item.texts().all(|other| is_text(event.values(other)))
}

/// Whether an address or network has a port or brackets, or is one of IPv4 in the form of IPv6.
fn is_other_address(text: &str) -> bool {
    text.contains('[') || text.contains("::ffff:") || (text.contains('.') && text.contains(':'))
}
