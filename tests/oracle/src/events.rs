//! Records in the schema that diagnostic settings write, each an operation of its own.

use serde_json::{Map, Value as Json, json};

use crate::random::Random;

/// A field that rules ask for.
pub struct Field {
    /// Its name as rules write it.
    pub name: &'static str,
    /// The values that records have for it; `null` among them is written as null.
    pub values: fn() -> Vec<Json>,
    /// Whether some records leave it out.
    pub optional: bool,
}

/// Every field that rules ask for. The names are paths into the record that the other engine sees.
pub const FIELDS: &[Field] = &[
    Field { name: "operationName", values: operations, optional: false },
    Field { name: "resultType", values: results, optional: false },
    Field { name: "level", values: levels, optional: false },
    Field { name: "callerIpAddress", values: addresses, optional: false },
    Field { name: "identity.claims.appid", values: apps, optional: true },
    Field { name: "identity.claims.aud", values: texts, optional: true },
    Field { name: "identity.claims.groups", values: texts, optional: true },
    Field { name: "properties.command", values: texts, optional: true },
    Field { name: "properties.twin", values: texts, optional: true },
    Field { name: "properties.mixed", values: mixed, optional: true },
    Field { name: "properties.count", values: numbers, optional: true },
    Field { name: "properties.flag", values: flags, optional: true },
    Field { name: "properties.list", values: lists, optional: true },
    Field { name: "properties.address", values: addresses_written, optional: true },
    Field { name: "properties.encoded", values: encoded, optional: true },
    Field { name: "properties.when", values: instants, optional: true },
    Field { name: "body.name", values: texts, optional: true },
    Field { name: "body.properties.path", values: texts, optional: true },
    Field { name: "body.properties.count", values: numbers, optional: true },
];

/// Texts of fields without a form of their own.
pub const TEXTS: &[&str] = &[
    "cmd.exe /c whoami",
    "C:\\Windows\\System32\\cmd.exe",
    "\\\\host\\share$\\x",
    "powershell -enc ABC",
    "tool /enc abc",
    "tool -a --b c-d",
    "tool \u{2013}a",
    "a*b",
    "what?",
    "50%",
    "naïve ÄÖÜ",
    "Straße",
    "",
    "*",
    "foo",
    "foobar",
    "FooBarFoo",
    "barfoo",
    "line one\nline two",
    "null",
    "true",
    "403",
];

/// What stands in Base64 in some records, with something before and after it.
pub const SECRETS: &[&str] = &["foobar", "whoami /all", "http://x.example/", "naïve"];

fn operations() -> Vec<Json> {
    let names = [
        "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE",
        "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE",
        "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE",
        "Microsoft.Storage/storageAccounts/listKeys/action",
        "Microsoft.KeyVault/vaults/read",
    ];
    names.map(Json::from).to_vec()
}

fn results() -> Vec<Json> {
    ["Success", "Failure", "Start", "Accept"].map(Json::from).to_vec()
}

fn levels() -> Vec<Json> {
    ["Informational", "Warning", "Error", "Critical"].map(Json::from).to_vec()
}

fn apps() -> Vec<Json> {
    let ids = ["c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"];
    ids.map(Json::from).to_vec()
}

fn addresses() -> Vec<Json> {
    let texts = ["10.1.2.3", "10.200.0.1", "192.0.2.77", "203.0.113.9", "2001:db8::1", "fe80::5"];
    texts.map(Json::from).to_vec()
}

/// Addresses in the forms in which logs write them.
fn addresses_written() -> Vec<Json> {
    let others = ["::ffff:10.1.2.3", "10.1.2.3:443", "[2001:db8::1]:80", "2001:DB8::7", "n/a", ""];
    let lists = [json!(["10.1.2.3", "192.0.2.77"]), json!(["2001:db8::1"])];
    addresses().into_iter().chain(others.map(Json::from)).chain(lists).collect()
}

fn texts() -> Vec<Json> {
    TEXTS.iter().map(|text| Json::from(*text)).collect()
}

fn numbers() -> Vec<Json> {
    let texts = ["7", "-3", "0010", "1.5", "1e3", "12 ", "many"].map(Json::from);
    let numbers = [json!(0), json!(7), json!(10), json!(-3), json!(1.5), json!(1000), json!(7.0)];
    let big = [json!(9_007_199_254_740_993_u64), Json::Null];
    numbers.into_iter().chain(texts).chain(big).collect()
}

fn flags() -> Vec<Json> {
    let texts = ["true", "True", "false", "1", "0", "yes", "no", ""].map(Json::from);
    [json!(true), json!(false), json!(1), json!(0), Json::Null].into_iter().chain(texts).collect()
}

