//! Field modifiers: what `field|contains|all` asks of a value.

use ipnet::IpNet;
use regex::RegexBuilder;

use super::encode::{base64, base64_offsets, dashed, utf16};
use super::error::{Place, Problem};
use super::expr::{Expr, Matcher, Order, Part};
use super::lookup::Table;
use super::pattern::Pattern;
use super::yaml::{Node, Value};

/// Compiled regular expressions may take this many bytes.
const REGEX_BYTES: usize = 4 << 20;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Text(Part),
    Regex,
    Cidr,
    Exists,
    Lookup,
    Compare(Order),
}

/// A way of writing text as other text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Base64,
    Base64Offset,
    Utf16 { big: bool, mark: bool },
    Dashes,
}

/// A key of a search: field and modifiers.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a modifier that stands alone
pub(super) struct Ask {
    field: Option<String>,
    how: How,
    /// All values must be met, not one of them.
    all: bool,
    cased: bool,
    negated: bool,
    /// The value names another field.
    reference: bool,
    encodings: Vec<Encoding>,
    /// Flags of a regular expression.
    flags: String,
}

impl Ask {
    /// Asks for text anywhere in the record.
    pub(super) fn keyword() -> Ask {
        Ask {
            field: None,
            how: How::Text(Part::Inside),
            all: false,
            cased: false,
            negated: false,
            reference: false,
            encodings: Vec::new(),
            flags: String::new(),
        }
    }

    /// Reads a key such as `field|contains|all`.
    pub(super) fn parse(key: &str, at: Place) -> Result<Ask, Problem> {
        let mut parts = key.split('|');
        let field = parts.next().unwrap_or_default().trim();
        let mut ask = Ask::keyword();
        if !field.is_empty() {
            ask.field = Some(field.to_owned());
            ask.how = How::Text(Part::Whole);
        }
        for word in parts {
            ask.modify(word.trim()).map_err(|message| Problem::new(at, message))?;
        }
        if !ask.encodings.is_empty() && (ask.reference || !matches!(ask.how, How::Text(_))) {
            return Err(Problem::new(at, "an encoding goes with text only"));
        }
        Ok(ask)
    }

    fn modify(&mut self, word: &str) -> Result<(), String> {
        match word {
            "contains" => self.how = How::Text(Part::Inside),
            "startswith" => self.how = How::Text(Part::Start),
            "endswith" => self.how = How::Text(Part::End),
            "re" => self.how = How::Regex,
            "cidr" => self.how = How::Cidr,
            "exists" => self.how = How::Exists,
            "lookup" => self.how = How::Lookup,
            "gt" => self.how = How::Compare(Order::Above),
            "gte" => self.how = How::Compare(Order::AtLeast),
            "lt" => self.how = How::Compare(Order::Below),
            "lte" => self.how = How::Compare(Order::AtMost),
            "all" => self.all = true,
            "cased" => self.cased = true,
            "neq" => self.negated = true,
            "fieldref" => self.reference = true,
            "base64" => self.encodings.push(Encoding::Base64),
            "base64offset" => self.encodings.push(Encoding::Base64Offset),
            "wide" | "utf16le" => self.encodings.push(Encoding::Utf16 { big: false, mark: false }),
            "utf16be" => self.encodings.push(Encoding::Utf16 { big: true, mark: false }),
            "utf16" => self.encodings.push(Encoding::Utf16 { big: false, mark: true }),
            "windash" => self.encodings.push(Encoding::Dashes),
            "i" | "ignorecase" if self.how == How::Regex => self.flags.push('i'),
            "m" | "multiline" if self.how == How::Regex => self.flags.push('m'),
            "s" | "dotall" if self.how == How::Regex => self.flags.push('s'),
            "expand" => return Err("placeholders (expand) are unsupported".to_owned()),
            "minute" | "hour" | "day" | "week" | "month" | "year" => {
                return Err(format!("parts of a time ({word}) are unsupported"));
            }
            _ => return Err(format!("unknown modifier \"{word}\"")),
        }
        Ok(())
    }

    /// Returns what the values ask for.
    pub(super) fn expr(&self, values: &Node) -> Result<Expr, Problem> {
        let asked = match &values.value {
            Value::List(items) if items.is_empty() => {
                return Err(Problem::new(values.at, "an empty list matches nothing"));
            }
            Value::List(items) => {
                let each: Vec<Expr> =
                    items.iter().map(|v| self.one(v)).collect::<Result<_, _>>()?;
                if self.all { Expr::All(each) } else { Expr::Any(each) }
            }
            _ => self.one(values)?,
        };
        Ok(if self.negated { asked.negated() } else { asked })
    }

