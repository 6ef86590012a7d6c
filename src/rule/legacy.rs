//! Aggregations as rules wrote them before Sigma had correlations: `selection | count() by caller > 5`.

/// What an old condition counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregationType {
    /// Events of a group.
    EventCount,
    /// Different values of a field within a group.
    ValueCount,
}

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

/// What follows the pipe of an old condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// A count.
    Count(AggregationText),
    /// Something that is not evaluated, and why.
    Unsupported(String),
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
pub(super) fn aggregation(text: &str, timeframe: Option<&str>) -> Aggregation {
    count(text.trim(), timeframe).map_or_else(Aggregation::Unsupported, Aggregation::Count)
}

fn count(text: &str, timeframe: Option<&str>) -> Result<AggregationText, String> {
    let unclear = || format!("the aggregation \"{text}\" is not understood");
    let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "count" => {}
        "near" | "min" | "max" | "avg" | "sum" => {
            return Err(format!("the old aggregation \"{word}\" is not evaluated"));
        }
        _ => return Err(unclear()),
    }
    let rest = text[word.len()..].trim_start().strip_prefix('(').ok_or_else(unclear)?;
    let (field, rest) = rest.split_once(')').ok_or_else(unclear)?;
    let operator = rest.find(['<', '>', '=', '!']).ok_or_else(unclear)?;
    let (groups, comparison) = rest.split_at(operator);
    let (sign, order) =
        ORDERS.iter().find(|(sign, _)| comparison.starts_with(sign)).ok_or_else(unclear)?;
    let number = comparison[sign.len()..].trim().parse().map_err(|_| unclear())?;
    let field = Some(field.trim()).filter(|field| !matches!(*field, "" | "*"));
    Ok(AggregationText {
        kind: if field.is_some() {
            AggregationType::ValueCount
        } else {
            AggregationType::EventCount
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

/// Seconds of a span such as `5m`: seconds, minutes, hours or days.
fn seconds(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let unclear = || format!("the timeframe \"{text}\" is no span such as 5m");
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(unclear)?;
    let unit: u64 = match &text[digits..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(unclear()),
    };
    let number: u64 = text[..digits].parse().map_err(|_| unclear())?;
    number.checked_mul(unit).filter(|seconds| *seconds > 0).ok_or_else(unclear)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(condition: &str, timeframe: &str) -> Aggregation {
        let (_, after) = split(condition);
        aggregation(after.unwrap_or_default(), Some(timeframe).filter(|text| !text.is_empty()))
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
    fn spans_have_four_units() {
        for (text, expected) in [("30s", 30), ("5m", 300), ("24h", 86_400), ("7d", 604_800)] {
            assert_eq!(seconds(text), Ok(expected));
        }
        for text in
            ["", "5", "m", "0m", "5w", "-5m", "99999999999999999999s", "999999999999999999d"]
        {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}|count\\(.{0,5}\\).{0,20}", timeframe in ".{0,8}") {
            aggregation(&text, Some(&timeframe));
        }
    }

    #[test]
    fn what_is_no_simple_count_has_a_reason() {
        for (condition, reason) in [
            ("s | near a and b", "\"near\""),
            ("s | sum(x) by y > 5", "\"sum\""),
            ("s | min(x) > 5", "\"min\""),
            ("s | max(x) > 5", "\"max\""),
            ("s | avg(x) > 5", "\"avg\""),
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