fn mixed() -> Vec<Json> {
    let others =
        [json!(["foo", 7, null]), json!([]), json!({}), json!({ "foo": "bar" }), json!([[1, 2]])];
    numbers().into_iter().chain(flags()).chain(texts()).chain(others).collect()
}

fn lists() -> Vec<Json> {
    vec![
        json!(["foo", "barfoo"]),
        json!(["foobar"]),
        json!(["cmd.exe", "whoami"]),
        json!([1, 7, 10]),
        json!([null]),
        json!([{ "foo": 1 }, "foo"]),
        json!(["a*b", "true"]),
        json!([]),
    ]
}

fn encoded() -> Vec<Json> {
    let mut codes = Vec::new();
    for secret in SECRETS {
        for (before, after) in [("", ""), ("a", "z"), ("ab", ""), ("abc", "xyz")] {
            let whole = format!("{before}{secret}{after}");
            codes.push(base64(whole.as_bytes()).into());
            let wide: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
            codes.push(base64(&wide).into());
            let wide: Vec<u8> = whole.encode_utf16().flat_map(u16::to_be_bytes).collect();
            codes.push(base64(&wide).into());
        }
    }
    let lower = codes.iter().filter_map(Json::as_str).map(|code: &str| code.to_lowercase().into());
    let lower: Vec<Json> = lower.take(4).collect();
    codes.into_iter().chain(lower).collect()
}

fn instants() -> Vec<Json> {
    let texts =
        ["2026-03-02T10:15:00Z", "2027-01-02T23:59:30+01:00", "2026-12-31T00:00:00Z", "noon"];
    let epochs = [json!(1_772_445_600), json!(1_772_445_600_000_i64)];
    texts.map(Json::from).into_iter().chain(epochs).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut code = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at)) as usize & 63];
            code.push(if at > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    code
}

/// A record as each engine is given it.
#[derive(Clone, Debug)]
pub struct Event {
    /// As diagnostic settings write it.
    pub record: Json,
    /// The same with its body opened, which the field `body` of azscope stands for.
    pub opened: Json,
}

impl Event {
    /// Makes the record of a number at a second, with these values by field.
    pub fn new(number: usize, second: usize, values: &[(&str, Json)]) -> Event {
        let time = format!(
            "2026-03-02T{:02}:{:02}:{:02}Z",
            second / 3600 % 24,
            second / 60 % 60,
            second % 60
        );
        let mut opened = json!({
            "time": time,
            "resourceId": format!("{RESOURCE}{number}"),
            "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE",
            "category": "Administrative",
            "resultType": "Success",
            "level": "Informational",
            "callerIpAddress": "10.1.2.3",
            "correlationId": format!("{number:08x}-7f6e-4f0a-8a55-6d0b5b1f7e21"),
            "identity": { "claims": {} },
            "properties": {},
        });
        for (name, value) in values {
            set(&mut opened, name, value.clone());
        }
        let mut record = opened.clone();
        let members = record.as_object_mut().expect("made above");
        if let Some(body) = members.shift_remove("body") {
            members["properties"]["requestbody"] = body.to_string().into();
            opened["properties"]["requestbody"] = body;
        }
        Event { record, opened }
    }

    /// Returns what the record holds at a path, through lists.
    pub fn values(&self, path: &str) -> Vec<&Json> {
        let mut found = vec![&self.opened];
        for name in path.split('.') {
            found = found.into_iter().flat_map(flat).filter_map(|value| value.get(name)).collect();
        }
        found
    }
}

/// The items of a list, or the value itself.
pub fn flat(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(items) => items.iter().flat_map(flat).collect(),
        other => vec![other],
    }
}

fn set(record: &mut Json, path: &str, value: Json) {
    let mut at = record;
    for name in path.split('.') {
        if !at.is_object() {
            *at = Json::Object(Map::new());
        }
        at = &mut at[name];
    }
    *at = value;
}

const RESOURCE: &str = "/SUBSCRIPTIONS/6F1C2A4E-3B7D-4C58-9A01-5D2E8F7B9C10/RESOURCEGROUPS/RG-APP\
    /PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/VM-";

/// Makes records in which every field has each of its values.
pub fn events(seed: u64, count: usize) -> Vec<Event> {
    let mut random = Random::new(seed);
    let pools: Vec<Vec<Json>> = FIELDS.iter().map(|field| (field.values)()).collect();
    let event = |number: usize| {
        let mut values = Vec::new();
        for (field, pool) in FIELDS.iter().zip(&pools) {
            if field.optional && random.once_in(5) {
                continue;
            }
            // The first records go through the values in turn, so that none is left out.
            let at = if number < pool.len() { number } else { random.below(pool.len()) };
            values.push((field.name, pool[at].clone()));
        }
        Event::new(number, number * 60, &values)
    };
    (0..count).map(event).collect()
}
