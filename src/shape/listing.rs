//! Objects as PowerShell prints them where it writes no objects: a line a member, or all in one line.
//!
//! `Export-Csv` writes what an object says of itself. That of claims, properties, the request and the
//! authorization of `Get-AzActivityLog` begins with a line break, and pads its names to fifteen letters:
//!
//! ```text
//! appid          : 04b07795-8ddb-461a-bbee-02f9e1bf7b46
//! http://schemas.microsoft.com/identity/claims/scope: user_impersonation
//! ```
//!
//! Objects that were read from JSON stand in one line, `@{value=Started; localizedValue=Started}`, also where
//! `ConvertTo-Json` meets them below its depth. What lies in them is written so again, or as the name of its
//! type, or not at all.

use std::borrow::Cow;

use hashbrown::{HashMap, HashSet};

/// How an object in one line begins.
const FLAT: &str = "@{";

/// Whether a text may be such an object: no other value of a record begins so.
pub(super) fn begins(text: &str) -> bool {
    text.starts_with(['\r', '\n']) || is_flat(text)
}

/// Whether a text may be an object in one line.
pub(super) fn is_flat(text: &str) -> bool {
    text.starts_with(FLAT)
}

/// Whether a text is the name of a type, which stands where the values of an object were.
pub(super) fn is_type_name(text: &str) -> bool {
    /// How the names of types begin that were met; names of operations begin otherwise.
    const TYPES: &[&str] = &[
        "System.Collections.",
        "System.Object",
        "System.Management.Automation.",
        "System.String",
        "Microsoft.Azure.Commands.",
        "Microsoft.Azure.Management.",
        "Microsoft.Azure.PowerShell.",
    ];
    let is_type = |text: &str| TYPES.iter().any(|start| text.starts_with(start));
    text.starts_with(['S', 'M']) && is_type(text) && !text.contains(char::is_whitespace)
        || text.ends_with(".LocalizableString")
}

/// Returns the JSON of a text that is such an object, or of several in one line: a list.
pub(super) fn to_json(text: &str) -> Option<String> {
    if is_flat(text) { flat(text.trim_end()) } else { lines(text) }
}

/// A line that names no member goes on with the value before it.
fn lines(text: &str) -> Option<String> {
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
    written(&members)
}

/// Returns the JSON of an object with these members; `None` without any.
fn written<'t>(members: &[(&'t str, Cow<'t, str>)]) -> Option<String> {
    let mut json = String::new();
    for (name, value) in members {
        json.push(if json.is_empty() { '{' } else { ',' });
        json.push_str(&serde_json::to_string(name).ok()?);
        json.push(':');
        json.push_str(&serde_json::to_string(value).ok()?);
    }
    (!json.is_empty()).then(|| json + "}")
}

/// Letters to which names are padded.
const PADDED: usize = 15;

/// The name and the value of a line that begins a member: a colon with a blank ends the name.
fn member(line: &str) -> Option<(&str, &str)> {
    let (padded, value) = line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))?;
    let name = padded.trim_end();
    let holds = |is: fn(char) -> bool| name.contains(is);
    if name.is_empty() || holds(|c| "{}[]\"".contains(c)) {
        return None;
    }
    // Words and a colon may be a sentence, unless it stands where names end.
    let is_name = !holds(char::is_whitespace)
        || is_words(name) && padded.chars().count() == PADDED.max(name.chars().count());
    is_name.then_some((name, value))
}

/// Words of the longest name.
const WORDS: usize = 8;

/// Whether a text may be a name of several words, such as `client IP address` or `source IP(s) [Number of attempts]`.
fn is_words(name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "_-()[]".contains(c);
    name.starts_with(char::is_alphabetic)
        && name.split(' ').count() <= WORDS
        && name.split(' ').all(|word| !word.is_empty() && word.chars().all(is_part))
}

/// Whether a text may be a name in an object of one line.
fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "_-.:/@$#".contains(c);
    !name.is_empty() && name.chars().all(is_part) || is_words(name)
}

/// Returns the JSON of an object in one line, or of several with blanks between them.
fn flat(text: &str) -> Option<String> {
    let ends = ends(text);
    let is_between = |end: usize| text[end + 1..].starts_with(" @{");
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(&end) = ends.get(&(at + 1)) {
        items.push((at, end));
        if !is_between(end) {
            break;
        }
        at = end + 2;
    }
    match items.last() {
        Some((_, end)) if end + 1 == text.len() && items.len() > 1 => {
            let objects: Vec<String> = items
                .iter()
                .map(|&(at, end)| object(text, at, end, &ends).unwrap_or_else(|| "{}".to_owned()))
                .collect();
            Some(format!("[{}]", objects.join(",")))
        }
        // A brace alone in a value leaves the last one of the text.
        _ => object(text, 0, text.strip_suffix('}')?.len(), &ends),
    }
}

/// Where the braces of a text that open are closed.
fn ends(text: &str) -> HashMap<usize, usize> {
    let (mut open, mut ends) = (Vec::new(), HashMap::new());
    for at in memchr::memchr2_iter(b'{', b'}', text.as_bytes()) {
        if text.as_bytes()[at] == b'{' {
            open.push(at);
        } else if let Some(begin) = open.pop() {
            ends.insert(begin, at);
        }
    }
    ends
}

