//! The modifiers and their names.

use crate::rule::encode::Encoding;
use crate::rule::error::closest;
use crate::rule::expr::{Order, Part};
use crate::rule::moment::TimePart;

/// What a modifier does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modifier {
    All,
    Together,
    Negate,
    Cased,
    Expand,
    Reference,
    Elsewhere,
    Part(Part),
    Regex,
    Flag(char),
    Cidr,
    Exists,
    Lookup,
    Compare(Order),
    Moment(TimePart),
    Encode(Encoding),
}

const LITTLE: Modifier = Modifier::Encode(Encoding::Utf16 { big: false, mark: false });

/// Every modifier with its names.
pub(super) const MODIFIERS: &[(&str, Modifier)] = &[
    ("all", Modifier::All),
    ("together", Modifier::Together),
    ("neq", Modifier::Negate),
    ("cased", Modifier::Cased),
    ("expand", Modifier::Expand),
    ("fieldref", Modifier::Reference),
    ("elsewhere", Modifier::Elsewhere),
    ("contains", Modifier::Part(Part::Inside)),
    ("startswith", Modifier::Part(Part::Start)),
    ("endswith", Modifier::Part(Part::End)),
    ("re", Modifier::Regex),
    ("i", Modifier::Flag('i')),
    ("ignorecase", Modifier::Flag('i')),
    ("m", Modifier::Flag('m')),
    ("multiline", Modifier::Flag('m')),
    ("s", Modifier::Flag('s')),
    ("dotall", Modifier::Flag('s')),
    ("cidr", Modifier::Cidr),
    ("exists", Modifier::Exists),
    ("lookup", Modifier::Lookup),
    ("gt", Modifier::Compare(Order::Above)),
    ("gte", Modifier::Compare(Order::AtLeast)),
    ("lt", Modifier::Compare(Order::Below)),
    ("lte", Modifier::Compare(Order::AtMost)),
    ("minute", Modifier::Moment(TimePart::Minute)),
    ("hour", Modifier::Moment(TimePart::Hour)),
    ("day", Modifier::Moment(TimePart::Day)),
    ("week", Modifier::Moment(TimePart::Week)),
    ("month", Modifier::Moment(TimePart::Month)),
    ("year", Modifier::Moment(TimePart::Year)),
    ("base64", Modifier::Encode(Encoding::Base64)),
    ("base64offset", Modifier::Encode(Encoding::Base64Offset)),
    ("wide", LITTLE),
    ("utf16le", LITTLE),
    ("utf16be", Modifier::Encode(Encoding::Utf16 { big: true, mark: false })),
    ("utf16", Modifier::Encode(Encoding::Utf16 { big: false, mark: true })),
    ("windash", Modifier::Encode(Encoding::Dashes)),
];

/// What other languages call a modifier.
const ELSEWHERE: &[(&str, &str)] = &[
    ("regex", "re"),
    ("not", "neq"),
    ("prefix", "startswith"),
    ("suffix", "endswith"),
    ("ip", "cidr"),
];

/// Returns the modifier of a name; the message names the nearest one where there is none.
pub(super) fn by_name(word: &str) -> Result<Modifier, String> {
    if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word) {
        return Ok(*modifier);
    }
    let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == word).map(|(_, name)| *name);
    let near = elsewhere.or_else(|| closest(word, MODIFIERS.iter().map(|(name, _)| *name)));
    Err(match near {
        Some(near) => format!("unknown modifier \"{word}\"; did you mean \"{near}\"?"),
        None => format!("unknown modifier \"{word}\""),
    })
}

impl Modifier {
    /// Whether it is about all values together, and so goes with anything.
    pub(super) fn is_about_all(self) -> bool {
        matches!(self, Modifier::All | Modifier::Negate | Modifier::Together)
    }
}
