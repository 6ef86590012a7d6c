//! Values of a search: what a key asks of each of them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::dialect;
use super::encode::{self, Encoding};
use super::error::{Problem, closest};
use super::expr::{Expr, Matcher, Order, Part, Regular};
use super::lookup::Table;
use super::modifier::{Ask, How};
use super::moment::TimePart;
use super::number::Number;
use super::parse::Owner;
use super::pattern::Pattern;
use super::placeholder::Placeholders;
use super::yaml::{Node, Value};

/// Bits of an address of IPv6 before the address of IPv4 that is mapped into it.
const MAPPED: u8 = 96;
/// Records write whole numbers up to here as they are; many tools write others as the nearest float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Values of one rule may stand for this many texts beyond one each.
const MAX_FORMS: usize = 4_000;

/// What the values of one rule are read with.
#[derive(Debug)]
pub(super) struct Reader<'p> {
    placeholders: &'p Placeholders,
    /// Whose the rule is: of those of the tool, a test has compiled the regular expressions.
    owner: Owner,
    /// Placeholders that have no values.
    pub(super) unknown: BTreeSet<String>,
    /// Fields of which all values must be met, and that have one.
    pub(super) lone: Vec<String>,
    /// Texts that values stand for beyond one each.
    forms: usize,
}

impl<'p> Reader<'p> {
    /// Reads values with these placeholders.
    pub(super) fn new(placeholders: &'p Placeholders) -> Self {
        let (unknown, lone) = (BTreeSet::new(), Vec::new());
        Reader { placeholders, owner: Owner::User, unknown, lone, forms: 0 }
    }

    /// Reads values of a rule of this owner.
    pub(super) fn of(mut self, owner: Owner) -> Self {
        self.owner = owner;
        self
    }

    /// Joins the texts that one value stands for, as long as those of all values are not too many.
    fn join(&mut self, forms: Vec<Expr>) -> Result<Expr, String> {
        if forms.len() != 1 {
            self.forms += forms.len();
        }
        if self.forms > MAX_FORMS {
            return Err(format!("values stand for more than {MAX_FORMS} texts"));
        }
        Ok(Expr::any(forms))
    }
}

impl Ask {
    /// Returns what the values ask for.
    pub(super) fn expr(&self, values: &Node, reader: &mut Reader<'_>) -> Result<Expr, Problem> {
        let is_one = !matches!(&values.value, Value::List(items) if items.len() != 1);
        if self.all && is_one && !self.expand {
            reader.lone.push(self.field.clone().unwrap_or_else(|| "keywords".to_owned()));
        }
        let asked = match &values.value {
            Value::List(items) if items.is_empty() && self.field.is_none() => {
                return Err(Problem::new(values.at, "an empty list of keywords matches nothing"));
            }
            // Whatever the modifiers say: none of them has a value to work on.
            Value::List(items) if items.is_empty() => self.test(Matcher::Exists).negated(),
            Value::List(items) => {
                let each: Vec<Expr> =
                    items.iter().map(|v| self.one(v, reader)).collect::<Result<_, _>>()?;
                match (self.together, self.all) {
                    (true, _) => self.test(joined(each).map_err(|m| Problem::new(values.at, m))?),
                    (false, true) => Expr::All(each),
                    (false, false) => Expr::Any(each),
                }
            }
            _ => self.one(values, reader)?,
        };
        Ok(if self.negated { asked.negated() } else { asked })
    }

    fn one(&self, value: &Node, reader: &mut Reader<'_>) -> Result<Expr, Problem> {
        let fail = |message: String| Problem::new(value.at, message);
        match (&self.how, &value.value) {
            (_, Value::Map(_)) => Err(fail(
                "expected a value, found a map; a field inside of another is named outer.inner"
                    .to_owned(),
            )),
            (_, Value::List(_)) => Err(fail(format!("expected a value, found {}", value.kind()))),
            (How::Text(Part::Whole), Value::Null) | (How::Exists, Value::Bool(false)) => {
                Ok(self.test(Matcher::Exists).negated())
            }
            (How::Exists, Value::Bool(true)) => Ok(self.test(Matcher::Exists)),
            (How::Exists, _) => Err(fail("exists needs true or false".to_owned())),
            (_, Value::Null) => Err(fail("this modifier needs a value".to_owned())),
            (How::Text(Part::Whole), Value::Number(number, text))
                if self.encodings.is_empty() && !self.cased && number.to_f64().abs() < EXACT =>
            {
                Ok(self.number(*number, text))
            }
            (How::Compare(order), Value::Number(number, _)) => {
                Ok(self.test(Matcher::Compare(*order, *number)))
            }
            (How::Moment(..), Value::Number(number, _)) => {
                self.text(&number.to_string(), reader).map_err(fail)
            }
            _ => {
                let text = value.text().unwrap_or_default();
                if self.expand { self.expanded(&text, reader) } else { self.text(&text, reader) }
            }
            .map_err(fail),
        }
    }

    /// What a text with placeholders asks for: one of the texts that it stands for.
    fn expanded(&self, text: &str, reader: &mut Reader<'_>) -> Result<Expr, String> {
        let texts = reader.placeholders.expand(text, &mut reader.unknown)?;
        let each = texts.iter().map(|text| self.text(text, reader));
        Ok(Expr::any(each.collect::<Result<_, _>>()?))
    }