/// Returns the JSON of the object between the places of its braces; values that say nothing are left out.
fn object(text: &str, begin: usize, end: usize, ends: &HashMap<usize, usize>) -> Option<String> {
    let mut members = Vec::new();
    let mut names = HashSet::new();
    let (mut name, mut at) = name_at(text, begin + FLAT.len(), end)?;
    names.insert(name.to_ascii_lowercase());
    loop {
        let next = next_member(text, past_object(text, at, end, ends), end, &mut names);
        let value = &text[at..next.map_or(end, |(before, ..)| before)];
        if !value.is_empty() && !is_type_name(value) {
            members.push((name, Cow::Borrowed(value)));
        }
        let Some((_, next_name, next_at)) = next else { return written(&members) };
        (name, at) = (next_name, next_at);
    }
}

/// What stands between two members.
const BETWEEN: &str = "; ";

/// Where the next member after `from` is parted from the value before it, its name, and where its value begins.
///
/// What no name follows belongs to the value before, and so does a name that was there: an object has none twice.
fn next_member<'t>(
    text: &'t str,
    mut from: usize,
    end: usize,
    names: &mut HashSet<String>,
) -> Option<(usize, &'t str, usize)> {
    loop {
        let before = from + text[from..end].find(BETWEEN)?;
        from = before + BETWEEN.len();
        if let Some((name, value)) = name_at(text, from, end)
            && names.insert(name.to_ascii_lowercase())
        {
            return Some((before, name, value));
        }
    }
}

/// The name that begins at a place, and where its value does.
fn name_at(text: &str, at: usize, end: usize) -> Option<(&str, usize)> {
    let rest = text.get(at..end)?;
    let name = &rest[..rest.find(['=', ';'])?];
    (rest[name.len()..].starts_with('=') && is_name(name)).then(|| (name, at + name.len() + 1))
}

/// The end of the object, or of the JSON, that a value is; the beginning of any other value.
fn past_object(text: &str, at: usize, end: usize, ends: &HashMap<usize, usize>) -> usize {
    let brace = at + usize::from(text[at..].starts_with('@'));
    match ends.get(&brace) {
        Some(&close) if close < end => {
            let rest = &text[close + 1..end];
            if rest.is_empty() || rest.starts_with(BETWEEN) { close + 1 } else { at }
        }
        _ => at,
    }
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

    #[test]
    fn names_of_several_words_end_where_names_are_padded_to() {
        let text = "\r\nparentProcess id: 0\r\nUser Name      : eve\r\nresult         : failed\r\nsee also: x";
        assert_eq!(
            to_json(text).as_deref(),
            Some(r#"{"parentProcess id":"0","User Name":"eve","result":"failed\nsee also: x"}"#)
        );
    }

    #[test]
    fn an_object_in_one_line_is_read_and_what_was_lost_in_it_is_no_value() {
        for (text, json) in [
            (
                "@{value=Started; localizedValue=Gestartet}",
                r#"{"value":"Started","localizedValue":"Gestartet"}"#,
            ),
            ("@{value=; localizedValue=x}", r#"{"localizedValue":"x"}"#),
            (
                "@{a=System.Object[]; b=System.Collections.Generic.List`1[System.String]; c=1}",
                r#"{"c":"1"}"#,
            ),
            (
                "@{client IP address=192.0.2.1; http://x/claims/upn=a@b; alert Id=7}",
                r#"{"client IP address":"192.0.2.1","http://x/claims/upn":"a@b","alert Id":"7"}"#,
            ),
            // What no name follows, and a name that was there, belong to the value.
            ("@{a=x; y, z; b=1; a=2}", r#"{"a":"x; y, z","b":"1; a=2"}"#),
            (
                r#"@{body={"a":"x; y=1"}; inner=@{k=v; l=w}; last=}"#,
                r#"{"body":"{\"a\":\"x; y=1\"}","inner":"@{k=v; l=w}"}"#,
            ),
            ("@{a=one } alone; b=2}", r#"{"a":"one } alone","b":"2"}"#),
            ("@{a=1; b=} @{c=System.Object[]} @{d=@{e=2}}", r#"[{"a":"1"},{},{"d":"@{e=2}"}]"#),
        ] {
            assert_eq!(to_json(text).as_deref(), Some(json), "{text}");
        }
    }

    #[test]
    fn a_text_that_only_begins_so_is_no_object() {
        for text in [
            "@{",
            "@{}",
            "@{a}",
            "@{a=1",
            "@{=1}",
            "@{;}",
            "@{ a=1}",
            "@{a=1} and more",
            "@{Content=System.Collections.Generic.Dictionary`2[System.String,System.String]}",
        ] {
            assert_eq!(to_json(text), None, "{text}");
        }
    }

    #[test]
    fn no_text_costs_more_than_its_length() {
        for piece in ["@{", "}", "; ", "; a=", "{", "=", "@{a=@{; ", "} @{a=1"] {
            let _ = to_json(&format!("@{{a=1; {}}}", piece.repeat(50_000)));
            let _ = to_json(&format!("@{{{}", piece.repeat(50_000)));
        }
    }
}
