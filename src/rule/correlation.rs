//! Correlations: what several matches of other rules mean together, as Sigma 2.1 writes it.

use std::collections::BTreeMap;

use super::condition::{self, Search, Searches};
use super::error::{Problem, meant};
use super::expr::{Expr, Matcher, Order};
use super::folded_id;
use super::legacy::{AggregationOrder, AggregationText, AggregationType, Near};
use super::members::{Members, number};
use super::yaml::{Node, Value};

/// How matches are put together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// Their number.
    EventCount,
    /// The number of distinct values of a field.
    ValueCount,
    /// The sum of a field.
    ValueSum,
    /// The mean of a field.
    ValueAvg,
    /// A percentile of a field, 0 to 100.
    ValuePercentile(f64),
    /// Which rules matched, in any order.
    Temporal,
    /// Which rules matched, in the order in which they are named.
    TemporalOrdered,
}

/// The types of the specification with their measure.
const TYPES: &[(&str, Measure)] = &[
    ("event_count", Measure::EventCount),
    ("value_count", Measure::ValueCount),
    ("value_sum", Measure::ValueSum),
    ("value_avg", Measure::ValueAvg),
    ("value_percentile", Measure::ValuePercentile(95.0)),
    ("value_median", Measure::ValuePercentile(50.0)),
    ("value_max", Measure::ValuePercentile(100.0)),
    ("value_min", Measure::ValuePercentile(0.0)),
    ("temporal", Measure::Temporal),
    ("temporal_ordered", Measure::TemporalOrdered),
    ("temporal_extended", Measure::Temporal),
    ("temporal_ordered_extended", Measure::TemporalOrdered),
];

/// Words of a condition and the order they ask for; `neq` is not one of them because it is its negation.
const ORDERS: &[(&str, Order)] = &[
    ("eq", Order::Equal),
    ("gt", Order::Above),
    ("gte", Order::AtLeast),
    ("lt", Order::Below),
    ("lte", Order::AtMost),
];

/// A bound of a correlation: the order to a number, and whether it must not hold.
pub type Bound = (Order, f64, bool);

/// A correlation over the matches of other rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// How matches are put together.
    pub measure: Measure,
    /// The rules, by id or name.
    pub rules: Vec<String>,
    /// Fields that matches must share to be put together.
    pub group_by: Vec<String>,
    /// What a field of `group_by` is called in a rule: by field, then by rule.
    pub aliases: Aliases,
    /// Within which time, in nanoseconds.
    pub timespan: i64,
    /// Bounds that the measure must keep to, all of them.
    pub bounds: Vec<Bound>,
    /// Fields whose values are counted or computed with.
    pub fields: Vec<String>,
    /// What must have matched, where that is more than all rules: tests whose fields are rules.
    pub extended: Option<Expr>,
    /// Whether the rules it names speak for themselves too.
    pub generate: bool,
    /// Keys that mean nothing here.
    pub unknown: Vec<String>,
    /// Rules that the condition over them does not name.
    pub unused: Vec<String>,
}

/// Keys of a rule that would go unread among those of a correlation.
const BESIDE: [&str; 4] = ["accuses", "feeds", "sums_up", "tells"];

/// Reads the value of `correlation`.
pub(super) fn read(node: &Node) -> Result<Correlation, Problem> {
    let mut members = Members::of(node, "correlation")?;
    let kind = members.need("type", "a correlation")?;
    let word = kind.text().unwrap_or_default();
    let Some(&(_, mut measure)) = TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&word))
    else {
        let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        let hint = meant(&word, names.iter().copied());
        let message =
            format!("no correlation is called \"{word}\"; there are {}{hint}", names.join(", "));
        return Err(Problem::new(kind.at, message));
    };
    for key in BESIDE {
        if let Some(node) = members.peek(key) {
            return Err(Problem::new(
                node.at,
                format!("{key} stands beside correlation, not in it"),
            ));
        }
    }
    let rules = rules(&mut members, measure)?;
    let timespan = members.span("timespan")?;
    let Some(timespan) = timespan.or(members.span("timeframe")?) else {
        return Err(Problem::new(members.at, "a correlation needs timespan"));
    };
    let group_by = members.texts("group-by")?;
    let aliases = aliases(&mut members)?;
    let generate = members.flag("generate")?;
    let mut found = condition(&mut members, &rules, measure)?;
    let unknown = members.others("a correlation")?;
    if let (Measure::ValuePercentile(_), Some(percentile)) = (measure, found.percentile) {
        measure = Measure::ValuePercentile(percentile);
    }
    if found.bounds.is_empty() && found.extended.is_none() {
        found.bounds = default_bounds(measure, &rules)
            .ok_or_else(|| Problem::new(members.at, format!("{word} needs a condition")))?;
    }
    if needs_field(measure) && found.fields.is_empty() {
        return Err(Problem::new(members.at, format!("the condition of {word} needs a field")));
    }
    let Condition { bounds, fields, extended, unused, .. } = found;
    Ok(Correlation {
        measure,
        rules,
        group_by,
        aliases,
        timespan,
        bounds,
        fields,
        extended,
        generate,
        unknown,
        unused,
    })
}