    fn one(&self, value: &Node) -> Result<Expr, Problem> {
        let fail = |message: String| Problem::new(value.at, message);
        let test = |matcher| Expr::test(self.field.as_deref(), matcher);
        if self.reference {
            return self.same(value);
        }
        match (self.how, &value.value) {
            (_, Value::Map(_) | Value::List(_)) => {
                Err(fail(format!("expected a value, found {}", value.kind())))
            }
            (How::Text(Part::Whole), Value::Null) | (How::Exists, Value::Bool(false)) => {
                Ok(test(Matcher::Exists).negated())
            }
            (_, Value::Null) => Err(fail("this modifier needs a value".to_owned())),
            (How::Exists, Value::Bool(true)) => Ok(test(Matcher::Exists)),
            (How::Exists, _) => Err(fail("exists needs true or false".to_owned())),
            (How::Compare(order), Value::Number(number, _)) => {
                Ok(test(Matcher::Compare(order, *number)))
            }
            (How::Text(Part::Whole), Value::Number(number, _)) => {
                Ok(test(Matcher::Compare(Order::Equal, *number)))
            }
            _ => self.text(&value.text().unwrap_or_default(), value.at),
        }
    }

    fn same(&self, value: &Node) -> Result<Expr, Problem> {
        let (How::Text(part), Some(field)) = (self.how, value.text()) else {
            return Err(Problem::new(value.at, "fieldref needs the name of a field"));
        };
        let matcher = Matcher::Same { field, part, cased: self.cased };
        Ok(Expr::test(self.field.as_deref(), matcher))
    }

    /// What a text asks for.
    fn text(&self, text: &str, at: Place) -> Result<Expr, Problem> {
        let fail = |message: String| Problem::new(at, message);
        let matcher = match self.how {
            How::Text(part) => return Ok(self.patterns(text, part)),
            How::Regex => Matcher::Regex(self.regex(text).map_err(fail)?),
            How::Cidr => Matcher::Cidr(
                network(text)
                    .ok_or_else(|| fail(format!("\"{text}\" is no network such as 10.0.0.0/8")))?,
            ),
            How::Lookup => Matcher::Lookup(Table::by_name(text).ok_or_else(|| {
                let known: Vec<&str> = Table::ALL.iter().map(|(name, _)| *name).collect();
                fail(format!("no table \"{text}\"; there are {}", known.join(", ")))
            })?),
            How::Compare(order) => {
                let number = text.trim().parse();
                let number = number.map_err(|_| fail(format!("\"{text}\" is no number")))?;
                Matcher::Compare(order, number)
            }
            How::Exists => return Err(fail("exists needs true or false".to_owned())),
        };
        Ok(Expr::test(self.field.as_deref(), matcher))
    }

    fn regex(&self, text: &str) -> Result<String, String> {
        let whole = if self.flags.is_empty() {
            text.to_owned()
        } else {
            format!("(?{}){text}", self.flags)
        };
        match compile(&whole) {
            Ok(_) => Ok(whole),
            Err(error) => {
                let message = error.to_string();
                let last = message.lines().last().unwrap_or_default().trim();
                Err(format!("the regular expression does not work: {last}"))
            }
        }
    }

    fn patterns(&self, text: &str, part: Part) -> Expr {
        let plain = vec![text.as_bytes().to_vec()];
        let encode = |texts: Vec<Vec<u8>>, encoding: &Encoding| -> Vec<Vec<u8>> {
            texts.iter().flat_map(|text| encoding.encode(text)).collect()
        };
        let texts = self.encodings.iter().fold(plain, encode);
        // Encoded text has no wildcards; a change of dashes keeps them.
        let wild = self.encodings.iter().all(|encoding| *encoding == Encoding::Dashes);
        let one = |bytes: &Vec<u8>| {
            let text = String::from_utf8_lossy(bytes);
            let pattern = match (self.cased, wild) {
                (true, _) => Pattern::cased(&text, wild),
                (false, true) => Pattern::parse(&text),
                (false, false) => Pattern::literal(&text),
            };
            let pattern = match part {
                Part::Whole => pattern,
                Part::Inside => pattern.open_start().open_end(),
                Part::Start => pattern.open_end(),
                Part::End => pattern.open_start(),
            };
            Expr::test(self.field.as_deref(), Matcher::Pattern(pattern))
        };
        match texts.as_slice() {
            [only] => one(only),
            several => Expr::Any(several.iter().map(one).collect()),
        }
    }
}

impl Encoding {
    fn encode(self, text: &[u8]) -> Vec<Vec<u8>> {
        match self {
            Encoding::Base64 => vec![base64(text).into_bytes()],
            Encoding::Base64Offset => {
                base64_offsets(text).into_iter().map(String::into_bytes).collect()
            }
            Encoding::Utf16 { big, mark } => {
                vec![utf16(&String::from_utf8_lossy(text), big, mark)]
            }
            Encoding::Dashes => {
                let text = String::from_utf8_lossy(text);
                dashed(&text).into_iter().map(String::into_bytes).collect()
            }
        }
    }
}

