//! Rules made from a seed: every modifier on every kind of field, and conditions over them.

use serde_json::{Value as Json, json};

use crate::events::{FIELDS, Field, SECRETS, TEXTS, flat};
use crate::random::Random;
use crate::rules::{Item, Rule, Search};

/// Modifiers that go together.
const FAMILIES: &[&[&str]] = &[
    &[],
    &["contains"],
    &["startswith"],
    &["endswith"],
    &["cased"],
    &["contains", "all"],
    &["contains", "cased"],
    &["startswith", "cased"],
    &["endswith", "cased"],
    &["re"],
    &["re", "i"],
    &["re", "m"],
    &["re", "s"],
    &["cidr"],
    &["exists"],
    &["base64"],
    &["base64", "contains"],
    &["base64offset"],
    &["base64offset", "contains"],
    &["wide", "base64offset", "contains"],
    &["utf16be", "base64offset", "contains"],
    &["utf16", "base64", "contains"],
    &["wide", "base64"],
    &["windash"],
    &["windash", "contains"],
    &["windash", "contains", "all"],
    &["gt"],
    &["gte"],
    &["lt"],
    &["lte"],
    &["fieldref"],
    &["fieldref", "startswith"],
    &["fieldref", "endswith"],
    &["fieldref", "contains"],
    &["fieldref", "cased"],
    &["neq"],
    &["contains", "neq"],
    &["startswith", "neq"],
    &["contains", "all", "neq"],
    &["startswith", "all"],
    &["endswith", "all"],
    &["contains", "windash"],
    &["endswith", "windash"],
    &["re", "neq"],
    &["re", "i", "m"],
    &["re", "i", "s"],
    &["cidr", "neq"],
    &["gt", "neq"],
    &["lte", "neq"],
    &["exists", "neq"],
    &["fieldref", "neq"],
    &["cased", "neq"],
    &["hour"],
    &["day"],
    &["week"],
    &["month"],
    &["year"],
    &["minute"],
];

/// Fields that a family is most often asked of.
const HOMES: &[(&str, &[&str])] = &[
    ("cidr", &["callerIpAddress", "properties.address"]),
    ("base64", &["properties.encoded"]),
    ("base64offset", &["properties.encoded"]),
    ("gt", NUMBERS),
    ("gte", NUMBERS),
    ("lt", NUMBERS),
    ("lte", NUMBERS),
    ("hour", &["properties.when"]),
    ("day", &["properties.when"]),
    ("week", &["properties.when"]),
    ("month", &["properties.when"]),
    ("year", &["properties.when"]),
    ("minute", &["properties.when"]),
    ("windash", &["properties.command", "properties.twin"]),
    ("fieldref", &["properties.command", "properties.twin", "properties.mixed", "properties.list"]),
];

const NUMBERS: &[&str] = &["properties.count", "body.properties.count", "properties.mixed"];

/// Regular expressions that both engines read.
const EXPRESSIONS: &[&str] = &[
    "foo",
    "^foo$",
    "FOO",
    "fo+bar",
    "(cmd|powershell)\\.exe",
    "^$",
    "one.line",
    "^line two$",
    "\\d{3}",
    "[äöü]",
    "\\\\share",
    "a\\*b",
    ".*",
    "\\bbar",
    "^(?:tool)\\s+[-/]",
    "[^a-z]",
    "^.{3}$",
    "^foo|bar$",
    "(?:foo|bar){2}",
    "[a-f0-9]{4,}-",
    "write$",
    "\\*|\\?",
    "^\\s*$",
];

const NETWORKS: &[&str] = &[
    "10.0.0.0/8",
    "10.1.2.3/32",
    "10.1.2.3/16",
    "192.0.2.0/24",
    "0.0.0.0/0",
    "2001:db8::/32",
    "2001:db8::1/128",
    "::/0",
    "fe80::/10",
    "::ffff:10.0.0.0/104",
];

const OTHERS: &[&str] = &[
    "properties.twin",
    "properties.command",
    "properties.mixed",
    "properties.list",
    "properties.nonesuch",
];

fn field(random: &mut Random, modifiers: &[&str]) -> &'static Field {
    let home = HOMES.iter().find(|(modifier, _)| modifiers.contains(modifier));
    match home {
        Some((_, names)) if !random.once_in(6) => {
            let name = random.pick(names);
            FIELDS.iter().find(|field| field.name == name).expect("homes are fields")
        }
        _ => &FIELDS[random.below(FIELDS.len())],
    }
}

/// Makes a key with values.
pub fn item(random: &mut Random) -> Item {
    if random.once_in(12) {
        return keywords(random);
    }
    let mut modifiers = FAMILIES[random.below(FAMILIES.len())].to_vec();
    let field = field(random, &modifiers);
    // A status has several spellings at once, so that only the whole of it means the same to both.
    if field.name == "resultType" {
        modifiers.clear();
    }
    let count = match () {
        () if modifiers.contains(&"exists") => 1,
        () if modifiers.contains(&"all") => 2,
        () => [1, 1, 1, 2, 3, 9][random.below(6)],
    };
    let values: Vec<Json> = (0..count).map(|_| value(random, field, &modifiers)).collect();
    Item { field: Some(field.name), modifiers, listed: count > 1 || random.once_in(5), values }
}

