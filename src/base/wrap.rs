//! Text in lines of a width.

use super::text::{for_terminal, shorten_middle, width};

/// Returns the text, made safe to show, in lines of at most `room` columns; an overlong word loses its middle.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let safe = for_terminal(text);
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in safe.split(' ').filter(|word| !word.is_empty()) {
        let word = shorten_middle(word, room);
        let columns = width(&word);
        match lines.last_mut() {
            Some(line) if used + 1 + columns <= room => {
                line.push(' ');
                line.push_str(&word);
                used += 1 + columns;
            }
            _ => {
                used = columns;
                lines.push(word.into_owned());
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_and_an_overlong_word_loses_its_middle() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("a abcdefghij b", 5), ["a", "ab…ij", "b"]);
        assert_eq!(wrap("東京 東京", 8), ["東京", "東京"]);
    }
}
