//! The portal's own words for columns and values of its "Download as CSV", in the languages people set it to.
//!
//! The file is in the language of the browser. Names of operations in it cannot be read back, but what
//! each column is, how a call ended and how grave it was can. The table has the words of German,
//! French, Spanish, Portuguese, Italian, Dutch and Japanese; they are compared without case, blanks
//! and marks.

use std::sync::LazyLock;

use hashbrown::HashMap;

use super::table::{list, rows};

const TABLE: &str = include_str!("data/portal-words.tsv");

/// What a word is in each list: its English name, or the canonical one.
static WORDS: LazyLock<HashMap<(&'static str, &'static str), &'static str>> = LazyLock::new(|| {
    rows::<3>(TABLE)
        .flat_map(|[kind, name, words]| list(words).map(move |word| ((kind, word), name)))
        .collect()
});

/// Returns the English name of a column, letters only, by the letters of its name.
pub fn column(folded: &str) -> Option<&'static str> {
    WORDS.get(&("column", folded)).copied()
}

/// Returns the canonical status of a word of the portal.
pub fn status(word: &str) -> Option<&'static str> {
    find("status", word)
}

/// Returns the canonical category of a word of the portal.
pub fn category(word: &str) -> Option<&'static str> {
    find("category", word)
}

/// Returns the canonical level of a word of the portal.
pub fn level(word: &str) -> Option<&'static str> {
    find("level", word)
}

fn find(kind: &str, word: &str) -> Option<&'static str> {
    WORDS.get(&(kind, &*letters(word))).copied()
}

fn letters(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_mean_one_thing_in_each_list() {
        assert!(WORDS.keys().all(|(_, word)| letters(word) == *word));
        let count = rows::<3>(TABLE).map(|[.., words]| list(words).count()).sum::<usize>();
        assert_eq!(rows::<3>(TABLE).count(), TABLE.lines().count() - 1);
        assert_eq!(WORDS.len(), count, "a word stands twice in a list");
    }

    #[test]
    fn words_of_the_portal_are_read() {
        assert_eq!(column("ereignisinitiiertvon"), Some("eventinitiatedby"));
        assert_eq!(column("time"), None);
        assert_eq!(status("Échec"), Some("failed"));
        assert_eq!(category("Verwaltung"), Some("administrative"));
        assert_eq!(level("Zur Information"), Some("informational"));
        assert_eq!(status("Microsoft"), None);
    }
}
