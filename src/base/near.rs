//! Which known name somebody means who mistyped it.

/// Names are compared up to this many characters: no slip of the finger is longer.
const MOST: usize = 64;

/// Returns how far a name is from what was typed, 0 where it holds that; `None` where it is not near.
///
/// Both have to be in lower case.
pub fn far(name: &str, typed: &str) -> Option<usize> {
    let letters = typed.chars().count();
    if letters > 2 && name.contains(typed) {
        return Some(0);
    }
    let most = letters.div_ceil(3).max(2);
    Some(distance(name, typed)).filter(|far| *far <= most)
}

/// Returns how many characters must be put in, taken out or changed to make one text of the other.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(MOST).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, left) in a.chars().take(MOST).enumerate() {
        let mut corner = row[0];
        row[0] = line + 1;
        for (at, right) in b.iter().enumerate() {
            let changed = corner + usize::from(left != *right);
            corner = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_changes() {
        for (a, b, far) in
            [("", "", 0), ("abc", "", 3), ("", "ab", 2), ("kitten", "sitting", 3), ("é", "e", 1)]
        {
            assert_eq!(distance(a, b), far, "{a} {b}");
        }
    }

    #[test]
    fn a_name_is_near_that_holds_what_was_typed_or_differs_little() {
        assert_eq!(far("vm-run-command-denied", "denied"), Some(0));
        assert_eq!(far("kv-purged", "kv-prged"), Some(1));
        assert_eq!((far("abc", "a"), far("kv-purged", "something else")), (Some(2), None));
    }
}
