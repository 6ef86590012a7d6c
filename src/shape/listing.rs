//! Objects as PowerShell prints them into the cell of a table: a line a member.
//!
//! `Export-Csv` writes what an object says of itself. That of claims, properties, the request and the
//! authorization of `Get-AzActivityLog` begins with a line break, and pads its names to fifteen letters:
//!
//! ```text
//! appid          : 04b07795-8ddb-461a-bbee-02f9e1bf7b46
//! http://schemas.microsoft.com/identity/claims/scope: user_impersonation
//! ```

use std::borrow::Cow;

/// Whether a text may be such an object: no other value of a record begins so.
pub(super) fn begins(text: &str) -> bool {
    text.starts_with(['\r', '\n'])
}

/// Returns the JSON of a text that is such an object.
///
/// A line that names no member goes on with the value before it.
pub(super) fn to_json(text: &str) -> Option<String> {
    let mut members: Vec<(&str, Cow<'_, str>)> = Vec::new();
    for line in text.trim_start().lines() {
        match (member(line), members.last_mut()) {
            (Some((name, value)), _) => members.push((name, Cow::Borrowed(value))),
            (None, Some((_, value))) => {
                let value = value.to_mut();
                value.push('\n');
                value.push_str(line);
            }
            (None, None) => return None,
        }
    }
    let mut json = String::with_capacity(text.len() + text.len() / 8);
    for (name, value) in members {
        json.push(if json.is_empty() { '{' } else { ',' });
        json.push_str(&serde_json::to_string(name).ok()?);
        json.push(':');
        json.push_str(&serde_json::to_string(&value).ok()?);
    }
    (!json.is_empty()).then(|| json + "}")
}

/// The name and the value of a line that begins a member: names hold no blanks, and a colon with a blank ends them.
fn member(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))?;
    let name = name.trim_end();
    let is_name =
        !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "{}[]\"".contains(c));
    is_name.then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_member_and_what_names_none_goes_on_with_the_value_before() {
        let text = "\r\naud            : https://management.core.windows.net/\r\n\
            http://schemas.microsoft.com/identity/claims/scope: user_impersonation\r\n\
            Role      : \r\nempty          :\r\nbody           : {\r\n  \"a\": 1\r\n}";
        assert_eq!(
            to_json(text).as_deref(),
            Some(
                r#"{"aud":"https://management.core.windows.net/","http://schemas.microsoft.com/identity/claims/scope":"user_impersonation","Role":"","empty":"","body":"{\n  \"a\": 1\n}"}"#
            )
        );
    }

    #[test]
    fn what_names_nothing_is_no_object() {
        for text in ["\n", "\r\n\r\n", "\nplain words\nname: value", "\nThe reason is: none"] {
            assert_eq!(to_json(text), None, "{text}");
        }
    }
}
