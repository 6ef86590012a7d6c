//! The letter case of resource ids: exports of one event differ in it, so comparing needs one form.

/// Returns the form in which ids are compared: lower case, no slash at the end.
///
/// Letters outside ASCII are folded one by one, because a resource group may be named with them
/// and one export writes it in capitals: those that share a capital, such as `ς` and `σ`, are one. A text of slashes alone is the root, `/`.
pub fn canonical(text: &str) -> String {
    let cut = text.trim_end_matches('/');
    if cut.is_empty() {
        return if text.is_empty() { String::new() } else { "/".to_owned() };
    }
    let mut lower = String::with_capacity(cut.len());
    push_lower(&mut lower, cut);
    lower
}

/// Appends `text` in lower case, letter by letter.
pub(super) fn push_lower(lower: &mut String, text: &str) {
    if text.is_ascii() {
        lower.extend(text.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
    } else {
        lower.extend(text.chars().map(capital).flat_map(char::to_lowercase));
    }
}

/// The capital of a letter outside ASCII, where that is one such letter; the letter itself otherwise.
fn capital(letter: char) -> char {
    let mut capitals = letter.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(one), None) if !letter.is_ascii() && !one.is_ascii() => one,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_changes_case_and_the_end_only() {
        assert_eq!(canonical("/Subscriptions/S//a%20B/"), "/subscriptions/s//a%20b");
        assert_eq!(canonical("/"), "/");
        assert_eq!(canonical(""), "");
        assert_eq!(canonical("/BÜRO/ΑΣ"), canonical("/büro/ασ"));
    }

    #[test]
    fn letters_that_share_a_capital_are_one_and_no_name_becomes_another() {
        for (capitals, written) in [("ΛΟΓΟΣ", "λόγος"), ("ΜS", "µs")] {
            let plain = written.replace('ό', "ο");
            assert_eq!(canonical(capitals), canonical(&plain), "{written}");
        }
        assert_ne!(canonical("straße"), canonical("strasse"));
        assert_ne!(canonical("ılık"), canonical("ilik"));
    }

    #[test]
    fn lowering_any_letter_twice_changes_nothing_more() {
        for letter in '\0'..=char::MAX {
            let once = canonical(&letter.to_string());
            assert_eq!(canonical(&once), once, "{letter}");
        }
    }
}
