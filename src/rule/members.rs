//! The members of a map in a rule, taken one by one and read as what they must be.

use super::error::{Place, Problem, closest, meant};
use super::yaml::{Key, Node, Value};

/// The members of a map that were not taken yet.
pub(super) struct Members<'n> {
    pub(super) at: Place,
    pub(super) left: Vec<&'n (Key, Node)>,
    /// Keys that were asked for, which are those that the map may have.
    asked: Vec<&'static str>,
}

const SECOND: i64 = 1_000_000_000;

/// Letters of a span of time and the nanoseconds of one.
const SPANS: &[(&str, i64)] = &[
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", 86_400 * SECOND),
    ("w", 7 * 86_400 * SECOND),
    // A twelfth of a mean year of the calendar, and that year, as in pySigma.
    ("M", 2_629_746 * SECOND),
    ("y", 31_556_952 * SECOND),
];

impl<'n> Members<'n> {
    pub(super) fn of(node: &'n Node, what: &str) -> Result<Self, Problem> {
        match &node.value {
            Value::Map(members) => {
                Ok(Members { at: node.at, left: members.iter().collect(), asked: Vec::new() })
            }
            _ => {
                Err(Problem::new(node.at, format!("{what} must be a map, and is {}", node.kind())))
            }
        }
    }

