//! Field modifiers: what a key such as `field|contains|all` asks, and which modifiers go together.
//!
//! The modifiers are those of Sigma 2.1 and two more, `lookup` and `together`. A key is read
//! from left to right; what a modifier may follow is checked here, so that a
//! key that was read means something for every value of the right kind.

mod name;

use self::name::{Modifier, by_name};
use super::encode::Encoding;
use super::error::{Place, Problem};
use super::expr::{Order, Part};
use super::moment::TimePart;

/// How a value is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// As text with wildcards.
    Text(Part),
    /// As the name of a field with the same value.
    Field(Part),
    /// As the name of a field that holds a subscription, which the value must not lie in.
    Elsewhere,
    /// As a regular expression with these flags.
    Regex(Part, String),
    /// As a network.
    Cidr,
    /// As whether there is a value at all.
    Exists,
    /// As the name of a table.
    Lookup,
    /// As a number.
    Compare(Order),
    /// As a part of an instant.
    Moment(TimePart, Order),
}

/// A key of a search: field and modifiers.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a modifier that stands alone
pub(super) struct Ask {
    pub(super) field: Option<String>,
    pub(super) how: How,
    /// All values must be met, not one of them.
    pub(super) all: bool,
    /// All values must be met by one and the same value of the field.
    pub(super) together: bool,
    pub(super) cased: bool,
    pub(super) negated: bool,
    /// Values may hold placeholders.
    pub(super) expand: bool,
    pub(super) encodings: Vec<Encoding>,
}