/// The rules that a correlation names: in a list, or where there is none in the condition over them.
fn rules(members: &mut Members<'_>, measure: Measure) -> Result<Vec<String>, Problem> {
    if !members.has("rules")
        && is_temporal(measure)
        && let Some(node) = members.peek("condition")
        && let Value::Text(text) = &node.value
    {
        return condition::names(text)
            .map_err(|fault| Problem::new(node.at, format!("condition: {}", fault.message)));
    }
    let node = members.need("rules", "a correlation")?;
    let rules = node.texts()?;
    if rules.is_empty() {
        return Err(Problem::new(node.at, "a correlation needs rules"));
    }
    Ok(rules)
}

/// Whether a measure is of the rules that matched.
fn is_temporal(measure: Measure) -> bool {
    matches!(measure, Measure::Temporal | Measure::TemporalOrdered)
}

/// Whether a measure is one of the values of a field.
fn needs_field(measure: Measure) -> bool {
    measure != Measure::EventCount && !is_temporal(measure)
}

/// Without a condition, every rule must have matched.
fn default_bounds(measure: Measure, rules: &[String]) -> Option<Vec<Bound>> {
    #[allow(clippy::cast_precision_loss)] // a handful of rules
    let all = rules.len() as f64;
    is_temporal(measure).then(|| vec![(Order::AtLeast, all, false)])
}

#[derive(Default)]
struct Condition {
    bounds: Vec<Bound>,
    fields: Vec<String>,
    percentile: Option<f64>,
    extended: Option<Expr>,
    unused: Vec<String>,
}

fn condition(
    members: &mut Members<'_>,
    rules: &[String],
    measure: Measure,
) -> Result<Condition, Problem> {
    let Some(node) = members.take("condition") else { return Ok(Condition::default()) };
    if let Value::Text(text) = &node.value {
        return extended(node, text, rules, measure);
    }
    let mut inner = Members::of(node, "the condition of a correlation")?;
    let mut found = Condition { fields: inner.texts("field")?, ..Condition::default() };
    found.percentile = inner.number("percentile")?;
    if found.percentile.is_some_and(|percentile| percentile > 100.0) {
        return Err(Problem::new(inner.at, "a percentile is at most 100"));
    }
    for (word, order) in ORDERS {
        if let Some(value) = inner.take(word) {
            found.bounds.push((*order, bound(value)?, false));
        }
    }
    if let Some(value) = inner.take("neq") {
        found.bounds.push((Order::Equal, bound(value)?, true));
    }
    inner.end("the condition of a correlation")?;
    Ok(found)
}

fn bound(node: &Node) -> Result<f64, Problem> {
    number(node).ok_or_else(|| {
        Problem::new(node.at, format!("a bound must be a number, and is {}", node.kind()))
    })
}

/// A condition over the names of rules.
fn extended(
    node: &Node,
    text: &str,
    rules: &[String],
    measure: Measure,
) -> Result<Condition, Problem> {
    if !is_temporal(measure) {
        return Err(Problem::new(
            node.at,
            "only temporal correlations have a condition over rules",
        ));
    }
    let searches: Vec<Search> = rules.iter().map(|rule| Search::by_name(rule)).collect();
    let mut known = Searches::new(&searches);
    let expr = known.read(text);
    let expr =
        expr.map_err(|fault| Problem::new(node.at, format!("condition: {}", fault.message)))?;
    Ok(Condition { extended: Some(expr), unused: known.unused(), ..Condition::default() })
}

/// What fields are called in rules, by field and rule.
type Aliases = BTreeMap<String, BTreeMap<String, String>>;

fn aliases(members: &mut Members<'_>) -> Result<Aliases, Problem> {
    let mut aliases = BTreeMap::new();
    let Some(node) = members.take("aliases") else { return Ok(aliases) };
    let inner = Members::of(node, "aliases")?;
    for (name, of_rules) in &inner.left {
        let mut fields = BTreeMap::new();
        for (rule, field) in &Members::of(of_rules, "an alias")?.left {
            let text = field.text().ok_or_else(|| {
                Problem::new(field.at, format!("a field must be text, and is {}", field.kind()))
            })?;
            fields.insert(rule.text.clone(), text);
        }
        aliases.insert(name.text.clone(), fields);
    }
    Ok(aliases)
}

