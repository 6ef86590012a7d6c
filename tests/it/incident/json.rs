//! JSON text in the whitespace and escaping styles of the exporters; values keep the order of their
//! keys.

use serde_json::{Map, Value};

/// Writes without any space: REST service, Event Hub, continuous export.
pub(crate) fn compact(value: &Value) -> String {
    value.to_string()
}

/// Writes with two-space indent: az CLI, PowerShell 7, the JSON cells of Log Analytics.
pub(crate) fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

/// Writes a storage-account record: spaces between the outer members, none within them.
pub(crate) fn spaced(members: &Map<String, Value>) -> String {
    let texts: Vec<String> =
        members.iter().map(|(key, value)| format!("{}: {value}", quote(key))).collect();
    format!("{{ {}}}", texts.join(", "))
}

/// Writes as Python's `json.dumps` does: one space after each comma and colon.
pub(crate) fn python(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let texts: Vec<String> =
                members.iter().map(|(k, v)| format!("{}: {}", quote(k), python(v))).collect();
            format!("{{{}}}", texts.join(", "))
        }
        Value::Array(items) => {
            let texts: Vec<String> = items.iter().map(python).collect();
            format!("[{}]", texts.join(", "))
        }
        plain => plain.to_string(),
    }
}

/// Writes as Windows PowerShell 5.1 does: deep indent, two spaces after a colon, CRLF, and
/// quotes, angle brackets and ampersands as `\u` escapes.
pub(crate) fn windows_powershell(value: &Value) -> String {
    let mut out = String::new();
    write_windows(value, 0, &mut out);
    out
}

fn write_windows(value: &Value, depth: usize, out: &mut String) {
    let (open, close, texts) = match value {
        Value::Object(members) if !members.is_empty() => {
            let texts: Vec<String> = members
                .iter()
                .map(|(key, member)| {
                    let mut text = format!("{}:  ", windows_quote(key));
                    write_windows(member, depth + 1, &mut text);
                    text
                })
                .collect();
            ('{', '}', texts)
        }
        Value::Array(items) if !items.is_empty() => {
            let texts = items
                .iter()
                .map(|item| {
                    let mut text = String::new();
                    write_windows(item, depth + 1, &mut text);
                    text
                })
                .collect();
            ('[', ']', texts)
        }
        Value::String(text) => return out.push_str(&windows_quote(text)),
        plain => return out.push_str(&plain.to_string()),
    };
    let indent = "    ".repeat(depth + 1);
    out.push(open);
    out.push_str("\r\n");
    out.push_str(&indent);
    out.push_str(&texts.join(&format!(",\r\n{indent}")));
    out.push_str("\r\n");
    out.push_str(&"    ".repeat(depth));
    out.push(close);
}

fn windows_quote(text: &str) -> String {
    let mut out = quote(text);
    for (plain, escaped) in
        [('\'', "\\u0027"), ('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026")]
    {
        out = out.replace(plain, escaped);
    }
    if text.starts_with("/Date(") { out.replace('/', "\\/") } else { out }
}

fn quote(text: &str) -> String {
    Value::from(text).to_string()
}

/// Renames every key, at any depth.
pub(crate) fn rename(value: &Value, name: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.iter().map(|(k, v)| (name(k), rename(v, name))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(|v| rename(v, name)).collect()),
        plain => plain.clone(),
    }
}

/// Returns the key with its first letter in upper case: the dialect of .NET.
pub(crate) fn upper_first(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}

/// Returns the key as the camel-case rule of .NET mangles it: `IP address` becomes `ip address`,
/// `User name` `user name`, `PrincipalOid` `principalOid`.
pub(crate) fn camel(key: &str) -> String {
    let mut letters: Vec<char> = key.chars().collect();
    for at in 0..letters.len() {
        let next = letters.get(at + 1).copied();
        let ends = next.is_some_and(|letter| !letter.is_uppercase());
        if !letters[at].is_uppercase() || (at > 0 && ends && next != Some(' ')) {
            break;
        }
        letters[at] = letters[at].to_ascii_lowercase();
        if ends {
            break;
        }
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_style_parses_back_to_the_same_value() {
        let value =
            json!({"b": [1, "it's <b> & \"x\"", null], "a": {"t": "/Date(1)/", "empty": {}}});
        let members = value.as_object().expect("an object").clone();
        for text in [
            compact(&value),
            pretty(&value),
            spaced(&members),
            python(&value),
            windows_powershell(&value),
        ] {
            assert_eq!(serde_json::from_str::<Value>(&text).expect("valid JSON"), value, "{text}");
        }
    }

    #[test]
    fn windows_powershell_escapes_what_the_others_do_not() {
        let text = windows_powershell(&json!({"a": "it's", "d": "/Date(5)/"}));
        assert_eq!(text, "{\r\n    \"a\":  \"it\\u0027s\",\r\n    \"d\":  \"\\/Date(5)\\/\"\r\n}");
    }

    #[test]
    fn keys_are_mangled_by_the_rule_of_dotnet() {
        for (key, mangled) in [
            ("IP address", "ip address"),
            ("User name", "user name"),
            ("PrincipalOid", "principalOid"),
            ("OMS workspace ID", "oms workspace ID"),
            ("URLValue", "urlValue"),
            ("resourceType", "resourceType"),
        ] {
            assert_eq!(camel(key), mangled);
        }
    }
}