    /// What a number without quotes asks for: the number, or how it is written.
    fn number(&self, number: Number, text: &str) -> Expr {
        let equal = self.test(Matcher::Compare(Order::Equal, number));
        if self.together || Number::parse(text) == Some(number) {
            return equal;
        }
        Expr::Any(vec![equal, self.test(Matcher::Pattern(Pattern::literal(text)))])
    }

    fn test(&self, matcher: Matcher) -> Expr {
        Expr::test(self.field.as_deref(), matcher)
    }

    /// What a text asks for.
    fn text(&self, text: &str, reader: &mut Reader<'_>) -> Result<Expr, String> {
        let matcher = match &self.how {
            How::Text(part) => return self.patterns(text, *part, reader),
            How::Field(part) => {
                Matcher::Same { field: field(text)?, part: *part, cased: self.cased }
            }
            How::Elsewhere => Matcher::Elsewhere { field: field(text)? },
            How::Regex(part, flags) => Matcher::Regex(regex(text, *part, flags, reader)?),
            How::Cidr => Matcher::Cidr(
                network(text)
                    .ok_or_else(|| format!("\"{text}\" is no network such as 10.0.0.0/8"))?,
            ),
            How::Lookup => Matcher::Lookup(table(text)?),
            How::Compare(order) => Matcher::Compare(*order, number(text)?),
            How::Moment(part, order) => Matcher::Moment(*part, *order, moment(*part, text)?),
            How::Exists => return Err("exists needs true or false".to_owned()),
        };
        Ok(self.test(matcher))
    }

    fn patterns(&self, text: &str, part: Part, reader: &mut Reader<'_>) -> Result<Expr, String> {
        let one = |pattern: Pattern| {
            self.test(Matcher::Pattern(match part {
                Part::Whole => pattern,
                Part::Inside => pattern.open_start().open_end(),
                Part::Start => pattern.open_end(),
                Part::End => pattern.open_start(),
            }))
        };
        if self.encodings == [Encoding::Dashes]
            && let Some(regex) = encode::many_dashes(text, part, self.cased)
        {
            let regex = Regular::new(&regex).map_err(|error| refused(&error))?;
            return Ok(self.test(Matcher::Regex(regex)));
        }
        let forms = encode::patterns(text, &self.encodings, self.cased)?;
        if self.field.is_none() && forms.iter().any(|form| form.needle().is_empty()) {
            return Err("this keyword is in every record".to_owned());
        }
        reader.join(forms.into_iter().map(one).collect())
    }
}

/// What one value must be to meet all of these.
fn joined(each: Vec<Expr>) -> Result<Matcher, String> {
    let own = |expr: Expr| match expr {
        Expr::Test(test) => Ok(test.matcher),
        _ => Err("\"together\" does not go with values that stand for several texts".to_owned()),
    };
    each.into_iter().map(own).collect::<Result<_, _>>().map(Matcher::Together)
}

fn field(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.contains(['*', '?']) {
        return Err(format!("a reference needs the name of a field, and \"{text}\" is none"));
    }
    Ok(text.to_owned())
}

fn table(name: &str) -> Result<Table, String> {
    let names = || Table::ALL.iter().map(|(name, _)| *name);
    Table::by_name(name).ok_or_else(|| match closest(name, names()) {
        Some(near) => format!("no table \"{name}\"; did you mean \"{near}\"?"),
        None => {
            format!("no table \"{name}\"; there are {}", names().collect::<Vec<_>>().join(", "))
        }
    })
}

fn number(text: &str) -> Result<Number, String> {
    let number = Number::parse(text).filter(|number| number.to_f64().is_finite());
    number.ok_or_else(|| format!("\"{text}\" is no number"))
}

#[allow(clippy::cast_precision_loss)] // parts of instants are small
fn moment(part: TimePart, text: &str) -> Result<i64, String> {
    let number: i64 = text.trim().parse().map_err(|_| format!("\"{text}\" is no whole number"))?;
    let (least, most) = part.range();
    if !(least..=most).contains(&number) {
        return Err(format!("{number} is not between {least} and {most}"));
    }
    Ok(number)
}

/// The regular expression with its flags in it, once it is known to compile.
fn regex(text: &str, part: Part, flags: &str, reader: &Reader<'_>) -> Result<Regular, String> {
    let text = dialect::translated(text, flags);
    let flags = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
    let whole = match part {
        Part::Start => format!("{flags}\\A(?:{text})"),
        Part::End => format!("{flags}(?:{text})\\z"),
        Part::Inside | Part::Whole => format!("{flags}{text}"),
    };
    if reader.owner == Owner::Tool {
        return Ok(Regular::known(&whole));
    }
    Regular::new(&whole).map_err(|error| refused(&error))
}

/// Why a regular expression was refused.
fn refused(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(limit) => {
            format!("the regular expression needs more than {limit} bytes once compiled")
        }
        error => {
            let message = error.to_string();
            let last = message.lines().last().unwrap_or_default().trim();
            let last = last.strip_prefix("error: ").unwrap_or(last);
            format!("the regular expression does not work: {last}")
        }
    }
}

/// The network of a text; one of IPv4 mapped into IPv6 as one of IPv4, as which addresses are compared.
fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let own = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    let IpNet::V6(wide) = own else { return Some(own) };
    let mapped = wide.addr().to_ipv4_mapped().zip(wide.prefix_len().checked_sub(MAPPED));
    let narrow = mapped.and_then(|(address, bits)| IpNet::new(address.into(), bits).ok());
    Some(narrow.unwrap_or(own))
}

#[cfg(test)]
mod tests;