/// Nanoseconds of an old timeframe in seconds; all of the evidence without one.
fn timespan(seconds: Option<u64>) -> i64 {
    let nanos = seconds.and_then(|seconds| i64::try_from(seconds).ok()?.checked_mul(1_000_000_000));
    nanos.unwrap_or(i64::MAX)
}

impl Correlation {
    /// Returns what a rule that counts in the old way means.
    #[allow(clippy::cast_precision_loss)] // a count
    pub fn counting(count: &AggregationText) -> Correlation {
        let (order, negated) = match count.order {
            AggregationOrder::Above => (Order::Above, false),
            AggregationOrder::AtLeast => (Order::AtLeast, false),
            AggregationOrder::Below => (Order::Below, false),
            AggregationOrder::AtMost => (Order::AtMost, false),
            AggregationOrder::Equal => (Order::Equal, false),
            AggregationOrder::NotEqual => (Order::Equal, true),
        };
        Correlation {
            measure: match count.kind {
                AggregationType::EventCount => Measure::EventCount,
                AggregationType::ValueCount => Measure::ValueCount,
                AggregationType::ValueSum => Measure::ValueSum,
                AggregationType::ValueAvg => Measure::ValueAvg,
                AggregationType::ValueMin => Measure::ValuePercentile(0.0),
                AggregationType::ValueMax => Measure::ValuePercentile(100.0),
            },
            rules: Vec::new(),
            group_by: count.group_by.clone(),
            aliases: BTreeMap::new(),
            timespan: timespan(count.timeframe),
            bounds: vec![(order, count.number as f64, negated)],
            fields: count.field.iter().cloned().collect(),
            extended: None,
            generate: false,
            unknown: Vec::new(),
            unused: Vec::new(),
        }
    }

    /// Returns what a rule that wants searches near one another in the old way means.
    ///
    /// The first of its rules, which has no name, is what the condition itself selects.
    pub fn near(near: &Near) -> Correlation {
        let itself = Expr::test(Some(""), Matcher::Exists);
        let names = std::iter::once(String::new()).chain(near.searches.iter().cloned());
        Correlation {
            measure: Measure::Temporal,
            rules: names.collect(),
            group_by: Vec::new(),
            aliases: BTreeMap::new(),
            timespan: timespan(near.timeframe),
            bounds: Vec::new(),
            fields: Vec::new(),
            extended: Some(Expr::All(vec![itself, near.wanted.clone()])),
            generate: false,
            unknown: Vec::new(),
            unused: Vec::new(),
        }
    }

    /// Returns what a field is called in a rule, which aliases may name otherwise than the list of rules does.
    pub fn field_in<'c>(&'c self, field: &'c str, names: &[&str]) -> &'c str {
        let own = self.aliases.get(field);
        let is_own = |rule: &str| names.iter().any(|name| folded_id(name) == folded_id(rule));
        let own = own.and_then(|rules| rules.iter().find(|(rule, _)| is_own(rule)));
        own.map_or(field, |(_, called)| called)
    }

    /// Returns how many of its rules must match at least; `None` where no number of matches keeps to the bounds.
    ///
    /// Of a condition over rules this says nothing.
    #[allow(clippy::cast_precision_loss)] // a handful of rules
    pub fn least(&self) -> Option<usize> {
        match self.measure {
            Measure::Temporal | Measure::TemporalOrdered => {
                (1..=self.rules.len()).find(|&rules| self.holds(rules as f64))
            }
            Measure::EventCount | Measure::ValueCount => {
                let near = |bound: f64| [bound.floor(), bound.floor() + 1.0, bound.ceil() - 1.0];
                let mut counts = self.near_bounds(&near).filter(|count| *count >= 1.0);
                counts.any(|count| self.holds(count)).then_some(1)
            }
            _ => {
                let near = |bound: f64| [bound, bound.next_up(), bound.next_down()];
                self.near_bounds(&near).any(|value| self.holds(value)).then_some(1)
            }
        }
    }

    /// Values among which is one that keeps to the bounds, if there is any.
    fn near_bounds(&self, near: &dyn Fn(f64) -> [f64; 3]) -> impl Iterator<Item = f64> {
        let values: Vec<f64> = self.bounds.iter().flat_map(|(_, bound, _)| near(*bound)).collect();
        values.into_iter().chain([1.0])
    }

    /// Whether a measure keeps to all bounds.
    pub fn holds(&self, value: f64) -> bool {
        self.bounds.iter().all(|(order, bound, negated)| order.holds(value, *bound) != *negated)
    }
}

#[cfg(test)]
mod tests;
