//! The detection of a rule: searches, conditions, and what old rules count.

use super::condition::{Search, Searches};
use super::error::{Place, Problem};
use super::expr::Expr;
use super::legacy::{self, Aggregation};
use super::search;
use super::value::Reader;
use super::yaml::{Key, Node, Value};

/// The condition of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Its searches, in order.
    pub searches: Vec<Search>,
    /// The conditions as written; several are alternatives.
    pub condition: Vec<String>,
    /// The conditions with the searches put in.
    pub expr: Expr,
    /// Searches that no condition names.
    pub unused: Vec<String>,
    /// Fields of which all values must be met, and that have one.
    pub lone: Vec<String>,
    /// What an old condition counts of the operations for which it holds.
    pub aggregation: Option<Box<Aggregation>>,
    /// Whether there is a timeframe that nothing in the rule refers to.
    pub idle_timeframe: bool,
    /// Placeholders without values, by name; with one of them the rule cannot be evaluated.
    pub unknown_placeholders: Vec<String>,
    /// Filters that were laid over the rule: it speaks only where each of them holds too.
    pub filters: Vec<Filtered>,
}

/// A filter as it lies over a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Filtered {
    /// Id of the filter.
    pub filter: String,
    /// What must hold for the rule to speak.
    pub keep: Expr,
}

impl Detection {
    /// Returns why it cannot be evaluated; `None` when it can be.
    pub fn unsupported(&self) -> Option<String> {
        if let Some(why) = without_values(&self.unknown_placeholders) {
            return Some(why);
        }
        match self.aggregation.as_deref() {
            Some(Aggregation::Unsupported(why)) => Some(why.clone()),
            Some(Aggregation::Count(_) | Aggregation::Near(_)) | None => None,
        }
    }

    /// Returns what must hold for the rule to speak, with all filters.
    pub fn filtered(&self) -> Expr {
        self.with_filters(&self.expr)
    }

    /// Returns one of its searches, with all filters; one that it does not have never holds.
    pub fn filtered_search(&self, name: &str) -> Expr {
        let found = self.searches.iter().find(|search| search.name == name);
        found.map_or(Expr::Any(Vec::new()), |search| self.with_filters(&search.expr))
    }

    fn with_filters(&self, expr: &Expr) -> Expr {
        let keeps = self.filters.iter().map(|filter| filter.keep.clone());
        match self.filters.len() {
            0 => expr.clone(),
            _ => Expr::All(std::iter::once(expr.clone()).chain(keeps).collect()),
        }
    }
}

/// What is said of a document with these placeholders; `None` when there is none.
pub(super) fn without_values(placeholders: &[String]) -> Option<String> {
    let names: Vec<String> = placeholders.iter().map(|name| format!("%{name}%")).collect();
    let words = match names.len() {
        0 => return None,
        1 => ["placeholder", "has"],
        _ => ["placeholders", "have"],
    };
    let names = names.join(", ");
    let hint = "a file of rules gives them under \"vars\"";
    Some(format!("cannot evaluate: {} {names} {} no values; {hint}", words[0], words[1]))
}

/// Searches and conditions, which rules and filters have in common.
pub(super) struct Conditions {
    pub(super) searches: Vec<Search>,
    pub(super) written: Vec<String>,
    pub(super) expr: Expr,
    pub(super) unused: Vec<String>,
    /// What follows a pipe.
    pub(super) counted: Option<Aggregation>,
}