/// Compiles a regular expression of a rule within bounds.
pub fn compile(text: &str) -> Result<regex::Regex, regex::Error> {
    RegexBuilder::new(text).size_limit(REGEX_BYTES).dfa_size_limit(REGEX_BYTES).build()
}

fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::super::yaml::documents;
    use super::*;

    fn expr(key: &str, value: &str) -> Result<Expr, String> {
        let document = documents(&format!("v: {value}")).unwrap().remove(0);
        let Value::Map(members) = document.value else { panic!("a map") };
        let node = members[0].1.clone();
        let ask = Ask::parse(key, Place::default()).map_err(|problem| problem.message)?;
        ask.expr(&node).map_err(|problem| problem.message)
    }

    fn pattern(pattern: Pattern) -> Expr {
        Expr::test(Some("f"), Matcher::Pattern(pattern))
    }

    #[test]
    fn text_modifiers_open_the_ends() {
        let plain = || Pattern::parse("x");
        assert_eq!(expr("f", "x"), Ok(pattern(plain())));
        assert_eq!(expr("f|contains", "x"), Ok(pattern(plain().open_start().open_end())));
        assert_eq!(expr("f|startswith", "x"), Ok(pattern(plain().open_end())));
        assert_eq!(expr("f|endswith", "x"), Ok(pattern(plain().open_start())));
        assert_eq!(expr("f|cased", "X"), Ok(pattern(Pattern::cased("X", true))));
        let two = vec![pattern(Pattern::parse("x")), pattern(Pattern::parse("y"))];
        assert_eq!(expr("f", "[x, y]"), Ok(Expr::Any(two.clone())));
        assert_eq!(expr("f|all", "[x, y]"), Ok(Expr::All(two)));
    }

    #[test]
    fn numbers_booleans_and_nothing_have_tests_of_their_own() {
        let number = |order, n| Ok(Expr::test(Some("f"), Matcher::Compare(order, n)));
        assert_eq!(expr("f", "403"), number(Order::Equal, 403.0));
        assert_eq!(expr("f|gte", "'7'"), number(Order::AtLeast, 7.0));
        assert_eq!(expr("f", "true"), Ok(pattern(Pattern::literal("true"))));
        let exists = || Expr::test(Some("f"), Matcher::Exists);
        assert_eq!(expr("f", "null"), Ok(exists().negated()));
        assert_eq!(expr("f|exists", "true"), Ok(exists()));
        assert_eq!(expr("f|exists", "false"), Ok(exists().negated()));
        assert_eq!(expr("f|neq", "x"), Ok(pattern(Pattern::parse("x")).negated()));
    }

    #[test]
    fn encodings_are_applied_in_order() {
        let wide = expr("f|wide|base64", "ab").unwrap();
        assert_eq!(wide, pattern(Pattern::literal("YQBiAA==")));
        let Expr::Any(offsets) = expr("f|base64offset|contains", "foobar").unwrap() else {
            panic!("three forms")
        };
        assert_eq!(offsets.len(), 3);
        let Expr::Any(dashes) = expr("f|windash", "a -x*").unwrap() else { panic!("forms") };
        assert_eq!(dashes.len(), 5);
        assert_eq!(dashes[1], pattern(Pattern::parse("a /x*")));
    }

    #[test]
    fn tables_networks_expressions_and_fields_are_checked() {
        assert_eq!(
            expr("f|lookup", "privileged_roles"),
            Ok(Expr::test(Some("f"), Matcher::Lookup(Table::PrivilegedRoles)))
        );
        let same = Matcher::Same { field: "g".into(), part: Part::Start, cased: false };
        assert_eq!(expr("f|fieldref|startswith", "g"), Ok(Expr::test(Some("f"), same)));
        assert_eq!(
            expr("f|re|i", "'a.b'"),
            Ok(Expr::test(Some("f"), Matcher::Regex("(?i)a.b".into())))
        );
        assert!(matches!(expr("f|cidr", "10.0.0.1"), Ok(Expr::Test(_))));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        for (key, value, part) in [
            ("f|nonesuch", "x", "unknown modifier"),
            ("f|expand", "'%x%'", "unsupported"),
            ("f|hour", "1", "unsupported"),
            ("f|i", "x", "unknown modifier"),
            ("f|re", "'('", "does not work"),
            ("f|re", "'(?=x)'", "does not work"),
            ("f|re", "'(a{1000}){1000}'", "does not work"),
            ("f|cidr", "x", "no network"),
            ("f|lookup", "x", "no table"),
            ("f|gt", "x", "no number"),
            ("f|exists", "x", "true or false"),
            ("f|contains", "null", "needs a value"),
            ("f", "[]", "empty list"),
            ("f", "{a: b}", "expected a value"),
            ("f|re|base64", "x", "text only"),
        ] {
            let message = expr(key, value).expect_err(key);
            assert!(message.contains(part), "{key}: {message}");
        }
    }
}
