//! The written forms of a GUID: Azure writes the same one with dashes, without them and in braces.

use std::borrow::Cow;

const DASHES: [usize; 4] = [8, 13, 18, 23];

/// Says whether `text` is a GUID with dashes and nothing around it, in either case.
pub fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| {
            if DASHES.contains(&at) { byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
}

/// Says whether `text` is made of pieces of GUIDs and is none: the front of one and the end of another,
/// or one without its middle.
pub fn torn_guid(text: &str) -> bool {
    let is_part = |byte: u8| byte == b'-' || byte.is_ascii_hexdigit();
    let bytes = text.as_bytes();
    // The first part of a GUID is followed by a dash, and so is the last preceded by one.
    let first = bytes.get(DASHES[0]) == Some(&b'-');
    let last = bytes.len().checked_sub(36 - DASHES[3]).is_some_and(|at| bytes[at] == b'-');
    (13..72).contains(&bytes.len())
        && (first || last)
        && bytes.iter().all(|byte| is_part(*byte))
        && !is_guid(text)
}

/// Returns the GUID that `text` writes, with dashes and in lower case.
///
/// Takes the dashed form and 32 bare hexadecimal digits, with or without braces and spaces around
/// them; anything else is `None`. Copies only what needs a change.
pub fn dash_guid(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    let braced = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let text = braced.unwrap_or(text);
    if is_guid(text) {
        let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
        return Some(if upper { text.to_ascii_lowercase().into() } else { text.into() });
    }
    if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut dashed = text.to_ascii_lowercase();
    for at in DASHES {
        dashed.insert(at, '-');
    }
    Some(dashed.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GUID: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

    #[test]
    fn every_written_form_becomes_the_same_guid() {
        for form in [
            GUID,
            "8E3AF657-A8FF-443C-A75C-2FE8C4BCB635",
            "8e3af657a8ff443ca75c2fe8c4bcb635",
            "{8E3AF657A8FF443CA75C2FE8C4BCB635}",
            " {8e3af657-a8ff-443c-a75c-2fe8c4bcb635} ",
        ] {
            assert_eq!(dash_guid(form).as_deref(), Some(GUID), "{form}");
        }
        assert!(matches!(dash_guid(GUID), Some(Cow::Borrowed(_))));
    }

    #[test]
    fn what_is_no_guid_is_refused() {
        for text in [
            "",
            "{}",
            "{8e3af657a8ff443ca75c2fe8c4bcb635",
            "8e3af657a8ff443ca75c2fe8c4bcb63",
            "8e3af657a8ff443ca75c2fe8c4bcb63g",
            "8e3af657-a8ff-443c-a75c2-fe8c4bcb635",
            "éééééééééééééééé",
            "user@contoso.com",
        ] {
            assert_eq!(dash_guid(text), None, "{text}");
            assert!(!is_guid(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused_without_panic(text in "\\PC*") {
            if let Some(guid) = dash_guid(&text) {
                prop_assert!(is_guid(&guid));
            }
        }

        #[test]
        fn dashes_can_be_dropped_and_put_back(digits in "[0-9a-fA-F]{32}") {
            let dashed = dash_guid(&digits).map(|guid| guid.replace('-', ""));
            prop_assert_eq!(dashed, Some(digits.to_ascii_lowercase()));
        }
    }
}