/// Reads a detection; one that needs no condition may leave it out.
pub(super) fn read(
    node: &Node,
    needs_condition: bool,
    reader: &mut Reader<'_>,
) -> Result<Detection, Problem> {
    let Value::Map(members) = &node.value else {
        return Err(Problem::new(
            node.at,
            format!("detection must be a map, and is {}", node.kind()),
        ));
    };
    let has = |name: &str| members.iter().any(|(key, _)| key.text == name);
    let read = if needs_condition || has("condition") {
        conditions(node, "a detection", &["timeframe"], reader)?
    } else {
        let searches = searches(members, &["timeframe"], reader)?;
        let unused = searches.iter().map(|search| search.name.clone()).collect();
        let (written, expr) = (Vec::new(), Expr::Any(Vec::new()));
        Conditions { searches, written, expr, unused, counted: None }
    };
    let aggregation = match read.counted {
        Some(_) if read.written.len() > 1 => Some(Aggregation::Unsupported(
            "an old aggregation beside other conditions is not evaluated".to_owned(),
        )),
        other => other,
    };
    Ok(Detection {
        idle_timeframe: has("timeframe") && aggregation.is_none(),
        aggregation: aggregation.map(Box::new),
        searches: read.searches,
        condition: read.written,
        expr: read.expr,
        unused: read.unused,
        lone: std::mem::take(&mut reader.lone),
        unknown_placeholders: reader.unknown.iter().cloned().collect(),
        filters: Vec::new(),
    })
}

/// Reads the searches and conditions of a map; `others` are keys that are no searches.
pub(super) fn conditions(
    node: &Node,
    what: &str,
    others: &[&str],
    reader: &mut Reader<'_>,
) -> Result<Conditions, Problem> {
    let Value::Map(members) = &node.value else {
        return Err(Problem::new(node.at, format!("{what} must be a map, and is {}", node.kind())));
    };
    let missing = |at| Problem::new(at, format!("{what} needs a condition"));
    let condition = members.iter().find(|(key, _)| key.text == "condition");
    let condition = condition.map(|(_, node)| node).ok_or_else(|| missing(node.at))?;
    let searches = searches(members, others, reader)?;
    let written = condition.texts()?;
    if written.is_empty() {
        return Err(missing(condition.at));
    }
    let places: Vec<Place> = match &condition.value {
        Value::List(items) => items.iter().map(|item| item.at).collect(),
        _ => vec![condition.at],
    };
    let timeframe = members.iter().find(|(key, _)| key.text == "timeframe");
    let timeframe = timeframe.and_then(|(_, node)| node.text());
    let (mut alternatives, mut counted) = (Vec::new(), None);
    let mut known = Searches::new(&searches);
    for (text, at) in written.iter().zip(places) {
        let (condition, after) = legacy::split(text);
        let after = after.map(|text| legacy::aggregation(text, timeframe.as_deref(), &mut known));
        counted = counted.or(after.map(|found| found.at_line(at.line)));
        alternatives.push(known.read(condition).map_err(|fault| {
            let message = format!("condition: {}", fault.message);
            faulty(text, fault.at, at, message)
        })?);
    }
    let unused = known.unused();
    Ok(Conditions { searches, written, expr: Expr::any(alternatives), unused, counted })
}

/// Reads the searches of a map: all but its conditions and `others`.
fn searches(
    members: &[(Key, Node)],
    others: &[&str],
    reader: &mut Reader<'_>,
) -> Result<Vec<Search>, Problem> {
    let is_search = |key: &str| key != "condition" && !others.contains(&key);
    let mut read = |(key, node): &(Key, Node)| {
        Ok(Search { name: key.text.clone(), expr: search::read(node, reader)? })
    };
    members.iter().filter(|(key, _)| is_search(&key.text)).map(&mut read).collect()
}

