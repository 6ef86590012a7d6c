//! Aggregations as rules wrote them before Sigma had correlations: `selection | count() by caller > 5`, `selection | near other`.

use super::condition::{Search, Searches};
use super::expr::Expr;
use super::members;

/// What an old condition counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregationType {
    /// Events of a group.
    EventCount,
    /// Different values of a field within a group.
    ValueCount,
    /// The sum of the values of a field.
    ValueSum,
    /// Their mean.
    ValueAvg,
    /// The least of them.
    ValueMin,
    /// The greatest of them.
    ValueMax,
}

/// Words for what is counted where a field is named.
const TYPES: &[(&str, AggregationType)] = &[
    ("count", AggregationType::ValueCount),
    ("sum", AggregationType::ValueSum),
    ("avg", AggregationType::ValueAvg),
    ("min", AggregationType::ValueMin),
    ("max", AggregationType::ValueMax),
];

/// How the count must stand to the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregationOrder {
    /// More.
    Above,
    /// More or equal.
    AtLeast,
    /// Less.
    Below,
    /// Less or equal.
    AtMost,
    /// Equal.
    Equal,
    /// Not equal.
    NotEqual,
}

/// An old aggregation that a correlation can say too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AggregationText {
    /// What is counted.
    pub kind: AggregationType,
    /// The field whose values are counted.
    pub field: Option<String>,
    /// The fields whose values make a group.
    pub group_by: Vec<String>,
    /// How the count must stand to the number.
    pub order: AggregationOrder,
    /// The number.
    pub number: u64,
    /// Seconds within which events count together; `None` for all of the evidence.
    pub timeframe: Option<u64>,
}

/// What an old condition wants near the operations for which it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The searches by name: tests whose fields are searches.
    pub wanted: Expr,
    /// The names, each once.
    pub searches: Vec<String>,
    /// Seconds within which they are near; `None` for all of the evidence.
    pub timeframe: Option<u64>,
}

/// What follows the pipe of an old condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Aggregation {
    /// A count, or what is computed with the values of a field.
    Count(AggregationText),
    /// Other searches near by.
    Near(Near),
    /// Something that is not evaluated, and why.
    Unsupported(String),
}

impl Aggregation {
    /// Adds the line where it stands to why it is not evaluated.
    pub(super) fn at_line(self, line: usize) -> Self {
        match self {
            Aggregation::Unsupported(why) => {
                Aggregation::Unsupported(format!("{why} (line {line})"))
            }
            other => other,
        }
    }
}

const ORDERS: &[(&str, AggregationOrder)] = &[
    (">=", AggregationOrder::AtLeast),
    ("<=", AggregationOrder::AtMost),
    ("!=", AggregationOrder::NotEqual),
    ("==", AggregationOrder::Equal),
    (">", AggregationOrder::Above),
    ("<", AggregationOrder::Below),
    ("=", AggregationOrder::Equal),
];

/// Splits a condition at its pipe: what must hold, and what is counted.
pub(super) fn split(condition: &str) -> (&str, Option<&str>) {
    match condition.split_once('|') {
        Some((before, after)) => (before, Some(after)),
        None => (condition, None),
    }
}

/// Reads what follows the pipe; `timeframe` is as the rule writes it.
pub(super) fn aggregation(
    text: &str,
    timeframe: Option<&str>,
    known: &mut Searches<'_>,
) -> Aggregation {
    let text = text.trim();
    let read = match text.split_once(char::is_whitespace) {
        Some((word, rest)) if word.eq_ignore_ascii_case("near") => {
            near(rest, timeframe, known).map(Aggregation::Near)
        }
        _ => count(text, timeframe).map(Aggregation::Count),
    };
    read.unwrap_or_else(Aggregation::Unsupported)
}

/// Reads which searches must be near.
fn near(text: &str, timeframe: Option<&str>, known: &mut Searches<'_>) -> Result<Near, String> {
    // Whatever it names is in use from now on.
    let unclear = |message: String| format!("what is near is not understood: {message}");
    known.read(text).map_err(|fault| unclear(fault.message))?;
    let names: Vec<Search> = known.names().map(Search::by_name).collect();
    let wanted = Searches::new(&names).read(text).map_err(|fault| unclear(fault.message))?;
    let mut searches: Vec<String> = Vec::new();
    wanted.each_test(&mut |test| {
        searches.extend(test.field.clone().filter(|name| !searches.contains(name)));
    });
    Ok(Near { wanted, searches, timeframe: timeframe.map(seconds).transpose()? })
}

fn count(text: &str, timeframe: Option<&str>) -> Result<AggregationText, String> {
    let unclear = || format!("the aggregation \"{text}\" is not understood");
    let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let kind = TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    let (_, kind) = kind.ok_or_else(unclear)?;
    let rest = text[word.len()..].trim_start().strip_prefix('(').ok_or_else(unclear)?;
    let (field, rest) = rest.split_once(')').ok_or_else(unclear)?;
    let operator = rest.find(['<', '>', '=', '!']).ok_or_else(unclear)?;
    let (groups, comparison) = rest.split_at(operator);
    let (sign, order) =
        ORDERS.iter().find(|(sign, _)| comparison.starts_with(sign)).ok_or_else(unclear)?;
    let number = comparison[sign.len()..].trim().parse().map_err(|_| unclear())?;
    let field = Some(field.trim()).filter(|field| !matches!(*field, "" | "*"));
    Ok(AggregationText {
        kind: match (field, *kind) {
            (Some(_), kind) => kind,
            (None, AggregationType::ValueCount) => AggregationType::EventCount,
            (None, _) => return Err(format!("{word} needs a field")),
        },
        field: field.map(str::to_owned),
        group_by: group_by(groups.trim()).ok_or_else(unclear)?,
        order: *order,
        number,
        timeframe: timeframe.map(seconds).transpose()?,
    })
}