fn keywords(random: &mut Random) -> Item {
    let modifiers = if random.once_in(3) { vec!["all"] } else { Vec::new() };
    let count = if modifiers.is_empty() { 1 + random.below(2) } else { 2 };
    let texts = [
        "foobar",
        "whoami",
        "naïve",
        "straße",
        "*barfoo*",
        "foo?ar",
        "b06_nonesuch",
        "powershell",
        "storageaccounts",
    ];
    let values = (0..count).map(|_| random.pick(&texts).into()).collect();
    Item { field: None, modifiers, values, listed: true }
}

fn value(random: &mut Random, field: &Field, modifiers: &[&str]) -> Json {
    let has = |modifier| modifiers.contains(&modifier);
    match modifiers.first().copied() {
        Some("re") => random.pick(EXPRESSIONS).into(),
        Some("cidr") => random.pick(NETWORKS).into(),
        Some("exists") => (random.below(2) == 0).into(),
        Some("gt" | "gte" | "lt" | "lte") => {
            [json!(0), json!(7), json!(-3), json!(1.5), json!(999)][random.below(5)].clone()
        }
        Some("hour" | "minute") => {
            [0, 10, 15, 22, 59][random.below(5)].min(if has("hour") { 23 } else { 59 }).into()
        }
        Some("day") => [1, 2, 31][random.below(3)].into(),
        Some("week") => [1, 10, 53][random.below(3)].into(),
        Some("month") => [1, 3, 12][random.below(3)].into(),
        Some("year") => [2026, 2027][random.below(2)].into(),
        Some("fieldref") => random.pick(OTHERS).into(),
        _ if has("base64") || has("base64offset") => random.pick(SECRETS).into(),
        _ if has("windash") => {
            random.pick(&["-enc", "/enc", "-a", "c-d", "tool -a", "-nonesuch"]).into()
        }
        _ if field.name == "resultType" => pool(random, field),
        _ => {
            let value =
                if random.once_in(4) { random.pick(TEXTS).into() } else { pool(random, field) };
            match value {
                Json::Null if !modifiers.is_empty() => "foo".into(),
                Json::String(text) => changed(random, &text).into(),
                other => other,
            }
        }
    }
}

/// A single value that records have for a field.
fn pool(random: &mut Random, field: &Field) -> Json {
    let values = (field.values)();
    let singles: Vec<&Json> = values.iter().flat_map(flat).filter(|v| !v.is_object()).collect();
    singles[random.below(singles.len())].clone()
}

/// A text as a rule may write it: cut, with wildcards, escaped, in another case.
fn changed(random: &mut Random, text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let cut = |random: &mut Random| random.below(letters.len() + 1);
    let (one, two) = (cut(random), cut(random));
    let (from, to) = (one.min(two), one.max(two));
    let of = |letters: &[char]| letters.iter().collect::<String>();
    match random.below(12) {
        0 => of(&letters[from..to]),
        1 => of(&letters[..to]),
        2 => of(&letters[from..]),
        3 => format!("{}*{}", of(&letters[..from]), of(&letters[to..])),
        4 if from < letters.len() => {
            format!("{}?{}", of(&letters[..from]), of(&letters[from + 1..]))
        }
        5 => format!("{}*", of(&letters[..to])),
        6 => format!("*{}", of(&letters[from..])),
        7 => text.to_uppercase(),
        8 | 9 => text.replace('\\', "\\\\").replace('*', "\\*").replace('?', "\\?"),
        10 => text.to_lowercase(),
        _ => text.to_owned(),
    }
}

/// Conditions over the searches `one`, `two` and `_three`.
const CONDITIONS: &[&str] = &[
    "one and two",
    "one or two",
    "one and not two",
    "not one",
    "not (one and two)",
    "not one or two and _three",
    "1 of them",
    "all of them",
    "1 of t*",
    "not 1 of *",
    "(one or two) and not _three",
    "all of one* and not 1 of tw*",
    "not not one",
    "any of them",
    "1 of _*",
    "all of t* or 1 of o*",
    "not 1 of t* and one",
    "one or two and not _three or not one",
    "(one and two) or (not one and _three)",
    "not (not one or not (two and not _three))",
    "all of *",
];

/// Makes a rule of several searches.
pub fn rule(random: &mut Random) -> Rule {
    let mut search = |name: &str| {
        let items = |random: &mut Random| -> Vec<Item> {
            let mut items: Vec<Item> = Vec::new();
            let most = 1 + random.below(3);
            while items.is_empty() || items.len() < most && !random.once_in(4) {
                let item = item(random);
                let is_new = !items.iter().any(|other| other.key() == item.key());
                if item.field.is_some() && is_new {
                    items.push(item);
                }
            }
            items
        };
        let search = match random.below(6) {
            0 => Search::Keywords(keywords(random)),
            1 => Search::Any(vec![items(random), items(random)]),
            _ => Search::All(items(random)),
        };
        (name.to_owned(), search)
    };
    let searches = ["one", "two", "_three"].map(&mut search).to_vec();
    Rule { searches, condition: random.pick(CONDITIONS).to_owned() }
}