/// A fault at a byte of a condition that begins at a place.
fn faulty(condition: &str, offset: usize, at: Place, message: String) -> Problem {
    let (before, rest) = condition.split_at_checked(offset).unwrap_or((condition, ""));
    let is_end = |c: char| c.is_whitespace() || matches!(c, '(' | ')');
    let word = match rest.find(is_end) {
        Some(0) => &rest[..rest.chars().next().map_or(0, char::len_utf8)],
        Some(end) => &rest[..end],
        None => rest,
    };
    let again = if word.is_empty() { 0 } else { before.matches(word).count() };
    let at = Place { column: at.column + before.chars().count(), ..at };
    let start = Place { column: at.column - before.chars().count(), ..at };
    Problem::new(at, message).with_word_from(start, word, again)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::placeholder::Placeholders;
    use super::super::yaml::documents;
    use super::*;

    fn detection(text: &str) -> Result<Detection, Problem> {
        let node = documents(text)?.remove(0);
        read(&node, true, &mut Reader::new(&Placeholders::default()))
    }

    #[test]
    fn old_counts_are_kept_beside_what_must_hold() {
        let found =
            detection("s: {a: b}\ntimeframe: 5m\ncondition: s | count() by c > 5\n").unwrap();
        let Some(Aggregation::Count(count)) = found.aggregation.as_deref() else {
            panic!("a count")
        };
        assert_eq!((count.number, count.timeframe), (5, Some(300)));
        assert!(matches!(found.expr, Expr::Test(_)));
        assert!(!found.idle_timeframe);
        let two = detection("s: {a: b}\ncondition: ['s | count() > 5', s]\n").unwrap();
        assert!(matches!(two.aggregation.as_deref(), Some(Aggregation::Unsupported(_))));
    }

    #[test]
    fn a_timeframe_alone_is_idle() {
        let found = detection("s: {a: b}\ntimeframe: 5m\ncondition: s\n").unwrap();
        assert_eq!((found.aggregation, found.idle_timeframe), (None, true));
        assert_eq!(found.searches.len(), 1);
    }

    #[test]
    fn placeholders_without_values_are_named() {
        let found = detection("s: {'a|expand': '%x%'}\ncondition: s\n").unwrap();
        assert_eq!(found.unknown_placeholders, ["x"]);
    }

    #[test]
    fn a_fault_is_shown_where_the_word_stands_however_the_condition_is_written() {
        for (text, line, column) in [
            ("s: {a: b}\ncondition: s and x\n", 2, 18),
            ("s: {a: b}\ncondition: 's and x'\n", 2, 19),
            ("s: {a: b}\ncondition: >\n  s and\n  s and x\n", 4, 9),
            ("s: {a: b}\ncondition:\n  - s\n  - s or x\n", 4, 10),
            ("s: {a: b}\ncondition: s and\n", 2, 17),
        ] {
            let problem = detection(text).expect_err(text);
            let shown = problem.in_file("p", text).to_string();
            assert!(shown.starts_with(&format!("p:{line}:{column}: condition")), "{text}{shown}");
        }
    }

    proptest! {
        #[test]
        fn no_condition_key_or_value_makes_it_panic(
            condition in ".{0,60}", key in "[a-z%|]{0,20}|.{0,20}", value in ".{0,20}"
        ) {
            let text = serde_json::json!({"s": {key: value}, "condition": condition}).to_string();
            if let Err(problem) = detection(&text) {
                prop_assert!(problem.in_file("p", &text).to_string().starts_with("p:"));
            }
        }

        #[test]
        fn no_row_of_modifiers_makes_it_panic(
            words in prop::collection::vec("(all|neq|cased|expand|fieldref|contains|startswith|re|i|cidr|exists|gt|hour|base64|base64offset|wide|utf16|windash)", 0..4),
            value in "[-/ %a*?\\\\0-9.é]{0,8}"
        ) {
            let key = format!("f|{}", words.join("|"));
            let text = serde_json::json!({"s": {key: value}, "condition": "s"}).to_string();
            let _ = detection(&text);
        }
    }

    #[test]
    fn what_is_no_detection_is_refused() {
        for text in [
            "- a\n",
            "s: {a: b}\n",
            "s: {a: b}\ncondition:\n",
            "s: {a: b}\ncondition: {a: b}\n",
            "condition: s\n",
        ] {
            assert!(detection(text).is_err(), "{text}");
        }
    }
}