impl Ask {
    /// Asks for text anywhere in the record.
    pub(super) fn keyword() -> Ask {
        Ask {
            field: None,
            how: How::Text(Part::Inside),
            all: false,
            together: false,
            cased: false,
            negated: false,
            expand: false,
            encodings: Vec::new(),
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
        let mut before: Vec<(&str, Modifier)> = Vec::new();
        for word in parts.map(str::trim) {
            let found = by_name(word).and_then(|modifier| {
                ask.modify(word, modifier, &before)?;
                Ok(modifier)
            });
            let modifier = found.map_err(|message| Problem::new(at, message).with_word(word))?;
            before.push((word, modifier));
        }
        if ask.together
            && let Some(message) = ask.apart(&before)
        {
            return Err(Problem::new(at, message).with_word("together"));
        }
        Ok(ask)
    }

    /// Why "together" does not go with the rest of a key; `None` where it does.
    fn apart(&self, before: &[(&str, Modifier)]) -> Option<String> {
        let goes = matches!(self.how, How::Text(_) | How::Regex(..) | How::Cidr | How::Compare(_));
        if !goes {
            return Some(alone("together", before));
        }
        if self.field.is_none() {
            return Some("\"together\" needs a field".to_owned());
        }
        (!self.all).then(|| "\"together\" stands beside \"all\" only".to_owned())
    }

    fn modify(
        &mut self,
        word: &str,
        modifier: Modifier,
        before: &[(&str, Modifier)],
    ) -> Result<(), String> {
        if let Some((other, _)) = before.iter().find(|(_, known)| *known == modifier) {
            return Err(format!("\"{word}\" says again what \"{other}\" said"));
        }
        match modifier {
            Modifier::All => self.all = true,
            Modifier::Together => self.together = true,
            Modifier::Negate => self.negated = true,
            Modifier::Part(part) => self.part(word, part, before)?,
            Modifier::Flag(flag) => match &mut self.how {
                How::Regex(_, flags) => flags.push(flag),
                _ => return Err(format!("\"{word}\" stands after \"re\" only")),
            },
            Modifier::Cased => match self.how {
                How::Text(_) | How::Field(_) => self.cased = true,
                How::Regex(..) => return Err("\"re\" minds case without \"cased\"".to_owned()),
                _ => return Err(alone(word, before)),
            },
            Modifier::Expand => match self.how {
                _ if !self.encodings.is_empty() => {
                    return Err("\"expand\" stands before encodings".to_owned());
                }
                How::Text(_) | How::Regex(..) | How::Cidr => self.expand = true,
                _ => return Err(alone(word, before)),
            },
            Modifier::Encode(encoding) => self.encode(word, encoding, before)?,
            Modifier::Compare(order) => match self.how {
                How::Moment(part, Order::Equal) => self.how = How::Moment(part, order),
                _ => self.compare(word, How::Compare(order), before)?,
            },
            Modifier::Regex => {
                is_first(word, before)?;
                self.how = How::Regex(Part::Inside, String::new());
            }
            Modifier::Reference => self.compare(word, How::Field(Part::Whole), before)?,
            Modifier::Elsewhere => self.compare(word, How::Elsewhere, before)?,
            Modifier::Cidr => self.compare(word, How::Cidr, before)?,
            Modifier::Exists => self.compare(word, How::Exists, before)?,
            Modifier::Lookup => self.compare(word, How::Lookup, before)?,
            Modifier::Moment(part) => {
                self.compare(word, How::Moment(part, Order::Equal), before)?;
            }
        }
        Ok(())
    }

    /// Takes a modifier that says which part of the text is meant.
    ///
    /// Each of them opens one end of the text, or both; what two of them open is open.
    fn part(&mut self, word: &str, part: Part, before: &[(&str, Modifier)]) -> Result<(), String> {
        if self.field.is_none() && part != Part::Inside {
            return Err(format!(
                "\"{word}\" needs a field: a keyword stands anywhere in the record"
            ));
        }
        let is_second = before.iter().any(|(_, modifier)| matches!(modifier, Modifier::Part(_)));
        match &mut self.how {
            How::Text(own) | How::Field(own) | How::Regex(own, _) => {
                *own = if is_second { Part::Inside } else { part };
            }
            _ => return Err(alone(word, before)),
        }
        Ok(())
    }

    /// Takes a modifier that changes what is compared.
    fn compare(&mut self, word: &str, how: How, before: &[(&str, Modifier)]) -> Result<(), String> {
        if self.field.is_none() {
            return Err(format!("\"{word}\" needs a field"));
        }
        let may_cased = matches!(how, How::Field(_))
            && before.iter().all(|(_, m)| m.is_about_all() || *m == Modifier::Cased);
        if !may_cased {
            is_first(word, before)?;
        }
        self.how = how;
        Ok(())
    }

    fn encode(
        &mut self,
        word: &str,
        encoding: Encoding,
        before: &[(&str, Modifier)],
    ) -> Result<(), String> {
        if !matches!(self.how, How::Text(_)) {
            return Err(alone(word, before));
        }
        // Dashes keep their place wherever the text is looked for; many rules write them last.
        if encoding != Encoding::Dashes
            && let Some((part, _)) =
                before.iter().find(|(_, modifier)| matches!(modifier, Modifier::Part(_)))
        {
            return Err(format!("\"{word}\" stands before \"{part}\""));
        }
        let rival = before.iter().find(
            |(_, modifier)| matches!(modifier, Modifier::Encode(other) if other.excludes(encoding)),
        );
        if let Some((other, _)) = rival {
            return Err(format!("\"{word}\" and \"{other}\" exclude each other"));
        }
        self.encodings.push(encoding);
        Ok(())
    }
}

/// Whether nothing before has touched the values.
fn is_first(word: &str, before: &[(&str, Modifier)]) -> Result<(), String> {
    match before.iter().find(|(_, modifier)| !modifier.is_about_all()) {
        None => Ok(()),
        Some((other, _)) => Err(format!("\"{word}\" cannot follow \"{other}\"")),
    }
}

fn alone(word: &str, before: &[(&str, Modifier)]) -> String {
    let other = before.iter().find(|(_, modifier)| !modifier.is_about_all());
    format!("\"{word}\" does not go with \"{}\"", other.map_or("", |(other, _)| other))
}

#[cfg(test)]
mod tests {
    use super::name::MODIFIERS;
    use super::*;

    fn refused(key: &str) -> String {
        Ask::parse(key, Place::default()).expect_err(key).message
    }