    /// Returns a member without taking it.
    pub(super) fn peek(&self, key: &str) -> Option<&'n Node> {
        self.left.iter().find(|(known, _)| known.text == key).map(|(_, node)| node)
    }

    /// Where the value of a key stands; `None` when the key is not there.
    pub(super) fn at_of(&self, key: &str) -> Option<Place> {
        self.peek(key).map(|node| node.at)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.left.iter().any(|(known, _)| known.text == key)
    }

    /// Whether a key is there with more than a word, which other tools may mean something else by.
    pub(super) fn has_block(&self, key: &str) -> bool {
        self.peek(key).is_some_and(|node| node.text().is_none())
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.asked.push(key);
        let found = self.left.iter().position(|(known, _)| known.text == key)?;
        let (_, node) = self.left.remove(found);
        Some(node)
    }

    /// Takes a member that must be there.
    pub(super) fn need(&mut self, key: &'static str, what: &str) -> Result<&'n Node, Problem> {
        self.take(key).ok_or_else(|| Problem::new(self.at, format!("{what} needs {key}")))
    }

    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<String>, Problem> {
        let Some(node) = self.take(key) else { return Ok(None) };
        if matches!(node.value, Value::Null) {
            return Ok(None);
        }
        let text = node.text().ok_or_else(|| {
            Problem::new(node.at, format!("{key} must be text, and is {}", node.kind()))
        })?;
        let text = text.trim();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    pub(super) fn texts(&mut self, key: &'static str) -> Result<Vec<String>, Problem> {
        self.take(key).map_or(Ok(Vec::new()), Node::texts)
    }

    /// Takes lines that are for people to read.
    pub(super) fn lines(&mut self, key: &'static str) -> Result<Vec<String>, Problem> {
        self.take(key).map_or(Ok(Vec::new()), Node::lines)
    }

    /// Takes one word out of those that `read` knows.
    pub(super) fn word<T: Default>(
        &mut self,
        key: &'static str,
        read: fn(&str) -> Option<T>,
        words: &[&str],
    ) -> Result<T, Problem> {
        let at = self.at_of(key).unwrap_or(self.at);
        let Some(word) = self.text(key)? else { return Ok(T::default()) };
        read(&word).ok_or_else(|| {
            let hint = meant(&word, words.iter().copied());
            Problem::new(at, format!("{key} \"{word}\" is none of {}{hint}", words.join(", ")))
        })
    }

    /// Takes a number that is not negative.
    pub(super) fn number(&mut self, key: &'static str) -> Result<Option<f64>, Problem> {
        let Some(node) = self.take(key) else { return Ok(None) };
        match number(node) {
            Some(value) if value >= 0.0 => Ok(Some(value)),
            _ => Err(Problem::new(node.at, format!("{key} must be a number that is not negative"))),
        }
    }

    /// Takes a whole number.
    pub(super) fn count(&mut self, key: &'static str) -> Result<Option<usize>, Problem> {
        let at = self.at_of(key).unwrap_or(self.at);
        let Some(value) = self.number(key)? else { return Ok(None) };
        if value.fract() != 0.0 || value > 1e9 {
            return Err(Problem::new(at, format!("{key} must be a whole number up to a billion")));
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked above
        Ok(Some(value as usize))
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Result<bool, Problem> {
        match self.take(key).map(|node| (&node.value, node.at)) {
            None => Ok(false),
            Some((Value::Bool(flag), _)) => Ok(*flag),
            Some((_, at)) => Err(Problem::new(at, format!("{key} must be true or false"))),
        }
    }

    /// Takes a span of time such as `15m`, in nanoseconds.
    pub(super) fn span(&mut self, key: &'static str) -> Result<Option<i64>, Problem> {
        self.take(key).map(|node| span(node, key)).transpose()
    }

    /// Returns the keys that were not taken; refuses one that is near a key which the map may have.
    pub(super) fn others(&self, what: &str) -> Result<Vec<String>, Problem> {
        let near = |key: &str| closest(key, self.asked.iter().copied()).is_some();
        match self.left.iter().find(|(key, _)| near(&key.text)) {
            Some((key, _)) => Err(self.unknown(key, what)),
            None => Ok(self.left.iter().map(|(key, _)| key.text.clone()).collect()),
        }
    }

    /// Refuses what was not taken.
    pub(super) fn end(&self, what: &str) -> Result<(), Problem> {
        self.left.first().map_or(Ok(()), |(key, _)| Err(self.unknown(key, what)))
    }

    fn unknown(&self, key: &Key, what: &str) -> Problem {
        let hint = meant(&key.text, self.asked.iter().copied());
        Problem::new(key.at, format!("{what} has no key \"{}\"{hint}", key.text))
    }
}

/// Returns a number, also one that is written as text.
pub(super) fn number(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Number(value, _) => Some(value.to_f64()),
        Value::Text(text) => text.trim().parse().ok().filter(|value: &f64| value.is_finite()),
        _ => None,
    }
}

/// Returns a span of time such as `15m` in nanoseconds; `None` where it is none.
pub(super) fn nanos(text: &str) -> Option<i64> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let (_, nanos) = SPANS.iter().find(|(letter, _)| *letter == unit)?;
    let span = i64::from(number.trim().parse::<u32>().ok()?).checked_mul(*nanos)?;
    Some(span).filter(|&span| span > 0)
}

fn span(node: &Node, key: &str) -> Result<i64, Problem> {
    nanos(&node.text().unwrap_or_default()).ok_or_else(|| {
        let what = "a span of time longer than nothing, such as 30s, 15m, 24h or 7d";
        Problem::new(node.at, format!("{key} must be {what}"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::yaml::documents;
    use super::*;

    fn first(text: &str) -> Node {
        documents(text).unwrap().remove(0)
    }

    #[test]
    fn spans_have_a_number_and_a_unit() {
        for (text, seconds) in [
            ("a: 30s", 30),
            ("a: 15m", 900),
            ("a: 24h", 86_400),
            ("a: 7d", 604_800),
            ("a: 2w", 1_209_600),
            ("a: 1M", 2_629_746),
            ("a: 1y", 31_556_952),
        ] {
            let node = first(text);
            let span = Members::of(&node, "x").unwrap().span("a").unwrap();
            assert_eq!(span, Some(seconds * SECOND), "{text}");
        }
        for text in ["a: 15", "a: m", "a: -3m", "a: 0s", "a: [1m]", "a: 99999999999y", "a: 3µ"] {
            let node = first(text);
            assert!(Members::of(&node, "x").unwrap().span("a").is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_and_flags_are_checked() {
        let node = first("a: 3\nb: -1\nc: 2.5\nd: x\ne: true\nf: '7'");
        let mut members = Members::of(&node, "x").unwrap();
        assert_eq!(members.count("a").unwrap(), Some(3));
        assert!(members.number("b").is_err() && members.count("c").is_err());
        assert!(members.flag("d").is_err() && members.flag("e").unwrap());
        assert_eq!(members.count("f").unwrap(), Some(7));
        assert!(members.end("x").is_ok() && !members.flag("z").unwrap());
    }
}