/// The fields of `by a, b`; `None` for other words.
fn group_by(text: &str) -> Option<Vec<String>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let (by, fields) = text.split_once(char::is_whitespace)?;
    if !by.eq_ignore_ascii_case("by") {
        return None;
    }
    let fields: Vec<String> = fields.split(',').map(|field| field.trim().to_owned()).collect();
    let is_one = |field: &String| !field.is_empty() && !field.contains(char::is_whitespace);
    fields.iter().all(is_one).then_some(fields)
}

/// Seconds of a span such as `5m`, as correlations have it.
fn seconds(text: &str) -> Result<u64, String> {
    let seconds = members::nanos(text).and_then(|nanos| u64::try_from(nanos / 1_000_000_000).ok());
    seconds.ok_or_else(|| format!("the timeframe \"{}\" is no span such as 5m", text.trim()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(condition: &str, timeframe: &str) -> Aggregation {
        let (_, after) = split(condition);
        let timeframe = Some(timeframe).filter(|text| !text.is_empty());
        let searches = ["a", "b_1", "b_2"]
            .map(|name| Search { name: name.to_owned(), expr: Expr::All(Vec::new()) });
        aggregation(after.unwrap_or_default(), timeframe, &mut Searches::new(&searches))
    }

    #[test]
    fn counts_are_read_with_group_comparison_and_span() {
        use AggregationOrder::{Above, AtLeast, AtMost, Below, Equal, NotEqual};
        for (condition, field, groups, order, number) in [
            ("s | count() > 5", None, &[][..], Above, 5),
            ("s|count() by caller>=10", None, &["caller"], AtLeast, 10),
            ("s | count(ip) by a.b,  c < 3", Some("ip"), &["a.b", "c"], Below, 3),
            ("s | COUNT( * ) BY x <= 3", None, &["x"], AtMost, 3),
            ("s | count(op) = 1", Some("op"), &[], Equal, 1),
            ("s | count(op) == 1", Some("op"), &[], Equal, 1),
            ("s | count() by x != 1", None, &["x"], NotEqual, 1),
        ] {
            let kind = match field {
                Some(_) => AggregationType::ValueCount,
                None => AggregationType::EventCount,
            };
            let expected = AggregationText {
                kind,
                field: field.map(str::to_owned),
                group_by: groups.iter().map(|group: &&str| (*group).to_owned()).collect(),
                order,
                number,
                timeframe: Some(900),
            };
            assert_eq!(read(condition, "15m"), Aggregation::Count(expected), "{condition}");
        }
        let Aggregation::Count(whole) = read("s | count() > 5", "") else { panic!("a count") };
        assert_eq!(whole.timeframe, None);
    }

    #[test]
    fn values_are_computed_with() {
        for (condition, kind) in [
            ("s | sum(x) by y > 5", AggregationType::ValueSum),
            ("s | min(x) > 5", AggregationType::ValueMin),
            ("s | MAX(x) > 5", AggregationType::ValueMax),
            ("s | avg( x ) > 5", AggregationType::ValueAvg),
        ] {
            let Aggregation::Count(found) = read(condition, "5m") else { panic!("{condition}") };
            assert_eq!((found.kind, found.field.as_deref()), (kind, Some("x")), "{condition}");
        }
    }

    #[test]
    fn what_is_near_is_a_condition_over_searches() {
        for (condition, searches) in [
            ("s | near a", &["a"][..]),
            ("s | near b_1 and not a", &["b_1", "a"]),
            ("s | NEAR 1 of b_* or b_1", &["b_1", "b_2"]),
        ] {
            let Aggregation::Near(found) = read(condition, "1w") else { panic!("{condition}") };
            assert_eq!(
                (found.searches.as_slice(), found.timeframe),
                (
                    &searches.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()[..],
                    Some(604_800)
                )
            );
        }
    }

    #[test]
    fn spans_are_those_of_correlations() {
        for (text, expected) in [
            ("30s", 30),
            ("5m", 300),
            ("24h", 86_400),
            ("7d", 604_800),
            ("2w", 1_209_600),
            ("1M", 2_629_746),
            ("1y", 31_556_952),
            (" 5 m", 300),
        ] {
            assert_eq!(seconds(text), Ok(expected));
        }
        for text in
            ["", "5", "m", "0m", "5x", "-5m", "99999999999999999999s", "999999999999999999d"]
        {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}|count\\(.{0,5}\\).{0,20}", timeframe in ".{0,8}") {
            aggregation(&text, Some(&timeframe), &mut Searches::new(&[]));
        }
    }

    #[test]
    fn what_is_no_simple_count_has_a_reason() {
        for (condition, reason) in [
            ("s | near a and b", "no search \"b\""),
            ("s | near", "not understood"),
            ("s | sum() by y > 5", "sum needs a field"),
            ("s | median(x) > 5", "not understood"),
            ("s | count", "not understood"),
            ("s | count(", "not understood"),
            ("s | count()", "not understood"),
            ("s | count() >", "not understood"),
            ("s | count() > x", "not understood"),
            ("s | count() by > 5", "not understood"),
            ("s | count() by a b > 5", "not understood"),
            ("s | count() per a > 5", "not understood"),
            ("s | count() > 5 | count() > 6", "not understood"),
            ("s |", "not understood"),
            ("s | é", "not understood"),
        ] {
            let Aggregation::Unsupported(found) = read(condition, "5m") else {
                panic!("{condition}")
            };
            assert!(found.contains(reason), "{condition}: {found}");
        }
        assert!(matches!(read("s | count() > 5", "soon"), Aggregation::Unsupported(_)));
    }
}