    #[test]
    fn every_modifier_is_read_alone_where_it_can_stand_alone() {
        for (name, modifier) in MODIFIERS {
            let key = match modifier {
                Modifier::Flag(_) => format!("f|re|{name}"),
                Modifier::Together => format!("f|all|{name}"),
                _ => format!("f|{name}"),
            };
            assert!(Ask::parse(&key, Place::default()).is_ok(), "{key}");
            assert!(refused(&format!("{key}|{name}")).contains("says again"), "{key}");
        }
    }

    #[test]
    fn what_goes_together_is_read() {
        for key in [
            "f|contains|all",
            "f|all|contains",
            "f|contains|cased",
            "f|contains|startswith",
            "f|startswith|endswith|cased",
            "f|cased|endswith|neq",
            "f|neq|re|i|m|s",
            "f|re|ignorecase|multiline|dotall",
            "f|re|startswith",
            "f|re|i|endswith",
            "f|re|expand",
            "f|cidr|expand|all",
            "f|fieldref|startswith|cased",
            "f|fieldref|neq",
            "f|cased|fieldref",
            "f|exists|neq",
            "f|hour|gte",
            "f|gt|neq",
            "f|re|all|together",
            "f|contains|together|all|neq",
            "f|wide|base64offset|contains",
            "f|utf16|base64",
            "f|utf16be|base64offset|contains|all",
            "f|windash|contains|all",
            "f|contains|windash",
            "f|contains|all|windash",
            "f|endswith|windash",
            "f|expand|windash|contains",
            "f|contains|expand",
            "|all",
            "|contains|all",
            "|re|i",
            "|cased",
            "|base64offset",
        ] {
            assert!(Ask::parse(key, Place::default()).is_ok(), "{key}: {}", refused(key));
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused_with_both_names() {
        for (key, parts) in [
            ("f|re|cased", ["re", "cased"]),
            ("f|i", ["i", "re"]),
            ("f|contains|re", ["re", "contains"]),
            ("f|base64|re", ["re", "base64"]),
            ("f|re|base64", ["base64", "re"]),
            ("f|contains|base64", ["base64", "contains"]),
            ("f|contains|windash|base64offset", ["base64offset", "contains"]),
            ("f|base64|base64offset", ["base64offset", "base64"]),
            ("f|wide|utf16be", ["utf16be", "wide"]),
            ("f|base64|expand", ["expand", "encodings"]),
            ("f|cidr|contains", ["contains", "cidr"]),
            ("f|cidr|re", ["re", "cidr"]),
            ("f|exists|contains", ["contains", "exists"]),
            ("f|gt|lt", ["lt", "gt"]),
            ("f|hour|day", ["day", "hour"]),
            ("f|hour|contains", ["contains", "hour"]),
            ("f|gt|cased", ["cased", "gt"]),
            ("f|startswith|fieldref", ["fieldref", "startswith"]),
            ("f|fieldref|windash", ["windash", "fieldref"]),
            ("f|exists|expand", ["expand", "exists"]),
            ("f|exists|all|together", ["together", "exists"]),
            ("f|contains|together", ["together", "all"]),
            ("|all|together", ["together", "needs a field"]),
            ("|startswith", ["startswith", "needs a field"]),
            ("|exists", ["exists", "needs a field"]),
            ("|cidr", ["cidr", "needs a field"]),
            ("|gt", ["gt", "needs a field"]),
        ] {
            let message = refused(key);
            assert!(parts.iter().all(|part| message.contains(part)), "{key}: {message}");
        }
    }

    #[test]
    fn a_mistyped_modifier_is_named_with_the_nearest() {
        for (word, meant) in [
            ("contain", "contains"),
            ("Contains", "contains"),
            ("startwith", "startswith"),
            ("ends_with", "endswith"),
            ("regex", "re"),
            ("base64_offset", "base64offset"),
            ("not", "neq"),
        ] {
            let message = refused(&format!("f|{word}"));
            assert!(message.contains(&format!("did you mean \"{meant}\"")), "{message}");
        }
        assert_eq!(refused("f|nonesuch"), "unknown modifier \"nonesuch\"");
        assert_eq!(refused("f|"), "unknown modifier \"\"");
    }
}
